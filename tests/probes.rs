//! What probed neurons hold: beside plain references, whatever threads, timings and blocks are.

use crate::field::{refused, spikemesh, succeeds};
use crate::functional::{curved, phased, random_network, tracking};
use crate::nir::writer::Nir;
use crate::runs::rows;
use crate::small_detector::Files;
use crate::spiking::{self, plain_each};
use hdf5_reader::Hdf5File;
use spikemesh::ann::Window;
use spikemesh::engine::asynchronous;
use spikemesh::engine::chip::{self, Geometry, Placed, Stop};
use spikemesh::engine::functional::layered;
use spikemesh::engine::probe::{Membrane, Probed};
use spikemesh::engine::{Options, Timing};
use spikemesh::mapping::map;
use spikemesh::profile;
use spikemesh::snn::retime::{Retimed, retime, unbalanced};
use spikemesh::snn::*;
use std::fs;
use std::path::Path;

const TIMINGS: [Timing; 4] = [Timing::Analytic, Timing::Links, Timing::Sampled, Timing::Event];

/// By step, population before retiming and neuron: potential, and the current where it lasts.
type Expected = Vec<Vec<Vec<(i64, Option<i64>)>>>;

/// Every neuron that holds a potential, the last one first.
fn all(network: &Network) -> Vec<Probed> {
    let holds = |p: &&(usize, &Population)| {
        !matches!(p.1.model, Model::Input(_) | Model::Pool(_) | Model::Relay)
    };
    let populations: Vec<_> = network.populations.iter().enumerate().collect();
    let neurons = populations.iter().filter(holds).flat_map(|&(population, p)| {
        (0..p.shape.neurons() as u32).map(move |neuron| Probed { population, neuron })
    });
    let mut neurons: Vec<Probed> = neurons.collect();
    neurons.reverse();
    neurons
}

/// What runs until `stops` note.
fn noted(
    retimed: &Retimed,
    fed: &[Option<Fed>],
    timing: Timing,
    stops: &[usize],
) -> Vec<Vec<Membrane>> {
    let profile = profile::load("loihi1-davies2018").unwrap();
    let mapping = map(&retimed.network, &profile, true).unwrap();
    let geometry = &Geometry::new(&retimed.network, &mapping, &profile);
    let placed = Placed { retimed, mapping: &mapping, profile: &profile, geometry };
    let probed = all(&retimed.network);
    let options = Options { timing, probed: &probed, ..Options::default() };
    let stops: Vec<Stop> = stops.iter().map(|&steps| Stop { steps, readout_after: 0 }).collect();
    let runs = chip::checkpoints(placed, fed, options, &stops, || ()).unwrap();
    runs.into_iter().map(|run| run.membranes).collect()
}

/// The rows that a run of so many steps is to have.
fn rows_of(expected: &Expected, retimed: &Retimed, steps: usize) -> Vec<Membrane> {
    let probed = all(&retimed.network);
    let row = |step: usize, one: &Probed| {
        let own = retimed.place.iter().position(|&p| p == one.population).unwrap();
        let (potential, current) = expected[step][own][one.neuron as usize];
        Membrane {
            step: step as u32 + 1,
            layer: one.population as u32,
            neuron: one.neuron,
            potential: potential as f64,
            current: current.map(|current| current as f64),
            value: None,
        }
    };
    (0..steps).flat_map(|step| probed.iter().map(move |one| row(step, one))).collect()
}

fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

#[test]
fn units_with_currents_hold_what_the_plain_rule_says() {
    const STEPS: usize = 25;
    let mut lasting = 0;
    for seed in 0..40 {
        let (network, fed) = spiking::random_network(seed, STEPS);
        let mut expected: Expected = vec![];
        plain_each(&network, &fed, STEPS, |u, v| {
            let of = |(p, population): (usize, &Population)| {
                let lasts = matches!(&population.model, Model::Cuba(unit) if unit.keeps_current());
                lasting += usize::from(lasts);
                let all = v[p].iter().zip(&u[p]);
                all.map(|(&v, &u)| (v, lasts.then_some(u))).collect()
            };
            expected.push(network.populations.iter().enumerate().map(of).collect());
        });
        // Relays come between layers.
        let retimed = retime(&network, [None, Some(4), Some(1)][seed as usize % 3]);
        let placed = retimed.reorder(&network, fed);
        let stops = [STEPS / 3, STEPS];
        let expected = stops.map(|steps| rows_of(&expected, &retimed, steps));
        for threads in [1, 2] {
            for timing in &TIMINGS[..if seed < 4 { 4 } else { 1 }] {
                let found = on_threads(threads, || noted(&retimed, &placed, *timing, &stops));
                assert!(found == expected, "seed {seed}, {timing:?}, {threads} threads");
            }
        }
    }
    assert!(lasting > 100, "{lasting} layers keep currents");
}

/// Runs of 1, 2, .. steps, layer by layer and without fields, end with what is noted.
fn as_layers_end(network: &Network, currents: &[Option<Fed>], steps: usize, what: &str) {
    let end = |steps: usize| {
        let states = layered(network, currents, steps, |_| ());
        let held = |potential: Vec<i32>| potential.into_iter().map(|v| (v.into(), None)).collect();
        states.iter().map(|state| held(state.potential())).collect()
    };
    let expected: Expected = (1..=steps).map(end).collect();
    let retimed = retime(network, None);
    let placed = retimed.reorder(network, currents.to_vec());
    let expected = rows_of(&expected, &retimed, steps);
    assert!(expected.iter().any(|one| one.potential != 0.0), "{what}");
    for threads in [1, 2] {
        let found = on_threads(threads, || noted(&retimed, &placed, Timing::Analytic, &[steps]));
        assert!(found[0] == expected, "{what}, {threads} threads");
    }
}

#[test]
fn units_of_trained_networks_hold_what_layers_end_with() {
    for seed in 0..6 {
        let (network, currents) = random_network(seed, 0.1, 3, PoolKind::Telescoping);
        let phase = FirstPhase { steps: 3, octaves: -1, rescaled: true };
        as_layers_end(&network, &currents, 9, "if");
        as_layers_end(&tracking(network.clone(), 2), &currents, 9, "tracking");
        as_layers_end(&curved(network.clone(), seed, 5), &currents, 9, "curve");
        as_layers_end(&phased(network, phase), &currents, 9, "phases");
    }
}

/// Two layers of units that lose their threshold, of one synapse by pair of channels.
fn two_layers(
    [height, width]: [usize; 2],
    channels: [usize; 2],
    thresholds: [i32; 2],
    weight: impl Fn(usize) -> i8,
) -> Network {
    let layer = |n: usize| {
        let values = |value: i32| vec![value; channels[n]];
        let model = Model::If(IntegrateFire {
            fire_above: values(thresholds[n]),
            reset_above: values(thresholds[n]),
            fire_below: values(NEVER),
            reset_below: values(NEVER),
            initial: values(0),
            bias: values(0),
            shift: vec![0; channels[n]],
            burst: 1,
            saturation: i32::MAX,
        });
        let shape = Shape { height, width, channels: channels[n] };
        Population { name: format!("layer{n}"), shape, model, analogue: n == 0, depth: 0 }
    };
    let weights: Vec<i8> = (0..channels[0] * channels[1]).map(weight).collect();
    let connection = Connection::Conv(Conv {
        inputs: 0..channels[0],
        window: Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] },
        groups: 1,
        upsample: [1, 1],
        weights: Weights::Bytes(weights.into()),
        negative: Weights::default(),
    });
    Network {
        name: "two".into(),
        weight_bits: 8,
        populations: vec![layer(0), layer(1)],
        projections: vec![Projection { source: 0, target: 1, connection, delay: 1 }],
        heads: vec![],
        first_phase: None,
    }
}

/// The second layer is so wide that it is cut along its channels, and the first so large that it is
/// cut along its rows.
#[test]
fn bands_and_strips_are_found() {
    let weight = |n: usize| (n * 37 % 101) as i8 - 50;
    let network = two_layers([30, 30], [64, 300], [70, 90], weight);
    let neurons = network.populations[0].shape.neurons();
    let current = |n: usize| (n * 7919 % 173) as i32 - 40;
    let currents = vec![Some((0..neurons).map(current).collect()), None];
    as_layers_end(&network, &currents, 3, "bands and strips");
}

/// Without steps what is left when a period has come to rest is noted.
#[test]
fn without_steps_periods_are_noted() {
    let network = unbalanced(&two_layers([1, 1], [1, 1], [100, 50], |_| 30)).network;
    let speck = profile::load("speck").unwrap();
    let mapping = map(&network, &speck, true).unwrap();
    let fed = [Some(Fed::Current(vec![70])), None];
    let probed = [1, 0].map(|population| Probed { population, neuron: 0 });
    let options = asynchronous::Options { period_ns: 1e4, record_spikes: false, probed: &probed };
    let stop = Stop { steps: 5, readout_after: 0 };
    let run = asynchronous::run(&network, &fed, &mapping, &speck, options, stop, || ()).unwrap();
    let held: Vec<(u32, u32, f64)> =
        run.membranes.iter().map(|one| (one.step, one.layer, one.potential)).collect();
    // The first unit fires in periods 2, 3 and 5; the second one has 30, 60 - 50 and 40 then.
    let expected = [(70, 0), (40, 30), (10, 10), (80, 10), (50, 40)];
    let expected = expected.iter().enumerate().flat_map(|(n, &(first, second))| {
        let step = n as u32 + 1;
        [(step, 1, f64::from(second)), (step, 0, f64::from(first))]
    });
    assert_eq!(held, expected.collect::<Vec<_>>());
}

/// By the columns of `membranes.csv`: the rows of one neuron, as numbers of a column.
fn column(folder: &Path, [layer, neuron]: [&str; 2], column: &str) -> Vec<f64> {
    let rows = rows(&folder.join("membranes.csv"));
    let own = rows.iter().filter(|row| row["layer"] == layer && row["neuron"] == neuron);
    own.map(|row| row[column].parse().unwrap_or(f64::NAN)).collect()
}

/// Times, neurons and values of the potentials of a node in a file of NIRData.
fn potentials(path: &Path, node: &str) -> Vec<(f64, i64, f64)> {
    let file = Hdf5File::open(path).unwrap();
    let of = |part: &str| format!("nodes/{node}/observables/v/{part}");
    let floats =
        |part: &str| file.dataset(&of(part)).unwrap().read_array::<f64>().unwrap().into_iter();
    let idx = file.dataset(&of("idx")).unwrap().read_array::<i64>().unwrap().into_iter();
    floats("time").zip(idx).zip(floats("value")).map(|((time, n), v)| (time, n, v)).collect()
}

/// The detector inside the program: the same bytes at any thread count and timing, and what its
/// heads say.
#[test]
fn a_detector_is_probed() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let layers = {
        let mut run = spikemesh();
        succeeds(
            run.current_dir(root.path()).args(["run", "--timing", "analytic", "--out", "plain"]),
        );
        assert!(!path("plain").join("membranes.csv").exists());
        rows(&path("plain").join("layers.csv"))
    };
    let deep = layers.iter().find(|row| row["layer"] == "act4").unwrap();
    let head = layers.iter().find(|row| row["class"] == "readout").unwrap()["layer"].clone();
    let probes = [("act4", "1"), ("act1", "35"), (&*head, "2")];
    let ran = |out: &str, timing: &str, threads: &str| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", "--timing", timing, "--threads", threads]);
        for (layer, neuron) in probes {
            run.args(["--probe", &format!("{layer}:{neuron}")]);
        }
        run.args(["--heads", &format!("{out}.npz"), "--nir-data", &format!("{out}.nir")]);
        succeeds(run.args(["--record-spikes", "--out", out]));
        fs::read_to_string(path(out).join("membranes.csv")).unwrap()
    };
    let one = ran("one", "analytic", "1");
    assert_eq!(one, ran("two", "links", "2"));
    assert_eq!(one, ran("three", "event", "2"));
    let plain = fs::read(path("plain").join("summary.csv")).unwrap();
    assert_eq!(plain, fs::read(path("one").join("summary.csv")).unwrap(), "nothing else changes");
    let table = rows(&path("one").join("membranes.csv"));
    assert_eq!(table.len(), 8 * probes.len(), "8 steps of each layer's own");
    let asked: Vec<(&str, &str)> =
        table[..3].iter().map(|row| (&*row["layer"], &*row["neuron"])).collect();
    assert_eq!(asked, probes);

    // A tracking unit holds what its spikes have not said yet.
    let value = column(&path("one"), ["act4", "1"], "value");
    let potential = column(&path("one"), ["act4", "1"], "potential");
    assert!(potential.iter().all(|v| v.fract() == 0.0) && potential.iter().any(|v| *v != 0.0));
    let unit = value.iter().zip(&potential).find(|(_, v)| **v != 0.0).map(|(a, v)| a / v).unwrap();
    assert!(value.iter().zip(&potential).all(|(a, v)| (a - v * unit).abs() < 1e-9 && unit > 0.0));
    // The head's value, over the steps, is what the head says.
    let sum = *column(&path("one"), [&head, "2"], "value").last().unwrap();
    let mut archive =
        ndarray_npy::NpzReader::new(fs::File::open(path("one.npz")).unwrap()).unwrap();
    let said: ndarray::Array3<f32> = archive.by_name(&format!("spiking_{head}")).unwrap();
    let said = f64::from(said[[2, 0, 0]]);
    assert!((sum / 8.0 - said).abs() < 1e-5 * said.abs().max(1.0), "{sum} {said}");

    // NIR counts by channel, row and column.
    let held = potentials(&path("one.nir"), "act1");
    let size = |row: &crate::runs::Row, column: &str| row[column].parse::<i64>().unwrap();
    let first = layers.iter().find(|row| row["layer"] == "act1").unwrap();
    let [c, h, w] = ["channels", "height", "width"].map(|column| size(first, column));
    let neuron = 35 % c * h * w + 35 / c;
    let values = column(&path("one"), ["act1", "35"], "value");
    let expected: Vec<(f64, i64, f64)> =
        values.iter().enumerate().map(|(n, &v)| ((n as f64 + 0.5) * 1e-3, neuron, v)).collect();
    assert_eq!(held, expected);
    assert!(size(deep, "depth") > 2, "own steps are others than those of the chip");
}

/// Whole numbers, which floats of 64 bits sum up as the chip does: two layers of units that lose
/// their threshold, and one that is read.
fn whole() -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[4]);
    for (name, after, [out, from]) in
        [("fc1", "input", [5u64, 4]), ("fc2", "if1", [3, 5]), ("fc3", "if2", [2, 3])]
    {
        let path = nir.node(name, "Linear", &[after]);
        let weight = |n: u64| ((n * 7 + out) % 11) as f32 - 4.0;
        let weights: Vec<f32> = (0..out * from).map(weight).collect();
        nir.floats(&format!("{path}/weight"), &[out, from], &weights);
        match name {
            "fc1" => nir.layer("if1", "IF", &["fc1"], &[5], &[("r", 1.0), ("v_threshold", 6.0)]),
            "fc2" => nir.layer("if2", "IF", &["fc2"], &[3], &[("r", 1.0), ("v_threshold", 9.0)]),
            _ => nir.layer("sum", "I", &["fc3"], &[2], &[("r", 1.0)]),
        }
    }
    nir.output("output", &["sum"], &[2]);
    nir.finish()
}

#[test]
fn a_network_from_nir_holds_what_its_floats_hold() {
    const STEPS: usize = 30;
    let files = Files::write();
    let bytes = whole();
    fs::write(files.path("whole.nir"), &bytes).unwrap();
    let sent = |step: usize, n: usize| u8::from((step * 5 + n * 3) % 7 < 3);
    let train = ndarray::Array2::from_shape_fn((STEPS, 4), |(step, n)| sent(step, n));
    ndarray_npy::write_npy(files.path("train.npy"), &train).unwrap();
    let graph = crate::nir::read(&bytes, None).unwrap().graph;
    let mut float = spikemesh::spiking::exec::Run::new(&graph);
    let place = |name: &str| graph.populations.iter().position(|p| p.name == name).unwrap();
    let probes = [("if1", 3), ("if2", 0), ("if1", 0), ("sum", 1)];
    let mut expected = vec![];
    for step in 0..STEPS {
        float.step(|_| (0..4).map(|n| f64::from(sent(step, n))).collect());
        let of = |&(layer, n): &(&str, usize)| float.potential(place(layer))[n];
        expected.push(probes.iter().map(of).collect::<Vec<f64>>());
    }
    assert!(expected.iter().flatten().filter(|v| **v != 0.0).count() > 60, "{expected:?}");
    let ran = |out: &str, profile: &[&str], threads: &str| {
        let mut run = spikemesh();
        run.current_dir(files.dir.path()).args(["run", "whole.nir", "--input", "train.npy"]);
        run.arg("--profile").args(profile).args(["--threads", threads, "--nir-data"]);
        run.arg(format!("{out}.nir")).args(["--out", out]);
        for (layer, neuron) in probes {
            run.args(["--probe", &format!("{layer}:{neuron}")]);
        }
        succeeds(&mut run);
        rows(&files.path(out).join("membranes.csv"))
    };
    let table = ran("one", &["loihi1-davies2018"], "1");
    assert_eq!(table, ran("two", &["loihi1-davies2018"], "2"));
    assert_eq!(table.len(), STEPS * probes.len());
    for (n, row) in table.iter().enumerate() {
        let (step, (layer, neuron)) = (n / probes.len(), probes[n % probes.len()]);
        assert_eq!((&*row["step"], &*row["layer"]), (&*(step + 1).to_string(), layer));
        assert_eq!((&*row["neuron"], &*row["current"]), (&*neuron.to_string(), ""));
        assert_eq!(row["value"].parse(), Ok(expected[step][n % probes.len()]), "{row:?}");
        assert_eq!(row["potential"].parse::<f64>().unwrap().fract(), 0.0, "{row:?}");
    }
    let held = potentials(&files.path("one.nir"), "if1");
    let first: Vec<(i64, f64)> = held[..2].iter().map(|&(_, n, v)| (n, v)).collect();
    assert_eq!(first, [(0, expected[0][2]), (3, expected[0][0])]);
    assert_eq!(held.len(), 2 * STEPS);
    // Event by event: once a period units are at rest, and none is above its threshold of 6 or 9.
    let table = ran("speck", &["speck", "--idealised"], "2");
    assert_eq!(table.len(), STEPS * probes.len());
    assert_eq!(table[probes.len() * (STEPS - 1)]["step"], STEPS.to_string());
    let fires = table.iter().filter(|row| row["layer"] != "sum");
    let held: Vec<f64> = fires.map(|row| row["value"].parse().unwrap()).collect();
    assert!(held.iter().all(|v| *v <= 9.0) && held.iter().any(|v| *v != 0.0), "{held:?}");
}

#[test]
fn probes_of_layers_that_name_nothing_say_what_is_near() {
    let root = tempfile::tempdir().unwrap();
    let on = |network: &str, probe: &str| {
        let mut run = spikemesh();
        run.current_dir(root.path()).args(["run", network, "--out", "out", "--probe", probe]);
        run
    };
    for (probe, words) in [
        ("act11:0", &["E1007", "no layer `act11` (did you mean", "as in layers.csv"][..]),
        ("pool1:0", &["E1010", "hold no potential", "such as --probe act2:0"]),
        (
            "act1:999999",
            &["E1008", "its last one is", "--probe act1:", "by row, column and channel"],
        ),
    ] {
        refused(&mut on("digits", probe), words);
    }
    assert!(!root.path().join("out").exists());
    fs::write(root.path().join("whole.nir"), whole()).unwrap();
    let train = ndarray::Array2::<u8>::ones((3, 4));
    ndarray_npy::write_npy(root.path().join("train.npy"), &train).unwrap();
    let mut input = on("whole.nir", "input:0");
    let words = ["E1010", "class input", "they send what they are fed", "--probe if1:0"];
    refused(input.args(["--input", "train.npy"]), &words);
}
