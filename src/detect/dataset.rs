//! Labelled pictures in three common layouts, read into one plain type.

mod coco_json;
mod data_yaml;
mod draft;
mod error;
mod left_out;
pub(super) mod names;
mod text;
mod voc_xml;
mod yolo_txt;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::geometry::Rect;
use crate::encode::{OTHER_FORMS, unsupported};
use crate::plain::counted;
use draft::{Draft, Ledger, Object, draft};
use text::text;

pub use error::DatasetError;
pub use left_out::{Cause, Count, Note, Remark, Skipped, Tally};
pub use names::Aligned;

/// Labelled pictures. Pixels are not read until somebody asks `encode` for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Class names; boxes hold indices into them.
    pub classes: Vec<String>,
    /// The pictures, in an order that depends on nothing but the files' names and content.
    pub images: Vec<Labelled>,
    /// Objects of the annotations that are not in `images`, and why.
    pub skipped: Vec<Skipped>,
    /// What was understood in a way that the files do not spell out.
    pub notes: Vec<Note>,
}

/// One picture, or one recording of an event camera, and its boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The image file; it exists and its header is intact. Or a recording.
    pub path: PathBuf,
    /// Width in pixels, as a viewer shows the picture.
    pub width: usize,
    /// Height in pixels, as a viewer shows the picture.
    pub height: usize,
    /// The labelled boxes, in the order of the annotation; there may be none.
    pub boxes: Vec<Truth>,
}

/// One labelled box.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Truth {
    /// Index into the class names.
    pub class: usize,
    /// The box in pixels of the picture.
    pub rect: Rect,
    /// Marked as hard to see (VOC): neither found nor missed counts.
    pub difficult: bool,
    /// A region of many objects (COCO): detections in it do not count.
    pub crowd: bool,
}

/// Whether an annotation may name pictures outside of its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outside {
    /// Annotations come from strangers: they name no files of their reader's.
    #[default]
    Refused,
    /// Annotations are the reader's own.
    Allowed,
}

impl Dataset {
    /// The pictures of a folder (not of folders in it) as a set without boxes and classes.
    pub fn unlabelled(folder: &Path) -> Result<Dataset, DatasetError> {
        let mut ledger = Ledger::default();
        let draft = |path| draft(folder, path, [None; 2], &mut ledger).map(Draft::finish);
        let images = pictures(folder)?.into_iter().map(draft).collect::<Result<_, _>>()?;
        Ok(ledger.dataset(Vec::new(), images))
    }

    /// Reads a set; its kind shows in what `path` is:
    ///
    /// - a folder with `Annotations/` and `JPEGImages/`: Pascal VOC, every `.xml` file;
    /// - a `.txt` file inside such a folder: the pictures whose names it lists, one a line;
    /// - a `.json` file, or a folder with one (itself or in `annotations/`): COCO;
    /// - a folder with `images/` and `labels/`, one below such an `images/`, or one where labels
    ///   lie beside the pictures: YOLO text, class names from `classes.txt`, a `.names` or a
    ///   `.yaml` file there or above;
    /// - a `data.yaml`, or a folder with one: the part of a YOLO set that it calls `val`, or
    ///   `test`, or `train`.
    ///
    /// Every picture must be there, and be of the size its annotation says, if it says one. Labels
    /// refer to the picture as a viewer shows it, turned as the camera's mark says; where their
    /// size is that of the pixels in the file, they refer to these and are turned along. An object
    /// that cannot be read is left out and stands in `skipped`; a file that cannot be read is an
    /// error.
    pub fn open(path: &Path) -> Result<Dataset, DatasetError> {
        Dataset::open_with(path, Outside::Refused)
    }

    /// The same, where a COCO file may name pictures by `..` or from the root.
    ///
    /// # Errors
    /// As [`Dataset::open`].
    pub fn open_with(path: &Path, outside: Outside) -> Result<Dataset, DatasetError> {
        let kind = std::fs::metadata(path).map_err(|source| DatasetError::io(path, source))?;
        let dataset = match kind.is_dir() {
            true => open_folder(path, outside)?,
            false => open_file(path, outside)?,
        };
        let mut seen = BTreeSet::new();
        if let Some(twice) = dataset.images.iter().find(|image| !seen.insert(&image.path)) {
            let what = format!("names the picture {} twice", twice.path.display());
            return Err(DatasetError::broken(
                path,
                what,
                "leave one entry, with all boxes of the picture",
            ));
        }
        match dataset.images.iter().all(|image| image.boxes.is_empty()) {
            true => {
                let why = dataset.first_skipped();
                Err(DatasetError::NoBoxes {
                    path: path.into(),
                    pictures: dataset.images.len(),
                    why,
                })
            }
            false => Ok(dataset),
        }
    }

    /// A clause about what was left out, for a message; empty if nothing was.
    fn first_skipped(&self) -> String {
        match self.skipped.as_slice() {
            [] => String::new(),
            [first, ..] => {
                let were = if self.skipped.len() == 1 { "was" } else { "were" };
                let objects = counted(self.skipped.len(), "object");
                format!(" ({objects} {were} left out, the first: {first})")
            }
        }
    }
}

/// Suffixes of the pictures that can be read.
const PICTURES: [&str; 3] = ["jpg", "jpeg", "png"];

fn has_suffix(path: &Path, suffixes: &[&str]) -> bool {
    let suffix = path.extension().and_then(|s| s.to_str()).unwrap_or("").to_ascii_lowercase();
    suffixes.contains(&suffix.as_str())
}

fn open_file(path: &Path, outside: Outside) -> Result<Dataset, DatasetError> {
    if has_suffix(path, &["json"]) {
        return coco_json::read(path, outside);
    }
    if has_suffix(path, &["yaml", "yml"]) {
        return yolo_txt::read_yaml(path);
    }
    let is_list = has_suffix(path, &["txt"]);
    match path.ancestors().skip(1).find(|folder| voc_xml::annotations(folder).is_some()) {
        Some(root) if is_list => voc_xml::read_list(root, path),
        None if is_list && yolo_txt::is_list(path)? => yolo_txt::read_list(path),
        _ => Err(DatasetError::layout(
            path,
            "is neither a .json file, nor a data.yaml, nor a .txt list inside a folder with \
             Annotations, nor a .txt list of picture files; give one of these, or a folder",
        )),
    }
}

fn open_folder(path: &Path, outside: Outside) -> Result<Dataset, DatasetError> {
    let has = |name: &str| path.join(name).is_dir();
    if voc_xml::annotations(path).is_some() {
        return voc_xml::read_folder(path);
    }
    if has("images") && has("labels") && !files(&path.join("images"), &PICTURES)?.is_empty() {
        return yolo_txt::read(&path.join("images"));
    }
    if let Some(yaml) = data_yaml::of_folder(path)? {
        return yolo_txt::read_yaml(&yaml);
    }
    if has("images") && has("labels") {
        return yolo_txt::read_only_part(path);
    }
    for folder in [path.join("annotations"), path.to_path_buf()] {
        let mut found = if folder.is_dir() { files(&folder, &["json"])? } else { Vec::new() };
        match found.len() {
            0 => {}
            1 => return coco_json::read(&found.remove(0), outside),
            n => {
                let what = format!("holds {n} .json files; give the one that lists the boxes");
                return Err(DatasetError::layout(&folder, what));
            }
        }
    }
    if yolo_txt::is_labelled(path)? {
        return yolo_txt::read(path);
    }
    let parts =
        ["train", "val", "valid", "test"].into_iter().filter(|part| has(part)).collect::<Vec<_>>();
    let what = match parts.is_empty() {
        true => {
            "is no known set: no Annotations/ (Pascal VOC), no .json file (COCO), no images/ with \
             labels/ and no data.yaml (YOLO)"
                .to_string()
        }
        false => format!("holds several sets ({}); give one of these folders", parts.join(", ")),
    };
    Err(DatasetError::layout(path, what))
}

/// Files of a folder with one of the suffixes, sorted by name.
fn files(folder: &Path, suffixes: &[&str]) -> Result<Vec<PathBuf>, DatasetError> {
    let io = |source| DatasetError::io(folder, source);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if has_suffix(&path, suffixes) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The pictures of a folder; none of a form that is not read is passed over.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    match files(folder, &OTHER_FORMS)?.first() {
        Some(other) => Err(DatasetError::Picture(unsupported(other))),
        None => files(folder, &PICTURES),
    }
}

/// The image of a set with this file stem.
fn image_of(folder: &Path, stem: &str) -> Option<PathBuf> {
    let names = ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"]
        .map(|suffix| folder.join(format!("{stem}.{suffix}")));
    names.into_iter().find(|path| path.is_file())
}
