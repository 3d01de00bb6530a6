//! Networks and inputs that are not taken as they stand are taken with a word, or not at all.

use std::fs;
use std::path::Path;

use super::writer::Nir;
use crate::small_detector::{Files, spikemesh};

const IF: [(&str, f32); 2] = [("r", 1.0), ("v_threshold", 1.0)];

/// Four pixels of a camera onto three neurons.
fn camera(change: impl FnOnce(&mut Nir)) -> Vec<u8> {
    let mut nir = flat(&[2, 2, 2]);
    nir.linear("fc", &["flat"], [3, 8]);
    nir.scalars("if", "IF", &["fc"], &IF);
    nir.output("output", &["if"], &[3]);
    change(&mut nir);
    nir.finish()
}

/// An input of this shape as a line.
fn flat(shape: &[i64; 3]) -> Nir {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", shape);
    let flat = nir.node("flat", "Flatten", &["input"]);
    nir.int(&format!("{flat}/start_dim"), 0);
    nir.int(&format!("{flat}/end_dim"), -1);
    nir.ints(&format!("{flat}/input_type"), shape);
    nir
}

/// What `run` writes to standard output, as one line, and its manifest.
fn run(files: &Files, network: &[u8], input: &Path, more: &[&str]) -> [String; 2] {
    let (path, out) = (files.path("n.nir"), files.path("out"));
    fs::write(&path, network).unwrap();
    let _ = fs::remove_dir_all(&out);
    let mut run = spikemesh();
    run.arg("run").arg(path).arg("--input").arg(input).arg("--out").arg(&out).args(more);
    let done = run.args(["--timing", "analytic", "--plots", "none"]).assert().success();
    let text = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
    [text.split_whitespace().collect::<Vec<_>>().join(" "), manifest]
}

/// The steps of neurons and of recordings are one, or a note tells of two.
#[test]
fn a_recording_is_cut_by_the_network_s_dt() {
    let files = Files::write();
    let input = files.path("r.csv");
    fs::write(&input, "t,x,y,p\n10000,0,0,1\n1100000,1,1,0\n").unwrap();
    let leaks = [("tau", 2.0), ("r", 1.0), ("v_leak", 0.0), ("v_threshold", 1.0)];
    let leaky = camera(|nir| {
        nir.linear("fc2", &["if"], [3, 3]);
        nir.scalars("lif", "LIF", &["fc2"], &leaks);
        nir.output("out2", &["lif"], &[3]);
    });
    let long = "events are cut into steps of 0.1 s, which is the network's dt";
    let [text, manifest] = run(&files, &leaky, &input, &["--dt", "0.1"]);
    assert!(text.contains(long) && manifest.contains("in steps of 100000 us"), "{text}");
    assert!(manifest.contains("steps = 12\n"), "{manifest}");
    let two = "the network counts steps of 0.1 s, and its inputs come in those of 0.01 s";
    let [text, manifest] = run(&files, &leaky, &input, &["--dt", "0.1", "--bin", "0.01"]);
    assert!(text.contains(two) && manifest.contains("in steps of 10000 us"), "{text}");
    let [text, _] = run(&files, &leaky, &input, &["--dt", "0.01"]);
    assert!(!text.contains("counts steps") && !text.contains("which is the network's"), "{text}");
    // What only adds up knows no time.
    let [text, _] = run(&files, &camera(|_| {}), &input, &["--bin", "0.01"]);
    assert!(!text.contains("counts steps"), "{text}");
    let biased = camera(|nir| {
        let fc = nir.node("fc2", "Affine", &["if"]);
        nir.floats(&format!("{fc}/weight"), &[1, 3], &[1.0; 3]);
        nir.floats(&format!("{fc}/bias"), &[1], &[0.1]);
        nir.scalars("if2", "IF", &["fc2"], &IF);
        nir.output("out2", &["if2"], &[1]);
    });
    let [text, _] = run(&files, &biased, &input, &["--bin", "0.01"]);
    assert!(text.contains("the network counts steps of 0.001 s"), "{text}");
}

#[test]
fn rules_of_events_are_changed_and_said() {
    let files = Files::write();
    let (input, picture) = (files.path("r.csv"), files.path("p.png"));
    fs::write(&input, "t,x,y,p\n0,0,0,1\n1,0,0,1\n2,5,0,1\n3,1,1,0\n").unwrap();
    image::GrayImage::new(2, 2).save(&picture).unwrap();
    let rules = ["--events", "swap-polarity,drop-outside,one-a-step"];
    let [text, manifest] = run(&files, &camera(|_| {}), &input, &rules);
    for said in ["1 event outside of the frame, left out", "1 event merged with others"] {
        assert!(text.contains(said), "{text}");
    }
    assert!(manifest.contains("(swap-polarity,drop-outside,one-a-step)"), "{manifest}");
    let mut grey = flat(&[1, 2, 2]);
    grey.linear("fc", &["flat"], [3, 4]);
    grey.scalars("if", "IF", &["fc"], &IF);
    grey.output("output", &["if"], &[3]);
    fs::write(files.path("grey.nir"), grey.finish()).unwrap();
    let mut idle = spikemesh();
    idle.arg("run").arg(files.path("grey.nir")).arg("--input").arg(picture).args(rules);
    let refused = idle.assert().code(1);
    let told = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(told.contains("E2040") && told.contains("--events"), "{told}");
}

#[test]
fn what_is_left_out_of_a_recording_is_said() {
    let files = Files::write();
    let (input, far) = (files.path("r.csv"), files.path("far.csv"));
    let crowd = "0,1,1,1\n".repeat(300);
    fs::write(&input, format!("t,x,y,p\n{crowd}1000,0,0,0\n2000,0,0,1\n")).unwrap();
    fs::write(&far, "t,x,y,p\n5000000,1,1,1\n5000500,0,0,0\n").unwrap();
    let net = camera(|_| {});
    let beyond = "45 events beyond 255 of one pixel in one step, left out";
    let late = "1 event after the last step, left out";
    let [text, manifest] = run(&files, &net, &input, &[]);
    assert!(text.contains(beyond) && manifest.contains(beyond), "{text}");
    assert!(!text.contains(late), "{text}");
    let [text, manifest] = run(&files, &net, &input, &["--steps", "2"]);
    assert!(text.contains(late) && manifest.contains(late), "{text}");
    let [text, _] = run(&files, &net, &far, &[]);
    assert!(text.contains("time zero is the first event, at 5000000 us"), "{text}");
    // Spikes of an array, in whatever integers.
    let array = files.path("train.npy");
    let spikes = ndarray::Array2::from_shape_fn((6, 4), |(step, n)| i16::from(step % 4 == n));
    ndarray_npy::write_npy(&array, &spikes).unwrap();
    let mut line = Nir::new("1.0.8");
    line.input("input", &[4]);
    line.linear("fc", &["input"], [3, 4]);
    line.scalars("if", "IF", &["fc"], &IF);
    line.output("output", &["if"], &[3]);
    let [text, manifest] = run(&files, &line.finish(), &array, &["--steps", "4"]);
    let late = "2 spikes after the last step, left out";
    assert!(text.contains(late) && manifest.contains(late), "{text}");
    // A picture of another size.
    let picture = files.path("wide.png");
    image::GrayImage::new(7, 4).save(&picture).unwrap();
    let mut grey = flat(&[1, 2, 2]);
    grey.linear("fc", &["flat"], [3, 4]);
    grey.scalars("if", "IF", &["fc"], &IF);
    grey.output("output", &["if"], &[3]);
    let [text, _] = run(&files, &grey.finish(), &picture, &[]);
    assert!(text.contains("stretched from 4 x 7 to 2 x 2 pixels"), "{text}");
}

/// On several chips, and beside devices, it is said once and for all.
#[test]
fn what_is_left_out_is_said_of_several_chips() {
    let files = Files::write();
    let (input, network) = (files.path("r.csv"), files.path("n.nir"));
    fs::write(&input, "t,x,y,p\n0,1,1,1\n1000,0,0,0\n2000,0,0,1\n").unwrap();
    fs::write(&network, camera(|_| {})).unwrap();
    for command in ["run", "compare"] {
        let mut several = spikemesh();
        several.arg(command).arg(&network).arg("--input").arg(&input).args(["--steps", "2"]);
        several.args(["--profile", "loihi1-davies2018,loihi2", "--timing", "analytic"]);
        several.args(["--plots", "none", "--out"]).arg(files.path(command));
        let done = several.assert().success();
        let told = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
        let late = "1 event after the last step, left out";
        assert_eq!(told.matches(late).count(), 1, "{told}");
    }
}

/// A step of 0.001 in 32 bits is a millisecond: events at its ends belong to the next.
#[test]
fn steps_of_floats_end_at_whole_microseconds() {
    let files = Files::write();
    let input = files.path("r.csv");
    let events: String = (0..6).map(|step| format!("{},0,0,1\n", step * 1000)).collect();
    fs::write(&input, format!("t,x,y,p\n{events}")).unwrap();
    let net = camera(|nir| nir.floats("node/metadata/dt", &[], &[0.001]));
    run(&files, &net, &input, &["--record-spikes"]);
    let summary = crate::runs::rows(&files.path("out").join("summary.csv"));
    assert_eq!(summary[0]["T"], "6");
}

/// What is read tells the potential of the floats where a picture alone drives it.
#[test]
fn readouts_of_pictures_have_units_of_their_size() {
    let files = Files::write();
    let picture = files.path("grey.png");
    image::GrayImage::from_pixel(4, 4, image::Luma([128])).save(&picture).unwrap();
    for (kind, size, after) in [("LI", 0.1, 1.0 - 0.95f64.powi(64)), ("I", 0.004, 64.0)] {
        let mut nir = flat(&[1, 4, 4]);
        let fc = nir.node("fc", "Linear", &["flat"]);
        let weights: Vec<f32> = (0..48).map(|n| size * (1 + n / 16) as f32 / 16.0).collect();
        nir.floats(&format!("{fc}/weight"), &[3, 16], &weights);
        match kind {
            "LI" => nir.scalars("m", kind, &["fc"], &[("tau", 0.02), ("r", 1.0), ("v_leak", 0.0)]),
            _ => nir.scalars("m", kind, &["fc"], &[("r", 1.0)]),
        }
        // Another shape behind potentials that are read is none.
        let again = nir.node("again", "Flatten", &["m"]);
        nir.int(&format!("{again}/start_dim"), 0);
        nir.int(&format!("{again}/end_dim"), -1);
        nir.ints(&format!("{again}/input_type"), &[3]);
        nir.output("output", &["again"], &[3]);
        let [text, _] = run(&files, &nir.finish(), &picture, &[]);
        let told = text.split("the most of 3: ").nth(1).unwrap();
        let answers: Vec<(usize, f64)> = told
            .split(", ")
            .map(|answer| {
                let (class, value) = answer.split_once(" (").unwrap();
                (class.parse().unwrap(), value.split(')').next().unwrap().parse().unwrap())
            })
            .collect();
        for (place, (class, value)) in answers.into_iter().enumerate() {
            assert_eq!(class, 2 - place);
            let right = f64::from(size) * (class + 1) as f64 * 128.0 / 255.0 * after;
            assert!((value / right - 1.0).abs() < 0.01, "{kind}: {class}: {value}, not {right}");
        }
    }
}

/// A bias before a delay acts at once, and delays are whole steps.
#[test]
fn delays_that_are_not_as_they_stand_are_said() {
    let files = Files::write();
    let input = files.path("r.csv");
    fs::write(&input, "t,x,y,p\n0,0,0,1\n").unwrap();
    let mut nir = flat(&[2, 2, 2]);
    nir.affine("fc", &["flat"], [3, 8]);
    nir.scalars("wait", "Delay", &["fc"], &[("delay", 0.0025)]);
    nir.scalars("if", "IF", &["wait"], &IF);
    nir.output("output", &["if"], &[3]);
    fs::write(files.path("n.nir"), nir.finish()).unwrap();
    let mut run = spikemesh();
    run.arg("run").arg(files.path("n.nir")).arg("--input").arg(&input);
    run.arg("--out").arg(files.path("out")).args(["--timing", "analytic", "--plots", "none"]);
    let done = run.assert().success();
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(told.contains("'wait': 2.5 steps taken for"), "{told}");
    assert!(told.contains("the bias of 'fc' acts from the first step on"), "{told}");
}

/// An input of several positions takes recordings and pictures.
#[test]
fn frames_take_no_array_of_spikes() {
    let files = Files::write();
    let (path, array) = (files.path("n.nir"), files.path("train.npy"));
    fs::write(&path, camera(|_| {})).unwrap();
    ndarray_npy::write_npy(&array, &ndarray::Array2::<u8>::zeros((4, 8))).unwrap();
    let mut run = spikemesh();
    run.arg("run").arg(&path).arg("--input").arg(&array).arg("--out").arg(files.path("out"));
    let told = String::from_utf8_lossy(&run.assert().failure().get_output().stderr).into_owned();
    let told: String = told.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("train is an array"), "{told}");
    assert!(told.contains("recordings of events, or pictures, of 2 x 2 x 2"), "{told}");
}
