//! `activity.json`: what a run did, so that it can be priced again without emulating.

use super::{ACTIVITY, Error};
use crate::activity::{self, Activity, Counts, Flow};
use crate::pipeline::{Outcome, Setup};
use crate::plain::plain;
use crate::profile::Multicast;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// First key of the file; tells it from any other JSON.
const FORMAT: &str = "spikemesh activity";
/// Grows with every change that older readers would misread.
const FORMAT_VERSION: u32 = 1;

/// Tiles of the longest board: 4096 chips of 4096.
const MOST_TILES: usize = 1 << 24;

#[derive(Deserialize)]
struct Tag {
    format: Option<String>,
    format_version: Option<u32>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    format_version: u32,
    setup: &'a Setup,
    outcome: &'a Outcome,
}

#[derive(Deserialize)]
struct Read {
    setup: Setup,
    outcome: Outcome,
}

pub(super) fn write(dir: &Path, setup: &Setup, outcome: &Outcome) -> Result<(), Error> {
    // Recorded spikes stand in spikes.csv; as JSON they would be many times the size of the rest.
    let outcome = Outcome {
        input: outcome.input.clone(),
        input_sha256: outcome.input_sha256.clone(),
        activity: outcome.activity.clone(),
        layers: outcome.layers.clone(),
        head_error: outcome.head_error,
        spikes: None,
        heads: vec![],
        float_heads: vec![],
        detections: None,
        classification: None,
        membranes: vec![],
    };
    let written =
        Written { format: FORMAT, format_version: FORMAT_VERSION, setup, outcome: &outcome };
    let path = dir.join(ACTIVITY);
    let error = |source| Error::Write { path: path.clone(), source };
    let mut file = BufWriter::new(File::create_new(&path).map_err(error)?);
    serde_json::to_writer(&mut file, &written).map_err(|e| error(e.into()))?;
    file.flush().map_err(error)
}

/// Reads `activity.json` of the folder of one input, or the file itself. Recorded spikes are not
/// part of it.
pub fn read_activity(path: &Path) -> Result<(Setup, Outcome), Error> {
    let path = if path.is_dir() { path.join(ACTIVITY) } else { path.to_path_buf() };
    let text =
        crate::files::text(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let foreign = |reason: String| Error::Foreign { path: path.clone(), reason };
    let broken = |reason: String| Error::Broken { path: path.clone(), reason };
    if !text.trim_start().starts_with('{') {
        return Err(foreign("it is no JSON object".into()));
    }
    let tag: Tag = serde_json::from_str(&text).map_err(|e| broken(plain(&e.to_string())))?;
    if tag.format.as_deref() != Some(FORMAT) {
        return Err(foreign(format!("its `format` is not `{FORMAT}`")));
    }
    if tag.format_version != Some(FORMAT_VERSION) {
        let found = tag.format_version.map_or("missing".into(), |version| version.to_string());
        return Err(foreign(format!("its `format_version` is {found}, not {FORMAT_VERSION}")));
    }
    let Read { setup, outcome } =
        serde_json::from_str(&text).map_err(|e| broken(plain(&e.to_string())))?;
    check(&setup, &outcome).map_err(broken)?;
    let forks = setup.grid.multicast == Multicast::Tree;
    activity::check(&outcome.activity, forks).map_err(|unsound| broken(unsound.to_string()))?;
    Ok((setup, outcome))
}

/// The folders of the inputs of a finished run: `run` itself, or its sub-folders in name order.
pub fn input_folders(run: &Path) -> Result<Vec<PathBuf>, Error> {
    if run.join(ACTIVITY).exists() {
        return Ok(vec![run.into()]);
    }
    let error = |source| Error::Read { path: run.into(), source };
    let mut folders = vec![];
    for entry in fs::read_dir(run).map_err(error)? {
        let folder = entry.map_err(error)?.path();
        if folder.join(ACTIVITY).exists() {
            folders.push(folder);
        }
    }
    if folders.is_empty() {
        return Err(Error::NoActivity { path: run.into() });
    }
    folders.sort();
    Ok(folders)
}

/// What the rest of the program takes for granted; a damaged file must not make it panic.
fn check(setup: &Setup, outcome: &Outcome) -> Result<(), String> {
    let activity = &outcome.activity;
    let grid = &setup.grid;
    if [grid.chip_width, grid.chip_height].contains(&0) {
        return Err("a chip has no tiles".into());
    }
    if grid.width.max(grid.height) > MOST_TILES {
        return Err(format!("its grid is longer than {MOST_TILES} tiles"));
    }
    for (index, step) in activity.steps.iter().enumerate() {
        classes(activity, &step.counts).map_err(|what| format!("step {}: {what}", index + 1))?;
    }
    for layer in &activity.layers {
        let fault = |what: &str| format!("layer {}: {what}", layer.name);
        classes(activity, &layer.counts).map_err(|what| fault(&what))?;
        if !layer.shapeless {
            let places =
                layer.height.checked_mul(layer.width).ok_or_else(|| fault("its size overflows"))?;
            if layer.spikes_per_position.len() != places {
                return Err(fault("spikes_per_position does not fit its height and width"));
            }
            places.checked_mul(layer.channels).ok_or_else(|| fault("its size overflows"))?;
        }
    }
    for (index, core) in activity.cores.iter().enumerate() {
        let fault = |what: &str| format!("core {index}: {what}");
        classes(activity, &core.counts).map_err(|what| fault(&what))?;
        if core.x >= grid.width || core.y >= grid.height {
            return Err(fault("it lies outside the grid"));
        }
        if core.layer.is_some_and(|layer| layer >= activity.layers.len()) {
            return Err(fault("its layer does not exist"));
        }
    }
    flows(activity)?;
    match outcome.layers.iter().find(|like| like.layer >= activity.layers.len()) {
        Some(like) => Err(format!("the match `{}` names a layer that does not exist", like.name)),
        None => Ok(()),
    }
}

/// Flows come each once, in their order, with packets.
fn flows(activity: &Activity) -> Result<(), String> {
    let pair = |flow: &Flow| (flow.from, flow.to);
    if !activity.flows.is_sorted_by(|a, b| pair(a) < pair(b)) {
        return Err("its flows are out of order".into());
    }
    match activity.flows.iter().find(|flow| flow.packets == 0) {
        Some(Flow { from, to, .. }) => {
            Err(format!("the flow from core {from} to core {to} has no packets"))
        }
        None => Ok(()),
    }
}

fn classes(activity: &Activity, counts: &Counts) -> Result<(), String> {
    let soma = activity.soma_classes.len();
    let lists = [
        ("accesses", &counts.accesses, soma),
        ("updates_input", &counts.updates_input, soma),
        ("updates_state", &counts.updates_state, soma),
        ("firings", &counts.firings, soma),
        ("synaptic_operations", &counts.synaptic_operations, activity.synapse_classes.len()),
    ];
    match lists.into_iter().find(|(_, list, classes)| list.len() != *classes) {
        Some((name, list, classes)) => {
            Err(format!("{name} has {} classes, not {classes}", list.len()))
        }
        None => Ok(()),
    }
}
