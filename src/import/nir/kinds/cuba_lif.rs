//! `CubaLIF`: a leaky sum of a leaky synaptic current, which fires.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::{Fires, Neuron};

pub const KIND: Kind = Kind::decaying(
    "CubaLIF",
    &["tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"],
    |_| Ok(Role::Neuron(model)),
);

fn model(cell: &Cell) -> Result<Neuron, String> {
    let current = cell.current()?;
    let [keep, gain, leak] = cell.membrane("tau_mem")?;
    let (threshold, reset) = (cell.values("v_threshold")?, cell.reset(false)?);
    let fires = Fires { threshold, reset, at: false };
    Ok(cell.neuron(Some(current), keep, gain, leak, Some(fires)))
}
