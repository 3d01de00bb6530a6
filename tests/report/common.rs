//! A small run, made up by formula, whose counts agree over steps, layers and cores.

use spikemesh::activity::*;
use spikemesh::convert::LayerMatch;
use spikemesh::mapping::{Gap, Grid, Verdict};
use spikemesh::pipeline::{Outcome, Setup, SpikeRecord, Timing};
use spikemesh::profile::{self, Profile};
use std::collections::BTreeMap;
use std::path::Path;

pub const STEPS: u64 = 12;

pub fn profile() -> Profile {
    profile::load("loihi1-davies2018").unwrap()
}

pub fn setup(idealised: bool) -> Setup {
    let gap = |verdict, message: &str| Gap {
        verdict,
        layer: "conv/1:0".into(),
        limit: "axons_in_per_core".into(),
        message: message.into(),
    };
    let mut gaps = vec![
        gap(Verdict::Paid, "second neurons, \"paid\""),
        gap(Verdict::Assumed, "pools; assumed"),
    ];
    if idealised {
        gaps.push(gap(Verdict::Refused, "4608 sources > 4096 axons"));
    }
    Setup {
        network: "net <&> work".into(),
        network_sha256: "ab".repeat(32),
        profile: "loihi1-davies2018".into(),
        profile_sha256: profile().hash,
        recipe: "paper".into(),
        conversion: "neuron=if,norm=channel".into(),
        placement: "hilbert".into(),
        timing: Timing::Event,
        idealised,
        gaps,
        notes: vec![],
        grid: Grid { chip_height: 4, chips: 2, cores_per_tile: 4, ..Grid::of_one_chip(8, 8) },
        seed: u64::MAX,
        float_macs: 5_000_000,
        calibration: vec!["street".into()],
        detector: "the file net.detector.toml".into(),
        version: "0.1.0".into(),
        command: "spikemesh run net.onnx".into(),
    }
}

fn layer(name: &str, class: &str, size: [usize; 3], depth: usize) -> Layer {
    let [height, width, channels] = size;
    Layer {
        name: name.into(),
        class: class.into(),
        height,
        width,
        channels,
        depth,
        neurons: (height * width * channels) as u64,
        synapses: 9000,
        cores: 6,
        counts: Counts::new(3, 1),
        spikes_per_step: vec![0; STEPS as usize + 4],
        spikes_per_position: vec![0; height * width],
        nonzero_operations: None,
        shapeless: false,
    }
}

/// What one core of one layer does in one step.
fn counts(class: usize, step: usize, core: usize, spikes: u64) -> Counts {
    let mut counts = Counts::new(3, 1);
    counts.accesses[class] = 900;
    counts.updates_input[class] = 200 + spikes;
    counts.updates_state[class] = 400 + spikes;
    counts.firings[class] = spikes;
    counts.spikes = spikes;
    counts.events = spikes - spikes / 9;
    *if class == 1 { &mut counts.pool_operations } else { &mut counts.synaptic_operations[0] } =
        31 * spikes + step as u64;
    counts.packets = 2 * spikes;
    counts.packets_in = 2 * spikes;
    counts.local_packets = spikes / 3;
    counts.hops.east = 3 * spikes;
    counts.hops.west = core as u64;
    counts.hops.north = spikes;
    counts.hops.south = step as u64;
    counts.chip_links = spikes / 7;
    counts
}

pub fn activity() -> Activity {
    let mut layers = vec![
        layer("conv/1:0", "if", [24, 32, 8], 0),
        layer("conv:1:0", "if", [24, 32, 8], 1),
        layer("cores", "gate", [12, 16, 8], 2),
        layer("dense", "if", [1, 1, 90], 3),
        layer("head, left", "readout", [12, 16, 3], 4),
    ];
    let place = |i: usize| [i % 8, i / 8];
    let mut cores: Vec<CoreActivity> = (0..30)
        .map(|i| CoreActivity {
            x: place(i)[0],
            y: place(i)[1],
            slot: i % 4,
            layer: Some(i * 5 / 30),
            neurons: layers[i * 5 / 30].neurons / 6,
            synapse_memory_bits: 12_345,
            axons_in: 77,
            axons_out: 88,
            counts: Counts::new(3, 1),
        })
        .collect();
    let mut steps = vec![];
    let mut latencies = Histogram::default();
    for step in 0..STEPS as usize + 4 {
        let mut sum = Counts::new(3, 1);
        for (index, core) in cores.iter_mut().enumerate() {
            let id = core.layer.unwrap();
            let layer = &mut layers[id];
            let awake = (layer.depth..layer.depth + STEPS as usize).contains(&step) && id != 4;
            let spikes = if awake { (20 + index * 7 + step * 3) as u64 % 190 } else { 0 };
            let class = [0, 0, 1, 0, 2][id];
            let counts = counts(class, step, index, spikes);
            layer.spikes_per_step[step] += spikes;
            for spike in 0..spikes as usize {
                let position = (spike * spike + index * 5) % layer.spikes_per_position.len();
                layer.spikes_per_position[position] += 1;
            }
            for part in [&mut sum, &mut layer.counts, &mut core.counts] {
                part.add(&counts);
            }
        }
        let time = 5_000_000 + 1000 * step as u64;
        let received = sum.packets_in;
        (0..received).for_each(|n| latencies.add([0, 4000, 4000, 90_000, 100_001][n as usize % 5]));
        let timing = StepTiming {
            generation_ps: time / 2,
            receive_ps: time / 3,
            work_ps: None,
            network_ps: 70_000,
            sync_ps: time - time / 2 - 70_000,
            total: Span { low: time - 1_000_000, nominal: time, high: time + 1_500_000 },
            busiest_core: step as u32,
            overrun: step == 3,
            packet_latency: Some(PacketLatency { p50_ps: 4000, p99_ps: 90_000, max_ps: 100_001 }),
            overfull: 3 * step as u64,
            estimated: step == 2,
            waits: Some(Waits { links_ps: 700, blocked_ps: 300, injection_ps: 20 + step as u64 }),
            order: Some(SpikeOrder {
                packets: received,
                disordered: received / 4,
                intervals: 4 * step as u64,
                distortion_ps: 100 * step as u64,
                distortion_max_ps: 60.min(100 * step as u64),
            }),
        };
        steps.push(Step { counts: sum, timing });
    }
    let sum = |of: fn(&Counts) -> u64| steps.iter().map(|step: &Step| of(&step.counts)).sum();
    let links = [
        ([0, 3], true, sum(|counts| counts.chip_links)),
        ([0, 2], false, sum(|counts| counts.hops.total())),
    ];
    let waiting = 350 * steps.len() as u64;
    let links = links.map(|(from, between_chips, packets)| Link {
        from,
        to: [0, from[1] + 1],
        between_chips,
        packets,
        stall_ps: waiting,
        blocked_ps: 150 * steps.len() as u64,
    });
    Activity {
        soma_classes: ["if", "gate", "readout"].map(String::from).to_vec(),
        synapse_classes: vec!["conv".into()],
        inference_steps: STEPS,
        depth: 4,
        steps,
        layers,
        cores,
        links: links.to_vec(),
        flows: vec![],
        input_macs: 40_000,
        input_writes: 6144,
        host_operations: 0,
        saturations: 5,
        chips: 2,
        time_error_ps: 0,
        first_output_ps: None,
        latencies,
    }
}

pub fn outcome(input: &str) -> Outcome {
    let like = LayerMatch {
        layer: 1,
        name: "conv:1:0".into(),
        correlation: Some(0.1 + 0.2),
        relative_error: None,
        beyond: 0.0,
        spikes_per_neuron_step: 1.0 / 3.0,
        shift: Some([2, 9]),
        threshold: Some([100, 70_000]),
    };
    Outcome {
        input: input.into(),
        input_sha256: "cd".repeat(32),
        activity: activity(),
        layers: vec![like],
        head_error: None,
        spikes: None,
        heads: vec![],
        float_heads: vec![],
        detections: None,
        classification: None,
        membranes: vec![],
    }
}

pub fn spikes() -> Vec<SpikeRecord> {
    let spike = |step, layer, neuron, count| SpikeRecord { step, layer, neuron, count };
    vec![
        spike(1, 0, 8 * (32 * 3 + 5) + 7, 1),
        spike(2, 2, 0, -3),
        spike(2, SpikeRecord::NO_LAYER, 4711, 1),
    ]
}

/// Rows of a CSV file, by column.
pub fn read(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Names in a folder, sorted.
pub fn list(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = dir
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
