//! Any other folder: its table, and the pages of the runs in it.

use super::bars::{self, Raw};
use super::folder::Told;
use super::table::{Cell, Table};
use super::{Part, Section, text};
use crate::report::readable::significant;
use crate::report::redraw::Sheet;
use crate::report::{CONVERSION, DIFF, Error, PROFILES, REPORT, SUMMARY};
use crate::sweep::SWEEP;
use std::path::Path;

/// Tables that a page shows, the most telling first.
const TABLES: [(&str, &str); 5] = [
    (PROFILES, "Chips"),
    (DIFF, "What differs, the largest first"),
    (CONVERSION, "Layers of the conversion"),
    (SWEEP, "Points of the sweep"),
    (SUMMARY, "Inputs"),
];

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let mut sections: Vec<Section> = runs(dir)?.into_iter().collect();
    let mut parts = vec![];
    for (name, title) in TABLES.into_iter().filter(|(name, _)| dir.join(name).is_file()) {
        parts.push(Part::Table(Table::read(dir, name, title)?));
    }
    sections.insert(0, Section::new("rows", "Rows", parts));
    let mut lead = vec![];
    if dir.join(PROFILES).is_file() {
        let chips = chips(dir)?;
        let parts = [
            drawn(&chips, |chip| chip.energy, "Energy of an inference, all scopes, mJ"),
            drawn(&chips, |chip| chip.latency, "Latency, ms"),
        ];
        let parts: Vec<Part> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            sections.insert(0, Section::new("chips", "Chips side by side", parts));
        }
        lead = cheapest(&chips);
    }
    Ok(Told { lead, sections })
}

/// A chip that ran: low, nominal and high end, in millijoules and milliseconds.
struct Chip {
    name: String,
    energy: Option<[f64; 3]>,
    latency: Option<[f64; 3]>,
}

fn chips(dir: &Path) -> Result<Vec<Chip>, Error> {
    Sheet::read(dir, PROFILES)?.each(|line| {
        let sum = |parts: &[&str], unit: &str| -> Result<Option<[f64; 3]>, Error> {
            let mut ends = Some([0.0; 3]);
            for part in parts {
                for (n, end) in ["_low", "", "_high"].into_iter().enumerate() {
                    let figure = line.number(&format!("{part}{end}_{unit}"))?;
                    ends = ends.zip(figure).map(|(mut ends, figure)| {
                        ends[n] += figure * 1e-3;
                        ends
                    });
                }
            }
            Ok(ends.filter(|ends| ends[1] > 0.0))
        };
        Ok(Chip {
            name: text(line.text("profile")?),
            energy: sum(&["energy_dynamic", "energy_static", "energy_system"], "uj")?,
            latency: sum(&["latency"], "us")?,
        })
    })
}

/// Which of several chips takes least, and which is the fastest.
fn cheapest(chips: &[Chip]) -> Vec<String> {
    let least = |of: fn(&Chip) -> Option<[f64; 3]>, what: &str, unit: &str| {
        let known = chips.iter().filter_map(|chip| Some((of(chip)?[1], &chip.name)));
        let (figure, name) = known.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(format!("{what}: {name} with {} {unit}.", significant(figure)))
    };
    let told = [
        least(|chip| chip.energy, "Least energy of an inference, all scopes", "mJ"),
        least(|chip| chip.latency, "Shortest latency", "ms"),
        Some("Profiles differ in what they count: some have no price of leakage.".into()),
    ];
    told.into_iter().flatten().collect()
}

/// `None`: no chip has such a figure.
fn drawn(chips: &[Chip], of: fn(&Chip) -> Option<[f64; 3]>, title: &str) -> Option<Part> {
    let raw: Vec<Raw> = chips
        .iter()
        .filter_map(|chip| {
            let [low, nominal, high] = of(chip)?;
            let value = significant(nominal);
            Some(Raw {
                parts: vec![(nominal, 0)],
                band: Some([low, high]),
                tip: format!(
                    "{}: {value}, {} .. {}",
                    chip.name,
                    significant(low),
                    significant(high)
                ),
                name: chip.name.clone(),
                value,
            })
        })
        .collect();
    (!raw.is_empty()).then(|| Part::Bars(bars::decades(title.into(), vec![], raw)))
}

/// The pages in folders below this one, if any.
pub(super) fn runs(dir: &Path) -> Result<Option<Section>, Error> {
    let error = |source| Error::Read { path: dir.into(), source };
    let mut names = vec![];
    for entry in std::fs::read_dir(dir).map_err(error)? {
        let entry = entry.map_err(error)?;
        // Names that are no text were not made here.
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().join(REPORT).is_file() {
            names.push(name);
        }
    }
    names.sort();
    let row =
        |name: &String| vec![Cell::text(name).leads_to(format!("{}/{REPORT}", encoded(name)))];
    let rows: Vec<Vec<Cell>> = names.iter().map(row).collect();
    let table = Table::new("Each has a page of its own", &["folder"], rows);
    let section = || Section::new("runs", "Runs", vec![Part::Table(table)]);
    Ok((!names.is_empty()).then(section))
}

/// A name as a part of an address.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = name.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_parts_of_addresses() {
        assert_eq!(super::encoded("a b#ü.c"), "a%20b%23%C3%BC.c");
    }
}
