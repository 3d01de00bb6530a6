//! Accuracy and millijoules against the steps, a line per recipe.

use super::canvas::{FONT, set_font};
use super::colour::SERIES;
use crate::eval::Row;
use crate::report::Error;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

const SIZE: (u32, u32) = (1200, 520);
const LABEL: (&str, u32) = (FONT, 16);

/// Writes `convergence.png` and `.svg`.
pub fn write(dir: &Path, title: &str, rows: &[Row]) -> Result<(), Error> {
    let fault = |path: &Path, reason: String| Error::Draw { path: path.into(), reason };
    let path = dir.join("convergence.png");
    set_font().map_err(|e| fault(&path, e))?;
    draw(BitMapBackend::new(&path, SIZE).into_drawing_area(), title, rows).map_err(|e| fault(&path, e))?;
    let path = dir.join("convergence.svg");
    draw(SVGBackend::new(&path, SIZE).into_drawing_area(), title, rows).map_err(|e| fault(&path, e))
}

fn draw<DB: DrawingBackend>(area: DrawingArea<DB, Shift>, title: &str, rows: &[Row]) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    area.fill(&WHITE).map_err(text)?;
    let area = area.titled(title, (FONT, 20)).map_err(text)?;
    let (left, right) = area.split_horizontally(SIZE.0 as i32 / 2);
    let float = rows.iter().find(|row| row.steps.is_none()).and_then(|row| row.map50);
    panel(&left, "mAP50 (line: float network)", rows, float, |row| row.map50)?;
    panel(&right, "dynamic energy per picture (mJ)", rows, None, |row| Some(row.energy_mj?.nominal))?;
    area.present().map_err(text)
}

/// One chart; steps and, for energies, values on logarithmic axes.
fn panel<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    caption: &str,
    rows: &[Row],
    level: Option<f64>,
    value: impl Fn(&Row) -> Option<f64>,
) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    let mut recipes: Vec<&str> = rows.iter().map(|row| row.recipe.as_str()).collect();
    recipes.dedup();
    let points = |recipe: &str| -> Vec<(f64, f64)> {
        let own = rows.iter().filter(|row| row.recipe == recipe);
        own.filter_map(|row| Some((row.steps? as f64, value(row)?))).collect()
    };
    let all: Vec<(f64, f64)> = recipes.iter().flat_map(|recipe| points(recipe)).collect();
    let most = all.iter().map(|p| p.1).chain(level).fold(0.0, f64::max);
    let first = all.iter().map(|p| p.0).fold(f64::INFINITY, f64::min).min(1e6);
    let last = all.iter().map(|p| p.0).fold(1.0, f64::max);
    let top = if most > 0.0 { most * 1.08 } else { 1.0 };
    let mut chart = ChartBuilder::on(area)
        .caption(caption, LABEL)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((first * 0.9..last * 1.1).log_scale(), 0.0..top)
        .map_err(text)?;
    let steps: Vec<f64> = all.iter().map(|p| p.0).collect();
    chart
        .configure_mesh()
        .x_desc("steps T")
        .x_labels(steps.len().clamp(2, 12))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .label_style(LABEL)
        .draw()
        .map_err(text)?;
    if let Some(level) = level {
        let line = [(first * 0.9, level), (last * 1.1, level)];
        chart.draw_series(LineSeries::new(line, BLACK.mix(0.5))).map_err(text)?;
    }
    for (index, recipe) in recipes.iter().enumerate() {
        let color = SERIES[index % SERIES.len()];
        let series = points(recipe);
        if series.is_empty() {
            continue;
        }
        let line = LineSeries::new(series.clone(), color.stroke_width(2));
        chart
            .draw_series(line)
            .map_err(text)?
            .label(*recipe)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        chart.draw_series(series.iter().map(|&point| Circle::new(point, 3, color.filled()))).map_err(text)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font(LABEL)
        .draw()
        .map_err(text)
}
