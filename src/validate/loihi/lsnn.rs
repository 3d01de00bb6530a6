//! Long short-term memory in spikes: sequential MNIST.

use super::super::network::{Builder, Population, Rate, core};
use super::super::{Case, Error, Row};
use super::{CORES_PER_TILE, Predicted, STEPS, UNKNOWN_RATES, bracket, processor, profiles, step};
use crate::snn::sparse::SparseNetwork;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

const SEED: u64 = 4;

/// 350 compartments on one core; input spikes come through its neighbour.
fn network(rate: Rate) -> SparseNetwork {
    let (here, beside) = (core(0, CORES_PER_TILE), core(1, CORES_PER_TILE));
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut builder = Builder::default();
    let hidden = builder.lif(240, rate, "sparse", &[here]);
    let output = builder.lif(10, rate, "sparse", &[here]);
    builder.lif(100, Rate::SILENT, "sparse", &[here]);
    let input = builder.injected(80, rate, STEPS, beside);
    for (from, to, synapses) in
        [(&input, &hidden, 4262), (&hidden, &hidden, 10_541), (&hidden, &output, 845)]
    {
        for (pre, post) in drawn(from, to, synapses, &mut random) {
            builder.connect(pre, post);
        }
    }
    builder.finish()
}

/// `count` of all pairs.
fn drawn(
    from: &Population,
    to: &Population,
    count: usize,
    random: &mut Xoshiro256PlusPlus,
) -> Vec<(u32, u32)> {
    let mut pairs: Vec<_> =
        from.clone().flat_map(|pre| to.clone().map(move |post| (pre, post))).collect();
    pairs.shuffle(random);
    pairs.truncate(count);
    pairs
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let source = "Intel notebook on the LSNN of Rao et al. 2022: 16.65 us per step, of which the \
                  processor took 14.42 us: NxSDK reports 18 mW for it and 6 mW x its active share, \
                  .866";
    let mut rows = vec![];
    for profile in profiles()? {
        let Predicted { band, drivers } = step(&profile, network)?.time;
        let row = bracket(&profile, ("time of a step, cores", "us"), 2.23, band, source);
        // The power of the processor is printed to 0.1 mW, its active share so to 0.008.
        rows.push(Row { measured_within: 0.14, drivers, ..row });
    }
    let [davies, _] = profiles()?;
    let injected = "Intel notebook on the LSNN of Rao et al. 2022: 14.42 us per step of the \
                    processor, 2.40 injected spikes a step, derived";
    let quantity = ("time of a step, processor", "us");
    rows.push(bracket(&davies, quantity, 14.42, processor(&davies, 2.4), injected));
    Ok(Case {
        name: "loihi-lsnn",
        title: "Loihi 1, sequential MNIST on a recurrent network with adaptive neurons",
        network: format!(
            "80 inputs, 240 recurrent neurons and 10 outputs with 4262, 10541 and 845 random \
             synapses, and 100 further compartments of the adaptive ones, all on one core; {STEPS} \
             steps"
        ),
        assumptions: UNKNOWN_RATES,
        remark: "The processor's 14.42 us are taken off: it injects the inputs and paces the \
                 steps, which is not emulated. What is left is near the barrier and the visits of \
                 350 compartments alone, so that only low rates are possible. With the costs of \
                 `loihi1-sanafe` these two take 4.0 us: its visit of 9.7 ns, regressed on other \
                 networks, is the reason of the miss. The published dynamic energy, 1.583 mW, is \
                 withdrawn: it is what remains of a board of 0.9 to 2 W after static power, which \
                 drifts by 5 mW, and a model of the processor are taken off. The second \
                 compartment of an adaptive neuron is visited, but counts as silent.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
