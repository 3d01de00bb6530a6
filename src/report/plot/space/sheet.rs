//! The heat maps of all layers on one sheet, as small multiples, each with its own scale.

use super::scale;
use crate::activity::Layer;
use crate::report::Error;
use crate::report::plot::Heading;
use crate::report::plot::style::{
    Anchor, Canvas, Draw, HEADING, INK, SMALL, Scale, colour, measure, short,
};
use crate::report::plot::target::{Made, Target};

/// Cells of a map in a unit of the layout, at most.
const FINEST: i32 = 2;
/// Side of a map in units of the layout.
const MAP: i32 = 128;
/// A map with its margin, and with the lines of text above and below it.
const TILE: [i32; 2] = [MAP + 22, MAP + 68];
/// Lines of a name above its map, and their height.
const NAME_LINES: usize = 2;
const LINE: i32 = 13;
const LEFT: i32 = 14;
const TOP: i32 = HEADING + 4;
/// Height of the legend at the foot.
const LEGEND: i32 = 44;
/// Least and most maps in a row: the heading needs the former.
const COLUMNS: [usize; 2] = [4, 12];
/// Most maps on the sheet, which has to fit into memory.
const MOST: usize = 512;

/// Draws the sheet of `layers`, of which there is one at least.
pub(super) fn write(
    target: &Target,
    name: &str,
    heading: &Heading,
    layers: &[&Layer],
) -> Result<(), Error> {
    let shown = &layers[..layers.len().min(MOST)];
    // A little wider than high.
    let columns = (shown.len() as f64 * 1.3).sqrt().ceil() as usize;
    let columns = columns.clamp(COLUMNS[0], COLUMNS[1]);
    let rows = shown.len().div_ceil(columns) as i32;
    let size = [2 * LEFT + columns as i32 * TILE[0], TOP + rows * TILE[1] + LEGEND];
    target.picture(name, size, Made::Cells, &|canvas| -> Draw {
        let count = match layers.len() - shown.len() {
            0 => format!("{} layers", layers.len()),
            _ => format!("the first {MOST} of {} layers", layers.len()),
        };
        let second = format!("{count}, sums over channels and steps; {}", heading.title);
        canvas.heading(
            "spikes per position, layer by layer",
            &second,
            heading.idealised,
            size[0],
        )?;
        for (n, layer) in shown.iter().enumerate() {
            let (column, row) = ((n % columns) as i32, (n / columns) as i32);
            let place = [LEFT + column * TILE[0], TOP + row * TILE[1]];
            let scale = scale(layer);
            paint(canvas, map_at(place, layer), layer, &scale)?;
            label(canvas, place, layer, &scale)?;
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

/// Fills the map. Where a cell of the picture holds several positions it has their mean.
fn paint(canvas: &Canvas, at: [i32; 2], layer: &Layer, scale: &Scale) -> Draw {
    let size = map_size(layer);
    let most = size.map(|side| (side * FINEST) as usize);
    let cells = [layer.width.min(most[0]), layer.height.min(most[1])];
    canvas.map(at, size, cells, |[x, y]| {
        let (columns, rows) =
            (covered(x, cells[0], layer.width), covered(y, cells[1], layer.height));
        let all = (rows.len() * columns.len()) as f64;
        let positions = rows.flat_map(|row| {
            let line = row * layer.width;
            &layer.spikes_per_position[line + columns.start..line + columns.end]
        });
        colour(scale.share(positions.map(|&spikes| spikes as f64).sum::<f64>() / all))
    })
}

/// The cells of `cells` that pixel `at` of `pixels` covers, one at least.
fn covered(at: usize, pixels: usize, cells: usize) -> std::ops::Range<usize> {
    let first = at * cells / pixels;
    first..((at + 1) * cells / pixels).max(first + 1)
}

/// Name above, size and scale below.
fn label(canvas: &Canvas, [left, top]: [i32; 2], layer: &Layer, scale: &Scale) -> Draw {
    let lines = wrapped(&layer.name, |text| measure(text, SMALL) <= TILE[0] - 6);
    // Names of one line stand right above their map.
    let empty = NAME_LINES - lines.len();
    for (n, line) in lines.iter().enumerate() {
        let y = top + (n + empty) as i32 * LINE + LINE / 2;
        canvas.text([left, y], line, SMALL, INK, Anchor::Left)?;
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
    canvas.text([left, below], &range, SMALL, INK, Anchor::Left)?;
    canvas.text([left, below + LINE], &size, SMALL, INK, Anchor::Left)
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
fn legend(canvas: &Canvas, [left, top]: [i32; 2]) -> Draw {
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
            SMALL,
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
