//! A converted network on a chip without steps: packets act when they arrive, neurons fire at once.
//!
//! The host presents its constant input, and with it the biases, once a period, or later, when the
//! chip has come to rest: to every core that holds neurons with such a current it sends one word,
//! which arrives like a packet within the tile.
//! All else is events. A core serves one packet at a time: its synapses are added in the order of
//! neurons, and a neuron that passes its threshold sends packets until it is below again. The next
//! packet sees the membranes that this one left, so that the order of arrivals, which is that of
//! [`super::noc`] and the same in every run, decides what is computed.
//!
//! Nothing is visited that nothing reached: silent neurons cost nothing.

mod bounds;
mod needs;
mod periods;
mod pools;
mod record;
mod serve;
mod synapses;
mod under_way;
mod units;

use super::chip::assemble::{self, Place};
use super::chip::{Run, Stop};
use super::functional::Currents;
use super::network_timing;
use super::noc::{Noc, NocError, Packet, gcd};
use super::packets::Operation;
use super::probe::{Held, Notes, Probed};
use super::timing::{Latencies, ns_to_ps};
use super::traffic::{Traffic, spikes_per_packet};
use crate::mapping::fanout::Fanout;
use crate::mapping::{CoreId, Mapping};
use crate::profile::Profile;
use crate::snn::{Fed, Model, Network, PopulationId, Projection, Shape};
use bounds::{MOST_UNDER_WAY, most_packets};
pub use needs::{Error, check};
pub(super) use periods::Periods;
use pools::Pools;
use record::Record;
use std::collections::BTreeMap;
pub(super) use under_way::UnderWay;
use units::bias;

/// How a run without steps is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options<'p> {
    /// Time between two presentations of the input, in ns.
    pub period_ns: f64,
    /// Whether every spike is kept.
    pub record_spikes: bool,
    /// Neurons that are noted when a period has come to rest.
    pub probed: &'p [Probed],
}

/// Presents the input `stop.steps` times and runs until nothing moves. The steps of the activity
/// are the periods, the last one with all that comes after; heads are read from the time of
/// presentation `stop.readout_after` on.
///
/// # Errors
/// A network with units that need steps; a mesh that cannot be simulated.
pub fn run(
    network: &Network,
    currents: &Currents,
    mapping: &Mapping,
    profile: &Profile,
    options: Options,
    stop: Stop,
    mut progress: impl FnMut(),
) -> Result<Run, Error> {
    check(network)?;
    let mut machine = Machine::new(network, currents, mapping, profile, options, stop)?;
    while machine.begin()? {
        while let Some(received) = machine.noc.next()? {
            match machine.under_way.of(received.packet) {
                Word::Input => {
                    machine.periods.served(&received, None);
                    machine.present(received.core, received.end_ps)?;
                }
                Word::Spikes(sending) => {
                    machine.periods.served(&received, Some(machine.noc.sent_ps(received.packet)));
                    machine.receive(received.core, received.end_ps, sending)?;
                    machine.bound(sending.source as usize)?;
                }
            }
        }
        machine.note();
        progress();
    }
    Ok(machine.finish())
}

/// What a packet carries.
#[derive(Clone, Copy)]
enum Word {
    /// The input of a period.
    Input,
    Spikes(Sending),
}

/// Spikes of one neuron on their way to one core.
#[derive(Clone, Copy)]
struct Sending {
    source: u32,
    neuron: u32,
    count: i32,
    /// Number of the core among the neuron's destinations.
    entry: u32,
}

struct Machine<'a> {
    network: &'a Network,
    currents: &'a Currents,
    mapping: &'a Mapping,
    latencies: Latencies,
    /// By population.
    class: Vec<usize>,
    synapses: Vec<usize>,
    /// By population: what arrives there.
    operations: Vec<Operation>,
    into: Vec<Vec<&'a Projection>>,
    traffic: Vec<Traffic>,
    /// By population and list of destinations.
    lists: Vec<Vec<Vec<(CoreId, u64)>>>,
    /// By core: what it holds, of one layer or of several that share it.
    places: Vec<Vec<Place>>,
    /// By core, where it holds max-pool units.
    pools: Vec<Option<Pools>>,
    largest: u64,
    /// Packets beyond which the network is taken for one that does not come to rest.
    most: usize,
    stop: Stop,
    period_ps: u64,
    noc: Noc,
    /// By number of a packet.
    under_way: UnderWay<Word>,
    /// Room for what one packet reaches.
    touched: Vec<(usize, i32)>,
    // By population and neuron: membranes, and net spikes.
    potential: Vec<Vec<i32>>,
    sums: Vec<Vec<i32>>,
    /// Sums of the heads before they are read.
    before: Option<Vec<Vec<i32>>>,
    record: Record,
    periods: Periods,
    notes: Notes<'a>,
}

impl<'a> Machine<'a> {
    fn new(
        network: &'a Network,
        currents: &'a Currents,
        mapping: &'a Mapping,
        profile: &Profile,
        options: Options<'a>,
        stop: Stop,
    ) -> Result<Machine<'a>, NocError> {
        let latencies = assemble::latencies(profile);
        let synapses = assemble::synapse_classes(network, profile);
        let operation = |p| assemble::operation(network, &latencies, &synapses, p);
        let operations = (0..network.populations.len()).map(operation).collect();
        let fanouts = Fanout::all(network, mapping, profile.capabilities.zero_weights());
        let populations = 0..network.populations.len();
        let period_ps = ns_to_ps(options.period_ns);
        // The host is one sender for every core, in the core's own tile.
        let tiles: Vec<_> = mapping.cores.iter().map(|core| [core.x, core.y]).collect();
        let noc = Noc::new(network_timing::network(
            profile,
            &mapping.grid,
            [&tiles[..], &tiles[..]].concat(),
        ))?;
        let into =
            |p| network.projections.iter().filter(|projection| projection.target == p).collect();
        let traffic: Vec<_> =
            populations.clone().map(|p| Traffic::new(network, mapping, &fanouts, p)).collect();
        let neurons = |value: i32| -> Vec<Vec<i32>> {
            network.populations.iter().map(|p| vec![value; p.shape.neurons()]).collect()
        };
        let places = assemble::shared_places(mapping);
        let mut machine = Machine {
            network,
            currents,
            mapping,
            class: assemble::classes(network),
            synapses,
            operations,
            into: populations.map(into).collect(),
            pools: places
                .iter()
                .map(|held| {
                    held.iter().find_map(|p| Pools::of_core(network, p.population, p.block))
                })
                .collect(),
            places,
            largest: spikes_per_packet(profile),
            most: most_packets(network, &traffic, stop),
            stop,
            period_ps,
            noc,
            under_way: UnderWay::new(),
            touched: vec![],
            potential: neurons(0),
            sums: neurons(0),
            before: None,
            record: Record::new(
                network,
                &traffic,
                mapping.cores.len(),
                stop.steps,
                options.record_spikes,
            ),
            periods: Periods::waiting(period_ps, stop.steps, mapping.cores.len()),
            notes: Notes::new(options.probed),
            lists: traffic.iter().map(Traffic::lists).collect(),
            traffic,
            latencies,
        };
        for (potential, population) in machine.potential.iter_mut().zip(&network.populations) {
            if let Model::If(unit) = &population.model {
                let initial = unit.initial.iter().cycle();
                potential.iter_mut().zip(initial).for_each(|(v, &start)| *v = start);
            }
        }
        machine.noc.start(machine.grain_ps())?;
        machine.noc.start_told_periods(stop.steps);
        Ok(machine)
    }

    /// A time that divides all others.
    fn grain_ps(&self) -> u64 {
        let latencies = &self.latencies;
        let soma = self.class.iter().flat_map(|&class| latencies.of_soma(class));
        let others = [latencies.axon_in, latencies.axon_out];
        let synapses = self.operations.iter().map(|operation| operation.time);
        soma.chain(synapses).chain(others).map(|time| time.nominal).fold(self.period_ps, gcd)
    }

    /// Begins the next period, if there is one: sends the input to the cores that have a current.
    fn begin(&mut self) -> Result<bool, Error> {
        let Some((period, inject_ps)) = self.periods.begin(self.grain_ps()) else {
            return Ok(false);
        };
        if period > 0 {
            self.noc.end_period();
        }
        if period > 0 && period == self.stop.readout_after {
            self.before = Some(self.heads());
        }
        let hosts = self.places.len() as u32;
        for core in 0..hosts {
            let driven = self.places[core as usize].iter().filter(|place| self.is_driven(place));
            let visits =
                driven.map(|p| self.visit_ps(p.population).saturating_mul(p.neurons() as u64));
            let Some(service_ps) = visits.reduce(u64::saturating_add) else { continue };
            let number =
                self.noc.send(hosts + core, Packet { inject_ps, destination: core, service_ps })?;
            self.under_way.put(number, Word::Input);
        }
        self.inject(period, inject_ps)?;
        Ok(true)
    }

    /// Nothing moves: what the probed neurons hold stays until the next period.
    fn note(&mut self) {
        let potential = &self.potential;
        self.notes.add_all(self.periods.begun(), |&Probed { population, neuron }| Held {
            neuron,
            potential: potential[population][neuron as usize],
            // None lasts; see `check`.
            current: None,
        });
    }

    /// Sends what input populations are fed in a period, spike by spike.
    fn inject(&mut self, period: usize, start_ps: u64) -> Result<(), Error> {
        let currents = self.currents;
        for (p, train) in currents.iter().enumerate() {
            let Some(train) = train.as_ref().and_then(Fed::spikes) else { continue };
            let Shape { width, channels, .. } = self.network.populations[p].shape;
            let core = |neuron: usize| {
                let position = neuron / channels;
                let [y, x] = [position / width, position % width];
                self.mapping.tilings[p].core_at(y, x, neuron % channels)
            };
            let whole = train.at(period + 1).iter().map(|&(neuron, count)| (neuron, 0, count));
            let spikes: Vec<(CoreId, usize, u64, i32)> = match train.moments.get(period) {
                Some(moments) => moments
                    .iter()
                    .map(|&(neuron, ps)| (core(neuron as usize), neuron as usize, ps, 1))
                    .collect(),
                None => {
                    whole.map(|(n, ps, count)| (core(n as usize), n as usize, ps, count)).collect()
                }
            };
            // A core sends one spike after the other.
            let mut free_ps = vec![start_ps; self.mapping.cores.len()];
            for (core, neuron, ps, count) in spikes {
                let free_ps = &mut free_ps[core as usize];
                *free_ps = start_ps.saturating_add(ps).max(*free_ps);
                self.send(core, p, neuron, count, free_ps)?;
            }
        }
        Ok(())
    }

    /// Whether a block has a constant input or a bias.
    fn is_driven(&self, place: &Place) -> bool {
        let [from, to] = place.block[2];
        self.currents[place.population].as_ref().is_some_and(|fed| fed.current().is_some())
            || (from..to).any(|c| bias(self.network, place.population, c) != 0)
    }

    /// What of `core` reads the spikes of `source`.
    fn reader(&self, core: CoreId, source: PopulationId) -> Place {
        let held = &self.places[core as usize];
        if let [only] = held[..] {
            return only;
        }
        let reads = |place: &&Place| {
            self.into[place.population].iter().any(|projection| projection.source == source)
        };
        // No packet goes where nothing reads it, and of what shares a core one block does.
        held.iter().find(reads).copied().unwrap_or(held[0])
    }

    /// Time of one visit of a unit of a population, its spike apart.
    fn visit_ps(&self, p: PopulationId) -> u64 {
        let [access, update, _] = self.latencies.of_soma(self.class[p]);
        (access + update).nominal.saturating_mul(self.mapping.tilings[p].neurons_per_unit)
    }

    fn heads(&self) -> Vec<Vec<i32>> {
        let summed = |p: PopulationId| match self.network.populations[p].model.is_read() {
            true => self.potential[p].clone(),
            false => self.sums[p].clone(),
        };
        self.network.heads.iter().map(|head| summed(head.population)).collect()
    }

    /// Whether what moves will come to rest: `source` is the layer whose spikes were served last.
    fn bound(&self, source: PopulationId) -> Result<(), Error> {
        let (packets, under_way) = (self.noc.sent(), self.noc.under_way());
        match packets > self.most || under_way > MOST_UNDER_WAY {
            true => {
                let layer = self.network.populations[source].name.clone();
                Err(Error::Avalanche { layer, packets, under_way })
            }
            false => Ok(()),
        }
    }

    fn finish(mut self) -> Run {
        let before = self.before.take();
        for (p, potential) in self.potential.iter().enumerate() {
            if self.network.populations[p].model.is_read() {
                self.sums[p].clone_from(potential);
            }
        }
        for (head, before) in self.network.heads.iter().zip(before.into_iter().flatten()) {
            self.sums[head.population]
                .iter_mut()
                .zip(before)
                .for_each(|(sum, before)| *sum -= before);
        }
        let stalls = stalls(&self.noc);
        let spikes = self.record.spikes.take();
        let latencies = self.periods.latencies();
        let timings = self.periods.timings(self.noc.waits_by_period());
        let (network, mapping) = (self.network, self.mapping);
        let activity = self.record.activity(
            (network, &self.synapses),
            mapping,
            &self.traffic,
            &stalls,
            timings,
            latencies,
        );
        Run { activity, sums: self.sums, spikes, membranes: self.notes.finish() }
    }
}

/// How long packets waited at each link, by its two ends, and how long of it for full ports.
pub(super) fn stalls(noc: &Noc) -> BTreeMap<[[usize; 2]; 2], [u64; 2]> {
    let mut stalls = BTreeMap::<_, [u64; 2]>::new();
    for link in noc.links() {
        let [stall_ps, blocked_ps] = stalls.entry([link.from, link.to]).or_default();
        *stall_ps = stall_ps.saturating_add(link.stall_ps);
        *blocked_ps = blocked_ps.saturating_add(link.blocked_ps);
    }
    stalls
}
