//! Numbers on axes and colour bars.

/// From 0 to a largest value, or by decades where a few large values would hide all others.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::plot) struct Scale {
    max: f64,
    /// The value of the darkest colour on a logarithmic scale; what is below is as dark.
    floor: Option<f64>,
}

impl Scale {
    /// From 0 to the largest of `values`, or to 1 where all are zero.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Scale {
        let max = values.into_iter().fold(0.0, f64::max);
        Scale { max: if max > 0.0 { max } else { 1.0 }, floor: None }
    }

    /// Logarithmic if the largest of `values` is more than 30 times their median, else linear.
    pub fn fitting(values: impl IntoIterator<Item = f64>) -> Scale {
        let mut positive: Vec<f64> = values.into_iter().filter(|&value| value > 0.0).collect();
        positive.sort_by(f64::total_cmp);
        let linear = Scale::of(positive.iter().copied());
        let skewed =
            positive.get(positive.len() / 2).is_some_and(|&median| linear.max > 30.0 * median);
        // Four decades are as many as colours can tell apart.
        let floor = skewed.then(|| 10f64.powf(positive[0].max(linear.max * 1e-4).log10().floor()));
        Scale { floor, ..linear }
    }

    /// The values of the darkest and the brightest colour.
    pub fn ends(&self) -> [f64; 2] {
        [self.floor.unwrap_or(0.0), self.max]
    }

    /// For titles: how to read it, where it is not linear.
    pub fn note(&self) -> &'static str {
        if self.floor.is_some() { ", log scale" } else { "" }
    }

    /// Share of the range, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        match self.floor {
            Some(floor) if value <= floor => 0.0,
            Some(floor) => (value / floor).ln() / (self.max / floor).ln(),
            None => value / self.max,
        }
    }

    /// Round values within the range: about `count` of them from 0, or the powers of ten.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if let Some(floor) = self.floor {
            let decades = (self.max / floor * (1.0 + 1e-9)).log10().floor() as i32;
            return (0..=decades).map(|decade| floor * 10f64.powi(decade)).collect();
        }
        let step = round_step(self.max / count.max(1) as f64);
        let last = (self.max / step * (1.0 + 1e-9)).floor() as usize;
        (0..=last).map(|i| i as f64 * step).collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `step`.
pub(in crate::report) fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor =
        [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// Positions of about `count` labels on an axis of `length` cells.
pub(in crate::report::plot) fn cell_ticks(length: usize, count: usize) -> Vec<usize> {
    let step = round_step((length as f64 / count.max(1) as f64).max(1.0)) as usize;
    (0..length).step_by(step.max(1)).collect()
}

/// A number in few characters: `0.25`, `1500`, `2.5 M`.
pub(in crate::report) fn short(value: f64) -> String {
    let (scaled, prefix) = match value.abs() {
        1e12.. => (value / 1e12, " T"),
        1e9.. => (value / 1e9, " G"),
        1e6.. => (value / 1e6, " M"),
        1e4.. => (value / 1e3, " k"),
        _ => (value, ""),
    };
    if scaled != 0.0 && scaled.abs() < 1e-3 {
        return format!("{scaled:.1e}");
    }
    let digits = if scaled.abs() >= 100.0 {
        0
    } else if scaled.abs() >= 10.0 {
        1
    } else {
        3
    };
    let text = format!("{scaled:.digits$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{prefix}")
}

/// Unit in which picojoules up to `max` read well, and its size in picojoules.
pub(in crate::report::plot) fn energy_unit(max: f64) -> (&'static str, f64) {
    match max {
        1e12.. => ("J", 1e12),
        1e9.. => ("mJ", 1e9),
        1e6.. => ("µJ", 1e6),
        1e3.. => ("nJ", 1e3),
        _ => ("pJ", 1.0),
    }
}

/// Unit in which picoseconds up to `max` read well, and its size in picoseconds.
pub(in crate::report::plot) fn time_unit(max: f64) -> (&'static str, f64) {
    match max {
        1e12.. => ("s", 1e12),
        1e9.. => ("ms", 1e9),
        1e6.. => ("µs", 1e6),
        1e3.. => ("ns", 1e3),
        _ => ("ps", 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(Scale::of([10.0]).ticks(5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(Scale::of([4711.0]).ticks(5), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert_eq!(cell_ticks(8, 10), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(cell_ticks(64, 8), [0, 10, 20, 30, 40, 50, 60]);
    }

    #[test]
    fn a_few_large_values_make_it_logarithmic() {
        assert_eq!(Scale::fitting([0.0, 1.0, 2.0, 29.0]), Scale::of([29.0]));
        let skewed = Scale::fitting([0.0, 2.0, 3.0, 4.0, 2000.0]);
        assert_eq!(skewed.ticks(5), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!([0.0, 1.0, 2000.0].map(|value| skewed.share(value)), [0.0, 0.0, 1.0]);
        assert_eq!(Scale::fitting([]).ticks(1), [0.0, 1.0]);
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.25, 7.0, 20.0, 1500.0, 12_500.0, 2_500_000.0, 0.00002].map(short);
        assert_eq!(texts, ["0", "0.25", "7", "20", "1500", "12.5 k", "2.5 M", "2.0e-5"]);
    }
}
