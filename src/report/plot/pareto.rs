//! Trials of searches: joules against the error of the heads, or the share of wrong answers.

use super::canvas::{FONT, set_font};
use super::colour::SERIES;
use crate::report::Error;
use crate::tune::{self, Figures, Trial};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (900, 600);
const LABEL: (&str, u32) = (FONT, 16);

/// Writes `pareto.png` and `.svg`.
pub fn write(dir: &Path, title: &str, searches: &[Vec<Trial>]) -> Result<(), Error> {
    let fault = |path: &Path, reason: String| Error::Draw { path: path.into(), reason };
    let path = dir.join("pareto.png");
    set_font().map_err(|e| fault(&path, e))?;
    let png = BitMapBackend::new(&path, SIZE).into_drawing_area();
    draw(png, title, searches).map_err(|e| fault(&path, e))?;
    let path = dir.join("pareto.svg");
    let svg = SVGBackend::new(&path, SIZE).into_drawing_area();
    draw(svg, title, searches).map_err(|e| fault(&path, e))
}

fn figures(trial: &Trial) -> Option<&Figures> {
    trial.measure.as_ref().filter(|_| !trial.stopped).map(|measure| measure.end())
}

fn point(trial: &Trial) -> Option<(f64, f64)> {
    figures(trial).map(|f| (f.energy_mj().nominal, f.wrong()))
}

/// Those that no other one beats in both.
fn front(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut front: Vec<(f64, f64)> = vec![];
    for point in sorted {
        if front.last().is_none_or(|last| point.1 < last.1) {
            front.push(point);
        }
    }
    front
}

fn draw<DB: DrawingBackend>(
    area: DrawingArea<DB, Shift>,
    title: &str,
    searches: &[Vec<Trial>],
) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    area.fill(&WHITE).map_err(text)?;
    let area = area.titled(title, (FONT, 20)).map_err(text)?;
    let all: Vec<(f64, f64)> = searches.iter().flatten().filter_map(point).collect();
    let most = |of: fn(&(f64, f64)) -> f64| all.iter().map(of).fold(0.0, f64::max);
    let answers = searches.iter().flatten().filter_map(figures).any(|f| f.accuracy.is_some());
    let (input, error) = match answers {
        true => ("input", "share of wrong answers"),
        false => ("picture", "error of the heads, share of the float values"),
    };
    let (right, top) = (most(|p| p.0), most(|p| p.1));
    let above = |most: f64| if most > 0.0 { most * 1.05 } else { 1.0 };
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..above(right) * 1.25, 0.0..above(top))
        .map_err(text)?;
    chart
        .configure_mesh()
        .x_desc(format!("energy of events and powered chips per {input} (mJ)"))
        .y_desc(error)
        .label_style(LABEL)
        .light_line_style(WHITE)
        .draw()
        .map_err(text)?;
    let line = LineSeries::new(front(&all), BLACK.mix(0.4).stroke_width(2));
    chart
        .draw_series(line)
        .map_err(text)?
        .label("no trial is better in both")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], BLACK.mix(0.4).stroke_width(2)));
    let mut names: Vec<&str> =
        searches.iter().filter_map(|t| t.first()).map(|t| t.run.search.name()).collect();
    names.sort_unstable();
    names.dedup();
    for (index, name) in names.iter().enumerate() {
        let colour = SERIES[index % SERIES.len()];
        let own =
            searches.iter().flatten().filter(|t| t.run.search.name() == *name && t.number > 0);
        let dots = own.filter_map(|t| Some(Circle::new(point(t)?, 3, colour.filled())));
        let series = chart.draw_series(dots).map_err(text)?;
        series.label(*name).legend(move |(x, y)| Circle::new((x + 8, y), 4, colour.filled()));
    }
    let marks = [
        ("untuned", searches.first().and_then(|trials| trials.first())),
        ("tuned", searches.first().and_then(|trials| tune::best(trials))),
    ];
    for (name, trial) in marks {
        let Some(at) = trial.and_then(point) else { continue };
        let ring = Circle::new(at, 7, BLACK.stroke_width(2));
        chart.draw_series([ring]).map_err(text)?;
        chart
            .draw_series([Text::new(name, (at.0 + right * 0.012, at.1 + top * 0.035), LABEL)])
            .map_err(text)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .label_font(LABEL)
        .draw()
        .map_err(text)?;
    area.present().map_err(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fronts() {
        let points = [(3.0, 1.0), (1.0, 5.0), (2.0, 5.0), (2.0, 2.0), (4.0, 1.0)];
        assert_eq!(front(&points), [(1.0, 5.0), (2.0, 2.0), (3.0, 1.0)]);
    }
}
