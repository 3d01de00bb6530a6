//! `IF`: sums up what comes in and fires.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::import::nir::whole;
use crate::spiking::{Fires, Neuron, Values};

pub const KIND: Kind =
    Kind::faithful("IF", &["r", "v_threshold", "v_reset"], |_| Ok(Role::Neuron(model)));

fn model(cell: &Cell) -> Result<Neuron, String> {
    let (keep, (gain, plain)) = (Values::all(1.0), cell.whole_gain()?);
    let (threshold, reset) = (cell.values("v_threshold")?, cell.reset(plain)?);
    let exact = whole::fires_at(&cell.node.metadata, &threshold, cell.dims, &reset)?;
    let (threshold, at) = exact.map_or((threshold, false), |exact| (exact, true));
    let fires = Fires { threshold, reset, at };
    Ok(cell.neuron(None, keep, gain, Values::all(0.0), Some(fires)))
}
