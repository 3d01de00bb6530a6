//! The compiled-in font: how wide a line is, and its glyphs, kerned, at parts of a pixel.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use std::sync::LazyLock;

/// Where an SVG is shown, in the order of preference; the first two have the widths measured here.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// How far letters reach above and below their baseline, and half the height of an `x`, as shares
/// of their size.
pub(super) const ABOVE: f32 = 0.76;
pub(super) const BELOW: f32 = 0.24;
const HALF_X: f32 = 0.274;

/// From the middle of a line down to its baseline, as a share of the size.
pub(super) const MIDDLE: f32 = HALF_X + 0.06;

/// Read once a process; none never happens with an intact build.
static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(dejavu::sans::regular()).ok());

/// A pixel of a line: right of its start, below its baseline, and how much of it is ink, 0 to 1.
pub(super) type Dot = ([i32; 2], f32);

/// The font for letters of `size` pixels an em.
fn scaled(size: f32) -> Option<ab_glyph::PxScaleFont<&'static FontRef<'static>>> {
    let font = FONT.as_ref()?;
    let scale = size * font.height_unscaled() / font.units_per_em()?;
    Some(font.as_scaled(PxScale::from(scale)))
}

/// Glyphs of a line that begins at `start`, with the place behind the last.
fn glyphs(text: &str, size: f32, start: [f32; 2]) -> (Vec<Glyph>, f32) {
    let Some(font) = scaled(size) else { return (vec![], 0.0) };
    let (mut x, mut last, mut glyphs) = (start[0], None, vec![]);
    for id in text.chars().map(|letter| font.glyph_id(letter)) {
        x += last.map_or(0.0, |last| font.kern(last, id));
        glyphs.push(id.with_scale_and_position(font.scale(), point(x, start[1])));
        x += font.h_advance(id);
        last = Some(id);
    }
    (glyphs, x)
}

/// Width of a line in pixels.
pub(super) fn width(text: &str, size: f32) -> f32 {
    glyphs(text, size, [0.0, 0.0]).1
}

/// The pixels of a line whose baseline begins at `start`.
pub(super) fn dots(text: &str, size: f32, start: [f32; 2]) -> Vec<Dot> {
    let mut dots = vec![];
    let Some(font) = FONT.as_ref() else { return dots };
    for outline in glyphs(text, size, start).0.into_iter().filter_map(|g| font.outline_glyph(g)) {
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, ink| {
            let at = [corner.x as i32 + x as i32, corner.y as i32 + y as i32];
            dots.push((at, ink.min(1.0)));
        });
    }
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_kerned() {
        let apart = width("A", 40.0) + width("V", 40.0);
        assert!(width("AV", 40.0) < apart - 0.5, "{} {apart}", width("AV", 40.0));
        assert_eq!(width("", 40.0), 0.0);
    }

    #[test]
    fn glyphs_stand_at_parts_of_a_pixel() {
        let shape = |x: f32| {
            let dots = dots("l", 20.0, [x, 0.0]);
            dots.iter().map(|(_, ink)| (ink * 100.0) as i32).collect::<Vec<_>>()
        };
        assert_ne!(shape(0.0), shape(0.5));
        assert_eq!(shape(0.0), shape(3.0));
    }
}
