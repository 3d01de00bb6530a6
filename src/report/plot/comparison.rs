//! Energies of a comparison: a bar per system and scope on a logarithmic axis, grouped by accounting.

use super::canvas::{Anchor, Canvas, Draw, png, svg, white};
use super::colour::{INK, SERIES};
use crate::compare::{Accounting, Kind, Row};
use crate::report::Error;
use crate::report::readable::significant;
use plotters::prelude::{DrawingBackend, RGBColor};
use std::path::Path;

const WIDTH: i32 = 1240;
/// Where bars begin and end.
const LEFT: i32 = 470;
const RIGHT: i32 = WIDTH - 90;
const TOP: i32 = 86;
const LINE: i32 = 17;
const HEADING: i32 = 30;
const BOTTOM: i32 = 50;
const GRID: RGBColor = RGBColor(225, 225, 225);

/// Writes `name.png` and `name.svg`.
pub fn write(dir: &Path, name: &str, title: &str, rows: &[Row]) -> Result<(), Error> {
    let groups = groups(rows);
    let lines: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    let height = TOP + lines as i32 * LINE + groups.len() as i32 * HEADING + BOTTOM;
    let size = [WIDTH, height];
    png(&dir.join(format!("{name}.png")), size, white(size), |canvas| {
        draw(canvas, title, &groups, height)
    })?;
    svg(&dir.join(format!("{name}.svg")), size, |canvas| draw(canvas, title, &groups, height))
}

/// Rows with an energy, by accounting. Arithmetic at 45 nm knows no device: what is equal is drawn once.
fn groups(rows: &[Row]) -> Vec<(&'static str, Vec<(String, &Row)>)> {
    let group = |accounting: Accounting| {
        let own = rows.iter().filter(|row| row.accounting == Some(accounting));
        let mut drawn: Vec<(String, &Row)> = vec![];
        for row in own.filter(|row| row.energy_pj.is_some_and(|band| band.nominal > 0.0)) {
            let equal = |other: &Row| {
                (other.kind, &other.scope, other.energy_pj) == (row.kind, &row.scope, row.energy_pj)
            };
            match drawn
                .iter_mut()
                .find(|(_, other)| accounting == Accounting::Arithmetic && equal(other))
            {
                Some((label, other)) => {
                    *label = format!("{} and others alike · {}", other.system, other.scope)
                }
                None => drawn.push((format!("{} · {}", row.system, row.scope), row)),
            }
        }
        (title(accounting), drawn)
    };
    Accounting::ALL.map(group).into_iter().filter(|(_, rows)| !rows.is_empty()).collect()
}

fn title(accounting: Accounting) -> &'static str {
    match accounting {
        Accounting::Paper => "(1) paper: operations / (operations per joule)",
        Accounting::Operations => "(2) every operation of all steps × pJ",
        Accounting::Arithmetic => "(3) arithmetic alone at 45 nm",
        Accounting::Memory => "(4) arithmetic and memory at 45 nm",
        Accounting::Bill => "(5) the emulator's bill, and power × time",
    }
}

/// Millijoules to pixels, by decades.
struct Axis {
    first: i32,
    last: i32,
}

impl Axis {
    fn of(groups: &[(&str, Vec<(String, &Row)>)]) -> Axis {
        let energies =
            || groups.iter().flat_map(|(_, rows)| rows).filter_map(|(_, row)| row.energy_pj);
        let low = energies()
            .map(|band| if band.low > 0.0 { band.low } else { band.nominal })
            .fold(f64::INFINITY, f64::min);
        let high = energies().map(|band| band.high).fold(0.0, f64::max);
        if !(low.is_finite() && high > 0.0) {
            return Axis { first: 0, last: 1 };
        }
        // A bar needs some length, hence a decade more.
        let first = (low * 1e-9).log10().floor() as i32;
        let last = (high * 1e-9).log10().ceil() as i32;
        Axis {
            first: if (low * 1e-9).log10() - f64::from(first) < 0.1 { first - 1 } else { first },
            last,
        }
    }

    fn x(&self, mj: f64) -> i32 {
        let share = (mj.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        LEFT + (share.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }
}

fn draw<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    title: &str,
    groups: &[(&str, Vec<(String, &Row)>)],
    height: i32,
) -> Draw {
    let axis = Axis::of(groups);
    canvas.text([14, 22], &canvas.fit(title, 19, WIDTH - 28), 19, INK, Anchor::Left)?;
    legend(canvas)?;
    for decade in axis.first..=axis.last {
        let x = axis.x(10f64.powi(decade));
        canvas.rect([x, TOP], [1, height - TOP - BOTTOM], GRID)?;
        canvas.text([x, height - BOTTOM + 4], &decimal(decade), 12, INK, Anchor::Below)?;
    }
    let caption =
        "energy per inference, mJ, logarithmic, numbers nominal: compare ends of bars, not lengths";
    canvas.text([(LEFT + RIGHT) / 2, height - BOTTOM + 22], caption, 13, INK, Anchor::Below)?;
    let mut y = TOP;
    for (heading, rows) in groups {
        canvas.text([14, y + HEADING / 2 + 2], heading, 15, INK, Anchor::Left)?;
        y += HEADING;
        for (label, row) in rows {
            bar(canvas, &axis, y, label, row)?;
            y += LINE;
        }
    }
    Ok(())
}

/// `0.001`, `1`, `1000`, and powers of ten beyond.
fn decimal(decade: i32) -> String {
    match decade {
        -3..0 => format!("{:.*}", -decade as usize, 10f64.powi(decade)),
        0..=4 => format!("{:.0}", 10f64.powi(decade)),
        _ => format!("1e{decade}"),
    }
}

fn ink(row: &Row) -> RGBColor {
    let RGBColor(r, g, b) = match row.kind {
        Kind::Spiking => SERIES[0],
        Kind::Baseline => SERIES[1],
        Kind::Quantised => SERIES[2],
    };
    let pale = |c: u8| 255 - (255 - c) / 3;
    if row.basis.contains("unverified") {
        RGBColor(pale(r), pale(g), pale(b))
    } else {
        RGBColor(r, g, b)
    }
}

fn bar<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    axis: &Axis,
    y: i32,
    label: &str,
    row: &Row,
) -> Draw {
    // Only rows with an energy are drawn.
    let Some(band) = row.energy_pj else { return Ok(()) };
    let middle = y + LINE / 2;
    let label = canvas.fit(label, 13, LEFT - 40);
    canvas.text([LEFT - 8, middle], &label, 13, INK, Anchor::Right)?;
    let [low, end, high] =
        [band.low, band.nominal, band.high].map(|pj| axis.x((pj * 1e-9).max(1e-30)));
    canvas.rect([LEFT, y + 3], [(end - LEFT).max(1), LINE - 6], ink(row))?;
    if band.high > band.low {
        canvas.rect([low, middle], [(high - low).max(1), 1], INK)?;
        canvas.rect([low, middle - 4], [1, 9], INK)?;
        canvas.rect([high, middle - 4], [1, 9], INK)?;
    }
    canvas.text(
        [end.max(high) + 7, middle],
        &significant(band.nominal * 1e-9),
        12,
        INK,
        Anchor::Left,
    )
}

fn legend<DB: DrawingBackend>(canvas: &Canvas<DB>) -> Draw {
    let entries = ["spiking network", "float network on a device", "quantised float network"];
    let mut x = 14;
    for (text, colour) in entries.iter().zip(SERIES) {
        canvas.rect([x, 44], [22, 11], colour)?;
        canvas.text([x + 28, 50], text, 13, INK, Anchor::Left)?;
        x += 46 + 7 * text.chars().count() as i32;
    }
    canvas.rect([x, 49], [22, 1], INK)?;
    canvas.rect([x, 45], [1, 9], INK)?;
    canvas.rect([x + 21, 45], [1, 9], INK)?;
    canvas.text([x + 28, 50], "low .. high", 13, INK, Anchor::Left)?;
    let pale = "pale: rests on a figure from memory, unverified";
    canvas.text([x + 122, 50], pale, 13, INK, Anchor::Left)
}
