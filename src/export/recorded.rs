//! Spikes of a run, and potentials of probed neurons, as NIRData, which `nir.read_data` of Python
//! reads.

use super::Error;
use super::hdf5::File;
use super::names::Names;
use crate::activity::{Activity, Layer, SpikeRecord};
use crate::engine::probe::Membrane;
use std::collections::BTreeMap;

/// The node of networks from CSV, whose neurons are numbered through.
const ALL: &str = "neurons";

/// What one input did.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// Layers that the records name.
    pub activity: &'a Activity,
    /// Every spike of the run.
    pub spikes: Vec<SpikeRecord>,
    /// Of probed neurons.
    pub membranes: &'a [Membrane],
}

/// What one layer did for one input: step from 0, neuron as NIR counts it, and a value: spikes of
/// that step, or the potential after it.
type Events = Vec<(u64, i64, f64)>;

/// Of one input; networks from CSV have no layers.
type ByLayer = BTreeMap<Option<u32>, Events>;

/// The bytes of a file with the spikes of every layer, an input a sample, in steps of `dt` seconds.
/// Layers with probed neurons have their potentials, too, as `v`.
///
/// Neurons are in the order of NIR, `[channels, height, width]`. Times are the middles of a layer's
/// own steps: what fills the pipeline of a chip is left out. Layers whose neurons send several
/// spikes in a step, or negative ones, have them as values.
///
/// # Errors
/// The encoder refuses.
pub fn nir_data(inputs: &[Recorded], dt: f64) -> Result<Vec<u8>, Error> {
    let mut file = File::default();
    file.text_attribute("", "__type__", "NIRGraphData");
    let Some(first) = inputs.first() else { return file.bytes() };
    let all: Vec<ByLayer> = inputs.iter().map(events).collect();
    let held: Vec<ByLayer> = inputs.iter().map(potentials).collect();
    let last = all.iter().flat_map(BTreeMap::values).flatten().map(|&(step, ..)| step + 1).max();
    let steps = first.activity.inference_steps.max(last.unwrap_or(0));
    let mut names = Names::default();
    for (layer, name, neurons) in nodes(first.activity) {
        let path = format!("nodes/{}", names.free(&name));
        let none = Events::new();
        file.text_attribute(&path, "__type__", "NIRNodeData");
        let mut observed = |name: &str, samples: &[&Events], valued: bool| {
            let path = format!("{path}/observables/{name}");
            write(&mut file, &path, samples, valued, dt);
            file.int_attribute(&path, "n_neurons", neurons as i64);
            file.double_attribute(&path, "t_max", steps as f64 * dt);
        };
        let [spikes, potentials] = [&all, &held].map(|inputs| -> Vec<&Events> {
            inputs.iter().map(|one| one.get(&layer).unwrap_or(&none)).collect()
        });
        let several = spikes.iter().any(|events| events.iter().any(|&(.., count)| count != 1.0));
        observed("spikes", &spikes, several);
        if potentials.iter().any(|events| !events.is_empty()) {
            observed("v", &potentials, true);
        }
    }
    file.bytes()
}

/// Layers with their names and neurons.
fn nodes(activity: &Activity) -> Vec<(Option<u32>, String, u64)> {
    let units = |layer: &Layer| (layer.height * layer.width * layer.channels) as u64;
    if activity.layers.iter().any(|layer| layer.shapeless) {
        let neurons = activity.layers.iter().map(|layer| layer.neurons).sum();
        return vec![(None, ALL.into(), neurons)];
    }
    let one = |(n, layer): (usize, &Layer)| (Some(n as u32), layer.name.clone(), units(layer));
    activity.layers.iter().enumerate().map(one).collect()
}

/// Spikes by layer, in order of time.
fn events(input: &Recorded) -> ByLayer {
    let mut events = ByLayer::new();
    for spike in &input.spikes {
        let layer = spike.of_layer().and_then(|layer| input.activity.layers.get(layer));
        let depth = layer.map_or(0, |layer| layer.depth) as u64;
        let step = u64::from(spike.step).saturating_sub(1 + depth);
        let event = (step, in_nir(layer, spike.neuron), f64::from(spike.count));
        events.entry(spike.of_layer().map(|layer| layer as u32)).or_default().push(event);
    }
    sorted(events)
}

/// Potentials of probed neurons by layer, in order of time: in the unit of the network, else as
/// the chip holds them.
fn potentials(input: &Recorded) -> ByLayer {
    let mut events = ByLayer::new();
    for one in input.membranes {
        let layer = input.activity.layers.get(one.layer as usize).filter(|one| !one.shapeless);
        // Steps are the layer's own already.
        let step = u64::from(one.step).saturating_sub(1);
        let event = (step, in_nir(layer, one.neuron), one.value.unwrap_or(one.potential));
        events.entry(layer.map(|_| one.layer)).or_default().push(event);
    }
    sorted(events)
}

/// A neuron in the order `[channels, height, width]`; those without a layer keep their number.
fn in_nir(layer: Option<&Layer>, neuron: u32) -> i64 {
    let Some(layer) = layer.filter(|layer| layer.channels > 0) else { return neuron.into() };
    let (position, channel) = (neuron as usize / layer.channels, neuron as usize % layer.channels);
    (channel * layer.height * layer.width + position) as i64
}

fn sorted(mut events: ByLayer) -> ByLayer {
    let order = |a: &(u64, i64, f64), b: &(u64, i64, f64)| {
        (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
    };
    events.values_mut().for_each(|events| events.sort_unstable_by(order));
    events
}

/// The arrays of a layer, `[sample, event]`; behind the last event of a sample stand -1, infinity
/// and 0.
fn write(file: &mut File, path: &str, samples: &[&Events], valued: bool, dt: f64) {
    let most = samples.iter().map(|events| events.len()).max().unwrap_or(0);
    let shape = [samples.len() as u64, most as u64];
    let (mut idx, mut time, mut value) = (vec![], vec![], vec![]);
    for events in samples {
        let none = most - events.len();
        idx.extend(events.iter().map(|&(_, neuron, _)| neuron));
        idx.extend(std::iter::repeat_n(-1, none));
        time.extend(events.iter().map(|&(step, ..)| (step as f64 + 0.5) * dt));
        time.extend(std::iter::repeat_n(f64::INFINITY, none));
        value.extend(events.iter().map(|&(.., value)| value));
        value.extend(std::iter::repeat_n(0.0, none));
    }
    let kind = if valued { "ValuedEventData" } else { "EventData" };
    file.text_attribute(path, "__type__", kind);
    file.ints(&format!("{path}/idx"), &shape, &idx);
    file.doubles(&format!("{path}/time"), &shape, &time);
    if valued {
        file.doubles(&format!("{path}/value"), &shape, &value);
    }
}
