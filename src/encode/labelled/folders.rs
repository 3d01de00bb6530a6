//! A folder for each class.

use super::labels;
use super::{ClassItem, Classified, Error, Place, entries, place};
use crate::plain::shown;
use std::path::{Path, PathBuf};

/// The set of the folders in `root`. Names that are all numbers are the labels; else classes are
/// numbered by name.
pub(super) fn read(root: &Path, files: &[PathBuf]) -> Result<Classified, Error> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut names, mut held, mut empty) = (vec![], vec![], None);
    for folder in files.iter().filter(|file| file.is_dir()) {
        let class = name(folder);
        let files = entries(folder)?.into_iter().filter(|file| file.is_file());
        let item = |file: PathBuf| Some((format!("{class}/{}", name(&file)), place(&file)?));
        let items: Vec<(String, Place)> = files.filter_map(item).collect();
        match items.is_empty() {
            true => empty = empty.or(Some(class)),
            false => {
                names.push(class);
                held.push(items);
            }
        }
    }
    if held.is_empty() {
        return Err(Error::layout(root, "holds no labelled recordings or pictures"));
    }
    let numbered = labels::numbered(&names);
    // Numbers stay what they are beside a folder of other things; places among names do not.
    let are_numbers = names.iter().all(|name| name.parse::<usize>().is_ok());
    if let (Some(class), false) = (empty, are_numbers) {
        let what = format!(
            "has classes by name, and its folder `{}` holds no recording or picture; move it away, \
             so that the others are numbered alike everywhere",
            shown(&class)
        );
        return Err(Error::layout(root, what));
    }
    let (labels, classes) = numbered.unwrap_or_else(|_| labels::named(&names));
    let all = held.into_iter().zip(labels);
    let mut items: Vec<ClassItem> = all
        .flat_map(|(items, label)| {
            items.into_iter().map(move |(name, place)| ClassItem { name, place, label })
        })
        .collect();
    // By class; of numbers, 2 comes before 10.
    items.sort_by_key(|item| item.label);
    Ok(Classified { items, classes })
}
