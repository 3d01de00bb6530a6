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

/// Layers, in their order: as far apart as 18 can be for all eyes, and from [`NOTHING`] and
/// [`BORDER`]. A search found them; the test below says how far.
pub(in crate::report::plot) const LAYERS: [RGBColor; 18] = [
    RGBColor(0, 114, 178),
    RGBColor(60, 208, 140),
    RGBColor(90, 145, 105),
    RGBColor(196, 145, 245),
    RGBColor(113, 56, 70),
    RGBColor(11, 109, 24),
    RGBColor(207, 121, 166),
    RGBColor(46, 47, 139),
    RGBColor(27, 28, 208),
    RGBColor(255, 197, 91),
    RGBColor(52, 1, 63),
    RGBColor(119, 219, 248),
    RGBColor(148, 48, 147),
    RGBColor(204, 203, 41),
    RGBColor(25, 128, 252),
    RGBColor(69, 66, 12),
    RGBColor(0, 0, 32),
    RGBColor(144, 176, 87),
];

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
    fn lab(RGBColor(r, g, b): RGBColor, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
        let lights = [r, g, b].map(|part| (f64::from(part) / 255.0).powf(2.2));
        let [r, g, b] = eyes.map(|row| {
            row.iter().zip(lights).map(|(share, light)| share * light).sum::<f64>().clamp(0.0, 1.0)
        });
        let curve = |share: f64| match share > 0.008856 {
            true => share.cbrt(),
            false => 7.787 * share + 16.0 / 116.0,
        };
        let x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// What eyes without one kind of cones see (Machado and others 2009, severity 1).
    const WITHOUT_RED: [[f64; 3]; 3] = [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ];
    const WITHOUT_GREEN: [[f64; 3]; 3] = [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ];
    const ALL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// The least difference of two of these to such eyes.
    fn apart(all: &[RGBColor], eyes: &[[f64; 3]; 3]) -> f64 {
        let seen: Vec<[f64; 3]> = all.iter().map(|&colour| lab(colour, eyes)).collect();
        let pairs = (0..seen.len()).flat_map(|n| (0..n).map(move |m| (n, m)));
        let of = |(n, m): (usize, usize)| {
            (0..3).map(|i| (seen[n][i] - seen[m][i]).powi(2)).sum::<f64>().sqrt()
        };
        pairs.map(of).fold(f64::INFINITY, f64::min)
    }

    /// A difference of 2 is just seen side by side; areas far from each other need more.
    #[test]
    fn layers_are_told_apart_and_from_nothing() {
        let beside = |layers: &[RGBColor], other: RGBColor| [layers, &[other]].concat();
        assert!(apart(&beside(&LAYERS, NOTHING), &ALL) > 24.0);
        assert!(LAYERS.iter().all(|&layer| apart(&[layer, BORDER], &ALL) > 40.0));
        for eyes in [&WITHOUT_RED, &WITHOUT_GREEN] {
            assert!(apart(&beside(&LAYERS[..12], NOTHING), eyes) > 16.0);
            assert!(apart(&beside(&LAYERS, NOTHING), eyes) > 10.0);
        }
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
