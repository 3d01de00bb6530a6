//! Quartz: a convolutional network in which every neuron fires once, at three lengths of a sample.

use super::super::emulate::emulate;
use super::super::network::{Builder, Population, core};
use super::super::{Case, Driver, Error, Kind, Row, Test};
use super::{CORES_PER_TILE, cores, processor, profiles};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::Profile;
use crate::snn::sparse::SparseNetwork;

const SOURCE: &str = "Lenz 2023, notebook of the MNIST runs of Quartz: time of a step, split by \
                      the active share of the processor that NxSDK reports";

/// Steps of a sample; of a step microseconds in all, and the share in which the processor works.
const MEASURED: [(usize, f64, f64); 3] =
    [(51, 96.04, 0.8218), (171, 28.81, 0.6847), (651, 13.30, 0.4448)];

/// Pixels of an image, each of which is injected once.
const PIXELS: usize = 28 * 28;

/// A map of one layer: channels and side.
type Map = (usize, usize);

fn place((channels, side): Map, x: usize, y: usize, channel: usize) -> u32 {
    debug_assert!(channel < channels && x < side);
    ((y * side + x) * channels + channel) as u32
}

/// Every neuron of `to` from a square of `kernel` by `kernel` positions of `from`, from all
/// channels, or from its own where it pools.
fn windows(
    builder: &mut Builder,
    (from, map): (&Population, Map),
    (to, out): (&Population, Map),
    [kernel, stride]: [usize; 2],
    pools: bool,
) {
    let (channels, side) = out;
    for index in 0..side * side * channels {
        let (channel, x, y) = (index % channels, index / channels % side, index / channels / side);
        let all = if pools { channel..channel + 1 } else { 0..map.0 };
        for (dy, dx) in (0..kernel * kernel).map(|tap| (tap / kernel, tap % kernel)) {
            for source in all.clone() {
                let pre = from.start + place(map, x * stride + dx, y * stride + dy, source);
                builder.connect(pre, to.start + index as u32);
            }
        }
    }
}

/// Cores of each layer: eleven are published, how layers lie on them is not. The first layer takes
/// four at least; the middle one of these is nominal.
const LAYOUTS: [[usize; 6]; 3] = [[6, 1, 1, 1, 1, 1], [5, 1, 2, 1, 1, 1], [4, 1, 2, 1, 2, 1]];

/// 6 channels of 24 x 24, pooled to 12 x 12, 12 of 8 x 8, pooled to 4 x 4, 120, 10. Each neuron
/// fires once in `steps` steps, layer after layer: when it fires is its value.
fn network(steps: usize, layout: [usize; 6]) -> SparseNetwork {
    let window = |layer: usize| layer * steps / 7..(layer + 1) * steps / 7;
    let mut builder = Builder::default();
    let used = layout.iter().sum();
    let input = builder.injected_once(PIXELS, window(0), core(used, CORES_PER_TILE));
    let mut free = 0;
    let sizes = [6 * 24 * 24, 6 * 12 * 12, 12 * 8 * 8, 12 * 4 * 4, 120, 10];
    let [first, pooled, second, small, dense, classes] = [0, 1, 2, 3, 4, 5].map(|layer| {
        let from = free;
        free += layout[layer];
        let own = cores(from..free);
        builder.once(sizes[layer], steps, window(layer + 1), "sparse", &own)
    });
    let b = &mut builder;
    windows(b, (&input, (1, 28)), (&first, (6, 24)), [5, 1], false);
    windows(b, (&first, (6, 24)), (&pooled, (6, 12)), [2, 2], true);
    windows(b, (&pooled, (6, 12)), (&second, (12, 8)), [5, 1], false);
    windows(b, (&second, (12, 8)), (&small, (12, 4)), [2, 2], true);
    b.dense(&small, &dense);
    b.dense(&dense, &classes);
    builder.finish()
}

pub(in super::super) fn case() -> Result<Case, Error> {
    let mut rows = vec![];
    let row = |profile: &Profile, quantity: String, measured, predicted| Row {
        kind: Kind::Consistency,
        profile: profile.name.clone(),
        quantity,
        unit: "us",
        measured,
        predicted,
        test: Test::Tolerance(25.0),
        source: SOURCE,
        measured_within: 0.0,
        drivers: vec![],
    };
    for profile in profiles()? {
        for (steps, all_us, busy) in MEASURED {
            let time = |layout| {
                let network = network(steps, layout);
                Ok::<_, Error>(emulate(network, &profile, steps, Timing::Event)?.step_us())
            };
            let [spread, middle, tight] = LAYOUTS;
            let [spread, nominal, tight] = [time(spread)?, time(middle)?, time(tight)?];
            let low = spread.min(nominal).min(tight);
            let cores = Band { low, nominal, high: spread.max(nominal).max(tight) };
            let quantity = format!("step of {steps}, cores");
            let layout = Driver { name: "layout".into(), low: cores.low, high: cores.high };
            let row = row(&profile, quantity, all_us * (1.0 - busy), cores);
            rows.push(Row { drivers: vec![layout], ..row });
        }
    }
    let [davies, _] = profiles()?;
    for (steps, all_us, busy) in MEASURED {
        let beside = processor(&davies, PIXELS as f64 / steps as f64);
        let quantity = format!("step of {steps}, processor");
        let row = row(&davies, quantity, all_us * busy, beside);
        rows.push(Row { kind: Kind::Fitted, ..row });
    }
    Ok(Case {
        name: "loihi-quartz",
        title: "Loihi 1, MNIST with a spike a neuron (Quartz)",
        network: "5410 neurons in six layers on the published 11 cores, 784 pixels that are \
                  injected once each; neurons fire once, the layers one after the other in a \
                  seventh of the sample each; 51, 171 and 651 steps"
            .into(),
        assumptions: "How the layers lie on the cores was not published, nor were the steps of the \
                      spikes: the first layer takes six, five (nominal) or four cores, the others \
                      share the rest. Synapses are `sparse`. Helper neurons (about 800 spikes) are \
                      left out.",
        remark: "A soft check that tells no constants apart. Nothing was tuned on the rows of \
                 cores. `loihi1-sanafe` pays 9.7 ns for each of some 700 neurons of a core in \
                 every step, and 16 ns for each packet to a core: that is why it is long here. \
                 Davies' table pays 5.3 ns and nothing: it is short where few neurons fire. Those \
                 of the processor are fitted: its costs come from these runs and one other. Its \
                 time is no straight line in the spikes, which is why the shortest sample is \
                 missed.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}
