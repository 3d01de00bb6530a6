//! A profile as a TOML file: every key, resolved, with a line on what it means.

mod values;

use toml::{Table, Value};

use super::Profile;
use super::schema::{Holds, Key, PROFILE};

/// Longest line of a comment.
const WIDTH: usize = 98;

/// The whole profile as a file that reads back as the same limits, capabilities, costs and clock.
/// Keys that are optional and absent stand behind a `#`.
pub fn to_toml(profile: &Profile) -> String {
    let mut page = Page::default();
    page.table(&[], PROFILE, Some(&values::table(profile)));
    page.text.trim_start().to_owned()
}

/// The file to begin a chip of one's own with: the same values, whose title says where they are
/// from, and what to do next.
pub fn starter(profile: &Profile) -> String {
    let Profile { name, title, trust, .. } = profile;
    let own = Profile {
        title: format!("Own chip, derived from {name}: {title}"),
        trust: format!("Values that its author did not change are those of {name}: {trust}"),
        ..profile.clone()
    };
    format!("{}\n{}", header(profile), to_toml(&own))
}

fn header(profile: &Profile) -> String {
    let mut page = Page::default();
    page.comment(&format!("A chip of your own, derived from {}.", profile.name));
    page.comment(
        "Every key that a profile can have stands here; what is behind a # is optional. \
         docs/profiles.md explains them. Change what differs, and go on with",
    );
    page.text.push_str(&format!(
        "#\n\
         #   spikemesh profiles check my.toml\n\
         #   spikemesh run --profile my.toml\n\
         #   spikemesh profiles compare {} my.toml\n\
         #\n",
        profile.provenance.asked
    ));
    page.comment(
        "A cost may be a number alone, `energy_pj = 2.0`, with its `source` beside it in the same \
         table; its band, and its source where there is none, are those of [defaults].",
    );
    page.text
}

/// A file as far as it is written.
#[derive(Default)]
struct Page {
    text: String,
    /// Stands before every line of what is optional and absent.
    mark: &'static str,
}

impl Page {
    /// A line on what follows, wrapped.
    fn comment(&mut self, about: &str) {
        let mut line = String::from("#");
        for word in about.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.text.push_str(&format!("{line}\n"));
                line = String::from("#");
            }
            line.push_str(&format!(" {word}"));
        }
        if line.len() > 1 {
            self.text.push_str(&format!("{line}\n"));
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(&format!("{}{line}\n", self.mark));
    }

    /// The keys of a table, values before tables; without `table` it is absent, and so optional.
    fn table(&mut self, path: &[&str], keys: &[Key], table: Option<&Table>) {
        for key in keys {
            let value = table.and_then(|table| table.get(key.name));
            match key.holds {
                Holds::Value(example) => self.value(key, value, example),
                Holds::Cost => self.value(key, value, "1.0"),
                Holds::Table(_) | Holds::Classes(_) => {}
            }
        }
        for key in keys {
            let path: Vec<&str> = path.iter().copied().chain([key.name]).collect();
            let inner = table.and_then(|table| table.get(key.name)).map(Value::as_table);
            let inner = inner.flatten();
            match key.holds {
                Holds::Table(keys) => self.section(&path, key, keys, inner),
                Holds::Classes(keys) => self.classes(&path, key, keys, inner),
                Holds::Value(_) | Holds::Cost => {}
            }
        }
    }

    fn value(&mut self, key: &Key, value: Option<&Value>, example: &str) {
        self.comment(key.about);
        let mark = self.mark;
        if value.is_none() {
            self.mark = "# ";
        }
        let value = value.map_or(example.to_owned(), inline);
        self.line(&format!("{} = {value}", key.name));
        self.mark = mark;
    }

    fn section(&mut self, path: &[&str], key: &Key, keys: &[Key], table: Option<&Table>) {
        // A table of optional keys alone may stand there empty.
        let absent = table.is_none() && keys.iter().any(|key| key.required);
        let mark = self.mark;
        if absent {
            self.mark = "# ";
        }
        if keys.iter().any(|key| matches!(key.holds, Holds::Value(_) | Holds::Cost)) {
            self.head(path, key.about);
        }
        self.table(path, keys, table);
        self.mark = mark;
    }

    fn head(&mut self, path: &[&str], about: &str) {
        self.text.push('\n');
        self.comment(about);
        let path: Vec<String> = path.iter().map(|part| quoted(part)).collect();
        self.line(&format!("[{}]", path.join(".")));
    }

    /// Every class has its tables; the first is told what classes are.
    fn classes(&mut self, path: &[&str], key: &Key, keys: &[Key], table: Option<&Table>) {
        let plain = keys.iter().any(|key| matches!(key.holds, Holds::Cost));
        let mut about = key.about;
        if !plain {
            self.text.push('\n');
            self.comment(about);
        }
        for (name, class) in table.into_iter().flatten() {
            let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            if plain {
                self.head(&path, std::mem::take(&mut about));
            }
            self.table(&path, keys, class.as_table());
        }
    }
}

/// A key as it stands in a path.
fn quoted(key: &str) -> String {
    let line = Table::from_iter([(key.to_owned(), Value::Integer(0))]).to_string();
    line.trim_end().trim_end_matches("= 0").trim_end().to_owned()
}

/// The order of keys within a cost, and within a point of a barrier.
const ORDER: [&str; 7] = ["tiles", "cost_ns", "low", "nominal", "high", "basis", "source"];

/// A value in a line; a list of tables in one each.
fn inline(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let mut keys: Vec<&String> = table.keys().collect();
            keys.sort_by_key(|key| ORDER.iter().position(|known| known == key));
            let pairs = keys.iter().map(|key| format!("{key} = {}", inline(&table[*key])));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) if items.iter().any(Value::is_table) => {
            let lines: String =
                items.iter().map(|item| format!("    {},\n", inline(item))).collect();
            format!("[\n{lines}]")
        }
        Value::String(text) => string(text),
        value => value.to_string(),
    }
}

/// A string within one line.
fn string(text: &str) -> String {
    let quoted = |mut all: String, c: char| {
        match c {
            '"' | '\\' => all.extend(['\\', c]),
            c if c.is_control() => all.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => all.push(c),
        }
        all
    };
    format!("\"{}\"", text.chars().fold(String::new(), quoted))
}
