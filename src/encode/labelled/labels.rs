//! Words that are labels to numbers of classes.

use std::collections::BTreeSet;

/// Largest label: what is above is no class, and would make a list of as many.
const LARGEST: usize = 65_535;

/// A label that does not fit.
pub(super) struct Unfit {
    /// Its place, from 0.
    pub at: usize,
    pub what: &'static str,
}

/// Numbers of the classes, and their names. Where all labels are whole numbers, these are the
/// numbers, and the classes those from 0 to the largest; where none is, classes are numbered by
/// name.
pub(super) fn numbered(labels: &[String]) -> Result<(Vec<usize>, Vec<String>), Unfit> {
    let number = |label: &String| label.parse::<usize>().ok();
    let is_number = |label: &String| label.parse::<f64>().is_ok_and(f64::is_finite);
    if !labels.first().is_some_and(is_number) {
        let what = "others are names: give numbers alone, or names alone";
        return match labels.iter().position(is_number) {
            Some(at) => Err(Unfit { at, what }),
            None => Ok(named(labels)),
        };
    }
    let fits = |label: &String| number(label).filter(|&label| label <= LARGEST);
    let what = "give whole numbers from 0 to 65535, or names alone";
    let each = labels.iter().enumerate().map(|(at, label)| fits(label).ok_or(Unfit { at, what }));
    let numbers = each.collect::<Result<Vec<_>, _>>()?;
    let classes = numbers.iter().max().map_or(0, |largest| largest + 1);
    Ok((numbers, (0..classes).map(|class| class.to_string()).collect()))
}

/// Classes in the order of their names.
pub(super) fn named(labels: &[String]) -> (Vec<usize>, Vec<String>) {
    let names: BTreeSet<&String> = labels.iter().collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    // Each is one of the names.
    let numbers = labels.iter().map(|label| names.partition_point(|name| name < label));
    (numbers.collect(), names)
}
