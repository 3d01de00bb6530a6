//! `I`: sums up what comes in, and is read.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::{Neuron, Values};

pub const KIND: Kind = Kind::faithful("I", |_| Ok(Role::Neuron(model)));

fn model(cell: &Cell) -> Result<Neuron, String> {
    let (keep, gain) = (Values::all(1.0), cell.values("r")?);
    Ok(cell.neuron(None, keep, gain, Values::all(0.0), None))
}
