//! Where long work keeps what is done while it runs.

use super::{Error, Result, output};
use crate::digest::sha256;
use crate::encode::InputItem;
use crate::encode::labelled::{ClassItem, Place};
use crate::journal::{Entry, Journal, Parts};
use crate::mapping::Placement;
use crate::plain::counted;
use crate::report::Folder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The entries so far, beside the folder; `part` tells journals of one folder apart. Numbered
/// folders get their number at the end, so what the entries depend on names their journal: the same
/// command finds it again.
pub fn open<T: Entry>(folder: &Folder, part: &str, parts: &Parts) -> Result<Journal<T>> {
    let path = match folder.is_numbered() {
        false => folder.beside(&format!("{part}.journal")),
        true => {
            let words = parts.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
            let hash = sha256(words.flat_map(|word| [word, b"\n"]));
            folder.beside(&format!("-{}.journal", &hash[..12]))
        }
    };
    let journal = Journal::open(&path, parts)?;
    if let Some(remark) = journal.remark() {
        output::remark(remark);
    }
    let known = journal.entries().len();
    if known > 0 {
        let known = counted(known, T::NOUN);
        output::remark(format_args!("goes on after {known} in {}", path.display()));
    }
    Ok(journal)
}

/// The start of a hash over lines.
pub fn hash(parts: &[String]) -> String {
    let hash = sha256(parts.iter().flat_map(|part| [part.as_bytes(), b"\n"]));
    hash[..16].to_string()
}

/// Hashes of inputs with all that is theirs. Each file is read once: it may hold many of them.
#[derive(Debug, Default)]
pub struct Hashes(BTreeMap<PathBuf, String>);

impl Hashes {
    /// Of an input with its name and what else is said of it.
    pub fn of(&mut self, item: &InputItem, more: &str) -> Result<String> {
        self.of_file(&item.path, item.element, &[&item.name, more])
    }

    /// Of an element of a labelled set.
    pub fn of_class(&mut self, item: &ClassItem) -> Result<String> {
        let (path, element) = match &item.place {
            Place::Recording(path) | Place::Picture(path) => (path, None),
            Place::Element { path, index } => (path, Some(*index)),
        };
        self.of_file(path, element, &[&item.name, &item.label.to_string()])
    }

    /// Of a file, or a place in it, with words.
    pub fn of_file(
        &mut self,
        path: &Path,
        element: Option<usize>,
        words: &[&str],
    ) -> Result<String> {
        if !self.0.contains_key(path) {
            let bytes = crate::files::bytes(path)
                .map_err(|error| Error::Picture { path: path.into(), error })?;
            self.0.insert(path.into(), sha256([&bytes[..]]));
        }
        let element = element.map_or("whole".into(), |element| element.to_string());
        let words = words.iter().map(|word| word.to_string());
        Ok(hash(&[self.0[path].clone(), element].into_iter().chain(words).collect::<Vec<_>>()))
    }
}

/// A placement in words; that of a file by its hash.
pub fn placed(placement: &Placement) -> String {
    match placement {
        Placement::Given(file) => {
            format!("a file with hash {}", hash(&[format!("{:?}", file.rows)]))
        }
        Placement::Mapped(file) => {
            format!("a mapping with hash {}", hash(&[format!("{:?}", file.rows)]))
        }
        placement => placement.describe(),
    }
}

/// Whether an option is given.
pub fn on(flag: bool) -> String {
    if flag { "given" } else { "not given" }.into()
}
