//! Where a search keeps its trials while it runs.

use super::Arguments;
use crate::cli::{Result, output};
use crate::digest::sha256;
use crate::plain::counted;
use crate::report::Folder;
use crate::tune::{Journal, Parts};

/// The trials so far, beside the folder. Numbered folders get their number at the end, so what the
/// search depends on names their journal: the same command finds it again.
pub fn open(arguments: &Arguments, folder: &Folder, parts: &Parts) -> Result<Journal> {
    let path = match &arguments.out {
        Some(_) => folder.beside(".journal"),
        None => {
            let words = parts.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
            let hash = sha256(words.flat_map(|word| [word, b"\n"]));
            folder.beside(&format!("-{}.journal", &hash[..12]))
        }
    };
    let journal = Journal::open(&path, parts)?;
    if let Some(remark) = journal.remark() {
        output::remark(remark);
    }
    let trials = journal.trials();
    if trials > 0 && arguments.out.is_none() {
        let trials = counted(trials, "trial");
        output::remark(format_args!("goes on after {trials} in {}", path.display()));
    }
    Ok(journal)
}
