//! Two axes with round numbers, titles and a grid, and places in between.

use super::canvas::measure;
use super::{Anchor, Canvas, Draw, GRID, INK, PANEL, Scale, TEXT, fit, short};

/// An axis.
pub(in crate::report::plot) struct Axis {
    title: String,
    /// Ends, or their logarithms.
    from: f64,
    to: f64,
    logarithmic: bool,
    /// Values that are labelled.
    ticks: Vec<f64>,
}

impl Axis {
    /// From 0 to a little beyond `most`, with about `count` numbers.
    pub fn linear(title: impl Into<String>, most: f64, count: usize) -> Axis {
        let most = if most > 0.0 { most * 1.05 } else { 1.0 };
        let ticks = Scale::of([most]).ticks(count);
        Axis { title: title.into(), from: 0.0, to: most, logarithmic: false, ticks }
    }

    /// Logarithmic over positive `values`, with the numbers 1, 2 and 5 or only powers of ten.
    pub fn logarithmic(title: impl Into<String>, values: impl Iterator<Item = f64>) -> Axis {
        let (low, high) = ends(values);
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let factors: &[f64] = if (high / low).log10() > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let ticks = decades.flat_map(|decade| factors.iter().map(move |f| f * power(decade)));
        Axis::over(title.into(), [low, high], ticks.collect())
    }

    /// Logarithmic, with exactly the numbers `values`.
    pub fn of(title: impl Into<String>, values: &[f64]) -> Axis {
        let (low, high) = ends(values.iter().copied());
        Axis::over(title.into(), [low, high], values.to_vec())
    }

    fn over(title: String, [low, high]: [f64; 2], ticks: Vec<f64>) -> Axis {
        // Some room beside the first and the last point.
        let room = ((high / low).ln() * 0.05).max(0.05);
        Axis { title, from: low.ln() - room, to: high.ln() + room, logarithmic: true, ticks }
    }

    /// Share of the length, 0 to 1 within the ends.
    fn share(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.max(f64::MIN_POSITIVE).ln() } else { value };
        (value - self.from) / (self.to - self.from)
    }

    /// Labelled values within the ends, with their shares and texts.
    fn labels(&self) -> impl Iterator<Item = (f64, String)> {
        let shares = self.ticks.iter().map(|&value| (self.share(value), short(value)));
        shares.filter(|(share, _)| (-1e-9..=1.0 + 1e-9).contains(share))
    }
}

/// Smallest and largest of positive values; 1 and 10 where there is none.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|&value| value > 0.0)
        .fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
    if high > 0.0 { (low, high) } else { (1.0, 10.0) }
}

fn power(decade: i32) -> f64 {
    // Parsed, since powers of ten below 1 are products of rounded numbers.
    format!("1e{decade}").parse().unwrap_or(1.0)
}

/// A rectangle between two axes.
pub(in crate::report::plot) struct Chart {
    /// Upper left corner of the rectangle, its width and height.
    pub at: [i32; 2],
    pub size: [i32; 2],
    pub x: Axis,
    pub y: Axis,
}

/// Room left of the rectangle for numbers and title, and below it.
pub(in crate::report::plot) const LEFT: i32 = 66;
pub(in crate::report::plot) const BELOW: i32 = 46;

impl Chart {
    /// Where a point lies.
    pub fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            f64::from(self.at[0]) + self.x.share(x) * f64::from(self.size[0]),
            f64::from(self.at[1]) + (1.0 - self.y.share(y)) * f64::from(self.size[1]),
        ]
    }

    /// Grid, axes, numbers and titles.
    pub fn axes(&self, canvas: &Canvas) -> Draw {
        let ([left, top], [width, height]) = (self.at, self.size);
        let mut free = left - LEFT;
        for (share, text) in self.x.labels() {
            let x = left + (share * f64::from(width)).round() as i32;
            canvas.rect([x, top], [1, height], GRID)?;
            let half = measure(&text, TEXT) / 2 + 4;
            if x - half >= free {
                canvas.text([x, top + height + 6], &text, TEXT, INK, Anchor::Below)?;
                free = x + half;
            }
        }
        let mut free = top + height + 12;
        for (share, text) in self.y.labels() {
            let y = top + height - (share * f64::from(height)).round() as i32;
            canvas.rect([left, y], [width, 1], GRID)?;
            if y + 7 <= free {
                canvas.text([left - 7, y], &text, TEXT, INK, Anchor::Right)?;
                free = y - 7;
            }
        }
        canvas.rect([left, top + height], [width, 1], INK)?;
        canvas.rect([left - 1, top], [1, height + 1], INK)?;
        let title = fit(&self.x.title, PANEL, width + LEFT);
        canvas.text([left + width / 2, top + height + 26], &title, PANEL, INK, Anchor::Below)?;
        let title = fit(&self.y.title, PANEL, height + 20);
        canvas.upwards([left - LEFT + 10, top + height / 2], &title, PANEL, INK)
    }
}
