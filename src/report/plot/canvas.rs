//! Rectangles and text in pixels, on PNG and SVG alike.

use super::Heading;
use super::colour::{ALARM, INK, colour};
use super::scale::{Scale, short};
use crate::plain::shown;
use crate::report::Error;
use image::ImageEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// What drawing comes to; the reason is the plotting library's.
pub(super) type Draw = Result<(), String>;

/// Name under which the compiled-in font is known.
pub(super) const FONT: &str = "sans-serif";

/// Set in the compiled-in font once per process; false never happens with an intact build.
static FONT_IS_SET: LazyLock<bool> =
    LazyLock::new(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());

/// Makes the compiled-in font known.
pub(super) fn set_font() -> Draw {
    if *FONT_IS_SET { Ok(()) } else { Err("the built-in font is damaged".into()) }
}

/// Height of what [`Canvas::heading`] draws.
pub(super) const HEADING: i32 = 62;
/// Width of what [`Canvas::colour_bar`] draws.
pub(super) const COLOUR_BAR: i32 = 84;

const BAR: i32 = 16;
const STRIPS: i32 = 64;

/// Pixels of a PNG per unit of the layout: sharp on dense screens, and text is spaced evenly.
pub(super) const ZOOM: i32 = 2;

/// A drawing surface.
pub(super) struct Canvas<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    zoom: i32,
}

/// Which point of a text stands at the given place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Right,
    /// Centred below the place.
    Below,
}

/// Draws on `pixels` (RGB, row by row, as from [`white`]) and writes them as PNG.
pub(super) fn png(
    path: &Path,
    size: [i32; 2],
    mut pixels: Vec<u8>,
    draw: impl FnOnce(&Canvas<BitMapBackend>) -> Draw,
) -> Result<(), Error> {
    let [width, height] = size.map(|units| (units * ZOOM) as u32);
    let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
    Canvas::draw(path, backend, ZOOM, draw)?;
    let error = |source| Error::Write { path: path.into(), source };
    let mut bytes = vec![];
    // Flat areas: twice as small as by the fast default, for half as much time again.
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Paeth)
        .write_image(&pixels, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|e| error(std::io::Error::other(e)))?;
    fs::write(path, bytes).map_err(error)
}

/// Draws and writes SVG.
pub(super) fn svg(
    path: &Path,
    size: [i32; 2],
    draw: impl FnOnce(&Canvas<SVGBackend>) -> Draw,
) -> Result<(), Error> {
    let mut text = String::new();
    let backend = SVGBackend::with_string(&mut text, (size[0] as u32, size[1] as u32));
    Canvas::draw(path, backend, 1, |canvas| {
        canvas.rect([0, 0], size, WHITE)?;
        draw(canvas)
    })?;
    fs::write(path, text).map_err(|source| Error::Write { path: path.into(), source })
}

/// A white picture of `size` in units of the layout.
pub(super) fn white(size: [i32; 2]) -> Vec<u8> {
    vec![255; (size[0] * ZOOM) as usize * (size[1] * ZOOM) as usize * 3]
}

impl<DB: DrawingBackend> Canvas<DB> {
    fn draw(
        path: &Path,
        backend: DB,
        zoom: i32,
        draw: impl FnOnce(&Canvas<DB>) -> Draw,
    ) -> Result<(), Error> {
        let drawn = set_font().and_then(|()| {
            let canvas = Canvas { area: backend.into_drawing_area(), zoom };
            draw(&canvas)?;
            canvas.area.present().map_err(|e| e.to_string())
        });
        drawn.map_err(|reason| Error::Draw { path: path.into(), reason })
    }

    /// A filled rectangle.
    pub fn rect(&self, at: [i32; 2], size: [i32; 2], fill: RGBColor) -> Draw {
        let [left, top, width, height] =
            [at[0], at[1], size[0], size[1]].map(|units| units * self.zoom);
        let corners = [(left, top), (left + width, top + height)];
        self.area.draw(&Rectangle::new(corners, fill.filled())).map_err(|e| e.to_string())
    }

    /// The outline of a rectangle, just outside of it.
    pub fn frame(&self, at: [i32; 2], size: [i32; 2], ink: RGBColor) -> Draw {
        let ([left, top], [width, height]) = (at, size);
        self.rect([left - 1, top - 1], [width + 2, 1], ink)?;
        self.rect([left - 1, top + height], [width + 2, 1], ink)?;
        self.rect([left - 1, top], [1, height], ink)?;
        self.rect([left + width, top], [1, height], ink)
    }

    /// One line of text; left and right anchors are centred in height.
    pub fn text(&self, at: [i32; 2], text: &str, size: i32, ink: RGBColor, anchor: Anchor) -> Draw {
        let pos = match anchor {
            Anchor::Left => Pos::new(HPos::Left, VPos::Center),
            Anchor::Right => Pos::new(HPos::Right, VPos::Center),
            Anchor::Below => Pos::new(HPos::Center, VPos::Top),
        };
        let style = (FONT, size * self.zoom).into_font().color(&ink).pos(pos);
        // XML takes no control characters, whatever a file calls its layers.
        self.area
            .draw_text(&shown(text), &style, (at[0] * self.zoom, at[1] * self.zoom))
            .map_err(|e| e.to_string())
    }

    /// Width of a line of text.
    pub fn width(&self, text: &str, size: i32) -> i32 {
        let font = (FONT, size).into_font();
        font.box_size(text).map_or(0, |(width, _)| width as i32)
    }

    /// `text`, cut at the end so that it is at most `width` wide.
    pub fn fit(&self, text: &str, size: i32, width: i32) -> String {
        let wide = |text: &str| self.width(text, size) > width;
        if !wide(text) {
            return text.into();
        }
        let chars: Vec<char> = text.chars().collect();
        let cut = |kept: usize| chars[..kept].iter().chain(&['…']).collect::<String>();
        // The longest that fits, halving: names may have thousands of characters.
        let (mut fits, mut beyond) = (0, chars.len());
        while beyond - fits > 1 {
            let kept = (fits + beyond) / 2;
            match wide(&cut(kept)) {
                true => beyond = kept,
                false => fits = kept,
            }
        }
        cut(fits)
    }

    /// Title, second line and the brand of idealised runs.
    pub fn heading(&self, title: &str, second: &str, heading: &Heading, width: i32) -> Draw {
        self.text([14, 20], &self.fit(title, 19, width - 28), 19, INK, Anchor::Left)?;
        let mut x = 14;
        if heading.idealised {
            self.rect([x, 31], [88, 19], ALARM)?;
            self.text([x + 6, 42], "IDEALISED", 13, WHITE, Anchor::Left)?;
            x += 98;
        }
        self.text([x, 42], &self.fit(second, 14, width - 14 - x), 14, INK, Anchor::Left)
    }

    /// The colours of `scale`, from bottom to top, with numbers to the right.
    pub fn colour_bar(&self, at: [i32; 2], height: i32, scale: &Scale) -> Draw {
        for strip in 0..STRIPS {
            let (top, bottom) = (strip * height / STRIPS, (strip + 1) * height / STRIPS);
            let share = 1.0 - (f64::from(strip) + 0.5) / f64::from(STRIPS);
            self.rect([at[0], at[1] + top], [BAR, bottom - top], colour(share))?;
        }
        self.frame(at, [BAR, height], INK)?;
        for value in scale.ticks((height / 45).clamp(2, 8) as usize) {
            let y = at[1] + height - (scale.share(value) * f64::from(height)).round() as i32;
            self.rect([at[0] + BAR, y], [4, 1], INK)?;
            self.text([at[0] + BAR + 8, y], &short(value), 13, INK, Anchor::Left)?;
        }
        Ok(())
    }
}
