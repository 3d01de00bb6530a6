//! `spikemesh convert NETWORK --calibrate DIR --out FILE`: a converted network as a file.

use super::feeding::{self, Feeding};
use super::inside;
use crate::convert::Recipe;
use crate::convert::file::ConvertedFile;
use crate::import::{self, Imported, Network};
use crate::pipeline;
use crate::profile;
use clap::Args;
use miette::{IntoDiagnostic, bail};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A trained network (ONNX or Darknet .cfg); `digits` is the network inside the program
    #[arg(default_value = "digits")]
    network: PathBuf,
    /// Inputs that calibrate: a photograph, a folder of them, or a .npy array [default for digits: its own]
    #[arg(long)]
    calibrate: Option<PathBuf>,
    /// File to write, NAME.spikemesh, which must not exist yet
    #[arg(long)]
    out: PathBuf,
    /// How it is converted, see `run` [default: best]
    #[arg(long)]
    recipe: Option<Recipe>,
    /// Chip whose membranes and axons the numbers are made for: a built-in profile, or a TOML file
    #[arg(long, default_value = "loihi1-davies2018")]
    profile: String,
    /// How an image becomes the input, where the network's name does not tell; goes into the file
    #[arg(long)]
    detector: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    ConvertedFile::writable(&arguments.out).into_diagnostic()?;
    let profile = profile::load(&arguments.profile)?;
    let inside = inside::unpack(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let Imported { name, network: Network::Float(graph), sha256 } =
        import::open(network).into_diagnostic()?
    else {
        bail!("{} is no trained network; there is nothing to convert", network.display());
    };
    let feeding = Feeding::new(arguments.detector.as_deref(), &graph)?;
    let calibrate = match (&arguments.calibrate, &inside) {
        (Some(path), _) => path.clone(),
        (None, Some(inside)) => inside.calibration()?,
        (None, None) => bail!("--calibrate names no inputs"),
    };
    let recipe = arguments.recipe.clone().unwrap_or_else(Recipe::best);

    let samples = feeding::samples(&graph, &feeding.list(&graph, &calibrate)?)?;
    let chosen = pipeline::choose(&graph, &profile, &recipe, &samples).into_diagnostic()?;
    if let Some(gap) = &chosen.gap {
        eprintln!("{}; converted for membranes of 32 bits, which runs with --idealised", gap.message);
    }
    let file = ConvertedFile {
        name,
        network_sha256: sha256,
        recipe: recipe.to_string(),
        settings: chosen.settings,
        calibration: samples.iter().map(|sample| sample.name.clone()).collect(),
        detector: arguments.detector.is_some().then_some(feeding.text),
        version: env!("CARGO_PKG_VERSION").into(),
        graph,
        conversion: chosen.conversion,
    };
    file.write(&arguments.out).into_diagnostic()?;
    println!("written to {}", arguments.out.display());
    Ok(())
}
