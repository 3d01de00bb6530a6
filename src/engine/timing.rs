//! Step times: the busiest core, or the last delivery where packets are moved, then the
//! synchronisation.

use super::sparse::visits::Visited;
use crate::activity::{Span, StepTiming};
use crate::kernel::{ACTIVE, FIRED, INPUT};
use crate::profile::{Between, Cost, Phases, Profile, Sync, UpdateRule};

/// What events take.
#[derive(Clone)]
pub(crate) struct Latencies {
    /// By soma class: access, update, spike.
    soma: Vec<[Span; 3]>,
    /// By synapse class, the dendrite included.
    pub(crate) synapse: Vec<Span>,
    pub(crate) axon_out: Span,
    pub(crate) axon_in: Span,
    rule: UpdateRule,
}

impl Latencies {
    pub(crate) fn new(
        profile: &Profile,
        soma_classes: &[String],
        synapse_classes: &[String],
    ) -> Self {
        let costs = &profile.costs;
        let soma = soma_classes.iter().map(|class| {
            let soma = costs.soma_of(class);
            [&soma.access, &soma.update, &soma.spike].map(|event| span(&event.latency_ns))
        });
        let synapse = synapse_classes.iter().map(|class| {
            let synapse = costs.synapse_of(class);
            span(&synapse.latency_ns) + span(&costs.dendrite.latency_ns)
        });
        Latencies {
            soma: soma.collect(),
            synapse: synapse.collect(),
            axon_out: span(&costs.axon_out.latency_ns),
            axon_in: span(&costs.axon_in.latency_ns),
            rule: profile.update_rule,
        }
    }

    /// Access, update and spike of a soma class.
    pub(crate) fn of_soma(&self, class: usize) -> [Span; 3] {
        self.soma[class]
    }

    /// The flag of neurons that count as updated.
    pub(crate) fn update_flag(&self) -> u8 {
        match self.rule {
            UpdateRule::Input => INPUT,
            UpdateRule::InputOrState => ACTIVE,
        }
    }

    /// Time of visits of one class.
    pub(crate) fn visits(&self, class: usize, visited: &Visited) -> Span {
        let [access, update, spike] = self.soma[class];
        let updated = match self.rule {
            UpdateRule::Input => visited.input,
            UpdateRule::InputOrState => visited.active,
        };
        access * visited.neurons + update * updated + spike * visited.fired
    }

    /// Time of the visit of a neuron with `flags`, at nominal latencies.
    pub(crate) fn visit_ps(&self, class: usize, flags: u8) -> u64 {
        let [access, update, spike] = self.soma[class].map(|time| time.nominal);
        let of = |flag: u8, time: u64| if flags & flag != 0 { time } else { 0 };
        access.saturating_add(of(self.update_flag(), update)).saturating_add(of(FIRED, spike))
    }
}

pub(crate) fn ps(cost: &Cost) -> u64 {
    ns_to_ps(cost.nominal)
}

fn span(cost: &Cost) -> Span {
    Span { low: ns_to_ps(cost.low), nominal: ns_to_ps(cost.nominal), high: ns_to_ps(cost.high) }
}

pub(crate) fn ns_to_ps(ns: f64) -> u64 {
    (ns * 1000.0).round() as u64
}

/// Work of one core in one step.
#[derive(Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) generation: Span,
    pub(crate) receive: Span,
}

/// Longest times of a step, over its cores.
#[derive(Clone, Copy, Default)]
pub(crate) struct Work {
    phases: Phases,
    /// Where phases overlap, the longest of any core; else those of the core with the longest sum.
    generation: Span,
    receive: Span,
    /// The longest of both together.
    local: Span,
    busiest_core: u32,
    /// Cores met so far.
    cores: u32,
}

impl Work {
    /// Without a core so far.
    pub(crate) fn new(phases: Phases) -> Work {
        Work { phases, ..Work::default() }
    }

    pub(crate) fn of(phases: Phases, loads: &[Load]) -> Work {
        let mut work = Work::new(phases);
        loads.iter().for_each(|&load| work.meet(load));
        work
    }

    /// Takes up the next core; of equals the first is the busiest.
    pub(crate) fn meet(&mut self, load: Load) {
        let Load { generation, receive } = load;
        let local = match self.phases {
            Phases::Overlap => generation.max(receive),
            Phases::Add => generation + receive,
        };
        let busiest = local.nominal > self.local_ps();
        if busiest {
            self.busiest_core = self.cores;
        }
        match self.phases {
            Phases::Overlap => {
                self.generation = self.generation.max(generation);
                self.receive = self.receive.max(receive);
            }
            Phases::Add if busiest => (self.generation, self.receive) = (generation, receive),
            Phases::Add => {}
        }
        self.local = self.local.max(local);
        self.cores += 1;
    }

    /// The busiest core's time.
    pub(crate) fn local_ps(&self) -> u64 {
        self.local.nominal
    }

    /// Closes the step; `finish_ps` is the time of the last delivery, 0 where no packets were
    /// moved. Under a fixed period the step lasts the period, or longer if the work does not fit
    /// (an overrun).
    pub(crate) fn close(&self, finish_ps: u64, profile: &Profile, used_tiles: u64) -> StepTiming {
        let local = self.local;
        let network_ps = finish_ps.saturating_sub(local.nominal);
        let work = local + spread(network_ps, profile);
        let (total, overrun) = match &profile.clock.sync {
            Sync::Barrier { points, between } => {
                (work + Span::exactly(ns_to_ps(barrier(points, *between, used_tiles))), false)
            }
            // Nothing there waits for a step's end; whoever asks all the same gets the work alone.
            Sync::Async { .. } => (work, false),
            Sync::Tick { period_ns } => {
                let period = Span::exactly(ns_to_ps(*period_ns));
                (work.max(period), work.nominal > period.nominal)
            }
        };
        StepTiming {
            generation_ps: self.generation.nominal,
            receive_ps: self.receive.nominal,
            work_ps: (self.phases == Phases::Add).then_some(local.nominal),
            network_ps,
            sync_ps: total.nominal - work.nominal,
            total,
            busiest_core: self.busiest_core,
            overrun,
            ..StepTiming::default()
        }
    }
}

/// A time of the network with the band of [`StepTiming::total`].
fn spread(network_ps: u64, profile: &Profile) -> Span {
    if network_ps == 0 {
        return Span::default();
    }
    let latencies = profile.costs.latencies_ns().into_iter().filter(|cost| cost.nominal > 0.0);
    let (least, most) = latencies.fold((1.0f64, 1.0f64), |(least, most), cost| {
        (least.min(cost.low / cost.nominal), most.max(cost.high / cost.nominal))
    });
    let scaled = |factor: f64| (network_ps as f64 * factor).round() as u64;
    Span { low: scaled(least), nominal: network_ps, high: scaled(most) }
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
    use crate::profile;

    #[test]
    fn barriers_between_points() {
        let points = [(2, 10.0), (4, 30.0)];
        let costs = |between| [1, 2, 3, 4, 9].map(|tiles| barrier(&points, between, tiles));
        assert_eq!(costs(Between::Step), [10.0, 10.0, 10.0, 30.0, 30.0]);
        assert_eq!(costs(Between::Linear), [10.0, 10.0, 20.0, 30.0, 30.0]);
    }

    #[test]
    fn ticks_are_filled_or_overrun() {
        let mut profile = profile::load("ideal-45nm").unwrap();
        profile.clock.sync = Sync::Tick { period_ns: 2.0 };
        let load = |generation, receive| Load {
            generation: Span::exactly(generation),
            receive: Span { high: 2 * receive, ..Span::exactly(receive) },
        };
        let fits =
            Work::of(Phases::Overlap, &[Load::default(), load(500, 1500)]).close(0, &profile, 1);
        assert_eq!(fits.total, Span { low: 2000, nominal: 2000, high: 3000 });
        assert_eq!((fits.sync_ps, fits.overrun, fits.busiest_core), (500, false, 1));
        let late = Work::of(Phases::Overlap, &[load(2001, 0)]).close(0, &profile, 1);
        assert_eq!((late.total, late.sync_ps, late.overrun), (Span::exactly(2001), 0, true));
    }

    #[test]
    fn phases_of_a_core_overlap_or_add() {
        let mut profile = profile::load("ideal-45nm").unwrap();
        profile.clock.sync = Sync::Barrier { points: vec![(1, 1.0)], between: Between::Step };
        let load = |generation, receive| Load {
            generation: Span::exactly(generation),
            receive: Span::exactly(receive),
        };
        let loads = [load(500, 0), load(300, 400), load(0, 450)];
        let step = |phases| Work::of(phases, &loads).close(0, &profile, 1);
        let [overlap, add] = [Phases::Overlap, Phases::Add].map(step);
        assert_eq!((overlap.generation_ps, overlap.receive_ps, overlap.work_ps), (500, 450, None));
        assert_eq!((overlap.busiest_core, overlap.total.nominal), (0, 1500));
        // The core with the longest sum has neither the longest generation nor receipt.
        assert_eq!((add.generation_ps, add.receive_ps, add.work_ps), (300, 400, Some(700)));
        assert_eq!((add.busiest_core, add.total.nominal), (1, 1700));
    }

    #[test]
    fn the_network_widens_as_the_widest_latency() {
        let mut profile = profile::load("loihi1-davies2018").unwrap();
        profile.clock.sync = Sync::Barrier { points: vec![(1, 1.0)], between: Between::Step };
        let hop = &mut profile.costs.hop.east.latency_ns;
        (hop.low, hop.nominal, hop.high) = (2.0, 4.0, 12.0);
        // Of two cores one is the longest at the low end and the other at the high one.
        let load =
            |low, nominal, high| Load { receive: Span { low, nominal, high }, ..Load::default() };
        let loads = [load(90, 100, 100), load(10, 90, 500)];
        let step = Work::of(Phases::Overlap, &loads).close(110, &profile, 1);
        assert_eq!((step.receive_ps, step.network_ps, step.sync_ps), (100, 10, 1000));
        assert_eq!(step.total, Span { low: 1095, nominal: 1110, high: 1530 });
    }
}
