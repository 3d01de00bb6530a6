//! Neurons whose potentials a run notes, as `--probe` names them.

use crate::snn::sparse::{Model, SparseNetwork};
use crate::suggest;
use std::collections::BTreeSet;
use std::str::FromStr;

/// One neuron, as `LAYER:NEURON`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Name as in `layers.csv`.
    pub layer: String,
    /// Its number as in `spikes.csv`.
    pub neuron: u32,
}

impl FromStr for Probe {
    type Err = String;

    /// ```
    /// use spikemesh::pipeline::Probe;
    ///
    /// let probe: Probe = "lif:3".parse()?;
    /// assert_eq!((&*probe.layer, probe.neuron), ("lif", 3));
    /// assert!("lif".parse::<Probe>().is_err());
    /// # Ok::<(), String>(())
    /// ```
    fn from_str(text: &str) -> Result<Probe, String> {
        let found = text.rsplit_once(':').filter(|(layer, _)| !layer.is_empty());
        let probe = found.and_then(|(layer, neuron)| {
            Some(Probe { layer: layer.into(), neuron: neuron.parse().ok()? })
        });
        probe.ok_or_else(|| "give a layer and the number of a neuron in it, such as lif:3".into())
    }
}

/// A probe that names nothing that a run could note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    #[error("{network} is no network from CSV, and --probe is only for those; leave it out")]
    Network { network: String },
    #[error(
        "--probe {layer}:{neuron}: no layer `{layer}`{hint}; the network has {known}, as in \
         layers.csv"
    )]
    Layer { layer: String, neuron: u32, hint: String, known: String },
    #[error(
        "--probe {layer}:{neuron}: no neuron {neuron} in layer `{layer}`; {near}; neurons.csv has \
         all ids"
    )]
    Neuron { layer: String, neuron: u32, near: String },
    #[error(
        "--probe {layer}:{neuron}: inputs hold no potential, they send what inputs.csv says; \
         probe a neuron of another model"
    )]
    Input { layer: String, neuron: u32 },
}

/// The ids of the neurons, each once, in the order asked for.
pub(super) fn resolve(network: &SparseNetwork, probes: &[Probe]) -> Result<Vec<u32>, ProbeError> {
    let mut ids = vec![];
    for probe in probes {
        let id = one(network, probe)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn one(network: &SparseNetwork, probe: &Probe) -> Result<u32, ProbeError> {
    let Probe { layer, neuron } = probe.clone();
    let class = |model: &Model| model.class().name();
    let known: BTreeSet<&str> = network.neurons.iter().map(|one| class(&one.model)).collect();
    if !known.contains(&*layer) {
        let hint = suggest::hint(&layer, known.iter().copied());
        let known = match known.len() {
            0 => "no layers".into(),
            _ => known.into_iter().collect::<Vec<_>>().join(", "),
        };
        return Err(ProbeError::Layer { layer, neuron, hint, known });
    }
    match network.neurons.get(neuron as usize).map(|one| class(&one.model)) {
        Some("input") if layer == "input" => Err(ProbeError::Input { layer, neuron }),
        Some(own) if own == layer => Ok(neuron),
        Some("input") => {
            let near = "it is an input, and holds no potential".into();
            Err(ProbeError::Neuron { layer, neuron, near })
        }
        Some(own) => {
            let near = format!("it is of layer `{own}`: --probe {own}:{neuron}");
            Err(ProbeError::Neuron { layer, neuron, near })
        }
        None => {
            let of_layer = |&id: &usize| class(&network.neurons[id].model) == layer;
            let last = (0..network.neurons.len()).rev().find(of_layer).unwrap_or(0);
            let near = format!("its last one is {last}: --probe {layer}:{last}");
            Err(ProbeError::Neuron { layer, neuron, near })
        }
    }
}
