//! What an error quotes of a file: its lines, but of a long line only what stands around the fault.

use crate::plain::{is_unseen, shown};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;

/// Bytes of a long line that are quoted, at most twice as many.
const REACH: usize = 60;

/// The text of a file, long lines shortened.
#[derive(Debug)]
pub struct Excerpt {
    name: String,
    text: String,
    /// Characters of its line before the fault.
    column: usize,
}

impl Excerpt {
    /// `text` of the file `name` around a fault at the bytes `span`, which lies in one line; and
    /// where the fault lies in what is left.
    pub(super) fn new(name: &str, text: &str, span: Range<usize>) -> (Excerpt, SourceSpan) {
        let (mut short, mut at, mut column) = (String::new(), 0, 0);
        let mut place = (0, 0);
        for line in text.split_inclusive('\n') {
            let after = at + line.len();
            let own = at <= span.start && (span.start < after || after == text.len());
            let start = if own { span.start - at } else { 0 };
            let end = if own { span.end.saturating_sub(at).clamp(start, line.len()) } else { 0 };
            let (first, last) = match line.len() > 4 * REACH {
                true => {
                    (border(line, start.saturating_sub(REACH)), border(line, start + 2 * REACH))
                }
                false => (0, line.len()),
            };
            let before = if first > 0 { "..." } else { "" };
            if own {
                let [start, end] = [start, end].map(|at| border(line, at.clamp(first, last)));
                let ahead = seen(&line[first..start]).len();
                place = (short.len() + before.len() + ahead, seen(&line[start..end]).len());
                column = line[..start].chars().count();
            }
            short.push_str(before);
            short.push_str(&seen(&line[first..last]));
            if own && place.0 >= short.trim_end_matches('\n').len() {
                // The line ends before what is missing: a space carries the mark.
                short.insert(place.0, ' ');
                place.1 = 1;
            }
            if last < line.len() {
                short.push_str("...\n");
            }
            at = after;
        }
        (Excerpt { name: shown(name).into_owned(), text: short, column }, place.into())
    }

    /// What is quoted, line by line that of the file.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The border of characters at or before `at`.
fn border(line: &str, at: usize) -> usize {
    (0..=at.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0)
}

/// Text with a sign for every character that a terminal would obey; columns stay.
fn seen(text: &str) -> String {
    let sign = |c: char| match c {
        '\n' | '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_unseen(c) => '\u{fffd}',
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(sign).collect()
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, before, after)?;
        // Without lines around it, it begins at the fault.
        let column = if before == 0 { self.column } else { contents.column() };
        let (data, own) = (contents.data(), *contents.span());
        let (name, line, lines) = (self.name.clone(), contents.line(), contents.line_count());
        Ok(Box::new(MietteSpanContents::new_named(name, data, own, line, column, lines)))
    }
}
