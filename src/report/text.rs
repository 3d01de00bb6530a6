//! The table that a run prints when it is done: what it takes, where that goes, what bounds it, how
//! sure it is, then the counts behind it.

use super::glance::{EnergyShare, Glance, LayerShare};
use super::readable::{Unit, WIDTH, cut, grouped, percent, significant, wrapped};
use super::totals::DROPPED;
use crate::activity::{Activity, Link};
use crate::detect::Detection;
use crate::detect::compare::SEEN;
use crate::pipeline::{CALIBRATION, Detections, Outcome, Setup, TIMING};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use std::fmt::Write;

/// Parts that are listed by name.
const PARTS: usize = 3;

/// One input's figures for people, several lines of at most 80 characters, each ended; units stand
/// in the names. `listed`: a file beside it lists the assumptions; otherwise they are here.
pub fn table(setup: &Setup, profile: &Profile, outcome: &Outcome, listed: bool) -> String {
    let glance = Glance::new(setup, profile, outcome);
    let mut rows = Rows(String::new());
    rows.title(&glance);
    rows.takes(&glance, outcome);
    rows.paragraph("", &glance.bound.join(" "));
    rows.energy(&glance);
    rows.time(&glance);
    rows.counts(&glance);
    rows.chip(&glance, &outcome.activity, profile);
    if let Some(found) = &outcome.detections {
        rows.boxes(found);
    }
    if let Some(found) = &outcome.classification {
        rows.paragraph("class: ", &super::classes::text(found));
    }
    rows.sentences("notes", &glance.notes);
    rows.assumptions(&glance, setup, &outcome.input, listed);
    rows.0
}

/// Most characters of the name of an input.
const NAME: usize = 28;

/// A row for each of several inputs, and their mean: what `summary.csv` has more of.
pub fn inputs_table(glances: &[Glance]) -> String {
    let header = ["energy, mJ", "latency, ms", "spikes", "head error"];
    let mut text = format!("{:NAME$}", "input");
    let row = |text: &mut String, cells: [String; 4]| {
        cells.iter().for_each(|cell| {
            let _ = write!(text, " {cell:>12}");
        });
        text.push('\n');
    };
    row(&mut text, header.map(String::from));
    let figures = |glance: &Glance| {
        [
            Some(glance.energy_mj.nominal),
            Some(glance.latency_ms.nominal).filter(|latency| *latency > 0.0),
            Some(glance.counts.spikes as f64),
            glance.likeness.head_error,
        ]
    };
    let shown_of = |figure: Option<f64>| figure.map_or("-".to_owned(), significant);
    let all: Vec<[Option<f64>; 4]> = glances.iter().map(figures).collect();
    for (glance, own) in glances.iter().zip(&all) {
        let _ = write!(text, "{:NAME$}", cut(&shown(&glance.input), NAME));
        row(&mut text, own.map(shown_of));
    }
    // A mean of some would be taken for that of all.
    let mean = |n: usize| {
        let some: Option<Vec<f64>> = all.iter().map(|own| own[n]).collect();
        some.map(|values| values.iter().sum::<f64>() / values.len().max(1) as f64)
    };
    let _ = write!(text, "{:NAME$}", "mean");
    row(&mut text, [0, 1, 2, 3].map(|n| shown_of(mean(n))));
    text
}

struct Rows(String);

impl Rows {
    // Writing to a string cannot fail, hence the results that are dropped below.
    fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.0, "{}", cut(text.as_ref().trim_end(), WIDTH));
    }

    fn row(&mut self, name: &str, value: impl AsRef<str>, note: impl AsRef<str>) {
        self.line(format!("  {name:22}{:>15}   {}", value.as_ref(), note.as_ref()));
    }

    /// Words below each other, at most a line wide; nothing of nothing.
    fn paragraph(&mut self, lead: &str, text: &str) {
        for line in wrapped(&format!("{lead}{}", shown(text)), WIDTH - 2) {
            self.line(format!("  {line}"));
        }
    }

    /// Sentences below a title, if there are any.
    fn sentences(&mut self, title: &str, sentences: &[String]) {
        if !sentences.is_empty() && !title.is_empty() {
            self.line(title);
        }
        for sentence in sentences {
            for (n, line) in wrapped(&shown(sentence), WIDTH - 4).iter().enumerate() {
                self.line(format!("  {}{line}", if n == 0 { "" } else { "  " }));
            }
        }
    }

    fn title(&mut self, glance: &Glance) {
        let Glance { network, profile, input, recipe, counts, .. } = glance;
        self.line(shown(&format!("{network} on {profile}: {input}")));
        let recipe = format!("recipe {recipe}, ");
        let steps = format!("T = {} + {} steps of fill", counts.steps, counts.fill_steps);
        self.paragraph("", &format!("{recipe}{steps}"));
        if glance.idealised {
            self.line("  IDEALISED: limits of the chip were dropped; no such chip exists");
            let dropped = glance.assumptions.iter().filter(|text| text.starts_with(DROPPED));
            let told: Vec<String> = dropped.clone().take(PARTS).cloned().collect();
            self.sentences("", &told);
            if let Some(more @ 1..) = dropped.count().checked_sub(told.len()) {
                self.line(format!("    and {more} more"));
            }
        }
    }

    fn takes(&mut self, glance: &Glance, outcome: &Outcome) {
        let Glance { energy_mj, latency_ms, .. } = glance;
        let [energy, time] = Unit::both(glance);
        let number = |value: Option<f64>| value.map_or("-".into(), significant);
        self.row(&energy.named("energy"), energy.of(energy_mj.nominal), energy.ends(energy_mj));
        self.row("average power, mW", number(glance.mean_power_mw), "");
        let timing = match (glance.timing, latency_ms.nominal) {
            (_, 0.0) => "no times are known".into(),
            ("sampled", _) => {
                format!("+- {} (sampled timing)", time.of(glance.latency_error_ms))
            }
            (timing, _) => format!("{} ({timing} timing)", time.ends(latency_ms)),
        };
        let latency =
            if latency_ms.nominal == 0.0 { "-".into() } else { time.of(latency_ms.nominal) };
        self.row(&time.named("latency"), latency, timing.trim_start());
        if let Some(beside) = &glance.processor_ms {
            let note = format!("{} beside the latency", time.ends(beside));
            self.row(&time.named("processors"), time.of(beside.nominal), note.trim_start());
        }
        if let Some(ps) = outcome.activity.first_output_ps {
            self.row(&time.named("first output"), time.of(ps as f64 / 1e9), "");
        }
        self.row("energy x delay, uJ s", number(glance.energy_delay_uj_s), "");
        let pipelined = glance.pipelined_inferences_per_s.map_or(String::new(), |rate| {
            format!("one by one; pipelined at most {}", significant(rate))
        });
        self.row("inferences a second", number(glance.inferences_per_s), pipelined);
        if glance.counts.overruns > 0 {
            let steps = outcome.activity.steps.len();
            let text =
                format!("{} of {steps} steps did not fit into the tick", glance.counts.overruns);
            self.line(format!("  OVERRUNS: {text}"));
        }
    }

    /// Components on the left, layers on the right.
    fn energy(&mut self, glance: &Glance) {
        let [unit, _] = Unit::both(glance);
        let components = largest(&glance.components, &unit, |part: &EnergyShare| {
            (&part.component, part.energy_mj.nominal, part.share)
        });
        let layers = largest(&glance.layers, &unit, |part: &LayerShare| {
            (&part.layer, part.energy_mj.nominal, part.share)
        });
        let title = |name| [name, unit.name, "share"];
        self.line(side_by_side(title("where the energy goes"), title("events by layer")));
        let none = [String::new(), String::new(), String::new()];
        for n in 0..components.len().max(layers.len()) {
            let [left, right] = [&components, &layers].map(|part| part.get(n).unwrap_or(&none));
            self.line(side_by_side(
                left.each_ref().map(String::as_str),
                right.each_ref().map(String::as_str),
            ));
        }
    }

    fn time(&mut self, glance: &Glance) {
        if glance.latency_ms.nominal == 0.0 {
            return;
        }
        let [_, unit] = Unit::both(glance);
        self.line(side_by_side(["where the time goes", unit.name, "share"], [""; 3]));
        for part in &glance.time {
            let name = format!("  {}", part.part);
            let (ms, share) = (unit.of(part.time_ms), percent(part.share));
            self.line(side_by_side([&name, &ms, &share], [""; 3]));
        }
    }

    fn counts(&mut self, glance: &Glance) {
        let counts = &glance.counts;
        let ratio = |value: Option<f64>| value.map_or("-".into(), significant);
        self.line("counted");
        let mut pair = |left: (&str, String), right: (&str, String)| {
            let text = format!("  {:22}{:>15}   {:22}{:>15}", left.0, left.1, right.0, right.1);
            self.line(text);
        };
        pair(("spikes", grouped(counts.spikes)), ("packets", grouped(counts.packets)));
        pair(
            ("synaptic operations", grouped(counts.synaptic_operations)),
            ("hops", grouped(counts.hops)),
        );
        pair(
            ("pool operations", grouped(counts.pool_operations)),
            ("hops per packet", ratio(counts.hops_per_packet)),
        );
        pair(
            ("spikes per synapse", ratio(counts.spikes_per_synapse)),
            ("spikes a unit and step", ratio(counts.mean_rate)),
        );
        pair(("cores", grouped(counts.cores)), ("chips", grouped(counts.chips)));
        if counts.membrane_saturations > 0 {
            let saturations = grouped(counts.membrane_saturations);
            pair(("membrane saturations", saturations), ("", String::new()));
        }
    }

    /// What of the chip is full or crowded, and what the float network would do.
    fn chip(&mut self, glance: &Glance, activity: &Activity, profile: &Profile) {
        if let Some(busiest) = &glance.busiest_link {
            let packets = grouped(busiest.packets);
            self.row("busiest link", packets, format!("packets, {}", busiest.link));
        }
        if let Some(busiest) = &glance.busiest_core {
            let packets = grouped(busiest.packets);
            self.row("busiest core", packets, format!("packets in and out, core {}", busiest.core));
        }
        let overfull: u64 = activity.steps.iter().map(|step| step.timing.overfull).sum();
        if overfull > 0 {
            self.row("packets at full ports", grouped(overfull), "");
        }
        let bits = activity.cores.iter().map(|core| core.synapse_memory_bits);
        let all = grouped(bits.clone().sum());
        self.row("synapse memory, bits", all, fullest(bits, profile));
        if glance.counts.float_macs > 0 {
            let beside = "beside GPUs: spikemesh compare";
            self.row("float network, MACs", grouped(glance.counts.float_macs), beside);
        }
    }

    /// How sure it is: the profile, the calibration, what was assumed.
    fn assumptions(&mut self, glance: &Glance, setup: &Setup, input: &str, listed: bool) {
        self.line("how sure");
        self.paragraph("", &glance.trust);
        if !setup.calibration.is_empty() {
            let itself = setup.calibration == [input];
            let count = setup.calibration.len();
            let on = if itself { "the input itself".into() } else { counted(count, "input") };
            let like = match glance.likeness.brief() {
                none if none.is_empty() => none,
                like => format!("; {like}"),
            };
            self.paragraph("calibrated on ", &format!("{on}{like}"));
        }
        glance.likeness.sentences().iter().for_each(|sentence| self.paragraph("", sentence));
        let told = [CALIBRATION, TIMING];
        for gap in setup.gaps.iter().filter(|gap| told.contains(&gap.limit.as_str())) {
            self.paragraph("", &gap.message);
        }
        match (glance.assumptions.len(), listed) {
            (0, _) => {}
            (count, true) => {
                let list = super::ASSUMPTIONS;
                let what = if count == 1 { "assumption" } else { "assumptions" };
                self.paragraph("", &format!("{count} {what} about the chip; {list} lists them"));
            }
            (_, false) => self.sentences("assumptions", &glance.assumptions),
        }
    }
}

/// Most boxes that the table lists.
const BOXES: usize = 8;

impl Rows {
    /// Boxes that are taken for seen.
    fn boxes(&mut self, found: &Detections) {
        let seen = |list: &[Detection]| list.iter().filter(|d| d.score >= SEEN).count();
        let (float, spiking) = (seen(&found.float), seen(&found.spiking));
        self.line(format!(
            "boxes of score >= {SEEN}: float network {float}, spiking network {spiking}"
        ));
        for d in found.spiking.iter().filter(|d| d.score >= SEEN).take(BOXES) {
            let class = super::detections::name(found, d.class);
            let class = shown(&class);
            let [x1, y1, x2, y2] = [d.rect.x1, d.rect.y1, d.rect.x2, d.rect.y2];
            let place = format!("({x1:.0}, {y1:.0}) .. ({x2:.0}, {y2:.0})");
            self.row(&cut(&class, 22), format!("{:.2}", d.score), place);
        }
        if spiking > BOXES {
            self.line(format!("  and {} more in detections.csv", spiking - BOXES));
        }
    }
}

/// The largest parts by name, and the others together; nothing where there is nothing.
fn largest<T>(parts: &[T], unit: &Unit, of: impl Fn(&T) -> (&str, f64, f64)) -> Vec<[String; 3]> {
    let row = |(name, mj, share): (&str, f64, f64)| {
        [format!("  {}", shown(name)), unit.of(mj), percent(share)]
    };
    let mut rows: Vec<[String; 3]> = parts.iter().take(PARTS).map(|part| row(of(part))).collect();
    let others = parts.get(PARTS..).unwrap_or_default();
    if !others.is_empty() {
        let sum = |(mj, share): (f64, f64), part: &T| (mj + of(part).1, share + of(part).2);
        let (mj, share) = others.iter().fold((0.0, 0.0), sum);
        rows.push(row((&format!("others ({})", others.len()), mj, share)));
    }
    rows
}

/// Name, number and share, twice.
fn side_by_side(left: [&str; 3], right: [&str; 3]) -> String {
    let half =
        |[name, number, share]: [&str; 3]| format!("{:22}{number:>9} {share:>5}", cut(name, 22));
    format!("{}   {}", half(left), half(right))
}

/// The ends of a link.
pub fn way(link: &Link) -> String {
    let ([x, y], [to_x, to_y]) = (link.from, link.to);
    format!("tile ({x}, {y}) to ({to_x}, {to_y})")
}

/// How full the fullest core is, from the synapse memory of each.
pub fn fullest(bits: impl Iterator<Item = u64>, profile: &Profile) -> String {
    let most = bits.max().unwrap_or(0);
    match profile.limits.synapse_memory_bits_per_core {
        Some(limit) => {
            let share = 100.0 * most as f64 / limit as f64;
            format!("fullest core {}, {} % of it", grouped(most), significant(share))
        }
        None => format!("fullest core {}", grouped(most)),
    }
}
