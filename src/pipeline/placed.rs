//! What to say of a run of a network from CSV, the chip apart.

use super::MOST_STEPS;
use crate::snn::sparse::{Lif, Model, Reverse, SparseNetwork, TrueNorth};
use std::ops::Bound;

/// What makes a run an empty one, inputs that come too late, and neurons that nothing reaches, in
/// whole sentences.
pub fn notes(network: &SparseNetwork, steps: usize) -> Vec<String> {
    let idle = idle(network).into_iter();
    idle.chain(late(network, steps as u64)).chain(unreached(network)).collect()
}

/// No neurons, or no input and nothing else that could make one fire.
fn idle(network: &SparseNetwork) -> Option<String> {
    if network.neurons.is_empty() {
        return Some("neurons.csv has no rows: nothing is emulated".into());
    }
    let fed = network.inputs.values().any(|ids| !ids.is_empty());
    let silent = |model: &Model| *model == Model::Input || rests(model);
    let still = !fed && network.neurons.iter().all(|neuron| silent(&neuron.model));
    still.then(|| "inputs.csv has no rows and no neuron fires by itself: nothing happens".into())
}

/// Input spikes after the last step.
fn late(network: &SparseNetwork, steps: u64) -> Option<String> {
    let late = network
        .inputs
        .range((Bound::Excluded(steps), Bound::Unbounded))
        .filter(|(_, ids)| !ids.is_empty());
    let spikes: usize = late.clone().map(|(_, ids)| ids.len()).sum();
    let (first, last) = (*late.clone().next()?.0, *late.clone().next_back()?.0);
    let all: usize = network.inputs.values().map(Vec::len).sum();
    let when =
        if first == last { format!("step {first}") } else { format!("steps {first} to {last}") };
    let next = if last <= MOST_STEPS {
        format!("--steps {last} would take all")
    } else {
        format!("a run has {MOST_STEPS} steps at most")
    };
    Some(format!(
        "{spikes} of {all} input spikes, of {when}, come after the last step, {steps}, and are \
         left out; {next}"
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
    let silent = |&id: &usize| !reached[id] && rests(&network.neurons[id].model);
    let first = (0..reached.len()).find(silent)?;
    let count = (0..reached.len()).filter(silent).count();
    let (neurons, have) = if count == 1 { ("neuron", "has") } else { ("neurons", "have") };
    Some(format!(
        "{count} {neurons}, the first of them {first}, {have} no synapse, bias or potential and \
         cannot fire"
    ))
}

/// Whether a neuron that nothing reaches stays where it is, below its threshold and above the
/// reverse one.
fn rests(model: &Model) -> bool {
    let at_rest = model.potential() == 0.0 && model.bias() == 0.0;
    match model {
        Model::Input => false,
        Model::Lif(Lif { threshold, reverse_threshold, reverse, .. }) => {
            at_rest && *threshold >= 0.0 && (*reverse == Reverse::None || *reverse_threshold <= 0.0)
        }
        Model::TrueNorth(TrueNorth { threshold, reverse_threshold, reverse, .. }) => {
            // At the reverse threshold, where it is zero, a saturating neuron stays.
            let stays = match reverse {
                Reverse::None => true,
                Reverse::Saturate => *reverse_threshold <= 0.0,
                Reverse::Hard(_) | Reverse::Soft => *reverse_threshold < 0.0,
            };
            at_rest && *threshold > 0.0 && stays
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snn::sparse::Neuron;

    #[test]
    fn late_inputs_are_counted() {
        let input = || Neuron {
            model: Model::Input,
            class: None,
            synapse_class: "default".into(),
            place: None,
        };
        let inputs = [(1, vec![0]), (4, vec![0, 1]), (7, vec![1])].into();
        let network =
            SparseNetwork { neurons: vec![input(), input()], inputs, ..SparseNetwork::default() };
        assert!(notes(&network, 7).is_empty());
        let late = |steps| notes(&network, steps).concat();
        assert!(late(6).starts_with("1 of 4 input spikes, of step 7, come"), "{}", late(6));
        assert!(late(3).starts_with("3 of 4 input spikes, of steps 4 to 7, come"), "{}", late(3));
        assert!(late(3).ends_with("--steps 7 would take all"), "{}", late(3));
        assert!(notes(&network, usize::MAX).is_empty());
        let network =
            SparseNetwork { inputs: [(1, vec![0]), (u64::MAX, vec![0])].into(), ..network };
        // No advice that the command line refuses.
        let late = notes(&network, 1024).concat();
        assert!(late.ends_with("left out; a run has 1024 steps at most"), "{late}");
    }

    #[test]
    fn runs_in_which_nothing_happens_say_so() {
        let empty = SparseNetwork::default();
        assert!(notes(&empty, 8).concat().starts_with("neurons.csv has no rows"));
        let input = Neuron {
            model: Model::Input,
            class: None,
            synapse_class: "default".into(),
            place: None,
        };
        let unfed = SparseNetwork { neurons: vec![input.clone()], ..SparseNetwork::default() };
        assert!(notes(&unfed, 8).concat().starts_with("inputs.csv has no rows"));
        let inputs = [(1, vec![0])].into();
        let fed = SparseNetwork { neurons: vec![input], inputs, ..SparseNetwork::default() };
        assert!(notes(&fed, 8).is_empty());
    }
}
