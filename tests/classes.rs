//! `eval` of classifiers: pictures of IDX files and folders, their labels, and the floats beside.

use crate::field::shared;
use crate::nir::writer::Nir;
use crate::onnx::small::Net;
use crate::runs::{Row, rows};
use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

/// Pictures of 4 x 4 pixels in which one quadrant is bright, and its number.
fn quadrants() -> Vec<(Vec<u8>, u8)> {
    let pixel = |quadrant: usize, noise: usize, n: usize| {
        let own = 2 * (n / 8) + usize::from(n % 4 > 1);
        if own == quadrant { 200 + noise as u8 } else { (7 * n * noise % 60) as u8 }
    };
    (0..20).map(|n| ((0..16).map(|p| pixel(n % 4, n, p)).collect(), (n % 4) as u8)).collect()
}

/// A classifier of them: sums of quadrants, and a layer behind. Its description names `classes`.
fn classifier(dir: &Path, classes: &[&str]) -> PathBuf {
    let sums = |c: usize, n: usize| f32::from(u8::from(2 * (n / 8) + usize::from(n % 4 > 1) == c));
    let sums: Vec<f32> = (0..64).map(|i| sums(i / 16, i % 16)).collect();
    let same: Vec<f32> = (0..16).map(|i| f32::from(u8::from(i / 4 == i % 4))).collect();
    let net = Net::new(&[1, 1, 4, 4])
        .given("sums", &[4, 1, 4, 4], &sums)
        .given("same", &[4, 4], &same)
        .node("Conv", &["x", "sums"], "a", vec![])
        .node("Relu", &["a"], "b", vec![])
        .node("Flatten", &["b"], "c", vec![])
        .node("Gemm", &["c", "same"], "y", vec![]);
    fs::write(dir.join("four.onnx"), net.bytes()).unwrap();
    describe(dir, "four", 4, classes);
    dir.join("four.onnx")
}

fn describe(dir: &Path, name: &str, side: usize, classes: &[&str]) {
    let text = format!(
        "width = {side}\nheight = {side}\nresize = \"plain\"\nchannels = \"grey\"\n\
         scale = 0.00392156862745098\n\n[classify]\nclasses = {classes:?}\n"
    );
    fs::write(dir.join(format!("{name}.detector.toml")), text).unwrap();
}

fn idx(dir: &Path, pictures: &[(Vec<u8>, u8)], side: u32) {
    let mut images = vec![0, 0, 8, 3];
    let mut labels = vec![0, 0, 8, 1];
    for size in [pictures.len() as u32, side, side] {
        images.extend(size.to_be_bytes());
    }
    labels.extend((pictures.len() as u32).to_be_bytes());
    for (pixels, label) in pictures {
        images.extend(pixels);
        labels.push(*label);
    }
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("test-images.idx3-ubyte"), images).unwrap();
    fs::write(dir.join("test-labels.idx1-ubyte"), labels).unwrap();
}

fn eval(network: &Path, data: &Path, out: &Path, more: &[&str]) -> String {
    let detector = network.with_extension("detector.toml");
    let mut command = spikemesh();
    command.arg("eval").arg(network).arg("--data").arg(data).arg("--detector").arg(detector);
    let command = command.args(["--timing", "analytic"]).args(more).arg("--out").arg(out);
    let done = command.assert().success();
    String::from_utf8_lossy(&done.get_output().stdout).into_owned()
}

#[test]
fn pictures_of_an_idx_pair_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (network, data) = (classifier(dir.path(), &["a", "b", "c", "d"]), dir.path().join("set"));
    let mut pictures = quadrants();
    // One label that is wrong.
    pictures[5].1 = 3;
    idx(&data, &pictures, 4);
    let out = dir.path().join("out");
    let text = eval(&network, &data, &out, &["--recipe", "best", "--checkpoints", "4,8"]);
    assert!(text.contains("accuracy") && text.contains("agree: same answer"), "{text}");
    let table = rows(&out.join("accuracy.csv"));
    let column = |name: &str| table.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("T"), ["", "4", "8"]);
    assert_eq!(column("accuracy"), ["0.95", "0.95", "0.95"]);
    assert_eq!(column("top5"), ["1", "1", "1"]);
    assert_eq!(column("agreement"), ["", "1", "1"]);
    let answers = rows(&out.join("answers.csv"));
    assert_eq!(answers.len(), 2 * pictures.len());
    let sixth = &answers[5];
    assert_eq!([&sixth["class"], &sixth["answer"], &sixth["float_answer"]], ["d", "b", "b"]);
    let confused = rows(&out.join("confusion.csv"));
    let wrong: Vec<_> = confused.iter().filter(|row| row["class"] != row["answer"]).collect();
    assert_eq!(wrong.len(), 2, "one at each checkpoint");
    assert!(wrong.iter().all(|row| row["inputs"] == "1" && row["answer"] == "b"));
}

/// Of one picture all figures are those of `run`.
#[test]
fn a_row_of_one_picture_is_a_run_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let (network, data) = (classifier(dir.path(), &["a", "b", "c", "d"]), dir.path().join("set"));
    let pictures = quadrants();
    idx(&data, &pictures[2..3], 4);
    let picture = dir.path().join("p.png");
    image::GrayImage::from_raw(4, 4, pictures[2].0.clone()).unwrap().save(&picture).unwrap();
    let more = ["--recipe", "best", "--checkpoints", "8", "--calibrate"];
    let more: Vec<&str> = more.into_iter().chain(picture.to_str()).collect();
    eval(&network, &data, &dir.path().join("out"), &more);
    spikemesh()
        .arg("run")
        .arg(&network)
        .args(["--recipe", "best", "--steps", "8", "--timing", "analytic", "--detector"])
        .arg(network.with_extension("detector.toml"))
        .arg("--input")
        .arg(&picture)
        .arg("--calibrate")
        .arg(&picture)
        .arg("--out")
        .arg(dir.path().join("run"))
        .assert()
        .success();
    let row = &rows(&dir.path().join("out/accuracy.csv"))[1];
    let alone = &rows(&dir.path().join("run/summary.csv"))[0];
    for (mine, theirs, factor) in [
        ("synaptic_operations", "synaptic_operations", 1.0),
        ("energy_dynamic_uj", "energy_dynamic_uj", 1.0),
        ("latency_us", "latency_us", 1.0),
        ("head_error", "head_error", 1.0),
    ] {
        let (mine, theirs): (f64, f64) =
            (row[mine].parse().unwrap(), alone[theirs].parse().unwrap());
        assert!((mine * factor - theirs).abs() <= 1e-9 * theirs.abs(), "{mine} and {theirs}");
    }
}

/// A spiking classifier of the quadrants: 16 inputs, 4 units that sum one each.
fn spiking(dir: &Path) -> PathBuf {
    let mut nir = Nir::new("1.0.8");
    nir.input("input", &[1, 4, 4]);
    let flat = nir.node("flat", "Flatten", &["input"]);
    nir.int(&format!("{flat}/start_dim"), 0);
    nir.int(&format!("{flat}/end_dim"), -1);
    nir.ints(&format!("{flat}/input_type"), &[1, 4, 4]);
    let sums = |c: usize, n: usize| 0.11 * f32::from(u8::from(2 * (n / 8) + n % 4 / 2 == c));
    let sums: Vec<f32> = (0..64).map(|i| sums(i / 16, i % 16)).collect();
    let fc = nir.node("fc", "Affine", &["flat"]);
    nir.floats(&format!("{fc}/weight"), &[4, 16], &sums);
    nir.floats(&format!("{fc}/bias"), &[4], &[0.0; 4]);
    nir.layer("if", "IF", &["fc"], &[4], &[("r", 1.0), ("v_threshold", 1.0)]);
    nir.output("output", &["if"], &[4]);
    fs::write(dir.join("four.nir"), nir.finish()).unwrap();
    dir.join("four.nir")
}

#[test]
fn the_floats_of_a_spiking_classifier_stand_beside_its_whole_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let (network, data) = (spiking(dir.path()), dir.path().join("set"));
    let mut pictures = quadrants();
    pictures[5].1 = 3;
    idx(&data, &pictures, 4);
    let eval = |more: &[&str], out: &str| {
        let mut eval = spikemesh();
        eval.arg("eval").arg(&network).arg("--data").arg(&data).args(["--checkpoints", "8,32"]);
        eval.args(["--dt", "1", "--timing", "analytic"]).args(more);
        eval.arg("--out").arg(dir.path().join(out)).assert().success();
        rows(&dir.path().join(out).join("accuracy.csv"))
    };
    let (alone, beside) = (eval(&[], "alone"), eval(&["--floats"], "beside"));
    assert_eq!((alone.len(), beside.len()), (2, 4));
    let of = |name: &str| beside.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("recipe"), ["float", "float", "spiking", "spiking"]);
    assert_eq!(of("T"), ["8", "32", "8", "32"]);
    assert_eq!(of("accuracy"), ["0.95"; 4]);
    assert_eq!(of("agreement"), ["", "", "1", "1"]);
    let error: f64 = beside[3]["head_error"].parse().unwrap();
    assert!(error < 0.1, "{error}");
    for (row, other) in alone.iter().zip(&beside[2..]) {
        assert_eq!(
            (&row["accuracy"], &row["energy_dynamic_uj"]),
            (&other["accuracy"], &other["energy_dynamic_uj"])
        );
        assert_eq!((&row["agreement"], &row["head_error"]), (&String::new(), &String::new()));
    }
    // A trained network has its floats anyway.
    let trained = classifier(dir.path(), &["a", "b", "c", "d"]);
    let mut refused = spikemesh();
    refused.arg("eval").arg(trained).arg("--floats").arg("--data").arg(&data).assert().code(1);
}

/// Answers are read off one output; classes that are folders keep their numbers.
#[test]
fn what_has_no_one_answer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (network, set) = (spiking(dir.path()), dir.path().join("set"));
    for class in ["ab", "cd", "ef"] {
        fs::create_dir_all(set.join(class)).unwrap();
        image::GrayImage::new(4, 4).save(set.join(class).join("p.png")).unwrap();
    }
    let eval = |network: &Path, out: &str| {
        let mut eval = spikemesh();
        eval.arg("eval").arg(network).arg("--data").arg(&set).args(["--checkpoints", "4"]);
        eval.args(["--dt", "1", "--timing", "analytic"]).arg("--out").arg(dir.path().join(out));
        eval
    };
    let told = |eval: &mut Command| {
        let done = eval.assert().code(1);
        String::from_utf8_lossy(&done.get_output().stderr).split_whitespace().collect::<String>()
    };
    eval(&network, "three").assert().success();
    // A folder of nothing would be a class among names.
    fs::create_dir(set.join("b")).unwrap();
    assert!(told(&mut eval(&network, "b")).contains("folder`b`holdsnorecording"));
    fs::remove_dir(set.join("b")).unwrap();
    for class in ["g", "h"] {
        fs::create_dir_all(set.join(class)).unwrap();
        image::GrayImage::new(4, 4).save(set.join(class).join("p.png")).unwrap();
    }
    assert!(told(&mut eval(&network, "five")).contains("E2074"));
    // Beside numbers it is none.
    let numbers = dir.path().join("numbers");
    fs::create_dir_all(numbers.join("notes")).unwrap();
    for class in ["2", "3"] {
        fs::create_dir_all(numbers.join(class)).unwrap();
        image::GrayImage::new(4, 4).save(numbers.join(class).join("p.png")).unwrap();
    }
    let of = spikemesh::encode::labelled::classified(&numbers).unwrap();
    assert_eq!(of.items.iter().map(|item| item.label).collect::<Vec<_>>(), [2, 3]);
}

/// On a device the network is as dense in every step, whatever fires.
#[test]
fn a_spiking_network_is_compared_with_all_its_steps_on_a_device() {
    let dir = tempfile::tempdir().unwrap();
    let network = spiking(dir.path());
    let picture = dir.path().join("p.png");
    let pixels = quadrants()[2].0.clone();
    image::GrayImage::from_raw(4, 4, pixels).unwrap().save(&picture).unwrap();
    let compare = |steps: &str| {
        let out = dir.path().join(steps);
        let mut compare = spikemesh();
        compare.arg("compare").arg(&network).arg("--input").arg(&picture).args(["--dt", "1"]);
        compare.args(["--profile", "loihi1-davies2018", "--baseline", "v100", "--steps", steps]);
        compare.arg("--out").arg(&out).assert().success();
        (fs::read_to_string(out.join("compare.md")).unwrap(), rows(&out.join("compare.csv")))
    };
    let (text, table) = compare("20");
    assert!(text.contains("All 20 steps on a device, dense: 1 280 MACs"), "{text}");
    assert!(!table.iter().any(|row| row["kind"] == "quantised"), "it was never a float network");
    let of = |table: &[Row], kind: &str| {
        let own = |row: &&Row| row["kind"] == kind && row["accounting"] == "bill";
        table.iter().find(own).unwrap()["operations"].parse::<f64>().unwrap()
    };
    let (_, longer) = compare("40");
    assert_eq!(of(&table, "baseline"), 1280.0);
    assert_eq!(of(&longer, "baseline"), 2560.0);
    // A constant picture is multiplied once, beside the chip; no spike reaches a synapse behind.
    assert_eq!(of(&table, "spiking"), 0.0);
    let run = dir.path().join("run");
    let mut command = spikemesh();
    command.arg("run").arg(&network).arg("--input").arg(&picture).args(["--dt", "1"]);
    command.args(["--timing", "analytic", "--out"]).arg(&run).assert().success();
    assert_eq!(rows(&run.join("summary.csv"))[0]["input_macs"], "64");
}

/// Folders of classes are in the order of their names, and the network in one of its own.
#[test]
fn classes_of_folders_are_found_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["north west", "north-east", "south_west", "South East"];
    let network = classifier(dir.path(), &names);
    let data = dir.path().join("set");
    for (n, (pixels, label)) in quadrants().into_iter().enumerate() {
        let class = names[usize::from(label)].to_lowercase().replace(' ', "-");
        let folder = data.join(class);
        fs::create_dir_all(&folder).unwrap();
        let picture = image::GrayImage::from_raw(4, 4, pixels).unwrap();
        picture.save(folder.join(format!("{n}.png"))).unwrap();
    }
    let out = dir.path().join("out");
    eval(&network, &data, &out, &["--recipe", "best", "--checkpoints", "8", "--limit", "12"]);
    let table = rows(&out.join("accuracy.csv"));
    assert_eq!([&table[0]["accuracy"], &table[1]["accuracy"]], ["1", "1"]);
    fs::create_dir(data.join("centre")).unwrap();
    fs::copy(data.join("north-west/0.png"), data.join("centre/0.png")).unwrap();
    let again = dir.path().join("again");
    let detector = network.with_extension("detector.toml");
    let mut command = spikemesh();
    command.arg("eval").arg(&network).arg("--data").arg(&data).arg("--detector").arg(detector);
    let refused = command.arg("--out").arg(&again).assert().failure();
    let text = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(text.contains("E0307") && text.contains("class `centre`"), "{text}");
    assert!(!again.exists());
}

/// Nearest mean of a class, by a layer of spikes: no training, and most digits are right.
#[test]
fn digits_of_mnist_by_the_nearest_mean() {
    let Some(data) = shared("data/mnist-small") else { return };
    let bytes = |name: &str| fs::read(data.join(name)).unwrap();
    let (images, labels) = (bytes("train-images.idx3-ubyte"), bytes("train-labels.idx1-ubyte"));
    let pictures: Vec<&[u8]> = images[16..].chunks_exact(28 * 28).collect();
    let (mut weights, mut biases) = (vec![], vec![]);
    for class in 0..10u8 {
        let own: Vec<_> = pictures.iter().zip(&labels[8..]).filter(|(_, l)| **l == class).collect();
        let mean = |n: usize| {
            own.iter().map(|(p, _)| f32::from(p[n])).sum::<f32>() / (255.0 * own.len() as f32)
        };
        let mean: Vec<f32> = (0..28 * 28).map(mean).collect();
        biases.push(40.0 - mean.iter().map(|x| x * x).sum::<f32>() / 2.0);
        weights.extend(mean);
    }
    let same: Vec<f32> = (0..100).map(|i| f32::from(u8::from(i / 10 == i % 10))).collect();
    let net = Net::new(&[1, 1, 28, 28])
        .given("means", &[10, 1, 28, 28], &weights)
        .given("biases", &[10], &biases)
        .given("same", &[10, 10], &same)
        .node("Conv", &["x", "means", "biases"], "a", vec![])
        .node("Relu", &["a"], "b", vec![])
        .node("Flatten", &["b"], "c", vec![])
        .node("Gemm", &["c", "same"], "y", vec![]);
    let dir = tempfile::tempdir().unwrap();
    let network = dir.path().join("means.onnx");
    fs::write(&network, net.bytes()).unwrap();
    describe(dir.path(), "means", 28, &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let out = dir.path().join("out");
    eval(&network, &data, &out, &["--recipe", "best", "--checkpoints", "64", "--limit", "300"]);
    let table = rows(&out.join("accuracy.csv"));
    let number = |row: usize, column: &str| table[row][column].parse::<f64>().unwrap();
    assert!(number(0, "accuracy") > 0.75, "{table:?}");
    assert!(number(1, "agreement") > 0.9, "{table:?}");
    assert!((number(0, "accuracy") - number(1, "accuracy")).abs() < 0.03, "{table:?}");
}
