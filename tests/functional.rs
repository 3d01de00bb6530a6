//! The spiking network's arithmetic: retimed steps against layered evaluation, and both against a
//! dense simulator written as plainly as possible.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::Window;
use spikemesh::engine::functional::{Observed, each_step, layered, stepped};
use spikemesh::engine::spikes::SpikeList;
use spikemesh::engine::state::Sight;
use spikemesh::kernel::{ACTIVE, FIRED, INPUT, Instructions};
use spikemesh::snn::retime::{retime, unbalanced};
use spikemesh::snn::*;

/// A random network: an analogue layer, then convolutions (dense, grouped, strided, dilated,
/// upsampling), pools, skips and two heads.
pub fn random_network(
    seed: u64,
    alpha: f64,
    burst: i32,
    kind: PoolKind,
) -> (Network, Vec<Option<Fed>>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let channels = 4;
    let mut network = Network {
        name: "random".into(),
        weight_bits: 8,
        populations: vec![],
        projections: vec![],
        heads: vec![],
        first_phase: None,
    };
    let input = Shape { height: rng.random_range(3..8), width: rng.random_range(3..8), channels };
    add(&mut network, &mut rng, input, alpha, burst);
    network.populations[0].analogue = true;
    for _ in 0..rng.random_range(2..6) {
        let source = network.populations.len() - 1;
        let shape = network.populations[source].shape;
        let same = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
        match rng.random_range(0..6) {
            0 if shape.height > 1 && shape.width > 1 => {
                let window =
                    Window { kernel: [2, 2], stride: [2, 2], pad: [0, 0], dilation: [1, 1] };
                let target = Shape { height: shape.height / 2, width: shape.width / 2, channels };
                let model = Model::Pool(kind);
                network.populations.push(Population {
                    name: "pool".into(),
                    shape: target,
                    model,
                    analogue: false,
                    depth: 0,
                });
                let target = network.populations.len() - 1;
                network.projections.push(Projection {
                    source,
                    target,
                    connection: Connection::Pool(window),
                    delay: 1,
                });
            }
            1 => {
                let window = Window { stride: [2, 1], ..same };
                let target = Shape { height: shape.height.div_ceil(2), ..shape };
                add(&mut network, &mut rng, target, alpha, burst);
                connect(&mut network, &mut rng, source, window, 1, [1, 1]);
            }
            2 => {
                add(&mut network, &mut rng, shape, alpha, burst);
                connect(&mut network, &mut rng, source, same, channels, [1, 1]);
            }
            3 => {
                let target = Shape { height: shape.height * 2, width: shape.width * 2, channels };
                add(&mut network, &mut rng, target, alpha, burst);
                connect(&mut network, &mut rng, source, same, 2, [2, 2]);
            }
            4 => {
                let window = Window { pad: [2, 2], dilation: [2, 2], ..same };
                add(&mut network, &mut rng, shape, alpha, burst);
                connect(&mut network, &mut rng, source, window, 1, [1, 1]);
            }
            _ => {
                add(&mut network, &mut rng, shape, alpha, burst);
                connect(&mut network, &mut rng, source, same, 1, [1, 1]);
                // A skip from every earlier population of the same size: unequal branches.
                let last = network.populations.len() - 1;
                let twins: Vec<_> =
                    (0..source).filter(|&p| network.populations[p].shape == shape).collect();
                for twin in twins {
                    let one = Window { kernel: [1, 1], pad: [0, 0], ..same };
                    connect_to(&mut network, &mut rng, twin, last, one, 1, [1, 1]);
                }
            }
        }
    }
    for (name, source) in [("late", network.populations.len() - 1), ("early", 0)] {
        let shape = network.populations[source].shape;
        let bias = (0..channels).map(|_| rng.random_range(-9..9)).collect();
        let model = Model::Readout(Readout { bias, shift: vec![1; channels] });
        network.populations.push(Population {
            name: name.into(),
            shape,
            model,
            analogue: false,
            depth: 0,
        });
        let population = network.populations.len() - 1;
        let one = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };
        connect_to(&mut network, &mut rng, source, population, one, 1, [1, 1]);
        network.heads.push(Head { name: name.into(), population, scale: vec![1.0; channels] });
    }
    let mut currents = vec![None; network.populations.len()];
    currents[0] = Some((0..input.neurons()).map(|_| rng.random_range(-60..120)).collect());
    (network, currents)
}

fn add(network: &mut Network, rng: &mut Xoshiro256PlusPlus, shape: Shape, alpha: f64, burst: i32) {
    let threshold: Vec<i32> = (0..shape.channels).map(|_| rng.random_range(80..400)).collect();
    let negative =
        |t: &i32| if alpha == 0.0 { NEVER } else { (f64::from(*t) / alpha).round() as i32 };
    let below: Vec<i32> = threshold.iter().map(negative).collect();
    let unit = IntegrateFire {
        fire_above: threshold.clone(),
        reset_above: threshold.clone(),
        reset_below: below.clone(),
        fire_below: below,
        initial: threshold.iter().map(|t| t / 2).collect(),
        bias: (0..shape.channels).map(|_| rng.random_range(-20..30)).collect(),
        shift: (0..shape.channels).map(|_| rng.random_range(0..3)).collect(),
        burst,
        saturation: 2000,
    };
    let name = format!("p{}", network.populations.len());
    network.populations.push(Population {
        name,
        shape,
        model: Model::If(unit),
        analogue: false,
        depth: 0,
    });
}

fn connect(
    network: &mut Network,
    rng: &mut Xoshiro256PlusPlus,
    source: usize,
    window: Window,
    groups: usize,
    upsample: [usize; 2],
) {
    let target = network.populations.len() - 1;
    connect_to(network, rng, source, target, window, groups, upsample);
}

/// All channels of the source to the last population.
fn connect_whole(
    network: &mut Network,
    rng: &mut Xoshiro256PlusPlus,
    source: usize,
    window: Window,
) {
    let target = network.populations.len() - 1;
    let [inputs, outputs] = [source, target].map(|p| network.populations[p].shape.channels);
    let count = window.kernel[0] * window.kernel[1] * inputs * outputs;
    let weights = Weights::Bytes((0..count).map(|_| rng.random_range(-127..=127)).collect());
    let (inputs, groups, upsample, negative) = (0..inputs, 1, [1, 1], Weights::default());
    let connection = Connection::Conv(Conv { inputs, window, groups, upsample, weights, negative });
    network.projections.push(Projection { source, target, connection, delay: 1 });
}

fn connect_to(
    network: &mut Network,
    rng: &mut Xoshiro256PlusPlus,
    source: usize,
    target: usize,
    window: Window,
    groups: usize,
    upsample: [usize; 2],
) {
    let channels = network.populations[source].shape.channels;
    let outputs = network.populations[target].shape.channels / groups;
    // One in three reads some channels of its source only.
    let inputs = match rng.random_range(0..3) {
        0 => {
            let (per_group, first) =
                (channels.div_ceil(groups + 1).min(channels / groups), channels % groups);
            let len = groups * per_group;
            first.min(channels - len)..first.min(channels - len) + len
        }
        _ => 0..channels,
    };
    let count = window.kernel[0] * window.kernel[1] * inputs.len() * outputs;
    let weights = Weights::Bytes((0..count).map(|_| rng.random_range(-127..=127)).collect());
    let negative = Weights::default();
    let connection = Connection::Conv(Conv { inputs, window, groups, upsample, weights, negative });
    network.projections.push(Projection { source, target, connection, delay: 1 });
}

/// Signed spike counts of every neuron, dense, `[step][population][neuron]`.
type Dense = Vec<Vec<Vec<i32>>>;

/// The same network with tracking units of the same thresholds, two in three of them clipped at
/// `cap` spikes a step.
pub fn tracking(mut network: Network, cap: i32) -> Network {
    for (id, population) in network.populations.iter_mut().enumerate() {
        if let Model::If(unit) = &population.model {
            population.model = Model::Tracking(Tracking {
                above: unit.reset_above.clone(),
                below: unit.reset_below.clone(),
                bias: unit.bias.clone(),
                shift: unit.shift.clone(),
                most_up: if id % 3 == 0 { unit.burst } else { unit.burst.min(cap) },
                most_down: unit.burst,
                saturation: i32::MAX,
            });
        }
    }
    network
}

/// The same network with units that follow curves of their mean input: some bend, some fall, some
/// jump about.
pub fn curved(mut network: Network, seed: u64, cap: i32) -> Network {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    for population in &mut network.populations {
        let Model::If(unit) = &population.model else { continue };
        let channels = population.shape.channels;
        let segments = rng.random_range(1..70);
        let width: Vec<u8> = (0..channels).map(|_| rng.random_range(0..7)).collect();
        let middle = |width: &u8| -((segments as i32) << width) / 2;
        let from = width.iter().map(|w| middle(w) + rng.random_range(-9..9)).collect();
        let most = *[1 << 11, 1 << 14, 1 << 22].get(rng.random_range(0..3)).unwrap();
        population.model = Model::Curve(Curve {
            from,
            knots: (0..channels * (segments + 1))
                .map(
                    |_| if rng.random_range(0..9) == 0 { 0 } else { rng.random_range(-most..most) },
                )
                .collect(),
            width,
            segments,
            bias: unit.bias.clone(),
            shift: unit.shift.clone(),
            most_up: cap,
            most_down: if rng.random() { unit.burst } else { cap },
            // Steep curves have no exact sums of 31 bits.
            saturation: if rng.random() && most < 1 << 20 { i32::MAX } else { 1500 },
        });
        let Model::Curve(curve) = &population.model else { continue };
        assert_eq!(curve.check(channels), Ok(()));
    }
    network
}

/// Spikes that have left after `step` steps with the sum `u`, as the documentation has it.
fn plain_curve(curve: &Curve, c: usize, u: i64, step: i64) -> i64 {
    let (u, step) = (i128::from(u), i128::from(step));
    let knots = &curve.knots[c * (curve.segments + 1)..(c + 1) * (curve.segments + 1)];
    let unit = 1i128 << curve.width[c];
    let along = u - step * i128::from(curve.from[c]);
    let mut segment = 0;
    while segment + 1 < curve.segments && along >= (segment as i128 + 1) * step * unit {
        segment += 1;
    }
    let rest = along - segment as i128 * step * unit;
    let rise = i128::from(knots[segment + 1]) - i128::from(knots[segment]);
    let value = step * i128::from(knots[segment]) + (rise * rest).div_euclid(unit);
    (value + 2048).div_euclid(4096) as i64
}

/// The same network with other weights for negative spikes.
fn two_tables(mut network: Network) -> Network {
    for projection in &mut network.projections {
        if let Connection::Conv(conv) = &mut projection.connection {
            let steps = (0..conv.weights.len()).rev().map(|n| conv.weights.get(n) as i16).collect();
            conv.negative = Weights::new(steps, network.weight_bits);
        }
    }
    network
}

/// The same network with weights of 16 bits; every `every`th projection keeps its first table in
/// bytes.
fn wide(mut network: Network, every: usize) -> Network {
    network.weight_bits = 16;
    for (id, projection) in network.projections.iter_mut().enumerate() {
        let Connection::Conv(conv) = &mut projection.connection else { continue };
        let steps =
            |w: &Weights| Weights::Words((0..w.len()).map(|n| w.get(n) as i16 * 257).collect());
        if id % every != 0 {
            conv.weights = steps(&conv.weights);
        }
        if !conv.negative.is_empty() {
            conv.negative = steps(&conv.negative);
        }
    }
    network
}

/// The same network in two phases; spikes that weigh less at first have bits to lose.
pub fn phased(mut network: Network, first_phase: FirstPhase) -> Network {
    network.first_phase = Some(first_phase);
    for population in &mut network.populations {
        match &mut population.model {
            Model::If(IntegrateFire { shift, .. })
            | Model::Tracking(Tracking { shift, .. })
            | Model::Readout(Readout { shift, .. }) => shift.iter_mut().for_each(|k| *k += 2),
            _ => {}
        }
    }
    network
}

/// Every layer in order within every step, all synapses visited, i64, no lists. Not `balanced`:
/// what acts are the spikes of the step before.
fn plain(
    network: &Network,
    currents: &[Option<Fed>],
    steps: usize,
    balanced: bool,
) -> (Dense, Vec<Vec<i64>>) {
    // By phase: the factor on a threshold, times 16, and what a spike weighs for membranes (times
    // 16), for a pool's sums and for the counts of tracking units.
    let phase = network.first_phase.unwrap_or(FirstPhase { steps: 0, octaves: 0, rescaled: true });
    let factor = if phase.octaves < 0 { 16 >> -phase.octaves } else { 16 << phase.octaves };
    let by_step = |step: usize| match (step < phase.steps, phase.rescaled) {
        (true, true) => (factor, factor, (factor / 16).max(1), factor / 16),
        (true, false) => (factor, 16, 1, factor / 16),
        (false, true) => (16, 16, (16 / factor).max(1), 1),
        (false, false) => (16, 16, 1, 1),
    };
    let times = |threshold: i32, factor: i64| match threshold {
        NEVER => i64::MAX / 4,
        _ => i64::from(threshold) * factor / 16,
    };
    let mut potential: Vec<Vec<i64>> = vec![];
    let mut running: Vec<Vec<i64>> = vec![];
    let mut counts: Vec<Vec<i64>> = vec![];
    for p in &network.populations {
        let c = p.shape.channels;
        counts.push(vec![0; p.shape.neurons()]);
        potential.push(match &p.model {
            Model::If(unit) => {
                (0..p.shape.neurons()).map(|n| times(unit.initial[n % c], by_step(0).0)).collect()
            }
            _ => vec![0; p.shape.neurons()],
        });
        running.push(vec![0; p.shape.neurons()]);
    }
    let mut all: Dense = vec![];
    for step in 0..steps {
        let (thresholds, spikes_weigh, pool_weighs, count_weighs) = by_step(step);
        // Heavier spikes are fewer, but one at least.
        let heavier = if spikes_weigh > 16 { (spikes_weigh / 16) as i32 } else { 1 };
        let at_most = |most: i32| if most == 0 { 0 } else { (most / heavier).max(1) };
        let silent = network.populations.iter().map(|p| vec![0; p.shape.neurons()]).collect();
        let sent_before = all.last().cloned().unwrap_or(silent);
        let running_before = running.clone();
        let mut sent: Vec<Vec<i32>> = vec![];
        for (id, p) in network.populations.iter().enumerate() {
            let mut out = vec![0; p.shape.neurons()];
            for (n, out) in out.iter_mut().enumerate() {
                let (y, x, c) = (
                    n / p.shape.channels / p.shape.width,
                    n / p.shape.channels % p.shape.width,
                    n % p.shape.channels,
                );
                let mut sum = 0i64;
                let mut pooled = None;
                for projection in network.projections.iter().filter(|q| q.target == id) {
                    let s = network.populations[projection.source].shape;
                    let sources = if balanced { &sent } else { &sent_before };
                    let spikes = &sources[projection.source];
                    match &projection.connection {
                        Connection::Conv(conv) => {
                            sum += plain_sum(conv, s, spikes, p.shape.channels, [y, x, c])
                        }
                        Connection::Pool(w) => {
                            let sums = if balanced { &running } else { &running_before };
                            let now = &sums[projection.source];
                            let mut best: Option<usize> = None;
                            let mut most = i32::MIN;
                            for ky in 0..w.kernel[0] {
                                for kx in 0..w.kernel[1] {
                                    let i =
                                        ((y * w.stride[0] + ky) * s.width + x * w.stride[1] + kx)
                                            * s.channels
                                            + c;
                                    most = most.max(spikes[i]);
                                    if best.is_none_or(|b| now[i] > now[b]) {
                                        best = Some(i);
                                    }
                                }
                            }
                            let best = best.unwrap();
                            pooled = Some((spikes[best], now[best], most));
                        }
                        Connection::OneToOne => unreachable!("not before retiming"),
                    }
                }
                match &p.model {
                    Model::If(unit) => {
                        let inflow = currents[id]
                            .as_ref()
                            .and_then(Fed::current)
                            .map_or(unit.bias[c], |v| v[n]);
                        let limit = i64::from(unit.saturation);
                        let mut v = (potential[id][n]
                            + sum * (1 << unit.shift[c]) * spikes_weigh / 16
                            + i64::from(inflow))
                        .clamp(-limit, limit);
                        for _ in 0..at_most(unit.burst) {
                            if v >= times(unit.fire_above[c], thresholds) && *out >= 0 {
                                *out += 1;
                                v -= times(unit.reset_above[c], thresholds);
                            } else if unit.fire_below[c] != NEVER
                                && v <= -times(unit.fire_below[c], thresholds)
                                && *out <= 0
                            {
                                *out -= 1;
                                v += times(unit.reset_below[c], thresholds);
                            }
                        }
                        potential[id][n] = v;
                    }
                    Model::Tracking(unit) => {
                        let inflow = currents[id]
                            .as_ref()
                            .and_then(Fed::current)
                            .map_or(unit.bias[c], |v| v[n]);
                        potential[id][n] +=
                            sum * (1 << unit.shift[c]) * spikes_weigh / 16 + i64::from(inflow);
                        let (above, below) = (i64::from(unit.above[c]), i64::from(unit.below[c]));
                        let (u, side) = match potential[id][n] {
                            u if u >= 0 => (u, above),
                            _ if unit.below[c] == NEVER => (0, above),
                            u => (u, below),
                        };
                        let before = counts[id][n];
                        let behind =
                            |sent: i32| 2 * (u - (before + i64::from(sent) * count_weighs) * side);
                        let side = side * count_weighs;
                        while *out < at_most(unit.most_up) && behind(*out) >= side {
                            *out += 1;
                        }
                        if *out == 0 {
                            while *out > -at_most(unit.most_down) && behind(*out) <= -side {
                                *out -= 1;
                            }
                        }
                    }
                    Model::Curve(curve) => {
                        let inflow = currents[id]
                            .as_ref()
                            .and_then(Fed::current)
                            .map_or(curve.bias[c], |v| v[n]);
                        let limit = i64::from(curve.saturation);
                        let u = potential[id][n] + sum * (1 << curve.shift[c]) + i64::from(inflow);
                        potential[id][n] = u.clamp(-limit, limit);
                        let target = plain_curve(curve, c, potential[id][n], step as i64 + 1);
                        let most = [curve.most_down, curve.most_up].map(i64::from);
                        *out = (target - counts[id][n]).clamp(-most[0], most[1]) as i32;
                    }
                    Model::Readout(readout) => {
                        potential[id][n] += sum * (1 << readout.shift[c]) * spikes_weigh / 16
                            + i64::from(readout.bias[c]);
                    }
                    Model::Pool(PoolKind::Gate) => *out = pooled.unwrap().0,
                    Model::Pool(PoolKind::Or) => *out = pooled.unwrap().2,
                    Model::Pool(PoolKind::Telescoping) => {
                        *out = ((pooled.unwrap().1 - potential[id][n]) / pool_weighs) as i32;
                        potential[id][n] += i64::from(*out) * pool_weighs;
                    }
                    Model::Relay | Model::Cuba(_) | Model::Input(_) => {
                        unreachable!("not before retiming")
                    }
                }
            }
            for (r, o) in running[id].iter_mut().zip(&out) {
                *r += i64::from(*o) * pool_weighs;
            }
            for (count, o) in counts[id].iter_mut().zip(&out) {
                *count += i64::from(*o) * count_weighs;
            }
            sent.push(out);
        }
        all.push(sent);
    }
    (all, potential)
}

fn plain_sum(conv: &Conv, s: Shape, spikes: &[i32], outputs: usize, [y, x, c]: [usize; 3]) -> i64 {
    let (per_out, per_in) = (outputs / conv.groups, conv.inputs.len() / conv.groups);
    let group = c / per_out;
    let mut sum = 0;
    for ky in 0..conv.window.kernel[0] {
        for kx in 0..conv.window.kernel[1] {
            let vy = (y * conv.window.stride[0] + ky * conv.window.dilation[0]) as i64
                - conv.window.pad[0] as i64;
            let vx = (x * conv.window.stride[1] + kx * conv.window.dilation[1]) as i64
                - conv.window.pad[1] as i64;
            let (h, w) =
                ((s.height * conv.upsample[0]) as i64, (s.width * conv.upsample[1]) as i64);
            if !(0..h).contains(&vy) || !(0..w).contains(&vx) {
                continue;
            }
            let at = vy as usize / conv.upsample[0] * s.width + vx as usize / conv.upsample[1];
            for i in group * per_in..(group + 1) * per_in {
                let tap = ky * conv.window.kernel[1] + kx;
                let spikes = spikes[at * s.channels + conv.inputs.start + i];
                let negative = spikes < 0 && !conv.negative.is_empty();
                let weights = if negative { &conv.negative } else { &conv.weights };
                let weight = weights.get((tap * conv.inputs.len() + i) * per_out + c % per_out);
                sum += i64::from(weight) * i64::from(spikes);
            }
        }
    }
    sum
}

fn dense(spikes: &SpikeList, shape: Shape) -> Vec<i32> {
    let mut out = vec![0; shape.neurons()];
    for position in 0..spikes.positions() {
        for spike in spikes.at(position) {
            out[position * shape.channels + spike.channel()] = spike.count();
        }
    }
    out
}

const STEPS: usize = 12;

fn check(network: &Network, currents: &[Option<Fed>], max_delay: Option<usize>) {
    let (expected, membranes) = plain(network, currents, STEPS, true);
    let final_states = layered(network, currents, STEPS, |o| {
        let shape = network.populations[o.population].shape;
        assert_eq!(
            dense(o.spikes, shape),
            expected[o.step - 1][o.population],
            "layered step {}",
            o.step
        );
    });
    for head in &network.heads {
        let v: Vec<i64> =
            final_states[head.population].potential().iter().map(|&v| v.into()).collect();
        assert_eq!(v, membranes[head.population]);
    }

    let retimed = retime(network, max_delay);
    let mut currents_by_name = vec![None; retimed.network.populations.len()];
    currents_by_name[0] = currents[0].clone();
    // The name of a population is not unique; its order among those that are no relays is.
    let originals: Vec<usize> = (0..retimed.network.populations.len())
        .filter(|&p| retimed.network.populations[p].model != Model::Relay)
        .collect();
    let mut order: Vec<usize> = (0..network.populations.len()).collect();
    let depths = {
        let plain = retime(network, None);
        assert_eq!(plain.network.populations.len(), network.populations.len());
        depths(network)
    };
    order.sort_by_key(|&p| depths[p]);
    let compare = |o: &Observed| {
        let Some(rank) = originals.iter().position(|&p| p == o.population) else { return };
        let population = order[rank];
        let shape = network.populations[population].shape;
        let fired = dense(o.spikes, shape);
        match o.step.checked_sub(depths[population] + 1) {
            Some(local) if local < STEPS => assert_eq!(fired, expected[local][population]),
            _ => assert!(fired.iter().all(|&s| s == 0), "fires outside its window"),
        }
    };
    // Blocks of neurons to be counted, with channels as one or in halves.
    let cut = |size: usize, parts: usize| -> Vec<usize> {
        let ends = (0..=parts).map(|n| n * size / parts);
        std::collections::BTreeSet::from_iter(ends).into_iter().collect()
    };
    let sights = [1, 2].map(|parts| -> Vec<Sight> {
        let edges =
            |shape: Shape| [cut(shape.height, 2), cut(shape.width, 3), cut(shape.channels, parts)];
        let populations = retimed.network.populations.iter();
        populations
            .map(|p| Sight { edges: edges(p.shape), neurons: false, ..Sight::default() })
            .collect()
    });
    for copy in Instructions::all() {
        // All give the same, so that tests beside this one may hear of it.
        Instructions::limit(Some(copy));
        let mut updates = vec![];
        let states = stepped(&retimed, &currents_by_name, STEPS, |o| {
            compare(&o);
            let neurons = retimed.network.populations[o.population].shape.neurons();
            assert!(o.flags.is_empty() || o.flags.len() == neurons);
            for (flags, spikes) in
                o.flags.iter().zip(dense(o.spikes, retimed.network.populations[o.population].shape))
            {
                assert_eq!(flags & FIRED != 0, spikes != 0);
            }
            let shape = retimed.network.populations[o.population].shape;
            updates
                .push(sights.each_ref().map(|s| by_block(o.flags, shape, &s[o.population].edges)));
        });
        for (head, original) in retimed.network.heads.iter().zip(&network.heads) {
            let v: Vec<i64> =
                states[head.population].potential().iter().map(|&v| v.into()).collect();
            assert_eq!(v, membranes[original.population]);
        }
        // Blocks of steps, with counts by block of neurons.
        for (n, sight) in sights.iter().enumerate() {
            let mut before = updates.iter();
            let blocks = each_step(&retimed, &currents_by_name, STEPS, sight, |all| {
                for o in all {
                    compare(o);
                    assert_eq!(o.updates, before.next().unwrap()[n]);
                }
            });
            for (state, stepped) in blocks.iter().zip(&states) {
                assert_eq!(state.potential(), stepped.potential());
            }
        }
    }
    Instructions::limit(None);
    check_skipping(&retimed.network, |sight, observe| {
        each_step(&retimed, &currents_by_name, STEPS, sight, observe);
    });
    if let Some(max) = max_delay {
        assert!(retimed.network.projections.iter().all(|p| p.delay <= max));
    }
}

/// Where weights of zero are skipped, a neuron has input if it fires or a spike comes by another
/// weight, and all fires as before.
fn check_skipping(network: &Network, run: impl Fn(&[Sight], &mut dyn FnMut(&[Observed]))) {
    let shape = |p: usize| network.populations[p].shape;
    for skips_zeros in [true, false] {
        let sight = Sight { neurons: true, skips_zeros, ..Sight::default() };
        let mut sent: Vec<Dense2> = vec![];
        run(&vec![sight; network.populations.len()], &mut |all| {
            sent.push(all.iter().map(|o| dense(o.spikes, shape(o.population))).collect());
            for o in all.iter().filter(|o| !o.flags.is_empty()) {
                let p = o.population;
                if matches!(network.populations[p].model, Model::Pool(_) | Model::Relay) {
                    continue;
                }
                let reached = reached(network, p, &sent, skips_zeros);
                let input = o.flags.iter().map(|flag| flag & INPUT != 0).collect::<Vec<_>>();
                assert_eq!(input, reached, "population {p} in step {}", o.step);
            }
        });
    }
}

/// Spike counts of a step, `[population][neuron]`.
type Dense2 = Vec<Vec<i32>>;

/// By neuron of population `p` whether it fires in the last step of `sent`, or is reached in it.
fn reached(network: &Network, p: usize, sent: &[Dense2], skips_zeros: bool) -> Vec<bool> {
    let now = sent.len() - 1;
    let mut reached: Vec<bool> = sent[now][p].iter().map(|&spikes| spikes != 0).collect();
    let target = network.populations[p].shape;
    for q in network.projections.iter().filter(|q| q.target == p && q.delay <= now) {
        let Connection::Conv(conv) = &q.connection else { panic!("a pool or relay") };
        let (spikes, from) = (&sent[now - q.delay][q.source], network.populations[q.source].shape);
        let (outputs, inputs) = (target.channels / conv.groups, conv.inputs.len() / conv.groups);
        let Window { kernel, stride, pad, dilation } = conv.window;
        let read = |axis: usize, o: usize, k: usize, size: usize| {
            let at = (o * stride[axis] + k * dilation[axis]) as i64 - pad[axis] as i64;
            let inside = (0..(size * conv.upsample[axis]) as i64).contains(&at);
            inside.then(|| at as usize / conv.upsample[axis])
        };
        for (n, reached) in reached.iter_mut().enumerate() {
            let (y, x, o) = (
                n / target.channels / target.width,
                n / target.channels % target.width,
                n % target.channels,
            );
            for (ky, kx) in (0..kernel[0]).flat_map(|ky| (0..kernel[1]).map(move |kx| (ky, kx))) {
                let (row, column) = (read(0, y, ky, from.height), read(1, x, kx, from.width));
                let Some((row, column)) = row.zip(column) else { continue };
                for i in o / outputs * inputs..(o / outputs + 1) * inputs {
                    let weight =
                        ((ky * kernel[1] + kx) * conv.inputs.len() + i) * outputs + o % outputs;
                    let zero = |weights: &Weights| weights.is_empty() || weights.get(weight) == 0;
                    let lies = !skips_zeros || !zero(&conv.weights) || !zero(&conv.negative);
                    let channel = conv.inputs.start + i;
                    let at = (row * from.width + column) * from.channels + channel;
                    *reached |= lies && spikes[at] != 0;
                }
            }
        }
    }
    reached
}

/// The same network with three of four weights zero.
fn thinned(mut network: Network, seed: u64) -> Network {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    for projection in &mut network.projections {
        if let Connection::Conv(conv) = &mut projection.connection {
            for weights in [&mut conv.weights, &mut conv.negative] {
                let thin = |n| if rng.random_range(0..4) == 0 { weights.get(n) as i16 } else { 0 };
                let steps = (0..weights.len()).map(thin).collect();
                *weights = Weights::new(steps, network.weight_bits);
            }
        }
    }
    network
}

/// By block: neurons with input, and active ones; none without flags.
fn by_block(flags: &[u8], shape: Shape, edges: &[Vec<usize>; 3]) -> Vec<[u32; 2]> {
    if flags.is_empty() {
        return vec![];
    }
    let [rows, columns, channels] = edges.each_ref().map(|edges| edges.windows(2));
    let blocks = rows.flat_map(|r| columns.clone().map(move |c| (r, c)));
    let blocks = blocks.flat_map(|(r, c)| channels.clone().map(move |b| [r, c, b]));
    let held = |[r, c, b]: [&[usize]; 3], flag: u8| {
        let positions = (r[0]..r[1]).flat_map(|y| (c[0]..c[1]).map(move |x| y * shape.width + x));
        let units =
            positions.flat_map(|p| (b[0]..b[1]).map(move |channel| p * shape.channels + channel));
        units.filter(|&unit| flags[unit] & flag != 0).count() as u32
    };
    blocks.map(|block| [held(block, INPUT), held(block, ACTIVE)]).collect()
}

/// Unbalanced delivery: every layer sees the step before, nothing waits.
fn check_unbalanced(network: &Network, currents: &[Option<Fed>]) {
    let (expected, membranes) = plain(network, currents, STEPS, false);
    let lagging = unbalanced(network);
    assert_eq!((lagging.depth, lagging.network.populations.len()), (0, network.populations.len()));
    let states = stepped(&lagging, currents, STEPS, |o| {
        let shape = network.populations[o.population].shape;
        assert_eq!(dense(o.spikes, shape), expected[o.step - 1][o.population], "step {}", o.step);
    });
    for head in &network.heads {
        let v: Vec<i64> = states[head.population].potential().iter().map(|&v| v.into()).collect();
        assert_eq!(v, membranes[head.population]);
    }
}

/// Longest paths, written differently from the pass under test: relax until nothing changes.
fn depths(network: &Network) -> Vec<usize> {
    let mut depth = vec![0; network.populations.len()];
    loop {
        let before = depth.clone();
        for p in &network.projections {
            depth[p.target] = depth[p.target].max(depth[p.source] + 1);
        }
        if depth == before {
            return depth;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn retimed_layered_and_plain_agree(
        seed in any::<u64>(),
        alpha in prop::sample::select(vec![0.0, 0.1, 1.0]),
        burst in 1..5i32,
        kind in prop::sample::select(vec![PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or]),
        max_delay in prop::option::of(1..4usize),
        tracks in any::<bool>(),
        tables in any::<bool>(),
        words in prop::option::of(2..5usize),
        thin in any::<bool>(),
    ) {
        let (mut network, currents) = random_network(seed, alpha, burst, kind);
        if tracks {
            network = tracking(network, 1);
        }
        if tables {
            network = two_tables(network);
        }
        if let Some(every) = words {
            network = wide(network, every);
        }
        if thin {
            network = thinned(network, seed);
        }
        check(&network, &currents, max_delay);
        check_unbalanced(&network, &currents);
    }

    #[test]
    fn curves_agree_with_the_plain_simulator(
        seed in any::<u64>(),
        (cap, burst) in (prop_oneof![1..40i32, Just(MOST_SPIKES)], 1..5i32),
        kind in prop::sample::select(vec![PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or]),
        max_delay in prop::option::of(1..4usize),
        tables in any::<bool>(),
    ) {
        let (network, currents) = random_network(seed, 1.0, burst, kind);
        let network = curved(network, seed, cap);
        let network = if tables { two_tables(network) } else { network };
        check(&network, &currents, max_delay);
        check_unbalanced(&network, &currents);
    }

    #[test]
    fn two_phases_agree_with_the_plain_simulator(
        seed in any::<u64>(),
        alpha in prop::sample::select(vec![0.0, 0.1, 1.0]),
        burst in 1..5i32,
        kind in prop::sample::select(vec![PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or]),
        max_delay in prop::option::of(1..4usize),
        tracks in any::<bool>(),
        (octaves, steps, rescaled) in (-2..=2i32, 1..=STEPS + 1, any::<bool>()),
    ) {
        let (mut network, currents) = random_network(seed, alpha, burst, kind);
        if tracks {
            network = tracking(network, 1);
        }
        // Halves of spikes are not for units that count whole ones.
        let octaves = if tracks || kind == PoolKind::Telescoping { octaves.max(0) } else { octaves };
        check(&phased(network, FirstPhase { steps, octaves, rescaled }), &currents, max_delay);
    }
}

/// A layer of several bands of rows, a pool of several, a layer cut along its channels, and one
/// with neither.
#[test]
fn bands_and_strips_agree_with_the_plain_simulator() {
    for (burst, units, kind) in [
        (1, "if", PoolKind::Gate),
        (3, "if", PoolKind::Or),
        (4, "tracking", PoolKind::Telescoping),
        (5, "curve", PoolKind::Telescoping),
    ] {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(burst as u64);
        let (mut network, _) = random_network(0, 0.1, burst, kind);
        (network.populations, network.projections, network.heads) = (vec![], vec![], vec![]);
        let wide = Shape { height: 68, width: 50, channels: 16 };
        add(&mut network, &mut rng, wide, 0.1, burst);
        network.populations[0].analogue = true;
        add(&mut network, &mut rng, wide, 0.1, burst);
        let same = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
        connect_whole(&mut network, &mut rng, 0, same);
        let pooled = Shape { height: 33, width: 24, channels: 16 };
        let pool = Population {
            shape: pooled,
            model: Model::Pool(kind),
            ..network.populations[1].clone()
        };
        network.populations.push(Population { name: "pool".into(), ..pool });
        let window = Window { kernel: [3, 3], stride: [2, 2], pad: [0, 0], dilation: [1, 1] };
        let connection = Connection::Pool(window);
        network.projections.push(Projection { source: 1, target: 2, connection, delay: 1 });
        add(&mut network, &mut rng, Shape { height: 5, width: 4, channels: 300 }, 0.1, burst);
        let window = Window { kernel: [7, 7], stride: [7, 7], pad: [1, 2], dilation: [1, 1] };
        connect_whole(&mut network, &mut rng, 2, window);
        add(&mut network, &mut rng, Shape { height: 5, width: 4, channels: 10 }, 0.1, burst);
        connect_whole(&mut network, &mut rng, 3, same);
        let network = match units {
            "tracking" => tracking(network, 2),
            "curve" => curved(network, 1, 3),
            _ => network,
        };
        let mut currents = vec![None; network.populations.len()];
        currents[0] = Some((0..wide.neurons()).map(|_| rng.random_range(-60..120)).collect());
        check(&network, &currents, None);
    }
}

#[test]
fn tracking_units_follow_their_input_and_take_spikes_back() {
    let (network, currents) = random_network(1, 0.1, 3, PoolKind::Telescoping);
    let network = tracking(network, 3);
    let mut back = vec![0; network.populations.len()];
    let mut all = vec![0; network.populations.len()];
    layered(&network, &currents, STEPS, |o| {
        for spike in (0..o.spikes.positions()).flat_map(|p| o.spikes.at(p)) {
            all[o.population] += 1;
            back[o.population] += i32::from(spike.count() < 0);
        }
    });
    println!("{back:?} of {all:?}");
    assert!(back.iter().zip(&all).any(|(b, a)| *b > 0 && b < a));
}

/// Steps in any order of tasks give the same spikes: one thread, then two.
#[test]
fn curves_are_the_same_at_any_thread_count() {
    let (network, currents) = random_network(3, 1.0, 4, PoolKind::Telescoping);
    let retimed = retime(&curved(network, 3, 9), None);
    let mut placed = vec![None; retimed.network.populations.len()];
    placed[0] = currents[0].clone();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut all = vec![];
        let states = pool.install(|| {
            each_step(&retimed, &placed, 40, &[], |observed| {
                all.extend(observed.iter().map(|o| o.spikes.clone()));
            })
        });
        (all, states.iter().map(|state| state.potential()).collect::<Vec<_>>())
    };
    assert!(run(1) == run(2));
}

/// The networks above send more than kernels take as one entry, of both signs.
#[test]
fn curves_send_large_bursts() {
    let (mut largest, mut least) = (0, 0);
    for seed in 0..9 {
        let (network, currents) = random_network(seed, 1.0, 4, PoolKind::Telescoping);
        layered(&curved(network, seed, MOST_SPIKES), &currents, STEPS, |o| {
            for spike in o.spikes.entries() {
                largest = largest.max(spike.count());
                least = least.min(spike.count());
            }
        });
    }
    assert!(largest > 500 && least < -500, "{least} to {largest}");
}

#[test]
fn random_networks_are_not_silent() {
    let (network, currents) = random_network(1, 0.1, 3, PoolKind::Gate);
    let mut fired = vec![0; network.populations.len()];
    layered(&network, &currents, 12, |o| {
        fired[o.population] += o.spikes.events(0, o.spikes.positions())
    });
    let spiking = fired.iter().filter(|&&f| f > 0).count();
    assert!(spiking * 2 >= fired.len() - network.heads.len(), "{fired:?}");
}
