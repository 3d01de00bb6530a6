//! Networks that are written as NIR and read again: the same spikes, layer by layer and step by
//! step.

use std::collections::BTreeMap;
use std::path::Path;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::ann::op::{AveragePool, Dense, LeakyRelu, MaxPool, Relu};
use spikemesh::ann::{Graph, Op, Shape as FloatShape};
use spikemesh::convert::spiking::{
    Feed, Layer, SpikingConversion, SpikingSettings, convert_spiking,
};
use spikemesh::convert::{Conversion, Recipe, convert, currents};
use spikemesh::engine::functional::layered;
use spikemesh::export::{Error, nir};
use spikemesh::snn::*;

use super::read;
use super::units::random_units;
use crate::convert::{Build, HALF, float};

const STEPS: usize = 40;

/// By name of a layer: neurons that fire, with their spikes, step by step; then its potentials.
type Fired = BTreeMap<String, (Vec<Vec<(u32, i32)>>, Vec<i32>)>;

/// What a network does that is fed so, and its spikes in all.
fn fired(network: &Network, fed: &[Option<Fed>], steps: usize) -> (Fired, usize) {
    let mut fired: Vec<Vec<Vec<(u32, i32)>>> = vec![vec![]; network.populations.len()];
    let mut all = 0;
    let states = layered(network, fed, steps, |o| {
        let channels = network.populations[o.population].shape.channels;
        let position = |at: usize| {
            let spikes = o.spikes.at(at).iter();
            spikes.map(move |s| ((at * channels + s.channel()) as u32, s.count()))
        };
        let mut step: Vec<_> = (0..o.spikes.positions()).flat_map(position).collect();
        step.sort_unstable();
        all += step.len();
        fired[o.population].push(step);
    });
    let potentials = states.iter().map(|state| state.potential());
    let names = network.populations.iter().map(|population| population.name.clone());
    (names.zip(fired.into_iter().zip(potentials)).collect(), all)
}

/// The network that a file becomes again.
fn again(
    bytes: &[u8],
    settings: &SpikingSettings,
) -> (spikemesh::spiking::Graph, SpikingConversion) {
    let graph = read(bytes, None).unwrap().graph;
    let conversion = convert_spiking(&graph, settings).unwrap();
    (graph, conversion)
}

/// A network in whole numbers as the conversion of one that spiked already; units are odd floats.
fn as_conversion(network: Network) -> SpikingConversion {
    let layer = |population: &Population| Layer {
        name: population.name.clone(),
        kind: String::new(),
        step: vec![],
        unit: (0..population.shape.channels).map(|c| 0.003 / (c + 3) as f64).collect(),
        shift: vec![],
        weight_bits: 8,
        largest: 0.0,
        as_given: false,
        weight_error: 0.0,
        decay_error: 0.0,
    };
    let layers = network.populations.iter().map(layer).collect();
    let place = (0..network.populations.len()).map(Some).collect();
    let settings = SpikingSettings::default();
    SpikingConversion { network, place, layers, weight_bits: 8, settings, tight: vec![] }
}

/// Spikes of each population of the network that was read, where the inputs get those of `fed`.
fn refed(network: &Network, fed: &[Option<Fed>], new: &Network) -> Vec<Option<Fed>> {
    let place = |name: &str| network.populations.iter().position(|p| p.name == name);
    let own = |p: &Population| place(&p.name).and_then(|place| fed[place].clone());
    new.populations.iter().map(|p| own(p).filter(|_| matches!(p.model, Model::Input(_)))).collect()
}

/// Membranes of 24 bits, of what is read 32, as conversions make them; and where a current lasts,
/// a potential that leaks, as in NIR.
fn usual(network: &mut Network) {
    for population in &mut network.populations {
        if let Model::Cuba(unit) = &mut population.model {
            unit.saturation = if unit.fires() { (1 << 23) - 1 } else { i32::MAX };
            if unit.keeps_current() && !unit.leaks() {
                unit.decay.fill(700);
            }
        }
    }
}

/// Loops, delays, skips, leaks, currents that last, resets and refractory times.
#[test]
fn networks_with_currents_come_back() {
    let (mut written, mut spikes, mut kinds) = (0, 0, BTreeMap::<String, usize>::new());
    for seed in 0..200 {
        let (mut network, fed) = crate::spiking::random_network(seed, STEPS);
        usual(&mut network);
        let bytes = match nir::spiking(&as_conversion(network.clone()), 2e-3) {
            Ok(bytes) => bytes,
            Err(Error::Layer { why, .. }) => {
                *kinds.entry(why).or_default() += 1;
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        written += 1;
        let (graph, conversion) = again(&bytes, &SpikingSettings::default());
        assert!((graph.dt - 2e-3).abs() < 1e-15);
        let fed_again = refed(&network, &fed, &conversion.network);
        let (expected, all) = fired(&network, &fed, STEPS);
        let (found, _) = fired(&conversion.network, &fed_again, STEPS);
        assert_eq!(found, expected, "seed {seed}");
        spikes += all;
    }
    assert!(written > 150 && spikes > 50_000, "{written} written, {spikes} spikes, {kinds:?}");
}

/// The same with names as files of NIR have them.
fn plainly(fired: Fired) -> Fired {
    let name = |name: String| name.replace(['/', '.'], "_");
    fired.into_iter().map(|(key, value)| (name(key), value)).collect()
}

#[test]
fn units_of_trained_networks_come_back() {
    let (mut written, mut spikes) = (0, 0);
    for seed in 0..200 {
        let (network, fed) = random_units(seed, STEPS);
        let bytes = match nir::spiking(&as_conversion(network.clone()), 1e-3) {
            Ok(bytes) => bytes,
            // One row behind several, by windows that have three.
            Err(Error::Layer { why, .. }) if why.starts_with("it changes between maps") => continue,
            Err(error) => panic!("seed {seed}: {error}"),
        };
        written += 1;
        let (_, conversion) = again(&bytes, &SpikingSettings::default());
        let renamed = Network {
            populations: (network.populations.iter())
                .map(|p| Population { name: p.name.replace(['/', '.'], "_"), ..p.clone() })
                .collect(),
            ..network.clone()
        };
        let fed_again = refed(&renamed, &fed, &conversion.network);
        let (expected, all) = fired(&network, &fed, STEPS);
        let (found, _) = fired(&conversion.network, &fed_again, STEPS);
        assert_eq!(found, plainly(expected), "seed {seed}");
        spikes += all;
        let models = |network: &Network| -> BTreeMap<String, Model> {
            network.populations.iter().map(|p| (p.name.clone(), p.model.clone())).collect()
        };
        for (name, model) in models(&renamed) {
            // Inputs have other limits, and readouts another form.
            if let Model::If(_) = model {
                assert_eq!(models(&conversion.network)[&name], model, "seed {seed}");
            }
        }
    }
    assert!(written > 120 && spikes > 50_000, "{written} written, {spikes} spikes");
}

/// Convolutions, pools, a skip and a dense head of ReLUs.
fn trained(pool: bool) -> Graph {
    let mut build = Build::new();
    let first = build.layer(0);
    let half = build.pooled(first);
    let op = match pool {
        true => Op::MaxPool(MaxPool { window: HALF }),
        false => Op::AveragePool(AveragePool { window: HALF, count_pad: true }),
    };
    let pooled = build.op(op, &[first], half);
    let second = build.layer(pooled);
    let third = build.layer(second);
    let flat = build.nodes[third].shape.len();
    let weight: Vec<f32> = (0..3 * flat).map(|n| ((n * 37 % 101) as f32 - 45.0) / 200.0).collect();
    let bias = vec![0.1, -0.2, 0.05];
    let head = build.op(Op::Dense(Dense { weight, bias }), &[third], FloatShape::new(3, 1, 1));
    build.graph(head)
}

/// A conversion of `graph` by a recipe, for 24 bits of membranes.
fn converted(graph: &Graph, recipe: &str) -> (Conversion, Vec<f32>) {
    let values = float(graph);
    let mut settings = Recipe::parse(recipe).unwrap().settings(graph).unwrap();
    settings.membrane_bits = 24;
    (convert(graph, &[&values], &settings).unwrap(), values[0].clone())
}

/// The file of a trained network gives its spikes for a picture.
fn same_as_trained(graph: &Graph, recipe: &str) {
    let (conversion, image) = converted(graph, recipe);
    let bytes = nir::trained(&conversion).unwrap();
    let settings = SpikingSettings { feed: Feed::Constant, ..SpikingSettings::default() };
    let (read, whole) = again(&bytes, &settings);
    let picture: Vec<f64> = image.iter().map(|&value| f64::from(value)).collect();
    let fed = whole.currents(&read, &picture).unwrap();
    let own = currents(&conversion, &image).unwrap();
    let (expected, all) = fired(&conversion.network, &own, 128);
    let (found, _) = fired(&whole.network, &fed, 128);
    assert_eq!(found, plainly(expected));
    assert!(all > 1000, "{all} spikes");
}

#[test]
fn trained_networks_come_back() {
    same_as_trained(&trained(false), "paper,v0=0");
    same_as_trained(&trained(true), "paper-strict,pool=average,weights=5");
    let mut build = Build::new();
    let conv = build.conv(0, 4, 1);
    let leaky = build.same(Op::LeakyRelu(LeakyRelu { alpha: 0.1 }), conv);
    let last = build.layer(leaky);
    let relu = build.same(Op::Relu(Relu), last);
    let head = build.conv(relu, 2, 1);
    same_as_trained(&build.graph(head), "paper,v0=0,negative=none,residual=forward");
}

/// The first layer that NIR cannot hold, and what to do.
#[test]
fn what_nir_cannot_hold_is_refused() {
    let max = trained(true);
    for (recipe, layer, says) in [
        ("paper", "n2", "take v0=0"),
        ("paper,v0=0", "n3", "take pool=average"),
        ("paper,v0=0,burst=2/1,pool=average", "n2", "take burst=1/1"),
        ("best", "n2", "neuron=if"),
        ("paper,v0=0,pool=average,readout=count", "head", "readout=membrane"),
    ] {
        let (conversion, _) = converted(&max, recipe);
        match nir::trained(&conversion) {
            Err(Error::Layer { layer: found, why }) => {
                assert!(why.contains(says), "{recipe}: {why}");
                assert_eq!(found, layer, "{recipe}");
            }
            other => panic!("{recipe}: {other:?}"),
        }
    }
    let (conversion, _) = converted(&max, "paper,v0=0,pool=average,phases=2@4");
    assert!(matches!(nir::trained(&conversion), Err(Error::Network { .. })));
    let mut build = Build::new();
    let first = build.layer(0);
    let conv = build.conv(first, 4, 2);
    let grouped = build.same(Op::Relu(Relu), conv);
    let head = build.conv(grouped, 2, 1);
    let (conversion, _) = converted(&build.graph(head), "paper,v0=0");
    let error = nir::trained(&conversion).unwrap_err().to_string();
    assert!(error.contains("`n4`") && error.contains("groups"), "{error}");
}

/// Networks of the NIR paper and of a chip, where they are.
#[test]
fn networks_of_others_come_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models");
    for file in ["nir-paper/02_cnn/cnn_sinabs.nir", "nxtf-mnist/nxtf_mnist.nir"] {
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            eprintln!("skipped: no ../shared/models/{file}");
            continue;
        };
        let graph = read(&bytes, None).unwrap().graph;
        let conversion = convert_spiking(&graph, &SpikingSettings::default()).unwrap();
        let written = nir::spiking(&conversion, graph.dt).unwrap();
        let (_, whole) = again(&written, &SpikingSettings::default());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let network = &conversion.network;
        let neurons = network.populations[0].shape.neurons() as u32;
        let step = |_| {
            let mut own: Vec<_> = (0..neurons).map(|n| (n, rng.random_range(-6..3))).collect();
            own.retain(|&(_, count)| count > 0);
            own
        };
        let train = Train { steps: (0..STEPS).map(step).collect(), moments: vec![] };
        let mut fed = vec![None; network.populations.len()];
        fed[0] = Some(Fed::Spikes(train));
        let (expected, all) = fired(network, &fed, STEPS);
        let (found, _) = fired(&whole.network, &refed(network, &fed, &whole.network), STEPS);
        let names: Vec<&String> = found.keys().collect();
        assert_eq!(found, expected, "{file}: {names:?}");
        assert!(all > 1000, "{file}: {all} spikes");
    }
}
