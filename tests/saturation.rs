//! The mesh under load: what queueing theory and the geometry of dimension order say, met by the
//! simulator.
//!
//! One unit of time is the interval of a link and of a core's receiving end, so that rates are
//! packets per unit and bounds are plain counts: a link that carries `load` packets for every
//! packet of a core lets cores send `1 / load` each.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use spikemesh::engine::noc::{Delivered, Network, Noc, Packet};
use spikemesh::mapping::Grid;
use spikemesh::profile::Hops;

const UNIT: u64 = 1000;

/// One core per tile.
fn mesh(side: usize, port_buffer: usize) -> Network {
    Network {
        grid: Grid::of_one_chip(side, side),
        cores: (0..side * side).map(|tile| [tile % side, tile / side]).collect(),
        hop_ps: Hops::<()>::default().map(|()| UNIT),
        local_ps: 0,
        chip_link_ps: UNIT,
        link_interval_ps: UNIT,
        port_buffer,
    }
}

/// Who sends to whom.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pattern {
    /// To any core, the sender itself included.
    Uniform,
    /// From `(x, y)` to `(y, x)`.
    Transpose,
    /// From `(x, y)` to the tile opposite the middle.
    Complement,
    /// All to one core in the middle.
    Hotspot,
}

impl Pattern {
    fn destination(self, side: usize, from: usize, random: &mut SmallRng) -> usize {
        let (x, y) = (from % side, from / side);
        match self {
            Pattern::Uniform => random.random_range(0..side * side),
            Pattern::Transpose => x * side + y,
            Pattern::Complement => side * side - 1 - from,
            Pattern::Hotspot => side * side / 2 + side / 2,
        }
    }

    /// Packets over the busiest link or receiving end, for every packet of each core.
    fn load(self, side: usize) -> f64 {
        let n = side as f64;
        match self {
            // East over the middle of a row: n / 2 senders, half of whose packets go there.
            Pattern::Uniform => n / 4.0,
            // The last link of the last row: all others of the row turn in its corner.
            Pattern::Transpose => n - 1.0,
            // East over the middle of a row: n / 2 senders, all of whose packets go there.
            Pattern::Complement => n / 2.0,
            // The receiving end.
            Pattern::Hotspot => n * n,
        }
    }

    /// Every core sends `each` packets, one every `gap` units.
    fn packets(self, side: usize, each: usize, gap: f64) -> (Vec<Packet>, Vec<usize>) {
        let mut random = SmallRng::seed_from_u64(5);
        let cores = side * side;
        let mut packet = |from: usize, n: usize| Packet {
            inject_ps: (n as f64 * gap) as u64 * UNIT,
            destination: self.destination(side, from, &mut random) as u32,
            service_ps: UNIT,
        };
        let packets = (0..cores * each).map(|at| packet(at / each, at % each)).collect();
        (packets, (0..=cores).map(|core| core * each).collect())
    }

    fn run(self, network: Network, each: usize, gap: f64) -> Delivered {
        let (packets, offsets) = self.packets(network.grid.width, each, gap);
        Noc::new(network).unwrap().run(&packets, &offsets).unwrap()
    }
}

/// Packets per core and unit that arrived.
fn accepted(got: &Delivered, cores: usize) -> f64 {
    got.count as f64 / cores as f64 / (got.finish_ps as f64 / UNIT as f64)
}

#[test]
fn uniform_traffic_has_the_analytic_mean_distance() {
    for (side, each) in [(8, 2000), (64, 20)] {
        // Mean |a - b| of two uniform draws from n values, equal ones included: (n² - 1) / 3n per
        // axis.
        let expected = 2.0 * (side * side - 1) as f64 / (3 * side) as f64;
        let got = Pattern::Uniform.run(mesh(side, 4), each, side as f64);
        let mean = got.hops.total() as f64 / got.count as f64;
        assert!((mean / expected - 1.0).abs() < 0.01, "{side}: {mean} against {expected}");
    }
}

#[test]
fn a_single_packet_takes_the_latency_of_its_links() {
    let side = 64;
    let hop_ps = Hops { east: 3100, west: 3300, north: 5500, south: 5700, ..Hops::default() };
    let grid = Grid { chip_width: 16, chip_height: 32, ..Grid::of_one_chip(side, side) };
    let network = Network { grid, chip_link_ps: 70_000, hop_ps, ..mesh(side, 1) };
    let mut noc = Noc::new(network.clone()).unwrap();
    let mut random = SmallRng::seed_from_u64(9);
    for _ in 0..200 {
        let [from, to] = [0, 0].map(|_: usize| random.random_range(0..side * side));
        let packet = Packet { inject_ps: 700, destination: to as u32, service_ps: 11 };
        let offsets: Vec<usize> = (0..=side * side).map(|core| usize::from(core > from)).collect();
        let got = noc.run(&[packet], &offsets).unwrap();
        let [[fx, fy], [tx, ty]] = [network.cores[from], network.cores[to]];
        let links = |from: usize, to: usize, chip: usize, up: u64, down: u64| {
            let borders = (from / chip).abs_diff(to / chip) as u64;
            let within = from.abs_diff(to) as u64 - borders;
            borders * 70_000 + within * if to > from { up } else { down }
        };
        let latency = links(fx, tx, 16, 3100, 3300) + links(fy, ty, 32, 5500, 5700);
        assert_eq!((got.latency.max_ps, got.finish_ps), (latency, 700 + latency + 11));
    }
}

#[test]
fn far_below_saturation_packets_hardly_wait() {
    for pattern in [Pattern::Uniform, Pattern::Transpose, Pattern::Complement] {
        let gap = 10.0 * pattern.load(8);
        let got = pattern.run(mesh(8, 8), 100, gap);
        // The farthest pair is 14 links apart.
        assert!(got.latency.p99_ps <= 2 * 14 * UNIT, "{pattern:?}: {:?}", got.latency);
        let offered = 1.0 / gap;
        let share = accepted(&got, 64) / offered;
        assert!(share > 0.98, "{pattern:?}: {share} of what is offered arrives");
    }
}

/// All cores send as fast as they can: what arrives is below the bound of the busiest channel, and
/// not far below.
#[test]
fn throughput_stays_below_the_bounds_and_saturates_in_the_known_order() {
    for (side, each) in [(8, 400), (64, 40)] {
        let patterns =
            [Pattern::Uniform, Pattern::Complement, Pattern::Transpose, Pattern::Hotspot];
        let mut last = f64::INFINITY;
        for pattern in patterns {
            let each = if pattern == Pattern::Hotspot { each / 10 } else { each };
            let got = pattern.run(mesh(side, 8), each, 0.0);
            let rate = accepted(&got, side * side);
            let bound = 1.0 / pattern.load(side);
            // What random draws send over the busiest channel may be a little less than its mean.
            assert!(rate <= 1.01 * bound, "{side}, {pattern:?}: {rate} above {bound}");
            assert!(rate >= 0.4 * bound, "{side}, {pattern:?}: {rate} far below {bound}");
            assert!(rate < last, "{side}, {pattern:?}: {rate} saturates after {last}");
            last = rate;
        }
    }
}

/// The links across the middle carry at most one packet a unit each, both ways.
#[test]
fn the_bisection_is_never_exceeded() {
    for side in [8, 64] {
        let (packets, offsets) = Pattern::Uniform.packets(side, 40, 0.0);
        let mut noc = Noc::new(mesh(side, 4)).unwrap();
        let got = noc.run(&packets, &offsets).unwrap();
        let units = got.finish_ps / UNIT;
        let middle = side / 2;
        let east = (offsets.windows(2).enumerate())
            .flat_map(|(from, range)| packets[range[0]..range[1]].iter().map(move |p| (from, p)))
            .filter(|(from, p)| from % side < middle && p.destination as usize % side >= middle);
        let crossing = east.count() as u64;
        assert!(crossing <= side as u64 * units, "{crossing} packets in {units} units");
        let counted = noc.links().filter(|link| link.from[0] == middle - 1 && link.to[0] == middle);
        assert_eq!(counted.map(|link| link.packets).sum::<u64>(), crossing);
        assert!(noc.links().all(|link| link.packets <= units));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn back_pressure_loses_no_packet(
        (width, height) in (1..6usize, 1..6usize),
        port_buffer in 1..5usize,
        packets in prop::collection::vec((any::<u32>(), any::<u32>(), 0..20u64, 0..4u64), 0..400),
    ) {
        let cores = (0..width * height).map(|tile| [tile % width, tile / width]).collect::<Vec<_>>();
        let count = cores.len() as u32;
        let network = Network { grid: Grid::of_one_chip(width, height), cores, ..mesh(1, port_buffer) };
        let mut noc = Noc::new(network).unwrap();
        noc.start(UNIT).unwrap();
        let mut expected = vec![0; count as usize];
        for (from, to, time, service) in packets {
            let (inject_ps, service_ps) = (time * UNIT, service * UNIT);
            let packet = Packet { inject_ps, destination: to % count, service_ps };
            noc.send(from % count, packet).unwrap();
            expected[(to % count) as usize] += 1;
        }
        let mut received = vec![0; count as usize];
        while let Some(got) = noc.next().unwrap() {
            received[got.core as usize] += 1;
        }
        prop_assert_eq!(received, expected);
    }
}
