//! From the float network to the spiking one.
//!
//! The walk keeps, for each node, what it is made of: the image by linear operations alone
//! (computed in float once per image and handed to neurons as constant currents), a linear
//! combination of populations that waits for its activation, or a sum of populations. Activations
//! are scaled by channel to a percentile of their values on calibration images.
//!
//! ```
//! use spikemesh::ann::exec;
//! use spikemesh::convert::{Recipe, convert};
//! use spikemesh::import;
//!
//! let graph = import::load("assets/networks/digit-256.onnx".as_ref())?;
//! // One grey picture calibrates.
//! let values = exec::run(&graph, &vec![0.5; graph.input_shape().len()])?;
//! let settings = Recipe::parse("paper,weights=6")?.settings(&graph)?;
//! let conversion = convert(&graph, &[&values], &settings)?;
//! assert_eq!(conversion.network.weight_bits, 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod activations;
mod analogue;
mod calibrate;
mod check;
mod compare;
mod consistent;
mod curve;
mod diagnose;
mod drive;
pub mod file;
mod flat;
mod neurons;
mod outputs;
mod permute;
mod pools;
mod quantize;
pub mod ranges;
mod recipe;
mod residual;
mod settings;
mod slice;
mod sources;
pub mod spiking;
mod split;
mod text;
mod units;
mod walk;
mod worth;

pub use analogue::{Analogue, currents};
pub use calibrate::Calibration;
use check::check;
pub use compare::{LayerMatch, compare};
pub use diagnose::{LayerLoss, Observation, RateBin, diagnose, marks};
pub use outputs::outputs;
pub use recipe::{Chip, RECIPES, Recipe, SpikingRecipe, has_curves};
pub use settings::{
    ClipScale, Delivery, Lambda, MaxPool, Negative, Neuron, Normalisation, Phases, Readout,
    ReadoutAfter, Residual, Settings, Statistic,
};
pub use split::{Reach, Split, split};
pub use worth::membrane_units;

use crate::ann::host::Host;
use crate::ann::op::Activation;
use crate::ann::{Form, Graph, NodeId, memory};
use crate::snn::{Model, Network};
use serde::{Deserialize, Serialize};

/// A spiking network and how its numbers relate to the float network's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// The spiking network.
    pub network: Network,
    /// The analogue input layer, its weights rounded to [`Settings::input_bits`].
    pub input: Graph,
    /// Populations fed with constant currents.
    pub analogue: Vec<Analogue>,
    /// By population: the graph node it stands for, and the node's channel that its first one is.
    pub nodes: Vec<(NodeId, usize)>,
    /// By population and channel: the float value of one spike a step (1 for readouts).
    pub lambda: Vec<Vec<f64>>,
    /// By population: what a negative spike weighs against a positive one (alpha in mode B, else
    /// 1).
    pub negative_worth: Vec<f64>,
    /// Multiply-accumulates of the analogue layers, once per image.
    pub input_macs: u64,
    /// Most steps whose sums the membranes hold.
    pub most_steps: usize,
    /// What a host makes of the heads; the network's heads are what it reads.
    pub host: Host,
    /// Layers with channels whose scales calibration did not tell.
    pub unsure: Vec<Unsure>,
}

/// Channels of a layer whose scales are not what calibration found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsure {
    /// Node of the float graph.
    pub node: NodeId,
    /// Silent on all calibration images, or as good as silent: they have the scale of the layer.
    pub unseen: Vec<usize>,
    /// Hardly active there: their scales were raised until their numbers fit the membrane.
    pub raised: Vec<usize>,
}

/// A layer with a factor in [`Settings::thresholds`].
#[derive(Debug, Clone, PartialEq)]
pub struct ScaledLayer {
    /// Name of the layer.
    pub name: String,
    /// Spikes of a whole clip, where only thresholds are taken that leave it a whole number of
    /// spikes.
    pub spikes: Option<f64>,
}

impl ScaledLayer {
    /// The factor that is taken in place of `factor`, before a first phase whose spikes weigh
    /// `octaves` doublings more.
    pub fn nearest(&self, factor: f64, octaves: i32) -> f64 {
        self.spikes.map_or(factor, |spikes| walk::whole(factor, spikes, octaves))
    }
}

/// The layers that [`Settings::thresholds`] lists: nodes whose units fire, heads excepted.
pub fn scaled_layers(
    graph: &Graph,
    conversion: &Conversion,
    settings: &Settings,
) -> Vec<ScaledLayer> {
    let heads: Vec<_> = conversion.network.heads.iter().map(|head| head.population).collect();
    let mut nodes: Vec<NodeId> = vec![];
    for (p, (population, &(node, _))) in
        conversion.network.populations.iter().zip(&conversion.nodes).enumerate()
    {
        let fires = matches!(population.model, Model::If(_) | Model::Tracking(_) | Model::Curve(_));
        if fires && !heads.contains(&p) && !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    let snaps = settings.rescale && settings.clip == ClipScale::Clip;
    let layer = |node: NodeId| {
        let spikes = match graph.nodes[node].op.form() {
            Form::Units(Activation::Clip(_)) if snaps => Some(f64::from(settings.burst.1)),
            _ => None,
        };
        ScaledLayer { name: graph.nodes[node].name.clone(), spikes }
    };
    nodes.into_iter().map(layer).collect()
}

/// Why a network cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The float network does not run on the calibration images.
    #[error(transparent)]
    Float(#[from] crate::ann::exec::Error),
    /// An operator that no spiking units stand for.
    #[error("{operator} `{node}` has no spiking form: {why}")]
    Unsupported {
        /// Kind of the operator.
        operator: &'static str,
        /// Name of the node.
        node: String,
        /// The reason, in words.
        why: &'static str,
    },
    /// An activation that the chosen units cannot follow.
    #[error(
        "{operator} `{node}` has no form in units of neuron=if: they have thresholds, and do not \
         follow a curve; neuron=tracking, which `best` takes, does"
    )]
    Curve {
        /// Kind of the operator.
        operator: &'static str,
        /// Name of the node.
        node: String,
    },
    /// A channel whose numbers do not fit.
    #[error(
        "{operator} `{node}`: the numbers of channel {channel} do not fit membranes of 32 bits"
    )]
    Membrane {
        /// Kind of the operator.
        operator: &'static str,
        /// Name of the node.
        node: String,
        /// Number of the channel.
        channel: usize,
    },
    /// A setting out of its range.
    #[error("setting `{setting}`: {why}")]
    Setting {
        /// Key of the setting.
        setting: &'static str,
        /// The reason, in words.
        why: &'static str,
    },
    /// Another number of factors than of layers.
    #[error("setting `thresholds`: {given} factors for {layers} layers with thresholds")]
    Thresholds {
        /// Number of factors.
        given: usize,
        /// Number of layers that take one.
        layers: usize,
    },
    /// More steps than the membranes hold.
    #[error(
        "the sums of {steps} steps do not fit the membranes; take --steps {most}, or \
         fewer (with eval: --checkpoints)"
    )]
    Steps {
        /// Steps that were asked for.
        steps: usize,
        /// Most steps that fit.
        most: usize,
    },
    /// A recipe that is none.
    #[error("recipe `{recipe}`: {why}")]
    Recipe {
        /// Text of the recipe.
        recipe: String,
        /// The reason, in words.
        why: String,
    },
    /// A run would take more memory than it may.
    #[error("a run of its {neurons} neurons: {source}")]
    Memory {
        /// Neurons of the network.
        neurons: u64,
        /// The cause.
        source: memory::TooMuch,
    },
    /// A calibration image of another network.
    #[error("calibration image {image} does not have the network's nodes and shapes")]
    Calibration {
        /// Number of the image.
        image: usize,
    },
    /// Activations that are infinite or no numbers.
    #[error(
        "{operator} `{node}`: channel {channel} has values that are no finite numbers on the \
         calibration images"
    )]
    NotFinite {
        /// Kind of the operator.
        operator: &'static str,
        /// Name of the node.
        node: String,
        /// Number of the channel.
        channel: usize,
    },
    /// Stored ranges of another network or kind.
    #[error(
        "the stored ranges of {network} do not serve: {why}; --calibrate PICTURES measures others"
    )]
    Ranges {
        /// Name of the network.
        network: String,
        /// The reason, in words.
        why: String,
    },
}

/// Converts `graph`; sums of up to 1024 steps fit the emulator's 32 bits. `images` holds, for each
/// calibration image, every node's float values.
pub fn convert(
    graph: &Graph,
    images: &[&[Vec<f32>]],
    settings: &Settings,
) -> Result<Conversion, Error> {
    convert_by(graph, Calibration::Values(images), settings)
}

/// The same, by whatever calibrates.
///
/// # Errors
/// The network has no spiking form, a run would not fit into memory, or what calibrates is of
/// another network.
pub fn convert_by(
    graph: &Graph,
    calibration: Calibration,
    settings: &Settings,
) -> Result<Conversion, Error> {
    check(settings)?;
    calibration.check(graph)?;
    let host = Host::of(graph);
    let conversion = match host.is_idle() {
        true => walk::walk(graph, calibration, settings)?,
        false => walk::walk(&host.chip(graph), calibration, settings)?,
    };
    if let Some((population, why)) = conversion.network.too_large() {
        let node = &graph.nodes[conversion.nodes[population].0];
        let (operator, node) = (node.op.name(), node.name.clone());
        return Err(Error::Unsupported { operator, node, why });
    }
    let conversion = Conversion { host, ..conversion };
    let populations = conversion.network.populations.iter();
    let neurons = populations.fold(0u64, |sum, p| sum.saturating_add(p.shape.neurons() as u64));
    let bytes = neurons
        .saturating_mul(BYTES_PER_NEURON)
        .saturating_add(memory::of_run(graph).saturating_mul(4))
        .saturating_add(crate::memory::PROGRAM);
    memory::check(bytes).map_err(|source| Error::Memory { neurons, source })?;
    Ok(conversion)
}

/// What a run holds of a neuron, beside the float network's values: currents, membrane, sums, what
/// is compared, packets. Before a chip and its timing are known, it is the most of all timings.
const BYTES_PER_NEURON: u64 = 105;
