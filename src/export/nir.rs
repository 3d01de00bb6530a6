//! Converted networks as NIR files, which give the same spikes again.
//!
//! `held` knows what NIR can hold, `units` how whole numbers become floats, `neurons` and
//! `synapses` write the nodes, and `front` the layer that reads a picture. Metadata say what NIR
//! leaves open: the step, the reset, and which whole numbers the floats are.

use super::Error;
use crate::convert::Conversion;
use crate::convert::spiking::SpikingConversion;
use crate::snn::{Model, Network, PopulationId, Shape, loops};
use nodes::Nodes;
use synapses::put_window;

mod form;
mod front;
mod held;
mod neurons;
mod nodes;
mod synapses;
mod units;
mod weights;

/// A step of trained networks, whose neurons know no time, in seconds.
const USUAL: f64 = 1e-3;

/// The bytes of a NIR file that fires as the network that `conversion` made of a trained one.
/// Its input is the picture as the network takes it, its outputs are potentials.
///
/// # Errors
/// The first layer that NIR cannot hold.
pub fn trained(conversion: &Conversion) -> Result<Vec<u8>, Error> {
    let network = &conversion.network;
    held::check(network)?;
    let front = front::Front::of(conversion)?;
    write(&Plan { network, units: units::trained(conversion), dt: USUAL, front: Some(front) })
}

/// The bytes of a NIR file that fires as the whole numbers of a network that spikes already, in
/// steps of `dt` seconds. Its spikes enter by its inputs.
///
/// # Errors
/// The first layer that NIR cannot hold.
pub fn spiking(conversion: &SpikingConversion, dt: f64) -> Result<Vec<u8>, Error> {
    let network = &conversion.network;
    held::check(network)?;
    let units = conversion.layers.iter().map(|layer| layer.unit.clone()).collect();
    write(&Plan { network, units, dt, front: None })
}

/// What is written.
struct Plan<'a> {
    network: &'a Network,
    /// By population and channel: float of the potential per membrane unit.
    units: Vec<Vec<f64>>,
    dt: f64,
    front: Option<front::Front<'a>>,
}

fn write(plan: &Plan) -> Result<Vec<u8>, Error> {
    let network = plan.network;
    let mut nodes = Nodes::new(plan.dt, neurons::common_reset(network));
    let names: Vec<String> = network.populations.iter().map(|p| nodes.name(&p.name)).collect();
    if let Some(front) = &plan.front {
        front.write(&mut nodes, &names);
    }
    for (p, population) in network.populations.iter().enumerate() {
        let (name, dims) = (&names[p], dims(population.shape));
        match &population.model {
            Model::Input(_) => nodes.sizes(name, "Input", &[], &dims),
            model => {
                let gain = plan.front.as_ref().and_then(|front| front.gain(p));
                let layer = neurons::Layer { name, dims: &dims, unit: &plan.units[p] };
                neurons::write(&mut nodes, &layer, model, gain, plan.dt);
            }
        }
    }
    synapses::write(plan, &mut nodes, &names)?;
    for head in &network.heads {
        let name = match &network.heads[..] {
            [_] => nodes.name("output"),
            _ => nodes.name(&format!("output_{}", head.name)),
        };
        let shape = network.populations[head.population].shape;
        nodes.sizes(&name, "Output", &[&names[head.population]], &dims(shape));
    }
    nodes.bytes()
}

/// The shape of a population as NIR has it: channels, rows, columns; one position is a list, and
/// one row a line of channels.
fn dims(shape: Shape) -> Vec<u64> {
    let [c, h, w] = [shape.channels, shape.height, shape.width].map(|size| size as u64);
    match (h, w) {
        (1, 1) => vec![c],
        (1, _) => vec![c, w],
        _ => vec![c, h, w],
    }
}

/// Values of channels, for all elements.
fn spread(values: &[f64], dims: &[u64]) -> Vec<f64> {
    let positions = dims[1..].iter().product::<u64>() as usize;
    values.iter().flat_map(|&value| std::iter::repeat_n(value, positions)).collect()
}

/// Steps that each projection waits beyond what an edge of NIR takes.
fn waits(network: &Network) -> Vec<usize> {
    let edges = network.projections.iter().map(|p| (p.source, p.target));
    let loops = loops::of_edges(network.populations.len(), edges);
    let wait = |p: &crate::snn::Projection| match loops[p.source] == loops[p.target] {
        // Within a loop every edge takes a step.
        true if p.delay <= 1 => 0,
        true => p.delay,
        false => p.delay.saturating_sub(1),
    };
    network.projections.iter().map(wait).collect()
}

/// Constants that a population adds to its input in every step, in membrane units by channel.
fn constants(network: &Network, p: PopulationId) -> Vec<i64> {
    let wide = |values: &[i32]| values.iter().map(|&value| i64::from(value)).collect();
    match &network.populations[p].model {
        Model::If(unit) => wide(&unit.bias),
        Model::Readout(unit) => wide(&unit.bias),
        Model::Cuba(unit) if unit.leaks() => wide(&unit.drive),
        // Without a leak both are added to the potential.
        Model::Cuba(unit) => {
            unit.drive.iter().zip(&unit.bias).map(|(a, b)| i64::from(*a) + i64::from(*b)).collect()
        }
        _ => vec![],
    }
}
