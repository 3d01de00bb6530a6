//! Trials of searches: joules against the error of the heads, or the share of wrong answers.

use super::Heading;
use super::style::{
    Anchor, Axis, BELOW, Canvas, Chart, Draw, Entry, HEADING, INK, LEFT, Labels, Mark, SERIES,
    TEXT, around, legend_height, measure,
};
use super::target::{Made, Target};
use crate::report::Error;
use plotters::style::RGBColor;

const WIDTH: i32 = 900;
/// Of the chart.
const HEIGHT: i32 = 440;
const MARGIN: i32 = 14;
const FRONT: RGBColor = RGBColor(150, 150, 150);

/// A trial that was measured to its end.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Point {
    /// Name of the search; none for the untuned network.
    pub search: Option<String>,
    pub energy_mj: f64,
    /// Share of the float values, or of answers.
    pub wrong: f64,
}

/// What searches found.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Searches {
    pub points: Vec<Point>,
    /// Untuned and tuned, where they were measured, as millijoules and error.
    pub marked: [Option<[f64; 2]>; 2],
    /// Whether errors are wrong answers.
    pub answers: bool,
}

/// Draws `pareto`.
pub(super) fn write(target: &Target, heading: &Heading, searches: &Searches) -> Result<(), Error> {
    let entries = entries(searches);
    let inner = WIDTH - 2 * MARGIN;
    let top = HEADING + legend_height(&entries, inner) + 12;
    let size = [WIDTH, top + HEIGHT + BELOW + MARGIN];
    target.picture("pareto", size, Made::Lines, &|canvas| {
        canvas.heading(&heading.title, &heading.input, heading.idealised, WIDTH)?;
        canvas.legend([MARGIN, HEADING], inner, &entries)?;
        draw(canvas, &chart(searches, top), searches)
    })
}

/// Names of the searches, each once, in the order of the alphabet.
fn names(searches: &Searches) -> Vec<&str> {
    let mut names: Vec<&str> =
        searches.points.iter().filter_map(|point| point.search.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn entries(searches: &Searches) -> Vec<Entry> {
    let ink = |n: usize| SERIES[n % SERIES.len()];
    let dots = names(searches).into_iter().enumerate();
    let mut entries: Vec<Entry> =
        dots.map(|(n, name)| Entry::new(Mark::Dot(ink(n)), format!("trial of {name}"))).collect();
    entries.push(Entry::new(Mark::Line(FRONT, 0), "no trial is better in both"));
    entries.push(Entry::new(Mark::Ring, "before and after the search"));
    entries
}

fn chart(searches: &Searches, top: i32) -> Chart {
    let all = || {
        let points = searches.points.iter().map(|point| [point.energy_mj, point.wrong]);
        points.chain(searches.marked.iter().flatten().copied())
    };
    let most = |n: usize| all().map(|point| point[n]).fold(0.0, f64::max);
    let (input, error) = match searches.answers {
        true => ("input", "share of wrong answers"),
        false => ("picture", "error of the heads, share of the float values"),
    };
    let energy = format!("energy of events and powered chips per {input}, mJ");
    Chart {
        at: [LEFT + MARGIN, top],
        size: [WIDTH - LEFT - 3 * MARGIN, HEIGHT],
        x: Axis::linear(energy, most(0), 10),
        y: Axis::linear(error, most(1), 8),
    }
}

/// Those that no other one beats in both.
fn front(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut front: Vec<[f64; 2]> = vec![];
    for point in sorted {
        if front.last().is_none_or(|last| point[1] < last[1]) {
            front.push(point);
        }
    }
    front
}

/// Places of the untuned and the tuned network, with their labels: one where they are the same.
fn marked(chart: &Chart, searches: &Searches) -> Vec<([f64; 2], &'static str)> {
    match searches.marked {
        [Some(before), Some(after)] if before == after => {
            vec![(chart.place(before), "untuned, nothing better found")]
        }
        both => {
            let named = both.into_iter().zip(["untuned", "tuned"]);
            named.filter_map(|(point, name)| Some((chart.place(point?), name))).collect()
        }
    }
}

/// The point `far` from `from` on the way to `to`.
fn beyond(from: [f64; 2], to: [f64; 2], far: f64) -> [f64; 2] {
    let way = [to[0] - from[0], to[1] - from[1]];
    let share = (far / way[0].hypot(way[1]).max(far)).min(1.0);
    [from[0] + way[0] * share, from[1] + way[1] * share]
}

fn draw(canvas: &Canvas, chart: &Chart, searches: &Searches) -> Draw {
    chart.axes(canvas)?;
    let at = |point: &Point| [point.energy_mj, point.wrong];
    let all: Vec<[f64; 2]> = searches.points.iter().map(at).collect();
    let line: Vec<[f64; 2]> = front(&all).into_iter().map(|point| chart.place(point)).collect();
    canvas.line(&line, 2.0, FRONT)?;
    let names = names(searches);
    let marked = marked(chart, searches);
    marked.iter().try_for_each(|(place, _)| canvas.ring(*place, 7.5, INK))?;
    for point in &searches.points {
        let Some(name) = point.search.as_deref() else { continue };
        let n = names.iter().position(|other| *other == name).unwrap_or(0);
        canvas.dot(chart.place(at(point)), 3.5, SERIES[n % SERIES.len()])?;
    }
    let ([left, top], [width, height]) = (chart.at, chart.size);
    let mut labels = Labels::within([left + 2, top, left + width, top + height - 2]);
    let square = |[x, y]: [f64; 2], half: i32| {
        let [x, y] = [x, y].map(|units| units.round() as i32);
        [x - half, y - half, x + half, y + half]
    };
    all.iter().for_each(|&point| labels.keep(square(chart.place(point), 5)));
    // The line, too, as a chain of small squares.
    for pair in line.windows(2) {
        let part = |n: f64| [0, 1].map(|axis| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * n);
        (0..=60).for_each(|n| labels.keep(square(part(f64::from(n) / 60.0), 3)));
    }
    marked.iter().for_each(|(place, _)| labels.keep(square(*place, 10)));
    for (place, name) in marked {
        let size = [measure(name, TEXT) + 4, TEXT + 2];
        let point = place.map(|units| units.round() as i32);
        let Some([x, y]) = labels.place(size, around(point, size)) else { continue };
        let near = [point[0].clamp(x, x + size[0]), point[1].clamp(y, y + size[1])];
        canvas.line(&[beyond(place, near.map(f64::from), 8.5), near.map(f64::from)], 1.0, FRONT)?;
        canvas.text([x + 2, y + size[1] / 2], name, TEXT, INK, Anchor::Left)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fronts() {
        let points = [[3.0, 1.0], [1.0, 5.0], [2.0, 5.0], [2.0, 2.0], [4.0, 1.0]];
        assert_eq!(front(&points), [[1.0, 5.0], [2.0, 2.0], [3.0, 1.0]]);
    }
}
