//! `rates`: how many neurons of each layer send at which rate.

use super::Heading;
use super::canvas::{Anchor, COLOUR_BAR, Canvas, Draw, HEADING, png, svg, white};
use super::colour::{INK, NOTHING, colour};
use super::rows::{NAMES, Rows};
use super::scale::Scale;
use crate::convert::LayerLoss;
use crate::report::Error;
use plotters::prelude::DrawingBackend;
use std::path::Path;

const TOP: i32 = HEADING + 26;
const BOTTOM: i32 = 48;
/// Width of a bin.
const BIN: i32 = 24;
/// Bins on each side of silence: ten tenths of lambda, and what is beyond.
const SIDE: i32 = 11;

/// Writes `rates.png` and `.svg`.
pub(super) fn write(dir: &Path, heading: &Heading, layers: &[LayerLoss]) -> Result<(), Error> {
    let layers: Vec<&LayerLoss> = layers.iter().filter(|layer| !layer.rates.is_empty()).collect();
    let rows = Rows::new(TOP, layers.len());
    let size = [NAMES + width() + 18 + COLOUR_BAR, TOP + rows.height().max(120) + BOTTOM];
    png(&dir.join("rates.png"), size, white(size), |canvas| draw(canvas, heading, &rows, &layers))?;
    svg(&dir.join("rates.svg"), size, |canvas| draw(canvas, heading, &rows, &layers))
}

fn width() -> i32 {
    (2 * SIDE + 1) * BIN
}

fn draw<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    heading: &Heading,
    rows: &Rows,
    layers: &[&LayerLoss],
) -> Draw {
    let width = width();
    canvas.heading(&heading.title, &heading.input, heading, NAMES + width + COLOUR_BAR)?;
    let shares: Vec<Vec<f64>> = layers.iter().map(|layer| shares(layer)).collect();
    let scale = Scale::fitting(shares.iter().flatten().copied());
    let title =
        format!("share of the layer's neurons by net rate, in tenths of lambda{}", scale.note());
    canvas.text([NAMES, TOP - 12], &title, 14, INK, Anchor::Left)?;
    rows.names(canvas, layers.iter().map(|layer| layer.name.as_str()))?;
    canvas.rect([NAMES, rows.top], [width, rows.height()], NOTHING)?;
    for (row, (layer, shares)) in layers.iter().zip(&shares).enumerate() {
        for (bin, &share) in layer.rates.iter().zip(shares) {
            let at = [NAMES + (bin.tenth + SIDE) * BIN, rows.y(row)];
            canvas.rect(at, [BIN, rows.cell], colour(scale.share(share)))?;
        }
    }
    canvas.frame([NAMES, rows.top], [width, rows.height()], INK)?;
    for tenth in (-10..=10).step_by(2) {
        let at = [NAMES + (tenth + SIDE) * BIN + BIN / 2, rows.top + rows.height() + 6];
        canvas.text(at, &tenth.to_string(), 12, INK, Anchor::Below)?;
    }
    let note =
        "0: silent; at both ends what bursts send beyond lambda; grey: the units cannot send it";
    canvas.text([NAMES, rows.top + rows.height() + 32], note, 12, INK, Anchor::Left)?;
    canvas.colour_bar([NAMES + width + 18, rows.top], rows.height().max(120), &scale)
}

fn shares(layer: &LayerLoss) -> Vec<f64> {
    let all: u64 = layer.rates.iter().map(|bin| bin.neurons).sum();
    layer.rates.iter().map(|bin| bin.neurons as f64 / all.max(1) as f64).collect()
}
