//! Chips without steps: packets act when they arrive.

use spikemesh::engine::asynchronous::{Error, Options, run};
use spikemesh::engine::chip::{Run, Stop};
use spikemesh::engine::functional;
use spikemesh::mapping::{Mapping, map};
use spikemesh::profile::{self, Profile};
use spikemesh::snn::retime::unbalanced;
use spikemesh::snn::{
    Connection, Conv, Fed, Head, IntegrateFire, Model, NEVER, Network, PoolKind, Population,
    Projection, Shape, Weights,
};

use crate::runs::rows;
use crate::split::write;

const THRESHOLD: i32 = 100;

fn speck() -> Profile {
    profile::load("speck").unwrap()
}

fn layer(name: &str, channels: usize, analogue: bool) -> Population {
    let unit = IntegrateFire {
        fire_above: vec![THRESHOLD; channels],
        reset_above: vec![THRESHOLD; channels],
        fire_below: vec![NEVER; channels],
        reset_below: vec![NEVER; channels],
        initial: vec![0; channels],
        bias: vec![0; channels],
        shift: vec![0; channels],
        burst: 1,
        saturation: i32::MAX,
    };
    let shape = Shape { height: 1, width: 1, channels };
    Population { name: name.into(), shape, model: Model::If(unit), analogue, depth: 0 }
}

/// Dense layers: `weights[n]` lead from layer n to the next, `[in][out]`.
fn network(sizes: &[usize], weights: &[Vec<i8>]) -> Network {
    let populations =
        sizes.iter().enumerate().map(|(n, &size)| layer(&format!("l{n}"), size, n == 0));
    let projection = |(n, weights): (usize, &Vec<i8>)| {
        let window = spikemesh::ann::Window {
            kernel: [1, 1],
            stride: [1, 1],
            pad: [0, 0],
            dilation: [1, 1],
        };
        let (weights, negative) = (Weights::Bytes(weights.clone().into()), Weights::default());
        let conv =
            Conv { inputs: 0..sizes[n], window, groups: 1, upsample: [1, 1], weights, negative };
        Projection { source: n, target: n + 1, connection: Connection::Conv(conv), delay: 1 }
    };
    let last = sizes.len() - 1;
    Network {
        name: "dense".into(),
        weight_bits: 8,
        populations: populations.collect(),
        projections: weights.iter().enumerate().map(projection).collect(),
        heads: vec![Head { name: "out".into(), population: last, scale: vec![1.0; sizes[last]] }],
        first_phase: None,
    }
}

fn emulate(network: &Network, currents: &[i32], steps: usize) -> Run {
    let (profile, mapping) = placed(network);
    let mut all = vec![None; network.populations.len()];
    all[0] = Some(Fed::Current(currents.to_vec()));
    let options = Options { period_ns: 10_000.0, record_spikes: true, probed: &[] };
    let stop = Stop { steps, readout_after: 0 };
    run(network, &all, &mapping, &profile, options, stop, || ()).unwrap()
}

fn placed(network: &Network) -> (Profile, Mapping) {
    let profile = speck();
    let mapping = map(network, &profile, true).unwrap();
    (profile, mapping)
}

/// Published: 3.36 us from input to output through the nine layers of a Speck. The profile's
/// latency of a packet is a ninth of that, so this says that nine of them add up, and nothing else
/// is added.
#[test]
fn an_event_crosses_nine_layers_in_the_published_time() {
    let chain = network(&[1; 9], &vec![vec![THRESHOLD as i8]; 8]);
    let run = emulate(&chain, &[THRESHOLD], 2);
    assert_eq!(run.activity.first_output_ps, Some(9 * 373_000));
    let published_us = 3.36;
    let ours_us = 9.0 * 0.373;
    assert!((ours_us / published_us - 1.0f64).abs() < 0.002);
    // Each presentation sends one spike through every layer.
    assert!(run.sums.iter().all(|sum| sum == &[2]), "{:?}", run.sums);
    let counts: Vec<_> = run
        .activity
        .steps
        .iter()
        .map(|step| (step.counts.packets, step.counts.packets_in))
        .collect();
    assert_eq!(counts, [(8, 8), (8, 8)]);
    assert_eq!(run.activity.steps[0].timing.total.nominal, 10_000_000);
    // Only what an event reached is visited.
    assert_eq!(run.activity.steps[0].counts.total_accesses(), 9);
}

/// Two spikes of opposite effect, sent at one time: with steps they cancel, without, the first
/// decides.
#[test]
fn the_order_of_arrival_decides() {
    let net = |weights: [i8; 2]| network(&[2, 1], &[weights.to_vec()]);
    let (first, last) = (net([100, -100]), net([-100, 100]));
    let currents = [THRESHOLD; 2];
    for net in [&first, &last] {
        let all = [Some(Fed::Current(currents.to_vec())), None];
        let states = functional::stepped(&unbalanced(net), &all, 2, |o| {
            assert!(o.population == 0 || o.spikes.spikes(0, 1) == 0, "they cancel");
        });
        assert_eq!(states[1].potential(), [0]);
    }
    assert_eq!(emulate(&first, &currents, 1).sums[1], [1], "excited before it is inhibited");
    assert_eq!(emulate(&last, &currents, 1).sums[1], [0], "inhibited before it is excited");
    assert_eq!(emulate(&first, &currents, 5), emulate(&first, &currents, 5));
}

/// A unit fires at once, but not more often than in as many steps: else a clip would be passed
/// without a word.
#[test]
fn no_unit_gets_ahead_of_its_bursts() {
    for burst in [1, 2, 3] {
        let mut net = network(&[3, 1], &[vec![100, 100, 100]]);
        let Model::If(unit) = &mut net.populations[1].model else { unreachable!() };
        unit.burst = burst;
        for steps in [1, 4] {
            let run = emulate(&net, &[THRESHOLD; 3], steps);
            assert_eq!(run.sums[0], [steps as i32; 3]);
            assert_eq!(run.sums[1], [burst * steps as i32], "{burst} a step, {steps} steps");
        }
    }
}

#[test]
fn units_that_compare_the_spikes_of_a_step_are_refused() {
    let mut net = network(&[1, 1], &[vec![1]]);
    net.populations[1].model = Model::Pool(PoolKind::Gate);
    let (profile, mapping) = placed(&net);
    let options = Options { period_ns: 10_000.0, record_spikes: false, probed: &[] };
    let stop = Stop { steps: 1, readout_after: 0 };
    let error =
        run(&net, &[Some(Fed::Current(vec![1])), None], &mapping, &profile, options, stop, || ())
            .unwrap_err();
    assert!(matches!(error, Error::Steps { .. }), "{error}");
    assert!(error.to_string().contains("--recipe paper,pool=telescoping"), "{error}");
}

#[test]
fn a_detector_runs_without_steps() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, 40);
    let run = |out: &str, threads: &str| {
        let mut run = crate::split::run_on(dir, "speck", out);
        // Random weights leave some channels next to silent, whose thresholds do not fit 16 bits.
        run.args(["--idealised", "--threads", threads]).assert().success()
    };
    let table = run("one", "1");
    let table = String::from_utf8_lossy(&table.get_output().stdout).into_owned();
    assert!(table.contains("first output, ") && table.contains("(event timing)"), "{table}");
    run("two", "2");
    for file in ["layers.csv", "steps.csv", "latency.csv", "cores.csv"] {
        let text = |out: &str| std::fs::read_to_string(dir.join(out).join(file)).unwrap();
        assert_eq!(text("one"), text("two"), "{file}");
    }
    let summary = &rows(&dir.join("one/summary.csv"))[0];
    let number = |column: &str| summary[column].parse::<f64>().unwrap();
    assert!(number("first_output_us") > 0.0 && number("first_output_us") < number("latency_us"));
    // The first layer hears the host alone, so that its rates still stand for activations.
    let first = &rows(&dir.join("one/layers.csv"))[0];
    assert!(first["correlation"].parse::<f64>().unwrap() > 0.8, "{first:?}");
}
