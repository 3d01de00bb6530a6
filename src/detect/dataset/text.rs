//! Label files in the encodings that tools write.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::DatasetError;

/// A text file: UTF-8, or what its byte order mark says.
pub(super) fn text(path: &Path) -> Result<String, DatasetError> {
    decoded(path, &read(path)?, UTF_8)
}

/// An XML file: what its byte order mark says, or its declaration, or else UTF-8.
pub(super) fn xml_text(path: &Path) -> Result<String, DatasetError> {
    let bytes = read(path)?;
    let encoding = match bytes.get(..4) {
        // Wide characters without a mark.
        Some([b'<', 0, _, 0]) => UTF_16LE,
        Some([0, b'<', 0, _]) => UTF_16BE,
        _ => match declared(&bytes) {
            None => UTF_8,
            Some(label) => match Encoding::for_label(label.as_bytes()) {
                // A declaration that can be read byte by byte is not in wide characters, whatever
                // it says.
                Some(wide) if wide == UTF_16LE || wide == UTF_16BE => UTF_8,
                Some(encoding) => encoding,
                None => {
                    let what = format!("declares the encoding `{label}`, which is not known");
                    return Err(DatasetError::broken(path, what, REMEDY));
                }
            },
        },
    };
    decoded(path, &bytes, encoding)
}

const REMEDY: &str = "save it as UTF-8, or declare the encoding that it has";

fn read(path: &Path) -> Result<Vec<u8>, DatasetError> {
    crate::files::bytes(path).map_err(|source| DatasetError::io(path, source))
}

/// A byte order mark goes before any declaration.
fn decoded(path: &Path, bytes: &[u8], encoding: &'static Encoding) -> Result<String, DatasetError> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
    text.map(|text| text.into_owned()).ok_or_else(|| {
        let at = match std::str::from_utf8(&bytes[mark..]) {
            Err(error) if encoding == UTF_8 => format!(" (byte {})", mark + error.valid_up_to()),
            _ => String::new(),
        };
        DatasetError::broken(path, format!("is no text in {}{at}", encoding.name()), REMEDY)
    })
}

/// The encoding in an XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| "'\"".contains(*quote))?;
    Some(value[1..].split_once(quote)?.0.trim().to_string())
}

/// A mark in words; `None` where it is neither yes nor no. Nothing at all is no.
pub(super) fn mark(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "0" | "0.0" | "false" | "no" => Some(false),
        "1" | "1.0" | "true" | "yes" => Some(true),
        _ => None,
    }
}
