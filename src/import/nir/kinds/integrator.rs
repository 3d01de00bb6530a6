//! `I`: sums up what comes in, and is read.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::{Neuron, Values};

pub const KIND: Kind = Kind::faithful("I", &["r"], |_| Ok(Role::Neuron(model)));

fn model(cell: &Cell) -> Result<Neuron, String> {
    let (keep, (gain, _)) = (Values::all(1.0), cell.whole_gain()?);
    Ok(cell.neuron(None, keep, gain, Values::all(0.0), None))
}
