//! `LI`: sums up what comes in with a leak, and is read.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::Neuron;

pub const KIND: Kind = Kind::decaying("LI", &["tau", "r", "v_leak"], |_| Ok(Role::Neuron(model)));

fn model(cell: &Cell) -> Result<Neuron, String> {
    let [keep, gain, leak] = cell.membrane("tau")?;
    Ok(cell.neuron(None, keep, gain, leak, None))
}
