//! Loihi 1: the whole chip, and networks whose neuro-cores were measured.

pub(super) mod blouw;
pub(super) mod chip;
pub(super) mod lsnn;
pub(super) mod ntidigits;
pub(super) mod nxtf;
pub(super) mod pilotnet;
pub(super) mod quartz;

use super::emulate::{Emulated, emulate};
use super::network::{Core, Rate, core};
use super::{Driver, Error, Kind, RATES, Row, Test, drivers};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Profile};
use crate::snn::sparse::SparseNetwork;
use std::ops::Range;

const CORES_PER_TILE: usize = 4;
const STEPS: usize = 50;

const UNKNOWN_RATES: &str = "Firing rates were not published: all neurons and inputs fire in 1 to \
                             20 % of the steps, 4.5 % nominal, evenly spread.";

/// Both accounts of the chip.
fn profiles() -> Result<[Profile; 2], Error> {
    Ok([profile::load("loihi1-davies2018")?, profile::load("loihi1-sanafe")?])
}

/// Cores by number, tile by tile.
fn cores(numbers: Range<usize>) -> Vec<Core> {
    numbers.map(|number| core(number, CORES_PER_TILE)).collect()
}

/// A step of a network whose rates nobody published.
struct Step {
    /// Dynamic nJ.
    energy: Predicted,
    /// Microseconds.
    time: Predicted,
}

/// A figure with what moves it.
struct Predicted {
    band: Band,
    drivers: Vec<Driver>,
}

/// A step over the usual rates.
fn step(profile: &Profile, network: impl Fn(Rate) -> SparseNetwork) -> Result<Step, Error> {
    let run = |profile: &Profile, rate| emulate(network(rate), profile, STEPS, Timing::Event);
    let runs = RATES.into_iter().map(|rate| run(profile, rate)).collect::<Result<Vec<_>, _>>()?;
    let [low, nominal, high] = &runs[..] else { unreachable!("a run for each rate") };
    let energy = {
        let ends = [low, nominal, high].map(|run| run.step_nj(profile));
        let band = Band { low: ends[0].low, nominal: ends[1].nominal, high: ends[2].high };
        let mut drivers = drivers::of_energies(profile, |moved| nominal.step_nj(moved).nominal)?;
        let [low, high] = [ends[0].nominal, ends[2].nominal];
        drivers.push(Driver { name: "firing rates".into(), low, high });
        Predicted { band, drivers: drivers::sorted(drivers) }
    };
    let [low, nominal, high] = [low, nominal, high].map(Emulated::step_us);
    let mut drivers = drivers::of_times(profile, |moved| Ok(run(moved, RATES[1])?.step_us()))?;
    drivers.push(Driver { name: "firing rates".into(), low, high });
    let time = Predicted { band: Band { low, nominal, high }, drivers: drivers::sorted(drivers) };
    Ok(Step { energy, time })
}

/// A figure that depends on rates nobody published.
fn bracket(
    profile: &Profile,
    (quantity, unit): (&str, &'static str),
    measured: f64,
    predicted: Band,
    source: &'static str,
) -> Row {
    let quantity = (quantity.into(), unit);
    Row::plain(
        Kind::Prediction,
        &profile.name,
        quantity,
        measured,
        predicted,
        Test::Bracket,
        source,
    )
}

/// Microseconds of one embedded processor in a step with so many injected spikes.
fn processor(profile: &Profile, injected: f64) -> Band {
    let costs = profile.costs.processor.as_ref();
    costs.map_or(Band::default(), |costs| {
        Band::of(&costs.management_ns, 1e-3) + Band::of(&costs.injection_ns, injected * 1e-3)
    })
}
