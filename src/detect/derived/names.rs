//! Class names as exporters write them: the text of a Python or JSON list, or of a dictionary by
//! number.

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::Chars;

/// The names in the order of the network, if the text is such a list and they all differ.
pub(super) fn parse(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    let list = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let dictionary = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut names = vec![];
    let mut rest = list.or(dictionary)?.chars().peekable();
    loop {
        skip_space(&mut rest);
        if rest.peek().is_none() {
            break;
        }
        if dictionary.is_some() && key(&mut rest)? != names.len() {
            return None;
        }
        names.push(string(&mut rest)?);
        skip_space(&mut rest);
        match rest.next() {
            None => break,
            Some(',') => {}
            Some(_) => return None,
        }
    }
    let different = names.iter().collect::<HashSet<_>>().len();
    (different == names.len() && different > 0).then_some(names)
}

fn skip_space(rest: &mut Peekable<Chars>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

/// A number with or without quotes, and the colon behind it.
fn key(rest: &mut Peekable<Chars>) -> Option<usize> {
    let digits = match rest.peek()? {
        '\'' | '"' => string(rest)?,
        _ => std::iter::from_fn(|| rest.next_if(char::is_ascii_digit)).collect(),
    };
    skip_space(rest);
    rest.next_if_eq(&':')?;
    skip_space(rest);
    digits.parse().ok()
}

fn string(rest: &mut Peekable<Chars>) -> Option<String> {
    let quote = rest.next_if(|c| matches!(c, '\'' | '"'))?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            c if c == quote => return Some(text),
            '\\' => match rest.next()? {
                c @ ('\\' | '\'' | '"' | '/') => text.push(c),
                // What else may be escaped does not occur in names.
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lists_and_dictionaries_are_read() {
        let both = Some(vec!["a cat".to_string(), "dog's".to_string()]);
        for text in [
            r#"{0: 'a cat', 1: "dog's"}"#,
            r#"{"0": "a cat", "1": "dog's"}"#,
            r#"['a cat', 'dog\'s',]"#,
            r#" [ "a cat" ,"dog's" ] "#,
        ] {
            assert_eq!(parse(text), both, "{text}");
        }
        for text in ["", "{}", "cat", "['a'", "{1: 'a'}", "['a' 'b']", "['a', 'a']", "['\\x41']"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
