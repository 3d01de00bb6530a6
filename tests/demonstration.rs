//! The networks inside the program that stand in where a chip refuses the default one.

use std::path::Path;

use spikemesh::ann::Graph;
use spikemesh::import;
use spikemesh::mapping::{Placement, Verdict};
use spikemesh::pipeline::{self, Outcome, Prepared, Sample, Settings, Timing, best_class};
use spikemesh::profile::{self, Profile};

use crate::field::flat;
use crate::runs::rows;
use crate::small_detector::{Files, spikemesh};

const SIDE: usize = 28;

/// A digit as the networks see it, and its class.
struct Digit {
    values: Vec<f32>,
    class: usize,
}

fn bright(value: u8) -> f32 {
    f32::from(value) / 255.0
}

/// The digits of a sheet, row by row.
fn sheet(name: &str) -> Vec<Vec<f32>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/digits").join(name);
    let sheet = image::open(path).unwrap().into_luma8();
    let (across, down) = (sheet.width() as usize / SIDE, sheet.height() as usize / SIDE);
    let digit = |n: usize| {
        let (left, top) = (n % across * SIDE, n / across * SIDE);
        let pixel =
            |i: usize| sheet.get_pixel((left + i % SIDE) as u32, (top + i / SIDE) as u32).0[0];
        (0..SIDE * SIDE).map(|i| bright(pixel(i))).collect()
    };
    (0..across * down).map(digit).collect()
}

/// The 100 unseen digits inside the program.
fn inside() -> Vec<Digit> {
    let labels = include_str!("../assets/digits/labels.txt").trim_end();
    let classes = labels.bytes().map(|label| usize::from(label - b'0'));
    let digits = sheet("test.png").into_iter().zip(classes);
    digits.map(|(values, class)| Digit { values, class }).collect()
}

/// The 1000 unseen digits beside the repository, if they are there.
fn thousand() -> Option<Vec<Digit>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist-small");
    let read =
        |name: &str, header: usize| Some(std::fs::read(folder.join(name)).ok()?.split_off(header));
    let images = read("test-images.idx3-ubyte", 16)?;
    let labels = read("test-labels.idx1-ubyte", 8)?;
    let digits = images.chunks(SIDE * SIDE).zip(labels);
    let digit = |(image, class): (&[u8], u8)| Digit {
        values: image.iter().map(|&value| bright(value)).collect(),
        class: class.into(),
    };
    Some(digits.map(digit).collect())
}

/// A network on a chip with what `best` is there, and its graph.
fn prepared(network: &str, profile: Profile) -> (Prepared, Graph) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/networks")
        .join(format!("{network}.onnx"));
    let imported = import::open(&path).unwrap();
    let graph = imported.network.graph().unwrap().clone();
    let sample = |values: Vec<f32>| {
        Sample::new(&graph, "calibration".into(), String::new(), &values).unwrap()
    };
    let samples: Vec<Sample> = sheet("calibration.png").into_iter().map(sample).collect();
    let settings = Settings {
        steps: pipeline::default_steps(&profile, false),
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: pipeline::default_recipe(&profile, false),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        command: String::new(),
    };
    (pipeline::prepare(imported, profile, settings, &samples[..]).unwrap(), graph)
}

fn emulated(prepared: &Prepared, graph: &Graph, digit: &Digit) -> (Sample, Outcome) {
    let sample = Sample::new(graph, "digit".into(), String::new(), &digit.values).unwrap();
    let outcome = prepared.emulate(Some(&sample), || {}).unwrap();
    (sample, outcome)
}

/// Digits whose class the float network finds, and the spiking one on the chip.
fn right(network: &str, profile: &str, digits: &[Digit]) -> [usize; 2] {
    let (prepared, graph) = prepared(network, profile::load(profile).unwrap());
    let mut right = [0, 0];
    for digit in digits {
        let (sample, outcome) = emulated(&prepared, &graph, digit);
        let class = |values: &[f32]| {
            let scores: Vec<f64> = values.iter().map(|&value| value.into()).collect();
            best_class(&scores).map(|(class, _)| class)
        };
        let float = class(&sample.values()[graph.heads[0].node]);
        let spiking = class(&outcome.heads[0].values);
        right[0] += usize::from(float == Some(digit.class));
        right[1] += usize::from(spiking == Some(digit.class));
    }
    right
}

/// Every chip that refuses the default network, with the one that stands in.
const STAND_INS: [(&str, &str); 7] = [
    ("digit-256", "truenorth"),
    ("digit-256", "truenorth-affine"),
    ("digit-256", "odin"),
    ("digit-256", "odin-1.3mhz"),
    ("digit-256", "dynap-se"),
    ("digit-pools", "tianjic"),
    ("digit-pools", "speck"),
];

#[test]
fn nine_of_ten_unseen_digits_are_right_on_every_chip() {
    let digits = inside();
    assert_eq!(digits.len(), 100);
    for (network, profile) in STAND_INS {
        let [_, spiking] = right(network, profile, &digits);
        println!("{network} on {profile}: {spiking} of 100");
        assert!(spiking >= 90, "{network} on {profile}: {spiking} of 100");
    }
}

#[test]
#[ignore = "a minute of work: `cargo test --release thousand -- --ignored --nocapture`"]
fn a_thousand_unseen_digits_on_every_chip() {
    let Some(digits) = thousand() else {
        return eprintln!("skipped: no ../shared/data/mnist-small");
    };
    for (network, profile) in STAND_INS {
        let [float, spiking] = right(network, profile, &digits);
        println!("{network} on {profile}: float {float}, spiking {spiking} of {}", digits.len());
        assert!(spiking * 10 >= digits.len() * 9, "{network} on {profile}");
    }
}

/// ODIN has one core; the same chip with a core for each layer does the same work.
#[test]
fn layers_that_share_a_core_do_what_they_do_apart() {
    let odin = profile::load("odin").unwrap();
    let mut wide = odin.clone();
    wide.topology.board = [2, 2];
    let ((shared, graph), (apart, _)) = (prepared("digit-256", odin), prepared("digit-256", wide));
    let cores = |prepared: &Prepared| prepared.placed().unwrap().1.cores.len();
    assert_eq!([cores(&shared), cores(&apart)], [1, 3]);
    let told = |prepared: &Prepared| {
        let gaps = &prepared.setup.gaps;
        gaps.iter().any(|gap| gap.verdict == Verdict::Assumed && gap.limit == "board")
    };
    assert!(told(&shared) && !told(&apart));
    let core = &shared.placed().unwrap().1.cores[0];
    assert_eq!((core.neurons, core.population), (189 + 45 + 20, None));
    for digit in inside().iter().take(3) {
        let [one, three] = [&shared, &apart].map(|prepared| emulated(prepared, &graph, digit).1);
        assert_eq!(one.heads, three.heads);
        let counts = |outcome: &Outcome| -> Vec<_> {
            let layers = outcome.activity.layers.iter();
            layers.map(|l| (l.counts.spikes, l.counts.total_synaptic_operations())).collect()
        };
        assert_eq!(counts(&one), counts(&three));
        let within = |outcome: &Outcome| {
            outcome.activity.steps.iter().map(|step| step.counts.local_packets).sum::<u64>()
        };
        assert!(within(&one) > within(&three), "one core keeps its packets");
    }
}

/// A network too large for the core is refused, as before.
#[test]
fn a_core_takes_no_more_than_it_holds() {
    let mut odin = profile::load("odin").unwrap();
    odin.limits.neurons_per_core = Some(253);
    let network =
        import::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/networks/digit-256.onnx"));
    let (_, graph) = prepared("digit-256", profile::load("odin").unwrap());
    let grey = vec![0.5; SIDE * SIDE];
    let sample = [Sample::new(&graph, "grey".into(), String::new(), &grey).unwrap()];
    let settings = Settings {
        steps: 8,
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: pipeline::default_recipe(&odin, false),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        command: String::new(),
    };
    let refused = pipeline::prepare(network.unwrap(), odin, settings, &sample[..]);
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("needs 3 cores; the largest board has 1"), "{refused}");
}

#[test]
fn best_knows_the_chip() {
    let default = |name: &str, idealised: bool| {
        let profile = profile::load(name).unwrap();
        let recipe = pipeline::default_recipe(&profile, idealised).to_string();
        (recipe, pipeline::default_steps(&profile, idealised))
    };
    for name in ["loihi1-davies2018", "loihi2", "spinnaker1", "darwin3", "ideal-45nm"] {
        assert_eq!(default(name, false), ("best".into(), 8), "{name}");
    }
    let plain = "paper,pool=telescoping,input=16";
    for (name, rest) in [
        ("speck", "readout=count"),
        ("tianjic", "after=0,readout=count,weights=5"),
        ("odin", "readout=count,weights=3"),
        ("truenorth", "after=0,readout=count,weights=2"),
        ("dynap-se", "readout=count,weights=2"),
    ] {
        let recipe = format!("{plain},{rest}");
        assert_eq!(default(name, false), (recipe, 32), "{name}");
    }
    // Dropped limits are none, but no flag gives a chip steps.
    assert_eq!(default("truenorth", true), ("best".into(), 8));
    assert_eq!(default("odin", true), (plain.into(), 32));
}

/// The networks that narrow chips run, in the order of the profiles; the others run `digits`.
#[test]
fn every_chip_runs_the_demonstration() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("all");
    let mut run = spikemesh();
    run.args(["run", "--profile", "all", "--timing", "analytic", "--plots", "none", "--out"])
        .arg(&out);
    let stdout = String::from_utf8(run.assert().success().get_output().stdout.clone()).unwrap();
    let table = rows(&out.join("profiles.csv"));
    assert_eq!(table.len(), profile::all().unwrap().len());
    for row in &table {
        let name = &row["profile"];
        // Its one core works through steps, and holds layers of a network from CSV alone.
        if name == "xylo" {
            assert_eq!(row["status"], "refused", "{row:?}");
            continue;
        }
        assert_eq!((&row["status"][..], &row["reason"][..]), ("ran", ""), "{name}");
        let stand_in = STAND_INS.iter().find(|(_, chip)| chip == name);
        let network = stand_in.map_or("digits", |(network, _)| network);
        let (steps, plain) = if stand_in.is_some() { ("32", true) } else { ("8", false) };
        assert_eq!((&row["network"][..], &row["steps"][..]), (network, steps), "{name}");
        assert_eq!(row["recipe"].starts_with("paper,pool=telescoping"), plain, "{name}");
        let mut lines = stdout.lines().skip_while(|line| !line.starts_with(&format!("{name} ")));
        let line = lines.next().unwrap();
        assert!(line.contains(&format!("{network} ")), "{line}");
        let recipe = lines.next().unwrap();
        assert_eq!(recipe == format!("  recipe {}", row["recipe"]), plain, "{recipe}");
        let manifest = std::fs::read_to_string(out.join(name).join("manifest.toml")).unwrap();
        let note = format!("{network} stands in for digits, which {name} refuses: layer");
        assert_eq!(manifest.contains(&note), plain, "{manifest}");
        assert_eq!(flat(&stdout).contains(&note), plain, "{stdout}");
        assert_eq!(out.join(name).join("classes.csv").exists(), plain, "{name}");
        assert_eq!(out.join(name).join("detections.csv").exists(), !plain, "{name}");
    }
    // The first digit of the sheet, as both networks see it.
    let classes = rows(&out.join("truenorth/classes.csv"));
    assert_eq!(classes.len(), 20);
    let first = &include_str!("../assets/digits/labels.txt")[..1];
    for (system, row) in [("float", &classes[0]), ("spiking", &classes[10])] {
        assert_eq!((&row["system"][..], &row["class"][..]), (system, first));
    }
    let scores = classes[10..].iter().map(|row| row["score"].parse::<f64>().unwrap());
    assert!((scores.sum::<f64>() - 1.0).abs() < 1e-6);
}

#[test]
fn a_named_network_gets_no_stand_in() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, words: &[&str]| {
        let mut run = spikemesh();
        run.args(["run", "--profile", "truenorth", "--out"]).arg(dir.path().join(name)).args(words);
        run.assert()
    };
    let single = run("single", &[]).success();
    let stdout = String::from_utf8_lossy(&single.get_output().stdout).into_owned();
    assert!(stdout.contains("digit-256 on truenorth: digit-00"), "{stdout}");
    assert!(flat(&stdout).contains("digit-256 stands in for digits"), "{stdout}");
    assert!(stdout.contains("class: "), "{stdout}");
    let named = run("named", &["digits"]).code(1);
    let stderr = String::from_utf8_lossy(&named.get_output().stderr).into_owned();
    assert!(stderr.contains("E0701") && !dir.path().join("named").exists(), "{stderr}");
}

/// Every refused run ends with a command, and that one is not refused.
#[test]
fn what_a_refusal_advises_runs() {
    let files = Files::write();
    let narrow = files.profile("narrow", "loihi1-davies2018", "[limits]\nmembrane_bits = 12\n");
    let narrow = narrow.to_str().unwrap();
    for (n, words) in [
        &["--profile", "truenorth", "--steps", "4"][..],
        &["--profile", "odin", "--steps", "4"],
        &["--profile", "dynap-se", "--steps", "4"],
        &["--profile", "speck", "--recipe", "paper", "--steps", "4"],
        &["--profile=speck", "--recipe=best,neuron=tracking", "--steps", "4"],
        &["--profile", narrow, "--steps", "4"],
    ]
    .iter()
    .enumerate()
    {
        let out = files.path(&format!("it's {n}"));
        let refused = files.run().args(*words).arg("--out").arg(&out).assert().code(1);
        let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        // A long message goes on in a line of its own.
        let stderr = stderr.replace(";\n  │ ", "; ");
        let (_, command) = stderr.split_once("; this command runs: ").unwrap_or_else(|| {
            panic!("{words:?}: {stderr}");
        });
        let command = command.trim_end().strip_prefix("spikemesh ").unwrap().to_string();
        assert!(!out.exists());
        let shell = format!("\"$0\" {command}");
        let mut again = assert_cmd::Command::new("sh");
        again.arg("-c").arg(shell).arg(assert_cmd::cargo::cargo_bin!("spikemesh"));
        again.assert().success();
        assert!(out.exists(), "{command}");
    }
}

/// The command that a message ends with, run where the message came from.
fn advised(message: &str, dir: &std::path::Path) -> assert_cmd::Command {
    let (_, command) = message.split_once("; this command runs: ").expect(message);
    let command = command.lines().next().unwrap().trim_end().strip_prefix("spikemesh ").unwrap();
    let mut again = assert_cmd::Command::new("sh");
    again.arg("-c").arg(format!("\"$0\" {command}")).current_dir(dir);
    again.arg(assert_cmd::cargo::cargo_bin!("spikemesh"));
    again
}

/// So do rows of a list, evaluations and searches.
#[test]
fn what_other_refusals_advise_runs() {
    let files = Files::write();
    let dir = files.dir.path();
    let list = files.path("list");
    let mut run = files.run();
    run.args(["--profile", "truenorth,loihi1-davies2018", "--steps", "4", "--out"]).arg(&list);
    run.assert().success();
    let reason = rows(&list.join("profiles.csv")).swap_remove(0).remove("reason").unwrap();
    advised(&reason, dir).assert().success();
    assert!(dir.join("reports/runs/small-truenorth-1/summary.csv").exists());
    // With changed values, and a chip whose default is another recipe than that of the command.
    let mut changed = files.run();
    changed.args(["--profile", "odin,truenorth", "--set", "limits.fan_in=1", "--steps", "4"]);
    changed.arg("--out").arg(files.path("changed"));
    changed.assert().code(1);
    let refused = rows(&files.path("changed/profiles.csv"));
    assert!(refused[1]["reason"].contains("--profile truenorth --set limits.fan_in=1"));
    advised(&refused[1]["reason"], dir).assert().success();
    let mut refused = spikemesh();
    refused.args(["eval", "digits", "--profile", "speck", "--checkpoints", "2", "--limit", "1"]);
    let refused = refused.current_dir(dir).assert().code(1);
    let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    advised(&stderr, dir).assert().success();
    for words in [
        &["eval", "digits", "--checkpoints", "2", "--limit", "1"][..],
        &["tune", "digits", "--steps", "4", "--pictures", "2", "--judge", "1", "--budget", "2"],
    ] {
        let mut refused = spikemesh();
        refused.args(words).args(["--profile", "truenorth", "--timing", "analytic"]);
        refused.current_dir(dir);
        let refused = refused.assert().code(1);
        let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        let ran = advised(&stderr, dir).assert().success();
        // A search ends with a command, too.
        let stdout = String::from_utf8_lossy(&ran.get_output().stdout).into_owned();
        let next = stdout.lines().find_map(|line| line.strip_prefix("  spikemesh run "));
        assert_eq!(next.is_some(), words[0] == "tune", "{stdout}");
        if let Some(next) = next {
            let mut run = assert_cmd::Command::new("sh");
            run.arg("-c").arg(format!("\"$0\" run {next}")).current_dir(dir);
            run.arg(assert_cmd::cargo::cargo_bin!("spikemesh")).assert().success();
        }
    }
}

/// A chip without a row of a comparison has a line with a command that gives it one.
#[test]
fn what_comparisons_advise_runs() {
    let files = Files::write();
    let dir = files.dir.path();
    let compare = |words: &[&str]| {
        let mut compare = spikemesh();
        compare.args(["compare", "digits", "--steps", "2", "--timing", "analytic"]);
        compare.args(words).current_dir(dir);
        String::from_utf8(compare.assert().success().get_output().stdout.clone()).unwrap()
    };
    // Of odin limits alone are not enough: spikes that are taken back answer each other there.
    for words in [&["--profile", "truenorth,odin", "--strict"][..], &["--profile=odin"]] {
        let stdout = compare(words);
        let absent: Vec<&str> =
            stdout.lines().filter(|line| line.contains(" refuses the network: ")).collect();
        assert_eq!(absent.len(), if words.len() > 1 { 2 } else { 1 }, "{stdout}");
        for line in absent {
            let ran = advised(line, dir).assert().success();
            let stdout = String::from_utf8_lossy(&ran.get_output().stdout).into_owned();
            assert!(!stdout.contains(" refuses the network: "), "{stdout}");
        }
    }
}

/// Networks with a place of their own get one, too, and a sentence where there is none.
#[test]
fn what_refusals_of_placed_networks_advise_runs() {
    let files = Files::write();
    let net = files.path("net");
    std::fs::create_dir(&net).unwrap();
    let write = |name: &str, text: &str| std::fs::write(net.join(name), text).unwrap();
    write("neurons.csv", "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,1\n");
    write("synapses.csv", "pre,post,weight\n0,1,99\n");
    write("inputs.csv", "step,neuron\n1,0\n");
    let run = |words: &[&str]| {
        let mut run = spikemesh();
        run.args(["run", "net"]).args(words).current_dir(files.dir.path());
        let output = run.output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for words in [
        &["--profile", "odin"][..],
        &["--set", "limits.weight_bits=4"],
        &["--profile", "odin", "--set", "topology.cores_per_tile=2", "--timing", "links"],
    ] {
        advised(&run(words), files.dir.path()).assert().success();
    }
    // A list names other chips already.
    run(&["--profile", "odin,loihi2", "--set", "limits.weight_bits=4", "--out", "list"]);
    let refused = rows(&files.path("list/profiles.csv"));
    assert!(refused[0]["reason"].ends_with("no command was found that runs in place of this one"));
    advised(&refused[1]["reason"], files.dir.path()).assert().success();
    // No chip has so many tiles.
    write("neurons.csv", "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,99999999,1\n");
    let told = run(&["--profile", "odin"]);
    let none = "; no command was found that runs in place of this one";
    assert!(told.trim_end().ends_with(none), "{told}");
    let told = run(&["--profile", "odin,loihi2", "--out", "all"]);
    assert!(told.contains("E2041") && told.trim_end().ends_with(none), "{told}");
}

/// Without steps and limits the default still finds what the float network does.
#[test]
fn the_default_without_steps_finds_the_digits() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut run = spikemesh();
    run.args(["run", "digits", "--profile", "speck", "--idealised", "--out"]).arg(&out);
    run.assert().success();
    let seen = |system: &str| -> Vec<String> {
        let boxes = rows(&out.join("detections.csv")).into_iter();
        let seen = boxes.filter(|row| row["system"] == system);
        let seen = seen.filter(|row| row["score"].parse::<f64>().unwrap() >= 0.3);
        let mut classes: Vec<String> = seen.map(|row| row["class"].clone()).collect();
        classes.sort();
        classes
    };
    assert_eq!(seen("spiking"), seen("float"));
    assert!(seen("float").len() > 3);
}
