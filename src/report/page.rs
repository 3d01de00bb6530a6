//! `report.html`: what a folder says, as one page for people.
//!
//! A page is one file that needs nothing beside it: style, script, pictures and numbers are in it.
//! What can be drawn without a script is drawn here, as lists, tables and charts whose places are
//! percentages, so that texts keep their size on any screen. The chip, the maps of layers and the
//! steps have thousands of cells: the script draws them on canvases, from the columns of the CSV
//! files. Each kind of folder has a file here that says what its page holds; [`Page`] is all that
//! the template knows.

mod bars;
mod cards;
mod chip;
mod compared;
mod evaluated;
mod explored;
mod folder;
mod found;
mod listing;
mod maps;
mod plot;
mod run;
mod steps;
mod table;
mod tuned;

pub use cards::notebook_html;
pub use folder::{FolderKind, write_folder};
pub(super) use run::write as write_input;

use super::{Error, REPORT};
use crate::plain::shown;
use crate::scratch::ScratchFile;
use askama::Template;
use bars::Bars;
use cards::Card;
use found::Found;
use plot::Plot;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use table::Table;

/// All that a page shows.
#[derive(Template, Default)]
#[template(path = "page.html")]
struct Page {
    title: String,
    /// Limits of the chip were dropped.
    idealised: bool,
    /// Sentences, the most telling first.
    lead: Vec<String>,
    sections: Vec<Section>,
    /// What the script draws.
    data: Option<Value>,
    version: String,
}

/// What stands under one heading.
struct Section {
    /// Place within the page.
    id: &'static str,
    title: String,
    parts: Vec<Part>,
}

/// What the template can show.
enum Part {
    Note(String),
    Cards(Vec<Card>),
    Bars(Bars),
    Plot(Plot),
    /// Folded where it is long.
    Table(Table),
    Found(Found),
    List(Vec<String>),
    /// Drawn by the script.
    Chip,
    Maps,
    Steps,
}

impl Section {
    fn new(id: &'static str, title: impl Into<String>, parts: Vec<Part>) -> Section {
        Section { id, title: title.into(), parts }
    }
}

impl Page {
    /// Style and script are ours: no texts of files are in them.
    fn style(&self) -> &'static str {
        include_str!("page/page.css")
    }

    fn script(&self) -> &'static str {
        concat!(
            include_str!("page/tips.js"),
            include_str!("page/view.js"),
            include_str!("page/chip.js"),
            include_str!("page/maps.js"),
            include_str!("page/steps.js"),
        )
    }

    /// JSON that ends no script, whatever names are in it.
    fn json(&self) -> String {
        self.data.as_ref().map_or_else(String::new, |data| {
            data.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028")
        })
    }

    /// Writes `report.html` into `dir`.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write(&self, dir: &Path) -> Result<(), Error> {
        let path = dir.join(REPORT);
        // Another page may lie there; it stays until this one is whole.
        let written = self.render().map_err(std::io::Error::other).and_then(|html| {
            let mut file = ScratchFile::create(dir)?;
            file.write_all(html.as_bytes())?;
            file.replace(&path)
        });
        written.map_err(|source| Error::Write { path, source })
    }
}

/// A name from a file, as a page shows it: no control characters.
fn text(name: &str) -> String {
    shown(name).into_owned()
}
