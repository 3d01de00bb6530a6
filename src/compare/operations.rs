//! Accountings 1 and 2: operations by operations per joule.

use super::spiking::basis;
use super::{Line, Spiking, Workload, joined};
use crate::baseline::{Baseline, Peak};
use crate::energy::Band;
use crate::profile::Cost;

/// Scope of the reading under which a count of one step passes for a count per second.
pub const AS_A_RATE: &str = "one step as operations/s";
/// Scope with every operation of every step.
pub const ALL_STEPS: &str = "all steps";

/// Synaptic operations per joule that TrueNorth's makers published as the most.
const TRUENORTH_PER_JOULE: f64 = 400e9;

/// Seconds per step that the paper takes.
const STEP_S: f64 = 1e-3;

/// Picojoules of one synaptic operation at the best published efficiency, its basis and its source.
fn best(chip: &Spiking) -> Option<(Band, String, String)> {
    if chip.profile.name.starts_with("truenorth") {
        let pj = 1e12 / TRUENORTH_PER_JOULE;
        let source = "IBM: up to 400 thousand million SOP/s per watt, as quoted by later papers";
        return Some((Band::exactly(pj), "published".into(), source.into()));
    }
    let cost = price(chip)?;
    let source = format!("1 / energy of a synaptic operation: {}", cost.source);
    Some((Band::of(cost, 1.0), basis(cost), source))
}

/// The chip's price of a synaptic operation; `None` where it is unknown, which profiles write as
/// zero.
fn price(chip: &Spiking) -> Option<&Cost> {
    let cost = &chip.profile.costs.synapse_of(chip.main_class().unwrap_or("default")).energy_pj;
    (cost.nominal > 0.0).then_some(cost)
}

/// Both readings of the paper's count.
pub(super) fn paper_of_spiking(chip: &Spiking) -> Vec<Line> {
    let Some((pj, basis, source)) = best(chip) else {
        let reason = "no energy of a synaptic operation is known for this chip";
        return [AS_A_RATE, ALL_STEPS].map(|scope| Line::nothing(scope, reason.into())).into();
    };
    let (operations, steps) = (chip.operations(), chip.steps as f64);
    let as_a_rate = format!(
        "SOP of the mean step, taken as SOP/s, / (SOP/J) x T x 1 ms: joules only if the count is \
         one per second; {source}"
    );
    let all = format!("SOP of all steps / (SOP/J), in J; {source}");
    vec![
        Line {
            scope: AS_A_RATE.into(),
            energy_pj: Some(pj * (operations * STEP_S)),
            latency_ps: Some(Band::exactly(steps * STEP_S * 1e12)),
            operations: Some(operations / steps),
            basis: basis.clone(),
            source: chip.noted(as_a_rate),
        },
        Line {
            scope: ALL_STEPS.into(),
            energy_pj: Some(pj * operations),
            latency_ps: None,
            operations: Some(operations),
            basis,
            source: chip.noted(all),
        },
    ]
}

/// Each peak at full power.
pub(super) fn paper_of_baseline(workload: &Workload, device: &Baseline) -> Vec<Line> {
    if device.peaks.is_empty() {
        return vec![Line::nothing("peak", "no peak is known for this device".into())];
    }
    let line = |peak: &Peak| {
        let scope = format!("{} peak", peak.precision.name());
        at_peak(
            workload,
            device,
            peak,
            scope,
            "FLOP / (FLOP/s / W), in J, at all of the peak and all of the power",
        )
    };
    device.peaks.iter().map(line).collect()
}

/// Every synaptic operation of all steps at the profile's price.
pub(super) fn of_spiking(chip: &Spiking) -> Line {
    let costs = &chip.profile.costs;
    let mut energy = Band::default();
    for (class, &operations) in chip.synapse_classes.iter().zip(&chip.counts.synaptic_operations) {
        energy += Band::of(&costs.synapse_of(class).energy_pj, chip.mean(operations));
    }
    let Some(cost) = price(chip) else {
        return Line::nothing(
            ALL_STEPS,
            "no energy of a synaptic operation is known for this chip".into(),
        );
    };
    Line {
        scope: ALL_STEPS.into(),
        energy_pj: Some(energy),
        latency_ps: None,
        operations: Some(chip.operations()),
        basis: basis(cost),
        source: chip.noted(format!("SOP of all steps x pJ; {}", cost.source)),
    }
}

/// Every multiply-accumulate at the device's best price.
pub(super) fn of_baseline(workload: &Workload, device: &Baseline) -> Line {
    match device.peaks.first() {
        Some(peak) => {
            let scope = format!("all MACs, {}", peak.precision.name());
            at_peak(
                workload,
                device,
                peak,
                scope,
                "MAC x pJ, two operations at all of the peak and all of the power",
            )
        }
        None => Line::nothing("all MACs", "no peak is known for this device".into()),
    }
}

fn at_peak(workload: &Workload, device: &Baseline, peak: &Peak, scope: String, how: &str) -> Line {
    let flops = workload.work.flops() as f64;
    let seconds = flops / (peak.gops.nominal * 1e9);
    let pj = seconds * device.power_w.nominal * 1e12;
    Line {
        scope,
        energy_pj: Some(Band::exactly(pj)),
        latency_ps: Some(Band::exactly(seconds * 1e12)),
        operations: Some(workload.work.macs() as f64),
        basis: joined([peak.gops.basis, device.power_w.basis]),
        source: format!("{how}; peak: {}; power: {}", peak.gops.source, device.power_w.source),
    }
}
