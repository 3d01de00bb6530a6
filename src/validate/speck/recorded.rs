//! Spikes of a network on Speck, by channel, beside those that the chip recorded.

use super::super::{Case, Error, Files, Kind, Row, Test};
use crate::convert::Recipe;
use crate::encode::events::{self, Recording};
use crate::encode::labelled::{self, Place};
use crate::energy::Band;
use crate::import::{self, Options};
use crate::mapping::Placement;
use crate::pipeline::{self, Feed, Prepared, Sample, Settings, Stimulus, Timing};
use crate::profile;
use crate::snn::Train;
use std::fs;
use std::path::Path;

const SOURCE: &str = "NIR paper, speck_activity.npy: spikes of the chip in the first layer";

/// Recordings have 34 x 34 pixels, events of 300 ms; the first layer 16 channels of 16 x 16.
const SIDE: u32 = 34;
const MILLISECONDS: usize = 300;
const CHANNELS: usize = 16;
const POSITIONS: usize = 256;

/// Spikes of the chip by channel, a recording, as the array [1, recordings, channels, 16, 16] of
/// 4-byte floats holds them.
fn recorded(path: &Path) -> Option<Vec<f64>> {
    let bytes = fs::read(path).ok()?;
    let all = bytes.len().checked_sub(128)? / 4;
    let recordings = all / (CHANNELS * POSITIONS);
    if recordings == 0 {
        return None;
    }
    let (values, _) = bytes[bytes.len() - recordings * CHANNELS * POSITIONS * 4..].as_chunks::<4>();
    let mut channels = vec![0.0; CHANNELS];
    for (n, value) in values.iter().enumerate() {
        channels[n / POSITIONS % CHANNELS] += f64::from(f32::from_le_bytes(*value));
    }
    Some(channels.into_iter().map(|sum| sum / recordings as f64).collect())
}

/// Events one by one; polarity is the channel.
fn sample(name: String, recording: &Recording) -> Sample {
    let mut moments = vec![vec![]; MILLISECONDS];
    for event in &recording.events {
        let element = (u32::from(event.on) * SIDE + u32::from(event.y)) * SIDE + u32::from(event.x);
        if let Some(step) = moments.get_mut((event.t_us / 1000) as usize) {
            step.push((element, event.t_us % 1000 * 1_000_000));
        }
    }
    let train = Train { steps: vec![vec![]; MILLISECONDS], moments };
    Sample::of(name, String::new(), Stimulus::Spikes { train, step_ns: 1e6 })
}

/// Spikes by channel of the first layer, a recording.
fn emulated(prepared: &Prepared, set: &Path) -> Result<(Vec<f64>, usize), Error> {
    let items = labelled::classified(set)?.items;
    let mut channels = vec![0.0; CHANNELS];
    for item in &items {
        let Place::Recording(path) = &item.place else { continue };
        let recording = events::read(path).map_err(labelled::Error::from)?;
        let outcome = prepared.emulate(Some(&sample(item.name.clone(), &recording)), || ())?;
        let spikes = outcome.spikes.unwrap_or_default();
        for spike in spikes.iter().filter(|spike| spike.layer == 1) {
            channels[spike.neuron as usize % CHANNELS] += f64::from(spike.count);
        }
    }
    let count = items.len().max(1);
    Ok((channels.into_iter().map(|sum| sum / count as f64).collect(), count))
}

/// `None` where network or recordings are not there.
pub(in super::super) fn case(files: &Files) -> Result<Option<Case>, Error> {
    let (Some(networks), Some(recordings)) = (files.networks, files.recordings) else {
        return Ok(None);
    };
    let network = networks.join("nir-paper/02_cnn/cnn_sinabs.nir");
    let set = recordings.join("test.csv");
    let Some(chip) = recorded(&network.with_file_name("speck_activity.npy")) else {
        return Ok(None);
    };
    if !network.is_file() || !set.is_file() {
        return Ok(None);
    }
    let (imported, _) = import::open_with(&network, &Options::default())?;
    let profile = profile::load("speck")?;
    let settings = Settings {
        steps: MILLISECONDS,
        timing: Timing::Event,
        idealised: false,
        record_spikes: true,
        seed: 0,
        conversion: Recipe::default(),
        split: vec![],
        placement: Placement::Linear,
        placement_steps: 0,
        probes: vec![],
        feed: Feed::Spikes,
        command: String::new(),
    };
    let hash = imported.sha256[..16].to_owned();
    let prepared = pipeline::prepare(imported, profile.clone(), settings, &[][..])?;
    let (ours, count) = emulated(&prepared, &set)?;
    let sum = |channels: &[f64]| channels.iter().sum::<f64>();
    let all = [sum(&chip), sum(&ours)];
    let row = Row {
        kind: Kind::Prediction,
        profile: profile.name,
        quantity: "spikes of the first layer, a recording".into(),
        unit: "spikes",
        measured: all[0],
        predicted: Band::exactly(all[1]),
        test: Test::Beside,
        source: SOURCE,
        measured_within: 0.0,
        drivers: vec![],
    };
    let pairs = chip.iter().zip(&ours).map(|(chip, ours)| [chip / all[0], ours / all[1]]);
    let apart = 50.0 * pairs.clone().map(|[chip, ours]| (chip - ours).abs()).sum::<f64>();
    let shares = pairs.map(|[chip, ours]| format!("{:.1} and {:.1}", 100.0 * chip, 100.0 * ours));
    let shares = shares.collect::<Vec<_>>().join(", ");
    Ok(Some(Case {
        name: "speck-recorded",
        title: "Speck, spikes of a network on N-MNIST",
        network: format!(
            "cnn_sinabs.nir of the NIR paper (SHA-256 {hash}) on {count} recordings, event by event"
        ),
        assumptions: "Which recordings the chip saw is unknown, so sums are of other recordings than its own.",
        remark: "A report, not judged: the chip holds weights and thresholds in whole numbers of its own and recorded \
                 other digits.",
        implied: vec![
            format!(
                "Of the spikes of the first layer, {apart:.0} % lie in other channels than on the chip"
            ),
            format!("Percent of the spikes by channel, chip and emulation: {shares}"),
        ],
        rows: vec![row],
    }))
}
