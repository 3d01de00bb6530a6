//! Pictures with boxes, class names and scores on them.

use image::RgbImage;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{Draw, FONT, set_font};
use crate::detect::Detection;
use crate::encode::Pixels;

/// One copy of the picture with its boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Line above the picture.
    pub title: String,
    /// The boxes to draw, all of them; whoever wants a least score cuts before.
    pub detections: Vec<Detection>,
}

/// Shorter side that a small picture is enlarged to, so that labels stay readable.
const LEAST_SIDE: usize = 320;

/// Longer side beyond which a picture is not enlarged, and a larger one is thinned out: every
/// second, third .. pixel is drawn.
const MOST_SIDE: usize = 4096;

/// How many times a picture is enlarged, and which share of its pixels is drawn.
#[derive(Clone, Copy)]
struct Zoom {
    times: usize,
    every: usize,
}

impl Zoom {
    fn of(picture: &Pixels) -> Zoom {
        let (width, height) = (picture.width(), picture.height());
        let longer = width.max(height).max(1);
        let wanted = LEAST_SIDE.div_ceil(width.min(height).max(1));
        Zoom { times: wanted.min(MOST_SIDE / longer).max(1), every: longer.div_ceil(MOST_SIDE) }
    }

    fn side(self, pixels: usize) -> usize {
        pixels.div_ceil(self.every) * self.times
    }

    fn factor(self) -> f64 {
        self.times as f64 / self.every as f64
    }
}

/// The panels side by side, left to right, each with the title above and the boxes of one color a
/// class. `classes` are the names; a class outside of them shows its number. Small pictures are
/// enlarged by a whole factor.
///
/// # Errors
/// What the plotting library says.
pub fn draw_boxes(
    picture: &Pixels,
    panels: &[Panel],
    classes: &[String],
) -> Result<RgbImage, String> {
    set_font()?;
    let zoom = Zoom::of(picture);
    let (width, height) = (zoom.side(picture.width()), zoom.side(picture.height()));
    let font = (width / 40).clamp(12, 40);
    let (title, gap) = (font * 2, font / 2);
    let total = (panels.len() * (width + gap)).saturating_sub(gap).max(1);
    let size = (total as u32, (title + height) as u32);
    let mut canvas = vec![255u8; total * (title + height) * 3];
    for i in 0..panels.len() {
        paste(&mut canvas, total, picture, zoom, (i * (width + gap), title));
    }
    {
        let area = BitMapBackend::with_buffer(&mut canvas, size).into_drawing_area();
        for (i, panel) in panels.iter().enumerate() {
            let left = (i * (width + gap)) as i32;
            let style = (FONT, font as f64 * 1.2).into_font().color(&BLACK);
            let at = (left + gap as i32 / 2, title as i32 / 2);
            let anchored = style.pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(panel.title.clone(), at, anchored)).map_err(|e| e.to_string())?;
            let view = area.clone().shrink((left, title as i32), (width as i32, height as i32));
            // Best last, so that its label is not covered.
            let mut order: Vec<&Detection> = panel.detections.iter().collect();
            order.sort_by(|a, b| a.score.total_cmp(&b.score));
            order.iter().try_for_each(|d| mark(&view, d, classes, zoom.factor(), font))?;
        }
        area.present().map_err(|e| e.to_string())?;
    }
    RgbImage::from_raw(size.0, size.1, canvas).ok_or_else(|| "the canvas has another size".into())
}

/// Copies the picture to `at` (x, y).
fn paste(canvas: &mut [u8], total: usize, picture: &Pixels, zoom: Zoom, at: (usize, usize)) {
    let width = picture.width() * 3;
    for y in 0..zoom.side(picture.height()) {
        let source = &picture.data()[y / zoom.times * zoom.every * width..][..width];
        let row = &mut canvas[((at.1 + y) * total + at.0) * 3..];
        let pixels = source.chunks_exact(3).step_by(zoom.every);
        for (pixel, target) in pixels.zip(row.chunks_exact_mut(3 * zoom.times)) {
            target.chunks_exact_mut(3).for_each(|cell| cell.copy_from_slice(pixel));
        }
    }
}

type View<'a> = DrawingArea<BitMapBackend<'a>, plotters::coord::Shift>;

fn mark(view: &View, detection: &Detection, classes: &[String], factor: f64, font: usize) -> Draw {
    let color = color(detection.class);
    let pixel = |v: f64| (v * factor).round() as i32;
    let r = detection.rect;
    let (left, top, right, bottom) = (pixel(r.x1), pixel(r.y1), pixel(r.x2), pixel(r.y2));
    let line = (font as i32 / 8).max(2);
    for i in 0..line {
        let corners = [(left + i, top + i), (right - 1 - i, bottom - 1 - i)];
        view.draw(&Rectangle::new(corners, color)).map_err(|e| e.to_string())?;
    }
    let name = classes
        .get(detection.class)
        .cloned()
        .unwrap_or_else(|| format!("class {}", detection.class));
    let text = format!("{name} {:.2}", detection.score);
    let style = (FONT, font as f64).into_font().color(&BLACK);
    let (w, h) = view.estimate_text_size(&text, &style).map_err(|e| e.to_string())?;
    let (w, h) = (w as i32 + 6, h as i32 + 4);
    // Above the box; inside of it where the picture ends.
    let y = if top >= h { top - h } else { top };
    let x = left.min(view.dim_in_pixel().0 as i32 - w).max(0);
    let plate = Rectangle::new([(x, y), (x + w, y + h)], color.filled());
    view.draw(&plate).map_err(|e| e.to_string())?;
    view.draw(&Text::new(text, (x + 3, y + 2), style)).map_err(|e| e.to_string())
}

/// Light colors, far apart for neighbouring classes: steps of the golden angle around the wheel.
fn color(class: usize) -> RGBColor {
    let hue = (class as f64 * 0.618_033_988_75 + 0.33).fract();
    let (r, g, b) = HSLColor(hue, 1.0, 0.62).rgb();
    RGBColor(r, g, b)
}
