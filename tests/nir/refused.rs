//! What is refused: by name, with a reason and with what helps.

use std::path::Path;

use spikemesh::import::nir::{self, Verdict};
use spikemesh::import::{self, Options};

use crate::small_detector::{Files, spikemesh};

use super::exporters::file;
use super::read;
use super::writer::Nir;

const IF: [(&str, f32); 2] = [("r", 1.0), ("v_threshold", 1.0)];

/// What is done to a node, at its place.
type Change = fn(&mut Nir, &str);

/// A network with one thing that is wrong.
fn wrong(change: impl FnOnce(&mut Nir)) -> Vec<u8> {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[4]);
    nir.linear("fc", &["input"], [3, 4]);
    nir.scalars("if", "IF", &["fc"], &IF);
    nir.output("output", &["if"], &[3]);
    change(&mut nir);
    nir.finish()
}

/// What reading it says, with each of these words in it.
fn says(bytes: &[u8], words: &[&str]) {
    let told = read(bytes, None).unwrap_err().to_string();
    for word in ["model.nir: "].iter().chain(words) {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(told.len() < 1000 && !told.contains('\n'), "{told}");
}

#[test]
fn nodes_are_refused_by_name() {
    let lif = |tau: f32| [("tau", tau), ("r", 1.0), ("v_leak", 0.0), ("v_threshold", 1.0)];
    let after = ["if"];
    says(&wrong(|n| n.scalars("x", "MaxPool2d", &after, &[])), &["MaxPool2d", "'x'", "SumPool2d"]);
    says(&wrong(|n| n.scalars("x", "CubaLIFF", &after, &[])), &["CubaLIFF", "CubaLIF,"]);
    says(&wrong(|n| n.linear("x", &after, [3, 5])), &["Linear", "'x'", "[5]", "[3]"]);
    says(&wrong(|n| n.scalars("x", "LIF", &after, &lif(1e-5))), &["'x'", "shorter than a step"]);
    let steps = ["'x'", "tau of 20 s", "4096 steps", "--dt 1"];
    says(&wrong(|n| n.scalars("x", "LIF", &after, &lif(20.0))), &steps);
    says(&wrong(|n| n.scalars("x", "LIF", &after, &lif(0.0))), &["'x'", "more than 0 s"]);
    says(&wrong(|n| n.scalars("x", "LIF", &after, &lif(f32::NAN))), &["'x'", "tau is NaN"]);
    says(&wrong(|n| n.scalars("x", "LIF", &after, &lif(0.1)[..3])), &["'x'", "no v_threshold"]);
    says(&wrong(|n| n.layer("x", "IF", &after, &[7], &IF)), &["'x'", "[7]", "[3]"]);
    says(&wrong(|n| n.edge("input", "if")), &["'if'", "[3]", "[4]", "'fc'"]);
    says(&wrong(|n| n.output("o2", &after, &[5])), &["Output", "'o2'", "[5]", "[3]"]);
    says(
        &wrong(|n| {
            let path = n.node("x", "Delay", &after);
            n.floats(&format!("{path}/delay"), &[3], &[1e-3, 2e-3, 3e-3]);
        }),
        &["Delay", "'x'", "different delays"],
    );
    says(&wrong(|n| n.scalars("x", "Delay", &after, &[("delay", 1e9)])), &["'x'", "65535"]);
    says(&wrong(|n| n.text("node/nodes/if/metadata/reset", "soft")), &["'if'", "soft", "subtract"]);
    says(&wrong(|n| n.text("node/nodes/if/metadata/dt", "soft")), &["'if'", "dt", "numbers"]);
}

/// Potentials that are read are no spikes for others; a graph has one step, said in one place.
#[test]
fn what_sends_nothing_and_clocks_that_differ_are_refused() {
    let li = [("tau", 0.02), ("r", 1.0), ("v_leak", 0.0)];
    let behind = |kind: &str, values: &[(&str, f32)]| {
        wrong(|nir| {
            nir.scalars("held", kind, &["if"], values);
            nir.linear("last", &["held"], [2, 3]);
            nir.scalars("if2", "IF", &["last"], &IF);
            nir.output("o2", &["if2"], &[2]);
        })
    };
    says(&behind("LI", &li), &["LI", "'held'", "sends no spikes", "Output"]);
    says(&behind("I", &li[1..2]), &["'held'", "sends no spikes"]);
    let scaled = wrong(|nir| {
        nir.scalars("held", "LI", &["if"], &li);
        nir.scalars("more", "Scale", &["held"], &[("scale", 2.0)]);
        nir.output("o2", &["more"], &[3]);
    });
    says(&scaled, &["'held'", "sends no spikes"]);
    let nested = |own: Option<f32>, inner: f32| {
        wrong(|nir| {
            nir.enter("inner", &["if"]);
            nir.floats("node/nodes/inner/metadata/dt", &[], &[inner]);
            nir.input("input", &[3]);
            nir.linear("fc", &["input"], [2, 3]);
            nir.scalars("if2", "IF", &["fc"], &IF);
            nir.output("output", &["if2"], &[2]);
            nir.leave();
            nir.output("o2", &["inner"], &[2]);
            own.into_iter().for_each(|dt| nir.floats("node/metadata/dt", &[], &[dt]));
        })
    };
    let dt = read(&nested(None, 0.002), None).unwrap().graph.dt;
    assert!((dt - 0.002).abs() < 1e-9, "{dt}");
    says(&nested(Some(0.001), 0.002), &["0.001 s and 0.002 s", "--dt"]);
    let number = wrong(|nir| nir.int("node/metadata/reset", 1));
    says(&number, &["reset is no word"]);
}

#[test]
fn convolutions_are_refused_by_name() {
    let conv = |change: Change| {
        let mut nir = Nir::new("1.0.8");
        nir.input("input", &[4, 8, 8]);
        let path = nir.node("c", "Conv2d", &["input"]);
        nir.weights(&format!("{path}/weight"), &[4, 4, 3, 3]);
        change(&mut nir, &path);
        nir.output("output", &["c"], &[4, 6, 6]);
        nir.finish()
    };
    assert!(read(&conv(|_, _| {}), None).is_ok());
    let all: [(Change, &[&str]); 6] = [
        (|n, p| n.int(&format!("{p}/groups"), 3), &["'c'", "4 outputs", "3 groups"]),
        (|n, p| n.int(&format!("{p}/stride"), 0), &["'c'", "stride"]),
        (|n, p| n.int(&format!("{p}/dilation"), 9), &["'c'", "reaches over 19"]),
        (|n, p| n.text(&format!("{p}/padding"), "reflect"), &["'c'", "reflect", "same"]),
        (|n, p| n.ints(&format!("{p}/input_shape"), &[9, 9]), &["'c'", "[4, 9, 9]", "[4, 8, 8]"]),
        (|n, p| n.floats(&format!("{p}/bias"), &[3], &[0.0; 3]), &["'c'", "bias has 3"]),
    ];
    for (change, words) in all {
        says(&conv(change), words);
    }
}

#[test]
fn graphs_are_refused() {
    says(&wrong(|n| n.edge("if", "nowhere")), &["'if'", "'nowhere'", "no node"]);
    says(&wrong(|n| n.edge("fc", "if")), &["'fc'", "'if'", "twice"]);
    says(
        &wrong(|n| {
            n.scalars("x", "Scale", &["y"], &[("scale", 1.0)]);
            n.scalars("y", "Scale", &["x", "fc"], &[("scale", 1.0)]);
            n.edge("y", "if");
        }),
        &["Scale", "'x'", "loop without a neuron"],
    );
    says(
        &wrong(|n| {
            let name = |n: usize, side: usize| format!("s{n}{}", ["a", "b"][side]);
            for at in 0..14 {
                for side in 0..2 {
                    let before = match at {
                        0 => vec!["if".to_owned()],
                        _ => vec![name(at - 1, 0), name(at - 1, 1)],
                    };
                    let before: Vec<&str> = before.iter().map(String::as_str).collect();
                    n.scalars(&name(at, side), "Scale", &before, &[("scale", 1.0)]);
                }
            }
            n.output("far", &["s13a", "s13b"], &[3]);
        }),
        &["'if'", "10000 paths"],
    );
    says(&wrong(|n| n.edge("if", "input")), &["Input", "'input'", "into it"]);
    says(&wrong(|n| n.edge("output", "if")), &["Output", "'output'", "out of it"]);
    says(&file("lzf"), &["node/nodes/fc/weight", "unsupported filter", "gzip"]);
    says(&file("cyclic"), &["node/nodes/sub", "contains itself"]);
    says(b"{}", &["HDF5", "cut short"]);
    let slash = wrong(|n| n.scalars("a/b", "IF", &[], &IF));
    says(&slash, &["node/nodes/a", "`/`"]);
}

/// Names of the file do not break lines, nor fill a screen.
#[test]
fn names_are_told_in_one_line() {
    let name = format!("\u{1b}[2J\n{}", "x".repeat(5000));
    says(&wrong(|n| n.scalars(&name, "None", &["if"], &[])), &["\\u{1b}[2J\\nxxx", "\u{2026}"]);
}

/// A check tells all nodes, not the first that is wrong.
#[test]
fn a_check_goes_on() {
    let bytes = wrong(|n| {
        n.scalars("x", "MaxPool2d", &["if"], &[]);
        n.scalars("y", "Softmax", &["x"], &[]);
        n.linear("z", &["if"], [3, 5]);
    });
    let nodes = nir::check(Path::new("model.nir"), &bytes, &Options::default()).unwrap();
    let wrong = nodes.iter().filter(|node| matches!(node.verdict, Verdict::Unsupported(_)));
    let wrong: Vec<&str> = wrong.map(|node| node.name.as_str()).collect();
    assert_eq!((nodes.len(), wrong), (7, vec!["x", "y", "z"]));
}

#[test]
fn inspect_tells_nodes_and_layers() {
    let files = Files::write();
    let inspect = |bytes: &[u8], words: &[&str], code: i32| {
        let path = files.path("model.nir");
        std::fs::write(&path, bytes).unwrap();
        let output = spikemesh().arg("inspect").arg(&path).args(words).assert().code(code);
        let output = output.get_output();
        let [out, err] = [&output.stdout, &output.stderr];
        let [out, err] = [out, err].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
        (out, err)
    };
    let (out, err) = inspect(&file("spikingjelly"), &["--dt", "1e-4"], 0);
    for word in ["approximate: decays of 12 bits", "4 x 8 x 8", "0.5000", "8 nodes: 6 faithful"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(err.contains("sets the potential"), "{err}");
    let (out, _) = inspect(&file("snntorch"), &["--dt", "1e-4", "--reset", "subtract"], 0);
    assert!(out.contains("subtract"), "{out}");
    let (out, err) = inspect(&file("norse"), &[], 1);
    assert!(out.contains("UNSUPPORTED") && out.contains("2 unsupported"), "{out}");
    assert!(err.contains("E0205"), "{err}");
    inspect(&file("norse"), &["--dt", "-1"], 2);
    inspect(&file("norse"), &["--dt", "1e-6", "--recipe", "best"], 1);
}

/// Other files have no step that could be given; other names are found out.
#[test]
fn nir_alone_has_a_step() {
    let files = Files::write();
    for option in [["--dt", "0.001"], ["--reset", "zero"]] {
        let output = spikemesh().arg("inspect").arg(&files.network).args(option).assert().code(1);
        let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(told.contains(&format!("leave out {}", option[0])), "{told}");
    }
    let path = files.path("model.h5");
    std::fs::write(&path, file("sinabs")).unwrap();
    assert!(matches!(import::open(&path).unwrap().network, import::Network::Spiking(_)));
    let output =
        spikemesh().arg("run").arg(&path).arg("--input").arg(&files.image).assert().code(1);
    let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(told.contains("E0631"), "{told}");
}
