//! A small detector that the tests write themselves, with its description and pictures, and the
//! binary to run it with.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::onnx::small::{Net, float, int, ints};

/// Side of the input.
pub const SIDE: u32 = 32;

pub fn spikemesh() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"))
}

/// Files in a folder of their own.
pub struct Files {
    pub dir: tempfile::TempDir,
    pub network: PathBuf,
    pub detector: PathBuf,
    pub image: PathBuf,
}

impl Files {
    pub fn write() -> Files {
        let dir = tempfile::tempdir().unwrap();
        let network = dir.path().join("small.onnx");
        let detector = dir.path().join("small.detector.toml");
        let image = dir.path().join("picture.png");
        std::fs::write(&network, onnx()).unwrap();
        let rule = "width = 32\nheight = 32\nresize = \"plain\"\nchannels = \"rgb\"\n\
                    scale = 0.00392156862745098\n";
        std::fs::write(&detector, rule).unwrap();
        picture(&image, 1);
        Files { dir, network, detector, image }
    }

    /// `spikemesh run` on network and picture; profile and folder are missing yet.
    pub fn run(&self) -> Command {
        let mut command = spikemesh();
        command.arg("run").arg(&self.network).arg("--input").arg(&self.image);
        command.arg("--detector").arg(&self.detector);
        command
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a profile that inherits from a built-in one.
    pub fn profile(&self, name: &str, inherits: &str, rest: &str) -> PathBuf {
        let path = self.path(&format!("{name}.toml"));
        std::fs::write(&path, format!("inherits = \"{inherits}\"\n{rest}")).unwrap();
        path
    }
}

/// Convolution with batch norm and leaky activation, max pool, a residual block, a depthwise
/// convolution and a head of 1 x 1.
pub fn onnx() -> Vec<u8> {
    let same = || ints("pads", &[1, 1, 1, 1]);
    let half = || ints("strides", &[2, 2]);
    let net = Net::new(&[1, 3, SIDE as usize, SIDE as usize]);
    let net = net.floats("w1", &[8, 3, 3, 3]).floats("w2", &[8, 8, 3, 3]).floats("b2", &[8]);
    let net = net
        .floats("w3", &[8, 1, 3, 3])
        .floats("b3", &[8])
        .floats("w4", &[6, 8, 1, 1])
        .floats("b4", &[6]);
    let net = net.floats("scale", &[8]).floats("bias", &[8]).floats("mean", &[8]);
    let net = net.given("var", &[8], &[0.5, 2.0, 1.0, 3.0, 0.7, 1.5, 4.0, 0.9]);
    let net = net.node("Conv", &["x", "w1"], "conv", vec![same()]);
    let net =
        net.node("BatchNormalization", &["conv", "scale", "bias", "mean", "var"], "norm", vec![]);
    let net = net.node("LeakyRelu", &["norm"], "leaky", vec![float("alpha", 0.1)]);
    let net = net.node("MaxPool", &["leaky"], "pool", vec![ints("kernel_shape", &[2, 2]), half()]);
    let net = net.node("Conv", &["pool", "w2", "b2"], "inner", vec![same()]);
    let net = net.node("Relu", &["inner"], "branch", vec![]).node(
        "Add",
        &["branch", "pool"],
        "sum",
        vec![],
    );
    let net = net.node("Conv", &["sum", "w3", "b3"], "deep", vec![same(), half(), int("group", 8)]);
    let net = net.node("Relu", &["deep"], "depthwise", vec![]);
    net.node("Conv", &["depthwise", "w4", "b4"], "y", vec![]).bytes()
}

/// A PNG of smooth waves over noise, another one for every seed.
pub fn picture(path: &Path, seed: u32) {
    let noise = |x: u32, y: u32| (x * 31 + y * 57 + seed * 101).wrapping_mul(2_654_435_761) >> 26;
    image::RgbImage::from_fn(48, 40, |x, y| {
        let wave = |a: f32, b: f32| {
            (90.0 + 80.0 * (x as f32 / a + y as f32 / b + seed as f32).sin()) as u8
        };
        let n = noise(x, y) as u8;
        image::Rgb([wave(5.0, 9.0) + n, wave(11.0, 4.0) + n, wave(7.0, 7.0) + n])
    })
    .save(path)
    .unwrap();
}
