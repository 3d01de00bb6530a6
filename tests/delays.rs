//! Networks from CSV with delays, beside a plain simulator that knows nothing of chips.

use crate::field::{flat, refused, spikemesh, succeeds};
use crate::runs::rows;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::engine::Options;
use spikemesh::engine::sparse::{Error, run, run_on};
use spikemesh::mapping::{Placement, Places};
use spikemesh::profile::{self, Limits, Profile};
use spikemesh::snn::sparse::*;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const INPUTS: u32 = 5;
const NEURONS: u32 = 24;
const STEPS: usize = 40;

/// Weights in multiples of `unit`; units all of one kind, or with currents here and there.
fn random(seed: u64, unit: f64, alike: bool) -> SparseNetwork {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let lif = |rng: &mut Xoshiro256PlusPlus| Lif {
        threshold: f64::from(rng.random_range(40..90u32)) * unit,
        reset: if alike || rng.random_bool(0.5) { Reset::Soft } else { Reset::Hard(0.0) },
        leak_decay: if alike { 1.0 } else { [1.0, 0.875, 0.5][rng.random_range(0..3)] },
        input_decay: if alike { 0.0 } else { [0.0, 0.25, 0.75][rng.random_range(0..3)] },
        bias: 0.0,
        potential: 0.0,
        refractory_delay: 0,
        reverse_threshold: 0.0,
        reverse: Reverse::None,
        force_update: false,
    };
    let neuron =
        |model| Neuron { model, class: None, synapse_class: "default".into(), place: None };
    let neurons = (0..NEURONS).map(|id| match id < INPUTS {
        true => neuron(Model::Input),
        false => neuron(Model::Lif(lif(&mut rng))),
    });
    let neurons = neurons.collect();
    let mut synapses: Vec<Synapse> = (0..160)
        .map(|_| Synapse {
            pre: rng.random_range(0..NEURONS),
            post: rng.random_range(INPUTS..NEURONS),
            weight: f64::from(rng.random_range(-30..60)) * unit,
            delay: rng.random_range(1..8),
        })
        .collect();
    synapses.sort_by_key(|synapse| synapse.pre);
    let mut due = || (0..INPUTS).filter(|_| rng.random_bool(0.4)).collect::<Vec<_>>();
    let inputs = (1..=STEPS as u64).map(|step| (step, due())).collect();
    SparseNetwork { neurons, synapses, inputs }
}

/// What a run comes to, by step; potentials and currents by neuron, too.
#[derive(Default)]
struct Reference {
    spikes: Vec<(u64, u32)>,
    operations: Vec<u64>,
    potentials: Vec<Vec<f64>>,
    currents: Vec<Vec<f64>>,
}

fn reference(network: &SparseNetwork) -> Reference {
    let count = network.neurons.len();
    let (mut v, mut current) = (vec![0.0; count], vec![0.0; count]);
    let (mut all, mut fired_in): (Reference, Vec<Vec<u32>>) = (Reference::default(), vec![]);
    for step in 0..STEPS {
        let mut fired = vec![];
        for (id, neuron) in network.neurons.iter().enumerate() {
            let Model::Lif(lif) = &neuron.model else {
                let due = network.inputs.get(&(step as u64 + 1));
                fired
                    .extend(due.is_some_and(|due| due.contains(&(id as u32))).then_some(id as u32));
                continue;
            };
            let mut x = 0.0;
            // Oldest spikes first.
            for (then, sources) in fired_in.iter().enumerate() {
                for synapse in &network.synapses {
                    let acts = then + synapse.delay as usize == step;
                    if acts && synapse.post as usize == id && sources.contains(&synapse.pre) {
                        x += synapse.weight;
                    }
                }
            }
            if step > 0 {
                current[id] *= lif.input_decay;
                v[id] *= lif.leak_decay;
            }
            current[id] += x;
            v[id] = (v[id] * 64.0).trunc() / 64.0 + current[id];
            if v[id] > lif.threshold {
                v[id] = if lif.reset == Reset::Soft { v[id] - lif.threshold } else { 0.0 };
                fired.push(id as u32);
            }
        }
        let sent = |synapse: &&Synapse| fired.contains(&synapse.pre);
        all.operations.push(network.synapses.iter().filter(sent).count() as u64);
        all.spikes.extend(fired.iter().map(|&id| (step as u64 + 1, id)));
        all.potentials.push(v.clone());
        all.currents.push(current.clone());
        fired_in.push(fired);
    }
    all
}

/// Without limits, so that weights of any size fit.
fn chip() -> Profile {
    let mut profile = profile::load("loihi1-davies2018").unwrap();
    profile.limits = Limits::default();
    profile
}

#[test]
fn spikes_operations_and_potentials_are_those_of_the_reference() {
    // Sums of these weights are whole, or are not.
    for (seed, unit, alike) in
        [(1, 0.25, false), (2, 0.25, true), (3, 0.1, false), (4, 0.1, true), (5, 0.25, false)]
    {
        let (network, profile) = (random(seed, unit, alike), chip());
        let expected = reference(&network);
        let of_inputs: usize = network.inputs.values().map(Vec::len).sum();
        assert!(expected.spikes.len() > of_inputs + 20, "{seed}: units fire");
        let (places, _) = Places::of(&network, &profile, &Placement::Hilbert, false).unwrap();
        let probed: Vec<u32> = (INPUTS..NEURONS).collect();
        let options = Options::default();
        let run = run_on(&network, &places, &profile, STEPS, options, &probed, || ()).unwrap();
        assert_eq!(run.spikes, expected.spikes, "{seed}");
        let operations = |step: &spikemesh::activity::Step| -> u64 {
            step.counts.synaptic_operations.iter().sum()
        };
        let operations: Vec<u64> = run.activity.steps.iter().map(operations).collect();
        assert_eq!(operations, expected.operations, "{seed}");
        assert_eq!(run.membranes.len(), STEPS * probed.len());
        for membrane in &run.membranes {
            let (step, id) = (membrane.step as usize - 1, membrane.neuron as usize);
            assert_eq!(membrane.potential, expected.potentials[step][id], "{seed} {step} {id}");
            let Model::Lif(lif) = &network.neurons[id].model else { panic!("no input was asked") };
            let current = (lif.input_decay != 0.0).then(|| expected.currents[step][id]);
            assert_eq!(membrane.current, current, "{seed} {step} {id}");
        }
    }
}

/// The three files of a network.
fn write(network: &SparseNetwork, folder: &Path) {
    fs::create_dir(folder).unwrap();
    let mut text = "id,model,threshold,reset_mode,leak_decay,input_decay\n".to_owned();
    for (id, neuron) in network.neurons.iter().enumerate() {
        let row = match &neuron.model {
            Model::Lif(lif) => {
                let mode = if lif.reset == Reset::Soft { "soft" } else { "hard" };
                format!("lif,{},{mode},{},{}", lif.threshold, lif.leak_decay, lif.input_decay)
            }
            _ => "input,,,,".into(),
        };
        writeln!(text, "{id},{row}").unwrap();
    }
    fs::write(folder.join("neurons.csv"), text).unwrap();
    let mut text = "pre,post,weight,delay\n".to_owned();
    for Synapse { pre, post, weight, delay } in &network.synapses {
        writeln!(text, "{pre},{post},{weight},{delay}").unwrap();
    }
    fs::write(folder.join("synapses.csv"), text).unwrap();
    let due = network.inputs.iter().flat_map(|(step, ids)| ids.iter().map(move |id| (step, id)));
    let text: String = due.map(|(step, id)| format!("{step},{id}\n")).collect();
    fs::write(folder.join("inputs.csv"), format!("step,neuron\n{text}")).unwrap();
}

#[test]
fn files_and_threads_give_the_same_and_probes_are_written() {
    let root = tempfile::tempdir().unwrap();
    let network = random(7, 0.25, false);
    write(&network, &root.path().join("net"));
    let expected = reference(&network);
    let ran = |threads: &str| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", "net", "--steps", "40", "--record-spikes"]);
        run.args(["--probe", "lif:9", "--probe", "lif:6", "--threads", threads, "--out", threads]);
        succeeds(&mut run);
        root.path().join(threads)
    };
    let (one, two) = (ran("1"), ran("2"));
    let mut compared = 0;
    for entry in fs::read_dir(&one).unwrap() {
        let name = entry.unwrap().file_name();
        if Path::new(&name).extension().is_some_and(|end| end == "csv") {
            assert_eq!(fs::read(one.join(&name)).unwrap(), fs::read(two.join(&name)).unwrap());
            compared += 1;
        }
    }
    assert!(compared > 8, "{compared}");
    let spikes: Vec<(u64, u32)> = rows(&one.join("spikes.csv"))
        .iter()
        .map(|row| (row["step"].parse().unwrap(), row["neuron"].parse().unwrap()))
        .collect();
    assert_eq!(spikes, expected.spikes);
    let membranes = rows(&one.join("membranes.csv"));
    assert_eq!(membranes.len(), 2 * STEPS);
    for (n, row) in membranes.iter().enumerate() {
        let (step, id) = (n / 2, [9, 6][n % 2]);
        assert_eq!((&*row["step"], &*row["layer"]), (&*(step + 1).to_string(), "lif"));
        assert_eq!(row["neuron"], id.to_string());
        assert_eq!(row["potential"].parse(), Ok(expected.potentials[step][id]), "{step} {id}");
        assert_eq!(row["value"], row["potential"]);
    }
}

/// Two neurons, `delay` apart.
fn pair(delay: u32) -> SparseNetwork {
    let mut network = random(7, 0.25, true);
    network.neurons.drain(1..INPUTS as usize);
    network.neurons.truncate(2);
    network.synapses = vec![Synapse { pre: 0, post: 1, weight: 50.0, delay }];
    network.inputs = [(1, vec![0])].into();
    network
}

#[test]
fn delays_beyond_a_limit_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    write(&pair(9), &folder);
    let on = |profile: &str, more: &[&str]| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", "net", "--profile", profile]);
        run.args(["--steps", "12", "--out", "out"]).args(more);
        run
    };
    let message = "neuron 0: 9 steps of delay of one synapse > 8 max_delay";
    refused(&mut on("loihi1-davies2018", &[]), &["E0701", message, "--idealised drops"]);
    let (told, _) = succeeds(&mut on("loihi1-davies2018", &["--idealised"]));
    assert!(flat(&told).contains(message), "{told}");
    fs::remove_dir_all(root.path().join("out")).unwrap();
    let words =
        ["E0829", "has a delay of 9 steps, and the chip has no steps", "set its delay to 1"];
    refused(&mut on("speck", &[]), &words);
    for delay in ["0", "1025", "1.5", "-1"] {
        let text = format!("pre,post,weight,delay\n0,1,1,{delay}\n");
        fs::write(folder.join("synapses.csv"), text).unwrap();
        let words = ["E0217", "line 2: column `delay`", "a whole number of steps from 1 to 1024"];
        refused(&mut on("loihi1-davies2018", &[]), &words);
    }
    for delay in [0, MOST_DELAY + 1] {
        let mut network = pair(delay);
        network.neurons.iter_mut().for_each(|neuron| neuron.place = Some(Place::default()));
        let fault = run(&network, &chip(), 3, Options::default(), || ()).unwrap_err();
        assert_eq!(fault, Error::DelayRange { pre: 0, post: 1, delay });
    }
}

#[test]
fn probes_that_name_nothing_say_what_is_near() {
    let root = tempfile::tempdir().unwrap();
    write(&pair(2), &root.path().join("net"));
    let on = |network: &str, probe: &str| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", network, "--out", "out", "--probe", probe]);
        run
    };
    for (probe, words) in [
        ("lif1:1", ["E1007", "no layer `lif1` (did you mean `lif`?); the network has input, lif"]),
        ("lif:0", ["E1008", "it is an input, and holds no potential"]),
        ("lif:7", ["E1008", "its last one is 1: --probe lif:1"]),
        ("input:0", ["E1009", "inputs hold no potential"]),
    ] {
        refused(&mut on("net", probe), &words);
    }
    let output = on("net", "lif").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(flat(&told).contains("give a layer and the number of a neuron in it"), "{told}");
}
