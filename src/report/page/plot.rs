//! Points and lines over two axes. Places are per cent of the plot, so that it fits any screen and
//! texts keep their size.

use super::bars::COLOURS;
use crate::report::plot::short;

/// What an axis shows.
pub(super) struct Axis {
    /// With its unit.
    pub label: String,
    /// Place and text.
    pub ticks: Vec<(String, String)>,
    low: f64,
    high: f64,
    log: bool,
}

/// Points of one kind, from left to right where they are joined.
pub(super) struct Series {
    pub name: String,
    pub joined: bool,
    pub points: Vec<Point>,
}

pub(super) struct Point {
    pub at: [f64; 2],
    /// Ends of the horizontal value.
    pub band: Option<[f64; 2]>,
    pub tip: String,
    /// Drawn larger.
    pub marked: bool,
}

pub(super) struct Plot {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// Colour and name.
    pub legend: Vec<(usize, String)>,
    /// Both ends, and the colour.
    pub lines: Vec<([String; 4], usize)>,
    pub bands: Vec<([String; 3], usize)>,
    pub dots: Vec<Dot>,
}

pub(super) struct Dot {
    pub x: String,
    pub y: String,
    pub colour: usize,
    pub marked: bool,
    pub tip: String,
}

impl Axis {
    /// Round ends and ticks around `values`; by decades if asked for and all are positive.
    pub fn new(label: &str, values: impl IntoIterator<Item = f64>, log: bool) -> Axis {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log = log && low > 0.0 && low.is_finite();
        let (low, high, ticks) = match log {
            true => decades(low, high),
            false => linear(low, high),
        };
        let mut axis = Axis { label: label.into(), ticks: vec![], low, high, log };
        axis.ticks = ticks.iter().map(|&tick| (axis.place(tick), short(tick))).collect();
        axis
    }

    /// Per cent of its length.
    fn place(&self, value: f64) -> String {
        let by = |value: f64| if self.log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let share = (by(value) - by(self.low)) / (by(self.high) - by(self.low));
        format!("{:.2}", 100.0 * share.clamp(0.0, 1.0))
    }
}

fn linear(low: f64, high: f64) -> (f64, f64, Vec<f64>) {
    let (low, high) = if low.is_finite() { (low.min(0.0), high.max(0.0)) } else { (0.0, 1.0) };
    let span = if high > low { high - low } else { 1.0 };
    let step = crate::report::plot::round_step(span / 5.0);
    let (first, last) = ((low / step).floor() as i64, ((low + span) / step).ceil() as i64);
    let ticks: Vec<f64> = (first..=last).map(|n| n as f64 * step).collect();
    (first as f64 * step, last as f64 * step, ticks)
}

/// Within few decades 1, 2 and 5 are ticks, too.
fn decades(low: f64, high: f64) -> (f64, f64, Vec<f64>) {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let last = last.max(first + 1);
    let fine: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let all = (first..=last).flat_map(|n| fine.iter().map(move |f| f * 10f64.powi(n)));
    let all: Vec<f64> = all.filter(|tick| *tick <= 10f64.powi(last)).collect();
    // From the last tick that is below everything to the first that is above.
    let from = all.iter().rposition(|tick| *tick <= low).unwrap_or(0);
    let to = all.iter().position(|tick| *tick >= high).unwrap_or(all.len() - 1).max(from + 1);
    let ticks = all[from..=to.min(all.len() - 1)].to_vec();
    (ticks[0], ticks[ticks.len() - 1], ticks)
}

impl Plot {
    /// Each series in a colour of its own.
    pub fn new(title: &str, x: Axis, y: Axis, series: &[Series]) -> Plot {
        let (mut lines, mut bands, mut dots) = (vec![], vec![], vec![]);
        // Up is more.
        let up = |value: f64| {
            let down: f64 = y.place(value).parse().unwrap_or(0.0);
            format!("{:.2}", 100.0 - down)
        };
        for (n, series) in series.iter().enumerate() {
            let colour = n % COLOURS;
            let place = |point: &Point| [x.place(point.at[0]), up(point.at[1])];
            if series.joined {
                for pair in series.points.windows(2) {
                    let ([x1, y1], [x2, y2]) = (place(&pair[0]), place(&pair[1]));
                    lines.push(([x1, y1, x2, y2], colour));
                }
            }
            for point in &series.points {
                let [at, high] = place(point);
                if let Some([from, to]) = point.band.filter(|[from, to]| from < to) {
                    bands.push(([x.place(from), x.place(to), high.clone()], colour));
                }
                let (marked, tip) = (point.marked, point.tip.clone());
                dots.push(Dot { x: at, y: high, colour, marked, tip });
            }
        }
        let mut y = y;
        y.ticks.iter_mut().for_each(|(place, _)| {
            let down: f64 = place.parse().unwrap_or(0.0);
            *place = format!("{:.2}", 100.0 - down);
        });
        let legend = series.iter().enumerate().map(|(n, s)| (n % COLOURS, s.name.clone()));
        Plot { title: title.into(), x, legend: legend.collect(), y, lines, bands, dots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn axes_begin_and_end_at_ticks() {
        let axis = Axis::new("T", [4.0, 32.0], false);
        assert_eq!(texts(&axis), ["0", "10", "20", "30", "40"]);
        assert_eq!([0.0, 20.0, 40.0].map(|value| axis.place(value)), ["0.00", "50.00", "100.00"]);
        let axis = Axis::new("mJ", [0.3, 40.0], true);
        assert_eq!(texts(&axis), ["0.1", "1", "10", "100"]);
        let axis = Axis::new("mJ", [3.0, 40.0], true);
        assert_eq!(texts(&axis), ["2", "5", "10", "20", "50"]);
        assert_eq!(texts(&Axis::new("mJ", [0.0, 2.0], true)), ["0", "0.5", "1", "1.5", "2"]);
        assert_eq!(texts(&Axis::new("mJ", [1.0], true)), ["1", "2"]);
        assert_eq!(texts(&Axis::new("none", [], true)).first(), Some(&"0"));
    }
}
