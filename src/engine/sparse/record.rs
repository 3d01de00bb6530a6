//! What is counted in a run of a network from CSV, step by step, and the activity that it becomes.

use super::Run;
use super::layout::{Layout, layers};
use super::routes::Routes;
use super::visits::Visited;
use crate::activity::{
    Activity, Busiest, CoreActivity, Counts, Flow, Histogram, Link, Step, StepTiming,
};
use crate::engine::links::Links;
use crate::engine::probe::Membrane;
use crate::mapping::Grid;
use crate::mapping::placed::weight_bits;
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
    /// By neuron. What its spikes cause at cores, layers and links is multiplied out at the end.
    spikes_of: Vec<u64>,
    /// By layer and step.
    spikes_per_step: Vec<Vec<u64>>,
    /// Steps, of which no more fit into memory than 32 bits hold, and neurons.
    spikes: Vec<[u32; 2]>,
}

/// The times of a run.
pub(super) struct Times {
    pub(super) steps: Vec<StepTiming>,
    pub(super) error_ps: u64,
    pub(super) latencies: Histogram,
    pub(super) links: Vec<Link>,
    pub(super) flows: Vec<Flow>,
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
            spikes_of: vec![0; network.neurons.len()],
            spikes_per_step: vec![vec![0; steps]; layers],
            spikes: vec![],
        }
    }

    pub(super) fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Visits of neurons of one core and layer, spikes apart.
    pub(super) fn visited(&mut self, step: usize, core: usize, layer: usize, visited: &Visited) {
        for counts in self.counts(step, core, layer) {
            counts.accesses[layer] += visited.neurons;
            counts.updates_input[layer] += visited.input;
            counts.updates_state[layer] += visited.active;
        }
    }

    /// Spikes of neurons of one core and layer.
    pub(super) fn fired(&mut self, step: usize, core: usize, layer: usize, neurons: &[u32]) {
        let spikes = neurons.len() as u64;
        for counts in self.counts(step, core, layer) {
            counts.firings[layer] += spikes;
            counts.spikes += spikes;
            counts.events += spikes;
        }
        self.spikes_per_step[layer][step] += spikes;
        self.spikes.extend(neurons.iter().map(|&id| [step as u32, id]));
    }

    /// The packets of spikes and what they cause, all in the step of the spikes.
    pub(super) fn sent(&mut self, step: usize, neurons: &[u32]) {
        neurons.iter().for_each(|&id| self.spikes_of[id as usize] += 1);
        self.routes.count(neurons, &mut self.steps[step]);
    }

    fn counts(&mut self, step: usize, core: usize, layer: usize) -> [&mut Counts; 3] {
        [&mut self.steps[step], &mut self.layers[layer], &mut self.cores[core]]
    }

    /// Adds to layers and cores what the packets of all spikes were.
    fn spread(&mut self) {
        let (layout, routes) = (self.layout, self.routes);
        for (id, &spikes) in self.spikes_of.iter().enumerate().filter(|(_, spikes)| **spikes > 0) {
            routes.count_sent(id, spikes, &mut self.layers[layout.layer[id]]);
            routes.count_sent(id, spikes, &mut self.cores[layout.core[id]]);
            for packet in routes.of(id) {
                self.cores[packet.core as usize].packets_in += spikes;
                self.layers[packet.layer as usize].packets_in += spikes;
                for &(layer, class, synapses) in routes.synapses(packet) {
                    let operations = u64::from(synapses) * spikes;
                    self.cores[packet.core as usize].synaptic_operations[class as usize] +=
                        operations;
                    self.layers[layer as usize].synaptic_operations[class as usize] += operations;
                }
            }
        }
    }

    /// Packets of each link, and of each core with its partners.
    pub(super) fn travelled(&self, grid: &Grid) -> (Vec<Link>, Vec<Flow>) {
        let between = self.routes.between(&self.spikes_of, self.layout);
        let mut busiest = Busiest::new(self.layout.cores.len());
        between.iter().for_each(|(&(from, to), &packets)| {
            busiest.add(Flow { from, to, packets });
        });
        let mut links = Links::new(*grid);
        self.routes.load((&self.spikes_of, &between), self.layout, grid, &mut links);
        // Two routers may be joined by two links; here they are one.
        let mut joined: BTreeMap<[[usize; 2]; 2], u64> = BTreeMap::new();
        for link in links.finish() {
            *joined.entry([link.from, link.to]).or_default() += link.packets;
        }
        let link = |([from, to], packets): ([[usize; 2]; 2], u64)| Link {
            from,
            to,
            between_chips: grid.between_chips(from, to),
            packets,
            stall_ps: 0,
            blocked_ps: 0,
        };
        (joined.into_iter().map(link).collect(), busiest.finish())
    }

    pub(super) fn finish(
        mut self,
        profile: &Profile,
        chips: usize,
        times: Times,
        membranes: Vec<Membrane>,
    ) -> Run {
        self.spread();
        let Record { network, layout, routes, .. } = self;
        let weight_bits = weight_bits(network, &profile.limits);
        let cores = layout.cores.iter().zip(self.cores).enumerate();
        let cores = cores.map(|(index, (core, counts))| CoreActivity {
            x: core.x,
            y: core.y,
            slot: core.slot,
            layer: core.only_layer,
            neurons: core.neurons,
            synapse_memory_bits: core.synapses * weight_bits,
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
            flows: times.flows,
            input_macs: 0,
            input_writes: 0,
            host_operations: 0,
            saturations: 0,
            chips: chips as u64,
            time_error_ps: times.error_ps,
            first_output_ps: times.first_output_ps,
            latencies: times.latencies,
            soma_classes: layout.soma_classes.clone(),
            synapse_classes: layout.synapse_classes.clone(),
        };
        // Without steps a core's spikes are in the order of events.
        self.spikes.sort_unstable();
        let spikes = self.spikes.into_iter().map(|[step, id]| (u64::from(step) + 1, id)).collect();
        Run { activity, spikes, membranes }
    }
}
