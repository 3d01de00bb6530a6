//! The text of a `.cfg`: sections of `key=value` lines.

/// What is wrong, without the file.
#[derive(Debug)]
pub enum Fault {
    /// In this line of the `.cfg`.
    Cfg { line: usize, what: String },
    /// With what the `.weights` hold.
    Weights(String),
}

/// A section: its name without brackets, its line, its keys.
pub struct Section {
    pub name: String,
    pub line: usize,
    entries: Vec<Entry>,
}

struct Entry {
    key: String,
    value: String,
    line: usize,
}

/// Largest kernel, stride, dilation or padding: far above any network's, and windows of that size
/// can still be walked.
pub const MAX_WINDOW: i64 = 1024;

/// Keys of any layer that only training reads.
const TRAINING: &[&str] = &[
    "assisted_excitation",
    "burnin_update",
    "clip",
    "dont_update",
    "grad_centr",
    "learning_rate",
    "onlyforward",
    "reverse_delta",
    "stopbackward",
    "train_only_bn",
];

/// A part of the file as messages show it: short, on one line.
pub fn shown(text: &str) -> String {
    let mut start: String = text.chars().take(40).collect();
    if start.len() < text.len() {
        start.push_str("...");
    }
    format!("'{}'", start.escape_debug())
}

fn fault(line: usize, what: impl Into<String>) -> Fault {
    Fault::Cfg { line, what: what.into() }
}

/// Reads all sections. As in Darknet, white space means nothing, and `#` and `;` begin a comment
/// (here also behind a value).
pub fn sections(text: &str) -> Result<Vec<Section>, Fault> {
    let mut sections: Vec<Section> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let code = raw.split(['#', ';']).next().unwrap_or_default();
        let code: String =
            code.chars().filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect();
        if code.is_empty() {
            continue;
        }
        if let Some(rest) = code.strip_prefix('[') {
            let name = rest.strip_suffix(']');
            let name =
                name.ok_or_else(|| fault(line, format!("{} lacks its closing ]", shown(&code))))?;
            sections.push(Section { name: name.to_owned(), line, entries: vec![] });
            continue;
        }
        let Some((key, value)) = code.split_once('=') else {
            return Err(fault(
                line,
                format!("{} is neither [section] nor key=value", shown(&code)),
            ));
        };
        let Some(section) = sections.last_mut() else {
            return Err(fault(line, format!("{} stands before the first section", shown(&code))));
        };
        section.entries.push(Entry { key: key.to_owned(), value: value.to_owned(), line });
    }
    Ok(sections)
}

impl Section {
    /// `[name]`, for messages.
    pub fn title(&self) -> String {
        let name = shown(&self.name);
        format!("[{}]", &name[1..name.len() - 1])
    }

    /// A fault of the section as a whole.
    pub fn fault(&self, what: impl Into<String>) -> Fault {
        fault(self.line, what)
    }

    /// A fault in the line of `key`.
    pub fn fault_at(&self, key: &str, what: impl Into<String>) -> Fault {
        let line = self.entries.iter().find(|e| e.key == key).map_or(self.line, |e| e.line);
        fault(line, what)
    }

    fn entry(&self, key: &str) -> Result<Option<&Entry>, Fault> {
        let mut found = self.entries.iter().filter(|e| e.key == key);
        let first = found.next();
        match (first, found.next()) {
            (Some(first), Some(second)) if first.value != second.value => Err(fault(
                second.line,
                format!(
                    "{key} stands twice, in line {} and here, with different values",
                    first.line
                ),
            )),
            _ => Ok(first),
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|e| e.key == key)
    }

    /// The value of `key`, if it is there.
    pub fn text(&self, key: &str) -> Result<Option<&str>, Fault> {
        Ok(self.entry(key)?.map(|e| &e.value[..]))
    }

    /// A whole number.
    pub fn int(&self, key: &str, default: i64) -> Result<i64, Fault> {
        let Some(entry) = self.entry(key)? else { return Ok(default) };
        whole(entry, &entry.value)
    }

    /// A number from `low` to `high`; an error where it is missing and has no default.
    pub fn size(
        &self,
        key: &str,
        default: Option<usize>,
        low: i64,
        high: i64,
    ) -> Result<usize, Fault> {
        let Some(entry) = self.entry(key)? else {
            return default.ok_or_else(|| self.fault(format!("the key {key} is missing")));
        };
        let n = whole(entry, &entry.value)?;
        let fits = (low..=high).contains(&n).then(|| usize::try_from(n).ok()).flatten();
        fits.ok_or_else(|| {
            fault(entry.line, format!("{key} is {n}; give a number from {low} to {high}"))
        })
    }

    /// Whether the number of `key` is there and not 0.
    pub fn flag(&self, key: &str) -> Result<bool, Fault> {
        Ok(self.int(key, 0)? != 0)
    }

    /// A list of whole numbers, comma-separated; an error where it is missing.
    pub fn ints(&self, key: &str) -> Result<Vec<i64>, Fault> {
        let entry =
            self.entry(key)?.ok_or_else(|| self.fault(format!("the key {key} is missing")))?;
        entry.value.split(',').map(|item| whole(entry, item)).collect()
    }

    /// A number; `default` where the key is missing.
    pub fn number(&self, key: &str, default: f64) -> Result<f64, Fault> {
        let Some(entry) = self.entry(key)? else { return Ok(default) };
        real(entry, &entry.value)
    }

    /// A list of numbers, comma-separated; an error where it is missing.
    pub fn numbers(&self, key: &str) -> Result<Vec<f64>, Fault> {
        let entry =
            self.entry(key)?.ok_or_else(|| self.fault(format!("the key {key} is missing")))?;
        // Some files end the list with a comma.
        entry.value.trim_end_matches(',').split(',').map(|item| real(entry, item)).collect()
    }

    /// Refuses keys other than `read`, those of training, and `zero` where they are 0: what is
    /// unknown may change the network.
    pub fn allow(&self, read: &[&str], zero: &[&str]) -> Result<(), Fault> {
        for entry in &self.entries {
            let key = &entry.key[..];
            if zero.contains(&key) {
                if whole(entry, &entry.value)? != 0 {
                    return Err(fault(
                        entry.line,
                        format!("{key}={} is not supported", shown(&entry.value)),
                    ));
                }
            } else if !read.contains(&key) && !TRAINING.contains(&key) {
                return Err(fault(
                    entry.line,
                    format!("the key {} is not supported here", shown(key)),
                ));
            }
        }
        Ok(())
    }
}

fn real(entry: &Entry, text: &str) -> Result<f64, Fault> {
    text.parse().map_err(|_| {
        fault(entry.line, format!("{}: {} is not a number", shown(&entry.key), shown(text)))
    })
}

fn whole(entry: &Entry, text: &str) -> Result<i64, Fault> {
    // No size, index or class count comes near: nothing that is computed from two of them
    // overflows.
    text.parse().ok().filter(|n| (-(1 << 31)..1 << 31).contains(n)).ok_or_else(|| {
        fault(
            entry.line,
            format!("{}: {} is not a whole number of 32 bits", shown(&entry.key), shown(text)),
        )
    })
}
