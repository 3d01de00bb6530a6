//! What ends a command: an error with a code, and how it is shown.

use crate::error_code::{Code, Coded};
use crate::plain;
use miette::{
    Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler, SourceCode,
};
use std::error::Error;
use std::fmt;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Any error that has a code. `?` makes it, so that what has none cannot end a command.
#[derive(Debug)]
pub struct Failure {
    error: Box<dyn Coded>,
    refusal: bool,
}

/// What commands return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure { error: Box::new(error), refusal: false }
    }
}

impl Failure {
    /// The same, as what a chip says that refuses: another one may take the same.
    pub(super) fn of_refusal(self) -> Failure {
        Failure { refusal: true, ..self }
    }

    /// Whether a chip refuses.
    pub(super) fn is_refusal(&self) -> bool {
        self.refusal
    }

    /// The code of the error.
    pub fn code(&self) -> Code {
        self.error.code()
    }

    /// The text that it points at, if it points at one.
    pub fn place(&self) -> Option<&dyn Diagnostic> {
        self.error.place()
    }

    /// Code and message as the command line shows them where there is no terminal, without its
    /// frame.
    pub fn text(&self) -> String {
        let options = MietteHandlerOpts::new().wrap_lines(false).color(false);
        let shown = Framed(self, options.build()).to_string();
        let shown = shown.trim();
        shown.strip_prefix('×').unwrap_or(shown).trim_start().to_owned()
    }
}

/// A failure in the frame of a handler.
struct Framed<'a>(&'a Failure, MietteHandler);

impl fmt::Display for Framed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.debug(&Headed(self.0), f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// A failure as it is shown: the code stands before the message, in the same line, so that a search
/// finds both and the code is there once, whatever caused the error.
#[derive(Debug)]
pub struct Shown<'a>(pub &'a Failure);

/// For a terminal, in lines of its width; elsewhere whole, so that a search finds the message.
impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terminal = std::io::stderr().is_terminal();
        let options = MietteHandlerOpts::new().wrap_lines(terminal);
        // Where it is set to anything, whatever else the environment says (no-color.org).
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let options = match terminal && !unwanted {
            true => options,
            false => options.color(false),
        };
        let handler: MietteHandler = options.build();
        handler.debug(&Headed(self.0), f)
    }
}

/// Paths of files that the program made for itself, and what its user calls them.
static CALLED: Mutex<Vec<(String, &str)>> = Mutex::new(vec![]);

/// Most of them that are kept: a program that makes many calls has many of them.
const MOST_CALLED: usize = 1024;

/// Lets messages call the file at `path` by the name that its user knows.
pub fn call(path: &Path, name: &'static str) {
    let mut called = CALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if called.len() == MOST_CALLED {
        called.remove(0);
    }
    called.push((path.display().to_string(), name));
}

/// A message with those names.
fn called(message: String) -> String {
    let called = CALLED.lock().unwrap_or_else(PoisonError::into_inner);
    called.iter().fold(message, |message, (path, name)| message.replace(path, name))
}

/// The message behind its code, as miette takes it.
#[derive(Debug)]
struct Headed<'a>(&'a Failure);

impl fmt::Display for Headed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code(), plain::message(&called(self.0.to_string())))
    }
}

impl Error for Headed<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Many messages name their cause; it is not said twice.
        self.0.source().filter(|cause| !self.0.to_string().contains(&cause.to_string()))
    }
}

impl Diagnostic for Headed<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.place()?.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.place()?.labels()
    }
}
