//! Networks from CSV on chips without steps.

use spikemesh::engine::Options;
use spikemesh::engine::sparse::{Error, Run, run, run_on};
use spikemesh::mapping::Places;
use spikemesh::profile::{self, Cost, Profile, Sync};
use spikemesh::snn::sparse::*;
use std::collections::BTreeMap;
use std::fs;

use crate::runs::rows;

const PERIOD_NS: f64 = 10_000.0;
/// A core takes a packet in; nothing else takes time.
const AXON_IN_NS: f64 = 1_000.0;

fn chip() -> Profile {
    let mut profile = profile::load("speck").unwrap();
    let costs = &mut profile.costs;
    let soma = costs.soma.values_mut().flat_map(|s| [&mut s.access, &mut s.update, &mut s.spike]);
    let hops = &mut costs.hop;
    let hops = [&mut hops.east, &mut hops.west, &mut hops.north, &mut hops.south];
    let others = [&mut costs.dendrite, &mut costs.axon_out, &mut costs.local, &mut costs.chip_link];
    let set = |cost: &mut Cost, ns: f64| (cost.low, cost.nominal, cost.high) = (ns, ns, ns);
    for event in soma.chain(costs.synapse.values_mut()).chain(hops).chain(others) {
        set(&mut event.latency_ns, 0.0);
    }
    set(&mut costs.axon_in.latency_ns, AXON_IN_NS);
    set(&mut costs.link_interval_ns, 0.0);
    profile.clock.sync = Sync::Async { period_ns: PERIOD_NS };
    profile
}

fn lif(threshold: f64, leak_decay: f64) -> Lif {
    Lif {
        threshold,
        reset: Reset::Hard(0.0),
        leak_decay,
        input_decay: 0.0,
        bias: 0.0,
        potential: 0.0,
        refractory_delay: 0,
        reverse_threshold: 0.0,
        reverse: Reverse::None,
        force_update: false,
    }
}

/// `inputs` input neurons, then `models`, all on one core; `spikes` are (step, input).
fn network(
    inputs: usize,
    models: Vec<Model>,
    synapses: &[(u32, u32, f64)],
    spikes: &[(u64, u32)],
) -> SparseNetwork {
    let model = |model| Neuron {
        model,
        class: None,
        synapse_class: "default".into(),
        place: Some(Place::default()),
    };
    let mut due: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    spikes.iter().for_each(|&(step, input)| due.entry(step).or_default().push(input));
    SparseNetwork {
        neurons: std::iter::repeat_n(Model::Input, inputs).chain(models).map(model).collect(),
        synapses: synapses
            .iter()
            .map(|&(pre, post, weight)| Synapse { pre, post, weight, delay: 1 })
            .collect(),
        inputs: due,
    }
}

fn emulate(network: &SparseNetwork, steps: usize) -> Run {
    run(network, &chip(), steps, Options::default(), || ()).unwrap()
}

fn stepped(network: &SparseNetwork, steps: usize) -> Run {
    let mut profile = chip();
    profile.clock.sync = Sync::Tick { period_ns: PERIOD_NS };
    run(network, &profile, steps, Options::default(), || ()).unwrap()
}

fn spikes_of(run: &Run, neuron: u32) -> Vec<u64> {
    run.spikes.iter().filter(|(_, id)| *id == neuron).map(|(step, _)| *step).collect()
}

/// Two spikes of weight 4 whole periods apart, at a leak of a half per step: 4 / 2^2 + 4 = 5.
#[test]
fn potentials_leak_by_whole_periods() {
    let fires = |threshold| {
        let model = Model::Lif(lif(threshold, 0.5));
        let net = network(1, vec![model], &[(0, 1, 4.0)], &[(1, 0), (3, 0)]);
        spikes_of(&emulate(&net, 4), 1)
    };
    assert_eq!(fires(4.999_999), [3]);
    assert!(fires(5.000_001).is_empty());
}

/// Two packets to one core are served one after the other, a tenth of a period apart.
#[test]
fn potentials_leak_by_parts_of_a_period() {
    let expected = 4.0 * 0.5f64.powf(AXON_IN_NS / PERIOD_NS) + 4.0;
    let fires = |threshold| {
        let model = Model::Lif(lif(threshold, 0.5));
        let net = network(2, vec![model], &[(0, 2, 4.0), (1, 2, 4.0)], &[(1, 0), (1, 1)]);
        // The two arrive in one step otherwise, and do not leak.
        assert_eq!(spikes_of(&stepped(&net, 3), 2), [2]);
        spikes_of(&emulate(&net, 2), 2)
    };
    assert_eq!(fires(expected - 1e-6), [1]);
    assert!(fires(expected + 1e-6).is_empty());
}

#[test]
fn linear_leaks_stop_at_zero() {
    let fires = |threshold| {
        let neuron = TrueNorth {
            threshold,
            reset: Reset::Soft,
            leak: 1.0,
            bias: 0.0,
            potential: -1.5,
            reverse_threshold: -9.0,
            reverse: Reverse::None,
            force_update: false,
        };
        let net = network(1, vec![Model::TrueNorth(neuron)], &[(0, 1, 3.0)], &[(3, 0)]);
        spikes_of(&emulate(&net, 3), 1)
    };
    // Two steps and more after the start nothing is left of -1.5.
    assert_eq!(fires(3.0), [3]);
    assert!(fires(3.1).is_empty());
}

/// Two spikes of opposite effect sent at one time: with steps they cancel, without the first
/// decides.
#[test]
fn the_order_of_arrivals_decides() {
    let net = |weights: [f64; 2]| {
        let model = Model::Lif(lif(1.0, 1.0));
        network(2, vec![model], &[(0, 2, weights[0]), (1, 2, weights[1])], &[(1, 0), (1, 1)])
    };
    let (excited, inhibited) = (net([2.0, -2.0]), net([-2.0, 2.0]));
    for net in [&excited, &inhibited] {
        assert!(spikes_of(&stepped(net, 3), 2).is_empty());
    }
    assert_eq!(spikes_of(&emulate(&excited, 1), 2), [1]);
    assert!(spikes_of(&emulate(&inhibited, 1), 2).is_empty());
    assert_eq!(emulate(&excited, 4), emulate(&excited, 4));
}

#[test]
fn first_outputs_are_those_of_neurons_that_nothing_reads() {
    let models = vec![Model::Lif(lif(1.0, 1.0)); 3];
    let net = network(1, models, &[(0, 1, 2.0), (1, 2, 2.0), (2, 3, 2.0)], &[(2, 0)]);
    let run = emulate(&net, 3);
    // One packet after the other, from the start of the second period.
    let expected = PERIOD_NS + 3.0 * AXON_IN_NS;
    assert_eq!(run.activity.first_output_ps, Some((expected * 1000.0) as u64));
    // Only what an event reached is visited: four neurons once.
    let counts: Vec<_> =
        run.activity.steps.iter().map(|s| (s.counts.total_accesses(), s.counts.packets)).collect();
    assert_eq!(counts, [(0, 0), (4, 3), (0, 0)]);
    assert_eq!(run.activity.steps[1].counts.packets_in, 3);
}

#[test]
fn biases_come_once_a_period() {
    let model = Model::Lif(Lif { bias: 1.0, ..lif(2.5, 1.0) });
    let run = emulate(&network(0, vec![model], &[], &[]), 7);
    assert_eq!(spikes_of(&run, 0), [3, 6]);
}

/// With a delay of three, what comes within two steps after a spike is dropped.
#[test]
fn refractory_neurons_drop_what_arrives() {
    let model = |refractory_delay| Model::Lif(Lif { refractory_delay, ..lif(1.0, 1.0) });
    let every: Vec<_> = (1..=7).map(|step| (step, 0)).collect();
    let fired = |delay| {
        let net = network(1, vec![model(delay)], &[(0, 1, 2.0)], &every);
        let with_steps: Vec<u64> =
            spikes_of(&stepped(&net, 8), 1).iter().map(|step| step - 1).collect();
        let without = spikes_of(&emulate(&net, 7), 1);
        assert_eq!(without, with_steps);
        without
    };
    assert_eq!(fired(1), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(fired(3), [1, 4, 7]);
}

/// A neuron that excites itself fires whenever its packet arrives, until the last period ends.
#[test]
fn loops_end_with_the_last_period() {
    let net = network(1, vec![Model::Lif(lif(1.0, 1.0))], &[(0, 1, 2.0), (1, 1, 2.0)], &[(1, 0)]);
    let run = emulate(&net, 2);
    let per_period = (PERIOD_NS / AXON_IN_NS) as u64;
    let fired: Vec<_> = run.activity.steps.iter().map(|step| step.counts.spikes).collect();
    // The input's spike, then one each time a packet was taken in.
    assert_eq!(fired, [1 + per_period - 1, per_period]);
    let packets: u64 = run.activity.steps.iter().map(|step| step.counts.packets).sum();
    assert_eq!(packets, 2 * per_period);
}

#[test]
fn currents_that_last_are_refused() {
    let model = Model::Lif(Lif { input_decay: 0.5, ..lif(1.0, 1.0) });
    let net = network(1, vec![model], &[(0, 1, 2.0)], &[(1, 0)]);
    let error = run(&net, &chip(), 1, Options::default(), || ()).unwrap_err();
    assert_eq!(error, Error::Current { neuron: 1, decay: "0.5".into() });
    assert!(error.to_string().contains("set input_decay to 0"), "{error}");
    assert!(emulate(&network(0, vec![], &[], &[]), 0).activity.steps.is_empty());
}

#[test]
fn folders_run_without_steps_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    fs::create_dir(&net).unwrap();
    let neurons = "id,model,tile,core_in_tile,synapse,threshold,reset_mode,reset,leak_decay\n\
                   0,input,0,0,,,,,\n1,lif,0,0,default,1.0,hard,0.0,0.5\n";
    fs::write(net.join("neurons.csv"), neurons).unwrap();
    fs::write(net.join("synapses.csv"), "pre,post,weight\n0,1,2.0\n").unwrap();
    fs::write(net.join("inputs.csv"), "step,neuron\n1,0\n").unwrap();
    let out = dir.path().join("out");
    let mut command = crate::small_detector::spikemesh();
    command
        .arg("run")
        .arg(&net)
        // A leak is none of the chip's models.
        .args([
            "--profile",
            "speck",
            "--idealised",
            "--steps",
            "2",
            "--timing",
            "analytic",
            "--out",
        ])
        .arg(&out);
    let table = String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap();
    assert!(table.contains("first output, ") && table.contains("(event timing)"), "{table}");
    let summary = &rows(&out.join("summary.csv"))[0];
    assert_eq!((&summary["timing"][..], &summary["spikes"][..]), ("event", "2"));
}

#[test]
fn probes_hold_what_is_left_at_the_end_of_a_period() {
    let profile = chip();
    let models = vec![Model::Lif(lif(9.0, 0.5))];
    let network = network(1, models, &[(0, 1, 4.0)], &[(1, 0), (3, 0)]);
    let places = Places::given(&network, &profile).unwrap();
    let run = run_on(&network, &places, &profile, 4, Options::default(), &[1], || ()).unwrap();
    let steps: Vec<_> = run.membranes.iter().map(|one| (one.step, one.neuron)).collect();
    assert_eq!(steps, [(1, 1), (2, 1), (3, 1), (4, 1)]);
    let [first, second, third, last] = [0, 1, 2, 3].map(|step| run.membranes[step].potential);
    // It arrives within the first half of the period.
    assert!(first > 2.0 && first < 4.0 * 0.5f64.sqrt(), "{first}");
    let is = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value}");
    is(second, first / 2.0);
    is(third, second / 2.0 + first);
    is(last, third / 2.0);
}
