//! `detections.csv`: what the float network and the spiking one see.

use super::csv_file::Table;
use super::{DETECTIONS, Error};
use crate::detect::Detection;
use crate::pipeline::Detections;
use std::path::Path;

/// Columns of `detections.csv`.
pub const HEADER: [&str; 7] = ["system", "class", "score", "x1", "y1", "x2", "y2"];

pub(super) fn write(dir: &Path, detections: &Detections) -> Result<(), Error> {
    Table::write(dir, DETECTIONS, &HEADER, |table| rows(table, detections))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    detections: &Detections,
) -> Result<(), Error> {
    for (system, found) in [("float", &detections.float), ("spiking", &detections.spiking)] {
        for Detection { class, score, rect } in found {
            let class = name(detections, *class);
            table.row([&system, &class, score, &rect.x1, &rect.y1, &rect.x2, &rect.y2])?;
        }
    }
    Ok(())
}

/// Name of a class; its number where the description names none.
pub(super) fn name(detections: &Detections, class: usize) -> String {
    detections.classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}
