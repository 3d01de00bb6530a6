//! Three kernels on small fixed work, one by one, for `.ci/instructions`, which counts their
//! instructions. Nothing is timed here: `cargo bench --bench instructions -- conv|sparse|router`.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::engine::functional::layered;
use spikemesh::engine::noc::{Network as Mesh, Noc, Packet};
use spikemesh::kernel::{Rows, SEGMENT, scatter};
use spikemesh::mapping::Grid;
use spikemesh::profile::Hops;
use spikemesh::snn::{
    Connection, Conv, Fed, IntegrateFire, Model, Network, Population, Projection, Shape, Weights,
};
use std::error::Error;
use std::hint::black_box;

/// Numbers below a bound, the same on every machine.
struct Random(Xoshiro256PlusPlus);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    let random = Random(Xoshiro256PlusPlus::seed_from_u64(1));
    let kernels = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    for kernel in kernels {
        match kernel.as_str() {
            "conv" => conv(random_network(Random(random.0.clone()))),
            "sparse" => sparse(Random(random.0.clone())),
            "router" => router(Random(random.0.clone()))?,
            _ => return Err(format!("no kernel is called {kernel}").into()),
        }
    }
    Ok(())
}

/// A layer that fires by its currents, and a convolution behind it.
fn random_network(mut random: Random) -> Network {
    let shape = Shape { height: 13, width: 13, channels: 64 };
    let mut population = |name: &str, analogue| {
        let threshold: Vec<i32> =
            (0..shape.channels).map(|_| 2000 + random.below(2000) as i32).collect();
        let below: Vec<i32> = threshold.iter().map(|threshold| 10 * threshold).collect();
        let unit = IntegrateFire {
            initial: threshold.iter().map(|threshold| threshold / 2).collect(),
            fire_above: threshold.clone(),
            reset_above: threshold,
            fire_below: below.clone(),
            reset_below: below,
            bias: vec![0; shape.channels],
            shift: vec![0; shape.channels],
            burst: 1,
            saturation: i32::MAX,
        };
        Population { name: name.into(), shape, model: Model::If(unit), analogue, depth: 0 }
    };
    let populations = vec![population("first", true), population("second", false)];
    let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
    let weights =
        (0..9 * shape.channels * shape.channels).map(|_| (random.below(255) as i32 - 127) as i8);
    let conv = Conv {
        inputs: 0..shape.channels,
        window,
        groups: 1,
        upsample: [1, 1],
        weights: Weights::Bytes(weights.collect()),
        negative: Weights::default(),
    };
    let projection =
        Projection { source: 0, target: 1, connection: Connection::Conv(conv), delay: 1 };
    let (name, heads) = ("instructions".into(), vec![]);
    Network {
        name,
        weight_bits: 8,
        populations,
        projections: vec![projection],
        heads,
        first_phase: None,
    }
}

/// The layered engine: gather, integrate, fire.
fn conv(network: Network) {
    let neurons = network.populations[0].shape.neurons();
    let currents: [Option<Fed>; 2] =
        [Some((0..neurons as i32).map(|neuron| 50 + neuron % 200).collect()), None];
    measured_conv(&network, &currents);
}

#[inline(never)]
fn measured_conv(network: &Network, currents: &[Option<Fed>]) {
    black_box(layered(network, currents, 8, |_| ()));
}

/// Rows of single synapses.
fn sparse(mut random: Random) {
    const NEURONS: u32 = 2000;
    let mut rows = (vec![], vec![], vec![0]);
    for _ in 0..NEURONS {
        for _ in 0..200 {
            rows.0.push(random.below(NEURONS) as u16);
            rows.1.push((random.below(255) as i32 - 127) as i8);
        }
        rows.2.push(rows.0.len() as u32);
    }
    let fired: Vec<u32> = (0..NEURONS).filter(|_| random.below(100) < 50).collect();
    let mut arrivals = vec![0; SEGMENT];
    // As long as it is asked to be.
    let Ok(arrivals) = arrivals.as_mut_slice().try_into() else { return };
    measured_sparse(Rows { targets: &rows.0, weights: &rows.1, starts: &rows.2 }, &fired, arrivals);
}

#[inline(never)]
fn measured_sparse(rows: Rows, fired: &[u32], arrivals: &mut [u32; SEGMENT]) {
    scatter(rows, black_box(fired), arrivals);
}

/// Packets hop by hop, with FIFOs that fill up.
fn router(mut random: Random) -> Result<(), Box<dyn Error>> {
    const SIDE: usize = 12;
    let network = Mesh {
        grid: Grid::of_one_chip(SIDE, SIDE),
        cores: (0..SIDE * SIDE).map(|tile| [tile % SIDE, tile / SIDE]).collect(),
        hop_ps: Hops::<()>::default().map(|()| 4000),
        local_ps: 0,
        chip_link_ps: 50_000,
        link_interval_ps: 2000,
        port_buffer: 4,
    };
    let (mut packets, mut offsets) = (vec![], vec![0]);
    for _ in 0..SIDE * SIDE {
        let mut inject_ps = 0;
        for _ in 0..40 {
            inject_ps += u64::from(random.below(200)) * 100;
            let destination = random.below((SIDE * SIDE) as u32);
            packets.push(Packet { inject_ps, destination, service_ps: 4000 });
        }
        offsets.push(packets.len());
    }
    measured_router(&mut Noc::new(network)?, &packets, &offsets)
}

#[inline(never)]
fn measured_router(
    noc: &mut Noc,
    packets: &[Packet],
    offsets: &[usize],
) -> Result<(), Box<dyn Error>> {
    black_box(noc.run(packets, offsets)?);
    Ok(())
}
