//! `eval` and the network inside the program, by the binary.

use crate::runs::{Row, rows};
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use spikemesh::ann::op::{Affine, Conv, Floor};
use spikemesh::ann::{Graph, Node, Op, exec};
use spikemesh::convert::Recipe;
use spikemesh::detect::compare::{Pair, f1, matched};
use spikemesh::detect::{Decoder, outputs};
use spikemesh::encode::{InputItem, inputs};
use spikemesh::eval::head_error;
use spikemesh::import;
use spikemesh::pipeline::{Sample, Settings, Timing, prepare, spiking};

fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

#[test]
fn a_row_equals_a_run_of_that_many_steps() {
    let dir = tempfile::tempdir().unwrap();
    let (eval, run) = (dir.path().join("eval"), dir.path().join("run"));
    spikemesh()
        .args(["eval", "--recipe", "paper,best", "--checkpoints", "2,3,6", "--limit", "1"])
        .args(["--timing", "analytic", "--out"])
        .arg(&eval)
        .assert()
        .success();
    let all = rows(&eval.join("accuracy.csv"));
    assert_eq!(all.len(), 1 + 2 * 3);
    assert_eq!([&all[0]["system"], &all[0]["T"]], ["float", ""]);
    assert!(
        (number(&all[0], "agreement") - 1.0).abs() < 1e-12,
        "the float network agrees with itself"
    );
    for (recipe, at) in [("paper", 2), ("best", 5)] {
        let folder = run.join(recipe);
        spikemesh()
            .args(["run", "--recipe", recipe, "--steps", "3", "--timing", "analytic", "--out"])
            .arg(&folder)
            .assert()
            .success();
        let (row, alone) = (&all[at], &rows(&folder.join("summary.csv"))[0]);
        assert_eq!((row["recipe"].as_str(), row["T"].as_str()), (recipe, "3"));
        assert_eq!(number(row, "synaptic_operations"), number(alone, "synaptic_operations"));
        for column in [
            "energy_dynamic_uj",
            "energy_dynamic_low_uj",
            "energy_dynamic_high_uj",
            "energy_static_uj",
            "energy_static_low_uj",
            "energy_static_high_uj",
            "latency_us",
            "spikes_per_synapse",
        ] {
            let (mine, theirs) = (number(row, column), number(alone, column));
            assert!((mine - theirs).abs() <= 1e-9 * theirs, "{recipe}: {mine} {theirs}");
        }
        for file in ["detections.png", "detections.csv", "heatmap_cores.png"] {
            assert!(folder.join(file).exists(), "{file}");
        }
    }
    for file in ["detections.csv", "convergence.png", "convergence.svg", "manifest.toml"] {
        assert!(fs::metadata(eval.join(file)).unwrap().len() > 100, "{file}");
    }
}

#[test]
fn several_chips_are_one_table_of_single_evaluations() {
    let dir = tempfile::tempdir().unwrap();
    let eval = |profiles: &str, out: &str| {
        let mut eval = spikemesh();
        eval.current_dir(&dir).args(["eval", "--recipe", "paper,best", "--checkpoints", "2,4"]);
        eval.args(["--limit", "1", "--timing", "analytic", "--profile", profiles, "--out", out]);
        let text = eval.assert().success().get_output().stdout.clone();
        (String::from_utf8(text).unwrap(), rows(&dir.path().join(out).join("accuracy.csv")))
    };
    let (text, all) = eval("loihi1-davies2018,truenorth,loihi2", "all");
    assert!(text.contains("truenorth refuses it: "), "{text}");
    let of = |profile: &str| -> Vec<&Row> {
        all.iter().filter(|row| row["profile"] == profile).collect()
    };
    for profile in ["loihi1-davies2018", "loihi2"] {
        let (_, single) = eval(profile, profile);
        assert_eq!(of(profile), single.iter().collect::<Vec<_>>());
        let own = fs::read(dir.path().join("all").join(profile).join("accuracy.csv")).unwrap();
        assert_eq!(own, fs::read(dir.path().join(profile).join("accuracy.csv")).unwrap());
    }
    let refused = of("truenorth");
    assert!(refused.len() == 1 && !refused[0]["reason"].is_empty(), "{refused:?}");
    assert!(refused[0]["T"].is_empty() && refused[0]["mAP50"].is_empty());
    assert!(!dir.path().join("all/truenorth").exists());
    // Its picture is drawn again from the table, and only refusals are an error.
    let mut plot = spikemesh();
    plot.current_dir(&dir).args(["plot", "all", "--out", "again"]).assert().success();
    for file in ["convergence.png", "convergence.svg"] {
        let picture = |folder: &str| fs::read(dir.path().join(folder).join(file)).unwrap();
        assert_eq!(picture("all"), picture("again"), "{file}");
    }
    // A chip that is called as a file of the evaluation, and two of one name.
    let profile = "inherits = \"loihi2\"\n";
    fs::create_dir(dir.path().join("b")).unwrap();
    for name in ["accuracy.csv.toml", "b/c.toml", "c.toml"] {
        fs::write(dir.path().join(name), profile).unwrap();
    }
    let (_, all) = eval("accuracy.csv.toml,c.toml,b/c.toml", "names");
    let named: std::collections::BTreeSet<_> = all.iter().map(|row| &row["profile"]).collect();
    assert_eq!(named.len(), 3, "{named:?}");
    let mut none = spikemesh();
    none.current_dir(&dir).args(["eval", "--limit", "1", "--checkpoints", "2", "--recipe", "best"]);
    none.args(["--profile", "truenorth,odin", "--out", "none"]);
    let text = none.assert().code(1).get_output().stderr.clone();
    assert!(String::from_utf8(text).unwrap().contains("E2041"));
    // Where nothing had to be dropped, nothing is marked.
    let mut free = spikemesh();
    free.current_dir(&dir).args(["eval", "--limit", "1", "--checkpoints", "2", "--recipe", "best"]);
    free.args(["--timing", "analytic", "--profile", "loihi2", "--idealised", "--out", "free"]);
    let text = free.assert().success().get_output().stdout.clone();
    assert!(!String::from_utf8(text).unwrap().contains("IDEALISED"));
}

#[test]
fn the_network_inside_reads_digits_it_was_never_trained_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("eval");
    spikemesh()
        .args([
            "eval",
            "--recipe",
            "best",
            "--checkpoints",
            "8,16",
            "--timing",
            "analytic",
            "--out",
        ])
        .arg(&out)
        .assert()
        .success();
    let map: Vec<f64> =
        rows(&out.join("accuracy.csv")).iter().map(|row| number(row, "mAP50")).collect();
    println!("mAP50 of 24 scenes: float {:.3}, T = 8 {:.3}, T = 16 {:.3}", map[0], map[1], map[2]);
    assert!(map[0] >= 0.93 && map[1] >= 0.93 * map[0] && map[2] >= 0.99 * map[0], "{map:?}");
}

#[test]
fn paper_comes_near_the_float_network_in_128_steps() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("eval");
    spikemesh()
        .args([
            "eval",
            "--recipe",
            "paper",
            "--checkpoints",
            "128",
            "--timing",
            "analytic",
            "--out",
        ])
        .arg(&out)
        .assert()
        .success();
    let map: Vec<f64> =
        rows(&out.join("accuracy.csv")).iter().map(|row| number(row, "mAP50")).collect();
    assert!(map[1] >= 0.95 * map[0], "{map:?}");
}

#[test]
fn four_levels_keep_the_accuracy_of_digits_for_few_spikes() {
    let dir = tempfile::tempdir().unwrap();
    let eval = |network: &str, recipe: &str, checkpoints: &str| {
        let out = dir.path().join(network);
        let mut eval = spikemesh();
        eval.args(["eval", network, "--recipe", recipe, "--checkpoints", checkpoints])
            .args(["--timing", "analytic", "--out"])
            .arg(&out);
        eval.assert().success();
        rows(&out.join("accuracy.csv"))
    };
    let float = number(&eval("digits", "paper", "1")[0], "mAP50");
    let spiking = eval("digits-l4", "best,neuron=if,input=same", "1,2");
    for (row, share, most) in [(&spiking[1], 0.95, 0.25), (&spiking[2], 0.98, 0.45)] {
        let (map, spikes) = (number(row, "mAP50"), number(row, "spikes_per_synapse"));
        println!(
            "T = {}: {:.3} of digits for {spikes:.3} spikes per synapse",
            row["T"],
            map / float
        );
        assert!(map >= share * float && spikes <= most, "{map} of {float}, {spikes}");
    }
}

#[test]
fn pictures_without_labels_are_judged_by_the_float_network() {
    let dir = tempfile::tempdir().unwrap();
    let (out, pictures, blank) =
        (dir.path().join("out"), dir.path().join("two"), dir.path().join("blank"));
    fs::create_dir(&pictures).unwrap();
    fs::create_dir(&blank).unwrap();
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes");
    fs::copy(scenes.join("scene-00.png"), pictures.join("scene-00.png")).unwrap();
    image::GrayImage::from_pixel(128, 128, image::Luma([128]))
        .save(blank.join("blank.png"))
        .unwrap();
    fs::copy(blank.join("blank.png"), pictures.join("blank.png")).unwrap();
    let eval = |data: &Path| {
        let mut eval = spikemesh();
        eval.args([
            "eval",
            "--unlabelled",
            "--limit",
            "1",
            "--recipe",
            "best",
            "--checkpoints",
            "8",
        ]);
        eval.arg("--data").arg(data);
        eval.arg("--out").arg(&out).assert()
    };
    let refused = eval(&blank).code(1);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("sees nothing"));
    assert!(!out.exists());
    let done = eval(&pictures).success();
    assert!(String::from_utf8_lossy(&done.get_output().stdout).contains("1 picture"));
    let rows = rows(&out.join("accuracy.csv"));
    assert_eq!(rows[1]["mAP50"], "", "no labels, no mAP");
    assert!(number(&rows[1], "agreement") > 0.9 && number(&rows[1], "head_error") > 0.0);
}

#[test]
fn an_evaluation_that_cannot_be_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let out = dir.path().join("out");
    let fails = |arguments: &[&str], word: &str| {
        let output =
            spikemesh().arg("eval").args(arguments).arg("--out").arg(&out).assert().code(1);
        let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(text.contains(word) && !text.contains("panicked"), "{text}");
        assert!(!out.exists());
    };
    fails(&["--checkpoints", "4,2"], "growing numbers");
    spikemesh().args(["eval", "--checkpoints", "0,2"]).assert().code(2);
    fails(&["--recipe", "papier"], "papier");
    fails(&["--data", empty.to_str().unwrap()], "empty");
    fails(&["--data", "nowhere"], "nowhere");
}

#[test]
fn tinier_yolo_has_too_many_sources_for_loihi_unless_idealised() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/tinier-yolo-voc");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut run = spikemesh();
    run.arg("run").arg(folder.join("tinier_yolo_relu7.onnx"));
    run.arg("--input").arg(folder.join("reference/000000000285.input_u8_hwc_rgb.npy"));
    run.args([
        "--profile",
        "loihi1-davies2018",
        "--recipe",
        "paper",
        "--steps",
        "2",
        "--timing",
        "analytic",
    ]);
    run.arg("--out").arg(&out);
    let output = run.assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    let flat = text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(flat.contains("layer act6: 4608 sources > 4096 axons_in_per_core"), "{text}");
    assert!(!out.exists());
    let output = run.arg("--idealised").assert().success();
    assert!(String::from_utf8(output.get_output().stdout.clone()).unwrap().contains("IDEALISED"));
    assert_eq!(rows(&out.join("summary.csv"))[0]["idealised"], "true");
    assert!(fs::read_to_string(out.join("manifest.toml")).unwrap().contains("idealised = true"));
}

/// `digits-l4` as it was trained: four levels after every clip, and its weights in 8 bits.
fn quantised(graph: &Graph) -> Graph {
    let mut out = Graph { nodes: vec![], ..graph.clone() };
    let mut place = vec![];
    for node in &graph.nodes {
        let mut node = node.clone();
        node.inputs.iter_mut().for_each(|input| *input = place[*input]);
        if let Op::Conv(Conv { weight, bias, .. }) = &mut node.op {
            let inputs = weight.len() / bias.len();
            for row in weight.chunks_mut(inputs) {
                let step = row.iter().fold(0f32, |most, w| most.max(w.abs())) / 127.0;
                row.iter_mut().for_each(|w| *w = (*w / step).round() * step);
            }
        }
        let (name, shape, clips) = (node.name.clone(), node.shape, matches!(node.op, Op::Clip(_)));
        out.nodes.push(node);
        if clips {
            let affine = |scale: f32, shift: f32| {
                Op::Affine(Affine {
                    scale: vec![scale; shape.channels],
                    shift: vec![shift; shape.channels],
                })
            };
            for op in [affine(4.0, 0.5), Op::Floor(Floor), affine(0.25, 0.0)] {
                let inputs = vec![out.nodes.len() - 1];
                out.nodes.push(Node { name: name.clone(), op, inputs, shape });
            }
        }
        place.push(out.nodes.len() - 1);
    }
    out.heads.iter_mut().for_each(|head| head.node = place[head.node]);
    out
}

#[test]
fn bursts_in_one_step_are_the_four_level_network() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let network = import::open(&assets.join("networks/digits-l4.onnx")).unwrap();
    let import::Network::Float(graph) = network.network.clone() else {
        panic!("not a float network")
    };
    let decoder = Decoder::for_network("digits-l4").unwrap();
    let levels = quantised(&graph);
    let settings = Settings {
        steps: 1,
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: Recipe::parse("best,neuron=if,input=same").unwrap(),
        placement: spikemesh::mapping::Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        split: vec![],
        command: String::new(),
    };
    let items = inputs(&assets.join("scenes"), &decoder.input, graph.input_shape()).unwrap();
    let sample = |item: &InputItem| {
        Sample::new(&graph, item.name.clone(), String::new(), &item.load().unwrap()).unwrap()
    };
    let profile = spikemesh::profile::load("loihi1-davies2018").unwrap();
    let prepared = prepare(network, profile, settings, &[sample(&items[0])]).unwrap();
    let (mut pairs, mut exact) = (vec![], 0);
    for item in &items {
        let outcome = prepared.emulate(Some(&sample(item)), || ()).unwrap();
        let values = exec::run(&levels, &item.load().unwrap()).unwrap();
        let truth: Vec<&[f32]> = levels.heads.iter().map(|head| &values[head.node][..]).collect();
        exact += usize::from(head_error(&outcome.heads, &truth).unwrap() < 1e-5);
        let reference = decoder.decode(&outputs(&levels, &values), (128, 128)).unwrap();
        let found = spiking(&decoder, &outcome.heads, (128, 128)).unwrap();
        pairs.push(Pair { reference, found });
    }
    let (f1, matched) = (f1(&pairs).unwrap(), matched(&pairs).unwrap());
    println!(
        "T = 1 against the four-level network: {exact} of 24 scenes exact, f1 {f1:.4}, matched \
         {matched:.4}"
    );
    // The file's weights and biases are such that no sum lies on the edge of a level:
    // training/whole.py.
    assert!(exact == 24 && f1 == 1.0 && matched == 1.0, "{exact} {f1} {matched}");
}

/// A profile without times has no latency in the table, and a refusal says the same at any number
/// of threads.
#[test]
fn tables_know_what_a_chip_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let eval = |threads: &str| {
        let out = dir.path().join(threads);
        let words = "eval digits --profile ideal-45nm,truenorth --limit 1 --checkpoints 1 --recipe \
                     best --timing analytic --plots none --quiet --threads";
        let mut eval = spikemesh();
        eval.args(words.split_whitespace()).arg(threads).arg("--out").arg(&out);
        eval.assert().success();
        fs::read_to_string(out.join("accuracy.csv")).unwrap()
    };
    assert_eq!(eval("1"), eval("2"));
    let all = rows(&dir.path().join("1/accuracy.csv"));
    let spiking = all.iter().find(|row| row["system"] == "spiking" && row["reason"].is_empty());
    assert_eq!(spiking.unwrap()["latency_us"], "");
    assert!(all.iter().any(|row| row["reason"].contains("this command runs: spikemesh eval")));
}
