//! Folders of earlier versions: their files had other units, and fewer columns.

use std::fs;
use std::path::Path;

/// Endings of names, and what divides a figure of the latter.
type Unit = (&'static str, &'static str, f64);

/// Today's files and their units, those that they had, and how many of these are one of today.
const UNITS: [(&[&str], [Unit; 2]); 2] = [
    (&["accuracy", "compare", "trials"], [("_uj", "_mj", 1e-3), ("_us", "_ms", 1e-3)]),
    (
        &["energy", "steps", "latency", "layers", "cores", "links", "packets"],
        [("_uj", "_pj", 1e6), ("_us", "_ps", 1e6)],
    ),
];

/// Writes all tables of a folder as an earlier version did.
pub fn as_before(folder: &Path) {
    for (files, units) in UNITS {
        for name in files {
            let path = folder.join(format!("{name}.csv"));
            if path.is_file() {
                table_before(&path, &units);
            }
        }
    }
}

fn table_before(path: &Path, units: &[Unit]) {
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let accuracy = path.ends_with("accuracy.csv");
    let new: &[&str] = match accuracy {
        true => &["system", "accuracy", "top5", "reason"],
        false => &["accuracy"],
    };
    let mut writer = csv::Writer::from_path(path).unwrap();
    // The row of the floats had a word for its steps.
    let kept: Vec<usize> = (0..header.len()).filter(|&n| !new.contains(&&header[n])).collect();
    let before = |name: &str| units.iter().find(|(today, ..)| name.ends_with(today)).copied();
    let named = |&n: &usize| match before(&header[n]) {
        Some((today, before, _)) => {
            let name = header[n].replace(today, before);
            if accuracy { name.replace("energy_dynamic", "energy") } else { name }
        }
        None => header[n].to_owned(),
    };
    writer.write_record(kept.iter().map(named)).unwrap();
    for row in reader.records().map(Result::unwrap) {
        let cell = |&n: &usize| match (before(&header[n]), row[n].parse::<f64>()) {
            (Some((_, _, times)), Ok(figure)) => undone(figure, times).to_string(),
            _ if accuracy && &header[n] == "T" && &row[0] == "float" => "float".into(),
            _ => row[n].to_owned(),
        };
        writer.write_record(kept.iter().map(cell)).unwrap();
    }
    writer.flush().unwrap();
}

/// The figure of which `today` was made by division, to the last bit.
fn undone(today: f64, per: f64) -> f64 {
    let near = (today * per).to_bits();
    let mut candidates =
        (0..5).flat_map(|n| [near + n, near.saturating_sub(n)]).map(f64::from_bits);
    candidates.find(|figure| figure / per == today).unwrap_or(today * per)
}
