//! A value of a profile that is tried without a file: `costs.static_mw_per_chip=50`.

use std::fmt;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

/// A key of a profile file, and its value instead of that of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    key: String,
    value: String,
    /// Both as TOML.
    line: String,
    /// The option that says it shorter than `--set`.
    option: Option<&'static str>,
}

/// Why a text is no change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No sign, or nothing before or behind it.
    #[error("give KEY=VALUE, such as costs.static_mw_per_chip=50")]
    Form,
    /// The key is none of TOML.
    #[error("`{key}` is no key; keys are joined by dots, such as limits.neurons_per_core")]
    Key {
        /// The key, joined by dots.
        key: String,
    },
    /// The value is none of TOML, nor a word.
    #[error("`{value}` is no value of TOML: {reason}")]
    Value {
        /// Text of the value.
        value: String,
        /// The reason, in words.
        reason: String,
    },
    /// A part of a cost, which has a band, a basis and a source of its own.
    #[error(
        "`{key}` is a part of a cost, and costs are set whole: {cost}={value}, or \
         {cost}={{nominal={value}, band=0.2, basis=\"assumed\", source=\"WHY\"}}"
    )]
    Part {
        /// The key, joined by dots.
        key: String,
        /// The cost that it is a part of.
        cost: String,
        /// Text of the value.
        value: String,
    },
    /// Another profile to inherit.
    #[error("`inherits` cannot be set; name the other profile in its place")]
    Inherits,
}

impl FromStr for Change {
    type Err = ChangeError;

    /// Reads `KEY=VALUE`: a dotted key of the file, and a value of TOML. A word needs no quotes.
    ///
    /// ```
    /// use spikemesh::profile::Change;
    ///
    /// let change: Change = "capabilities.signed_spikes=none".parse()?;
    /// assert_eq!(change.to_string(), "capabilities.signed_spikes=none");
    /// # Ok::<(), spikemesh::profile::ChangeError>(())
    /// ```
    fn from_str(text: &str) -> Result<Change, ChangeError> {
        let (key, value) = halves(text).ok_or(ChangeError::Form)?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() {
            return Err(ChangeError::Form);
        }
        if names(key).is_none() {
            return Err(ChangeError::Key { key: key.to_owned() });
        }
        if key == "inherits" {
            return Err(ChangeError::Inherits);
        }
        let number = value.parse::<f64>().is_ok();
        if let (Some((cost, "low" | "nominal" | "high")), true) = (key.rsplit_once('.'), number) {
            let [key, cost, value] = [key, cost, value].map(str::to_owned);
            return Err(ChangeError::Part { key, cost, value });
        }
        let written = match DeValue::parse(value) {
            Ok(_) => value.to_owned(),
            Err(_) if is_word(value) => toml::Value::String(value.to_owned()).to_string(),
            Err(error) => {
                let (value, reason) = (value.to_owned(), error.message().to_owned());
                return Err(ChangeError::Value { value, reason });
            }
        };
        let line = format!("{key} = {written}");
        Ok(Change { key: key.to_owned(), value: value.to_owned(), line, option: None })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl Change {
    /// What `option` takes for `key`: a word, both without signs that TOML reads.
    pub(crate) fn to_word(option: &'static str, key: &str, word: &str) -> Change {
        let line = format!("{key} = {}", toml::Value::String(word.to_owned()));
        Change { key: key.to_owned(), value: word.to_owned(), line, option: Some(option) }
    }

    /// The same of a number, whoever says it.
    pub(crate) fn to_number(
        option: Option<&'static str>,
        key: &str,
        number: impl fmt::Display,
    ) -> Change {
        let line = format!("{key} = {number}");
        Change { key: key.to_owned(), value: number.to_string(), line, option }
    }

    /// The option, where a shorter one than `--set` said it.
    pub(crate) fn option(&self) -> Option<&'static str> {
        self.option
    }

    /// The dotted key.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The names of the key; the key itself where it is none, which is an error where it is read.
    pub(super) fn names(&self) -> Vec<String> {
        names(&self.key).unwrap_or_else(|| vec![self.key.clone()])
    }

    /// Those of `changes` that no later one replaces whole.
    pub(super) fn standing(changes: &[Change]) -> impl Iterator<Item = &Change> {
        let names: Vec<Vec<String>> = changes.iter().map(Change::names).collect();
        let stands =
            move |n: usize| names[n + 1..].iter().all(|later| !names[n].starts_with(later));
        changes.iter().enumerate().filter(move |(n, _)| stands(*n)).map(|(_, change)| change)
    }

    /// A line of a profile file that says the same.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What faults in it name as their file.
    pub(super) fn place(&self) -> String {
        match self.option {
            Some(option) => format!("{option} {}", self.value),
            None => format!("--set {}", self.key),
        }
    }
}

/// What stands before the first sign of equality outside of quotes, and behind it.
fn halves(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut places = text.char_indices();
    while let Some((place, c)) = places.next() {
        match quote {
            None if c == '=' => return Some((&text[..place], &text[place + 1..])),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            // What a backslash stands before is no end of a name in double quotes.
            Some('"') if c == '\\' => _ = places.next(),
            Some(open) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The names of one key, dotted perhaps; `None` of anything else.
fn names(key: &str) -> Option<Vec<String>> {
    if key.contains(['\n', '\r', '#']) {
        return None;
    }
    within(DeTable::parse(&format!("{key} = 0")).ok()?.get_ref())
}

/// The names on the way into a table that holds one key and nothing else.
fn within(table: &DeTable) -> Option<Vec<String>> {
    let (name, value) = table.iter().next()?;
    let inner = match value.get_ref() {
        _ if table.len() != 1 => return None,
        DeValue::Table(table) => within(table)?,
        value => value.is_integer().then(Vec::new)?,
    };
    Some([name.get_ref().to_string()].into_iter().chain(inner).collect())
}

/// What a shell user writes without quotes: a word, or several.
fn is_word(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " _-.,:()%+/".contains(c);
    value.starts_with(char::is_alphabetic) && value.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_and_words_need_no_quotes() {
        let line = |text: &str| text.parse::<Change>().map(|change| change.line().to_owned());
        for (text, expected) in [
            ("costs.static_mw_per_chip=50", "costs.static_mw_per_chip = 50"),
            (" topology.mesh = [8, 8] ", "topology.mesh = [8, 8]"),
            ("capabilities.signed_spikes=none", "capabilities.signed_spikes = \"none\""),
            ("capabilities.signed_spikes=\"none\"", "capabilities.signed_spikes = \"none\""),
            ("title=My chip", "title = \"My chip\""),
            ("clock.period_ns=1e6", "clock.period_ns = 1e6"),
            ("costs.synapse.\"a b\".energy_pj=1", "costs.synapse.\"a b\".energy_pj = 1"),
            ("costs.synapse.'a=b'.energy_pj=1", "costs.synapse.'a=b'.energy_pj = 1"),
            ("a.\"b\\\"=\\\\\".c=1", "a.\"b\\\"=\\\\\".c = 1"),
            ("a.'b\\'=1", "a.'b\\' = 1"),
        ] {
            assert_eq!(line(text).as_deref(), Ok(expected));
        }
        let names = |text: &str| text.parse::<Change>().unwrap().names().len();
        assert_eq!(["clock={a=1}", "a.\"b.c\"={d={e=2}}"].map(names), [1, 2]);
        assert_eq!(["a.b.c=5", "x=word", "k={}"].map(names), [3, 1, 1]);
        let asked = ["a.b=1", "a=2", "a.b=3", "a.'b'=4", "a.b.c=5", "ab=6"];
        let changes = asked.map(|text| text.parse::<Change>().unwrap());
        let standing: Vec<_> = Change::standing(&changes).map(Change::to_string).collect();
        assert_eq!(standing, ["a=2", "a.'b'=4", "a.b.c=5", "ab=6"]);
        assert_eq!(line("limits.fan_in"), Err(ChangeError::Form));
        assert_eq!(line("limits.fan_in="), Err(ChangeError::Form));
        assert_eq!(line("inherits=odin"), Err(ChangeError::Inherits));
        let part = line("costs.static_mw_per_chip.nominal=5").unwrap_err();
        assert!(part.to_string().contains("set whole: costs.static_mw_per_chip=5, or"), "{part}");
        for bad in ["a b=1", "a..b=1", "[limits]\nx=1", "{a}=1"] {
            assert!(matches!(line(bad), Err(ChangeError::Key { .. })), "{bad}");
        }
        for bad in ["topology.mesh=[8, 8", "x=1\ny=2", "x=\"a", "x=a\"b"] {
            assert!(matches!(line(bad), Err(ChangeError::Value { .. })), "{bad}");
        }
    }
}
