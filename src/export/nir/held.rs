//! What NIR can hold, layer by layer.

use crate::export::Error;
use crate::export::nir::form::form;
use crate::snn::{
    ALL, Connection, Cuba, IntegrateFire, Model, NEVER, Network, PoolKind, PopulationId,
};

/// Whether NIR can hold all layers.
///
/// # Errors
/// The first that it cannot, why, and what to do.
pub fn check(network: &Network) -> Result<(), Error> {
    if network.first_phase.is_some() {
        let why = "its thresholds change after a first phase; take phases=one";
        return Err(Error::Network { why });
    }
    let positive = positive(network);
    for (p, population) in network.populations.iter().enumerate() {
        let fault = |why: String| Error::Layer { layer: population.name.clone(), why };
        unit(&population.model, positive[p]).map_err(|why| fault(why.into()))?;
        for projection in network.projections.iter().filter(|one| one.target == p) {
            let [from, to] = [projection.source, p].map(|p| network.populations[p].shape);
            let Connection::Conv(conv) = &projection.connection else {
                return Err(fault("its synapses are no weights".into()));
            };
            form(conv, from, to).map_err(|why| fault(why.into()))?;
        }
    }
    Ok(())
}

fn unit(model: &Model, positive: bool) -> Result<(), &'static str> {
    match model {
        Model::Input(_) | Model::Readout(_) => Ok(()),
        Model::If(unit) => fires(unit, positive),
        Model::Cuba(unit) => cuba(unit),
        Model::Tracking(_) => Err(
            "its units take spikes back; a recipe of neuron=if, such as paper, has none that do",
        ),
        Model::Curve(_) => {
            Err("its units follow a curve, and those of NIR have thresholds; train it with ReLUs")
        }
        Model::Pool(PoolKind::Gate | PoolKind::Telescoping | PoolKind::Or) => {
            Err("NIR has no pool of maxima; take pool=average")
        }
        Model::Relay => Err("it only passes spikes on; export the network before it is retimed"),
    }
}

fn fires(unit: &IntegrateFire, positive: bool) -> Result<(), &'static str> {
    if unit.is_signed() && !positive {
        return Err("its units fire negative spikes, and those of NIR do not; take negative=none \
             (leaky units become ReLUs), residual=forward or readout=membrane");
    }
    if unit.burst > 1 {
        return Err("its units fire bursts, and those of NIR once a step; take burst=1/1");
    }
    if unit.initial.iter().any(|&v| v != 0) {
        return Err("its potentials begin above 0, and those of NIR at 0; take v0=0");
    }
    if unit.fire_above != unit.reset_above {
        return Err("its units fire at another potential than they subtract; take v0=0");
    }
    match unit.fire_above.iter().all(|&threshold| threshold >= 1) {
        true => Ok(()),
        false => Err("its threshold is less than one membrane unit; take more steps of weights"),
    }
}

fn cuba(unit: &Cuba) -> Result<(), &'static str> {
    let never = unit.threshold.iter().filter(|&&threshold| threshold == NEVER).count();
    if never != 0 && never != unit.threshold.len() {
        return Err("some of its channels never fire; split it into two layers");
    }
    if unit.leaks() && unit.decay.contains(&0) {
        return Err("some of its channels leak, others do not; split it into two layers");
    }
    if unit.keeps_current() {
        if !unit.leaks() {
            return Err("its current lasts and its potential does not leak; NIR has no such unit");
        }
        if unit.current_decay.contains(&0) {
            return Err("its current never decays; a longer dt lets it");
        }
    }
    match unit.decay.iter().all(|&decay| decay <= ALL) {
        true => Ok(()),
        false => Err("its potential decays by more than all of it"),
    }
}

/// By population, whether its units never fire below zero, whatever their thresholds are: nothing
/// that arrives is negative.
fn positive(network: &Network) -> Vec<bool> {
    let mut positive: Vec<bool> = vec![];
    for (p, population) in network.populations.iter().enumerate() {
        let own = match &population.model {
            Model::If(unit) if unit.is_signed() => {
                let starts = unit.bias.iter().chain(&unit.initial).all(|&value| value >= 0);
                starts && !population.analogue && adds(network, p, &positive)
            }
            model => !model.is_signed(),
        };
        positive.push(own);
    }
    positive
}

/// Whether all that arrives is positive.
fn adds(network: &Network, p: PopulationId, positive: &[bool]) -> bool {
    network.projections.iter().filter(|one| one.target == p).all(|one| {
        let Connection::Conv(conv) = &one.connection else { return false };
        let own = positive.get(one.source).copied().unwrap_or(false);
        own && (0..conv.weights.len()).all(|n| conv.weights.get(n) >= 0)
    })
}
