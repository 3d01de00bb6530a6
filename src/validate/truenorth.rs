//! TrueNorth: the characterisation networks of uniform random connections, and applications.

pub(super) mod voltage;

use super::emulate::{Emulated, emulate};
use super::network::{Builder, Core, Rate};
use super::{Case, Error, Kind, RATES, Row, Test, implied};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Change, Profile};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

const CORES: usize = 4096;
const NEURONS_PER_CORE: usize = 256;
/// Neurons of each core that are emulated.
const EMULATED_PER_CORE: usize = 8;
/// How many times the chip does what is emulated of it.
const SHARE: f64 = (NEURONS_PER_CORE / EMULATED_PER_CORE) as f64;
const SYNAPSES_PER_NEURON: usize = 128;
const SEED: u64 = 20;

const SWEEP: &str = "Akopyan et al. 2015, Fig. 17 (0.8 V)";
const VOLTAGE: &str = "Merolla et al. 2014";

const NETWORK: &str = "8 of the 256 neurons of each of the 4096 cores, all counts times 32: each \
                       neuron has one destination core, drawn so that every core is drawn equally \
                       often, and 128 synapses there (16 on each of its 8)";

/// Every core receives from as many neurons as it holds, as its axons allow.
fn random(profile: &Profile, rate: Rate, steps: usize) -> Result<Emulated, Error> {
    let cores: Vec<Core> = (0..CORES).map(|tile| [tile, 0]).collect();
    let mut builder = Builder::default();
    let neurons = builder.truenorth(CORES * EMULATED_PER_CORE, rate, &cores);
    let mut targets: Vec<u32> = neurons.clone().map(|id| id / EMULATED_PER_CORE as u32).collect();
    targets.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(SEED));
    for (pre, core) in neurons.zip(targets) {
        for synapse in 0..SYNAPSES_PER_NEURON {
            let of_core = synapse % EMULATED_PER_CORE;
            builder.connect(pre, core * EMULATED_PER_CORE as u32 + of_core as u32);
        }
    }
    emulate(builder.finish(), profile, steps, Timing::Analytic)
}

pub(super) fn sweep() -> Result<Case, Error> {
    let profiles = [profile::load("truenorth")?, profile::load("truenorth-affine")?];
    let mut rows = vec![];
    let row =
        |kind, profile: &Profile, quantity: String, unit, measured, predicted, percent, source| {
            Row {
                kind,
                profile: profile.name.clone(),
                quantity,
                unit,
                measured,
                predicted,
                test: Test::Tolerance(percent),
                source,
                measured_within: 0.0,
                drivers: vec![],
            }
        };
    for (hundredths_hz, measured, kind) in
        [(1158, 68.0, Kind::Fitted), (9593, 94.0, Kind::Fitted), (2007, 71.0, Kind::Prediction)]
    {
        let run = random(&profiles[0], Rate::new(hundredths_hz, 100_000), 50)?;
        for profile in &profiles {
            let quantity = format!("power at {} Hz", f64::from(hundredths_hz) / 100.0);
            let power = run.power_mw(profile, SHARE);
            rows.push(row(kind, profile, quantity, "mW", measured, power, 5.0, SWEEP));
        }
        if hundredths_hz == 9593 {
            let (hops, packets) = (run.counts.hops, run.counts.packets as f64);
            for (axis, hops) in [("x", hops.east + hops.west), ("y", hops.north + hops.south)] {
                let quantity = format!("mean distance in {axis}");
                let mean = Band::exactly(hops as f64 / packets);
                let theory = ((64 * 64 - 1) as f64) / (3.0 * 64.0);
                let source = "theory, (n^2 - 1) / 3n for n = 64; Merolla et al. 2014: 21.3";
                rows.push(row(
                    Kind::Consistency,
                    &profiles[0],
                    quantity,
                    "tiles",
                    theory,
                    mean,
                    1.0,
                    source,
                ));
            }
        }
    }
    let run = random(&profiles[0], Rate::new(20, 1000), 50)?;
    for (volts, measured) in [(0.775, 72.0), (0.75, 65.0)] {
        let change = Change::to_number(None, "voltage.volts", volts);
        for name in ["truenorth", "truenorth-affine"] {
            let profile = profile::load_changed(name, std::slice::from_ref(&change))?;
            let quantity = format!("power at 20 Hz, {volts} V");
            let power = run.power_mw(&profile, SHARE);
            rows.push(row(Kind::Fitted, &profile, quantity, "mW", measured, power, 15.0, VOLTAGE));
        }
    }
    Ok(Case {
        name: "truenorth-sweep",
        title: "TrueNorth, power of random networks",
        network: format!("{NETWORK}; 50 steps of 1 ms"),
        assumptions: "Energies are those of the profile at 0.8 V (hops and memory reads 0.775 V), \
                      or what `voltage.volts` makes of them.",
        remark: "The costs are a straight line through the first two powers; the third, at 20.07 \
                 Hz, was held out. Powers at other voltages are another network of the same kind \
                 in another paper, and in the fit of the exponent. Dynamic and static power \
                 together.",
        rows,
        implied: vec![],
        notes: vec![],
    })
}

pub(super) fn applications() -> Result<Case, Error> {
    let profile = profile::load("truenorth")?;
    let power =
        |rate| Ok::<_, Error>(random(&profile, rate, 20)?.power_mw(&profile, SHARE).nominal);
    let ends = [power(RATES[0])?, power(RATES[2])?];
    let gesture = "Amir et al. 2017: TrueNorth alone, without camera and board";
    let range = "Esser et al. 2016, abstract: 25 to 275 mW over eight data sets";
    let table = "unverified: Esser et al. 2016, table, from memory";
    let all = [
        ("gestures of an event camera", 178.8, gesture),
        ("Eedn, lowest of eight data sets", 25.0, range),
        ("Eedn, highest of eight data sets", 275.0, range),
        ("Eedn, CIFAR-10", 204.4, table),
        ("Eedn, CIFAR-100", 207.8, table),
        ("Eedn, SVHN", 256.5, table),
        ("Eedn, GTSRB", 200.6, table),
        ("Eedn, LOGO32", 171.7, table),
        ("Eedn, VAD", 26.1, table),
        ("Eedn, TIMIT classes", 142.6, table),
        ("Eedn, TIMIT frames", 165.9, table),
    ];
    let line = |(what, measured, source): (&str, f64, &str)| {
        implied::activity((what, "mW"), measured, ends, source)
    };
    Ok(Case {
        name: "truenorth-applications",
        title: "TrueNorth, convolutional networks",
        network: format!("{NETWORK}; 20 steps of 1 ms"),
        assumptions: "The applications' networks are not emulated, since neither their connections \
                      nor their firing rates are at hand: the random network stands in on the \
                      whole chip, at the profile's voltage of 0.8 V. Dynamic and static power \
                      together.",
        remark: "No prediction: voltage, tick and spikes of these networks were found nowhere. \
                 Eedn classifies 1200 to 2600 frames/s, so its ticks may be shorter than 1 ms, \
                 which is left out.",
        rows: vec![],
        implied: all.into_iter().map(line).collect(),
        notes: vec![],
    })
}
