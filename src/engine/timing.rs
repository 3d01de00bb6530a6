//! Step times: the busiest core, or the last delivery where packets are moved, then the synchronisation.

use super::sparse::neuron::Outcome;
use crate::activity::StepTiming;
use crate::kernel::{ACTIVE, INPUT};
use crate::profile::{Between, Clock, Cost, Profile, Sync, UpdateRule};

/// Latencies in picoseconds.
#[derive(Clone)]
pub(crate) struct Latencies {
    /// By soma class: access, update, spike.
    soma: Vec<[u64; 3]>,
    /// By synapse class, the dendrite included.
    pub(crate) synapse: Vec<u64>,
    pub(crate) axon_out: u64,
    pub(crate) axon_in: u64,
    rule: UpdateRule,
}

impl Latencies {
    pub(crate) fn new(profile: &Profile, soma_classes: &[String], synapse_classes: &[String]) -> Self {
        let costs = &profile.costs;
        let soma = soma_classes.iter().map(|class| {
            let soma = costs.soma_of(class);
            [&soma.access, &soma.update, &soma.spike].map(|event| ps(&event.latency_ns))
        });
        let synapse = synapse_classes.iter().map(|class| {
            let synapse = costs.synapse_of(class);
            ps(&synapse.latency_ns) + ps(&costs.dendrite.latency_ns)
        });
        Latencies {
            soma: soma.collect(),
            synapse: synapse.collect(),
            axon_out: ps(&costs.axon_out.latency_ns),
            axon_in: ps(&costs.axon_in.latency_ns),
            rule: profile.update_rule,
        }
    }

    /// Access, update and spike of a soma class.
    pub(crate) fn of_soma(&self, class: usize) -> [u64; 3] {
        self.soma[class]
    }

    /// The flag of neurons that count as updated.
    pub(crate) fn update_flag(&self) -> u8 {
        match self.rule {
            UpdateRule::Input => INPUT,
            UpdateRule::InputOrState => ACTIVE,
        }
    }

    /// Time of one visit.
    pub(crate) fn soma(&self, class: usize, outcome: &Outcome) -> u64 {
        let [access, update, spike] = self.soma[class];
        let updated = match self.rule {
            UpdateRule::Input => outcome.received,
            UpdateRule::InputOrState => outcome.active,
        };
        access + if updated || outcome.fired { update } else { 0 } + if outcome.fired { spike } else { 0 }
    }
}

pub(crate) fn ps(cost: &Cost) -> u64 {
    ns_to_ps(cost.nominal)
}

pub(crate) fn ns_to_ps(ns: f64) -> u64 {
    (ns * 1000.0).round() as u64
}

/// Work of one core in one step.
#[derive(Clone, Default)]
pub(crate) struct Load {
    pub(crate) generation_ps: u64,
    pub(crate) receive_ps: u64,
}

/// Longest times of a step, over its cores.
#[derive(Clone, Copy, Default)]
pub(crate) struct Work {
    pub(crate) generation_ps: u64,
    pub(crate) receive_ps: u64,
    pub(crate) busiest_core: u32,
}

impl Work {
    pub(crate) fn of(loads: &[Load]) -> Work {
        let generation_ps = loads.iter().map(|load| load.generation_ps).max().unwrap_or(0);
        let receive_ps = loads.iter().map(|load| load.receive_ps).max().unwrap_or(0);
        let work = generation_ps.max(receive_ps);
        let busiest = loads.iter().position(|load| load.generation_ps.max(load.receive_ps) == work);
        Work { generation_ps, receive_ps, busiest_core: busiest.unwrap_or(0) as u32 }
    }

    /// The busiest core's time.
    pub(crate) fn local_ps(&self) -> u64 {
        self.generation_ps.max(self.receive_ps)
    }

    /// Closes the step; `finish_ps` is the time of the last delivery, 0 where no packets were moved.
    /// Under a fixed period the step lasts the period, or longer if the work does not fit (an overrun).
    pub(crate) fn close(&self, finish_ps: u64, clock: &Clock, used_tiles: u64) -> StepTiming {
        let local = self.local_ps();
        let work = finish_ps.max(local);
        let (sync_ps, overrun) = match &clock.sync {
            Sync::Barrier { points, between } => (ns_to_ps(barrier(points, *between, used_tiles)), false),
            // Networks from CSV run in steps there, too: those that end with their work.
            Sync::Async { .. } => (0, false),
            Sync::Tick { period_ns } => {
                let period = ns_to_ps(*period_ns);
                (period.saturating_sub(work), work > period)
            }
        };
        StepTiming {
            generation_ps: self.generation_ps,
            receive_ps: self.receive_ps,
            network_ps: work - local,
            sync_ps,
            total_ps: work + sync_ps,
            busiest_core: self.busiest_core,
            overrun,
            ..StepTiming::default()
        }
    }
}

/// Cost of a barrier over `tiles` in ns. Below the first point its cost holds.
fn barrier(points: &[(u64, f64)], between: Between, tiles: u64) -> f64 {
    let above = points.partition_point(|&(key, _)| key <= tiles);
    match (above.checked_sub(1).and_then(|index| points.get(index)), points.get(above)) {
        (None, None) => 0.0,
        (None, Some(&(_, cost))) | (Some(&(_, cost)), None) => cost,
        (Some(&(low, from)), Some(&(high, to))) => match between {
            Between::Step => from,
            Between::Linear => from + (to - from) * (tiles - low) as f64 / (high - low) as f64,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Basis;

    #[test]
    fn barriers_between_points() {
        let points = [(2, 10.0), (4, 30.0)];
        let costs = |between| [1, 2, 3, 4, 9].map(|tiles| barrier(&points, between, tiles));
        assert_eq!(costs(Between::Step), [10.0, 10.0, 10.0, 30.0, 30.0]);
        assert_eq!(costs(Between::Linear), [10.0, 10.0, 20.0, 30.0, 30.0]);
    }

    #[test]
    fn ticks_are_filled_or_overrun() {
        let sync = Sync::Tick { period_ns: 2.0 };
        let clock = Clock { sync, source: String::new(), basis: Basis::Assumed };
        let loads = [Load::default(), Load { generation_ps: 500, receive_ps: 1500 }];
        let fits = Work::of(&loads).close(0, &clock, 1);
        assert_eq!((fits.total_ps, fits.sync_ps, fits.overrun, fits.busiest_core), (2000, 500, false, 1));
        let late = Work::of(&[Load { generation_ps: 2001, receive_ps: 0 }]).close(0, &clock, 1);
        assert_eq!((late.total_ps, late.sync_ps, late.overrun), (2001, 0, true));
    }
}
