//! Every spike of a run as NIRData.

use super::{Error, NewFile};
use crate::export::recorded::{Recorded, nir_data};
use crate::pipeline::Outcome;
use std::path::{Path, PathBuf};

/// A file of spikes to be, which must not exist yet.
#[derive(Debug)]
pub struct SpikesFile {
    path: PathBuf,
    file: NewFile,
}

impl SpikesFile {
    /// Starts a file that will be `target`.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn create(target: &Path) -> Result<SpikesFile, Error> {
        Ok(SpikesFile { path: target.into(), file: NewFile::create(target, "--nir-data")? })
    }

    /// Writes the spikes of every outcome, in steps of `dt` seconds.
    ///
    /// # Errors
    /// It cannot be written, or the name has been taken meanwhile.
    pub fn finish(self, outcomes: &[Outcome], dt: f64) -> Result<(), Error> {
        let SpikesFile { path, mut file } = self;
        let failed = |source| Error::Write { path: path.clone(), source };
        let recorded = outcomes.iter().filter_map(|outcome| {
            let (activity, spikes) = (&outcome.activity, outcome.spikes.as_ref()?.to_vec());
            Some(spikes.map(|spikes| Recorded { activity, spikes, membranes: &outcome.membranes }))
        });
        let recorded = recorded.collect::<Result<Vec<Recorded>, _>>().map_err(failed)?;
        let bytes = nir_data(&recorded, dt)
            .map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        file.add(&bytes)?;
        file.finish()
    }
}
