//! MNIST on a convolutional network, of the NxTF compiler's tutorial.

use super::super::network::{Builder, Population, Rate, core};
use super::super::{Case, Error};
use super::{CORES_PER_TILE, STEPS, UNKNOWN_RATES, bracket, cores, profiles, step};
use crate::snn::sparse::SparseNetwork;

const NEURONS_PER_CORE: usize = 1024;

/// A layer `[side, channels]`, stored position by position.
struct Map {
    neurons: Population,
    side: u32,
    channels: u32,
}

/// Every unit to the window it reads; no padding.
fn convolve(builder: &mut Builder, from: &Map, to: &Map, kernel: u32, stride: u32) {
    for y in 0..to.side {
        for x in 0..to.side {
            for window in 0..kernel * kernel {
                let position =
                    (y * stride + window / kernel) * from.side + x * stride + window % kernel;
                let first = from.neurons.start + position * from.channels;
                let here = to.neurons.start + (y * to.side + x) * to.channels;
                builder.dense(&(first..first + from.channels), &(here..here + to.channels));
            }
        }
    }
}

fn network(rate: Rate) -> SparseNetwork {
    let mut builder = Builder::default();
    let mut next_core = 0;
    let mut place = |neurons: usize| {
        let first = next_core;
        next_core += neurons.div_ceil(NEURONS_PER_CORE);
        cores(first..next_core)
    };
    let outside = core(9, CORES_PER_TILE);
    let mut from =
        Map { neurons: builder.injected(28 * 28, rate, STEPS, outside), side: 28, channels: 1 };
    for (side, channels, kernel, stride) in [(12, 16, 5, 2), (10, 32, 3, 1), (4, 64, 3, 2)] {
        let count = (side * side * channels) as usize;
        let to = Map { neurons: builder.lif(count, rate, "conv", &place(count)), side, channels };
        convolve(&mut builder, &from, &to, kernel, stride);
        from = to;
    }
    let classes = builder.lif(10, rate, "dense", &place(10));
    builder.dense(&from.neurons, &classes);
    builder.finish()
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let source =
        "Intel notebook on the NxTF tutorial network: 60.8 us per step, mean over 512 steps";
    let mut rows = vec![];
    for profile in profiles()? {
        let (_, time) = step(&profile, network)?;
        rows.push(bracket(&profile, ("time of a step", "us"), 60.8, time, source));
    }
    Ok(Case {
        name: "loihi-mnist",
        title: "Loihi 1, MNIST on a convolutional network (NxTF)",
        network: format!(
            "28x28 inputs, 12x12x16 (5x5, stride 2), 10x10x32 (3x3), 4x4x64 (3x3, stride 2), 10 neurons: 823552 synapses, \
             event timing hop by hop; {STEPS} steps"
        ),
        assumptions: UNKNOWN_RATES,
        remark: "Layers lie on the fewest cores that hold their neurons (3, 4, 1 and 1), which is assumed; more cores would share \
                 the work and shorten the step. Energy was not published for this network. \
                 Every synapse is stored here, beyond the memory of the last convolution's core; kernels that are stored \
                 once fit it, so that this limit is dropped.",
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_synapses_as_the_published_shape_has() {
        let network = network(Rate::SILENT);
        assert_eq!(network.neurons.len(), 784 + 2304 + 3200 + 1024 + 10);
        assert_eq!(network.synapses.len(), 2304 * 25 + 3200 * 9 * 16 + 1024 * 9 * 32 + 10 * 1024);
    }
}
