//! Spoken digits from a silicon cochlea.

use super::super::network::{Builder, Rate, core};
use super::super::{Case, Error};
use super::{CORES_PER_TILE, STEPS, UNKNOWN_RATES, bracket, cores, profiles, step};
use crate::snn::sparse::SparseNetwork;

fn network(rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let mut from = builder.injected(64, rate, STEPS, core(6, CORES_PER_TILE));
    for (layer, neurons) in [256, 256, 242].into_iter().enumerate() {
        let to = builder.lif(neurons, rate, "dense", &cores(2 * layer..2 * layer + 2));
        builder.dense(&from, &to);
        from = to;
    }
    builder.finish()
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let source = "Intel notebook on N-TIDIGITS: 10.89 mW dynamic per copy, 17.63 us per step";
    let mut rows = vec![];
    for profile in profiles()? {
        let (energy, time) = step(&profile, network)?;
        rows.push(bracket(&profile, ("dynamic energy of a step", "nJ"), 192.0, energy, source));
        rows.push(bracket(&profile, ("time of a step", "us"), 17.63, time, source));
    }
    Ok(Case {
        name: "loihi-ntidigits",
        title: "Loihi 1, spoken digits (N-TIDIGITS)",
        network: format!(
            "64 inputs, then 256, 256 and 242 neurons, all connected from layer to layer, on 6 cores; {STEPS} steps"
        ),
        assumptions: UNKNOWN_RATES,
        remark: "Each layer lies on two of the six published cores, which is assumed. The measured power contains a share of the \
                 embedded processors, and they inject the inputs; both are left out. Delays of synapses change no count.",
        rows,
    })
}
