//! The mesh, hop by hop, and the time wheel under it.

use proptest::prelude::*;
use spikemesh::activity::{Link, Waits};
use spikemesh::engine::noc::{Crossing, Delivered, Network, Noc, NocError, Packet, PortName};
use spikemesh::engine::sweep::sweep;
use spikemesh::engine::wheel::Wheel;
use spikemesh::mapping::Grid;
use spikemesh::mapping::route::Direction;
use spikemesh::profile::Hops;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// One core per tile, row by row; one chip.
fn mesh(width: usize, height: usize, port_buffer: usize) -> Network {
    Network {
        grid: Grid::of_one_chip(width, height),
        cores: (0..width * height).map(|t| [t % width, t / width]).collect(),
        hop_ps: Hops { east: 4100, west: 4300, north: 6500, south: 6700, ..Hops::default() },
        local_ps: 0,
        chip_link_ps: 50_000,
        link_interval_ps: 2000,
        port_buffer,
    }
}

/// Flat list and offsets.
fn flat(lists: &[Vec<Packet>]) -> (Vec<Packet>, Vec<usize>) {
    let mut offsets = vec![0];
    for list in lists {
        offsets.push(offsets[offsets.len() - 1] + list.len());
    }
    (lists.concat(), offsets)
}

fn run(network: &Network, lists: &[Vec<Packet>]) -> Delivered {
    let (packets, offsets) = flat(lists);
    Noc::new(network.clone()).unwrap().run(&packets, &offsets).unwrap()
}

fn one(network: &Network, from: usize, packet: Packet) -> Delivered {
    let mut lists = vec![Vec::new(); network.cores.len()];
    lists[from].push(packet);
    run(network, &lists)
}

fn random_lists(
    seed: u64,
    cores: usize,
    per_core: u64,
    gap: u64,
    service: u64,
) -> Vec<Vec<Packet>> {
    let mut random = Random(seed);
    (0..cores)
        .map(|_| {
            let mut time = 0;
            (0..random.below(per_core + 1))
                .map(|_| {
                    time += random.below(gap + 1);
                    let destination = random.below(cores as u64) as u32;
                    let service_ps = random.below(service + 1);
                    Packet { inject_ps: time, destination, service_ps }
                })
                .collect()
        })
        .collect()
}

#[test]
fn an_empty_mesh_adds_up_hop_latencies() {
    let network = mesh(5, 4, 2);
    for from in 0..20 {
        for to in 0..20 {
            let packet = Packet { inject_ps: 1234, destination: to as u32, service_ps: 777 };
            let got = one(&network, from, packet);
            let ([fx, fy], [tx, ty]) = (network.cores[from], network.cores[to]);
            let hops = Hops {
                east: tx.saturating_sub(fx) as u64,
                west: fx.saturating_sub(tx) as u64,
                north: ty.saturating_sub(fy) as u64,
                south: fy.saturating_sub(ty) as u64,
                ..Hops::default()
            };
            let latency =
                hops.east * 4100 + hops.west * 4300 + hops.north * 6500 + hops.south * 6700;
            assert_eq!(got.hops, hops);
            assert_eq!(got.latency.max_ps, latency);
            assert_eq!(got.latency.p50_ps, latency);
            assert_eq!(got.finish_ps, 1234 + latency + 777);
            assert_eq!((got.count, got.chip_links), (1, 0));
        }
    }
}

#[test]
fn chip_borders_take_the_chip_link() {
    let mut network = mesh(6, 6, 2);
    (network.grid.chip_width, network.grid.chip_height) = (2, 3);
    // From (0, 0) to (5, 5): borders at x = 2 and 4, and at y = 3.
    let got = one(&network, 0, Packet { inject_ps: 0, destination: 35, service_ps: 0 });
    assert_eq!(got.hops, Hops { east: 3, north: 4, ..Hops::default() });
    assert_eq!(got.chip_links, 3);
    assert_eq!(got.latency.max_ps, 3 * 4100 + 4 * 6500 + 3 * 50_000);

    let packet = Packet { inject_ps: 0, destination: 35, service_ps: 0 };
    let mut lists = vec![Vec::new(); 36];
    lists[0].push(packet);
    let (packets, offsets) = flat(&lists);
    let mut noc = Noc::new(network).unwrap();
    noc.run(&packets, &offsets).unwrap();
    let crossed: Vec<_> = noc.links().filter(|l| l.between_chips).map(|l| (l.from, l.to)).collect();
    assert_eq!(crossed, [([1, 0], [2, 0]), ([3, 0], [4, 0]), ([5, 2], [5, 3])]);
}

#[test]
fn a_link_spaces_packets_and_reports_the_wait() {
    let network = mesh(2, 1, 4);
    let packet = Packet { inject_ps: 0, destination: 1, service_ps: 0 };
    let (packets, offsets) = flat(&[vec![packet; 3], Vec::new()]);
    let mut noc = Noc::new(network).unwrap();
    let got = noc.run(&packets, &offsets).unwrap();
    assert_eq!(got.finish_ps, 2 * 2000 + 4100);
    let links: Vec<_> = noc.links().collect();
    assert_eq!(links.len(), 1);
    assert_eq!((links[0].packets, links[0].stall_ps), (3, 2000 + 4000));
}

/// One place per port and a slow core: packets wait at the full port, and at their core.
#[test]
fn waits_are_told_apart() {
    let network = mesh(2, 1, 1);
    let packet = Packet { inject_ps: 0, destination: 1, service_ps: 10_000 };
    let (packets, offsets) = flat(&[vec![packet; 4], Vec::new()]);
    let mut noc = Noc::new(network).unwrap();
    let got = noc.run(&packets, &offsets).unwrap();
    // They leave the link at 0, 4100, 14 100 and 24 100: as soon as the core takes the one before,
    // and each enters its port when the one before has left.
    let waits = Waits {
        links_ps: 4100 + 10_000 + 10_000,
        // But for the interval of the link.
        blocked_ps: 2100 + 8000 + 8000,
        injection_ps: 4100 + 14_100,
    };
    assert_eq!(got.waits, waits);
    let links: Vec<_> = noc.links().collect();
    assert_eq!((links[0].stall_ps, links[0].blocked_ps), (waits.links_ps, waits.blocked_ps));
    assert_eq!(noc.latencies_ps(), [4100, 14_100, 24_100, 34_100]);
}

/// The longer way is overtaken by the shorter one, once.
#[test]
fn packets_out_of_order_are_counted_at_their_core() {
    let network = mesh(6, 1, 4);
    let to = |inject_ps, destination| Packet { inject_ps, destination, service_ps: 0 };
    let far = vec![to(0, 5), to(30_000, 5)];
    let near = vec![to(1000, 5), to(1000, 4), to(29_000, 5)];
    let lists = [far, vec![], vec![], vec![], near, vec![]];
    // At core 5: 1000 (at 5100), 0 (at 20 500 or later), 29 000 and 30 000; the second was sent
    // before the first.
    assert_eq!(run(&network, &lists).disordered, 1);
    let (packets, offsets) = flat(&lists);
    assert_eq!(sweep(&network, &packets, &offsets).unwrap().delivered.disordered, 1);
}

#[test]
fn a_recorded_packet_shows_every_port() {
    let network = mesh(3, 2, 2);
    let packet = |inject_ps| Packet { inject_ps, destination: 5, service_ps: 700 };
    let (packets, offsets) =
        flat(&[vec![packet(100), packet(100)], vec![], vec![], vec![], vec![], vec![]]);
    let mut noc = Noc::new(network).unwrap();
    let silent = noc.run(&packets, &offsets).unwrap();
    assert_eq!(noc.crossings(), []);
    noc.record(true);
    assert_eq!(noc.run(&packets, &offsets).unwrap(), silent);
    let at = |packet, router, port, arrives_ps, leaves_ps, done_ps| Crossing {
        packet,
        router,
        port,
        number: 0,
        arrives_ps,
        leaves_ps,
        done_ps,
    };
    let (east, north) = (PortName::Link(Direction::East), PortName::Link(Direction::North));
    let expected = [
        at(0, [0, 0], PortName::Source(0), 100, 100, 100),
        at(0, [0, 0], east, 100, 100, 4200),
        at(0, [1, 0], east, 4200, 4200, 8300),
        at(0, [2, 0], north, 8300, 8300, 14_800),
        at(0, [2, 1], PortName::Core(5), 14_800, 14_800, 15_500),
        at(1, [0, 0], PortName::Source(0), 100, 100, 100),
        at(1, [0, 0], east, 100, 2100, 6200),
        at(1, [1, 0], east, 6200, 6200, 10_300),
        at(1, [2, 0], north, 10_300, 10_300, 16_800),
        at(1, [2, 1], PortName::Core(5), 16_800, 16_800, 17_500),
    ];
    let crossings = noc.crossings();
    let numbers: Vec<u32> = crossings.iter().map(|crossing| crossing.number).collect();
    // The same ports for both packets.
    assert_eq!(numbers[..5], numbers[5..]);
    let unnumbered = crossings.into_iter().map(|crossing| Crossing { number: 0, ..crossing });
    assert_eq!(unnumbered.collect::<Vec<_>>(), expected);
}

#[test]
fn a_busy_core_holds_packets_back() {
    // Three packets of 10 000 ps each at one core, one place per FIFO.
    let network = mesh(3, 1, 1);
    let packet = Packet { inject_ps: 0, destination: 2, service_ps: 10_000 };
    let got = run(&network, &[vec![packet; 3], Vec::new(), Vec::new()]);
    assert_eq!(got.finish_ps, 2 * 4100 + 3 * 10_000);
    assert_eq!(got.latency.max_ps, 2 * 4100 + 2 * 10_000);
}

#[test]
fn uniform_random_traffic_travels_a_third_of_the_mesh_per_axis() {
    let network = mesh(12, 9, 4);
    let mut random = Random(7);
    let mut packet = |n: u64| Packet {
        inject_ps: n * 50_000,
        destination: random.below(108) as u32,
        service_ps: 0,
    };
    // As many from every core: corners send as much as the middle.
    let lists: Vec<Vec<_>> = (0..108).map(|_| (0..400).map(&mut packet).collect()).collect();
    let got = run(&network, &lists);
    let hops = got.hops.east + got.hops.west + got.hops.north + got.hops.south;
    // Mean |a - b| of two uniform draws from n values: (n² - 1) / 3n.
    let expected = 143.0 / 36.0 + 80.0 / 27.0;
    let mean = hops as f64 / got.count as f64;
    assert!((mean - expected).abs() < 0.05, "{mean} against {expected}");
}

#[test]
fn a_second_run_gives_the_same_and_keeps_nothing() {
    let (packets, offsets) = flat(&random_lists(3, 30, 60, 900, 5000));
    let mut noc = Noc::new(mesh(6, 5, 2)).unwrap();
    let first = noc.run(&packets, &offsets).unwrap();
    let links: Vec<_> = noc.links().collect();
    assert_eq!(noc.run(&[], &[0; 31]).unwrap(), Delivered::default());
    assert_eq!(noc.links().count(), 0);
    assert_eq!(noc.run(&packets, &offsets).unwrap(), first);
    assert_eq!(noc.links().collect::<Vec<_>>(), links);
}

/// Times are drawn to the picosecond, so that hardly two packets arrive together.
#[test]
fn a_sweep_is_the_mesh_with_buffers_without_end() {
    for seed in 0..20 {
        let (width, height) = (2 + seed as usize % 7, 1 + seed as usize % 5);
        let mut network = mesh(width, height, usize::MAX);
        (network.grid.chip_width, network.grid.chip_height, network.local_ps) = (3, 2, 700);
        // Some tiles have two cores, some none.
        network.cores.extend_from_within(..(width * height) / 3);
        network.cores.remove(0);
        let (packets, offsets) = flat(&random_lists(seed, network.cores.len(), 60, 30_000, 9000));
        let swept = sweep(&network, &packets, &offsets).unwrap();
        let mut noc = Noc::new(network).unwrap();
        let moved = noc.run(&packets, &offsets).unwrap();
        assert_eq!(swept.delivered, moved, "seed {seed}");
        assert_eq!(swept.overfull, 0);
        let order = |link: &Link| (link.from, link.to);
        let (mut by_link, mut by_event) = (swept.links, noc.links().collect::<Vec<_>>());
        by_link.sort_by_key(order);
        by_event.sort_by_key(order);
        assert_eq!(by_link, by_event, "seed {seed}");
    }
}

#[test]
fn a_sweep_counts_arrivals_at_full_ports() {
    let mut network = mesh(3, 1, 2);
    network.link_interval_ps = 10_000;
    let packet = |inject_ps| Packet { inject_ps, destination: 2, service_ps: 1 };
    // They leave at 0, 10 000, 20 000 and 30 000; the fourth finds two before it.
    let lists = [vec![packet(0), packet(1), packet(2), packet(3)], vec![], vec![]];
    let (packets, offsets) = flat(&lists);
    let swept = sweep(&network, &packets, &offsets).unwrap();
    assert_eq!((swept.overfull, swept.delivered.count), (1, 4));
    assert_eq!(swept.delivered.finish_ps, 30_000 + 2 * 4100 + 1);
    assert_eq!(swept.links[0].stall_ps, (10_000 - 1) + (20_000 - 2) + (30_000 - 3));
}

#[test]
fn bad_input_and_no_progress_are_errors() {
    let packet = Packet { inject_ps: 5, destination: 1, service_ps: 0 };
    let mut noc = Noc::new(mesh(2, 1, 0)).unwrap();
    // Ports without a place let nothing through: the watchdog.
    assert_eq!(
        noc.run(&[packet], &[0, 1, 1]),
        Err(NocError::NoProgress { time_ps: 5, remaining: 1 })
    );
    assert_eq!(noc.run(&[packet], &[0, 1]), Err(NocError::CoreCount { expected: 2, found: 1 }));
    assert_eq!(noc.run(&[packet], &[0, 0, 0]), Err(NocError::Offsets { packets: 1 }));
    let away = Packet { destination: 2, ..packet };
    assert_eq!(noc.run(&[away], &[0, 1, 1]), Err(NocError::Destination { packet: 0, core: 2 }));
    let outside = Network { cores: vec![[0, 1]], ..mesh(2, 1, 1) };
    assert_eq!(Noc::new(outside).err(), Some(NocError::OutsideMesh { core: 0, x: 0, y: 1 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn everything_sent_is_received(
        (width, height, chip_width, chip_height) in (1..7usize, 1..7usize, 1..5usize, 1..5usize),
        buffer in 1..5usize,
        per_tile in 1..3usize,
        seed: u64,
        gap in 0..20_000u64,
        service in 0..30_000u64,
    ) {
        let mut network = mesh(width, height, buffer);
        (network.grid.chip_width, network.grid.chip_height) = (chip_width, chip_height);
        network.cores = (0..width * height * per_tile)
            .map(|c| [c / per_tile % width, c / per_tile / width])
            .collect();
        let lists = random_lists(seed, network.cores.len(), 25, gap, service);
        let sent: usize = lists.iter().map(Vec::len).sum();
        let got = run(&network, &lists);
        prop_assert_eq!(got.count, sent as u64);

        let mut distance = 0;
        let mut work = vec![0u64; network.cores.len()];
        for (from, list) in lists.iter().enumerate() {
            for packet in list {
                let to = packet.destination as usize;
                let ([fx, fy], [tx, ty]) = (network.cores[from], network.cores[to]);
                distance += (fx.abs_diff(tx) + fy.abs_diff(ty)) as u64;
                work[to] += packet.service_ps;
            }
        }
        let h = got.hops;
        prop_assert_eq!(h.east + h.west + h.north + h.south + got.chip_links, distance);
        let last = lists.iter().flatten().map(|p| p.inject_ps).max().unwrap_or(0);
        prop_assert!(got.finish_ps >= last);
        prop_assert!(work.iter().all(|&sum| got.finish_ps >= sum));
        prop_assert!(got.latency.p50_ps <= got.latency.p99_ps);
        prop_assert!(got.latency.p99_ps <= got.latency.max_ps);

        // More room never loses a packet or changes a route.
        let wide = run(&Network { port_buffer: 4 * buffer, ..network }, &lists);
        prop_assert_eq!(wide.count, got.count);
        prop_assert_eq!((wide.hops, wide.chip_links), (got.hops, got.chip_links));
    }

    #[test]
    fn the_wheel_keeps_the_order_of_a_heap(
        actions in prop::collection::vec((0..40u32, 0..4u8, 0..30_000u64), 1..400),
        horizon in 0..9000u64,
    ) {
        let mut wheel = Wheel::new(horizon);
        let mut heap = BinaryHeap::new();
        // Sequence and tick of each unit's valid entry.
        let mut valid: [Option<(usize, u64)>; 40] = [None; 40];
        let pop = |wheel: &mut Wheel, heap: &mut BinaryHeap<_>, valid: &mut [Option<(usize, u64)>]| {
            let expected = loop {
                match heap.pop() {
                    None => break None,
                    Some(Reverse((time, sequence, unit))) => {
                        if valid[unit as usize] == Some((sequence, time)) {
                            valid[unit as usize] = None;
                            break Some((time, unit));
                        }
                    }
                }
            };
            assert_eq!(wheel.pop(), expected);
            expected.is_some()
        };
        for (sequence, (unit, action, time)) in actions.into_iter().enumerate() {
            let at = wheel.now() + if time % 3 == 0 { time } else { time % 50 };
            match action {
                0 => {
                    pop(&mut wheel, &mut heap, &mut valid);
                }
                1 if time % 5 == 0 => {
                    if let Some((_, pending)) = valid[unit as usize].take() {
                        wheel.cancel(unit, pending);
                    }
                }
                _ => {
                    if let Some((_, pending)) = valid[unit as usize] {
                        wheel.cancel(unit, pending);
                    }
                    wheel.schedule(unit, at);
                    heap.push(Reverse((at, sequence, unit)));
                    valid[unit as usize] = Some((sequence, at));
                }
            }
            prop_assert_eq!(wheel.len(), valid.iter().flatten().count());
        }
        while pop(&mut wheel, &mut heap, &mut valid) {}
        prop_assert!(wheel.is_empty());
    }
}

/// As [`run`], packet by packet: finish, and latencies in the order of service.
fn one_by_one(network: &Network, lists: &[Vec<Packet>]) -> (u64, Vec<u64>) {
    let mut noc = Noc::new(network.clone()).unwrap();
    noc.start(1).unwrap();
    let mut sent = Vec::new();
    for (core, list) in lists.iter().enumerate() {
        for &packet in list {
            assert_eq!(noc.send(core as u32, packet).unwrap() as usize, sent.len());
            sent.push(packet);
        }
    }
    let (mut finish, mut latencies) = (0, Vec::new());
    while let Some(got) = noc.next().unwrap() {
        let packet = sent[got.packet as usize];
        assert_eq!((got.core, got.end_ps - got.start_ps), (packet.destination, packet.service_ps));
        latencies.push(got.start_ps - packet.inject_ps);
        finish = finish.max(got.end_ps);
    }
    assert_eq!(latencies.len(), sent.len());
    (finish, latencies)
}

#[test]
fn packets_sent_one_by_one_go_as_those_of_a_step() {
    for seed in 0..10 {
        let network = mesh(5, 4, 1 + seed as usize % 3);
        let lists = random_lists(seed, 20, 40, 900, 5000);
        let whole = run(&network, &lists);
        let (finish, mut latencies) = one_by_one(&network, &lists);
        latencies.sort_unstable();
        assert_eq!(
            (finish, latencies.last().copied().unwrap_or(0)),
            (whole.finish_ps, whole.latency.max_ps)
        );
    }
}

#[test]
fn a_packet_may_answer_a_packet() {
    // One packet goes around a ring of cores: each sends it on as soon as it is done.
    let network = mesh(4, 1, 1);
    let mut noc = Noc::new(network).unwrap();
    noc.start(100).unwrap();
    noc.send(0, Packet { inject_ps: 0, destination: 1, service_ps: 500 }).unwrap();
    let mut ends = Vec::new();
    while let Some(got) = noc.next().unwrap() {
        ends.push((got.core, got.end_ps));
        if ends.len() < 6 {
            let destination = (got.core + 1) % 4;
            noc.send(got.core, Packet { inject_ps: got.end_ps, destination, service_ps: 500 })
                .unwrap();
        }
    }
    let around = 3 * (4100 + 500) + 3 * 4300 + 500;
    let [first, second, third] = [4600, 9200, 13_800];
    let again = [(0, around), (1, around + first), (2, around + second)];
    assert_eq!(ends, [&[(1, first), (2, second), (3, third)][..], &again].concat());
    assert_eq!(noc.links().map(|link| link.packets).sum::<u64>(), 5 + 3);
    // The mesh runs on after it was empty; a time in the past means now.
    noc.send(2, Packet { inject_ps: 0, destination: 3, service_ps: 0 }).unwrap();
    let start_ps = around + second - 500 + 4100;
    assert_eq!(noc.next().unwrap().map(|got| got.start_ps), Some(start_ps));
    assert_eq!(noc.next(), Ok(None));
    let odd = Packet { inject_ps: 30, destination: 3, service_ps: 0 };
    assert_eq!(noc.send(2, odd), Err(NocError::Grain { packet: 7, tick_ps: 100 }));
    let nobody = Packet { destination: 4, ..odd };
    assert_eq!(noc.send(2, nobody), Err(NocError::Destination { packet: 7, core: 4 }));
}
