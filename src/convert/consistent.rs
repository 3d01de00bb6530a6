//! Whether a conversion that was read from a file is one that the engine can run.

use super::Conversion;
use super::settings::MOST_OCTAVES;
use crate::ann::host::Host;
use crate::ann::{Graph, check};
use crate::snn::{
    Connection, FirstPhase, MOST_SPIKES, Model, NEVER, Network, Population, PopulationId,
    Projection, Shape, Weights,
};

/// Largest power of two between weight step and membrane unit.
const LARGEST_SHIFT: u8 = 24;
/// Most populations or projections: the largest of our detectors have some hundreds.
const MOST_PARTS: usize = 1 << 16;
/// Most neurons together.
const MOST_NEURONS: usize = 1 << 28;

/// Checks every index, shape and length of `conversion` of `graph`, which is checked already.
///
/// # Errors
/// A sentence about the first part that does not fit.
pub fn consistent(graph: &Graph, conversion: &Conversion) -> Result<(), String> {
    let network = &conversion.network;
    let count = network.populations.len();
    if count > MOST_PARTS || network.projections.len() > MOST_PARTS {
        return Err("too many populations or projections".into());
    }
    if !(2..=16).contains(&conversion.network.weight_bits) {
        return Err("its weights are not of 2 to 16 bits".into());
    }
    if conversion.nodes.len() != count || conversion.lambda.len() != count {
        return Err("nodes or lambdas are not those of the populations".into());
    }
    if let Some(phase) = &network.first_phase
        && (phase.octaves.abs() > MOST_OCTAVES || phase.steps == 0)
    {
        return Err("its first phase has no steps, or thresholds too far from the others".into());
    }
    let mut neurons = 0usize;
    for id in 0..count {
        population(graph, conversion, id)?;
        neurons = neurons.saturating_add(network.populations[id].shape.neurons());
    }
    if neurons > MOST_NEURONS {
        return Err("too many neurons".into());
    }
    network.projections.iter().enumerate().try_for_each(|(id, p)| projection(network, id, p))?;
    if let Some((id, why)) = network.too_large() {
        return Err(format!("population {id}: {why}"));
    }
    heads(graph, &conversion.host, network)?;
    analogue(graph, conversion)
}

fn population(graph: &Graph, conversion: &Conversion, id: PopulationId) -> Result<(), String> {
    let network = &conversion.network;
    let population = &network.populations[id];
    let fault = |what: &str| Err(format!("population {id}: {what}"));
    let Shape { height, width, channels } = population.shape;
    if check::elements([height, width, channels]).is_none() {
        return fault("its shape is empty or too large");
    }
    let (node, first) = conversion.nodes[id];
    let within = |node: &crate::ann::Node| {
        let last =
            first.checked_add(channels).and_then(|c| c.checked_mul(population.shape.positions()));
        last.is_some_and(|last| last <= node.shape.len())
    };
    if !graph.nodes.get(node).is_some_and(within) {
        return fault("the float network has no such node");
    }
    let lambda = &conversion.lambda[id];
    if lambda.len() != channels || !lambda.iter().all(|l| l.is_finite() && *l > 0.0) {
        return fault("its lambdas are not positive numbers, one for each channel");
    }
    if !conversion.negative_worth.get(id).is_some_and(|worth| *worth > 0.0 && worth.is_finite()) {
        return fault("a negative spike has no worth");
    }
    let phased = network.first_phase.is_none_or(|phase| phased(population, &phase));
    if let Model::Curve(curve) = &population.model
        && let Err(why) = curve.check(channels)
    {
        return fault(&why.to_string());
    }
    if population.depth != 0 || !model(&population.model, channels) || !phased {
        return fault("its model does not fit its channels");
    }
    let into: Vec<_> = network.projections.iter().filter(|p| p.target == id).collect();
    let pools = into.iter().filter(|p| matches!(p.connection, Connection::Pool(_))).count();
    let fed = match population.model {
        Model::Pool(_) => pools == 1 && into.len() == 1,
        _ => pools == 0,
    };
    if fed { Ok(()) } else { fault("what it reads does not fit its model") }
}

/// Whether thresholds of the first phase fit, and the sums of its smaller spikes have bits to lose.
fn phased(population: &Population, phase: &FirstPhase) -> bool {
    let room = |thresholds: &[i32]| {
        thresholds.iter().all(|&t| t == NEVER || t <= 1 << (30 - phase.octaves.max(0)))
    };
    let (thresholds, shift) = match &population.model {
        Model::If(unit) => ([&unit.reset_above, &unit.reset_below], &unit.shift),
        Model::Tracking(unit) => ([&unit.above, &unit.below], &unit.shift),
        Model::Readout(unit) => ([&vec![], &vec![]], &unit.shift),
        // A curve has no thresholds.
        Model::Curve(_) => return false,
        Model::Pool(_) | Model::Relay => return true,
        // Files hold none; see `model`.
        Model::Cuba(_) | Model::Input(_) => return false,
    };
    let lossless = !phase.rescaled || shift.iter().all(|&k| i32::from(k) + phase.octaves >= 0);
    thresholds.iter().all(|thresholds| room(thresholds)) && (lossless || population.analogue)
}

fn model(model: &Model, channels: usize) -> bool {
    let long = |values: &[&Vec<i32>]| values.iter().all(|values| values.len() == channels);
    let positive = |values: &[&Vec<i32>]| values.iter().all(|values| values.iter().all(|&v| v > 0));
    let shifts =
        |shift: &[u8]| shift.len() == channels && shift.iter().all(|&k| k <= LARGEST_SHIFT);
    let burst = |n: i32| (1..=MOST_SPIKES).contains(&n);
    match model {
        Model::If(unit) => {
            let thresholds =
                [&unit.fire_above, &unit.reset_above, &unit.fire_below, &unit.reset_below];
            let room = |&t: &i32| t == NEVER || t <= 1 << 30;
            long(&thresholds)
                && long(&[&unit.initial, &unit.bias])
                && positive(&thresholds)
                && unit.reset_above.iter().all(room)
                && shifts(&unit.shift)
                && burst(unit.burst)
                && unit.saturation > 0
        }
        Model::Tracking(unit) => {
            long(&[&unit.above, &unit.below, &unit.bias])
                && positive(&[&unit.above, &unit.below])
                && shifts(&unit.shift)
                && burst(unit.most_up)
                && burst(unit.most_down)
                && unit.saturation > 0
        }
        Model::Curve(curve) => {
            shifts(&curve.shift)
                && burst(curve.most_up)
                && burst(curve.most_down)
                && curve.saturation > 0
        }
        Model::Readout(unit) => unit.bias.len() == channels && shifts(&unit.shift),
        Model::Pool(_) => true,
        // Only retiming makes relays, and a conversion is not retimed.
        Model::Relay => false,
        // They come from networks that spike already, which are not converted.
        Model::Cuba(_) | Model::Input(_) => false,
    }
}

fn projection(network: &Network, id: usize, p: &Projection) -> Result<(), String> {
    let fault = |what: &str| Err(format!("projection {id}: {what}"));
    if p.source >= p.target || p.target >= network.populations.len() || p.delay != 1 {
        return fault("it does not lead from an earlier to a later population in one step");
    }
    if matches!(network.populations[p.source].model, Model::Readout(_)) {
        return fault("it reads a population that never fires");
    }
    let (source, target) =
        (network.populations[p.source].shape, network.populations[p.target].shape);
    let fits = match &p.connection {
        Connection::OneToOne => false,
        Connection::Pool(window) => check::window(window) && source.channels == target.channels,
        Connection::Conv(conv) => {
            let groups = conv.groups;
            let inputs = conv.inputs.len();
            let whole = groups > 0
                && conv.inputs.end <= source.channels
                && inputs.is_multiple_of(groups)
                && target.channels.is_multiple_of(groups);
            let [height, width] = [source.height, source.width];
            let stretched = |size: usize, by: usize| by > 0 && size.checked_mul(by).is_some();
            whole
                && check::window(&conv.window)
                && stretched(height, conv.upsample[0])
                && stretched(width, conv.upsample[1])
                && (conv.window.kernel[0] * conv.window.kernel[1] * inputs)
                    .checked_mul(target.channels / groups)
                    == Some(conv.weights.len())
                && (conv.negative.is_empty() || conv.negative.len() == conv.weights.len())
                && [&conv.weights, &conv.negative]
                    .iter()
                    .all(|w| network.weight_bits > 8 || !matches!(w, Weights::Words(_)))
        }
    };
    if fits { Ok(()) } else { fault("its weights or window do not fit the populations") }
}

fn heads(graph: &Graph, host: &Host, network: &Network) -> Result<(), String> {
    if *host != Host::of(graph) {
        return Err("what the host computes is not the float network's end".into());
    }
    let chip = host.chip(graph);
    let mut pairs = network.heads.iter().zip(&chip.heads);
    let fits = |(head, float): (&crate::snn::Head, &crate::ann::Head)| {
        let Some(population) = network.populations.get(head.population) else { return false };
        head.scale.len() == population.shape.channels
            && head.name == float.name
            && population.shape.neurons() == graph.nodes[float.node].shape.len()
    };
    match network.heads.len() == chip.heads.len() && pairs.all(fits) {
        true => Ok(()),
        false => Err("the heads are not those of the float network".into()),
    }
}

/// The populations that the image feeds, each once, with all their numbers.
fn analogue(graph: &Graph, conversion: &Conversion) -> Result<(), String> {
    let (populations, input) = (&conversion.network.populations, &conversion.input);
    check::check(input)?;
    if input.input_shape() != graph.input_shape() {
        return Err("the analogue layer reads another image than the float network".into());
    }
    let mut fed = vec![false; populations.len()];
    for analogue in &conversion.analogue {
        let Some(population) = populations.get(analogue.population) else {
            return Err("the image feeds a population that does not exist".into());
        };
        let channels = population.shape.channels;
        let node = input.nodes.get(analogue.node);
        let fits = node.is_some_and(|node| node.shape.len() >= population.shape.neurons())
            && analogue.gain.len() == channels
            && analogue.gain.iter().all(|gain| gain.is_finite())
            && analogue.limit.len() == channels
            && analogue.limit.iter().all(|&limit| limit >= 0)
            && !matches!(population.model, Model::Pool(_));
        if !fits || std::mem::replace(&mut fed[analogue.population], true) {
            return Err(format!(
                "what the image feeds into population {} does not fit",
                analogue.population
            ));
        }
    }
    match populations.iter().zip(fed).all(|(population, fed)| population.analogue == fed) {
        true => Ok(()),
        false => Err("the populations that the image feeds are not those that are marked".into()),
    }
}
