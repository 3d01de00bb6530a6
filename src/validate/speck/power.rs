//! Power of six networks on Speck, from their published spikes.

use super::super::{Case, Error, Kind, Row, Test};
use crate::energy::Band;
use crate::profile;

const SOURCE: &str =
    "Yao et al. 2024, Table 1: power of the processor and spikes, 100 samples of 540 ms";

/// Task and network, total mW, million spikes. The first two gave the energy of an operation.
const MEASURED: [(&str, f64, f64); 6] = [
    ("gesture, vanilla", 9.5, 1.0),
    ("gesture, dynamic", 3.8, 0.4),
    ("gait by day, vanilla", 16.1, 2.9),
    ("gait by day, dynamic", 7.3, 1.2),
    ("gait by night, vanilla", 46.8, 3.3),
    ("gait by night, dynamic", 12.3, 1.5),
];
const FITTED: usize = 2;

/// Synapses of a spike: 32 channels, 3 x 3.
const SYNAPSES: f64 = 288.0;
const SECONDS: f64 = 0.54;

pub(in super::super) fn case() -> Result<Case, Error> {
    let profile = profile::load("speck")?;
    let (operation, rest) =
        (&profile.costs.synapse_of("conv").energy_pj, &profile.costs.static_mw_per_chip);
    let row = |(n, (task, measured, spikes)): (usize, (&str, f64, f64))| Row {
        kind: if n < FITTED { Kind::Fitted } else { Kind::Prediction },
        profile: profile.name.clone(),
        quantity: format!("power, {task}"),
        unit: "mW",
        measured,
        // 1e6 pJ in a second are 1e-3 mW.
        predicted: Band::exactly(rest.nominal)
            + Band::of(operation, spikes * SYNAPSES * 1e-3 / SECONDS),
        test: Test::Tolerance(30.0),
        source: SOURCE,
        measured_within: 0.0,
        drivers: vec![],
    };
    Ok(Case {
        name: "speck-power",
        title: "Speck, gestures and gaits from an event camera",
        network:
            "nothing: the published spikes of each network stand in for it, since none can be had"
                .into(),
        assumptions: "A spike reaches 288 synapses in every layer (32 channels, 3 x 3; strides, \
                      pools and the last layers would make it fewer). Spikes are those of a window \
                      of 540 ms; whether the table counts them so is not said.",
        remark: "The first task of the table gave the energy of an operation, before the others \
                 were looked at with it. One constant cannot fit all: the six rows give 2.9 to 7.6 \
                 nJ a spike. Where spikes fall decides, since layers differ in the synapses of a \
                 spike, and that was not published. The ends of the band are the ends of the six \
                 rows, so all lie between them by construction.",
        rows: MEASURED.into_iter().enumerate().map(row).collect(),
        implied: vec![],
        notes: vec![],
    })
}
