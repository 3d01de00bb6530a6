//! Pages for people, as Markdown.

/// Most characters of a line of prose; `.ci/prose` counts them.
const WIDTH: usize = 100;

/// A name within a line or a cell: no sign of it begins a cell, a style, code, a link or a tag.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in crate::plain::shown(name).chars() {
        if matches!(c, '\\' | '|' | '`' | '*' | '<' | '[') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Breaks long lines of prose at spaces. Further lines of an item begin below its text. Tables,
/// code, headings and comments stay as they are.
pub(super) fn in_lines(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut code = false;
    for line in text.lines() {
        code ^= line.starts_with("```");
        if code || line.starts_with(['|', '#', '<']) {
            page.push_str(line);
        } else {
            push_broken(&mut page, line);
        }
        page.push('\n');
    }
    page
}

fn push_broken(page: &mut String, line: &str) {
    let indent = " ".repeat(marker(line));
    let mut width = 0;
    for (place, piece) in pieces(line).iter().enumerate() {
        let length = piece.chars().count();
        if place > 0 && width + 1 + length > WIDTH {
            page.push('\n');
            page.push_str(&indent);
            width = indent.len();
        } else if place > 0 {
            page.push(' ');
            width += 1;
        }
        page.push_str(piece);
        width += length;
    }
}

/// The words of a line. A sign stays with the word before it: at the beginning of a line it would
/// make a list or a heading of it.
fn pieces(line: &str) -> Vec<String> {
    let mut pieces: Vec<String> = vec![];
    for word in line.split(' ') {
        match pieces.last_mut() {
            Some(last) if !word.contains(char::is_alphanumeric) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => pieces.push(word.into()),
        }
    }
    pieces
}

/// Characters before the text of an item of a list; 0 if the line is none.
fn marker(line: &str) -> usize {
    let Some((mark, _)) = line.split_once(' ') else { return 0 };
    let number = mark.strip_suffix('.').unwrap_or("");
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if mark == "-" || is_number { mark.len() + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{escaped, in_lines};

    #[test]
    fn names_are_text() {
        assert_eq!(escaped("loihi2 (changed)"), "loihi2 (changed)");
        assert_eq!(escaped("a|b`c*<i>[x](y)\\"), "a\\|b\\`c\\*\\<i>\\[x](y)\\\\");
    }

    #[test]
    fn prose_alone_is_broken() {
        let words = "word ".repeat(30);
        let item = in_lines(&format!("10. {words}\n"));
        assert!(item.lines().all(|line| line.len() <= 100), "{item}");
        assert!(item.lines().skip(1).all(|line| line.starts_with("    word")), "{item}");
        for kept in [format!("| {words}|\n"), format!("```\n{words}\n```\n"), "a  \nb\n".into()] {
            assert_eq!(in_lines(&kept), kept);
        }
    }

    #[test]
    fn no_line_begins_with_a_sign() {
        let sum = in_lines(&format!("{} + {}", "x".repeat(98), "y".repeat(10)));
        assert!(sum.lines().all(|line| !line.starts_with('+')), "{sum}");
    }
}
