//! Numbers, units and lines as people read them.

use super::glance::Glance;
use crate::energy::Band;

/// Characters of a line.
pub const WIDTH: usize = 80;
/// A share in whole per cent, or less than one.
pub fn percent(share: f64) -> String {
    match 100.0 * share {
        few if few > 0.0 && few < 0.5 => "<1 %".into(),
        percent => format!("{percent:.0} %"),
    }
}

/// Digits in groups of three.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Four significant digits, without an exponent unless the number is very small.
pub fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = value.abs().log10().floor() as i32;
    match digits {
        3.. => format!("{value:.0}"),
        -4..3 => format!("{value:.*}", (3 - digits) as usize),
        _ => format!("{value:.3e}"),
    }
}

/// `text`, with an ellipsis for what is beyond `width` characters.
pub fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width - 1).chain(['\u{2026}']).collect(),
        false => text.into(),
    }
}

/// `text` in lines of at most `width` characters, broken at spaces; a longer word has a line alone.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// A unit in which the figures of a run read well.
pub struct Unit {
    pub name: &'static str,
    /// Of them in a millijoule or a millisecond.
    factor: f64,
}

impl Unit {
    /// For energies and for times.
    pub fn both(glance: &Glance) -> [Unit; 2] {
        [
            Unit::fitting(glance.energy_mj.nominal, ["mJ", "uJ", "nJ", "pJ"]),
            Unit::fitting(glance.latency_ms.nominal, ["ms", "us", "ns", "ps"]),
        ]
    }

    /// Each of the names is a thousand times the next.
    fn fitting(milli: f64, names: [&'static str; 4]) -> Unit {
        let smaller = [0.1, 1e-4, 1e-7].into_iter().filter(|least| milli < *least).count();
        // Nothing is best told in the largest.
        let place = if milli > 0.0 { smaller } else { 0 };
        Unit { name: names[place], factor: 1000f64.powi(place as i32) }
    }

    /// Of them in a millijoule or a millisecond.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    pub fn named(&self, what: &str) -> String {
        format!("{what}, {}", self.name)
    }

    /// So many thousandths of a joule or second.
    pub fn of(&self, milli: f64) -> String {
        significant(milli * self.factor)
    }

    /// The ends of a band; nothing where there is none.
    pub fn ends(&self, band: &Band) -> String {
        match band.low == band.high {
            true => String::new(),
            false => format!("{} .. {}", self.of(band.low), self.of(band.high)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
        let values = [0.0, 1.0, 12.3456, 123456.7, 0.00123456, 1.5e-9].map(significant);
        assert_eq!(values, ["0", "1.000", "12.35", "123457", "0.001235", "1.500e-9"]);
        assert_eq!(
            [0.0, 0.001, 0.006, 0.414, 1.0].map(percent),
            ["0 %", "<1 %", "1 %", "41 %", "100 %"]
        );
    }

    #[test]
    fn lines_end_in_time() {
        assert_eq!(cut("energies", 8), "energies");
        assert_eq!(cut("energies", 5), "ener\u{2026}");
        assert_eq!(wrapped("the network takes most", 11), ["the network", "takes most"]);
        assert_eq!(wrapped("aVeryLongWord it is", 5), ["aVeryLongWord", "it is"]);
        assert!(wrapped("", 5).is_empty());
    }
}
