//! How large the files become that may be large, told before they are written.

use super::output;
use crate::pipeline::Effort;
use crate::report::TraceForm;
use std::ops::RangeInclusive;

/// Bytes of recorded spikes from which they are told; a trace always is.
const LARGE: f64 = 1e7;
/// Bytes of a spike in `spikes.csv` and `spikes.npz`, about.
const SPIKE: f64 = 26.0 + 14.0;

/// Large files that were asked for.
#[derive(Debug, Clone)]
pub struct Large {
    pub trace: Option<TraceForm>,
    /// Those of it.
    pub steps: RangeInclusive<usize>,
    /// Whether spikes are recorded.
    pub spikes: bool,
}

impl Default for Large {
    fn default() -> Large {
        Large { trace: None, steps: 1..=usize::MAX, spikes: false }
    }
}

impl Large {
    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.trace.is_some() || self.spikes
    }

    /// Says how large they become, of `inferences` that take as much.
    pub fn announce(&self, effort: &Effort, inferences: usize) {
        if let Some(form) = self.trace {
            let size = size(self.passages(effort) * form.bytes() as f64);
            output::remark(format_args!("trace: about {size}; --trace-steps A..B writes less"));
        }
        if self.spikes {
            let bytes = effort.events as f64 * inferences as f64 * SPIKE;
            if bytes >= LARGE {
                output::remark(format_args!("spikes: about {}", size(bytes)));
            }
        }
    }

    /// Ports that packets pass in the steps of the trace: the exit of their core, links, and the
    /// entry of a core.
    fn passages(&self, effort: &Effort) -> f64 {
        let steps = effort.steps as usize;
        let traced = (steps.min(*self.steps.end()) + 1).saturating_sub(*self.steps.start());
        let share = traced as f64 / steps.max(1) as f64;
        share * (2.0 * effort.packets as f64 + effort.hops as f64)
    }
}

/// Says how large the trace of a step is.
pub fn announce_step(bytes: u64) {
    let size = size(bytes as f64);
    output::remark(format_args!(
        "trace: about {size} for its first step with packets; --trace-steps A..B writes less"
    ));
}

/// Bytes for people.
fn size(bytes: f64) -> String {
    match bytes {
        ..1e6 => format!("{:.0} kB", (bytes / 1e3).ceil()),
        ..1e9 => format!("{:.0} MB", bytes / 1e6),
        _ => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn passages_are_those_of_the_traced_steps() {
        let function = Duration::ZERO;
        let effort = Effort { packets: 100, hops: 200, events: 7, steps: 10, function };
        let of = |steps| Large { steps, ..Large::default() }.passages(&effort);
        assert_eq!([of(1..=usize::MAX), of(3..=4), of(10..=12), of(11..=12)], [400., 80., 40., 0.]);
        assert_eq!([size(1.0), size(2.4e6), size(6.34e9)], ["1 kB", "2 MB", "6.3 GB"]);
    }
}
