//! A placed network on a chip without steps: packets act when they arrive, neurons fire at once.
//!
//! A step of the network's file lasts the chip's period. At its start the host sends one word to
//! every core that has inputs due then or neurons with a bias; inputs fire, and biases are added.
//! All else is packets: a core serves one at a time, adds its weights neuron by neuron, in the
//! order of neurons, and a neuron beyond its threshold fires once. Between two events a neuron
//! leaks by the time that has passed, in parts of a step: see [`Elapsed`].
//!
//! A loop could go on for ever, so after the last period nothing fires; what is under way arrives.
//! Neurons that nothing reads count as outputs: the first spike of one is the run's first output.

use super::neuron::{Elapsed, Outcome};
use super::probes::Probes;
use super::record::{Record, Times};
use super::visits::Visited;
use super::{Error, On, Run, synapses};
use crate::engine::asynchronous::{Periods, UnderWay, stalls};
use crate::engine::network_timing;
use crate::engine::noc::{Noc, NocError, Packet, gcd};
use crate::engine::probe::Membrane;
use crate::engine::timing::{Latencies, ns_to_ps};
use crate::mapping::Grid;
use crate::profile::Profile;
use crate::snn::sparse::{Model, SparseNetwork, Synapse};
use std::collections::BTreeMap;

/// Refuses currents that outlast their spike, which could pass a threshold where no event is, and
/// delays in steps.
pub(super) fn check(network: &SparseNetwork) -> Result<(), Error> {
    let current = |model: &Model| match model {
        Model::Lif(lif) => Some(lif.input_decay).filter(|&decay| decay != 0.0),
        Model::Input | Model::TrueNorth(_) => None,
    };
    let mut neurons = network.neurons.iter().enumerate();
    match neurons.find_map(|(id, neuron)| Some((id, current(&neuron.model)?))) {
        Some((neuron, decay)) => Err(Error::Current { neuron, decay: decay.to_string() }),
        None => match network.synapses.iter().find(|synapse| synapse.delay > 1) {
            Some(&Synapse { pre, post, delay, .. }) => Err(Error::Delay { pre, post, delay }),
            None => Ok(()),
        },
    }
}

pub(super) fn run(
    record: Record,
    on: On,
    period_ns: f64,
    mut progress: impl FnMut(),
) -> Result<Run, Error> {
    let steps = record.steps();
    let mut machine = Machine::new(record, on, ns_to_ps(period_ns))?;
    let mut told = 0;
    while let Some(received) = machine.noc.next()? {
        let period = machine.periods.at(received.start_ps);
        (told..period).for_each(|_| progress());
        told = told.max(period);
        match machine.under_way.of(received.packet) {
            Word::Period(period) => {
                machine.periods.served(&received, None);
                machine.present(received.core as usize, period, received.end_ps)?;
            }
            Word::Spike { pre, packet, sent_ps } => {
                machine.periods.served(&received, Some(sent_ps));
                machine.receive(pre as usize, packet as usize, received.end_ps)?;
                machine.bound(pre as usize)?;
            }
        }
    }
    (told..steps).for_each(|_| progress());
    Ok(machine.finish(on.profile))
}

/// Spikes of a neuron and step beyond which its network does not come to rest.
const MOST_SPIKES: usize = 64;
/// Most packets under way.
const MOST_UNDER_WAY: usize = 1 << 22;

/// What a packet carries.
#[derive(Clone, Copy)]
enum Word {
    /// Inputs and biases of a step, from 0.
    Period(usize),
    /// A spike of `pre`; the number of the packet among those of its spikes.
    Spike { pre: u32, packet: u32, sent_ps: u64 },
}

/// Neurons and what is added to them.
type Reached = Vec<(u32, f64)>;

struct Machine<'a> {
    record: Record<'a>,
    latencies: &'a Latencies,
    period_ps: u64,
    noc: Noc,
    periods: Periods,
    /// By number of a packet.
    under_way: UnderWay<Word>,
    states: Vec<Elapsed>,
    /// By neuron, and packet of its spikes.
    reached: Vec<Vec<Reached>>,
    /// By core.
    biased: Vec<Reached>,
    probes: Probes,
    grid: &'a Grid,
    /// Packets beyond which the network is taken for one that does not come to rest.
    most: usize,
    first_output_ps: Option<u64>,
}

impl<'a> Machine<'a> {
    fn new(record: Record<'a>, on: On<'a>, period_ps: u64) -> Result<Machine<'a>, NocError> {
        let (network, layout) = (record.network, record.layout);
        let On { profile, latencies, grid, probed } = on;
        // The host is one sender for every core, in the core's own tile.
        let tiles: Vec<_> = layout.cores.iter().map(|core| core.tile()).collect();
        let noc =
            Noc::new(network_timing::network(profile, grid, [&tiles[..], &tiles[..]].concat()))?;
        let mut biased = vec![vec![]; tiles.len()];
        for (id, neuron) in network.neurons.iter().enumerate() {
            let bias = neuron.model.bias();
            if bias != 0.0 {
                biased[layout.core[id]].push((id as u32, bias));
            }
        }
        let reached = reached(&record);
        let once: usize = reached.iter().map(Vec::len).sum();
        let mut machine = Machine {
            most: once.saturating_mul(MOST_SPIKES).saturating_mul(record.steps()),
            periods: Periods::new(period_ps, record.steps(), tiles.len()),
            under_way: UnderWay::new(),
            states: network
                .neurons
                .iter()
                .map(|neuron| Elapsed::new(&neuron.model, period_ps))
                .collect(),
            reached,
            probes: Probes::new(probed, record.steps()),
            grid,
            first_output_ps: None,
            record,
            latencies,
            period_ps,
            noc,
            biased,
        };
        machine.noc.start(machine.grain_ps())?;
        machine.noc.start_periods(period_ps, machine.record.steps());
        machine.schedule()?;
        Ok(machine)
    }

    /// Whether what moves will come to rest: the spike of `neuron` was served last.
    fn bound(&self, neuron: usize) -> Result<(), Error> {
        let packets = self.noc.sent();
        match packets > self.most || self.noc.under_way() > MOST_UNDER_WAY {
            true => Err(Error::Avalanche { neuron, packets }),
            false => Ok(()),
        }
    }

    /// A time that divides all others.
    fn grain_ps(&self) -> u64 {
        let classes = 0..self.record.layout.soma_classes.len();
        let soma = classes.flat_map(|class| self.latencies.of_soma(class));
        let synapses = self.latencies.synapse.iter().copied();
        let all = soma.chain(synapses).chain([self.latencies.axon_in, self.latencies.axon_out]);
        all.map(|time| time.nominal).fold(self.period_ps, gcd)
    }

    /// The host's words of all periods.
    fn schedule(&mut self) -> Result<(), NocError> {
        let cores = self.record.layout.cores.len();
        for period in 0..self.record.steps() {
            let mut service = vec![None; cores];
            let biased = self.biased.iter().flatten().map(|&(id, _)| id as usize);
            for id in self.due(period).chain(biased) {
                let service_ps: &mut u64 = service[self.record.layout.core[id]].get_or_insert(0);
                *service_ps = service_ps.saturating_add(self.visit_ps(id));
            }
            for (core, service_ps) in service.into_iter().enumerate() {
                let Some(service_ps) = service_ps else { continue };
                let inject_ps = period as u64 * self.period_ps;
                let packet = Packet { inject_ps, destination: core as u32, service_ps };
                let number = self.noc.send((cores + core) as u32, packet)?;
                self.under_way.put(number, Word::Period(period));
            }
        }
        Ok(())
    }

    /// Inputs that fire in a step.
    fn due(&self, step: usize) -> impl Iterator<Item = usize> + use<'a> {
        let network = self.record.network;
        let all = network.inputs.get(&(step as u64 + 1)).map_or(&[][..], Vec::as_slice);
        all.iter().map(|&id| id as usize).filter(|&id| network.neurons[id].model == Model::Input)
    }

    /// Time of one visit of a neuron, its spike apart.
    fn visit_ps(&self, id: usize) -> u64 {
        let [access, update, _] = self.latencies.of_soma(self.record.layout.layer[id]);
        (access + update).nominal
    }

    /// The word of a period at one core.
    fn present(&mut self, core: usize, period: usize, at_ps: u64) -> Result<(), NocError> {
        let mut out_ps = at_ps;
        let layout = self.record.layout;
        for id in self.due(period).filter(|&id| layout.core[id] == core) {
            self.visited(period, id, Outcome { fired: true, ..Outcome::default() });
            self.fire(id, &mut out_ps)?;
        }
        let biased = std::mem::take(&mut self.biased[core]);
        self.act(&biased, at_ps, &mut out_ps)?;
        self.biased[core] = biased;
        Ok(())
    }

    /// One packet of a spike of `pre` at its core.
    fn receive(&mut self, pre: usize, packet: usize, at_ps: u64) -> Result<(), NocError> {
        // Taken while it is read: no neuron can send the same packet meanwhile.
        let reached = std::mem::take(&mut self.reached[pre][packet]);
        let result = self.act(&reached, at_ps, &mut { at_ps });
        self.reached[pre][packet] = reached;
        result
    }

    /// Adds to neurons; `out_ps` is when their core is done with packets sent before.
    fn act(
        &mut self,
        reached: &[(u32, f64)],
        at_ps: u64,
        out_ps: &mut u64,
    ) -> Result<(), NocError> {
        let step = self.periods.at(at_ps);
        let ended = at_ps >= self.record.steps() as u64 * self.period_ps;
        for &(id, x) in reached {
            let id = id as usize;
            let model = &self.record.network.neurons[id].model;
            let (state, period_ps) = (&self.states[id], self.period_ps);
            self.probes.until(id, at_ps, period_ps, |at_ps| state.potential_at(model, at_ps));
            let fired = self.states[id].receive(model, x, at_ps, !ended);
            self.visited(step, id, Outcome { fired, received: true, active: true });
            if fired {
                self.fire(id, out_ps)?;
            }
        }
        Ok(())
    }

    fn visited(&mut self, step: usize, id: usize, outcome: Outcome) {
        let layout = self.record.layout;
        self.record.visited(step, layout.core[id], layout.layer[id], &Visited::one(outcome));
    }

    /// A spike and its packets.
    fn fire(&mut self, id: usize, out_ps: &mut u64) -> Result<(), NocError> {
        let (layout, routes) = (self.record.layout, self.record.routes);
        let [.., spike] = self.latencies.of_soma(layout.layer[id]);
        *out_ps = out_ps.saturating_add(spike.nominal);
        self.periods.ended(*out_ps);
        let step = self.periods.at(*out_ps);
        self.record.fired(step, layout.core[id], layout.layer[id], &[id as u32]);
        self.record.sent(step, &[id as u32]);
        let output =
            routes.of(id).is_empty() && self.record.network.neurons[id].model != Model::Input;
        if output {
            self.first_output_ps.get_or_insert(*out_ps);
        }
        for (number, packet) in routes.of(id).iter().enumerate() {
            *out_ps = out_ps.saturating_add(self.latencies.axon_out.nominal);
            let visits =
                self.reached[id][number].iter().map(|&(post, _)| self.visit_ps(post as usize));
            let visits = visits.fold(0, u64::saturating_add);
            let service_ps = routes.service(packet).nominal.saturating_add(visits);
            let sent = Packet { inject_ps: *out_ps, destination: packet.core, service_ps };
            let called = self.noc.send(layout.core[id] as u32, sent)?;
            self.under_way.put(
                called,
                Word::Spike { pre: id as u32, packet: number as u32, sent_ps: *out_ps },
            );
        }
        Ok(())
    }

    fn finish(self, profile: &Profile) -> Run {
        let (network, layout) = (self.record.network, self.record.layout);
        let membranes = self.probes.finish(self.period_ps, |id, at_ps| Membrane {
            layer: layout.layer[id] as u32,
            potential: self.states[id].potential_at(&network.neurons[id].model, at_ps),
            ..Membrane::default()
        });
        let stalls = stalls(&self.noc);
        let (mut links, flows) = self.record.travelled(&self.noc.network().grid);
        for link in &mut links {
            [link.stall_ps, link.blocked_ps] =
                stalls.get(&[link.from, link.to]).copied().unwrap_or_default();
        }
        let latencies = self.periods.latencies();
        let (steps, first_output_ps) =
            (self.periods.timings(self.noc.waits_by_period()), self.first_output_ps);
        let times = Times { steps, error_ps: 0, latencies, links, flows, first_output_ps };
        self.record.finish(profile, self.grid.chips, times, membranes)
    }
}

/// What each packet of each neuron's spikes adds, in the order of neurons; what reads an input and
/// has no effect is an input itself.
fn reached(record: &Record) -> Vec<Vec<Reached>> {
    let Record { network, layout, routes, .. } = record;
    let starts = synapses::starts(network);
    let of = |id: usize, core: usize| {
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for synapse in &network.synapses[synapses::range(&starts, id)] {
            if layout.core[synapse.post as usize] == core {
                *sums.entry(synapse.post).or_default() += synapse.weight;
            }
        }
        sums.into_iter().collect()
    };
    let neuron =
        |id: usize| routes.of(id).iter().map(|packet| of(id, packet.core as usize)).collect();
    (0..network.neurons.len()).map(neuron).collect()
}
