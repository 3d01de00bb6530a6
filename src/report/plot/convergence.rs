//! Accuracy and millijoules against the steps, a line per recipe.

use super::canvas::{FONT, set_font};
use super::colour::SERIES;
use crate::eval::Row;
use crate::report::Error;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

/// Width, and height without the legend.
const SIZE: (u32, u32) = (1200, 480);
/// Room for the legend: above the first line, and for each.
const LEGEND: (i32, i32) = (12, 20);
/// Lines of the legend side by side.
const COLUMNS: usize = 3;
const LABEL: (&str, u32) = (FONT, 16);

/// Writes `convergence.png` and `.svg`.
pub fn write(dir: &Path, title: &str, rows: &[Row]) -> Result<(), Error> {
    let fault = |path: &Path, reason: String| Error::Draw { path: path.into(), reason };
    let path = dir.join("convergence.png");
    set_font().map_err(|e| fault(&path, e))?;
    let recipes = recipes(rows);
    let legend = LEGEND.0 + LEGEND.1 * (recipes.len().div_ceil(COLUMNS) as i32);
    let size = (SIZE.0, SIZE.1 + legend as u32);
    let png = BitMapBackend::new(&path, size).into_drawing_area();
    draw(png, title, rows, &recipes).map_err(|e| fault(&path, e))?;
    let path = dir.join("convergence.svg");
    let svg = SVGBackend::new(&path, size).into_drawing_area();
    draw(svg, title, rows, &recipes).map_err(|e| fault(&path, e))
}

/// The recipes in their order; the float network is none.
fn recipes(rows: &[Row]) -> Vec<&str> {
    let spiking = rows.iter().filter(|row| row.steps.is_some());
    let mut recipes: Vec<&str> = spiking.map(|row| row.recipe.as_str()).collect();
    recipes.dedup();
    recipes
}

fn draw<DB: DrawingBackend>(
    area: DrawingArea<DB, Shift>,
    title: &str,
    rows: &[Row],
    recipes: &[&str],
) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    area.fill(&WHITE).map_err(text)?;
    let area = area.titled(title, (FONT, 20)).map_err(text)?;
    let (charts, below) = area.split_vertically(SIZE.1 as i32 - 24);
    let (left, right) = charts.split_horizontally(SIZE.0 as i32 / 2);
    let float = rows.iter().find(|row| row.steps.is_none()).and_then(|row| row.map50);
    let classifies = rows.iter().any(|row| row.accuracy.is_some());
    let labelled = rows.iter().any(|row| row.map50.is_some());
    match float {
        None if classifies => {
            panel(&left, "accuracy", rows, recipes, None, |row| row.accuracy)?;
        }
        // Networks that spike already have no float network of one pass.
        None if labelled => panel(&left, "mAP50", rows, recipes, None, |row| row.map50)?,
        Some(_) => {
            panel(&left, "mAP50 (line: float network)", rows, recipes, float, |row| row.map50)?
        }
        // Pictures without labels.
        None => panel(&left, "agreement with the float network", rows, recipes, None, |row| {
            row.agreement
        })?,
    }
    let energy = |row: &Row| Some(row.energy_mj?.nominal);
    panel(&right, "dynamic energy per picture (mJ)", rows, recipes, None, energy)?;
    legend(&below, recipes)?;
    area.present().map_err(text)
}

/// One chart; steps on a logarithmic axis.
fn panel<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    caption: &str,
    rows: &[Row],
    recipes: &[&str],
    level: Option<f64>,
    value: impl Fn(&Row) -> Option<f64>,
) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    let points = |recipe: &str| -> Vec<(f64, f64)> {
        let own = rows.iter().filter(|row| row.recipe == recipe);
        own.filter_map(|row| Some((row.steps? as f64, value(row)?))).collect()
    };
    let all: Vec<(f64, f64)> = recipes.iter().flat_map(|recipe| points(recipe)).collect();
    let most = all.iter().map(|p| p.1).chain(level).fold(0.0, f64::max);
    let last = all.iter().map(|p| p.0).fold(1.0, f64::max);
    let first = all.iter().map(|p| p.0).fold(last, f64::min);
    let top = if most > 0.0 { most * 1.08 } else { 1.0 };
    let mut chart = ChartBuilder::on(area)
        .caption(caption, LABEL)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((first * 0.9..last * 1.1).log_scale().base(2.0), 0.0..top)
        .map_err(text)?;
    chart
        .configure_mesh()
        .x_desc("steps T")
        .x_labels(12)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .label_style(LABEL)
        .light_line_style(WHITE)
        .draw()
        .map_err(text)?;
    if let Some(level) = level {
        let line = [(first * 0.9, level), (last * 1.1, level)];
        chart.draw_series(LineSeries::new(line, BLACK.mix(0.5))).map_err(text)?;
    }
    for (index, recipe) in recipes.iter().enumerate() {
        let series = points(recipe);
        let line = series.windows(2).flat_map(|pair| dashes(index, pair[0], pair[1]));
        let color = ink(index);
        chart
            .draw_series(line.map(|dash| PathElement::new(dash, color.stroke_width(2))))
            .map_err(text)?;
        chart
            .draw_series(series.iter().map(|&point| Circle::new(point, 3, color.filled())))
            .map_err(text)?;
    }
    Ok(())
}

fn ink(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

/// The line between two points: whole for the first colours, in 4, 8 and so on pieces where they come again.
fn dashes(index: usize, from: (f64, f64), to: (f64, f64)) -> Vec<[(f64, f64); 2]> {
    let pieces = 4 * (index / SERIES.len());
    // Even on the logarithmic axis.
    let at = |part: f64| (from.0 * (to.0 / from.0).powf(part), from.1 + (to.1 - from.1) * part);
    match pieces {
        0 => vec![[from, to]],
        _ => {
            (0..pieces).map(|n| [n as f64, n as f64 + 0.6].map(|n| at(n / pieces as f64))).collect()
        }
    }
}

fn legend<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    recipes: &[&str],
) -> Result<(), String> {
    let text = |e: DrawingAreaErrorKind<DB::ErrorType>| e.to_string();
    for (index, recipe) in recipes.iter().enumerate() {
        let column = (SIZE.0 as usize - 80) / COLUMNS * (index % COLUMNS);
        let (x, y) = (76 + column as i32, LEGEND.0 + LEGEND.1 * (index / COLUMNS) as i32);
        for [from, to] in dashes(index, (1.0, 0.0), (2.0, 36.0)) {
            let line = [(x + from.1 as i32, y), (x + to.1 as i32, y)];
            area.draw(&PathElement::new(line, ink(index).stroke_width(2))).map_err(text)?;
        }
        area.draw(&Text::new(*recipe, (x + 44, y - 8), LABEL)).map_err(text)?;
    }
    Ok(())
}
