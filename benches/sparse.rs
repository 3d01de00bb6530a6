//! Networks of single synapses, whole steps with every counter on: `cargo bench --bench sparse`.
//! `-- --export FOLDER` writes the networks, their profile and our counts for `benches/peers`.

#[path = "common/mod.rs"]
mod common;
#[path = "common/random.rs"]
mod random;

use common::{Clock, Table, one_thread};
use random::{Random, network};
use spikemesh::activity::{Counts, Step};
use spikemesh::energy::price;
use spikemesh::engine::sparse::{Run, run};
use spikemesh::engine::{Options, Timing};
use spikemesh::profile::{self, Profile};
use spikemesh::snn::sparse::SparseNetwork;
use std::error::Error;
use std::path::{Path, PathBuf};

/// The shape of SANA-FE's own benchmark.
const SANA_FE: Random = Random { neurons: 16_384, synapses: 100, rate: 0.03, seed: 1 };
/// That of Brian2's and NEST's.
const DENSE: Random = Random { neurons: 10_000, synapses: 1_000, rate: 0.04, seed: 2 };
/// Steps that are exported, and that are timed of the larger network.
const STEPS: usize = 100;

struct Measured {
    /// The shortest of a few means over many steps, in seconds.
    step: f64,
    /// The shortest time of everything before the second step and after the last.
    rest: f64,
    run: Run,
}

/// Times `steps` steps after the first one.
fn measure(
    network: &SparseNetwork,
    profile: &Profile,
    timing: Timing,
    steps: usize,
) -> Result<Measured, Box<dyn Error>> {
    let options = Options { timing, ..Options::default() };
    let once = || -> Result<Measured, Box<dyn Error>> {
        let clock = Clock::start();
        let (mut done, mut first, mut last) = (0, 0.0, 0.0);
        let run = run(network, profile, 1 + steps, options, || {
            done += 1;
            if done == 1 {
                first = clock.seconds();
            } else if done == 1 + steps {
                last = clock.seconds();
            }
        })?;
        let spent = last - first;
        Ok(Measured { step: spent / steps as f64, rest: clock.seconds() - spent, run })
    };
    let mut best = once()?;
    for _ in 1..5 {
        let next = once()?;
        best = Measured {
            step: best.step.min(next.step),
            rest: best.rest.min(next.rest),
            run: next.run,
        };
    }
    Ok(best)
}

fn total(run: &Run) -> Counts {
    let mut total = run.activity.steps[0].counts.clone();
    run.activity.steps[1..].iter().for_each(|step| total.add(&step.counts));
    total
}

/// Synaptic operations and hops of one step.
fn per_step(run: &Run) -> [f64; 2] {
    let (total, steps) = (total(run), run.activity.steps.len() as f64);
    [total.total_synaptic_operations() as f64 / steps, total.total_hops() as f64 / steps]
}

fn main() -> Result<(), Box<dyn Error>> {
    one_thread()?;
    let profile = profile::load("loihi1-sanafe")?;
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--export") {
        let folder = PathBuf::from(arguments.get(at + 1).ok_or("--export names no folder")?);
        export(&folder.join("16k_x_100"), SANA_FE, &profile)?;
        return export(&folder.join("10k_x_1000"), DENSE, &profile);
    }
    let mut table = Table::default();
    let dense = network(DENSE);
    let measured = measure(&dense, &profile, Timing::Analytic, STEPS)?;
    rows(&mut table, "10k x 1000", DENSE, &measured, ["1500", "2500"]);
    drop(dense);
    let random = network(SANA_FE);
    let measured = measure(&random, &profile, Timing::Analytic, 10 * STEPS)?;
    rows(&mut table, "16k x 100", SANA_FE, &measured, ["", ""]);
    let measured = measure(&random, &profile, Timing::Event, STEPS / 4)?;
    let [operations, hops] = per_step(&measured.run);
    table.row("16k x 100, event: step (us)", format!("{:.0}", measured.step * 1e6), "", "");
    table.row("16k x 100, event: M hops/s", format!("{:.1}", hops / measured.step / 1e6), "", "");
    let rate = format!("{:.1}", operations / measured.step / 1e6);
    table.row("16k x 100, event: M synaptic operations/s", rate, "", "");
    table.finish("sparse")
}

fn rows(table: &mut Table, name: &str, shape: Random, measured: &Measured, wanted: [&str; 2]) {
    let [operations, _] = per_step(&measured.run);
    let spikes = total(&measured.run).spikes as f64 / measured.run.activity.steps.len() as f64;
    let mut row = |what: &str, value: String, wanted: [&str; 2]| {
        table.row(&format!("{name}, analytic: {what}"), value, wanted[0], wanted[1]);
    };
    row(
        "neurons firing in a step (%)",
        format!("{:.2}", 100.0 * spikes / shape.neurons as f64),
        [""; 2],
    );
    row("step (us)", format!("{:.1}", measured.step * 1e6), [""; 2]);
    row("M synaptic operations/s", format!("{:.0}", operations / measured.step / 1e6), wanted);
    row("all but the steps (s)", format!("{:.2}", measured.rest), [""; 2]);
}

/// A network, and what a run of [`STEPS`] steps counted.
fn export(folder: &Path, shape: Random, profile: &Profile) -> Result<(), Box<dyn Error>> {
    let network = network(shape);
    std::fs::create_dir_all(folder)?;
    random::write(&network, folder)?;
    let of =
        |timing| run(&network, profile, STEPS, Options { timing, ..Options::default() }, || ());
    let done = of(Timing::Analytic)?;
    let mut file = csv::Writer::from_path(folder.join("ours.csv"))?;
    file.write_record([
        "step",
        "spikes",
        "packets",
        "hops",
        "synaptic_operations",
        "energy_pj",
        "analytic_ps",
    ])?;
    let activity = &done.activity;
    for (step, Step { counts, timing }) in activity.steps.iter().enumerate() {
        let bill = price(counts, &activity.soma_classes, &activity.synapse_classes, profile);
        file.write_record([
            (step + 1).to_string(),
            counts.spikes.to_string(),
            counts.packets.to_string(),
            counts.total_hops().to_string(),
            counts.total_synaptic_operations().to_string(),
            bill.total().nominal.to_string(),
            timing.total.nominal.to_string(),
        ])?;
    }
    file.flush()?;
    let mut file = csv::Writer::from_path(folder.join("spikes.csv"))?;
    file.write_record(["step", "neuron"])?;
    for (step, neuron) in &done.spikes {
        file.write_record([step.to_string(), neuron.to_string()])?;
    }
    Ok(file.flush()?)
}
