//! What single neurons hold after a step, where a run is asked for it.

use crate::snn::PopulationId;
use std::collections::BTreeMap;

/// State of one neuron after one step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Membrane {
    /// Of the layer itself, from 1: what fills the pipeline of a chip is left out. Networks from
    /// CSV have no pipeline, and a chip without steps has periods.
    pub step: u32,
    /// Layer of the activity: population of a network in layers, model class of one from CSV.
    pub layer: u32,
    /// Index in the order of `spikes.csv`.
    pub neuron: u32,
    /// As the chip holds it: a whole number of membrane units, or of networks from CSV in their own
    /// unit; of whole numbers, exact.
    pub potential: f64,
    /// Of neurons whose current lasts from step to step, likewise.
    pub current: Option<f64>,
    /// The potential in the unit of the network, where it has one; engines leave it open.
    pub value: Option<f64>,
}

/// A neuron of a network in layers whose state is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probed {
    /// Population of the neuron.
    pub population: PopulationId,
    /// Index within the population, `[height, width, channels]`.
    pub neuron: u32,
}

/// What such a neuron holds after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Index within the population, `[height, width, channels]`.
    pub neuron: u32,
    /// Its potential after the step, membrane units.
    pub potential: i32,
    /// Where it lasts from step to step.
    pub current: Option<i32>,
}

/// What the neurons asked for held so far.
#[derive(Debug, Clone)]
pub(super) struct Notes<'p> {
    probed: &'p [Probed],
    membranes: Vec<Membrane>,
}

impl<'p> Notes<'p> {
    pub(super) fn new(probed: &'p [Probed]) -> Notes<'p> {
        Notes { probed, membranes: vec![] }
    }

    /// What neurons of a population hold after a step of its own, from 1.
    pub(super) fn add(&mut self, population: PopulationId, step: usize, held: &[Held]) {
        self.membranes.extend(held.iter().map(|held| Membrane {
            step: step as u32,
            layer: population as u32,
            neuron: held.neuron,
            potential: held.potential.into(),
            current: held.current.map(f64::from),
            value: None,
        }));
    }

    /// After a step of all populations, `held` gives what each of the neurons holds.
    pub(super) fn add_all(&mut self, step: usize, held: impl Fn(&Probed) -> Held) {
        for one in self.probed {
            self.add(one.population, step, &[held(one)]);
        }
    }

    /// Step by step, in the order in which neurons were asked for: layers reach a step of their own
    /// one after the other.
    pub(super) fn finish(mut self) -> Vec<Membrane> {
        let key = |one: &Probed| (one.population as u32, one.neuron);
        let asked: BTreeMap<_, usize> =
            self.probed.iter().enumerate().map(|(n, one)| (key(one), n)).collect();
        let place = |m: &Membrane| (m.step, asked.get(&(m.layer, m.neuron)).copied());
        self.membranes.sort_by_key(place);
        self.membranes
    }
}
