//! Networks that are too large for `--max-memory`: every command says so before it begins.

use super::{names, program, told};
use std::path::Path;
use std::time::{Duration, Instant};

/// A network and what it is given.
struct Case {
    network: &'static str,
    input: &'static str,
    /// A limit that its file and floats keep, and its emulation does not.
    limit: &'static str,
}

const fn case(network: &'static str, input: &'static str, limit: &'static str) -> Case {
    Case { network, input, limit }
}

const BCCD: &str = "data/bccd/JPEGImages";

const CASES: [Case; 8] = [
    case("tinier-yolo-voc/tinier_yolo_relu7.onnx", BCCD, "110MiB"),
    case("yolo-fastest-1.1-coco/yolo-fastest-1.1.onnx", BCCD, "77MiB"),
    case("yolo-fastest-1.1-coco/yolo-fastest-1.1.cfg", BCCD, "77MiB"),
    case("mobilenetv2-yolo-fastest-voc/mobilenetv2-yolo-fastest-voc.cfg", BCCD, "50MiB"),
    case("tiny-face-detector/tiny_face_detector_416.onnx", BCCD, "62MiB"),
    case("yoloface-50k/yoloface-50k.onnx", BCCD, "4MiB"),
    case("yolox-nano-coco/yolox_nano.onnx", BCCD, "130MiB"),
    case("nir-paper/02_cnn/cnn_sinabs.nir", "data/nmnist-small/test", "1MiB"),
];

/// The commands that emulate or convert it.
fn commands(case: &Case) -> Vec<String> {
    let Case { network, input, .. } = case;
    let network = format!("models/{network}");
    let mut all = vec![
        format!("run {network} --input {input} --limit 1 --steps 2 --idealised --out OUT"),
        format!("compare {network} --input {input} --limit 1 --steps 2 --out OUT"),
    ];
    let labels = match network.ends_with(".nir") {
        true => "--data data/nmnist-small/test.csv".to_string(),
        false => {
            let calibrate = format!("--calibrate {input}/BloodImage_00000.jpg");
            all.push(format!("convert {network} {calibrate} --steps 2 --out OUT.spikemesh"));
            format!("--data {input} --unlabelled {calibrate}")
        }
    };
    all.push(format!("eval {network} {labels} --limit 1 --checkpoints 2 --idealised --out OUT"));
    let search = "--pictures 1 --judge 1 --budget 1 --steps 2 --idealised";
    all.push(format!("tune {network} {labels} {search} --out OUT"));
    all
}

#[test]
fn networks_beyond_the_limit_are_refused_before_they_run() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.exists() {
        eprintln!("skipped: no {}", shared.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    for case in CASES {
        for words in commands(&case) {
            let begun = Instant::now();
            let mut command = program();
            command.args(words.split_whitespace().map(|word| word.replace("OUT", &out)));
            command.args(["--max-memory", case.limit]).current_dir(&shared);
            let output = command.output().unwrap();
            let text = told(&output);
            assert_eq!(output.status.code(), Some(1), "{words}: {text}");
            for part in [" of memory needed, ", "give --max-memory"] {
                assert!(text.contains(part), "{words}: {text}");
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "{words}: {:?}", begun.elapsed());
            assert!(names(folder.path()).is_empty(), "{words}: {:?}", names(folder.path()));
        }
    }
}
