//! A chip of one's own: the file that begins it, numbers alone as costs, and values tried without
//! a file.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use spikemesh::profile::{self, Basis, Change, Cost, Profile};

use crate::runs::rows;
use crate::small_detector::{Files, spikemesh};

const DOCUMENT: &str = include_str!("../docs/profiles.md");
const DAVIES: &str = "loihi1-davies2018";

fn load(name: &str) -> Profile {
    profile::load(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn load_text(text: &str) -> Result<Profile, profile::Error> {
    let folder = tempfile::tempdir().unwrap();
    profile::load(&write(folder.path(), "my.toml", text))
}

fn changes(texts: &[&str]) -> Vec<Change> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn in_folder(folder: &Path, words: &[&str]) -> Command {
    let mut command = spikemesh();
    command.current_dir(folder).args(words);
    command
}

/// What a command says, on both channels.
fn told(command: &mut Command, code: i32) -> (String, String) {
    let assert = command.assert().code(code);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&assert.get_output().stdout), text(&assert.get_output().stderr))
}

/// Equal but for what names a profile.
#[track_caller]
fn same(a: &Profile, b: &Profile) {
    assert_eq!((&a.topology, &a.limits), (&b.topology, &b.limits), "{}", a.name);
    assert_eq!(a.capabilities, b.capabilities, "{}", a.name);
    assert_eq!((&a.clock, a.update_rule), (&b.clock, b.update_rule), "{}", a.name);
    assert_eq!(a.costs, b.costs, "{}", a.name);
}

#[test]
fn what_is_written_reads_back_as_the_same_profile() {
    for profile in profile::all().unwrap() {
        let written = load_text(&profile::to_toml(&profile)).unwrap();
        same(&written, &profile);
        assert_eq!((&written.title, &written.trust), (&profile.title, &profile.trust));
        let own = load_text(&profile::starter(&profile)).unwrap();
        same(&own, &profile);
        assert!(own.title.starts_with("Own chip, derived from ") && own.title != profile.title);
        assert!(own.title.contains(&profile.name) && own.trust.ends_with(&profile.trust));
    }
    let odd = format!(
        "inherits = \"{DAVIES}\"\ntitle = \"a \\\"b\\\" \\\\ \\n c\"\n\
         [costs.synapse.\"x.y \\\"z\\\"\"]\nenergy_pj = 1e-9\nlatency_ns = 0\n"
    );
    let odd = load_text(&odd).unwrap();
    let written = load_text(&profile::to_toml(&odd)).unwrap();
    same(&written, &odd);
    assert_eq!((written.title, written.hash.len()), (odd.title, 64));
}

/// The same counts and the same bill, to the byte.
#[test]
fn a_run_on_what_is_written_is_a_run_on_the_original() {
    let files = Files::write();
    for chip in ["spinnaker1", "loihi1-sanafe"] {
        let text = profile::starter(&load(chip));
        let own = write(files.dir.path(), &format!("own-{chip}.toml"), &text);
        let (a, b) = (files.path(&format!("{chip}-a")), files.path(&format!("{chip}-b")));
        let mut run = files.run();
        run.args(["--idealised", "--steps", "4", "--profile", chip, "--out"]).arg(&a);
        run.assert().success();
        let mut run = files.run();
        run.args(["--idealised", "--steps", "4", "--profile", &own, "--out"]).arg(&b);
        run.assert().success();
        assert_eq!(csv_files(&a), csv_files(&b));
        // What nobody documents is told of an own chip in other words.
        let other = ["summary.csv", "assumptions.csv"];
        for name in csv_files(&a).iter().filter(|name| !other.contains(&name.as_str())) {
            let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
            assert_eq!(bytes(&a), bytes(&b), "{chip} {name}");
        }
    }
}

fn csv_files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".csv")).collect();
    names.sort();
    assert!(names.len() > 5, "{names:?}");
    names
}

/// Every key of the tables of the document stands in the file, with a comment before it or its
/// table.
#[test]
fn the_file_has_every_key_with_a_comment() {
    let text = profile::starter(&load(DAVIES));
    let keys = DOCUMENT.split("## Keys").nth(1).unwrap().split("## Kinds of topology").next();
    let rows = keys.unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
    let names: Vec<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names.iter().filter(|name| **name != "inherits") {
        let name = name.replace("CLASS", "default").replace(".west", "hop.west");
        let (bare, last) = (format!("{name} ="), name.rsplit('.').next().unwrap().to_owned());
        let there = text.lines().any(|line| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&bare)
                || line.starts_with(&format!("{last} ="))
                || line.starts_with('[') && line.trim_end_matches(']').ends_with(&name)
        });
        assert!(there, "{name}");
    }
    let lines: Vec<&str> = text.lines().collect();
    for (before, line) in lines.iter().zip(&lines[1..]) {
        let key = line.trim_start_matches("# ").split(" =").next().unwrap();
        let plain = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let told = before.starts_with('#') || ["energy_pj", "latency_ns"].contains(&key);
        assert!(told || !line.contains(" = ") || !plain || line.starts_with("# "), "{line}");
    }
    assert!(lines.iter().all(|line| line.len() <= 100 || line.contains(" = ")), "{text}");
}

/// The commands that the file names run as they stand there.
#[test]
fn the_commands_in_the_file_run() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = told(&mut in_folder(folder.path(), &["profiles", "new"]), 0);
    write(folder.path(), "my.toml", &text);
    let commands = text.lines().filter_map(|line| line.strip_prefix("#   spikemesh "));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        told(&mut in_folder(folder.path(), &words), 0);
    }
}

/// The commands and the edits of the section, in their order, from nothing to a run.
#[test]
fn the_document_leads_from_nothing_to_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let section = DOCUMENT.split("## Your own chip").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut ran = vec![];
    for block in section.split("\n```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').unwrap();
        match kind {
            "sh" => ran.extend(text.lines().map(|line| shell(folder.path(), line))),
            "toml" => edit(&folder.path().join("my.toml"), text),
            kind => panic!("{kind}"),
        }
    }
    assert_eq!(ran.len(), 5, "{section}");
    let my = load(folder.path().join("my.toml").to_str().unwrap());
    assert_eq!(my.limits.neurons_per_core, Some(2048));
    let Cost { low, nominal, high, basis, source } = &my.costs.synapse["default"].energy_pj;
    assert_eq!((*low, *nominal, *high, *basis), (1.0, 2.0, 4.0, Basis::Assumed));
    assert_eq!(source, "simulation of our synapse, 22 nm, 0.8 V");
    let power = &my.costs.static_mw_per_chip;
    assert_eq!((power.nominal, power.source.as_str()), (50.0, "the file's author"));
    let original = load(DAVIES);
    assert_eq!(
        my.costs.synapse["default"].latency_ns,
        original.costs.synapse["default"].latency_ns
    );
    // The run prices what the file says: less than half the static power, fewer joules of events.
    let runs = folder.path().join("reports/runs");
    let [first, second] = ["digits-my-1", "digits-my-changed-1"]
        .map(|run| rows(&runs.join(run).join("summary.csv")).remove(0));
    assert_eq!((first["profile"].as_str(), first["profile_changes"].as_str()), ("my", ""));
    assert_eq!(second["profile"], "my (changed)");
    let listed = "costs.static_mw_per_chip=20; limits.fan_in=4096";
    assert_eq!(second["profile_changes"], listed);
    let uj = |row: &crate::runs::Row| row["energy_static_uj"].parse::<f64>().unwrap();
    assert!((uj(&second) / uj(&first) - 20.0 / 50.0).abs() < 1e-9);
}

/// Runs a line of the document, `spikemesh ...`, perhaps into a file; what it says.
fn shell(folder: &Path, line: &str) -> String {
    let (command, file) = line.split_once(" > ").unwrap_or((line, ""));
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("spikemesh"), "{line}");
    let (text, _) = told(&mut in_folder(folder, &words.collect::<Vec<_>>()), 0);
    if !file.is_empty() {
        fs::write(folder.join(file), &text).unwrap();
    }
    text
}

/// Puts every line of `block` in place of the line of that key, or first in its table.
fn edit(file: &PathBuf, block: &str) {
    let mut lines: Vec<String> =
        fs::read_to_string(file).unwrap().lines().map(Into::into).collect();
    let mut table = 0;
    for line in block.lines().filter(|line| !line.is_empty()) {
        let find = |text: &str, from: usize| {
            lines[from..].iter().position(|line| line.starts_with(text)).map(|at| at + from)
        };
        if line.starts_with('[') {
            table = find(line, 0).unwrap_or_else(|| panic!("no {line}"));
            continue;
        }
        let key = format!("{} =", line.split(" =").next().unwrap());
        let end = find("[", table + 1).unwrap_or(lines.len());
        match find(&key, table).filter(|&at| at < end) {
            Some(at) => lines[at] = line.to_owned(),
            None => lines.insert(table + 1, line.to_owned()),
        }
    }
    fs::write(file, lines.join("\n")).unwrap();
}

/// A price with all of its keys, and a number with what the file says of all numbers.
#[test]
fn costs_of_the_document_are_read() {
    let section = DOCUMENT.split("\n## A cost\n").nth(1).unwrap();
    let blocks = section.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let blocks: Vec<&str> = blocks.collect();
    let [price, defaults] = blocks[..] else { panic!("{blocks:?}") };
    let price = format!("[costs.synapse.default]\n{price}");
    for (text, low, high, source) in [
        (&price[..], 23.6, 35.5, "paper"),
        (defaults, 1.6, 2.4, "our simulation of the synapse alone"),
    ] {
        let chip = load_text(&format!("inherits = \"{DAVIES}\"\n{text}")).unwrap();
        let cost = &chip.costs.synapse["default"].energy_pj;
        assert_eq!((cost.low, cost.high, cost.basis), (low, high, Basis::Simulated));
        assert_eq!(cost.source, source);
    }
}

#[test]
fn set_and_a_file_give_the_same_bytes() {
    let files = Files::write();
    let sets = [
        "costs.static_mw_per_chip=50",
        "costs.synapse.default.energy_pj=2.5",
        "costs.synapse.default.source=simulated by us",
        "limits.neurons_per_core=100",
        "topology.mesh=[3, 3]",
        "capabilities.max_pool=assumed",
        "defaults.band=0.25",
        "update_rule=input_or_state",
    ];
    let text = "update_rule = \"input_or_state\"\n[defaults]\nband = 0.25\n\
                [costs]\nstatic_mw_per_chip = 50\n\
                [costs.synapse.default]\nenergy_pj = 2.5\nsource = \"simulated by us\"\n\
                [limits]\nneurons_per_core = 100\n[topology]\nmesh = [3, 3]\n\
                [capabilities]\nmax_pool = \"assumed\"\n";
    let file = files.profile("mine", DAVIES, text);
    let (a, b) = (files.path("a"), files.path("b"));
    let run = |words: &[&str], out: &Path| {
        let mut run = files.run();
        run.args(["--steps", "4"]).args(words).arg("--out").arg(out);
        told(&mut run, 0)
    };
    run(&["--profile", file.to_str().unwrap()], &b);
    let mut words = vec!["--profile", DAVIES];
    sets.iter().for_each(|set| words.extend(["--set", set]));
    let (screen, _) = run(&words, &a);
    assert!(screen.starts_with("small on loihi1-davies2018 (changed): "), "{screen}");
    assert_eq!(csv_files(&a), csv_files(&b));
    for name in csv_files(&a).iter().filter(|name| *name != "summary.csv") {
        let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert_eq!(bytes(&a), bytes(&b), "{name}");
    }
    let [mut set, mut file] = [&a, &b].map(|dir| rows(&dir.join("summary.csv")).remove(0));
    assert_eq!(set.remove("profile").unwrap(), "loihi1-davies2018 (changed)");
    assert_eq!(set.remove("profile_changes").unwrap(), sets.join("; "));
    assert_eq!(file.remove("profile").unwrap(), "mine");
    assert_eq!(file.remove("profile_changes").unwrap(), "");
    assert_eq!(set, file);
    let [set, file] = [&a, &b].map(|dir| {
        let text = fs::read_to_string(dir.join("manifest.toml")).unwrap();
        text.parse::<toml::Table>().unwrap()
    });
    let listed: Vec<&str> =
        set["profile_changes"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    assert_eq!(listed, sets);
    assert!(!file.contains_key("profile_changes"));
    let unchanged = load(DAVIES).hash;
    assert_ne!(set["profile"]["sha256"].as_str().unwrap(), unchanged);
    // The run without changes is another one.
    let c = files.path("c");
    run(&["--profile", DAVIES], &c);
    assert_ne!(fs::read(a.join("energy.csv")).unwrap(), fs::read(c.join("energy.csv")).unwrap());
}

#[test]
fn every_command_with_a_profile_takes_set() {
    let folder = tempfile::tempdir().unwrap();
    let set = "limits.neurons_per_core=64";
    let say = |words: &[&str], code| {
        let mut command = in_folder(folder.path(), words);
        told(command.args(["--set", set]), code)
    };
    for words in [&["profiles", "show", DAVIES][..], &["profiles", "compare", DAVIES, "odin"]] {
        let (text, _) = say(words, 0);
        assert!(text.contains("loihi1-davies2018 (changed)"), "{text}");
        let row = text.lines().find(|line| line.trim().starts_with("neurons per core"));
        assert!(row.unwrap().contains(" 64"), "{text}");
    }
    assert!(
        say(&["profiles", "show", DAVIES], 0).0.contains("\nchanged: limits.neurons_per_core=64\n")
    );
    let (text, _) = say(&["profiles", "new"], 0);
    assert!(text.contains("\nneurons_per_core = 64\n"), "{text}");
    let (text, _) = say(&["inspect", "digits", "--profile", DAVIES], 0);
    let (wide, _) =
        told(&mut in_folder(folder.path(), &["inspect", "digits", "--profile", DAVIES]), 0);
    assert_ne!(text, wide);
    let (_, text) = say(&["inspect", "digits"], 2);
    assert!(text.contains("give --profile"), "{text}");
    say(&["run", "--steps", "2", "--timing", "analytic", "--out", "run"], 0);
    let summary = |file: &str| rows(&folder.path().join(file)).remove(0);
    let cores: u64 = summary("run/summary.csv")["cores"].parse().unwrap();
    assert!(cores > 64, "{cores}");
    let across = ["run", "--steps", "2", "--timing", "analytic", "--profile"];
    let list = "loihi1-davies2018,loihi2";
    say(&[&across[..], &[list, "--out", "across"]].concat(), 0);
    let both = rows(&folder.path().join("across/profiles.csv"));
    let names: Vec<&str> = both.iter().map(|row| row["profile"].as_str()).collect();
    assert_eq!(names, ["loihi1-davies2018-changed", "loihi2-changed"]);
    assert!(folder.path().join("across/loihi2-changed/summary.csv").is_file());
    let price = ["price", "run", "--profile", "truenorth", "--out", "price"];
    // No event is counted again.
    assert!(say(&price, 1).1.contains("E2040"));
    let mut dear = in_folder(folder.path(), &price);
    told(dear.args(["--set", "costs.axon_out.energy_pj=9"]), 0);
    assert_eq!(summary("price/summary.csv")["profile"], "truenorth (changed)");
    say(&["convert", "--out", "c.spikemesh", "--limit", "1", "--steps", "2"], 0);
    let manifest = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let listed = "profile_changes = [\"limits.neurons_per_core=64\"]";
    assert!(manifest("c-report/manifest.toml").contains(listed));
    let (text, _) = say(
        &["eval", "--recipe", "best", "--checkpoints", "2", "--limit", "1", "--out", "eval"],
        0,
    );
    assert!(text.contains("digits on loihi1-davies2018 (changed), 1 picture"), "{text}");
    assert!(manifest("eval/manifest.toml").contains(listed));
    let compare = ["compare", "--profile", DAVIES, "--steps", "2", "--timing", "analytic"];
    let (text, _) = say(&[&compare[..], &["--out", "compare"]].concat(), 0);
    assert!(text.contains("Every chip profile is changed: limits.neurons_per_core=64."), "{text}");
    let systems = rows(&folder.path().join("compare/compare.csv"));
    assert!(systems.iter().any(|row| row["system"] == "loihi1-davies2018 (changed)"));
    assert!(folder.path().join("compare/loihi1-davies2018-changed/summary.csv").is_file());
    let (_, text) = say(&["compare", "--report-280x"], 2);
    assert!(text.contains("no --set"), "{text}");
    let tune = ["tune", "--budget", "1", "--pictures", "1", "--judge", "1", "--steps", "2"];
    let (text, _) = say(&[&tune[..], &["--out", "tune"]].concat(), 0);
    assert!(
        text.contains("--profile loihi1-davies2018 --set limits.neurons_per_core=64"),
        "{text}"
    );
}

/// Numbers alone have the band, the basis and the source that hold where they stand.
#[test]
fn numbers_alone_are_costs() {
    let of = |text: &str| load_text(&format!("inherits = \"{DAVIES}\"\n{text}")).unwrap().costs;
    let parts = |cost: &Cost| (cost.low, cost.nominal, cost.high, cost.basis, cost.source.clone());
    let author = || "the file's author".to_owned();
    let costs = of("[costs]\nstatic_mw_per_chip = 50\ninput_mac_pj = 0\n");
    assert_eq!(parts(&costs.static_mw_per_chip), (25.0, 50.0, 100.0, Basis::Assumed, author()));
    assert_eq!(parts(&costs.input_mac_pj), (0.0, 0.0, 0.0, Basis::Assumed, author()));

    let costs = of("[defaults]\nband = 0.5\nbasis = \"simulated\"\nsource = \"us\"\n\
                    [costs]\nstatic_mw_per_chip = 50\nsource = \"datasheet\"\n\
                    [costs.hop]\nsource = \"router\"\n\
                    [costs.hop.east]\nlatency_ns = 2\n\
                    [costs.hop.west]\nlatency_ns = 4.0\nbasis = \"measured\"\nsource = \"lab\"\n\
                    [costs.soma.default]\nsource = \"soma\"\n\
                    [costs.soma.default.spike]\nenergy_pj = 8\n\
                    [costs.local]\nenergy_pj = { nominal = 4.0, band = [0.75, 1.0], \
                    basis = \"average\", source = \"own\" }\n");
    let simulated = |low, nominal, high, source: &str| {
        (low, nominal, high, Basis::Simulated, source.to_owned())
    };
    assert_eq!(parts(&costs.static_mw_per_chip), simulated(25.0, 50.0, 75.0, "datasheet"));
    assert_eq!(parts(&costs.hop.east.latency_ns), simulated(1.0, 2.0, 3.0, "router"));
    let lab = (2.0, 4.0, 6.0, Basis::Measured, "lab".to_owned());
    assert_eq!(parts(&costs.hop.west.latency_ns), lab);
    assert_eq!(parts(&costs.soma["default"].spike.energy_pj), simulated(4.0, 8.0, 12.0, "soma"));
    let local = (3.0, 4.0, 4.0, Basis::Average, "own".to_owned());
    assert_eq!(parts(&costs.local.energy_pj), local);
    // What is not said stays as it is inherited.
    let davies = load(DAVIES).costs;
    assert_eq!(costs.hop.east.energy_pj, davies.hop.east.energy_pj);
    assert_eq!(costs.soma["default"].spike.latency_ns, davies.soma["default"].spike.latency_ns);
}

/// Of one key the last value counts: nothing of one before is left.
#[test]
fn what_is_given_again_leaves_nothing_of_before() {
    let load = |texts: &[&str]| profile::load_changed("truenorth", &changes(texts));
    let last_alone = |key: &str, values: [&str; 2]| {
        let [first, last] = values.map(|value| format!("{key}={value}"));
        let [both, alone] = [load(&[&first, &last]), load(&[&last])];
        match (both, alone) {
            (Ok(both), Ok(alone)) => {
                assert_eq!((both.costs, both.clock), (alone.costs, alone.clock), "{key}");
                assert_eq!(both.limits.fan_in, alone.limits.fan_in);
            }
            (both, alone) => {
                let told = [both, alone].map(|loaded| loaded.unwrap_err().to_string());
                assert_eq!(told[0], told[1], "{key}");
            }
        }
    };
    let ends = "{low=1,nominal=2,high=7,basis=\"measured\",source=\"y\"}";
    let band = "{nominal=3,band=0.2,basis=\"assumed\",source=\"x\"}";
    let deep = "{energy_pj={nominal=5,band=0.1,basis=\"measured\",source=\"a\"}}";
    let barrier = "{sync=\"barrier\",points=[{tiles=1,cost_ns=3}],between=\"step\"}";
    for (key, values) in [
        ("costs.static_mw_per_chip", [band, ends]),
        ("costs.static_mw_per_chip", [ends, band]),
        ("costs.static_mw_per_chip", [ends, "5"]),
        ("costs.static_mw_per_chip", [ends, "{nominal=5}"]),
        ("costs.axon_in", ["{energy_pj=1,latency_ns=2}", "{energy_pj=5}"]),
        ("costs.synapse.default", [deep, "{energy_pj={nominal=7}}"]),
        ("clock", ["{sync=\"tick\",period_ns=5,source=\"y\"}", "{period_ns=9}"]),
        ("clock", [barrier, "{period_ns=9}"]),
        ("limits", ["{fan_in=77}", "{weight_levels=4}"]),
    ] {
        last_alone(key, values);
    }
    for [first, then] in [
        ["costs=3", "costs.processor.count=2"],
        ["costs.static_mw_per_chip=3", "costs.static_mw_per_chip.basis=measured"],
    ] {
        let error = load(&[first, then]).unwrap_err().to_string();
        assert!(error.contains("another change gives a key within it"), "{error}");
    }
    let parts = load(&["limits.fan_in=77", "limits.weight_levels=3"]).unwrap().limits;
    assert_eq!((parts.fan_in, parts.weight_levels), (Some(77), Some(3)));
}

/// Defaults hold for the numbers of their own file; files above keep the band, not the source.
#[test]
fn defaults_are_inherited_but_for_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "inherits = \"{DAVIES}\"\n[defaults]\nband = [0.5, 1.5]\nbasis = \"measured\"\n\
         source = \"first\"\n[costs]\nstatic_mw_per_chip = 10\n"
    );
    write(folder.path(), "first.toml", &text);
    let text = "inherits = \"first.toml\"\n[defaults]\nband = 0.1\n[costs]\ninput_mac_pj = 10\n";
    let second = write(folder.path(), "second.toml", text);
    let costs = load(&second).costs;
    let parts = |cost: &Cost| (cost.low, cost.high, cost.basis, cost.source.clone());
    let (first, own) = (parts(&costs.static_mw_per_chip), parts(&costs.input_mac_pj));
    assert_eq!(first, (5.0, 15.0, Basis::Measured, "first".into()));
    assert_eq!(own, (9.0, 11.0, Basis::Measured, "the file's author".into()));
    let set = profile::load_changed(&second, &changes(&["costs.input_write_pj=10"])).unwrap();
    let given = parts(&set.costs.input_write_pj);
    assert_eq!(given, (9.0, 11.0, Basis::Measured, "given with --set".into()));
    assert_eq!(set.name, "second (changed)");
}

#[test]
fn a_clock_changes_whole_or_in_part() {
    let set = |texts: &[&str]| profile::load_changed("truenorth", &changes(texts)).unwrap().clock;
    let clock = set(&["clock.period_ns=5e5"]);
    assert_eq!(clock.sync, profile::Sync::Tick { period_ns: 5e5 });
    assert_eq!((clock.basis, clock.source.as_str()), (Basis::Assumed, "given with --set"));
    let clock = set(&["clock.sync=async", "clock.period_ns=10", "clock.source=paper"]);
    assert_eq!(clock.sync, profile::Sync::Async { period_ns: 10.0 });
    assert_eq!(clock.source, "paper");
    let error = profile::load_changed(DAVIES, &changes(&["clock.period_ns=5"])).unwrap_err();
    assert!(error.to_string().starts_with("--set clock.period_ns:1:"), "{error}");
    // Of one key the last value counts.
    assert_eq!(
        set(&["clock.period_ns=5", "clock.period_ns=6"]).sync,
        profile::Sync::Tick { period_ns: 6.0 }
    );
}

/// Each mistake in a file at its line, and the word that was meant.
#[test]
fn mistakes_with_numbers_alone_are_shown_at_their_line() {
    for (text, line, says) in [
        ("[costs]\nstatic_mw_per_chip = \"50 mW\"\n", 3, "a cost is a number, or a table"),
        ("[costs]\nstatic_mw_per_chip = -50\n", 3, "is negative"),
        ("[costs]\nstatic_mw_per_chip = nan\n", 3, "not a finite number"),
        ("[costs]\nstatic_mw_per_chip = 1e10\n", 3, "megawatt"),
        ("[costs]\nsource = \"x\"\n", 3, "`source` has no effect"),
        ("[costs.local]\nbasis = \"measured\"\n", 3, "`basis` has no effect"),
        ("[costs.local]\nenergy_pj = 1\nsource = \" \"\n", 4, "`source` is empty"),
        ("[costs.local]\nenergy_pj = 1\nbasis = \"mesured\"\n", 4, "did you mean `measured`?"),
        (
            "[costs.local]\nenergy_pj = { nominal = 1, low = 1, band = 0.1, basis = \"assumed\", \
          source = \"x\" }\n",
            3,
            "`low` and `high`, or `band`",
        ),
        ("[defaults]\nband = 2.0\n", 3, "`band` is a share"),
        ("[defaults]\nband = [1.5, 2.0]\n", 3, "`band` is a share"),
        ("[defaults]\nband = \"wide\"\n", 3, "`band` is a share"),
        ("[defaults]\nbasis = \"assume\"\n", 3, "did you mean `assumed`?"),
        ("[defaults]\nsource = \"\"\n", 3, "`source` is empty"),
        ("[defaults]\nbund = 1\n", 3, "did you mean `band`?"),
        ("[limits]\nneuron_per_core = 1\n", 3, "did you mean `limits.neurons_per_core`?"),
        ("[topology]\nfan_in = 1\n", 3, "did you mean `limits.fan_in`?"),
        ("[costs.soma.trackng.access]\nenergy_pj = 1\nlatency_ns = 1\n", 2, "`tracking`?"),
        ("[limits]\nmembrane_bits = 1\n", 3, "a sign and no number"),
        ("[limits]\nmembrane_bits = 65\n", 3, "the most is 64"),
        ("[limits]\nweight_bits = 65\n", 3, "the most is 64"),
        ("[limits]\nsynapse_memory_bits_per_core = 8\n", 3, "not one weight"),
    ] {
        let error = load_text(&format!("inherits = \"{DAVIES}\"\n{text}")).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(&format!("my.toml:{line}:")) && error.contains(says), "{error}");
    }
}

#[test]
fn a_misspelt_name_is_answered_with_the_one_that_was_meant() {
    for (words, says) in [
        (&["run", "--profile", "lohi2"][..], "no profile `lohi2` (did you mean `loihi2`?)"),
        (&["profiles", "show", "loihi1"], "`loihi1-davies2018` or `loihi1-sanafe`?"),
        (&["compare", "--baseline", "titan"], "did you mean `titan-x` or `titan-v`?"),
        (&["eval", "--recipe", "bets"], "did you mean `best`?"),
        (&["eval", "--recipe", "best,pol=gate"], "did you mean `pool`?"),
        (&["eval", "--recipe", "best,pool=telescopng"], "did you mean `telescoping`?"),
    ] {
        let (_, text) = told(spikemesh().args(words), 1);
        assert!(text.contains(says), "{text}");
    }
    for set in ["limits.fan_inn=3", "fan_in=3", "limit.fan_in=3"] {
        let (_, text) = told(spikemesh().args(["run", "--set", set]), 1);
        let key = set.split('=').next().unwrap();
        assert!(text.contains(&format!("--set {key}:1:")), "{text}");
        assert!(text.contains("did you mean `limits"), "{text}");
    }
    let (_, text) = told(spikemesh().args(["run", "--set", "limits.fan_in"]), 2);
    assert!(text.contains("give KEY=VALUE"), "{text}");
}

/// Of an embedded chip nothing is documented; the author of a file is told the key to write.
#[test]
fn gaps_of_an_own_chip_name_the_key() {
    let files = Files::write();
    let own = files.profile("own", DAVIES, "");
    let said = |words: &[&str]| {
        let mut run = files.run();
        let out = files.path(&format!("out-{}", words.len()));
        let _ = fs::remove_dir_all(&out);
        told(run.args(["--steps", "2"]).args(words).arg("--out").arg(&out), 0);
        fs::read_to_string(out.join("assumptions.csv")).unwrap()
    };
    let text = said(&["--profile", DAVIES]);
    assert_eq!(text.matches("not documented for this chip; assumed").count(), 3, "{text}");
    let own = own.to_str().unwrap();
    for words in [&["--profile", own][..], &["--profile", DAVIES, "--set", "limits.fan_in=4096"]] {
        let text = said(words);
        assert!(!text.contains("not documented"), "{text}");
        for key in ["neuron_models", "max_pool", "shared_kernels"] {
            assert!(text.contains(&format!("`capabilities.{key}`")), "{key}: {text}");
        }
        assert_eq!(text.matches("the profile does not say whether").count(), 3, "{text}");
    }
}
