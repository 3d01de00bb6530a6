//! From a float spiking graph to the integers of a chip.
//!
//! Populations stay what they are; numbers become whole. By channel, the weight step is the largest
//! weight divided by what the bits hold, and a membrane unit is the step over a power of two.
//! Weights that are whole numbers already are taken as they are. Decays are cut to twelve bits, as
//! Loihi's compiler does. [`Layer`] says by layer what that costs.

mod linear;
mod numbers;
mod single;
mod sums;
pub mod thresholds;
mod units;

use crate::ann::Window;
use crate::plain::{counted, shown};
use crate::snn::{
    Connection, Conv, Fed, Head, Model, Network, Population, PopulationId, Projection, Shape,
    Train, Weights,
};
use crate::spiking::{Graph, Unit};
pub use numbers::Layer;
use numbers::{Numbers, word};
use serde::{Deserialize, Serialize};
pub use sums::Tight;
use sums::Weigh;

/// Choices of such a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpikingSettings {
    /// Bits of a weight, its sign included: 2 to 16. Whole numbers that need more keep them.
    pub weight_bits: u32,
    /// Bits of current and membrane.
    pub membrane_bits: u32,
    /// Weight steps per float, with six more bits for the membranes; `None`: by channel, as fine
    /// as the bits allow.
    pub scale: Option<f64>,
    /// How inputs are fed.
    pub feed: Feed,
    /// Whether units that add up and lose their threshold fire at it, too: as TrueNorth's neuron
    /// with its linear reset does, and others only above it.
    pub fires_at: bool,
}

/// What input populations get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// Spikes, step by step.
    #[default]
    Spikes,
    /// One image, as a constant current of what reads it.
    Constant,
}

impl Default for SpikingSettings {
    fn default() -> Self {
        SpikingSettings {
            weight_bits: 8,
            membrane_bits: 24,
            scale: None,
            feed: Feed::Spikes,
            fires_at: false,
        }
    }
}

/// A network in integers, and how its numbers relate to those of the float graph.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikingConversion {
    /// The network of whole numbers.
    pub network: Network,
    /// By population of the graph, its place in the network; `None` for inputs whose image enters
    /// as currents.
    pub place: Vec<Option<PopulationId>>,
    /// By population of the network.
    pub layers: Vec<Layer>,
    /// Bits that weights have: those asked for, or those that whole numbers need.
    pub weight_bits: u32,
    /// What was chosen.
    pub settings: SpikingSettings,
    /// Layers whose sums not every input fits.
    pub tight: Vec<Tight>,
}

/// Why a spiking graph has no form on a chip.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SpikingError {
    /// A layer that no units of a chip stand for.
    #[error("layer `{layer}`: {why}")]
    Layer {
        /// Name of the layer.
        layer: String,
        /// The reason, in words.
        why: String,
    },
    /// A map that no layer of a chip has.
    #[error("what leads from `{source_layer}` to `{layer}`: {why}")]
    Map {
        /// Name of the layer that sends.
        source_layer: String,
        /// Name of the layer that receives.
        layer: String,
        /// The reason, in words.
        why: String,
    },
    /// A setting out of its range.
    #[error("setting `{setting}`: {why}")]
    Setting {
        /// Key of the setting.
        setting: &'static str,
        /// The reason, in words.
        why: &'static str,
    },
    /// Another number of factors than of layers that fire and are no output.
    #[error(
        "setting `thresholds`: {} for {}; {}", counted(*given, "factor"),
        counted(layers.len(), "layer"), factors(layers)
    )]
    Thresholds {
        /// Number of factors.
        given: usize,
        /// Names of those that fire and are no output.
        layers: Vec<String>,
    },
    /// An input of another length.
    #[error("input `{input}` has {found} values, the network asks for {needed}")]
    Input {
        /// Name of the input.
        input: String,
        /// Values that it has.
        found: usize,
        /// Values that the network takes.
        needed: usize,
    },
}

/// What to give as thresholds.
fn factors(layers: &[String]) -> String {
    match layers {
        [] => "no layer fires but the outputs, whose thresholds stay: leave it out".into(),
        _ => format!(
            "give one for each that fires and is no output, in order: {}",
            shown(&layers.join(", "))
        ),
    }
}

/// Most spikes of one input neuron in a step.
pub const MOST_INPUT: i32 = 255;

/// Converts `graph`.
///
/// # Errors
/// A layer whose numbers differ from position to position, or a map that no layer of a chip has.
pub fn convert_spiking(
    graph: &Graph,
    settings: &SpikingSettings,
) -> Result<SpikingConversion, SpikingError> {
    check(settings)?;
    let constant = settings.feed == Feed::Constant;
    let fed = |p: usize| matches!(graph.populations[p].unit, Unit::Input);
    let edges = graph.projections.iter().map(|q| (q.source, q.target));
    let loops = crate::snn::loops::of_edges(graph.populations.len(), edges);
    let mut place = vec![None; graph.populations.len()];
    let kept = (0..graph.populations.len()).filter(|&p| !(constant && fed(p)));
    kept.enumerate().for_each(|(n, p)| place[p] = Some(n));
    let mut network = Network {
        name: graph.name.clone(),
        // The fewest; layers raise them.
        weight_bits: 2,
        populations: vec![],
        projections: vec![],
        heads: vec![],
        first_phase: None,
    };
    let (mut layers, mut tight) = (vec![], vec![]);
    for (p, population) in graph.populations.iter().enumerate() {
        let Some(target) = place[p] else { continue };
        let shape = on_chip(population.shape);
        let name = population.name.clone();
        let Unit::Neuron(neuron) = &population.unit else {
            let model = Model::Input(MOST_INPUT);
            network.populations.push(Population { name, shape, model, analogue: false, depth: 0 });
            layers.push(Layer::of_input(population.name.clone()));
            continue;
        };
        if let Some(late) = late_image(graph, p, constant) {
            let [source_layer, layer] = [late.source, p].map(|p| graph.populations[p].name.clone());
            let why =
                "it delays a constant image, which begins at once; let pictures enter as spikes"
                    .into();
            return Err(SpikingError::Map { source_layer, layer, why });
        }
        let arriving = arriving(graph, p, constant)?;
        let analogue = graph.projections.iter().any(|q| q.target == p && place[q.source].is_none());
        let images = images(graph, p, constant && neuron.fires.is_none())?;
        let numbers = Numbers::new(graph, p, neuron, (&arriving, &images), settings)?;
        for (linear, q) in arriving.iter().filter(|(_, q)| place[q.source].is_some()) {
            // It has a place, as was just asked.
            let source = place[q.source].unwrap_or_default();
            let from = graph.populations[q.source].shape;
            let connection = connection(linear, on_chip(from), &numbers);
            let looped = loops[q.source] == loops[q.target];
            let delay = if looped { q.lag.max(1) } else { q.lag + 1 };
            network.projections.push(Projection { source, target, connection, delay });
        }
        network.weight_bits = network.weight_bits.max(numbers.layer.weight_bits);
        let fault = |why: &str| SpikingError::Layer { layer: name.clone(), why: why.into() };
        let weigh = Weigh { graph, arriving: &arriving, numbers: &numbers };
        let arrives = |c: usize| weigh.most(c) << numbers.layer.shift[c];
        let model = units::model(neuron, &numbers, &arrives, settings).map_err(fault)?;
        if matches!(model, Model::Cuba(_)) {
            tight.extend(weigh.tight(&name).map_err(fault)?);
        }
        network.populations.push(Population { name, shape, model, analogue, depth: 0 });
        layers.push(numbers.layer);
    }
    for &output in &graph.outputs {
        let Some(population) = place[output] else { continue };
        let layer = &layers[population];
        let read = network.populations[population].model.is_read();
        let channels = network.populations[population].shape.channels;
        let scale = (0..channels).map(|c| if read { layer.unit[c] } else { 1.0 }).collect();
        let name = graph.populations[output].name.clone();
        network.heads.push(Head { name, population, scale });
    }
    let weight_bits = network.weight_bits;
    let network = network.packed();
    if let Some((population, why)) = network.too_large() {
        let layer = network.populations[population].name.clone();
        return Err(SpikingError::Layer { layer, why: why.into() });
    }
    let settings = *settings;
    Ok(SpikingConversion { network, place, layers, weight_bits, settings, tight })
}

impl SpikingConversion {
    /// What comes from outside, by population of the network, where input population `p` of the
    /// graph sends `spikes(p)`: neurons in the order of the graph.
    ///
    /// # Errors
    /// More spikes in one step than the sum of a layer may hold.
    pub fn fed(
        &self,
        graph: &Graph,
        spikes: impl Fn(usize) -> Train,
    ) -> Result<Vec<Option<Fed>>, SpikingError> {
        let mut fed = vec![None; self.network.populations.len()];
        for p in graph.inputs() {
            let Some(place) = self.place[p] else { continue };
            let shape = graph.populations[p].shape;
            let train = spikes(p);
            self.tight.iter().try_for_each(|tight| tight.takes(&train))?;
            fed[place] = Some(Fed::Spikes(channels_last(train, shape)));
        }
        Ok(fed)
    }

    /// The constant currents of an `image`, `[channels, height, width]` of the one input
    /// population, by population of the network.
    ///
    /// # Errors
    /// It has another number of values.
    pub fn currents(&self, graph: &Graph, image: &[f64]) -> Result<Vec<Option<Fed>>, SpikingError> {
        let mut fed = vec![None; self.network.populations.len()];
        for input in graph.inputs() {
            let needed = graph.populations[input].shape.len();
            if image.len() != needed {
                let input = graph.populations[input].name.clone();
                return Err(SpikingError::Input { input, found: image.len(), needed });
            }
        }
        for (p, population) in graph.populations.iter().enumerate() {
            let (Some(place), Unit::Neuron(neuron)) = (self.place[p], &population.unit) else {
                continue;
            };
            if !self.network.populations[place].analogue {
                continue;
            }
            let mut sum = vec![0.0; population.shape.len()];
            for q in graph.projections.iter().filter(|q| q.target == p) {
                let source = &graph.populations[q.source];
                // Of other sources, what they add without a spike.
                let x = match source.unit {
                    Unit::Input => image.to_vec(),
                    Unit::Neuron(_) => vec![0.0; source.shape.len()],
                };
                // Trained networks take pictures in floats of 32 bits: so do their exports.
                let alike = neuron.whole.as_ref().and_then(|_| single::through(&q.maps, &x));
                let y = alike.unwrap_or_else(|| q.maps.iter().fold(x, |x, map| map.apply(&x)));
                sum.iter_mut().zip(y).for_each(|(sum, y)| *sum += y);
            }
            let layer = &self.layers[place];
            let most = match &self.network.populations[place].model {
                Model::If(unit) => f64::from(unit.saturation),
                _ => f64::from(word(neuron, &self.settings)),
            };
            let positions = population.shape.height * population.shape.width;
            let channels = population.shape.channels;
            let current = |n: usize| {
                let (position, c) = (n / channels, n % channels);
                let at = c * positions + position;
                let x = sum[at] * numbers::factor(neuron, at) / layer.unit[c];
                x.round().clamp(-most, most) as i32
            };
            fed[place] = Some((0..sum.len()).map(current).collect());
        }
        Ok(fed)
    }
}

/// Largest magnitude of a membrane.
fn most(settings: &SpikingSettings) -> i32 {
    i32::MAX >> (32 - settings.membrane_bits)
}

fn check(settings: &SpikingSettings) -> Result<(), SpikingError> {
    let fault = |setting, why| Err(SpikingError::Setting { setting, why });
    if !(2..=16).contains(&settings.weight_bits) {
        return fault("weights", "it is 2 to 16 bits");
    }
    if !(8..=32).contains(&settings.membrane_bits) {
        return fault("membrane_bits", "it is 8 to 32 bits");
    }
    if settings.scale.is_some_and(|scale| !(scale.is_finite() && scale > 0.0)) {
        return fault("scale", "it is a number above 0");
    }
    Ok(())
}

/// A projection that would delay a constant image.
fn late_image(graph: &Graph, p: usize, constant: bool) -> Option<&crate::spiking::Projection> {
    let mut into = graph.projections.iter().filter(|q| q.target == p && q.lag > 0);
    into.find(|q| constant && matches!(graph.populations[q.source].unit, Unit::Input))
}

/// The maps into population `p`, each as one; of constant images, too.
fn arriving(
    graph: &Graph,
    p: usize,
    constant: bool,
) -> Result<Vec<(linear::Linear, &crate::spiking::Projection)>, SpikingError> {
    let into = graph.projections.iter().filter(|q| q.target == p);
    // What an image passes through is reckoned in floats, whatever it is.
    let spikes =
        into.filter(|q| !(constant && matches!(graph.populations[q.source].unit, Unit::Input)));
    let one = |q| Ok((linear::Linear::of(graph, q)?, q));
    spikes.map(one).collect()
}

/// The maps of images into population `p`, where it is one that is read: its units follow what they
/// bring at most.
fn images(graph: &Graph, p: usize, read: bool) -> Result<Vec<linear::Linear>, SpikingError> {
    let into = graph.projections.iter().filter(|q| read && q.target == p);
    let fed = into.filter(|q| matches!(graph.populations[q.source].unit, Unit::Input));
    fed.map(|q| linear::Linear::of(graph, q)).collect()
}

fn on_chip(shape: crate::ann::Shape) -> Shape {
    Shape { height: shape.height, width: shape.width, channels: shape.channels }
}

/// Spikes of neurons in the order `[channels, height, width]` as `[height, width, channels]`.
pub fn channels_last(train: Train, shape: crate::ann::Shape) -> Train {
    let positions = shape.height * shape.width;
    let turned = |neuron: u32| {
        let (c, position) = (neuron as usize / positions, neuron as usize % positions);
        (position * shape.channels + c) as u32
    };
    let step = |step: Vec<(u32, i32)>| {
        let mut step: Vec<_> = step.into_iter().map(|(n, count)| (turned(n), count)).collect();
        step.sort_unstable();
        step
    };
    let moment = |step: Vec<(u32, u64)>| step.into_iter().map(|(n, ps)| (turned(n), ps)).collect();
    Train {
        steps: train.steps.into_iter().map(step).collect(),
        moments: train.moments.into_iter().map(moment).collect(),
    }
}

fn connection(linear: &linear::Linear, source: Shape, numbers: &Numbers) -> Connection {
    let linear::Linear { kernel, stride, pad, dilation, groups, outputs, .. } = linear;
    let window = Window { kernel: *kernel, stride: *stride, pad: *pad, dilation: *dilation };
    let inputs = source.channels / groups;
    let within = outputs / groups;
    let mut weights = Vec::with_capacity(linear.weights.len());
    for tap in 0..kernel[0] * kernel[1] {
        for channel in 0..source.channels {
            let (group, i) = (channel / inputs, channel % inputs);
            for o in 0..within {
                let out = group * within + o;
                let w = linear.weights[(out * inputs + i) * kernel[0] * kernel[1] + tap];
                weights.push(numbers.weight(out, w) as i16);
            }
        }
    }
    let narrow = weights.iter().all(|&w| i8::try_from(w).is_ok());
    let weights = match narrow {
        true => Weights::Bytes(weights.into_iter().map(|w| w as i8).collect::<Vec<_>>().into()),
        false => Weights::Words(weights.into()),
    };
    let (inputs, upsample, negative) = (0..source.channels, [1, 1], Weights::default());
    Connection::Conv(Conv { inputs, window, groups: *groups, upsample, weights, negative })
}
