//! `spikemesh compare --report-280x`: the page about the published comparison.

use super::{Arguments, Emulated, Opened, emulate, open, settings};
use crate::ann::count::tiny_yolo_v2_voc;
use crate::baseline;
use crate::compare::{self, RATES, Rate, Row, Spiking, Workload, shape};
use crate::convert::Recipe;
use crate::pipeline::Timing;
use crate::profile;
use crate::report::{self, Emulation};
use miette::IntoDiagnostic;
use std::path::Path;

/// Where the page lies in the repository.
const PAGE: &str = "reports/spiking-yolo-280x";
/// Devices of the page; ratios are to the first, that of the published row.
const BASELINES: &str = "v100,titan-x,jetson-orin,int8-accelerator";
/// Chips that are drawn.
const DRAWN: [&str; 4] = ["loihi1-davies2018", "truenorth", "spinnaker2-hoeppner2021", "ideal-45nm"];

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    let dir = arguments.out.as_deref().unwrap_or(Path::new(PAGE));
    report::check_published(dir).into_diagnostic()?;
    let baselines = baseline::load_list(BASELINES)?;
    let emulation = arguments.network.as_ref().map(|_| emulation(arguments)).transpose()?;
    let emulation = emulation.as_ref().map(|(emulation, rows)| (emulation, &rows[..]));

    let work = tiny_yolo_v2_voc();
    let profiles = profile::all()?;
    let chips = |(rate, steps): &(Rate, u64)| -> Vec<Spiking> {
        profiles.iter().map(|profile| shape(&work, profile, *rate, *steps)).collect()
    };
    let spiking: Vec<Spiking> = RATES.iter().flat_map(chips).collect();
    let workload = Workload { name: "tiny-yolo-v2-voc".into(), work: work.clone() };
    let rows = compare::rows(&workload, &spiking, &[], &baselines);
    let published: Vec<Spiking> = RATES.iter().take(1).flat_map(chips).collect();
    let drawn: Vec<Spiking> =
        published.into_iter().filter(|chip| DRAWN.contains(&chip.profile.name.as_str())).collect();
    let drawn = compare::rows(&workload, &drawn, &[], &baselines);
    report::write_published(dir, &rows, &drawn, emulation).into_diagnostic()?;
    println!("written to {}", dir.display());
    Ok(())
}

/// The network of the command line on every built-in profile.
fn emulation(arguments: &Arguments) -> miette::Result<(Emulation, Vec<Row>)> {
    let Opened { mut work, workload, calibrate, inside: _inside } = open(arguments)?;
    work.calibrate(calibrate.as_deref())?;
    let settings = settings(arguments)?;
    let folder = tempfile::tempdir().into_diagnostic()?;
    let Emulated { spiking, refused } = emulate(&work, profile::all()?, &settings, arguments.strict, folder.path())?;
    let rows = compare::rows(&workload, &spiking, &refused, &baseline::load_list(BASELINES)?);
    let (input, input_sha256) = work.first_input()?;
    let timing: Timing = arguments.timing.into();
    let emulation = Emulation {
        network: work.network.name.clone(),
        sha256: work.network.sha256.clone(),
        input,
        input_sha256,
        recipe: arguments.recipe.clone().unwrap_or_else(Recipe::best).to_string(),
        steps: settings.steps as u64,
        timing: timing.name().into(),
        macs: workload.work.macs(),
    };
    Ok((emulation, rows))
}
