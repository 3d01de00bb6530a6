//! Costs, counts and times that are finite and add up.

use super::{refused, shared, spikemesh, succeeds};
use crate::functional::random_network;
use crate::small_detector::Files;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value;
use spikemesh::activity::{self, Activity, Unsound};
use spikemesh::ann::op::{Conv, Input, MaxPool, Relu};
use spikemesh::ann::{Graph, Head, Node, Op, Shape, Window};
use spikemesh::convert::Recipe;
use spikemesh::engine::chip::{self, Stop};
use spikemesh::engine::noc::NocError;
use spikemesh::engine::{Options, asynchronous, sparse};
use spikemesh::import::{Facts, Imported, Network as Imports};
use spikemesh::mapping::{Grid, Placement, Places, map_beside};
use spikemesh::pipeline::{self, Error, Sample, Settings, Timing};
use spikemesh::profile::{self, Kind, Multicast, Profile, Routing, Sync};
use spikemesh::snn::retime::{retime, unbalanced};
use spikemesh::snn::sparse::{Lif, Model, Neuron, Place, Reset, Reverse, SparseNetwork, Synapse};
use spikemesh::snn::{Network, PoolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TIMINGS: [Timing; 4] = [Timing::Event, Timing::Sampled, Timing::Links, Timing::Analytic];

const STEPS: usize = 5;

/// A chip as it is, or a small one of another topology, so that packets leave their chips.
fn chip(seed: u64, profiles: &[Profile]) -> Profile {
    let mut profile = profiles[seed as usize % profiles.len()].clone();
    let kinds = [
        None,
        Some((Kind::Mesh, Routing::Xy)),
        Some((Kind::Torus, Routing::Xy)),
        Some((Kind::TriangularTorus, Routing::LongestDimensionFirst)),
        Some((Kind::Star, Routing::Xy)),
        Some((Kind::Mesh, Routing::LongestDimensionFirst)),
    ];
    let round = seed as usize / profiles.len();
    if let Some((kind, routing)) = kinds[round / TIMINGS.len() % kinds.len()] {
        let topology = &mut profile.topology;
        (topology.kind, topology.routing) = (kind, routing);
        // Rings of two and of one, where links of two directions join the same routers.
        (topology.mesh, topology.cores_per_tile) = ([2, 1 + round % 2], 2);
        topology.port_buffer = 2 + round % 3;
        topology.board = [40, 40];
        profile.limits.neurons_per_core = Some(24);
        let forks = round.is_multiple_of(3) && !matches!(profile.clock.sync, Sync::Async { .. });
        topology.multicast = if forks { Multicast::Tree } else { Multicast::Unicast };
    }
    profile
}

fn timing(seed: u64, profiles: &[Profile], profile: &Profile) -> Timing {
    let topology = &profile.topology;
    let timing = TIMINGS[seed as usize / profiles.len() % TIMINGS.len()];
    let swept = matches!(topology.kind, Kind::Mesh | Kind::Single)
        && (topology.routing, topology.multicast) == (Routing::Xy, Multicast::Unicast);
    if timing == Timing::Links && !swept { Timing::Event } else { timing }
}

/// A converted network on a chip, and what happened there.
fn converted(seed: u64, profile: &Profile, timing: Timing) -> (Grid, Activity) {
    let kind = [PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or][seed as usize % 3];
    let burst = 1 + (seed % 4) as i32 * 3;
    let stop = Stop { steps: STEPS, readout_after: 0 };
    let map = |network: &Network| map_beside(network, profile, vec![], None, true).unwrap();
    if let Sync::Async { period_ns } = profile.clock.sync {
        // Some pools need steps, and tracking units never rest.
        let (network, currents) = (0..)
            .map(|more| random_network(seed + 1000 * more, 0.1, burst, kind))
            .find(|(network, _)| asynchronous::check(network).is_ok())
            .unwrap();
        let network = unbalanced(&network).network;
        let mapping = map(&network);
        let options = asynchronous::Options { period_ns, record_spikes: false, probed: &[] };
        let run = asynchronous::run(&network, &currents, &mapping, profile, options, stop, || ())
            .unwrap();
        return (mapping.grid, run.activity);
    }
    let (network, currents) = random_network(seed, 0.1, burst, kind);
    let retimed = retime(&network, Some(2));
    let currents = retimed.reorder(&network, currents);
    let mapping = map(&retimed.network);
    let options = Options { timing, ..Options::default() };
    let run = chip::run(&retimed, &currents, &mapping, profile, options, stop, || ()).unwrap();
    (mapping.grid, run.activity)
}

/// Neurons of several models and synapse classes on a few cores, some of which hold two models.
fn placed_network(seed: u64, profile: &Profile) -> SparseNetwork {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let [width, height] = profile.topology.mesh;
    let (tiles, slots) = ((width * height).min(6), profile.topology.cores_per_tile.min(2));
    let lif = |rng: &mut Xoshiro256PlusPlus| {
        Model::Lif(Lif {
            threshold: f64::from(rng.random_range(1..4)),
            reset: Reset::Hard(0.0),
            leak_decay: 0.5,
            input_decay: 0.0,
            bias: if rng.random_bool(0.2) { 0.5 } else { 0.0 },
            potential: 0.0,
            refractory_delay: rng.random_range(0..2),
            reverse_threshold: 0.0,
            reverse: Reverse::None,
            force_update: rng.random_bool(0.1),
        })
    };
    let neurons: Vec<Neuron> = (0..30)
        .map(|id| Neuron {
            model: if id < 8 { Model::Input } else { lif(&mut rng) },
            class: None,
            synapse_class: ["conv", "dense"][rng.random_range(0..2)].into(),
            place: Some(Place {
                chip: 0,
                tile: rng.random_range(0..tiles),
                core_in_tile: rng.random_range(0..slots),
            }),
        })
        .collect();
    // Forward only, so that nothing goes on for ever.
    let mut synapses: Vec<Synapse> = (0..150)
        .map(|_| {
            let pre = rng.random_range(0..29);
            Synapse {
                pre,
                post: rng.random_range(8.max(pre + 1)..30),
                weight: f64::from(rng.random_range(-1..4)),
                delay: 1,
            }
        })
        .collect();
    synapses.sort_by_key(|synapse| synapse.pre);
    let due = |rng: &mut Xoshiro256PlusPlus| {
        (0..8u32).filter(|_| rng.random_bool(0.6)).collect::<Vec<_>>()
    };
    let inputs = (1..=STEPS as u64).map(|step| (step, due(&mut rng))).collect::<BTreeMap<_, _>>();
    SparseNetwork { neurons, synapses, inputs }
}

fn placed(seed: u64, profile: &Profile, timing: Timing) -> (Grid, Activity) {
    let options = Options { timing, ..Options::default() };
    let network = placed_network(seed, profile);
    let run = sparse::run(&network, profile, STEPS, options, || ()).unwrap();
    (Places::given(&network, profile).unwrap().grid, run.activity)
}

#[test]
fn everything_is_conserved_on_all_chips_under_all_timings() {
    let profiles = profile::all().unwrap();
    let mut seen = BTreeSet::new();
    let (mut spikes, mut hops, mut stalls, mut forks) = (0, 0, 0, 0);
    for seed in 0..800 {
        let profile = chip(seed / 2, &profiles);
        let timing = timing(seed / 2, &profiles, &profile);
        let (grid, activity) = if seed % 2 == 0 {
            converted(seed, &profile, timing)
        } else {
            placed(seed, &profile, timing)
        };
        if let Err(error) = pipeline::check(&grid, &activity, &profile, timing) {
            panic!(
                "seed {seed} on {} of {:?} under {timing:?}: {error}",
                profile.name, profile.topology
            );
        }
        seen.insert((profile.name.clone(), timing.name()));
        let all = |of: fn(&activity::Counts) -> u64| {
            activity.steps.iter().map(|s| of(&s.counts)).sum::<u64>()
        };
        spikes += all(|counts| counts.spikes);
        hops += all(activity::Counts::total_hops);
        forks += u64::from(all(|counts| counts.packets) < all(|counts| counts.packets_in));
        stalls += activity.links.iter().map(|link| link.stall_ps).sum::<u64>();
    }
    assert!(
        spikes > 10_000 && hops > 10_000 && stalls > 0 && forks > 20,
        "{spikes} {hops} {stalls} {forks}"
    );
    // Sweep takes meshes alone, and two chips are none.
    assert!(seen.len() >= 4 * profiles.len() - 4, "{}", seen.len());
}

/// Every number of a document, with its path.
fn numbers(value: &Value, path: String, out: &mut Vec<String>) {
    match value {
        Value::Number(_) => out.push(path),
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(n, value)| numbers(value, format!("{path}/{n}"), out))
        }
        Value::Object(all) => {
            all.iter().for_each(|(key, value)| numbers(value, format!("{path}/{key}"), out))
        }
        _ => {}
    }
}

/// What stands in one place only, so that nothing contradicts it: geometry, bands, and order within
/// a step.
const FREE: [&str; 35] = [
    // At most as many as all operations, which `check` asks.
    "nonzero_operations",
    "input_macs",
    "input_writes",
    "saturations",
    "chips",
    "time_error_ps",
    "first_output_ps",
    "height",
    "width",
    "channels",
    "depth",
    "synapses",
    "x",
    "y",
    "slot",
    "synapse_memory_bits",
    "axons_in",
    "axons_out",
    "from",
    "to",
    "low",
    "high",
    "busiest_core",
    "p50_ps",
    "p99_ps",
    "max_ps",
    "injection_ps",
    "disordered",
    "intervals",
    "distortion_ps",
    "distortion_max_ps",
    "overfull",
    "generation_ps",
    "receive_ps",
    "layer",
];

#[test]
fn a_number_that_is_changed_is_found() {
    let profiles = profile::all().unwrap();
    let named = |name: &str| profiles.iter().find(|p| p.name == name).unwrap().clone();
    let mut small = named("loihi1-davies2018");
    (small.topology.mesh, small.topology.cores_per_tile) = ([2, 2], 2);
    small.limits.neurons_per_core = Some(40);
    let mut tree = small.clone();
    tree.topology.multicast = Multicast::Tree;
    let cases = [
        converted(3, &small, Timing::Event),
        converted(4, &tree, Timing::Event),
        converted(5, &small, Timing::Sampled),
        converted(6, &named("speck"), Timing::Event),
        placed(7, &small, Timing::Links),
        placed(8, &named("odin"), Timing::Event),
    ];
    let mut kinds = BTreeSet::new();
    for (case, (grid, activity)) in cases.iter().enumerate() {
        let forks = grid.multicast == Multicast::Tree;
        assert_eq!(activity::check(activity, forks), Ok(()), "case {case}");
        let whole = serde_json::to_value(activity).unwrap();
        let mut paths = vec![];
        numbers(&whole, String::new(), &mut paths);
        for path in paths {
            let parts: Vec<&str> = path.split('/').skip(1).collect();
            let key = parts.iter().rev().find(|part| part.parse::<usize>().is_err()).unwrap();
            // The depth of the network is counted, that of a layer is not.
            if FREE.contains(key) && path != "/depth" {
                continue;
            }
            // Where packets fork, what a core sends is less than what its partners receive.
            if forks && *key == "flows" && path.ends_with("/0") {
                continue;
            }
            // Cores that hold several layers are of none, so that a layer's are not counted again.
            if *key == "cores" && activity.cores.iter().any(|core| core.layer.is_none()) {
                continue;
            }
            kinds.insert(key.to_string());
            let mut changed = whole.clone();
            let number = changed.pointer_mut(&path).unwrap();
            *number = (number.as_u64().unwrap() + 1).into();
            let changed: Activity = serde_json::from_value(changed).unwrap();
            let error = activity::check(&changed, forks).err();
            let error =
                error.unwrap_or_else(|| panic!("case {case}: {path} can be changed unseen"));
            assert!(!error.to_string().is_empty() && !error.is_overflow(), "{path}: {error}");
        }
    }
    let counters = [
        "accesses",
        "updates_input",
        "updates_state",
        "firings",
        "spikes",
        "events",
        "synaptic_operations",
        "pool_operations",
        "packets",
        "packets_in",
        "local_packets",
        "east",
        "south_west",
        "chip_links",
        "spikes_per_step",
        "spikes_per_position",
        "stall_ps",
        "blocked_ps",
        "links_ps",
        "sync_ps",
        "network_ps",
        "nominal",
        "neurons",
        "cores",
        "inference_steps",
        "depth",
        "counts",
        "flows",
    ];
    for counter in counters {
        assert!(kinds.contains(counter), "{counter} is not looked at");
    }
}

#[test]
fn an_error_names_both_numbers() {
    let (_, mut activity) =
        placed(7, &profile::load("loihi1-davies2018").unwrap(), Timing::Analytic);
    let sent: u64 = activity.steps.iter().map(|step| step.counts.packets).sum();
    activity.cores[0].counts.packets += 5;
    let error = activity::check(&activity, false).unwrap_err();
    let Unsound::Unequal { ref what, left, right, .. } = error else { panic!("{error}") };
    assert_eq!((&what[..], left, right), ("packets", sent.into(), u128::from(sent) + 5));
    let text = error.to_string();
    assert!(
        text.contains(&format!("{sent} over all steps")) && text.contains("over all cores"),
        "{text}"
    );
}

/// Every latency of the profile.
fn with_latency(mut profile: Profile, ns: f64) -> Profile {
    let costs = &mut profile.costs;
    let soma = costs.soma.values_mut().flat_map(|s| [&mut s.access, &mut s.update, &mut s.spike]);
    let hop = &mut costs.hop;
    let hops = [&mut hop.east, &mut hop.west, &mut hop.north, &mut hop.south];
    let others = [&mut costs.dendrite, &mut costs.axon_out, &mut costs.axon_in, &mut costs.local];
    for event in soma.chain(costs.synapse.values_mut()).chain(hops).chain(others) {
        let cost = &mut event.latency_ns;
        (cost.low, cost.nominal, cost.high) = (ns, ns, ns);
    }
    profile
}

fn settings(timing: Timing) -> Settings {
    Settings {
        steps: STEPS,
        timing,
        idealised: true,
        record_spikes: false,
        seed: 0,
        conversion: Recipe::best(),
        split: vec![],
        placement: Placement::Hilbert,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        command: String::new(),
    }
}

fn emulate(profile: Profile, timing: Timing) -> Result<Activity, Error> {
    let network = Imports::Placed(placed_network(1, &profile));
    let network =
        Imported { name: "placed".into(), sha256: String::new(), network, facts: Facts::Nothing };
    let prepared = pipeline::prepare(network, profile, settings(timing), &[])?;
    prepared.emulate(None, || ()).map(|outcome| outcome.activity)
}

#[test]
fn times_grow_or_are_refused_and_never_wrap() {
    for name in ["loihi1-davies2018", "truenorth", "spinnaker1", "speck"] {
        let profile = profile::load(name).unwrap();
        for timing in TIMINGS {
            if timing == Timing::Links && profile.topology.multicast == Multicast::Tree {
                continue;
            }
            let (mut before, mut failed) = (0, false);
            for exponent in 0..19 {
                let profile = with_latency(profile.clone(), 10f64.powi(exponent));
                match emulate(profile, timing) {
                    Ok(activity) => {
                        let time = activity.time().nominal;
                        assert!(
                            time >= before && !failed,
                            "{name}: {time} after {before} at 1e{exponent} ns"
                        );
                        before = time;
                    }
                    Err(
                        Error::Overflow(_)
                        | Error::Placed(sparse::Error::Network(NocError::Times { .. })),
                    ) => {
                        failed = true;
                    }
                    Err(error) => panic!("{name}: {error}"),
                }
            }
            assert!(failed && before > 0, "{name}: nothing is too long");
        }
    }
}

#[test]
fn energies_that_are_no_numbers_stop_the_run() {
    let mut profile = profile::load("loihi1-davies2018").unwrap();
    let cost = &mut profile.costs.soma.get_mut("default").unwrap().access.energy_pj;
    (cost.low, cost.nominal, cost.high) = (1e308, 1e308, 1e308);
    let error = emulate(profile, Timing::Analytic).unwrap_err();
    assert!(matches!(error, Error::Bill(_)), "{error}");
}

#[test]
fn costs_out_of_range_are_refused_at_their_line() {
    let root = tempfile::tempdir().unwrap();
    let cost = |low: &str| {
        format!(
            "{{ low = {low}, nominal = {low}, high = {low}, basis = \"assumed\", source = \"x\" }}"
        )
    };
    let cases = [
        ("[costs.soma.default.access]\nlatency_ns = {}\nenergy_pj = {0}", "1e14", "1e9 ns"),
        ("[costs.soma.default.access]\nlatency_ns = {0}\nenergy_pj = {}", "1e308", "1e12 pJ"),
        ("[costs]\nlink_interval_ns = {}", "1e12", "1e9 ns"),
        ("[costs]\nstatic_mw_per_chip = {}", "1e10", "1e9 mW"),
        ("[costs]\ninput_mac_pj = {}", "1e13", "1e12 pJ"),
        (
            "[clock]\nsync = \"tick\"\nbasis = \"assumed\"\nsource = \"x\"\nperiod_ns = []",
            "1e13",
            "1e12 ns",
        ),
        (
            "[clock]\nsync = \"barrier\"\nbetween = \"step\"\nbasis = \"assumed\"\n\
             source = \"x\"\npoints = [{ tiles = 1, cost_ns = [] }]",
            "1e10",
            "1e9 ns",
        ),
        ("[topology]\nmesh = [[], 1]", "4097", "4096"),
        ("[topology]\nmesh = [1, []]", "4294967296", "4096"),
        ("[topology]\nmesh = [2000, []]", "2000", "1048576"),
        ("[topology]\nboard = [[], 1]", "100000", "4096"),
        ("[topology]\nboard = [4000, []]", "4000", "1048576"),
        ("[topology]\ncores_per_tile = []", "9223372036854775807", "1048576"),
        ("[topology]\nport_buffer = []", "1000000000", "1048576"),
        ("[costs.board]\nstatic_mw = {0}\nchips = []", "1000000000000", "1048576"),
    ];
    for (text, value, most) in cases {
        let path = root.path().join("chip.toml");
        let text =
            text.replace("{}", &cost(value)).replace("{0}", &cost("1.0")).replace("[]", value);
        let line = text.lines().position(|line| line.contains(value)).unwrap() + 2;
        fs::write(&path, format!("inherits = \"loihi1-davies2018\"\n{text}\n")).unwrap();
        let error = profile::load(path.to_str().unwrap()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("chip.toml:{line}:")) && error.contains(most),
            "{text}: {error}"
        );
        let out = root.path().join("out");
        let mut run = spikemesh();
        run.args(["run", "digits", "--idealised", "--profile"]).arg(&path).arg("--out").arg(&out);
        refused(&mut run, &["chip.toml", most]);
        assert!(!out.exists());
    }
}

#[test]
fn shared_profiles_out_of_range_are_refused() {
    let Some(folder) = shared("attack") else { return };
    for name in [
        "costs-overflow",
        "board-1e5",
        "cores-per-tile-1e9",
        "cores-per-tile-max",
        "mesh-1e6",
        "mesh-2p32",
    ] {
        let path = folder.join(format!("profile-{name}.toml"));
        refused(spikemesh().args(["profiles", "show"]).arg(path), &["the most is"]);
    }
}

#[test]
fn baselines_out_of_range_are_refused_at_their_line() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("gpu.toml");
    let known = include_str!("../../hardware_profiles/gpu/titan-x.toml");
    let line = known.lines().position(|line| line.starts_with("power_w")).unwrap() + 1;
    let power = known.lines().nth(line - 1).unwrap();
    for value in ["1e308", "1e-308", "1e19"] {
        let wild = format!(
            "power_w = {{ low = {value}, nominal = {value}, high = {value}, \
             basis = \"assumed\", source = \"x\" }}"
        );
        let kept: String =
            if power.ends_with('}') { known.replace(power, &wild) } else { continue };
        fs::write(&path, kept).unwrap();
        let out = root.path().join("out");
        let mut compare = spikemesh();
        compare.args(["compare", "--steps", "1", "--baseline"]).arg(&path).arg("--out").arg(&out);
        refused(&mut compare, &[&format!("gpu.toml:{line}:"), "1e-9 to 1e18"]);
        assert!(!out.exists());
    }
}

/// Runs the small detector into `out` of its folder.
fn finished(files: &Files, more: &[&str]) -> std::path::PathBuf {
    let out = files.path("run");
    succeeds(files.run().args(more).args(["--idealised", "--steps", "4", "--out"]).arg(&out));
    out
}

#[test]
fn edited_activities_are_not_priced() {
    let files = Files::write();
    let out = finished(&files, &["--profile", "loihi1-davies2018"]);
    let path = out.join("activity.json");
    let good = fs::read_to_string(&path).unwrap();
    let price = |profile: &str, to: &Path| {
        let mut price = spikemesh();
        price.arg("price").arg(&out).args(["--profile", profile, "--out"]).arg(to);
        price
    };
    succeeds(&mut price("truenorth", &files.path("good")));
    let edits = [
        ("/outcome/activity/steps/2/counts/packets", 7u64.into(), "packets"),
        ("/outcome/activity/cores/0/counts/spikes", 1_000_000u64.into(), "spikes"),
        ("/outcome/activity/links/0/packets", Value::from(u64::MAX), "links"),
        ("/outcome/activity/steps/0/counts/spikes", Value::from(u64::MAX), "2^63"),
        ("/outcome/activity/steps/1/timing/total/high", Value::from(u64::MAX), "2^63"),
        ("/outcome/activity/steps/1/timing/sync_ps", 1u64.into(), "picoseconds of step 2"),
    ];
    for (pointer, value, word) in edits {
        let mut edited: Value = serde_json::from_str(&good).unwrap();
        *edited.pointer_mut(pointer).unwrap() = value;
        fs::write(&path, edited.to_string()).unwrap();
        let to = files.path("edited");
        refused(&mut price("truenorth", &to), &["activity.json is damaged", word]);
        assert!(!to.exists());
    }
}

#[test]
fn columns_say_the_same_without_steps() {
    let files = Files::write();
    let out = finished(&files, &["--profile", "speck", "--recipe", "best,neuron=if"]);
    let read = |name: &str| crate::runs::rows(&out.join(name));
    // Whole picoseconds, as the chip has them.
    let number = |row: &BTreeMap<String, String>, column: &str| {
        (row[column].parse::<f64>().unwrap() * 1e6).round() as u64
    };
    let latency = read("latency.csv");
    for row in &latency {
        let parts = number(row, "generation_us").max(number(row, "receive_us"))
            + number(row, "network_us")
            + number(row, "sync_us");
        assert_eq!(parts, number(row, "step_time_us"));
    }
    for column in ["stall_us", "blocked_us"] {
        let sum = |rows: &[BTreeMap<String, String>]| {
            rows.iter().map(|row| number(row, column)).sum::<u64>()
        };
        assert_eq!(sum(&latency), sum(&read("links.csv")), "{column}");
    }
}

/// A network whose first head another layer reads, with names that are equal, missing, or hard to
/// write.
fn ill_named() -> Graph {
    let shape = Shape::new(2, 4, 4);
    let node =
        |name: &str, op, from: usize| Node { name: name.into(), op, inputs: vec![from], shape };
    let conv = || {
        Op::Conv(Conv {
            window: Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] },
            groups: 1,
            weight: vec![0.5, 0.25, -0.25, 0.75],
            bias: vec![0.1, 0.0],
        })
    };
    let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
    let nodes = vec![
        Node { name: "input".into(), op: Op::Input(Input), inputs: vec![], shape },
        node("a", conv(), 0),
        node("", Op::Relu(Relu), 1),
        node("out", conv(), 2),
        node("a,\nb\"c", Op::MaxPool(MaxPool { window }), 3),
        node("", conv(), 4),
        node("same", Op::Relu(Relu), 5),
        node("x", conv(), 6),
        node("same", Op::Relu(Relu), 7),
        node("out2", conv(), 8),
    ];
    let heads = vec![Head { name: "out".into(), node: 3 }, Head { name: "same".into(), node: 9 }];
    Graph { name: "names".into(), nodes, input: 0, heads }
}

#[test]
fn layers_are_named_apart() {
    let graph = ill_named();
    let input: Vec<f32> = (0..32).map(|n| n as f32 / 32.0).collect();
    let sample = Sample::new(&graph, "one".into(), String::new(), &input).unwrap();
    let network = Imported {
        name: "names".into(),
        sha256: String::new(),
        network: Imports::Float(graph),
        facts: Facts::Nothing,
    };
    let profile = profile::load("loihi1-davies2018").unwrap();
    let prepared = pipeline::prepare(
        network,
        profile.clone(),
        settings(Timing::Event),
        std::slice::from_ref(&sample),
    )
    .unwrap();
    let outcome = prepared.emulate(Some(&sample), || ()).unwrap();
    let names: Vec<&str> = outcome.activity.layers.iter().map(|layer| &layer.name[..]).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    for name in ["out", "out.inner", "same", "same.inner", "same-2", "unnamed", "a,\nb\"c"] {
        assert!(distinct.contains(name), "{name}: {names:?}");
    }
    let root = tempfile::tempdir().unwrap();
    spikemesh::report::write_run(
        root.path(),
        &prepared.setup,
        &profile,
        std::slice::from_ref(&outcome),
        &Default::default(),
    )
    .unwrap();
    let rows = crate::runs::rows(&root.path().join("layers.csv"));
    // Line breaks of names are escaped in tables.
    let shown: Vec<_> = names.iter().map(|name| spikemesh::plain::shown(name)).collect();
    assert_eq!(rows.iter().map(|row| &row["layer"][..]).collect::<Vec<_>>(), shown);
    let class = |name: &str| &rows.iter().find(|row| row["layer"] == name).unwrap()["class"];
    assert!(class("out") == "readout" && class("out.inner") != "readout");
}
