//! What was meant by a name that is not known: "did you mean".

/// Likeness of two names, 0 to 1, from which one is taken for a slip of the other.
const ALIKE: f64 = 0.8;
/// Characters of a beginning that says which name is meant.
const BEGINNING: usize = 3;
/// Most names in one suggestion.
const MOST: usize = 3;

/// Of `known`, those that `given` begins, or else the one that is most like it; none where nothing
/// is like it, and for a name that is known.
///
/// ```
/// use spikemesh::suggest::near;
///
/// let known = ["loihi1-davies2018", "loihi1-sanafe", "loihi2", "odin"];
/// assert_eq!(near("lohi2", known), ["loihi2"]);
/// assert_eq!(near("loihi1", known), ["loihi1-davies2018", "loihi1-sanafe"]);
/// assert!(near("my-chip", known).is_empty());
/// ```
pub fn near<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let name = plain(given);
    let known: Vec<&str> = known.into_iter().collect();
    if known.contains(&given) {
        return vec![];
    }
    let begun = known.iter().copied().filter(|known| plain(known).starts_with(&name));
    let begun: Vec<&str> = begun.take(MOST).collect();
    if name.chars().count() >= BEGINNING && !begun.is_empty() {
        return begun;
    }
    let likeness = |known: &str| strsim::jaro_winkler(&name, &plain(known));
    let best = known.into_iter().map(|known| (likeness(known), known));
    // Of equals the first.
    let best = best.rev().max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, known)| known).into_iter().collect()
}

/// The question as a part of a sentence, such as " (did you mean `loihi2`?)"; empty where nothing
/// of `known` is like `name`.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    question(&near(name, known))
}

/// The question for names that were found already.
pub fn question(names: &[&str]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(" (did you mean {}?)", names.join(" or "))
}

/// The question for what a parser says, "unknown variant `x`, expected one of `a`, `b`".
pub fn hint_of(message: &str) -> String {
    let Some(rest) = message.strip_prefix("unknown ") else { return String::new() };
    let mut names = quoted(rest).into_iter();
    names.next().map_or_else(String::new, |name| hint(name, names))
}

/// What stands between backticks.
pub fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["neurons_per_core", "axons_in_per_core", "fan_in", "weight_bits"];
        assert_eq!(near("neurons_per_cor", known), ["neurons_per_core"]);
        assert!(near("fan_in", known).is_empty());
        assert_eq!(near("Fan-In", known), ["fan_in"]);
        assert_eq!(near("fanin", known), ["fan_in"]);
        assert_eq!(near("weihgt_bits", known), ["weight_bits"]);
        assert!(near("x", known).is_empty() && near("colour", known).is_empty());
    }

    #[test]
    fn messages_of_parsers_are_understood() {
        let message = "unknown variant `gessed`, expected one of `measured`, `guessed`";
        assert_eq!(hint_of(message), " (did you mean `guessed`?)");
        assert_eq!(hint_of("unknown variant `x`, expected `a` or `b`"), "");
        assert_eq!(hint_of("invalid type: string \"measured\", expected a number"), "");
    }
}
