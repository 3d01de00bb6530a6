//! What to say of a run of a network that brings its own placement, the chip apart.

use crate::snn::sparse::{Model, SparseNetwork};

/// Inputs that come too late, and neurons that nothing reaches, in whole sentences.
pub fn notes(network: &SparseNetwork, steps: usize) -> Vec<String> {
    late(network, steps as u64).into_iter().chain(unreached(network)).collect()
}

/// Input spikes after the last step.
fn late(network: &SparseNetwork, steps: u64) -> Option<String> {
    let late = network.inputs.range(steps + 1..).filter(|(_, ids)| !ids.is_empty());
    let spikes: usize = late.clone().map(|(_, ids)| ids.len()).sum();
    let (first, last) = (*late.clone().next()?.0, *late.clone().next_back()?.0);
    let all: usize = network.inputs.values().map(Vec::len).sum();
    let when = if first == last { format!("step {first}") } else { format!("steps {first} to {last}") };
    Some(format!(
        "{spikes} of {all} input spikes, of {when}, come after the last step, {steps}, and are left out; \
         --steps {last} would take all"
    ))
}

/// Neurons without a synapse, a bias or anything else that could make them fire.
fn unreached(network: &SparseNetwork) -> Option<String> {
    let mut reached = vec![false; network.neurons.len()];
    for synapse in &network.synapses {
        if let Some(reached) = reached.get_mut(synapse.post as usize) {
            *reached = true;
        }
    }
    let rests = |model: &Model| {
        let at_rest = model.potential() == 0.0 && model.bias() == 0.0;
        match model {
            Model::Input => false,
            Model::Lif(lif) => at_rest && lif.threshold >= 0.0,
            Model::TrueNorth(neuron) => at_rest && neuron.threshold > 0.0,
        }
    };
    let silent = |&id: &usize| !reached[id] && rests(&network.neurons[id].model);
    let first = (0..reached.len()).find(silent)?;
    let count = (0..reached.len()).filter(silent).count();
    let (neurons, have) = if count == 1 { ("neuron", "has") } else { ("neurons", "have") };
    Some(format!(
        "{count} {neurons}, the first of them {first}, {have} no synapse, bias or potential and cannot fire"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snn::sparse::Neuron;

    #[test]
    fn late_inputs_are_counted() {
        let input =
            || Neuron { model: Model::Input, synapse_class: "default".into(), tile: 0, core_in_tile: 0 };
        let inputs = [(1, vec![0]), (4, vec![0, 1]), (7, vec![1])].into();
        let network = SparseNetwork { neurons: vec![input(), input()], inputs, ..SparseNetwork::default() };
        assert!(notes(&network, 7).is_empty());
        let late = |steps| notes(&network, steps).concat();
        assert!(late(6).starts_with("1 of 4 input spikes, of step 7, come"), "{}", late(6));
        assert!(late(3).starts_with("3 of 4 input spikes, of steps 4 to 7, come"), "{}", late(3));
    }
}
