//! Known detectors, whatever their files are called, and descriptions from a network's own files.

use crate::onnx::small::{Net, ints};
use crate::small_detector::{Files, onnx, spikemesh};
use spikemesh::ann::Graph;
use spikemesh::detect::derived::{MARK, derive, to_complete};
use spikemesh::detect::{Decoder, Head, Yolov5};
use spikemesh::import::{self, Facts, Imported, Network};
use std::fs;
use std::path::{Path, PathBuf};

/// Folder, stem and the forms of the trained detectors.
const TRAINED: [(&str, &str, &[&str]); 6] = [
    ("yolo-fastest-1.1-coco", "yolo-fastest-1.1", &["onnx", "cfg"]),
    ("mobilenetv2-yolo-fastest-voc", "mobilenetv2-yolo-fastest-voc", &["onnx", "cfg"]),
    ("yoloface-50k", "yoloface-50k", &["onnx", "cfg"]),
    ("tinier-yolo-voc", "tinier_yolo_relu7", &["onnx"]),
    ("tinier-yolo-voc", "tinier_yolo_w1a3", &["onnx"]),
    ("tiny-face-detector", "tiny_face_detector_416", &["onnx"]),
];

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models").join(path);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
    }
    path.exists().then_some(path)
}

fn graph(imported: &Imported) -> &Graph {
    imported.network.graph().unwrap()
}

fn output(command: &mut assert_cmd::Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// Every form of every trained detector is known by what its files hold, under any name.
#[test]
fn known_networks_are_known_by_content() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, stem, forms) in TRAINED {
        for form in forms {
            let Some(file) = shared(&format!("{folder}/{stem}.{form}")) else { continue };
            let renamed = dir.path().join(format!("renamed.{form}"));
            fs::copy(&file, &renamed).unwrap();
            if *form == "cfg" {
                let weights = renamed.with_extension("weights");
                fs::copy(file.with_extension("weights"), weights).unwrap();
            }
            let text = output(spikemesh().args(["detector", "new"]).arg(&renamed));
            let named = Path::new("renamed");
            let known = Decoder::for_network(stem).unwrap();
            assert_eq!(Decoder::parse(&text, named).unwrap(), known, "{stem}.{form}");
        }
    }
    // The networks inside the program lie there, too.
    for stem in ["digits", "digits-l4", "digits-silu"] {
        let network = format!("{}/assets/networks/{stem}.onnx", env!("CARGO_MANIFEST_DIR"));
        fs::copy(network, dir.path().join("other.onnx")).unwrap();
        let other = dir.path().join("other.onnx");
        let text = output(spikemesh().args(["detector", "new"]).arg(other));
        let known = Decoder::for_network(stem).unwrap();
        assert_eq!(Decoder::parse(&text, Path::new("other")).unwrap(), known);
    }
}

/// A renamed copy finds the same boxes, and the manifest says how it was known.
#[test]
fn a_renamed_network_runs_as_the_known_one() {
    let Some(folder) = shared("yoloface-50k") else { return };
    let dir = tempfile::tempdir().unwrap();
    let renamed = dir.path().join("faces.onnx");
    fs::copy(folder.join("yoloface-50k.onnx"), &renamed).unwrap();
    let image = folder.join("reference/000000000459_crop.input_u8_hwc_rgb.npy");
    let read = |network: &Path, out: &str| {
        let out = dir.path().join(out);
        let mut run = spikemesh();
        run.arg("run").arg(network).arg("--input").arg(&image).args(["--steps", "4", "--out"]);
        run.arg(&out).assert().success();
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        (read("detections.csv"), read("manifest.toml"))
    };
    let (known, _) = read(&folder.join("yoloface-50k.onnx"), "known");
    let (boxes, manifest) = read(&renamed, "renamed");
    assert_eq!(boxes, known);
    assert!(boxes.lines().count() > 1, "{boxes}");
    let says = "detector = \"built in (yoloface-50k), by the hash of the network's files\"";
    assert!(manifest.contains(says), "{manifest}");
}

/// What a .cfg says is what the built-in description says, to the last anchor.
#[test]
fn sections_of_a_cfg_give_the_built_in_description() {
    for (folder, stem, forms) in TRAINED.iter().filter(|(_, _, forms)| forms.contains(&"cfg")) {
        assert_eq!(forms.len(), 2);
        let Some(file) = shared(&format!("{folder}/{stem}.cfg")) else { continue };
        let imported = import::open(&file).unwrap();
        let draft = derive(&imported.facts, graph(&imported));
        assert!(draft.is_complete(), "{}", draft.text);
        assert_eq!(draft.source, "the file's own [yolo] sections");
        let mut derived = Decoder::parse(&draft.text, &file).unwrap();
        let known = Decoder::for_network(stem).unwrap();
        // Only names that no list beside the file has are others.
        if derived.classes == ["class 0"] {
            derived.classes = known.classes.clone();
        }
        assert_eq!(derived, known, "{}", draft.text);
        derived.check(graph(&imported)).unwrap();
    }
}

/// A small Darknet network of two heads on one grid, `sections` being the keys of both.
fn darknet(dir: &Path, first: &str, second: &str) -> PathBuf {
    let convolution = "[convolutional]\nfilters=14\nsize=2\nstride=2\nactivation=linear\n";
    let cfg = format!(
        "[net]\nwidth=8\nheight=4\nchannels=3\n{convolution}{first}\n[route]\nlayers=0\n{second}\n"
    );
    let numbers: Vec<f32> = (0..14 + 14 * 12).map(|n| (n as f32).sin()).collect();
    let path = dir.join("tiny.cfg");
    fs::write(&path, cfg).unwrap();
    let weights = crate::darknet::common::weights(&numbers);
    fs::write(path.with_extension("weights"), weights).unwrap();
    path
}

const YOLO: &str = "[yolo]\nmask=1,2\nanchors=1,2, 3,4, 5,6.5\nclasses=2\nscale_x_y=1.05\n\
                    nms_kind=greedynms\nbeta_nms=0.6";
const REGION: &str = "[region]\nanchors=0.5,0.6, 0.7,0.8\nclasses=2\nnum=2\nsoftmax=1\nthresh=.6";

#[test]
fn a_cfg_nobody_knows_runs_by_its_own_sections() {
    let files = Files::write();
    let cfg = darknet(files.dir.path(), YOLO, REGION);
    fs::write(cfg.with_extension("names"), "cat\n\ndog\n").unwrap();
    let text = output(spikemesh().args(["detector", "new"]).arg(&cfg));
    let decoder = Decoder::parse(&text, &cfg).unwrap();
    assert_eq!((decoder.input.width, decoder.input.height), (8, 4));
    assert_eq!(decoder.classes, ["cat", "dog"]);
    let [yolo, region] = decoder.heads.as_slice() else { panic!("{text}") };
    assert_eq!(region.kind(), spikemesh::detect::HeadKind::Region);
    let [yolo, region] = [yolo, region].map(|head| head.anchored().unwrap());
    assert_eq!((yolo.stride, yolo.scale_x_y), (2, 1.05));
    assert_eq!(yolo.anchors, [[3.0, 4.0], [5.0, 6.5]]);
    assert_eq!(region.anchors, [[0.5, 0.6], [0.7, 0.8]]);

    let out = files.path("out");
    let mut run = spikemesh();
    run.arg("run").arg(&cfg).arg("--input").arg(&files.image);
    let table = output(run.args(["--steps", "4", "--idealised", "--out"]).arg(&out));
    let says = "detector: from the file's own [yolo] and [region] sections";
    assert!(table.contains(says), "{table}");
    let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
    let says = "detector = \"from the file's own [yolo] and [region] sections\"";
    assert!(manifest.contains(says), "{manifest}");
    let boxes = fs::read_to_string(out.join("detections.csv")).unwrap();
    assert!(boxes.contains("cat") || boxes.contains("dog"), "{boxes}");
    // A description that is given goes first.
    let mut run = spikemesh();
    run.arg("run").arg(&cfg).arg("--input").arg(&files.image).arg("--detector");
    run.arg(&files.detector).args(["--out"]).arg(files.path("other"));
    let told = run.assert().code(1);
    let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(told.contains("makes inputs of [32, 32]"), "{told}");
}

/// A classifier names its classes; its softmax, in the network already, is not taken twice.
#[test]
fn a_cfg_that_classifies_names_classes() {
    let files = Files::write();
    let end = "[avgpool]\n[softmax]\n[cost]";
    let cfg = darknet(files.dir.path(), "[route]\nlayers=0", end);
    let names: Vec<String> = (0..14).map(|n| format!("kind {n}")).collect();
    fs::write(cfg.with_extension("names"), names.join("\n")).unwrap();
    let text = output(spikemesh().args(["detector", "new"]).arg(&cfg));
    assert!(text.contains(MARK) && text.contains("[classify]\n# Of tiny.names"), "{text}");
    let completed: Vec<&str> = text.lines().filter(|line| !line.contains(MARK)).collect();
    let description = files.path("tiny.detector.toml");
    fs::write(&description, completed.join("\n")).unwrap();
    let (out, mut run) = (files.path("out"), spikemesh());
    run.arg("run").arg(&cfg).arg("--input").arg(&files.image).arg("--detector").arg(&description);
    let table = output(run.args(["--steps", "8", "--idealised", "--out"]).arg(&out));
    assert!(table.contains("class: "), "{table}");
    let imported = import::open(&cfg).unwrap();
    let heads = fs::read_to_string(out.join("classes.csv")).unwrap();
    assert!(heads.contains("kind 13"), "{heads}");
    // A softmax of the softmax would be near 1/14.
    let first = heads.lines().nth(1).and_then(|row| row.split(',').nth(2)).unwrap();
    assert!(first.parse::<f64>().unwrap() > 0.1, "{heads}");
    assert_eq!(graph(&imported).heads.len(), 1);
}

/// What no description can say leaves the boxes out, with the reason.
#[test]
fn sections_that_are_read_otherwise_give_no_boxes() {
    let dir = tempfile::tempdir().unwrap();
    let yolo = YOLO.replace("greedynms", "diounms");
    let cfg = darknet(dir.path(), &yolo, REGION);
    let imported = import::open(&cfg).unwrap();
    let text = derive(&imported.facts, graph(&imported)).text;
    let why = "`nms_kind=diounms` changes how they are read";
    assert!(text.contains(why) && !text.contains("[detect]"), "{text}");
    // Without a list of names there are numbers; a letterbox is said in [net].
    let cfg = darknet(dir.path(), YOLO, REGION);
    let boxed = fs::read_to_string(&cfg).unwrap().replace("channels=3", "channels=3\nletter_box=1");
    fs::write(&cfg, boxed).unwrap();
    let imported = import::open(&cfg).unwrap();
    let text = derive(&imported.facts, graph(&imported)).text;
    let decoder = Decoder::parse(&text, &cfg).unwrap();
    assert_eq!(decoder.classes, ["class 0", "class 1"]);
    assert!(matches!(decoder.input.resize, spikemesh::encode::Resize::Letterbox { pad: 128, .. }));
}

/// `new_coords` is the rule of YOLOv5, with the sigmoids in the network.
#[test]
fn new_coords_of_a_cfg_are_read() {
    let dir = tempfile::tempdir().unwrap();
    for (stretch, scale_x_y) in [("scale_x_y=2.0", 2.0), ("scale_x_y=1.05", 1.05), ("", 1.0)] {
        let yolo = YOLO.replace("scale_x_y=1.05", &format!("new_coords=1\n{stretch}"));
        let cfg = darknet(dir.path(), &yolo, REGION);
        let imported = import::open(&cfg).unwrap();
        let draft = derive(&imported.facts, graph(&imported));
        assert!(draft.is_complete(), "{}", draft.text);
        let decoder = Decoder::parse(&draft.text, &cfg).unwrap();
        decoder.check(graph(&imported)).unwrap();
        let Head::Yolov5(Yolov5 { raw: Some(raw), .. }) = &decoder.heads[0] else {
            panic!("{}", draft.text)
        };
        assert_eq!(raw.anchors, [[3.0, 4.0], [5.0, 6.5]]);
        assert_eq!((raw.stride, raw.scale_x_y, raw.activated), (2, scale_x_y, true));
    }
}

fn exported(channels: i64, metadata: &[(&'static str, &'static str)]) -> (Facts, Graph) {
    let mut net = Net::new(&[1, 3, 64, 32]);
    net.metadata = metadata.to_vec();
    let net = net.floats("w", &[channels, 3, 8, 8]).floats("b", &[channels]);
    let net = net.node("Conv", &["x", "w", "b"], "y", vec![ints("strides", &[8, 8])]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("exported.onnx");
    fs::write(&path, net.bytes()).unwrap();
    let Imported { network: Network::Float(graph), facts, .. } = import::open(&path).unwrap()
    else {
        panic!("a float network")
    };
    (facts, graph)
}

/// The metadata of an exporter give classes and the rule for pictures, shapes give the heads; what
/// is left to complete stands in lines that become a description once it is.
#[test]
fn metadata_and_shapes_of_an_onnx_file_are_used() {
    let ultralytics = [
        ("author", "Ultralytics"),
        ("task", "detect"),
        ("stride", "32"),
        ("imgsz", "[64, 32]"),
        ("names", "{0: 'a cat', 1: \"dog's\"}"),
    ];
    let (facts, graph) = exported(21, &ultralytics);
    let text = derive(&facts, &graph).text;
    assert!(text.contains("width = 32\nheight = 64\n"), "{text}");
    assert!(text.contains("pad = 114") && text.contains("# imgsz of the metadata"), "{text}");
    let whole: String = text
        .split_inclusive('\n')
        .skip_while(|line| !line.starts_with("# [detect]"))
        .map(|line| line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line))
        .collect();
    let begin = &text[..text.find("# [detect]").unwrap()];
    let whole = format!("{begin}{}", whole.replace("[0, 0]", "[10, 12]"));
    let decoder = Decoder::parse(&whole, Path::new("mine")).unwrap();
    decoder.check(&graph).unwrap();
    assert_eq!(decoder.classes, ["a cat", "dog's"]);
    let head = decoder.heads[0].anchored().unwrap();
    assert_eq!((head.anchors.len(), head.stride), (3, 8));

    // Without metadata the rule for pictures is asked for, and the channels have two readings.
    let (facts, graph) = exported(75, &[]);
    let text = derive(&facts, &graph).text;
    assert!(text.contains("3 x (5 + 20), or 5 x (5 + 10)"), "{text}");
    let marks = to_complete(&text);
    assert_eq!(marks.len(), text.matches(MARK).count());
    assert!(marks.len() >= 6, "{text}");
    // A head of another form is named with its shape.
    let (facts, graph) = exported(84, &[("names", "['a', 'b', 'c']")]);
    let text = derive(&facts, &graph).text;
    assert!(text.contains("# No boxes") && text.contains("84 x 8 x 4"), "{text}");
    assert!(text.contains(r#"# classes = ["a", "b", "c"]"#), "{text}");
}

/// The refusal ends with two commands; both run, in this order.
#[test]
fn the_commands_of_the_refusal_run() {
    let files = Files::write();
    let mut run = spikemesh();
    run.current_dir(files.dir.path());
    run.args(["run", "small.onnx", "--input", "picture.png", "--steps", "2"]);
    let refused = run.assert().code(1);
    let told = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    let commands: Vec<&str> =
        told.split('`').filter(|part| part.starts_with("spikemesh ")).collect();
    let [new, again] = commands[..] else { panic!("{told}") };
    assert_eq!(new, "spikemesh detector new small.onnx > small.detector.toml");
    assert!(told.trim_end().ends_with(&format!("then `{again}`")), "{told}");
    fs::remove_file(&files.detector).unwrap();
    let shell = |line: &str| {
        let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut shell = assert_cmd::Command::new("sh");
        shell.env("PATH", format!("{}:{path}", binary.display()));
        shell.current_dir(files.dir.path()).args(["-c", line]);
        shell.assert().success()
    };
    shell(new);
    let ran = shell(again);
    let says = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("lines to complete (");
    // The screen and the table say that somebody has to look at the description.
    assert!(says(&ran.get_output().stderr) && says(&ran.get_output().stdout));
}

/// An array is the network's input as it is: nothing has to be known of pictures.
#[test]
fn arrays_need_no_description() {
    let files = Files::write();
    let array = files.path("x.npy");
    let numbers = ndarray::Array3::from_shape_fn((3, 32, 32), |(c, y, x)| {
        ((c * 7 + y * 3 + x) as f32).sin().abs()
    });
    ndarray_npy::write_npy(&array, &numbers).unwrap();
    let run = |more: &[&Path], out: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(&files.network).arg("--input").arg(&array).args(more);
        run.args(["--steps", "3", "--out"]).arg(files.path(out)).assert().success();
        fs::read_to_string(files.path(out).join("summary.csv")).unwrap()
    };
    let without = run(&[], "without");
    assert_eq!(without, run(&[Path::new("--detector"), &files.detector], "with"));
    let manifest = fs::read_to_string(files.path("without/manifest.toml")).unwrap();
    let says = "detector = \"none; arrays are the network's input as they are\"";
    assert!(manifest.contains(says), "{manifest}");
    // Bytes are pixels, and pixels need a rule.
    ndarray_npy::write_npy(&array, &ndarray::Array3::<u8>::zeros((32, 32, 3))).unwrap();
    let mut bytes = spikemesh();
    bytes.arg("run").arg(&files.network).arg("--input").arg(&array);
    let told = bytes.assert().code(1);
    let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(told.contains("E0412") && told.contains("spikemesh detector new"), "{told}");
}

#[test]
fn a_description_is_written_whole_or_not_at_all() {
    let files = Files::write();
    fs::write(&files.network, onnx()).unwrap();
    let mut new = spikemesh();
    let mine = files.path("mine.toml");
    new.args(["detector", "new"]).arg(&files.network).arg("--out").arg(&mine);
    let told = output(&mut new);
    let text = fs::read_to_string(&mine).unwrap();
    assert!(told.contains(&format!("{} to complete", to_complete(&text).len())), "{told}");
    new.assert().code(1);
    assert_eq!(fs::read_to_string(&mine).unwrap(), text);
}
