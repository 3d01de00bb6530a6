//! Where the time goes.

use super::{MILLI, share};
use crate::activity::{Activity, StepTiming};
use crate::energy::processor_steps;
use crate::profile::{Profile, Sync};
use serde::Serialize;
use std::collections::BTreeMap;

/// A part of the nominal latency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeShare {
    /// `computation`, `network` or `synchronisation`; on a chip without steps `idle` in place of
    /// the last, the time in which the busiest core of a period serves no packet.
    pub part: &'static str,
    pub time_ms: f64,
    pub share: f64,
}

/// The layer whose cores are the slowest of all for most of the time of computation, and of these
/// the core that is so for the longest time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// Name of the layer; `None` where cores belong to none.
    pub layer: Option<String>,
    /// Steps in which one of its cores is the slowest, of all steps.
    pub layer_steps: usize,
    /// Row of `cores.csv`.
    pub core: usize,
    /// Steps in which this core is the slowest.
    pub core_steps: usize,
    pub steps: usize,
    /// Time of the layer's slowest cores in their steps.
    pub time_ms: f64,
    /// Whether most of that time goes into what arrives, not into visits and sending.
    pub receiving: bool,
}

/// The work of the busiest core.
pub(crate) fn computation_ps(timing: &StepTiming) -> u64 {
    timing.work()
}

/// Computation, network and synchronisation, which add up to the latency; none without times.
pub(super) fn shares(activity: &Activity, profile: &Profile) -> Vec<TimeShare> {
    let rest = match profile.clock.sync {
        Sync::Async { .. } => "idle",
        _ => "synchronisation",
    };
    let sum = |of: fn(&StepTiming) -> u64| {
        activity.steps.iter().map(|step| of(&step.timing)).fold(0u64, u64::saturating_add)
    };
    let parts = [
        ("computation", sum(computation_ps)),
        ("network", sum(|timing| timing.network_ps)),
        (rest, sum(|timing| timing.sync_ps)),
    ];
    let all: f64 = parts.iter().map(|(_, ps)| *ps as f64).sum();
    let part = |(part, ps): (&'static str, u64)| TimeShare {
        part,
        time_ms: ps as f64 / MILLI,
        share: share(ps as f64, all),
    };
    if all > 0.0 { parts.map(part).into() } else { vec![] }
}

/// Steps and time for which somebody is the slowest.
#[derive(Default, Clone, Copy)]
struct Slowest {
    steps: usize,
    ps: u64,
    /// The part of the time in which receiving is the longer.
    receiving_ps: u64,
}

impl Slowest {
    fn add(&mut self, timing: &StepTiming) {
        let ps = computation_ps(timing);
        self.steps += usize::from(ps > 0);
        self.ps = self.ps.saturating_add(ps);
        if timing.receive_ps > timing.generation_ps {
            self.receiving_ps = self.receiving_ps.saturating_add(ps);
        }
    }
}

/// Of equals, the first; `None` where nothing takes time.
pub(super) fn limit(activity: &Activity) -> Option<Limit> {
    let layer_of = |core: u32| activity.cores.get(core as usize).and_then(|core| core.layer);
    let mut layers: BTreeMap<Option<usize>, Slowest> = BTreeMap::new();
    let mut cores: BTreeMap<u32, Slowest> = BTreeMap::new();
    for timing in activity.steps.iter().map(|step| &step.timing) {
        layers.entry(layer_of(timing.busiest_core)).or_default().add(timing);
        cores.entry(timing.busiest_core).or_default().add(timing);
    }
    let (layer, slowest) = layers.into_iter().rev().max_by_key(|(_, slowest)| slowest.ps)?;
    let own = cores.into_iter().rev().filter(|(core, _)| layer_of(*core) == layer);
    let (core, of_core) = own.max_by_key(|(_, slowest)| slowest.ps)?;
    (slowest.ps > 0).then(|| Limit {
        layer: layer.and_then(|layer| activity.layers.get(layer)).map(|layer| layer.name.clone()),
        layer_steps: slowest.steps,
        core: core as usize,
        core_steps: of_core.steps,
        steps: activity.steps.len(),
        time_ms: slowest.ps as f64 / MILLI,
        receiving: slowest.receiving_ps > slowest.ps / 2,
    })
}

/// Shortest time between two inferences that follow each other through the layers; `None` where it
/// is not known.
///
/// Every layer works for T steps, then on the next input. So step s of one inference meets all
/// steps that differ from it by a multiple of T, and no core works on two of them. What comes out
/// at these is the longest of them at least, as their packets share the network, too. Embedded
/// processors work in between. They end a step once for all that meet in it, so that the longest of
/// their times counts at least.
pub(super) fn pipelined_ps(activity: &Activity, profile: &Profile) -> Option<u64> {
    if matches!(profile.clock.sync, Sync::Async { .. }) {
        return None;
    }
    let cores = activity.steps.iter().map(|step| step.timing.total.nominal).collect();
    let beside = processor_steps(activity, profile).unwrap_or_default();
    let beside = beside.into_iter().map(|time| time.nominal).collect();
    let of = |times: Vec<u64>| longest_that_meet(&times, activity.inference_steps as usize);
    let ps = of(cores);
    (ps > 0).then_some(ps.saturating_add(of(beside)))
}

/// The sum, over a period, of the longest of the times that meet at each of its steps.
fn longest_that_meet(times: &[u64], period: usize) -> u64 {
    let longest = |step: usize| times.iter().skip(step).step_by(period.max(1)).max();
    (0..period).filter_map(longest).fold(0, |sum, &time| sum.saturating_add(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::{Counts, Span, Step};

    fn activity(inference_steps: u64, steps: &[(u64, u64, u64, u32)]) -> Activity {
        let step =
            |&(generation_ps, receive_ps, network_ps, busiest_core): &(u64, u64, u64, u32)| {
                let total = Span::exactly(generation_ps.max(receive_ps) + network_ps + 5);
                let timing = StepTiming {
                    generation_ps,
                    receive_ps,
                    network_ps,
                    sync_ps: 5,
                    total,
                    busiest_core,
                    ..StepTiming::default()
                };
                Step { counts: Counts::default(), timing }
            };
        Activity {
            soma_classes: vec![],
            synapse_classes: vec![],
            inference_steps,
            depth: steps.len() as u64 - inference_steps,
            steps: steps.iter().map(step).collect(),
            layers: vec![],
            cores: vec![],
            links: vec![],
            flows: vec![],
            input_macs: 0,
            input_writes: 0,
            host_operations: 0,
            saturations: 0,
            chips: 1,
            time_error_ps: 0,
            first_output_ps: None,
            latencies: Default::default(),
        }
    }

    #[test]
    fn parts_of_the_time_and_the_slowest_core() {
        let steps = [(10, 4, 0, 3), (2, 30, 8, 1), (6, 6, 0, 3), (20, 2, 0, 3)];
        let activity = activity(2, &steps);
        let profile = crate::profile::load("loihi1-davies2018").unwrap();
        let ps: Vec<f64> =
            shares(&activity, &profile).iter().map(|part| part.time_ms * 1e9).collect();
        assert_eq!(ps, [66.0, 8.0, 20.0]);
        let limit = limit(&activity).unwrap();
        assert_eq!((limit.core, limit.core_steps, limit.layer_steps, limit.steps), (3, 3, 4, 4));
        assert_eq!((limit.receiving, limit.time_ms * 1e9), (false, 66.0));
    }

    /// Steps 1 and 3 meet, and 2 and 4.
    #[test]
    fn inferences_follow_after_t_steps() {
        let steps = [(10, 4, 0, 3), (2, 30, 8, 1), (6, 6, 0, 3), (20, 2, 0, 3)];
        let mut profile = crate::profile::load("loihi1-davies2018").unwrap();
        assert_eq!(pipelined_ps(&activity(2, &steps), &profile), Some(15 + 43));
        assert_eq!(pipelined_ps(&activity(4, &steps), &profile), Some(15 + 43 + 11 + 25));
        profile.clock.sync = Sync::Async { period_ns: 1.0 };
        assert_eq!(pipelined_ps(&activity(2, &steps), &profile), None);
    }

    /// 2.9 us for each of the two steps that go on at all times, and 14.1 us for a new input.
    #[test]
    fn processors_end_a_step_once_for_all_that_meet_in_it() {
        let steps = [(10, 4, 0, 3), (2, 30, 8, 1), (6, 6, 0, 3), (20, 2, 0, 3)];
        let mut profile = crate::profile::load("loihi1-davies2018").unwrap();
        profile.costs.processor.as_mut().unwrap().count = 1;
        let beside = 2 * 2_900_000 + 14_100_000;
        assert_eq!(pipelined_ps(&activity(2, &steps), &profile), Some(15 + 43 + beside));
    }
}
