//! What a spiking network did on one chip, summed over its inputs.

use crate::activity::{Activity, Counts, Span};
use crate::energy::Beside;
use crate::profile::{self, Cost, Profile};
use serde::{Deserialize, Serialize};

/// What one inference did: all that is summed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inference {
    steps: u64,
    counts: Counts,
    soma_classes: Vec<String>,
    synapse_classes: Vec<String>,
    input_macs: u64,
    input_writes: u64,
    host_operations: u64,
    time: Span,
    chips: u64,
    core_neurons: u64,
    core_bytes: u64,
}

impl Inference {
    /// That of an emulation.
    pub fn new(activity: &Activity) -> Inference {
        let (soma, synapses) = (&activity.soma_classes, &activity.synapse_classes);
        let mut counts = Counts::new(soma.len(), synapses.len());
        activity.steps.iter().for_each(|step| counts.add(&step.counts));
        let cores = activity.cores.len().max(1) as u64;
        let neurons = activity.cores.iter().map(|core| core.neurons).sum::<u64>();
        let bits = activity.cores.iter().map(|core| core.synapse_memory_bits).sum::<u64>();
        Inference {
            steps: activity.inference_steps,
            counts,
            soma_classes: soma.clone(),
            synapse_classes: synapses.clone(),
            input_macs: activity.input_macs,
            input_writes: activity.input_writes,
            host_operations: activity.host_operations,
            time: activity.time(),
            chips: activity.chips,
            core_neurons: neurons / cores,
            core_bytes: bits / 8 / cores,
        }
    }
}

/// Counts over `inputs` inferences; every figure made from them is divided by that.
#[derive(Debug, Clone, PartialEq)]
pub struct Spiking {
    /// Name of the profile, and whether its limits were dropped.
    pub system: String,
    /// Prices of its events.
    pub profile: Profile,
    /// Inputs over which the counts were summed.
    pub inputs: u64,
    /// Steps of one inference (T), without the fill.
    pub steps: u64,
    /// Events of all inputs together.
    pub counts: Counts,
    /// Neuron classes; index of the soma counts.
    pub soma_classes: Vec<String>,
    /// Synapse classes; index of the synaptic operations.
    pub synapse_classes: Vec<String>,
    /// Multiply-accumulates of the analogue input layer.
    pub input_macs: u64,
    /// Writes of the results of the analogue input layer.
    pub input_writes: u64,
    /// Numbers that a host makes of the heads.
    pub host_operations: u64,
    /// Multiply-accumulates of the float network, for all inputs.
    pub float_macs: u64,
    /// `None` where nothing was emulated.
    pub time: Option<Span>,
    /// Powered chips.
    pub chips: u64,
    /// Neurons in the mean core.
    pub core_neurons: u64,
    /// Bytes of synapses in the mean core.
    pub core_bytes: u64,
    /// What limits the result beyond the profile; may be empty.
    pub note: String,
    /// The counts rest on figures from memory.
    pub unverified: bool,
}

impl Spiking {
    /// Sums up the emulations of one network on `profile`; `None` without any.
    pub fn new(
        system: String,
        profile: Profile,
        float_macs: u64,
        all: &[Inference],
        note: String,
    ) -> Option<Spiking> {
        let first = all.first()?;
        let mut counts = Counts::new(first.soma_classes.len(), first.synapse_classes.len());
        all.iter().for_each(|one| counts.add(&one.counts));
        let inputs = all.len() as u64;
        Some(Spiking {
            system,
            profile,
            inputs,
            steps: first.steps,
            counts,
            soma_classes: first.soma_classes.clone(),
            synapse_classes: first.synapse_classes.clone(),
            input_macs: all.iter().map(|one| one.input_macs).sum(),
            input_writes: all.iter().map(|one| one.input_writes).sum(),
            host_operations: all.iter().map(|one| one.host_operations).sum(),
            float_macs: float_macs * inputs,
            time: Some(all.iter().map(|one| one.time).sum()),
            chips: first.chips,
            core_neurons: first.core_neurons,
            core_bytes: first.core_bytes,
            note,
            unverified: false,
        })
    }

    /// What is computed beside the chip.
    pub fn beside(&self) -> Beside {
        let &Spiking { input_macs, input_writes, host_operations, .. } = self;
        Beside { input_macs, input_writes, host_operations }
    }

    /// `count` per inference.
    pub fn mean(&self, count: u64) -> f64 {
        count as f64 / self.inputs as f64
    }

    /// Synaptic operations per inference.
    pub fn operations(&self) -> f64 {
        self.mean(self.counts.total_synaptic_operations())
    }

    /// Synaptic operations per multiply-accumulate of the float network without its analogue input
    /// layer; `None` where that is all there is.
    pub fn spikes_per_synapse(&self) -> Option<f64> {
        let macs = self.float_macs.saturating_sub(self.input_macs);
        (macs > 0).then(|| self.counts.total_synaptic_operations() as f64 / macs as f64)
    }

    /// `text`, and the note if there is one.
    pub(super) fn noted(&self, text: String) -> String {
        if self.note.is_empty() { text } else { format!("{text}; {}", self.note) }
    }

    /// The synapse class that does most operations; `None` without operations.
    pub(super) fn main_class(&self) -> Option<&str> {
        let counted = self.synapse_classes.iter().zip(&self.counts.synaptic_operations);
        let (class, &operations) = counted.max_by_key(|(_, operations)| **operations)?;
        (operations > 0).then_some(class.as_str())
    }
}

/// The word for a chip's cost; what its source calls unverified says so.
pub(super) fn basis(cost: &Cost) -> String {
    let name = match cost.basis {
        profile::Basis::Measured => "measured",
        profile::Basis::Simulated => "simulated",
        profile::Basis::Regressed => "regressed",
        profile::Basis::Average => "average",
        profile::Basis::Assumed => "assumed",
    };
    let unverified = cost.source.contains("from memory") || cost.source.contains("unverified");
    if unverified { format!("{name} (unverified)") } else { name.into() }
}

/// The words of several costs, each once.
pub(super) fn bases<'a>(costs: impl IntoIterator<Item = &'a Cost>) -> String {
    let mut names: Vec<String> =
        costs.into_iter().filter(|cost| cost.high > 0.0).map(basis).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "none".into() } else { names.join(" + ") }
}
