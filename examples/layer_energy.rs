//! Runs a network on a chip, reads the energy of every layer: `cargo run --example layer_energy`.

use spikemesh::cli;
use spikemesh::report::Column;
use std::collections::BTreeMap;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // The words of a command line; nothing is written or printed.
    let words = ["run", "digits", "--profile", "loihi1-davies2018", "--timing", "analytic"];
    let finished = cli::parse(words)?.finished().ok_or("no run")??;
    println!("{} on {}", finished.setup().network, finished.profile().name);
    // Any file that the run would write, as columns; of the first input.
    let table = finished.tables().columns("energy.csv", 0)?.ok_or("no such file")?;
    let column = |name: &str| table.iter().find(|(column, _)| column == name).map(|(_, c)| c);
    let (Some(Column::Text(layers)), Some(Column::Float(energies))) =
        (column("layer"), column("nominal_uj"))
    else {
        return Err("energy.csv has other columns".into());
    };
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (layer, energy) in layers.iter().zip(energies) {
        let layer = layer.as_deref().filter(|name| !name.is_empty());
        *sums.entry(layer.unwrap_or("no layer")).or_default() += energy;
    }
    for (layer, energy) in sums {
        println!("{layer:>12} {:>10.4} mJ", energy * 1e-3);
    }
    Ok(())
}
