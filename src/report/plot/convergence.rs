//! Accuracy and millijoules against the steps, and accuracy against millijoules, a line per recipe.

use super::Heading;
use super::style::{
    Axis, BELOW, Canvas, Chart, Draw, Entry, HEADING, LEFT, Mark, SERIES, legend_height,
};
use super::target::{Made, Target};
use crate::energy::Band;
use crate::eval::Row;
use crate::report::Error;
use plotters::style::RGBColor;

const WIDTH: i32 = 960;
const MARGIN: i32 = 14;
/// Heights of the upper two charts and of the lower one.
const UPPER: i32 = 270;
const LOWER: i32 = 300;
const GAP: i32 = 26;
/// Width of one of two charts.
const HALF: i32 = (WIDTH - 2 * LEFT - 4 * MARGIN) / 2;
/// The float network.
const FLOAT: RGBColor = RGBColor(130, 130, 130);

/// What rows are judged by, how it is called, and what the float network reaches.
struct Quality {
    title: &'static str,
    of: fn(&Row) -> Option<f64>,
    float: Option<f64>,
}

impl Quality {
    fn of(rows: &[Row]) -> Quality {
        let float = rows.iter().find(|row| row.steps.is_none() && row.refused.is_none());
        let has = |of: fn(&Row) -> Option<f64>| rows.iter().any(|row| of(row).is_some());
        let quality =
            |title, of: fn(&Row) -> Option<f64>| Quality { title, of, float: float.and_then(of) };
        match float.and_then(|row| row.map50) {
            None if has(|row| row.accuracy) => quality("accuracy", |row| row.accuracy),
            // Networks that spike already have no float network of one pass.
            None if has(|row| row.map50) => quality("mAP50", |row| row.map50),
            Some(_) => quality("mAP50", |row| row.map50),
            // Pictures without labels.
            None => Quality {
                float: None,
                ..quality("agreement with the float network", |row| row.agreement)
            },
        }
    }
}

/// A row of a recipe that has been emulated.
struct Point {
    steps: f64,
    mj: Option<Band>,
    quality: Option<f64>,
}

/// The points of a recipe on a chip, in the order of steps.
struct Line {
    name: String,
    points: Vec<Point>,
}

fn lines(rows: &[Row], quality: &Quality) -> Vec<Line> {
    let several = rows.iter().any(|row| row.profile != rows[0].profile);
    let mut lines: Vec<Line> = vec![];
    for row in rows {
        let Some(steps) = row.steps else { continue };
        let mj = row.total_mj().filter(|band| band.low > 0.0);
        let point = Point { steps: steps as f64, mj, quality: (quality.of)(row) };
        let name = match several {
            true => format!("{}, {}", row.recipe, row.profile),
            false => row.recipe.clone(),
        };
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { name, points: vec![point] }),
        }
    }
    lines
}

/// Draws `convergence`.
pub(super) fn write(target: &Target, heading: &Heading, rows: &[Row]) -> Result<(), Error> {
    let quality = Quality::of(rows);
    let lines = lines(rows, &quality);
    let entries = entries(&lines, &quality);
    let inner = WIDTH - 2 * MARGIN;
    let top = HEADING + legend_height(&entries, inner) + 12;
    let below = top + UPPER + BELOW + GAP;
    let size = [WIDTH, below + LOWER + BELOW + MARGIN];
    target.picture("convergence", size, Made::Lines, &|canvas| {
        canvas.heading(&heading.title, &heading.input, heading.idealised, WIDTH)?;
        canvas.legend([MARGIN, HEADING], inner, &entries)?;
        let second = LEFT + MARGIN + HALF + LEFT + MARGIN;
        qualities(canvas, [LEFT + MARGIN, top], &lines, &quality)?;
        energies(canvas, [second, top], &lines)?;
        both(canvas, [LEFT + MARGIN, below], &lines, &quality)
    })
}

fn entries(lines: &[Line], quality: &Quality) -> Vec<Entry> {
    let mark = |n: usize| Mark::Line(ink(n), dashes(n));
    let named = lines.iter().enumerate();
    let mut entries: Vec<Entry> = named.map(|(n, line)| Entry::new(mark(n), &*line.name)).collect();
    if quality.float.is_some() {
        entries.push(Entry::new(Mark::Line(FLOAT, 0), "float network"));
    }
    entries.push(Entry::new(Mark::Range, "low .. high of the energy; shaded, too"));
    entries
}

fn ink(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

/// Whole lines for the first colours, 4, 8 and so on pieces where they come again.
fn dashes(index: usize) -> usize {
    4 * (index / SERIES.len())
}

/// Every step count that occurs.
fn steps(lines: &[Line]) -> Axis {
    let all = lines.iter().flat_map(|line| line.points.iter().map(|point| point.steps));
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    Axis::of("steps T", &all)
}

fn quality_axis(lines: &[Line], quality: &Quality) -> Axis {
    let all = lines.iter().flat_map(|line| line.points.iter().filter_map(|point| point.quality));
    Axis::linear(quality.title, all.chain(quality.float).fold(0.0, f64::max), 6)
}

fn energy_axis(lines: &[Line]) -> Axis {
    let bands = lines.iter().flat_map(|line| line.points.iter().filter_map(|point| point.mj));
    let title = "energy of events and chips, mJ (log)";
    Axis::logarithmic(title, bands.flat_map(|band| [band.low, band.high]))
}

/// Accuracy against steps.
fn qualities(canvas: &Canvas, at: [i32; 2], lines: &[Line], quality: &Quality) -> Draw {
    let (x, y) = (steps(lines), quality_axis(lines, quality));
    let chart = Chart { at, size: [HALF, UPPER], x, y };
    chart.axes(canvas)?;
    float(canvas, &chart, quality)?;
    series(canvas, &chart, lines, |point| Some([point.steps, point.quality?]))
}

/// Energy against steps, with its ends.
fn energies(canvas: &Canvas, at: [i32; 2], lines: &[Line]) -> Draw {
    let chart = Chart { at, size: [HALF, UPPER], x: steps(lines), y: energy_axis(lines) };
    chart.axes(canvas)?;
    for (n, line) in lines.iter().enumerate() {
        let bands = || line.points.iter().filter_map(|point| Some((point.steps, point.mj?)));
        let low = bands().map(|(steps, band)| chart.place([steps, band.low]));
        let high = bands().map(|(steps, band)| chart.place([steps, band.high]));
        let around: Vec<[f64; 2]> = low.chain(high.collect::<Vec<_>>().into_iter().rev()).collect();
        if around.len() > 2 {
            canvas.shade(&around, ink(n))?;
        }
    }
    series(canvas, &chart, lines, |point| Some([point.steps, point.mj?.nominal]))
}

/// Accuracy against energy.
fn both(canvas: &Canvas, at: [i32; 2], lines: &[Line], quality: &Quality) -> Draw {
    let size = [WIDTH - LEFT - 3 * MARGIN, LOWER];
    let chart = Chart { at, size, x: energy_axis(lines), y: quality_axis(lines, quality) };
    chart.axes(canvas)?;
    float(canvas, &chart, quality)?;
    for (n, line) in lines.iter().enumerate() {
        for point in &line.points {
            let (Some(band), Some(value)) = (point.mj, point.quality) else { continue };
            let ends = [band.low, band.high].map(|mj| chart.place([mj, value]));
            canvas.line(&ends, 1.0, ink(n))?;
            for [x, y] in ends {
                canvas.line(&[[x, y - 4.0], [x, y + 4.0]], 1.0, ink(n))?;
            }
        }
    }
    series(canvas, &chart, lines, |point| Some([point.mj?.nominal, point.quality?]))
}

/// What the float network reaches.
fn float(canvas: &Canvas, chart: &Chart, quality: &Quality) -> Draw {
    let Some(level) = quality.float else { return Ok(()) };
    let y = chart.place([1.0, level])[1];
    let [from, to] = [chart.at[0], chart.at[0] + chart.size[0]].map(f64::from);
    canvas.line(&[[from, y], [to, y]], 1.5, FLOAT)
}

fn series(
    canvas: &Canvas,
    chart: &Chart,
    lines: &[Line],
    of: impl Fn(&Point) -> Option<[f64; 2]>,
) -> Draw {
    for (n, line) in lines.iter().enumerate() {
        let points = line.points.iter().filter_map(&of).map(|point| chart.place(point));
        let points: Vec<[f64; 2]> = points.collect();
        for pair in points.windows(2) {
            for piece in pieces(dashes(n), pair[0], pair[1]) {
                canvas.line(&piece, 2.0, ink(n))?;
            }
        }
        points.iter().try_for_each(|&point| canvas.dot(point, 3.5, ink(n)))?;
    }
    Ok(())
}

/// The line between two places, whole or in pieces.
fn pieces(count: usize, from: [f64; 2], to: [f64; 2]) -> Vec<[[f64; 2]; 2]> {
    let at = |part: f64| [0, 1].map(|n| from[n] + (to[n] - from[n]) * part);
    match count {
        0 => vec![[from, to]],
        _ => {
            let part = |n: f64| at(n / count as f64);
            (0..count).map(|n| [n as f64, n as f64 + 0.6].map(part)).collect()
        }
    }
}
