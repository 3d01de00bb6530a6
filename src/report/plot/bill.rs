//! `where`: where energy and time go. The energy of events by layer and component, all energy by
//! scope, and beside them the anatomy of the steps.

use super::Heading;
use super::style::{
    Anchor, Canvas, Draw, GRID, HEADING, INK, NOTHING, PANEL, SERIES, Scale, TEXT, cell_ticks,
    short,
};
use super::target::{Made, Target};
use crate::activity::{Activity, Span, StepTiming};
use crate::energy::processor_steps;
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::Error;
use crate::report::glance::{EnergyShare, Glance, LayerShare, computation_ps};
use crate::report::readable::{Unit, percent, wrapped};
use plotters::style::RGBColor;

const WIDTH: i32 = 1240;
/// Where the two halves begin, and how wide they are.
const LEFT: i32 = 14;
const RIGHT: i32 = 668;
const HALF: i32 = 558;
const TOP: i32 = HEADING + 22;
const LINE: i32 = 22;
/// Room for names of layers, and for numbers beside bars.
const NAMES: i32 = 150;
const NUMBERS: i32 = 128;
/// Layers with a bar of their own; the others share one.
const LAYERS: usize = 14;
/// Height of the columns of the steps.
const STEPS: i32 = 230;
/// The same with the numbers around them.
const COLUMNS: i32 = 14 + STEPS + 44;
/// Of sentences: a line, the space below each, and the letters of a line.
const ROW: i32 = 19;
const SPACE: i32 = 5;
const LETTERS: usize = 74;

/// Colours of the parts of a step.
const COMPUTATION: RGBColor = SERIES[0];
const NETWORK: RGBColor = SERIES[1];
const SYNCHRONISATION: RGBColor = SERIES[4];
/// Of embedded processors, beside the step of the cores.
const PROCESSOR: RGBColor = SERIES[5];

/// The components of events, as picture and page join them, and the place of their colour among
/// those of series.
pub(in crate::report) const GROUPS: [(&str, &[&str], usize); 4] = [
    ("visits and updates of neurons", &["access", "update"], 0),
    ("firing", &["spike"], 3),
    ("synapses", &["dendrite", "synapse"], 2),
    ("packets", &["axon_out", "axon_in", "hop", "chip_link"], 1),
];

/// Draws `where`.
pub(super) fn write(
    target: &Target,
    heading: &Heading,
    glance: &Glance,
    (activity, profile): (&Activity, &Profile),
) -> Result<(), Error> {
    let picture = Picture {
        heading,
        glance,
        activity,
        processor: processor_steps(activity, profile).unwrap_or_default(),
        bars: bars(glance),
        units: Unit::both(glance),
        bound: glance.bound.iter().map(|sentence| wrapped(&shown(sentence), LETTERS)).collect(),
    };
    let size = [WIDTH, picture.height()];
    target.picture("where", size, Made::Lines, &|canvas| picture.draw(canvas))
}

/// A bar: a layer, or all that have none of their own.
struct Bar {
    name: String,
    mj: f64,
    share: f64,
    /// Millijoules of each of [`GROUPS`].
    groups: [f64; 4],
}

fn bars(glance: &Glance) -> Vec<Bar> {
    let bar = |layer: &LayerShare| Bar {
        name: layer.layer.clone(),
        mj: layer.energy_mj.nominal,
        share: layer.share,
        groups: GROUPS.map(|(_, components, _)| {
            let own = |(name, _): &&(String, f64)| components.contains(&name.as_str());
            layer.components.iter().filter(own).map(|(_, mj)| mj).sum()
        }),
    };
    let mut bars: Vec<Bar> = glance.layers.iter().take(LAYERS).map(bar).collect();
    let others: Vec<Bar> = glance.layers.iter().skip(LAYERS).map(bar).collect();
    if !others.is_empty() {
        let sum = |of: fn(&Bar) -> f64| others.iter().map(of).sum();
        let name = format!("others ({})", others.len());
        // Numbers alone: a bar of many layers would make those of single ones short.
        bars.push(Bar {
            name,
            mj: sum(|bar| bar.mj),
            share: sum(|bar| bar.share),
            groups: [0.0; 4],
        });
    }
    bars
}

/// Each group with its colour.
fn coloured(groups: &[f64; 4]) -> Vec<(f64, RGBColor)> {
    groups.iter().zip(GROUPS).map(|(&mj, (_, _, ink))| (mj, SERIES[ink])).collect()
}

struct Picture<'a> {
    heading: &'a Heading,
    glance: &'a Glance,
    activity: &'a Activity,
    /// By step, what embedded processors take; empty where none works.
    processor: Vec<Span>,
    bars: Vec<Bar>,
    /// Of energies and of times.
    units: [Unit; 2],
    /// What bounds it: sentences, each in its lines.
    bound: Vec<Vec<String>>,
}

impl Picture<'_> {
    fn height(&self) -> i32 {
        let left = (self.bars.len() as i32 + 6) * LINE + 18;
        let parts = self.glance.time.len() + usize::from(self.glance.processor_ms.is_some());
        let bound: i32 = self.bound.iter().map(|lines| lines.len() as i32 * ROW + SPACE).sum();
        let right = (parts as i32 + 3) * LINE + COLUMNS + bound;
        TOP + left.max(right)
    }

    fn draw(&self, canvas: &Canvas) -> Draw {
        let Glance { energy_mj, latency_ms, .. } = self.glance;
        let [energy, time] = &self.units;
        let latency = match latency_ms.nominal {
            0.0 => "no times known".into(),
            ms => format!("{} {} ({} timing)", time.of(ms), time.name, self.glance.timing),
        };
        let takes = format!(
            "{}: {} {} ({} .. {}), {latency}",
            self.heading.input,
            energy.of(energy_mj.nominal),
            energy.name,
            energy.of(energy_mj.low),
            energy.of(energy_mj.high)
        );
        canvas.heading(&self.heading.title, &takes, self.heading.idealised, WIDTH)?;
        let below = self.scopes(canvas)?;
        self.layers(canvas, below + 18)?;
        self.steps(canvas)
    }

    /// All energy by scope.
    fn scopes(&self, canvas: &Canvas) -> Result<i32, String> {
        let Glance { energy_mj, energy_dynamic_mj, energy_static_mj, energy_system_mj, .. } =
            self.glance;
        let title = format!("energy of the inference, {}", self.units[0].name);
        canvas.text([LEFT, TOP], &title, PANEL, INK, Anchor::Left)?;
        let events = GROUPS.map(|(_, components, _)| {
            let own = |part: &&EnergyShare| components.contains(&part.component.as_str());
            self.glance.components.iter().filter(own).map(|part| part.energy_mj.nominal).sum()
        });
        let beside = match self.processor.is_empty() {
            true => "input layer, boards",
            false => "beside the chip",
        };
        let scopes = [
            ("events", energy_dynamic_mj, coloured(&events)),
            ("leakage", energy_static_mj, vec![(energy_static_mj.nominal, SERIES[5])]),
            (beside, energy_system_mj, vec![(energy_system_mj.nominal, SERIES[4])]),
        ];
        let scale = Scale::of([energy_mj.nominal]);
        let mut y = TOP + LINE;
        for (name, band, parts) in scopes {
            let share =
                if energy_mj.nominal > 0.0 { band.nominal / energy_mj.nominal } else { 0.0 };
            self.bar(canvas, y, name, &parts, &scale)?;
            self.numbers(canvas, y, band.nominal, share)?;
            y += LINE;
        }
        Ok(y)
    }

    /// The energy of events by layer and group of components.
    fn layers(&self, canvas: &Canvas, top: i32) -> Draw {
        let title = format!("energy of events by layer, {}", self.units[0].name);
        canvas.text([LEFT, top], &title, PANEL, INK, Anchor::Left)?;
        let mut x = LEFT;
        let mut y = top + LINE;
        for (name, _, ink) in GROUPS {
            canvas.rect([x, y - 6], [12, 12], SERIES[ink])?;
            canvas.text([x + 17, y], name, TEXT, INK, Anchor::Left)?;
            x += 30 + canvas.width(name, TEXT);
        }
        y += LINE;
        let drawn = self.bars.iter().filter(|bar| bar.groups.iter().any(|&mj| mj > 0.0));
        let scale = Scale::of(drawn.map(|bar| bar.mj));
        for bar in &self.bars {
            self.bar(canvas, y, &bar.name, &coloured(&bar.groups), &scale)?;
            self.numbers(canvas, y, bar.mj, bar.share)?;
            y += LINE;
        }
        Ok(())
    }

    /// One bar after the other in a line; ends are rounded together, so that no gap stays.
    fn bar(
        &self,
        canvas: &Canvas,
        y: i32,
        name: &str,
        parts: &[(f64, RGBColor)],
        scale: &Scale,
    ) -> Draw {
        let name = canvas.fit(name, TEXT, NAMES - 8);
        canvas.text([LEFT + NAMES - 8, y], &name, TEXT, INK, Anchor::Right)?;
        let room = f64::from(HALF - NAMES - NUMBERS);
        let end = |sum: f64| (scale.share(sum) * room).round() as i32;
        let mut sum = 0.0;
        for &(part, ink) in parts {
            let from = end(sum);
            sum += part;
            if end(sum) > from {
                let at = [LEFT + NAMES + from, y - LINE / 2 + 3];
                canvas.rect(at, [end(sum) - from, LINE - 6], ink)?;
            }
        }
        canvas.rect([LEFT + NAMES - 1, y - LINE / 2], [1, LINE], INK)
    }

    /// Number and share to the right of the bars.
    fn numbers(&self, canvas: &Canvas, y: i32, mj: f64, share: f64) -> Draw {
        canvas.text([LEFT + HALF - 56, y], &self.units[0].of(mj), TEXT, INK, Anchor::Right)?;
        canvas.text([LEFT + HALF, y], &percent(share), TEXT, INK, Anchor::Right)
    }

    /// What each step consists of, a column a step, and the sums.
    fn steps(&self, canvas: &Canvas) -> Draw {
        let title = format!("anatomy of the steps, {}", self.units[1].name);
        canvas.text([RIGHT, TOP], &title, PANEL, INK, Anchor::Left)?;
        let ink = |part: &str| match part {
            "computation" => COMPUTATION,
            "network" => NETWORK,
            _ => SYNCHRONISATION,
        };
        let mut y = TOP + LINE;
        for part in &self.glance.time {
            canvas.rect([RIGHT, y - 6], [12, 12], ink(part.part))?;
            canvas.text([RIGHT + 17, y], part.part, TEXT, INK, Anchor::Left)?;
            let ms = self.units[1].of(part.time_ms);
            canvas.text([RIGHT + 240, y], &ms, TEXT, INK, Anchor::Right)?;
            canvas.text([RIGHT + 300, y], &percent(part.share), TEXT, INK, Anchor::Right)?;
            y += LINE;
        }
        if let Some(beside) = &self.glance.processor_ms {
            canvas.rect([RIGHT, y - 6], [12, 12], PROCESSOR)?;
            canvas.text([RIGHT + 17, y], "processors, beside it", TEXT, INK, Anchor::Left)?;
            let ms = self.units[1].of(beside.nominal);
            canvas.text([RIGHT + 240, y], &ms, TEXT, INK, Anchor::Right)?;
            y += LINE;
        }
        if self.glance.latency_ms.nominal == 0.0 {
            let text = "no times are known";
            canvas.text([RIGHT, y], text, TEXT, INK, Anchor::Left)?;
        } else {
            self.columns(canvas, [RIGHT + 62, y + 14], [HALF - 66, STEPS])?;
            y += COLUMNS;
        }
        self.bound(canvas, y + LINE)
    }

    /// What bounds it, a sentence below the other.
    fn bound(&self, canvas: &Canvas, top: i32) -> Draw {
        let mut y = top;
        for lines in &self.bound {
            for line in lines {
                let line = canvas.fit(line, TEXT, HALF);
                canvas.text([RIGHT, y], &line, TEXT, INK, Anchor::Left)?;
                y += ROW;
            }
            y += SPACE;
        }
        Ok(())
    }

    fn columns(&self, canvas: &Canvas, [left, top]: [i32; 2], [width, height]: [i32; 2]) -> Draw {
        let beside = self.processor.iter().map(|time| time.nominal).chain(std::iter::repeat(0));
        let timings = self.activity.steps.iter().map(|step| &step.timing);
        let timings: Vec<(&StepTiming, u64)> = timings.zip(beside).collect();
        // Steps per column: their mean.
        let block = timings.len().div_ceil(width as usize).max(1);
        let unit = self.units[1].factor();
        let columns: Vec<[f64; 4]> =
            (timings.chunks(block)).map(|steps| parts(steps).map(|ms| ms * unit)).collect();
        let scale = Scale::of(columns.iter().map(|parts| parts.iter().sum()));
        for tick in scale.ticks(5) {
            let y = top + height - (scale.share(tick) * f64::from(height)).round() as i32;
            canvas.rect([left, y], [width, 1], GRID)?;
            canvas.text([left - 6, y], &short(tick), TEXT, INK, Anchor::Right)?;
        }
        let x = |column: usize| left + (column as i32 * width) / columns.len().max(1) as i32;
        for (column, parts) in columns.iter().enumerate() {
            let wide = x(column + 1) - x(column);
            let inner = if wide >= 5 { wide - 1 } else { wide };
            let mut sum = 0.0;
            for (part, ink) in parts.iter().zip([COMPUTATION, NETWORK, SYNCHRONISATION, PROCESSOR])
            {
                let rise = |sum: f64| (scale.share(sum) * f64::from(height)).round() as i32;
                let from = rise(sum);
                sum += part;
                let at = [x(column), top + height - rise(sum)];
                canvas.rect(at, [inner, rise(sum) - from], ink)?;
            }
        }
        canvas.rect([left, top + height], [width, 1], INK)?;
        for step in cell_ticks(timings.len() + 1, 12) {
            // Round numbers, and the first step, which is 1.
            let step = step.max(1);
            let column = (step - 1) / block;
            let at = [(x(column) + x(column + 1)) / 2, top + height + 6];
            canvas.text(at, &step.to_string(), TEXT, INK, Anchor::Below)?;
        }
        let note = match self.activity.steps.iter().any(|step| step.timing.estimated) {
            true => "step (the network's part of some is estimated)",
            false => "step",
        };
        canvas.text([left + width / 2, top + height + 22], note, TEXT, INK, Anchor::Below)?;
        canvas.rect([left - 1, top], [1, height], NOTHING)
    }
}

/// Mean milliseconds of computation, network, synchronisation and embedded processors.
fn parts(steps: &[(&StepTiming, u64)]) -> [f64; 4] {
    let mean = |of: fn(&StepTiming) -> u64| {
        steps.iter().map(|(timing, _)| of(timing) as f64).sum::<f64>() / steps.len() as f64 / 1e9
    };
    let beside = steps.iter().map(|(_, ps)| *ps as f64).sum::<f64>() / steps.len() as f64 / 1e9;
    [mean(computation_ps), mean(|timing| timing.network_ps), mean(|timing| timing.sync_ps), beside]
}
