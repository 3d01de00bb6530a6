//! Networks and spikes in NIR by the command line.

use std::collections::BTreeMap;
use std::path::Path;

use hdf5_reader::Hdf5File;

use crate::small_detector::{Files, spikemesh};

const RECIPE: &str = "paper,v0=0,pool=average";

/// A grey picture of 28 x 28.
fn picture(path: &Path) {
    let pixel = |x: u32, y: u32| image::Luma([((x * 37 + y * 91) % 256) as u8]);
    image::GrayImage::from_fn(28, 28, pixel).save(path).unwrap();
}

/// Spikes of a file of NIRData by layer: times and neurons.
fn events(path: &Path, layers: &[&str]) -> BTreeMap<String, Vec<(u64, i64)>> {
    let file = Hdf5File::open(path).unwrap();
    let of = |name: &str| {
        let of = |part: &str| format!("nodes/{name}/observables/spikes/{part}");
        let time = file.dataset(&of("time")).unwrap().read_array::<f64>().unwrap();
        let idx = file.dataset(&of("idx")).unwrap().read_array::<i64>().unwrap();
        // Times are the middles of steps of a millisecond.
        let steps = time.iter().map(|time| (time * 1e3).floor() as u64);
        (name.to_owned(), steps.zip(idx.iter().copied()).collect())
    };
    layers.iter().copied().map(of).collect()
}

#[test]
fn a_trained_network_runs_again_from_its_nir_file() {
    let files = Files::write();
    let path = |name: &str| files.path(name);
    picture(&path("grey.png"));
    let mut convert = spikemesh();
    convert.args(["convert", "digit-pools", "--recipe", RECIPE, "--steps", "2", "--limit", "1"]);
    convert.arg("--nir").arg(path("pools.nir")).assert().success();
    assert!(path("pools-report").join("conversion.csv").exists());
    let run = |network: &Path, more: &[&str], to: &str| {
        let mut run = spikemesh();
        run.arg("run").arg(network).args(["--steps", "48", "--timing", "analytic"]).args(more);
        run.arg("--input").arg(path("grey.png")).arg("--out").arg(path(to));
        run.arg("--nir-data").arg(path(&format!("{to}.nir"))).assert().success();
        events(&path(&format!("{to}.nir")), &["act1", "pool1_act", "act2", "pool2_act", "scores"])
    };
    let more = ["--recipe", RECIPE, "--record-spikes"];
    let trained = run(Path::new("digit-pools"), &more, "trained");
    let again = run(&path("pools.nir"), &[], "again");
    assert_eq!(trained, again);
    assert!(!path("again").join("spikes.csv").exists(), "only --record-spikes writes it");
    let table = std::fs::read_to_string(path("trained").join("spikes.csv")).unwrap();
    let count: usize = trained.values().map(Vec::len).sum();
    assert_eq!(table.lines().count() - 1, count);
    assert!(trained["act1"].len() > 1000 && trained["pool2_act"].len() > 100);
    // A converted network, and one that spikes already, are written without conversion.
    let mut convert = spikemesh();
    convert.args(["convert", "digit-pools", "--recipe", RECIPE, "--steps", "2", "--limit", "1"]);
    convert.arg("--report").arg(path("report")).arg("--out").arg(path("pools.spikemesh"));
    convert.assert().success();
    for (from, to) in [("pools.spikemesh", "second.nir"), ("pools.nir", "third.nir")] {
        let mut convert = spikemesh();
        convert.arg("convert").arg(path(from)).arg("--nir").arg(path(to)).assert().success();
        assert!(path(to).exists());
    }
    let bytes = |name: &str| std::fs::read(path(name)).unwrap();
    assert_eq!(bytes("pools.nir"), bytes("second.nir"));
}

/// The detector inside the program, with ReLUs in place of its leaky units, on a scene.
#[test]
fn a_detector_runs_again_from_its_nir_file() {
    let files = Files::write();
    let recipe = "paper,v0=0,pool=average,negative=none";
    let target = files.path("digits.nir");
    let mut convert = spikemesh();
    convert.args(["convert", "digits", "--recipe", recipe, "--steps", "1", "--limit", "1"]);
    convert.arg("--nir").arg(&target).assert().success();
    let scene = format!("{}/assets/scenes/scene-00.png", env!("CARGO_MANIFEST_DIR"));
    let run = |network: &Path, more: &[&str], to: &str| {
        let data = files.path(&format!("{to}.nir"));
        let mut run = spikemesh();
        run.arg("run").arg(network).args(["--steps", "16", "--timing", "analytic"]).args(more);
        run.args(["--input", &scene]).arg("--out").arg(files.path(to));
        run.arg("--nir-data").arg(&data).assert().success();
        events(&data, &["act1", "pool1", "act2", "act3", "pool3", "act4", "act5", "act6"])
    };
    let trained = run(Path::new("digits"), &["--recipe", recipe], "trained");
    assert!(trained["act6"].len() > 1000, "{}", trained["act6"].len());
    assert!(trained == run(&target, &[], "again"), "other spikes");
}

#[test]
fn what_is_refused_leaves_no_file() {
    let files = Files::write();
    let target = files.path("digits.nir");
    let mut convert = spikemesh();
    convert.args(["convert", "digits", "--steps", "2", "--limit", "1", "--nir"]).arg(&target);
    let told = convert.assert().failure().get_output().stderr.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("E1401") && told.contains("layer `act1`"), "{told}");
    assert!(!target.exists() && !files.path("digits-report").exists());
    let mut convert = spikemesh();
    convert.args(["convert", "digits", "--nir"]).arg(files.path("digits.h5"));
    convert.assert().code(2);
    std::fs::write(&target, "mine").unwrap();
    let mut run = spikemesh();
    run.args(["run", "digits", "--steps", "1", "--timing", "analytic", "--nir-data"]).arg(&target);
    run.assert().code(1);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
}
