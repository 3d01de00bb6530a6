//! The keyword spotter and the scaling study of Blouw et al. 2019.

use super::super::emulate::emulate;
use super::super::network::{Builder, Rate};
use super::super::{Case, Error, RATES, implied};
use super::{STEPS, cores, profiles};
use crate::pipeline::Timing;
use crate::snn::sparse::SparseNetwork;

const LAYERS: usize = 10;
const WIDTH: usize = 256;

/// Branches of ten layers between one input and one output layer.
fn branches(count: usize, rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let first = builder.lif(WIDTH, rate, "dense", &cores(0..8));
    let last = builder.lif(WIDTH, rate, "dense", &cores(8..16));
    for branch in 0..count {
        let mut from = first.clone();
        for layer in 0..LAYERS {
            let number = 16 + branch * LAYERS + layer;
            let to = builder.lif(WIDTH, rate, "dense", &cores(number..number + 1));
            builder.dense(&from, &to);
            from = to;
        }
        builder.dense(&from, &last);
    }
    builder.finish()
}

pub(in super::super) fn slope() -> Result<Case, Error> {
    let source =
        "Blouw et al. 2019, power logs: 16.9 mW for 23040 added neurons at 1143 steps/s, all in";
    let mut lines = vec![];
    for profile in profiles()? {
        let step_nj = |count, rate| {
            let run = emulate(branches(count, rate), &profile, STEPS, Timing::Analytic)?;
            Ok::<_, Error>(run.step_nj(&profile).nominal)
        };
        let per_neuron = 1e3 / (LAYERS * WIDTH) as f64;
        let added = |rate| Ok::<_, Error>((step_nj(2, rate)? - step_nj(1, rate)?) * per_neuron);
        let ends = [added(RATES[0])?, added(RATES[2])?];
        let what = format!("energy per added neuron and step, `{}`", profile.name);
        lines.push(implied::activity((&what, "pJ"), 642.0, ends, source));
    }
    Ok(Case {
        name: "loihi-slope",
        title: "Loihi 1, energy per added neuron",
        network: format!(
            "branches of 10 layers of 256 neurons, all connected, between an input and an output \
             layer of 256: two branches less one; {STEPS} steps"
        ),
        assumptions: "Firing rates were not published; a layer of a branch lies on one core.",
        remark: "The measured slope is an upper bound, since all that grows with the network is in \
                 it.",
        rows: vec![],
        implied: lines,
        notes: vec![],
    })
}

/// 390-256-256-29, all on the chip.
fn spotter(rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let mut from = builder.lif(390, rate, "dense", &cores(0..2));
    for (layer, neurons) in [256, 256, 29].into_iter().enumerate() {
        let to = builder.lif(neurons, rate, "dense", &cores(2 + layer..3 + layer));
        builder.dense(&from, &to);
        from = to;
    }
    builder.finish()
}

pub(in super::super) fn keywords() -> Result<Case, Error> {
    const STEPS_PER_INFERENCE: f64 = 10.0;
    let source = "Blouw et al. 2019, power logs: 110.2 mW running less 96.3 mW idle after a run, \
                  296 inferences/s";
    let mut lines = vec![];
    for profile in profiles()? {
        let energy = |rate| {
            let run = emulate(spotter(rate), &profile, STEPS, Timing::Analytic)?;
            Ok::<_, Error>(run.step_nj(&profile).nominal * (STEPS_PER_INFERENCE * 1e-3))
        };
        let ends = [energy(RATES[0])?, energy(RATES[2])?];
        let what = format!("dynamic energy of an inference, `{}`", profile.name);
        lines.push(implied::activity((&what, "uJ"), 46.9, ends, source));
    }
    Ok(Case {
        name: "loihi-keywords",
        title: "Loihi 1, keyword spotting",
        network: format!(
            "390, 256, 256 and 29 neurons, all connected from layer to layer, on 5 cores; {STEPS} \
             steps"
        ),
        assumptions: "Ten steps per inference, as in the scaling study of the same paper. Firing \
                      rates were not published.",
        remark: "The measured power is that of the whole chip above idle, with the embedded \
                 processors that feed inputs and read outputs; the emulation has the neuro-cores \
                 alone.",
        rows: vec![],
        implied: lines,
        notes: vec![],
    })
}
