//! Chip profiles: the embedded ones, inheritance, and every kind of mistake at its line.

use std::path::Path;

use miette::Diagnostic;
use spikemesh::profile::{
    self, Basis, Between, Cost, Error, Invalid, Kind, Profile, Routing, Sync, TileOrder, UpdateRule,
};

const NAMES: [&str; 23] = [
    "loihi1-davies2018",
    "loihi1-sanafe",
    "loihi2",
    "truenorth",
    "truenorth-affine",
    "spinnaker1",
    "spinnaker2-hoeppner2019",
    "spinnaker2-hoeppner2021",
    "tianjic",
    "odin",
    "odin-1.3mhz",
    "speck",
    "xylo",
    "dynap-se",
    "darwin3",
    "ideal-45nm",
    "ideal-45nm-memory",
    "compat-cpu",
    "compat-gpu",
    "compat-arm",
    "compat-loihi",
    "compat-spinnaker",
    "compat-spinnaker2",
];

const DAVIES: &str = include_str!("../hardware_profiles/loihi1-davies2018.toml");

fn load(name: &str) -> Profile {
    profile::load(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn load_text(text: &str) -> Result<Profile, Error> {
    let folder = tempfile::tempdir().unwrap();
    profile::load(&write(folder.path(), "edited.toml", text))
}

fn invalid(error: Error) -> Box<Invalid> {
    match error {
        Error::Invalid(invalid) => invalid,
        other => panic!("not a fault in the text: {other}"),
    }
}

/// Replaces the first `from` and returns the error together with the line of the edit.
fn broken(from: &str, to: &str) -> (Box<Invalid>, usize) {
    let at = DAVIES.find(from).unwrap_or_else(|| panic!("`{from}` is not in the profile"));
    let line = DAVIES[..at].matches('\n').count() + 1;
    let error = invalid(load_text(&DAVIES.replacen(from, to, 1)).unwrap_err());
    (error, line)
}

#[track_caller]
fn refused(from: &str, to: &str, says: &str) {
    let (error, line) = broken(from, to);
    assert!(error.message.contains(says), "{}", error.message);
    assert_eq!(error.line, line, "{error}");
    assert!(error.column >= 1 && !error.span.is_empty(), "{error}");
    assert!(error.to_string().contains(&format!("edited.toml:{line}:")), "{error}");
    assert!(error.source_code().is_some() && error.labels().is_some());
}

#[test]
fn every_embedded_profile_loads_and_renders() {
    let profiles = profile::all().unwrap();
    assert_eq!(profiles.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), NAMES);
    for profile in profiles {
        let Profile { name, title, trust, hash, .. } = &profile;
        assert_eq!(hash.len(), 64);
        assert!(
            profile.costs.soma.contains_key("default")
                && profile.costs.synapse.contains_key("default")
        );
        assert!(
            trust.starts_with(profile::brief(&profile)) && profile::brief(&profile).len() >= 40
        );
        let text = profile::render(&profile);
        for part in [title, trust, hash, &profile.clock.source] {
            assert!(text.contains(part.as_str()), "{name}: no {part:?}");
        }
        for cost in profile.costs.all() {
            assert!(text.contains(&cost.source), "{name}: no {:?}", cost.source);
        }
    }
}

/// What stands behind every figure of every embedded profile.
#[test]
fn every_cost_has_a_source_and_nothing_remembered_passes_as_a_fact() {
    for profile in profile::all().unwrap() {
        let name = &profile.name;
        for cost in profile.costs.all() {
            let Cost { low, nominal, high, basis, source } = cost;
            assert!(source.len() > 10 && low <= nominal && nominal <= high, "{name}: {cost:?}");
            let assumed = *basis == Basis::Assumed;
            assert!(assumed || !source.contains("from memory"), "{name}: {cost:?}");
            assert!(
                !source.contains("from memory") || source.contains("unverified"),
                "{name}: {cost:?}"
            );
        }
    }
    for remembered in ["dynap-se", "darwin3"] {
        let profile = load(remembered);
        assert!(profile.title.contains("from memory of the paper, unverified"));
        for cost in profile.costs.all() {
            assert_eq!(cost.basis, Basis::Assumed);
            let ours = cost.high == 0.0 || cost.source.contains("Horowitz");
            assert!(ours || cost.source.contains("from memory"), "{cost:?}");
        }
    }
    let loihi2 = load("loihi2");
    let energies = |profile: &Profile| {
        let (soma, synapse) = (profile.costs.soma_of("if"), profile.costs.synapse_of("conv"));
        [&soma.access, &soma.update, synapse].map(|event| event.energy_pj.clone())
    };
    // No energy of it was published; those of its parent stand in.
    for (own, parent) in energies(&loihi2).iter().zip(energies(&load("loihi1-davies2018"))) {
        assert_eq!((own.nominal, own.basis), (parent.nominal, Basis::Assumed));
        assert!(own.low < own.nominal);
    }
    assert!(loihi2.title.contains("(assumed)"));
}

#[test]
fn profiles_stand_side_by_side() {
    let all = profile::all().unwrap();
    let text = profile::compare(&all);
    for Profile { name, trust, .. } in &all {
        assert!(text.lines().next().unwrap().contains(name) && text.contains(trust), "{name}");
    }
    let text =
        profile::compare(&[load("loihi1-davies2018"), load("loihi1-sanafe"), load("truenorth")]);
    let cells = |key: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.trim_start().starts_with(key));
        let line = line.unwrap_or_else(|| panic!("no {key} in {text}"));
        line.trim()
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .map(String::from)
            .collect()
    };
    assert_eq!(cells("neurons per core")[1..], ["1024", "1024", "256"]);
    assert_eq!(cells("fan-in")[1..], ["none stated", "none stated", "256"]);
    assert_eq!(cells("steps end by")[1..], ["barrier", "barrier", "tick"]);
    assert_eq!(cells("max pooling")[1..], ["assumed", "assumed", "none"]);
    assert_eq!(
        cells("synapse conv energy")[1..],
        ["as default", "24 pJ [24 .. 24], regressed", "as default"]
    );
    // What is no class has no default.
    assert_eq!(cells("energies are those at")[1..], ["none", "none", "0.8 V"]);
    assert_eq!(
        cells("static power per chip")[1..],
        [
            "104 mW [58 .. 180], measured",
            "104 mW [58 .. 180], measured",
            "44.2 mW [42 .. 64.4], measured"
        ]
    );
}

#[test]
fn a_list_of_profiles_is_all_or_names_and_files() {
    let names = |list: &str| -> Vec<String> {
        profile::load_list(list).unwrap().into_iter().map(|profile| profile.name).collect()
    };
    assert_eq!(names("all"), NAMES);
    assert_eq!(names("speck, odin"), ["speck", "odin"]);
    let folder = tempfile::tempdir().unwrap();
    let comma = write(folder.path(), "a,b.toml", DAVIES);
    assert_eq!(names(&comma), ["a,b"]);
    assert!(
        matches!(profile::load_list("odin,loihi3"), Err(Error::Unknown { name, .. }) if name == "loihi3")
    );
}

#[test]
fn topologies_ask_for_what_they_need() {
    let mesh = "mesh = [8, 4]";
    let with = |keys: &str| format!("{mesh}\n{keys}");
    let kind = |text: &str| {
        load_text(text).map(|profile| (profile.topology.kind, profile.topology.routing))
    };
    assert_eq!(kind(DAVIES).unwrap(), (Kind::Mesh, Routing::Xy));
    let longest = with("kind = \"torus\"\nrouting = \"longest_dimension_first\"");
    assert_eq!(
        kind(&DAVIES.replacen(mesh, &longest, 1)).unwrap(),
        (Kind::Torus, Routing::LongestDimensionFirst)
    );
    let fails = |text: String, line: &str, says: &str| {
        let error = invalid(load_text(&text).unwrap_err());
        assert!(error.message.contains(says), "{}", error.message);
        assert_eq!(text.lines().nth(error.line - 1), Some(line));
    };
    let triangular = "kind = \"triangular_torus\"";
    let text = DAVIES.replacen(mesh, &with(triangular), 1);
    fails(text.clone(), triangular, "`costs.hop.north_east` and `costs.hop.south_west`");
    let cost = "{ low = 1.0, nominal = 1.0, high = 1.0, basis = \"assumed\", source = \"test\" }";
    let diagonal =
        |name: &str| format!("[costs.hop.{name}]\nenergy_pj = {cost}\nlatency_ns = {cost}\n");
    let complete = format!("{text}\n{}{}", diagonal("north_east"), diagonal("south_west"));
    assert_eq!(kind(&complete).unwrap(), (Kind::TriangularTorus, Routing::Xy));
    let shown = profile::render(&load_text(&complete).unwrap());
    assert!(
        shown.contains("triangular torus") && shown.contains("hop north-east energy"),
        "{shown}"
    );
    let small = "port_buffer = 1";
    fails(complete.replacen("port_buffer = 16", small, 1), small, "at least 2");
    let single = "kind = \"single\"";
    fails(DAVIES.replacen(mesh, &with(single), 1), single, "`mesh = [1, 1]`");
    let routing = "routing = \"longest_dimension_first\"";
    let star = with(&format!("kind = \"star\"\n{routing}"));
    fails(DAVIES.replacen(mesh, &star, 1), routing, "no `routing` but `xy`");
}

#[test]
fn documents_list_every_profile() {
    let documents = [
        ("docs/profiles.md", include_str!("../docs/profiles.md")),
        ("hardware_profiles/README.md", include_str!("../hardware_profiles/README.md")),
    ];
    for (name, text) in documents {
        for profile in NAMES {
            let named = [format!("| `{profile}` |"), format!("| `{profile}.toml` |")];
            assert!(
                named.iter().any(|cell| text.contains(cell)),
                "{name} has no row for {profile}"
            );
        }
    }
}

#[test]
fn davies_splits_active_and_inactive() {
    let p = load("loihi1-davies2018");
    let soma = &p.costs.soma["default"];
    assert_eq!(soma.access.energy_pj.nominal, 52.0);
    assert_eq!(soma.access.energy_pj.nominal + soma.update.energy_pj.nominal, 81.0);
    assert!((soma.access.latency_ns.nominal + soma.update.latency_ns.nominal - 8.4).abs() < 1e-12);
    assert_eq!(p.costs.synapse["default"].energy_pj.nominal, 23.6);
    assert_eq!((p.costs.local.energy_pj.nominal, p.costs.local.latency_ns.nominal), (1.7, 2.1));
    assert_eq!(
        (p.costs.hop.east.energy_pj.nominal, p.costs.hop.south.energy_pj.nominal),
        (3.0, 4.0)
    );
    let power = &p.costs.static_mw_per_chip;
    assert_eq!(
        (power.low, power.nominal, power.high, power.basis),
        (58.0, 104.0, 180.0, Basis::Measured)
    );
    assert_eq!(
        (p.topology.mesh, p.topology.cores_per_tile, p.topology.board),
        ([8, 4], 4, [32, 24])
    );
    assert_eq!(p.limits.synapse_memory_bits_per_core, Some(131_072 * 8));
    assert_eq!(p.limits.fan_in, None);
    let Sync::Barrier { points, between } = &p.clock.sync else { panic!("no barrier") };
    assert_eq!(points[..], [(1, 113.0), (32, 465.0), (8192, 14300.0), (24576, 16200.0)]);
    assert_eq!(*between, Between::Linear);
    assert_eq!(p.update_rule, UpdateRule::Input);
}

#[test]
fn sanafe_inherits_limits_and_replaces_costs() {
    let (davies, p) = (load("loihi1-davies2018"), load("loihi1-sanafe"));
    assert_eq!(p.limits, davies.limits);
    assert_eq!(p.capabilities, davies.capabilities);
    assert_eq!(p.costs.static_mw_per_chip, davies.costs.static_mw_per_chip);
    assert_ne!(p.hash, davies.hash);
    assert_eq!((p.topology.tile_order, p.topology.port_buffer), (TileOrder::ColumnMajor, 16));
    assert_eq!(p.update_rule, UpdateRule::InputOrState);
    for (class, energy, latency) in [
        ("dense", 35.5, 3.8),
        ("sparse", 33.6, 4.7),
        ("conv", 24.0, 3.1),
        ("loihi_conv_synapse", 24.0, 3.1),
    ] {
        let event = &p.costs.synapse[class];
        assert_eq!(
            (event.energy_pj.nominal, event.latency_ns.nominal),
            (energy, latency),
            "{class}"
        );
    }
    let (lif, input) = (&p.costs.soma["default"], &p.costs.soma["input"]);
    assert_eq!((lif.spike.energy_pj.nominal, lif.spike.latency_ns.nominal), (69.3, 30.0));
    assert_eq!((input.access.energy_pj.nominal, input.spike.latency_ns.nominal), (0.0, 0.0));
    assert_eq!(
        (p.costs.axon_out.energy_pj.nominal, p.costs.axon_in.latency_ns.nominal),
        (111.0, 16.0)
    );
    assert_eq!((p.costs.hop.north.energy_pj.nominal, p.costs.local.energy_pj.nominal), (4.2, 0.0));
    let Sync::Barrier { points, between } = &p.clock.sync else { panic!("no barrier") };
    assert_eq!(points[..], [(1, 600.0), (2, 1000.0), (4, 1400.0), (29, 1800.0)]);
    assert_eq!(*between, Between::Step);
}

#[test]
fn truenorth_has_a_tick_and_one_destination() {
    let p = load("truenorth");
    assert_eq!(p.clock.sync, Sync::Tick { period_ns: 1e6 });
    assert_eq!((p.limits.fan_in, p.limits.destinations), (Some(256), Some(1)));
}

#[test]
fn ideal_prices_additions_alone() {
    let p = load("ideal-45nm");
    let add = &p.costs.synapse["default"].energy_pj;
    assert_eq!((add.low, add.nominal), (0.1, 0.9));
    assert_eq!(p.costs.input_mac_pj.nominal, 4.6);
    assert_eq!(
        (p.costs.soma["default"].access.energy_pj.nominal, p.costs.static_mw_per_chip.high),
        (0.0, 0.0)
    );
}

/// Power in mW of 1 048 576 neurons with 128 synapses each, at the mean distance of 42.6 hops.
fn truenorth_mw(p: &Profile, rate_hz: f64) -> f64 {
    let costs = &p.costs;
    let synapse = costs.synapse["default"].energy_pj.nominal;
    let spike = 128.0 * synapse + 42.6 * costs.hop.east.energy_pj.nominal;
    let neuron = costs.soma["default"].access.energy_pj.nominal * 1e3 + rate_hz * spike;
    costs.static_mw_per_chip.nominal + 64.0 * 64.0 * 256.0 * neuron * 1e-9
}

#[test]
fn both_truenorths_reproduce_its_power_sweep() {
    let (split, affine) = (load("truenorth"), load("truenorth-affine"));
    assert_eq!((&split.limits, &split.clock), (&affine.limits, &affine.clock));
    for (rate_hz, mw) in [(11.58, 68.0), (20.07, 71.0), (95.93, 94.0)] {
        for p in [&split, &affine] {
            let predicted = truenorth_mw(p, rate_hz);
            assert!(
                (predicted / mw - 1.0).abs() < 0.01,
                "{} {rate_hz} Hz: {predicted} mW, {mw}",
                p.name
            );
        }
    }
}

#[test]
fn odin_reproduces_its_two_powers() {
    let p = load("odin");
    let (synapse, power) = (&p.costs.synapse["default"], &p.costs.static_mw_per_chip);
    let uw =
        |static_mw: f64, rate_hz: f64| static_mw * 1e3 + synapse.energy_pj.nominal * rate_hz * 1e-6;
    assert!((uw(power.nominal, 37.5e6) / 477.0 - 1.0).abs() < 0.005);
    assert!((uw(power.low, 650e3) / 35.0 - 1.0).abs() < 0.005);
    assert!(
        (synapse.latency_ns.nominal * 256.0 / 6826.7 - 1.0).abs() < 1e-4,
        "512 clocks of 75 MHz"
    );
}

#[test]
fn the_two_figures_of_spinnaker2_are_kept_apart() {
    let energy = |name: &str| load(name).costs.synapse["default"].energy_pj.clone();
    let (test_chip, average) =
        (energy("spinnaker2-hoeppner2019"), energy("spinnaker2-hoeppner2021"));
    assert_eq!(
        (test_chip.nominal, test_chip.high, test_chip.basis),
        (450.0, 450.0, Basis::Measured)
    );
    assert_eq!((average.nominal, average.low, average.basis), (10.0, 10.0, Basis::Average));
}

/// Constants of KerasSpiking in joules, per synaptic operation and neuron update.
#[test]
fn compat_profiles_hold_the_constants() {
    for (name, synapse, neuron) in [
        ("cpu", 8.6e-9, 8.6e-9),
        ("gpu", 0.3e-9, 0.3e-9),
        ("arm", 0.9e-9, 0.9e-9),
        ("loihi", 27.1e-12, 81e-12),
        ("spinnaker", 13.3e-9, 26e-9),
        ("spinnaker2", 450e-12, 2.19e-9),
    ] {
        let costs = load(&format!("compat-{name}")).costs;
        let (ours, access) =
            (&costs.synapse["default"].energy_pj, &costs.soma["default"].access.energy_pj);
        assert!((ours.nominal * 1e-12 / synapse - 1.0).abs() < 1e-12, "{name}");
        assert!((access.nominal * 1e-12 / neuron - 1.0).abs() < 1e-12, "{name}");
        assert_eq!(costs.input_mac_pj.nominal, ours.nominal, "{name}");
        // Nothing else costs anything.
        let priced = costs.all().iter().filter(|cost| cost.high > 0.0).count();
        assert_eq!(priced, 3, "{name}");
    }
}

#[test]
fn memory_prices_accesses_by_size() {
    let (adds, p) = (load("ideal-45nm"), load("ideal-45nm-memory"));
    let (add, op) =
        (&adds.costs.synapse["default"].energy_pj, &p.costs.synapse["default"].energy_pj);
    // An eighth of an access to 8 and 32 KB, a whole one to 1024 KB.
    let expected = [add.low + 10.0 / 8.0, add.nominal + 20.0 / 8.0, add.high + 100.0];
    for (ours, expected) in [op.low, op.nominal, op.high].into_iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-12, "{ours} {expected}");
    }
    assert_eq!(p.costs.soma["default"].access, adds.costs.soma["default"].access);
}

#[test]
fn mistakes_are_shown_at_their_line() {
    refused("port_buffer = 16", "port_bufer = 16", "unknown field `port_bufer`");
    refused("energy_pj = ", "energy_nj = ", "unknown field `energy_nj`, expected `energy_pj`");
    refused("static_mw_per_chip", "static_w_per_chip", "unknown field `static_w_per_chip`");
    refused("low = 58.0", "low = \"58 mW\"", "expected a number");
    refused(", source = \"Frady", " } # ", "missing key `costs.");
    refused("basis = \"measured\"", "basis = \"guessed\"", "unknown variant `guessed`");
    refused("{ low = 0.29, nominal = 0.29,", "{ low = 0.29,", ".nominal`");
    refused("{ low = 0.29,", "{ low = -0.29,", "`low` is negative");
    refused("nominal = 0.29", "nominal = nan", "`nominal` is not a finite number");
    refused("high = 0.29", "high = inf", "`high` is not a finite number");
    refused("{ low = 0.29,", "{ low = 0.3,", "`low` 0.3 is above `nominal` 0.29");
    refused("high = 180.0", "high = 103.0", "`high` 103 is below `nominal` 104");
    refused("mesh = [8, 4]", "mesh = [8, 0]", "`mesh` must be at least 1");
    refused("cores_per_tile = 4", "cores_per_tile = 0", "`cores_per_tile` must be");
    refused("board = [32, 24]", "board = [0, 24]", "`board` must be");
    refused("port_buffer = 16", "port_buffer = 0", "`port_buffer` must be");
    refused("neurons_per_core = 1024", "neurons_per_core = 0", "`neurons_per_core` must be");
    refused("{ tiles = 32, ", "{ tiles = 1, ", "must grow: 1 tile after 1");
    refused("sync = \"barrier\"", "sync = \"tick\"", "a clock without barriers takes `period_ns`");
    refused("mesh = [8, 4]", "multicast = \"some\"\nmesh = [8, 4]", "unknown variant `some`");
    refused("title = ", "title = nothing # ", "");
    refused("source = \"Davies et al. 2018: 1", "source = \" \" # ", "`source` is empty");
}

/// Times are whole picoseconds, and bands of the network's times are factors.
#[test]
fn times_that_nothing_stands_for_are_refused() {
    let with = |costs: &str| load_text(&format!("inherits = \"ideal-45nm\"\n{costs}\n"));
    let told = |costs: &str| invalid(with(costs).unwrap_err()).message;
    let synapse = "[costs.synapse.default]\nenergy_pj = 1\nlatency_ns = ";
    assert!(told(&format!("{synapse}0.0004")).contains("at least 0.001; check the unit"));
    assert!(told(&format!("{synapse}3.5e-9")).contains("3.5e-9 ns"));
    with(&format!("{synapse}0.001")).unwrap();
    let band = "{ low = 0, nominal = 0, high = 3, basis = \"assumed\", source = \"s\" }";
    assert!(told(&format!("[costs]\nlink_interval_ns = {band}")).contains("so must `high` be"));
    assert!(told(&format!("[costs.local]\nlatency_ns = {band}")).contains("so must `high` be"));
    with(&format!("[costs.dendrite]\nlatency_ns = {band}")).unwrap();
}

#[test]
fn a_missing_key_and_an_unknown_name_are_named() {
    let error = invalid(load_text(&DAVIES.replace("cores_per_tile = 4\n", "")).unwrap_err());
    assert!(error.message.contains("missing key `topology.cores_per_tile`"), "{error}");
    assert_eq!(error.text.text().lines().nth(error.line - 1), Some("[topology]"));
    let error = invalid(
        load_text(&DAVIES.replace("costs.synapse.default", "costs.synapse.dense")).unwrap_err(),
    );
    assert!(error.message.contains("`synapse` has no class `default`"), "{error}");
    assert_eq!(error.text.text().lines().nth(error.line - 1), Some("[costs.synapse.dense]"));
    let error = profile::load("loihi3").unwrap_err();
    assert!(
        matches!(&error, Error::Unknown { known, .. } if known.contains("truenorth")),
        "{error}"
    );
}

#[test]
fn a_file_inherits_and_a_fault_names_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let base = write(folder.path(), "base.toml", DAVIES);
    let hop = "{ low = 1.0, nominal = 2.0, high = 3.0, basis = \"assumed\", source = \"test\" }";
    let text = format!("inherits = \"base.toml\"\n[costs.hop.east]\nenergy_pj = {hop}\n");
    let child = write(folder.path(), "child.toml", &text);
    let p = load(&child);
    assert_eq!(p.name, "child");
    assert_eq!(p.costs.hop.east.energy_pj.nominal, 2.0);
    assert_eq!(p.costs.hop.east.latency_ns.nominal, 4.1);
    assert_eq!(load(&base).hash, load("loihi1-davies2018").hash);

    write(folder.path(), "base.toml", &DAVIES.replacen("high = 180.0", "high = 1.0", 1));
    let error = invalid(profile::load(&child).unwrap_err());
    assert!(error.file.ends_with("base.toml"), "{error}");
    let line = DAVIES.lines().position(|line| line.contains("high = 180.0")).unwrap() + 1;
    assert_eq!(error.line, line);
}

#[test]
fn a_cost_is_replaced_whole() {
    let text = "inherits = \"loihi1-davies2018\"\n[costs]\ninput_mac_pj = { nominal = 1.0 }\n";
    let error = invalid(load_text(text).unwrap_err());
    assert!(
        error
            .message
            .contains("missing keys `costs.input_mac_pj.low`, `costs.input_mac_pj.high`, "),
        "{error}"
    );
    assert_eq!(error.line, 3);
}

#[test]
fn inheritance_in_a_circle_or_from_nowhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let a = write(folder.path(), "a.toml", "\ninherits = \"b.toml\"\n");
    write(folder.path(), "b.toml", "\n\ninherits = \"a.toml\"\n");
    let error = invalid(profile::load(&a).unwrap_err());
    assert!(error.message.contains("circle"), "{error}");
    assert!(error.file.ends_with("b.toml") && error.line == 3, "{error}");
    let error = invalid(load_text("inherits = \"nowhere.toml\"\n").unwrap_err());
    assert!(error.message.contains("nowhere.toml") && error.line == 1, "{error}");
}
