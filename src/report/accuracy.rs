//! Files of an evaluation: `accuracy.csv`, `detections.csv` and the convergence plot.

use super::csv_file::{Maybe, Table};
use super::{ACCURACY, DETECTIONS, Error};
use crate::energy::Band;
use crate::eval::{Picture, Row};
use std::path::Path;

/// Columns of `accuracy.csv`.
pub const HEADER: [&str; 15] = [
    "recipe",
    "T",
    "mAP50",
    "mAP",
    "agreement",
    "f1",
    "head_error",
    "energy_mj",
    "energy_low_mj",
    "energy_high_mj",
    "latency_ms",
    "latency_low_ms",
    "latency_high_ms",
    "synaptic_operations",
    "spikes_per_synapse",
];

const DETECTIONS_HEADER: [&str; 9] =
    ["recipe", "T", "image", "class", "score", "x1", "y1", "x2", "y2"];

/// Writes `accuracy.csv`, a row per recipe and checkpoint, the float network first.
pub fn write_accuracy(dir: &Path, rows: &[Row]) -> Result<(), Error> {
    let mut table = Table::create(dir, ACCURACY, &HEADER)?;
    for row in rows {
        let steps = row.steps.map_or("float".into(), |steps| steps.to_string());
        let energy = |of: fn(&Band) -> f64| Maybe(row.energy_mj.as_ref().map(of));
        let latency = |of: fn(&Band) -> f64| Maybe(row.latency_ms.as_ref().map(of));
        table.row([
            &row.recipe,
            &steps,
            &Maybe(row.map50),
            &Maybe(row.map),
            &Maybe(row.agreement),
            &Maybe(row.f1),
            &Maybe(row.head_error),
            &energy(|band| band.nominal),
            &energy(|band| band.low),
            &energy(|band| band.high),
            &latency(|band| band.nominal),
            &latency(|band| band.low),
            &latency(|band| band.high),
            &Maybe(row.synaptic_operations),
            &Maybe(row.spikes_per_synapse),
        ])?;
    }
    table.finish()
}

/// Writes `detections.csv`: every box of every picture, recipe and checkpoint.
pub fn write_boxes(
    dir: &Path,
    classes: &[String],
    checkpoints: &[usize],
    recipes: &[(String, Vec<Picture>)],
) -> Result<(), Error> {
    let mut table = Table::create(dir, DETECTIONS, &DETECTIONS_HEADER)?;
    for (recipe, pictures) in recipes {
        for picture in pictures {
            let float = std::iter::once(("float".to_string(), &picture.float));
            let spiking = checkpoints.iter().zip(&picture.at);
            let spiking = spiking.map(|(steps, at)| (steps.to_string(), &at.detections));
            for (steps, found) in float.chain(spiking) {
                for d in found {
                    let class =
                        classes.get(d.class).cloned().unwrap_or_else(|| d.class.to_string());
                    let rect = &d.rect;
                    table.row([
                        recipe,
                        &steps,
                        &picture.name,
                        &class,
                        &d.score,
                        &rect.x1,
                        &rect.y1,
                        &rect.x2,
                        &rect.y2,
                    ])?;
                }
            }
        }
    }
    table.finish()
}

/// The rows for people.
///
/// `timing` is how packets took their time.
pub fn accuracy_table(rows: &[Row], timing: &str) -> String {
    let mut text = format!(
        "{:24} {:>6} {:>7} {:>7} {:>9} {:>6} {:>10} {:>12} {:>22} {:>20} {:>22} {:>12}\n",
        "recipe",
        "T",
        "mAP50",
        "mAP",
        "agreement",
        "f1",
        "head error",
        "energy_mj",
        "low .. high",
        format!("latency_ms, {timing}"),
        "low .. high",
        "sp./synapse"
    );
    let some = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
    for row in rows {
        let steps = row.steps.map_or("float".into(), |steps| steps.to_string());
        let energy = row.energy_mj.map_or("-".into(), |band| format!("{:.4}", band.nominal));
        let band = row.energy_mj.map_or("-".into(), |b| format!("{:.4} .. {:.4}", b.low, b.high));
        let latency =
            row.latency_ms.map_or("-".into(), |b| format!("{:.3} .. {:.3}", b.low, b.high));
        text.push_str(&format!(
            "{:24} {steps:>6} {:>7} {:>7} {:>9} {:>6} {:>10} {energy:>12} {band:>22} {:>20} \
             {:>22} {:>12}\n",
            row.recipe,
            some(row.map50),
            some(row.map),
            some(row.agreement),
            some(row.f1),
            some(row.head_error),
            some(row.latency_ms.map(|band| band.nominal)),
            latency,
            some(row.spikes_per_synapse),
        ));
    }
    text
}
