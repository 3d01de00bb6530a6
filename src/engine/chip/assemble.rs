//! What a run's counters become: layers, cores, links of an [`crate::activity::Activity`].

use crate::activity::{CoreActivity, Counts, Layer};
use crate::engine::links::Links;
use crate::engine::packets::Operation;
use crate::engine::tally::Tally;
use crate::engine::timing::Latencies;
use crate::engine::traffic::{Traffic, blocks_of};
use crate::mapping::{Core, CoreId, Mapping};
use crate::profile::{Encoding, Multicast, Profile};
use crate::snn::{Class, Model, Network, PopulationId};

/// Synapse classes of converted networks, in the order of `Activity::synapse_classes`.
pub(crate) const SYNAPSE_CLASSES: [&str; 3] = ["conv", "dense", "sparse"];
/// That of pools and relays, which stands behind them among the latencies.
pub(crate) const POOL_CLASS: &str = "pool";
/// What a core holds: rows, columns and channels of a population, each from and to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub population: PopulationId,
    pub block: [[usize; 2]; 3],
}

impl Place {
    /// Units there.
    pub fn neurons(&self) -> usize {
        self.block.iter().map(|[from, to]| to - from).product()
    }
}

/// By core; of chips with steps, whose cores hold one block each.
pub(crate) fn places(mapping: &Mapping) -> Vec<Place> {
    shared_places(mapping).into_iter().flatten().collect()
}

/// By core, all that it holds, in the order of populations.
pub(crate) fn shared_places(mapping: &Mapping) -> Vec<Vec<Place>> {
    let mut places = vec![vec![]; mapping.cores.len()];
    for (population, tiling) in mapping.tilings.iter().enumerate() {
        for (core, block) in blocks_of(tiling) {
            places[core as usize].push(Place { population, block });
        }
    }
    places
}

/// By population, index of its class among [`Class::ALL`].
pub(crate) fn classes(network: &Network) -> Vec<usize> {
    network.populations.iter().map(|p| p.model.class() as usize).collect()
}

/// By population, the class of the synapses into it, among [`SYNAPSE_CLASSES`].
pub(crate) fn synapse_classes(network: &Network, profile: &Profile) -> Vec<usize> {
    let class = |positions: usize| match profile.capabilities.encoding {
        Encoding::Auto if positions > 1 => 0,
        Encoding::Conv => 0,
        Encoding::Auto | Encoding::Dense => 1,
        Encoding::Sparse => 2,
    };
    network.populations.iter().map(|p| class(p.shape.positions())).collect()
}

/// What events take: classes of neurons, and those of synapses with pools behind them.
pub(crate) fn latencies(profile: &Profile) -> Latencies {
    let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let synapses = [&SYNAPSE_CLASSES[..], &[POOL_CLASS]].concat();
    Latencies::new(profile, &names(Class::NAMES), &names(&synapses))
}

/// What an operation at population `p` takes; `classes` are those of the synapses.
pub(crate) fn operation(
    network: &Network,
    latencies: &Latencies,
    classes: &[usize],
    p: PopulationId,
) -> Operation {
    let pooled = matches!(network.populations[p].model, Model::Pool(_) | Model::Relay);
    let class = if pooled { SYNAPSE_CLASSES.len() } else { classes[p] };
    Operation { time: latencies.synapse[class], pooled }
}

pub(crate) fn empty() -> Counts {
    Counts::new(Class::ALL.len(), SYNAPSE_CLASSES.len())
}

/// Loads of links; `copies` are packets to each destination, by population and cell.
pub(crate) fn links(mapping: &Mapping, traffic: &[Traffic], copies: &[impl AsRef<[u64]>]) -> Links {
    let mut links = Links::new(mapping.grid);
    let tile = |core: CoreId| mapping.cores[core as usize].tile();
    let (mut from, mut to) = (vec![], vec![]);
    for (traffic, copies) in traffic.iter().zip(copies) {
        let sent =
            |cell: u32| (tile(traffic.cells[cell as usize].core), copies.as_ref()[cell as usize]);
        for (list, cells) in traffic.by_list().into_iter().enumerate() {
            from.clear();
            from.extend(cells.into_iter().map(sent).filter(|&(_, copies)| copies > 0));
            if from.is_empty() {
                continue;
            }
            to.clear();
            traffic.each_destination(list as u32, |core, _| to.push(tile(core)));
            match mapping.grid.multicast {
                Multicast::Unicast => links.add_all(&from, &to),
                Multicast::Tree => {
                    for &(from, copies) in &from {
                        links.add_tree(&mapping.grid.tree(from, to.iter().copied()), copies);
                    }
                }
            }
        }
    }
    links
}

/// What the cores of layer `p` counted, which hold no other one.
pub(crate) fn of_cores(mapping: &Mapping, cores: &[Tally], p: PopulationId) -> Tally {
    let mut sum = Tally::default();
    mapping.tilings[p].cores.iter().for_each(|&core| sum += cores[core as usize]);
    sum
}

/// Layer `p`, whose synapses are of a class, from its counts and from what was kept of its spikes.
pub(crate) fn layer(
    network: &Network,
    mapping: &Mapping,
    tally: &Tally,
    (p, synapses): (PopulationId, usize),
    spikes_per_step: Vec<u64>,
    spikes_per_position: Vec<u64>,
) -> Layer {
    let population = &network.populations[p];
    let mut counts = empty();
    tally.add_to(&mut counts, population.model.class() as usize, synapses);
    Layer {
        name: population.name.clone(),
        class: population.model.class().to_string(),
        height: population.shape.height,
        width: population.shape.width,
        channels: population.shape.channels,
        depth: population.depth,
        neurons: population.shape.neurons() as u64 * mapping.tilings[p].neurons_per_unit,
        synapses: network.synapses(p),
        cores: mapping.tilings[p].cores.len() as u64,
        counts,
        spikes_per_step,
        spikes_per_position,
        nonzero_operations: None,
        shapeless: false,
    }
}

/// One core, with what it counted.
pub(crate) fn core(core: &Core, counts: Counts) -> CoreActivity {
    CoreActivity {
        x: core.x,
        y: core.y,
        slot: core.slot,
        layer: core.population,
        neurons: core.neurons,
        synapse_memory_bits: core.synapse_memory_bits,
        axons_in: core.axons_in,
        axons_out: core.axons_out,
        counts,
    }
}
