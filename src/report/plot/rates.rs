//! `rates`: how many neurons of each layer send at which rate.

use super::Heading;
use super::conversion::Loss;
use super::rows::{NAMES, Rows};
use super::style::{
    Anchor, COLOUR_BAR, Canvas, Draw, HEADING, INK, NOTHING, PANEL, Scale, TEXT, colour,
};
use super::target::{Made, Target};
use crate::report::Error;

const TOP: i32 = HEADING + 26;
const BOTTOM: i32 = 70;
/// Width of a bin.
const BIN: i32 = 24;
/// Bins on each side of silence: ten tenths of lambda, and what is beyond.
const SIDE: i32 = 11;

/// Draws `rates`.
pub(super) fn write(target: &Target, heading: &Heading, layers: &[Loss]) -> Result<(), Error> {
    let layers: Vec<&Loss> = layers.iter().filter(|layer| !layer.rates.is_empty()).collect();
    let rows = Rows::new(TOP, layers.len());
    let size = [NAMES + width() + 18 + COLOUR_BAR, TOP + rows.height().max(120) + BOTTOM];
    target.picture("rates", size, Made::Lines, &|canvas| draw(canvas, heading, &rows, &layers))
}

fn width() -> i32 {
    (2 * SIDE + 1) * BIN
}

fn draw(canvas: &Canvas, heading: &Heading, rows: &Rows, layers: &[&Loss]) -> Draw {
    let width = width();
    canvas.heading(
        &heading.title,
        &heading.input,
        heading.idealised,
        NAMES + width + COLOUR_BAR,
    )?;
    let shares: Vec<Vec<f64>> = layers.iter().map(|layer| shares(layer)).collect();
    let scale = Scale::fitting(shares.iter().flatten().copied());
    let title = format!("neurons of each layer by their net rate{}", scale.note());
    canvas.text([NAMES, TOP - 12], &title, PANEL, INK, Anchor::Left)?;
    rows.names(canvas, layers.iter().map(|layer| layer.name.as_str()))?;
    canvas.rect([NAMES, rows.top], [width, rows.height()], NOTHING)?;
    for (row, (layer, shares)) in layers.iter().zip(&shares).enumerate() {
        for ((tenth, _), &share) in layer.rates.iter().zip(shares) {
            let at = [NAMES + (tenth + SIDE) * BIN, rows.y(row)];
            canvas.rect(at, [BIN, rows.cell], colour(scale.share(share)))?;
        }
    }
    canvas.frame([NAMES, rows.top], [width, rows.height()], INK)?;
    for tenth in (-10..=10).step_by(2) {
        let at = [NAMES + (tenth + SIDE) * BIN + BIN / 2, rows.top + rows.height() + 6];
        canvas.text(at, &tenth.to_string(), TEXT, INK, Anchor::Below)?;
    }
    let below = rows.top + rows.height();
    let axis = "net rate, tenths of lambda";
    canvas.text([NAMES + width / 2, below + 24], axis, PANEL, INK, Anchor::Below)?;
    let note =
        "0: silent; at both ends what bursts send beyond lambda; grey: the units cannot send it";
    canvas.text([NAMES, below + 54], note, TEXT, INK, Anchor::Left)?;
    canvas.colour_bar(
        [NAMES + width + 18, rows.top],
        rows.height().max(120),
        &scale,
        "share of the neurons",
    )
}

fn shares(layer: &Loss) -> Vec<f64> {
    let all: u64 = layer.rates.iter().map(|(_, neurons)| neurons).sum();
    layer.rates.iter().map(|&(_, neurons)| neurons as f64 / all.max(1) as f64).collect()
}
