//! What a core does with a packet: what is added to membranes, who fires, and what is sent.

use super::synapses::{Neuron, reached};
use super::units::{presented, saturation, shifts};
use super::{Machine, Sending, Word};
use crate::engine::chip::assemble::Place;
use crate::engine::fire::fire;
use crate::engine::noc::{NocError, Packet};
use crate::engine::tally::Tally;
use crate::engine::traffic::{self, Sent};
use crate::mapping::CoreId;
use crate::snn::{CubaReset, Fed, Model, Population, PopulationId};

impl Machine<'_> {
    /// The input of one period at one core.
    pub(super) fn present(&mut self, core: CoreId, at_ps: u64) -> Result<(), NocError> {
        for n in 0..self.places[core as usize].len() {
            let place = self.places[core as usize][n];
            if self.is_driven(&place) {
                self.present_to(core, place, at_ps)?;
            }
        }
        Ok(())
    }

    fn present_to(&mut self, core: CoreId, place: Place, at_ps: u64) -> Result<(), NocError> {
        let Place { population: p, block: [rows, columns, channels] } = place;
        let shape = self.network.populations[p].shape;
        let mut touched = vec![];
        for y in rows[0]..rows[1] {
            for x in columns[0]..columns[1] {
                for c in channels[0]..channels[1] {
                    let neuron = (y * shape.width + x) * shape.channels + c;
                    let current = self.currents[p].as_ref().and_then(Fed::current);
                    let inflow = current.map(|currents| currents[neuron]);
                    touched.push((neuron, presented(self.network, p, c, inflow)));
                }
            }
        }
        self.act(core, p, at_ps, &touched, Tally::default())
    }

    /// One packet at one core.
    pub(super) fn receive(
        &mut self,
        core: CoreId,
        at_ps: u64,
        sending: Sending,
    ) -> Result<(), NocError> {
        let Sending { source, neuron, count, entry } = sending;
        let (source, neuron) = (source as usize, neuron as usize);
        let Place { population: p, block } = self.reader(core, source);
        let from = self.network.populations[source].shape;
        let (position, c) = (neuron / from.channels, neuron % from.channels);
        let at = [position / from.width, position % from.width, c];
        // Taken while it is read.
        let mut touched = std::mem::take(&mut self.touched);
        touched.clear();
        let pools = self.pools[core as usize].is_some();
        match &mut self.pools[core as usize] {
            Some(pools) => pools.receive(at, count, &mut touched),
            None => self.through_weights(p, block, source, at, count, &mut touched),
        }
        let list = self.traffic[source].cells[self.traffic[source].cell_of(position, c)].list;
        let (_, synapses) = self.lists[source][list as usize][entry as usize];
        let received = traffic::Received { packets: 1, operations: synapses };
        let tally = Tally::of_received(received, pools);
        if self.network.populations[p].model.is_read() {
            self.record.first_output_ps.get_or_insert(at_ps);
        }
        let result = self.act(core, p, at_ps, &touched, tally);
        self.touched = touched;
        result
    }

    /// Neurons of `p` within `block` that `count` spikes of a neuron reach, and what is added to
    /// their membranes.
    fn through_weights(
        &self,
        p: PopulationId,
        block: [[usize; 2]; 3],
        source: PopulationId,
        at: Neuron,
        count: i32,
        touched: &mut Vec<(usize, i32)>,
    ) {
        let through = self.into[p].iter().copied().filter(|i| i.source == source);
        reached(self.network, through, block, at, count, touched);
        let Population { model, shape, .. } = &self.network.populations[p];
        let shifts = shifts(model);
        if shifts.iter().any(|&shift| shift != 0) {
            for (neuron, sum) in touched {
                *sum = sum.wrapping_shl(u32::from(shifts[*neuron % shape.channels]));
            }
        }
    }

    fn count(&mut self, core: CoreId, p: PopulationId, period: usize, tally: Tally) {
        self.record.count(core as usize, p, period, tally);
    }

    /// Adds to membranes, neuron by neuron; what passes its threshold fires until it is below.
    /// `tally` counts what brought this about.
    fn act(
        &mut self,
        core: CoreId,
        p: PopulationId,
        at_ps: u64,
        touched: &[(usize, i32)],
        tally: Tally,
    ) -> Result<(), NocError> {
        let visits = touched.len() as u64 * self.mapping.tilings[p].neurons_per_unit;
        let tally =
            Tally { accesses: visits, updates_input: visits, updates_state: visits, ..tally };
        self.count(core, p, self.periods.at(at_ps), tally);
        let network = self.network;
        let model = &network.populations[p].model;
        let channels = network.populations[p].shape.channels;
        let mut out_ps = at_ps;
        for &(neuron, inflow) in touched {
            if matches!(model, Model::Pool(_)) {
                // Its net count follows the largest sum.
                let change = inflow - self.sums[p][neuron];
                if change != 0 {
                    self.send(core, p, neuron, change, &mut out_ps)?;
                }
                continue;
            }
            let v = self.potential[p][neuron];
            let sum = v.wrapping_add(inflow);
            let clamped = sum.clamp(-saturation(model), saturation(model));
            self.record.saturations += u64::from(clamped != sum);
            self.potential[p][neuron] = clamped;
            let mut side = 0;
            while let Some(count) = self.fire(p, model, neuron, neuron % channels, side) {
                side = count.signum();
                self.send(core, p, neuron, count, &mut out_ps)?;
            }
        }
        Ok(())
    }

    /// Takes one event off a neuron's state: spikes of sign `side`, or of any where it is 0. A unit
    /// on the very edge would else take back for ever what it has just sent. No unit gets ahead of
    /// its bursts of the periods so far, as none does in as many steps: a clip stays a clip.
    fn fire(
        &mut self,
        p: PopulationId,
        model: &Model,
        neuron: usize,
        c: usize,
        side: i32,
    ) -> Option<i32> {
        let mut v = self.potential[p][neuron];
        let count = match model {
            Model::If(unit) => {
                let most = i32::try_from(self.periods.begun())
                    .map_or(i32::MAX, |n| unit.burst.saturating_mul(n));
                let sent = self.sums[p][neuron];
                let count = fire(unit, c, v).clamp(-most - sent, most - sent);
                v -= count * if count > 0 { unit.reset_above[c] } else { unit.reset_below[c] };
                count
            }
            // Without steps there is no refractory time; see `check`.
            Model::Cuba(unit) if unit.fires() && v > unit.threshold[c] => {
                v = match &unit.reset {
                    CubaReset::To(values) => values[c],
                    CubaReset::Subtract => v - unit.threshold[c],
                };
                1
            }
            // None is here; see `check`.
            Model::Tracking(_)
            | Model::Curve(_)
            | Model::Pool(_)
            | Model::Relay
            | Model::Input(_)
            | Model::Cuba(_)
            | Model::Readout(_) => 0,
        };
        if count == 0 || count.signum() == -side {
            return None;
        }
        self.potential[p][neuron] = v;
        Some(count)
    }

    /// Packets of one event; `out_ps` is when the core is done with those before.
    pub(super) fn send(
        &mut self,
        core: CoreId,
        p: PopulationId,
        neuron: usize,
        count: i32,
        out_ps: &mut u64,
    ) -> Result<(), NocError> {
        let channels = self.network.populations[p].shape.channels;
        let (position, spikes) = (neuron / channels, u64::from(count.unsigned_abs()));
        let period = self.periods.at(*out_ps);
        let at = self.traffic[p].cell_of(position, neuron % channels);
        let list = self.traffic[p].cells[at].list as usize;
        let sent = Sent { events: 1, spikes, copies: spikes.div_ceil(self.largest) };
        let tally = Tally::of_sent(&self.traffic[p].route(at), sent);
        self.count(core, p, period, tally);
        self.record.copies[p][at] += sent.copies;
        self.sums[p][neuron] += count;
        self.record.fired(p, [neuron, position], period, count);
        let mut left = spikes;
        while left > 0 {
            let carried = left.min(self.largest);
            left -= carried;
            *out_ps = out_ps.saturating_add(self.latencies.of_soma(self.class[p])[2].nominal);
            for n in 0..self.lists[p][list].len() {
                let (to, synapses) = self.lists[p][list][n];
                *out_ps = out_ps.saturating_add(self.latencies.axon_out.nominal);
                let operation = self.operations[self.reader(to, p).population].time.nominal;
                let operations = synapses.saturating_mul(operation);
                let visits = synapses.saturating_mul(self.visit_ps(self.reader(to, p).population));
                let service_ps = self
                    .latencies
                    .axon_in
                    .nominal
                    .saturating_add(operations)
                    .saturating_add(visits);
                let packet = Packet { inject_ps: *out_ps, destination: to, service_ps };
                let number = self.noc.send(core, packet)?;
                let (neuron, count) = (neuron as u32, carried as i32 * count.signum());
                let sending = Sending { source: p as u32, neuron, count, entry: n as u32 };
                self.under_way.put(number, Word::Spikes(sending));
            }
        }
        self.periods.ended(*out_ps);
        if self.network.heads.iter().any(|head| head.population == p) {
            self.record.first_output_ps.get_or_insert(*out_ps);
        }
        Ok(())
    }
}
