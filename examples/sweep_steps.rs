//! Energy, time and error against the number of steps: `cargo run --example sweep_steps`.

use spikemesh::cli;
use spikemesh::report::{Column, Columns};
use std::error::Error;

/// The number in the one row of `summary.csv`.
fn number(table: &Columns, column: &str) -> Result<f64, String> {
    match table.iter().find(|(name, _)| name == column) {
        Some((_, Column::Float(values))) if values.len() == 1 => Ok(values[0]),
        _ => Err(format!("summary.csv has no number {column}")),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>5} {:>10} {:>10} {:>12}", "steps", "mJ", "ms", "head error");
    for steps in ["1", "2", "4", "8", "16"] {
        let words = ["run", "digits", "--profile", "loihi2", "--timing", "analytic"];
        let words = words.into_iter().chain(["--steps", steps]);
        let finished = cli::parse(words)?.finished().ok_or("no run")??;
        let table = finished.tables().columns("summary.csv", 0)?.ok_or("no such file")?;
        let [energy, time] = ["energy_uj", "latency_us"].map(|column| number(&table, column));
        let error = number(&table, "head_error")?;
        println!("{steps:>5} {:>10.3} {:>10.3} {error:>12.4}", energy? * 1e-3, time? * 1e-3);
    }
    Ok(())
}
