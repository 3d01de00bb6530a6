//! `detections.csv` and `detections.png`: what the float network and the spiking one see.

use super::csv_file::Table;
use super::plot::{Panel, draw_boxes};
use super::{DETECTIONS, Error};
use crate::detect::Detection;
use crate::detect::compare::SEEN;
use crate::pipeline::{Detections, Setup};
use std::path::Path;

/// Columns of `detections.csv`.
pub const HEADER: [&str; 7] = ["system", "class", "score", "x1", "y1", "x2", "y2"];

pub(super) fn write(dir: &Path, setup: &Setup, detections: &Detections) -> Result<(), Error> {
    Table::write(dir, DETECTIONS, &HEADER, |table| rows(table, detections))?;
    let panel = |title: &str, found: &[Detection]| Panel {
        title: format!("{title}, score from {SEEN}"),
        detections: found.iter().filter(|d| d.score >= SEEN).copied().collect(),
    };
    let mark = if setup.idealised { " (IDEALISED)" } else { "" };
    let panels = [
        panel("float network", &detections.float),
        panel(&format!("spiking{mark}"), &detections.spiking),
    ];
    let path = dir.join("detections.png");
    let fault = |reason| Error::Draw { path: path.clone(), reason };
    let picture = draw_boxes(&detections.picture, &panels, &detections.classes).map_err(fault)?;
    picture
        .save(&path)
        .map_err(|e| Error::Write { path: path.clone(), source: std::io::Error::other(e) })
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
