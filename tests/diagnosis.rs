//! The diagnosis of a conversion: by hand on a tiny network, with planted faults, and by the
//! binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use spikemesh::ann::op::{Conv, Input, Relu};
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window};
use spikemesh::convert::file::ConvertedFile;
use spikemesh::convert::{
    Calibration, Conversion, Lambda, LayerLoss, Observation, ReadoutAfter, Recipe, Settings,
    convert, diagnose, marks,
};
use spikemesh::pipeline::{self, Chosen, Diagnosis, Sample};
use spikemesh::profile;
use spikemesh::report::{ConversionReport, conversion_table};
use spikemesh::snn::Model;

use crate::convert::{Build, float, mixed};
use crate::runs::rows;
use crate::small_detector::{Files, picture, spikemesh};

fn close(ours: Option<f64>, theirs: f64, what: &str) {
    assert!((ours.unwrap() - theirs).abs() < 1e-6, "{what}: {ours:?} instead of {theirs}");
}

const POINT: Window = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };

/// A picture of 2 x 2, four channels of 1, 1/2, 0 and 1/4 times it, and a head that adds them.
fn tiny() -> Graph {
    let node = |name: &str, op, inputs: &[usize], channels| {
        let shape = Shape::new(channels, 2, 2);
        Node { name: name.into(), op, inputs: inputs.into(), shape }
    };
    let conv = |weight: &[f32], channels: usize| {
        Op::Conv(Conv {
            window: POINT,
            groups: 1,
            weight: weight.into(),
            bias: vec![0.0; channels],
        })
    };
    let nodes = vec![
        node("image", Op::Input(Input), &[], 1),
        node("conv", conv(&[1.0, 0.5, 0.0, 0.25], 4), &[0], 4),
        node("relu", Op::Relu(Relu), &[1], 4),
        node("sum", conv(&[1.0; 4], 1), &[2], 1),
    ];
    let heads = vec![Head { name: "head".into(), node: 3 }];
    Graph { name: "tiny".into(), nodes, input: 0, heads }
}

#[test]
fn a_layer_computed_by_hand() {
    let graph = tiny();
    let relu: Vec<f32> =
        [1.0, 0.5, 0.0, 0.25].iter().flat_map(|f| [1.0, 2.0, 3.0, 4.0].map(|x| x * f)).collect();
    let values = vec![vec![1.0, 2.0, 3.0, 4.0], relu.clone(), relu, vec![1.75, 3.5, 5.25, 7.0]];
    let settings = Settings {
        lambda: Lambda::Max,
        readout_after: ReadoutAfter::Step(0),
        ..Settings::default()
    };
    let mut conversion = convert(&graph, &[&values], &settings).unwrap();
    // The silent channel has the scale of the layer.
    assert_eq!(conversion.lambda[0], [4.0, 2.0, 4.0, 1.0]);
    // Too small: the activations 3 and 4 exceed it.
    conversion.lambda[0][0] = 2.5;

    // By position, then channel; the membrane of the head stays at zero.
    let after = |relu: [i32; 16]| vec![relu.to_vec(), vec![0; 4]];
    let sums = BTreeMap::from([
        (1, after([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])),
        (2, after([0; 16])),
        (4, after([2, 1, 0, 0, 3, 2, 0, 0, 4, 3, 0, 0, 4, 0, 0, 0])),
    ]);
    assert!(marks(&settings, 4).into_iter().eq([1, 2, 4]));
    let observation = Observation { values: &values, sums, spikes: vec![19, 0] };
    let layers = diagnose(
        &graph,
        &conversion,
        &settings,
        Calibration::Values(&[&values]),
        &[observation],
        4,
    )
    .unwrap();

    let relu = &layers[0];
    assert_eq!(
        (relu.name.as_str(), relu.kind, relu.channels, relu.neurons),
        ("relu", "relu", 4, 16)
    );
    assert_eq!(relu.lambda, Some([1.0, 2.0, 4.0]));
    assert_eq!((relu.dead_channels, relu.silent_channels, relu.saturated_channels), (1, 1, 1));
    assert_eq!(relu.clipped_share, Some(2.0 / 16.0));
    // The spikes stand for 1.25, 1.875, 2.5, 2.5; 0.5, 1, 1.5, 0; and nothing in the last two
    // channels.
    let all = 10.0 + 5.0 + 2.5;
    close(relu.error[0], (4.0 + 5.0 + 2.5) / all, "a quarter");
    close(relu.error[1], 1.0, "a half");
    close(relu.error[2], (2.375 + 2.0 + 2.5) / all, "all");
    close(relu.inherited_error, 0.0, "nothing but the image");
    close(relu.added_error, 6.875 / all, "added");
    close(relu.clipping_error, 2.0 / all, "0.5 and 1.5");
    close(relu.rounding_error, 0.375 / all, "0.25 and 0.125");
    close(relu.excess_error(), 4.5 / all, "what was not sent");
    close(relu.offset, (0.25 - 0.125 - 0.5 - 1.5 - 2.0 - 2.5) / all, "offset");
    assert_eq!(relu.spikes_per_neuron_step, 19.0 / 64.0);
    let spiking =
        [1.25, 1.875, 2.5, 2.5, 0.5, 1.0, 1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let float = [1.0, 2.0, 3.0, 4.0, 0.5, 1.0, 1.5, 2.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0];
    let mean = |v: &[f64]| v.iter().sum::<f64>() / 16.0;
    let covariance = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - mean(a)) * (y - mean(b))).sum::<f64>()
    };
    let correlation = covariance(&spiking, &float)
        / (covariance(&spiking, &spiking) * covariance(&float, &float)).sqrt();
    close(relu.correlation, correlation, "correlation");
    let bins: Vec<(i32, u64)> = relu
        .rates
        .iter()
        .filter(|bin| bin.neurons > 0)
        .map(|bin| (bin.tenth, bin.neurons))
        .collect();
    assert_eq!(bins, [(0, 9), (3, 1), (5, 2), (8, 2), (10, 2)]);
    assert_eq!(relu.rates.len(), 11, "no negative spikes, none beyond lambda");
    assert_eq!((relu.rates[0].from, relu.rates[0].to, relu.rates[10].to), (0.0, 0.0, 1.0));

    // What arrives adds up to 1.75, 2.875, 4 and 2.5.
    let head = &layers[1];
    assert_eq!((head.kind, head.lambda, head.rates.len()), ("head", None, 0));
    close(head.inherited_error, (0.625 + 1.25 + 4.5) / all, "of the layer before");
    close(head.added_error, 11.125 / all, "an empty membrane");
    assert_eq!((head.clipping_error, head.rounding_error, head.correlation), (None, None, None));
}

/// Three ReLU layers and a head, for the image of [`float`].
fn chain() -> Graph {
    let mut b = Build::new();
    let mut last = 0;
    for _ in 0..3 {
        last = b.layer(last);
    }
    let head = b.conv(last, 3, 1);
    b.graph(head)
}

fn sample(graph: &Graph) -> Sample {
    let image = float(graph).swap_remove(0);
    Sample::new(graph, "random".into(), "00".into(), &image).unwrap()
}

fn chosen(conversion: Conversion, settings: &Settings) -> Chosen {
    Chosen { conversion, settings: settings.clone(), gap: None }
}

fn diagnosis(graph: &Graph, chosen: &Chosen, steps: usize) -> Diagnosis {
    let sample = sample(graph);
    pipeline::diagnose(graph, chosen, std::slice::from_ref(&sample), &[&sample], steps, || ())
        .unwrap()
}

/// The last line of the table.
fn sentence(graph: &Graph, chosen: &Chosen) -> String {
    let diagnosis = diagnosis(graph, chosen, 32);
    let file = ConvertedFile {
        name: "chain".into(),
        network_sha256: String::new(),
        recipe: "paper".into(),
        settings: chosen.settings.clone(),
        calibration: vec![],
        detector: None,
        version: String::new(),
        graph: graph.clone(),
        conversion: chosen.conversion.clone(),
    };
    let profile = profile::load("ideal-45nm").unwrap();
    let (file, profile) = (&file, &profile);
    let report = ConversionReport { file, profile, gaps: &[], command: "", diagnosis: &diagnosis };
    let table = conversion_table(&report);
    table.lines().last().unwrap().to_string()
}

#[test]
fn the_sentence_names_the_layer_with_a_planted_fault() {
    let graph = chain();
    let settings = Settings::default();
    let true_values = float(&graph);
    for (population, node) in [(0, 2), (1, 4), (2, 6)] {
        // Calibrated on a tenth of the activations: lambda is too small by ten.
        let mut values = true_values.clone();
        values[node].iter_mut().for_each(|v| *v *= 0.1);
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let text = sentence(&graph, &chosen(conversion, &settings));
        assert!(text.starts_with(&format!("Layer n{node} (relu) loses most")), "{text}");
        assert!(
            text.contains("exceed what its neurons can send") && text.contains("4 of 4"),
            "{text}"
        );

        // Calibrated on a hundred times the activations: hardly a spike in 32 steps.
        values[node].iter_mut().for_each(|v| *v *= 1000.0);
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let text = sentence(&graph, &chosen(conversion, &settings));
        assert!(text.starts_with(&format!("Layer n{node} (relu) loses most")), "{text}");
        assert!(text.contains("32 steps are few for its rates"), "{text}");

        // A threshold twice as high.
        let mut conversion = convert(&graph, &[&true_values], &settings).unwrap();
        let Model::If(unit) = &mut conversion.network.populations[population].model else {
            panic!("if")
        };
        for thresholds in [&mut unit.fire_above, &mut unit.reset_above] {
            thresholds.iter_mut().for_each(|threshold| *threshold *= 2);
        }
        let text = sentence(&graph, &chosen(conversion, &settings));
        assert!(text.starts_with(&format!("Layer n{node} (relu) loses most")), "{text}");
        assert!(text.contains("at the wrong time"), "{text}");
    }
}

#[test]
fn what_is_added_and_inherited_holds_the_error() {
    let graph = mixed();
    let values = float(&graph);
    let recipes =
        ["paper", "paper-strict", "best", "paper,negative=symmetric", "paper,delivery=unbalanced"];
    for recipe in
        recipes.into_iter().chain(["paper,burst=4/2,pool=or", "best,readout=count,after=3"])
    {
        let settings = Recipe::parse(recipe).unwrap().settings(&graph).unwrap();
        let conversion = convert(&graph, &[&values], &settings).unwrap();
        let diagnosis = diagnosis(&graph, &chosen(conversion, &settings), 64);
        for layer in &diagnosis.layers {
            let LayerLoss { error, inherited_error, added_error, rates, .. } = layer;
            let (error, inherited, added) =
                (error[2].unwrap(), inherited_error.unwrap(), added_error.unwrap());
            assert!(error <= inherited + added + 1e-6, "{recipe}: {layer:?}");
            let certain = layer.clipping_error.unwrap_or(0.0) + layer.rounding_error.unwrap_or(0.0);
            assert!(certain <= added + 1e-6, "{recipe}: {layer:?}");
            let counted: u64 = rates.iter().map(|bin| bin.neurons).sum();
            assert_eq!(counted, if rates.is_empty() { 0 } else { layer.neurons as u64 });
            assert!(rates.windows(2).all(|pair| pair[0].to == pair[1].from), "{recipe}: {rates:?}");
        }
        let head = diagnosis.layers.last().unwrap();
        if !recipe.contains("unbalanced") && !recipe.contains("count") {
            // A membrane is what its inputs sent in the steps that it reads.
            assert!(head.added_error.unwrap() < 0.01, "{recipe}: {head:?}");
        }
        if recipe == "best" {
            for pool in diagnosis.layers.iter().filter(|layer| layer.kind == "max-pool") {
                assert!(pool.added_error.unwrap() < 1e-6, "the maximum of the counts: {pool:?}");
            }
        }
    }
}

#[test]
fn heads_that_read_nothing_are_an_error() {
    let graph = chain();
    let settings = Settings { readout_after: ReadoutAfter::Step(5), ..Settings::default() };
    let chosen = chosen(convert(&graph, &[&float(&graph)], &settings).unwrap(), &settings);
    let sample = sample(&graph);
    let samples = std::slice::from_ref(&sample);
    let error =
        pipeline::diagnose(&graph, &chosen, samples, &[&sample], 5, || ()).unwrap_err().to_string();
    assert!(error.contains("the heads leave out all steps"), "{error}");
    // With six, half of them are still too few for a head.
    let layers = diagnosis(&graph, &chosen, 6).layers;
    let head = layers.last().unwrap();
    assert!(head.error[1].is_none() && head.error[2].is_some() && layers[0].error[1].is_some());
}

const REPORT: [&str; 8] = [
    "conversion.csv",
    "conversion.png",
    "conversion.svg",
    "manifest.toml",
    "rates.csv",
    "rates.png",
    "rates.svg",
    "report.html",
];

fn calibration(files: &Files) -> PathBuf {
    let folder = files.path("calibration");
    fs::create_dir(&folder).unwrap();
    (2..8).for_each(|seed| picture(&folder.join(format!("{seed}.png")), seed));
    folder
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_report_is_whole_and_the_same_on_any_number_of_threads() {
    let files = Files::write();
    let calibration = calibration(&files);
    let reports = ["1", "2"].map(|threads| {
        let dir = files.path(threads);
        fs::create_dir(&dir).unwrap();
        let mut command = spikemesh();
        command
            .current_dir(&dir)
            .arg("convert")
            .arg(&files.network)
            .arg("--detector")
            .arg(&files.detector);
        command.arg("--calibrate").arg(&calibration).args([
            "--out",
            "small.spikemesh",
            "--threads",
            threads,
        ]);
        let output = command.args(["--recipe", "paper", "--steps", "16"]).assert().success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        assert!(text.contains("loses most: it adds an error of"), "{text}");
        assert_eq!(names(&dir), ["small-report", "small.spikemesh"]);
        dir.join("small-report")
    });
    assert_eq!(names(&reports[0]), REPORT);
    // These two hold the command line.
    let apart = ["manifest.toml", "report.html"];
    for name in REPORT.into_iter().filter(|name| !apart.contains(name)) {
        let [a, b] = [0, 1].map(|i| fs::read(reports[i].join(name)).unwrap());
        assert!(a == b && a.len() > 100, "{name}");
    }
    let layers = rows(&reports[0].join("conversion.csv"));
    let kinds: Vec<&str> = layers.iter().map(|row| row["kind"].as_str()).collect();
    assert_eq!(kinds, ["leaky", "max-pool", "relu", "relu", "head"]);
    assert!(
        layers.iter().all(|row| row["T"] == "16" && row["error"].parse::<f64>().unwrap() < 1.0)
    );
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
    let spread = number(&layers[0], "lambda_max") / number(&layers[0], "lambda_min");
    assert_eq!(number(&layers[0], "lambda_spread"), spread);
    let rates = rows(&reports[0].join("rates.csv"));
    let first: f64 = rates
        .iter()
        .filter(|row| row["layer"] == layers[0]["layer"])
        .map(|row| number(row, "neurons"))
        .sum();
    assert_eq!(first, 4.0 * number(&layers[0], "neurons"), "four of the six inputs");
    let manifest = fs::read_to_string(reports[0].join("manifest.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(manifest["settings"]["recipe"].as_str(), Some("paper"));
    assert_eq!(manifest["settings"]["calibration"].as_array().unwrap().len(), 6);
    assert_eq!(manifest["input"].as_array().unwrap().len(), 4);
    assert_eq!(manifest["profile"]["name"].as_str(), Some("loihi1-davies2018"));
    assert!(manifest["command"].as_str().unwrap().contains("--steps 16"));
    assert_eq!(manifest["network"]["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_report_of_the_network_inside_takes_its_own_scenes_or_others() {
    let dir = tempfile::tempdir().unwrap();
    let (file, report) = (dir.path().join("d.spikemesh"), dir.path().join("elsewhere/report"));
    let mut command = spikemesh();
    command.args([
        "convert",
        "--recipe",
        "paper",
        "--steps",
        "8",
        "--input",
        "assets/scenes",
        "--limit",
        "2",
    ]);
    command.arg("--out").arg(&file).arg("--report").arg(&report).assert().success();
    assert_eq!(names(&report), REPORT);
    let manifest: toml::Table =
        fs::read_to_string(report.join("manifest.toml")).unwrap().parse().unwrap();
    let inputs: Vec<&str> = manifest["input"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["name"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, ["scene-00", "scene-01"]);
}

#[test]
fn a_report_that_cannot_be_leaves_nothing_behind() {
    let files = Files::write();
    let calibration = calibration(&files);
    let (out, empty) = (files.path("out"), files.path("empty"));
    [&out, &empty].iter().for_each(|dir| fs::create_dir(dir).unwrap());
    let fails = |more: &[&str], word: &str, left: &[&str]| {
        let mut command = spikemesh();
        command.arg("convert").arg(&files.network).arg("--detector").arg(&files.detector);
        command.arg("--calibrate").arg(&calibration).arg("--out").arg(out.join("small.spikemesh"));
        let output = command.args(more).assert().code(1);
        let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(text.contains(word) && !text.contains("panicked"), "{text}");
        assert_eq!(names(&out), left);
    };
    fails(&["--input", empty.to_str().unwrap()], "empty", &[]);
    fails(&["--input", "nowhere"], "nowhere", &[]);
    fails(&["--recipe", "paper,after=9", "--steps", "9"], "leave out", &[]);
    fails(&["--report", empty.to_str().unwrap()], "another --report", &[]);
    fs::create_dir(out.join("small-report")).unwrap();
    fails(&[], "exists", &["small-report"]);
}
