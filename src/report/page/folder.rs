//! The page of a folder that is no single run: made from its CSV files, like its pictures.

use super::table::{Cell, Table};
use super::{Page, Part, Section, compared, evaluated, explored, listing, text, tuned};
use crate::report::{ACCURACY, COMPARE, EXPLORE, Error, TRIALS};
use std::path::Path;

/// What a page says below its title.
pub(super) struct Told {
    pub lead: Vec<String>,
    pub sections: Vec<Section>,
}

/// Writes the page of an evaluation, a comparison, a search, an exploration, or of any other folder
/// with tables or runs in it; `command` is what made it.
///
/// # Errors
/// A file of the folder cannot be read, or the page not be written.
pub fn write_folder(dir: &Path, title: &str, command: &str) -> Result<(), Error> {
    let has = |name: &str| dir.join(name).is_file();
    let mut told = if has(ACCURACY) {
        evaluated::told(dir)?
    } else if has(COMPARE) {
        compared::told(dir)?
    } else if has(TRIALS) {
        tuned::told(dir)?
    } else if has(EXPLORE) {
        explored::told(dir)?
    } else {
        listing::told(dir)?
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
