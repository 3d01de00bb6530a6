//! Multicast trees against the union of single ways, and packets that fork under pressure.

use crate::topologies::{all, joins_chips, network, tiles, way};
use proptest::prelude::*;
use spikemesh::activity::Counts;
use spikemesh::engine::noc::{Cast, Crossing, Leaf, Network, Noc, NocError, Packet, PortName};
use spikemesh::engine::{Options, Timing, sparse};
use spikemesh::mapping::Grid;
use spikemesh::mapping::Places;
use spikemesh::profile::{self, Hops, Multicast, Profile, TileOrder};
use spikemesh::snn::sparse::{Lif, Model, Neuron, Place, Reset, Reverse, SparseNetwork, Synapse};
use std::collections::{BTreeMap, BTreeSet};

fn grids() -> impl Iterator<Item = Grid> {
    all().flat_map(|(kind, routing)| {
        let sizes = [
            (1, 1, 1, 1),
            (2, 2, 1, 1),
            (9, 2, 3, 2),
            (5, 4, 5, 2),
            (6, 9, 3, 3),
            (8, 8, 2, 4),
            (7, 7, 7, 7),
        ];
        sizes.into_iter().map(move |(width, height, chip_width, chip_height)| {
            let multicast = Multicast::Tree;
            Grid {
                chip_width,
                chip_height,
                kind,
                routing,
                multicast,
                ..Grid::of_one_chip(width, height)
            }
        })
    })
}

/// From every tile to all others, so that any two ways of any grid stand in one tree, and to a few.
#[test]
fn a_tree_is_the_union_of_single_ways() {
    for grid in grids() {
        for from in tiles(&grid) {
            for skip in [1, 2, 5, 7] {
                let to: Vec<[usize; 2]> = tiles(&grid).step_by(skip).collect();
                let tree = grid.tree(from, to.iter().copied());
                let ways: Vec<_> = to.iter().map(|&to| way(&grid, from, to)).collect();
                let union: BTreeSet<_> = ways.iter().flatten().copied().collect();
                let links = tree.branches.iter().map(|b| (b.hop.from, b.hop.to, b.hop.direction));
                assert_eq!(links.clone().collect::<BTreeSet<_>>(), union, "{grid:?}");
                assert_eq!(links.count(), union.len(), "every link once");
                for (way, mut end) in ways.iter().zip(tree.ends) {
                    for &(from, to, direction) in way.iter().rev() {
                        let branch = tree.branches[end.unwrap()];
                        assert_eq!(
                            (branch.hop.from, branch.hop.to, branch.hop.direction),
                            (from, to, direction)
                        );
                        assert!(branch.parent.is_none_or(|parent| parent < end.unwrap()));
                        end = branch.parent;
                    }
                    assert_eq!(end, None);
                }
                let (mut hops, mut chip_links) = (Hops::default(), 0);
                for (from, to, direction) in union {
                    *if joins_chips(&grid, from, to) {
                        &mut chip_links
                    } else {
                        hops.along(direction)
                    } += 1;
                }
                let crossed = grid.tree(from, to).crossed(&grid);
                assert_eq!((crossed.hops, crossed.chip_links), (hops, chip_links));
            }
        }
    }
}

fn leaf(core: usize) -> Leaf {
    Leaf { core: core as u32, packet_ps: 300, spike_ps: 0 }
}

/// One packet to every tile of an empty mesh: each copy takes as long as a packet of its own would.
#[test]
fn copies_take_the_latency_of_their_ways() {
    for grid in grids() {
        let network = network(grid, 2);
        let cores = network.cores.clone();
        let mut noc = Noc::new(network).unwrap();
        for from in [0, cores.len() / 2, cores.len() - 1] {
            let leaves: Vec<Leaf> = (0..cores.len()).map(leaf).collect();
            let tree = noc.plant(from as u32, &leaves).unwrap();
            let offsets: Vec<usize> =
                (0..=cores.len()).map(|core| usize::from(core > from)).collect();
            let got = noc.run_trees(&[Cast { inject_ps: 100, tree, spikes: 3 }], &offsets).unwrap();
            let copies = noc.latencies_ps().to_vec();
            assert_eq!((got.count, got.waits.injection_ps), (cores.len() as u64, 0));
            for (to, &ps) in copies.iter().enumerate() {
                let packet = Packet { inject_ps: 100, destination: to as u32, service_ps: 300 };
                assert_eq!(
                    noc.run(&[packet], &offsets).unwrap().latency.max_ps,
                    ps,
                    "{grid:?}: {from} to {to}"
                );
            }
        }
    }
}

#[test]
fn trees_with_one_destination_are_single_packets() {
    for (at, grid) in grids().enumerate() {
        let network = network(grid, 2 + at % 3);
        let cores = network.cores.len();
        let mut noc = Noc::new(network).unwrap();
        let destination = |n: usize| (n * n * 7 + n * 3 + at) % cores;
        let packets: Vec<Packet> = (0..30 * cores)
            .map(|n| Packet {
                inject_ps: (n % 30 * 700) as u64,
                destination: destination(n) as u32,
                service_ps: (n % 4 * 900) as u64,
            })
            .collect();
        let offsets: Vec<usize> = (0..=cores).map(|core| 30 * core).collect();
        let mut known = BTreeMap::new();
        let mut casts = vec![];
        for (n, &Packet { inject_ps, destination, service_ps }) in packets.iter().enumerate() {
            let leaf = Leaf { core: destination, packet_ps: 0, spike_ps: 900 };
            let source = (n / 30) as u32;
            let tree = *known
                .entry((source, destination))
                .or_insert_with(|| noc.plant(source, &[leaf]).unwrap());
            casts.push(Cast { inject_ps, tree, spikes: service_ps / 900 });
        }
        let single = noc.run(&packets, &offsets).unwrap();
        let (latencies, links) = (noc.latencies_ps().to_vec(), noc.links().collect::<Vec<_>>());
        assert_eq!(noc.run_trees(&casts, &offsets).unwrap(), single, "{grid:?}");
        assert_eq!((noc.latencies_ps().to_vec(), noc.links().collect()), (latencies, links));
    }
}

/// A slow core holds back its copy and those after it, the link is paid once, and the packet leaves
/// with its last copy.
#[test]
fn a_copy_without_room_waits() {
    let grid = Grid { multicast: Multicast::Tree, ..Grid::of_one_chip(3, 1) };
    let mut noc = Noc::new(Network { local_ps: 0, ..network(grid, 1) }).unwrap();
    let slow = Leaf { core: 1, packet_ps: 20_000, spike_ps: 0 };
    let tree = noc.plant(0, &[slow, leaf(2)]).unwrap();
    let cast = Cast { inject_ps: 0, tree, spikes: 1 };
    noc.record(true);
    let got = noc.run_trees(&[cast; 3], &[0, 3, 3, 3]).unwrap();
    // The first copy is served at 4100, the second waits at the core from 8200 (when the link is
    // free and the port is empty) to 24 100; the third gets its place at the core then, and goes on
    // to the east at once.
    assert_eq!(noc.latencies_ps(), [4100, 8200, 24_100, 12_300, 44_100, 32_300]);
    let links: Vec<_> = noc.links().map(|link| (link.from, link.packets)).collect();
    assert_eq!(links, [([0, 0], 3), ([1, 0], 3)]);
    assert_eq!((got.count, got.finish_ps), (6, 64_100));
    let third: Vec<Crossing> =
        noc.crossings().into_iter().filter(|crossing| crossing.packet == 2).collect();
    let ports: Vec<_> = third
        .iter()
        .map(|c| (matches!(c.port, PortName::Core(_)), c.router, c.leaves_ps))
        .collect();
    assert_eq!(
        ports,
        [
            (false, [0, 0], 4100),
            (false, [0, 0], 24_100),
            (false, [1, 0], 28_200),
            (true, [2, 0], 32_300),
            (true, [1, 0], 44_100)
        ]
    );
}

#[test]
fn trees_that_were_not_planted_are_errors() {
    let grid = Grid { multicast: Multicast::Tree, ..Grid::of_one_chip(2, 1) };
    let mut noc = Noc::new(network(grid, 2)).unwrap();
    assert_eq!(noc.plant(0, &[leaf(2)]), Err(NocError::Destination { packet: 0, core: 2 }));
    let cast = Cast { inject_ps: 0, tree: 0, spikes: 1 };
    assert_eq!(noc.run_trees(&[cast], &[0, 1, 1]), Err(NocError::Tree { packet: 0, tree: 0 }));
    assert_eq!(noc.plant(0, &[]), Ok(0));
    assert_eq!(noc.run_trees(&[cast], &[0, 1, 1]), Err(NocError::Tree { packet: 0, tree: 0 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Full meshes, tori and stars with the smallest buffers: every copy arrives, over the links of
    /// its tree.
    #[test]
    fn all_copies_arrive(
        which in 0..7usize,
        (chips_x, chips_y, chip_width, chip_height) in (1..4usize, 1..4usize, 1..5usize, 1..4usize),
        port_buffer in 1..4usize,
        per_tile in 1..3usize,
        trees in prop::collection::vec((any::<u32>(), prop::collection::btree_set(any::<u32>(), 1..12)), 1..30),
        packets in prop::collection::vec((any::<prop::sample::Index>(), 0..4u64, 0..5u64), 0..400),
    ) {
        let (kind, routing) = all().nth(which).unwrap();
        let (width, height) = (chips_x * chip_width, chips_y * chip_height);
        let multicast = Multicast::Tree;
        let grid =
            Grid { chip_width, chip_height, kind, routing, multicast, ..Grid::of_one_chip(width, height) };
        let port_buffer = if grid.has_rings() { port_buffer.max(2) } else { port_buffer };
        let mut network = network(grid, port_buffer);
        network.cores = network.cores.iter().flat_map(|&tile| vec![tile; per_tile]).collect();
        let (cores, count) = (network.cores.clone(), network.cores.len() as u32);
        let mut noc = Noc::new(network).unwrap();
        let mut planted = vec![];
        for (from, to) in &trees {
            let to: BTreeSet<u32> = to.iter().map(|to| to % count).collect();
            let leaves: Vec<Leaf> =
                to.iter().map(|&core| Leaf { core, packet_ps: 1000, spike_ps: 2000 }).collect();
            planted.push((from % count, noc.plant(from % count, &leaves).unwrap(), to));
        }
        let mut lists = vec![vec![]; count as usize];
        let mut links: BTreeMap<([usize; 2], [usize; 2]), u64> = BTreeMap::new();
        let (mut expected, mut work) = (0, vec![0; count as usize]);
        for (tree, time, spikes) in packets {
            let (from, tree, to) = tree.get(&planted);
            lists[*from as usize].push(Cast { inject_ps: time * 1000, tree: *tree, spikes });
            expected += to.len() as u64;
            let tile = |core: &u32| cores[*core as usize];
            let union: BTreeSet<_> = to.iter().flat_map(|to| way(&grid, tile(from), tile(to))).collect();
            union.into_iter().for_each(|(from, to, _)| *links.entry((from, to)).or_default() += 1);
            to.iter().for_each(|&to| work[to as usize] += 1000 + 2000 * spikes);
        }
        lists.iter_mut().for_each(|list| list.sort_by_key(|cast| cast.inject_ps));
        let mut offsets = vec![0];
        lists.iter().for_each(|list| offsets.push(offsets[offsets.len() - 1] + list.len()));
        let got = noc.run_trees(&lists.concat(), &offsets).unwrap();
        prop_assert_eq!((got.count, noc.latencies_ps().len() as u64), (expected, expected));
        prop_assert!(work.iter().all(|&work| got.finish_ps >= work), "never shorter than the busiest core");
        let found: BTreeMap<_, _> = noc.links().map(|link| ((link.from, link.to), link.packets)).collect();
        prop_assert_eq!(found, links);
    }
}

/// A network from CSV, whose inputs all reach cores near and far: counts against single ways, times
/// against analytic ones.
#[test]
fn networks_with_a_placement_fork_too() {
    let mut profile = profile::load("loihi1-davies2018").unwrap();
    (profile.topology.multicast, profile.topology.port_buffer) = (Multicast::Tree, 1);
    profile.topology.tile_order = TileOrder::ColumnMajor;
    let [width, height] = profile.topology.mesh;
    let neuron = |model: Model, n: usize| Neuron {
        model,
        class: None,
        synapse_class: "default".into(),
        place: Some(Place { chip: 0, tile: n * 7 % (width * height), core_in_tile: n % 4 }),
    };
    let inputs = 6;
    let mut neurons: Vec<Neuron> = (0..inputs).map(|n| neuron(Model::Input, n)).collect();
    let lif = Lif {
        threshold: 1e9,
        reset: Reset::Hard(0.0),
        leak_decay: 1.0,
        input_decay: 0.0,
        bias: 0.0,
        potential: 0.0,
        refractory_delay: 0,
        reverse_threshold: 0.0,
        reverse: Reverse::None,
        force_update: false,
    };
    neurons.extend((inputs..60).map(|n| neuron(Model::Lif(lif.clone()), n)));
    let synapses: Vec<Synapse> = (0..inputs as u32)
        .flat_map(|pre| {
            (inputs as u32..60)
                .filter(move |post| post % (pre + 1) == 0)
                .map(move |post| (pre, post))
        })
        .map(|(pre, post)| Synapse { pre, post, weight: 1.0, delay: 1 })
        .collect();
    let steps = 3;
    let network = SparseNetwork {
        neurons,
        synapses,
        inputs: (1..=steps).map(|step| (step, (0..inputs as u32).collect())).collect(),
    };
    let run = |timing| {
        let options = Options { timing, ..Options::default() };
        sparse::run(&network, &profile, steps as usize, options, || ()).unwrap().activity
    };
    let (analytic, event) = (run(Timing::Analytic), run(Timing::Event));
    let grid = Places::given(&network, &profile).unwrap().grid;
    let place = |id: u32| {
        let Place { tile, core_in_tile, .. } = network.neurons[id as usize].place.unwrap();
        ([tile / height, tile % height], core_in_tile)
    };
    let (mut links, mut local, mut packets_in) = (BTreeMap::new(), 0, 0);
    for pre in 0..inputs as u32 {
        let from = place(pre).0;
        let to: BTreeSet<_> =
            network.synapses.iter().filter(|s| s.pre == pre).map(|s| place(s.post)).collect();
        packets_in += steps * to.len() as u64;
        local += steps * u64::from(to.iter().any(|&(tile, _)| tile == from));
        let union: BTreeSet<_> = to.iter().flat_map(|&(to, _)| way(&grid, from, to)).collect();
        union.into_iter().for_each(|(from, to, _)| *links.entry((from, to)).or_insert(0) += steps);
    }
    for activity in [&analytic, &event] {
        let mut counts = Counts::new(2, 1);
        activity.steps.iter().for_each(|step| counts.add(&step.counts));
        assert_eq!((counts.packets, counts.packets_in), (steps * inputs as u64, packets_in));
        assert_eq!(
            (counts.local_packets, counts.total_hops()),
            (local, links.values().sum::<u64>())
        );
        let found: BTreeMap<_, _> =
            activity.links.iter().map(|link| ((link.from, link.to), link.packets)).collect();
        assert_eq!(found, links);
    }
    assert_eq!(event.latencies.total(), packets_in);
    for (event, analytic) in event.steps.iter().zip(&analytic.steps) {
        assert!(event.timing.total.nominal >= analytic.timing.total.nominal);
        assert_eq!(event.counts, analytic.counts);
    }
    // All steps are alike, so that no interval is distorted.
    let order: Vec<_> = event.steps.iter().map(|step| step.timing.order.unwrap()).collect();
    assert_eq!(
        order.iter().map(|o| o.intervals).collect::<Vec<_>>(),
        [0, packets_in / 3, packets_in / 3]
    );
    assert!(order.iter().all(|o| o.distortion_ps == 0));
    assert!(run_error(&network, &profile).contains("--timing event"));
}

fn run_error(network: &SparseNetwork, profile: &Profile) -> String {
    let options = Options { timing: Timing::Links, ..Options::default() };
    sparse::run(network, profile, 1, options, || ()).unwrap_err().to_string()
}
