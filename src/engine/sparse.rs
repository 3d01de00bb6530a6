//! Networks that bring their own placement, run neuron by neuron in `f64`.
//!
//! A step has two phases: every mapped neuron is visited once, then the spikes are delivered and
//! take effect in the next step. Sums of weights run in order of `(pre, synapse)`. A layer is the
//! neurons of one model class.

pub(crate) mod neuron;
mod routes;

use super::Options;
use super::network_timing::{StepPackets, Timer};
use super::noc::NocError;
use super::timing::{Latencies, Load, Work};
use crate::activity::{Activity, CoreActivity, Counts, Layer, Link, Step};
use crate::mapping::Grid;
use crate::profile::{Profile, TileOrder, Topology};
use crate::snn::sparse::SparseNetwork;
use neuron::State;
use routes::Routes;
use std::collections::BTreeMap;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub activity: Activity,
    /// Every spike, inputs included, by step (from 1) and neuron.
    pub spikes: Vec<(u64, u32)>,
}

/// Why a network does not run on a profile.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    #[error("neuron {neuron} is on tile {tile}, the chip has {tiles} tiles")]
    Tile { neuron: usize, tile: usize, tiles: usize },
    #[error("neuron {neuron} is on core {core} of its tile, a tile has {cores} cores")]
    Core { neuron: usize, core: usize, cores: usize },
    #[error("{what} names neuron {neuron}, the network has {neurons}")]
    NoSuchNeuron { what: &'static str, neuron: u32, neurons: usize },
    #[error("the synapses are not sorted by `pre`")]
    Unsorted,
    #[error(transparent)]
    Network(#[from] NocError),
}

/// Runs `steps` steps; every spike is recorded. `progress` hears of every finished step.
///
/// # Errors
/// The network does not fit the chip's tiles, is inconsistent, or its packets cannot be simulated.
pub fn run(
    network: &SparseNetwork,
    profile: &Profile,
    steps: usize,
    options: Options,
    mut progress: impl FnMut(),
) -> Result<Run, Error> {
    check(network, profile)?;
    let steps = steps as u64;
    let layout = Layout::new(network, profile);
    let latencies = Latencies::new(profile, &layout.soma_classes, &layout.synapse_classes);
    let routes = Routes::new(network, &layout, &latencies, &grid(profile));
    let starts = routes::synapse_starts(network);
    let (somas, classes) = (layout.soma_classes.len(), layout.synapse_classes.len());
    let empty = Counts::new(somas, classes);

    let mut states: Vec<State> = network.neurons.iter().map(|n| State::new(&n.model)).collect();
    let mut sums: Vec<Option<f64>> = vec![None; network.neurons.len()];
    let mut next = sums.clone();
    let mut layer_counts = vec![empty.clone(); somas];
    let mut core_counts = vec![empty.clone(); layout.cores.len()];
    let mut links: BTreeMap<[[usize; 2]; 2], u64> = BTreeMap::new();
    let mut spikes_per_step = vec![Vec::new(); somas];
    let mut step_counts = Vec::new();
    let mut spikes = Vec::new();
    let tiles = layout.cores.iter().map(|core| [core.x, core.y]).collect();
    let mut timer = Timer::new(options, profile, &grid(profile), tiles, layout.used_tiles)?;
    timer.plant(routes.trees(&layout))?;

    for step in 1..=steps {
        let mut loads = vec![Load::default(); layout.cores.len()];
        let mut total = empty.clone();
        let mut fired = Vec::new();
        let mut layer_spikes = vec![0u64; somas];
        // By core, its time so far and the packets it has sent.
        let mut sending = vec![(0, StepPackets::default()); layout.cores.len()];
        let inputs = network.inputs.get(&step).map_or(&[][..], Vec::as_slice);

        for (id, neuron) in network.neurons.iter().enumerate() {
            let (layer, core) = (layout.layer[id], layout.core[id]);
            let x = sums[id];
            let external = inputs.binary_search(&(id as u32)).is_ok();
            let outcome = neuron::update(&neuron.model, &mut states[id], x, external, step == 1);
            for counts in [&mut total, &mut layer_counts[layer], &mut core_counts[core]] {
                counts.accesses[layer] += 1;
                counts.updates_input[layer] += u64::from(outcome.fired || outcome.received);
                counts.updates_state[layer] += u64::from(outcome.fired || outcome.active);
                counts.firings[layer] += u64::from(outcome.fired);
                counts.spikes += u64::from(outcome.fired);
                counts.events += u64::from(outcome.fired);
            }
            loads[core].generation_ps += latencies.soma(layer, &outcome);
            sending[core].0 += latencies.soma(layer, &outcome);
            if outcome.fired {
                fired.push(id);
                layer_spikes[layer] += 1;
                spikes.push((step, id as u32));
                if timer.moves_packets() {
                    routes.send(id, latencies.axon_out, &mut sending[core]);
                }
            }
        }

        for &id in &fired {
            let (layer, core) = (layout.layer[id], layout.core[id]);
            for packet in &routes.packets[id] {
                for counts in [&mut total, &mut layer_counts[layer], &mut core_counts[core]] {
                    routes::count_sent(counts, packet);
                }
                loads[core].generation_ps += if packet.sent { latencies.axon_out } else { 0 };
                loads[packet.core].receive_ps += packet.receive_ps;
                total.packets_in += 1;
                core_counts[packet.core].packets_in += 1;
                layer_counts[packet.layer].packets_in += 1;
                for &(layer, class, operations) in &packet.operations {
                    total.synaptic_operations[class] += operations;
                    core_counts[packet.core].synaptic_operations[class] += operations;
                    layer_counts[layer].synaptic_operations[class] += operations;
                }
                for &link in &packet.links {
                    *links.entry(link).or_default() += 1;
                }
            }
            for synapse in &network.synapses[starts[id]..starts[id + 1]] {
                *next[synapse.post as usize].get_or_insert(0.0) += synapse.weight;
            }
        }

        std::mem::swap(&mut sums, &mut next);
        next.fill(None);
        for (per_step, spikes) in spikes_per_step.iter_mut().zip(layer_spikes) {
            per_step.push(spikes);
        }
        step_counts.push(total);
        let work = Work::of(&loads);
        let moves = timer.moves_packets();
        timer.push(moves.then(|| StepPackets::of(sending.into_iter().map(|(_, p)| p))), work)?;
        progress();
    }

    let layers = layers(network, &layout, layer_counts, spikes_per_step);
    let cores = layout.cores.iter().zip(core_counts).enumerate();
    let cores = cores.map(|(index, (core, counts))| CoreActivity {
        x: core.x,
        y: core.y,
        slot: core.slot,
        layer: core.only_layer,
        neurons: core.neurons,
        synapse_memory_bits: core.synapses * u64::from(profile.limits.weight_bits.unwrap_or(0)),
        axons_in: routes.axons_in[index],
        axons_out: routes.axons_out[index],
        counts,
    });
    let links = links.into_iter().map(|([from, to], packets)| Link {
        from,
        to,
        between_chips: false,
        packets,
        stall_ps: 0,
        blocked_ps: 0,
    });
    let mut links: Vec<Link> = links.collect();
    let timed = timer.finish(&mut links)?;
    let activity = Activity {
        inference_steps: steps,
        depth: 0,
        steps: step_counts
            .into_iter()
            .zip(timed.steps)
            .map(|(counts, timing)| Step { counts, timing })
            .collect(),
        layers,
        cores: cores.collect(),
        links,
        input_macs: 0,
        input_writes: 0,
        saturations: 0,
        chips: 1,
        time_error_ps: timed.error_ps,
        first_output_ps: None,
        latencies: timed.latencies,
        soma_classes: layout.soma_classes,
        synapse_classes: layout.synapse_classes,
    };
    Ok(Run { activity, spikes })
}

/// One chip: networks that bring their own placement name its tiles.
pub fn grid(profile: &Profile) -> Grid {
    let Topology { mesh: [width, height], cores_per_tile, kind, routing, multicast, .. } = profile.topology;
    Grid { cores_per_tile, kind, routing, multicast, ..Grid::of_one_chip(width, height) }
}

fn check(network: &SparseNetwork, profile: &Profile) -> Result<(), Error> {
    let [width, height] = profile.topology.mesh;
    let (tiles, cores) = (width * height, profile.topology.cores_per_tile);
    for (id, neuron) in network.neurons.iter().enumerate() {
        if neuron.tile >= tiles {
            return Err(Error::Tile { neuron: id, tile: neuron.tile, tiles });
        }
        if neuron.core_in_tile >= cores {
            return Err(Error::Core { neuron: id, core: neuron.core_in_tile, cores });
        }
    }
    if !network.synapses.is_sorted_by_key(|synapse| synapse.pre) {
        return Err(Error::Unsorted);
    }
    let neurons = network.neurons.len();
    let ends = network.synapses.iter().flat_map(|s| [s.pre, s.post]).map(|id| ("a synapse", id));
    let inputs = network.inputs.values().flatten().map(|&id| ("an input", id));
    match ends.chain(inputs).find(|&(_, id)| id as usize >= neurons) {
        Some((what, neuron)) => Err(Error::NoSuchNeuron { what, neuron, neurons }),
        None => Ok(()),
    }
}

/// A core that holds neurons.
struct PlacedCore {
    x: usize,
    y: usize,
    slot: usize,
    neurons: u64,
    /// Synapses into its neurons.
    synapses: u64,
    /// The layer of its neurons, if they are of one.
    only_layer: Option<usize>,
}

impl PlacedCore {
    fn tile(&self) -> [usize; 2] {
        [self.x, self.y]
    }
}

/// Dense numbering of cores and classes.
struct Layout {
    soma_classes: Vec<String>,
    synapse_classes: Vec<String>,
    cores: Vec<PlacedCore>,
    /// By neuron: layer, which is also its soma class.
    layer: Vec<usize>,
    /// By neuron: index into `cores`.
    core: Vec<usize>,
    /// By neuron: class of the synapses into it.
    synapse_class: Vec<usize>,
    used_tiles: u64,
}

impl Layout {
    fn new(network: &SparseNetwork, profile: &Profile) -> Self {
        let neurons = &network.neurons;
        let (soma_classes, layer) = number(neurons.iter().map(|n| n.model.class()));
        let (synapse_classes, synapse_class) = number(neurons.iter().map(|n| n.synapse_class.as_str()));
        let (places, core) = number(neurons.iter().map(|n| (n.tile, n.core_in_tile)));
        let (tiles, _) = number(neurons.iter().map(|n| n.tile));
        let [width, height] = profile.topology.mesh;
        let mut cores: Vec<PlacedCore> = places
            .into_iter()
            .map(|(tile, slot)| {
                let (x, y) = match profile.topology.tile_order {
                    TileOrder::RowMajor => (tile % width, tile / width),
                    TileOrder::ColumnMajor => (tile / height, tile % height),
                };
                PlacedCore { x, y, slot, neurons: 0, synapses: 0, only_layer: None }
            })
            .collect();
        for (&core, &layer) in core.iter().zip(&layer) {
            let core = &mut cores[core];
            core.only_layer =
                if core.neurons == 0 { Some(layer) } else { core.only_layer.filter(|&l| l == layer) };
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

fn layers(
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
            spikes_per_position: vec![u32::try_from(counts.spikes).unwrap_or(u32::MAX)],
            counts,
            spikes_per_step,
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
