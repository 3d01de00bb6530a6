//! What of a labelled set does not count, and why: each object is counted under its reason.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::Dataset;
use crate::plain::{counted, shown};

/// Why a labelled object is not among the boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The network has no such class.
    ForeignClass,
    /// The set's own list of classes does not have the class.
    UnknownClass,
    /// The object names no class.
    NoClass,
    /// The object has no box; perhaps a polygon.
    NoBox,
    /// What stands for the box is not four numbers.
    BadBox,
    /// The box encloses no area.
    NoArea,
    /// The box lies outside of the picture.
    Outside,
    /// The object belongs to a picture that the set does not list.
    UnknownPicture,
    /// The entry is of no form that can be read.
    Unreadable,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cause::ForeignClass => "the network does not have their class",
            Cause::UnknownClass => "the list of classes does not have their class",
            Cause::NoClass => "they name no class",
            Cause::NoBox => "they have no box",
            Cause::BadBox => "their box is not four numbers of the right kind",
            Cause::NoArea => "their box encloses no area",
            Cause::Outside => "their box lies outside of the picture",
            Cause::UnknownPicture => "they belong to a picture that is not listed",
            Cause::Unreadable => "they are of no form that can be read",
        })
    }
}

/// An object that an annotation holds but that is not among the boxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The annotation file.
    pub path: PathBuf,
    /// Its class, where it names one.
    pub class: Option<String>,
    /// Under which reason it is counted.
    pub cause: Cause,
    /// Which object, and what is wrong with it.
    pub reason: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

/// Something that was understood in a way that the files do not spell out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Remark {
    /// A picture without a label file.
    Background,
    /// Labels of a size that the picture has before it is turned.
    LabelledAsStored,
    /// A mark that is neither yes nor no.
    OddMark,
    /// An annotation that names another picture than its own name does.
    OtherPicture,
    /// A file that lists several parts, of which one is read.
    Part,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Remark::Background => "pictures without a label file, where nothing is to be found",
            Remark::LabelledAsStored => {
                "pictures labelled before they were turned by the camera's mark; their boxes are \
                 turned along"
            }
            Remark::OddMark => "marks that are neither yes nor no, taken as no",
            Remark::OtherPicture => "annotations of another name than their picture",
            Remark::Part => "part read of several",
        })
    }
}

/// A remark about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub path: PathBuf,
    /// Under which remark it is counted.
    pub remark: Remark,
    /// What it is about in this file.
    pub what: String,
}

/// The labelled objects of a set, counted: those to be found, and those that do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Pictures of the set.
    pub pictures: usize,
    /// All labelled objects.
    pub objects: usize,
    /// Boxes that a detection can find or miss.
    pub to_find: usize,
    /// Objects that are not among the boxes, by reason and class.
    pub left_out: Vec<Count>,
    /// Boxes that are neither found nor missed, by reason and class.
    pub not_counted: Vec<Count>,
    /// Remarks.
    pub note: Vec<Count>,
}

/// How often something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What.
    pub reason: String,
    /// Of which class, where there is one.
    pub class: Option<String>,
    /// How often.
    pub count: usize,
    /// Where first.
    pub first: String,
}

/// Counts by reason and class, in the order of both.
fn counts<R: Ord + fmt::Display>(
    all: impl Iterator<Item = (R, Option<String>, String)>,
) -> Vec<Count> {
    let mut groups: BTreeMap<(R, Option<String>), (usize, String)> = BTreeMap::new();
    for (reason, class, first) in all {
        groups.entry((reason, class)).or_insert((0, first)).0 += 1;
    }
    let count = |((reason, class), (count, first)): ((R, _), _)| Count {
        reason: reason.to_string(),
        class,
        count,
        first,
    };
    groups.into_iter().map(count).collect()
}

/// Words for boxes that do not count.
const CROWD: &str = "regions of many objects, where detections are neither right nor wrong";
const DIFFICULT: &str = "marked as difficult, neither found nor missed";

impl Tally {
    /// Counts the objects of a set.
    pub fn new(set: &Dataset) -> Tally {
        let left_out = set.skipped.iter().map(|s| (s.cause, s.class.clone(), s.to_string()));
        let note =
            set.notes.iter().map(|n| (n.remark, None, format!("{}: {}", n.path.display(), n.what)));
        let boxes = set.images.iter().flat_map(|image| image.boxes.iter().map(move |b| (image, b)));
        let ignored = boxes.clone().filter_map(|(image, b)| {
            let reason = if b.crowd { CROWD } else { Some(DIFFICULT).filter(|_| b.difficult)? };
            Some((reason, set.classes.get(b.class).cloned(), image.path.display().to_string()))
        });
        let not_counted = counts(ignored);
        let (boxes, ignored) =
            (boxes.count(), not_counted.iter().map(|count| count.count).sum::<usize>());
        Tally {
            pictures: set.images.len(),
            objects: boxes + set.skipped.len(),
            to_find: boxes - ignored,
            left_out: counts(left_out),
            not_counted,
            note: counts(note),
        }
    }
}

/// Classes that a line names.
const NAMED: usize = 8;

/// A line for each reason, which names its largest classes.
fn lines(f: &mut fmt::Formatter<'_>, what: &str, counts: &[Count]) -> fmt::Result {
    for group in counts.chunk_by(|a, b| a.reason == b.reason) {
        let count: usize = group.iter().map(|count| count.count).sum();
        let mut classes: Vec<(usize, &str)> =
            group.iter().filter_map(|count| Some((count.count, count.class.as_deref()?))).collect();
        classes.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        let mut names: Vec<String> = classes
            .iter()
            .take(NAMED)
            .map(|(count, class)| format!("{} {count}", shown(class)))
            .collect();
        if classes.len() > NAMED {
            names.push(format!("{} other classes", classes.len() - NAMED));
        }
        let names =
            if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        write!(
            f,
            "\n  {count} {what}{}{names}; the first: {}",
            group[0].reason,
            shown(&group[0].first)
        )?;
    }
    Ok(())
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { pictures, objects, to_find, .. } = self;
        write!(
            f,
            "labels of the whole set: {}, {}, {to_find} of them to be found",
            counted(pictures, "picture"),
            counted(objects, "box")
        )?;
        lines(f, "left out: ", &self.left_out)?;
        lines(f, "not counted: ", &self.not_counted)?;
        lines(f, "", &self.note)
    }
}
