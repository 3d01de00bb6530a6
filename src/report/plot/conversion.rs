//! `conversion`: what each layer loses, and how well its rates follow the activations.

use super::Heading;
use super::canvas::{Anchor, Canvas, Draw, HEADING, png, svg, white};
use super::colour::{INK, NOTHING, SERIES};
use super::rows::{NAMES, Rows};
use super::scale::{Scale, short};
use crate::convert::LayerLoss;
use crate::report::Error;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;
use std::path::Path;

const TOP: i32 = HEADING + 52;
const BOTTOM: i32 = 34;
/// Panels: from the left edge of the first on, and how wide each is.
const PANELS: [[i32; 2]; 3] = [[NAMES, 340], [NAMES + 370, 220], [NAMES + 620, 160]];
const WIDTH: i32 = NAMES + 620 + 160 + 24;
/// Colours of the parts of an added error.
const PARTS: [(&str, RGBColor); 3] =
    [("beyond reach", SERIES[1]), ("whole counts", SERIES[0]), ("excess", SERIES[2])];

/// Writes `conversion.png` and `.svg`.
pub(super) fn write(dir: &Path, heading: &Heading, layers: &[LayerLoss]) -> Result<(), Error> {
    let rows = Rows::new(TOP, layers.len());
    let size = [WIDTH, TOP + rows.height() + BOTTOM];
    png(&dir.join("conversion.png"), size, white(size), |canvas| {
        draw(canvas, heading, &rows, layers)
    })?;
    svg(&dir.join("conversion.svg"), size, |canvas| draw(canvas, heading, &rows, layers))
}

fn draw<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    heading: &Heading,
    rows: &Rows,
    layers: &[LayerLoss],
) -> Draw {
    canvas.heading(&heading.title, &heading.input, heading, WIDTH)?;
    rows.names(canvas, layers.iter().map(|layer| layer.name.as_str()))?;
    let largest = |value: fn(&LayerLoss) -> Option<f64>| Scale::of(layers.iter().filter_map(value));
    let mut x = PANELS[0][0];
    for (name, ink) in PARTS {
        canvas.rect([x, TOP - 21], [9, 9], ink)?;
        canvas.text([x + 13, TOP - 16], name, 12, INK, Anchor::Left)?;
        x += 110;
    }
    panel(
        canvas,
        rows,
        PANELS[0],
        "error that the layer adds",
        &largest(|layer| layer.added_error),
        |row| {
            let parts = [
                layers[row].clipping_error,
                layers[row].rounding_error,
                layers[row].excess_error(),
            ];
            parts
                .into_iter()
                .zip(PARTS)
                .map(|(part, (_, ink))| (part.unwrap_or(0.0), ink))
                .collect()
        },
    )?;
    panel(
        canvas,
        rows,
        PANELS[1],
        "error, inherited included",
        &largest(|layer| layer.error[2]),
        |row| vec![(layers[row].error[2].unwrap_or(0.0), SERIES[4])],
    )?;
    panel(canvas, rows, PANELS[2], "correlation", &Scale::of([1.0]), |row| {
        vec![(layers[row].correlation.unwrap_or(0.0).max(0.0), SERIES[3])]
    })
}

/// One bar per layer, made of the parts that `bar` gives.
fn panel<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    rows: &Rows,
    [left, width]: [i32; 2],
    title: &str,
    scale: &Scale,
    bar: impl Fn(usize) -> Vec<(f64, RGBColor)>,
) -> Draw {
    let place = |value: f64| left + (scale.share(value) * f64::from(width)).round() as i32;
    canvas.text([left, TOP - 36], title, 14, INK, Anchor::Left)?;
    for tick in scale.ticks((width / 60) as usize) {
        canvas.rect([place(tick), rows.top], [1, rows.height()], NOTHING)?;
        canvas.text(
            [place(tick), rows.top + rows.height() + 6],
            &short(tick),
            12,
            INK,
            Anchor::Below,
        )?;
    }
    let thick = (rows.cell - 1).max(2);
    for row in 0..rows.count {
        let mut from = 0.0;
        for (part, ink) in bar(row) {
            let (start, end) = (place(from), place(from + part));
            canvas.rect([start, rows.y(row)], [end - start, thick], ink)?;
            from += part;
        }
    }
    canvas.frame([left, rows.top], [width, rows.height()], INK)
}
