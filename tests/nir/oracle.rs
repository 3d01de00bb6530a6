//! Networks of the NIR paper, run in floats: against what other simulators recorded, and against
//! plain loops over the equations of NIR.

use std::path::{Path, PathBuf};

use hdf5_reader::Hdf5File;
use spikemesh::spiking::exec::Run;

use super::{Random, names, neuron, projections, read};

/// Models beside the repository, if they are there.
fn paper(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/nir-paper");
    let path = folder.join(file);
    if !path.exists() {
        eprintln!("skipped: no ../shared/models/nir-paper/{file}");
        return None;
    }
    Some(path)
}

/// Steps at which a column of a table has a spike.
fn column(table: &str, column: usize) -> Vec<usize> {
    let spike =
        |line: &str| line.split(',').nth(column).unwrap().trim().parse::<f64>().unwrap() > 0.5;
    table.lines().enumerate().filter(|(_, line)| spike(line)).map(|(step, _)| step).collect()
}

/// Seven simulators and chips on one neuron: the same spikes, up to a step.
#[test]
fn a_neuron_fires_as_others_recorded_it() {
    let Some(path) = paper("01_lif/lif_norse.nir") else { return };
    let graph = read(&std::fs::read(&path).unwrap(), Some(1e-4)).unwrap().graph;
    let traces =
        ["exact", "lava_cpu_fixed", "lava_cpu_float", "lava_loihi_fixed", "nengo", "norse"];
    for name in traces.into_iter().chain(["snntorch", "spinnaker2"]) {
        let table =
            std::fs::read_to_string(path.with_file_name(format!("lif_{name}.csv"))).unwrap();
        let (fed, recorded) = (column(&table, 0), column(&table, 2));
        let mut run = Run::new(&graph);
        let fires = |step: &usize| {
            run.step(|_| vec![f64::from(u8::from(fed.contains(step)))]);
            run.sent(graph.outputs[0])[0] > 0.0
        };
        let own: Vec<usize> = (0..table.lines().count()).filter(fires).collect();
        assert!(!own.is_empty() && own.len() == recorded.len(), "{name}: {own:?} {recorded:?}");
        let near = own.iter().zip(&recorded).all(|(own, other)| own.abs_diff(*other) <= 1);
        assert!(near, "{name}: {own:?} {recorded:?}");
    }
}

/// A neuron that its leak drives, and one behind it, on the input of the traces.
#[test]
fn two_neurons_fire_as_their_equations_say() {
    let Some(path) = paper("01_lif/debug_spike_representation/two_lif_neurons.nir") else { return };
    let Some(trace) = paper("01_lif/lif_exact.csv") else { return };
    let graph = read(&std::fs::read(path).unwrap(), Some(1e-4)).unwrap().graph;
    assert_eq!(names(&graph), ["in", "lif1", "lif2"]);
    let fed = column(&std::fs::read_to_string(trace).unwrap(), 0);
    let mut run = Run::new(&graph);
    let (mut v1, mut v2, mut spikes) = (0.0, 0.0, 0);
    for step in 0..1000 {
        let x = f64::from(u8::from(fed.contains(&step)));
        run.step(|_| vec![x]);
        // tau = 0.01, r = 1; leaks of 1.2 and 0, thresholds of 1 and 20, resets to 0.
        v1 += 1e-4 / 0.01 * (1.2 - v1 + x);
        let first = v1 > 1.0;
        if first {
            v1 = 0.0;
            spikes += 1;
        }
        v2 += 1e-4 / 0.01 * (0.0 - v2 + f64::from(u8::from(first)));
        assert_eq!(run.sent(1)[0] > 0.0, first, "step {step}");
        assert!((run.potential(2)[0] - v2).abs() < 1e-9 && run.sent(2) == [0.0], "step {step}");
    }
    assert!(spikes > 3, "{spikes}");
}

/// The numbers of a dataset in `/node/nodes`.
fn numbers(file: &Hdf5File, name: &str) -> Vec<f64> {
    let dataset = file.dataset(&format!("node/nodes/{name}")).unwrap();
    match dataset.read_array::<f64>() {
        Ok(array) => array.iter().copied().collect(),
        Err(_) => dataset.read_array::<f32>().unwrap().iter().map(|&v| f64::from(v)).collect(),
    }
}

/// `weight x + bias` of a node.
fn affine(file: &Hdf5File, name: &str) -> impl Fn(&[f64]) -> Vec<f64> + use<> {
    let weight = numbers(file, &format!("{name}/weight"));
    let bias = numbers(file, &format!("{name}/bias"));
    move |x| {
        let rows = weight.chunks(x.len()).zip(&bias);
        rows.map(|(row, b)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b).collect()
    }
}

/// A layer of CubaLIF by the equations of NIR, a step of Euler at a time; reset to zero.
struct Layer {
    tau_syn: Vec<f64>,
    tau_mem: Vec<f64>,
    r: Vec<f64>,
    w_in: Vec<f64>,
    v_leak: Vec<f64>,
    threshold: Vec<f64>,
    current: Vec<f64>,
    potential: Vec<f64>,
}

impl Layer {
    fn new(file: &Hdf5File, name: &str) -> Layer {
        let of = |parameter: &str| numbers(file, &format!("{name}/{parameter}"));
        let zeros = vec![0.0; of("r").len()];
        Layer {
            tau_syn: of("tau_syn"),
            tau_mem: of("tau_mem"),
            r: of("r"),
            w_in: of("w_in"),
            v_leak: of("v_leak"),
            threshold: of("v_threshold"),
            current: zeros.clone(),
            potential: zeros,
        }
    }

    fn step(&mut self, dt: f64, input: &[f64]) -> Vec<f64> {
        let mut spikes = vec![0.0; input.len()];
        for n in 0..input.len() {
            self.current[n] += dt / self.tau_syn[n] * (self.w_in[n] * input[n] - self.current[n]);
            let drive = self.v_leak[n] - self.potential[n] + self.r[n] * self.current[n];
            self.potential[n] += dt / self.tau_mem[n] * drive;
            if self.potential[n] > self.threshold[n] {
                self.potential[n] = 0.0;
                spikes[n] = 1.0;
            }
        }
        spikes
    }
}

/// The recurrent network of the paper on seeded spikes.
#[test]
fn a_recurrent_network_fires_as_its_equations_say() {
    let Some(path) = paper("03_rnn/braille_noDelay_bias_zero.nir") else { return };
    let graph = read(&std::fs::read(&path).unwrap(), Some(1e-4)).unwrap().graph;
    assert_eq!(names(&graph), ["input", "lif1.lif", "lif2"]);
    assert_eq!(
        projections(&graph),
        [
            ("input", "lif1.lif", vec!["fc1"], 0),
            ("lif1.lif", "lif1.lif", vec!["lif1.w_rec"], 1),
            ("lif1.lif", "lif2", vec!["fc2"], 0),
        ]
    );
    assert!(neuron(&graph, "lif2").current.is_some());
    let file = Hdf5File::open(&path).unwrap();
    let [fc1, w_rec, fc2] = ["fc1", "lif1.w_rec", "fc2"].map(|name| affine(&file, name));
    let [mut lif1, mut lif2] = ["lif1.lif", "lif2"].map(|name| Layer::new(&file, name));
    let mut run = Run::new(&graph);
    let mut random = Random(3);
    let (mut before, mut counts) = (vec![0.0; 38], [0.0; 2]);
    for step in 0..256 {
        let fed: Vec<f64> = (0..12).map(|_| f64::from(u8::from(random.below(6) == 0))).collect();
        run.step(|_| fed.clone());
        let input: Vec<f64> = fc1(&fed).iter().zip(w_rec(&before)).map(|(a, b)| a + b).collect();
        before = lif1.step(1e-4, &input);
        let after = lif2.step(1e-4, &fc2(&before));
        assert_eq!(run.sent(1), before, "step {step}");
        assert_eq!(run.sent(2), after, "step {step}");
        counts[0] += before.iter().sum::<f64>();
        counts[1] += after.iter().sum::<f64>();
    }
    assert!(counts[0] > 20.0 && counts[1] > 5.0, "{counts:?}");
}

/// A network that ran on Loihi, as the chip runs it, a step of delay by layer: the spikes of a
/// plain integer simulation, layer by layer, and its answer.
#[test]
fn a_network_of_a_chip_fires_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/nxtf-mnist");
    let Ok(bytes) = std::fs::read(folder.join("nxtf_mnist.nir")) else {
        return eprintln!("skipped: no ../shared/models/nxtf-mnist");
    };
    let mut graph = read(&bytes, None).unwrap().graph;
    assert_eq!(names(&graph), ["input", "pixels", "if1", "if2", "if3", "classes"]);
    assert_eq!(graph.dt, 1.0);
    let later = graph.projections.iter_mut().filter(|projection| projection.source > 0);
    later.for_each(|projection| projection.lag = 1);
    let images: ndarray::Array3<u8> = ndarray_npy::read_npy(folder.join("images_u8.npy")).unwrap();
    let image: Vec<f64> = images.iter().take(28 * 28).map(|&v| f64::from(v)).collect();
    let mut run = Run::new(&graph);
    let mut spikes = [0.0; 4];
    for _ in 0..512 {
        run.step(|_| image.clone());
        (0..4).for_each(|n| spikes[n] += run.sent(n + 1).iter().sum::<f64>());
    }
    let table = std::fs::read_to_string(folder.join("reference.csv")).unwrap();
    let row: Vec<f64> =
        table.lines().nth(1).unwrap().split(',').map(|cell| cell.parse().unwrap_or(0.0)).collect();
    assert_eq!(spikes[..], row[3..7]);
    let classes = run.potential(5);
    let best = (0..10).max_by(|&a, &b| classes[a].total_cmp(&classes[b])).unwrap();
    assert_eq!(best as f64, row[2]);
}
