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

/// A path from the root without steps back; links are not followed.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn named(path: PathBuf, advice: &'static str) -> Result<PathBuf, &'static str> {
    if path == Path::new("-") { Err(advice) } else { Ok(path) }
}
