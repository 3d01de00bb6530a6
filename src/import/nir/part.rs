//! What a node of the file is to the network.

use super::Fault;
use super::cell::Cell;
use super::inline::{Flat, Node};
use super::kinds::{self, Kind};
use super::parameters::{Array, Parameters};
use super::words::names;
use crate::spiking::{MapKind, Neuron};

/// The sizes of a tensor as NIR counts them: `[n]`, `[channels, length]` or
/// `[channels, height, width]`.
pub type Dims = Vec<usize>;

/// A node as read.
pub struct Part {
    pub role: Role,
    /// What its form on a chip loses; `None` for nothing.
    pub loss: Option<String>,
    /// That the node says what none of its type does, which is left out.
    pub odd: Option<String>,
}

pub enum Role {
    /// Where data come in, in this shape, if the node says it.
    Input(Option<Dims>),
    /// Where data are read, likewise.
    Output(Option<Dims>),
    /// An end of a nested graph.
    Pass,
    Map(Box<dyn Linear>),
    /// Seconds.
    Delay(Array),
    Neuron(Model),
}

/// Makes neurons of a population.
pub type Model = fn(&Cell) -> Result<Neuron, String>;

/// A node without state.
pub trait Linear {
    /// The shape that it takes, as far as the node says it.
    fn takes(&self) -> Vec<Option<usize>>;

    /// What it makes of shape `from`.
    ///
    /// # Errors
    /// Why it takes no such shape.
    fn gives(&self, from: &[usize]) -> Result<Dims, String>;

    /// The map between such shapes.
    ///
    /// # Errors
    /// Why there is none.
    fn map(&self, from: &[usize], to: &[usize]) -> Result<MapKind, String>;
}

/// Reads every node by its type; `None` for those with a fault.
pub fn read(flat: &mut Flat) -> (Vec<Option<Part>>, Vec<Fault>) {
    let mut faults = vec![];
    let parts = flat.nodes.iter_mut().enumerate();
    let parts = parts.map(|(n, node)| match of(node) {
        Ok(part) => Some(part),
        Err((what, unknown)) => {
            faults.push(Fault { node: n, what, unknown });
            None
        }
    });
    let parts = parts.collect();
    (parts, faults)
}

/// Reads a node; or what is wrong, and whether that is its type.
fn of(node: &mut Node) -> Result<Part, (String, bool)> {
    let kind = kinds::find(&node.kind).ok_or_else(|| (kinds::known(), true))?;
    let role = match (kind.read)(&mut node.parameters) {
        Ok(Role::Input(_) | Role::Output(_)) if node.nested => Role::Pass,
        role => role.map_err(|what| (what, false))?,
    };
    Ok(Part { role, loss: kind.loses.map(str::to_owned), odd: odd(node, kind) })
}

/// Shapes, which any node may say.
const SHAPES: [&str; 5] = ["shape", "input_shape", "output_shape", "input_type", "output_type"];

fn odd(node: &Node, kind: &Kind) -> Option<String> {
    let known = |name: &&String| {
        kind.parameters.contains(&name.as_str()) || SHAPES.contains(&name.as_str())
    };
    let odd: Vec<String> = node.parameters.0.keys().filter(|name| !known(name)).cloned().collect();
    let (name, kind) = (names(&odd), kind.name);
    (!odd.is_empty()).then(|| format!("{name} is nothing that {kind} has, and left out"))
}

/// Where kinds are listed: how one reads its parameters.
pub type Read = fn(&mut Parameters) -> Result<Role, String>;

impl Kind {
    /// A type of nodes that a chip has as it is.
    pub const fn faithful(
        name: &'static str,
        parameters: &'static [&'static str],
        read: Read,
    ) -> Kind {
        Kind { name, parameters, read, loses: None }
    }

    /// One whose time constants a chip rounds.
    pub const fn decaying(
        name: &'static str,
        parameters: &'static [&'static str],
        read: Read,
    ) -> Kind {
        Kind { name, parameters, read, loses: Some("decays of 12 bits") }
    }
}
