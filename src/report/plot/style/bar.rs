//! The colour bar beside a map: its colours, round numbers, and what they count.

use super::{Anchor, Canvas, Draw, INK, SMALL, Scale, TEXT, colour, short};

/// Width of what [`Canvas::colour_bar`] draws.
pub(in crate::report::plot) const COLOUR_BAR: i32 = 96;

const BAR: i32 = 16;
const STRIPS: usize = 64;
/// From the left edge to the middle of the label.
const LABEL: i32 = 78;

impl Canvas<'_> {
    /// The colours of `scale`, from bottom to top, with numbers to the right, and beside them,
    /// upwards, what they are.
    pub fn colour_bar(&self, at: [i32; 2], height: i32, scale: &Scale, label: &str) -> Draw {
        self.map(at, [BAR, height], [1, STRIPS], |[_, strip]| {
            colour(1.0 - (strip as f64 + 0.5) / STRIPS as f64)
        })?;
        self.frame(at, [BAR, height], INK)?;
        for value in scale.ticks((height / 45).clamp(3, 8) as usize) {
            let y = at[1] + height - (scale.share(value) * f64::from(height)).round() as i32;
            self.rect([at[0] + BAR, y], [4, 1], INK)?;
            self.text([at[0] + BAR + 8, y], &short(value), TEXT, INK, Anchor::Left)?;
        }
        let label = self.fit(label, SMALL, height);
        self.upwards([at[0] + LABEL, at[1] + height / 2], &label, SMALL, INK)
    }
}
