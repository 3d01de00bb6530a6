//! Counters of a run on its cores: per step what the step's end needs, per run the rest.

use super::assemble::{self, Place, SOMA_CLASSES, SYNAPSE_CLASSES, empty, places};
use super::{Run, Stop};
use crate::activity::{Activity, Counts, Layer, SpikeRecord, Step};
use crate::engine::functional::Observed;
use crate::engine::network_timing::{StepPackets, Timer};
use crate::engine::noc::NocError;
use crate::engine::packets::{Operation, PacketWriter, trees};
use crate::engine::state::Sight;
use crate::engine::tally::Tally;
use crate::engine::timing::{Latencies, Load, Work};
use crate::engine::traffic::{Received, Sent, Traffic, spikes_per_packet};
use crate::engine::watch::Watch;
use crate::engine::{Options, Timing};
use crate::kernel;
use crate::mapping::Mapping;
use crate::mapping::fanout::Fanout;
use crate::profile::{Multicast, Profile};
use crate::snn::retime::Retimed;
use crate::snn::{Model, Network};
use std::collections::BTreeMap;

#[derive(Clone)]
pub(super) struct Chip<'a> {
    network: &'a Network,
    mapping: &'a Mapping,
    latencies: Latencies,
    /// By population.
    class: Vec<usize>,
    traffic: Vec<Traffic>,
    /// By population, where packets are moved: [`Traffic::sizes`].
    sizes: Vec<Vec<u32>>,
    /// By core: what arrives there.
    operation: Vec<Operation>,
    places: Vec<Place>,
    /// Spikes that one packet can carry.
    largest: u64,
    timer: Timer<'a>,
    /// None where steps without packets lie between those with.
    watch: Option<Watch>,
    /// As [`PacketWriter::trees`].
    trees: Option<Vec<u32>>,
    // Counters of the step.
    loads: Vec<Load>,
    /// By population and cell, by core, and by population.
    sent: Vec<Vec<Sent>>,
    received: Vec<Received>,
    step: Vec<Tally>,
    // Counters of the run, by population and cell, and by core: inputs and updates of its neurons.
    steps: Vec<Counts>,
    all_sent: Vec<Vec<Sent>>,
    all_received: Vec<Received>,
    all_updates: Vec<[u64; 2]>,
    sums: Vec<Vec<i32>>,
    /// By step of its own at which a head may begin to be read, by head: its sums then.
    marks: BTreeMap<usize, Vec<Vec<i32>>>,
    spikes_per_step: Vec<Vec<u64>>,
    spikes_per_position: Vec<Vec<u32>>,
    saturations: u64,
    record: Option<Vec<SpikeRecord>>,
}

impl<'a> Chip<'a> {
    pub(super) fn new(
        retimed: &'a Retimed,
        mapping: &'a Mapping,
        profile: &'a Profile,
        options: Options<'a>,
        stops: &[Stop],
    ) -> Result<Self, NocError> {
        let network = &retimed.network;
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let latencies = Latencies::new(profile, &names(&SOMA_CLASSES), &names(&["conv", "pool"]));
        let fanouts = Fanout::all(network, mapping);
        let populations = 0..network.populations.len();
        let class = assemble::classes(network);
        let operation = mapping.cores.iter().map(|core| {
            let pooled = core
                .population
                .is_some_and(|p| matches!(network.populations[p].model, Model::Pool(_) | Model::Relay));
            Operation { time: latencies.synapse[usize::from(pooled)], pooled }
        });
        let traffic: Vec<Traffic> =
            populations.clone().map(|p| Traffic::new(network, mapping, &fanouts, p)).collect();
        let mut tiles: Vec<_> = mapping.cores.iter().map(|c| [c.x, c.y]).collect();
        let routers = tiles.clone();
        tiles.sort_unstable();
        tiles.dedup();
        let used_tiles = tiles.len() as u64;
        let operation: Vec<Operation> = operation.collect();
        let mut timer = Timer::new(options, profile, &mapping.grid, routers, used_tiles)?;
        let forks = mapping.grid.multicast == Multicast::Tree;
        if forks {
            timer.plant(trees(&traffic, &latencies, &operation))?;
        }
        let marks = stops.iter().filter(|stop| stop.readout_after > 0);
        let marks = marks.map(|stop| (stop.readout_after, vec![vec![]; network.heads.len()]));
        let neurons = network.populations.iter().map(|p| vec![0; p.shape.neurons()]);
        let sent: Vec<_> = traffic.iter().map(|t| vec![Sent::default(); t.cells.len()]).collect();
        let cores = mapping.cores.len();
        Ok(Chip {
            network,
            mapping,
            places: places(mapping),
            sizes: match options.timing {
                Timing::Analytic => vec![],
                _ => traffic.iter().map(Traffic::sizes).collect(),
            },
            operation,
            largest: spikes_per_packet(profile),
            timer,
            trees: forks.then(|| first_cells(&traffic)),
            watch: matches!(options.timing, Timing::Event | Timing::Sweep)
                .then(|| Watch::new(network, &traffic)),
            loads: vec![Load::default(); cores],
            all_sent: sent.clone(),
            sent,
            received: vec![Received::default(); cores],
            step: vec![Tally::default(); network.populations.len()],
            steps: vec![],
            all_received: vec![Received::default(); cores],
            all_updates: vec![[0; 2]; cores],
            sums: neurons.collect(),
            marks: marks.collect(),
            spikes_per_step: vec![vec![]; network.populations.len()],
            spikes_per_position: network.populations.iter().map(|p| vec![0; p.shape.positions()]).collect(),
            saturations: 0,
            record: options.record_spikes.then(Vec::new),
            latencies,
            class,
            traffic,
        })
    }

    pub(super) fn observe(&mut self, observed: &[Observed]) -> Result<(), NocError> {
        self.loads.fill(Load::default());
        self.step.fill(Tally::default());
        self.visit(observed);
        for observed in observed {
            self.note(observed);
            self.send(observed);
            self.mark(observed);
        }
        self.receive();
        let mut counts = empty();
        for (tally, &class) in self.step.iter().zip(&self.class) {
            tally.add_to(&mut counts, class);
        }
        self.steps.push(counts);
        let work = Work::of(&self.loads);
        let packets = self.timer.moves_packets().then(|| self.packets(observed));
        self.timer.push(packets, work)
    }

    fn packets(&self, observed: &[Observed]) -> StepPackets {
        let writer = PacketWriter {
            latencies: &self.latencies,
            operation: &self.operation,
            largest: self.largest,
            traffic: &self.traffic,
            sizes: &self.sizes,
            watch: self.watch.as_ref(),
            trees: self.trees.as_deref(),
        };
        let mut packets = StepPackets::default();
        for &Place { population: p, block } in &self.places {
            let units = self.mapping.tilings[p].neurons_per_unit;
            writer.write(&observed[p], self.class[p], units, block, &mut packets);
            packets.end_core();
        }
        let counted = self.steps.last().map_or(0, |counts| counts.packets);
        debug_assert_eq!(packets.count() as u64, counted, "packets moved are those counted");
        packets
    }

    /// Every neuron of every core is visited, active or not.
    fn visit(&mut self, observed: &[Observed]) {
        let updated_by_input = self.latencies.update_flag() == kernel::INPUT;
        for (core, &Place { population: p, block }) in self.places.iter().enumerate() {
            let units = self.mapping.tilings[p].neurons_per_unit;
            let [access, update, _] = self.latencies.of_soma(self.class[p]);
            let accesses = Place { population: p, block }.neurons() as u64 * units;
            let width = self.network.populations[p].shape.width;
            // Ends of its parts: what `sight` asks for.
            let ends = &self.mapping.tilings[p].channels[1..];
            let [input, state] = updates(observed[p].updates, width, ends, block).map(|n| n * units);
            let tally = Tally { accesses, updates_input: input, updates_state: state, ..Tally::default() };
            self.loads[core].generation +=
                access * accesses + update * if updated_by_input { input } else { state };
            self.step[p] += tally;
            let [all_input, all_state] = &mut self.all_updates[core];
            (*all_input, *all_state) = (*all_input + input, *all_state + state);
        }
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
                let readout = matches!(population.model, Model::Readout(_));
                *mark = if readout { observed.membranes } else { counted }.to_vec();
            }
        }
    }

    /// What is kept of single spikes.
    fn note(&mut self, observed: &Observed) {
        let (p, spikes) = (observed.population, observed.spikes);
        self.saturations += observed.saturations;
        self.spikes_per_step[p].push(spikes.spikes(0, spikes.positions()));
        for (position, total) in self.spikes_per_position[p].iter_mut().enumerate() {
            *total += spikes.spikes(position, position + 1) as u32;
        }
        let channels = self.network.populations[p].shape.channels;
        let weight = self.network.spike_weight(p, observed.step);
        for (position, sums) in self.sums[p].chunks_exact_mut(channels.max(1)).enumerate() {
            for spike in spikes.at(position) {
                sums[spike.channel()] += spike.count() * weight;
            }
        }
        let Some(record) = &mut self.record else { return };
        let (step, layer) = (observed.step as u32, Some(p as u32));
        for position in 0..spikes.positions() {
            record.extend(spikes.at(position).iter().map(|spike| SpikeRecord {
                step,
                layer,
                neuron: (position * channels + spike.channel()) as u32,
                count: spike.count() as i8,
            }));
        }
    }

    /// One packet per event and destination core; a burst is as many packets as the chip needs.
    fn send(&mut self, observed: &Observed) {
        let p = observed.population;
        let traffic = &self.traffic[p];
        if observed.spikes.entries().is_empty() {
            return;
        }
        let spike = self.latencies.of_soma(self.class[p])[2];
        let all = &mut self.sent[p];
        traffic.count(observed.spikes, self.largest, all);
        traffic.receive(all, &mut self.received);
        for ((cell, sent), total) in traffic.cells.iter().zip(all).zip(&mut self.all_sent[p]) {
            let sent = std::mem::take(sent);
            if sent.events == 0 {
                continue;
            }
            let tally = Tally::of_sent(cell, sent);
            self.loads[cell.core as usize].generation +=
                spike * sent.copies + self.latencies.axon_out * tally.packets;
            self.step[p] += tally;
            *total += sent;
        }
    }

    /// What arrived at the cores in this step.
    fn receive(&mut self) {
        for (core, received) in self.received.iter_mut().enumerate() {
            let received = std::mem::take(received);
            if received.packets == 0 {
                continue;
            }
            let Operation { time, pooled } = self.operation[core];
            self.loads[core].receive +=
                self.latencies.axon_in * received.packets + time * received.operations;
            self.all_received[core] += received;
            // Cores of converted networks belong to a population.
            if let Some(target) = self.mapping.cores[core].population {
                self.step[target] += Tally::of_received(received, pooled);
            }
        }
    }

    /// Counts of the run, by core.
    fn cores(&self) -> Vec<Tally> {
        let steps = self.steps.len() as u64;
        let mut cores: Vec<Tally> = (self.places.iter().zip(&self.all_updates))
            .map(|(place, &[updates_input, updates_state])| {
                let units = self.mapping.tilings[place.population].neurons_per_unit;
                let accesses = place.neurons() as u64 * units * steps;
                Tally { accesses, updates_input, updates_state, ..Tally::default() }
            })
            .collect();
        for (traffic, sent) in self.traffic.iter().zip(&self.all_sent) {
            for (cell, &sent) in traffic.cells.iter().zip(sent) {
                cores[cell.core as usize] += Tally::of_sent(cell, sent);
            }
        }
        for (core, &received) in self.all_received.iter().enumerate() {
            cores[core] += Tally::of_received(received, self.operation[core].pooled);
        }
        cores
    }

    /// The membranes of readouts whose `steps` steps end here.
    pub(super) fn read(&mut self, observed: &[Observed], steps: usize) {
        for o in observed {
            let population = &self.network.populations[o.population];
            if matches!(population.model, Model::Readout(_)) && o.step == population.depth + steps {
                self.sums[o.population].copy_from_slice(o.membranes);
            }
        }
    }

    pub(super) fn finish(mut self, stop: Stop, depth: usize) -> Result<Run, NocError> {
        if let Some(marks) = self.marks.get(&stop.readout_after) {
            for (head, mark) in self.network.heads.iter().zip(marks) {
                let sums = &mut self.sums[head.population];
                sums.iter_mut().zip(mark).for_each(|(sum, mark)| *sum -= mark);
            }
        }
        let copies: Vec<Vec<u64>> =
            self.all_sent.iter().map(|cells| cells.iter().map(|sent| sent.copies).collect()).collect();
        let mut links = assemble::links(self.mapping, &self.traffic, &copies).finish();
        let cores = self.cores();
        let timed = self.timer.finish(&mut links)?;
        let steps_done = self.steps.drain(..).zip(timed.steps);
        let activity = Activity {
            soma_classes: SOMA_CLASSES.map(String::from).to_vec(),
            synapse_classes: SYNAPSE_CLASSES.map(String::from).to_vec(),
            inference_steps: stop.steps as u64,
            depth: depth as u64,
            steps: steps_done.map(|(counts, timing)| Step { counts, timing }).collect(),
            layers: self.layers(&cores),
            cores: (0..cores.len()).map(|c| assemble::core(self.network, self.mapping, &cores, c)).collect(),
            links,
            input_macs: 0,
            input_writes: 0,
            saturations: self.saturations,
            chips: self.mapping.grid.chips as u64,
            time_error_ps: timed.error_ps,
            first_output_ps: None,
            latencies: timed.latencies,
        };
        Ok(Run { activity, sums: self.sums, spikes: self.record })
    }

    fn layers(&mut self, cores: &[Tally]) -> Vec<Layer> {
        let steps = std::mem::take(&mut self.spikes_per_step);
        let positions = std::mem::take(&mut self.spikes_per_position);
        let spikes = steps.into_iter().zip(positions).enumerate();
        let layer =
            |(p, (step, position))| assemble::layer(self.network, self.mapping, cores, p, step, position);
        spikes.map(layer).collect()
    }
}

/// What a chip looks at, by population.
pub(super) fn sight(mapping: &Mapping, timing: Timing) -> Vec<Sight> {
    let neurons = timing != Timing::Analytic;
    let parts = mapping.tilings.iter().map(|tiling| tiling.channels[1..].to_vec());
    parts.map(|parts| Sight { parts, neurons }).collect()
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

/// Neurons of a block that received input, and that were active; none outside a population's window. `ends` are
/// those of the parts of the channels, of which the block has one.
fn updates(
    updates: &[[u32; 2]],
    width: usize,
    ends: &[usize],
    [rows, columns, channels]: [[usize; 2]; 3],
) -> [u64; 2] {
    let mut sum = [0; 2];
    if updates.is_empty() {
        return sum;
    }
    let (parts, part) = (ends.len(), ends.partition_point(|&end| end <= channels[0]));
    for y in rows[0]..rows[1] {
        let row = &updates[(y * width + columns[0]) * parts..(y * width + columns[1]) * parts];
        for here in row.chunks_exact(parts) {
            sum = [0, 1].map(|n| sum[n] + u64::from(here[part][n]));
        }
    }
    sum
}
