//! The one place that writes to standard output and standard error.
//!
//! A reader that goes away (`spikemesh profiles list | head -1`) has read enough: the rest is not
//! written, and that is no failure. What else goes wrong while writing is one.

use super::{Error, Result};
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the reader of standard output has gone away.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// Writes `text` to standard output, without an end of line.
///
/// # Errors
/// Standard output takes no more, but not because its reader went away.
pub fn text(text: impl Display) -> Result<()> {
    if CLOSED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
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

/// Writes a line to standard error; where that takes nothing, there is nobody to tell.
pub fn remark(line: impl Display) {
    // One write, so that lines of several processes stay whole.
    let line = format!("{line}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
