//! Names of layers and images as names of files.

use std::collections::HashSet;

/// Longest name made here; leaves room for prefix and suffix under the usual limit of 255 bytes.
const LONGEST: usize = 100;

/// `name` with everything but ASCII letters, digits, `.`, `_` and `-` replaced, never empty and
/// never hidden.
pub fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let text: String = name.chars().map(plain).take(LONGEST).collect();
    match text.trim_start_matches('.').trim_end_matches('.') {
        "" => "unnamed".into(),
        rest => rest.into(),
    }
}

/// A safe name for each of `names`, all different on file systems that ignore case, and none of
/// `reserved` (lower case).
pub fn unique<'a>(names: impl IntoIterator<Item = &'a str>, reserved: &[&str]) -> Vec<String> {
    let mut taken: HashSet<String> = reserved.iter().map(|name| name.to_string()).collect();
    let mut next: std::collections::HashMap<String, usize> = Default::default();
    let mut free = |name: &str| {
        let stem = safe(name);
        let mut candidate = stem.clone();
        // Remembered by stem, so that a thousand equal names are not tried a million times.
        let n = next.entry(stem.to_ascii_lowercase()).or_insert(2);
        while !taken.insert(candidate.to_ascii_lowercase()) {
            candidate = format!("{stem}-{n}");
            *n += 1;
        }
        candidate
    };
    names.into_iter().map(&mut free).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe() {
        assert_eq!(safe("/model/conv:0"), "_model_conv_0");
        assert_eq!(safe("../.."), "_");
        assert_eq!(safe(".."), "unnamed");
        assert_eq!(safe(""), "unnamed");
        assert_eq!(safe("größe"), "gr__e");
        assert_eq!(safe(&"x".repeat(900)).len(), LONGEST);
    }

    #[test]
    fn names_are_unique() {
        let names = unique(["a/b", "a:b", "A_B", "cores", "a_b-2"], &["cores"]);
        assert_eq!(names, ["a_b", "a_b-2", "A_B-3", "cores-2", "a_b-2-2"]);
    }
}
