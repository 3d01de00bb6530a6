//! What colours and signs mean, in as many rows as there is room.

use super::canvas::{fit, measure};
use super::{Anchor, Canvas, Draw, INK, TEXT};
use plotters::style::RGBColor;

/// A sign of a legend.
#[derive(Debug, Clone, Copy)]
pub(in crate::report::plot) enum Mark {
    Box(RGBColor),
    /// In as many dashes; 0 is whole.
    Line(RGBColor, usize),
    Dot(RGBColor),
    Ring,
    /// From low to high.
    Range,
}

/// A sign with its meaning.
#[derive(Debug, Clone)]
pub(in crate::report::plot) struct Entry {
    pub mark: Mark,
    pub text: String,
}

impl Entry {
    pub fn new(mark: Mark, text: impl Into<String>) -> Entry {
        Entry { mark, text: text.into() }
    }
}

/// Height of a row, and between two entries.
const ROW: i32 = 19;
const GAP: i32 = 18;
/// Room for a sign.
const MARK: i32 = 24;
/// Between the sign and its text.
const SPACE: i32 = 6;

/// Places of entries within `width`, and the height of all.
fn places(entries: &[Entry], width: i32) -> (Vec<([i32; 2], String)>, i32) {
    let (mut x, mut y, mut places) = (0, 0, vec![]);
    for entry in entries {
        let text = fit(&entry.text, TEXT, width - MARK - SPACE);
        let long = MARK + SPACE + measure(&text, TEXT);
        if x > 0 && x + long > width {
            (x, y) = (0, y + ROW);
        }
        places.push(([x, y], text));
        x += long + GAP;
    }
    (places, if entries.is_empty() { 0 } else { y + ROW })
}

/// Height of a legend within `width`.
pub(in crate::report::plot) fn height(entries: &[Entry], width: i32) -> i32 {
    places(entries, width).1
}

impl Canvas<'_> {
    /// A legend; its first row lies below `at`.
    pub fn legend(&self, at: [i32; 2], width: i32, entries: &[Entry]) -> Draw {
        for (([x, y], text), entry) in places(entries, width).0.into_iter().zip(entries) {
            let (left, middle) = (at[0] + x, at[1] + y + ROW / 2);
            self.mark([left, middle], entry.mark)?;
            self.text([left + MARK + SPACE, middle], &text, TEXT, INK, Anchor::Left)?;
        }
        Ok(())
    }

    fn mark(&self, [left, middle]: [i32; 2], mark: Mark) -> Draw {
        let centre = [f64::from(left + MARK / 2), f64::from(middle)];
        match mark {
            Mark::Box(ink) => self.rect([left + MARK - 14, middle - 6], [12, 12], ink),
            Mark::Dot(ink) => self.dot(centre, 4.0, ink),
            Mark::Ring => self.ring(centre, 6.0, INK),
            Mark::Line(ink, dashes) => {
                let pieces = dashes.max(1) as f64;
                let long = if dashes == 0 { 1.0 } else { 0.6 };
                (0..dashes.max(1)).try_for_each(|n| {
                    let x = |part: f64| f64::from(left) + f64::from(MARK) * part / pieces;
                    let [from, to] = [n as f64, n as f64 + long].map(x);
                    self.line(&[[from, centre[1]], [to, centre[1]]], 2.0, ink)
                })
            }
            Mark::Range => {
                self.rect([left, middle], [MARK, 1], INK)?;
                self.rect([left, middle - 4], [1, 9], INK)?;
                self.rect([left + MARK - 1, middle - 4], [1, 9], INK)
            }
        }
    }
}
