//! Loihi 1: the whole chip, and networks whose neuro-cores were measured.

pub(super) mod blouw;
pub(super) mod chip;
pub(super) mod lsnn;
pub(super) mod ntidigits;
pub(super) mod nxtf;

use super::emulate::{Emulated, emulate, swept};
use super::network::{Core, Rate, core};
use super::{Error, Kind, Row, Test};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::profile::{self, Profile};
use crate::snn::sparse::SparseNetwork;
use std::ops::Range;

const CORES_PER_TILE: usize = 4;
const STEPS: usize = 50;

const UNKNOWN_RATES: &str = "Firing rates were not published: all neurons and inputs fire in 1 to 20 % of the steps, 4.5 % nominal, \
                             evenly spread.";

/// Both accounts of the chip.
fn profiles() -> Result<[Profile; 2], Error> {
    Ok([profile::load("loihi1-davies2018")?, profile::load("loihi1-sanafe")?])
}

/// Cores by number, tile by tile.
fn cores(numbers: Range<usize>) -> Vec<Core> {
    numbers.map(|number| core(number, CORES_PER_TILE)).collect()
}

/// Dynamic nJ and microseconds of a step over the usual rates.
fn step(profile: &Profile, network: impl Fn(Rate) -> SparseNetwork) -> Result<(Band, Band), Error> {
    let mut times = vec![];
    let energy = swept(|rate| {
        let run: Emulated = emulate(network(rate), profile, STEPS, Timing::Event)?;
        times.push(run.step_us());
        Ok(run.step_nj(profile))
    })?;
    let mut times = times.into_iter();
    let time = swept(|_| Ok(Band::exactly(times.next().unwrap_or(0.0))))?;
    Ok((energy, time))
}

/// A figure that depends on rates nobody published.
fn bracket(
    profile: &Profile,
    (quantity, unit): (&str, &'static str),
    measured: f64,
    predicted: Band,
    source: &'static str,
) -> Row {
    Row {
        kind: Kind::Prediction,
        profile: profile.name.clone(),
        quantity: quantity.into(),
        unit,
        measured,
        predicted,
        test: Test::Bracket,
        source,
    }
}
