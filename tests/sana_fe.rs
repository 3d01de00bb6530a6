//! Two small networks against SANA-FE's results, and against a plain re-computation.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value;
use spikemesh::activity::{Activity, Counts, Span};
use spikemesh::energy::{
    Band, Beside, Bill, Component, beside_energy, board_energy, price, static_energy,
};
use spikemesh::engine::Options;
use spikemesh::engine::sparse::{Run, run};
use spikemesh::import::csv_network::{self, Error};
use spikemesh::mapping::PlaceError;
use spikemesh::profile::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};

fn reference() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/sana-fe");
    if !dir.is_dir() {
        eprintln!("skipped: {} is missing", dir.display());
        return None;
    }
    Some(dir)
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn number(value: &str) -> f64 {
    value.parse().unwrap()
}

fn cost(nominal: f64) -> Cost {
    let (low, high) = (nominal * 0.5, nominal * 2.0);
    Cost { low, nominal, high, basis: Basis::Simulated, source: "test".to_owned() }
}

/// From joules and seconds to pJ and ns.
fn event(joules: &Value, seconds: &Value) -> EventCost {
    let value = |v: &Value, factor: f64| cost(v.as_f64().unwrap() * factor);
    EventCost { energy_pj: value(joules, 1e12), latency_ns: value(seconds, 1e9) }
}

fn free() -> EventCost {
    EventCost { energy_pj: cost(0.0), latency_ns: cost(0.0) }
}

fn loihi(arch: &Value) -> Profile {
    let pair = |v: &Value| event(&v["energy_J"], &v["latency_s"]);
    let soma = arch["soma"].as_object().unwrap().iter().map(|(class, v)| {
        let access = event(&v["access_J"], &v["access_s"]);
        let update = event(&v["update_J"], &v["update_s"]);
        (class.clone(), SomaCost { access, update, spike: event(&v["spike_J"], &v["spike_s"]) })
    });
    let mut soma: BTreeMap<_, _> = soma.collect();
    soma.insert("default".to_owned(), soma["lif"].clone());
    let synapse = arch["synapse"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), pair(v)));
    let mut synapse: BTreeMap<_, _> = synapse.collect();
    synapse.insert("default".to_owned(), synapse["loihi_dense_synapse"].clone());
    let hop = |way: &str| event(&arch["hop_energy_J"][way], &arch["hop_latency_s"][way]);
    let table = arch["sync_table_s"].as_object().unwrap().iter();
    let mut points: Vec<(u64, f64)> =
        table.map(|(k, v)| (k.parse().unwrap(), v.as_f64().unwrap() * 1e9)).collect();
    points.sort_by_key(|point| point.0);
    let size = |key: &str| arch[key].as_u64().unwrap() as usize;
    Profile {
        voltage: None,
        name: "loihi".to_owned(),
        title: String::new(),
        trust: String::new(),
        topology: Topology {
            kind: Kind::Mesh,
            routing: Routing::Xy,
            multicast: Multicast::Unicast,
            mesh: [size("width"), size("height")],
            cores_per_tile: size("cores_per_tile"),
            tile_order: TileOrder::ColumnMajor,
            board: [1, 1],
            port_buffer: size("link_buffer_size"),
        },
        limits: Limits::default(),
        capabilities: Capabilities {
            signed_spikes: SignedSpikes::Native,
            graded_bits: 0,
            neuron_models: Vec::new(),
            max_pool: Support::Native,
            shared_kernels: Support::Native,
            encoding: Default::default(),
            zero_weights: None,
        },
        costs: Costs {
            processor: None,
            soma,
            synapse,
            dendrite: pair(&arch["dendrite"]),
            axon_out: pair(&arch["axon_out"]),
            axon_in: pair(&arch["axon_in"]),
            local: free(),
            hop: Hops {
                east: hop("east"),
                west: hop("west"),
                north: hop("north"),
                south: hop("south"),
                north_east: EventCost::no_link(),
                south_west: EventCost::no_link(),
            },
            chip_link: free(),
            link_interval_ns: cost(0.0),
            static_mw_per_chip: cost(0.0),
            board: None,
            input_mac_pj: cost(0.0),
            input_write_pj: cost(0.0),
        },
        clock: Clock {
            sync: Sync::Barrier { points, between: Between::Step },
            phases: Default::default(),
            source: "test".to_owned(),
            basis: Basis::Simulated,
        },
        update_rule: UpdateRule::InputOrState,
        hash: String::new(),
        provenance: Provenance::default(),
    }
}

/// The same chip with all costs different and none zero.
fn all_different(arch: &Value) -> Profile {
    vary(loihi(arch))
}

fn vary(mut profile: Profile) -> Profile {
    let mut next = 1.0;
    let mut vary = |event: &mut EventCost| {
        next += 1.37;
        *event = EventCost {
            energy_pj: cost(next * 7.0),
            latency_ns: cost((next * 10.0_f64).round() / 8.0),
        };
    };
    let costs = &mut profile.costs;
    costs.soma.values_mut().for_each(|soma| {
        [&mut soma.access, &mut soma.update, &mut soma.spike].into_iter().for_each(&mut vary);
    });
    costs.synapse.values_mut().for_each(&mut vary);
    let hop = &mut costs.hop;
    [&mut hop.east, &mut hop.west, &mut hop.north, &mut hop.south].into_iter().for_each(&mut vary);
    [&mut costs.dendrite, &mut costs.axon_out, &mut costs.axon_in, &mut costs.local]
        .into_iter()
        .for_each(&mut vary);
    profile
}

fn simulate(dir: &Path, profile: &Profile) -> Run {
    let network = csv_network::load(dir).unwrap();
    let steps = json(&dir.join("meta.json"))["steps"].as_u64().unwrap() as usize;
    run(&network, profile, steps, Options::default(), || ()).unwrap()
}

fn bill(activity: &Activity, counts: &Counts, profile: &Profile) -> Bill {
    price(counts, &activity.soma_classes, &activity.synapse_classes, profile)
}

fn joules(bill: &Bill, components: &[Component]) -> f64 {
    components.iter().map(|&c| bill.get(c).nominal).sum::<f64>() * 1e-12
}

#[track_caller]
fn close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{what}: {ours} instead of {theirs}");
}

fn given_spikes(dir: &Path) -> BTreeSet<(u64, u32)> {
    let rows = rows(&dir.join("spikes.csv"));
    rows.iter().map(|r| (r["step"].parse().unwrap(), r["neuron"].parse().unwrap())).collect()
}

const NETWORK: [Component; 3] = [Component::AxonOut, Component::AxonIn, Component::Hop];
const SOMA: [Component; 3] = [Component::Access, Component::Update, Component::Spike];

fn against_sana_fe(name: &str) {
    let Some(reference) = reference() else { return };
    let dir = reference.join(name);
    let profile = loihi(&json(&reference.join("arch_loihi.json")));
    let Run { activity, spikes, .. } = simulate(&dir, &profile);
    let theirs = given_spikes(&dir);
    assert_eq!(spikes.len(), theirs.len());
    assert_eq!(spikes.into_iter().collect::<BTreeSet<_>>(), theirs);

    let perf = rows(&dir.join("perf.csv"));
    assert_eq!(activity.steps.len(), perf.len());
    let mut sum = Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
    let mut total_ps = 0;
    for (step, row) in activity.steps.iter().zip(&perf) {
        let counts = &step.counts;
        let at = |what: &str| format!("{name} step {} {what}", row["step"]);
        for (what, ours) in [
            ("fired", counts.events),
            ("updated", counts.updates_state.iter().sum()),
            ("synaptic_events", counts.total_synaptic_operations()),
            ("packets", counts.packets),
            ("hops", counts.total_hops()),
        ] {
            assert_eq!(ours, row[what].parse::<u64>().unwrap(), "{}", at(what));
        }
        let bill = bill(&activity, counts, &profile);
        for (what, ours) in [
            ("synapse_J", joules(&bill, &[Component::Synapse])),
            ("dendrite_J", joules(&bill, &[Component::Dendrite])),
            ("soma_J", joules(&bill, &SOMA)),
            ("network_J", joules(&bill, &NETWORK)),
            ("total_J", bill.total().nominal * 1e-12),
            ("sim_time_simple_s", step.timing.total.nominal as f64 * 1e-12),
        ] {
            close(ours, number(&row[what]), &at(what));
        }
        sum.add(counts);
        total_ps += step.timing.total.nominal;
    }
    let expected = json(&dir.join("expected.json"));
    let energy = &expected["energy_J"];
    let bill = bill(&activity, &sum, &profile);
    close(bill.total().nominal * 1e-12, energy["total"].as_f64().unwrap(), "total");
    close(joules(&bill, &SOMA), energy["soma"].as_f64().unwrap(), "soma");
    close(joules(&bill, &NETWORK), energy["network"].as_f64().unwrap(), "network");
    close(total_ps as f64 * 1e-12, expected["sim_time_simple_s"].as_f64().unwrap(), "time");

    for parts in [
        activity.cores.iter().map(|core| &core.counts).collect::<Vec<_>>(),
        activity.layers.iter().map(|layer| &layer.counts).collect(),
    ] {
        let mut of_parts = Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
        parts.into_iter().for_each(|counts| of_parts.add(counts));
        assert_eq!(of_parts, sum);
    }
    assert_eq!(sum.packets, sum.packets_in);
    assert_eq!(activity.links.iter().map(|link| link.packets).sum::<u64>(), sum.total_hops());
}

#[test]
fn chain_equals_sana_fe() {
    against_sana_fe("a_chain");
}

#[test]
fn convolution_equals_sana_fe() {
    against_sana_fe("c_conv");
}

/// A step as the rules of the format tell it.
#[derive(Debug, Default)]
struct PlainStep {
    fired: Vec<usize>,
    updated: BTreeSet<usize>,
}

type Row = BTreeMap<String, String>;

/// Every neuron in every step, from the rows of the files and nothing else.
fn simulate_plainly(
    neurons: &[Row],
    synapses: &[Row],
    inputs: &[Row],
    steps: u64,
) -> Vec<PlainStep> {
    let given = |n: &Row, key: &str| n.get(key).filter(|cell| !cell.is_empty()).cloned();
    let value =
        |n: &Row, key: &str, default: f64| given(n, key).map_or(default, |cell| number(&cell));
    let word = |n: &Row, key: &str| given(n, key).unwrap_or_default();
    let mut v: Vec<f64> = neurons.iter().map(|n| value(n, "potential", 0.0)).collect();
    let mut u = vec![0.0; neurons.len()];
    let mut blocked = vec![0.0; neurons.len()];
    let mut x: Vec<Option<f64>> = vec![None; neurons.len()];
    let mut all = vec![];
    for t in 1..=steps {
        let mut step = PlainStep::default();
        for (id, n) in neurons.iter().enumerate() {
            let (before, arrived) = (v[id], x[id].take());
            let (threshold, bias) = (value(n, "threshold", 0.0), value(n, "bias", 0.0));
            let reverse_threshold = value(n, "reverse_threshold", 0.0);
            let after_spike = |v: f64| match &word(n, "reset_mode")[..] {
                "soft" => v - threshold,
                _ => value(n, "reset", 0.0),
            };
            let after_reverse = |v: f64| match &word(n, "reverse_reset_mode")[..] {
                "saturate" => reverse_threshold,
                "hard" => value(n, "reverse_reset", 0.0),
                "soft" => v - reverse_threshold,
                _ => v,
            };
            let fires = match &n["model"][..] {
                "input" => inputs
                    .iter()
                    .any(|i| i["step"] == t.to_string() && i["neuron"] == id.to_string()),
                "lif" => {
                    if t > 1 {
                        u[id] *= value(n, "input_decay", 0.0);
                        v[id] *= value(n, "leak_decay", 1.0);
                    }
                    v[id] = (v[id] * 64.0).trunc() / 64.0;
                    let mut fires = false;
                    if blocked[id] == 0.0 {
                        u[id] += arrived.unwrap_or(0.0);
                        v[id] = v[id] + bias + u[id];
                        fires = v[id] > threshold;
                        if fires {
                            v[id] = after_spike(v[id]);
                            blocked[id] = value(n, "refractory_delay", 0.0);
                        }
                        if v[id] < reverse_threshold {
                            v[id] = after_reverse(v[id]);
                        }
                    }
                    blocked[id] = f64::max(blocked[id] - 1.0, 0.0);
                    fires
                }
                _ => {
                    let leak = value(n, "leak", 0.0);
                    if v[id] != 0.0 {
                        v[id] -= leak * v[id].signum();
                    }
                    v[id] = v[id] + bias + arrived.unwrap_or(0.0);
                    let fires = v[id] >= threshold;
                    if fires {
                        v[id] = after_spike(v[id]);
                    } else if v[id] <= reverse_threshold {
                        v[id] = after_reverse(v[id]);
                    }
                    fires
                }
            };
            let forced = word(n, "force_update") == "True";
            let active = before != 0.0 || arrived.is_some() || bias != 0.0 || forced;
            if fires || n["model"] != "input" && active {
                step.updated.insert(id);
            }
            if fires {
                step.fired.push(id);
            }
        }
        for id in &step.fired {
            for synapse in synapses.iter().filter(|s| s["pre"] == id.to_string()) {
                let post: usize = synapse["post"].parse().unwrap();
                *x[post].get_or_insert(0.0) += number(&synapse["weight"]);
            }
        }
        all.push(step);
    }
    all
}

/// Spikes, updates, energies and times of each step, computed from the files alone.
fn against_plain_computation(dir: &Path, steps: u64, profile: &Profile) -> Run {
    let network = csv_network::load(dir).unwrap();
    let run = run(&network, profile, steps as usize, Options::default(), || ()).unwrap();
    let activity = &run.activity;
    let [neurons, synapses, inputs] =
        ["neurons", "synapses", "inputs"].map(|name| rows(&dir.join(format!("{name}.csv"))));
    let plain = simulate_plainly(&neurons, &synapses, &inputs, steps);
    let fired =
        (1..).zip(&plain).flat_map(|(t, step)| step.fired.iter().map(move |&id| (t, id as u32)));
    assert_eq!(run.spikes.iter().copied().collect::<BTreeSet<_>>(), fired.collect());
    let costs = &profile.costs;
    let height = profile.topology.mesh[1] as i64;
    let place = |id: usize| {
        let tile: i64 = neurons[id]["tile"].parse().unwrap();
        (tile / height, tile % height, neurons[id]["core_in_tile"].clone())
    };
    let pj = |event: &EventCost| event.energy_pj.nominal;
    let ns = |event: &EventCost| event.latency_ns.nominal;
    let tiles: BTreeSet<&String> = neurons.iter().map(|n| &n["tile"]).collect();
    let Sync::Barrier { points, .. } = &profile.clock.sync else { panic!("no barrier") };
    let sync = points.iter().rfind(|point| point.0 <= tiles.len() as u64).unwrap().1;

    assert_eq!(activity.steps.len(), plain.len());
    for (t, (plain, step)) in (1..).zip(plain.iter().zip(&activity.steps)) {
        let mut receive: BTreeMap<_, f64> = BTreeMap::new();
        let mut sent: BTreeMap<_, f64> = BTreeMap::new();
        let mut energy: BTreeMap<Component, f64> = BTreeMap::new();
        let mut add = |component, pj: f64| *energy.entry(component).or_default() += pj;
        let (mut operations, mut packets, mut hops) = (0, 0, 0);

        assert_eq!(
            step.counts.updates_state.iter().sum::<u64>(),
            plain.updated.len() as u64,
            "step {t}"
        );
        assert_eq!(step.counts.total_accesses(), neurons.len() as u64);
        for (id, neuron) in neurons.iter().enumerate() {
            let soma = costs.soma_of(&neuron["model"]);
            add(Component::Access, pj(&soma.access));
            *sent.entry(place(id)).or_default() += ns(&soma.access);
            if plain.updated.contains(&id) {
                add(Component::Update, pj(&soma.update));
                *sent.entry(place(id)).or_default() += ns(&soma.update);
            }
        }
        for &id in &plain.fired {
            let spike = &costs.soma_of(&neurons[id]["model"]).spike;
            add(Component::Spike, pj(spike));
            *sent.entry(place(id)).or_default() += ns(spike);
            let mut cores = BTreeSet::new();
            for synapse in synapses.iter().filter(|s| s["pre"].parse() == Ok(id)) {
                let post: usize = synapse["post"].parse().unwrap();
                let class = costs.synapse_of(match neurons[post]["synapse"].as_str() {
                    "" => "default",
                    class => class,
                });
                operations += 1;
                add(Component::Synapse, pj(class));
                add(Component::Dendrite, pj(&costs.dendrite));
                *receive.entry(place(post)).or_default() += ns(class) + ns(&costs.dendrite);
                cores.insert(place(post));
            }
            let (sx, sy, _) = place(id);
            for core in cores {
                let (dx, dy) = (core.0 - sx, core.1 - sy);
                let x = if dx > 0 { &costs.hop.east } else { &costs.hop.west };
                let y = if dy > 0 { &costs.hop.north } else { &costs.hop.south };
                let local = if dx == 0 && dy == 0 { pj(&costs.local) } else { 0.0 };
                packets += 1;
                hops += (dx.abs() + dy.abs()) as u64;
                add(Component::Hop, dx.abs() as f64 * pj(x) + dy.abs() as f64 * pj(y) + local);
                add(Component::AxonOut, pj(&costs.axon_out));
                add(Component::AxonIn, pj(&costs.axon_in));
                *receive.entry(core).or_default() += ns(&costs.axon_in);
                *sent.entry(place(id)).or_default() += ns(&costs.axon_out);
            }
        }

        let counts = &step.counts;
        assert_eq!(
            [
                counts.events,
                counts.total_synaptic_operations(),
                counts.packets,
                counts.total_hops()
            ],
            [plain.fired.len() as u64, operations, packets, hops],
            "step {t}"
        );
        let bill = bill(activity, counts, profile);
        for (&component, &theirs) in &energy {
            close(bill.get(component).nominal, theirs, &format!("step {t} {component:?}"));
            close(bill.get(component).low, theirs * 0.5, "low");
            close(bill.get(component).high, theirs * 2.0, "high");
        }
        close(bill.total().nominal, energy.values().sum(), "total");
        let longest = |times: &BTreeMap<_, f64>| times.values().copied().fold(0.0, f64::max);
        let (sent, receive) = (longest(&sent), longest(&receive));
        close(step.timing.generation_ps as f64, sent * 1e3, &format!("step {t}: generation"));
        close(step.timing.receive_ps as f64, receive * 1e3, &format!("step {t}: receive"));
        close(
            step.timing.total.nominal as f64,
            (sent.max(receive) + sync) * 1e3,
            &format!("step {t}: time"),
        );
    }
    // By core, over the whole run.
    for core in &activity.cores {
        let here = |id: usize| place(id) == (core.x as i64, core.y as i64, core.slot.to_string());
        let updates = plain.iter().flat_map(|step| &step.updated).filter(|&&id| here(id)).count();
        assert_eq!(core.counts.updates_state.iter().sum::<u64>(), updates as u64);
        let fired = plain.iter().flat_map(|step| &step.fired).filter(|&&id| here(id)).count();
        assert_eq!(core.counts.events, fired as u64);
    }
    run
}

fn reference_against_plain_computation(name: &str) {
    let Some(reference) = reference() else { return };
    let dir = reference.join(name);
    let profile = all_different(&json(&reference.join("arch_loihi.json")));
    let steps = json(&dir.join("meta.json"))["steps"].as_u64().unwrap();
    let run = against_plain_computation(&dir, steps, &profile);
    assert_eq!(run.spikes.into_iter().collect::<BTreeSet<_>>(), given_spikes(&dir));
    for (row, step) in rows(&dir.join("perf.csv")).iter().zip(&run.activity.steps) {
        assert_eq!(row["updated"], step.counts.updates_state.iter().sum::<u64>().to_string());
    }
}

#[test]
fn chain_equals_plain_computation() {
    reference_against_plain_computation("a_chain");
}

#[test]
fn convolution_equals_plain_computation() {
    reference_against_plain_computation("c_conv");
}

/// Spikes of softly reset neurons in the very step in which they are blocked no longer; none comes
/// sooner.
fn waits(dir: &Path, spikes: &[(u64, u32)]) -> usize {
    let neurons = rows(&dir.join("neurons.csv"));
    let mut waited = 0;
    for (id, neuron) in neurons.iter().enumerate().filter(|(_, n)| n["model"] == "lif") {
        let delay: u64 = neuron["refractory_delay"].parse().unwrap_or(0);
        let own: Vec<u64> =
            spikes.iter().filter(|spike| spike.1 as usize == id).map(|spike| spike.0).collect();
        let between = own.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            between.clone().all(|steps| steps >= delay),
            "neuron {id} fires while it is blocked"
        );
        if delay > 1 && neuron["reset_mode"] == "soft" {
            waited += between.filter(|&steps| steps == delay).count();
        }
    }
    waited
}

/// Networks of all models with all their options, most of them on few cores. Some weights are far
/// above the thresholds, so that remainders of soft resets outlast the steps in which a neuron is
/// blocked.
#[test]
fn random_networks_equal_plain_computation() {
    const STEPS: u64 = 25;
    let mut profile = vary(spikemesh::profile::load("loihi1-sanafe").unwrap());
    // SANA-FE lets a core receive beside its visits.
    profile.clock.phases = Default::default();
    let (mut updates, mut fired) = (BTreeMap::new(), BTreeMap::new());
    let mut waited = 0;
    for seed in 0..400 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let dir = tempfile::tempdir().unwrap();
        let mut neurons = "id,model,tile,core_in_tile,synapse,threshold,reset_mode,reset,leak_decay,input_decay,\
             leak,bias,potential,refractory_delay,reverse_threshold,reverse_reset_mode,reverse_reset,force_update\n"
            .to_owned();
        let count = rng.random_range(6..20);
        for id in 0..count {
            let model =
                ["input", "lif", "truenorth"][if id < 3 { 0 } else { rng.random_range(1..3) }];
            let mut quarter = |low: i32, high: i32| f64::from(rng.random_range(low..high)) / 4.0;
            let [threshold, reset, leak, potential] =
                [quarter(2, 12), quarter(-2, 2), quarter(0, 3), quarter(-3, 4)];
            let (bias, reverse) = (quarter(-9, 3).max(0.0), quarter(-8, 0));
            let mut pick = |list: &[&'static str]| list[rng.random_range(0..list.len())];
            let [tile, core] = [pick(&["0", "5", "17", "31"]), pick(&["0", "3"])];
            let class = pick(&["", "loihi_conv_synapse", "loihi_sparse_synapse", "dense"]);
            let (mode, below) =
                (pick(&["", "soft", "hard"]), pick(&["", "none", "saturate", "hard", "soft"]));
            let (leak_decay, input_decay) = (pick(&["", "0.5", "0.9"]), pick(&["", "0.5", "0.25"]));
            let (blocked, forced) =
                (pick(&["", "0", "1", "2", "3", "4", "5", "6"]), pick(&["", "", "True", "False"]));
            // What a model ignores is refused.
            let only = |used: bool, value: &dyn Display| {
                if used { value.to_string() } else { String::new() }
            };
            let (lif, neuron) = (model == "lif", model != "input");
            let cells = [
                only(neuron, &threshold),
                only(neuron, &mode),
                only(neuron && mode != "soft", &reset),
                only(lif, &leak_decay),
                only(lif, &input_decay),
                only(neuron && !lif, &leak),
                only(neuron, &bias),
                only(neuron, &potential),
                only(lif, &blocked),
                only(neuron && !["", "none"].contains(&below), &reverse),
                only(neuron, &below),
                only(neuron && below == "hard", &-0.25),
                only(neuron, &forced),
            ];
            neurons += &format!("{id},{model},{tile},{core},{class},{}\n", cells.join(","));
        }
        let mut synapses = "pre,post,weight\n".to_owned();
        for pre in 0..count {
            for _ in 0..rng.random_range(0..6) {
                let most = if rng.random_range(0..4) == 0 { 180 } else { 16 };
                let weight = f64::from(rng.random_range(-8..most)) / 4.0;
                synapses += &format!("{pre},{},{weight}\n", rng.random_range(0..count));
            }
        }
        let mut inputs = "step,neuron\n".to_owned();
        for step in 1..=STEPS {
            (0..3)
                .filter(|_| rng.random_range(0..2) == 0)
                .for_each(|id| inputs += &format!("{step},{id}\n"));
        }
        for (name, text) in [("neurons", neurons), ("synapses", synapses), ("inputs", inputs)] {
            std::fs::write(dir.path().join(format!("{name}.csv")), text).unwrap();
        }
        let run = against_plain_computation(dir.path(), STEPS, &profile);
        waited += waits(dir.path(), &run.spikes);
        let activity = run.activity;
        for layer in &activity.layers {
            *updates.entry(layer.class.clone()).or_insert(0) +=
                layer.counts.updates_state.iter().sum::<u64>();
            *fired.entry(layer.class.clone()).or_insert(0) += layer.counts.events;
        }
    }
    for class in ["input", "lif", "truenorth"] {
        assert!(fired[class] > 100 && updates[class] >= fired[class], "{fired:?} {updates:?}");
    }
    assert!(waited > 100, "{waited}: no neuron ever waited");
}

fn load_texts(neurons: &str, synapses: &str, inputs: &str) -> Result<(), Error> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("neurons", neurons), ("synapses", synapses), ("inputs", inputs)] {
        std::fs::write(dir.path().join(format!("{name}.csv")), text).unwrap();
    }
    csv_network::load(dir.path()).map(|_| ())
}

#[test]
fn faults_name_file_and_line() {
    let neurons = "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,0\n";
    let (synapses, inputs) = ("pre,post,weight\n0,1,1.5\n", "step,neuron\n1,0\n");
    load_texts(neurons, synapses, inputs).unwrap();
    let cases = [
        (neurons.replace("lif", "hh"), synapses, inputs, "neurons.csv, line 3: unknown model `hh`"),
        (
            neurons.replace("tile,core", "tile,voltage,core"),
            synapses,
            inputs,
            "unknown column `voltage`",
        ),
        (neurons.replace("1,lif", "2,lif"), synapses, inputs, "neurons.csv, line 3: id 2 where 1"),
        (
            neurons.to_owned(),
            "pre,post,weight\n0,2,1\n",
            inputs,
            "synapses.csv, line 2: column `post`",
        ),
        (neurons.to_owned(), "pre,post,weight\n0,1,NaN\n", inputs, "`NaN` is not a finite number"),
        (
            neurons.to_owned(),
            synapses,
            "step,neuron\n1,0\n0,0\n",
            "inputs.csv, line 3: steps count from 1",
        ),
        (neurons.to_owned(), synapses, "step,neuron\n1,1\n", "neuron 1 is not an input"),
        (
            neurons.to_owned(),
            "pre,post,weight\n0,1\n",
            inputs,
            "synapses.csv, line 2: not a CSV row",
        ),
    ];
    for (neurons, synapses, inputs, message) in cases {
        let error = load_texts(&neurons, synapses, inputs).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let missing = csv_network::load(Path::new("no-such-folder")).unwrap_err();
    assert!(matches!(missing, Error::Open { .. }));
}

#[test]
fn powers_and_input_layer_are_priced_apart() {
    let Some(reference) = reference() else { return };
    let mut profile = loihi(&json(&reference.join("arch_loihi.json")));
    profile.costs.static_mw_per_chip = cost(2.0);
    profile.costs.input_mac_pj = cost(3.0);
    profile.costs.input_write_pj = cost(5.0);
    profile.costs.synapse.insert("pool".to_owned(), event(&2e-12.into(), &0.0.into()));
    // 2 mW for 1 us on 3 chips: 6 nJ.
    let band =
        static_energy(&profile, 3, Span { low: 500_000, nominal: 1_000_000, high: 1_000_000 });
    assert_eq!(band, Band { low: 1500.0, nominal: 6000.0, high: 12000.0 });
    assert_eq!(board_energy(&profile, 3, Span::exactly(1_000_000)), Band::default());
    // 3 chips stand on two boards of two.
    profile.costs.board = Some(Board { chips: 2, static_mw: cost(10.0) });
    assert_eq!(board_energy(&profile, 3, Span::exactly(1_000_000)).nominal, 20_000.0);
    let beside = Beside { input_macs: 10, input_writes: 100, host_operations: 1 };
    let bill = beside_energy(&profile, beside);
    assert_eq!(bill.get(Component::Host).nominal, 3.0);
    assert_eq!(bill.get(Component::InputMac).nominal, 30.0);
    assert_eq!(bill.get(Component::InputWrite).nominal, 500.0);
    let counts = Counts { pool_operations: 4, ..Counts::new(0, 0) };
    assert_eq!(price(&counts, &[], &[], &profile).get(Component::Synapse).nominal, 8.0);
}

#[test]
fn placements_off_the_chip_are_refused() {
    let Some(reference) = reference() else { return };
    let mut profile = loihi(&json(&reference.join("arch_loihi.json")));
    let network = csv_network::load(&reference.join("a_chain")).unwrap();
    profile.topology.mesh = [4, 4];
    let fault = run(&network, &profile, 1, Options::default(), || ()).unwrap_err();
    assert_eq!(fault, PlaceError::Tile { neuron: 7, tile: 31, tiles: 16 }.into());
    profile.topology.mesh = [8, 4];
    profile.topology.cores_per_tile = 2;
    let fault = run(&network, &profile, 1, Options::default(), || ()).unwrap_err();
    assert_eq!(fault, PlaceError::Core { neuron: 5, core: 2, cores: 2 }.into());
}
