//! `manifest.toml`: what would be needed to run it again, and what the result rests on.

use super::{ConversionReport, Error, MANIFEST, Noted, conversion, input_names, totals};
use crate::detect::Tally;
use crate::mapping::{Gap, Grid};
use crate::pipeline::{Setup, Timing};
use crate::profile::Profile;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Manifest<'a> {
    version: &'a str,
    command: &'a str,
    /// What stands above the picture, where the rest does not tell it.
    title: Option<&'a str>,
    #[serde(serialize_with = "seed")]
    seed: u64,
    idealised: bool,
    /// Values of the profile that were changed for the run, `key=value`.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    profile_changes: &'a [String],
    assumptions: Vec<String>,
    /// What the run left out.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    settings: Settings<'a>,
    network: Hashed<'a>,
    profile: Hashed<'a>,
    grid: Option<&'a Grid>,
    input: Vec<Input<'a>>,
    /// What of the labels counts, and what was left out.
    labels: Option<&'a Tally>,
    gap: &'a [Gap],
}

#[derive(Serialize)]
struct Settings<'a> {
    recipe: &'a str,
    /// Every choice of the conversion.
    conversion: &'a str,
    /// Where the cores sit.
    placement: Option<&'a str>,
    timing: Option<Timing>,
    /// Steps of the inference (T), and of the fill.
    steps: Option<u64>,
    depth: Option<u64>,
    calibration: &'a [String],
    /// Where the rule for pictures comes from.
    detector: Option<&'a str>,
}

#[derive(Serialize)]
struct Hashed<'a> {
    name: &'a str,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Input<'a> {
    name: &'a str,
    sha256: &'a str,
    /// Where its files lie, relative to the manifest.
    folder: String,
    membrane_saturations: u64,
}

/// TOML's integers end at 63 bits; a larger seed is written as text rather than refused.
fn seed<S: serde::Serializer>(seed: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*seed) {
        Ok(number) => serializer.serialize_i64(number),
        Err(_) => serializer.serialize_str(&seed.to_string()),
    }
}

pub(super) fn write(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    inputs: &[Noted],
) -> Result<(), Error> {
    write_all(dir, setup, profile, inputs, None, None)
}

/// The manifest of an evaluation or a search.
pub(super) fn write_judged(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    title: &str,
    labels: Option<&Tally>,
) -> Result<(), Error> {
    write_all(dir, setup, profile, &[], Some(title), labels)
}

/// That of an evaluation on several chips.
#[derive(Serialize)]
struct Chips<'a> {
    version: &'a str,
    command: &'a str,
    title: &'a str,
    /// What each chip gave, its manifest included.
    folders: &'a [String],
}

pub(super) fn write_chips(
    dir: &Path,
    title: &str,
    command: &str,
    folders: &[String],
) -> Result<(), Error> {
    let version = env!("CARGO_PKG_VERSION");
    save(dir, &Chips { version, command, title, folders })
}

fn write_all(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    inputs: &[Noted],
    title: Option<&str>,
    labels: Option<&Tally>,
) -> Result<(), Error> {
    let folders = input_names(inputs.iter().map(|input| input.name.as_str()));
    let input = inputs.iter().zip(folders).map(|(input, folder)| Input {
        name: &input.name,
        sha256: &input.sha256,
        folder: if folder.is_empty() { ".".into() } else { folder },
        membrane_saturations: input.membrane_saturations,
    });
    let first = inputs.first();
    let manifest = Manifest {
        version: &setup.version,
        command: &setup.command,
        title,
        seed: setup.seed,
        idealised: setup.idealised,
        profile_changes: &profile.provenance.changes,
        assumptions: totals::assumptions(setup),
        notes: &setup.notes,
        settings: Settings {
            recipe: &setup.recipe,
            conversion: &setup.conversion,
            placement: Some(&setup.placement),
            timing: Some(setup.timing),
            steps: first.map(|input| input.steps),
            depth: first.map(|input| input.depth),
            calibration: &setup.calibration,
            detector: Some(&setup.detector[..]).filter(|detector| !detector.is_empty()),
        },
        network: Hashed { name: &setup.network, sha256: &setup.network_sha256 },
        profile: Hashed { name: &profile.name, sha256: &profile.hash },
        grid: Some(&setup.grid),
        input: input.collect(),
        labels,
        gap: &setup.gaps,
    };
    save(dir, &manifest)
}

/// The manifest of a conversion: no chip carried it, and nothing was timed.
pub(super) fn write_conversion(dir: &Path, report: &ConversionReport) -> Result<(), Error> {
    let ConversionReport { file, profile, gaps, command, diagnosis } = report;
    let input = diagnosis.inputs.iter().map(|input| Input {
        name: &input.name,
        sha256: &input.sha256,
        folder: ".".into(),
        membrane_saturations: input.saturations,
    });
    let conversion = file.settings.describe();
    let title = conversion::title(report);
    let manifest = Manifest {
        version: &file.version,
        command,
        title: Some(&title),
        seed: 0,
        idealised: false,
        profile_changes: &profile.provenance.changes,
        assumptions: vec![],
        notes: &[],
        settings: Settings {
            recipe: &file.recipe,
            conversion: &conversion,
            placement: None,
            timing: None,
            steps: Some(diagnosis.steps as u64),
            depth: None,
            calibration: &file.calibration,
            detector: None,
        },
        network: Hashed { name: &file.name, sha256: &file.network_sha256 },
        profile: Hashed { name: &profile.name, sha256: &profile.hash },
        grid: None,
        input: input.collect(),
        labels: None,
        gap: gaps,
    };
    save(dir, &manifest)
}

fn save(dir: &Path, manifest: &impl Serialize) -> Result<(), Error> {
    let path = dir.join(MANIFEST);
    let write = |source| Error::Write { path: path.clone(), source };
    let text = toml::to_string(manifest).map_err(|e| write(std::io::Error::other(e)))?;
    std::fs::write(&path, text).map_err(write)
}
