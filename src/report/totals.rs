//! The figures of one input that several reports share, so that they agree to the last digit.

use crate::activity::{Activity, Counts, Layer, Link, Span};
use crate::energy::{
    Band, Beside, Bill, Component, beside_energy, board_energy, price, processor_energy,
    processor_time, static_energy,
};
use crate::mapping::{Gap, Verdict};
use crate::pipeline::Setup;
use crate::profile::{Cost, Profile};

/// Components of scope `dynamic`, in the order of the reports.
pub(super) const DYNAMIC: [Component; 9] = [
    Component::Access,
    Component::Update,
    Component::Spike,
    Component::Dendrite,
    Component::Synapse,
    Component::AxonOut,
    Component::AxonIn,
    Component::Hop,
    Component::ChipLink,
];

/// Class of populations that never fire.
const READOUT: &str = "readout";

/// Sums over all steps, and their prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Over all steps, the fill included.
    pub counts: Counts,
    /// From the first step to the end of the last.
    pub time: Span,
    /// What embedded processors take beside that.
    pub processor: Span,
    /// Steps that did not fit into the tick.
    pub overruns: u64,
    /// Scope `dynamic`.
    pub dynamic: Bill,
    /// Scope `static`.
    pub fixed: Band,
    /// Scope `system`: the analogue input layer, and boards beside their chips.
    pub system: Bill,
}

impl Totals {
    /// Sums up and prices.
    pub fn new(activity: &Activity, profile: &Profile) -> Totals {
        let mut counts = Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
        activity.steps.iter().for_each(|step| counts.add(&step.counts));
        let time = activity.time();
        let mut system = beside_energy(profile, Beside::of(activity));
        system.add(Component::Board, board_energy(profile, activity.chips, time));
        system.add(Component::Processor, processor_energy(activity, profile));
        Totals {
            dynamic: bill(activity, &counts, profile),
            counts,
            time,
            processor: processor_time(activity, profile),
            overruns: activity.steps.iter().filter(|step| step.timing.overrun).count() as u64,
            fixed: static_energy(profile, activity.chips, time),
            system,
        }
    }

    /// Events, leakage and what belongs to the system, together.
    pub fn all(&self) -> Band {
        self.dynamic.total() + self.fixed + self.system.total()
    }

    /// Nominal time of an inference, that of embedded processors included, ps.
    pub fn cycle_ps(&self) -> u64 {
        self.time.nominal.saturating_add(self.processor.nominal)
    }

    /// Share of units that can fire and steps of the inference without a spike; `None` without such
    /// units.
    pub fn sparsity(&self, activity: &Activity) -> Option<f64> {
        Some((1.0 - rate(self.counts.events, places(activity), activity.inference_steps)?).max(0.0))
    }

    /// Links that a packet crosses on average; `None` without packets.
    pub fn hops_per_packet(&self) -> Option<f64> {
        let Counts { packets, .. } = self.counts;
        (packets > 0).then(|| self.counts.total_hops() as f64 / packets as f64)
    }

    /// Synaptic operations per multiply-accumulate of the float network without its analogue input
    /// layer; `None` where there is no float network.
    pub fn spikes_per_synapse(&self, setup: &Setup, activity: &Activity) -> Option<f64> {
        let macs = setup.float_macs.saturating_sub(activity.input_macs);
        (macs > 0).then(|| self.counts.total_synaptic_operations() as f64 / macs as f64)
    }

    /// Spikes per unit that can fire and step of the inference; `None` without such units.
    pub fn mean_rate(&self, activity: &Activity) -> Option<f64> {
        rate(self.counts.spikes, places(activity), activity.inference_steps)
    }
}

/// Units that can fire.
fn places(activity: &Activity) -> u64 {
    activity.layers.iter().filter(|layer| fires(layer)).map(units).sum()
}

/// The link that most packets crossed; of equals, the first.
pub(super) fn busiest_link(activity: &Activity) -> Option<&Link> {
    activity.links.iter().rev().max_by_key(|link| link.packets)
}

/// The core that sent and received most packets, and how many; of equals, the first.
pub(super) fn busiest_core(activity: &Activity) -> Option<(usize, u64)> {
    let packets = activity.cores.iter().map(|core| core.counts.packets + core.counts.packets_in);
    packets.enumerate().collect::<Vec<_>>().into_iter().rev().max_by_key(|&(_, packets)| packets)
}

/// Dynamic energy of some counts of `activity`.
pub(super) fn bill(activity: &Activity, counts: &Counts, profile: &Profile) -> Bill {
    price(counts, &activity.soma_classes, &activity.synapse_classes, profile)
}

/// What all events of a core take one after the other, nominal, ps: visits of neurons, packets sent
/// and received, and synapses.
pub(super) fn busy_ps(activity: &Activity, counts: &Counts, profile: &Profile) -> f64 {
    let costs = &profile.costs;
    let times = |count: &u64, latency: &Cost| *count as f64 * latency.nominal;
    let soma = activity.soma_classes.iter().enumerate().map(|(n, class)| {
        let soma = costs.soma_of(class);
        times(&counts.accesses[n], &soma.access.latency_ns)
            + times(&counts.updates(profile.update_rule)[n], &soma.update.latency_ns)
            + times(&counts.firings[n], &soma.spike.latency_ns)
    });
    let synapses = activity.synapse_classes.iter().zip(&counts.synaptic_operations);
    let synapses = synapses.map(|(class, operations)| {
        times(operations, &costs.synapse_of(class).latency_ns)
            + times(operations, &costs.dendrite.latency_ns)
    });
    let packets = times(&counts.packets, &costs.axon_out.latency_ns)
        + times(&counts.packets_in, &costs.axon_in.latency_ns);
    (soma.sum::<f64>() + synapses.sum::<f64>() + packets) * 1000.0
}

/// Whether units of the layer can fire.
pub(super) fn fires(layer: &Layer) -> bool {
    layer.class != READOUT && layer.class != "li"
}

/// Units of a layer: its positions times channels, or its neurons where it has no shape.
pub(super) fn units(layer: &Layer) -> u64 {
    if layer.shapeless {
        layer.neurons
    } else {
        (layer.height * layer.width * layer.channels) as u64
    }
}

/// Spikes per unit and step; `None` where there is neither.
pub(super) fn rate(spikes: u64, units: u64, steps: u64) -> Option<f64> {
    let places = units as f64 * steps as f64;
    (places > 0.0).then(|| spikes as f64 / places)
}

/// Begin of what an idealised run dropped.
pub(super) const DROPPED: &str = "dropped: ";

/// What the result rests on beside the profile: paid and assumed gaps, and of idealised runs what
/// was dropped.
pub fn assumptions(setup: &Setup) -> Vec<String> {
    let told = rests_on(setup).map(|gap| match gap.verdict {
        Verdict::Paid | Verdict::Assumed => gap.message.clone(),
        Verdict::Refused => format!("{DROPPED}{}", gap.message),
    });
    told.collect()
}

/// The gaps that [`assumptions`] tells.
pub(super) fn rests_on(setup: &Setup) -> impl Iterator<Item = &Gap> {
    setup.gaps.iter().filter(|gap| gap.verdict != Verdict::Refused || setup.idealised)
}
