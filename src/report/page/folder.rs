//! The page of a folder that is no single run: made from its CSV files, like its pictures.

use super::table::{Cell, Table};
use super::{Page, Part, Section, compared, evaluated, explored, listing, text, tuned};
use crate::report::Error;
use std::path::Path;

/// What a page says below its title.
pub(super) struct Told {
    pub lead: Vec<String>,
    pub sections: Vec<Section>,
}

/// What a folder is, which decides on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderKind {
    /// Accuracy against steps and joules.
    Evaluation,
    /// Chips beside devices.
    Comparison,
    /// Trials of thresholds.
    Search,
    /// Chips of a study.
    Exploration,
    /// A table, or folders of runs.
    Other,
}

/// Writes the page of a folder that is no single run; `command` is what made it.
///
/// # Errors
/// A file of the folder cannot be read, or the page not be written.
pub fn write_folder(dir: &Path, kind: FolderKind, title: &str, command: &str) -> Result<(), Error> {
    let mut told = match kind {
        FolderKind::Evaluation => evaluated::told(dir)?,
        FolderKind::Comparison => compared::told(dir)?,
        FolderKind::Search => tuned::told(dir)?,
        FolderKind::Exploration => explored::told(dir)?,
        FolderKind::Other => listing::told(dir)?,
    };
    let version = env!("CARGO_PKG_VERSION");
    let rows = [("command", command), ("version", version)];
    let rows = rows.map(|(key, value)| vec![Cell::text(key), Cell::text(value)]).into();
    let table = Part::Table(Table::new("", &["what", "which"], rows));
    told.sections.push(Section::new("provenance", "Where it comes from", vec![table]));
    let page = Page {
        title: text(title),
        lead: told.lead,
        sections: told.sections,
        version: version.into(),
        ..Page::default()
    };
    page.write(dir)
}
