//! The text of `profiles compare`: columns side by side.

use super::Profile;
use super::sheet::{Row, Section, sheet};

/// What stands where only another profile has a row: a class has a default, and nothing else has.
fn absent(key: &str) -> &'static str {
    let is_class = CLASSES.iter().any(|begin| key.starts_with(begin));
    if is_class { "as default" } else { "none" }
}

/// How keys of classes begin.
const CLASSES: [&str; 2] = ["soma ", "synapse "];

/// Limits, capabilities and costs of `profiles`, a column each, and how far to trust them. Sources
/// are left to [`render`](super::render).
pub fn compare(profiles: &[Profile]) -> String {
    let sheets: Vec<Vec<Section>> = profiles.iter().map(sheet).collect();
    let header = profiles.iter().map(|profile| profile.name.clone()).collect();
    let mut lines = vec![Line::Row(String::new(), header)];
    // All sheets have the same sections.
    for (index, Section { title, .. }) in sheets.first().into_iter().flatten().enumerate() {
        lines.push(Line::Title(title));
        let columns: Vec<&[Row]> = sheets.iter().map(|sheet| &sheet[index].rows[..]).collect();
        for key in merged(&columns) {
            let cells = columns.iter().map(|rows| cell(rows, key)).collect();
            lines.push(Line::Row(format!("  {key}"), cells));
        }
    }
    let mut text = aligned(&lines);
    for Profile { name, title, trust, .. } in profiles {
        text.push_str(&format!("\n{name}: {title}\n  {trust}\n"));
    }
    text
}

enum Line {
    Title(&'static str),
    Row(String, Vec<String>),
}

fn cell(rows: &[Row], key: &str) -> String {
    rows.iter().find(|row| row.key == key).map_or(absent(key).into(), |row| row.value.clone())
}

/// The keys of all columns; one that the first lacks stands where its own column has it.
fn merged<'a>(columns: &[&'a [Row]]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = vec![];
    for rows in columns {
        let mut next = 0;
        for row in *rows {
            match keys.iter().position(|key| *key == row.key) {
                Some(at) => next = at + 1,
                None => {
                    keys.insert(next, &row.key);
                    next += 1;
                }
            }
        }
    }
    keys
}

fn aligned(lines: &[Line]) -> String {
    let mut widths: Vec<usize> = vec![];
    for line in lines {
        let Line::Row(key, cells) = line else { continue };
        widths.resize(widths.len().max(cells.len() + 1), 0);
        for (width, cell) in widths.iter_mut().zip(std::iter::once(key).chain(cells)) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Title(title) => text.push_str(&format!("\n{title}")),
            Line::Row(key, cells) => {
                let cells = std::iter::once(key).chain(cells).zip(&widths);
                let cells: Vec<String> =
                    cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
                text.push_str(cells.join("  ").trim_end());
            }
        }
        text.push('\n');
    }
    text
}
