//! What is counted in a run of a placed network, step by step, and the activity that it becomes.

use super::Run;
use super::layout::{Layout, layers};
use super::neuron::Outcome;
use super::routes::{Routes, count_sent};
use crate::activity::{Activity, CoreActivity, Counts, Histogram, Link, Step, StepTiming};
use crate::profile::Profile;
use crate::snn::sparse::SparseNetwork;
use std::collections::BTreeMap;

/// Steps count from 0 here, those of [`Run::spikes`] from 1.
pub(super) struct Record<'a> {
    pub(super) network: &'a SparseNetwork,
    pub(super) layout: &'a Layout,
    pub(super) routes: &'a Routes,
    steps: Vec<Counts>,
    layers: Vec<Counts>,
    cores: Vec<Counts>,
    links: BTreeMap<[[usize; 2]; 2], u64>,
    /// By layer and step.
    spikes_per_step: Vec<Vec<u64>>,
    spikes: Vec<(u64, u32)>,
}

/// The times of a run.
pub(super) struct Times {
    pub(super) steps: Vec<StepTiming>,
    pub(super) error_ps: u64,
    pub(super) latencies: Histogram,
    pub(super) links: Vec<Link>,
    pub(super) first_output_ps: Option<u64>,
}

impl<'a> Record<'a> {
    pub(super) fn new(
        network: &'a SparseNetwork,
        layout: &'a Layout,
        routes: &'a Routes,
        steps: usize,
    ) -> Record<'a> {
        let layers = layout.soma_classes.len();
        let empty = Counts::new(layers, layout.synapse_classes.len());
        Record {
            network,
            layout,
            routes,
            steps: vec![empty.clone(); steps],
            layers: vec![empty.clone(); layers],
            cores: vec![empty; layout.cores.len()],
            links: BTreeMap::new(),
            spikes_per_step: vec![vec![0; steps]; layers],
            spikes: vec![],
        }
    }

    pub(super) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// One visit of a neuron.
    pub(super) fn visited(&mut self, step: usize, id: usize, outcome: &Outcome) {
        let layer = self.layout.layer[id];
        for counts in self.counts(step, id) {
            counts.accesses[layer] += 1;
            counts.updates_input[layer] += u64::from(outcome.fired || outcome.received);
            counts.updates_state[layer] += u64::from(outcome.fired || outcome.active);
        }
    }

    /// One spike of a neuron.
    pub(super) fn fired(&mut self, step: usize, id: usize) {
        let layer = self.layout.layer[id];
        for counts in self.counts(step, id) {
            counts.firings[layer] += 1;
            counts.spikes += 1;
            counts.events += 1;
        }
        self.spikes_per_step[layer][step] += 1;
        self.spikes.push((step as u64 + 1, id as u32));
    }

    /// The packets of one spike and what they cause, all in the step of the spike.
    pub(super) fn sent(&mut self, step: usize, id: usize) {
        let routes = self.routes;
        for packet in &routes.packets[id] {
            for counts in self.counts(step, id) {
                count_sent(counts, packet);
            }
            self.steps[step].packets_in += 1;
            self.cores[packet.core].packets_in += 1;
            self.layers[packet.layer].packets_in += 1;
            for &(layer, class, operations) in &packet.operations {
                self.steps[step].synaptic_operations[class] += operations;
                self.cores[packet.core].synaptic_operations[class] += operations;
                self.layers[layer].synaptic_operations[class] += operations;
            }
            for &link in &packet.links {
                *self.links.entry(link).or_default() += 1;
            }
        }
    }

    fn counts(&mut self, step: usize, id: usize) -> [&mut Counts; 3] {
        let (layer, core) = (self.layout.layer[id], self.layout.core[id]);
        [&mut self.steps[step], &mut self.layers[layer], &mut self.cores[core]]
    }

    /// Packets of each link.
    pub(super) fn links(&self) -> Vec<Link> {
        let link = |(&[from, to], &packets): (&[[usize; 2]; 2], &u64)| Link {
            from,
            to,
            between_chips: false,
            packets,
            stall_ps: 0,
            blocked_ps: 0,
        };
        self.links.iter().map(link).collect()
    }

    pub(super) fn finish(mut self, profile: &Profile, times: Times) -> Run {
        let Record { network, layout, routes, .. } = self;
        let cores = layout.cores.iter().zip(self.cores).enumerate();
        let cores = cores.map(|(index, (core, counts))| CoreActivity {
            x: core.x,
            y: core.y,
            slot: core.slot,
            layer: core.only_layer,
            neurons: core.neurons,
            synapse_memory_bits: core.synapses * u64::from(profile.limits.weight_bits.unwrap_or(0)),
            axons_in: routes.axons_in[index],
            axons_out: routes.axons_out[index],
            counts,
        });
        let inference_steps = self.steps.len() as u64;
        let steps = self.steps.into_iter().zip(times.steps);
        let activity = Activity {
            inference_steps,
            depth: 0,
            steps: steps.map(|(counts, timing)| Step { counts, timing }).collect(),
            layers: layers(network, layout, self.layers, self.spikes_per_step),
            cores: cores.collect(),
            links: times.links,
            input_macs: 0,
            input_writes: 0,
            saturations: 0,
            chips: 1,
            time_error_ps: times.error_ps,
            first_output_ps: times.first_output_ps,
            latencies: times.latencies,
            soma_classes: layout.soma_classes.clone(),
            synapse_classes: layout.synapse_classes.clone(),
        };
        // Without steps a core's spikes are in the order of events.
        self.spikes.sort_unstable();
        Run { activity, spikes: self.spikes }
    }
}
