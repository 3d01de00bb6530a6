//! `conversion`: what each layer loses, and how well its rates follow the activations.

use super::Heading;
use super::rows::{NAMES, Rows};
use super::style::{
    Anchor, Canvas, Draw, HEADING, INK, NOTHING, PANEL, SERIES, Scale, TEXT, short,
};
use super::target::{Made, Target};
use crate::convert::LayerLoss;
use crate::report::Error;
use plotters::style::RGBColor;

const TOP: i32 = HEADING + 52;
const BOTTOM: i32 = 52;
/// Panels: from the left edge of the first on, and how wide each is.
const PANELS: [[i32; 2]; 3] = [[NAMES, 330], [NAMES + 360, 220], [NAMES + 610, 170]];
const WIDTH: i32 = NAMES + 610 + 170 + 24;
/// Colours of the parts of an added error.
const PARTS: [(&str, RGBColor); 3] =
    [("beyond reach", SERIES[1]), ("whole counts", SERIES[0]), ("excess", SERIES[2])];

/// Titles of the panels, and of their axes.
const ADDED: [&str; 2] = ["error that the layer adds", "share of the float activations"];
const INHERITED: [&str; 2] = ["error, inherited included", "share of the float activations"];
const CORRELATION: [&str; 2] = ["correlation", "with the float activations"];

/// What a layer loses, as `conversion.csv` and `rates.csv` have it.
#[derive(Debug, Clone)]
pub(in crate::report) struct Loss {
    pub name: String,
    pub correlation: Option<f64>,
    /// After all steps.
    pub error: Option<f64>,
    pub added: Option<f64>,
    /// Its parts, in the order of [`PARTS`].
    pub parts: [Option<f64>; 3],
    /// Tenths of lambda, and how many neurons send at that rate.
    pub rates: Vec<(i32, u64)>,
}

impl From<&LayerLoss> for Loss {
    fn from(layer: &LayerLoss) -> Loss {
        Loss {
            name: layer.name.clone(),
            correlation: layer.correlation,
            error: layer.error[2],
            added: layer.added_error,
            parts: [layer.clipping_error, layer.rounding_error, layer.excess_error()],
            rates: layer.rates.iter().map(|bin| (bin.tenth, bin.neurons)).collect(),
        }
    }
}

/// Draws `conversion`.
pub(super) fn write(target: &Target, heading: &Heading, layers: &[Loss]) -> Result<(), Error> {
    let rows = Rows::new(TOP, layers.len());
    let size = [WIDTH, TOP + rows.height() + BOTTOM];
    target.picture("conversion", size, Made::Lines, &|canvas| draw(canvas, heading, &rows, layers))
}

fn draw(canvas: &Canvas, heading: &Heading, rows: &Rows, layers: &[Loss]) -> Draw {
    canvas.heading(&heading.title, &heading.input, heading.idealised, WIDTH)?;
    rows.names(canvas, layers.iter().map(|layer| layer.name.as_str()))?;
    let largest = |value: fn(&Loss) -> Option<f64>| Scale::of(layers.iter().filter_map(value));
    let mut x = PANELS[0][0];
    for (name, ink) in PARTS {
        canvas.rect([x, TOP - 21], [9, 9], ink)?;
        canvas.text([x + 13, TOP - 16], name, TEXT, INK, Anchor::Left)?;
        x += 31 + canvas.width(name, TEXT);
    }
    panel(canvas, rows, PANELS[0], &ADDED, &largest(|layer| layer.added), |row| {
        let parts = layers[row].parts.into_iter().zip(PARTS);
        parts.map(|(part, (_, ink))| (part.unwrap_or(0.0), ink)).collect()
    })?;
    panel(canvas, rows, PANELS[1], &INHERITED, &largest(|layer| layer.error), |row| {
        vec![(layers[row].error.unwrap_or(0.0), SERIES[4])]
    })?;
    panel(canvas, rows, PANELS[2], &CORRELATION, &Scale::of([1.0]), |row| {
        vec![(layers[row].correlation.unwrap_or(0.0).max(0.0), SERIES[3])]
    })
}

/// One bar per layer, made of the parts that `bar` gives.
fn panel(
    canvas: &Canvas,
    rows: &Rows,
    [left, width]: [i32; 2],
    [title, axis]: &[&str; 2],
    scale: &Scale,
    bar: impl Fn(usize) -> Vec<(f64, RGBColor)>,
) -> Draw {
    let place = |value: f64| left + (scale.share(value) * f64::from(width)).round() as i32;
    canvas.text([left, TOP - 36], title, PANEL, INK, Anchor::Left)?;
    for tick in scale.ticks((width / 60) as usize) {
        canvas.rect([place(tick), rows.top], [1, rows.height()], NOTHING)?;
        canvas.text(
            [place(tick), rows.top + rows.height() + 6],
            &short(tick),
            TEXT,
            INK,
            Anchor::Below,
        )?;
    }
    let below = [left + width / 2, rows.top + rows.height() + 24];
    canvas.text(below, axis, TEXT, INK, Anchor::Below)?;
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
