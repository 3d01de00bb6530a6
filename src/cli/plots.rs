//! `--plots`: which pictures a command writes.

use super::heading;
use crate::report::{Format, Plots};
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct PlotsArguments {
    /// Form of the pictures
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_enum, default_value_t = Choice::Both)]
    plots: Choice,
}

/// A form, as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// No pictures; `spikemesh plot` draws them later
    None,
    /// PNG alone
    Png,
    /// SVG alone; photographs with boxes stay PNG
    Svg,
    /// PNG, and SVG beside it but for the many small maps of layers
    Both,
}

impl From<Choice> for Format {
    fn from(choice: Choice) -> Format {
        match choice {
            Choice::None => Format::None,
            Choice::Png => Format::Png,
            Choice::Svg => Format::Svg,
            Choice::Both => Format::Both,
        }
    }
}

impl PlotsArguments {
    /// All pictures, in the form that was chosen.
    pub fn plots(&self) -> Plots {
        Plots { format: self.plots.into(), ..Plots::default() }
    }
}
