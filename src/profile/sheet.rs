//! A profile as sections of keys and values, for one page and for columns side by side.

use std::fmt::Display;

use super::{
    Between, Capabilities, Clock, Cost, Costs, EventCost, Limits, Processor, Profile, SomaCost,
    Sync, Topology, Voltage,
};
use crate::plain::counted;

/// Rows under one heading.
pub(super) struct Section {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

pub(super) struct Row {
    pub key: String,
    pub value: String,
    /// What a page of one profile says beneath: the source, or figures too many for a column.
    pub notes: Vec<String>,
}

/// All of a profile but its name and trust. Only classes of cost differ in their keys between
/// profiles.
pub(super) fn sheet(profile: &Profile) -> Vec<Section> {
    vec![
        Section { title: "Topology", rows: topology(&profile.topology) },
        Section { title: "Limits", rows: limits(&profile.limits) },
        Section { title: "Capabilities", rows: capabilities(&profile.capabilities, profile) },
        Section { title: "Clock", rows: clock(&profile.clock) },
        Section { title: "Voltage", rows: profile.voltage.iter().flat_map(voltage).collect() },
        Section { title: "Costs: nominal [low .. high], basis", rows: costs(&profile.costs) },
    ]
}

/// Every figure of a profile that is not zero and tells its source: its key, its value with band
/// and basis, and the source.
pub fn sources(profile: &Profile) -> Vec<[String; 3]> {
    let rows = sheet(profile).into_iter().flat_map(|section| section.rows);
    let told = rows.filter(|row| !row.notes.is_empty() && !row.value.starts_with("0 "));
    told.map(|row| [row.key, row.value, row.notes.join("; ")]).collect()
}

/// The name of a plain enum value as it stands in the file.
pub(super) fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "?".to_owned(),
    }
}

fn row(key: impl Into<String>, value: impl Display) -> Row {
    Row { key: key.into(), value: value.to_string(), notes: vec![] }
}

fn limit(key: &str, value: Option<impl Display>) -> Row {
    match value {
        Some(value) => row(key, value),
        None => row(key, "none stated"),
    }
}

fn cost(key: &str, unit: &str, cost: &Cost) -> Row {
    let Cost { low, nominal, high, basis, source } = cost;
    let value = format!("{nominal} {unit} [{low} .. {high}], {}", name(basis));
    Row { notes: vec![source.clone()], ..row(key, value) }
}

fn event(key: &str, event: &EventCost) -> [Row; 2] {
    [
        cost(&format!("{key} energy"), "pJ", &event.energy_pj),
        cost(&format!("{key} latency"), "ns", &event.latency_ns),
    ]
}

fn topology(topology: &Topology) -> Vec<Row> {
    let Topology { kind, routing, multicast, mesh, cores_per_tile, tile_order, board, port_buffer } =
        topology;
    vec![
        row("routers form a", name(kind).replace('_', " ")),
        row("routing", name(routing).replace('_', " ")),
        row("several destinations", name(multicast)),
        row("tiles of a chip", format_args!("{} x {}", mesh[0], mesh[1])),
        row("cores per tile", cores_per_tile),
        row("tile order", name(tile_order)),
        row("largest board, chips", format_args!("{} x {}", board[0], board[1])),
        row("packets per port buffer", port_buffer),
    ]
}

fn limits(limits: &Limits) -> Vec<Row> {
    vec![
        limit("neurons per core", limits.neurons_per_core),
        limit("synapse memory bits per core", limits.synapse_memory_bits_per_core),
        limit("axons in per core", limits.axons_in_per_core),
        limit("axons out per core", limits.axons_out_per_core),
        limit("fan-in", limits.fan_in),
        limit("destination cores per neuron", limits.destinations),
        limit("weight bits", limits.weight_bits),
        limit("weight levels per neuron", limits.weight_levels),
        limit("membrane bits", limits.membrane_bits),
        limit("longest delay, steps", limits.max_delay),
    ]
}

fn capabilities(capabilities: &Capabilities, profile: &Profile) -> Vec<Row> {
    let models = &capabilities.neuron_models;
    vec![
        row("signed spikes", name(&capabilities.signed_spikes)),
        row("graded spike bits", capabilities.graded_bits),
        row(
            "neuron models",
            if models.is_empty() { "programmable".to_owned() } else { models.join(", ") },
        ),
        row("max pooling", name(&capabilities.max_pool)),
        row("shared kernels", name(&capabilities.shared_kernels)),
        row("synapse encoding", name(&capabilities.encoding)),
        row("operations at zeros", name(&capabilities.zero_weights())),
        row("counts as updated", name(&profile.update_rule)),
    ]
}

fn clock(clock: &Clock) -> Vec<Row> {
    let basis = name(&clock.basis);
    let (end, time, mut notes) = match &clock.sync {
        Sync::Async { period_ns } => (
            "nothing: an event acts when it arrives",
            format!("{period_ns} ns between inputs, {basis}"),
            vec![],
        ),
        Sync::Tick { period_ns } => ("tick", format!("{period_ns} ns, {basis}"), vec![]),
        Sync::Barrier { points, between } => {
            let between = match between {
                Between::Linear => "linear",
                Between::Step => "stepwise",
            };
            let costs = || points.iter().map(|&(_, cost_ns)| cost_ns);
            // Loading refuses a barrier without points.
            let (least, most) =
                (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
            let points = points
                .iter()
                .map(|(tiles, ns)| format!("{ns} ns from {} in use", counted(tiles, "tile")));
            ("barrier", format!("{least} .. {most} ns {between}, {basis}"), points.collect())
        }
    };
    notes.push(clock.source.clone());
    let mut rows = vec![row("steps end by", end), Row { notes, ..row("which takes", time) }];
    if !matches!(clock.sync, Sync::Async { .. }) {
        rows.push(row("generation and receive", name(&clock.phases)));
    }
    rows
}

fn voltage(voltage: &Voltage) -> [Row; 3] {
    let Voltage { volts, static_exponent, event_exponent, basis, source, .. } = voltage;
    let power = |exponent: f64| format!("voltage to the power of {exponent}, {}", name(basis));
    let follows =
        |key: &str, exponent| Row { notes: vec![source.clone()], ..row(key, power(exponent)) };
    [
        row("energies are those at", format!("{volts} V")),
        follows("static power follows", *static_exponent),
        follows("energy of events follows", *event_exponent),
    ]
}

fn soma(class: &str, soma: &SomaCost) -> impl Iterator<Item = Row> {
    let parts = [("access", &soma.access), ("update", &soma.update), ("spike", &soma.spike)];
    let rows = parts.map(|(part, cost)| event(&format!("soma {class} {part}"), cost));
    rows.into_iter().flatten()
}

fn costs(costs: &Costs) -> Vec<Row> {
    let somas = costs.soma.iter().flat_map(|(class, cost)| soma(class, cost));
    let synapses =
        costs.synapse.iter().flat_map(|(class, cost)| event(&format!("synapse {class}"), cost));
    let diagonals =
        [("hop north-east", &costs.hop.north_east), ("hop south-west", &costs.hop.south_west)];
    let diagonals = diagonals.into_iter().filter(|(_, cost)| **cost != EventCost::no_link());
    let traffic = [
        ("dendrite", &costs.dendrite),
        ("axon out", &costs.axon_out),
        ("axon in", &costs.axon_in),
        ("local", &costs.local),
        ("hop east", &costs.hop.east),
        ("hop west", &costs.hop.west),
        ("hop north", &costs.hop.north),
        ("hop south", &costs.hop.south),
        ("chip link", &costs.chip_link),
    ];
    let traffic = traffic.into_iter().chain(diagonals).flat_map(|(key, cost)| event(key, cost));
    let single = [
        cost("link interval", "ns", &costs.link_interval_ns),
        cost("static power per chip", "mW", &costs.static_mw_per_chip),
        cost("input multiply-accumulate", "pJ", &costs.input_mac_pj),
        cost("input bias write", "pJ", &costs.input_write_pj),
    ];
    let board = costs.board.as_ref().map(|board| {
        cost(
            &format!("power of a board beside its {}", counted(board.chips, "chip")),
            "mW",
            &board.static_mw,
        )
    });
    let processor = costs.processor.iter().flat_map(processor);
    somas.chain(synapses).chain(traffic).chain(single).chain(board).chain(processor).collect()
}

fn processor(processor: &Processor) -> Vec<Row> {
    let Processor { count, management_ns, injection_ns, start_ns, idle_mw, busy_mw } = processor;
    vec![
        row("processors at work", count),
        cost("processor, a step", "ns", management_ns),
        cost("processor, an injected spike", "ns", injection_ns),
        cost("processor, start of a sample", "ns", start_ns),
        cost("power of a processor", "mW", idle_mw),
        cost("power of a processor at work, more", "mW", busy_mw),
    ]
}
