//! The difference of two runs for a terminal: settings, sums, and where most changed.

use super::{Change, Diff, Part};
use crate::report::readable::significant;
use crate::report::{MANIFEST, SUMMARY};
use std::fmt::Write;

/// Rows of a part at most.
const ROWS: usize = 8;

/// Sums that are shown, in this order: column of `summary.csv`, name, and what one unit of the
/// shown is in those of the column.
const SUMS: [(&str, &str, f64); 12] = [
    ("energy_uj", "energy, mJ", 1e3),
    ("energy_dynamic_uj", "  of events, mJ", 1e3),
    ("energy_static_uj", "  of leakage, mJ", 1e3),
    ("latency_us", "latency, ms", 1e3),
    ("processor_us", "processor, ms", 1e3),
    ("mean_power_mw", "average power, mW", 1.0),
    ("spikes", "spikes", 1.0),
    ("synaptic_operations", "synaptic operations", 1.0),
    ("packets", "packets", 1.0),
    ("hops", "hops", 1.0),
    ("cores", "cores", 1.0),
    ("head_error", "head error", 1.0),
];

/// Columns of these that are no amounts: several inputs have a mean of them, and no sum.
const MEANS: [&str; 3] = ["mean_power_mw", "cores", "head_error"];

/// What changed, by how much.
pub fn diff_text(diff: &Diff) -> String {
    let [a, b] = &diff.names;
    let mut text = format!("a: {a}\nb: {b}\n");
    let both = if diff.alone.is_empty() { "" } else { " that both have" };
    if diff.changes.is_empty() {
        let _ = writeln!(text, "no difference in {} figures and settings{both}", diff.compared);
    } else {
        let _ = writeln!(text, "{} of {} differ", diff.changes.len(), diff.compared);
    }
    part(&mut text, "settings", ["a", "b"], of_settings(diff));
    part(&mut text, "figures", ["a", "b"], sums(diff));
    let layers = largest(diff, Part::Layers);
    part(&mut text, "layers, energy of events in uJ", ["a", "b"], layers);
    let components = largest(diff, Part::Components);
    part(&mut text, "components, energy in uJ", ["a", "b"], components);
    for line in diff.alone.iter().take(ROWS) {
        let _ = writeln!(text, "{line}");
    }
    if let Some(more) = diff.alone.len().checked_sub(ROWS).filter(|&more| more > 0) {
        let _ = writeln!(text, "and {more} more that one run alone has");
    }
    text
}

/// A name, both values, and the change.
type Line = [String; 4];

fn of_settings(diff: &Diff) -> Vec<Line> {
    let own = diff.changes.iter().filter(|change| change.file == MANIFEST);
    let line = |change: &Change| {
        let key = change.column.strip_prefix("settings.").unwrap_or(&change.column);
        [key.to_owned(), clipped(&change.a, 24), clipped(&change.b, 24), String::new()]
    };
    own.map(line).collect()
}

/// Of all inputs together, where one changed: sums, or means of what is no amount.
fn sums(diff: &Diff) -> Vec<Line> {
    let line = |&(column, name, unit): &(&str, &str, f64)| {
        let of = |change: &&Change| change.file == SUMMARY && change.column == column;
        let changed = diff.changes.iter().find(of)?;
        let Some(sum) = diff.sums.get(&(Part::Figures, column.to_owned())) else {
            return Some(one_alone(changed, name, unit));
        };
        let mean = MEANS.contains(&column) && sum.rows > 1;
        let share = if mean { sum.rows as f64 } else { 1.0 };
        let name = if mean { format!("{name}, mean") } else { name.to_owned() };
        Some(shown(name, sum.both.map(|figure| figure / share / unit)))
    };
    SUMS.iter().filter_map(line).collect()
}

/// What only one of the runs knows; of several inputs the first.
fn one_alone(change: &Change, name: &str, unit: f64) -> Line {
    let cell = |text: &str| {
        text.parse::<f64>().map_or_else(|_| "-".to_owned(), |figure| significant(figure / unit))
    };
    [name.to_owned(), cell(&change.a), cell(&change.b), String::new()]
}

/// Of what changed, those of the largest difference; in microjoules.
fn largest(diff: &Diff, part: Part) -> Vec<Line> {
    let own = diff.sums.iter().filter(|((of, _), sum)| *of == part && sum.differs);
    let mut all: Vec<(String, [f64; 2])> =
        own.map(|((_, name), sum)| (name.clone(), sum.both)).collect();
    let apart = |[a, b]: [f64; 2]| (b - a).abs();
    all.sort_by(|(_, a), (_, b)| apart(*b).total_cmp(&apart(*a)));
    all.into_iter().map(|(name, figures)| shown(name, figures)).collect()
}

fn shown(name: String, [a, b]: [f64; 2]) -> Line {
    let percent = (a != 0.0).then(|| 100.0 * (b / a - 1.0));
    let change = percent.map_or_else(String::new, |percent| format!("{percent:+.1} %"));
    [name, significant(a), significant(b), change]
}

/// The beginning, if it is long.
fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
    }
}

fn part(text: &mut String, title: &str, [a, b]: [&str; 2], lines: Vec<Line>) {
    if lines.is_empty() {
        return;
    }
    let more = lines.len().saturating_sub(ROWS);
    let rows: Vec<Line> = lines.into_iter().take(ROWS).collect();
    let width = |n: usize, heading: &str| {
        let longest = rows.iter().map(|row| row[n].chars().count()).max().unwrap_or_default();
        longest.max(heading.len())
    };
    let [first, second, third, last] =
        [width(0, title), width(1, a), width(2, b), width(3, "change")];
    let head = [title, a, b, "change"].map(str::to_owned);
    for [name, a, b, change] in std::iter::once(&head).chain(&rows) {
        let line = format!("{name:<first$}  {a:>second$}  {b:>third$}  {change:>last$}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
}
