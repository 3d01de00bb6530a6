//! Xylo: the cycles of a step, as its vendor counts them.

use super::drivers;
use super::emulate::{Emulated, emulate};
use super::network::{Builder, Rate};
use super::{Case, Driver, Error, Kind, RATES, Row, Test};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Profile};
use crate::snn::sparse::SparseNetwork;

/// Picoseconds of a cycle at 6.25 MHz.
const CYCLE_PS: f64 = 160_000.0;
const STEPS: usize = 40;
const CORE: [usize; 2] = [0, 0];

/// Inputs, hidden neurons, outputs, and how often inputs and hidden neurons fire.
struct Made {
    sizes: [usize; 3],
    rates: [Rate; 2],
}

const MADE: [Made; 3] = [
    Made { sizes: [4, 10, 2], rates: [Rate::new(1, 4), Rate::new(1, 10)] },
    Made { sizes: [16, 63, 1], rates: [Rate::new(1, 2), Rate::new(9, 200)] },
    Made { sizes: [16, 400, 8], rates: [Rate::new(1, 1), Rate::new(1, 5)] },
];

/// All inputs to all hidden neurons, and these to all outputs, which are read.
fn network(
    &Made { sizes: [inputs, hidden, outputs], rates: [fed, fires] }: &Made,
) -> SparseNetwork {
    let mut builder = Builder::default();
    let input = builder.injected(inputs, fed, STEPS, CORE);
    let hidden = builder.lif(hidden, fires, "input", &[CORE]);
    let output = builder.readout(outputs, "output", CORE);
    builder.dense(&input, &hidden);
    builder.dense(&hidden, &output);
    builder.finish()
}

/// Cycles of all steps by the vendor's formula, without recurrence and aliases.
fn formula(&Made { sizes, .. }: &Made, fed: f64, fired: f64) -> f64 {
    let [inputs, hidden, outputs] = sizes.map(|size| size as f64);
    let steps = STEPS as f64;
    let input = inputs * steps + fed * hidden * 3.5;
    let synaptic = 3.0 * hidden * steps + fired * (1.0 + 8.0 * outputs);
    input + synaptic + 19.0 * hidden * steps + 3.0 * fired + 12.0 * outputs * steps
}

/// Spikes of the inputs and of the hidden neurons.
fn spikes(run: &Emulated) -> [f64; 2] {
    let of = |class: &str| {
        let at = run.activity.soma_classes.iter().position(|name| name == class);
        at.map_or(0.0, |at| run.counts.firings[at] as f64)
    };
    [of("input"), of("lif")]
}

pub(super) fn cycles() -> Result<Case, Error> {
    let profile = profile::load("xylo")?;
    let mut rows = vec![];
    for made in &MADE {
        let run = emulate(network(made), &profile, STEPS, Timing::Event)?;
        let [fed, fired] = spikes(&run);
        let [inputs, hidden, outputs] = made.sizes;
        rows.push(Row {
            kind: Kind::Consistency,
            profile: profile.name.clone(),
            quantity: format!("cycles of {STEPS} steps, {inputs}-{hidden}-{outputs}"),
            unit: "cycles",
            measured: formula(made, fed, fired),
            predicted: Band::exactly(run.time_ps() as f64 / CYCLE_PS),
            test: Test::Tolerance(1e-6),
            source: "SynSense, Rockpool, cycle model of Xylo Audio 2 (SYNS61201), at the spikes of \
                     the emulation",
            measured_within: 0.0,
            drivers: vec![],
        });
    }
    Ok(Case {
        name: "xylo-cycles",
        title: "Xylo Audio 2, cycles of a step",
        network: "three made networks, all inputs to all hidden neurons and these to all outputs, \
                  at made rates"
            .into(),
        assumptions: "No recurrence and no aliases: operations of both kinds into one neuron would \
                      need two classes.",
        remark: "An identity: the formula is the vendor's, the emulation counts. No chip was \
                 measured here.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}

/// A keyword network of unknown layout: the usual size of one layer after another.
fn keywords(rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let mut from = builder.injected(16, rate, STEPS, CORE);
    for class in ["input", "hidden", "hidden"] {
        let to = builder.lif(63, rate, class, &[CORE]);
        builder.dense(&from, &to);
        from = to;
    }
    let output = builder.readout(1, "output", CORE);
    builder.dense(&from, &output);
    builder.finish()
}

pub(super) fn power() -> Result<Case, Error> {
    const TICK_US: f64 = 1000.0;
    let profile = profile::load("xylo")?;
    let run = |rate| emulate(keywords(rate), &profile, STEPS, Timing::Analytic);
    // 1 nJ in 1 us is 1 mW.
    let active = |run: &Emulated, profile: &Profile| {
        let rest = &profile.costs.static_mw_per_chip;
        run.step_nj(profile) * (1.0 / TICK_US)
            + Band { low: rest.low, nominal: rest.nominal, high: rest.high }
    };
    let runs = RATES.into_iter().map(run).collect::<Result<Vec<_>, Error>>()?;
    let bands: Vec<Band> = runs.iter().map(|run| active(run, &profile)).collect();
    let predicted = Band { low: bands[0].low, nominal: bands[1].nominal, high: bands[2].high };
    let mut moved = drivers::of_energies(&profile, |moved| active(&runs[1], moved).nominal)?;
    let (low, high) = (bands[0].nominal, bands[2].nominal);
    moved.push(Driver { name: "firing rates".into(), low, high });
    Ok(Case {
        name: "xylo-power",
        title: "Xylo Audio 2, keyword spotting",
        network: format!(
            "16 inputs, three layers of 63 neurons, all connected from layer to layer, one output; \
             {STEPS} steps"
        ),
        assumptions: "Layers, rates and the length of a step were not found: all fire in 1 to 20 % \
                      of the steps, 4.5 % nominal, and a step begins every millisecond.",
        remark: "The energy of a cycle is the dynamic power of this very measurement over all \
                 cycles of the clock. The row asks only whether a network of a usual size comes \
                 out near it.",
        rows: vec![Row {
            kind: Kind::Fitted,
            profile: profile.name.clone(),
            quantity: "power, active".into(),
            unit: "mW",
            measured: 0.507,
            predicted,
            test: Test::Bracket,
            source: "Bos and Muir 2024 (keyword network \"Aloha\"), as a survey quotes it: .216 mW \
                     idle, .507 mW active",
            measured_within: 0.0,
            drivers: drivers::sorted(moved),
        }],
        implied: vec![],
        notes: vec![],
    })
}
