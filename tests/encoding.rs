//! `--encoding`: how cores store synapses decides the class that prices them, and whether weights
//! of zero cost.

use crate::runs::{Row, rows};
use crate::small_detector::{Files, spikemesh};
use std::fs;

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

#[test]
fn an_encoding_changes_prices_and_times_and_lists_hold_no_zeros() {
    let files = Files::write();
    let run = |encoding: &[&str]| {
        let out = files.path(&format!("out{}", encoding.len() + encoding.concat().len()));
        let mut run = files.run();
        run.args(["--profile", "loihi1-sanafe", "--idealised", "--timing", "analytic"]);
        run.args(["--recipe", "best", "--steps", "4"]).args(encoding).arg("--out").arg(&out);
        run.assert().success();
        let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
        (rows(&out.join("summary.csv")).swap_remove(0), rows(&out.join("energy.csv")), manifest)
    };
    let synapse = |table: &[Row]| {
        let own = table.iter().filter(|row| row["component"] == "synapse");
        own.map(|row| number(row, "nominal_uj") * 1e6).sum::<f64>()
    };
    let [(usual, usual_bill, plain), (sparse, sparse_bill, changed)] =
        [run(&[]), run(&["--encoding", "sparse"])];
    assert!(changed.contains("capabilities.encoding=sparse"), "{changed}");
    assert!(!plain.contains("capabilities.encoding"), "{plain}");
    for count in ["packets", "spikes", "pool_operations"] {
        assert_eq!(usual[count], sparse[count], "{count}");
    }
    let all = "capabilities.zero_weights=cost";
    let (zeros, ..) = run(&["--encoding", "sparse", "--set", all]);
    assert_eq!(usual["synaptic_operations"], zeros["synaptic_operations"]);
    let some = [&sparse, &usual].map(|row| number(row, "synaptic_operations"));
    assert!(some[0] < some[1], "{some:?}");
    // Pools have a class of their own.
    let (operations, pools) =
        (number(&sparse, "synaptic_operations"), number(&sparse, "pool_operations"));
    let expected = operations * 33.6 + pools * 24.0;
    assert!((synapse(&sparse_bill) / expected - 1.0).abs() < 1e-4, "{sparse:?}");
    assert!(synapse(&sparse_bill) > synapse(&usual_bill));
    assert!(number(&zeros, "latency_us") > number(&usual, "latency_us"));
    // The same by its key.
    let (by_key, ..) = run(&["--set", "capabilities.encoding=sparse"]);
    assert_eq!(by_key["latency_us"], sparse["latency_us"]);
    spikemesh().args(["run", "digits", "--encoding", "lists"]).assert().code(2);
}
