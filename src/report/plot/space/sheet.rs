//! The heat maps of all layers on one sheet, as small multiples, each with its own scale.

use super::scale;
use crate::activity::Layer;
use crate::report::Error;
use crate::report::plot::Heading;
use crate::report::plot::canvas::{Anchor, Canvas, Draw, HEADING, ZOOM, png, white};
use crate::report::plot::colour::{INK, colour};
use crate::report::plot::scale::{Scale, short};
use plotters::prelude::DrawingBackend;
use std::path::Path;

/// Side of a map in units of the layout.
const MAP: i32 = 128;
/// A map with its margin, and with the lines of text above and below it.
const TILE: [i32; 2] = [MAP + 22, MAP + 68];
/// Lines of a name above its map, and their height.
const NAME_LINES: usize = 2;
const LINE: i32 = 13;
const FONT: i32 = 11;
const LEFT: i32 = 14;
const TOP: i32 = HEADING + 4;
/// Height of the legend at the foot.
const LEGEND: i32 = 44;
/// Least and most maps in a row: the heading needs the former.
const COLUMNS: [usize; 2] = [4, 12];
/// Most maps on the sheet, which has to fit into memory.
const MOST: usize = 512;

/// Writes the sheet of `layers`, of which there is one at least.
pub(super) fn write(path: &Path, heading: &Heading, layers: &[&Layer]) -> Result<(), Error> {
    let shown = &layers[..layers.len().min(MOST)];
    // A little wider than high.
    let columns = (shown.len() as f64 * 1.3).sqrt().ceil() as usize;
    let columns = columns.clamp(COLUMNS[0], COLUMNS[1]);
    let rows = shown.len().div_ceil(columns) as i32;
    let size = [2 * LEFT + columns as i32 * TILE[0], TOP + rows * TILE[1] + LEGEND];
    let scales: Vec<Scale> = shown.iter().map(|layer| scale(layer)).collect();
    let place = |n: usize| {
        let (column, row) = ((n % columns) as i32, (n / columns) as i32);
        [LEFT + column * TILE[0], TOP + row * TILE[1]]
    };
    let mut pixels = white(size);
    for (n, (layer, scale)) in shown.iter().zip(&scales).enumerate() {
        paint(&mut pixels, size[0], map_at(place(n), layer), layer, scale);
    }
    png(path, size, pixels, |canvas| -> Draw {
        let count = match layers.len() - shown.len() {
            0 => format!("{} layers", layers.len()),
            _ => format!("the first {MOST} of {} layers", layers.len()),
        };
        let second = format!("{count}, sums over channels and steps; {}", heading.title);
        canvas.heading("spikes per position, layer by layer", &second, heading, size[0])?;
        for (n, (layer, scale)) in shown.iter().zip(&scales).enumerate() {
            label(canvas, place(n), layer, scale)?;
        }
        legend(canvas, [LEFT, size[1] - LEGEND + 8])
    })
}

/// Width and height of a layer's map: the longer side is [`MAP`].
fn map_size(layer: &Layer) -> [i32; 2] {
    let longest = layer.width.max(layer.height).max(1) as f64;
    [layer.width, layer.height]
        .map(|side| ((side as f64 / longest * f64::from(MAP)).round() as i32).max(2))
}

/// Where a map begins in its tile: below the name, centred in width.
fn map_at([left, top]: [i32; 2], layer: &Layer) -> [i32; 2] {
    let [width, _] = map_size(layer);
    [left + (MAP - width) / 2, top + NAME_LINES as i32 * LINE + 4]
}

/// Fills the map. Where a pixel holds several positions it has their mean.
fn paint(pixels: &mut [u8], sheet: i32, at: [i32; 2], layer: &Layer, scale: &Scale) {
    let [left, top] = at.map(|units| (units * ZOOM) as usize);
    let [width, height] = map_size(layer).map(|units| (units * ZOOM) as usize);
    let stride = (sheet * ZOOM) as usize * 3;
    for y in 0..height {
        let rows = covered(y, height, layer.height);
        for x in 0..width {
            let columns = covered(x, width, layer.width);
            let all = (rows.len() * columns.len()) as f64;
            let cells = rows.clone().flat_map(|row| {
                let line = row * layer.width;
                &layer.spikes_per_position[line + columns.start..line + columns.end]
            });
            let mean = cells.map(|&spikes| spikes as f64).sum::<f64>() / all;
            let ink = colour(scale.share(mean));
            let start = (top + y) * stride + (left + x) * 3;
            pixels[start..start + 3].copy_from_slice(&[ink.0, ink.1, ink.2]);
        }
    }
}

/// The cells of `cells` that pixel `at` of `pixels` covers, one at least.
fn covered(at: usize, pixels: usize, cells: usize) -> std::ops::Range<usize> {
    let first = at * cells / pixels;
    first..((at + 1) * cells / pixels).max(first + 1)
}

/// Name above, size and scale below.
fn label<DB: DrawingBackend>(
    canvas: &Canvas<DB>,
    [left, top]: [i32; 2],
    layer: &Layer,
    scale: &Scale,
) -> Draw {
    let lines = wrapped(&layer.name, |text| canvas.fit(text, FONT, TILE[0] - 6) == text);
    // Names of one line stand right above their map.
    let empty = NAME_LINES - lines.len();
    for (n, line) in lines.iter().enumerate() {
        let y = top + (n + empty) as i32 * LINE + LINE / 2;
        canvas.text([left, y], line, FONT, INK, Anchor::Left)?;
    }
    let (at, [width, height]) = (map_at([left, top], layer), map_size(layer));
    canvas.frame(at, [width, height], INK)?;
    let [low, high] = scale.ends().map(short);
    let size = format!("{} x {} x {}", layer.channels, layer.height, layer.width);
    let below = top + NAME_LINES as i32 * LINE + MAP + 15;
    let silent = layer.spikes_per_position.iter().all(|&spikes| spikes == 0);
    let range = match silent {
        true => "silent".into(),
        false => format!("{low} .. {high}{}", scale.note()),
    };
    canvas.text([left, below], &range, FONT, INK, Anchor::Left)?;
    canvas.text([left, below + LINE], &size, FONT, INK, Anchor::Left)
}

/// Letters that are tried for a line: names may have thousands, and a letter takes some pixels.
const MOST_LETTERS: usize = TILE[0] as usize;

/// A name in lines that fit; of what is too long for them the end stays, which tells layers apart.
fn wrapped(name: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut rest: Vec<char> = name.chars().collect();
    let mut lines: Vec<String> = vec![];
    while !rest.is_empty() && lines.len() < NAME_LINES {
        let fitting = |&count: &usize| fits(&rest[rest.len() - count..].iter().collect::<String>());
        // Lines are made from the end.
        let most = rest.len().min(MOST_LETTERS);
        let taken = (1..=most).rev().find(fitting).unwrap_or(1);
        lines.insert(0, rest.split_off(rest.len() - taken).into_iter().collect());
    }
    if let Some(first) = lines.first_mut().filter(|_| !rest.is_empty()) {
        *first = format!("…{}", first.chars().skip(1).collect::<String>());
    }
    lines
}

/// What the colours mean, the same for all maps.
fn legend<DB: DrawingBackend>(canvas: &Canvas<DB>, [left, top]: [i32; 2]) -> Draw {
    let (strips, strip) = (60, 3);
    for n in 0..strips {
        let share = (f64::from(n) + 0.5) / f64::from(strips);
        canvas.rect([left + n * strip, top], [strip, 12], colour(share))?;
    }
    canvas.frame([left, top], [strips * strip, 12], INK)?;
    let notes = [
        "each map: from the first to the second number below it",
        "then channels x height x width",
    ];
    for (line, note) in (0..).zip(notes) {
        canvas.text(
            [left + strips * strip + 10, top + 14 * line],
            note,
            FONT,
            INK,
            Anchor::Left,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_wrapped_and_keep_their_ends() {
        let fits = |text: &str| text.chars().count() <= 5;
        assert_eq!(wrapped("conv1", fits), ["conv1"]);
        assert_eq!(wrapped("conv12", fits), ["c", "onv12"]);
        assert_eq!(wrapped("one/long/name", fits), ["…long", "/name"].map(String::from));
    }

    #[test]
    fn every_cell_is_covered() {
        for (pixels, cells) in [(10, 3), (3, 10), (7, 7), (2, 1)] {
            let all: Vec<_> = (0..pixels).map(|at| covered(at, pixels, cells)).collect();
            assert_eq!((all[0].start, all[pixels - 1].end), (0, cells));
            assert!(all.windows(2).all(|pair| pair[1].start <= pair[0].end));
        }
    }
}
