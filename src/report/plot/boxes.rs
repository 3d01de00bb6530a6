//! Pictures with boxes, class names and scores on them.

use super::style::{Anchor, Canvas, Draw, INK, Labels, PANEL, SMALL, fit, measure};
use super::target::{Made, Target};
use crate::detect::Detection;
use crate::encode::Pixels;
use crate::report::Error;
use image::RgbImage;
use plotters::style::{Color, HSLColor, RGBColor};

/// One copy of the picture with its boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Line above the picture.
    pub title: String,
    /// The boxes to draw, all of them; whoever wants a least score cuts before.
    pub detections: Vec<Detection>,
}

/// Longer side of a panel in units of the layout, about, and the least of the shorter one.
const LONGER: f64 = 480.0;
const SHORTER: f64 = 60.0;
/// Least width of a panel, so that its title has room.
const NARROWEST: i32 = 200;
/// Above a panel its title, below it a note; between two a gap.
const ABOVE: i32 = 26;
const BELOW: i32 = 22;
const GAP: i32 = 12;
const MARGIN: i32 = 10;
/// A label, and its margin to the left and right of the text.
const LABEL: i32 = 15;
const INDENT: i32 = 3;

/// A picture with panels side by side.
pub(super) struct Boxes<'a> {
    /// Lines above all panels.
    pub heading: Vec<String>,
    pub picture: &'a Pixels,
    pub panels: &'a [Panel],
    /// Names of classes; one outside of them shows its number.
    pub classes: &'a [String],
}

/// The panels side by side, left to right, each with the title above and the boxes of one colour a
/// class. `classes` are the names; a class outside of them shows its number. Two pixels are a unit
/// of the layout; pictures are enlarged or made smaller to about 960 pixels.
///
/// # Errors
/// What the plotting library says.
pub fn draw_boxes(
    picture: &Pixels,
    panels: &[Panel],
    classes: &[String],
) -> Result<RgbImage, String> {
    let boxes = Boxes { heading: vec![], picture, panels, classes };
    Canvas::bitmap(boxes.size(), None, |canvas| boxes.draw(canvas)).map(|(image, _)| image)
}

impl Boxes<'_> {
    /// Draws `name`.
    pub fn write(&self, target: &Target, name: &str) -> Result<(), Error> {
        target.picture(name, self.size(), Made::Photograph, &|canvas| self.draw(canvas))
    }

    /// Units per pixel of the picture.
    fn factor(&self) -> f64 {
        let (width, height) = (self.picture.width() as f64, self.picture.height() as f64);
        let longer = LONGER / width.max(height).max(1.0);
        // Long strips keep some breadth, as far as that does not make them much longer.
        longer.max(SHORTER / width.min(height).max(1.0)).min(longer * 4.0)
    }

    /// Of the picture in units.
    fn view(&self) -> [i32; 2] {
        [self.picture.width(), self.picture.height()]
            .map(|pixels| ((pixels as f64 * self.factor()).round() as i32).max(1))
    }

    fn stride(&self) -> i32 {
        self.view()[0].max(NARROWEST) + GAP
    }

    fn top(&self) -> i32 {
        self.heading.len() as i32 * 22 + ABOVE + MARGIN / 2
    }

    fn size(&self) -> [i32; 2] {
        let panels = self.panels.len().max(1) as i32;
        let width = panels * self.stride() - GAP + 2 * MARGIN;
        [width, self.top() + self.view()[1] + BELOW]
    }

    fn draw(&self, canvas: &Canvas) -> Draw {
        let room = self.size()[0] - 2 * MARGIN;
        for (line, text) in (0..).zip(&self.heading) {
            let at = [MARGIN, 16 + 22 * line];
            canvas.text(at, &fit(text, PANEL, room), PANEL, INK, Anchor::Left)?;
        }
        for (n, panel) in (0..).zip(self.panels) {
            self.panel(canvas, MARGIN + n * self.stride(), panel)?;
        }
        Ok(())
    }

    fn panel(&self, canvas: &Canvas, left: i32, panel: &Panel) -> Draw {
        let ([width, height], top, room) = (self.view(), self.top(), self.stride() - GAP);
        let title = fit(&panel.title, PANEL, room);
        canvas.text([left, top - ABOVE / 2], &title, PANEL, INK, Anchor::Left)?;
        let columns = self.picture.width();
        canvas.map([left, top], [width, height], [columns, self.picture.height()], |[x, y]| {
            let pixel = &self.picture.data()[(y * columns + x) * 3..][..3];
            RGBColor(pixel[0], pixel[1], pixel[2])
        })?;
        let view = View { left, top, width, height, factor: self.factor() };
        // Best last, so that its frame is not covered; best first, so that its label has room.
        let mut order: Vec<&Detection> = panel.detections.iter().collect();
        order.sort_by(|a, b| a.score.total_cmp(&b.score));
        order.iter().try_for_each(|found| view.frame(canvas, found))?;
        let mut labels = Labels::within([left, top, left + width, top + height]);
        let mut hidden = 0;
        for found in order.iter().rev() {
            let name = self.classes.get(found.class).cloned();
            let name = name.unwrap_or_else(|| format!("class {}", found.class));
            let text = format!("{} {:.2}", fit(&name, SMALL, width / 2), found.score);
            if !view.label(canvas, &mut labels, found, &text)? {
                hidden += 1;
            }
        }
        let note = match hidden {
            0 => return Ok(()),
            1 => "1 label has no room; detections.csv has it".into(),
            _ => format!("{hidden} labels have no room; detections.csv has them"),
        };
        let at = [left, top + height + BELOW / 2];
        canvas.text(at, &fit(&note, SMALL, room), SMALL, INK, Anchor::Left)
    }
}

/// Where a copy of the picture lies.
struct View {
    left: i32,
    top: i32,
    width: i32,
    height: i32,
    factor: f64,
}

impl View {
    /// Edges of a box in units, within the picture.
    fn edges(&self, found: &Detection) -> [i32; 4] {
        let place =
            |v: f64, from: i32, long: i32| from + ((v * self.factor).round() as i32).clamp(0, long);
        let rect = found.rect;
        [
            place(rect.x1, self.left, self.width),
            place(rect.y1, self.top, self.height),
            place(rect.x2, self.left, self.width),
            place(rect.y2, self.top, self.height),
        ]
    }

    fn frame(&self, canvas: &Canvas, found: &Detection) -> Draw {
        let [left, top, right, bottom] = self.edges(found);
        // Inside of its edges, as far as there is an inside.
        let [x, y] = [left + 2, top + 2];
        let size = [(right - left - 4).max(0), (bottom - top - 4).max(0)];
        canvas.outline([x, y], size, 2, colour(found.class))
    }

    /// A label where there is room: above the box, below it, or inside. False where there is none.
    fn label(
        &self,
        canvas: &Canvas,
        labels: &mut Labels,
        found: &Detection,
        text: &str,
    ) -> Result<bool, String> {
        let [left, top, right, bottom] = self.edges(found);
        let size = [measure(text, SMALL) + 2 * INDENT, LABEL];
        // A box at the right edge keeps its label within the picture.
        let most = self.left + self.width - size[0];
        let columns = [left, right - size[0]].map(|x| x.min(most).max(self.left));
        let rows = [top - LABEL, bottom, top, bottom - LABEL];
        let beside = [[right, top], [left - size[0], top], [right, bottom - LABEL]];
        let corners = rows.into_iter().flat_map(|y| columns.map(|x| [x, y])).chain(beside);
        let Some([x, y]) = labels.place(size, corners) else { return Ok(false) };
        canvas.rect([x, y], size, colour(found.class))?;
        let at = [x + INDENT, y + LABEL / 2];
        canvas.text(at, text, SMALL, RGBColor(0, 0, 0), Anchor::Left)?;
        Ok(true)
    }
}

/// Light colours, far apart for neighbouring classes: steps of the golden angle around the wheel.
fn colour(class: usize) -> RGBColor {
    let hue = (class as f64 * 0.618_033_988_75 + 0.33).fract();
    let (r, g, b) = HSLColor(hue, 1.0, 0.62).rgb();
    RGBColor(r, g, b)
}
