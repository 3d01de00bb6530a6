//! `--processors`: embedded processors beside the cores, and `voltage.volts`: another supply.

use crate::field::{refused, spikemesh, succeeds};
use crate::runs::{Row, rows};
use spikemesh::profile;
use std::fs;
use std::path::Path;

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Three inputs on one neuron; five spikes in, over four steps.
fn write(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let neurons = "id,model,threshold,reset_mode\n0,input,,\n1,input,,\n2,input,,\n3,lif,2,soft\n";
    fs::write(folder.join("neurons.csv"), neurons).unwrap();
    fs::write(folder.join("synapses.csv"), "pre,post,weight\n0,3,1\n1,3,1\n2,3,1\n").unwrap();
    fs::write(folder.join("inputs.csv"), "step,neuron\n1,0\n1,1\n1,2\n2,0\n4,1\n").unwrap();
}

fn run(root: &Path, out: &str, arguments: &[&str]) -> (Row, Vec<Row>, Vec<Row>, String) {
    let mut run = spikemesh();
    run.current_dir(root).args(["run", "net", "--steps", "4", "--out", out]).args(arguments);
    let (table, _) = succeeds(&mut run);
    let out = root.join(out);
    let summary = rows(&out.join("summary.csv")).swap_remove(0);
    (summary, rows(&out.join("latency.csv")), rows(&out.join("energy.csv")), table)
}

#[test]
fn processors_take_a_time_of_their_own() {
    let root = tempfile::tempdir().unwrap();
    write(&root.path().join("net"));
    let (none, steps, bill, table) = run(root.path(), "none", &[]);
    assert_eq!((&*none["processor_us"], &*steps[0]["processor_us"]), ("0", ""));
    assert!(bill.iter().all(|row| row["component"] != "processor"));
    assert!(!table.contains("processor"), "{table}");

    let (one, steps, bill, table) = run(root.path(), "one", &["--processors", "1"]);
    // Spikes 3, 1, 0, 1 at 3.6 us, 2.9 us a step, 14.1 us once.
    let expected = [27.8, 6.5, 2.9, 6.5];
    for (row, us) in steps.iter().zip(expected) {
        assert!((number(row, "processor_us") - us).abs() < 1e-9, "{row:?}");
        assert!(number(row, "processor_low_us") < number(row, "processor_high_us"));
    }
    let all: f64 = expected.iter().sum();
    assert!((number(&one, "processor_us") - all).abs() < 1e-9);
    assert_eq!(one["latency_us"], none["latency_us"]);
    assert!(table.contains("processors") && table.contains("beside the latency"), "{table}");
    // 18 mW at all times and 6 mW of work, and 104 mW of the chip that waits.
    let cores = number(&none, "latency_us");
    let uj = (18.0 * (cores + all) + 6.0 * all + 104.0 * all) / 1e3;
    let own = bill.iter().find(|row| row["component"] == "processor").unwrap();
    assert_eq!(own["scope"], "system");
    assert!((number(own, "nominal_uj") / uj - 1.0).abs() < 1e-9, "{own:?}, {uj}");
    let power = number(&one, "energy_uj") / (cores + all) * 1e3;
    assert!((number(&one, "mean_power_mw") / power - 1.0).abs() < 1e-9);

    // A board stands there all the time, too: 1 W while the cores work, and while they wait.
    let board = ["--set", "costs.board.chips=1", "--set", "costs.board.static_mw=1000"];
    let (boards, _, bill, _) =
        run(root.path(), "board", &[&["--processors", "1"][..], &board[..]].concat());
    let nominal = |component: &str| {
        let row = bill.iter().find(|row| row["component"] == component).unwrap();
        number(row, "nominal_uj")
    };
    assert!((nominal("board") / cores - 1.0).abs() < 1e-9);
    assert!((nominal("processor") / (uj + all) - 1.0).abs() < 1e-9);
    assert!(number(&boards, "mean_power_mw") > 1000.0);

    // Two of them share the injections, and nothing else.
    let (two, ..) = run(root.path(), "two", &["--processors", "2"]);
    assert!((number(&two, "processor_us") - (all - 5.0 * 3.6 / 2.0)).abs() < 1e-9);
    // The same by the key, and in a run that is priced again.
    let (by_key, ..) = run(root.path(), "key", &["--set", "costs.processor.count=1"]);
    assert_eq!(by_key["processor_us"], one["processor_us"]);
    let none = ["--profile", "truenorth", "--processors", "1"];
    let mut without = spikemesh();
    without.current_dir(root.path()).args(["run", "net", "--out", "x"]).args(none);
    let said = "nothing is known of those of truenorth";
    let output = without.assert().code(1).get_output().stderr.clone();
    assert!(String::from_utf8_lossy(&output).contains(said));
    let mut async_chip = spikemesh();
    let clock = ["--set", "clock.sync=async", "--set", "clock.period_ns=1e6"];
    async_chip.current_dir(root.path()).args(["run", "net", "--out", "x", "--processors", "1"]);
    refused(async_chip.args(clock), &["processors end steps", "has none"]);
}

#[test]
fn another_supply_scales_energies() {
    let plain = profile::load("truenorth").unwrap();
    let at = |volts: &str| {
        let change = format!("voltage.volts={volts}").parse().unwrap();
        profile::load_changed("truenorth", &[change])
    };
    let low = at("0.4").unwrap();
    let ratio = |of: fn(&profile::Costs) -> f64| of(&low.costs) / of(&plain.costs);
    assert!((ratio(|costs| costs.synapse_of("x").energy_pj.nominal) - 0.25).abs() < 1e-12);
    assert!((ratio(|costs| costs.soma_of("x").access.energy_pj.low) - 0.25).abs() < 1e-12);
    assert!((ratio(|costs| costs.hop.east.energy_pj.high) - 0.25).abs() < 1e-12);
    let leakage = ratio(|costs| costs.static_mw_per_chip.nominal);
    assert!((leakage - 0.5f64.powf(2.23)).abs() < 1e-12);
    // Pads have a supply of their own; the host is no part of the chip.
    assert_eq!(low.costs.chip_link, plain.costs.chip_link);
    assert_eq!(low.costs.input_mac_pj, plain.costs.input_mac_pj);
    // What is written holds at its own voltage.
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("low.toml");
    fs::write(&path, profile::to_toml(&low)).unwrap();
    let again = profile::load(path.to_str().unwrap()).unwrap();
    let voltage = profile::Voltage { reference_volts: 0.4, ..low.voltage.unwrap() };
    assert_eq!((again.costs, again.voltage), (low.costs, Some(voltage)));
    for (volts, words) in [("2", "half or twice"), ("0", "from 0.01"), ("nan", "from 0.01")] {
        let told = at(volts).unwrap_err().to_string();
        assert!(told.contains(words), "{volts}: {told}");
    }
}
