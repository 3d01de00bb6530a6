//! Files of many pictures with a file of their labels beside them.

use super::labels::{self, Unfit};
use super::stack::{self, Stack};
use super::{ClassItem, Classified, Error, Place, suffix};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Labels of an array.
const LABELS: &str = "labels.txt";
/// Longest file of labels.
const LONGEST: u64 = 64 << 20;
/// What files begin with that a network is measured on.
const TESTS: [&str; 2] = ["test", "t10k"];

/// The file of pictures in a folder, if it has one.
pub(super) fn of_folder(folder: &Path, files: &[PathBuf]) -> Result<Option<PathBuf>, Error> {
    let idx: Vec<&PathBuf> = files.iter().filter(|file| stack::is_idx(file)).collect();
    let tests = idx.iter().filter(|file| TESTS.iter().any(|test| name(file).starts_with(test)));
    let tests: Vec<&PathBuf> = tests.copied().collect();
    match (&idx[..], &tests[..]) {
        ([], _) => {}
        ([one], _) | (_, [one]) => return Ok(Some(one.to_path_buf())),
        ([first, ..], _) => {
            let what =
                format!("holds several files of pictures, such as {}: give one", name(first));
            return Err(Error::layout(folder, what));
        }
    }
    let is_packed = |file: &&PathBuf| name(file).ends_with("ubyte.gz");
    if let Some(packed) = files.iter().find(is_packed) {
        return Err(Error::layout(folder, format!("holds {}: unpack it first", name(packed))));
    }
    if !folder.join(LABELS).is_file() {
        return Ok(None);
    }
    let arrays: Vec<_> = files.iter().filter(|file| suffix(file) == "npy").collect();
    match arrays[..] {
        [one] => Ok(Some(one.clone())),
        [] => Ok(None),
        _ => Err(Error::layout(folder, "holds several .npy files beside labels.txt: give one")),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether the labels of an array lie beside it.
pub(super) fn has_labels(path: &Path) -> bool {
    path.with_file_name(LABELS).is_file()
}

/// The set of one file of pictures.
pub(super) fn read(path: &Path) -> Result<Classified, Error> {
    let stack = Stack::open(path)?;
    let is_array = suffix(path) == "npy";
    let beside = if is_array { path.with_file_name(LABELS) } else { labels_of(path)? };
    if !beside.is_file() {
        return Err(Error::Missing { path: beside, of: path.into() });
    }
    let words: Vec<String> = if is_array {
        words(&beside)?
    } else {
        stack::labels(&beside)?.into_iter().map(|label| label.to_string()).collect()
    };
    if words.len() != stack.count {
        let (labels, items, of) = (words.len(), stack.count, path.into());
        return Err(Error::Count { path: beside, of, labels, items });
    }
    let (labels, classes) = labels::numbered(&words).map_err(|Unfit { at, what }| {
        Error::Labels { path: beside, place: at + 1, label: words[at].clone(), what }
    })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let item = |(index, label)| ClassItem {
        name: format!("{stem}-{index}"),
        place: Place::Element { path: path.into(), index },
        label,
    };
    Ok(Classified { items: labels.into_iter().enumerate().map(item).collect(), classes })
}

/// Where the labels of a file of pictures are.
fn labels_of(path: &Path) -> Result<PathBuf, Error> {
    let name = name(path);
    if !name.contains("images") {
        let what = "is not called NAME-images.idx3-ubyte, so that its labels cannot be found";
        return Err(Error::layout(path, what));
    }
    Ok(path.with_file_name(name.replace("images", "labels").replace("idx3", "idx1")))
}

/// Labels with space between them.
fn words(path: &Path) -> Result<Vec<String>, Error> {
    let io = |source| Error::Io { path: path.into(), source };
    let mut text = String::new();
    crate::files::open(path).map_err(io)?.take(LONGEST).read_to_string(&mut text).map_err(io)?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}
