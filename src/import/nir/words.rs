//! Words of the file, and its numbers, within messages.

use crate::plain::shown;

/// Most characters of the file in a message.
const MOST: usize = 120;

/// Text of the file: control characters escaped, and not more than a line or two of it.
pub fn clip(text: &str) -> String {
    let text: String = text.chars().take(MOST + 1).collect();
    let shown = shown(&text);
    match shown.chars().count() > MOST {
        true => shown.chars().take(MOST - 1).chain(['\u{2026}']).collect(),
        false => shown.into_owned(),
    }
}

/// A number, without the digits that only `f64` has: exporters write `f32`.
pub fn number(value: f64) -> String {
    (value as f32).to_string()
}

/// A shape, such as `[2, 34, 34]`.
pub fn dims(dims: &[usize]) -> String {
    clip(&format!("{dims:?}"))
}

/// Names in a sentence, the first few of them.
pub fn names(names: &[String]) -> String {
    const SOME: usize = 3;
    let told: Vec<String> =
        names.iter().take(SOME).map(|name| format!("'{}'", clip(name))).collect();
    match names.len().checked_sub(SOME) {
        Some(more @ 1..) => format!("{} and {more} more", told.join(", ")),
        _ => told.join(", "),
    }
}
