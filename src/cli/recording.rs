//! `spikemesh inspect RECORDING`: what an event camera saw.

use super::Result;
use super::output;
use crate::encode::events::{self, Recording};
use crate::plain::shown;
use crate::report::{grouped, significant};
use std::fmt::Write;
use std::path::Path;

/// Longest line of the table.
const WIDTH: usize = 80;
/// Columns of its names.
const NAMES: usize = 14;

/// Prints what a recording holds; `false` where `path` is none.
///
/// # Errors
/// A recording that cannot be read.
pub fn inspected(path: &Path) -> Result<bool> {
    if events::recognised(path).is_none() && !events::is_meant(path) {
        return Ok(false);
    }
    output::text(table(&events::read(path)?))?;
    Ok(true)
}

/// A line for each thing that can be said, then the notes.
fn table(recording: &Recording) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "{name:NAMES$}{value}");
    };
    let (events, on) = (recording.events.len(), recording.on());
    line("format", recording.format.into());
    line("events", grouped(events as u64));
    line("on, off", format!("{}, {}", grouped(on as u64), grouped((events - on) as u64)));
    line("size", size(recording));
    if let Some((first, last)) = recording.first_us().zip(recording.last_us()) {
        let duration = recording.duration_us();
        line("first event", format!("{} us", grouped(first)));
        line("last event", format!("{} us", grouped(last)));
        line("duration", format!("{} us", grouped(duration)));
        if duration > 0 {
            let rate = events as f64 / (duration as f64 * 1e-6);
            line("rate", format!("{} events/s", significant(rate)));
        }
    }
    if let Some(pixel) = recording.busiest() {
        let at = format!("x = {}, y = {}", pixel.x, pixel.y);
        line("busiest pixel", format!("{at}, {} events", grouped(pixel.events as u64)));
    }
    for note in &recording.notes {
        for (index, part) in wrapped(&shown(note)).iter().enumerate() {
            line(if index == 0 { "note" } else { "" }, part.clone());
        }
    }
    text
}

/// As the file gives it, or what the events need at least.
fn size(recording: &Recording) -> String {
    if let (Some(width), Some(height)) = (recording.width, recording.height) {
        return format!("{width} x {height}");
    }
    let events = || recording.events.iter();
    let far = [events().map(|event| event.x).max(), events().map(|event| event.y).max()];
    match far {
        [Some(x), Some(y)] => {
            let (width, height) = (u32::from(x) + 1, u32::from(y) + 1);
            format!("not in the file; the events need {width} x {height}")
        }
        _ => "not in the file".into(),
    }
}

/// A note in lines that fit behind the names.
fn wrapped(note: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in note.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && NAMES + line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
