//! A folder for each class.

use super::labels;
use super::{ClassItem, Classified, Error, entries, place};
use std::path::{Path, PathBuf};

/// The set of the folders in `root`. Names that are all numbers are the labels; else classes are
/// numbered by name.
pub(super) fn read(root: &Path, files: &[PathBuf]) -> Result<Classified, Error> {
    let folders: Vec<&PathBuf> = files.iter().filter(|file| file.is_dir()).collect();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    let (labels, classes) = labels::numbered(&names).unwrap_or_else(|_| labels::named(&names));
    let mut items = vec![];
    for ((folder, class), label) in folders.iter().zip(&names).zip(labels) {
        for file in entries(folder)?.into_iter().filter(|file| file.is_file()) {
            if let Some(place) = place(&file) {
                items.push(ClassItem { name: format!("{class}/{}", name(&file)), place, label });
            }
        }
    }
    if items.is_empty() {
        return Err(Error::layout(root, "holds no labelled recordings or pictures"));
    }
    // By class; of numbers, 2 comes before 10.
    items.sort_by_key(|item| item.label);
    Ok(Classified { items, classes })
}
