//! A drawing surface: rectangles, lines, dots, maps and texts, on PNG and SVG alike.

use super::font::{ABOVE, BELOW, FAMILY, MIDDLE, dots, width};
use super::{TITLE, TextBox};
use crate::plain::shown;
use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::RefCell;

/// What drawing comes to; the reason is the plotting library's.
pub(in crate::report::plot) type Draw = Result<(), String>;

/// Height of what [`Canvas::heading`] draws.
pub(in crate::report::plot) const HEADING: i32 = 62;

/// Pixels of a PNG per unit of the layout: sharp on dense screens.
const ZOOM: f32 = 2.0;

/// A drawing surface.
pub(in crate::report::plot) struct Canvas<'a> {
    surface: Surface<'a>,
    /// Pixels per unit, and where the layout begins.
    zoom: f32,
    shift: [f32; 2],
    texts: RefCell<Vec<TextBox>>,
}

enum Surface<'a> {
    Bitmap(DrawingArea<BitMapBackend<'a>, Shift>),
    Vector(DrawingArea<SVGBackend<'a>, Shift>),
}

/// Does the same on both surfaces, whose types differ.
macro_rules! on {
    ($surface:expr, $area:ident => $act:expr) => {
        match &$surface {
            Surface::Bitmap($area) => $act.map_err(|e| e.to_string()),
            Surface::Vector($area) => $act.map_err(|e| e.to_string()),
        }
    };
}

/// Which point of a text stands at the given place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report::plot) enum Anchor {
    /// The left end, in the middle of its height.
    Left,
    /// The right end, likewise.
    Right,
    /// The middle.
    Middle,
    /// The middle of the upper edge.
    Below,
}

/// What a surface holds when all is drawn, with its texts.
pub(in crate::report::plot) type Done<T> = Result<(T, Vec<TextBox>), String>;

/// Pixels of `size` units, `zoom` for each unit, or of the size asked for; with zoom and margins
/// that the layout gets in it.
fn fitting(size: [i32; 2], zoom: f32, asked: Option<[u32; 2]>) -> ([u32; 2], f32, [f32; 2]) {
    let Some(pixels) = asked else {
        return (size.map(|units| (units as f32 * zoom) as u32), zoom, [0.0, 0.0]);
    };
    let share = |n: usize| pixels[n] as f32 / size[n] as f32;
    let zoom = share(0).min(share(1));
    let margin = |n: usize| ((pixels[n] as f32 - size[n] as f32 * zoom) / 2.0).floor();
    (pixels, zoom, [margin(0), margin(1)])
}

impl<'a> Canvas<'a> {
    /// Draws pixels on white.
    pub fn bitmap(
        size: [i32; 2],
        asked: Option<[u32; 2]>,
        draw: impl FnOnce(&Canvas) -> Draw,
    ) -> Done<RgbImage> {
        let ([width, height], zoom, shift) = fitting(size, ZOOM, asked);
        let mut pixels = vec![255; width as usize * height as usize * 3];
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        let texts = Canvas::draw(Surface::Bitmap(area), zoom, shift, draw)?;
        let image = RgbImage::from_raw(width, height, pixels).ok_or("another size")?;
        Ok((image, texts))
    }

    /// Draws SVG on white.
    pub fn vector(
        size: [i32; 2],
        asked: Option<[u32; 2]>,
        draw: impl FnOnce(&Canvas) -> Draw,
    ) -> Done<String> {
        let ([width, height], zoom, shift) = fitting(size, 1.0, asked);
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        area.fill(&WHITE).map_err(|e| e.to_string())?;
        let texts = Canvas::draw(Surface::Vector(area), zoom, shift, draw)?;
        Ok((text, texts))
    }

    fn draw(
        surface: Surface<'a>,
        zoom: f32,
        shift: [f32; 2],
        draw: impl FnOnce(&Canvas) -> Draw,
    ) -> Result<Vec<TextBox>, String> {
        let canvas = Canvas { surface, zoom, shift, texts: RefCell::new(vec![]) };
        draw(&canvas)?;
        on!(canvas.surface, area => area.present())?;
        Ok(canvas.texts.into_inner())
    }

    /// Pixels right of the left edge, or below the upper one.
    fn pixel(&self, [x, y]: [f64; 2]) -> (i32, i32) {
        let of = |units: f64, shift: f32| (units * f64::from(self.zoom)) + f64::from(shift);
        (of(x, self.shift[0]).round() as i32, of(y, self.shift[1]).round() as i32)
    }

    /// Width of lines and radius of dots in pixels, one at least.
    fn thick(&self, units: f64) -> u32 {
        (units * f64::from(self.zoom)).round().max(1.0) as u32
    }

    /// A filled rectangle.
    pub fn rect(&self, at: [i32; 2], size: [i32; 2], fill: RGBColor) -> Draw {
        let upper = self.pixel(at.map(f64::from));
        let lower = self.pixel([at[0] + size[0], at[1] + size[1]].map(f64::from));
        let element = Rectangle::new([upper, lower], fill.filled());
        on!(self.surface, area => area.draw(&element))
    }

    /// The outline of a rectangle, just outside of it.
    pub fn frame(&self, at: [i32; 2], size: [i32; 2], ink: RGBColor) -> Draw {
        self.outline(at, size, 1, ink)
    }

    /// A frame of several units, outside of the rectangle.
    pub fn outline(&self, at: [i32; 2], size: [i32; 2], thick: i32, ink: RGBColor) -> Draw {
        let ([left, top], [width, height]) = (at, size);
        self.rect([left - thick, top - thick], [width + 2 * thick, thick], ink)?;
        self.rect([left - thick, top + height], [width + 2 * thick, thick], ink)?;
        self.rect([left - thick, top], [thick, height], ink)?;
        self.rect([left + width, top], [thick, height], ink)
    }

    /// A line through the points, `thick` units wide.
    pub fn line(&self, points: &[[f64; 2]], thick: f64, ink: RGBColor) -> Draw {
        let points: Vec<_> = points.iter().map(|&point| self.pixel(point)).collect();
        let element = PathElement::new(points, ink.stroke_width(self.thick(thick)));
        on!(self.surface, area => area.draw(&element))
    }

    /// An area in a light tone, through which others show.
    pub fn shade(&self, points: &[[f64; 2]], fill: RGBColor) -> Draw {
        let points: Vec<_> = points.iter().map(|&point| self.pixel(point)).collect();
        let element = Polygon::new(points, fill.mix(0.2).filled());
        on!(self.surface, area => area.draw(&element))
    }

    /// A filled circle.
    pub fn dot(&self, at: [f64; 2], radius: f64, ink: RGBColor) -> Draw {
        let element = Circle::new(self.pixel(at), self.thick(radius), ink.filled());
        on!(self.surface, area => area.draw(&element))
    }

    /// A circle that is white within; to be drawn before what lies in it.
    pub fn ring(&self, at: [f64; 2], radius: f64, ink: RGBColor) -> Draw {
        self.dot(at, radius, ink)?;
        self.dot(at, radius - 1.5, WHITE)
    }

    /// A rectangle of `cells` in columns and rows, each of the colour that `ink` gives.
    pub fn map(
        &self,
        at: [i32; 2],
        size: [i32; 2],
        cells: [usize; 2],
        ink: impl Fn([usize; 2]) -> RGBColor,
    ) -> Draw {
        let (left, top) = self.pixel(at.map(f64::from));
        let (right, bottom) = self.pixel([at[0] + size[0], at[1] + size[1]].map(f64::from));
        let [width, height] = [right - left, bottom - top].map(|side| side.max(1) as usize);
        match &self.surface {
            Surface::Bitmap(area) => {
                // A cell has many pixels.
                let all = (0..cells[1]).flat_map(|row| (0..cells[0]).map(move |n| [n, row]));
                let inks: Vec<RGBColor> = all.map(ink).collect();
                let mut pixels = Vec::with_capacity(width * height * 3);
                for y in 0..height {
                    let row = &inks[y * cells[1] / height * cells[0]..][..cells[0]];
                    for x in 0..width {
                        let ink = row[x * cells[0] / width];
                        pixels.extend([ink.0, ink.1, ink.2]);
                    }
                }
                let size = (width as u32, height as u32);
                let element: BitMapElement<_> =
                    BitMapElement::with_owned_buffer((left, top), size, pixels)
                        .ok_or("a map of another size")?;
                area.draw(&element).map_err(|e| e.to_string())
            }
            Surface::Vector(_) => self.runs(at, size, cells, ink),
        }
    }

    /// A map as rectangles, one for all neighbours of a colour in a row.
    fn runs(
        &self,
        at: [i32; 2],
        size: [i32; 2],
        cells: [usize; 2],
        ink: impl Fn([usize; 2]) -> RGBColor,
    ) -> Draw {
        // Cells of less than a unit would be more than the eye sees, and a large file.
        let [columns, rows] = [0, 1].map(|n| cells[n].min(size[n].max(1) as usize));
        let edge = |n: usize, cell: usize, all: usize| at[n] + size[n] * cell as i32 / all as i32;
        for row in 0..rows {
            let ink = |column: usize| ink([column * cells[0] / columns, row * cells[1] / rows]);
            let [top, bottom] = [row, row + 1].map(|row| edge(1, row, rows));
            let mut from = 0;
            for column in 1..=columns {
                if column == columns || ink(column) != ink(from) {
                    let [left, right] = [from, column].map(|column| edge(0, column, columns));
                    self.rect([left, top], [right - left, bottom - top], ink(from))?;
                    from = column;
                }
            }
        }
        Ok(())
    }

    /// One line of text of `size` units an em.
    pub fn text(&self, at: [i32; 2], text: &str, size: i32, ink: RGBColor, anchor: Anchor) -> Draw {
        // XML takes no control characters, whatever a file calls its layers.
        let text = shown(text);
        let (em, long) = (size as f32, width(&text, size as f32));
        let left = match anchor {
            Anchor::Left => 0.0,
            Anchor::Right => -long,
            Anchor::Middle | Anchor::Below => -long / 2.0,
        };
        let base = if anchor == Anchor::Below { ABOVE * em } else { MIDDLE * em };
        let [x, y] = at.map(|units| units as f32);
        let edges = [x + left, y + base - ABOVE * em, x + left + long, y + base + BELOW * em];
        self.texts.borrow_mut().push(TextBox { text: text.to_string(), edges });
        self.write(&text, em, [x, y], [left, base], ink, (anchor, false))
    }

    /// A line of text that reads upwards, with its middle at the place.
    pub fn upwards(&self, at: [i32; 2], text: &str, size: i32, ink: RGBColor) -> Draw {
        let text = shown(text);
        let (em, long) = (size as f32, width(&text, size as f32));
        let [x, y] = at.map(|units| units as f32);
        let base = MIDDLE * em;
        let [left, right] = [x + base - ABOVE * em, x + base + BELOW * em];
        let edges = [left, y - long / 2.0, right, y + long / 2.0];
        self.texts.borrow_mut().push(TextBox { text: text.to_string(), edges });
        self.write(&text, em, [x, y], [-long / 2.0, base], ink, (Anchor::Middle, true))
    }

    /// Sets a line whose baseline begins at `start` from `at`; turned, `start` is turned with it.
    fn write(
        &self,
        text: &str,
        em: f32,
        at: [f32; 2],
        start: [f32; 2],
        ink: RGBColor,
        (anchor, turned): (Anchor, bool),
    ) -> Draw {
        match &self.surface {
            Surface::Vector(area) => {
                let pos = match anchor {
                    Anchor::Left => Pos::new(HPos::Left, VPos::Center),
                    Anchor::Right => Pos::new(HPos::Right, VPos::Center),
                    Anchor::Middle => Pos::new(HPos::Center, VPos::Center),
                    Anchor::Below => Pos::new(HPos::Center, VPos::Top),
                };
                // The library takes the height of a font of 1.24 em.
                let font = (FAMILY, f64::from(em * self.zoom) * 1.24).into_font();
                let font = if turned { font.transform(FontTransform::Rotate270) } else { font };
                let style = font.color(&ink).pos(pos);
                let place = self.pixel(at.map(f64::from));
                area.draw(&Text::new(text, place, style)).map_err(|e| e.to_string())
            }
            Surface::Bitmap(area) => {
                let place = |n: usize| at[n] * self.zoom + self.shift[n];
                let [dx, dy] = start.map(|units| units * self.zoom);
                // Turned glyphs are set at the origin, and their pixels turned about the place.
                let (origin, turn) = match turned {
                    true => ([dx, dy], [place(0).round() as i32, place(1).round() as i32]),
                    false => ([place(0) + dx, (place(1) + dy).round()], [0, 0]),
                };
                for ([x, y], share) in dots(text, em * self.zoom, origin) {
                    let at = if turned { (turn[0] + y, turn[1] - 1 - x) } else { (x, y) };
                    area.draw_pixel(at, &ink.mix(f64::from(share))).map_err(|e| e.to_string())?;
                }
                Ok(())
            }
        }
    }

    /// Width of a line of text, rounded up.
    pub fn width(&self, text: &str, size: i32) -> i32 {
        measure(text, size)
    }

    /// `text`, cut at the end so that it is at most `width` wide.
    pub fn fit(&self, text: &str, size: i32, width: i32) -> String {
        fit(text, size, width)
    }

    /// Title, second line and the brand of idealised runs.
    pub fn heading(&self, title: &str, second: &str, idealised: bool, width: i32) -> Draw {
        use super::{ALARM, Anchor::Left, INK, PANEL};
        self.text([14, 20], &fit(title, TITLE, width - 28), TITLE, INK, Left)?;
        let mut x = 14;
        if idealised {
            self.rect([x, 33], [86, 18], ALARM)?;
            self.text([x + 6, 42], "IDEALISED", PANEL, WHITE, Left)?;
            x += 96;
        }
        self.text([x, 42], &fit(second, PANEL, width - 14 - x), PANEL, INK, Left)
    }
}

/// Width of a line of text, rounded up.
pub(in crate::report::plot) fn measure(text: &str, size: i32) -> i32 {
    width(&shown(text), size as f32).ceil() as i32
}

/// `text`, cut at the end so that it is at most `width` wide.
pub(in crate::report::plot) fn fit(text: &str, size: i32, width: i32) -> String {
    let text = shown(text);
    // Names may have thousands of characters, and no letter is narrower than a fifth of its size.
    let most = (width.max(0) as usize * 5 / size.max(1) as usize).max(1) + 1;
    let chars: Vec<char> = text.chars().take(most + 1).collect();
    if chars.len() <= most && measure(&text, size) <= width {
        return text.into();
    }
    let cut = |kept: usize| chars[..kept].iter().chain(&['…']).collect::<String>();
    // The longest that fits, halving.
    let (mut fits, mut beyond) = (0, chars.len());
    while beyond - fits > 1 {
        let kept = (fits + beyond) / 2;
        match measure(&cut(kept), size) > width {
            true => beyond = kept,
            false => fits = kept,
        }
    }
    cut(fits)
}
