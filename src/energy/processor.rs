//! What embedded processors beside the cores take: they end steps and inject the spikes of inputs.
//!
//! Their time is no part of the latency of the cores. It follows it, so what stands still draws
//! its static power then, too, and so do the boards.

use super::{Band, board_energy, static_energy};
use crate::activity::{Activity, Span, Step};
use crate::profile::{Cost, Processor, Profile};
use crate::snn::Class;

/// The processors of the profile; `None` where none works.
fn at_work(profile: &Profile) -> Option<&Processor> {
    profile.costs.processor.as_ref().filter(|processor| processor.count > 0)
}

/// Picoseconds by step: its management, its injections shared among all, and in the first step
/// the start of the sample. `None` where no processor works.
pub fn processor_steps(activity: &Activity, profile: &Profile) -> Option<Vec<Span>> {
    let processor = at_work(profile)?;
    let input = activity.soma_classes.iter().position(|class| class == Class::Input.name());
    let spikes = |step: &Step| input.map_or(0, |input| step.counts.firings[input]);
    let time = |(n, step): (usize, &Step)| {
        let starts = if n == 0 { 1.0 } else { 0.0 };
        let shared = spikes(step) as f64 / processor.count as f64;
        let sum = Band::of(&processor.management_ns, 1.0)
            + Band::of(&processor.injection_ns, shared)
            + Band::of(&processor.start_ns, starts);
        let [low, nominal, high] =
            [sum.low, sum.nominal, sum.high].map(|ns| (ns * 1e3).round() as u64);
        Span { low, nominal, high }
    };
    Some(activity.steps.iter().enumerate().map(time).collect())
}

/// Sum of [`processor_steps`]; nothing where no processor works.
pub fn processor_time(activity: &Activity, profile: &Profile) -> Span {
    let steps = processor_steps(activity, profile).unwrap_or_default();
    steps.into_iter().fold(Span::default(), |sum, step| sum + step)
}

/// Picojoules: what the processors draw at all times and while they work, and the static energy
/// of the chips and their boards while the cores wait for them.
pub fn processor_energy(activity: &Activity, profile: &Profile) -> Band {
    let Some(processor) = at_work(profile) else { return Band::default() };
    let (cores, own) = (activity.time(), processor_time(activity, profile));
    let drawn = |power_mw: &Cost, time: Span| {
        // 1 mW for 1 ps is 1e-3 pJ.
        let energy = |mw: f64, ps: u64| mw * processor.count as f64 * ps as f64 * 1e-3;
        Band {
            low: energy(power_mw.low, time.low),
            nominal: energy(power_mw.nominal, time.nominal),
            high: energy(power_mw.high, time.high),
        }
    };
    drawn(&processor.idle_mw, cores + own)
        + drawn(&processor.busy_mw, own)
        + static_energy(profile, activity.chips, own)
        + board_energy(profile, activity.chips, own)
}
