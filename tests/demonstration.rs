//! The networks inside the program that stand in where a chip refuses the default one.

use std::path::Path;

use spikemesh::convert::Recipe;
use spikemesh::import;
use spikemesh::mapping::Placement;
use spikemesh::pipeline::{self, Prepared, Sample, Settings, Timing, best_class};
use spikemesh::profile;

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
        let pixel = |i: usize| {
            sheet.get_pixel((left + i % SIDE) as u32, (top + i / SIDE) as u32).0[0]
        };
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
    let read = |name: &str, header: usize| {
        Some(std::fs::read(folder.join(name)).ok()?.split_off(header))
    };
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
fn prepared(network: &str, profile: &str) -> (Prepared, spikemesh::ann::Graph) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/networks")
        .join(format!("{network}.onnx"));
    let imported = import::open(&path).unwrap();
    let graph = imported.network.graph().unwrap().clone();
    let sample = |values: Vec<f32>| {
        Sample::new(&graph, "calibration".into(), String::new(), &values).unwrap()
    };
    let samples: Vec<Sample> = sheet("calibration.png").into_iter().map(sample).collect();
    let profile = profile::load(profile).unwrap();
    let settings = Settings {
        steps: pipeline::suited_steps(&Recipe::best(), &profile),
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: pipeline::suited(&Recipe::best(), &profile),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        command: String::new(),
    };
    (pipeline::prepare(imported, profile, settings, &samples[..]).unwrap(), graph)
}

/// Digits whose class the float network finds, and the spiking one on the chip.
fn right(network: &str, profile: &str, digits: &[Digit]) -> [usize; 2] {
    let (prepared, graph) = prepared(network, profile);
    let mut right = [0, 0];
    for digit in digits {
        let sample = Sample::new(&graph, "digit".into(), String::new(), &digit.values).unwrap();
        let outcome = prepared.emulate(Some(&sample), || {}).unwrap();
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
