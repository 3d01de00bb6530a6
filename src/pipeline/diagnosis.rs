//! What each layer loses: spiking runs without a chip beside the float network.

use super::converted::{check_steps, timed};
use super::{Calibration, Chosen, Error, Sample};
use crate::ann::Graph;
use crate::convert::{self, LayerLoss, Observation};
use crate::engine::functional::{Observed, each_step};
use crate::snn::retime::Retimed;
use crate::snn::{Model, PopulationId};
use std::collections::BTreeMap;

/// What a conversion loses, layer by layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// Steps of each run.
    pub steps: usize,
    /// Inputs, in order.
    pub inputs: Vec<DiagnosedInput>,
    /// In the order of the network.
    pub layers: Vec<LayerLoss>,
}

/// An input of the spiking runs.
#[derive(Debug, Clone, PartialEq)]
pub struct DiagnosedInput {
    /// Name of the input.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Membranes clamped to the chip's width, summed over neurons and steps.
    pub saturations: u64,
}

/// Runs what was converted from `graph` for `steps` steps on each of `inputs`. `calibration` says
/// which channels are dead; `progress` hears of every finished input.
///
/// # Errors
/// The heads leave out all steps, or a sample is none of the graph.
pub fn diagnose<'a>(
    graph: &Graph,
    chosen: &Chosen,
    calibration: impl Into<Calibration<'a>>,
    inputs: &[&Sample],
    steps: usize,
    mut progress: impl FnMut(),
) -> Result<Diagnosis, Error> {
    let Chosen { conversion, settings, .. } = chosen;
    check_steps(settings, conversion, steps)?;
    // No chip, hence delays of any length: no relays.
    let retimed = timed(conversion, settings, None);
    let mut observations = vec![];
    let mut listed = vec![];
    for sample in inputs {
        let currents = convert::currents(conversion, sample.image())?;
        let currents = retimed.reorder(&conversion.network, currents);
        let mut recorder = Recorder::new(&retimed, convert::marks(settings, steps));
        each_step(&retimed, &currents, steps, &[], |observed| {
            observed.iter().for_each(|observed| recorder.note(observed));
        });
        progress();
        let (name, sha256) = (sample.name.clone(), sample.sha256.clone());
        listed.push(DiagnosedInput { name, sha256, saturations: recorder.saturations });
        observations.push(recorder.observation(sample.values()));
    }
    let layers = calibration.into().hand(|calibration| {
        convert::diagnose(graph, conversion, settings, calibration, &observations, steps)
    })?;
    Ok(Diagnosis { steps, inputs: listed, layers })
}

/// Counts what the populations of a retimed network send.
struct Recorder<'a> {
    retimed: &'a Retimed,
    sums: Vec<Vec<i32>>,
    spikes: Vec<u64>,
    /// By step of each population's own.
    marks: BTreeMap<usize, Vec<Vec<i32>>>,
    saturations: u64,
}

impl<'a> Recorder<'a> {
    fn new(retimed: &'a Retimed, marks: impl IntoIterator<Item = usize>) -> Recorder<'a> {
        let populations = &retimed.network.populations;
        let none = vec![vec![]; populations.len()];
        Recorder {
            retimed,
            sums: populations.iter().map(|p| vec![0; p.shape.neurons()]).collect(),
            spikes: vec![0; populations.len()],
            marks: marks.into_iter().map(|mark| (mark, none.clone())).collect(),
            saturations: 0,
        }
    }

    fn note(&mut self, observed: &Observed) {
        let p = observed.population;
        let population = &self.retimed.network.populations[p];
        let (spikes, channels) = (observed.spikes, population.shape.channels);
        self.saturations += observed.saturations;
        self.spikes[p] += spikes.spikes(0, spikes.positions());
        let weight = self.retimed.network.spike_weight(p, observed.step);
        for position in 0..spikes.positions() {
            for spike in spikes.at(position) {
                self.sums[p][position * channels + spike.channel()] += spike.count() * weight;
            }
        }
        let mark =
            observed.step.checked_sub(population.depth).and_then(|own| self.marks.get_mut(&own));
        if let Some(mark) = mark {
            let readout = matches!(population.model, Model::Readout(_));
            mark[p] = if readout { observed.membranes } else { &self.sums[p] }.to_vec();
        }
    }

    /// By population of the network before it was retimed.
    fn observation<'v>(mut self, values: &'v [Vec<f32>]) -> Observation<'v> {
        let place = &self.retimed.place;
        let original = |sums: &mut Vec<Vec<i32>>| {
            place.iter().map(|&p: &PopulationId| std::mem::take(&mut sums[p])).collect()
        };
        let sums = self.marks.iter_mut().map(|(&mark, sums)| (mark, original(sums))).collect();
        Observation { values, sums, spikes: place.iter().map(|&p| self.spikes[p]).collect() }
    }
}
