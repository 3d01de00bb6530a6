//! `spikemesh calibrate NETWORK --input DIR --out FILE`: what activations reach, as a file.

use super::feeding::{self, Feeding};
use super::heading;
use super::inside::{self, Inside};
use super::paths;
use super::stdin;
use super::{Error, Result};
use crate::convert::ranges::Ranges;
use crate::import::{self, Network};
use crate::pipeline::Sample;
use crate::plain::counted;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    /// Inputs to measure: a photograph, a folder of them, a .npy array, or `-` for one from
    /// standard input [default for digits: its own]
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Another form of the same network, such as Darknet's, that the ranges serve, too
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, value_name = "NETWORK")]
    also: Vec<PathBuf>,
    /// File to write, NAME.ranges, which must not exist yet; every --calibrate takes it
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::file())]
    out: PathBuf,
    /// How a picture becomes the input, where neither the network's files nor their name tell it
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    Ranges::writable(&arguments.out)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let sent = stdin::take(arguments.input.as_deref())?;
    let asked = sent.as_ref().map(|sent| sent.file.clone()).or_else(|| arguments.input.clone());
    let input = inside::given_or(&asked, &inside, Inside::calibration)?;
    let Some(input) = input else {
        let what = "what is measured: a photograph, a folder, or a .npy array";
        return Err(Error::NamesNothing { option: "--input", what }.into());
    };
    let mut ranges = measure(network, &input, arguments)?;
    for also in &arguments.also {
        if !ranges.also(measure(also, &input, arguments)?) {
            return Err(Error::OtherRanges { also: also.clone(), network: network.clone() }.into());
        }
    }
    ranges.write(&arguments.out)?;
    let (name, inputs) = (&ranges.network, ranges.inputs.len());
    super::output::line(format_args!(
        "ranges of {name} on {} written to {}",
        counted(inputs, "input"),
        arguments.out.display()
    ))
}

fn measure(network: &Path, input: &Path, arguments: &Arguments) -> Result<Ranges> {
    let imported = import::open(network)?;
    let Network::Float(graph) = &imported.network else {
        let why = "; there is nothing to calibrate";
        return Err(Error::NotTrained { network: network.into(), why }.into());
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), network, &imported, graph)?;
    let samples = feeding::samples(graph, &feeding.list(graph, input)?)?;
    let values: Vec<&[Vec<f32>]> = samples.iter().map(Sample::values).collect();
    let inputs =
        samples.iter().map(|sample| (sample.name.clone(), sample.sha256.clone())).collect();
    Ok(Ranges::measure(graph, &values, &imported.sha256, inputs)?)
}
