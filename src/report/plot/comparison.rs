//! Energies of a comparison: a bar per system on a logarithmic axis, grouped by accounting.

mod bars;

use super::style::{
    Anchor, Canvas, Draw, Entry, GRID, INK, Mark, PANEL, SERIES, TEXT, TITLE, legend_height,
    measure, pale, short,
};
use super::target::{Made, Target};
use crate::compare::Kind;
use crate::report::Error;
use crate::report::readable::significant;
pub(in crate::report) use bars::{Bar, UNVERIFIED};
use bars::{Group, groups};
use plotters::style::RGBColor;

const WIDTH: i32 = 900;
const MARGIN: i32 = 14;
/// Room for names, for the number beside a bar, and the least for bars.
const NAMES: i32 = 376;
const NUMBER: i32 = 70;
const LEGEND: i32 = 42;
const LINE: i32 = 18;
const HEADING: i32 = 30;
const BOTTOM: i32 = 62;

/// Draws `name`; the title stands above, `csv` is the file with all rows.
pub(super) fn write(
    target: &Target,
    name: &str,
    title: &str,
    csv: &str,
    bars: &[Bar],
) -> Result<(), Error> {
    let groups = groups(bars);
    let picture = Picture { title, csv, axis: Axis::of(&groups), groups, all: bars.len() };
    let size = [WIDTH, picture.height()];
    target.picture(name, size, Made::Lines, &|canvas| picture.draw(canvas))
}

struct Picture<'a> {
    title: &'a str,
    csv: &'a str,
    groups: Vec<Group>,
    axis: Axis,
    /// Bars there would be of all rows.
    all: usize,
}

/// Millijoules to units, by decades.
struct Axis {
    first: i32,
    last: i32,
}

const LEFT: i32 = MARGIN + NAMES + 8;
const RIGHT: i32 = WIDTH - NUMBER;

impl Axis {
    fn of(groups: &[Group]) -> Axis {
        let bands = || groups.iter().flat_map(|group| &group.bars).map(|(_, bar)| bar.mj);
        let low = bands()
            .map(|band| if band.low > 0.0 { band.low } else { band.nominal })
            .fold(f64::INFINITY, f64::min);
        let high = bands().map(|band| band.high).fold(0.0, f64::max);
        if !(low.is_finite() && high > 0.0) {
            return Axis { first: 0, last: 1 };
        }
        // A bar needs some length, hence a decade more.
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let short = low.log10() - f64::from(first) < 0.1;
        let first = if short { first - 1 } else { first };
        Axis { first, last: last.max(first + 1) }
    }

    fn x(&self, mj: f64) -> i32 {
        let share =
            (mj.max(1e-30).log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        LEFT + (share.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }
}

fn entries() -> Vec<Entry> {
    let kinds = [
        (Kind::Spiking, "spiking network"),
        (Kind::Baseline, "float network on a device"),
        (Kind::Quantised, "quantised float network"),
    ];
    let mut entries: Vec<Entry> =
        kinds.iter().map(|&(kind, text)| Entry::new(Mark::Box(ink(kind)), text)).collect();
    entries.push(Entry::new(Mark::Range, "low .. high"));
    let text = "pale: rests on a figure from memory, unverified";
    entries.push(Entry::new(Mark::Box(pale(ink(Kind::Baseline))), text));
    entries
}

fn ink(kind: Kind) -> RGBColor {
    match kind {
        Kind::Spiking => SERIES[0],
        Kind::Baseline => SERIES[1],
        Kind::Quantised => SERIES[2],
    }
}

impl Picture<'_> {
    fn top(&self) -> i32 {
        LEGEND + legend_height(&entries(), WIDTH - 2 * MARGIN) + 8
    }

    fn height(&self) -> i32 {
        let lines: usize = self.groups.iter().map(|group| group.bars.len()).sum();
        self.top() + lines as i32 * LINE + self.groups.len() as i32 * HEADING + BOTTOM
    }

    fn draw(&self, canvas: &Canvas) -> Draw {
        let title = canvas.fit(self.title, TITLE, WIDTH - 2 * MARGIN);
        canvas.text([MARGIN, 22], &title, TITLE, INK, Anchor::Left)?;
        canvas.legend([MARGIN, LEGEND], WIDTH - 2 * MARGIN, &entries())?;
        self.axis(canvas)?;
        let mut y = self.top();
        for group in &self.groups {
            canvas.text([MARGIN, y + HEADING / 2 + 2], group.title, PANEL, INK, Anchor::Left)?;
            y += HEADING;
            for (label, bar) in &group.bars {
                self.bar(canvas, y, label, bar)?;
                y += LINE;
            }
        }
        Ok(())
    }

    fn axis(&self, canvas: &Canvas) -> Draw {
        let bottom = self.height() - BOTTOM;
        // As many labels as have room.
        let decades = self.axis.last - self.axis.first;
        let every = (decades * 52 / (RIGHT - LEFT) + 1).max(1);
        let mut top = self.top();
        for group in &self.groups {
            let high = group.bars.len() as i32 * LINE;
            for decade in self.axis.first..=self.axis.last {
                let x = self.axis.x(10f64.powi(decade));
                canvas.rect([x, top + HEADING], [1, high], GRID)?;
            }
            top += HEADING + high;
        }
        for decade in (self.axis.first..=self.axis.last).step_by(every as usize) {
            let at = [self.axis.x(10f64.powi(decade)), bottom + 4];
            canvas.text(at, &decimal(decade), TEXT, INK, Anchor::Below)?;
        }
        let caption = "energy of an inference, mJ (log scale: compare ends of bars, not lengths)";
        let at = [RIGHT - measure(caption, PANEL), bottom + 30];
        canvas.text(at, caption, PANEL, INK, Anchor::Left)?;
        let drawn: usize = self.groups.iter().map(|group| group.bars.len()).sum();
        let rest = self.all - drawn;
        let note = match rest {
            0 => format!("also in {}", self.csv),
            _ => format!("{rest} more rows in {}: narrower scopes, and what is equal", self.csv),
        };
        canvas.text([MARGIN, bottom + 48], &note, TEXT, INK, Anchor::Left)
    }

    fn bar(&self, canvas: &Canvas, y: i32, label: &str, bar: &Bar) -> Draw {
        let (middle, band) = (y + LINE / 2, bar.mj);
        // The scope tells bars of one system apart: what is cut is the system.
        let scope = canvas.fit(&format!(" · {}", bar.scope), TEXT, NAMES * 4 / 5);
        let system = canvas.fit(label, TEXT, NAMES - measure(&scope, TEXT));
        canvas.text([LEFT - 8, middle], &format!("{system}{scope}"), TEXT, INK, Anchor::Right)?;
        let [low, end, high] = [band.low, band.nominal, band.high].map(|mj| self.axis.x(mj));
        let ink = if bar.unverified { pale(ink(bar.kind)) } else { ink(bar.kind) };
        canvas.rect([LEFT, y + 3], [(end - LEFT).max(1), LINE - 6], ink)?;
        if band.high > band.low {
            canvas.rect([low, middle], [(high - low).max(1), 1], INK)?;
            canvas.rect([low, middle - 4], [1, 9], INK)?;
            canvas.rect([high, middle - 4], [1, 9], INK)?;
        }
        let at = [end.max(high) + 7, middle];
        canvas.text(at, &significant(band.nominal), TEXT, INK, Anchor::Left)
    }
}

/// `0.001`, `1`, `1000`, and powers of ten beyond.
fn decimal(decade: i32) -> String {
    match decade {
        -3..0 => format!("{:.*}", -decade as usize, 10f64.powi(decade)),
        0..=3 => short(10f64.powi(decade)),
        _ => format!("1e{decade}"),
    }
}
