//! What a command line says of the network's file.

use super::{Result, heading, output};
use crate::import::nir::ResetChoice;
use crate::import::{self, Imported, Options};
use clap::Args;
use std::path::Path;

/// Longest side of an input.
const LONGEST: usize = 1 << 14;

#[derive(Debug, Clone, Default, Args)]
pub struct NetworkArguments {
    /// Height and width of the input, such as 416x416, for an ONNX file that leaves them open
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_name = "HxW", value_parser = size)]
    input_size: Option<[usize; 2]>,
    /// Seconds of a step, such as 0.001, for a NIR file [default: what the file says, else 0.001]
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    dt: Option<f64>,
    /// What a spike does to a potential in a NIR file: subtract the threshold, or make it zero
    /// [default: what the file says, else `subtract` for IF with r = 1]
    #[arg(help_heading = heading::NETWORK)]
    #[arg(long, value_name = "subtract|zero")]
    reset: Option<ResetChoice>,
}

impl NetworkArguments {
    /// Reads a network, and tells what was read otherwise than it stands in its files.
    pub fn open(&self, path: &Path) -> Result<Imported> {
        let (imported, notes) = import::open_with(path, &self.options())?;
        for note in notes {
            output::remark(format_args!("{}: {note}", path.display()));
        }
        Ok(imported)
    }

    /// The words of a command line that reads a network alike.
    pub fn words(&self) -> Vec<String> {
        let size = self.input_size.map(|[y, x]| ["--input-size".into(), format!("{y}x{x}")]);
        let dt = self.dt.map(|dt| ["--dt".into(), dt.to_string()]);
        let reset = self.reset.map(|reset| {
            let reset = match reset {
                ResetChoice::Subtract => "subtract",
                ResetChoice::Zero => "zero",
            };
            ["--reset".into(), reset.into()]
        });
        size.into_iter().chain(dt).chain(reset).flatten().collect()
    }

    /// The same in a line.
    pub fn describe(&self) -> String {
        let words = self.words();
        if words.is_empty() { "none".into() } else { words.join(" ") }
    }

    /// What it says to importers.
    pub fn options(&self) -> Options {
        Options { input_size: self.input_size, dt: self.dt, reset: self.reset }
    }
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds > 0.0);
    seconds.ok_or_else(|| "give seconds, such as 0.001".into())
}

fn size(text: &str) -> std::result::Result<[usize; 2], String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=LONGEST).contains(side));
    let sides = text.split_once(['x', 'X']).and_then(|(y, x)| Some([side(y)?, side(x)?]));
    sides.ok_or_else(|| format!("give height and width, 1 to {LONGEST}, such as 416x416"))
}
