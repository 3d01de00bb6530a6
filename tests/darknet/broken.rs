//! Files that are damaged, hostile or not supported: errors that say where, never a panic.

use std::path::Path;

use proptest::prelude::*;
use spikemesh::ann::op::{Conv, MaxPool};
use spikemesh::ann::{Graph, Op, exec};
use spikemesh::import::{self, Error, darknet};

use super::common::{Random, parse, weights};

const GOOD: &str = "[net]
width=8
height=8
channels=2
[convolutional]
batch_normalize=1
filters=4
size=3
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[upsample]
stride=2
[route]
layers=-1,0
[convolutional]
filters=8
size=1
activation=linear
[shortcut]
from=3
activation=linear
[yolo]
mask=0
classes=3
";

fn numbers() -> Vec<f32> {
    vec![0.25; 4 * 4 + 4 * 2 * 9 + 8 + 8 * 8]
}

#[test]
fn the_file_before_it_breaks() {
    run(&parse(GOOD, &numbers()).unwrap());
}

#[test]
fn faults_are_named_with_their_line_and_layer() {
    for (from, to, says) in [
        ("[net]\n", "width=8\n[net]\n", &["line 1", "before the first section"][..]),
        ("[net]", "[maxpool]", &["line 1", "[maxpool]", "must be [net]"]),
        ("width=8\n", "", &["line 1", "[net]", "width is missing"]),
        ("width=8", "width=0", &["line 2", "width is 0"]),
        ("width=8", "width=99999999999999999999", &["line 2", "'99999999999999999999'", "32 bits"]),
        ("width=8", "width=2000000000", &["line 2", "width is 2000000000"]),
        ("width=8", "width=wide", &["line 2", "'wide'"]),
        ("width=8", "width 8", &["line 2", "'width8'", "key=value"]),
        ("width=8", "width=8\nwidth=9", &["line 3", "width stands twice", "line 2"]),
        ("[maxpool]", "[maxpool", &["line 11", "closing ]"]),
        ("[maxpool]", "[lstm]", &["line 11", "layer 1 [lstm]", "not supported"]),
        ("filters=4\n", "", &["line 5", "layer 0 [convolutional]", "filters is missing"]),
        ("size=3\n", "", &["line 5", "size is missing"]),
        ("size=3", "size=x", &["line 8", "layer 0", "'x'"]),
        ("size=3", "size=30000", &["line 8", "size is 30000"]),
        ("size=3\npad=1", "size=9", &["line 5", "9 cells", "8 cells"]),
        ("size=3", "size=3\ngroups=3", &["line 9", "3 groups", "2 channels"]),
        ("size=3", "size=4\ndilation=2", &["line 9", "dilation"]),
        ("size=3", "size=3\nxnor=1", &["line 9", "xnor='1'"]),
        ("size=3", "size=3\nshare_index=0", &["line 9", "'share_index'"]),
        ("activation=leaky", "activation=stair", &["line 10", "layer 0", "'stair'", "relu6"]),
        ("activation=leaky", "activation=maxout", &["line 10", "'maxout'"]),
        ("activation=leaky\n", "", &["line 5", "activation is missing"]),
        (
            "stride=2\n[up",
            "stride=2\npadding=9\n[up",
            &["line 14", "layer 1 [maxpool]", "padding 9"],
        ),
        (
            "stride=2\n[route]",
            "stride=-2\n[route]",
            &["line 15", "layer 2 [upsample]", "stride is -2"],
        ),
        ("stride=2\n[route]", "stride=1000\n[route]", &["layer 3", "line 17", "4 x 4000 x 4000"]),
        (
            "layers=-1,0",
            "layers=-1,1",
            &["line 17", "layer 3 [route]", "1 makes 4 x 4 x 4", "4 x 8 x 8"],
        ),
        ("layers=-1,0", "layers=-1,3", &["line 17", "3 is layer 3", "not before"]),
        ("layers=-1,0", "layers=-4", &["line 17", "-4 is layer -1"]),
        ("layers=-1,0", "layers=-2147483648", &["line 17", "-2147483648"]),
        ("layers=-1,0", "layers=-1,", &["line 17", "''"]),
        ("layers=-1,0", "layers=-1\ngroups=2\ngroup_id=2", &["line 19", "group_id 2", "0 to 1"]),
        ("layers=-1,0", "layers=-1\ngroups=3", &["line 18", "3 groups", "4 channels"]),
        ("layers=-1,0\n", "", &["line 16", "layers is missing"]),
        ("from=3", "from=0", &["line 23", "layer 5 [shortcut]", "0 makes 4 x 8 x 8", "8 x 8 x 8"]),
        ("from=3", "from=5", &["line 23", "5 is layer 5"]),
        ("from=3", "from=3\nweights_type=per_feature", &["line 24", "per_feature"]),
        ("classes=3", "classes=4", &["line 25", "layer 6 [yolo]", "8 channels", "are 9"]),
        ("classes=3", "classes=3\n[maxpool]", &["layer 7 [maxpool]", "[route]"]),
        ("classes=3", "classes=3\n[route]\nlayers=6", &["layer 7 [route]", "boxes"]),
        ("[yolo]\nmask=0\nclasses=3\n", "", &["no [yolo] or [region]"]),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1), &numbers()).unwrap_err().to_string();
        assert!(error.starts_with("small.cfg"), "{error}");
        for part in says {
            assert!(error.contains(part), "{to}: {error} lacks {part}");
        }
    }
    assert!(parse("", &[]).unwrap_err().to_string().contains("no sections"));
}

/// A few lines may ask for more than any memory holds.
#[test]
fn absurd_sizes_are_errors() {
    let up = "[upsample]\nstride=1024\n".repeat(8);
    let cat = format!("[route]\nlayers=0{}\n", ",-1".repeat(1000));
    for layers in [up, cat.repeat(12)] {
        let cfg = format!("[net]\nwidth=64\nheight=64\nchannels=3\n[dropout]\n{layers}");
        let error = parse(&cfg, &[]).unwrap_err().to_string();
        assert!(error.contains("too large") && error.contains("layer"), "{error}");
    }
    let cfg = "[net]\nwidth=64\nheight=64\nchannels=16384\n[conv]\nfilters=1000000\nsize=1023\npad=1\n\
               activation=relu\n";
    let error = parse(cfg, &[]).unwrap_err().to_string();
    assert!(error.contains("1000000 numbers for biases") && error.contains("layer 0"), "{error}");
}

#[test]
fn weights_must_fit_the_cfg() {
    let all = numbers();
    let check = |numbers: &[f32], says: &[&str]| {
        let error = parse(GOOD, numbers).unwrap_err().to_string();
        for part in [&["small.weights"], says].concat() {
            assert!(error.contains(part), "{error} lacks {part}");
        }
    };
    check(
        &[],
        &["layer 0 [convolutional]", "line 5", "4 numbers for batch norm shifts", "only 0 bytes"],
    );
    check(&all[..20], &["layer 0", "72 numbers for weights", "after 16 numbers only 16 bytes"]);
    check(&all[..all.len() - 1], &["layer 4 [convolutional]", "line 18", "64 numbers for weights"]);
    check(&[&all[..], &[0.0]].concat(), &["4 bytes are left"]);
    let with = |at: usize, x: f32| {
        all.iter().enumerate().map(|(i, &a)| if i == at { x } else { a }).collect()
    };
    let (nan, negative): (Vec<f32>, Vec<f32>) = (with(20, f32::NAN), with(13, -1.0));
    check(&nan, &["layer 0", "NaN among its weights", "number 20"]);
    check(&negative, &["layer 0", "variance -1 of channel 1"]);
    // Training leaves such ones behind.
    parse(GOOD, &with(13, -1e-40)).unwrap();
}

#[test]
fn the_two_files_are_found_by_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let cfg = folder.path().join("tiny.v1.cfg");
    std::fs::write(&cfg, GOOD).unwrap();
    let error = import::load(&cfg).unwrap_err().to_string();
    assert!(error.contains("tiny.v1.weights") && error.contains("beside it"), "{error}");
    let beside = folder.path().join("tiny.v1.weights");
    std::fs::write(&beside, weights(&numbers())).unwrap();
    let imported = import::open(&cfg).unwrap();
    assert_eq!(imported.name, "tiny.v1");
    let before = imported.sha256;
    assert!(import::load(&beside).unwrap_err().to_string().contains("give the .cfg"));
    // The hash is of both files.
    std::fs::write(&beside, weights(&vec![0.5; numbers().len()])).unwrap();
    assert_ne!(import::open(&cfg).unwrap().sha256, before);
}

/// Runs a network, unless it is too large for a test.
fn run(graph: &Graph) {
    let wide = |op: &Op| match op {
        Op::Conv(Conv { window, .. }) | Op::MaxPool(MaxPool { window }) => window.kernel[0] > 16,
        _ => false,
    };
    let elements: usize = graph.nodes.iter().map(|n| n.shape.len()).sum();
    if elements < 20_000 && !graph.nodes.iter().any(|n| wide(&n.op)) {
        // Damaged weights may be numbers that lead to none.
        match exec::run(graph, &vec![0.5; graph.input_shape().len()]) {
            Ok(_) | Err(exec::Error::NoNumber { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads and runs whatever bytes; weights that are too long are cut to fit.
fn read(cfg: &[u8], weights: &[u8]) -> Result<(), Error> {
    let path = Path::new("small.cfg");
    let graph = match darknet::parse(path, cfg, weights) {
        Err(Error::Invalid { what, .. }) if what.contains(" bytes are left after the ") => {
            let surplus: usize = what.split(' ').next().unwrap().parse().unwrap();
            darknet::parse(path, cfg, &weights[..weights.len() - surplus])
        }
        other => other,
    }?;
    run(&graph);
    Ok(())
}

#[test]
fn truncated_files_never_panic() {
    let good = weights(&numbers());
    for end in 0..good.len() {
        let error =
            darknet::parse(Path::new("small.cfg"), GOOD.as_bytes(), &good[..end]).unwrap_err();
        assert!(error.to_string().starts_with("small.weights"), "{error}");
    }
    // All that stands behind the head may go; without it nothing is read.
    let head = GOOD.find("[yolo]").unwrap();
    for end in 0..GOOD.len() - 1 {
        let result = read(&GOOD.as_bytes()[..end], &good);
        assert!(end > head || result.is_err(), "{end}");
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let (cfg, good) = (GOOD.as_bytes(), weights(&numbers()));
    let mut random = Random(5);
    let (mut fine, mut wrong) = (0, 0);
    for round in 0..4000 {
        let (mut cfg, mut weights) = (cfg.to_vec(), good.clone());
        for _ in 0..=random.bits() % 3 {
            let damaged = if round % 2 == 0 { &mut cfg } else { &mut weights };
            let at = (random.bits() % damaged.len() as u64) as usize;
            damaged[at] = (random.bits() >> 8) as u8;
        }
        *(if read(&cfg, &weights).is_ok() { &mut fine } else { &mut wrong }) += 1;
    }
    println!("{fine} networks, {wrong} errors");
    assert!(fine > 0 && wrong > 0);
}

/// Sections and keys as Darknet has them, with any values.
fn any_section() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "conv",
        "convolutional",
        "maxpool",
        "route",
        "shortcut",
        "upsample",
        "dropout",
        "avgpool",
        "yolo",
        "region",
    ]);
    let key = prop::sample::select(vec![
        "filters",
        "size",
        "stride",
        "stride_x",
        "pad",
        "padding",
        "groups",
        "group_id",
        "dilation",
        "layers",
        "from",
        "mask",
        "classes",
        "num",
        "coords",
        "activation",
        "batch_normalize",
        "scale",
    ]);
    let value = prop_oneof![
        4 => (0i64..4).prop_map(|n| n.to_string()),
        2 => (-4i64..9).prop_map(|n| n.to_string()),
        1 => any::<i64>().prop_map(|n| n.to_string()),
        1 => any::<i32>().prop_map(|n| n.to_string()),
        1 => prop::sample::select(vec!["-1,-2", "0,0,0", "-1", ",", "", "x", "1e3", "linear", "relu"])
            .prop_map(str::to_owned),
    ];
    let keys = prop::collection::vec((key, value), 0..6);
    (name, keys, any::<bool>()).prop_map(|(name, keys, usual)| {
        // Half of them with what most sections need, or nearly every file would fail at its start.
        let usual = match (usual, name) {
            (true, "conv" | "convolutional") => "filters=4\nsize=3\nactivation=leaky\n",
            (true, "route") => "layers=-1\n",
            (true, "shortcut") => "from=-1\n",
            (true, "yolo" | "region") => "num=1\nclasses=0\n",
            _ => "",
        };
        let keys: String = if usual.is_empty() {
            keys.iter().map(|(k, v)| format!("{k}={v}\n")).collect()
        } else {
            keys.iter()
                .filter(|(k, _)| matches!(*k, "stride" | "pad" | "groups"))
                .map(|(k, v)| format!("{k}={v}\n"))
                .collect()
        };
        format!("[{name}]\n{usual}{keys}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_sections_never_panic(
        sections in prop::collection::vec(any_section(), 0..8),
        channels in 1usize..7,
    ) {
        let cfg = format!("[net]\nwidth=7\nheight=9\nchannels={channels}\n{}", sections.concat());
        // Ended by a head that fits where five channels are left.
        let bytes = weights(&vec![0.5; 4000]);
        let _ = read(cfg.as_bytes(), &bytes);
        let _ = read(format!("{cfg}[yolo]\nclasses=0\n").as_bytes(), &bytes);
    }

    #[test]
    fn any_bytes_never_panic(cfg: Vec<u8>, text: String, bytes: Vec<u8>) {
        let _ = read(&cfg, &bytes);
        let _ = read(text.as_bytes(), &bytes);
        let _ = read(GOOD.as_bytes(), &bytes);
        let _ = read(&[GOOD.as_bytes(), &cfg].concat(), &weights(&numbers()));
    }
}

/// The same on a trained network of the shared folder.
#[test]
fn a_truncated_network_is_an_error() {
    let stem = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/models/yoloface-50k/yoloface-50k.cfg");
    if !stem.exists() {
        println!("skipped: {} is missing", stem.display());
        return;
    }
    let cfg = std::fs::read(&stem).unwrap();
    let bytes = std::fs::read(stem.with_extension("weights")).unwrap();
    for end in (0..bytes.len()).step_by(97) {
        let error = darknet::parse(&stem, &cfg, &bytes[..end]).unwrap_err().to_string();
        assert!(error.contains("yoloface-50k.weights"), "{error}");
    }
    for end in (0..cfg.len()).step_by(11) {
        if let Err(error) = darknet::parse(&stem, &cfg[..end], &bytes) {
            assert!(error.to_string().contains("yoloface-50k."), "{error}");
        }
    }
}
