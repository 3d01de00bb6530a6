//! Profile errors, pointing at file, line and column.

use crate::plain::shown;
use std::ops::Range;
use std::path::PathBuf;

use super::excerpt::Excerpt;
use miette::{Diagnostic, SourceSpan};

/// Why a profile did not load.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither an embedded profile nor a file.
    #[error("no profile `{}`{hint}: it is neither a file nor one of {known}", shown(name))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Which one was meant, if that can be guessed.
        hint: String,
        /// The embedded names.
        known: String,
    },
    /// The file could not be read.
    #[error("cannot read profile {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not a valid profile.
    #[error(transparent)]
    Invalid(#[from] Box<Invalid>),
}

/// A fault at one place of one file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Invalid {
    /// The file, or the name of an embedded profile with `.toml`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// Text of the file, for the caret.
    #[source_code]
    pub text: Excerpt,
    /// Place in that text, in bytes.
    #[label("here")]
    pub span: SourceSpan,
}

impl Invalid {
    /// A fault at a byte range of `text`; only its first line is marked.
    pub(crate) fn new(file: &str, text: &str, span: Range<usize>, message: String) -> Box<Self> {
        // What is missing at the end of a file is missing behind its last line.
        let end = text.trim_end_matches(['\n', '\r']).len();
        let mut start = if span.start >= text.len() { end } else { span.start };
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        // A byte order mark takes no column.
        let own = before.chars().rev().take_while(|&c| c != '\n');
        let column = own.filter(|&c| c != '\u{feff}').count() + 1;
        let rest = text[start..].find('\n').unwrap_or(text.len() - start);
        let length = span.end.saturating_sub(start).min(rest);
        // It may hold a key of the file, whose breaks are no lines of ours.
        let message = shown(&message).into_owned();
        let (text, span) = Excerpt::new(file, text, start..start + length);
        Box::new(Self { file: file.to_owned(), line, column, message, text, span })
    }
}
