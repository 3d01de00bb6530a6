//! Chips that were tried: latency against energy, both over the start's, with the front.

use super::Heading;
use super::style::{
    Anchor, Axis, BELOW, Canvas, Chart, Draw, Entry, HEADING, INK, LEFT, Labels, Mark, SERIES,
    TEXT, around, legend_height, measure,
};
use super::target::{Made, Target};
use crate::report::Error;
use plotters::style::RGBColor;

const WIDTH: i32 = 900;
/// Of the chart.
const HEIGHT: i32 = 440;
const MARGIN: i32 = 14;
/// Of chips that another one beats.
const BEATEN: RGBColor = RGBColor(170, 170, 170);
/// Half the width of the smallest and the largest dot.
const DOTS: [f64; 2] = [2.5, 9.0];

/// A chip that ran all networks.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Chip {
    /// Over the start's: energy, latency, memory.
    pub ratios: [f64; 3],
    /// Whether the latency is known.
    pub is_timed: bool,
    /// Whether no other one beats it.
    pub front: bool,
    /// What it is called, if it has a name.
    pub name: Option<&'static str>,
}

/// Draws `explore`.
pub(super) fn write(target: &Target, heading: &Heading, chips: &[Chip]) -> Result<(), Error> {
    let entries = [
        Entry::new(
            Mark::Dot(SERIES[0]),
            "no other chip is as good in energy, latency, memory and error",
        ),
        Entry::new(Mark::Dot(BEATEN), "another chip beats it"),
        Entry::new(Mark::Ring, "the larger the dot, the more memory"),
    ];
    let inner = WIDTH - 2 * MARGIN;
    let top = HEADING + legend_height(&entries, inner) + 12;
    let size = [WIDTH, top + HEIGHT + BELOW + MARGIN];
    target.picture("explore", size, Made::Lines, &|canvas| {
        canvas.heading(&heading.title, &heading.input, heading.idealised, WIDTH)?;
        canvas.legend([MARGIN, HEADING], inner, &entries)?;
        draw(canvas, &chart(chips, top), chips)
    })
}

fn chart(chips: &[Chip], top: i32) -> Chart {
    let all = |n: usize| chips.iter().map(move |chip| chip.ratios[n]);
    Chart {
        at: [LEFT + MARGIN, top],
        size: [WIDTH - LEFT - 3 * MARGIN, HEIGHT],
        x: Axis::logarithmic("energy over that of the start", all(0)),
        y: Axis::logarithmic("latency over that of the start", all(1)),
    }
}

/// Half the width of a dot: its area grows with the logarithm of the memory.
fn radius(chips: &[Chip], chip: &Chip) -> f64 {
    let logarithm = |chip: &Chip| chip.ratios[2].max(f64::MIN_POSITIVE).ln();
    let (low, high) = chips
        .iter()
        .map(logarithm)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let share = if high > low { (logarithm(chip) - low) / (high - low) } else { 0.5 };
    DOTS[0] + (DOTS[1] - DOTS[0]) * share.sqrt()
}

fn draw(canvas: &Canvas, chart: &Chart, chips: &[Chip]) -> Draw {
    chart.axes(canvas)?;
    let place = |chip: &Chip| chart.place([chip.ratios[0], chip.ratios[1]]);
    // Those of the front lie over the others, small ones over large ones.
    let mut order: Vec<&Chip> = chips.iter().collect();
    order.sort_by(|a, b| a.front.cmp(&b.front).then(b.ratios[2].total_cmp(&a.ratios[2])));
    for chip in chips.iter().filter(|chip| chip.name.is_some()) {
        canvas.ring(place(chip), DOTS[1] + 2.0, INK)?;
    }
    for chip in &order {
        let ink = if chip.front { SERIES[0] } else { BEATEN };
        canvas.dot(place(chip), radius(chips, chip), ink)?;
    }
    let ([left, top], [width, height]) = (chart.at, chart.size);
    let mut labels = Labels::within([left + 2, top, left + width, top + height - 2]);
    for chip in chips {
        let half = radius(chips, chip).ceil() as i32 + 1;
        let [x, y] = place(chip).map(|units| units.round() as i32);
        labels.keep([x - half, y - half, x + half, y + half]);
    }
    for chip in chips {
        let Some(name) = chip.name else { continue };
        let size = [measure(name, TEXT) + 4, TEXT + 2];
        let point = place(chip).map(|units| units.round() as i32);
        let Some([x, y]) = labels.place(size, around(point, size)) else { continue };
        canvas.text([x + 2, y + size[1] / 2], name, TEXT, INK, Anchor::Left)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_memory_is_a_larger_dot() {
        let chip =
            |memory| Chip { ratios: [1.0, 1.0, memory], is_timed: true, front: true, name: None };
        let chips = [chip(0.5), chip(1.0), chip(8.0)];
        let [small, middle, large] = [0, 1, 2].map(|n| radius(&chips, &chips[n]));
        assert_eq!([small, large], DOTS);
        assert!(small < middle && middle < large);
        assert_eq!(radius(&chips[..1], &chips[0]), DOTS[0] + (DOTS[1] - DOTS[0]) * 0.5f64.sqrt());
    }
}
