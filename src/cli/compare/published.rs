//! `spikemesh compare --report-280x`: the page about the published comparison.

use super::super::output;
use super::emulated::{Emulated, Inferred, emulate};
use super::{Arguments, Opened, open, settings};
use crate::ann::count::tiny_yolo_v2_voc;
use crate::cli::work::Making;
use crate::cli::{Error, Result};
use crate::compare::{self, RATES, Rate, Spiking, Workload, shape};
use crate::import::{Facts, Imported, Network};
use crate::pipeline::{self, Sample, Settings};
use crate::report::{self, About, Emulation};
use crate::{ann, baseline, profile};
use std::path::{Path, PathBuf};

/// Where the page lies in the repository.
const PAGE: &str = "reports/spiking-yolo-280x";
/// Devices of the page; ratios are to the first, that of the published row.
const BASELINES: &str = "v100,titan-x,jetson-orin,int8-accelerator";
/// Chips that are drawn.
const DRAWN: [&str; 4] =
    ["loihi1-davies2018", "truenorth", "spinnaker2-hoeppner2021", "ideal-45nm"];

/// How far the biases of random weights are shifted, in deviations of the sums, by file.
const SHIFTS: [(&str, f32); 2] = [("emulated-random-low", 2.0), ("emulated-random-high", 1.0)];

pub fn run(arguments: &Arguments) -> Result<()> {
    let dir = arguments.out.as_deref().unwrap_or(Path::new(PAGE));
    report::check_published(dir)?;
    let baselines = baseline::load_list(BASELINES)?;
    let mut emulations = vec![];
    if arguments.network.is_some() {
        emulations.push(trained(arguments)?);
    }
    if arguments.random {
        for (file, shift) in SHIFTS {
            emulations.push(random(arguments, file, shift)?);
        }
    }

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
    report::write_published(dir, &rows, &drawn, &emulations)?;
    output::line(format_args!("written to {}", dir.display()))?;
    Ok(())
}

/// The network of the command line on every built-in profile.
fn trained(arguments: &Arguments) -> Result<Emulation> {
    let Opened { mut work, workload, calibrate, inside: _inside } = open(arguments)?;
    if work.stimuli().is_some() {
        let network = PathBuf::from(&work.network.name);
        let why = ": the page is about a trained Tiny YOLO";
        return Err(Error::NotTrained { network, why }.into());
    }
    work.calibrate(calibrate.as_deref())?;
    let settings = settings(arguments, None)?;
    let making = Making {
        left: work.inputs(),
        make: &|prepared, _, emulate| Ok(Inferred::new(prepared, &emulate()?)),
    };
    let run = |_, profile, settings| work.each(profile, settings, None, &making);
    let emulated = emulate(run, profile::all()?, &settings, arguments.strict, None)?;
    let (input, input_sha256) = work.first_input()?;
    let network = format!("{} (SHA-256 {})", work.network.name, work.network.sha256);
    let about = About {
        title: "A trained network, emulated".into(),
        network: format!("{network}, a Tiny YOLO for VOC"),
        input: format!("{input} (SHA-256 {input_sha256})"),
        recipe: settings.conversion.to_string(),
        steps: settings.steps as u64,
        timing: emulated.timing(),
        macs: workload.work.macs(),
        percent_per_step: percent(&emulated.spiking),
    };
    emulation("emulated-trained", about, &workload, emulated)
}

/// Tiny YOLO v2 with random weights, whose biases are shifted so that fewer units are active.
fn random(arguments: &Arguments, file: &'static str, shift: f32) -> Result<Emulation> {
    let (graph, input) = ann::random::tiny_yolo_v2_voc(arguments.seed, shift)?;
    let workload = Workload { name: graph.name.clone(), work: ann::count::count(&graph) };
    let sample = [Sample::new(&graph, "noise".into(), String::new(), &input)?];
    let recipe = arguments.recipe.clone().unwrap_or_default();
    let settings = Settings { conversion: recipe, ..settings(arguments, None)? };
    let run = |_, profile, settings| {
        let (name, sha256) = (graph.name.clone(), String::new());
        let network = Imported {
            name,
            network: Network::Float(graph.clone()),
            sha256,
            facts: Facts::Nothing,
        };
        let mut prepared = pipeline::prepare(network, profile, settings, &sample)?;
        if let (true, Some(sample)) = (arguments.timing.fits(), sample.first()) {
            super::super::timing::settle(&mut prepared, sample, 1, true, &Default::default())?;
        }
        let outcome = prepared.emulate(sample.first(), || ())?;
        let inferred = Inferred::new(&prepared, &outcome);
        Ok((prepared, vec![inferred]))
    };
    let emulated = emulate(run, profile::all()?, &settings, arguments.strict, None)?;
    let percent = percent(&emulated.spiking);
    let about = About {
        title: format!(
            "The full shape at 416 x 416 with random weights, emulated, {percent:.2} % a step"
        ),
        network: format!(
            "tiny-yolo-v2-voc with random weights (seed {}, ReLU, biases {} deviations low)",
            arguments.seed, shift
        ),
        input: "uniform noise".into(),
        recipe: settings.conversion.to_string(),
        steps: settings.steps as u64,
        timing: emulated.timing(),
        macs: workload.work.macs(),
        percent_per_step: percent,
    };
    emulation(file, about, &workload, emulated)
}

/// Spikes per synapse and step in the middle of all chips, in percent, to four digits.
fn percent(spiking: &[Spiking]) -> f64 {
    let share = |chip: &Spiking| Some(100.0 * chip.spikes_per_synapse()? / chip.steps as f64);
    let mut shares: Vec<f64> = spiking.iter().filter_map(share).collect();
    shares.sort_unstable_by(f64::total_cmp);
    let middle = shares.get(shares.len() / 2).copied().unwrap_or(0.0);
    (middle * 1e4).round() / 1e4
}

fn emulation(
    file: &'static str,
    about: About,
    workload: &Workload,
    emulated: Emulated,
) -> Result<Emulation> {
    let Emulated { spiking, refused, .. } = &emulated;
    let rows = compare::rows(workload, spiking, refused, &baseline::load_list(BASELINES)?);
    Ok(Emulation { file, about, rows })
}
