//! The colour map: dark is little, bright is much, in even steps of lightness, and readable by
//! those who see no red or no green.

use plotters::style::RGBColor;

/// Where nothing is: no core, no neuron. Not on the map, so that it cannot be taken for zero.
pub(in crate::report::plot) const NOTHING: RGBColor = RGBColor(222, 222, 222);
/// Text and frames.
pub(in crate::report::plot) const INK: RGBColor = RGBColor(40, 40, 40);
/// Lines between chips.
pub(in crate::report::plot) const BORDER: RGBColor = RGBColor(214, 60, 60);
/// Lines behind a chart.
pub(in crate::report::plot) const GRID: RGBColor = RGBColor(225, 225, 225);
/// The brand of idealised runs.
pub(in crate::report::plot) const ALARM: RGBColor = RGBColor(190, 20, 20);

/// Lines and bars: dark enough on white, and apart for colour-blind eyes (after Okabe and Ito
/// 2008).
pub(in crate::report::plot) const SERIES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(90, 90, 90),
    RGBColor(148, 103, 20),
];

/// Areas beyond those, such as layers: light and dark ones, each apart from every other and from
/// [`NOTHING`].
const MORE: [RGBColor; 12] = [
    RGBColor(86, 180, 233),
    RGBColor(240, 180, 40),
    RGBColor(160, 214, 120),
    RGBColor(117, 77, 176),
    RGBColor(136, 20, 60),
    RGBColor(30, 90, 30),
    RGBColor(250, 150, 130),
    RGBColor(120, 135, 20),
    RGBColor(20, 40, 110),
    RGBColor(90, 205, 195),
    RGBColor(200, 175, 245),
    RGBColor(70, 35, 10),
];

/// The colour of the n-th of many. Beyond 18 they come again.
pub(in crate::report::plot) fn series(n: usize) -> RGBColor {
    let place = n % (SERIES.len() + MORE.len());
    SERIES.get(place).copied().unwrap_or_else(|| MORE[place - SERIES.len()])
}

/// A third of the ink, as for what is uncertain.
pub(in crate::report::plot) fn pale(ink: RGBColor) -> RGBColor {
    mixed(ink, RGBColor(255, 255, 255), 2.0 / 3.0)
}

/// `a` with a share of `b`.
fn mixed(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Evenly spaced from 0 to 1.
const ANCHORS: [[u8; 3]; 7] = [
    [40, 14, 72],
    [58, 62, 132],
    [42, 104, 143],
    [30, 146, 140],
    [72, 184, 112],
    [164, 216, 66],
    [250, 232, 60],
];

/// Colour of a value from 0 to 1; values beyond are cut.
pub(in crate::report::plot) fn colour(value: f64) -> RGBColor {
    let place = value.clamp(0.0, 1.0) * (ANCHORS.len() - 1) as f64;
    let below = (place as usize).min(ANCHORS.len() - 2);
    let part = place - below as f64;
    let mix = |i: usize| {
        let (a, b) = (f64::from(ANCHORS[below][i]), f64::from(ANCHORS[below + 1][i]));
        (a + (b - a) * part).round() as u8
    };
    RGBColor(mix(0), mix(1), mix(2))
}

/// The colours of the map in even steps, for pages.
pub(in crate::report) fn palette() -> Vec<String> {
    let colours = (0..=16).map(|step| colour(f64::from(step) / 16.0));
    colours.map(|RGBColor(r, g, b)| format!("#{r:02x}{g:02x}{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lightness, red against green, yellow against blue: CIE 1976, white of D65.
    fn lab(RGBColor(r, g, b): RGBColor) -> [f64; 3] {
        let [r, g, b] = [r, g, b].map(|part| (f64::from(part) / 255.0).powf(2.2));
        let curve = |share: f64| match share > 0.008856 {
            true => share.cbrt(),
            false => 7.787 * share + 16.0 / 116.0,
        };
        let x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// A difference of 2 is just seen side by side; areas far from each other need ten times that.
    #[test]
    fn layers_are_told_apart_and_from_nothing() {
        let all: Vec<RGBColor> = (0..18).map(series).chain([NOTHING, BORDER]).collect();
        for (n, &a) in all.iter().enumerate() {
            for &b in &all[..n] {
                let (p, q) = (lab(a), lab(b));
                let apart = (0..3).map(|i| (p[i] - q[i]).powi(2)).sum::<f64>().sqrt();
                assert!(apart > 24.0, "{a:?} {b:?}: {apart}");
            }
        }
        assert_eq!(series(18), series(0));
    }

    #[test]
    fn lightness_grows() {
        let lightness = |i: u32| {
            let RGBColor(r, g, b) = colour(f64::from(i) / 255.0);
            let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
            let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
            116.0 * luminance.cbrt() - 16.0
        };
        let all: Vec<f64> = (0..256).map(lightness).collect();
        assert!(all.windows(2).all(|pair| pair[1] > pair[0] - 0.2), "{all:?}");
        let thirds: Vec<f64> = all.chunks(64).map(|part| part[part.len() - 1] - part[0]).collect();
        assert!(thirds.iter().all(|growth| (10.0..35.0).contains(growth)), "{thirds:?}");
    }
}
