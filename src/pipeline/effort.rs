//! What an emulation takes of this machine, before it begins, and which timing that leaves time
//! for.

use super::{Error, Plan, Prepared, Sample};
use crate::activity::Counts;
use crate::engine::Timing;
use crate::mapping::{Gap, Verdict};
use crate::profile::Sync;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// Steps of the emulation that is tried.
const TRIED: usize = 4;
/// What moving one packet takes beside its hops, in hops.
const PACKET_HOPS: u64 = 4;
/// Hops that one core moves in a second, measured on six runs of detectors within a factor of 1.4.
const HOPS_PER_SECOND: f64 = 26e6;
/// Seconds of one core up to which `event` and `sampled` are chosen.
const EVENT_SECONDS: f64 = 12.0;
const SAMPLED_SECONDS: f64 = 60.0;
/// Share of the steps that `sampled` moves, of runs of up to 126 steps.
const SAMPLED_SHARE: f64 = 1.0 / 3.0;
/// How much of another core a second thread is worth.
const THREAD_GAIN: f64 = 0.8;

/// What one inference would take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Packets to move under event timing.
    pub packets: u64,
    /// Hops that these packets go.
    pub hops: u64,
    /// Neurons that fire, summed over steps: rows of `spikes.csv`.
    pub events: u64,
    /// Steps, the fill included.
    pub steps: u64,
    /// Everything but moving packets, on all threads.
    pub function: Duration,
}

impl Effort {
    /// Seconds of one core that moving the packets takes.
    fn moving(&self, timing: Timing) -> f64 {
        let hops = self.hops.saturating_add(PACKET_HOPS.saturating_mul(self.packets));
        let event = hops as f64 / HOPS_PER_SECOND;
        match timing {
            // A sweep takes about as long as the packets one by one.
            Timing::Event | Timing::Links => event,
            Timing::Sampled => event * SAMPLED_SHARE,
            Timing::Analytic => 0.0,
        }
    }

    /// What `inferences` take with `threads`.
    pub fn time(&self, timing: Timing, threads: usize, inferences: usize) -> Duration {
        let cores = 1.0 + THREAD_GAIN * (threads.max(1) - 1) as f64;
        let one = self.function.as_secs_f64() + self.moving(timing) / cores;
        Duration::from_secs_f64((one * inferences as f64).min(1e9))
    }

    /// Seconds that a step takes beside its packets, and that a packet takes, with `threads`.
    pub fn costs(&self, timing: Timing, threads: usize) -> [f64; 2] {
        let share = |time: Duration, count: u64| time.as_secs_f64() / count.max(1) as f64;
        let packets = self.time(timing, threads, 1).saturating_sub(self.function);
        [share(self.function, self.steps), share(packets, self.moved(timing))]
    }

    /// Packets that are moved.
    pub fn moved(&self, timing: Timing) -> u64 {
        match timing {
            Timing::Event | Timing::Links => self.packets,
            Timing::Sampled => (self.packets as f64 * SAMPLED_SHARE) as u64,
            Timing::Analytic => 0,
        }
    }

    /// The first of event, sampled and analytic whose packets of `inferences` are few enough. Time
    /// that was measured has no say, so that the choice does not depend on the machine.
    pub fn fitting(&self, inferences: usize) -> Timing {
        let seconds = |timing| self.moving(timing) * inferences as f64;
        if seconds(Timing::Event) <= EVENT_SECONDS {
            Timing::Event
        } else if seconds(Timing::Sampled) <= SAMPLED_SECONDS {
            Timing::Sampled
        } else {
            Timing::Analytic
        }
    }
}

impl Prepared {
    /// What an inference takes, from its first steps on `sample`; `None` where packets are not
    /// moved by choice: of networks from CSV, and on chips without steps.
    ///
    /// # Errors
    /// As [`Prepared::emulate`].
    pub fn effort(&self, sample: &Sample) -> Result<Option<Effort>, Error> {
        let without_steps = matches!(self.profile.clock.sync, Sync::Async { .. });
        let Some(chip) = self.on_chip().filter(|_| !without_steps) else { return Ok(None) };
        let tried = self.settings.steps.min(TRIED);
        // Made once for all inputs, so no part of what one takes.
        chip.on(&self.profile);
        let begin = Instant::now();
        let run = match &self.plan {
            Plan::Converted(converted) => converted.first_steps(sample, &self.profile, tried)?,
            Plan::Spiking(spiking) => spiking.first_steps(sample, &self.profile, tried)?,
            Plan::Placed(_) => return Ok(None),
        };
        let longer = self.settings.steps as f64 / tried as f64;
        let sum = |of: fn(&Counts) -> u64| {
            let counted: u64 = run.activity.steps.iter().map(|step| of(&step.counts)).sum();
            (counted as f64 * longer) as u64
        };
        Ok(Some(Effort {
            packets: sum(|counts| counts.packets_in),
            hops: sum(Counts::total_hops),
            events: sum(|counts| counts.events),
            steps: self.steps() as u64,
            function: begin.elapsed().mul_f64(longer),
        }))
    }

    /// Takes a timing for which `inferences` leave time, such as [`Effort::fitting`] names. If it
    /// is not event, it stands among the assumptions with its reason.
    pub fn fit_timing(&mut self, effort: &Effort, inferences: usize, timing: Timing) {
        (self.setup.timing, self.settings.timing) = (timing, timing);
        let but = match timing {
            Timing::Sampled => "it estimates most steps",
            Timing::Analytic => {
                "it leaves the network out, and latency and static energy are too low"
            }
            Timing::Event | Timing::Links => return,
        };
        let packets = effort.packets.saturating_mul(inferences as u64) as f64;
        let hops = effort.hops.saturating_mul(inferences as u64) as f64;
        let message = format!(
            "timing {}, chosen because event timing would move some {packets:.1e} packets over \
             {hops:.1e} hops: {but}",
            timing.name(),
        );
        let (verdict, limit) = (Verdict::Assumed, TIMING.into());
        self.setup.gaps.push(Gap { verdict, layer: String::new(), limit, message });
    }

    /// Packets that emulations have moved so far; it grows while they run.
    pub fn moved(&self) -> Arc<AtomicU64> {
        self.moved.clone()
    }
}

/// The limit's name in the gap that tells of a chosen timing.
pub const TIMING: &str = "timing";
