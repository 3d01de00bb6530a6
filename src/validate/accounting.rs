//! Ways of counting that papers share: NeuroBench's operations, KerasSpiking's devices.

use super::emulate::{Emulated, emulate};
use super::network::{Builder, Core, Rate};
use super::{Case, Error, Kind, Row, Test};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Profile};

/// Every comparison here is of exact arithmetic.
const EXACT: Test = Test::Tolerance(1e-6);

pub(super) fn neurobench() -> Result<Case, Error> {
    const WEIGHTS: [[f64; 3]; 3] = [[1.3, 0.0, -3.2], [0.0, 1.2, -5.1], [-1.1, 2.7, 0.0]];
    const INPUT: [f64; 3] = [0.0, 1.3, -1.0];
    let profile = profile::load("ideal-45nm")?;
    // The core sees a number as a spike or none; a weight of zero is left out where only effective
    // operations count.
    let operations = |fires: &dyn Fn(f64) -> bool, stored: &dyn Fn(f64) -> bool| {
        let mut builder = Builder::default();
        let outputs = builder.lif(3, Rate::SILENT, "dense", &[[0, 0]]);
        for (column, &value) in INPUT.iter().enumerate() {
            let rate = if fires(value) { Rate::new(1, 1) } else { Rate::SILENT };
            let input = builder.injected(1, rate, 1, [0, 0]);
            for (output, row) in outputs.clone().zip(&WEIGHTS) {
                if stored(row[column]) {
                    builder.connect(input.start, output);
                }
            }
        }
        let run = emulate(builder.finish(), &profile, 1, Timing::Analytic)?;
        Ok::<_, Error>(Band::exactly(run.counts.total_synaptic_operations() as f64))
    };
    let row = |quantity: &str, measured, predicted| Row {
        kind: Kind::Consistency,
        profile: profile.name.clone(),
        quantity: quantity.into(),
        unit: "operations",
        measured,
        predicted,
        test: EXACT,
        source: "NeuroBench documentation, worked example",
        measured_within: 0.0,
        drivers: vec![],
    };
    let any = |_| true;
    let not_zero = |value| value != 0.0;
    Ok(Case {
        name: "neurobench",
        title: "NeuroBench, synaptic operations of its example",
        network: "three inputs (0, 1.3, -1), all connected to three neurons by weights of which \
                  three are zero; 1 step"
            .into(),
        assumptions: "Effective operations leave out stored zeros, which the emulator otherwise \
                      reads and counts (6 here).",
        remark: "The definitions agree up to stored zeros.",
        rows: vec![
            row("effective operations", 4.0, operations(&not_zero, &not_zero)?),
            row("dense operations", 9.0, operations(&any, &any)?),
        ],
        implied: vec![],
        notes: vec![],
    })
}

const NEURONS: usize = 64;

/// 64 neurons, each connected to all.
fn all_to_all(profile: &Profile, rate: Rate, steps: usize) -> Result<Emulated, Error> {
    let one: Core = [0, 0];
    let mut builder = Builder::default();
    let neurons = builder.lif(NEURONS, rate, "dense", &[one]);
    builder.dense(&neurons, &neurons);
    emulate(builder.finish(), profile, steps, Timing::Analytic)
}

/// KerasSpiking's formula with its constants in joules; `updates` are neurons times steps.
fn formula_uj((synapse_j, neuron_j): (f64, f64), operations: usize, updates: usize) -> f64 {
    (operations as f64 * synapse_j + updates as f64 * neuron_j) * 1e6
}

fn device(profile: &Profile, formula_uj: f64, run: &Emulated) -> Row {
    Row {
        kind: Kind::Consistency,
        profile: profile.name.clone(),
        quantity: "energy".into(),
        unit: "uJ",
        measured: formula_uj,
        predicted: run.dynamic_pj(profile) * 1e-6,
        test: EXACT,
        source: "KerasSpiking ModelEnergy, its formula and constants",
        measured_within: 0.0,
        drivers: vec![],
    }
}

/// Devices that spike pay operations as often as neurons fire.
pub(super) fn keras_chips() -> Result<Case, Error> {
    const STEPS: usize = 100;
    let mut rows = vec![];
    for (name, joules) in [
        ("compat-loihi", (27.1e-12, 81e-12)),
        ("compat-spinnaker", (13.3e-9, 26e-9)),
        ("compat-spinnaker2", (450e-12, 2.19e-9)),
    ] {
        let profile = profile::load(name)?;
        let run = all_to_all(&profile, Rate::new(1, 20), STEPS)?;
        let operations = NEURONS * NEURONS * STEPS / 20;
        rows.push(device(&profile, formula_uj(joules, operations, NEURONS * STEPS), &run));
    }
    Ok(Case {
        name: "keras-chips",
        title: "KerasSpiking, energy of spiking devices",
        network: "64 neurons, each connected to all; each fires in 5 % of 100 steps".into(),
        assumptions: "None.",
        remark: "Not a measurement: operations and neurons times steps, worked out by hand, times \
                 that package's constants.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}

/// Devices that do not spike pay every connection once per inference: one step in which all fire.
pub(super) fn keras_devices() -> Result<Case, Error> {
    let mut rows = vec![];
    for (name, joules) in [("compat-cpu", 8.6e-9), ("compat-gpu", 0.3e-9), ("compat-arm", 0.9e-9)] {
        let profile = profile::load(name)?;
        let run = all_to_all(&profile, Rate::new(1, 1), 1)?;
        rows.push(device(&profile, formula_uj((joules, joules), NEURONS * NEURONS, NEURONS), &run));
    }
    Ok(Case {
        name: "keras-devices",
        title: "KerasSpiking, energy of devices without spikes",
        network: "64 neurons, each connected to all; all fire in one step".into(),
        assumptions: "One inference is one step in which every connection is used once.",
        remark: "Not a measurement: connections and neurons, counted by hand, times that package's \
                 constants.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
