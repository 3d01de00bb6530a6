//! `--timing`.

use crate::pipeline::Timing;
use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimingChoice {
    /// The first of event, sampled and analytic that ends within a minute or so, by the hops to
    /// move
    Auto,
    /// Every packet hop by hop, with finite buffers
    Event,
    /// Event in every second to eighth step, an estimate with an interval in the others
    Sampled,
    /// Every packet link by link, with buffers without end; counts the arrivals at full ones
    Sweep,
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
            TimingChoice::Sweep => Timing::Sweep,
            TimingChoice::Analytic => Timing::Analytic,
        }
    }
}
