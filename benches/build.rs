//! Time until a network of Tiny YOLO's size (416 x 416, 5.8 M spiking neurons, random weights)
//! stands on its cores: `cargo bench --bench build`.

#[path = "common/mod.rs"]
mod common;

use common::{Table, one_thread, shortest};
use spikemesh::ann::random::tiny_yolo_v2_voc;
use spikemesh::convert::Recipe;
use spikemesh::import::{Facts, Imported, Network};
use spikemesh::mapping::fanout::Fanout;
use spikemesh::mapping::{self, Placement};
use spikemesh::pipeline::{self, Sample, Settings, Timing};
use spikemesh::profile::{self, ZeroWeights};
use spikemesh::snn::retime::retime;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    one_thread()?;
    let (graph, input) = tiny_yolo_v2_voc(1, 2.0)?;
    let sample = Sample::new(&graph, "noise".into(), String::new(), &input)?;
    let settings = Settings {
        steps: 32,
        timing: Timing::Analytic,
        // The profile refuses layers of fan-in 4608.
        idealised: true,
        record_spikes: false,
        seed: 0,
        conversion: Recipe::default(),
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        split: vec![],
        command: "cargo bench --bench build".into(),
    };
    let profile = profile::load("loihi1-davies2018")?;
    let imported = || Imported {
        name: graph.name.clone(),
        network: Network::Float(graph.clone()),
        sha256: String::new(),
        facts: Facts::Nothing,
    };
    let mut table = Table::default();
    let samples = std::slice::from_ref(&sample);
    let (whole, prepared) =
        shortest(3, || pipeline::prepare(imported(), profile.clone(), settings.clone(), samples))?;
    let (retimed, placed) = prepared.placed().ok_or("a converted network has a place")?;
    let neurons: usize = retimed.network.populations.iter().map(|p| p.shape.neurons()).sum();
    table.row("neurons, readouts and pools included", neurons, "", "");
    table.row("cores", placed.cores.len(), "", "");
    table.row("conversion and all below (s)", format!("{whole:.2}"), "", "");
    let network = retimed.network.clone();
    let (seconds, _) = shortest(5, || Ok::<_, Box<dyn Error>>(retime(&network, None)))?;
    let build = seconds;
    table.row("retiming (s)", format!("{seconds:.3}"), "", "");
    let (seconds, mapping) = shortest(5, || mapping::map(&network, &profile, true))?;
    table.row("mapping: cores, gaps, places (s)", format!("{seconds:.3}"), "", "");
    let (fanouts, _) = shortest(5, || {
        Ok::<_, Box<dyn Error>>(Fanout::all(&network, &mapping, ZeroWeights::Cost))
    })?;
    table.row("destinations of all neurons (s)", format!("{fanouts:.3}"), "", "");
    table.row(
        "retiming, mapping, destinations (s)",
        format!("{:.3}", build + seconds + fanouts),
        "0.6",
        "0.2",
    );
    table.finish("build")
}
