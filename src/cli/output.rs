//! The one place that writes to standard output and standard error.
//!
//! A reader that goes away (`spikemesh profiles list | head -1`) has read enough: the rest is not
//! written, and that is no failure. What else goes wrong while writing is one.

use super::{Error, Result, call};
use crate::plain;
use serde::Serialize;
use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Whether the reader of standard output has gone away.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// What goes to standard output beside results that a command is asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Tables for people, and progress.
    Text,
    /// Nothing.
    Quiet,
    /// The table as JSON, and progress.
    Json,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Text as u8);

/// Settles it for the whole process, unless that is another program.
pub fn set(mode: Mode) {
    if call::listener().is_none() {
        MODE.store(mode as u8, Ordering::Relaxed);
    }
}

fn is(mode: Mode) -> bool {
    MODE.load(Ordering::Relaxed) == mode as u8
}

/// Whether only errors are told.
pub fn is_quiet() -> bool {
    is(Mode::Quiet)
}

/// Writes a value as JSON, where that was asked for.
///
/// # Errors
/// As [`text`].
pub fn json(value: &impl Serialize) -> Result<()> {
    if !is(Mode::Json) {
        return Ok(());
    }
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Output { error: error.into() })?;
    write(format_args!("{}\n", plain::shown_json(&text)))
}

/// Writes `text` to standard output, without an end of line, unless that is for JSON or nothing.
///
/// # Errors
/// Standard output takes no more, but not because its reader went away.
pub fn text(text: impl Display) -> Result<()> {
    if is(Mode::Text) { write(text) } else { Ok(()) }
}

/// Writes a table, its lines no longer than the terminal is wide: the files have all of it.
///
/// # Errors
/// As [`text`].
pub fn table(table: impl Display) -> Result<()> {
    let wide = console::Term::stdout();
    match wide.size_checked().filter(|_| wide.is_term()) {
        None => text(table),
        Some((_, columns)) => {
            let table = table.to_string();
            let line = |line: &str| console::truncate_str(line, columns.into(), "…").into_owned();
            let lines: Vec<String> = table.split('\n').map(line).collect();
            text(lines.join("\n"))
        }
    }
}

/// Writes what a command is asked for by name, such as a profile: with `--quiet`, too. A file gets
/// it as it is; a terminal obeys nothing of it.
///
/// # Errors
/// As [`text`].
pub fn product(text: impl Display) -> Result<()> {
    match std::io::stdout().is_terminal() {
        true => write(text),
        false => put(&text.to_string()),
    }
}

/// Says where a folder of results is, and what to open in it.
///
/// # Errors
/// As [`text`].
pub fn written(folder: &Path) -> Result<()> {
    line(format_args!("written to {}; open its report.html", folder.display()))
}

fn write(text: impl Display) -> Result<()> {
    // Whatever a file calls its layers and itself, a terminal obeys none of it.
    put(&plain::shown_lines(&text.to_string()))
}

fn put(text: &str) -> Result<()> {
    // Standard output belongs to the program that makes a call.
    if CLOSED.load(Ordering::Relaxed) || call::listener().is_some() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => Err(Error::Output { error }.into()),
    }
}

/// Writes a line to standard output.
///
/// # Errors
/// As [`text`].
pub fn line(line: impl Display) -> Result<()> {
    text(format_args!("{line}\n"))
}

/// Writes a line to standard error, unless only errors are wanted, or tells who makes the call.
pub fn remark(line: impl Display) {
    let line = line.to_string();
    let line = plain::shown_lines(&line);
    match call::listener() {
        Some(listener) => listener.remark(&line),
        None if is_quiet() => {}
        None => alarm(line),
    }
}

/// Writes a line to standard error; where that takes nothing, there is nobody to tell.
pub fn alarm(line: impl Display) {
    // One write, so that lines of several processes stay whole.
    let line = format!("{line}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
