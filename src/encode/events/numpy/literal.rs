//! The Python literal that a header is: a dictionary of strings, numbers and lists. Its reader
//! takes a time that grows with the text alone, however it is nested.

/// A value of the literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Whole(u64),
    Truth(bool),
    /// A tuple or a list.
    List(Vec<Value>),
    /// Keys and values.
    Table(Vec<(Value, Value)>),
}

/// Brackets within brackets; records of numbers have four.
const DEEPEST: usize = 6;

/// The value that `text` is, if it is one.
pub(super) fn value(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text, depth: 0 };
    let value = reader.value()?;
    reader.rest.trim_matches(['\0', ' ', '\n']).is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    /// Takes a sign, if it comes next.
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start();
        let behind = rest.strip_prefix(sign);
        self.rest = behind.unwrap_or(rest);
        behind.is_some()
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => {
                let (text, rest) = self.rest[1..].split_once(quote)?;
                self.rest = rest;
                // Names with escapes are none of ours, and hide where they end.
                (!text.contains('\\')).then(|| Value::Text(text.into()))
            }
            '(' => self.list('(', ')'),
            '[' => self.list('[', ']'),
            '{' => self.table(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Value::Truth(true)),
            "False" => Some(Value::Truth(false)),
            // Python 2 wrote whole numbers with an L.
            number => number.trim_end_matches('L').parse().ok().map(Value::Whole),
        }
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    fn list(&mut self, open: char, close: char) -> Option<Value> {
        self.takes(open);
        self.deeper()?;
        let mut values = vec![];
        while !self.takes(close) {
            values.push(self.value()?);
            if !self.takes(',') && !self.rest.starts_with(close) {
                return None;
            }
        }
        self.depth -= 1;
        Some(Value::List(values))
    }

    fn table(&mut self) -> Option<Value> {
        self.takes('{');
        self.deeper()?;
        let mut entries = vec![];
        while !self.takes('}') {
            let key = self.value()?;
            if !self.takes(':') {
                return None;
            }
            entries.push((key, self.value()?));
            if !self.takes(',') && !self.rest.starts_with('}') {
                return None;
            }
        }
        self.depth -= 1;
        Some(Value::Table(entries))
    }
}
