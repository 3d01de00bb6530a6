//! `classes.csv`: the class that the float network and the spiking one see.

use super::csv_file::Table;
use super::{CLASSES, Error};
use crate::pipeline::{Classification, best_class};
use std::path::Path;

/// Columns of `classes.csv`.
pub const HEADER: [&str; 3] = ["system", "class", "score"];

pub(super) fn write(dir: &Path, found: &Classification) -> Result<(), Error> {
    Table::write(dir, CLASSES, &HEADER, |table| rows(table, found))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    found: &Classification,
) -> Result<(), Error> {
    for (system, scores) in [("float", &found.float), ("spiking", &found.spiking)] {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // Stable: of equals the first class comes first.
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        for class in order {
            table.row([&system, &found.classes[class], &scores[class]])?;
        }
    }
    Ok(())
}

/// The best class of both networks, for people.
pub(super) fn text(found: &Classification) -> String {
    let best = |scores: &[f64]| match best_class(scores) {
        Some((class, score)) => format!("{} ({score:.2})", found.classes[class]),
        None => "-".into(),
    };
    format!("float network {}, spiking network {}", best(&found.float), best(&found.spiking))
}
