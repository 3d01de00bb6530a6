//! The units of all CSV files: microjoules and microseconds, whose names end in `_uj` and `_us`.
//!
//! Files of earlier versions had others, and are read as if they had these.

use std::borrow::Cow;

/// Microjoules of picojoules.
pub(super) fn uj(pj: f64) -> f64 {
    pj / 1e6
}

/// Microseconds of picoseconds.
pub(super) fn us(ps: u64) -> f64 {
    us_of(ps as f64)
}

/// The same of a mean.
pub(super) fn us_of(ps: f64) -> f64 {
    ps / 1e6
}

/// Of thousandths, which people read, the millionths of files. The last digits of a product come
/// from the binary form, so 15 stay.
pub(super) fn of_milli(figure: f64) -> f64 {
    let product = figure * 1e3;
    format!("{product:.14e}").parse().unwrap_or(product)
}

/// The other way.
pub(super) fn in_milli(figure: f64) -> f64 {
    figure / 1e3
}

/// Endings of earlier versions, those of today, and how many of the former are one of the latter.
const BEFORE: [(&str, &str, f64); 4] =
    [("_pj", "_uj", 1e6), ("_mj", "_uj", 1e-3), ("_ps", "_us", 1e6), ("_ms", "_us", 1e-3)];

/// A column of a file of any version, as files of today have it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Today {
    pub name: String,
    /// What its figures are divided by.
    per: f64,
}

impl Today {
    pub fn of(column: &str) -> Today {
        let known = BEFORE.iter().find_map(|(before, today, per)| {
            let stem = column.strip_suffix(before)?;
            Some(Today { name: format!("{stem}{today}"), per: *per })
        });
        known.unwrap_or_else(|| Today { name: column.into(), per: 1.0 })
    }

    /// What it holds in a cell; what is no number stays.
    pub fn cell<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        match cell.parse::<f64>() {
            Ok(figure) if self.per != 1.0 => Cow::Owned((figure / self.per).to_string()),
            _ => Cow::Borrowed(cell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_have_no_digits_of_the_binary_form() {
        for (milli, micro) in [(0.016, "16"), (15.307305544, "15307.305544"), (0.0, "0")] {
            assert_eq!(of_milli(milli).to_string(), micro);
        }
        assert!(of_milli(f64::INFINITY).is_infinite());
    }

    #[test]
    fn columns_of_earlier_versions_have_the_units_of_today() {
        let read = |column: &str, cell: &str| {
            let today = Today::of(column);
            (today.name.clone(), today.cell(cell).into_owned())
        };
        let is = |name: &str, cell: &str| (name.to_owned(), cell.to_owned());
        assert_eq!(read("nominal_pj", "2500000"), is("nominal_uj", "2.5"));
        assert_eq!(read("latency_low_ms", "2.5"), is("latency_low_us", "2500"));
        assert_eq!(read("stall_ps", ""), is("stall_us", ""));
        assert_eq!(read("energy_mj", "much"), is("energy_uj", "much"));
        assert_eq!(read("energy_uj", "007"), is("energy_uj", "007"));
        assert_eq!(read("inferences_per_s", "7"), is("inferences_per_s", "7"));
    }
}
