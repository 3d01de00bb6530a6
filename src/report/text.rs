//! The table that a run prints when it is done.

use super::totals::{Totals, assumptions, busiest_core, busiest_link};
use crate::activity::{Activity, Link, Span};
use crate::detect::Detection;
use crate::detect::compare::SEEN;
use crate::energy::Band;
use crate::pipeline::{Detections, Outcome, Setup, Timing};
use crate::plain::shown;
use crate::profile::Profile;
use std::fmt::Write;

/// One input's figures for people, several lines, each ended; units stand in the names.
pub fn table(setup: &Setup, profile: &Profile, outcome: &Outcome) -> String {
    let activity = &outcome.activity;
    let totals = Totals::new(activity, profile);
    let title = format!("{} on {}: {}", setup.network, profile.name, outcome.input);
    let mut rows = Rows(format!("{}\n", shown(&title)));
    if setup.idealised {
        rows.add("IDEALISED", "limits of the chip were dropped; no such chip exists");
    }
    rows.add("recipe", &setup.recipe);
    if !setup.calibration.is_empty() {
        let itself = setup.calibration == [outcome.input.as_str()];
        let count = setup.calibration.len();
        rows.add(
            "calibrated on",
            if itself { "the input itself".into() } else { format!("{count} inputs") },
        );
    }
    rows.add("steps (T + fill)", format!("{} + {}", activity.inference_steps, activity.depth));
    rows.add("cores", grouped(activity.cores.len() as u64));
    rows.add("chips", grouped(activity.chips));
    let counts = &totals.counts;
    for (name, count) in [
        ("spikes", counts.spikes),
        ("synaptic operations", counts.total_synaptic_operations()),
        ("pool operations", counts.pool_operations),
        ("packets", counts.packets),
        ("hops", counts.total_hops()),
    ] {
        rows.add(name, grouped(count));
    }
    rows.mesh(&totals, activity);
    rows.memory(activity, profile);
    if let Some(ratio) = totals.spikes_per_synapse(setup, activity) {
        rows.add("spikes per synapse", significant(ratio));
    }
    if let Some(rate) = totals.mean_rate(activity) {
        rows.add("spikes per neuron and step", significant(rate));
    }
    if activity.saturations > 0 {
        rows.add("membrane saturations", grouped(activity.saturations));
    }
    let latency = match (totals.time.nominal, setup.timing) {
        (0, _) => "no times known".into(),
        (time_ps, Timing::Sampled) => {
            let [time, error] =
                [time_ps, activity.time_error_ps].map(|ps| significant(ps as f64 / 1e6));
            format!("{time} +- {error}")
        }
        (time_ps, _) => significant(time_ps as f64 / 1e6),
    };
    rows.add(
        &format!("latency_us, {}", setup.timing.name()),
        format!("{latency:>16}{}", ends(totals.time)),
    );
    if let Some(ps) = activity.first_output_ps {
        rows.add("first output, us", significant(ps as f64 / 1e6));
    }
    let overfull: u64 = activity.steps.iter().map(|step| step.timing.overfull).sum();
    if overfull > 0 {
        rows.add("packets at full ports", grouped(overfull));
    }
    if totals.overruns > 0 {
        let steps = activity.steps.len();
        rows.add(
            "OVERRUNS",
            format!("{} of {steps} steps did not fit into the tick", totals.overruns),
        );
    }
    rows.energy(&totals);
    rows.reference(setup);
    if let Some(found) = &outcome.detections {
        rows.boxes(found);
    }
    if let Some(found) = &outcome.classification {
        rows.add("class", super::classes::text(found));
    }
    rows.sentences("notes", &setup.notes);
    rows.sentences("assumptions", &assumptions(setup));
    rows.0
}

struct Rows(String);

impl Rows {
    // Writing to a string cannot fail, hence the results that are dropped below.
    fn add(&mut self, name: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.0, "  {name:28} {:>16}", shown(value.as_ref()));
    }

    /// Sentences below a title, if there are any.
    fn sentences(&mut self, title: &str, sentences: &[String]) {
        if !sentences.is_empty() {
            let _ = writeln!(self.0, "  {title}");
        }
        for sentence in sentences {
            let _ = writeln!(self.0, "    {}", shown(sentence));
        }
    }

    /// How far packets travel, and where they crowd.
    fn mesh(&mut self, totals: &Totals, activity: &Activity) {
        if let Some(hops) = totals.hops_per_packet() {
            self.add("hops per packet", significant(hops));
        }
        if let Some(link) = busiest_link(activity) {
            let row = format!("{:>16}   packets, {}", grouped(link.packets), way(link));
            self.add("busiest link", row);
        }
        if let Some((core, packets)) = busiest_core(activity) {
            let row = format!("{:>16}   packets in and out, core {core}", grouped(packets));
            self.add("busiest core", row);
        }
    }

    fn memory(&mut self, activity: &Activity, profile: &Profile) {
        let bits = activity.cores.iter().map(|core| core.synapse_memory_bits);
        let row = format!("{:>16}   {}", grouped(bits.clone().sum()), fullest(bits, profile));
        self.add("synapse memory, bits", row);
    }

    fn energy(&mut self, totals: &Totals) {
        let _ = writeln!(self.0, "  {:28} {:>16}   low .. high", "energy_uj", "nominal");
        for (name, band) in [
            ("dynamic (events)", totals.dynamic.total()),
            ("static (leakage x time)", totals.fixed),
            ("system (input, boards)", totals.system.total()),
        ] {
            let Band { low, nominal, high } = band;
            let [low, nominal, high] = [low, nominal, high].map(|pj| significant(pj / 1e6));
            let _ = writeln!(self.0, "    {name:26} {nominal:>16}   {low} .. {high}");
        }
    }

    /// The float network, and a published figure for a sense of scale (Darknet's table of its models:
    /// Tiny YOLO for VOC at 416 x 416, 6.97 GFLOP, 207 frames per second on a Titan X).
    fn reference(&mut self, setup: &Setup) {
        if setup.float_macs == 0 {
            return;
        }
        self.add("float network, MACs", grouped(setup.float_macs));
        self.add("Tiny YOLO on a Titan X, us", "4831");
        self.0.push_str(
            "    another network (3 485 000 000 MACs), 207 frames/s as Darknet publishes it; `spikemesh compare` has this one\n",
        );
    }
}

/// Most boxes that the table lists.
const BOXES: usize = 12;

impl Rows {
    /// Boxes that are taken for seen.
    fn boxes(&mut self, found: &Detections) {
        let seen = |list: &[Detection]| list.iter().filter(|d| d.score >= SEEN).count();
        let (float, spiking) = (seen(&found.float), seen(&found.spiking));
        let _ = writeln!(
            self.0,
            "  boxes of score >= {SEEN}: float network {float}, spiking network {spiking}"
        );
        for d in found.spiking.iter().filter(|d| d.score >= SEEN).take(BOXES) {
            let class = super::detections::name(found, d.class);
            let class = shown(&class);
            let [x1, y1, x2, y2] = [d.rect.x1, d.rect.y1, d.rect.x2, d.rect.y2];
            let _ = writeln!(
                self.0,
                "    {class:26} {:>16.2}   ({x1:.0}, {y1:.0}) .. ({x2:.0}, {y2:.0})",
                d.score
            );
        }
        if spiking > BOXES {
            let _ = writeln!(self.0, "    and {} more in detections.csv", spiking - BOXES);
        }
    }
}

/// The ends of a band of times; nothing where there is none.
fn ends(time: Span) -> String {
    let Span { low, high, .. } = time;
    let [from, to] = [low, high].map(|ps| significant(ps as f64 / 1e6));
    if low == high { String::new() } else { format!("   {from} .. {to}") }
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
            format!("{} in the fullest core, {} % of its memory", grouped(most), significant(share))
        }
        None => format!("{} in the fullest core", grouped(most)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
        let values = [0.0, 1.0, 12.3456, 123456.7, 0.00123456, 1.5e-9].map(significant);
        assert_eq!(values, ["0", "1.000", "12.35", "123457", "0.001235", "1.500e-9"]);
    }
}
