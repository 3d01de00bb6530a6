//! The table that a conversion prints, and the sentence that names the layer that loses most.

use super::conversion::{ConversionReport, inputs, title};
use crate::convert::LayerLoss;
use crate::pipeline::Diagnosis;
use crate::plain::shown;
use std::fmt::Write;

/// Layers that the table lists.
const WORST: usize = 8;

/// The layers that lose most, and a sentence about the first of them; several lines, each ended.
pub fn conversion_table(report: &ConversionReport) -> String {
    let diagnosis = report.diagnosis;
    let names: Vec<&str> = diagnosis.inputs.iter().map(|input| input.name.as_str()).collect();
    let title = format!("{} {}", title(report), inputs(&names));
    let mut text = format!("{}; the layers that add the largest errors\n\n", shown(&title));
    // Writing to a string cannot fail, hence the results that are dropped below.
    let _ = writeln!(
        text,
        "{:28} {:9} {:>7} {:>9} {:>7} {:>8} {:>8} {:>7} {:>11} {:>9} {:>9}",
        "layer",
        "kind",
        "error",
        "inherited",
        "added",
        "clipping",
        "rounding",
        "excess",
        "correlation",
        "saturated",
        "spikes"
    );
    let some = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.3}"));
    for layer in worst(&diagnosis.layers).into_iter().take(WORST) {
        let _ = writeln!(
            text,
            "{:28} {:9} {:>7} {:>9} {:>7} {:>8} {:>8} {:>7} {:>11} {:>9} {:>9.3}",
            shown(&layer.name),
            layer.kind,
            some(layer.error[2]),
            some(layer.inherited_error),
            some(layer.added_error),
            some(layer.clipping_error),
            some(layer.rounding_error),
            some(layer.excess_error()),
            some(layer.correlation),
            format!("{}/{}", layer.saturated_channels, layer.channels),
            layer.spikes_per_neuron_step,
        );
    }
    let followed = diagnosis.layers.iter().filter_map(|layer| Some((layer, layer.correlation?)));
    if let Some((layer, correlation)) = followed.min_by(|a, b| a.1.total_cmp(&b.1)) {
        let (name, kind) = (shown(&layer.name), layer.kind);
        let _ = writeln!(text, "\nlowest correlation: {name} ({kind}), {correlation:.3}");
    }
    let _ = writeln!(text, "{}", shown(&verdict(diagnosis)));
    text
}

/// The layers that add an error, the largest first; equal ones in the order of the network.
fn worst(layers: &[LayerLoss]) -> Vec<&LayerLoss> {
    let mut layers: Vec<&LayerLoss> =
        layers.iter().filter(|layer| layer.added_error.is_some()).collect();
    layers.sort_by(|a, b| b.added_error.unwrap_or(0.0).total_cmp(&a.added_error.unwrap_or(0.0)));
    layers
}

/// One sentence: the layer that loses most, and why as far as the counts show.
fn verdict(diagnosis: &Diagnosis) -> String {
    let layers = worst(&diagnosis.layers);
    let Some(layer) = layers.first() else {
        return "All float activations are zero on these inputs.".into();
    };
    format!(
        "Layer {} ({}) loses most: it adds an error of {} to the {} that its inputs bring, {}{}.",
        layer.name,
        layer.kind,
        percent(layer.added_error.unwrap_or(0.0)),
        percent(layer.inherited_error.unwrap_or(0.0)),
        cause(layer, diagnosis.steps),
        outlook(layer)
    )
}

/// The largest part of what a layer adds, in words.
fn cause(layer: &LayerLoss, steps: usize) -> String {
    let [clipping, rounding, excess] =
        [layer.clipping_error, layer.rounding_error, layer.excess_error()]
            .map(|part| part.unwrap_or(0.0));
    let rate = format!("{:.3} spikes per unit and step", layer.spikes_per_neuron_step);
    if clipping > 0.0 && clipping >= rounding && clipping >= excess {
        return format!(
            "mostly because {} of its activations exceed what its neurons can send ({} of {} \
             channels are saturated)",
            percent(layer.clipped_share.unwrap_or(0.0)),
            layer.saturated_channels,
            layer.channels
        );
    }
    if rounding > 0.0 && rounding >= excess {
        return format!(
            "mostly because {steps} steps are few for its rates: at {rate} whole counts are too \
             coarse"
        );
    }
    let best = percent(clipping + rounding);
    match layer.kind {
        "head" => "because its inputs have not evened out when it ends".into(),
        // It holds the sum of all input, so that order hardly counts.
        "curve" => format!(
            "mostly because weights are rounded and inputs come late, at {rate}; at best {best} \
             would remain"
        ),
        "max-pool" => "because it passes spikes of inputs that others overtake later".into(),
        _ => {
            format!(
                "mostly because its spikes ({rate}) come at the wrong time; at best {best} \
                 would remain"
            )
        }
    }
}

/// Whether more steps help, as far as half of them tell.
fn outlook(layer: &LayerLoss) -> &'static str {
    match (layer.error[1], layer.error[2]) {
        (Some(half), Some(whole)) if whole < 0.8 * half => "; more steps help",
        (Some(_), Some(_)) => "; more steps hardly help",
        _ => "",
    }
}

fn percent(value: f64) -> String {
    format!("{:.1} %", 100.0 * value)
}
