//! Two small networks against SANA-FE's results, and against a plain re-computation.

use serde_json::Value;
use spikemesh::activity::{Activity, Counts};
use spikemesh::energy::{Band, Bill, Component, input_energy, price, static_energy};
use spikemesh::engine::Options;
use spikemesh::engine::sparse::{self, Run, run};
use spikemesh::import::csv_network::{self, Error};
use spikemesh::profile::*;
use std::collections::{BTreeMap, BTreeSet};
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
        name: "loihi".to_owned(),
        title: String::new(),
        trust: String::new(),
        topology: Topology {
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
        },
        costs: Costs {
            soma,
            synapse,
            dendrite: pair(&arch["dendrite"]),
            axon_out: pair(&arch["axon_out"]),
            axon_in: pair(&arch["axon_in"]),
            local: free(),
            hop: Hops { east: hop("east"), west: hop("west"), north: hop("north"), south: hop("south") },
            chip_link: free(),
            link_interval_ns: cost(0.0),
            static_mw_per_chip: cost(0.0),
            input_mac_pj: cost(0.0),
            input_write_pj: cost(0.0),
        },
        clock: Clock {
            sync: Sync::Barrier { points, between: Between::Step },
            source: "test".to_owned(),
            basis: Basis::Simulated,
        },
        update_rule: UpdateRule::InputOrState,
        hash: String::new(),
    }
}

/// The same chip with all costs different and none zero.
fn all_different(arch: &Value) -> Profile {
    let mut profile = loihi(arch);
    let mut next = 1.0;
    let mut vary = |event: &mut EventCost| {
        next += 1.37;
        *event = EventCost { energy_pj: cost(next * 7.0), latency_ns: cost((next * 10.0_f64).round() / 8.0) };
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
    run(&network, profile, Options { steps, ..Options::default() }, || ()).unwrap()
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
    let Run { activity, spikes } = simulate(&dir, &profile);
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
            ("sim_time_simple_s", step.timing.total_ps as f64 * 1e-12),
        ] {
            close(ours, number(&row[what]), &at(what));
        }
        sum.add(counts);
        total_ps += step.timing.total_ps;
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

/// Energies and times of each step, computed from the files alone: the given spikes, placement
/// and synapses. How many neurons were updated is taken from `perf.csv` for LIF neurons.
fn against_plain_computation(name: &str) {
    let Some(reference) = reference() else { return };
    let dir = reference.join(name);
    let profile = all_different(&json(&reference.join("arch_loihi.json")));
    let activity = simulate(&dir, &profile).activity;
    // The files do not say on which core a neuron was updated: without the time of updates the
    // generation time follows from them.
    let mut quick = profile.clone();
    quick.costs.soma.values_mut().for_each(|soma| soma.update.latency_ns = cost(0.0));
    let quick = simulate(&dir, &quick).activity;
    let neurons = rows(&dir.join("neurons.csv"));
    let synapses = rows(&dir.join("synapses.csv"));
    let spikes = given_spikes(&dir);
    let perf = rows(&dir.join("perf.csv"));
    let costs = &profile.costs;
    let height = profile.topology.mesh[1] as i64;
    let place = |id: usize| {
        let tile: i64 = neurons[id]["tile"].parse().unwrap();
        (tile / height, tile % height, neurons[id]["core_in_tile"].clone())
    };
    let pj = |event: &EventCost| event.energy_pj.nominal;

    for ((row, step), quick) in perf.iter().zip(&activity.steps).zip(&quick.steps) {
        let t: u64 = row["step"].parse().unwrap();
        let fired: Vec<usize> = spikes.iter().filter(|s| s.0 == t).map(|s| s.1 as usize).collect();
        let mut receive: BTreeMap<_, f64> = BTreeMap::new();
        let mut sent: BTreeMap<_, f64> = BTreeMap::new();
        let mut energy: BTreeMap<Component, f64> = BTreeMap::new();
        let mut add = |component, pj: f64| *energy.entry(component).or_default() += pj;

        let inputs_fired = fired.iter().filter(|&&id| neurons[id]["model"] == "input").count();
        let updated_lif = number(&row["updated"]) - inputs_fired as f64;
        add(Component::Update, updated_lif * pj(&costs.soma["lif"].update));
        add(Component::Update, inputs_fired as f64 * pj(&costs.soma["input"].update));
        for (id, neuron) in neurons.iter().enumerate() {
            let access = &costs.soma[&neuron["model"]].access;
            add(Component::Access, pj(access));
            *sent.entry(place(id)).or_default() += access.latency_ns.nominal;
        }
        for &id in &fired {
            let spike = &costs.soma[&neurons[id]["model"]].spike;
            add(Component::Spike, pj(spike));
            *sent.entry(place(id)).or_default() += spike.latency_ns.nominal;
            let mut cores = BTreeSet::new();
            for synapse in synapses.iter().filter(|s| s["pre"].parse() == Ok(id)) {
                let post: usize = synapse["post"].parse().unwrap();
                let class = &costs.synapse[match neurons[post]["synapse"].as_str() {
                    "" => "default",
                    class => class,
                }];
                add(Component::Synapse, pj(class));
                add(Component::Dendrite, pj(&costs.dendrite));
                *receive.entry(place(post)).or_default() +=
                    class.latency_ns.nominal + costs.dendrite.latency_ns.nominal;
                cores.insert(place(post));
            }
            let (sx, sy, _) = place(id);
            for core in cores {
                let (dx, dy) = (core.0 - sx, core.1 - sy);
                let x = if dx > 0 { &costs.hop.east } else { &costs.hop.west };
                let y = if dy > 0 { &costs.hop.north } else { &costs.hop.south };
                let local = if dx == 0 && dy == 0 { pj(&costs.local) } else { 0.0 };
                add(Component::Hop, dx.abs() as f64 * pj(x) + dy.abs() as f64 * pj(y) + local);
                add(Component::AxonOut, pj(&costs.axon_out));
                add(Component::AxonIn, pj(&costs.axon_in));
                *receive.entry(core).or_default() += costs.axon_in.latency_ns.nominal;
                *sent.entry(place(id)).or_default() += costs.axon_out.latency_ns.nominal;
            }
        }

        let bill = bill(&activity, &step.counts, &profile);
        for (&component, &theirs) in &energy {
            close(bill.get(component).nominal, theirs, &format!("{name} step {t} {component:?}"));
            close(bill.get(component).low, theirs * 0.5, "low");
            close(bill.get(component).high, theirs * 2.0, "high");
        }
        close(bill.total().nominal, energy.values().sum(), "total");
        let longest = receive.values().copied().fold(0.0, f64::max);
        assert!((step.timing.receive_ps as f64 - longest * 1e3).abs() < 1e-3, "{name} step {t}: receive");
        let longest = sent.values().copied().fold(0.0, f64::max);
        assert!((quick.timing.generation_ps as f64 - longest * 1e3).abs() < 1e-3, "{name} step {t}: sent");
        assert!(step.timing.generation_ps > quick.timing.generation_ps);
        let work = step.timing.generation_ps.max(step.timing.receive_ps);
        assert_eq!(step.timing.total_ps, work + step.timing.sync_ps);
    }
}

#[test]
fn chain_equals_plain_computation() {
    against_plain_computation("a_chain");
}

#[test]
fn convolution_equals_plain_computation() {
    against_plain_computation("c_conv");
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
        (neurons.replace("tile,core", "tile,voltage,core"), synapses, inputs, "unknown column `voltage`"),
        (neurons.replace("1,lif", "2,lif"), synapses, inputs, "neurons.csv, line 3: id 2 where 1"),
        (neurons.to_owned(), "pre,post,weight\n0,2,1\n", inputs, "synapses.csv, line 2: column `post`"),
        (neurons.to_owned(), "pre,post,weight\n0,1,NaN\n", inputs, "`NaN` is not a finite number"),
        (neurons.to_owned(), synapses, "step,neuron\n1,0\n0,0\n", "inputs.csv, line 3: steps count from 1"),
        (neurons.to_owned(), synapses, "step,neuron\n1,1\n", "neuron 1 is not an input"),
        (neurons.to_owned(), "pre,post,weight\n0,1\n", inputs, "synapses.csv, line 2: not a CSV row"),
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
    let band = static_energy(&profile, 3, 1_000_000);
    assert_eq!(band, Band { low: 3000.0, nominal: 6000.0, high: 12000.0 });
    let bill = input_energy(&profile, 10, 100);
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
    let fault = run(&network, &profile, Options { steps: 1, ..Options::default() }, || ()).unwrap_err();
    assert_eq!(fault, sparse::Error::Tile { neuron: 7, tile: 31, tiles: 16 });
    profile.topology.mesh = [8, 4];
    profile.topology.cores_per_tile = 2;
    let fault = run(&network, &profile, Options { steps: 1, ..Options::default() }, || ()).unwrap_err();
    assert_eq!(fault, sparse::Error::Core { neuron: 5, core: 2, cores: 2 });
}
