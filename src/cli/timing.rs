//! `--timing`.

use crate::pipeline::Timing;
use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimingChoice {
    /// Every packet hop by hop, with finite buffers
    Event,
    /// Event in every second to eighth step, an estimate with an interval in the others
    Sampled,
    /// Every packet link by link, with buffers without end; counts the arrivals at full ones
    Sweep,
    /// The busiest core, no network
    Analytic,
}

impl From<TimingChoice> for Timing {
    fn from(choice: TimingChoice) -> Timing {
        match choice {
            TimingChoice::Event => Timing::Event,
            TimingChoice::Sampled => Timing::Sampled,
            TimingChoice::Sweep => Timing::Sweep,
            TimingChoice::Analytic => Timing::Analytic,
        }
    }
}
