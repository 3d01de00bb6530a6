//! Texts and numbers of a profile, and the ranges that they must keep.

use std::fmt::Display;

use serde_spanned::Spanned;

use super::{Checked, fault};

pub(super) fn text(value: Spanned<String>, key: &str) -> Checked<String> {
    if value.get_ref().trim().is_empty() {
        return fault(value.span(), format!("`{key}` is empty"));
    }
    Ok(value.into_inner())
}

pub(super) fn positive<T: PartialEq + From<u8>>(value: Spanned<T>, key: &str) -> Checked<T> {
    if *value.get_ref() == T::from(0) {
        return fault(value.span(), format!("`{key}` must be at least 1"));
    }
    Ok(value.into_inner())
}

pub(super) fn limit<T: PartialEq + From<u8>>(
    value: Option<Spanned<T>>,
    key: &str,
) -> Checked<Option<T>> {
    value.map(|value| positive(value, key)).transpose()
}

pub(super) fn pair([x, y]: [Spanned<usize>; 2], key: &str) -> Checked<[usize; 2]> {
    Ok([bounded(x, key, SIDE)?, bounded(y, key, SIDE)?])
}

/// The largest number of a kind. No event of a chip comes near it, and all sums stay finite below
/// it.
pub(super) struct Bound {
    most: f64,
    /// The least above 0: what is less would be taken for 0.
    least: f64,
    /// What it is in words.
    words: &'static str,
}

impl Bound {
    /// The same for the low end of a band, which may be next to nothing.
    pub fn of_low_ends(&self) -> Bound {
        Bound { least: 0.0, ..*self }
    }
}

pub(super) const ENERGY_PJ: Bound =
    Bound { most: 1e12, least: 0.0, words: "1e12 pJ, which is a joule per event" };
pub(super) const LATENCY_NS: Bound =
    Bound { most: 1e9, least: 0.001, words: "1e9 ns, which is a second" };
pub(super) const POWER_MW: Bound =
    Bound { most: 1e9, least: 0.0, words: "1e9 mW, which is a megawatt" };
pub(super) const PERIOD_NS: Bound =
    Bound { most: 1e12, least: 0.001, words: "1e12 ns, which is 1000 seconds" };

pub(super) fn amount(value: &Spanned<f64>, key: &str, bound: &Bound) -> Checked<f64> {
    let number = *value.get_ref();
    if !number.is_finite() {
        return fault(value.span(), format!("`{key}` is not a finite number"));
    }
    if number < 0.0 {
        return fault(value.span(), format!("`{key}` is negative: {number}"));
    }
    if number > bound.most {
        let message = format!("`{key}` is {number:e}, the most is {}; check the unit", bound.words);
        return fault(value.span(), message);
    }
    if number > 0.0 && number < bound.least {
        let message = format!(
            "`{key}` is {number:e} ns, and times are whole picoseconds: it is 0, or at least {}; \
             check the unit",
            bound.least
        );
        return fault(value.span(), message);
    }
    Ok(number)
}

/// A whole number from 1 to `most`.
pub(super) fn bounded<T: PartialOrd + From<u8> + Display>(
    value: Spanned<T>,
    key: &str,
    most: T,
) -> Checked<T> {
    if *value.get_ref() > most {
        return fault(value.span(), format!("`{key}` is {}, the most is {most}", value.get_ref()));
    }
    positive(value, key)
}

/// As [`bounded`], where 0 is allowed, too.
pub(super) fn at_most(value: Spanned<u64>, key: &str, most: u64) -> Checked<u64> {
    if *value.get_ref() > most {
        return fault(value.span(), format!("`{key}` is {}, the most is {most}", value.get_ref()));
    }
    Ok(value.into_inner())
}

/// Most tiles of a chip, or chips of a board, along one side.
pub(super) const SIDE: usize = 4096;
/// Most cores of a chip, and most chips of a board.
pub(super) const PIECES: usize = 1 << 20;
/// Most packets that a port can hold.
pub(super) const PORT: usize = 1 << 20;
