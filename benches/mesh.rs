//! Rate of hops on a full mesh of 76 x 76 cores under uniform random traffic, by events and by a
//! sweep over the links: `cargo bench --bench mesh`.

#[path = "common/mod.rs"]
mod common;

use common::{Table, one_thread, shortest};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::engine::noc::{Delivered, Network, Noc, Packet};
use spikemesh::engine::sweep::sweep;
use spikemesh::mapping::Grid;
use spikemesh::profile::{Hops, Kind, Routing};
use std::error::Error;

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
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut below = move |bound: u64| (u64::from(random.next_u32()) * bound) >> 32;
    let (mut packets, mut offsets) = (vec![], vec![0]);
    for _ in 0..SIDE * SIDE {
        let mut time = 0;
        for _ in 0..PACKETS_PER_CORE {
            time += below(40_001);
            let destination = below((SIDE * SIDE) as u64) as u32;
            packets.push(Packet { inject_ps: time / grain * grain, destination, service_ps: 4000 });
        }
        offsets.push(packets.len());
    }
    (packets, offsets)
}

fn main() -> Result<(), Box<dyn Error>> {
    one_thread()?;
    let mut table = Table::default();
    let mut row = |what: &str, (seconds, got): (f64, Delivered), required: &str, aim: &str| {
        let rate = format!("{:.1}", got.hops.total() as f64 / seconds / 1e6);
        table.row(&format!("{what}: M hops/s"), rate, required, aim);
    };
    for (grain, buffer) in [(100, 8), (100, 2), (1, 8)] {
        let (packets, offsets) = traffic(grain);
        let mut noc = Noc::new(mesh(buffer))?;
        let name = format!("times in {grain} ps, {buffer} places a port");
        let events = shortest(5, || noc.run(&packets, &offsets))?;
        row(&format!("events, {name}"), events, "40", "70");
        let swept =
            shortest(5, || sweep(noc.network(), &packets, &offsets).map(|swept| swept.delivered))?;
        row(&format!("sweep, {name}"), swept, "120", "200");
    }
    // Other ways through the same tiles.
    for (name, kind, routing) in [
        ("torus", Kind::Torus, Routing::Xy),
        ("triangular torus", Kind::TriangularTorus, Routing::Xy),
        ("longest dimension first", Kind::Mesh, Routing::LongestDimensionFirst),
    ] {
        let network = mesh(8);
        let mut noc =
            Noc::new(Network { grid: Grid { kind, routing, ..network.grid }, ..network })?;
        let (packets, offsets) = traffic(100);
        row(&format!("events, {name}"), shortest(3, || noc.run(&packets, &offsets))?, "", "");
    }
    table.finish("mesh")
}
