//! TrueNorth at other voltages: what a power law makes of each published point that it did not see.

use super::super::{Case, Error, Kind, Row, Test};
use super::{CORES, NEURONS_PER_CORE};
use crate::energy::Band;
use crate::profile::{self, Voltage};

/// One operating point of random networks at ticks of 1 ms.
struct Point {
    volts: f64,
    /// Spikes of a neuron per second, and synapses of a spike.
    hz: f64,
    synapses: f64,
    mw: f64,
    source: &'static str,
}

const SWEEP: &str = "Akopyan et al. 2015, Fig. 17 (0.8 V)";
const CORNERS: &str = "Merolla et al. 2014, operating points";

const fn point(volts: f64, hz: f64, synapses: f64, mw: f64, source: &'static str) -> Point {
    Point { volts, hz, synapses, mw, source }
}

const POINTS: [Point; 7] = [
    point(0.70, 0.0, 0.0, 42.0, CORNERS),
    point(0.75, 20.0, 128.0, 65.0, CORNERS),
    point(0.775, 20.0, 128.0, 72.0, CORNERS),
    point(0.8, 11.58, 128.0, 68.0, SWEEP),
    point(0.8, 20.07, 128.0, 71.0, SWEEP),
    point(0.8, 95.93, 128.0, 94.0, SWEEP),
    point(1.05, 200.0, 256.0, 323.0, CORNERS),
];

/// What is known beside the law: mW of all row reads, pJ of an operation, routing included, both
/// at the volts of the profile, and the power of the voltage that both follow.
struct Known {
    reads_mw: f64,
    operation_pj: f64,
    volts: f64,
    exponent: f64,
}

impl Known {
    fn dynamic_mw(&self, at: &Point) -> f64 {
        let operations = (CORES * NEURONS_PER_CORE) as f64 * at.hz * at.synapses;
        // 1 pJ a second is 1e-9 mW.
        let mw = self.reads_mw + operations * self.operation_pj * 1e-9;
        mw * (at.volts / self.volts).powf(self.exponent)
    }

    /// mW at the volts of the profile, and the exponent: a line through the logarithms of what
    /// the points leave beside their dynamic power.
    fn law<'p>(&self, points: impl Iterator<Item = &'p Point>) -> [f64; 2] {
        let logs: Vec<[f64; 2]> = points
            .map(|p| [(p.volts / self.volts).ln(), (p.mw - self.dynamic_mw(p)).ln()])
            .collect();
        let count = logs.len() as f64;
        let mean = [0, 1].map(|axis| logs.iter().map(|log| log[axis]).sum::<f64>() / count);
        let [mut both, mut square] = [0.0; 2];
        for log in &logs {
            both += (log[0] - mean[0]) * (log[1] - mean[1]);
            square += (log[0] - mean[0]).powi(2);
        }
        let exponent = both / square;
        [(mean[1] - exponent * mean[0]).exp(), exponent]
    }

    fn predicted(&self, at: &Point, [static_mw, exponent]: [f64; 2]) -> f64 {
        static_mw * (at.volts / self.volts).powf(exponent) + self.dynamic_mw(at)
    }
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let (split, affine) = (profile::load("truenorth")?, profile::load("truenorth-affine")?);
    let Some(Voltage { volts, event_exponent, .. }) = split.voltage else {
        unreachable!("the profile has a voltage");
    };
    let read = split.costs.soma_of("truenorth").access.energy_pj.nominal;
    let known = Known {
        // 1000 ticks a second.
        reads_mw: read * (CORES * NEURONS_PER_CORE) as f64 * 1e-6,
        operation_pj: affine.costs.synapse_of("default").energy_pj.nominal,
        volts,
        exponent: event_exponent,
    };
    let row = |(n, at): (usize, &Point)| {
        let others = POINTS.iter().enumerate().filter(|(other, _)| *other != n);
        let law = known.law(others.map(|(_, point)| point));
        Row {
            kind: Kind::Fitted,
            profile: split.name.clone(),
            quantity: format!("power at {} V, {} Hz, {} synapses", at.volts, at.hz, at.synapses),
            unit: "mW",
            measured: at.mw,
            predicted: Band::exactly(known.predicted(at, law)),
            test: Test::Tolerance(30.0),
            source: at.source,
            measured_within: 0.0,
            drivers: vec![],
        }
    };
    Ok(Case {
        name: "truenorth-voltage",
        title: "TrueNorth, power at other voltages",
        network:
            "nothing: rates and synapses of the published points stand in for their random networks"
                .into(),
        assumptions: "Reads of rows and operations follow the square of the voltage; the static \
                      power follows a power of it.",
        remark: "Each point is predicted by the law of the six others. All seven give the exponent \
                 of the profile (`voltage.static_exponent`), which other `voltage.volts` use.",
        rows: POINTS.iter().enumerate().map(row).collect(),
        implied: vec![],
        notes: vec![],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exponent that stands in the profile is that of all points.
    #[test]
    fn the_profile_has_the_exponent_of_all_points() {
        let profile = profile::load("truenorth").unwrap();
        let known = Known { reads_mw: 20.2, operation_pj: 2.297, volts: 0.8, exponent: 2.0 };
        let [static_mw, exponent] = known.law(POINTS.iter());
        let stated = profile.voltage.unwrap().static_exponent;
        assert!((exponent - stated).abs() < 0.01, "{exponent}");
        assert!((static_mw - 43.9).abs() < 0.1, "{static_mw}");
    }
}
