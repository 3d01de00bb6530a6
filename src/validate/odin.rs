//! ODIN: two powers of one model, a factor of 13.6 apart.

use super::emulate::emulate;
use super::network::{Builder, Rate};
use super::{Case, Error, Kind, Row, Test};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Between, Sync};

const SOURCE: &str = "Frenkel et al. 2019, power model of ODIN at 0.55 V";

/// Both operating points run at the rate that the clock allows, one operation in two cycles. A
/// barrier that costs nothing ends a step with its work, so that time and rate come from the
/// emulation.
pub(super) fn power() -> Result<Case, Error> {
    let mut rows = vec![];
    for (name, clock, power_uw, operations_per_us) in
        [("odin", "75 MHz", 477.0, 37.5), ("odin-1.3mhz", "1.3 MHz", 35.0, 0.65)]
    {
        let mut profile = profile::load(name)?;
        profile.clock.sync = Sync::Barrier { points: vec![(1, 0.0)], between: Between::Step };
        let mut builder = Builder::default();
        let neurons = builder.lif(256, Rate::new(1, 8), "default", &[[0, 0]]);
        builder.dense(&neurons, &neurons);
        let run = emulate(builder.finish(), &profile, 16, Timing::Event)?;
        let operations = run.counts.total_synaptic_operations() as f64;
        let row = |quantity: &str, unit, measured, predicted| Row {
            kind: Kind::Consistency,
            profile: name.into(),
            quantity: format!("{quantity} at {clock}"),
            unit,
            measured,
            predicted,
            test: Test::Tolerance(5.0),
            source: SOURCE,
            measured_within: 0.0,
            drivers: vec![],
        };
        rows.push(row(
            "power, dynamic and static",
            "uW",
            power_uw,
            run.power_mw(&profile, 1.0) * 1e3,
        ));
        let rate = Band::exactly(operations / (run.time_ps() as f64 * 1e-6));
        rows.push(row("synaptic operations", "M/s", operations_per_us, rate));
    }
    Ok(Case {
        name: "odin-power",
        title: "ODIN, power at two clocks",
        network:
            "256 neurons, each connected to all 256; every neuron fires in every eighth of 16 \
                  steps, which last as long as their work"
                .into(),
        assumptions: "The core is never idle: both published rates are half the clock, one \
                      operation in two cycles.",
        remark: "Rate and power follow from the costs of the profile alone. Both points belong to \
                 the power model that gave those costs, so this tests the way from events to \
                 power, not the model. The low end at 75 MHz is that of the profile's static \
                 power: what the chip would take at rest at 1.3 MHz.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
