//! The text of `profiles show`.

use std::fmt::{Display, Write};

use super::{Between, Cost, EventCost, Profile, Sync};

/// Limits, capabilities, every cost with band, unit, basis and source, and how far to trust them.
pub fn render(profile: &Profile) -> String {
    let mut page = Page(String::new());
    page.line(format_args!("{}: {}", profile.name, profile.title));
    page.line(format_args!("hash {}", profile.hash));
    page.line(format_args!("\n{}", profile.trust));
    topology(&mut page, profile);
    limits(&mut page, profile);
    capabilities(&mut page, profile);
    clock(&mut page, profile);
    costs(&mut page, profile);
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, text: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{text}");
    }

    fn entry(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("  {key:<30} {value}"));
    }

    fn limit(&mut self, key: &str, value: Option<impl Display>) {
        match value {
            Some(value) => self.entry(key, value),
            None => self.entry(key, "no limit"),
        }
    }

    fn cost(&mut self, key: &str, unit: &str, cost: &Cost) {
        let Cost { low, nominal, high, .. } = cost;
        self.entry(key, format_args!("{nominal} {unit} [{low} .. {high}], {}", name(&cost.basis)));
        self.line(format_args!("    {}", cost.source));
    }

    fn event(&mut self, key: &str, event: &EventCost) {
        self.cost(&format!("{key} energy"), "pJ", &event.energy_pj);
        self.cost(&format!("{key} latency"), "ns", &event.latency_ns);
    }
}

/// The name of a plain enum value as it stands in the file.
fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "?".to_owned(),
    }
}

fn topology(page: &mut Page, profile: &Profile) {
    let topology = &profile.topology;
    page.line("\nTopology");
    page.entry("tiles of a chip", format_args!("{} x {}", topology.mesh[0], topology.mesh[1]));
    page.entry("cores per tile", topology.cores_per_tile);
    page.entry("tile order", name(&topology.tile_order));
    page.entry("largest board, chips", format_args!("{} x {}", topology.board[0], topology.board[1]));
    page.entry("packets per port buffer", topology.port_buffer);
}

fn limits(page: &mut Page, profile: &Profile) {
    let limits = &profile.limits;
    page.line("\nLimits");
    page.limit("neurons per core", limits.neurons_per_core);
    page.limit("synapse memory bits per core", limits.synapse_memory_bits_per_core);
    page.limit("axons in per core", limits.axons_in_per_core);
    page.limit("axons out per core", limits.axons_out_per_core);
    page.limit("fan-in", limits.fan_in);
    page.limit("destination cores per neuron", limits.destinations);
    page.limit("weight bits", limits.weight_bits);
    page.limit("weight levels per neuron", limits.weight_levels);
    page.limit("membrane bits", limits.membrane_bits);
    page.limit("longest delay, steps", limits.max_delay);
}

fn capabilities(page: &mut Page, profile: &Profile) {
    let capabilities = &profile.capabilities;
    page.line("\nCapabilities");
    page.entry("signed spikes", name(&capabilities.signed_spikes));
    page.entry("graded spike bits", capabilities.graded_bits);
    if capabilities.neuron_models.is_empty() {
        page.entry("neuron models", "programmable");
    } else {
        page.entry("neuron models", capabilities.neuron_models.join(", "));
    }
    page.entry("max pooling", name(&capabilities.max_pool));
    page.entry("shared kernels", name(&capabilities.shared_kernels));
    page.entry("counts as updated", name(&profile.update_rule));
}

fn clock(page: &mut Page, profile: &Profile) {
    let clock = &profile.clock;
    page.line("\nClock");
    match &clock.sync {
        Sync::Tick { period_ns } => page.entry("tick", format_args!("{period_ns} ns")),
        Sync::Barrier { points, between } => {
            let between = match between {
                Between::Linear => "linear between",
                Between::Step => "stepwise",
            };
            page.entry("barrier by tiles in use", between);
            for (tiles, cost_ns) in points {
                page.entry(&format!("{tiles} tiles"), format_args!("{cost_ns} ns"));
            }
        }
    }
    page.entry("basis", name(&clock.basis));
    page.line(format_args!("    {}", clock.source));
}

fn costs(page: &mut Page, profile: &Profile) {
    let costs = &profile.costs;
    page.line("\nCosts: nominal [low .. high], basis, source");
    for (class, soma) in &costs.soma {
        page.event(&format!("soma {class} access"), &soma.access);
        page.event(&format!("soma {class} update"), &soma.update);
        page.event(&format!("soma {class} spike"), &soma.spike);
    }
    for (class, synapse) in &costs.synapse {
        page.event(&format!("synapse {class}"), synapse);
    }
    page.event("dendrite", &costs.dendrite);
    page.event("axon out", &costs.axon_out);
    page.event("axon in", &costs.axon_in);
    page.event("local", &costs.local);
    page.event("hop east", &costs.hop.east);
    page.event("hop west", &costs.hop.west);
    page.event("hop north", &costs.hop.north);
    page.event("hop south", &costs.hop.south);
    page.event("chip link", &costs.chip_link);
    page.cost("link interval", "ns", &costs.link_interval_ns);
    page.cost("static power per chip", "mW", &costs.static_mw_per_chip);
    page.cost("input multiply-accumulate", "pJ", &costs.input_mac_pj);
    page.cost("input bias write", "pJ", &costs.input_write_pj);
}
