//! Files of an evaluation: `accuracy.csv`, `detections.csv` and the convergence plot.

use super::csv_file::{Maybe, Table};
use super::readable::{cut, significant};
use super::units::of_milli;
use super::{ACCURACY, ANSWERS, CONFUSION, DETECTIONS, Error};
use crate::detect::Detection;
use crate::energy::Band;
use crate::eval::{Answered, FloatBoxes, Picture, Row};
use crate::plain::shown;
use std::collections::BTreeMap;
use std::path::Path;

/// Columns of `accuracy.csv`.
pub const HEADER: [&str; 23] = [
    "recipe",
    "system",
    "T",
    "mAP50",
    "mAP",
    "agreement",
    "f1",
    "head_error",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
    "latency_us",
    "latency_low_us",
    "latency_high_us",
    "synaptic_operations",
    "spikes_per_synapse",
    "accuracy",
    "top5",
    "profile",
    "energy_static_uj",
    "energy_static_low_uj",
    "energy_static_high_uj",
    "reason",
];

/// Columns of `answers.csv`.
pub const ANSWERS_HEADER: [&str; 6] = ["recipe", "T", "input", "class", "answer", "float_answer"];

/// Columns of `confusion.csv`.
pub const CONFUSION_HEADER: [&str; 5] = ["recipe", "T", "class", "answer", "inputs"];

const DETECTIONS_HEADER: [&str; 10] =
    ["recipe", "T", "image", "system", "class", "score", "x1", "y1", "x2", "y2"];

/// Names of both networks, as in the files of a run.
const FLOAT: &str = "float";
const SPIKING: &str = "spiking";

/// Writes `accuracy.csv`, a row per recipe and checkpoint, the float network first.
pub fn write_accuracy(dir: &Path, rows: &[Row]) -> Result<(), Error> {
    let mut table = Table::create(dir, ACCURACY, &HEADER)?;
    for row in rows {
        let [energy, fixed, latency] = [row.energy_mj, row.static_mj, row.latency_ms]
            .map(|band| move |of: fn(&Band) -> f64| Maybe(band.as_ref().map(of).map(of_milli)));
        table.row([
            &row.recipe,
            &system(row),
            &Maybe(row.steps),
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
            &Maybe(row.accuracy),
            &Maybe(row.top5),
            &row.profile,
            &fixed(|band| band.nominal),
            &fixed(|band| band.low),
            &fixed(|band| band.high),
            &Maybe(row.refused.as_ref()),
        ])?;
    }
    table.finish()
}

/// Floats cost nothing here.
fn system(row: &Row) -> &'static str {
    if row.energy_mj.is_none() && row.refused.is_none() { FLOAT } else { SPIKING }
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
            let spiking = checkpoints.iter().zip(&picture.at);
            let spiking = spiking.map(|(steps, at)| (SPIKING, Some(*steps), &at.detections));
            for (system, steps, found) in floats(checkpoints, picture).chain(spiking) {
                for d in found {
                    let class =
                        classes.get(d.class).cloned().unwrap_or_else(|| d.class.to_string());
                    let rect = &d.rect;
                    table.row([
                        recipe,
                        &Maybe(steps),
                        &picture.name,
                        &system,
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

/// Name, steps and boxes of the floats of a picture, where they ran.
fn floats<'a>(
    checkpoints: &[usize],
    picture: &'a Picture,
) -> impl Iterator<Item = (&'static str, Option<usize>, &'a Vec<Detection>)> {
    let all: Vec<(Option<usize>, &Vec<Detection>)> = match &picture.float {
        FloatBoxes::Never => vec![],
        FloatBoxes::Once(found) => vec![(None, found)],
        FloatBoxes::At(found) => checkpoints.iter().copied().map(Some).zip(found).collect(),
    };
    all.into_iter().map(|(steps, found)| (FLOAT, steps, found))
}

/// Writes `answers.csv`, a row per input, and `confusion.csv`, one per class and answer that
/// occurs.
pub fn write_answers(
    dir: &Path,
    classes: &[String],
    checkpoints: &[usize],
    recipes: &[(String, Vec<Answered>)],
) -> Result<(), Error> {
    let name = |class: usize| classes.get(class).cloned().unwrap_or_else(|| class.to_string());
    let mut answers = Table::create(dir, ANSWERS, &ANSWERS_HEADER)?;
    let mut confusion = Table::create(dir, CONFUSION, &CONFUSION_HEADER)?;
    for (recipe, inputs) in recipes {
        for (index, steps) in checkpoints.iter().enumerate() {
            let mut counts: BTreeMap<(usize, Option<usize>), u64> = BTreeMap::new();
            for input in inputs {
                let answer = input.at[index].classes.first().copied();
                *counts.entry((input.label, answer)).or_default() += 1;
                let float = input.at[index].float.as_ref();
                let float = Maybe(float.and_then(|classes| classes.first()).copied().map(name));
                let said = Maybe(answer.map(name));
                answers.row([recipe, steps, &input.name, &name(input.label), &said, &float])?;
            }
            for ((label, answer), count) in counts {
                confusion.row([recipe, steps, &name(label), &Maybe(answer.map(name)), &count])?;
            }
        }
    }
    answers.finish()?;
    confusion.finish()
}

/// Most characters of a recipe in its column.
const RECIPE: usize = 12;

/// The rows of a classifier for people; `timing` is how packets took their time. A recipe of many
/// words stands above its rows.
pub fn answers_table(rows: &[Row], timing: &str) -> String {
    let mut text = format!(
        "{:12} {:>5} {:>8} {:>6} {:>6} {:>9} {:>9} {:>11}\n",
        "recipe", "T", "accuracy", "top5", "agree", "energy_mj", "time_ms", "operations"
    );
    let some = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
    let nominal = |band: Option<Band>| band.map_or("-".into(), |band| significant(band.nominal));
    let long = rows.iter().any(|row| row.recipe.chars().count() > RECIPE);
    let mut above = None;
    for row in rows {
        if long && above != Some(&row.recipe) {
            above = Some(&row.recipe);
            text.push_str(&format!("{}\n", shown(&row.recipe)));
        }
        let steps = row.steps.map_or("float".into(), |steps| steps.to_string());
        text.push_str(&format!(
            "{:12} {steps:>5} {:>8} {:>6} {:>6} {:>9} {:>9} {:>11}\n",
            if long { "" } else { &row.recipe },
            some(row.accuracy),
            some(row.top5),
            some(row.agreement),
            nominal(row.energy_mj),
            nominal(row.latency_ms),
            row.synaptic_operations.map_or("-".into(), significant),
        ));
    }
    let agree = match rows.iter().any(|row| row.agreement.is_some()) {
        true => "agree: same answer as the floats; ",
        false => "",
    };
    let bands = "energy and time have bands in accuracy.csv";
    text.push_str(&format!("{agree}time: {timing} timing;\n{bands}\n"));
    text
}

/// The rows of several chips for people, in 78 characters.
pub fn chips_table(rows: &[Row]) -> String {
    let some = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
    let nominal = |band: Option<Band>| band.map_or("-".into(), |band| significant(band.nominal));
    let answers = rows.iter().any(|row| row.accuracy.is_some());
    let right = if answers { "right" } else { "mAP50" };
    let mut text = format!(
        "{:20} {:12} {:>5} {right:>6} {:>9} {:>9} {:>9}\n",
        "profile", "recipe", "T", "events_mj", "static_mj", "time_ms"
    );
    // The float network is the same on every chip.
    let floats = rows.iter().find(|row| row.steps.is_none() && row.refused.is_none());
    let spiking = rows.iter().filter(|row| row.steps.is_some());
    for row in floats.into_iter().chain(spiking) {
        let float = row.steps.is_none();
        text.push_str(&format!(
            "{:20} {:12} {:>5} {:>6} {:>9} {:>9} {:>9}\n",
            if float { "-".into() } else { cut(&row.profile, 20) },
            cut(&row.recipe, 12),
            row.steps.map_or("float".into(), |steps| steps.to_string()),
            some(row.map50.or(row.accuracy)),
            nominal(row.energy_mj),
            nominal(row.static_mj),
            nominal(row.latency_ms),
        ));
    }
    for row in rows {
        if let Some(reason) = &row.refused {
            text.push_str(&format!("{} refuses it: {}\n", shown(&row.profile), shown(reason)));
        }
    }
    text
}

/// The rows for people.
///
/// `timing` is how packets took their time.
pub fn accuracy_table(rows: &[Row], timing: &str) -> String {
    let mut text = format!(
        "{:18} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6} {:>9} {:>9}   {:22} {:22} {:>10}\n",
        "recipe",
        "T",
        "mAP50",
        "mAP",
        "agree",
        "f1",
        "error",
        "energy_mj",
        "time_ms",
        "energy low .. high",
        "time low .. high",
        "sp./synapse"
    );
    let some = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
    let ends = |band: Option<Band>| {
        let ends = |b: Band| format!("{} .. {}", significant(b.low), significant(b.high));
        band.map_or("-".into(), ends)
    };
    let nominal = |band: Option<Band>| band.map_or("-".into(), |band| significant(band.nominal));
    for row in rows {
        let steps = row.steps.map_or("float".into(), |steps| steps.to_string());
        text.push_str(&format!(
            "{:18} {steps:>5} {:>6} {:>6} {:>6} {:>6} {:>6} {:>9} {:>9}   {:22} {:22} {:>10}\n",
            cut(&row.recipe, 18),
            some(row.map50),
            some(row.map),
            some(row.agreement),
            some(row.f1),
            some(row.head_error),
            nominal(row.energy_mj),
            nominal(row.latency_ms),
            ends(row.energy_mj),
            ends(row.latency_ms),
            some(row.spikes_per_synapse),
        ));
    }
    text.push_str(&format!("agree, error: with the float network; time: {timing} timing\n"));
    text
}
