//! Small files of every kind, who reads them, and a command that takes them.

use super::change::Form;
use super::readers::{self, Read};
use crate::darknet::common::{network, weights};
use crate::events::written::{each, sample};
use crate::nir::writer::Nir;
use crate::onnx::small::{Net, ints};
use crate::small_detector::{Files, SIDE, spikemesh};
use crate::tuning;
use image::ImageFormat;
use ndarray::Array3;
use spikemesh::journal::Journal;
use spikemesh::profile;
use spikemesh::tune::Search;
use std::fs;
use std::io::Cursor;
use std::path::Path;

/// Files of which one is changed.
pub struct Seed {
    /// Path of the file that changes, within the folder.
    pub file: String,
    pub form: Form,
    pub bytes: Vec<u8>,
    pub read: Read,
    /// Words of a command; `@` stands for the folder, `$` for the file that changes.
    pub command: &'static str,
}

/// What never changes, beside the seeds.
pub struct Seeds {
    pub all: Vec<Seed>,
    pub beside: Vec<(String, Vec<u8>)>,
}

impl Seeds {
    /// Writes all files into a folder.
    pub fn write(&self, folder: &Path) {
        let seeds = self.all.iter().map(|seed| (&seed.file, &seed.bytes));
        for (file, bytes) in self.beside.iter().map(|(file, bytes)| (file, bytes)).chain(seeds) {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn add(&mut self, file: &str, bytes: impl Into<Vec<u8>>, command: &'static str) {
        let (form, read) = readers::of(file);
        self.all.push(Seed { file: file.into(), form, bytes: bytes.into(), read, command });
    }
}

const RUN: &str = "run $ --input @/x.npy --detector @/net.detector.toml --steps 2 --timing \
                   analytic --out @/out";
const INPUT: &str = "run @/net.onnx --input $ --detector @/net.detector.toml --steps 2 --timing \
                     analytic --out @/out";

/// An evaluation of a network inside on a set.
macro_rules! eval {
    ($network:literal, $data:literal) => {
        concat!("eval ", $network, " --recipe best --checkpoints 2 --out @/out --data @/", $data)
    };
}

/// Nodes with shapes, and the arithmetic of shapes that exporters write.
fn second_net() -> Vec<u8> {
    let net = Net::new(&[1, 3, 8, 8]).floats("w", &[4, 3, 3, 3]).floats("d", &[16, 5]);
    let net = net.longs("shape", &[1, -1]).longs("starts", &[0]).longs("ends", &[16]);
    let net = net.longs("axes", &[1]).given("scales", &[4], &[1.0, 1.0, 2.0, 2.0]);
    let same = ints("pads", &[1, 1, 1, 1]);
    let net = net.node("Conv", &["x", "w"], "c", vec![same]).node("Relu", &["c"], "r", vec![]);
    let net = net.node("Resize", &["r", "", "scales"], "up", vec![]);
    let pool = || vec![ints("kernel_shape", &[4, 4]), ints("strides", &[4, 4])];
    let net = net.node("MaxPool", &["up"], "p", pool());
    let net = net.node("Transpose", &["p"], "t", vec![ints("perm", &[0, 2, 3, 1])]);
    let net = net.node("Reshape", &["t", "shape"], "flat", vec![]);
    let net = net.node("Slice", &["flat", "starts", "ends", "axes"], "s", vec![]);
    net.node("MatMul", &["s", "d"], "y", vec![]).bytes()
}

fn nir() -> Vec<u8> {
    let mut nir = Nir::new("1.0.4").plain();
    nir.input("input", &[2, 6, 6]);
    nir.conv2d("conv", &["input"], [4, 2, 3, 3]);
    let lif = [("tau", 0.02), ("r", 1.0), ("v_leak", 0.0), ("v_threshold", 1.0)];
    nir.layer("lif", "LIF", &["conv"], &[4, 6, 6], &lif);
    let flatten = nir.node("flatten", "Flatten", &["lif"]);
    nir.int(&format!("{flatten}/start_dim"), 0);
    nir.int(&format!("{flatten}/end_dim"), -1);
    nir.ints(&format!("{flatten}/input_type"), &[4, 6, 6]);
    nir.linear("linear", &["flatten"], [3, 144]);
    nir.scalars("if", "IF", &["linear"], &[("r", 1.0), ("v_threshold", 1.0)]);
    nir.output("output", &["if"], &[3]);
    nir.finish()
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]);
    let mut bytes = Cursor::new(vec![]);
    image::RgbImage::from_fn(40, 36, pixel).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

const PROFILE: &str = "inherits = \"loihi1-davies2018\"\n[topology]\nmesh = [8, 4]\n\
    cores_per_tile = 4\nboard = [2, 3]\nport_buffer = 4\nkind = \"torus\"\n[limits]\n\
    neurons_per_core = 512\nfan_in = 4096\nmembrane_bits = 24\n[costs]\n\
    input_mac_pj = { low = 1.0, nominal = 2.0, high = 3.0, basis = \"assumed\", source = \"x\" }\n";

const COCO: &str = r#"{"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 36},
  {"id": 2, "file_name": "b.png", "width": 40, "height": 36}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [4, 5, 10.5, 12], "iscrowd": 0},
  {"id": 2, "image_id": 2, "category_id": 3, "bbox": [0, 0, 40, 36], "area": 3}],
 "categories": [{"id": 3, "name": "5"}]}"#;

const VOC: &str = "<annotation><filename>a.png</filename><size><width>40</width><height>36\
    </height><depth>3</depth></size>\n<object><name>5</name><difficult>0</difficult><bndbox>\
    <xmin>3</xmin><ymin>4</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object>\n</annotation>\n";

/// Files that the program writes itself, made by it.
fn own(seeds: &mut Seeds) {
    let files = Files::write();
    let at = |name: &str| files.path(name);
    let mut run = files.run();
    run.args(["--profile", "loihi1-davies2018", "--steps", "2", "--timing", "analytic", "--out"]);
    run.arg(at("run")).assert().success();
    for (command, file) in [("convert", "net.spikemesh"), ("calibrate", "net.ranges")] {
        let mut made = spikemesh();
        made.arg(command).arg(&files.network).arg("--detector").arg(&files.detector);
        let flag = if command == "convert" { "--calibrate" } else { "--input" };
        made.arg(flag).arg(&files.image).arg("--out").arg(at(file)).assert().success();
    }
    let read = |name: &str| fs::read(at(name)).unwrap();
    let price = "price . --profile ideal-45nm --out @/out";
    seeds.add("activity.json", read("run/activity.json"), price);
    let file = "run $ --input @/x.npy --steps 2 --timing analytic --out @/out";
    seeds.add("net.spikemesh", read("net.spikemesh"), file);
    let calibrated = "run @/net.onnx --input @/x.npy --detector @/net.detector.toml --calibrate $ \
                      --steps 2 --timing analytic --out @/out";
    seeds.add("net.ranges", read("net.ranges"), calibrated);
    let mapped = "run @/net.onnx --input @/x.npy --detector @/net.detector.toml --mapping $ \
                  --steps 2 --timing analytic --out @/out";
    seeds.add("mapping.csv", read("run/mapping.csv"), mapped);
}

fn journal() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = Journal::open(&path, &readers::parts()).unwrap();
    let trials = tuning::search(&tuning::plan(4), (Search::Random, 1), &[], &mut vec![]);
    trials.iter().for_each(|trial| journal.add(trial).unwrap());
    fs::read(path).unwrap()
}

fn npy(array: &Array3<f32>) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    ndarray_npy::WriteNpyExt::write_npy(array, &mut bytes).unwrap();
    bytes.into_inner()
}

/// All kinds of files.
pub fn seeds() -> Seeds {
    let files = Files::write();
    let (onnx, detector) = (fs::read(&files.network), fs::read(&files.detector));
    let (onnx, mut detector) = (onnx.unwrap(), detector.unwrap());
    let side = SIDE as usize;
    let x = npy(&Array3::from_shape_fn((3, side, side), |(c, y, x)| (c + y * x) as f32 / 999.0));
    let beside = vec![
        ("net.onnx".into(), onnx.clone()),
        ("net.detector.toml".into(), detector.clone()),
        ("x.npy".into(), x.clone()),
        ("x8.npy".into(), npy(&Array3::from_elem((3, 8, 8), 0.4))),
        ("net.weights".into(), weights(&vec![0.1; 2000])),
        ("csv/inputs.csv".into(), b"step,neuron\n1,0\n2,1\n".to_vec()),
        ("coco/a.png".into(), encoded(ImageFormat::Png)),
        ("coco/b.png".into(), encoded(ImageFormat::Png)),
        ("voc/JPEGImages/a.png".into(), encoded(ImageFormat::Png)),
        ("yolo/images/a.png".into(), encoded(ImageFormat::Png)),
        ("yolo/labels/a.txt".into(), b"0 0.5 0.5 0.25 0.5\n".to_vec()),
        ("list/a.png".into(), encoded(ImageFormat::Png)),
        ("idx/test-labels.idx1-ubyte".into(), [&[0, 0, 8, 1, 0, 0, 0, 3][..], &[0, 1, 2]].concat()),
    ];
    let mut seeds = Seeds { all: vec![], beside };
    seeds.add("small.onnx", onnx, RUN);
    let eight = "run $ --input @/x8.npy --detector @/eight.detector.toml --steps 2 --timing \
                 analytic --out @/out";
    seeds.beside.push((
        "eight.detector.toml".into(),
        String::from_utf8(detector.clone()).unwrap().replace("32", "8").into_bytes(),
    ));
    seeds.add("second.onnx", second_net(), eight);
    let layers = "[convolutional]\nbatch_normalize=1\nfilters=6\nsize=3\nstride=1\npad=1\n\
                  activation=leaky\n[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n[route]\n\
                  layers=-1\n[shortcut]\nfrom=-1\nactivation=linear\n[convolutional]\n\
                  filters=7\nsize=1\nstride=1\nactivation=linear";
    seeds.add("net.cfg", network(layers, 7), "inspect $");
    seeds.beside.push(("net2.cfg".into(), network(layers, 7).into_bytes()));
    seeds.add("net2.weights", weights(&vec![0.1; 2000]), "inspect @/net2.cfg");
    seeds.add("net.nir", nir(), "inspect $");
    let csv_run = "run @/csv --profile loihi1-sanafe --steps 3 --out @/out";
    let neurons = "id,model,threshold,leak_decay,reset_mode,tile,core_in_tile\n0,input,,,,0,0\n\
                   1,input,,,,0,0\n2,lif,1.5,0.5,soft,0,1\n3,lif,1,1,hard,1,0\n";
    seeds.add("csv/neurons.csv", neurons, csv_run);
    let synapses = "pre,post,weight,delay\n0,2,1.5,1\n1,2,-0.5,2\n2,3,1e0,1\n3,2,0.25,3\n";
    seeds.add("csv/synapses.csv", synapses, csv_run);
    seeds.add("input.npy", x, INPUT);
    seeds.add("input.png", encoded(ImageFormat::Png), INPUT);
    seeds.add("input.jpg", encoded(ImageFormat::Jpeg), INPUT);
    let spikes = npy(&Array3::from_shape_fn((4, 2, 18), |(t, c, n)| ((t + c + n) % 3) as f32));
    seeds.add("train.npy", spikes, "inspect $");
    for (name, bytes) in each(&sample(300)) {
        let name = format!("recorded-{name}");
        seeds.add(&name, bytes, "inspect $");
    }
    let on = "run @/net.onnx --input @/x.npy --detector @/net.detector.toml --idealised --steps 2 \
              --profile $ --out @/out";
    seeds.add("small.toml", PROFILE, on);
    let whole = profile::to_toml(&profile::load("truenorth").unwrap());
    seeds.add("whole.toml", whole, "profiles check $");
    detector.extend(
        b"[detect]\nclasses = [\"5\"]\nscore = 0.3\nnms_iou = 0.45\n[[detect.head]]\noutput = 0\n\
          kind = \"yolo\"\nstride = 4\nanchors = [[10, 12]]\nscores = \"softmax\"\n\
          scale_x_y = 1.0\n",
    );
    let run = "run @/net.onnx --input @/input.png --detector $ --steps 2 --timing analytic --out \
               @/out";
    seeds.add("more.detector.toml", detector, run);
    let device =
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/hardware_profiles/edge/jetson-nano.toml"));
    let compared = "compare digits --timing analytic --baseline $ --out @/out";
    seeds.add("device.toml", device.unwrap_or_default(), compared);
    seeds.add("coco/instances.json", COCO, eval!("digits", "coco"));
    seeds.add("voc/Annotations/a.xml", VOC, eval!("digits", "voc"));
    let yaml = "path: .\nval: images\nnames:\n  0: '5'\n  1: cat\nnc: 2\n";
    seeds.add("yolo/data.yaml", yaml, eval!("digits", "yolo"));
    let list = "file,label\na.png,5\n";
    seeds.add("list/list.csv", list, eval!("digit-pools", "list"));
    let idx = [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28][..], &[7; 2352]].concat();
    let name = "idx/test-images.idx3-ubyte";
    seeds.add(name, idx, eval!("digit-pools", "idx"));
    let tune = "tune @/net.onnx --data @/coco --pictures 1 --steps 4 --budget 2 --search random \
                --detector @/more.detector.toml --out @/tuned";
    seeds.add("tuned.journal", journal(), tune);
    own(&mut seeds);
    seeds
}
