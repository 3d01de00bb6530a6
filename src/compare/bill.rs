//! Accounting 5: all that the emulator bills, against power x time.

use super::spiking::{bases, basis};
use super::{Line, Spiking, Workload, joined};
use crate::baseline::{Baseline, Peak, Rate};
use crate::energy::{Band, beside_energy, board_energy, price, static_energy};

/// Events, then with leakage over the time, then with the analogue input layer.
pub(super) fn of_spiking(chip: &Spiking) -> Vec<Line> {
    let Spiking { profile, counts, soma_classes, synapse_classes, .. } = chip;
    let share = 1.0 / chip.inputs as f64;
    let costs = &profile.costs;
    let dynamic = price(counts, soma_classes, synapse_classes, profile).total() * share;
    let input = beside_energy(profile, chip.beside()).total() * share;
    let latency = chip.time.map(|time| Band::from(time) * share);
    let line = |scope: &str, energy, basis: String, source: String| Line {
        scope: scope.into(),
        energy_pj: Some(energy),
        latency_ps: latency.filter(|time| time.nominal > 0.0),
        operations: Some(chip.operations()),
        basis,
        source: chip.noted(source),
    };
    let prices = format!("all events x the prices of profile {}", profile.name);
    let powers =
        || costs.board.iter().map(|board| &board.static_mw).chain([&costs.static_mw_per_chip]);
    let events =
        || costs.all().into_iter().filter(|&cost| !powers().any(|power| std::ptr::eq(cost, power)));
    let mut lines = vec![line("dynamic", dynamic, bases(events()), prices.clone())];
    let Some(time) = chip.time else {
        lines.push(Line::nothing(
            "dynamic + static",
            "no time was emulated, hence no leakage".into(),
        ));
        return lines;
    };
    let fixed = static_energy(profile, chip.chips, time) * share;
    let leak =
        format!("{prices} + {} chips x time x {}", chip.chips, costs.static_mw_per_chip.source);
    let leak_basis = format!("{} + static {}", bases(events()), basis(&costs.static_mw_per_chip));
    lines.push(line("dynamic + static", dynamic + fixed, leak_basis.clone(), leak.clone()));
    let whole = format!("{leak} + input layer in fp32");
    let host = "no host computer is modelled";
    let energy = dynamic + fixed + input;
    lines.push(line(
        "dynamic + static + input layer",
        energy,
        leak_basis.clone(),
        format!("{whole}; {host}"),
    ));
    if costs.board.is_some() {
        let energy = energy + board_energy(profile, chip.chips, time) * share;
        let source = format!("{whole} + boards beside their chips; {host}");
        lines.push(line("dynamic + static + input layer + boards", energy, leak_basis, source));
    }
    lines
}

/// Power x time of the first rate that can be scaled, or else of a share of the peak.
pub(super) fn of_baseline(workload: &Workload, device: &Baseline) -> Line {
    let rated = device.rates.iter().find(|rate| rate.macs.is_some());
    match (rated, device.peaks.first(), device.rates.first()) {
        (Some(rate), ..) => by_rate(workload, device, rate),
        (None, Some(peak), _) => by_peak(workload, device, peak),
        (None, None, Some(rate)) => {
            let reason = format!(
                "the operations of {} are not known, so that its rate cannot be scaled",
                rate.network
            );
            Line::nothing("power x time", reason)
        }
        (None, None, None) => {
            Line::nothing("power x time", "neither a rate nor a peak is known".into())
        }
    }
}

/// How far operations of one network lie apart, as people count them.
const ALIKE: f64 = 0.05;

fn by_rate(workload: &Workload, device: &Baseline, rate: &Rate) -> Line {
    let power = rate.power_w.as_ref().unwrap_or(&device.power_w);
    let macs = workload.work.macs() as f64;
    // The caller has looked for a rate with operations.
    let measured = rate.macs.as_ref().map_or(macs, |figure| figure.nominal);
    let named = rate.network == workload.name;
    // A name is given by whoever made the file; a variant of another size has others.
    let same = named && (macs / measured - 1.0).abs() <= ALIKE;
    let share = if same { 1.0 } else { macs / measured };
    let [fast, seconds, slow] =
        [rate.per_second.high, rate.per_second.nominal, rate.per_second.low]
            .map(|rate| share / rate);
    let scope = if same {
        "power x time, published rate"
    } else {
        "power x time, rate scaled by operations"
    };
    let scaled = match (&rate.macs, same) {
        (Some(figure), false) => {
            let other = if named { ", whose name alone it has" } else { "" };
            let share = match share < 0.001 {
                true => format!("{share:.2e}"),
                false => format!("{share:.4}"),
            };
            format!(
                "; scaled by {share} = MACs / those of {}{other} ({})",
                rate.network, figure.source
            )
        }
        _ => String::new(),
    };
    let scaling = rate.macs.iter().filter(|_| !same).map(|figure| figure.basis);
    Line {
        scope: scope.into(),
        energy_pj: Some(pico(power.low * fast, power.nominal * seconds, power.high * slow)),
        latency_ps: Some(pico(fast, seconds, slow)),
        operations: Some(macs),
        basis: joined([rate.per_second.basis, power.basis].into_iter().chain(scaling)),
        source: format!("rate: {}; power: {}{scaled}", rate.per_second.source, power.source),
    }
}

fn by_peak(workload: &Workload, device: &Baseline, peak: &Peak) -> Line {
    let power = &device.power_w;
    let at_peak = workload.work.flops() as f64 / (peak.gops.nominal * 1e9);
    // Loading refuses a peak without a utilisation.
    let Some(share) = &device.utilisation else {
        return Line::nothing("power x time", "no utilisation is known".into());
    };
    let [fast, seconds, slow] = [share.high, share.nominal, share.low].map(|share| at_peak / share);
    Line {
        scope: format!("power x time, {} peak x utilisation", peak.precision.name()),
        energy_pj: Some(pico(power.low * fast, power.nominal * seconds, power.high * slow)),
        latency_ps: Some(pico(fast, seconds, slow)),
        operations: Some(workload.work.macs() as f64),
        basis: joined([peak.gops.basis, power.basis, share.basis]),
        source: format!(
            "no rate was found: peak ({}) x utilisation ({}) x power ({})",
            peak.gops.source, share.source, power.source
        ),
    }
}

/// Joules to picojoules, or seconds to picoseconds.
fn pico(low: f64, nominal: f64, high: f64) -> Band {
    Band { low, nominal, high } * 1e12
}
