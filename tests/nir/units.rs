//! Random networks of the units that trained networks have, as far as NIR holds them.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::snn::*;

/// Units of trained networks behind input spikes: convolutions with strides and dilations, whole
/// windows, skips, factors by channel, and heads.
pub fn random_units(seed: u64, steps: usize) -> (Network, Vec<Option<Fed>>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let shape =
        Shape { height: rng.random_range(2..7), width: rng.random_range(2..7), channels: 3 };
    let population = |name: &str, shape, model| Population {
        name: name.into(),
        shape,
        model,
        analogue: false,
        depth: 0,
    };
    let mut network = Network {
        name: "units".into(),
        weight_bits: 8,
        populations: vec![population("in/put.0", shape, Model::Input(3))],
        projections: vec![],
        heads: vec![],
        first_phase: None,
    };
    for n in 0..rng.random_range(1..5) {
        let source = network.populations.len() - 1;
        let from = network.populations[source].shape;
        let whole = from.positions() == 1 || rng.random_range(0..4) == 0;
        let [stride, spread] = [rng.random_range(1..3), rng.random_range(1..3)];
        let window = match whole {
            true => Window {
                kernel: [from.height, from.width],
                stride: [1; 2],
                pad: [0; 2],
                dilation: [1; 2],
            },
            false => Window {
                kernel: [3; 2],
                stride: [stride; 2],
                pad: [spread; 2],
                dilation: [spread; 2],
            },
        };
        let along = |axis: usize, size: usize| {
            let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
            (size + 2 * window.pad[axis] - reach) / window.stride[axis] + 1
        };
        let shape = Shape {
            height: along(0, from.height),
            width: along(1, from.width),
            channels: rng.random_range(2..6),
        };
        let mut of = |values: std::ops::Range<i32>| -> Vec<i32> {
            (0..shape.channels).map(|_| rng.random_range(values.clone())).collect()
        };
        let threshold = of(1..5000);
        let model = Model::If(IntegrateFire {
            fire_above: threshold.clone(),
            reset_above: threshold,
            fire_below: vec![NEVER; shape.channels],
            reset_below: vec![NEVER; shape.channels],
            initial: vec![0; shape.channels],
            bias: of(-40..200),
            shift: of(0..5).into_iter().map(|shift| shift as u8).collect(),
            burst: 1,
            saturation: (1 << 23) - 1,
        });
        network.populations.push(population(&format!("/layer.{n}/act"), shape, model));
        weigh(&mut network, &mut rng, source, window);
        // A skip from a population of the same positions, by channel where these are as many.
        for twin in 0..source {
            let of = network.populations[twin].shape;
            if (of.height, of.width) == (shape.height, shape.width) {
                let one = Window { kernel: [1; 2], stride: [1; 2], pad: [0; 2], dilation: [1; 2] };
                weigh(&mut network, &mut rng, twin, one);
            }
        }
    }
    let source = network.populations.len() - 1;
    let from = network.populations[source].shape;
    let model = Model::Readout(Readout { bias: vec![-7, 3], shift: vec![2, 0] });
    let shape = Shape { height: 1, width: 1, channels: 2 };
    network.populations.push(population("head", shape, model));
    let kernel = [from.height, from.width];
    weigh(
        &mut network,
        &mut rng,
        source,
        Window { kernel, stride: [1; 2], pad: [0; 2], dilation: [1; 2] },
    );
    network.heads.push(Head { name: "head".into(), population: source + 1, scale: vec![0.1, 0.3] });
    let mut fed = vec![None; network.populations.len()];
    let neurons = network.populations[0].shape.neurons() as u32;
    let steps = (0..steps).map(|_| {
        let mut own: Vec<_> = (0..neurons).map(|n| (n, rng.random_range(0..4))).collect();
        own.retain(|&(_, count)| count > 0);
        own
    });
    fed[0] = Some(Fed::Spikes(Train { steps: steps.collect(), moments: vec![] }));
    (network, fed)
}

/// Random weights into the last population; by channel where a window of one cell allows it.
fn weigh(network: &mut Network, rng: &mut Xoshiro256PlusPlus, source: usize, window: Window) {
    let target = network.populations.len() - 1;
    let [from, to] = [source, target].map(|p| network.populations[p].shape);
    let apart = window.kernel == [1, 1] && from.channels == to.channels && rng.random();
    let groups = if apart { to.channels } else { 1 };
    let count = window.kernel[0] * window.kernel[1] * from.channels * to.channels / groups;
    let weights = Weights::Bytes((0..count).map(|_| rng.random_range(-90..=127)).collect());
    let connection = Connection::Conv(Conv {
        inputs: 0..from.channels,
        window,
        groups,
        upsample: [1, 1],
        weights,
        negative: Weights::default(),
    });
    network.projections.push(Projection { source, target, connection, delay: 1 });
}
