//! Rate of hops on a full mesh under uniform random traffic, by events and by a sweep over the links:
//! `cargo bench --bench mesh`.

use rand::{RngExt, SeedableRng, rngs::SmallRng};
use spikemesh::engine::noc::{Delivered, Network, Noc, NocError, Packet};
use spikemesh::engine::sweep::sweep;
use spikemesh::mapping::Grid;
use spikemesh::profile::{Hops, Kind, Routing};
use std::time::Instant;

const SIDE: usize = 76;
const PACKETS_PER_CORE: usize = 50;

fn mesh(port_buffer: usize) -> Network {
    Network {
        grid: Grid::of_one_chip(SIDE, SIDE),
        cores: (0..SIDE * SIDE).map(|tile| [tile % SIDE, tile / SIDE]).collect(),
        hop_ps: Hops::<()>::default().map(|()| 4000),
        local_ps: 0,
        chip_link_ps: 50_000,
        link_interval_ps: 2000,
        port_buffer,
    }
}

/// Times are multiples of `grain` picoseconds: the coarser, the more packets meet.
fn traffic(grain: u64) -> (Vec<Packet>, Vec<usize>) {
    let mut random = SmallRng::seed_from_u64(1);
    let (mut packets, mut offsets) = (vec![], vec![0]);
    for _ in 0..SIDE * SIDE {
        let mut time = 0;
        for _ in 0..PACKETS_PER_CORE {
            time += random.random_range(0..=40_000u64);
            let destination = random.random_range(0..(SIDE * SIDE) as u32);
            let inject_ps = time / grain * grain;
            packets.push(Packet { inject_ps, destination, service_ps: 4000 });
        }
        offsets.push(packets.len());
    }
    (packets, offsets)
}

fn row(timing: &str, grain: u64, buffer: usize, got: &Delivered, seconds: f64) {
    let hops = got.hops.total();
    println!(
        "{timing:10} {grain:9} {buffer:7} {hops:10} {:9.1} {:10} {:15}",
        hops as f64 / seconds / 1e6,
        got.finish_ps / 1000,
        got.latency.p50_ps / 1000
    );
}

fn main() -> Result<(), NocError> {
    println!("timing      grain_ps  buffer       hops  M hops/s  finish_ns  latency_p50_ns");
    for (grain, buffer) in [(100, 8), (100, 2), (1, 8)] {
        let (packets, offsets) = traffic(grain);
        let mut noc = Noc::new(mesh(buffer))?;
        noc.run(&packets, &offsets)?;
        let start = Instant::now();
        let got = noc.run(&packets, &offsets)?;
        let seconds = start.elapsed().as_secs_f64();
        row("event", grain, buffer, &got, seconds);
        let start = Instant::now();
        let got = sweep(noc.network(), &packets, &offsets)?.delivered;
        row("sweep", grain, buffer, &got, start.elapsed().as_secs_f64());
    }
    // Other ways through the same tiles.
    for (name, kind, routing) in [
        ("torus", Kind::Torus, Routing::Xy),
        ("triangular", Kind::TriangularTorus, Routing::Xy),
        ("longest", Kind::Mesh, Routing::LongestDimensionFirst),
    ] {
        let network = mesh(8);
        let mut noc = Noc::new(Network { grid: Grid { kind, routing, ..network.grid }, ..network })?;
        let (packets, offsets) = traffic(100);
        noc.run(&packets, &offsets)?;
        let start = Instant::now();
        let got = noc.run(&packets, &offsets)?;
        row(name, 100, 8, &got, start.elapsed().as_secs_f64());
    }
    Ok(())
}
