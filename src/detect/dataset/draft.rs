//! A picture while its boxes are read, and the record of what is not among them.

use std::path::{Path, PathBuf};

use super::left_out::{Cause, Note, Remark, Skipped};
use super::{Dataset, DatasetError, Labelled, Truth};
use crate::detect::Rect;
use crate::encode::{self, Header, events};

/// What a reader leaves out, or understands in a way that is worth a word.
#[derive(Default)]
pub(super) struct Ledger {
    skipped: Vec<Skipped>,
    notes: Vec<Note>,
}

impl Ledger {
    pub fn skip(&mut self, path: &Path, class: Option<&str>, cause: Cause, reason: String) {
        self.skipped.push(Skipped {
            path: path.into(),
            class: class.map(Into::into),
            cause,
            reason,
        });
    }

    pub fn note(&mut self, path: &Path, remark: Remark, what: impl Into<String>) {
        self.notes.push(Note { path: path.into(), remark, what: what.into() });
    }

    /// The set that was read.
    pub fn dataset(self, classes: Vec<String>, images: Vec<Labelled>) -> Dataset {
        Dataset { classes, images, skipped: self.skipped, notes: self.notes }
    }
}

/// A picture that takes boxes.
pub(super) struct Draft {
    pub image: Labelled,
    header: Header,
    /// Whether labels refer to the pixels in the file, not to the picture as a viewer shows it.
    as_stored: bool,
}

/// A labelled object as a reader finds it.
pub(super) struct Object<'a> {
    /// The annotation file, and what names the object in it.
    pub annotation: &'a Path,
    pub which: String,
    pub class: usize,
    pub class_name: &'a str,
    /// Left, top, right, bottom.
    pub corners: [f64; 4],
    pub difficult: bool,
    pub crowd: bool,
}

/// A picture without boxes yet. `said` are width and height after the annotation, where it says
/// them.
pub(super) fn draft(
    annotation: &Path,
    path: PathBuf,
    said: [Option<f64>; 2],
    ledger: &mut Ledger,
) -> Result<Draft, DatasetError> {
    let header = match events::recognised(&path) {
        Some(_) => recorded(annotation, &path, said)?,
        None => Header::read(&path).map_err(|error| match error {
            encode::Error::Image { path, source } => DatasetError::Image { path, source },
            error => DatasetError::Picture(error),
        })?,
    };
    let (width, height) = header.shown();
    // Some tools write sizes as floats.
    let is =
        |said: Option<f64>, size: usize| said.is_none_or(|said| (said - size as f64).abs() < 1.0);
    let fits = |(width, height): (usize, usize)| is(said[0], width) && is(said[1], height);
    let as_stored = !fits((width, height));
    if as_stored && !fits(header.stored) {
        let side = |said: Option<f64>| said.map_or("?".to_string(), |said| said.to_string());
        let what = format!(
            "says {}x{} for {}, which is {width}x{height}",
            side(said[0]),
            side(said[1]),
            path.display()
        );
        let remedy = "label that picture again, or bring the original back";
        return Err(DatasetError::broken(annotation, what, remedy));
    }
    if as_stored {
        ledger.note(annotation, Remark::LabelledAsStored, path.display().to_string());
    }
    let image = Labelled { path, width, height, boxes: Vec::new() };
    Ok(Draft { image, header, as_stored })
}

/// Of a recording: the size that the annotation says, as most files say none; else the file's.
fn recorded(
    annotation: &Path,
    path: &Path,
    said: [Option<f64>; 2],
) -> Result<Header, DatasetError> {
    if let [Some(width), Some(height)] = said {
        return Ok(Header::upright((width.round() as usize, height.round() as usize)));
    }
    let recording = events::read(path)?;
    let size = recording.width.zip(recording.height);
    let (width, height) = size.ok_or_else(|| {
        let what = format!("says no size of the recording {}, nor does its file", path.display());
        DatasetError::broken(annotation, what, "add width and height to its entry")
    })?;
    Ok(Header::upright((width as usize, height as usize)))
}

impl Draft {
    pub fn finish(self) -> Labelled {
        self.image
    }

    /// Width and height of what the labels refer to.
    pub fn size(&self) -> (f64, f64) {
        let (width, height) = if self.as_stored { self.header.stored } else { self.header.shown() };
        (width as f64, height as f64)
    }

    /// Adds a box, or notes why it is none.
    pub fn add(&mut self, object: Object, ledger: &mut Ledger) {
        let Object { annotation, which, class, class_name, corners, difficult, crowd } = object;
        let [x1, y1, x2, y2] = corners;
        let mut skip = |cause, what: String| {
            ledger.skip(
                annotation,
                Some(class_name),
                cause,
                format!("{which} {what}: ({x1}, {y1}) to ({x2}, {y2})"),
            );
        };
        if !corners.iter().all(|side| side.is_finite()) {
            return skip(Cause::BadBox, "has a side that is no number".into());
        }
        let rect = self.placed(corners);
        if !Rect::new(corners).has_area() || !rect.has_area() {
            return skip(Cause::NoArea, "encloses no area".into());
        }
        if !rect.clip((self.image.width, self.image.height)).has_area() {
            let (width, height) = self.size();
            return skip(
                Cause::Outside,
                format!("lies outside of the picture of {width}x{height}"),
            );
        }
        self.image.boxes.push(Truth { class, rect, difficult, crowd });
    }

    /// Corners of a label in the picture as it is shown.
    fn placed(&self, [x1, y1, x2, y2]: [f64; 4]) -> Rect {
        if !self.as_stored {
            return Rect::new([x1, y1, x2, y2]);
        }
        let (a, b) = (self.header.turned((x1, y1)), self.header.turned((x2, y2)));
        Rect::new([a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)])
    }
}
