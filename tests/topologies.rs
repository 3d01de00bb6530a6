//! Ways over every kind of grid against a breadth-first search and a plain router that plans the
//! whole way at its source; packets under pressure on each of them.

use proptest::prelude::*;
use spikemesh::engine::noc::{Network, Noc, NocError, Packet};
use spikemesh::engine::sweep::sweep;
use spikemesh::mapping::Grid;
use spikemesh::mapping::route::Direction::{self, *};
use spikemesh::profile::{Hops, Kind, Routing};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const KINDS: [Kind; 4] = [Kind::Mesh, Kind::Torus, Kind::TriangularTorus, Kind::Star];

/// Kinds with the routings that they can have.
pub fn all() -> impl Iterator<Item = (Kind, Routing)> {
    KINDS.into_iter().map(|kind| (kind, Routing::Xy)).chain(
        KINDS
            .into_iter()
            .filter(|&kind| kind != Kind::Star)
            .map(|kind| (kind, Routing::LongestDimensionFirst)),
    )
}

type Link = ([usize; 2], [usize; 2], Direction);

fn chip(grid: &Grid, [x, y]: [usize; 2]) -> [usize; 2] {
    [x / grid.chip_width, y / grid.chip_height]
}

/// The way of a packet as its source would plan it.
pub fn way(grid: &Grid, from: [usize; 2], to: [usize; 2]) -> Vec<Link> {
    if grid.kind == Kind::Star {
        return star(grid, from, to);
    }
    let [width, height] = [grid.width, grid.height].map(|side| side as i64);
    let [x, y] = [0, 1].map(|axis| to[axis] as i64 - from[axis] as i64);
    // Around the torus in every way; of equals those to the east and to the north.
    let rounds: &[i64] = if grid.has_rings() { &[-1, 0, 1] } else { &[0] };
    let planned =
        rounds.iter().flat_map(|i| rounds.iter().map(move |j| [x + i * width, y + j * height]));
    let planned = planned.filter(|[x, y]| x.abs() < width && y.abs() < height).map(|[x, y]| {
        let same_sign = grid.kind == Kind::TriangularTorus && x.signum() * y.signum() > 0;
        let diagonal = if same_sign { x.signum() * x.abs().min(y.abs()) } else { 0 };
        let legs = [(NorthEast, diagonal), (East, x - diagonal), (North, y - diagonal)];
        (legs.iter().map(|(_, length)| length.abs()).sum::<i64>(), x < 0, y < 0, legs)
    });
    let (.., mut legs) =
        planned.min_by_key(|&(length, west, south, _)| (length, west, south)).unwrap();
    if grid.routing == Routing::LongestDimensionFirst {
        legs.sort_by_key(|(_, length)| -length.abs());
    }
    let mut at = from;
    let mut links = vec![];
    for (ahead, length) in legs {
        for _ in 0..length.abs() {
            let (direction, [dx, dy]) = match (ahead, length > 0) {
                (East, true) => (East, [1, 0]),
                (East, false) => (West, [width - 1, 0]),
                (North, true) => (North, [0, 1]),
                (North, false) => (South, [0, height - 1]),
                (_, true) => (NorthEast, [1, 1]),
                (_, false) => (SouthWest, [width - 1, height - 1]),
            };
            let next =
                [(at[0] as i64 + dx) % width, (at[1] as i64 + dy) % height].map(|c| c as usize);
            links.push((at, next, direction));
            at = next;
        }
    }
    links
}

fn star(grid: &Grid, from: [usize; 2], to: [usize; 2]) -> Vec<Link> {
    if from == to {
        return vec![];
    }
    let hub = |[x, y]: [usize; 2]| [grid.width + x, grid.height + y];
    let (start, end) = (chip(grid, from), chip(grid, to));
    let chips = Grid { kind: Kind::Mesh, ..Grid::of_one_chip(grid.width, grid.height) };
    let between =
        way(&chips, start, end).into_iter().map(|(a, b, direction)| (hub(a), hub(b), direction));
    let mut links = vec![(from, hub(start), East)];
    links.extend(between);
    links.push((hub(end), to, West));
    links
}

/// Whether a link of [`way`] joins two chips.
pub fn joins_chips(grid: &Grid, from: [usize; 2], to: [usize; 2]) -> bool {
    match [from, to].map(|[x, _]| x >= grid.width) {
        [true, true] => true,
        [false, false] => chip(grid, from) != chip(grid, to),
        _ => false,
    }
}

/// Fewest links from a tile to every router.
fn distances(grid: &Grid, from: [usize; 2]) -> BTreeMap<[usize; 2], usize> {
    let [width, height] = [grid.width, grid.height];
    let neighbours = |[x, y]: [usize; 2]| -> Vec<[usize; 2]> {
        let around = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]]
            .map(|[dx, dy]: [i64; 2]| [x as i64 + dx, y as i64 + dy]);
        let inside =
            |[x, y]: &[i64; 2]| (0..width as i64).contains(x) && (0..height as i64).contains(y);
        let wrapped = |[x, y]: [i64; 2]| {
            [x.rem_euclid(width as i64) as usize, y.rem_euclid(height as i64) as usize]
        };
        match grid.kind {
            Kind::Torus => around[..4].iter().map(|&at| wrapped(at)).collect(),
            Kind::TriangularTorus => around.iter().map(|&at| wrapped(at)).collect(),
            _ => around[..4].iter().filter(|at| inside(at)).map(|&at| wrapped(at)).collect(),
        }
    };
    let mut found = BTreeMap::from([(from, 0)]);
    let mut next = VecDeque::from([from]);
    while let Some(at) = next.pop_front() {
        for neighbour in neighbours(at) {
            if !found.contains_key(&neighbour) {
                found.insert(neighbour, found[&at] + 1);
                next.push_back(neighbour);
            }
        }
    }
    found
}

pub fn tiles(grid: &Grid) -> impl Iterator<Item = [usize; 2]> + use<> {
    let (width, height) = (grid.width, grid.height);
    (0..height).flat_map(move |y| (0..width).map(move |x| [x, y]))
}

pub fn pairs(grid: &Grid) -> impl Iterator<Item = [[usize; 2]; 2]> + use<> {
    let all: Vec<[usize; 2]> = tiles(grid).collect();
    all.clone().into_iter().flat_map(move |from| all.clone().into_iter().map(move |to| [from, to]))
}

#[test]
fn ways_are_shortest_and_those_that_their_sources_would_plan() {
    for (kind, routing) in all() {
        for (width, height, chip_width, chip_height) in [
            (1, 1, 1, 1),
            (2, 1, 2, 1),
            (2, 2, 1, 1),
            (1, 5, 1, 5),
            (9, 2, 3, 2),
            (5, 4, 5, 2),
            (6, 9, 3, 3),
            (8, 8, 2, 4),
            (9, 4, 3, 4),
        ] {
            let grid =
                Grid { chip_width, chip_height, kind, routing, ..Grid::of_one_chip(width, height) };
            let shortest: BTreeMap<_, _> =
                tiles(&grid).map(|from| (from, distances(&grid, from))).collect();
            let mut directions = BTreeMap::new();
            for [from, to] in pairs(&grid) {
                let hops: Vec<_> = grid.walk(from, to).collect();
                let links: Vec<Link> =
                    hops.iter().map(|hop| (hop.from, hop.to, hop.direction)).collect();
                assert_eq!(links, way(&grid, from, to), "{grid:?}");
                assert_eq!(links.len() as u64, grid.distance(from, to));
                match kind {
                    Kind::Star => assert!(links.is_empty() || links.len() >= 2),
                    _ => assert_eq!(
                        links.len(),
                        shortest[&from][&to],
                        "{grid:?}: {from:?} to {to:?}"
                    ),
                }
                // Two routers have one link in each direction, so that a pair of them names it.
                for &(from, to, direction) in &links {
                    assert_eq!(*directions.entry((from, to)).or_insert(direction), direction);
                }
                let (mut within, mut between) = (Hops::default(), 0);
                for &(from, to, direction) in &links {
                    let crosses = joins_chips(&grid, from, to);
                    assert_eq!(grid.between_chips(from, to), crosses);
                    *if crosses { &mut between } else { within.along(direction) } += 1;
                }
                let crossed = grid.crossed(from, to);
                assert_eq!(
                    (crossed.hops, crossed.chip_links),
                    (within, between),
                    "{grid:?}: {from:?}, {to:?}"
                );
                let turns: BTreeSet<_> = hops
                    .windows(2)
                    .filter(|w| w[0].direction != w[1].direction)
                    .map(|w| w[0].last_leg)
                    .collect();
                assert!(kind == Kind::Star || !turns.contains(&true), "no turn after the last leg");
            }
        }
    }
}

/// Every direction has a latency of its own.
pub fn network(grid: Grid, port_buffer: usize) -> Network {
    Network {
        grid,
        cores: tiles(&grid).collect(),
        hop_ps: Hops {
            east: 4100,
            west: 4300,
            north: 6500,
            south: 6700,
            north_east: 7900,
            south_west: 8300,
        },
        local_ps: 500,
        chip_link_ps: 50_000,
        link_interval_ps: 2000,
        port_buffer,
    }
}

#[test]
fn a_single_packet_takes_the_latency_of_its_way() {
    for (kind, routing) in all() {
        let grid = Grid { chip_width: 3, chip_height: 5, kind, routing, ..Grid::of_one_chip(6, 5) };
        let network = network(grid, 2);
        let mut hop_ps = network.hop_ps;
        let mut noc = Noc::new(network).unwrap();
        for [from, to] in pairs(&grid) {
            let [source, destination] = [from, to].map(|[x, y]| y * 6 + x);
            let packet = Packet { inject_ps: 100, destination: destination as u32, service_ps: 10 };
            let offsets: Vec<usize> = (0..=30).map(|core| usize::from(core > source)).collect();
            let got = noc.run(&[packet], &offsets).unwrap();
            let links = way(&grid, from, to);
            let latency = links.iter().map(|&(from, to, direction)| {
                if joins_chips(&grid, from, to) { 50_000 } else { *hop_ps.along(direction) }
            });
            let latency = if links.is_empty() { 500 } else { latency.sum() };
            assert_eq!((got.latency.max_ps, got.finish_ps), (latency, 110 + latency), "{grid:?}");
            let crossed = grid.crossed(from, to);
            assert_eq!((got.hops, got.chip_links), (crossed.hops, crossed.chip_links));
        }
    }
}

/// Two packets meet at one link from two FIFOs: the second waits for the interval, and each FIFO
/// has its turn.
#[test]
fn fifos_that_share_a_link_share_its_time() {
    let routing = Routing::LongestDimensionFirst;
    let grid = Grid { routing, ..Grid::of_one_chip(4, 4) };
    let mut noc = Noc::new(network(grid, 4)).unwrap();
    let to = |x: u32, y: u32| Packet { inject_ps: 0, destination: 4 * y + x, service_ps: 0 };
    // From the corner, east all of them: three that turn later, three that do not.
    let list = [to(3, 1), to(3, 1), to(3, 1), to(3, 0), to(3, 0), to(3, 0)];
    let offsets: Vec<usize> = (0..=16).map(|core| if core > 0 { 6 } else { 0 }).collect();
    let got = noc.run(&list, &offsets).unwrap();
    let links: Vec<_> = noc.links().filter(|link| link.from == [0, 0]).collect();
    assert_eq!((links.len(), links[0].packets), (1, 6));
    assert_eq!(links[0].stall_ps, 2000 * (1 + 2 + 3 + 4 + 5));
    // The last leaves after five intervals, whichever it is.
    let last = [5 * 2000 + 3 * 4100, 4 * 2000 + 3 * 4100 + 6500];
    assert!(got.finish_ps >= last[0] && got.finish_ps <= last[0] + 6500, "{got:?}");
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let torus = Grid { kind: Kind::Torus, ..Grid::of_one_chip(4, 4) };
    assert_eq!(Noc::new(network(torus, 1)).err(), Some(NocError::Ring { capacity: 1 }));
    for (kind, routing) in all() {
        let grid = Grid { kind, routing, ..Grid::of_one_chip(2, 2) };
        let swept = sweep(&network(grid, 2), &[], &[0; 5]);
        assert_eq!(swept.is_ok(), (kind, routing) == (Kind::Mesh, Routing::Xy));
        if let Err(error) = swept {
            assert!(error.to_string().contains("--timing event"), "{error}");
        }
    }
}

/// All cores send at once to those farthest away, so that every ring is full of packets that want
/// to go on.
#[test]
fn full_rings_keep_moving() {
    for (kind, routing) in all() {
        for side in [2, 5, 8] {
            let grid = Grid { kind, routing, ..Grid::of_one_chip(side, side) };
            let mut noc = Noc::new(network(grid, 2)).unwrap();
            let cores = side * side;
            let packet = |from: usize, n: usize| {
                let (x, y) = (from % side, from / side);
                let [far_x, far_y] =
                    [(x + side / 2 + n % 2) % side, (y + side / 2 + n / 2 % 2) % side];
                Packet {
                    inject_ps: 0,
                    destination: (far_y * side + far_x) as u32,
                    service_ps: 3000,
                }
            };
            let packets: Vec<Packet> = (0..cores * 40).map(|at| packet(at / 40, at % 40)).collect();
            let offsets: Vec<usize> = (0..=cores).map(|core| 40 * core).collect();
            assert_eq!(
                noc.run(&packets, &offsets).unwrap().count,
                packets.len() as u64,
                "{kind:?} {side}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn everything_sent_is_received_over_the_links_of_its_way(
        which in 0..7usize,
        (chips_x, chips_y, chip_width, chip_height) in (1..4usize, 1..4usize, 1..5usize, 1..4usize),
        port_buffer in 1..5usize,
        per_tile in 1..3usize,
        packets in prop::collection::vec((any::<u32>(), any::<u32>(), 0..8u64, 0..5u64), 0..600),
    ) {
        let (kind, routing) = all().nth(which).unwrap();
        let (width, height) = (chips_x * chip_width, chips_y * chip_height);
        let grid = Grid { chip_width, chip_height, kind, routing, ..Grid::of_one_chip(width, height) };
        let port_buffer = if grid.has_rings() { port_buffer.max(2) } else { port_buffer };
        let mut network = network(grid, port_buffer);
        network.cores = network.cores.iter().flat_map(|&tile| vec![tile; per_tile]).collect();
        let (cores, count) = (network.cores.clone(), network.cores.len() as u32);
        let mut noc = Noc::new(network).unwrap();
        noc.start(100).unwrap();
        let mut expected = vec![0; count as usize];
        let mut links: BTreeMap<([usize; 2], [usize; 2]), (bool, u64)> = BTreeMap::new();
        for (from, to, time, service) in packets {
            let (from, to) = (from % count, to % count);
            let packet = Packet { inject_ps: time * 1000, destination: to, service_ps: service * 1000 };
            noc.send(from, packet).unwrap();
            expected[to as usize] += 1;
            for (from, to, _) in way(&grid, cores[from as usize], cores[to as usize]) {
                links.entry((from, to)).or_insert((joins_chips(&grid, from, to), 0)).1 += 1;
            }
        }
        let mut received = vec![0; count as usize];
        while let Some(got) = noc.next().unwrap() {
            received[got.core as usize] += 1;
        }
        prop_assert_eq!(received, expected);
        let found: BTreeMap<_, _> =
            noc.links().map(|link| ((link.from, link.to), (link.between_chips, link.packets))).collect();
        prop_assert_eq!(found.len(), noc.links().count());
        prop_assert_eq!(found, links);
    }
}
