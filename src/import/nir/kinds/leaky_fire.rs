//! `LIF`: sums up what comes in with a leak, and fires.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::{Fires, Neuron};

pub const KIND: Kind =
    Kind::decaying("LIF", &["tau", "r", "v_leak", "v_threshold", "v_reset"], |_| {
        Ok(Role::Neuron(model))
    });

fn model(cell: &Cell) -> Result<Neuron, String> {
    let [keep, gain, leak] = cell.membrane("tau")?;
    let (threshold, reset) = (cell.values("v_threshold")?, cell.reset(false)?);
    let fires = Fires { threshold, reset, at: false };
    Ok(cell.neuron(None, keep, gain, leak, Some(fires)))
}
