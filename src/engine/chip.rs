//! A converted network on its cores: the functional engine's spikes, counted where they happen.
//!
//! Function first, times second: the spikes are those of [`super::functional::stepped`], and the
//! step time is analytic, the busiest core plus the synchronisation.

use super::functional::{Currents, Observed, stepped};
use super::sparse::neuron::Outcome;
use super::timing::{self, Latencies, Load};
use crate::activity::{Activity, CoreActivity, Counts, Layer, Step};
use crate::mapping::Mapping;
use crate::mapping::fanout::Fanout;
use crate::profile::Profile;
use crate::snn::retime::Retimed;
use crate::snn::{Connection, Network, PopulationId};

/// Synapse classes of converted networks, in the order of [`Activity::synapse_classes`].
const SYNAPSE_CLASSES: [&str; 1] = ["conv"];
/// Neuron classes, in the order of [`Activity::soma_classes`].
const SOMA_CLASSES: [&str; 5] = ["if", "gate", "telescoping", "relay", "readout"];

/// Runs `steps` steps of inference (and the fill) and counts every event.
///
/// `currents` as in [`stepped`], for the populations of the retimed network; `mapping` is of the
/// same network. `links` of the result stay empty: no packet is moved under analytic timing.
pub fn run(
    retimed: &Retimed,
    currents: &Currents,
    mapping: &Mapping,
    profile: &Profile,
    steps: usize,
) -> Activity {
    let mut chip = Chip::new(retimed, mapping, profile);
    stepped(retimed, currents, steps, |observed| chip.observe(&observed));
    chip.finish(steps, retimed.depth)
}

struct Chip<'a> {
    network: &'a Network,
    mapping: &'a Mapping,
    profile: &'a Profile,
    latencies: Latencies,
    /// Extra latency of a pool or relay read: the class `pool` is not a weight projection.
    pool_read_ps: u64,
    fanouts: Vec<Vec<Fanout>>,
    class: Vec<usize>,
    loads: Vec<Load>,
    step: Counts,
    steps: Vec<Step>,
    layers: Vec<Layer>,
    cores: Vec<CoreActivity>,
    saturations: u64,
    used_tiles: u64,
}

impl<'a> Chip<'a> {
    fn new(retimed: &'a Retimed, mapping: &'a Mapping, profile: &'a Profile) -> Self {
        let network = &retimed.network;
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let (soma, synapse) = (names(&SOMA_CLASSES), names(&["conv", "pool"]));
        let latencies = Latencies::new(profile, &soma, &synapse);
        let mut fanouts: Vec<Vec<Fanout>> = network.populations.iter().map(|_| vec![]).collect();
        for fanout in Fanout::all(network, mapping) {
            fanouts[fanout.source].push(fanout);
        }
        let empty = Counts::new(SOMA_CLASSES.len(), SYNAPSE_CLASSES.len());
        let class = network.populations.iter().map(|p| {
            // Every model names one of the classes listed above.
            SOMA_CLASSES.iter().position(|&class| class == p.model.class()).unwrap_or(0)
        });
        let mut tiles: Vec<_> = mapping.cores.iter().map(|c| (c.x, c.y)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        Chip {
            network,
            mapping,
            profile,
            pool_read_ps: latencies.synapse[1],
            latencies,
            fanouts,
            class: class.collect(),
            loads: vec![Load::default(); mapping.cores.len()],
            step: empty.clone(),
            steps: vec![],
            layers: (0..network.populations.len()).map(|p| layer(network, mapping, p, &empty)).collect(),
            cores: mapping.cores.iter().map(|core| core_activity(core, &empty)).collect(),
            saturations: 0,
            used_tiles: tiles.len() as u64,
        }
    }

    fn observe(&mut self, observed: &Observed) {
        self.visit(observed);
        self.send(observed);
        let spikes = observed.spikes.spikes(0, observed.spikes.positions());
        self.layers[observed.population].spikes_per_step.push(spikes);
        self.saturations += observed.updates.saturations;
        if observed.population + 1 == self.network.populations.len() {
            self.end_step();
        }
    }

    /// Every neuron of every core is visited, active or not.
    fn visit(&mut self, observed: &Observed) {
        let p = observed.population;
        let (class, tiling) = (self.class[p], &self.mapping.tilings[p]);
        let shape = self.network.populations[p].shape;
        let mut blocks = tiling.cores.iter();
        for rows in tiling.rows.windows(2) {
            for columns in tiling.columns.windows(2) {
                for channels in tiling.channels.windows(2) {
                    let Some(&core) = blocks.next() else { continue };
                    let mut counts = Counts::new(SOMA_CLASSES.len(), SYNAPSE_CLASSES.len());
                    let mut time = 0;
                    for y in rows[0]..rows[1] {
                        for x in columns[0]..columns[1] {
                            let first = (y * shape.width + x) * shape.channels;
                            for n in first + channels[0]..first + channels[1] {
                                let outcome = observed.outcomes.get(n).copied().unwrap_or_default();
                                time += self.latencies.soma(class, &outcome);
                                tally(&mut counts, class, outcome);
                            }
                        }
                    }
                    let units = tiling.neurons_per_unit;
                    for list in [&mut counts.accesses, &mut counts.updates_input, &mut counts.updates_state] {
                        list[class] *= units;
                    }
                    self.loads[core as usize].generation_ps += time * units;
                    self.add(p, core as usize, &counts);
                }
            }
        }
    }

    /// One packet per event and destination core; a burst of n is as many packets as the chip needs.
    fn send(&mut self, observed: &Observed) {
        let p = observed.population;
        let (shape, tiling) = (self.network.populations[p].shape, &self.mapping.tilings[p]);
        let fanouts = std::mem::take(&mut self.fanouts[p]);
        for position in 0..observed.spikes.positions() {
            let (y, x) = (position / shape.width, position % shape.width);
            for spike in observed.spikes.at(position) {
                let size = u64::from(spike.count().unsigned_abs());
                let packets = self.packets_of(size);
                let core = tiling.core_at(y, x, spike.channel()) as usize;
                let mut sent = Counts::new(SOMA_CLASSES.len(), SYNAPSE_CLASSES.len());
                sent.spikes = size;
                sent.events = 1;
                sent.firings[self.class[p]] = packets;
                for fanout in &fanouts {
                    for (target, synapses) in fanout.destinations(y, x, spike.channel()) {
                        sent.packets += packets;
                        self.route(core, target as usize, packets, &mut sent);
                        self.receive(fanout.target, target as usize, packets, synapses * size);
                    }
                }
                self.loads[core].generation_ps += sent.packets * self.latencies.axon_out;
                self.layers[p].spikes_per_position[position] += size as u32;
                self.add(p, core, &sent);
            }
        }
        self.fanouts[p] = fanouts;
    }

    fn packets_of(&self, size: u64) -> u64 {
        match self.profile.capabilities.graded_bits {
            0 => size,
            bits => size.div_ceil((1 << bits) - 1),
        }
    }

    /// Links of the way, x first.
    fn route(&self, from: usize, to: usize, packets: u64, sent: &mut Counts) {
        let (from, to, grid) = (&self.mapping.cores[from], &self.mapping.cores[to], &self.mapping.grid);
        if (from.x, from.y) == (to.x, to.y) {
            sent.local_packets += packets;
        }
        let borders_x = (from.x / grid.chip_width).abs_diff(to.x / grid.chip_width);
        let borders_y = (from.y / grid.chip_height).abs_diff(to.y / grid.chip_height);
        let x = (from.x.abs_diff(to.x) - borders_x) as u64 * packets;
        let y = (from.y.abs_diff(to.y) - borders_y) as u64 * packets;
        *if to.x > from.x { &mut sent.hops.east } else { &mut sent.hops.west } += x;
        *if to.y > from.y { &mut sent.hops.north } else { &mut sent.hops.south } += y;
        sent.chip_links += (borders_x + borders_y) as u64 * packets;
    }

    fn receive(&mut self, target: PopulationId, core: usize, packets: u64, operations: u64) {
        let pooled = matches!(self.class[target], 1..=3);
        let mut counts = Counts::new(SOMA_CLASSES.len(), SYNAPSE_CLASSES.len());
        counts.packets_in = packets;
        *if pooled { &mut counts.pool_operations } else { &mut counts.synaptic_operations[0] } = operations;
        let each = if pooled { self.pool_read_ps } else { self.latencies.synapse[0] };
        self.loads[core].receive_ps += packets * self.latencies.axon_in + operations * each;
        self.add(target, core, &counts);
    }

    fn add(&mut self, layer: usize, core: usize, counts: &Counts) {
        self.step.add(counts);
        self.layers[layer].counts.add(counts);
        self.cores[core].counts.add(counts);
    }

    fn end_step(&mut self) {
        let timing = timing::step(&self.loads, &self.profile.clock, self.used_tiles);
        self.loads.fill(Load::default());
        let empty = Counts::new(SOMA_CLASSES.len(), SYNAPSE_CLASSES.len());
        let counts = std::mem::replace(&mut self.step, empty);
        self.steps.push(Step { counts, timing });
    }

    fn finish(self, steps: usize, depth: usize) -> Activity {
        Activity {
            soma_classes: SOMA_CLASSES.map(String::from).to_vec(),
            synapse_classes: SYNAPSE_CLASSES.map(String::from).to_vec(),
            inference_steps: steps as u64,
            depth: depth as u64,
            steps: self.steps,
            layers: self.layers,
            cores: self.cores,
            links: vec![],
            input_macs: 0,
            input_writes: 0,
            saturations: self.saturations,
            chips: self.mapping.grid.chips as u64,
        }
    }
}

fn tally(counts: &mut Counts, class: usize, outcome: Outcome) {
    counts.accesses[class] += 1;
    counts.updates_input[class] += u64::from(outcome.received || outcome.fired);
    counts.updates_state[class] += u64::from(outcome.active || outcome.fired);
}

fn layer(network: &Network, mapping: &Mapping, p: PopulationId, empty: &Counts) -> Layer {
    let population = &network.populations[p];
    let into = network.projections.iter().filter(|q| q.target == p);
    Layer {
        name: population.name.clone(),
        class: population.model.class().to_string(),
        height: population.shape.height,
        width: population.shape.width,
        channels: population.shape.channels,
        depth: population.depth,
        neurons: population.shape.neurons() as u64 * mapping.tilings[p].neurons_per_unit,
        synapses: into.map(|q| synapses(network, q.target, &q.connection)).sum(),
        cores: mapping.tilings[p].cores.len() as u64,
        counts: empty.clone(),
        spikes_per_step: vec![],
        spikes_per_position: vec![0; population.shape.positions()],
        shapeless: false,
    }
}

/// Dense count: taps in the padding included.
fn synapses(network: &Network, target: PopulationId, connection: &Connection) -> u64 {
    let shape = network.populations[target].shape;
    match connection {
        Connection::Conv(conv) => (conv.weights.len() * shape.positions()) as u64,
        Connection::Pool(window) => (window.kernel[0] * window.kernel[1] * shape.neurons()) as u64,
        Connection::OneToOne => shape.neurons() as u64,
    }
}

fn core_activity(core: &crate::mapping::Core, empty: &Counts) -> CoreActivity {
    CoreActivity {
        x: core.x,
        y: core.y,
        slot: core.slot,
        layer: core.population,
        neurons: core.neurons,
        synapse_memory_bits: core.synapse_memory_bits,
        axons_in: core.axons_in,
        axons_out: core.axons_out,
        counts: empty.clone(),
    }
}
