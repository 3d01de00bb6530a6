//! Neurons whose potentials a run notes, as `--probe` names them.

use super::Membrane;
use crate::engine::probe::Probed;
use crate::snn::retime::Retimed;
use crate::snn::sparse::{Model, SparseNetwork};
use crate::snn::{self, Network, Population, PopulationId};
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
    /// A name without a layer.
    #[error(
        "--probe {layer}:{neuron}: no layer `{layer}`{hint}; the network has {known}, as in \
         layers.csv"
    )]
    Layer {
        /// Name that was given.
        layer: String,
        /// Number that was given.
        neuron: u32,
        /// A layer of a similar name, or nothing.
        hint: String,
        /// Names of the layers.
        known: String,
    },
    /// A number without a neuron.
    #[error("--probe {layer}:{neuron}: no neuron {neuron} in layer `{layer}`; {near}; {ids}")]
    Neuron {
        /// Name of the layer.
        layer: String,
        /// Number of the neuron, from 0.
        neuron: u32,
        /// Which numbers there are.
        near: String,
        /// How neurons are numbered.
        ids: &'static str,
    },
    /// A neuron that is an input.
    #[error(
        "--probe {layer}:{neuron}: inputs hold no potential, they send what inputs.csv says; \
         probe a neuron of another model"
    )]
    Input {
        /// Name of the layer.
        layer: String,
        /// Number of the neuron, from 0.
        neuron: u32,
    },
    /// A neuron whose model holds no potential.
    #[error(
        "--probe {layer}:{neuron}: units of class {class} hold no potential, they {does}; {near}"
    )]
    Stateless {
        /// Name of the layer.
        layer: String,
        /// Number of the neuron, from 0.
        neuron: u32,
        /// Class of its units.
        class: &'static str,
        /// What they do instead.
        does: &'static str,
        /// What may be probed.
        near: String,
    },
}

/// Where the numbers of neurons stand.
const IDS: &str = "neurons.csv has all ids";
/// The same of layers that have a shape.
const ORDER: &str = "they count from 0 by row, column and channel";
/// Most layers that a message lists.
const MOST_LISTED: usize = 12;

/// The ids of the neurons of a network from CSV, each once, in the order asked for.
pub(super) fn resolve(network: &SparseNetwork, probes: &[Probe]) -> Result<Vec<u32>, ProbeError> {
    each_once(probes, |probe| one(network, probe))
}

/// The same of a network in layers.
pub(super) fn in_layers(network: &Network, probes: &[Probe]) -> Result<Vec<Probed>, ProbeError> {
    each_once(probes, |probe| in_layer(network, probe))
}

fn each_once<T: PartialEq>(
    probes: &[Probe],
    find: impl Fn(&Probe) -> Result<T, ProbeError>,
) -> Result<Vec<T>, ProbeError> {
    let mut found = vec![];
    for probe in probes {
        let one = find(probe)?;
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

fn in_layer(network: &Network, probe: &Probe) -> Result<Probed, ProbeError> {
    let Probe { layer, neuron } = probe.clone();
    let names = || network.populations.iter().map(|population| &*population.name);
    let Some(population) = names().position(|name| name == layer) else {
        let hint = suggest::hint(&layer, names());
        return Err(ProbeError::Layer { layer, neuron, hint, known: listed(names()) });
    };
    let own = &network.populations[population];
    if let Some(does) = stateless(&own.model) {
        let (class, near) = (own.model.class().name(), near(network, population));
        return Err(ProbeError::Stateless { layer, neuron, class, does, near });
    }
    if neuron as usize >= own.shape.neurons() {
        let near = last(&layer, own.shape.neurons().saturating_sub(1));
        return Err(ProbeError::Neuron { layer, neuron, near, ids: ORDER });
    }
    Ok(Probed { population, neuron })
}

/// What units do that hold no potential.
fn stateless(model: &snn::Model) -> Option<&'static str> {
    match model {
        snn::Model::Input(_) => Some("send what they are fed"),
        snn::Model::Pool(_) => Some("pass on spikes of what they pool"),
        snn::Model::Relay => Some("send on what arrives"),
        snn::Model::If(_)
        | snn::Model::Tracking(_)
        | snn::Model::Curve(_)
        | snn::Model::Cuba(_)
        | snn::Model::Readout(_) => None,
    }
}

/// The next layer whose neurons hold a potential, or else the last one before.
fn near(network: &Network, population: PopulationId) -> String {
    let holds = |one: &&Population| stateless(&one.model).is_none();
    let (before, behind) = network.populations.split_at(population);
    match behind.iter().find(holds).or_else(|| before.iter().rfind(holds)) {
        Some(one) => format!("probe another layer, such as --probe {}:0", one.name),
        None => "no layer does; --record-spikes writes what they send".into(),
    }
}

/// Names in their order; of many the first ones.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "no layers".into(),
        1..=MOST_LISTED => names.join(", "),
        all => format!("{} and {} more", names[..MOST_LISTED].join(", "), all - MOST_LISTED),
    }
}

fn last(layer: &str, last: usize) -> String {
    format!("its last one is {last}: --probe {layer}:{last}")
}

/// Gives potentials their value in the unit of the network: `units` are, by population before
/// retiming and by channel, what a membrane unit is there; empty where it has no unit.
pub(super) fn value(membranes: &mut [Membrane], retimed: &Retimed, units: &[Vec<f64>]) {
    for membrane in membranes {
        let layer = membrane.layer as usize;
        let Some(own) = retimed.place.iter().position(|&place| place == layer) else { continue };
        let channels = retimed.network.populations[layer].shape.channels;
        let unit = units.get(own).and_then(|units| units.get(membrane.neuron as usize % channels));
        let value = unit.map(|unit| membrane.potential * unit);
        membrane.value = value.filter(|value| value.is_finite());
    }
}

fn one(network: &SparseNetwork, probe: &Probe) -> Result<u32, ProbeError> {
    let Probe { layer, neuron } = probe.clone();
    let class = |model: &Model| model.class().name();
    let known: BTreeSet<&str> = network.neurons.iter().map(|one| class(&one.model)).collect();
    if !known.contains(&*layer) {
        let hint = suggest::hint(&layer, known.iter().copied());
        let known = listed(known.into_iter());
        return Err(ProbeError::Layer { layer, neuron, hint, known });
    }
    match network.neurons.get(neuron as usize).map(|one| class(&one.model)) {
        Some("input") if layer == "input" => Err(ProbeError::Input { layer, neuron }),
        Some(own) if own == layer => Ok(neuron),
        Some("input") => {
            let near = "it is an input, and holds no potential".into();
            Err(ProbeError::Neuron { layer, neuron, near, ids: IDS })
        }
        Some(own) => {
            let near = format!("it is of layer `{own}`: --probe {own}:{neuron}");
            Err(ProbeError::Neuron { layer, neuron, near, ids: IDS })
        }
        None => {
            let of_layer = |&id: &usize| class(&network.neurons[id].model) == layer;
            let last = (0..network.neurons.len()).rev().find(of_layer).unwrap_or(0);
            let near = self::last(&layer, last);
            Err(ProbeError::Neuron { layer, neuron, near, ids: IDS })
        }
    }
}
