//! A chip of one's own, from a known one: `cargo run --example own_profile`.

use spikemesh::cli;
use spikemesh::profile::{self, Change};
use spikemesh::report::Column;
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    // What differs, as `--set` has it; any key of docs/profiles.md.
    let changes = ["costs.synapse.default.energy_pj=4", "costs.static_mw_per_chip=60"];
    let changes: Result<Vec<Change>, _> = changes.iter().map(|text| text.parse()).collect();
    let mine = profile::load_changed("loihi1-davies2018", &changes?)?;
    // A profile is a file for whoever runs it.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("my-chip.toml");
    fs::write(&path, profile::to_toml(&mine))?;
    let path = path.to_str().ok_or("the folder's name is no text")?;
    for chip in ["loihi1-davies2018", path] {
        let words = ["run", "digits", "--timing", "analytic", "--profile", chip];
        let finished = cli::parse(words)?.finished().ok_or("no run")??;
        let table = finished.tables().columns("summary.csv", 0)?.ok_or("no such file")?;
        let energy = table.iter().find(|(name, _)| name == "energy_uj").map(|(_, column)| column);
        let Some(Column::Float(energy)) = energy else { return Err("no energy".into()) };
        println!("{:>18} {:8.3} mJ", finished.profile().name, energy[0] * 1e-3);
    }
    Ok(())
}
