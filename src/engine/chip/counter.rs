//! Counters of a run on its cores: per step what the step's end needs, per run the rest.

use super::assemble::{self, Place, SYNAPSE_CLASSES, empty, places};
use super::nonzero::{self, Nonzero};
use super::{Run, Stop};
use crate::activity::{Activity, Counts, Layer, SpikeRecord, Spikes, Step};
use crate::engine::flows;
use crate::engine::functional::Observed;
use crate::engine::network_timing::{StepPackets, Timer};
use crate::engine::noc::NocError;
use crate::engine::packets::{Operation, PacketWriter, trees};
use crate::engine::probe::Notes;
use crate::engine::state::Sight;
use crate::engine::tally::Tally;
use crate::engine::timing::{Latencies, Load, Work};
use crate::engine::traffic::{AllSent, Received, Sending, Traffic, spikes_per_packet};
use crate::engine::watch::Watch;
use crate::engine::{Options, Timing};
use crate::kernel;
use crate::mapping::fanout::Fanout;
use crate::mapping::{Mapping, Tiling};
use crate::profile::{Multicast, Phases, Profile, ZeroWeights};
use crate::snn::Class;
use crate::snn::Network;
use crate::snn::retime::Retimed;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What is known of a network on its cores before any spike.
pub struct Geometry {
    latencies: Latencies,
    /// By population, the classes of its neurons and of the synapses into it.
    class: Vec<usize>,
    synapses: Vec<usize>,
    phases: Phases,
    traffic: Vec<Traffic>,
    /// By core: what arrives there.
    operation: Vec<Operation>,
    places: Vec<Place>,
    /// Spikes that one packet can carry.
    largest: u64,
    /// Once it is asked for.
    nonzero: OnceLock<Nonzero>,
    /// Whether operations at weights of zero do not take place.
    skips_zeros: bool,
}

impl Geometry {
    /// `mapping` is of `network`.
    pub fn new(network: &Network, mapping: &Mapping, profile: &Profile) -> Geometry {
        let latencies = assemble::latencies(profile);
        let synapses = assemble::synapse_classes(network, profile);
        let zeros = profile.capabilities.zero_weights();
        let fanouts = Fanout::all(network, mapping, zeros);
        let operation = mapping.cores.iter().map(|core| {
            // Cores of chips with steps hold one layer each.
            let p = core.population.unwrap_or(0);
            assemble::operation(network, &latencies, &synapses, p)
        });
        let populations = 0..network.populations.len();
        Geometry {
            traffic: populations.map(|p| Traffic::new(network, mapping, &fanouts, p)).collect(),
            class: assemble::classes(network),
            operation: operation.collect(),
            places: places(mapping),
            largest: spikes_per_packet(profile),
            nonzero: OnceLock::new(),
            skips_zeros: zeros == ZeroWeights::Skipped,
            latencies,
            synapses,
            phases: profile.clock.phases,
        }
    }
}

/// A network on its cores, and what follows from that.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    /// The network, its delays balanced.
    pub retimed: &'a Retimed,
    /// Cores of that network.
    pub mapping: &'a Mapping,
    /// The chip.
    pub profile: &'a Profile,
    /// What follows from the cores and their places.
    pub geometry: &'a Geometry,
}

#[derive(Clone)]
pub(super) struct Chip<'a> {
    network: &'a Network,
    mapping: &'a Mapping,
    geometry: &'a Geometry,
    /// By population, where packets are moved: [`Traffic::sizes`].
    sizes: Vec<Vec<u32>>,
    timer: Timer<'a>,
    /// None where steps without packets lie between those with.
    watch: Option<Watch>,
    /// As [`PacketWriter::trees`].
    trees: Option<Vec<u32>>,
    // Counters of the step, by cell of the population at hand, by core (firings and packets out;
    // what arrived), and by population.
    sending: Sending,
    sent: Vec<[u64; 2]>,
    received: Vec<Received>,
    /// By core: neurons with input, and active ones.
    updates: Vec<[u64; 2]>,
    step: Vec<Tally>,
    // Counters of the run, by population and cell, and by core: inputs and updates of its neurons.
    steps: Vec<Counts>,
    all_sent: Vec<AllSent>,
    all_received: Vec<Received>,
    all_updates: Vec<[u64; 2]>,
    sums: Vec<Vec<i32>>,
    /// By step of its own at which a head may begin to be read, by head: its sums then.
    marks: BTreeMap<usize, Vec<Vec<i32>>>,
    spikes_per_step: Vec<Vec<u64>>,
    spikes_per_position: Vec<Vec<u64>>,
    saturations: u64,
    record: Option<Spikes>,
    notes: Notes<'a>,
}

impl<'a> Chip<'a> {
    pub(super) fn new(
        placed: Placed<'a>,
        options: Options<'a>,
        stops: &[Stop],
    ) -> Result<Self, NocError> {
        let Placed { retimed, mapping, profile, geometry } = placed;
        let (network, traffic) = (&retimed.network, &geometry.traffic);
        let mut tiles: Vec<_> = mapping.cores.iter().map(|c| [c.x, c.y]).collect();
        let routers = tiles.clone();
        tiles.sort_unstable();
        tiles.dedup();
        let used_tiles = tiles.len() as u64;
        let mut timer = Timer::new(options, profile, &mapping.grid, routers, used_tiles)?;
        let forks = mapping.grid.multicast == Multicast::Tree;
        if forks {
            timer.plant(trees(traffic, &geometry.latencies, &geometry.operation))?;
        }
        let marks = stops.iter().filter(|stop| stop.readout_after > 0);
        let marks = marks.map(|stop| (stop.readout_after, vec![vec![]; network.heads.len()]));
        let kept =
            |p: usize| !options.heads_only || network.heads.iter().any(|head| head.population == p);
        let neurons = network.populations.iter().enumerate();
        let neurons = neurons
            .map(|(p, population)| vec![0; if kept(p) { population.shape.neurons() } else { 0 }]);
        let cores = mapping.cores.len();
        Ok(Chip {
            network,
            mapping,
            geometry,
            sizes: match options.timing {
                Timing::Analytic => vec![],
                _ => traffic.iter().map(Traffic::sizes).collect(),
            },
            timer,
            trees: forks.then(|| first_cells(traffic)),
            watch: matches!(options.timing, Timing::Event | Timing::Links)
                .then(|| Watch::new(network, traffic)),
            sending: Sending::default(),
            all_sent: traffic.iter().map(|traffic| AllSent::new(traffic.cells.len())).collect(),
            sent: vec![[0; 2]; cores],
            received: vec![Received::default(); cores],
            updates: vec![[0; 2]; cores],
            step: vec![Tally::default(); network.populations.len()],
            steps: vec![],
            all_received: vec![Received::default(); cores],
            all_updates: vec![[0; 2]; cores],
            sums: neurons.collect(),
            marks: marks.collect(),
            spikes_per_step: vec![vec![]; network.populations.len()],
            spikes_per_position: network
                .populations
                .iter()
                .map(|p| vec![0; p.shape.positions()])
                .collect(),
            saturations: 0,
            record: options.record_spikes.then(Spikes::default),
            notes: Notes::new(options.probed),
        })
    }

    pub(super) fn observe(&mut self, observed: &[Observed]) -> Result<(), NocError> {
        self.sent.fill([0; 2]);
        self.received.fill(Received::default());
        self.step.fill(Tally::default());
        for observed in observed {
            self.note(observed);
            self.send(observed);
            self.mark(observed);
        }
        let work = self.visit(observed);
        let mut counts = empty();
        let Geometry { class, synapses, .. } = self.geometry;
        for (tally, (&class, &synapses)) in self.step.iter().zip(class.iter().zip(synapses)) {
            tally.add_to(&mut counts, class, synapses);
        }
        self.steps.push(counts);
        let packets = self.timer.moves_packets().then(|| self.packets(observed));
        self.timer.push(packets, work)
    }

    fn packets(&self, observed: &[Observed]) -> StepPackets {
        let writer = PacketWriter {
            latencies: &self.geometry.latencies,
            operation: &self.geometry.operation,
            largest: self.geometry.largest,
            traffic: &self.geometry.traffic,
            sizes: &self.sizes,
            watch: self.watch.as_ref(),
            trees: self.trees.as_deref(),
        };
        let mut packets = StepPackets::default();
        for &Place { population: p, block } in &self.geometry.places {
            let units = self.mapping.tilings[p].neurons_per_unit;
            writer.write(&observed[p], self.geometry.class[p], units, block, &mut packets);
            packets.end_core();
        }
        let counted = self.steps.last().map_or(0, |counts| counts.packets);
        debug_assert_eq!(packets.count() as u64, counted, "packets moved are those counted");
        packets
    }

    /// Sums up the cores of every population; every neuron is visited, active or not.
    fn visit(&mut self, observed: &[Observed]) -> Work {
        let updated_by_input = self.geometry.latencies.update_flag() == kernel::INPUT;
        let mut work = Work::new(self.geometry.phases);
        for (p, tiling) in self.mapping.tilings.iter().enumerate() {
            // Outside a population's window there are none.
            let counts = observed[p].updates.iter().map(|counts| counts.map(u64::from));
            let counts = counts.chain(std::iter::repeat([0; 2]));
            tiling
                .cores
                .iter()
                .zip(counts)
                .for_each(|(&core, counts)| self.updates[core as usize] = counts);
        }
        let Geometry { latencies, class, operation, places, .. } = self.geometry;
        for (core, place) in places.iter().enumerate() {
            let units = self.mapping.tilings[place.population].neurons_per_unit;
            let [access, update, spike] = latencies.of_soma(class[place.population]);
            let accesses = place.neurons() as u64 * units;
            let [input, state] = self.updates[core].map(|n| n * units);
            let [firings, packets] = self.sent[core];
            let Received { packets: packets_in, operations } = self.received[core];
            let Operation { time, pooled } = operation[core];
            let step = &mut self.step[place.population];
            step.accesses += accesses;
            step.updates_input += input;
            step.updates_state += state;
            step.packets_in += packets_in;
            *(if pooled { &mut step.pool_operations } else { &mut step.synaptic_operations }) +=
                operations;
            let [all_input, all_state] = &mut self.all_updates[core];
            (*all_input, *all_state) = (*all_input + input, *all_state + state);
            self.all_received[core] += self.received[core];
            let updates = if updated_by_input { input } else { state };
            work.meet(Load {
                generation: access * accesses
                    + update * updates
                    + spike * firings
                    + latencies.axon_out * packets,
                receive: latencies.axon_in * packets_in + time * operations,
            });
        }
        work
    }

    /// Keeps what a head has summed before it is read.
    fn mark(&mut self, observed: &Observed) {
        let network = self.network;
        let population = &network.populations[observed.population];
        let own = observed.step.checked_sub(population.depth);
        let Some(marks) = own.and_then(|step| self.marks.get_mut(&step)) else { return };
        for (head, mark) in network.heads.iter().zip(marks) {
            if head.population == observed.population {
                let counted = &self.sums[head.population][..];
                let readout = population.model.is_read();
                *mark = if readout { observed.membranes } else { counted }.to_vec();
            }
        }
    }

    /// What is kept of single spikes.
    fn note(&mut self, observed: &Observed) {
        let (p, spikes) = (observed.population, observed.spikes);
        self.saturations += observed.saturations;
        let depth = self.network.populations[p].depth;
        self.notes.add(p, observed.step.saturating_sub(depth), observed.held);
        self.spikes_per_step[p].push(spikes.spikes(0, spikes.positions()));
        kernel::add_differences(&mut self.spikes_per_position[p], spikes.spikes_before());
        let channels = self.network.populations[p].shape.channels;
        let weight = self.network.spike_weight(p, observed.step);
        // There are none where they are not kept.
        for (position, sums) in self.sums[p].chunks_exact_mut(channels.max(1)).enumerate() {
            for spike in spikes.at(position) {
                sums[spike.channel()] += spike.count() * weight;
            }
        }
        let Some(record) = &mut self.record else { return };
        let (step, layer) = (observed.step as u32, p as i32);
        for position in 0..spikes.positions() {
            record.extend(spikes.at(position).iter().map(|spike| SpikeRecord {
                step,
                layer,
                neuron: (position * channels + spike.channel()) as u32,
                // It has 12 digits.
                count: spike.count() as i16,
            }));
        }
    }

    /// One packet per event and destination core; a burst is as many packets as the chip needs.
    fn send(&mut self, observed: &Observed) {
        let p = observed.population;
        if observed.spikes.entries().is_empty() {
            return;
        }
        let (traffic, sending) = (&self.geometry.traffic[p], &mut self.sending);
        traffic.count(observed.spikes, self.geometry.largest, sending);
        traffic.receive(sending, &mut self.received);
        traffic.by_core(sending, &mut self.sent);
        self.all_sent[p].add(sending);
        self.step[p] += traffic.tally(sending);
    }

    /// Counts of the run, by core.
    fn cores(&self) -> Vec<Tally> {
        let steps = self.steps.len() as u64;
        let mut cores: Vec<Tally> = (self.geometry.places.iter().zip(&self.all_updates))
            .map(|(place, &[updates_input, updates_state])| {
                let units = self.mapping.tilings[place.population].neurons_per_unit;
                let accesses = place.neurons() as u64 * units * steps;
                Tally { accesses, updates_input, updates_state, ..Tally::default() }
            })
            .collect();
        for (traffic, sent) in self.geometry.traffic.iter().zip(&self.all_sent) {
            for ((n, cell), sent) in traffic.cells.iter().enumerate().zip(sent.sent()) {
                cores[cell.core as usize] += Tally::of_sent(&traffic.route(n), sent);
            }
        }
        for (core, &received) in self.all_received.iter().enumerate() {
            cores[core] += Tally::of_received(received, self.geometry.operation[core].pooled);
        }
        cores
    }

    /// The membranes of readouts whose `steps` steps end here.
    pub(super) fn read(&mut self, observed: &[Observed], steps: usize) {
        for o in observed {
            let population = &self.network.populations[o.population];
            if population.model.is_read() && o.step == population.depth + steps {
                self.sums[o.population].copy_from_slice(o.membranes);
            }
        }
    }

    pub(super) fn finish(mut self, stop: Stop, depth: usize) -> Result<Run, NocError> {
        let nonzero = self.nonzero();
        if let Some(marks) = self.marks.get(&stop.readout_after) {
            for (head, mark) in self.network.heads.iter().zip(marks) {
                let sums = &mut self.sums[head.population];
                sums.iter_mut().zip(mark).for_each(|(sum, mark)| *sum -= mark);
            }
        }
        let copies: Vec<&[u64]> = self.all_sent.iter().map(AllSent::copies).collect();
        let mut links = assemble::links(self.mapping, &self.geometry.traffic, &copies).finish();
        let flows = flows::busiest(self.mapping, &self.geometry.traffic, &copies);
        let cores = self.cores();
        let timed = self.timer.finish(&mut links)?;
        let steps_done = self.steps.drain(..).zip(timed.steps);
        let activity = Activity {
            soma_classes: Class::NAMES.iter().copied().map(String::from).collect(),
            synapse_classes: SYNAPSE_CLASSES.map(String::from).to_vec(),
            inference_steps: stop.steps as u64,
            depth: depth as u64,
            steps: steps_done.map(|(counts, timing)| Step { counts, timing }).collect(),
            layers: self.layers(&cores, nonzero),
            cores: (self.mapping.cores.iter().zip(&self.geometry.places).zip(&cores))
                .map(|((core, place), tally)| {
                    let (mut counts, p) = (empty(), place.population);
                    let Geometry { class, synapses, .. } = self.geometry;
                    tally.add_to(&mut counts, class[p], synapses[p]);
                    assemble::core(core, counts)
                })
                .collect(),
            links,
            flows,
            input_macs: 0,
            input_writes: 0,
            host_operations: 0,
            saturations: self.saturations,
            chips: self.mapping.grid.chips as u64,
            time_error_ps: timed.error_ps,
            first_output_ps: None,
            latencies: timed.latencies,
        };
        let membranes = self.notes.finish();
        Ok(Run { activity, sums: self.sums, spikes: self.record, membranes })
    }

    /// By population, operations that read a weight other than zero, before heads forget what they
    /// summed too early.
    fn nonzero(&self) -> Vec<Option<u64>> {
        let weights = || self.geometry.nonzero.get_or_init(|| nonzero::weights(self.network));
        nonzero::operations(self.network, weights, &self.sums, self.geometry.largest)
    }

    fn layers(&mut self, cores: &[Tally], nonzero: Vec<Option<u64>>) -> Vec<Layer> {
        let steps = std::mem::take(&mut self.spikes_per_step);
        let positions = std::mem::take(&mut self.spikes_per_position);
        let spikes = steps.into_iter().zip(positions).zip(nonzero).enumerate();
        let layer = |(p, ((step, position), nonzero_operations))| {
            let tally = assemble::of_cores(self.mapping, cores, p);
            let of = (p, self.geometry.synapses[p]);
            let layer = assemble::layer(self.network, self.mapping, &tally, of, step, position);
            Layer { nonzero_operations, ..layer }
        };
        spikes.map(layer).collect()
    }
}

/// What a chip looks at, by population.
pub(super) fn sight(placed: Placed, options: Options) -> Vec<Sight> {
    let Placed { mapping, geometry, .. } = placed;
    let neurons = options.timing != Timing::Analytic;
    let edges =
        |tiling: &Tiling| [&tiling.rows, &tiling.columns, &tiling.channels].map(Clone::clone);
    let probed = |p: usize| {
        let own = options.probed.iter().filter(|one| one.population == p);
        own.map(|one| one.neuron).collect()
    };
    let skips_zeros = geometry.skips_zeros;
    let sight =
        |(p, tiling)| Sight { edges: edges(tiling), neurons, probed: probed(p), skips_zeros };
    mapping.tilings.iter().enumerate().map(sight).collect()
}

/// By population, cells before it.
fn first_cells(traffic: &[Traffic]) -> Vec<u32> {
    let mut next = 0;
    let first = traffic.iter().map(|traffic| {
        let first = next;
        next += traffic.cells.len() as u32;
        first
    });
    first.collect()
}
