//! Labelled sets for classification: recordings and pictures, each with the number of its class.
//!
//! Four layouts are known: IDX pairs as MNIST is kept in, CSV files of `file,label`, a folder for
//! each class, and an array of grey pictures with `labels.txt` beside it. Nothing but names and
//! labels is read before [`ClassItem::load`].

mod arrays;
mod error;
mod folders;
mod labels;
mod listed;
mod stack;

pub use error::Error;
pub use stack::Grey;

use super::events::{self, Recording};
use super::resize::Pixels;
use stack::Stack;
use std::path::{Path, PathBuf};

/// Where the data of an item are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A recording of an event camera.
    Recording(PathBuf),
    /// A JPEG or PNG picture.
    Picture(PathBuf),
    /// One picture of a file of many.
    Element {
        /// An IDX file, or an array `[N, H, W]` of bytes.
        path: PathBuf,
        /// Its number, from 0.
        index: usize,
    },
}

/// One thing to classify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassItem {
    /// Its name in reports; no other of the set has it.
    pub name: String,
    /// Its data.
    pub place: Place,
    /// Number of its class, from 0.
    pub label: usize,
}

/// What an item holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Events.
    Recording(Recording),
    /// A picture in colour, or a grey one from a file that could hold colours.
    Picture(Pixels),
    /// A grey picture.
    Grey(Grey),
}

/// A set: always in the same order, whatever the order of its folders on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    /// The items, in order.
    pub items: Vec<ClassItem>,
    /// Names of the classes; a label is a place in this list. Numbers where labels are numbers.
    pub classes: Vec<String>,
}

impl ClassItem {
    /// Reads the data.
    ///
    /// # Errors
    /// A file that is gone or damaged by now.
    pub fn load(&self) -> Result<Content, Error> {
        match &self.place {
            Place::Recording(path) => Ok(Content::Recording(events::read(path)?)),
            Place::Picture(path) => Ok(Content::Picture(Pixels::read(path)?)),
            Place::Element { path, index } => element(path, *index).map(Content::Grey),
        }
    }
}

/// Picture `index`, from 0, of a file of many.
///
/// # Errors
/// A file that is gone or damaged, or holds fewer.
pub fn element(path: &Path, index: usize) -> Result<Grey, Error> {
    Stack::open(path)?.read(index)
}

/// Lists the labelled set at `path`: a folder, a CSV file, an IDX file of pictures or an array.
///
/// A folder is searched for CSV files of `file,label` first, then for IDX pairs (of several that of
/// `test` or `t10k`), then for an array with `labels.txt`, then for a folder of each class.
///
/// # Errors
/// A path that holds no such set; labels that do not fit; files that are missing, or outside of the
/// folder of their CSV file.
pub fn classified(path: &Path) -> Result<Classified, Error> {
    let io = |source| Error::Io { path: path.into(), source };
    if !std::fs::metadata(path).map_err(io)?.is_dir() {
        return of_file(path)?.ok_or_else(|| Error::layout(path, "is no labelled set"));
    }
    let files = entries(path)?;
    let tables: Vec<PathBuf> = files.iter().filter(|file| listed::is_list(file)).cloned().collect();
    if !tables.is_empty() {
        return listed::read(&tables);
    }
    if let Some(images) = arrays::of_folder(path, &files)? {
        return arrays::read(&images);
    }
    folders::read(path, &files)
}

/// Whether this is a CSV file of `file,label`.
pub fn is_list(path: &Path) -> bool {
    listed::is_list(path)
}

/// CSV files in the folder `path` that [`classified`] passes over: their header is another.
///
/// # Errors
/// The folder cannot be read.
pub fn passed_over(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![]);
    }
    let is_other = |file: &PathBuf| listed::is_table(file) && !listed::is_list(file);
    Ok(entries(path)?.into_iter().filter(is_other).collect())
}

/// Whether an array at `path` has labels beside it, without which it is no set.
pub fn has_labels(path: &Path) -> bool {
    arrays::has_labels(path)
}

fn of_file(path: &Path) -> Result<Option<Classified>, Error> {
    if listed::is_list(path) {
        return listed::read(&[path.into()]).map(Some);
    }
    if suffix(path) == "npy" || stack::is_idx(path) {
        return arrays::read(path).map(Some);
    }
    Ok(None)
}

/// What a folder holds, by name; hidden files are none of a set.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source| Error::Io { path: folder.into(), source };
    let mut entries = vec![];
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

fn suffix(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// What a file of this name is in a set.
fn place(path: &Path) -> Option<Place> {
    match suffix(path).as_str() {
        "jpg" | "jpeg" | "png" => Some(Place::Picture(path.into())),
        other if events::suffixes().contains(&other) => Some(Place::Recording(path.into())),
        _ => None,
    }
}
