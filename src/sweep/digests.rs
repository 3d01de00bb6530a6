//! Hashes of the files that points name, so that a result of other files is not taken for theirs.

use super::{Point, Value};
use crate::digest::sha256;
use crate::files;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Each file is read once: none may change while a sweep runs.
#[derive(Debug, Default)]
pub(super) struct Digests(Mutex<BTreeMap<PathBuf, Option<String>>>);

impl Digests {
    /// By path as the options give it.
    pub fn of(&self, point: &Point) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for value in point.options().values() {
            match value {
                Value::Text(text) => self.add(text, &mut files),
                Value::Many(values) => {
                    values.iter().for_each(|value| self.add(&value.to_string(), &mut files));
                }
                Value::Truth(_) | Value::Whole(_) | Value::Number(_) => {}
            }
        }
        files
    }

    fn add(&self, text: &str, files: &mut BTreeMap<String, String>) {
        let path = PathBuf::from(text);
        // What another thread left half done is no digest.
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let digest = known.entry(path.clone()).or_insert_with(|| of_path(&path));
        if let Some(digest) = digest {
            files.insert(text.to_owned(), digest.clone());
        }
    }
}

/// Of a file and those of the same stem beside it (weights, descriptions), or of all in a folder;
/// `None` where nothing is there.
fn of_path(path: &Path) -> Option<String> {
    let mut all = vec![];
    match fs::metadata(path).ok()? {
        meta if meta.is_dir() => within(path, &mut all),
        meta if meta.is_file() => {
            let stem = path.file_stem()?;
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            let beside = fs::read_dir(parent.unwrap_or(Path::new("."))).ok()?;
            let paths = beside.filter_map(Result::ok).map(|entry| entry.path());
            all.extend(paths.filter(|path| path.is_file() && starts(path, stem)));
        }
        _ => return None,
    }
    all.sort();
    let mut digests = String::new();
    for path in all {
        let bytes = files::bytes(&path).ok()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        digests += &format!("{name} {}\n", sha256([&bytes[..]]));
    }
    Some(sha256([digests.as_bytes()]))
}

/// Whether the name is the stem with any suffixes.
fn starts(path: &Path, stem: &std::ffi::OsStr) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rest = name.strip_prefix(&*stem.to_string_lossy());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn within(folder: &Path, all: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => within(&entry.path(), all),
            Ok(kind) if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
}
