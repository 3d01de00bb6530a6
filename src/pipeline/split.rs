//! Fan-ins beyond the chip's, split before a network is converted.

use super::Error;
use crate::ann::Graph;
use crate::convert::{self, Neuron, Reach, Recipe};
use crate::mapping::{Gap, Verdict};
use crate::plain::counted;
use crate::profile::{Profile, SignedSpikes};

/// `graph` for a chip whose neurons or cores can read fewer sources than its layers do, and what
/// was done, to be reported ([`super::Settings::split`]); `None` where nothing exceeds the limits.
///
/// # Errors
/// The recipe does not fit the network.
pub fn split_fan_in(
    graph: &Graph,
    profile: &Profile,
    recipe: &Recipe,
) -> Result<Option<(Graph, Vec<Gap>)>, Error> {
    let limits = [profile.limits.fan_in, profile.limits.axons_in_per_core];
    let Some(most) = limits.into_iter().flatten().min() else { return Ok(None) };
    let per_signed =
        if profile.capabilities.signed_spikes == SignedSpikes::TwoNeurons { 2 } else { 1 };
    let all_signed = recipe.settings(graph)?.neuron == Neuron::Tracking;
    let (graph, layers) = convert::split(graph, &Reach { most, per_signed, all_signed });
    let gaps: Vec<Gap> = layers.into_iter().map(|layer| gap(layer, most)).collect();
    Ok((!gaps.is_empty()).then_some((graph, gaps)))
}

fn gap(split: convert::Split, most: u64) -> Gap {
    let convert::Split { layer, fan_in, parts, units } = split;
    let message = format!(
        "layer {layer}: fan-in of {fan_in} > {most} split over {parts} partial sums, {} that round \
         and fire: results change",
        counted(units, "unit")
    );
    Gap { verdict: Verdict::Paid, layer, limit: "fan_in".into(), message }
}
