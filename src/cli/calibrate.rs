//! `spikemesh calibrate NETWORK --input DIR --out FILE`: what activations reach, as a file.

use super::feeding::{self, Feeding};
use super::inside::{self, Inside};
use crate::convert::ranges::Ranges;
use crate::import::{self, Imported, Network};
use crate::pipeline::Sample;
use clap::Args;
use miette::{IntoDiagnostic, bail};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    /// Inputs to measure: a photograph, a folder of them, or a .npy array [default for digits: its
    /// own]
    #[arg(long)]
    input: Option<PathBuf>,
    /// Another form of the same network, such as Darknet's, that the ranges serve, too
    #[arg(long, value_name = "NETWORK")]
    also: Vec<PathBuf>,
    /// File to write, NAME.ranges, which must not exist yet; every --calibrate takes it
    #[arg(long)]
    out: PathBuf,
    /// How a picture becomes the input, where the network's name does not tell
    #[arg(long)]
    detector: Option<PathBuf>,
    /// Worker threads; 0 takes all cores. Results do not depend on it
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    super::use_threads(arguments.threads)?;
    Ranges::writable(&arguments.out).into_diagnostic()?;
    let inside = inside::unpack(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let input = inside::given_or(&arguments.input, &inside, Inside::calibration)?;
    let Some(input) = input else {
        bail!("--input names nothing to measure: a photograph, a folder, or a .npy array");
    };
    let mut ranges = measure(network, &input, arguments)?;
    for also in &arguments.also {
        if !ranges.also(measure(also, &input, arguments)?) {
            bail!("{} has other ranges than {}", also.display(), network.display());
        }
    }
    ranges.write(&arguments.out).into_diagnostic()?;
    let (name, inputs) = (&ranges.network, ranges.inputs.len());
    super::output::line(format_args!(
        "ranges of {name} on {inputs} inputs written to {}",
        arguments.out.display()
    ))
}

fn measure(network: &Path, input: &Path, arguments: &Arguments) -> miette::Result<Ranges> {
    let Imported { network: Network::Float(graph), sha256, .. } = import::open(network).into_diagnostic()?
    else {
        bail!("{} is no trained network; there is nothing to calibrate", network.display());
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), &graph)?;
    let samples = feeding::samples(&graph, &feeding.list(&graph, input)?)?;
    let values: Vec<&[Vec<f32>]> = samples.iter().map(Sample::values).collect();
    let inputs = samples.iter().map(|sample| (sample.name.clone(), sample.sha256.clone())).collect();
    Ranges::measure(&graph, &values, &sha256, inputs).into_diagnostic()
}
