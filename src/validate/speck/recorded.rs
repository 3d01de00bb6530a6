//! Spikes of a network on Speck, by channel, beside those that the chip recorded.

use super::super::{Case, Error, Files, FromFiles, Kind, Row, Test};
use crate::activity::SpikeRecord;
use crate::convert::Recipe;
use crate::encode::events::{self, Recording};
use crate::encode::labelled::{self, Place};
use crate::energy::Band;
use crate::import::{self, Options};
use crate::mapping::Placement;
use crate::pipeline::{self, Feed, Prepared, Sample, Settings, Stimulus, Timing};
use crate::profile;
use crate::snn::Train;
use std::path::{Path, PathBuf};

const SOURCE: &str = "NIR paper, speck_activity.npy: spikes of the chip in the first layer";

/// Recordings have 34 x 34 pixels, events of 300 ms; the first layer 16 channels of 16 x 16.
const SIDE: u32 = 34;
const MILLISECONDS: usize = 300;
const CHANNELS: usize = 16;
const POSITIONS: usize = 256;
/// Bytes before the array.
const HEADER: usize = 128;

/// Spikes of the chip by channel, a recording, as the array [1, recordings, channels, 16, 16] of
/// 4-byte floats holds them.
fn recorded(path: &Path) -> Result<Vec<f64>, Error> {
    let bytes = crate::files::bytes(path).unwrap_or_default();
    let all = bytes.len().saturating_sub(HEADER) / 4;
    let recordings = all / (CHANNELS * POSITIONS);
    if recordings == 0 {
        return Err(Error::Recorded { path: path.to_owned() });
    }
    let (values, _) = bytes[bytes.len() - recordings * CHANNELS * POSITIONS * 4..].as_chunks::<4>();
    let mut channels = vec![0.0; CHANNELS];
    for (n, value) in values.iter().enumerate() {
        channels[n / POSITIONS % CHANNELS] += f64::from(f32::from_le_bytes(*value));
    }
    Ok(channels.into_iter().map(|sum| sum / recordings as f64).collect())
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
        let add = |spike: SpikeRecord| {
            if spike.layer == 1 {
                channels[spike.neuron as usize % CHANNELS] += f64::from(spike.count);
            }
            std::io::Result::Ok(())
        };
        let io = |source| labelled::Error::Io { path: path.clone(), source };
        outcome.spikes.unwrap_or_default().each(add).map_err(io)?;
    }
    let count = items.len().max(1);
    Ok((channels.into_iter().map(|sum| sum / count as f64).collect(), count))
}

pub(in super::super) const CASE: FromFiles = FromFiles { name: NAME, needs, case };

const NAME: &str = "speck-recorded";

fn needs(files: &Files) -> Option<Vec<PathBuf>> {
    let folder = files.networks?.join("nir-paper/02_cnn");
    let network = ["cnn_sinabs.nir", "speck_activity.npy"].map(|name| folder.join(name));
    Some(network.into_iter().chain([files.recordings?.join("test.csv")]).collect())
}

/// Of network, recorded activity and recordings, as [`needs`] has them.
fn case(files: &[PathBuf]) -> Result<Case, Error> {
    let [network, activity, set] = [0, 1, 2].map(|n| &files[n]);
    let chip = recorded(activity)?;
    let (imported, _) = import::open_with(network, &Options::default())?;
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
    let (ours, count) = emulated(&prepared, set)?;
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
    Ok(Case {
        name: NAME,
        title: "Speck, spikes of a network on N-MNIST",
        network: format!(
            "cnn_sinabs.nir of the NIR paper (SHA-256 {hash}) on {count} recordings, event by event"
        ),
        assumptions: "Which recordings the chip saw is unknown, so sums are of other recordings \
                      than its own.",
        remark: "A report, not judged: the chip holds weights and thresholds in whole numbers of \
                 its own and recorded other digits.",
        implied: vec![],
        notes: vec![
            format!(
                "Of the spikes of the first layer, {apart:.0} % lie in other channels than on the \
                 chip"
            ),
            format!("Percent of the spikes by channel, chip and emulation: {shares}"),
        ],
        rows: vec![row],
    })
}
