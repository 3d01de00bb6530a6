//! Networks that already spike: units with a current, loops, delays, input spikes; against a dense
//! simulator written as plainly as possible.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::engine::functional::{Observed, each_step, layered, stepped};
use spikemesh::engine::state::Sight;
use spikemesh::snn::retime::{lags, retime, unbalanced, unbalanced_within};
use spikemesh::snn::*;

type Random = Xoshiro256PlusPlus;

/// An input, then layers of units with a current, dense and by convolution; loops of one and of
/// several layers, delays, skips, a readout that leaks.
pub fn random_network(seed: u64, steps: usize) -> (Network, Vec<Option<Fed>>) {
    let mut rng = Random::seed_from_u64(seed);
    let shape = Shape {
        height: rng.random_range(1..5),
        width: rng.random_range(1..6),
        channels: rng.random_range(1..4),
    };
    let input = Population {
        name: "input".into(),
        shape,
        model: Model::Input(3),
        analogue: false,
        depth: 0,
    };
    let mut network = Network {
        name: "random".into(),
        weight_bits: 8,
        populations: vec![input],
        projections: vec![],
        heads: vec![],
        first_phase: None,
    };
    let layers = rng.random_range(1..5);
    for n in 0..layers {
        let source = network.populations.len() - 1;
        let dense = rng.random_range(0..3) == 0;
        let shape = match dense {
            true => Shape { height: 1, width: 1, channels: rng.random_range(1..9) },
            false => {
                Shape { channels: rng.random_range(1..6), ..network.populations[source].shape }
            }
        };
        let model = Model::Cuba(unit(&mut rng, shape.channels, true));
        let name = format!("layer{n}");
        network.populations.push(Population { name, shape, model, analogue: false, depth: 0 });
        let target = source + 1;
        connect(&mut network, &mut rng, source, target, 1);
        if rng.random_range(0..2) == 0 {
            let delay = rng.random_range(1..4);
            connect(&mut network, &mut rng, target, target, delay);
        }
        if n > 0 && rng.random_range(0..3) == 0 {
            let (back, delay) = (rng.random_range(1..target), rng.random_range(1..3));
            connect(&mut network, &mut rng, target, back, delay);
        }
        if rng.random_range(0..3) == 0 {
            let (far, delay) = (rng.random_range(0..target), rng.random_range(1..4));
            connect(&mut network, &mut rng, far, target, delay);
        }
    }
    let source = network.populations.len() - 1;
    let shape = Shape { height: 1, width: 1, channels: 3 };
    let model = Model::Cuba(unit(&mut rng, 3, false));
    network.populations.push(Population {
        name: "out".into(),
        shape,
        model,
        analogue: false,
        depth: 0,
    });
    connect(&mut network, &mut rng, source, source + 1, 1);
    network.heads.push(Head { name: "out".into(), population: source + 1, scale: vec![1.0; 3] });
    let mut fed = vec![None; network.populations.len()];
    fed[0] = Some(Fed::Spikes(train(&mut rng, network.populations[0].shape, steps)));
    (network, fed)
}

fn train(rng: &mut Random, shape: Shape, steps: usize) -> Train {
    let step = |rng: &mut Random| {
        let mut spikes = vec![];
        for neuron in 0..shape.neurons() as u32 {
            if rng.random_range(0..3) == 0 {
                spikes.push((neuron, rng.random_range(1..4)));
            }
        }
        spikes
    };
    Train { steps: (0..steps).map(|_| step(rng)).collect(), moments: vec![] }
}

fn unit(rng: &mut Random, channels: usize, fires: bool) -> Cuba {
    let mut of = |values: std::ops::Range<i32>| -> Vec<i32> {
        (0..channels).map(|_| rng.random_range(values.clone())).collect()
    };
    let threshold = if fires { of(100..900) } else { vec![NEVER; channels] };
    let (bias, drive, to) = (of(-20..40), of(-10..20), of(-50..50));
    let current_decay = match rng.random_range(0..2) {
        0 => vec![ALL; channels],
        _ => (0..channels).map(|_| rng.random_range(0..=ALL)).collect(),
    };
    let decay = match rng.random_range(0..2) {
        0 => vec![0; channels],
        _ => (0..channels).map(|_| rng.random_range(0..=ALL)).collect(),
    };
    Cuba {
        current_decay,
        decay,
        threshold,
        reset: if rng.random() { CubaReset::Subtract } else { CubaReset::To(to) },
        bias,
        drive,
        shift: (0..channels).map(|_| rng.random_range(0..4)).collect(),
        refractory: if rng.random() { 0 } else { rng.random_range(1..=6) },
        saturation: if rng.random() { 2000 } else { 8_388_607 },
    }
}

/// Over all of the source where shapes differ, else of 3 x 3.
fn connect(network: &mut Network, rng: &mut Random, source: usize, target: usize, delay: usize) {
    let [from, to] = [source, target].map(|p| network.populations[p].shape);
    let (kernel, pad) = match (from.height, from.width) == (to.height, to.width) {
        true => ([3, 3], [1, 1]),
        false => ([from.height, from.width], [0, 0]),
    };
    if (from.height, from.width) != (to.height, to.width) && to.height * to.width > 1 {
        return;
    }
    let window = Window { kernel, stride: [1, 1], pad, dilation: [1, 1] };
    let count = kernel[0] * kernel[1] * from.channels * to.channels;
    let weights = Weights::Bytes((0..count).map(|_| rng.random_range(-127..=127)).collect());
    let connection = Connection::Conv(Conv {
        inputs: 0..from.channels,
        window,
        groups: 1,
        upsample: [1, 1],
        weights,
        negative: Weights::default(),
    });
    network.projections.push(Projection { source, target, connection, delay });
}

/// Spikes of every neuron, dense: `[step][population][neuron]`.
type Dense = Vec<Vec<Vec<i32>>>;

/// The network by its definition: population by population in every step, weights looked up one by
/// one. Gives spikes, final potentials, and values that were clamped.
fn plain(network: &Network, fed: &[Option<Fed>], steps: usize) -> (Dense, Vec<Vec<i64>>, u64) {
    plain_each(network, fed, steps, |_, _| ())
}

/// The same; `see` gets currents and potentials by population after every step.
pub fn plain_each(
    network: &Network,
    fed: &[Option<Fed>],
    steps: usize,
    mut see: impl FnMut(&[Vec<i64>], &[Vec<i64>]),
) -> (Dense, Vec<Vec<i64>>, u64) {
    let lags = lags(network);
    let zeros = |p: &Population| vec![0i64; p.shape.neurons()];
    let mut u: Vec<Vec<i64>> = network.populations.iter().map(zeros).collect();
    let (mut v, mut rest) = (u.clone(), u.clone());
    let mut all: Dense = vec![];
    let mut clamped = 0;
    for step in 0..steps {
        all.push(network.populations.iter().map(|p| vec![0; p.shape.neurons()]).collect());
        for (p, population) in network.populations.iter().enumerate() {
            let unit = match &population.model {
                Model::Cuba(unit) => unit,
                _ => {
                    for &(n, count) in fed[p].as_ref().unwrap().spikes().unwrap().at(step + 1) {
                        all[step][p][n as usize] = count;
                    }
                    continue;
                }
            };
            let channels = population.shape.channels;
            let most = i64::from(unit.saturation);
            for n in 0..population.shape.neurons() {
                let c = n % channels;
                let mut x = 0i64;
                for (projection, &lag) in network.projections.iter().zip(&lags) {
                    if projection.target == p && lag <= step {
                        let sent = &all[step - lag][projection.source];
                        x += arriving(network, projection, sent, n);
                    }
                }
                let current = u[p][n] * (4096 - i64::from(unit.current_decay[c])) / 4096
                    + x * (1 << unit.shift[c])
                    + i64::from(unit.drive[c]);
                u[p][n] = current.clamp(-most, most);
                clamped += u64::from(u[p][n] != current);
                if rest[p][n] > 0 {
                    rest[p][n] -= 1;
                    continue;
                }
                let potential = v[p][n] * (4096 - i64::from(unit.decay[c])) / 4096
                    + u[p][n]
                    + i64::from(unit.bias[c]);
                v[p][n] = potential.clamp(-most, most);
                clamped += u64::from(v[p][n] != potential);
                if v[p][n] > i64::from(unit.threshold[c]) {
                    all[step][p][n] = 1;
                    v[p][n] = match &unit.reset {
                        CubaReset::To(values) => i64::from(values[c]),
                        CubaReset::Subtract => v[p][n] - i64::from(unit.threshold[c]),
                    };
                    rest[p][n] = i64::from(unit.refractory);
                }
            }
        }
        see(&u, &v);
    }
    (all, v, clamped)
}

fn arriving(network: &Network, projection: &Projection, sent: &[i32], n: usize) -> i64 {
    let Connection::Conv(conv) = &projection.connection else { unreachable!() };
    let from = network.populations[projection.source].shape;
    let to = network.populations[projection.target].shape;
    let (position, out) = (n / to.channels, n % to.channels);
    let (oy, ox) = (position / to.width, position % to.width);
    let [height, width] = conv.window.kernel;
    let mut sum = 0;
    for ky in 0..height {
        for kx in 0..width {
            let y = (oy + ky) as i64 - conv.window.pad[0] as i64;
            let x = (ox + kx) as i64 - conv.window.pad[1] as i64;
            let inside =
                (0..from.height as i64).contains(&y) && (0..from.width as i64).contains(&x);
            if !inside {
                continue;
            }
            for c in 0..from.channels {
                let at = (y as usize * from.width + x as usize) * from.channels + c;
                let w = ((ky * width + kx) * from.channels + c) * to.channels + out;
                sum += i64::from(conv.weights.get(w)) * i64::from(sent[at]);
            }
        }
    }
    sum
}

/// Writes what an observer saw of a step into `all`, at the population's own step.
fn note(all: &mut Dense, place: usize, own: usize, channels: usize, o: &Observed) {
    for position in 0..o.spikes.positions() {
        for spike in o.spikes.at(position) {
            all[own][place][position * channels + spike.channel()] = spike.count();
        }
    }
}

fn silent(network: &Network, steps: usize) -> Dense {
    let none = |p: &Population| vec![0; p.shape.neurons()];
    vec![network.populations.iter().map(none).collect(); steps]
}

const STEPS: usize = 40;

/// What a retimed network does, by population of the original and step of its own.
fn retimed_spikes(network: &Network, fed: &[Option<Fed>], sight: bool) -> Dense {
    let retimed = retime(network, Some(4));
    let placed = retimed.reorder(network, fed.to_vec());
    let mut all = silent(network, STEPS);
    let mut observe = |o: &Observed| {
        let Some(p) = retimed.place[..network.populations.len()]
            .iter()
            .position(|&place| place == o.population)
        else {
            return;
        };
        let own = o.step.checked_sub(retimed.network.populations[o.population].depth + 1);
        if let Some(own) = own.filter(|&own| own < STEPS) {
            note(&mut all, p, own, network.populations[p].shape.channels, o);
        }
    };
    if sight {
        stepped(&retimed, &placed, STEPS, |o| observe(&o));
    } else {
        let none: &[Sight] = &[];
        each_step(&retimed, &placed, STEPS, none, |all| all.iter().for_each(&mut observe));
    }
    all
}

#[test]
fn layers_steps_and_the_plain_rule_agree() {
    let mut loops = 0;
    for seed in 0..200 {
        let (network, fed) = random_network(seed, STEPS);
        let (expected, potentials, clamped) = plain(&network, &fed, STEPS);
        loops += u32::from(network.projections.iter().any(|p| p.source >= p.target));
        let mut all = silent(&network, STEPS);
        let mut saturations = 0;
        let states = layered(&network, &fed, STEPS, |o| {
            saturations += o.saturations;
            note(
                &mut all,
                o.population,
                o.step - 1,
                network.populations[o.population].shape.channels,
                &o,
            );
        });
        assert_eq!(all, expected, "layer by layer, seed {seed}");
        assert_eq!(saturations, clamped, "seed {seed}");
        for (state, potentials) in states.iter().zip(&potentials).skip(1) {
            let found: Vec<i64> = state.potential().into_iter().map(i64::from).collect();
            assert_eq!(&found, potentials, "seed {seed}");
        }
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                assert_eq!(retimed_spikes(&network, &fed, true), expected, "retimed, seed {seed}");
                assert_eq!(retimed_spikes(&network, &fed, false), expected, "blocks, seed {seed}");
            });
        }
    }
    assert!(loops > 50, "{loops} of 200 networks have loops");
}

/// Relays carry what axons cannot, whatever the order of layers.
#[test]
fn long_delays_take_relays() {
    let mut relays = 0;
    for seed in 0..60 {
        let (network, fed) = random_network(seed, STEPS);
        let expected = plain(&network, &fed, STEPS).0;
        let retimed = retime(&network, Some(1));
        relays += retimed.network.populations.len() - network.populations.len();
        let placed = retimed.reorder(&network, fed.clone());
        let mut all = silent(&network, STEPS);
        stepped(&retimed, &placed, STEPS, |o| {
            let Some(p) = retimed.place[..network.populations.len()]
                .iter()
                .position(|&place| place == o.population)
            else {
                return;
            };
            let own = o.step.checked_sub(retimed.network.populations[o.population].depth + 1);
            if let Some(own) = own.filter(|&own| own < STEPS) {
                note(&mut all, p, own, network.populations[p].shape.channels, &o);
            }
        });
        assert_eq!(all, expected, "seed {seed}");
    }
    assert!(relays > 20, "{relays} relays");
}

/// Nothing retimed: every projection takes the steps that it has, and no fewer than one.
#[test]
fn networks_run_as_they_are() {
    for seed in 0..40 {
        let (network, fed) = random_network(seed, STEPS);
        let free = unbalanced(&network);
        assert!(free.network.populations.iter().all(|p| p.depth == 0) && free.depth == 0);
        let mut spikes = [silent(&network, STEPS), silent(&network, STEPS)];
        for (retimed, all) in
            [free, unbalanced_within(&network, Some(64))].into_iter().zip(&mut spikes)
        {
            stepped(&retimed, &fed, STEPS, |o| {
                let channels = network.populations[o.population].shape.channels;
                note(all, o.population, o.step - 1, channels, &o);
            });
        }
        // By the plain rule of a network in which every projection lags by its delay.
        let mut lagging = network.clone();
        for projection in &mut lagging.projections {
            let looped = loops::components(&network);
            let own = looped[projection.source] == looped[projection.target];
            projection.delay = if own { projection.delay } else { projection.delay + 1 };
        }
        assert_eq!(spikes[0], plain(&lagging, &fed, STEPS).0, "seed {seed}");
        assert_eq!(spikes[0], spikes[1]);
    }
}

/// A million random steps of single units against the rule in its own words.
#[test]
fn units_follow_the_chip() {
    let mut rng = Random::seed_from_u64(7);
    let (mut steps, mut saturations, mut rested) = (0u64, 0u64, [false; 7]);
    while steps < 1_000_000 {
        let channels = 32;
        let mut unit = unit(&mut rng, channels, true);
        unit.saturation = 8_388_607;
        unit.shift = (0..channels).map(|_| rng.random_range(6..13)).collect();
        unit.threshold =
            (0..channels).map(|_| 64 * rng.random_range(1..131_072) % 8_388_608).collect();
        unit.refractory = rng.random_range(0..=6);
        rested[usize::from(unit.refractory)] = true;
        let (mut u, mut v, mut rest) =
            (vec![0i64; channels], vec![0i64; channels], vec![0; channels]);
        let shape = Shape { height: 1, width: 1, channels };
        let population = |name: &str, model| Population {
            name: name.into(),
            shape,
            model,
            analogue: false,
            depth: 0,
        };
        let mut weights = vec![0i8; channels * channels];
        (0..channels)
            .for_each(|c| weights[c * channels + c] = rng.random_range(-128i32..128) as i8);
        let one = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };
        let connection = Connection::Conv(Conv {
            inputs: 0..channels,
            window: one,
            groups: 1,
            upsample: [1, 1],
            weights: Weights::Bytes(weights.clone().into()),
            negative: Weights::default(),
        });
        let network = Network {
            name: "units".into(),
            weight_bits: 8,
            populations: vec![
                population("input", Model::Input(3)),
                population("units", Model::Cuba(unit.clone())),
            ],
            projections: vec![Projection { source: 0, target: 1, connection, delay: 1 }],
            heads: vec![],
            first_phase: None,
        };
        let length = 1000;
        let train = train(&mut rng, shape, length);
        let fed = vec![Some(Fed::Spikes(train.clone())), None];
        let mut clamped = 0;
        layered(&network, &fed, length, |o| {
            if o.population == 0 {
                return;
            }
            clamped += o.saturations;
            let due = train.at(o.step);
            for c in 0..channels {
                let count = due.iter().find(|(n, _)| *n as usize == c).map_or(0, |(_, n)| *n);
                // u = trunc(u (4096 - du) / 4096) + 64 w, toward zero and within 24 bits.
                let trunc = |value: i64, decay: u16| {
                    let product = value as i128 * (4096 - i128::from(decay));
                    let cut = product.abs() / 4096;
                    (if product < 0 { -cut } else { cut }) as i64
                };
                let w = i64::from(weights[c * channels + c]) * i64::from(count);
                let word = |value: i64| value.clamp(-(1 << 23) + 1, (1 << 23) - 1);
                let all = trunc(u[c], unit.current_decay[c])
                    + w * (1 << unit.shift[c])
                    + i64::from(unit.drive[c]);
                u[c] = word(all);
                saturations += u64::from(all != u[c]);
                let mut fires = false;
                if rest[c] > 0 {
                    rest[c] -= 1;
                } else {
                    let all = trunc(v[c], unit.decay[c]) + u[c] + i64::from(unit.bias[c]);
                    v[c] = word(all);
                    saturations += u64::from(all != v[c]);
                    fires = v[c] > i64::from(unit.threshold[c]);
                    if fires {
                        v[c] = match &unit.reset {
                            CubaReset::To(to) => i64::from(to[c]),
                            CubaReset::Subtract => v[c] - i64::from(unit.threshold[c]),
                        };
                        rest[c] = i32::from(unit.refractory);
                    }
                }
                let found = o.spikes.at(0).iter().any(|spike| spike.channel() == c);
                assert_eq!(found, fires, "unit {c} in step {}", o.step);
            }
            saturations -= std::mem::take(&mut clamped);
        });
        steps += (length * channels) as u64;
    }
    assert_eq!(saturations, 0, "as many are counted as there are");
    assert_eq!(rested, [true; 7]);
}

/// The example of docs/semantics.md, step by step.
#[test]
fn two_neurons_by_hand() {
    let shape = Shape { height: 1, width: 1, channels: 1 };
    let population = |name: &str, model| Population {
        name: name.into(),
        shape,
        model,
        analogue: false,
        depth: 0,
    };
    let unit = |current_decay, decay, threshold, refractory| {
        Model::Cuba(Cuba {
            current_decay: vec![current_decay],
            decay: vec![decay],
            threshold: vec![64 * threshold],
            reset: CubaReset::To(vec![0]),
            bias: vec![0],
            drive: vec![0],
            shift: vec![6],
            refractory,
            saturation: 8_388_607,
        })
    };
    let synapse = |source: usize, weight: i8| {
        let window = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };
        let connection = Connection::Conv(Conv {
            inputs: 0..1,
            window,
            groups: 1,
            upsample: [1, 1],
            weights: Weights::Bytes(vec![weight].into()),
            negative: Weights::default(),
        });
        Projection { source, target: source + 1, connection, delay: 1 }
    };
    let network = Network {
        name: "pair".into(),
        weight_bits: 8,
        populations: vec![
            population("input", Model::Input(1)),
            population("A", unit(1024, 512, 10, 1)),
            population("B", unit(ALL, 1024, 8, 0)),
        ],
        projections: vec![synapse(0, 9), synapse(1, 7)],
        heads: vec![],
        first_phase: None,
    };
    let spikes = [1, 1, 0, 0, 1, 0, 1, 0];
    let step = |&n: &i32| if n > 0 { vec![(0, n)] } else { vec![] };
    let train = Train { steps: spikes.iter().map(step).collect(), moments: vec![] };
    let fed = vec![Some(Fed::Spikes(train)), None, None];
    let page = include_str!("../docs/semantics.md");
    let mut rows = vec![];
    let mut fires = vec![[0; 3]; spikes.len()];
    layered(&network, &fed, spikes.len(), |o| {
        fires[o.step - 1][o.population] = o.spikes.spikes(0, 1)
    });
    for steps in 1..=spikes.len() {
        let states = layered(&network, &fed, steps, |_| ());
        let [u, v] = [states[1].counts()[0], states[1].potential()[0]];
        let [input, a, b] = fires[steps - 1];
        let b_v = states[2].potential()[0];
        let row = format!("| {steps} | {input} | {u} | {v} | {a} | {b_v} | {b} |");
        rows.push(row);
    }
    let table = rows.join("\n");
    assert!(page.contains(&table), "docs/semantics.md lacks\n{table}");
}

/// Graphs of one input and one layer.
mod single {
    use super::*;
    use spikemesh::ann::Shape as FloatShape;
    use spikemesh::convert::spiking::{Feed, SpikingError, SpikingSettings, convert_spiking};
    use spikemesh::spiking::{
        Conv, Fires, Graph, Map, MapKind, Matrix, Neuron, Pool, Population, Projection, Reset,
        Unit, Values,
    };

    fn graph(from: FloatShape, maps: Vec<Map>, fires: Option<f64>, lag: usize) -> Graph {
        let to = maps.last().map_or(from, |map| map.to);
        let reset = Reset::Subtract;
        let neuron = Neuron {
            kind: "IF".into(),
            current: None,
            keep: Values::all(1.0),
            gain: Values::all(1.0),
            leak: Values::all(0.0),
            fires: fires.map(|t| Fires { threshold: Values::all(t), reset, at: false }),
            refractory: 0,
            whole: None,
        };
        let population = |name: &str, shape, unit| Population { name: name.into(), shape, unit };
        Graph {
            name: "single".into(),
            dt: 1e-3,
            populations: vec![
                population("input", from, Unit::Input),
                population("layer", to, Unit::Neuron(neuron)),
            ],
            projections: vec![Projection { source: 0, target: 1, maps, lag }],
            outputs: vec![1],
            delayed: lag > 0,
        }
    }

    fn map(from: FloatShape, to: FloatShape, kind: MapKind) -> Map {
        Map { name: "map".into(), from, to, kind }
    }

    fn matrix(weights: &[f64], inputs: usize) -> Map {
        let outputs = weights.len() / inputs;
        let kind = MapKind::Matrix(Matrix { weights: weights.to_vec(), bias: vec![] });
        map(FloatShape::new(inputs, 1, 1), FloatShape::new(outputs, 1, 1), kind)
    }

    /// Potentials that are read hold a whole run.
    #[test]
    fn what_is_read_holds_all_that_comes() {
        let weights = [100.0, 100.0, 100.0, 120.0, 120.0, 120.0, 127.0, 127.0, 127.0];
        let graph = graph(FloatShape::new(3, 1, 1), vec![matrix(&weights, 3)], None, 0);
        let conversion = convert_spiking(&graph, &SpikingSettings::default()).unwrap();
        assert_eq!(conversion.weight_bits, 8);
        let step = vec![(0, 1), (1, 1), (2, 1)];
        let train = Train { steps: vec![step; 1024], moments: vec![] };
        let fed = conversion.fed(&graph, |_| train.clone()).unwrap();
        let mut clamped = 0;
        let states = layered(&conversion.network, &fed, 1024, |o| clamped += o.saturations);
        let unit = &conversion.layers[1].unit;
        let read: Vec<f64> = (states[1].potential().iter().zip(unit))
            .map(|(&v, unit)| f64::from(v) * unit)
            .collect();
        assert_eq!(read, [307_200.0, 368_640.0, 390_144.0]);
        assert_eq!(clamped, 0);
    }

    /// Several channels become one, then a pool, without units between.
    #[test]
    fn maps_that_mix_channels_are_no_factors() {
        let (from, mixed, to) =
            (FloatShape::new(3, 6, 6), FloatShape::new(1, 6, 6), FloatShape::new(1, 3, 3));
        let conv = Conv {
            weights: vec![1.0, 2.0, 3.0],
            bias: vec![],
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            pad: [0, 0],
            groups: 1,
        };
        let pool = Pool { kernel: [2, 2], stride: [2, 2], pad: [0, 0], mean: false };
        let maps = vec![map(from, mixed, MapKind::Conv(conv)), map(mixed, to, MapKind::Pool(pool))];
        let found = convert_spiking(&graph(from, maps, Some(1.0), 0), &SpikingSettings::default());
        assert!(matches!(found, Err(SpikingError::Map { .. })), "{found:?}");
    }

    /// Rests that a pool cuts off are seen however small the weights are.
    #[test]
    fn tiny_weights_are_held_against_their_maps() {
        let (from, small) = (FloatShape::new(1, 5, 5), FloatShape::new(1, 2, 2));
        for weight in [1.0, 1e-12] {
            let pool = Pool { kernel: [2, 2], stride: [2, 2], pad: [0, 0], mean: false };
            let conv = Conv {
                weights: vec![weight; 9],
                bias: vec![],
                kernel: [3, 3],
                stride: [1, 1],
                dilation: [1, 1],
                pad: [1, 1],
                groups: 1,
            };
            let maps =
                vec![map(from, small, MapKind::Pool(pool)), map(small, small, MapKind::Conv(conv))];
            let graph = graph(from, maps, Some(weight), 0);
            let found = convert_spiking(&graph, &SpikingSettings::default());
            assert!(matches!(found, Err(SpikingError::Map { .. })), "{weight}: {found:?}");
        }
    }

    /// What does not fit is refused by name, not clamped.
    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let weights = [1.0, -0.5, 0.25];
        let of =
            |fires, lag| graph(FloatShape::new(3, 1, 1), vec![matrix(&weights, 3)], fires, lag);
        let settings = SpikingSettings::default();
        let refused = |graph: &Graph, settings: &SpikingSettings, what: &str| {
            let error = convert_spiking(graph, settings).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        };
        refused(&of(Some(1e30), 0), &settings, "threshold of channel 0 does not fit");
        let scale = Some(1e6);
        refused(&of(Some(1.0), 0), &SpikingSettings { scale, ..settings }, "16 bits at this scale");
        let feed = Feed::Constant;
        refused(
            &of(Some(1.0), 2),
            &SpikingSettings { feed, ..settings },
            "delays a constant image",
        );
        let mut rests = of(Some(1.0), 0);
        if let Unit::Neuron(neuron) = &mut rests.populations[1].unit {
            neuron.refractory = 256;
        }
        refused(&rests, &settings, "rests 256 steps");
    }
}

/// A constant image enters where spikes would: into the current where that lasts, beside a leak and
/// what a loop adds without a spike.
#[test]
fn constant_images_enter_as_inputs_do() {
    use spikemesh::ann::Shape as FloatShape;
    use spikemesh::convert::spiking::{Feed, SpikingSettings, convert_spiking};
    use spikemesh::spiking::*;
    let shape = FloatShape::new(2, 1, 1);
    let matrix = |weights: [f64; 4], bias: [f64; 2]| Map {
        name: "fc".into(),
        from: shape,
        to: shape,
        kind: MapKind::Matrix(Matrix { weights: weights.to_vec(), bias: bias.to_vec() }),
    };
    let mut fired = 0;
    for lasting in [false, true] {
        let current = Current { keep: Values::all(0.75), gain: Values::all(0.5) };
        let neuron = Neuron {
            kind: "CubaLIF".into(),
            current: lasting.then_some(current),
            keep: Values::all(0.875),
            gain: Values::all(0.25),
            leak: Values::all(0.03125),
            fires: Some(Fires {
                threshold: Values::all(1.0),
                reset: spikemesh::spiking::Reset::Subtract,
                at: false,
            }),
            refractory: 2,
            whole: None,
        };
        let population = |name: &str, unit| Population { name: name.into(), shape, unit };
        let projection = |source, lag, map| Projection { source, target: 1, maps: vec![map], lag };
        let graph = Graph {
            name: "pair".into(),
            dt: 1e-3,
            populations: vec![
                population("input", Unit::Input),
                population("layer", Unit::Neuron(neuron)),
            ],
            projections: vec![
                projection(0, 0, matrix([1.5, -0.25, 0.5, 1.0], [0.125, 0.0625])),
                projection(1, 1, matrix([0.0, -0.5, 0.25, 0.0], [0.25, 0.03125])),
            ],
            outputs: vec![1],
            delayed: false,
        };
        let settings = SpikingSettings {
            weight_bits: 16,
            membrane_bits: 32,
            feed: Feed::Constant,
            ..SpikingSettings::default()
        };
        let conversion = convert_spiking(&graph, &settings).unwrap();
        let image = [0.8125, 0.4375];
        let fed = conversion.currents(&graph, &image).unwrap();
        let mut float = exec::Run::new(&graph);
        layered(&conversion.network, &fed, 300, |o| {
            float.step(|_| image.to_vec());
            let sent: Vec<f64> = (0..2)
                .map(|c| f64::from(u8::from(o.spikes.at(0).iter().any(|s| s.channel() == c))))
                .collect();
            assert_eq!(sent, float.sent(1), "step {}, lasting: {lasting}", o.step);
            fired += o.spikes.spikes(0, 1);
        });
    }
    assert!(fired > 50, "{fired} spikes");
}

/// Networks and data of others, where they are.
mod shared {
    use super::*;
    use spikemesh::encode::events::{BinRule, binned, read};
    use spikemesh::import::{self, Options};
    use spikemesh::pipeline::{self, Sample, Settings, Stimulus, Timing};
    use spikemesh::profile;

    fn shared(part: &str) -> Option<std::path::PathBuf> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(part);
        if path.exists() {
            return Some(path);
        }
        eprintln!("skipped: no {}", path.display());
        None
    }

    fn settings(steps: usize) -> Settings {
        Settings {
            steps,
            timing: Timing::Analytic,
            idealised: false,
            record_spikes: false,
            seed: 0,
            conversion: spikemesh::convert::Recipe::default(),
            split: vec![],
            placement: spikemesh::mapping::Placement::Hilbert,
            placement_steps: 0,
            probes: vec![],
            feed: Default::default(),
            command: "test".into(),
        }
    }

    #[test]
    fn digits_of_an_event_camera() {
        let Some(path) = shared("models/nir-paper/02_cnn/cnn_sinabs.nir") else { return };
        let Some(data) = shared("data/nmnist-small") else { return };
        let imported = import::open_with(&path, &Options::default()).unwrap().0;
        let profile = profile::load("loihi1-davies2018").unwrap();
        let prepared = pipeline::prepare(imported, profile, settings(300), &[][..]).unwrap();
        let (mut right, mut all) = (0, 0);
        for set in ["test.csv", "train.csv"] {
            let list = std::fs::read_to_string(data.join(set)).unwrap();
            for line in list.lines().skip(1) {
                let (file, label) = line.split_once(',').unwrap();
                let recording = read(&data.join(file)).unwrap();
                let rule = BinRule { steps: Some(300), ..BinRule::default() };
                let spikes = binned(&recording, [2, 34, 34], 1000.0, rule).unwrap();
                let steps = spikes
                    .steps
                    .iter()
                    .map(|s| s.iter().map(|s| (s.element, s.count as i32)).collect());
                let train = Train { steps: steps.collect(), moments: vec![] };
                let sample = Sample::of(
                    file.into(),
                    String::new(),
                    Stimulus::Spikes { train, step_ns: 1e6 },
                );
                let outcome = prepared.emulate(Some(&sample), || ()).unwrap();
                let values = &outcome.heads[0].values;
                let best = (0..10)
                    .max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)))
                    .unwrap();
                right += usize::from(best == label.parse::<usize>().unwrap());
                all += 1;
            }
        }
        assert!(right * 100 >= all * 97, "{right} of {all}");
    }

    /// Columns of a CSV file of numbers, `[row][column]`.
    fn rows(text: &str) -> Vec<Vec<f64>> {
        let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
        text.lines().map(row).collect()
    }

    fn spiking_graph(path: &std::path::Path, options: &Options) -> spikemesh::spiking::Graph {
        match import::open_with(path, options).unwrap().0.network {
            import::Network::Spiking(graph) => *graph,
            _ => unreachable!("it is NIR"),
        }
    }

    /// Every number of the network whose step times were measured: spikes, operations, answers.
    #[test]
    fn a_network_as_the_chip_ran_it() {
        let Some(folder) = shared("models/nxtf-mnist") else { return };
        let path = folder.join("nxtf_mnist.nir");
        let imported = import::open_with(&path, &Options::default()).unwrap().0;
        let profile = profile::load("loihi1-sanafe").unwrap();
        let settings = Settings {
            feed: pipeline::Feed::Constant,
            conversion: spikemesh::convert::Recipe::parse("delivery=unbalanced").unwrap(),
            ..settings(512)
        };
        let prepared = pipeline::prepare(imported, profile, settings, &[][..]).unwrap();
        let bytes = std::fs::read(folder.join("images_u8.npy")).unwrap();
        let images = &bytes[bytes.len() - 8 * 784..];
        let reference = std::fs::read_to_string(folder.join("reference.csv")).unwrap();
        let header: Vec<&str> = reference.lines().next().unwrap().split(',').collect();
        for (image, line) in images.chunks(784).zip(reference.lines().skip(1)) {
            let cells: Vec<&str> = line.split(',').collect();
            let expected = |name: &str| -> u64 {
                cells[header.iter().position(|h| *h == name).unwrap()].parse().unwrap()
            };
            let image = image.iter().map(|&pixel| f64::from(pixel)).collect();
            let sample = Sample::of("image".into(), String::new(), Stimulus::Image(image));
            let outcome = prepared.emulate(Some(&sample), || ()).unwrap();
            let layers = &outcome.activity.layers;
            for (n, name) in ["pixels", "if1", "if2", "if3"].iter().enumerate() {
                let layer = &layers[n];
                assert_eq!(&layer.name, name);
                assert_eq!(layer.counts.spikes, expected(&format!("spikes_{name}")), "{name}");
                let stored = expected(&format!("stored_ops_conv{}", n + 1));
                let found = layers[n + 1].counts.total_synaptic_operations();
                assert_eq!(found, stored, "conv{}", n + 1);
                let nonzero = expected(&format!("nonzero_ops_conv{}", n + 1));
                assert_eq!(layers[n + 1].nonzero_operations, Some(nonzero), "conv{}", n + 1);
            }
            let values = &outcome.heads[0].values;
            let best = (0..10).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
            assert_eq!(best as u64, expected("answer"));
        }
    }

    /// Spikes and voltages of the trace in whole numbers: decays are cut, not rounded.
    #[test]
    fn a_neuron_as_the_fixed_point_trace_has_it() {
        let Some(folder) = shared("models/nir-paper/01_lif") else { return };
        let options = Options { dt: Some(1e-4), ..Options::default() };
        let graph = spiking_graph(&folder.join("lif_norse.nir"), &options);
        let settings = spikemesh::convert::spiking::SpikingSettings {
            scale: Some(250.0),
            ..Default::default()
        };
        let conversion = spikemesh::convert::spiking::convert_spiking(&graph, &settings).unwrap();
        for name in ["lif_lava_loihi_fixed.csv", "lif_lava_cpu_fixed.csv"] {
            let trace = rows(&std::fs::read_to_string(folder.join(name)).unwrap());
            let step =
                |row: &Vec<f64>| if row[0] > 0.0 { vec![(0, row[0] as i32)] } else { vec![] };
            let train = Train { steps: trace.iter().map(step).collect(), moments: vec![] };
            let fed = conversion.fed(&graph, |_| train.clone()).unwrap();
            let mut spikes = vec![];
            layered(&conversion.network, &fed, trace.len(), |o| {
                if o.population == 1 {
                    spikes.push(o.spikes.spikes(0, 1));
                }
            });
            let voltage =
                |steps: usize| layered(&conversion.network, &fed, steps, |_| ())[1].potential()[0];
            let found: Vec<i32> = (1..=trace.len()).map(voltage).collect();
            // The trace shows what a step left in the next one, and of the step of a spike what it
            // was before; the chip's own also shows that before its reset.
            let recorded = |column: usize| trace.iter().skip(1).map(move |row| row[column] as i64);
            let fires: Vec<u64> = recorded(2).map(|z| z as u64).collect();
            assert_eq!(fires, spikes[..fires.len()], "{name}");
            assert_eq!(fires.iter().sum::<u64>(), 4);
            let other: Vec<(usize, (i64, i64))> = (recorded(1).zip(&found).enumerate())
                .map(|(n, (volt, own))| (n, (volt, i64::from(*own))))
                .filter(|(_, (volt, own))| volt != own)
                .collect();
            match name {
                "lif_lava_cpu_fixed.csv" => assert_eq!(other, []),
                _ => assert!(other.iter().all(|(n, _)| fires[*n] == 1), "{other:?}"),
            }
            // With decays rounded to 164 spikes agree, and voltages do not.
            let mut rounded = conversion.network.clone();
            if let Model::Cuba(unit) = &mut rounded.populations[1].model {
                assert_eq!(unit.decay, [163]);
                unit.decay = vec![164];
            }
            let volts = |steps: usize| layered(&rounded, &fed, steps, |_| ())[1].potential()[0];
            let volts: Vec<i32> = (1..=trace.len()).map(volts).collect();
            assert_ne!(volts, found);
        }
    }

    /// What decays, weights and membranes cost, by the spikes of one recording.
    #[test]
    fn whole_numbers_beside_floats() {
        let Some(path) = shared("models/nir-paper/02_cnn/cnn_sinabs.nir") else { return };
        let Some(data) = shared("data/nmnist-small") else { return };
        let recording = read(&data.join("test/60001.bs2")).unwrap();
        let rule = BinRule { steps: Some(300), ..BinRule::default() };
        let spikes = binned(&recording, [2, 34, 34], 1000.0, rule).unwrap();
        let step = |s: &Vec<spikemesh::encode::events::Spikes>| {
            s.iter().map(|s| (s.element, s.count as i32)).collect()
        };
        let train = Train { steps: spikes.steps.iter().map(step).collect(), moments: vec![] };
        let stimulus = Stimulus::Spikes { train, step_ns: 1e6 };
        let sample = Sample::of("60001".into(), String::new(), stimulus);
        let imported = import::open_with(&path, &Options::default()).unwrap().0;
        let profile = profile::load("loihi1-davies2018").unwrap();
        let prepared = pipeline::prepare(imported, profile, settings(300), &[][..]).unwrap();
        let layers = prepared.fidelity(&sample).unwrap().unwrap();
        let share = |form: &str| {
            let own = layers.iter().filter(|layer| layer.form == form);
            let [mut agreeing, mut all] = [0, 0];
            own.for_each(|layer| {
                agreeing += 2 * layer.own_agreeing;
                all += layer.float_spikes + layer.own_spikes;
            });
            agreeing as f64 / all as f64
        };
        let [decays, weights, membranes] = ["decays", "weights", "membranes"].map(share);
        assert!(decays >= 0.999, "{decays}");
        assert!(weights >= 0.9 && membranes >= 0.9, "{weights} {membranes}");
    }

    /// The recurrent network, and two neurons one behind the other, as whole numbers: with weights
    /// of 16 bits they fire as in floats, up to what cut decays do.
    #[test]
    fn networks_of_the_paper_run() {
        let mut rng = Random::seed_from_u64(3);
        for (part, dt, channels, steps, least) in [
            ("03_rnn/braille_noDelay_bias_zero.nir", 1e-4, 12, 256, 0.95),
            ("01_lif/debug_spike_representation/two_lif_neurons.nir", 0.01 / 16.0, 1, 1000, 1.0),
        ] {
            let Some(path) = shared(&format!("models/nir-paper/{part}")) else { return };
            let options = Options { dt: Some(dt), ..Options::default() };
            let imported = import::open_with(&path, &options).unwrap().0;
            let profile = profile::load("loihi1-davies2018").unwrap();
            let prepared = pipeline::prepare(imported, profile, settings(steps), &[][..]).unwrap();
            let mut step =
                || (0..channels).filter(|_| rng.random_range(0..8) == 0).map(|n| (n, 1)).collect();
            let train = Train { steps: (0..steps).map(|_| step()).collect(), moments: vec![] };
            let stimulus = Stimulus::Spikes { train, step_ns: 1e5 };
            let sample = Sample::of("random".into(), String::new(), stimulus);
            prepared.emulate(Some(&sample), || ()).unwrap();
            for layer in prepared.fidelity(&sample).unwrap().unwrap() {
                let fine = layer.form != "decays" || layer.agreement() >= least;
                assert!(fine, "{layer:?}");
            }
        }
    }

    /// Event by event, on a chip without steps; channels beside those that a chip recorded. Which
    /// recordings that one saw is unknown, so only shares are compared.
    #[test]
    fn events_one_by_one() {
        let Some(path) = shared("models/nir-paper/02_cnn/cnn_sinabs.nir") else { return };
        let Some(data) = shared("data/nmnist-small") else { return };
        let activity = std::fs::read(path.with_file_name("speck_activity.npy")).unwrap();
        let values = &activity[activity.len() - 10 * 16 * 256 * 4..];
        let values: Vec<f64> =
            values.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect();
        let mut chip = [0.0; 16];
        values.iter().enumerate().for_each(|(n, v)| chip[n / 256 % 16] += v);
        let imported = import::open_with(&path, &Options::default()).unwrap().0;
        let profile = profile::load("speck").unwrap();
        let settings = Settings { record_spikes: true, ..settings(300) };
        let prepared = pipeline::prepare(imported, profile, settings, &[][..]).unwrap();
        let (mut ours, mut right, mut all) = ([0.0; 16], 0, 0);
        let list = std::fs::read_to_string(data.join("test.csv")).unwrap();
        for line in list.lines().skip(1) {
            let (file, label) = line.split_once(',').unwrap();
            let recording = read(&data.join(file)).unwrap();
            let mut moments = vec![vec![]; 300];
            for event in &recording.events {
                let element =
                    (u32::from(event.on) * 34 + u32::from(event.y)) * 34 + u32::from(event.x);
                if let Some(step) = moments.get_mut((event.t_us / 1000) as usize) {
                    step.push((element, event.t_us % 1000 * 1_000_000));
                }
            }
            let train = Train { steps: vec![vec![]; 300], moments };
            let stimulus = Stimulus::Spikes { train, step_ns: 1e6 };
            let sample = Sample::of(file.into(), String::new(), stimulus);
            let outcome = prepared.emulate(Some(&sample), || ()).unwrap();
            let spikes = outcome.spikes.unwrap().to_vec().unwrap();
            for spike in spikes.iter().filter(|spike| spike.layer == 1) {
                ours[spike.neuron as usize % 16] += f64::from(spike.count);
            }
            let values = &outcome.heads[0].values;
            let best =
                (0..10).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a))).unwrap();
            right += usize::from(best == label.parse::<usize>().unwrap());
            all += 1;
        }
        assert!(right * 100 >= all * 98, "{right} of {all}");
        let share = |all: &[f64; 16]| {
            let sum: f64 = all.iter().sum();
            all.map(|channel| channel / sum)
        };
        let (ours, chip) = (share(&ours), share(&chip));
        let far: f64 = ours.iter().zip(chip).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0;
        assert!(far < 0.2, "{far:.3} of the spikes are in other channels");
    }
}
