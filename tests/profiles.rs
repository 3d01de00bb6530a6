//! Chip profiles: the embedded ones, inheritance, and every kind of mistake at its line.

use std::path::Path;

use miette::Diagnostic;
use spikemesh::profile::{self, Basis, Between, Error, Invalid, Profile, Sync, TileOrder, UpdateRule};

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
    let names = profile::names().unwrap();
    assert_eq!(
        names.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["ideal-45nm", "loihi1-davies2018", "loihi1-sanafe", "truenorth"]
    );
    for (name, title) in names {
        let profile = load(name);
        assert_eq!((profile.name.as_str(), &profile.title), (name, &title));
        assert_eq!(profile.hash.len(), 64);
        assert!(profile.costs.soma.contains_key("default") && profile.costs.synapse.contains_key("default"));
        let text = profile::render(&profile);
        for part in
            [&title, &profile.trust, &profile.hash, &profile.costs.synapse["default"].energy_pj.source]
        {
            assert!(text.contains(part.as_str()), "{name}: no {part:?}");
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
    assert_eq!((p.costs.hop.east.energy_pj.nominal, p.costs.hop.south.energy_pj.nominal), (3.0, 4.0));
    let power = &p.costs.static_mw_per_chip;
    assert_eq!((power.low, power.nominal, power.high, power.basis), (100.0, 104.0, 180.0, Basis::Measured));
    assert_eq!((p.topology.mesh, p.topology.cores_per_tile, p.topology.board), ([8, 4], 4, [32, 24]));
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
    for (class, energy, latency) in
        [("dense", 35.5, 3.8), ("sparse", 33.6, 4.7), ("conv", 24.0, 3.1), ("loihi_conv_synapse", 24.0, 3.1)]
    {
        let event = &p.costs.synapse[class];
        assert_eq!((event.energy_pj.nominal, event.latency_ns.nominal), (energy, latency), "{class}");
    }
    let (lif, input) = (&p.costs.soma["default"], &p.costs.soma["input"]);
    assert_eq!((lif.spike.energy_pj.nominal, lif.spike.latency_ns.nominal), (69.3, 30.0));
    assert_eq!((input.access.energy_pj.nominal, input.spike.latency_ns.nominal), (0.0, 0.0));
    assert_eq!((p.costs.axon_out.energy_pj.nominal, p.costs.axon_in.latency_ns.nominal), (111.0, 16.0));
    assert_eq!((p.costs.hop.north.energy_pj.nominal, p.costs.local.energy_pj.nominal), (4.2, 0.0));
    let Sync::Barrier { points, between } = &p.clock.sync else { panic!("no barrier") };
    assert_eq!(points[..], [(1, 600.0), (2, 1000.0), (4, 1400.0), (29, 1800.0)]);
    assert_eq!(*between, Between::Step);
}

#[test]
fn truenorth_reproduces_its_power_sweep() {
    let p = load("truenorth");
    assert_eq!(p.clock.sync, Sync::Tick { period_ns: 1e6 });
    assert_eq!((p.limits.fan_in, p.limits.destinations), (Some(256), Some(1)));
    let neurons = 64.0 * 64.0 * 256.0;
    let per_spike =
        128.0 * p.costs.synapse["default"].energy_pj.nominal + 42.6 * p.costs.hop.east.energy_pj.nominal;
    for (rate_hz, mw) in [(11.58, 68.0), (20.07, 71.0), (95.93, 94.0)] {
        let pj_per_s =
            neurons * (p.costs.soma["default"].access.energy_pj.nominal * 1e3 + rate_hz * per_spike);
        let predicted = p.costs.static_mw_per_chip.nominal + pj_per_s * 1e-9;
        assert!((predicted / mw - 1.0).abs() < 0.01, "{rate_hz} Hz: {predicted} mW against {mw}");
    }
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

#[test]
fn mistakes_are_shown_at_their_line() {
    refused("port_buffer = 16", "port_bufer = 16", "unknown field `port_bufer`");
    refused("basis = \"measured\"", "basis = \"guessed\"", "unknown variant `guessed`");
    refused("{ low = 0.29, nominal = 0.29,", "{ low = 0.29,", "missing field `nominal`");
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
    refused("{ tiles = 32, ", "{ tiles = 1, ", "must grow: 1 tiles after 1");
    refused("sync = \"barrier\"", "sync = \"tick\"", "a tick takes `period_ns`");
    refused("title = ", "title = nothing # ", "");
    refused("source = \"Davies et al. 2018: 1", "source = \" \" # ", "`source` is empty");
}

#[test]
fn a_missing_key_and_an_unknown_name_are_named() {
    let error = invalid(load_text(&DAVIES.replace("cores_per_tile = 4\n", "")).unwrap_err());
    assert!(error.message.contains("missing field `cores_per_tile`"), "{error}");
    assert_eq!(error.text.inner().lines().nth(error.line - 1), Some("[topology]"));
    let error =
        invalid(load_text(&DAVIES.replace("costs.synapse.default", "costs.synapse.dense")).unwrap_err());
    assert!(error.message.contains("`synapse` has no class `default`"), "{error}");
    assert_eq!(error.text.inner().lines().nth(error.line - 1), Some("[costs.synapse.dense]"));
    let error = profile::load("loihi3").unwrap_err();
    assert!(matches!(&error, Error::Unknown { known, .. } if known.contains("truenorth")), "{error}");
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
    assert!(error.message.contains("missing field"), "{error}");
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
