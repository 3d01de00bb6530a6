//! Random networks on the 128 cores of a Loihi, which fire at about the rate asked for.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::snn::sparse::{Lif, Model, Neuron, Place, Reset, Reverse, SparseNetwork, Synapse};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

/// A network's shape.
#[derive(Clone, Copy)]
pub struct Random {
    pub neurons: u32,
    /// Of every neuron, to others that are drawn one by one.
    pub synapses: u32,
    /// Share of the neurons that fire in a step.
    pub rate: f64,
    pub seed: u64,
}

const CORES: u32 = 128;
const THRESHOLD: f64 = 64.0;

/// Neurons integrate a bias of about `rate` thresholds a step and weights of mean zero; all are
/// multiples of 1/1024. Neurons stand core by core.
pub fn network(shape: Random) -> SparseNetwork {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(shape.seed);
    let mut below = move |n: u32| ((u64::from(random.next_u32()) * u64::from(n)) >> 32) as u32;
    let per_core = shape.neurons.div_ceil(CORES);
    let neurons = (0..shape.neurons).map(|id| {
        let core = (id / per_core) as usize;
        let share = 0.5 + f64::from(below(1024)) / 1024.0;
        let lif = Lif {
            threshold: THRESHOLD,
            reset: Reset::Hard(0.0),
            leak_decay: 1.0,
            input_decay: 0.0,
            bias: (shape.rate * THRESHOLD * share * 64.0).round() / 64.0,
            potential: f64::from(below(64 * 64)) / 64.0,
            refractory_delay: 0,
            reverse_threshold: 0.0,
            reverse: Reverse::None,
            force_update: false,
        };
        let synapse_class = "loihi_dense_synapse".into();
        let place = Some(Place { chip: 0, tile: core / 4, core_in_tile: core % 4 });
        Neuron { model: Model::Lif(lif), class: None, synapse_class, place }
    });
    let neurons = neurons.collect();
    let mut synapses = Vec::with_capacity(shape.neurons as usize * shape.synapses as usize);
    for pre in 0..shape.neurons {
        for _ in 0..shape.synapses {
            let weight = (f64::from(below(255)) - 127.0) / 1024.0;
            synapses.push(Synapse { pre, post: below(shape.neurons), weight, delay: 1 });
        }
    }
    SparseNetwork { neurons, synapses, inputs: BTreeMap::new() }
}

/// The files that `spikemesh run` reads.
pub fn write(network: &SparseNetwork, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = csv::Writer::from_path(folder.join("neurons.csv"))?;
    let header =
        ["id", "model", "tile", "core_in_tile", "synapse", "threshold", "bias", "potential"];
    file.write_record(header)?;
    for (id, neuron) in network.neurons.iter().enumerate() {
        let [bias, potential] = [neuron.model.bias(), neuron.model.potential()];
        let place = neuron.place.unwrap_or_default();
        file.write_record([
            id.to_string(),
            "lif".into(),
            place.tile.to_string(),
            place.core_in_tile.to_string(),
            neuron.synapse_class.clone(),
            THRESHOLD.to_string(),
            bias.to_string(),
            potential.to_string(),
        ])?;
    }
    file.flush()?;
    let mut file = csv::Writer::from_path(folder.join("synapses.csv"))?;
    file.write_record(["pre", "post", "weight"])?;
    for Synapse { pre, post, weight, .. } in &network.synapses {
        file.write_record([pre.to_string(), post.to_string(), weight.to_string()])?;
    }
    file.flush()?;
    std::fs::write(folder.join("inputs.csv"), "step,neuron\n")?;
    Ok(())
}
