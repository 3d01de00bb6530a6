//! `Threshold`: fires in each step in which what comes in is above it; it keeps nothing.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::{Fires, Neuron, Reset, Values};

pub const KIND: Kind = Kind::faithful("Threshold", &["threshold"], |_| Ok(Role::Neuron(model)));

fn model(cell: &Cell) -> Result<Neuron, String> {
    let reset = Reset::To(Values::all(0.0));
    let fires = Fires { threshold: cell.values("threshold")?, reset, at: false };
    let [keep, gain, leak] = [0.0, 1.0, 0.0].map(Values::all);
    Ok(cell.neuron(None, keep, gain, leak, Some(fires)))
}
