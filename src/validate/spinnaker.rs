//! SpiNNaker 1: the power of a board, and the all-in costs of a published simulation.

use super::emulate::{Emulated, emulate};
use super::network::{Builder, Core, Rate};
use super::{Case, Error, Kind, Row, Test};
use crate::activity::Span;
use crate::energy::{Band, board_energy, static_energy};
use crate::pipeline::Timing;
use crate::profile::{self, Profile};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const CHIPS: u64 = 48;
const CORES_AT_WORK: f64 = 806.0;

fn row(
    kind: Kind,
    quantity: &str,
    unit: &'static str,
    measured: f64,
    predicted: Band,
    test: Test,
    source: &'static str,
) -> Row {
    let quantity = (quantity.to_owned(), unit);
    Row::plain(kind, "spinnaker1", quantity, measured, predicted, test, source)
}

pub(super) fn board() -> Result<Case, Error> {
    let profile = profile::load("spinnaker1")?;
    const PS_PER_S: u64 = 1_000_000_000_000;
    // The high end of the static power has every core of the chip at work. 1 pJ per second is 1e-12
    // W.
    let chips = static_energy(&profile, CHIPS, Span::exactly(PS_PER_S)) * 1e-12;
    let board = board_energy(&profile, CHIPS, Span::exactly(PS_PER_S)).nominal * 1e-12;
    let cores = CHIPS as f64 * profile.topology.cores_per_tile as f64;
    let working = (chips.high - chips.nominal) / cores * CORES_AT_WORK;
    let source = "SpiNNMachine, measured on a boxed board of 48 chips";
    let at_5 = Test::Tolerance(5.0);
    let consistency = Kind::Consistency;
    let (idle, active) =
        (Band::exactly(chips.nominal + board), Band::exactly(chips.nominal + board + working));
    Ok(Case {
        name: "spinnaker-board",
        title: "SpiNNaker 1, power of a board",
        network: "none: 48 powered chips for a second, idle and with 806 cores at work".into(),
        assumptions: "A core at work takes 1/16 of the difference between the ends of the \
                      profile's static power; the board stands in its box.",
        remark: "A board at rest takes almost twice what its chips do. The profile's three costs \
                 were made from the figures of this machine, so that the case shows that they add \
                 up, and no more.",
        rows: vec![
            row(consistency, "power, idle", "W", 31.88, idle, at_5, source),
            row(consistency, "power, 806 cores at work", "W", 59.38, active, at_5, source),
            row(
                Kind::Fitted,
                "power added by 806 cores",
                "W",
                27.5,
                Band::exactly(working),
                at_5,
                source,
            ),
        ],
        implied: vec![],
        notes: vec![],
    })
}

const NEURONS: usize = 2500;
const SYNAPSES_PER_NEURON: usize = 400;

/// One of four chips; synapses that would leave it stay.
fn quarter(profile: &Profile, rate: Rate) -> Result<Emulated, Error> {
    let cores: Vec<Core> = (0..profile.topology.cores_per_tile).map(|core| [0, core]).collect();
    let mut builder = Builder::default();
    let neurons = builder.lif(NEURONS, rate, "default", &cores);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    for pre in neurons.clone() {
        for _ in 0..SYNAPSES_PER_NEURON {
            builder.connect(pre, random.random_range(neurons.clone()));
        }
    }
    emulate(builder.finish(), profile, 20, Timing::Analytic)
}

pub(super) fn sharp() -> Result<Case, Error> {
    let profile = profile::load("spinnaker1")?;
    let silent = quarter(&profile, Rate::SILENT)?;
    let firing = quarter(&profile, Rate::new(1, 20))?;
    let fixed = static_energy(&profile, 1, Span::exactly(silent.time_ps()));
    let neuron = (silent.dynamic_pj(&profile) + fixed) * (1e-3 / (NEURONS as f64 * silent.steps()));
    let operations = firing.counts.total_synaptic_operations() as f64;
    let operation =
        (firing.dynamic_pj(&profile) - silent.dynamic_pj(&profile)) * (1e-3 / operations);
    let source = "Sharp et al. 2012: 100 nJ per neuron and ms, 43 nJ per postsynaptic potential, \
                  all power in";
    let kind = Kind::Fitted;
    Ok(Case {
        name: "spinnaker-sharp",
        title: "SpiNNaker 1, 10000 neurons and 4 million synapses on 4 chips",
        network:
            "one chip of four: 2500 neurons with 400 synapses each to random ones of them; 20 \
                  steps of 1 ms, silent and with 5 % firing"
                .into(),
        assumptions: "Synapses that leave the chip are emulated within it. The rate only divides \
                      out.",
        remark: "The two figures are the high ends of the profile's costs. With the idle power of \
                 the chips in it, a silent neuron costs more than the paper says even so: that \
                 figure cannot hold all of this power. Time is not tested: the profile has none.",
        rows: vec![
            row(
                kind,
                "energy per neuron and ms, static power \
                       in",
                "nJ",
                100.0,
                neuron,
                Test::Bracket,
                source,
            ),
            row(
                kind,
                "energy per synaptic \
                       operation",
                "nJ",
                43.0,
                operation,
                Test::Bracket,
                source,
            ),
        ],
        implied: vec![],
        notes: vec![],
    })
}
