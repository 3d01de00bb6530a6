//! Trials of a search, and what it came to on inputs that it did not see.

use super::folder::Told;
use super::plot::{Axis, Plot, Point, Series};
use super::table::Table;
use super::{Part, Section, text};
use crate::report::plot::Searches;
use crate::report::readable::significant;
use crate::report::redraw::{Sheet, searches, trial};
use crate::report::{Error, SEARCHES, TRIALS, TUNING};
use std::path::Path;

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let trials = Sheet::read(dir, TRIALS)?.each(trial)?;
    let plot = Part::Plot(drawn(&searches(&trials)));
    let tuning = Table::read(dir, TUNING, "Untuned and tuned, on inputs that no search saw")?;
    let sections = vec![
        Section::new("trials", "Trials", vec![plot]),
        Section::new("tuning", "What it came to", vec![Part::Table(tuning)]),
        Section::new(
            "rows",
            "Rows",
            vec![
                Part::Table(Table::read(dir, SEARCHES, "Searches")?),
                Part::Table(Table::read(dir, TRIALS, "Trials")?),
            ],
        ),
    ];
    Ok(Told { lead: lead(dir)?, sections })
}

fn drawn(searches: &Searches) -> Plot {
    let wrong = if searches.answers { "wrong answers" } else { "head error" };
    let tip = |what: &str, [mj, error]: [f64; 2]| {
        format!("{what}: {} mJ, {wrong} {}", significant(mj), significant(error))
    };
    let mut all: Vec<Series> = vec![];
    for point in &searches.points {
        let Some(search) = &point.search else { continue };
        let (name, at) = (text(search), [point.energy_mj, point.wrong]);
        let point = Point { at, band: None, tip: tip(&name, at), marked: false };
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => all.push(Series { name, joined: false, points: vec![point] }),
        }
    }
    for (name, at) in ["untuned", "best"].into_iter().zip(searches.marked) {
        let Some(at) = at else { continue };
        let point = Point { at, band: None, tip: tip(name, at), marked: true };
        all.push(Series { name: name.into(), joined: false, points: vec![point] });
    }
    let along = |axis: usize| -> Vec<f64> {
        all.iter()
            .flat_map(|series| series.points.iter().map(move |point| point.at[axis]))
            .collect()
    };
    let x = Axis::new("energy per input, events and leakage, mJ", along(0), true);
    let y = Axis::new(wrong, along(1), false);
    Plot::new("Further left and lower is better", x, y, &all)
}

/// What the search changed most, and what it cost.
fn lead(dir: &Path) -> Result<Vec<String>, Error> {
    let sheet = Sheet::read(dir, TUNING)?;
    let rows = sheet.each(|line| {
        let [untuned, tuned] = [line.number("untuned")?, line.number("tuned")?];
        Ok((line.text("quantity")?.to_owned(), line.text("unit")?.to_owned(), untuned.zip(tuned)))
    })?;
    let told = rows.iter().filter(|(quantity, ..)| {
        ["accuracy", "agreement", "head_error", "energy_dynamic", "latency"]
            .contains(&quantity.as_str())
    });
    let said = told.filter_map(|(quantity, unit, values)| {
        let (untuned, tuned) = (*values)?;
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let name = quantity.replace('_', " ");
        Some(format!("{name} {} to {}{unit}", significant(untuned), significant(tuned)))
    });
    let said: Vec<String> = said.collect();
    Ok(match said.is_empty() {
        true => vec!["No trial was measured to its end.".into()],
        false => vec![format!("From untuned to tuned: {}.", said.join("; "))],
    })
}
