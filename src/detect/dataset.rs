//! Labelled pictures in three common layouts, read into one plain type.

mod coco_json;
mod error;
mod names;
mod voc_xml;
mod yolo_txt;

use std::path::{Path, PathBuf};

use super::geometry::Rect;

pub use error::DatasetError;
pub use names::Aligned;

/// Labelled pictures. Pixels are not read until somebody asks `encode` for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Class names; boxes hold indices into them.
    pub classes: Vec<String>,
    /// The pictures, in an order that depends on nothing but the files' names and content.
    pub images: Vec<Labelled>,
    /// Boxes of the annotations that are not in `images`, and why.
    pub skipped: Vec<Skipped>,
}

/// One picture and its boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The image file; it exists and its header is intact.
    pub path: PathBuf,
    /// Width in pixels, as the image file says.
    pub width: usize,
    /// Height in pixels, as the image file says.
    pub height: usize,
    /// The labelled boxes, in the order of the annotation; there may be none.
    pub boxes: Vec<Truth>,
}

/// One labelled box.
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// A box that an annotation holds but that encloses no area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The annotation file.
    pub path: PathBuf,
    /// Which box, and what is wrong with it.
    pub reason: String,
}

impl Dataset {
    /// The pictures of a folder (not of folders in it) as a set without boxes and classes.
    pub fn unlabelled(folder: &Path) -> Result<Dataset, DatasetError> {
        let paths = files(folder, &["jpg", "jpeg", "png"])?;
        let images =
            paths.into_iter().map(|path| labelled(folder, path, (0, 0))).collect::<Result<_, _>>()?;
        Ok(Dataset { classes: Vec::new(), images, skipped: Vec::new() })
    }

    /// Reads a set; its kind shows in what `path` is:
    ///
    /// - a folder with `Annotations/` and `JPEGImages/`: Pascal VOC, every `.xml` file;
    /// - a `.txt` file inside such a folder: the pictures whose names it lists, one a line;
    /// - a `.json` file, or a folder with one (itself or in `annotations/`): COCO;
    /// - a folder with `images/` and `labels/`: YOLO text, class names from `classes.txt` or a
    ///   `.names` file there or one folder up.
    ///
    /// Every picture must be there, and be of the size its annotation says, if it says one.
    pub fn open(path: &Path) -> Result<Dataset, DatasetError> {
        let kind = std::fs::metadata(path).map_err(|source| DatasetError::io(path, source))?;
        let dataset = if kind.is_file() { open_file(path)? } else { open_folder(path)? };
        match dataset.images.iter().all(|image| image.boxes.is_empty()) {
            true => Err(DatasetError::NoBoxes { path: path.into(), pictures: dataset.images.len() }),
            false => Ok(dataset),
        }
    }
}

fn has_suffix(path: &Path, suffixes: &[&str]) -> bool {
    let suffix = path.extension().and_then(|s| s.to_str()).unwrap_or("").to_ascii_lowercase();
    suffixes.contains(&suffix.as_str())
}

fn open_file(path: &Path) -> Result<Dataset, DatasetError> {
    if has_suffix(path, &["json"]) {
        return coco_json::read(path);
    }
    match path.ancestors().skip(1).find(|folder| folder.join("Annotations").is_dir()) {
        Some(root) if has_suffix(path, &["txt"]) => voc_xml::read_list(root, path),
        _ => Err(DatasetError::layout(
            path,
            "is neither a .json file nor a .txt list inside a folder with Annotations; give one of these, or a folder",
        )),
    }
}

fn open_folder(path: &Path) -> Result<Dataset, DatasetError> {
    let has = |name: &str| path.join(name).is_dir();
    if has("Annotations") {
        return voc_xml::read_folder(path);
    }
    if has("images") && has("labels") {
        return yolo_txt::read(path);
    }
    for folder in [path.join("annotations"), path.to_path_buf()] {
        let mut found = if folder.is_dir() { files(&folder, &["json"])? } else { Vec::new() };
        match found.len() {
            0 => {}
            1 => return coco_json::read(&found.remove(0)),
            n => {
                let what = format!("holds {n} .json files; give the one that lists the boxes");
                return Err(DatasetError::layout(&folder, what));
            }
        }
    }
    let parts = ["train", "val", "test"].into_iter().filter(|part| has(part)).collect::<Vec<_>>();
    let what = match parts.is_empty() {
        true => "is no known set: no Annotations/ (Pascal VOC), no .json file (COCO), no images/ with labels/ (YOLO)"
            .to_string(),
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

fn text(path: &Path) -> Result<String, DatasetError> {
    std::fs::read_to_string(path).map_err(|source| DatasetError::io(path, source))
}

/// The image of a set with this file stem.
fn image_of(folder: &Path, stem: &str) -> Option<PathBuf> {
    let names =
        ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"].map(|suffix| folder.join(format!("{stem}.{suffix}")));
    names.into_iter().find(|path| path.is_file())
}

/// A picture without boxes yet. `said` is its size after the annotation, zeros where that says none.
fn labelled(annotation: &Path, path: PathBuf, said: (usize, usize)) -> Result<Labelled, DatasetError> {
    let reader = image::ImageReader::open(&path).and_then(image::ImageReader::with_guessed_format);
    let size = reader.map_err(|source| DatasetError::io(&path, source))?.into_dimensions();
    let (width, height) = size.map_err(|source| DatasetError::Image { path: path.clone(), source })?;
    let (width, height) = (width as usize, height as usize);
    if said != (0, 0) && said != (width, height) {
        let what = format!("says {}x{} for {}, which is {width}x{height}", said.0, said.1, path.display());
        return Err(DatasetError::broken(
            annotation,
            what,
            "label that picture again, or bring the original back",
        ));
    }
    Ok(Labelled { path, width, height, boxes: Vec::new() })
}

impl Labelled {
    /// Adds a box, or notes that it has no area. `which` names it for the note.
    fn add(&mut self, truth: Truth, annotation: &Path, which: &str, skipped: &mut Vec<Skipped>) {
        if truth.rect.has_area() {
            self.boxes.push(truth);
        } else {
            let Rect { x1, y1, x2, y2 } = truth.rect;
            let reason = format!("{which} encloses no area: ({x1}, {y1}) to ({x2}, {y2})");
            skipped.push(Skipped { path: annotation.into(), reason });
        }
    }
}
