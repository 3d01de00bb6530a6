//! `--timing`.

use super::large::Large;
use super::output;
use super::progress::{Part, about};
use crate::pipeline::{self, Effort, Prepared, Sample, Timing};
use clap::ValueEnum;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimingChoice {
    /// The first of event, sampled and analytic that ends within a minute or so, by the packets of
    /// the first steps
    Auto,
    /// Every packet hop by hop, with finite buffers
    Event,
    /// Event in every third to ninth step, an estimate with an interval in the others
    Sampled,
    /// Every packet link by link, with buffers without end; counts the arrivals at full ones
    #[value(alias = "sweep")]
    Links,
    /// The busiest core, no network
    Analytic,
}

impl TimingChoice {
    /// Whether the traffic of the mapped network decides.
    pub fn fits(self) -> bool {
        self == TimingChoice::Auto
    }

    /// What reports and titles call it, before anything is mapped.
    pub fn name(self) -> &'static str {
        match self.fits() {
            true => "auto",
            false => Timing::from(self).name(),
        }
    }
}

impl From<TimingChoice> for Timing {
    fn from(choice: TimingChoice) -> Timing {
        match choice {
            TimingChoice::Auto | TimingChoice::Event => Timing::Event,
            TimingChoice::Sampled => Timing::Sampled,
            TimingChoice::Links => Timing::Links,
            TimingChoice::Analytic => Timing::Analytic,
        }
    }
}

/// Time from which it is announced.
const LONG: Duration = Duration::from_secs(5);

/// Settles how packets take their time, where `auto` was asked for, says what long work will take
/// and how large `large` files become, and gives its progress, for `inferences` on inputs like
/// `sample`.
///
/// # Errors
/// The first steps of the network cannot be emulated.
pub fn settle(
    prepared: &mut Prepared,
    sample: &Sample,
    inferences: usize,
    auto: bool,
    large: &Large,
) -> Result<Part, pipeline::Error> {
    let untimed = !auto && prepared.setup.timing == Timing::Analytic;
    let wanted = !untimed || large.any();
    let effort = if wanted { prepared.effort(sample)? } else { None };
    effort.iter().for_each(|effort| large.announce(effort, inferences));
    let timing = effort.filter(|_| auto).map(|effort| effort.fitting(inferences));
    Ok(begin(prepared, effort, inferences, timing))
}

/// Takes the timing that was chosen, if any was, says what long work will take, and gives its
/// progress.
pub fn begin(
    prepared: &mut Prepared,
    effort: Option<Effort>,
    inferences: usize,
    chosen: Option<Timing>,
) -> Part {
    let steps = prepared.steps().saturating_mul(inferences);
    let Some(effort) = effort else { return Part::of_steps(steps) };
    if let Some(timing) = chosen {
        prepared.fit_timing(&effort, inferences, timing);
    }
    let (timing, threads) = (prepared.setup.timing, rayon::current_num_threads());
    // Who gets less than all packets learns what that saves.
    let less = chosen.is_some_and(|timing| timing != Timing::Event);
    if less || effort.time(timing, threads, inferences) >= LONG {
        output::remark(announced(&effort, timing, threads, inferences));
    }
    let [step_cost, packet_cost] = effort.costs(timing, threads);
    let packets = effort.moved(timing).saturating_mul(inferences as u64);
    Part::with_packets(steps, step_cost, packets, packet_cost, prepared.moved())
}

/// What each timing would take, the one that is taken first.
fn announced(effort: &Effort, timing: Timing, threads: usize, inferences: usize) -> String {
    let time = |timing: Timing| about(effort.time(timing, threads, inferences));
    let others = [Timing::Event, Timing::Sampled, Timing::Analytic].into_iter();
    let others: Vec<String> = others
        .filter(|other| *other != timing)
        .map(|other| format!("{} would take {}", other.name(), time(other)))
        .collect();
    let (name, without) = (timing.name(), "analytic leaves the network out");
    format!("{} with {name} timing; {} ({without})", time(timing), others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_work_is_announced_with_its_alternatives() {
        let function = Duration::from_secs(3);
        let effort =
            Effort { packets: 130_000_000, hops: 1_300_000_000, events: 0, steps: 105, function };
        let text = announced(&effort, Timing::Sampled, 2, 1);
        let expected = "about 16 s with sampled timing; event would take about 42 s, analytic \
                        would take about 3 s (analytic leaves the network out)";
        assert_eq!(text, expected);
    }
}
