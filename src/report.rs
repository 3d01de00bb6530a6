//! What a run leaves behind: CSV files, heat maps, a manifest, and the table on the screen.
//!
//! A run writes into a [`Folder`], which appears under its final name only when everything is in
//! it. [`write_run`] writes all files of all inputs; its parts are public for callers that emulate
//! one input at a time. Every column is defined in `docs/csv.md`; each writer's `HEADER` stands
//! beside it, and a test holds the two together. No joule is computed here but by `energy`.
//!
//! ```
//! use spikemesh::report::Folder;
//!
//! let parent = tempfile::tempdir()?;
//! let target = parent.path().join("run");
//! let folder = Folder::create(&target)?;
//! std::fs::write(folder.path().join("summary.csv"), "input\n")?;
//! assert!(!target.exists());
//! assert_eq!(folder.finish()?, target);
//! assert!(target.join("summary.csv").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod assumptions;
mod classes;
mod columns;
mod comparison;
mod conversion;
mod cores;
mod csv_file;
mod detections;
mod diff;
mod energy;
mod error;
mod exploration;
mod fidelity;
mod folder;
mod forms;
mod glance;
mod heads;
mod json;
mod layers;
mod manifest;
mod mapping;
mod markdown;
mod membranes;
mod names;
mod new_file;
mod noted;
mod output_file;
mod outputs;
mod packed;
mod packets;
mod page;
mod parquet_file;
mod plot;
mod profiles;
mod published;
mod readable;
mod redraw;
mod saved;
mod spikes;
mod spikes_file;
mod spikes_npz;
mod spiking;
mod steps;
mod summary;
mod text;
mod totals;
mod trace;
mod tuning;
mod units;
mod validation;
mod verdict;

pub use accuracy::{
    accuracy_table, answers_table, chips_table, write_accuracy, write_answers, write_boxes,
};
pub use columns::{Column, Columns, Tables, read_columns};
pub use comparison::{Comparison, comparison_table, write_comparison};
pub use conversion::{ConversionReport, write_conversion};
pub use diff::{Change, Diff, diff_text, write_diff};
pub use error::Error;
pub use exploration::{
    Accuracies, EXPLORE, EXPLORE_HEADER, Explored, last_accuracy, write_exploration,
};
pub use fidelity::{fidelity_text, write_fidelity};
pub use folder::Folder;
pub use forms::Forms;
pub use glance::Glance;
pub use heads::{HeadsFile, free};
pub use json::json_rows;
pub use new_file::NewFile;
pub use noted::Noted;
pub use outputs::outputs_text;
pub use page::{FolderKind, notebook_html, write_folder};
pub use plot::{Drawn, Format, Panel, Plots, TextBox, draw_boxes};
pub use profiles::{ProfileRow, profiles_table, write_profiles};
pub use published::{About, Emulation, check_published, write_published};
pub use readable::{grouped, significant, wrapped};
pub use redraw::{draw_input, draw_report};
pub use saved::{input_folders, read_activity};
pub use spikes_file::SpikesFile;
pub use spiking::{neurons_table, nodes_table};
pub use text::{fullest, inputs_table, table, way};
pub use totals::{Totals, assumptions};
pub use trace::{TraceFile, TraceForm};
pub use tuning::{Judged, Tuning, write_tuning};
pub use validation::{check_validation, validation_table, write_validation};
pub use verdict::conversion_table;

use crate::detect::Tally;
use crate::encode;
use crate::import::placement_file;
use crate::mapping::Mapping;
use crate::pipeline::{Outcome, Setup};
use crate::profile::Profile;
use crate::snn::Network;
use std::fs;
use std::path::Path;

/// The file that `eval` prints as its table.
pub const ACCURACY: &str = "accuracy.csv";
/// What a classifier said of every input.
const ANSWERS: &str = "answers.csv";
const ASSUMPTIONS: &str = "assumptions.csv";
/// How often each class was taken for each.
const CONFUSION: &str = "confusion.csv";
/// Floats beside whole numbers.
const FIDELITY: &str = "fidelity.csv";
const ACTIVITY: &str = "activity.json";
/// The file that `compare` prints.
pub const COMPARE: &str = "compare.csv";
/// The file that `convert` prints.
pub const CONVERSION: &str = "conversion.csv";
const CLASSES: &str = "classes.csv";
const CORES: &str = "cores.csv";
const DETECTIONS: &str = "detections.csv";
/// The file of `diff`.
pub const DIFF: &str = "diff.csv";
const FLOWS: &str = "flows.csv";
const ENERGY: &str = "energy.csv";
const LATENCY: &str = "latency.csv";
const LAYERS: &str = "layers.csv";
const LINKS: &str = "links.csv";
const MANIFEST: &str = "manifest.toml";
/// The page of every folder.
pub const REPORT: &str = "report.html";
const RATES: &str = "rates.csv";
/// The file that `run` prints on several profiles.
pub const PROFILES: &str = "profiles.csv";
const MEASURES: &str = "measures.csv";
const MAPPING: &str = "mapping.csv";
const PACKETS: &str = "packets.csv";
const MEMBRANES: &str = "membranes.csv";
const SPIKES: &str = "spikes.csv";
const STEPS: &str = "steps.csv";
/// A row for each input of a run.
pub const SUMMARY: &str = "summary.csv";
const TRACE: &str = "trace.csv";
const TRIALS: &str = "trials.csv";
const SEARCHES: &str = "searches.csv";
/// The file that `tune` prints.
pub const TUNING: &str = "tuning.csv";
/// The file that `validate` prints.
pub const VALIDATION: &str = "validation.csv";

/// Draws `convergence` of an evaluation.
///
/// # Errors
/// A picture cannot be drawn or written.
pub fn write_convergence(
    dir: &Path,
    title: &str,
    rows: &[crate::eval::Row],
    plots: &Plots,
) -> Result<Vec<Drawn>, Error> {
    plot::write_convergence(dir, plots, title, rows)
}

/// Name and columns of every CSV file of a run, of one on several profiles, of an evaluation, of a
/// conversion, of the validation, of a search and of a comparison.
pub const CSV_FILES: [(&str, &[&str]); 30] = [
    (SUMMARY, &summary::HEADER),
    (ASSUMPTIONS, &assumptions::HEADER),
    (ENERGY, &energy::HEADER),
    (STEPS, &steps::HEADER),
    (LATENCY, &steps::LATENCY_HEADER),
    (LAYERS, &layers::HEADER),
    (CORES, &cores::HEADER),
    (LINKS, &cores::LINKS_HEADER),
    (FLOWS, &cores::FLOWS_HEADER),
    (PACKETS, &packets::HEADER),
    (TRACE, &trace::TRACE_HEADER),
    (MAPPING, &placement_file::COLUMNS),
    (SPIKES, &spikes::HEADER),
    (MEMBRANES, &membranes::HEADER),
    (DETECTIONS, &detections::HEADER),
    (CLASSES, &classes::HEADER),
    (ANSWERS, &accuracy::ANSWERS_HEADER),
    (CONFUSION, &accuracy::CONFUSION_HEADER),
    (FIDELITY, &fidelity::HEADER),
    (PROFILES, &profiles::HEADER),
    (ACCURACY, &accuracy::HEADER),
    (TRIALS, &tuning::TRIALS_HEADER),
    (SEARCHES, &tuning::SEARCHES_HEADER),
    (TUNING, &tuning::TUNING_HEADER),
    (CONVERSION, &conversion::HEADER),
    (RATES, &conversion::RATES_HEADER),
    (VALIDATION, &validation::HEADER),
    (COMPARE, &comparison::HEADER),
    (MEASURES, &comparison::MEASURES_HEADER),
    (DIFF, &diff::HEADER),
];

/// Writes everything: `summary.csv` and the manifest into `dir`, and the files of each input beside
/// them or, where there are several, into a folder each.
pub fn write_run(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcomes: &[Outcome],
    plots: &Plots,
) -> Result<(), Error> {
    write_run_in(dir, setup, profile, outcomes, &Forms::of(plots))
}

/// The same in other forms.
///
/// # Errors
/// A file cannot be written, or not in that form.
pub fn write_run_in(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcomes: &[Outcome],
    forms: &Forms,
) -> Result<(), Error> {
    for (outcome, name) in outcomes.iter().zip(folder_names(outcomes)) {
        let folder = dir.join(&name);
        if !name.is_empty() {
            fs::create_dir(&folder)
                .map_err(|source| Error::Create { path: folder.clone(), source })?;
        }
        write_input_in(&folder, setup, profile, outcome, forms)?;
    }
    let inputs = outcomes.iter().map(|outcome| Noted::new(setup, profile, outcome));
    write_inputs(dir, setup, profile, &inputs.collect::<Vec<_>>())?;
    if outcomes.len() > 1 {
        let steps = outcomes[0].activity.inference_steps;
        let title = format!("{} on {}, T = {steps}", setup.network, profile.name);
        write_folder(dir, FolderKind::Other, &title, &setup.command)?;
    }
    Ok(())
}

/// Folder of each input's files below that of the run: empty (the run's own) for a single one.
pub fn folder_names(outcomes: &[Outcome]) -> Vec<String> {
    input_names(outcomes.iter().map(|outcome| outcome.input.as_str()))
}

/// The same of inputs by their names.
fn input_names<'a>(inputs: impl ExactSizeIterator<Item = &'a str>) -> Vec<String> {
    match inputs.len() {
        1 => vec![String::new()],
        _ => names::unique(
            inputs.map(encode::without_ending),
            &[SUMMARY, ASSUMPTIONS, MANIFEST, MAPPING, REPORT],
        ),
    }
}

/// A folder name for each of several profiles, for their reports beside `profiles.csv`.
pub fn profile_folders(profiles: &[Profile]) -> Vec<String> {
    let names: Vec<String> = profiles.iter().map(Profile::file_name).collect();
    let taken = [PROFILES, ACCURACY, MANIFEST, REPORT, "convergence.png", "convergence.svg"];
    names::unique(names.iter().map(String::as_str), &taken)
}

/// Writes all files of one input into `dir`, which exists and holds none of them yet; returns its
/// pictures.
pub fn write_input(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
    plots: &Plots,
) -> Result<Vec<Drawn>, Error> {
    write_input_in(dir, setup, profile, outcome, &Forms::of(plots))
}

fn write_input_in(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
    forms: &Forms,
) -> Result<Vec<Drawn>, Error> {
    let activity = &outcome.activity;
    let totals = Totals::new(activity, profile);
    energy::write(dir, activity, profile, &totals)?;
    steps::write(dir, activity, profile)?;
    steps::write_latency(dir, activity, profile)?;
    layers::write(dir, profile, outcome)?;
    cores::write(dir, activity, profile, forms)?;
    cores::write_links(dir, activity, forms)?;
    cores::write_flows(dir, activity)?;
    packets::write(dir, activity)?;
    if let Some(spikes) = &outcome.spikes {
        spikes::write(dir, activity, spikes, forms)?;
        spikes_npz::write(dir, spikes)?;
    }
    if !outcome.membranes.is_empty() {
        membranes::write(dir, activity, &outcome.membranes)?;
    }
    if let Some(found) = &outcome.detections {
        detections::write(dir, found)?;
    }
    if let Some(found) = &outcome.classification {
        classes::write(dir, found)?;
    }
    saved::write(dir, setup, outcome)?;
    page::write_input(dir, setup, profile, outcome)?;
    plot::write(dir, &forms.plots, setup, profile, outcome)
}

/// Writes `summary.csv`, one row per input, with `assumptions.csv` and `manifest.toml`, which they
/// share.
///
/// # Errors
/// They cannot be written.
pub fn write_inputs(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    inputs: &[Noted],
) -> Result<(), Error> {
    summary::write(dir, inputs)?;
    assumptions::write(dir, setup)?;
    manifest::write(dir, setup, profile, inputs)
}

/// Writes `mapping.csv`: where every core of a converted network sits, the same for all inputs.
pub fn write_mapping(dir: &Path, network: &Network, mapping: &Mapping) -> Result<(), Error> {
    mapping::write(dir, network, mapping)
}

/// Writes `manifest.toml` of an evaluation or a search: no inputs of its own, but labelled
/// pictures, if there are labels. `title` stands above its picture.
pub fn write_judged_manifest(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    title: &str,
    labels: Option<&Tally>,
) -> Result<(), Error> {
    manifest::write_judged(dir, setup, profile, title, labels)
}

/// Writes the manifest of an evaluation on several chips; those have manifests of their own.
///
/// # Errors
/// It cannot be written.
pub fn write_chips_manifest(
    dir: &Path,
    title: &str,
    command: &str,
    folders: &[String],
) -> Result<(), Error> {
    manifest::write_chips(dir, title, command, folders)
}

/// Writes `activity.json`; recorded spikes are left out, they have a file of their own.
pub fn write_activity(dir: &Path, setup: &Setup, outcome: &Outcome) -> Result<(), Error> {
    saved::write(dir, setup, outcome)
}
