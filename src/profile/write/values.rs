//! The values of a profile as a table of TOML.

use toml::{Table, Value};

use crate::profile::sheet::name;
use crate::profile::{
    Between, Board, Capabilities, Clock, Cost, Costs, Encoding, EventCost, Limits, Phases,
    Processor, Profile, SomaCost, Sync, Topology, Voltage,
};

/// All keys of the file but those that inherit.
pub(super) fn table(profile: &Profile) -> Table {
    let voltage = profile.voltage.as_ref().map(|of| ("voltage", voltage(of)));
    let all = [
        ("title", text(&profile.title)),
        ("trust", text(&profile.trust)),
        ("update_rule", word(&profile.update_rule)),
        ("topology", topology(&profile.topology)),
        ("limits", limits(&profile.limits)),
        ("capabilities", capabilities(&profile.capabilities)),
        ("costs", costs(&profile.costs)),
        ("clock", clock(&profile.clock)),
    ];
    keys(all.into_iter().chain(voltage))
}

fn keys<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Table {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn word(value: &impl serde::Serialize) -> Value {
    Value::String(name(value))
}

/// TOML has no larger ones.
fn whole(number: impl TryInto<i64>) -> Value {
    Value::Integer(number.try_into().unwrap_or(i64::MAX))
}

fn pair(pair: [usize; 2]) -> Value {
    Value::Array(pair.map(whole).to_vec())
}

fn topology(topology: &Topology) -> Value {
    let Topology { kind, routing, multicast, mesh, cores_per_tile, tile_order, board, port_buffer } =
        topology;
    Value::Table(keys([
        ("kind", word(kind)),
        ("routing", word(routing)),
        ("multicast", word(multicast)),
        ("mesh", pair(*mesh)),
        ("cores_per_tile", whole(*cores_per_tile)),
        ("tile_order", word(tile_order)),
        ("board", pair(*board)),
        ("port_buffer", whole(*port_buffer)),
    ]))
}

fn limits(limits: &Limits) -> Value {
    let Limits {
        neurons_per_core,
        synapse_memory_bits_per_core,
        axons_in_per_core,
        axons_out_per_core,
        fan_in,
        destinations,
        weight_bits,
        weight_levels,
        membrane_bits,
        max_delay,
    } = limits;
    let all = [
        ("neurons_per_core", neurons_per_core.map(whole)),
        ("synapse_memory_bits_per_core", synapse_memory_bits_per_core.map(whole)),
        ("axons_in_per_core", axons_in_per_core.map(whole)),
        ("axons_out_per_core", axons_out_per_core.map(whole)),
        ("fan_in", fan_in.map(whole)),
        ("destinations", destinations.map(whole)),
        ("weight_bits", weight_bits.map(whole)),
        ("weight_levels", weight_levels.map(whole)),
        ("membrane_bits", membrane_bits.map(whole)),
        ("max_delay", max_delay.map(whole)),
    ];
    Value::Table(keys(all.into_iter().filter_map(|(key, value)| Some((key, value?)))))
}

fn capabilities(capabilities: &Capabilities) -> Value {
    let Capabilities {
        signed_spikes,
        graded_bits,
        neuron_models,
        max_pool,
        shared_kernels,
        encoding,
        zero_weights,
    } = capabilities;
    let mut table = keys([
        ("signed_spikes", word(signed_spikes)),
        ("graded_bits", whole(*graded_bits)),
        ("neuron_models", Value::Array(neuron_models.iter().map(|model| text(model)).collect())),
        ("max_pool", word(max_pool)),
        ("shared_kernels", word(shared_kernels)),
    ]);
    // What is usual is not said.
    if *encoding != Encoding::default() {
        table.extend(keys([("encoding", word(encoding))]));
    }
    if let Some(zeros) = zero_weights {
        table.extend(keys([("zero_weights", word(zeros))]));
    }
    Value::Table(table)
}

fn clock(clock: &Clock) -> Value {
    let Clock { sync, phases, source, basis } = clock;
    let mut table = keys([("source", text(source)), ("basis", word(basis))]);
    // What is usual is not said.
    if *phases != Phases::default() {
        table.extend(keys([("phases", word(phases))]));
    }
    table.extend(match sync {
        Sync::Barrier { points, between } => barrier(points, between),
        Sync::Tick { period_ns } => {
            keys([("sync", text("tick")), ("period_ns", Value::Float(*period_ns))])
        }
        Sync::Async { period_ns } => {
            keys([("sync", text("async")), ("period_ns", Value::Float(*period_ns))])
        }
    });
    Value::Table(table)
}

fn barrier(points: &[(u64, f64)], between: &Between) -> Table {
    let point = |&(tiles, cost_ns): &(u64, f64)| {
        Value::Table(keys([("tiles", whole(tiles)), ("cost_ns", Value::Float(cost_ns))]))
    };
    keys([
        ("sync", text("barrier")),
        ("points", Value::Array(points.iter().map(point).collect())),
        ("between", word(between)),
    ])
}

fn cost(cost: &Cost) -> Value {
    let Cost { low, nominal, high, basis, source } = cost;
    Value::Table(keys([
        ("low", Value::Float(*low)),
        ("nominal", Value::Float(*nominal)),
        ("high", Value::Float(*high)),
        ("basis", word(basis)),
        ("source", text(source)),
    ]))
}

fn event(event: &EventCost) -> Value {
    let EventCost { energy_pj, latency_ns } = event;
    Value::Table(keys([("energy_pj", cost(energy_pj)), ("latency_ns", cost(latency_ns))]))
}

fn soma(soma: &SomaCost) -> Value {
    let SomaCost { access, update, spike } = soma;
    Value::Table(keys([
        ("access", event(access)),
        ("update", event(update)),
        ("spike", event(spike)),
    ]))
}

fn costs(costs: &Costs) -> Value {
    let hop = [
        ("east", &costs.hop.east),
        ("west", &costs.hop.west),
        ("north", &costs.hop.north),
        ("south", &costs.hop.south),
        ("north_east", &costs.hop.north_east),
        ("south_west", &costs.hop.south_west),
    ];
    let links = hop.into_iter().filter(|(_, link)| **link != EventCost::no_link());
    let mut table = keys([
        (
            "soma",
            Value::Table(costs.soma.iter().map(|(name, of)| (name.clone(), soma(of))).collect()),
        ),
        (
            "synapse",
            Value::Table(
                costs.synapse.iter().map(|(name, of)| (name.clone(), event(of))).collect(),
            ),
        ),
        ("dendrite", event(&costs.dendrite)),
        ("axon_out", event(&costs.axon_out)),
        ("axon_in", event(&costs.axon_in)),
        ("local", event(&costs.local)),
        ("hop", Value::Table(keys(links.map(|(way, link)| (way, event(link)))))),
        ("chip_link", event(&costs.chip_link)),
        ("link_interval_ns", cost(&costs.link_interval_ns)),
        ("static_mw_per_chip", cost(&costs.static_mw_per_chip)),
        ("input_mac_pj", cost(&costs.input_mac_pj)),
        ("input_write_pj", cost(&costs.input_write_pj)),
    ]);
    if let Some(Board { chips, static_mw }) = &costs.board {
        let board = [("chips", whole(*chips)), ("static_mw", cost(static_mw))];
        table.insert("board".to_owned(), Value::Table(keys(board)));
    }
    if let Some(of) = &costs.processor {
        table.insert("processor".to_owned(), processor(of));
    }
    Value::Table(table)
}

fn processor(processor: &Processor) -> Value {
    let Processor { count, management_ns, injection_ns, start_ns, idle_mw, busy_mw } = processor;
    Value::Table(keys([
        ("count", whole(*count)),
        ("management_ns", cost(management_ns)),
        ("injection_ns", cost(injection_ns)),
        ("start_ns", cost(start_ns)),
        ("idle_mw", cost(idle_mw)),
        ("busy_mw", cost(busy_mw)),
    ]))
}

/// Costs are written as they are at the voltage, so it is their reference.
fn voltage(voltage: &Voltage) -> Value {
    let Voltage { volts, static_exponent, event_exponent, basis, source, .. } = voltage;
    Value::Table(keys([
        ("volts", Value::Float(*volts)),
        ("reference_volts", Value::Float(*volts)),
        ("static_exponent", Value::Float(*static_exponent)),
        ("event_exponent", Value::Float(*event_exponent)),
        ("basis", word(basis)),
        ("source", text(source)),
    ]))
}
