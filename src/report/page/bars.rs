//! Bars that lie beneath each other, in parts of several colours.

/// Colours of the style: `s0` to `s5`.
pub(super) const COLOURS: usize = 6;

pub(super) struct Bars {
    /// With its unit.
    pub title: String,
    /// Colour and name.
    pub legend: Vec<(usize, String)>,
    pub rows: Vec<Bar>,
    /// What a reader has to know of the scale; empty where it begins at zero.
    pub note: String,
}

pub(super) struct Bar {
    pub name: String,
    /// Per cent of the width, and colour.
    pub parts: Vec<(String, usize)>,
    /// Per cent of the width from where to where the band reaches.
    pub band: Option<(String, String)>,
    pub value: String,
    /// All that is known of it, shown beside the pointer.
    pub tip: String,
}

/// What a bar is made of, in the unit of all.
pub(super) struct Raw {
    pub name: String,
    pub parts: Vec<(f64, usize)>,
    pub band: Option<[f64; 2]>,
    pub value: String,
    pub tip: String,
}

/// Bars from zero to the largest.
pub(super) fn linear(title: String, legend: Vec<(usize, String)>, raw: Vec<Raw>) -> Bars {
    let ends = raw.iter().map(|raw| {
        let sum = raw.parts.iter().map(|(size, _)| size).sum::<f64>();
        raw.band.map_or(sum, |[_, high]| high.max(sum))
    });
    let largest = ends.fold(0.0, f64::max);
    let share = |value: f64| if largest > 0.0 { value / largest } else { 0.0 };
    Bars {
        title,
        legend,
        rows: raw.into_iter().map(|raw| bar(raw, share)).collect(),
        note: String::new(),
    }
}

/// Bars of one part each over decades, which end left of the smallest.
pub(super) fn decades(title: String, legend: Vec<(usize, String)>, raw: Vec<Raw>) -> Bars {
    let values = raw.iter().flat_map(|raw| {
        raw.parts.iter().map(|(size, _)| *size).chain(raw.band.into_iter().flatten())
    });
    let positive: Vec<f64> = values.filter(|value| *value > 0.0).collect();
    // Below the smallest, so that it has a bar, too.
    let low = (positive.iter().copied().fold(f64::INFINITY, f64::min).log10() - 1e-9).floor();
    let high = positive.iter().copied().fold(0.0, f64::max).log10();
    let share = |value: f64| {
        let place = (value.log10() - low) / (high - low);
        if value > 0.0 && place.is_finite() { place.clamp(0.0, 1.0) } else { 0.0 }
    };
    let note = match low.is_finite() {
        true => format!("log scale: bars begin at 1e{low:.0}, each decade is as long"),
        false => String::new(),
    };
    Bars { title, legend, rows: raw.into_iter().map(|raw| bar(raw, share)).collect(), note }
}

fn bar(raw: Raw, share: impl Fn(f64) -> f64) -> Bar {
    let width = |value: f64| format!("{:.3}", 100.0 * share(value));
    let parts = raw.parts.iter().filter(|(size, _)| *size > 0.0);
    let band = raw.band.filter(|[low, high]| low < high);
    Bar {
        parts: parts.map(|&(size, colour)| (width(size), colour % COLOURS)).collect(),
        band: band
            .map(|[low, high]| (width(low), format!("{:.3}", 100.0 * (share(high) - share(low))))),
        name: raw.name,
        value: raw.value,
        tip: raw.tip,
    }
}
