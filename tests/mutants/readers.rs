//! Who reads which file, as the library does; the targets of `fuzz/` have them, too.

use super::change::Form;
use spikemesh::ann::{Shape, exec};
use spikemesh::convert::ranges::Ranges;
use spikemesh::detect::{Dataset, Decoder};
use spikemesh::encode::{self, Detector, events, labelled, trains};
use spikemesh::import::{self, Network, csv_network, mapping_file, placement_file};
use spikemesh::journal::{Journal, Parts};
use spikemesh::tune::Trial;
use spikemesh::{baseline, pipeline, profile, report};
use std::path::Path;

/// Reads a file of a folder, whatever comes of it.
pub type Read = fn(&Path, &str);

/// Side of the pictures that the network of the folder takes.
const SIDE: usize = 32;

/// Files by name, what they are made of, and their readers. Recordings begin with `recorded-`.
const READERS: [(&str, Form, Read); 27] = [
    ("small.onnx", Form::Messages, network),
    ("second.onnx", Form::Messages, network),
    ("net.cfg", Form::Text, network),
    ("net2.weights", Form::Bytes, |folder, _| network(folder, "net2.cfg")),
    ("net.nir", Form::Bytes, network),
    ("net.spikemesh", Form::Hashed, network),
    ("csv/neurons.csv", Form::Text, neurons),
    ("csv/synapses.csv", Form::Text, neurons),
    ("input.npy", Form::Bytes, picture),
    ("input.png", Form::Bytes, picture),
    ("input.jpg", Form::Bytes, picture),
    ("train.npy", Form::Bytes, |folder, file| drop(trains::read(&folder.join(file), 36))),
    ("small.toml", Form::Text, chip),
    ("whole.toml", Form::Text, chip),
    ("more.detector.toml", Form::Text, description),
    ("device.toml", Form::Text, |folder, file| drop(baseline::load(&path(folder, file)))),
    ("coco/instances.json", Form::Text, boxes),
    ("voc/Annotations/a.xml", Form::Text, boxes),
    ("yolo/data.yaml", Form::Text, boxes),
    ("list/list.csv", Form::Text, classes),
    ("idx/test-images.idx3-ubyte", Form::Bytes, classes),
    ("tuned.journal", Form::Text, journal),
    ("activity.json", Form::Text, activity),
    ("net.ranges", Form::Bytes, |folder, file| drop(Ranges::open(&folder.join(file), ""))),
    ("mapping.csv", Form::Text, placement),
    ("recorded-csv", Form::Text, recording),
    ("recorded-", Form::Bytes, recording),
];

/// What a file is made of, and its reader.
pub fn of(file: &str) -> (Form, Read) {
    let kind = match file.strip_prefix("recorded-") {
        Some(name) if name.ends_with("csv") => "recorded-csv",
        Some(_) => "recorded-",
        None => file,
    };
    let found = READERS.iter().find(|(name, ..)| *name == kind);
    let (_, form, read) = found.unwrap_or_else(|| panic!("{file} has no reader"));
    (*form, *read)
}

fn path(folder: &Path, file: &str) -> String {
    folder.join(file).to_string_lossy().into_owned()
}

/// What a journal depends on.
pub fn parts() -> Parts {
    Parts::from([("--steps".to_string(), "8".to_string())])
}

/// What is read is run, if it is small.
fn network(folder: &Path, file: &str) {
    let Ok(imported) = import::open(&folder.join(file)) else { return };
    if let Network::Float(graph) = imported.network {
        let size = graph.input_shape().len();
        if spikemesh::ann::memory::of_run(&graph) < 1 << 20 {
            let _ = exec::run(&graph, &vec![0.5; size]);
        }
    }
}

fn neurons(folder: &Path, _: &str) {
    let _ = csv_network::load(&folder.join("csv"));
}

fn picture(folder: &Path, file: &str) {
    let shape = Shape { channels: 3, height: SIDE, width: SIDE };
    let Ok(detector) = Detector::load(&folder.join("net.detector.toml")) else { return };
    for item in encode::inputs(&folder.join(file), &detector, shape).unwrap_or_default() {
        let _ = item.load();
    }
}

fn recording(folder: &Path, file: &str) {
    let _ = events::read(&folder.join(file));
}

fn chip(folder: &Path, file: &str) {
    let _ = profile::load(&path(folder, file));
}

fn description(folder: &Path, file: &str) {
    let _ = Detector::load(&folder.join(file));
    let _ = Decoder::load(&folder.join(file));
}

/// The folder of a set, in which a file lies at any depth.
fn set(file: &str) -> &str {
    file.split_once('/').map_or(file, |(set, _)| set)
}

fn boxes(folder: &Path, file: &str) {
    let _ = Dataset::open(&folder.join(set(file)));
}

fn classes(folder: &Path, file: &str) {
    for item in labelled::classified(&folder.join(set(file))).map_or(vec![], |set| set.items) {
        let _ = item.load();
    }
}

fn journal(folder: &Path, file: &str) {
    let _ = Journal::<Trial>::open(&folder.join(file), &parts());
}

fn activity(folder: &Path, file: &str) {
    let Ok((setup, outcome)) = report::read_activity(&folder.join(file)) else { return };
    let Ok(profile) = profile::load("ideal-45nm") else { return };
    let _ = pipeline::check(&setup.grid, &outcome.activity, &profile, setup.timing);
    let _ = report::table(&setup, &profile, &outcome, false);
}

fn placement(folder: &Path, file: &str) {
    let _ = placement_file::load(&folder.join(file));
    let _ = mapping_file::load(&folder.join(file));
}
