//! What inputs are not as their files have them, for reports.

use crate::pipeline::Sample;
use crate::plain::{counted, shown};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What inputs are not as their files have them, told in few lines.
#[derive(Debug, Default)]
pub struct Odd(Mutex<BTreeMap<String, Vec<String>>>);

impl Odd {
    /// Remembers the notes of an input, once.
    pub fn add(&self, sample: &Sample) {
        if !sample.notes.is_empty() {
            // Nobody panics while holding it.
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(sample.name.clone(), sample.notes.clone());
        }
    }

    /// A sentence on each of a few inputs, and how many others there are.
    pub fn sentences(self) -> Vec<String> {
        let all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let told = |(name, notes): (&String, &Vec<String>)| {
            format!("{}: {}", shown(name), notes.join("; "))
        };
        let mut sentences: Vec<String> = all.iter().take(MOST_TOLD).map(told).collect();
        if let more @ 1.. = all.len().saturating_sub(MOST_TOLD) {
            sentences.push(format!(
                "{} are not as their files have them, either",
                counted(more, "other input")
            ));
        }
        sentences
    }
}

/// Inputs whose notes are told one by one.
const MOST_TOLD: usize = 3;
