//! Which point is tried next.

use super::goal::Score;
use super::trials::{Run, best};
use egobox_ego::{CorrelationSpec, EgorServiceBuilder, RegressionSpec};
use egobox_ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Expected improvement under a Gaussian process, after Sobol points; all near the best so far.
    Bayes,
    /// Scrambled Sobol points.
    Sobol,
    /// Uniform points.
    Random,
}

/// What a search moves in: the unit cube, where several points may stand for one thing.
pub trait Cube {
    /// The point that a search begins with.
    fn start(&self) -> Vec<f64>;
    /// The point that stands for all points that mean the same.
    fn snapped(&self, point: &[f64]) -> Vec<f64>;
}

/// A point and what it came to; the first one of a search is its start.
pub trait Tried {
    /// Values of its variables.
    fn point(&self) -> &[f64];
    /// How good it is.
    fn score(&self) -> &Score;
    /// Given up early: never the best one.
    fn stopped(&self) -> bool {
        false
    }
}

/// A search cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The optimiser refuses its input.
    #[error("the optimiser refuses the search: {0}; choose another --search")]
    Optimiser(String),
    /// Of an earlier search that was cut off.
    #[error(
        "the journal's trial {number} of {}, seed {}, is not what this search comes to; choose \
         another --out, or move the journal away", run.search.name(), run.seed
    )]
    Known {
        /// Which search.
        run: Run,
        /// Number of the trial.
        number: usize,
    },
}

impl Search {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Search::Bayes => "bayes",
            Search::Sobol => "sobol",
            Search::Random => "random",
        }
    }

    /// The point after `trials`, of which the first is the start, of a search that will take
    /// `budget` in all. It depends on nothing else. What was tried already is passed over.
    ///
    /// # Errors
    /// The optimiser does not take the space; it has no reason to.
    pub fn next(
        self,
        seed: u64,
        budget: usize,
        trials: &[impl Tried],
        space: &impl Cube,
    ) -> Result<Vec<f64>, Error> {
        let dimensions = space.start().len();
        let first_modelled = 1 + design(budget, dimensions);
        let region = match self {
            Search::Bayes => region(trials, first_modelled),
            _ => vec![[0.0, 1.0]; dimensions],
        };
        let modelled = match self {
            Search::Bayes if trials.len() >= first_modelled => {
                Some(improving(seed, trials, &region)?)
                    .filter(|point| point.iter().all(|x| x.is_finite()))
            }
            _ => None,
        };
        let drawn = (0..ATTEMPTS).map(|attempt| {
            // Beyond the budget: these are the numbers of no other trial.
            let number = trials.len().saturating_add(attempt.saturating_mul(budget));
            // A box that holds nothing new is too narrow.
            self.drawn(seed, number, &region, attempt as f64 / ATTEMPTS as f64)
        });
        let mut points = modelled.into_iter().chain(drawn).map(|point| space.snapped(&point));
        let new = |point: &Vec<f64>| !trials.iter().any(|trial| trial.point() == point);
        // A space may hold nothing else.
        Ok(points.find(new).unwrap_or_else(|| space.start()))
    }

    /// The `number`th point without a model, in `region` and a share `wider` of what is around it.
    fn drawn(self, seed: u64, number: usize, region: &[[f64; 2]], wider: f64) -> Vec<f64> {
        let unit = match self {
            Search::Random => random(seed, number, region.len()),
            _ => sobol(seed, number, region.len()),
        };
        let within = |(x, [low, high]): (f64, &[f64; 2])| {
            let [low, high] = [low - wider * low, high + wider * (1.0 - high)];
            low + x * (high - low)
        };
        unit.into_iter().zip(region).map(within).collect()
    }
}

/// Points that are drawn in the hope of a network that was not tried.
const ATTEMPTS: usize = 64;

fn random(seed: u64, number: usize, dimensions: usize) -> Vec<f64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ (number as u64).rotate_left(32));
    (0..dimensions).map(|_| random.random()).collect()
}

fn sobol(seed: u64, number: usize, dimensions: usize) -> Vec<f64> {
    // The crate knows 2^16 points; drawn again and again, the first ones are no news and are passed
    // over.
    let number = (number.saturating_sub(1) % (1 << 16)) as u32;
    // Both halves of a large seed count.
    let seed = (seed ^ (seed >> 32)) as u32;
    // It knows 256 dimensions; more take a second scramble.
    let coordinate =
        |d: u32| f64::from(sobol_burley::sample(number, d % 256, seed.wrapping_add(d / 256)));
    (0..dimensions as u32).map(coordinate).collect()
}

/// Half the width of the box in which the next point is looked for: at first, at most and at least.
const HALF: f64 = 0.25;
const WIDEST: f64 = 0.5;
const NARROWEST: f64 = 0.05;

/// What the box grows by after a trial that is better than all before it, and what it shrinks to
/// after so many in a row that are not.
const GROWTH: f64 = 1.5;
const SHRINKAGE: f64 = 0.6;
const PATIENCE: usize = 3;

/// Sobol points before the first model: a quarter of the budget, no more than two for each
/// variable.
fn design(budget: usize, dimensions: usize) -> usize {
    (budget / 4).clamp(3, 2 * dimensions + 2)
}

/// The box of the next point, by variable: a trust region (Eriksson et al. 2019) around the best
/// trial that keeps the constraints. Far from it there are too few trials for a model to know
/// anything. Of two objectives there is no best trial, and all of the space is of interest.
fn region(trials: &[impl Tried], first_modelled: usize) -> Vec<[f64; 2]> {
    let cost = |n: usize| best(&trials[..n]).and_then(|t| t.score().values.last().copied());
    let (mut half, mut failures) = (HALF, 0);
    for n in first_modelled..trials.len() {
        if cost(n + 1) < cost(n) {
            (half, failures) = ((half * GROWTH).min(WIDEST), 0);
        } else {
            failures += 1;
        }
        if failures == PATIENCE {
            (half, failures) = ((half * SHRINKAGE).max(NARROWEST), 0);
        }
    }
    if trials.iter().any(|trial| trial.score().values.len() > 1) {
        half = 1.0;
    }
    let around = |x: &f64| [(x - half).max(0.0), (x + half).min(1.0)];
    best(trials).map_or(vec![], |trial| trial.point().iter().map(around).collect())
}

/// The point of `region` from which most improvement is expected.
fn improving(seed: u64, trials: &[impl Tried], region: &[[f64; 2]]) -> Result<Vec<f64>, Error> {
    let (number, dimensions) = (trials.len(), region.len());
    let objectives = trials.first().map_or(1, |trial| trial.score().values.len());
    let constraints = trials.first().map_or(1, |trial| trial.score().misses.len());
    let points = Array2::from_shape_fn((number, dimensions), |(n, d)| trials[n].point()[d]);
    let results = Array2::from_shape_fn((number, objectives + constraints), |(n, column)| {
        let score = trials[n].score();
        // A refusal has as many of both.
        score.values.iter().chain(&score.misses).nth(column).copied().unwrap_or(1.0)
    });
    let limits = Array2::from_shape_fn((dimensions, 2), |(d, end)| region[d][end]);
    let egor = EgorServiceBuilder::optimize()
        .configure(|config| {
            config
                .configure_gp(|gp| {
                    gp.regression_spec(RegressionSpec::CONSTANT)
                        .correlation_spec(CorrelationSpec::MATERN52)
                })
                .n_obj(objectives)
                .n_cstr(constraints)
                .cstr_tol(Array1::zeros(constraints))
                .cstr_infill(true)
                .seed(seed.wrapping_add(number as u64))
        })
        .min_within(&limits)
        .map_err(|error| Error::Optimiser(error.to_string()))?;
    let point = egor.suggest(&points, &results);
    Ok(point.row(0).iter().zip(region).map(|(x, [low, high])| x.clamp(*low, *high)).collect())
}
