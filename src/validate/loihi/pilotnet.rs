//! PilotNet on Loihi 2: the published counts of its busiest core, priced.

use super::super::{Case, Error, Kind, Row, Test};
use crate::energy::Band;
use crate::profile;

const SOURCE: &str = "lava-dl, benchmark notebook of PilotNet (LIF): operations of the busiest \
                      core and times of a step, by step of a pattern of four";

/// Operations other than zero of the busiest core, and microseconds of the step.
const MEASURED: [(f64, f64); 4] =
    [(124_376.0, 125.1), (195_104.0, 201.4), (106_176.0, 107.0), (177_184.0, 180.9)];

pub(in super::super) fn case() -> Result<Case, Error> {
    let profile = profile::load("loihi2")?;
    let floor_us = match &profile.clock.sync {
        profile::Sync::Barrier { points, .. } => points.first().map_or(0.0, |(_, ns)| ns * 1e-3),
        _ => 0.0,
    };
    let operation = &profile.costs.synapse_of("dense").latency_ns;
    let row = |(step, (operations, measured)): (usize, (f64, f64))| Row {
        kind: Kind::Consistency,
        profile: profile.name.clone(),
        quantity: format!("time of step {} of 4", step + 1),
        unit: "us",
        measured,
        predicted: Band::of(operation, operations * 1e-3) + Band::exactly(floor_us),
        test: Test::Tolerance(25.0),
        source: SOURCE,
        measured_within: 0.0,
        drivers: vec![],
    };
    Ok(Case {
        name: "loihi2-pilotnet",
        title: "Loihi 2, PilotNet",
        network: "nothing: the published counts of the busiest core stand in for the network, \
                  which cannot be had"
            .into(),
        assumptions: "The busiest core sets the step, by its operations and the floor of a step; \
                      its neurons are left out.",
        remark: "The time of an operation comes from these very steps, so this tests one constant \
                 on four steps. The core behind these steps gives its high end, 1.03 ns; another \
                 layer of the network gives 0.66 ns.",
        rows: MEASURED.into_iter().enumerate().map(row).collect(),
        implied: vec![],
        notes: vec![],
    })
}
