//! How a spiking network agrees with the float one on an input, in numbers and sentences.

use crate::pipeline::Outcome;
use crate::plain::counted;
use crate::report::readable::{percent, significant};
use crate::report::totals::fires;
use serde::Serialize;

/// Error of the heads from which on they are called far from the float network's.
const FAR: f64 = 0.3;
/// Layers that a sentence names.
const NAMED: usize = 3;

/// Rates and heads beside the float network's.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Likeness {
    /// See [`Outcome::head_error`].
    pub head_error: Option<f64>,
    /// The layer whose rates follow the float activations least.
    pub least: Option<LeastLike>,
    /// Layers that send nothing where the float network's are not zero.
    pub silent_layers: Vec<String>,
    /// The layer most of whose activations are beyond what its units send.
    pub most_beyond: Option<Beyond>,
    /// Share of the updates of membranes that reached the end of their range.
    pub saturated_share: f64,
}

/// A layer and its correlation with the float activations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeastLike {
    pub layer: String,
    pub correlation: f64,
}

/// A layer, and the share of its activations that are larger than all spikes of a unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Beyond {
    pub layer: String,
    pub share: f64,
}

/// Share from which on it is told.
const TOLD: f64 = 0.01;

impl Likeness {
    pub(super) fn new(outcome: &Outcome) -> Likeness {
        let layers = &outcome.layers;
        let least = layers.iter().filter_map(|layer| Some((layer, layer.correlation?)));
        let least = least.min_by(|a, b| a.1.total_cmp(&b.1));
        let counted = &outcome.activity.layers;
        let silent = layers.iter().filter(|layer| {
            let own = counted.get(layer.layer).filter(|own| fires(own));
            own.is_some_and(|own| own.counts.spikes == 0) && layer.relative_error.is_some()
        });
        let updates = counted.iter().flat_map(|layer| &layer.counts.updates_input).sum::<u64>();
        Likeness {
            head_error: outcome.head_error,
            least: least
                .map(|(layer, correlation)| LeastLike { layer: layer.name.clone(), correlation }),
            most_beyond: layers
                .iter()
                .filter(|layer| layer.beyond > 0.0)
                .max_by(|a, b| a.beyond.total_cmp(&b.beyond))
                .map(|layer| Beyond { layer: layer.name.clone(), share: layer.beyond }),
            silent_layers: silent.map(|layer| layer.name.clone()).collect(),
            saturated_share: match outcome.activity.saturations {
                0 => 0.0,
                some => some as f64 / updates.max(some) as f64,
            },
        }
    }

    /// The numbers that there are, in a line.
    pub(in crate::report) fn brief(&self) -> String {
        let error = self.head_error.map(|error| format!("head error {}", significant(error)));
        let least = self.least.as_ref().map(|LeastLike { layer, correlation }| {
            format!("lowest correlation {correlation:.3} ({layer})")
        });
        error.into_iter().chain(least).collect::<Vec<_>>().join(", ")
    }

    /// What of the numbers is odd, in sentences.
    pub(in crate::report) fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![];
        let beyond = self.most_beyond.as_ref().filter(|beyond| beyond.share >= TOLD);
        if let Some(Beyond { layer, share }) = beyond {
            sentences.push(format!(
                "{} of the activations of layer {layer} are larger than its units take or send: \
                 more than the calibration saw.",
                percent(*share)
            ));
        }
        if self.head_error.is_some_and(|error| error > FAR) && beyond.is_none() {
            sentences.push(
                "The heads are far from the float network's: more steps or another recipe may \
                 bring them nearer; `spikemesh convert` shows which layer loses most."
                    .into(),
            );
        }
        if !self.silent_layers.is_empty() {
            let count = self.silent_layers.len();
            let named = self.silent_layers[..count.min(NAMED)].join(", ");
            let more = if count > NAMED { ", .." } else { "" };
            sentences.push(format!(
                "{} sent no spike, though the float network is not zero there: {named}{more}.",
                counted(count, "layer")
            ));
        }
        if self.saturated_share > 0.0 {
            sentences.push(format!(
                "Membranes reached the end of their range in {} of their updates.",
                percent(self.saturated_share)
            ));
        }
        sentences
    }
}
