//! Where the neurons of a network from CSV lie: dense numbers of its cores, layers and classes.

use crate::activity::{Counts, Layer};
use crate::mapping::Places;
use crate::mapping::placement::Site;
use crate::profile::Profile;
use crate::snn::sparse::SparseNetwork;
use std::collections::BTreeMap;

/// A core that holds neurons.
pub(super) struct PlacedCore {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) slot: usize,
    pub(super) neurons: u64,
    /// Synapses into its neurons.
    pub(super) synapses: u64,
    /// The layer of its neurons, if they are of one.
    pub(super) only_layer: Option<usize>,
}

impl PlacedCore {
    pub(super) fn tile(&self) -> [usize; 2] {
        [self.x, self.y]
    }
}

/// Dense numbering of cores and classes.
pub(super) struct Layout {
    pub(super) soma_classes: Vec<String>,
    pub(super) synapse_classes: Vec<String>,
    pub(super) cores: Vec<PlacedCore>,
    /// By neuron: layer, which is also its soma class.
    pub(super) layer: Vec<usize>,
    /// By neuron: index into `cores`.
    pub(super) core: Vec<usize>,
    /// By neuron: class of the synapses into it.
    pub(super) synapse_class: Vec<usize>,
    pub(super) used_tiles: u64,
}

impl Layout {
    pub(super) fn new(network: &SparseNetwork, places: &Places, profile: &Profile) -> Self {
        let neurons = &network.neurons;
        let (soma_classes, layer) = number(neurons.iter().map(|n| n.class().name()));
        let (synapse_classes, synapse_class) =
            number(neurons.iter().map(|n| n.synapse_class.as_str()));
        let (core, sites) = places.cores(&profile.topology);
        let (tiles, _) = number(sites.iter().map(|site| (site.x, site.y)));
        let mut cores: Vec<PlacedCore> = sites
            .into_iter()
            .map(|Site { x, y, slot }| PlacedCore {
                x,
                y,
                slot,
                neurons: 0,
                synapses: 0,
                only_layer: None,
            })
            .collect();
        for (&core, &layer) in core.iter().zip(&layer) {
            let core = &mut cores[core];
            core.only_layer = if core.neurons == 0 {
                Some(layer)
            } else {
                core.only_layer.filter(|&l| l == layer)
            };
            core.neurons += 1;
        }
        for synapse in &network.synapses {
            cores[core[synapse.post as usize]].synapses += 1;
        }
        Layout {
            soma_classes: soma_classes.into_iter().map(str::to_owned).collect(),
            synapse_classes: synapse_classes.into_iter().map(str::to_owned).collect(),
            cores,
            layer,
            core,
            synapse_class,
            used_tiles: tiles.len() as u64,
        }
    }
}

/// The distinct keys, sorted, and for every key its index among them.
fn number<K: Ord + Copy>(keys: impl Iterator<Item = K> + Clone) -> (Vec<K>, Vec<usize>) {
    let mut index: BTreeMap<K, usize> = keys.clone().map(|key| (key, 0)).collect();
    for (position, value) in index.values_mut().enumerate() {
        *value = position;
    }
    let numbers = keys.map(|key| index[&key]).collect();
    (index.into_keys().collect(), numbers)
}

/// The layers, with what was counted in each.
pub(super) fn layers(
    network: &SparseNetwork,
    layout: &Layout,
    counts: Vec<Counts>,
    spikes_per_step: Vec<Vec<u64>>,
) -> Vec<Layer> {
    let mut layers: Vec<Layer> = counts
        .into_iter()
        .zip(spikes_per_step)
        .zip(&layout.soma_classes)
        .map(|((counts, spikes_per_step), class)| Layer {
            name: class.clone(),
            class: class.clone(),
            height: 1,
            width: 1,
            channels: 0,
            depth: 0,
            neurons: 0,
            synapses: 0,
            cores: 0,
            spikes_per_position: vec![counts.spikes],
            counts,
            spikes_per_step,
            nonzero_operations: None,
            shapeless: true,
        })
        .collect();
    for &layer in &layout.layer {
        layers[layer].neurons += 1;
        layers[layer].channels += 1;
    }
    for synapse in &network.synapses {
        layers[layout.layer[synapse.post as usize]].synapses += 1;
    }
    let (pairs, _) = number(layout.layer.iter().zip(&layout.core));
    for (&layer, _) in pairs {
        layers[layer].cores += 1;
    }
    layers
}
