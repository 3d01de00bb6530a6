//! Which point is tried next.

use super::goal::Score;
use super::trials::Trial;
use egobox_ego::{CorrelationSpec, EgorServiceBuilder, RegressionSpec};
use egobox_ndarray::{Array1, Array2};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Expected improvement under a Gaussian process, after Sobol points.
    Bayes,
    /// Scrambled Sobol points.
    Sobol,
    /// Uniform points.
    Random,
}

/// A search cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("the optimiser refuses the search: {0}; choose another --search")]
pub struct Error(String);

impl Search {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Search::Bayes => "bayes",
            Search::Sobol => "sobol",
            Search::Random => "random",
        }
    }

    /// The point after `trials`, of which the first is the untuned network, of a search that will take
    /// `budget` in all. It depends on nothing else, and on the trials of `bayes` only.
    ///
    /// # Errors
    /// The optimiser does not take the space; it has no reason to.
    pub fn next(
        self,
        seed: u64,
        budget: usize,
        trials: &[Trial],
        dimensions: usize,
    ) -> Result<Vec<f64>, Error> {
        let number = trials.len();
        match self {
            Search::Random => Ok(random(seed, number, dimensions)),
            Search::Sobol => Ok(sobol(seed, number, dimensions)),
            Search::Bayes if number <= design(budget, dimensions) => {
                let mut point = sobol(seed, number, dimensions);
                let untuned = trials.iter().take(1).flat_map(|trial| &trial.point);
                point.iter_mut().zip(untuned).for_each(|(x, start)| *x = (*x + start) / 2.0);
                Ok(point)
            }
            Search::Bayes => bayes(seed, trials, dimensions),
        }
    }
}

/// Sobol points before the first model, each drawn halfway to the untuned network, where the constraints are
/// met: a quarter of the budget, no more than two for each variable.
fn design(budget: usize, dimensions: usize) -> usize {
    (budget / 4).clamp(3, 2 * dimensions + 2)
}

fn random(seed: u64, number: usize, dimensions: usize) -> Vec<f64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ ((number as u64) << 32));
    (0..dimensions).map(|_| random.random()).collect()
}

fn sobol(seed: u64, number: usize, dimensions: usize) -> Vec<f64> {
    // The crate knows 256 dimensions; more take a second scramble.
    let coordinate =
        |d: u32| f64::from(sobol_burley::sample(number as u32 - 1, d % 256, seed as u32 + d / 256));
    (0..dimensions as u32).map(coordinate).collect()
}

fn bayes(seed: u64, trials: &[Trial], dimensions: usize) -> Result<Vec<f64>, Error> {
    let number = trials.len();
    let columns = |score: &Score| score.values.len();
    let objectives = trials.first().map_or(1, |trial| columns(&trial.score));
    let points = Array2::from_shape_fn((number, dimensions), |(n, d)| trials[n].point[d]);
    let constraints = trials.first().map_or(1, |trial| trial.score.misses.len());
    let results = Array2::from_shape_fn((number, objectives + constraints), |(n, column)| {
        let score = &trials[n].score;
        // A refusal has as many of both.
        score.values.iter().chain(&score.misses).nth(column).copied().unwrap_or(1.0)
    });
    let limits = Array2::from_shape_fn((dimensions, 2), |(_, end)| end as f64);
    let egor = EgorServiceBuilder::optimize()
        .configure(|config| {
            config
                .configure_gp(|gp| {
                    gp.regression_spec(RegressionSpec::CONSTANT).correlation_spec(CorrelationSpec::MATERN52)
                })
                .n_obj(objectives)
                .n_cstr(constraints)
                .cstr_tol(Array1::zeros(constraints))
                .cstr_infill(true)
                .seed(seed.wrapping_add(number as u64))
        })
        .min_within(&limits)
        .map_err(|error| Error(error.to_string()))?;
    let point: Vec<f64> = egor.suggest(&points, &results).row(0).iter().map(|x| x.clamp(0.0, 1.0)).collect();
    let known = trials.iter().any(|trial| trial.point == point);
    // A point that is no number, or tried already, teaches nothing.
    match known || point.iter().any(|x| !x.is_finite()) {
        true => Ok(sobol(seed, number, dimensions)),
        false => Ok(point),
    }
}
