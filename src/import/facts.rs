//! What the files of a network say of its pictures and boxes, beside the network itself.

use std::collections::BTreeMap;
use std::path::Path;

/// All that the files say.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Facts {
    /// Nothing.
    #[default]
    Nothing,
    /// The sections of a Darknet `.cfg`.
    Darknet(Darknet),
    /// The metadata of an ONNX file, as its exporter wrote them; perhaps none.
    Onnx(BTreeMap<String, String>),
}

/// What a `.cfg` says, and the list of names beside it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Darknet {
    /// `letter_box` of `[net]`: pictures keep their aspect.
    pub letter_box: bool,
    /// One for each `[yolo]` or `[region]`, in the order of the network's outputs.
    pub heads: Vec<DarknetHead>,
    /// The names of the classes, if a list beside the file has as many.
    pub names: Option<Names>,
}

/// A `[yolo]` or `[region]` section.
#[derive(Debug, Clone, PartialEq)]
pub struct DarknetHead {
    /// Form of its boxes.
    pub kind: DarknetKind,
    /// Those of the mask: in pixels of the input for `[yolo]`, in cells for `[region]`.
    pub anchors: Vec<[f64; 2]>,
    /// Number of classes.
    pub classes: usize,
    /// The key of that name: a factor on the offset of a centre within its cell.
    pub scale_x_y: f64,
    /// `new_coords` of a `[yolo]`: the network has the sigmoids itself, and sizes are squares.
    pub new_coords: bool,
    /// Of the classes of a `[region]`; else each has a sigmoid of its own.
    pub softmax: bool,
    /// A key that changes how boxes are read, as `key=value`, where no description can say so.
    pub odd: Option<String>,
}

/// Which of the two sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DarknetKind {
    /// A `[yolo]` section.
    Yolo,
    /// A `[region]` section.
    Region,
}

/// A list of class names, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Name of the file.
    pub file: String,
    /// Names of the classes, in order.
    pub classes: Vec<String>,
}

/// Largest list of names that is looked at.
const MOST_BYTES: u64 = 1 << 20;

impl Names {
    /// The list beside `cfg` with so many different names: that of its own stem, else the only one.
    pub(super) fn beside(cfg: &Path, classes: usize) -> Option<Names> {
        Names::read(&cfg.with_extension("names"), classes).or_else(|| {
            let folder = cfg.parent().filter(|folder| *folder != Path::new(""));
            let files = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
            let files = files.filter_map(|file| Some(file.ok()?.path()));
            let lists = files.filter(|file| file.extension().is_some_and(|e| e == "names"));
            let mut fitting = lists.filter_map(|list| Names::read(&list, classes));
            fitting.next().filter(|_| fitting.next().is_none())
        })
    }

    fn read(path: &Path, classes: usize) -> Option<Names> {
        if std::fs::metadata(path).ok()?.len() > MOST_BYTES {
            return None;
        }
        let text = crate::files::text(path).ok()?;
        let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let names: Vec<String> = names.map(str::to_owned).collect();
        let mut different = names.clone();
        different.sort_unstable();
        different.dedup();
        let file = path.file_name()?.to_string_lossy().into_owned();
        (different.len() == classes && names.len() == classes)
            .then_some(Names { file, classes: names })
    }
}
