//! What all pictures share: texts, colours, scales, axes and legends. Nothing else draws.
//!
//! Places and sizes are whole units of the layout. A PNG has [`ZOOM`] pixels for each, an SVG one,
//! unless [`Plots::size`](super::Plots) asks for another size.

mod bar;
mod canvas;
mod chart;
mod colour;
mod font;
mod labels;
mod legend;
mod scale;
mod texts;

pub(super) use bar::COLOUR_BAR;
pub(super) use canvas::{Anchor, Canvas, Draw, HEADING, fit, measure};
pub(super) use chart::{Axis, BELOW, Chart, LEFT};
pub(in crate::report) use colour::palette;
pub(super) use colour::{ALARM, BORDER, GRID, INK, LAYERS, NOTHING, SERIES, colour, pale};
pub(super) use labels::{Labels, around};
pub(super) use legend::{Entry, Mark, height as legend_height};
pub(super) use scale::{Scale, cell_ticks, energy_unit, time_unit};
pub(in crate::report) use scale::{round_step, short};
pub use texts::{Drawn, TextBox};

/// Heights of letters: of titles, headings of panels, text and small print.
pub(super) const TITLE: i32 = 17;
pub(super) const PANEL: i32 = 13;
pub(super) const TEXT: i32 = 12;
pub(super) const SMALL: i32 = 11;
