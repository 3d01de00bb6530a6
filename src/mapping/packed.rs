//! Cores and places for a network from CSV that gives none: neurons in the order of their ids fill
//! one core after the other within the limits of the chip, then the cores are placed like those of
//! trained networks.

use super::partition::{Bounds, Usage};
use super::placed::weight_bits;
use super::placement::{Placement, Site, curve};
use super::{Error, Flow, Gap, Grid, PlaceError, Places, grid};
use crate::profile::{Multicast, Profile};
use crate::snn::sparse::SparseNetwork;

impl Places {
    /// Where the network says, or where its cores find places by `placement`, which weighs one
    /// spike of every neuron. Without limits (`idealised`) the board grows, which a gap tells.
    ///
    /// # Errors
    /// A place that the board does not have, more cores than it has, or a placement from a file.
    pub fn of(
        network: &SparseNetwork,
        profile: &Profile,
        placement: &Placement,
        idealised: bool,
    ) -> Result<(Places, Option<Gap>), Error> {
        if network.neurons.iter().any(|neuron| neuron.place.is_some()) || network.is_placed() {
            return Ok((Places::given(network, profile)?, None));
        }
        if let Placement::Given(_) | Placement::Mapped(_) = placement {
            return Err(PlaceError::File.into());
        }
        let core = pack(network, profile);
        let cores = core.last().map_or(0, |last| last + 1);
        let found = grid::of_board(&profile.topology, cores);
        let (grid, gap) = grid::or_unbounded(found, &profile.topology, idealised)?;
        let sites = place(network, placement, &grid, &core, cores);
        let sites = core.iter().map(|&core| sites[core]).collect();
        Ok((Places { grid, sites }, gap))
    }
}

/// By neuron its core; neurons of a core follow one another. A neuron that is beyond a limit by
/// itself has a core of its own, for which [`super::placed::gaps`] tells it.
fn pack(network: &SparseNetwork, profile: &Profile) -> Vec<usize> {
    let limits = &profile.limits;
    let bits = weight_bits(network, limits);
    let bounds = Bounds {
        neurons: limits.neurons_per_core,
        memory: limits.synapse_memory_bits_per_core,
        axons_in: limits.axons_in_per_core,
        axons_out: None,
    };
    let sources = sources(network);
    let mut core = vec![0; network.neurons.len()];
    // By neuron, the last core that counted it as a source, and the last neuron.
    let mut counted: Vec<[Option<usize>; 2]> = vec![[None; 2]; network.neurons.len()];
    let (mut now, mut usage) = (0, Usage::default());
    for (id, sources) in sources.iter().enumerate() {
        let mut alone = Usage { neurons: 1, synapses: sources.len() as u64, ..Usage::default() };
        let mut new = 0;
        for &source in sources {
            let [by_core, by_neuron] = &mut counted[source as usize];
            if by_neuron.replace(id) != Some(id) {
                alone.axons_in += 1;
                new += u64::from(*by_core != Some(now));
            }
        }
        alone.memory = alone.synapses.saturating_mul(bits);
        let with = Usage {
            neurons: usage.neurons + 1,
            memory: usage.memory.saturating_add(alone.memory),
            axons_in: usage.axons_in + new,
            axons_out: 0,
            synapses: usage.synapses + alone.synapses,
        };
        usage = if usage.neurons == 0 || bounds.hold(&with) {
            with
        } else {
            now += 1;
            alone
        };
        core[id] = now;
        sources.iter().for_each(|&source| counted[source as usize][0] = Some(now));
    }
    if let Some(most) = limits.axons_out_per_core {
        while split(network, &mut core, most) {}
    }
    core
}

/// Halves the cores that send to more cores than they may, the neurons of each added up; whether
/// there were any with several neurons.
fn split(network: &SparseNetwork, core: &mut [usize], most: u64) -> bool {
    let cores = core.last().map_or(0, |last| last + 1);
    let (mut held, mut axons) = (vec![0u64; cores], vec![0u64; cores]);
    core.iter().for_each(|&core| held[core] += 1);
    each_destination(network, core, |from, _| axons[core[from]] += 1);
    let halved: Vec<bool> =
        held.iter().zip(&axons).map(|(&held, &axons)| axons > most && held > 1).collect();
    // How many neurons of its core stand before a neuron, and by how much cores move on.
    let (mut before, mut moved) = (0, 0);
    let old = core.to_vec();
    for (id, &of) in old.iter().enumerate() {
        if id > 0 && old[id - 1] != of {
            moved += usize::from(halved[old[id - 1]]);
            before = 0;
        }
        core[id] = of + moved + usize::from(halved[of] && before >= held[of].div_ceil(2));
        before += 1;
    }
    halved.contains(&true)
}

/// By neuron, the neurons before its synapses, each as often as it has one.
fn sources(network: &SparseNetwork) -> Vec<Vec<u32>> {
    let mut sources = vec![vec![]; network.neurons.len()];
    let known = |id: u32| (id as usize) < network.neurons.len();
    for synapse in network.synapses.iter().filter(|s| known(s.pre) && known(s.post)) {
        sources[synapse.post as usize].push(synapse.pre);
    }
    sources
}

/// Every neuron with each core that it reaches.
fn each_destination(network: &SparseNetwork, core: &[usize], mut tell: impl FnMut(usize, usize)) {
    let cores = core.iter().max().map_or(0, |last| last + 1);
    // Synapses are sorted by `pre`; the engine refuses others.
    let mut reached_by: Vec<Option<u32>> = vec![None; cores];
    for synapse in &network.synapses {
        let (pre, post) = (synapse.pre as usize, synapse.post as usize);
        let (Some(_), Some(&to)) = (core.get(pre), core.get(post)) else { continue };
        if reached_by[to].replace(synapse.pre) != Some(synapse.pre) {
            tell(pre, to);
        }
    }
}

/// A site for every core. As for trained networks, on a chip whose packets fork annealing stands
/// only where its trees are shorter than those along the curve.
fn place(
    network: &SparseNetwork,
    placement: &Placement,
    grid: &Grid,
    core: &[usize],
    cores: usize,
) -> Vec<Site> {
    let mut flows = vec![];
    if placement.weighs_packets() {
        each_destination(network, core, |from, to| {
            flows.push(Flow { from: core[from] as u32, to: to as u32, packets: 1 });
        });
        flows.sort_unstable();
    }
    let along = || curve::hilbert(grid).into_iter().take(cores).collect::<Vec<_>>();
    let sites = placement.sites(grid, cores, &flows, along).unwrap_or_else(along);
    let weighed = matches!(placement, Placement::Anneal { .. } | Placement::Best { .. });
    let trees = weighed && grid.multicast == Multicast::Tree;
    if trees && links(network, grid, core, &along()) < links(network, grid, core, &sites) {
        return along();
    }
    sites
}

/// Links of the trees of all neurons.
fn links(network: &SparseNetwork, grid: &Grid, core: &[usize], sites: &[Site]) -> u64 {
    let tile = |core: usize| [sites[core].x, sites[core].y];
    let mut reached = vec![vec![]; core.len()];
    each_destination(network, core, |from, to| reached[from].push(tile(to)));
    let trees = reached.into_iter().enumerate().map(|(id, tiles)| {
        let crossed = grid.tree(tile(core[id]), tiles).crossed(grid);
        crossed.hops.by_direction().into_iter().sum::<u64>() + crossed.chip_links
    });
    trees.sum()
}
