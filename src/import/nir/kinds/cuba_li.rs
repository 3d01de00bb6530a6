//! `CubaLI`: a leaky sum of a leaky synaptic current, which is read.

use super::Kind;
use crate::import::nir::cell::Cell;
use crate::import::nir::part::Role;
use crate::spiking::Neuron;

pub const KIND: Kind =
    Kind::decaying("CubaLI", &["tau_syn", "tau_mem", "r", "v_leak", "w_in"], |_| {
        Ok(Role::Neuron(model))
    });

fn model(cell: &Cell) -> Result<Neuron, String> {
    let current = cell.current()?;
    let [keep, gain, leak] = cell.membrane("tau_mem")?;
    Ok(cell.neuron(Some(current), keep, gain, leak, None))
}
