//! `spikemesh run NETWORK --input IMAGE --profile NAME --steps T`

use crate::{ann, convert, encode, energy, engine, import, mapping, profile, snn};
use clap::Args;
use miette::IntoDiagnostic;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A network in ONNX form
    network: PathBuf,
    /// A photograph, or an array (.npy) of the network's own shape; also calibrates the conversion
    #[arg(long)]
    input: PathBuf,
    /// Name of a built-in profile, or a TOML file
    #[arg(long)]
    profile: String,
    /// Steps of the inference, at most 1024
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
    steps: u32,
    /// Runs what the chip would refuse; the result is marked so
    #[arg(long)]
    idealised: bool,
    /// How an image becomes the input, where the network's name does not tell
    #[arg(long)]
    detector: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    let profile = profile::load(&arguments.profile)?;
    let graph = import::load(&arguments.network).into_diagnostic()?;
    let detector = match &arguments.detector {
        Some(path) => encode::Detector::load(path),
        None => encode::Detector::for_network(&graph.name),
    }
    .into_diagnostic()?;
    let items = encode::inputs(&arguments.input, &detector, graph.input_shape()).into_diagnostic()?;
    let membrane_bits = profile.limits.membrane_bits.unwrap_or(32).min(32);
    let settings = convert::Settings { membrane_bits, ..convert::Settings::default() };
    for item in items {
        let image = item.load().into_diagnostic()?;
        let values = ann::exec::run(&graph, &image).into_diagnostic()?;
        let conversion = convert::convert(&graph, &[&values], &settings).into_diagnostic()?;
        let retimed = snn::retime::retime(&conversion.network, profile.limits.max_delay);
        let mapping = mapping::map(&retimed.network, &profile, arguments.idealised).into_diagnostic()?;
        let currents = retimed.reorder(&conversion.network, convert::currents(&conversion, &values));
        let options = engine::Options { steps: arguments.steps as usize, ..Default::default() };
        let run = engine::chip::run(&retimed, &currents, &mapping, &profile, options, || ());
        let mut activity = run.into_diagnostic()?.activity;
        activity.input_macs = conversion.input_macs;
        activity.input_writes = currents.iter().flatten().map(|c| c.len() as u64).sum();
        println!("{}: {} on {}", item.name, graph.name, profile.name);
        for gap in &mapping.gaps {
            println!("{:?}: {}", gap.verdict, gap.message);
        }
        print!("{}", table(&activity, &profile, arguments.idealised));
    }
    Ok(())
}

fn table(activity: &crate::activity::Activity, profile: &profile::Profile, idealised: bool) -> String {
    let mut total = crate::activity::Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
    activity.steps.iter().for_each(|step| total.add(&step.counts));
    let time_ps: u64 = activity.steps.iter().map(|step| step.timing.total_ps).sum();
    let overruns = activity.steps.iter().filter(|step| step.timing.overrun).count();
    let mut text = String::new();
    let mut row = |name: &str, value: String| text.push_str(&format!("  {name:28} {value:>20}\n"));
    if idealised {
        row("IDEALISED", "limits were dropped".into());
    }
    row("steps (T + fill)", format!("{} + {}", activity.inference_steps, activity.depth));
    row("cores, chips", format!("{}, {}", activity.cores.len(), activity.chips));
    row("spikes", total.spikes.to_string());
    row("synaptic operations", total.total_synaptic_operations().to_string());
    row("packets", total.packets.to_string());
    row("hops", total.total_hops().to_string());
    row("latency, analytic (us)", format!("{:.3}", time_ps as f64 / 1e6));
    row("steps over the tick", overruns.to_string());
    text.push_str(&format!("  {:28} {:>20} {:>14} {:>14}\n", "energy (uJ)", "nominal", "low", "high"));
    let dynamic = energy::price(&total, &activity.soma_classes, &activity.synapse_classes, profile).total();
    let fixed = energy::static_energy(profile, activity.chips, time_ps);
    let input = energy::input_energy(profile, activity.input_macs, activity.input_writes).total();
    for (name, band) in [
        ("dynamic (events)", dynamic),
        ("static (leakage x time)", fixed),
        ("system (analogue input)", input),
    ] {
        let [nominal, low, high] = [band.nominal, band.low, band.high].map(|pj| pj / 1e6);
        text.push_str(&format!("  {name:28} {nominal:>20.3} {low:>14.3} {high:>14.3}\n"));
    }
    text
}
