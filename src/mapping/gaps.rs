//! What the network needs and the chip lacks, and what becomes of it.

use super::partition::{Bounds, Usage};
use super::{Gap, Verdict};
use crate::profile::{Profile, SignedSpikes, Support, Sync};
use crate::snn::{Class, Connection, Model, Network, Population, PopulationId};

/// Of neurons that keep more than a potential, where the profile names no neuron models.
pub(super) fn two_words(profile: &Profile) -> String {
    let own = "whether units with two words of state run (`capabilities.neuron_models` lists \
               the models that do)";
    unsaid(profile, "units with two words of state are", own)
}

/// Of neurons that follow a curve, where the profile names no neuron models.
fn curve(profile: &Profile) -> String {
    let own = "whether units run that follow a curve of their mean input, with two words of state \
               and a table (`capabilities.neuron_models` lists the models that do)";
    let undocumented = "units that follow a curve of their mean input, with two words of state and \
                        a table, are";
    unsaid(profile, undocumented, own)
}

fn is_curve(population: &Population) -> bool {
    matches!(population.model, Model::Curve(_))
}

/// Nothing says what a chip does: its makers did not document it, or the author of a profile did
/// not write it, who is told the key.
fn unsaid(profile: &Profile, undocumented: &str, own: &str) -> String {
    match profile.provenance.own {
        true => format!("the profile does not say {own}; assumed"),
        false => format!("{undocumented} not documented for this chip; assumed"),
    }
}

/// What to say of a need beyond its limit.
pub(super) fn beyond(need: u64, unit: &str, limit: Option<u64>, name: &str) -> Option<String> {
    let bound = limit.filter(|&bound| need > bound)?;
    Some(format!("{need} {unit} > {bound} {name}"))
}

/// What to say of a neuron model that the chip does not have.
pub(super) fn no_such_model(class: &str, known: &[String]) -> String {
    format!("neuron model {class} is not in neuron_models ({})", known.join(", "))
}

/// The neuron of the chip that units of a class may be taken for: an analogue one integrates and
/// fires, too.
fn stands_for<'a>(class: &str, known: &'a [String]) -> Option<&'a str> {
    let analogue = known.iter().find(|model| *model == "adex").filter(|_| class == "if");
    analogue.map(String::as_str)
}

/// Collects gaps by population.
pub(super) struct Gaps<'a> {
    network: &'a Network,
    profile: &'a Profile,
    /// By population, chip neurons per unit.
    per_unit: &'a [u64],
    by_population: Vec<Vec<Gap>>,
}

impl<'a> Gaps<'a> {
    /// With the gaps that do not depend on how populations are cut.
    pub fn new(network: &'a Network, profile: &'a Profile, per_unit: &'a [u64]) -> Gaps<'a> {
        let by_population = vec![vec![]; network.populations.len()];
        let mut gaps = Gaps { network, profile, per_unit, by_population };
        gaps.weights();
        gaps.models();
        gaps.signs();
        gaps.bursts();
        gaps.relays();
        gaps.readouts();
        gaps.support();
        gaps.presentations();
        gaps
    }

    /// A gap from before the mapping, at its layer; one of the whole network comes first. A layer
    /// may have become several populations, `layer[first..end]`.
    pub fn take(&mut self, gap: Gap) {
        let is_of = |name: &str| {
            let rest = name.strip_prefix(gap.layer.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let at = self.network.populations.iter().position(|p| is_of(&p.name)).unwrap_or(0);
        if let Some(gaps) = self.by_population.get_mut(at) {
            gaps.push(gap);
        }
    }

    fn add(&mut self, verdict: Verdict, id: PopulationId, limit: &str, message: String) {
        let layer = self.network.populations[id].name.clone();
        let message = format!("layer {layer}: {message}");
        self.by_population[id].push(Gap { verdict, layer, limit: limit.into(), message });
    }

    /// First population with weights of its own.
    fn first_weighted(&self) -> Option<PopulationId> {
        let weighted = |p: &&crate::snn::Projection| matches!(p.connection, Connection::Conv(_));
        self.network.projections.iter().filter(weighted).map(|p| p.target).min()
    }

    fn weights(&mut self) {
        let Some(first) = self.first_weighted() else { return };
        let ours = self.network.weight_bits;
        let bits = self.profile.limits.weight_bits.map(u64::from);
        if let Some(message) = beyond(u64::from(ours), "bits per weight", bits, "weight_bits") {
            self.add(Verdict::Refused, first, "weight_bits", message);
        }
        let needed = (1u64 << ours) - 1;
        if let Some(levels) =
            self.profile.limits.weight_levels.filter(|&levels| u64::from(levels) < needed)
        {
            let message =
                format!("{ours}-bit weights do not fit {levels} weight_levels per neuron");
            self.add(Verdict::Refused, first, "weight_levels", message);
        }
    }

    /// Several spikes of a neuron in a step, where a packet cannot carry them all.
    fn bursts(&mut self) {
        let most = |p: &Population| match &p.model {
            Model::If(unit) => unit.burst,
            Model::Tracking(unit) => unit.most_up.max(unit.most_down),
            Model::Curve(curve) => curve.most_up.max(curve.most_down),
            // Inputs send what they are fed, whatever that is.
            Model::Input(_) | Model::Cuba(_) => 1,
            Model::Pool(_) | Model::Relay | Model::Readout(_) => 0,
        };
        let payload = (1u64 << self.profile.capabilities.graded_bits.clamp(1, 32)) - 1;
        let largest = self.network.populations.iter().map(most).max().unwrap_or(0);
        let packets = (largest.unsigned_abs() as u64).div_ceil(payload);
        let Some(first) = self.network.populations.iter().position(|p| most(p) == largest) else {
            return;
        };
        if packets > 1 {
            let message = format!(
                "bursts of up to {largest} spikes in a step travel as up to {packets} packets"
            );
            self.add(Verdict::Paid, first, "graded_bits", message);
        }
    }

    fn relays(&mut self) {
        let relay = |p: &&Population| matches!(p.model, Model::Relay);
        let Some(first) = self.network.populations.iter().position(|p| relay(&p)) else { return };
        let units: usize =
            self.network.populations.iter().filter(relay).map(|p| p.shape.neurons()).sum();
        let message = format!(
            "delays that the axons cannot carry take {units} relay neurons in the whole network"
        );
        self.add(Verdict::Paid, first, "max_delay", message);
    }

    /// A head's membrane is read once and may be summed outside.
    fn readouts(&mut self) {
        let Some(bits) = self.profile.limits.membrane_bits.filter(|&bits| bits < 32) else {
            return;
        };
        let readout = |p: &Population| p.model.is_read();
        if let Some(first) = self.network.populations.iter().position(readout) {
            let message = format!(
                "heads are summed over all steps in 32 bits, beyond {bits} membrane_bits; assumed"
            );
            self.add(Verdict::Assumed, first, "membrane_bits", message);
        }
    }

    fn models(&mut self) {
        let known = &self.profile.capabilities.neuron_models;
        if known.is_empty() {
            for curves in [false, true] {
                let has =
                    |p: &Population| p.model.class() == Class::Tracking && is_curve(p) == curves;
                if let Some(first) = self.network.populations.iter().position(has) {
                    let message =
                        if curves { curve(self.profile) } else { two_words(self.profile) };
                    self.add(Verdict::Assumed, first, "neuron_models", message);
                }
            }
            return;
        }
        let mut told: Vec<&str> = vec![];
        for (id, population) in self.network.populations.iter().enumerate() {
            let class = population.model.class().name();
            if known.iter().any(|k| k == class) || told.contains(&class) {
                continue;
            }
            told.push(class);
            match stands_for(class, known) {
                Some(other) => {
                    let message = format!(
                        "units of class {class} stand in for the chip's {other}, whose leak and \
                         adaptation are left out; assumed"
                    );
                    self.add(Verdict::Assumed, id, "neuron_models", message);
                }
                None => {
                    let mut message = no_such_model(class, known);
                    if is_curve(population) {
                        message += "; its units follow a curve of their mean input, which takes \
                                    two words of state and a table";
                    }
                    self.add(Verdict::Refused, id, "neuron_models", message);
                }
            }
        }
    }

    fn signs(&mut self) {
        let signed = self.network.signed();
        let Some(first) = signed.iter().position(|&signed| signed) else { return };
        match self.profile.capabilities.signed_spikes {
            SignedSpikes::Native => {}
            SignedSpikes::TwoNeurons => {
                let all =
                    self.network.populations.iter().zip(&signed).filter(|(_, signed)| **signed);
                let units: usize = all.map(|(p, _)| p.shape.neurons()).sum();
                let message =
                    format!("negative spikes take a second neuron, {units} in the whole network");
                self.add(Verdict::Paid, first, "signed_spikes", message);
            }
            SignedSpikes::None => {
                let message =
                    "the network has negative spikes, the chip has no signed_spikes".to_string();
                self.add(Verdict::Refused, first, "signed_spikes", message);
            }
        }
    }

    /// Without steps the host says when the constant input comes again.
    fn presentations(&mut self) {
        let Sync::Async { period_ns } = self.profile.clock.sync else { return };
        if let Some(first) = self.network.populations.iter().position(|p| p.analogue) {
            let message = format!(
                "the host presents the input again after {period_ns} ns, or later, once nothing \
                 moves; assumed"
            );
            self.add(Verdict::Assumed, first, "sync", message);
        }
    }

    fn support(&mut self) {
        let capabilities = &self.profile.capabilities;
        let (pools, shared) = (capabilities.max_pool, capabilities.shared_kernels);
        let first_pool =
            self.network.populations.iter().position(|p| matches!(p.model, Model::Pool(_)));
        match (first_pool, pools) {
            (Some(first), Support::Assumed) => {
                let own = "whether the chip pools spikes by maximum (`capabilities.max_pool`: \
                           `native` or `none`)";
                let message = unsaid(self.profile, "spiking max pooling is", own);
                self.add(Verdict::Assumed, first, "max_pool", message);
            }
            (Some(first), Support::None) => {
                let message = "the network pools by maximum, the chip has no max_pool".to_string();
                self.add(Verdict::Refused, first, "max_pool", message);
            }
            _ => {}
        }
        match (self.first_weighted(), shared) {
            (Some(first), Support::Assumed) => {
                let own = "whether cores store a kernel once (`capabilities.shared_kernels`: \
                           `native` or `none`)";
                let message = unsaid(self.profile, "cores that store a kernel once are", own);
                self.add(Verdict::Assumed, first, "shared_kernels", message);
            }
            (Some(first), Support::None) => {
                let message = "the chip has no shared_kernels: every synapse is stored".to_string();
                self.add(Verdict::Paid, first, "shared_kernels", message);
            }
            _ => {}
        }
    }

    /// Compares what single neurons of a population need with the limits of a neuron.
    pub fn neuron(&mut self, id: PopulationId, single: &Usage) {
        let limits = self.profile.limits.clone();
        let destinations = single.axons_out / self.per_unit[id];
        self.keep(id, single.synapses, "synapses into one neuron", limits.fan_in, "fan_in");
        self.keep(
            id,
            destinations,
            "destination cores of one neuron",
            limits.destinations,
            "destinations",
        );
    }

    /// Compares what single neurons of a population need with the limits of a core, and returns
    /// the limits that can be kept.
    pub fn bounds(&mut self, id: PopulationId, single: &Usage) -> Bounds {
        let limits = self.profile.limits.clone();
        let unit = if self.per_unit[id] == 2 { "neurons for one signed unit" } else { "neurons" };
        Bounds {
            neurons: self.keep(
                id,
                single.neurons,
                unit,
                limits.neurons_per_core,
                "neurons_per_core",
            ),
            memory: self.keep(
                id,
                single.memory,
                "bits of weights for one neuron",
                limits.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            ),
            axons_in: self.keep(
                id,
                single.axons_in,
                "sources",
                limits.axons_in_per_core,
                "axons_in_per_core",
            ),
            axons_out: self.keep(
                id,
                single.axons_out,
                "outgoing axons of one neuron",
                limits.axons_out_per_core,
                "axons_out_per_core",
            ),
        }
    }

    /// Holds blocks of a population that a file gives against the limits of a core.
    pub fn blocks(&mut self, id: PopulationId, cores: &[Usage]) {
        let limits = self.profile.limits.clone();
        let most = |of: fn(&Usage) -> u64| cores.iter().map(of).max().unwrap_or(0);
        for (need, unit, limit, name) in [
            (
                most(|c| c.neurons),
                "neurons on one core",
                limits.neurons_per_core,
                "neurons_per_core",
            ),
            (
                most(|c| c.memory),
                "bits of weights on one core",
                limits.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            ),
            (
                most(|c| c.axons_in),
                "sources of one core",
                limits.axons_in_per_core,
                "axons_in_per_core",
            ),
        ] {
            self.keep(id, need, unit, limit, name);
        }
        self.axons_out(id, cores);
    }

    /// Holds the axons out of a population that is cut against the limit of a core.
    pub fn axons_out(&mut self, id: PopulationId, cores: &[Usage]) {
        let most = cores.iter().map(|core| core.axons_out).max().unwrap_or(0);
        let limit = self.profile.limits.axons_out_per_core;
        self.keep(id, most, "outgoing axons of one core", limit, "axons_out_per_core");
    }

    /// The limit, unless one neuron exceeds it already.
    fn keep(
        &mut self,
        id: PopulationId,
        need: u64,
        unit: &str,
        limit: Option<u64>,
        name: &str,
    ) -> Option<u64> {
        match beyond(need, unit, limit, name) {
            None => limit,
            Some(message) => {
                self.add(Verdict::Refused, id, name, message);
                None
            }
        }
    }

    pub fn in_layer_order(self) -> Vec<Gap> {
        self.by_population.into_iter().flatten().collect()
    }
}
