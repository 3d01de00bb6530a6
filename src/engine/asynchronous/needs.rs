//! What a network must be to run without steps, and why one does not.

use crate::engine::noc::NocError;
use crate::snn::{Cuba, Model, Network, PoolKind, Population};

/// Under what a network comes to rest without steps.
const ADVICE: &str = "--recipe paper,pool=telescoping and take 30 steps or more; \
     --idealised drops what else the chip lacks";

/// Why a network does not run without steps.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Units that compare the spikes of a step.
    #[error(
        "layer {layer}: units of class {class} compare the spikes of a step, and the chip has no \
         steps; convert with {ADVICE}"
    )]
    Steps {
        /// Name of the layer.
        layer: String,
        /// Class of its units.
        class: &'static str,
    },
    /// Units that take spikes back.
    #[error(
        "layer {layer}: units of class tracking take spikes back, and on a chip without steps such \
         spikes answer each other without end; convert with {ADVICE}"
    )]
    TakesBack {
        /// Name of the layer.
        layer: String,
    },
    /// Units that follow a curve step by step.
    #[error(
        "layer {layer}: its units follow a curve of their mean input, which is taken step by \
         step, and the chip has no steps; take a chip with steps, or a network whose activations \
         are ReLUs"
    )]
    Follows {
        /// Name of the layer.
        layer: String,
    },
    /// Spikes that multiply without end.
    #[error(
        "layer {layer}: its spikes multiply, {packets} packets so far and {under_way} of them \
         under way: a chip without steps would not come to rest; convert with {ADVICE}"
    )]
    Avalanche {
        /// Name of the layer.
        layer: String,
        /// Packets so far.
        packets: usize,
        /// Packets that have not arrived.
        under_way: usize,
    },
    /// Thresholds that change after a number of steps.
    #[error(
        "thresholds that change after a number of steps, and the chip has no steps; convert with \
         phases=one"
    )]
    Phases,
    /// Something of a layer lasts for a number of steps.
    #[error(
        "layer {layer}: {what}, and the chip has no steps; take a chip with steps, such as \
         --profile loihi1-davies2018"
    )]
    Lasts {
        /// Name of the layer.
        layer: String,
        /// What lasts, in words.
        what: &'static str,
    },
    /// The packets cannot be moved.
    #[error(transparent)]
    Network(#[from] NocError),
}

/// What of a unit changes from step to step by itself.
fn lasts(unit: &Cuba) -> Option<&'static str> {
    match () {
        () if unit.keeps_current() => Some("its currents last from step to step"),
        () if unit.leaks() => Some("its potentials leak step by step"),
        () if unit.refractory > 0 => Some("its units rest some steps after a spike"),
        () => None,
    }
}

/// Whether a network can do without steps.
///
/// # Errors
/// It has units that compare the spikes of a step, take spikes back or follow a curve, or
/// thresholds that change with the step.
pub fn check(network: &Network) -> Result<(), Error> {
    let steps = |model: &Model| match model {
        Model::Pool(kind) => matches!(kind, PoolKind::Gate | PoolKind::Or),
        Model::Relay => true,
        // Some of these are refused below.
        Model::If(_)
        | Model::Tracking(_)
        | Model::Curve(_)
        | Model::Cuba(_)
        | Model::Readout(_)
        | Model::Input(_) => false,
    };
    if let Some(population) = network.populations.iter().find(|p| steps(&p.model)) {
        return Err(Error::Steps {
            layer: population.name.clone(),
            class: population.model.class().name(),
        });
    }
    let tracks = |population: &&Population| matches!(population.model, Model::Tracking(_));
    if let Some(population) = network.populations.iter().find(tracks) {
        return Err(Error::TakesBack { layer: population.name.clone() });
    }
    let follows = |population: &&Population| matches!(population.model, Model::Curve(_));
    if let Some(population) = network.populations.iter().find(follows) {
        return Err(Error::Follows { layer: population.name.clone() });
    }
    for population in &network.populations {
        let layer = || population.name.clone();
        if let Model::Cuba(unit) = &population.model
            && let Some(what) = lasts(unit)
        {
            return Err(Error::Lasts { layer: layer(), what });
        }
    }
    if let Some(late) = network.projections.iter().find(|p| p.delay > 1) {
        let layer = network.populations[late.target].name.clone();
        return Err(Error::Lasts { layer, what: "its spikes come some steps later" });
    }
    if network.first_phase.is_some() {
        return Err(Error::Phases);
    }
    Ok(())
}
