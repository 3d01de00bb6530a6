//! Spikes of a run as NIRData, which `nir.read_data` of Python reads.

use super::Error;
use super::hdf5::File;
use super::names::Names;
use crate::activity::{Activity, Layer, SpikeRecord};
use std::collections::BTreeMap;

/// The node of networks from CSV, whose neurons are numbered through.
const ALL: &str = "neurons";

/// What one input did.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    pub activity: &'a Activity,
    pub spikes: &'a [SpikeRecord],
}

/// One layer's spikes for one input: step from 0, neuron as NIR counts it, spikes of that step.
type Events = Vec<(u64, i64, i16)>;

/// The bytes of a file with the spikes of every layer, an input a sample, in steps of `dt` seconds.
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
    let all: Vec<BTreeMap<Option<u32>, Events>> = inputs.iter().map(events).collect();
    let last = all.iter().flat_map(BTreeMap::values).flatten().map(|&(step, ..)| step + 1).max();
    let steps = first.activity.inference_steps.max(last.unwrap_or(0));
    let mut names = Names::default();
    for (layer, name, neurons) in nodes(first.activity) {
        let path = format!("nodes/{}", names.free(&name));
        let none = Events::new();
        let samples: Vec<&Events> =
            all.iter().map(|one| one.get(&layer).unwrap_or(&none)).collect();
        file.text_attribute(&path, "__type__", "NIRNodeData");
        write(&mut file, &format!("{path}/observables/spikes"), &samples, dt);
        let path = format!("{path}/observables/spikes");
        file.int_attribute(&path, "n_neurons", neurons as i64);
        file.double_attribute(&path, "t_max", steps as f64 * dt);
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
fn events(input: &Recorded) -> BTreeMap<Option<u32>, Events> {
    let mut events: BTreeMap<Option<u32>, Events> = BTreeMap::new();
    for spike in input.spikes {
        let layer = spike.layer.and_then(|layer| input.activity.layers.get(layer as usize));
        let neuron = spike.neuron as usize;
        let (neuron, depth) = match layer.filter(|layer| layer.channels > 0) {
            Some(layer) => {
                let (position, channel) = (neuron / layer.channels, neuron % layer.channels);
                (channel * layer.height * layer.width + position, layer.depth)
            }
            None => (neuron, 0),
        };
        let step = u64::from(spike.step).saturating_sub(1 + depth as u64);
        events.entry(spike.layer).or_default().push((step, neuron as i64, spike.count));
    }
    events.values_mut().for_each(|events| events.sort_unstable());
    events
}

/// The arrays of a layer, `[sample, event]`; behind the last event of a sample stand -1, infinity
/// and 0.
fn write(file: &mut File, path: &str, samples: &[&Events], dt: f64) {
    let most = samples.iter().map(|events| events.len()).max().unwrap_or(0);
    let shape = [samples.len() as u64, most as u64];
    let valued = samples.iter().any(|events| events.iter().any(|&(.., count)| count != 1));
    let (mut idx, mut time, mut value) = (vec![], vec![], vec![]);
    for events in samples {
        let none = most - events.len();
        idx.extend(events.iter().map(|&(_, neuron, _)| neuron));
        idx.extend(std::iter::repeat_n(-1, none));
        time.extend(events.iter().map(|&(step, ..)| (step as f64 + 0.5) * dt));
        time.extend(std::iter::repeat_n(f64::INFINITY, none));
        value.extend(events.iter().map(|&(.., count)| f64::from(count)));
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
