//! The keys of a profile file, once: which must be there, where costs stand, and a line on each.

use Holds::{Classes, Cost, Table, Value};

/// A key of a table.
pub(super) struct Key {
    pub name: &'static str,
    pub holds: Holds,
    /// Whether a resolved profile has it for sure.
    pub required: bool,
    /// A line on it, for the file that `profiles new` writes; empty where that of its table says
    /// all.
    pub about: &'static str,
}

/// What stands below a key.
pub(super) enum Holds {
    /// A value, with an example.
    Value(&'static str),
    /// A figure with its band.
    Cost,
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table of classes, `default` among them, each with these keys.
    Classes(&'static [Key]),
}

const fn key(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key { name, holds, required: true, about }
}

const fn perhaps(name: &'static str, holds: Holds, about: &'static str) -> Key {
    Key { name, holds, required: false, about }
}

/// Keys of a cost that is a table; `band` stands for `low` and `high`.
pub(super) const COST: [&str; 6] = ["low", "nominal", "high", "band", "basis", "source"];

/// The class that stands for all that a profile does not name, of neurons and of synapses.
pub(crate) const DEFAULT_CLASS: &str = "default";

const EVENT: &[Key] = &[key("energy_pj", Cost, ""), key("latency_ns", Cost, "")];

const SOMA: &[Key] = &[
    key("access", Table(EVENT), "Every mapped neuron of the class, every step: pJ and ns."),
    key("update", Table(EVENT), "In addition, a neuron that counts as updated: pJ and ns."),
    key("spike", Table(EVENT), "In addition, a neuron that fires: pJ and ns."),
];

const HOPS: &[Key] = &[
    key("east", Table(EVENT), "One packet over one link, to growing x: pJ and ns."),
    key("west", Table(EVENT), "The same to falling x."),
    key("north", Table(EVENT), "The same to growing y."),
    key("south", Table(EVENT), "The same to falling y."),
    perhaps("north_east", Table(EVENT), "Over a diagonal; `triangular_torus` needs it."),
    perhaps("south_west", Table(EVENT), "Over a diagonal; `triangular_torus` needs it."),
];

const BOARD: &[Key] = &[
    key("chips", Value("1"), "Chips that a board carries; a board is powered whole."),
    key("static_mw", Cost, "mW of a board without its chips, scope system."),
];

const PROCESSOR: &[Key] = &[
    perhaps("count", Value("1"), "Processors at work; 0, as where it is left out: none."),
    key("management_ns", Cost, "Management of a step, ns."),
    key("injection_ns", Cost, "A spike that one processor injects, ns."),
    key("start_ns", Cost, "Once for a sample, ns."),
    key("idle_mw", Cost, "One processor at all times, mW."),
    key("busy_mw", Cost, "In addition while it works, mW."),
];

const COSTS: &[Key] = &[
    key("link_interval_ns", Cost, "Shortest time between two packets on a link, ns."),
    key("static_mw_per_chip", Cost, "A powered chip, whole, mW."),
    key(
        "input_mac_pj",
        Cost,
        "The analogue input layer outside the chip: one multiply-accumulate, pJ.",
    ),
    key("input_write_pj", Cost, "The same: one bias write, pJ."),
    key(
        "soma",
        Classes(SOMA),
        "Neurons by class: `if`, `tracking`, `gate`, `telescoping`, `or`, `relay`, `readout`, \
         `lif`, `truenorth`, `input`. `default` serves every class that is not listed.",
    ),
    key(
        "synapse",
        Classes(EVENT),
        "One synaptic operation, pJ and ns, by class: `conv`, `dense`, `sparse`, `pool`, or names \
         from a network file. `default` serves every class that is not listed.",
    ),
    key("dendrite", Table(EVENT), "Beside each synaptic operation: pJ and ns."),
    key("axon_out", Table(EVENT), "One packet at the core that sends it: pJ and ns."),
    key("axon_in", Table(EVENT), "One packet at the core that receives it: pJ and ns."),
    key("local", Table(EVENT), "One packet that stays in its tile: pJ and ns."),
    key("hop", Table(HOPS), ""),
    key(
        "chip_link",
        Table(EVENT),
        "One packet from chip to chip, in place of that link's hop: pJ and ns.",
    ),
    perhaps("board", Table(BOARD), "What is powered beside the chips."),
    perhaps(
        "processor",
        Table(PROCESSOR),
        "Embedded processors beside the cores, scope system; a run says how many work.",
    ),
];

const TOPOLOGY: &[Key] = &[
    perhaps(
        "kind",
        Value("\"mesh\""),
        "How routers are joined: `mesh`, `torus`, `triangular_torus`, `star` or `single`.",
    ),
    perhaps(
        "routing",
        Value("\"xy\""),
        "Which leg of a way comes first: `xy` or `longest_dimension_first`.",
    ),
    perhaps(
        "multicast",
        Value("\"unicast\""),
        "A spike for several cores leaves as a packet to each, `unicast`, or as one that forks, \
         `tree`.",
    ),
    key("mesh", Value("[8, 8]"), "Tiles of a chip, [width, height], 1 to 4096 each."),
    key("cores_per_tile", Value("1"), "Cores behind one router, at least 1."),
    key(
        "tile_order",
        Value("\"row_major\""),
        "Numbering of tiles where a network brings its own placement: `row_major` or \
         `column_major`.",
    ),
    key("board", Value("[1, 1]"), "Largest board in chips, [x, y], 1 to 4096 each."),
    key(
        "port_buffer",
        Value("16"),
        "Packets that one output port of a router holds, at least 1; at least 2 on a torus.",
    ),
];

const LIMITS: &[Key] = &[
    perhaps("neurons_per_core", Value("1024"), "Neurons of a core."),
    perhaps(
        "synapse_memory_bits_per_core",
        Value("1048576"),
        "Bits of a core that hold weights; at least those of one weight.",
    ),
    perhaps("axons_in_per_core", Value("4096"), "Distinct source neurons that reach a core."),
    perhaps(
        "axons_out_per_core",
        Value("4096"),
        "Destination cores, summed over the neurons of a core.",
    ),
    perhaps("fan_in", Value("256"), "Synapses into one neuron."),
    perhaps("destinations", Value("16"), "Destination cores of one neuron."),
    perhaps("weight_bits", Value("8"), "Bits of one weight, its sign included, 1 to 64."),
    perhaps("weight_levels", Value("16"), "Distinct weights of one neuron."),
    perhaps("membrane_bits", Value("24"), "Bits of a membrane, its sign included, 2 to 64."),
    perhaps("max_delay", Value("8"), "Longest delay of an axon in steps, plain delivery is 1."),
];

const CAPABILITIES: &[Key] = &[
    key(
        "signed_spikes",
        Value("\"two_neurons\""),
        "Negative spikes: `native`, `two_neurons` (from a second neuron) or `none`.",
    ),
    key("graded_bits", Value("0"), "Payload bits of a packet, 0 to 32; 0: a packet is a spike."),
    key(
        "neuron_models",
        Value("[]"),
        "Models that run, of the classes of `costs.soma`; [] if neurons are programmable.",
    ),
    key(
        "max_pool",
        Value("\"assumed\""),
        "Pools by maximum: `native`, `assumed` (runs, and reports say so) or `none`.",
    ),
    key(
        "shared_kernels",
        Value("\"assumed\""),
        "A core stores a kernel once: `native`, `assumed` or `none` (it stores every synapse).",
    ),
    perhaps(
        "encoding",
        Value("\"sparse\""),
        "Class of synapses: `conv`, `dense`, `sparse`, or `auto`: `conv` if weights are shared.",
    ),
    perhaps(
        "zero_weights",
        Value("\"cost\""),
        "Operations at weights of zero: `cost`, or `skipped` (the default of `sparse`).",
    ),
];

const CLOCK: &[Key] = &[
    key(
        "sync",
        Value("\"tick\""),
        "What ends a step: `barrier` (with `points` and `between`), `tick` (with `period_ns`), or \
         `async`, nothing (with `period_ns`).",
    ),
    perhaps(
        "points",
        Value("[{ tiles = 1, cost_ns = 100.0 }]"),
        "What a barrier takes, by tiles in use, which grow from point to point.",
    ),
    perhaps(
        "between",
        Value("\"linear\""),
        "Between the points: `linear` (constant outside), or `step` (the largest not above).",
    ),
    perhaps(
        "period_ns",
        Value("1000000.0"),
        "`tick`: the period, ns. `async`: the time between two presentations of the input.",
    ),
    perhaps(
        "phases",
        Value("\"add\""),
        "In a core: `overlap` (it receives beside visits and sending), or `add` (one by one).",
    ),
    key("basis", Value("\"assumed\""), "As in a cost."),
    key("source", Value("\"the file's author\""), "Where the figures of the clock come from."),
];

const DEFAULTS: &[Key] = &[
    perhaps(
        "band",
        Value("[0.5, 2.0]"),
        "Low and high end as multiples of the number, or one share each way: 0.2 is +- 20 %.",
    ),
    perhaps(
        "basis",
        Value("\"assumed\""),
        "`measured`, `simulated`, `regressed`, `average` or `assumed`.",
    ),
    perhaps("source", Value("\"the file's author\""), "Where these numbers come from."),
];

const VOLTAGE: &[Key] = &[
    key("volts", Value("0.8"), "Supply that energies are scaled to, from half to twice the next."),
    key("reference_volts", Value("0.8"), "Supply at which the costs of the file hold."),
    key("static_exponent", Value("2.0"), "Power of the voltage that static power follows."),
    key("event_exponent", Value("2.0"), "That of events on the chip."),
    key("basis", Value("\"assumed\""), "As in a cost."),
    key("source", Value("\"the file's author\""), "Where the exponents come from."),
];

/// All keys, in the order in which a file has them.
pub(super) const PROFILE: &[Key] = &[
    key("title", Value("\"\""), "One line."),
    key("trust", Value("\"\""), "How far the numbers can be trusted, a sentence or two."),
    perhaps(
        "defaults",
        Table(DEFAULTS),
        "What holds for a cost that is a number alone, such as `energy_pj = 2.0`.",
    ),
    key("topology", Table(TOPOLOGY), "Routers and cores."),
    perhaps(
        "limits",
        Table(LIMITS),
        "All optional: a limit that is left out does not exist. None may be 0.",
    ),
    key("capabilities", Table(CAPABILITIES), "What neurons and cores can do."),
    key(
        "costs",
        Table(COSTS),
        "Every cost has low <= nominal <= high, the basis (`measured`, `simulated`, `regressed`, \
         `average`, `assumed`) and the source of its figures; or it is a number alone.",
    ),
    key("clock", Table(CLOCK), "How steps end."),
    perhaps("voltage", Table(VOLTAGE), "What another supply makes of the energies."),
    key(
        "update_rule",
        Value("\"input\""),
        "Which neurons count as updated: `input` (received an operation), or `input_or_state` \
         (potential or bias not zero, too).",
    ),
];

/// The dotted keys of a profile file, such as `costs.static_mw_per_chip`; of classes those of
/// `default`.
pub fn keys() -> Vec<String> {
    let mut all = vec![];
    below(PROFILE, "", &mut all);
    all
}

/// Those of them that end with this name.
pub fn keys_called(name: &str) -> Vec<String> {
    let mut all = keys();
    all.retain(|key| key == name || key.ends_with(&format!(".{name}")));
    all
}

fn below(keys: &[Key], before: &str, all: &mut Vec<String>) {
    for key in keys {
        let path = format!("{before}{}", key.name);
        match key.holds {
            Value(_) | Cost => all.push(path),
            Table(keys) => below(keys, &format!("{path}."), all),
            Classes(keys) => below(keys, &format!("{path}.{DEFAULT_CLASS}."), all),
        }
    }
}

/// The key of this name.
pub(super) fn find<'k>(keys: &'k [Key], name: &str) -> Option<&'k Key> {
    keys.iter().find(|key| key.name == name)
}
