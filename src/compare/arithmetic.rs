//! Accounting 3: additions against multiply-accumulates at 45 nm, and nothing else.

use super::{Line, Spiking, Workload};
use crate::energy::Band;

const SOURCE: &str = "Horowitz 2014, 45 nm, 0.9 V, rough costs, as quoted second hand";

/// Precision, and picojoules of a multiply-accumulate: fp32 3.7 + 0.9, int32 3.1 + 0.1, int8 0.2 +
/// 0.03.
pub const MAC_PJ: [(&str, f64); 3] = [("fp32", 4.6), ("int32", 3.2), ("int8", 0.23)];

/// Picojoules of an addition, in the order of [`MAC_PJ`].
pub const AC_PJ: [f64; 3] = [0.9, 0.1, 0.03];

/// An addition per synaptic operation; the analogue input layer multiplies, once.
pub(super) fn of_spiking(chip: &Spiking) -> Vec<Line> {
    let line = |((precision, mac), ac): (&(&str, f64), &f64)| Line {
        scope: (*precision).into(),
        energy_pj: Some(Band::exactly(chip.operations() * ac + chip.mean(chip.input_macs) * mac)),
        latency_ps: None,
        operations: Some(chip.operations()),
        basis: "published".into(),
        source: chip
            .noted(format!("SOP x {ac} pJ + MAC of the input layer, once, x {mac} pJ; {SOURCE}")),
    };
    MAC_PJ.iter().zip(&AC_PJ).map(line).collect()
}

/// A multiply-accumulate for each that the float network has; the same on every device.
pub(super) fn of_baseline(workload: &Workload) -> Vec<Line> {
    let macs = workload.work.macs() as f64;
    let line = |(precision, mac): &(&str, f64)| Line {
        scope: (*precision).into(),
        energy_pj: Some(Band::exactly(macs * mac)),
        latency_ps: None,
        operations: Some(macs),
        basis: "published".into(),
        source: format!("MAC x {mac} pJ; {SOURCE}"),
    };
    MAC_PJ.iter().map(line).collect()
}

/// Picojoules of a multiply-accumulate of a weight of 8 bits and an activation of `bits`: the
/// product grows with the bits, the sum has 32.
pub(super) fn quantised_mac_pj(bits: u32) -> f64 {
    0.2 * f64::from(bits) / 8.0 + 0.1
}

pub(super) fn of_quantised(workload: &Workload, bits: u32) -> Line {
    let macs = workload.work.macs() as f64;
    let mac = quantised_mac_pj(bits);
    Line {
        // Both sides sum in 32 bits.
        scope: "int32".into(),
        energy_pj: Some(Band::exactly(macs * mac)),
        latency_ps: None,
        operations: Some(macs),
        basis: "published + assumed".into(),
        source: format!(
            "MAC x {mac} pJ: product of 8 x 8 bits scaled by bits (assumed), sum of 32 bits; \
             {SOURCE}"
        ),
    }
}
