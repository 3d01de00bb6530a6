//! What recipes reach on the shared detectors: the tables of docs/conversion.md.
//!
//! `ACCURACY="NETWORK RECIPES STEPS IMAGES" cargo test --release --test tests -- --ignored --nocapture
//! accuracy`, for example `ACCURACY="tinier_yolo_relu7 paper,best 1,2,4,8,16,32 14"`.

use rayon::prelude::*;
use spikemesh::ann::{Graph, exec};
use spikemesh::convert::{Conversion, Readout, Recipe, Settings, convert, currents, outputs};
use spikemesh::detect::compare::{Pair, agreement, f1};
use spikemesh::detect::{Decoder, Output};
use spikemesh::encode::{Detector, inputs};
use spikemesh::engine::functional::layered;
use spikemesh::import;
use spikemesh::snn::{Connection, Network, Projection};
use std::path::{Path, PathBuf};

const CALIBRATION_IMAGES: usize = 8;

/// Folder and stem of the models.
const MODELS: [(&str, &str); 5] = [
    ("tinier-yolo-voc", "tinier_yolo_relu7"),
    ("yolo-fastest-1.1-coco", "yolo-fastest-1.1"),
    ("mobilenetv2-yolo-fastest-voc", "mobilenetv2-yolo-fastest-voc"),
    ("tiny-face-detector", "tiny_face_detector_416"),
    ("yoloface-50k", "yoloface-50k"),
];

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

/// Float values of every node for the first `count` pictures of a folder.
fn floats(graph: &Graph, folder: &Path, count: usize) -> Vec<Vec<Vec<f32>>> {
    let detector = Detector::for_network(&graph.name).unwrap();
    let items = inputs(folder, &detector, graph.input_shape()).unwrap();
    let value = |item: &spikemesh::encode::InputItem| exec::run(graph, &item.load().unwrap()).unwrap();
    items.iter().take(count).map(value).collect()
}

/// Synapses from each position of a projection's source.
fn fan_out(network: &Network, projection: &Projection) -> Vec<u64> {
    let (s, t) = (network.populations[projection.source].shape, network.populations[projection.target].shape);
    let mut out = vec![0; s.positions()];
    let Connection::Conv(conv) = &projection.connection else { return out };
    let reads = |axis: usize, o: usize, size: usize| -> Vec<usize> {
        let w = &conv.window;
        let at = |k: usize| (o * w.stride[axis] + k * w.dilation[axis]).checked_sub(w.pad[axis]);
        let inside = (0..w.kernel[axis]).filter_map(at).filter(|i| *i < size * conv.upsample[axis]);
        inside.map(|i| i / conv.upsample[axis]).collect()
    };
    for y in (0..t.height).flat_map(|o| reads(0, o, s.height)) {
        for x in (0..t.width).flat_map(|o| reads(1, o, s.width)) {
            out[y * s.width + x] += (t.channels / conv.groups) as u64;
        }
    }
    out
}

/// The heads of one picture at some step count, and the synaptic operations until there.
struct Reading {
    heads: Vec<Vec<f32>>,
    operations: u64,
}

fn readings(
    conversion: &Conversion,
    settings: &Settings,
    values: &[Vec<f32>],
    steps: &[usize],
) -> Vec<Reading> {
    let network = &conversion.network;
    let fans: Vec<(usize, Vec<u64>)> =
        network.projections.iter().map(|p| (p.source, fan_out(network, p))).collect();
    let mut fan = network.populations.iter().map(|p| vec![0; p.shape.positions()]).collect::<Vec<_>>();
    for (source, one) in fans {
        fan[source].iter_mut().zip(one).for_each(|(all, one)| *all += one);
    }
    let last = steps.iter().copied().max().unwrap();
    let mut sums: Vec<Vec<i32>> = network.populations.iter().map(|p| vec![0; p.shape.neurons()]).collect();
    // Sums of the heads after every step, and operations.
    let mut past = vec![(network.heads.iter().map(|h| sums[h.population].clone()).collect::<Vec<_>>(), 0u64)];
    let mut operations = 0;
    layered(network, &currents(conversion, values), last, |o| {
        let channels = network.populations[o.population].shape.channels;
        let head = network.heads.iter().any(|h| h.population == o.population);
        for (position, fan) in fan[o.population].iter().enumerate() {
            operations += fan * o.spikes.spikes(position, position + 1);
            for spike in o.spikes.at(position).iter().filter(|_| head) {
                sums[o.population][position * channels + spike.channel()] += spike.count();
            }
        }
        if head && settings.readout == Readout::Membrane {
            sums[o.population].clone_from_slice(o.membranes);
        }
        if o.population + 1 == network.populations.len() {
            let heads = network.heads.iter().map(|h| sums[h.population].clone());
            past.push((heads.collect(), operations));
        }
    });
    let reading = |&t: &usize| {
        let after = settings.readout_after.of(t).min(t - 1);
        let mut sums = vec![vec![]; network.populations.len()];
        for (h, head) in network.heads.iter().enumerate() {
            let both = past[t].0[h].iter().zip(&past[after].0[h]);
            sums[head.population] = both.map(|(now, before)| now - before).collect();
        }
        Reading { heads: outputs(conversion, &sums, t - after), operations: past[t].1 }
    };
    steps.iter().map(reading).collect()
}

fn detections(graph: &Graph, decoder: &Decoder, heads: &[&[f32]]) -> Vec<spikemesh::detect::Detection> {
    let output = |(head, values): (&spikemesh::ann::Head, &&[f32])| {
        let (name, shape) = (head.name.clone(), graph.nodes[head.node].shape);
        (name, shape, values.to_vec())
    };
    let owned: Vec<_> = graph.heads.iter().zip(heads).map(output).collect();
    let outputs: Vec<_> =
        owned.iter().map(|(name, shape, values)| Output { name, shape: *shape, values }).collect();
    decoder.decode(&outputs, (graph.input_shape().width, graph.input_shape().height)).unwrap()
}

#[test]
#[ignore = "minutes; see the head of this file"]
fn accuracy() {
    let wanted = std::env::var("ACCURACY").unwrap_or_else(|_| "yoloface-50k paper,best 8,16,32,64 14".into());
    let [stem, recipes, steps, images] = wanted.split(' ').collect::<Vec<_>>()[..] else {
        panic!("ACCURACY is NETWORK RECIPES STEPS IMAGES")
    };
    let folder = MODELS.iter().find(|(_, s)| *s == stem).map(|(folder, _)| folder).unwrap();
    let Some(model) = shared(&format!("models/{folder}/{stem}.onnx")) else { return };
    let Some(data) = shared("data/coco-permissive") else { return };
    let steps: Vec<usize> = steps.split(',').map(|s| s.parse().unwrap()).collect();
    let graph = import::load(&model).unwrap();
    let decoder = Decoder::for_network(stem).unwrap();
    let calibration = floats(&graph, &data.join("train/images"), CALIBRATION_IMAGES);
    let calibration: Vec<&[Vec<f32>]> = calibration.iter().map(Vec::as_slice).collect();
    let values = floats(&graph, &data.join("val/images"), images.parse().unwrap());
    let macs: u64 = (0..graph.nodes.len()).map(|node| graph.macs(node)).sum();
    println!("| {stem}: recipe | T | head error | agreement | f1 | M operations | spikes/synapse |");
    for recipe in Recipe::parse_list(recipes).unwrap() {
        let settings = recipe.settings(&graph).unwrap();
        let conversion = convert(&graph, &calibration, &settings).unwrap();
        let synapses = (macs - conversion.input_macs) as f64;
        let all: Vec<Vec<Reading>> =
            values.par_iter().map(|v| readings(&conversion, &settings, v, &steps)).collect();
        for (at, t) in steps.iter().enumerate() {
            let (mut error, mut operations, mut pairs) = (0.0, 0.0, vec![]);
            for (values, readings) in values.iter().zip(&all) {
                let truth: Vec<&[f32]> = graph.heads.iter().map(|h| &values[h.node][..]).collect();
                let spiking: Vec<&[f32]> = readings[at].heads.iter().map(Vec::as_slice).collect();
                let (mut off, mut total) = (0.0, 0.0);
                for (s, f) in spiking.iter().zip(&truth).flat_map(|(s, f)| s.iter().zip(*f)) {
                    off += f64::from((s - f).abs());
                    total += f64::from(f.abs());
                }
                error += off / total / values_count(&all);
                operations += readings[at].operations as f64 / values_count(&all);
                let reference = detections(&graph, &decoder, &truth);
                pairs.push(Pair { reference, found: detections(&graph, &decoder, &spiking) });
            }
            let (agree, f1) = (agreement(&pairs).mean.unwrap_or(f64::NAN), f1(&pairs).unwrap_or(f64::NAN));
            let (million, each) = (operations / 1e6, operations / synapses);
            println!("| {recipe} | {t} | {error:.3} | {agree:.3} | {f1:.3} | {million:.0} | {each:.2} |");
        }
    }
}

fn values_count(all: &[Vec<Reading>]) -> f64 {
    all.len() as f64
}
