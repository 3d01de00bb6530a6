//! What a run's counters become: layers, cores, links of an [`crate::activity::Activity`].

use crate::activity::{CoreActivity, Counts, Layer};
use crate::engine::links::Links;
use crate::engine::tally::Tally;
use crate::engine::traffic::{Traffic, blocks_of};
use crate::mapping::{CoreId, Mapping};
use crate::profile::Multicast;
use crate::snn::{Class, Network, PopulationId};

/// Synapse classes of converted networks, in the order of `Activity::synapse_classes`.
pub(crate) const SYNAPSE_CLASSES: [&str; 1] = ["conv"];
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

/// Layer `p`, from its counts and from what was kept of its spikes.
pub(crate) fn layer(
    network: &Network,
    mapping: &Mapping,
    tally: &Tally,
    p: PopulationId,
    spikes_per_step: Vec<u64>,
    spikes_per_position: Vec<u64>,
) -> Layer {
    let population = &network.populations[p];
    let mut counts = empty();
    tally.add_to(&mut counts, population.model.class() as usize);
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

/// One core, from its counts.
pub(crate) fn core(
    network: &Network,
    mapping: &Mapping,
    cores: &[Tally],
    core: usize,
) -> CoreActivity {
    let tally = &cores[core];
    let core = &mapping.cores[core];
    let mut counts = empty();
    let class = core.population.map_or(0, |p| network.populations[p].model.class() as usize);
    tally.add_to(&mut counts, class);
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
