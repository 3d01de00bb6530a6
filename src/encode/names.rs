//! What inputs are called in reports: by a text that no table reads as a number.

use std::path::Path;

/// What readers of tables take for a number, a truth value or nothing, though it begins with a
/// letter.
const WORDS: [&str; 9] = ["inf", "infinity", "n", "na", "nan", "none", "null", "true", "false"];

/// The file's name without its ending; with it, where the rest is not plainly text.
///
/// ```
/// use spikemesh::encode::named;
///
/// assert_eq!(named("photographs/street.png".as_ref()), "street");
/// assert_eq!(named("photographs/000000000285.jpg".as_ref()), "000000000285.jpg");
/// ```
pub fn named(path: &Path) -> String {
    let name =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let stem = name(path.file_stem());
    if is_text(&stem) { stem } else { name(path.file_name()) }
}

/// The name of a folder for the input of this name: without the ending that [`named`] left.
///
/// ```
/// use spikemesh::encode::without_ending;
///
/// assert_eq!(without_ending("000000000285.jpg"), "000000000285");
/// assert_eq!(without_ending("crossing.left"), "crossing.left");
/// ```
pub fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() && !stem.contains('/') && !is_text(stem) => stem,
        _ => name,
    }
}

fn is_text(name: &str) -> bool {
    let word = name.to_ascii_lowercase();
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !WORDS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_number_keeps_its_ending() {
        for name in ["285.jpg", "1e5.png", "-3.npy", "2024-01-05.jpg", "inf.png", "NaN.png"] {
            assert_eq!(named(name.as_ref()), name);
            assert_eq!(without_ending(name), &name[..name.len() - 4]);
        }
        for (file, name) in [("a/b.c.png", "b.c"), ("info.png", "info"), ("_1.png", "_1")] {
            assert_eq!(named(file.as_ref()), name);
            assert_eq!(without_ending(name), name);
        }
        for name in ["", "285", ".hidden", "3/1.png"] {
            assert_eq!(without_ending(name), name);
        }
    }
}
