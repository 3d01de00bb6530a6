//! Chips of a study, against the one it began with.

use super::folder::Told;
use super::plot::{Axis, Plot, Point, Series};
use super::table::Table;
use super::{Part, Section};
use crate::report::plot::Chip;
use crate::report::readable::significant;
use crate::report::redraw::chips;
use crate::report::{EXPLORE, Error};
use std::path::Path;

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let chips = chips(dir)?;
    let plots = [("latency", 1), ("synapse memory", 2)];
    let parts = plots.map(|(name, axis)| Part::Plot(drawn(&chips, name, axis)));
    let table = Table::read(dir, EXPLORE, "All chips that were tried")?;
    let sections = vec![
        Section::new("chips", "Chips, as ratios to the first", parts.into()),
        Section::new("rows", "Rows", vec![Part::Table(table)]),
    ];
    Ok(Told { lead: vec![lead(&chips)], sections })
}

fn lead(chips: &[Chip]) -> String {
    match chips.iter().find(|chip| chip.name == Some("better")) {
        Some(chip) => {
            let [energy, latency, memory] = shown(chip);
            format!(
                "The best chip takes {energy} of the energy, {latency} of the latency and {memory} \
                 of the synapse memory of the first."
            )
        }
        None => {
            "No chip that was tried takes less energy and less time than the first, at no more \
             error."
                .into()
        }
    }
}

/// Its ratios in words: energy, latency, memory.
fn shown(chip: &Chip) -> [String; 3] {
    let mut ratios = chip.ratios.map(significant);
    if !chip.is_timed {
        ratios[1] = "an unknown part".into();
    }
    ratios
}

fn drawn(chips: &[Chip], name: &str, axis: usize) -> Plot {
    let kind = |chip: &Chip| match (chip.name, chip.front) {
        (Some(name), _) => name,
        (None, true) => "of the front",
        (None, false) => "others",
    };
    let series = ["others", "of the front", "better", "start"].map(|wanted| Series {
        name: wanted.into(),
        joined: false,
        points: (chips.iter().filter(|chip| kind(chip) == wanted))
            .map(|chip| Point {
                at: [chip.ratios[0], chip.ratios[axis]],
                band: None,
                tip: {
                    let [energy, latency, memory] = shown(chip);
                    format!(
                        "{wanted}: energy {energy}, latency {latency}, synapse memory {memory} of \
                         the first"
                    )
                },
                marked: chip.name.is_some(),
            })
            .collect(),
    });
    let x = Axis::new("energy, ratio", chips.iter().map(|chip| chip.ratios[0]), true);
    let y = Axis::new(&format!("{name}, ratio"), chips.iter().map(|chip| chip.ratios[axis]), true);
    let title = format!("Energy and {name}: further left and lower is better");
    Plot::new(&title, x, y, &series)
}
