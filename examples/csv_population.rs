//! Single neurons from CSV files, and who fired when: `cargo run --example csv_population`.

use spikemesh::cli;
use std::error::Error;
use std::fmt::Write;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    // Ten inputs, each of which fires in a step of its own, onto three neurons that leak.
    let mut neurons = String::from("id,model,threshold,leak_decay\n");
    let mut synapses = String::from("pre,post,weight\n");
    let mut inputs = String::from("step,neuron\n");
    for input in 0..10 {
        writeln!(neurons, "{input},input,,")?;
        writeln!(inputs, "{},{input}", input + 1)?;
        for (neuron, weight) in [(10, 0.25), (11, 0.5), (12, 0.75)] {
            writeln!(synapses, "{input},{neuron},{weight}")?;
        }
    }
    for neuron in 10..13 {
        writeln!(neurons, "{neuron},lif,1,0.9")?;
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("neurons.csv"), neurons)?;
    fs::write(folder.path().join("synapses.csv"), synapses)?;
    fs::write(folder.path().join("inputs.csv"), inputs)?;

    let network = folder.path().to_str().ok_or("the folder's name is no text")?;
    let words = ["run", network, "--profile", "loihi1-sanafe", "--steps", "12", "--record-spikes"];
    let finished = cli::parse(words)?.finished().ok_or("no run")??;
    let outcome = finished.outcomes.first().ok_or("no outcome")?;
    let spikes = outcome.spikes.as_ref().ok_or("no spikes")?.to_vec()?;
    for spike in spikes.iter().filter(|spike| spike.neuron >= 10) {
        println!("step {:>2}: neuron {}", spike.step, spike.neuron);
    }
    Ok(())
}
