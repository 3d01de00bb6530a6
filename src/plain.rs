//! Words of others as a reader can take them: what parsers of TOML, JSON and the like say, without
//! the names of types of this program, and names in tables.

use std::borrow::Cow;
use std::fmt::{Display, Write};

/// What a parser expected of numbers, lists and tables, and how a reader would call it.
const KINDS: [(&str, &str); 22] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number, 0 or more"),
    ("usize", "a whole number, 0 or more"),
    ("i8", "a whole number from -128 to 127"),
    ("i16", "a whole number from -32768 to 32767"),
    ("i32", "a whole number from -2147483648 to 2147483647"),
    ("i64", "a whole number"),
    ("isize", "a whole number"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a borrowed string", "a string"),
    ("string or map", "a string"),
    ("string or table", "a string"),
    ("a sequence", "a list"),
    ("sequence", "a list"),
    ("a map", TABLE),
    ("map", TABLE),
    ("option", "a value"),
    ("unit", "no value"),
    ("any valid JSON value", "a value"),
];

/// A table of TOML, an object of JSON.
const TABLE: &str = "keys with values";

/// How values are called that a parser found.
const FOUND: [(&str, &str); 8] = [
    ("floating point `", "number `"),
    ("integer `", "whole number `"),
    ("sequence,", "a list,"),
    ("map,", "keys with values,"),
    ("unit value,", "no value,"),
    ("newtype struct,", "a value,"),
    ("Option value,", "a value,"),
    ("unit variant,", "a word,"),
];

/// The message of a parser in words of its reader.
///
/// ```
/// use spikemesh::plain::plain;
///
/// let message = "invalid type: integer `3`, expected struct RawCost at line 2 column 5";
/// let plain = plain(message);
/// assert_eq!(plain, "invalid type: whole number `3`, expected keys with values at line 2 column 5");
/// ```
pub fn plain(message: &str) -> String {
    let message = message.replace("missing field `", "missing key `");
    let Some(at) = message.rfind("expected ").filter(|_| !message.contains("expected one of"))
    else {
        return message;
    };
    let (before, rest) = message.split_at(at + "expected ".len());
    // The place, where the parser names one.
    let end = [" at line ", " for key ", "\n"].iter().filter_map(|place| rest.find(place)).min();
    let (kind, place) = rest.split_at(end.unwrap_or(rest.len()));
    let mut before = before.to_owned();
    if let Some(start) = before.find("invalid ") {
        let mut found = before.split_off(start);
        for (name, word) in FOUND {
            let after = [": ", "value: ", "type: "].map(|lead| format!("{lead}{name}"));
            if let Some(hit) = after.iter().find(|hit| found.contains(hit.as_str())) {
                found = found.replacen(hit.as_str(), &hit.replace(name, word), 1);
                break;
            }
        }
        before.push_str(&found);
    }
    format!("{before}{}{place}", kind_in_words(kind))
}

/// A number of things: "1 chip", "2 boxes".
///
/// ```
/// use spikemesh::plain::counted;
///
/// assert_eq!([counted(1, "box"), counted(0, "chip")], ["1 box", "0 chips"]);
/// assert_eq!([counted("1 200", "box"), counted(2, "class")], ["1 200 boxes", "2 classes"]);
/// ```
pub fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let ending = match count.as_str() {
        "1" => "",
        _ if noun.ends_with(['s', 'x']) => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

/// A name, or a sentence with names, within a line of a table: line breaks, other control
/// characters, what turns the direction of writing, and what XML does not take are escaped, so that
/// rows stay rows. Files may call layers, classes and themselves anything.
///
/// ```
/// use spikemesh::plain::shown;
///
/// assert_eq!(shown("conv\n\u{1b}[2J"), "conv\\n\\u{1b}[2J");
/// assert_eq!(shown("größe 1"), "größe 1");
/// ```
pub fn shown(name: &str) -> Cow<'_, str> {
    escaped(name, is_unseen)
}

/// The same for text of several lines.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_unseen(c) && !matches!(c, '\n' | '\t'))
}

/// The same for JSON on several lines, in its own way: it reads back as it was.
///
/// ```
/// use spikemesh::plain::shown_json;
///
/// assert_eq!(shown_json("[\n\"a\u{200e}\u{1fffe}\"\n]"), "[\n\"a\\u200e\\ud83f\\udffe\"\n]");
/// ```
pub fn shown_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside of strings there are no others.
        match is_unseen(c) && c != '\n' {
            true => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
            false => text.push(c),
        }
    }
    text
}

/// Whether a terminal obeys a character, or shows nothing for it.
pub(crate) fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let no_character = matches!(c as u32 & 0xffff, 0xfffe | 0xffff);
    c.is_control() || turns || no_character || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escaped(text: &str, unseen: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(unseen) {
        return Cow::Borrowed(text);
    }
    let escaped = |mut text: String, c: char| {
        match unseen(c) {
            true => text.extend(c.escape_default()),
            false => text.push(c),
        }
        text
    };
    Cow::Owned(text.chars().fold(String::new(), escaped))
}

/// Most characters of a file that a message quotes at once.
const QUOTED: usize = 120;
/// Most characters of the first line of a message, and of all of it.
const FIRST_LINE: usize = 380;
const ALL_LINES: usize = 4000;

/// A message as it is shown, whatever files hold: without control characters, long quotes cut, and
/// with a first line that people read; where it says more, the rest follows on a second one.
///
/// ```
/// use spikemesh::plain::message;
///
/// let name = "n".repeat(20_000);
/// let short = message(&format!("net.onnx: node '{name}': the network's input\u{7}"));
/// assert!(short.chars().count() < 200 && short.ends_with("nn…': the network's input\\u{7}"));
/// assert_eq!(message("it is 'whole'"), "it is 'whole'");
/// let two = message(&format!("{}; {}", "long ".repeat(70), "do that ".repeat(9)));
/// assert!(two.contains(";\ndo that"));
/// ```
pub fn message(text: &str) -> String {
    let text = shown_lines(text).into_owned();
    let text = ['\'', '`', '"'].into_iter().fold(text, |text, quote| cut_quotes(&text, quote));
    let first = text.find('\n').unwrap_or(text.len());
    let text = match text[..first].char_indices().nth(FIRST_LINE) {
        None => text,
        Some((most, _)) => match text[..most].rfind("; ") {
            Some(at) => format!("{};\n{}", &text[..at], &text[at + 2..]),
            None => format!("{}…{}", &text[..most], &text[first..]),
        },
    };
    cut(&text, ALL_LINES)
}

/// The text, or its beginning if it has more than `most` characters.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The text with what stands between two `quote`s cut, where it is long. An apostrophe is none.
fn cut_quotes(text: &str, quote: char) -> String {
    let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let opens = |at: usize| outside(text[..at].chars().next_back());
    let closes = |at: usize| outside(text[at + 1..].chars().next());
    let mut quotes = text.match_indices(quote).map(|(at, _)| at);
    let (mut short, mut done) = (String::new(), 0);
    while let Some(start) = quotes.find(|&at| opens(at)) {
        let Some(end) = quotes.find(|&at| closes(at)) else { break };
        short.push_str(&text[done..=start]);
        short.push_str(&cut(&text[start + 1..end], QUOTED));
        done = end;
    }
    short.push_str(&text[done..]);
    short
}

/// A text as a cell of a table that programs for tables open: what they would take for a formula
/// gets an apostrophe, which they do not show. Numbers stay.
///
/// ```
/// use spikemesh::plain::{guarded, unguarded};
///
/// assert_eq!(guarded("=HYPERLINK(1)"), "'=HYPERLINK(1)");
/// assert!(["-1.5e3", "conv-1", "-"].iter().all(|plain| guarded(plain) == *plain));
/// for name in ["=1", "'=1", "'a'", "@x", "a"] {
///     assert_eq!(unguarded(&guarded(name)), name);
/// }
/// ```
pub fn guarded(text: &str) -> Cow<'_, str> {
    let number = text.parse::<f64>().is_ok();
    match is_formula(text) && !number && text.len() > 1 {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The text of a cell that [`guarded`] made.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@'])
}

fn kind_in_words(kind: &str) -> String {
    if let Some((_, words)) = KINDS.iter().find(|(name, _)| *name == kind) {
        return (*words).into();
    }
    if let Some(length) = kind.strip_prefix("an array of length ") {
        return format!("a list of {length}");
    }
    let named =
        ["struct ", "enum ", "internally tagged enum ", "adjacently tagged enum ", "unit struct "];
    if kind.starts_with("tuple") || kind.starts_with("a tuple") || kind.starts_with("newtype") {
        return "a list".into();
    }
    match named.iter().any(|name| kind.starts_with(name)) {
        true if kind.starts_with("enum ") => "a word".into(),
        true => TABLE.into(),
        false => kind.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn types_become_words() {
        for (message, words) in [
            (
                "invalid type: string \"x\", expected f64",
                "invalid type: string \"x\", expected a number",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "invalid value: whole number `-1`, expected a whole number, 0 or more",
            ),
            (
                "invalid type: map, expected a sequence at line 1 column 3",
                "invalid type: keys with values, expected a list at line 1 column 3",
            ),
            (
                "invalid length 3, expected an array of length 2",
                "invalid length 3, expected a list of 2",
            ),
            (
                "unknown variant `x`, expected one of `a`, `b`",
                "unknown variant `x`, expected one of `a`, `b`",
            ),
            ("missing field `low`", "missing key `low`"),
            (
                "invalid type: floating point `1.5`, expected usize\nin `mesh`",
                "invalid type: number `1.5`, expected a whole number, 0 or more\nin `mesh`",
            ),
            (
                "unknown field `energy_nj`, expected `energy_pj`",
                "unknown field `energy_nj`, expected `energy_pj`",
            ),
            ("nothing known", "nothing known"),
        ] {
            assert_eq!(plain(message), words);
        }
    }
}
