//! Visits every neuron once a step. Neurons stand core by core, and within a core in the order of
//! their numbers.

use super::layout::Layout;
use super::neuron::{self, Outcome, State};
use super::synapses::Received;
use crate::engine::probe::Membrane;
use crate::kernel::{self, ACTIVE, Alike, FIRED, INPUT, Set};
use crate::snn::sparse::{Lif, Model, Reset, Reverse, SparseNetwork};
use std::ops::Range;

/// Fewer neurons in a row than this are visited one by one.
const WORTHWHILE: usize = 8;

pub(super) struct Visits<'a> {
    network: &'a SparseNetwork,
    /// By place, the neuron.
    pub(super) neurons: Vec<u32>,
    pub(super) runs: Vec<Run>,
    states: Vec<State>,
    /// Of neurons in runs that are alike.
    potentials: Vec<f64>,
    biases: Vec<f64>,
}

/// Neurons of one core and layer, one after the other.
pub(super) struct Run {
    pub(super) places: Range<usize>,
    pub(super) core: usize,
    pub(super) layer: usize,
    alike: Option<Alike>,
}

/// How many of some visits came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Visited {
    pub(crate) neurons: u64,
    /// Received input or fired.
    pub(crate) input: u64,
    /// Were active or fired.
    pub(crate) active: u64,
    pub(crate) fired: u64,
}

impl Visited {
    /// One visit.
    pub(super) fn one(outcome: Outcome) -> Visited {
        let Outcome { fired, received, active } = outcome;
        Visited {
            neurons: 1,
            input: u64::from(received || fired),
            active: u64::from(active || fired),
            fired: u64::from(fired),
        }
    }
}

impl<'a> Visits<'a> {
    pub(super) fn new(network: &'a SparseNetwork, layout: &Layout) -> Visits<'a> {
        let mut neurons: Vec<u32> = (0..network.neurons.len() as u32).collect();
        neurons.sort_by_key(|&id| layout.core[id as usize]);
        let model = |place: usize| &network.neurons[neurons[place] as usize].model;
        let models = || (0..neurons.len()).map(model);
        let mut visits = Visits {
            network,
            runs: vec![],
            states: models().map(State::new).collect(),
            potentials: models().map(Model::potential).collect(),
            biases: models().map(Model::bias).collect(),
            neurons: vec![],
        };
        let mut start = 0;
        let keys = neurons.iter().enumerate().map(|(place, &id)| {
            (layout.core[id as usize], layout.layer[id as usize], alike(model(place)))
        });
        let keys: Vec<_> = keys.collect();
        for run in keys.chunk_by(|a, b| a == b) {
            let (core, layer, alike) = run[0];
            let alike = alike.filter(|_| run.len() >= WORTHWHILE);
            visits.push(Run { places: start..start + run.len(), core, layer, alike });
            start += run.len();
        }
        visits.neurons = neurons;
        visits
    }

    /// Appends a run, or joins it with the one before where both are visited one by one.
    fn push(&mut self, run: Run) {
        match self.runs.last_mut() {
            Some(last)
                if (last.core, last.layer) == (run.core, run.layer)
                    && last.alike.is_none()
                    && run.alike.is_none() =>
            {
                last.places.end = run.places.end;
            }
            _ => self.runs.push(run),
        }
    }

    /// What the neuron at a place holds.
    pub(super) fn membrane(&self, place: usize) -> Membrane {
        let run = self.runs.partition_point(|run| run.places.end <= place);
        if self.runs[run].alike.is_some() {
            return Membrane { potential: self.potentials[place], ..Membrane::default() };
        }
        let (state, id) = (&self.states[place], self.neurons[place]);
        let current = state.current(&self.network.neurons[id as usize].model);
        Membrane { potential: state.potential(), current, ..Membrane::default() }
    }

    /// By neuron, its place.
    pub(super) fn places(&self) -> Vec<u32> {
        let mut places = vec![0; self.neurons.len()];
        for (place, &id) in self.neurons.iter().enumerate() {
            places[id as usize] = place as u32;
        }
        places
    }

    /// Visits all neurons with what they received, of which `due` are inputs that fire; leaves
    /// flags in its place.
    pub(super) fn step(&mut self, first: bool, due: &[u32], received: &mut Received) {
        for run in &self.runs {
            let places = run.places.clone();
            let flags = &mut received.flags[places.clone()];
            let input = &received.input[places.clone()];
            if let Some(alike) = &run.alike {
                let potentials = &mut self.potentials[places.clone()];
                kernel::step_alike(alike, first, potentials, &self.biases[places], input, flags);
                continue;
            }
            let states = &mut self.states[places.clone()];
            let visits = self.neurons[places].iter().zip(states).zip(flags.iter_mut().zip(input));
            for ((&id, state), (flags, &x)) in visits {
                let model = &self.network.neurons[id as usize].model;
                let external = *model == Model::Input && due.binary_search(&id).is_ok();
                let x = (*flags != 0).then_some(x);
                *flags = flagged(neuron::update(model, state, x, external, first));
            }
        }
    }

    /// Appends to `fired` the neurons of a run that did, and counts what became of all of them.
    pub(super) fn count(&self, run: &Run, flags: &[u8], fired: &mut Vec<u32>) -> Visited {
        let (before, flags) = (fired.len(), &flags[run.places.clone()]);
        let [input, active] =
            kernel::list_fired(flags, &self.neurons[run.places.clone()], fired).map(u64::from);
        Visited { neurons: flags.len() as u64, input, active, fired: (fired.len() - before) as u64 }
    }
}

fn flagged(Outcome { fired, received, active }: Outcome) -> u8 {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    flag(received || fired, INPUT) | flag(active || fired, ACTIVE) | flag(fired, FIRED)
}

/// What a neuron has in common with others, bias and potential apart, if it keeps nothing but its
/// potential.
fn alike(model: &Model) -> Option<Alike> {
    let Model::Lif(lif) = model else { return None };
    let Lif { threshold, leak_decay, reverse_threshold, force_update, .. } = *lif;
    let reset = match lif.reset {
        Reset::Hard(value) => Set::To(value),
        Reset::Soft => Set::Less(threshold),
    };
    let (reverse_threshold, reverse) = match lif.reverse {
        Reverse::None => (f64::NEG_INFINITY, Set::Less(0.0)),
        Reverse::Saturate => (reverse_threshold, Set::To(reverse_threshold)),
        Reverse::Hard(value) => (reverse_threshold, Set::To(value)),
        Reverse::Soft => (reverse_threshold, Set::Less(reverse_threshold)),
    };
    let plain = lif.input_decay == 0.0 && lif.refractory_delay <= 1;
    plain.then_some(Alike {
        threshold,
        reset,
        leak_decay,
        reverse_threshold,
        reverse,
        force_update,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Places;
    use crate::snn::sparse::{Neuron, Place};
    use proptest::prelude::*;

    fn resets() -> impl Strategy<Value = Reset> {
        prop_oneof![
            Just(Reset::Soft),
            (-3i32..3).prop_map(|value| Reset::Hard(f64::from(value) / 7.0))
        ]
    }

    fn reverses() -> impl Strategy<Value = Reverse> {
        let hard = (-3i32..3).prop_map(|value| Reverse::Hard(f64::from(value) / 3.0));
        prop_oneof![Just(Reverse::None), Just(Reverse::Saturate), Just(Reverse::Soft), hard]
    }

    proptest! {
        /// Neurons that are alike, all at once and one by one: the same bits.
        #[test]
        fn all_at_once_is_one_by_one(
            (threshold, leak, reverse_threshold) in (-1.0f64..3.0, -0.5f64..1.2, -2.0f64..1.0),
            (reset, reverse) in (resets(), reverses()),
            (force_update, refractory_delay) in (any::<bool>(), 0u64..2),
            own in prop::collection::vec((-2i32..3, -2.0f64..2.0), 8..40),
            inputs in prop::collection::vec(prop::collection::vec((any::<bool>(), -2.0f64..2.0), 40), 1..6),
        ) {
            let lif = |bias: i32, potential| Lif {
                threshold,
                reset,
                leak_decay: leak,
                input_decay: 0.0,
                bias: f64::from(bias) / 3.0,
                potential,
                refractory_delay,
                reverse_threshold,
                reverse,
                force_update,
            };
            let neurons: Vec<Neuron> = (own.iter())
                .map(|&(bias, potential)| Neuron {
                    model: Model::Lif(lif(bias, potential)),
                    class: None,
                    synapse_class: String::new(),
                    place: Some(Place::default()),
                })
                .collect();
            let network = SparseNetwork { neurons, ..SparseNetwork::default() };
            let profile = crate::profile::load("loihi1-sanafe").expect("an embedded profile");
            let places = Places::given(&network, &profile).expect("they exist");
            let layout = Layout::new(&network, &places, &profile);
            let mut visits = Visits::new(&network, &layout);
            prop_assert!(visits.runs.len() == 1 && visits.runs[0].alike.is_some());
            let mut states: Vec<State> = network.neurons.iter().map(|n| State::new(&n.model)).collect();
            for (step, inputs) in inputs.iter().enumerate() {
                let inputs: Vec<Option<f64>> =
                    inputs[..own.len()].iter().map(|&(any, x)| any.then_some(x)).collect();
                let mut received = Received {
                    input: inputs.iter().map(|x| x.unwrap_or(0.0)).collect(),
                    flags: inputs.iter().map(|x| u8::from(x.is_some())).collect(),
                };
                visits.step(step == 0, &[], &mut received);
                let expected = network.neurons.iter().zip(&mut states).zip(&inputs);
                let outcomes: Vec<Outcome> = expected
                    .map(|((neuron, state), &x)| neuron::update(&neuron.model, state, x, false, step == 0))
                    .collect();
                let flags: Vec<u8> = outcomes.iter().map(|&outcome| flagged(outcome)).collect();
                prop_assert_eq!(&received.flags, &flags);
                let mut fired = vec![];
                let counted = visits.count(&visits.runs[0], &received.flags, &mut fired);
                let sum = outcomes.iter().fold(Visited::default(), |sum, &outcome| {
                    let one = Visited::one(outcome);
                    Visited {
                        neurons: sum.neurons + one.neurons,
                        input: sum.input + one.input,
                        active: sum.active + one.active,
                        fired: sum.fired + one.fired,
                    }
                });
                prop_assert_eq!(counted, sum);
                let firing = (0..own.len() as u32).filter(|&id| outcomes[id as usize].fired);
                prop_assert_eq!(fired, firing.collect::<Vec<_>>());
            }
            let bits = |values: &mut dyn Iterator<Item = f64>| values.map(f64::to_bits).collect::<Vec<_>>();
            let expected = bits(&mut states.iter().map(State::potential));
            prop_assert_eq!(bits(&mut visits.potentials.iter().copied()), expected);
        }
    }
}
