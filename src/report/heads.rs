//! What float and spiking heads say, as arrays that numpy reads.

use super::{Error, NewFile, folder_names};
use crate::pipeline::{HeadValues, Outcome};
use ndarray::ArrayView3;
use ndarray_npy::{NpzWriter, WriteNpzError};
use std::collections::HashSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// A `.npz` file to be, which must not exist yet.
#[derive(Debug)]
pub struct HeadsFile {
    path: PathBuf,
    file: NewFile,
}

impl HeadsFile {
    /// Starts a file that will be `target`.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(target: &Path) -> Result<HeadsFile, Error> {
        Ok(HeadsFile { path: target.into(), file: NewFile::create(target, "--heads")? })
    }

    /// Writes `float_<head>` and `spiking_<head>` of every outcome, `[channels, height, width]`;
    /// behind the name of its folder and a slash where there are several.
    ///
    /// # Errors
    /// It cannot be written, or the name has been taken meanwhile.
    pub fn finish(self, outcomes: &[Outcome]) -> Result<(), Error> {
        let HeadsFile { path, mut file } = self;
        let bytes = archive(outcomes).map_err(|error| {
            let source = std::io::Error::other(error.to_string());
            Error::Write { path: path.clone(), source }
        })?;
        file.add(&bytes)?;
        file.finish()
    }
}

fn archive(outcomes: &[Outcome]) -> Result<Vec<u8>, WriteNpzError> {
    let mut archive = NpzWriter::new(Cursor::new(vec![]));
    let mut taken = HashSet::new();
    for (outcome, folder) in outcomes.iter().zip(folder_names(outcomes)) {
        let begin = if folder.is_empty() { folder } else { format!("{folder}/") };
        for (system, heads) in [("float", &outcome.float_heads), ("spiking", &outcome.heads)] {
            for HeadValues { name, shape, values } in heads {
                let size = (shape.channels, shape.height, shape.width);
                let key = free(format!("{begin}{system}_{name}"), &mut taken);
                // A head has as many values as its shape says.
                if let Ok(array) = ArrayView3::from_shape(size, values) {
                    archive.add_array(key, &array)?;
                }
            }
        }
    }
    Ok(archive.finish()?.into_inner())
}

/// The key itself, or with a number where outputs of a network share their name.
pub fn free(key: String, taken: &mut HashSet<String>) -> String {
    let mut candidate = key.clone();
    let mut n = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{key}-{n}");
        n += 1;
    }
    candidate
}
