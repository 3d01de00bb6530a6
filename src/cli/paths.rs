//! Paths to write to: a folder or a file with a name, never standard output.

use clap::builder::{OsStringValueParser, PathBufValueParser, TypedValueParser};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// A folder.
pub fn folder() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new()
        .try_map(|path| named(path, "a folder cannot go to standard output; name one"))
}

/// A file that is written beside others, or whole or not at all.
pub fn file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            return Err("it ends as a folder does; give a file's name");
        }
        named(path, "this file does not go to standard output; name it")
    })
}

/// A file of arrays.
pub fn npz() -> impl TypedValueParser<Value = PathBuf> {
    file().try_map(|path| {
        let fits = path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("npz"));
        if fits { Ok(path) } else { Err("name it NAME.npz") }
    })
}

/// A NIR file.
pub fn nir() -> impl TypedValueParser<Value = PathBuf> {
    file().try_map(|path| {
        let fits = path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("nir"));
        if fits { Ok(path) } else { Err("name it NAME.nir") }
    })
}

/// A name or path that reports hold as text.
pub fn text() -> impl TypedValueParser<Value = String> {
    let readable = |text: OsString| text.into_string().map_err(|_| "give a name in UTF-8");
    OsStringValueParser::new().try_map(readable)
}

/// The one path of a place, from the root: without links as far as there is something, and without
/// steps back behind that.
pub fn place(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let known = absolute.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    let (there, mut place) = known.unwrap_or((Path::new(""), PathBuf::new()));
    for part in absolute.strip_prefix(there).unwrap_or(&absolute).components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            part => place.push(part),
        }
    }
    place
}

fn named(path: PathBuf, advice: &'static str) -> Result<PathBuf, &'static str> {
    if path == Path::new("-") { Err(advice) } else { Ok(path) }
}
