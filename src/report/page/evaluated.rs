//! Accuracy against steps and joules.

use super::folder::Told;
use super::listing::runs;
use super::plot::{Axis, Plot, Point, Series};
use super::table::Table;
use super::{Part, Section, text};
use crate::eval::Row;
use crate::report::readable::significant;
use crate::report::redraw::{Sheet, measured};
use crate::report::{ACCURACY, Error};
use std::path::Path;

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let rows = Sheet::read(dir, ACCURACY)?.each(measured)?;
    let quality = Quality::of(&rows);
    let spiking: Vec<&Row> =
        rows.iter().filter(|row| row.steps.is_some() && row.energy_mj.is_some()).collect();
    let mut parts = vec![];
    if let Some(quality) = &quality {
        parts.push(Part::Plot(against_steps(&spiking, quality)));
        parts.push(Part::Plot(against_joules(&spiking, quality)));
    }
    let table = Part::Table(Table::read(dir, ACCURACY, "All rows")?);
    let mut sections = vec![
        Section::new("accuracy", "Accuracy against steps and joules", parts),
        Section::new("rows", "Rows", vec![table]),
    ];
    sections.extend(runs(dir)?);
    let lead = quality.map_or(vec![], |quality| lead(&rows, &spiking, &quality));
    Ok(Told { lead, sections })
}

/// What is measured of all rows.
struct Quality {
    name: &'static str,
    of: fn(&Row) -> Option<f64>,
}

impl Quality {
    /// The first that a spiking row has.
    fn of(rows: &[Row]) -> Option<Quality> {
        let known = [
            Quality { name: "mAP50", of: |row| row.map50 },
            Quality { name: "accuracy", of: |row| row.accuracy },
            Quality { name: "agreement with floats", of: |row| row.agreement },
        ];
        let has = |quality: &Quality| {
            rows.iter().any(|row| row.steps.is_some() && (quality.of)(row).is_some())
        };
        known.into_iter().find(has)
    }
}

/// The best row, the cheapest that comes near it, and the floats.
fn lead(rows: &[Row], spiking: &[&Row], quality: &Quality) -> Vec<String> {
    let of = quality.of;
    let best = spiking.iter().filter_map(|row| Some((of(row)?, *row)));
    let Some((most, _)) = best.clone().max_by(|a, b| a.0.total_cmp(&b.0)) else { return vec![] };
    let mj = |row: &Row| row.total_mj().map_or(f64::INFINITY, |band| band.nominal);
    let near = best.filter(|(value, _)| *value >= most - 0.01);
    let Some((value, row)) = near.min_by(|a, b| mj(a.1).total_cmp(&mj(b.1))) else { return vec![] };
    let on =
        if row.profile.is_empty() { String::new() } else { format!(" on {}", text(&row.profile)) };
    let steps = row.steps.unwrap_or_default();
    let first = format!(
        "The least energy within .01 of the best {} takes {} mJ: {} = {value:.3} with recipe {}, \
         T = {steps}{on}.",
        quality.name,
        significant(mj(row)),
        quality.name,
        text(&row.recipe),
    );
    // The floats cost nothing here, whether or not they take steps.
    let float = rows.iter().find(|row| row.energy_mj.is_none() && of(row).is_some());
    let float = float.and_then(of).map(|value| format!("The float network has {value:.3}."));
    [first].into_iter().chain(float).collect()
}

fn tip(row: &Row, quality: &Quality) -> String {
    let energy = row.total_mj().map_or(String::new(), |band| {
        format!(
            ", {} mJ ({} .. {})",
            significant(band.nominal),
            significant(band.low),
            significant(band.high)
        )
    });
    let on =
        if row.profile.is_empty() { String::new() } else { format!("{}, ", text(&row.profile)) };
    let value = (quality.of)(row).map_or("-".into(), |value| format!("{value:.4}"));
    let steps = row.steps.unwrap_or_default();
    format!("{on}{}, T = {steps}: {} {value}{energy}", text(&row.recipe), quality.name)
}

/// A series for each chip and recipe.
fn series(
    rows: &[&Row],
    quality: &Quality,
    at: impl Fn(&Row) -> Option<(f64, Option<[f64; 2]>)>,
) -> Vec<Series> {
    let mut all: Vec<Series> = vec![];
    for row in rows {
        let chip = if row.profile.is_empty() {
            String::new()
        } else {
            format!("{}, ", text(&row.profile))
        };
        let name = format!("{chip}{}", text(&row.recipe));
        let (Some((x, band)), Some(y)) = (at(row), (quality.of)(row)) else { continue };
        let point = Point { at: [x, y], band, tip: tip(row, quality), marked: false };
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => all.push(Series { name, joined: true, points: vec![point] }),
        }
    }
    all.iter_mut().for_each(|series| series.points.sort_by(|a, b| a.at[0].total_cmp(&b.at[0])));
    all
}

/// Chips differ in joules alone: the first has all steps.
fn against_steps(rows: &[&Row], quality: &Quality) -> Plot {
    let first = rows.first().map(|row| row.profile.clone()).unwrap_or_default();
    let own: Vec<&Row> = rows.iter().copied().filter(|row| row.profile == first).collect();
    let steps = |row: &Row| row.steps.map(|steps| (steps as f64, None));
    drawn(
        "Against steps",
        Axis::new("steps (T)", points(&own, steps), false),
        quality,
        series(&own, quality, steps),
    )
}

fn against_joules(rows: &[&Row], quality: &Quality) -> Plot {
    let energy = |row: &Row| row.total_mj().map(|band| (band.nominal, Some([band.low, band.high])));
    let ends = rows.iter().filter_map(|row| row.total_mj()).flat_map(|band| [band.low, band.high]);
    let axis = Axis::new("energy per input, events and leakage, mJ", ends, true);
    drawn("Against energy", axis, quality, series(rows, quality, energy))
}

fn points<'a>(
    rows: &'a [&Row],
    at: impl Fn(&Row) -> Option<(f64, Option<[f64; 2]>)> + 'a,
) -> impl Iterator<Item = f64> + 'a {
    rows.iter().filter_map(move |row| at(row)).map(|(x, _)| x)
}

fn drawn(title: &str, x: Axis, quality: &Quality, series: Vec<Series>) -> Plot {
    let values = series.iter().flat_map(|series| series.points.iter().map(|point| point.at[1]));
    let y = Axis::new(quality.name, values.collect::<Vec<_>>(), false);
    Plot::new(title, x, y, &series)
}
