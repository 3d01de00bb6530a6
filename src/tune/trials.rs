//! A search from its first point to its last.

use super::goal::{Goal, Objective, Score};
use super::measure::{Evidence, Measure, measure};
use super::search::{Search, Tried};
use super::space::Space;
use crate::journal::{self, Entry};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which search of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How points are chosen.
    pub search: Search,
    /// Seed of the search.
    pub seed: u64,
    /// Which part of the pictures it does not see, from 0.
    pub fold: usize,
}

/// One point and what it came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Search that it belongs to.
    pub run: Run,
    /// 0 is the untuned network.
    pub number: usize,
    /// In the unit cube.
    pub point: Vec<f64>,
    /// `None`: the chip refuses it.
    pub measure: Option<Measure>,
    /// How good it is.
    pub score: Score,
    /// Given up after the first pictures.
    pub stopped: bool,
}

impl Tried for Trial {
    fn point(&self) -> &[f64] {
        &self.point
    }

    fn score(&self) -> &Score {
        &self.score
    }

    fn stopped(&self) -> bool {
        self.stopped
    }
}

/// The trials of a search under way, on disk.
pub type Journal = journal::Journal<Trial>;

impl Entry for Trial {
    const FORMAT: &'static str = "spikemesh tune journal";
    const OF: &'static str = "a search";
    const NOUN: &'static str = "trial";

    fn follows(&self, before: &[Trial]) -> bool {
        self.number == before.iter().filter(|other| other.run == self.run).count()
    }
}

impl Journal {
    /// The trials of one search that were made before, in order.
    pub fn known(&self, run: Run) -> Vec<Trial> {
        self.entries().iter().filter(|trial| trial.run == run).cloned().collect()
    }
}

/// What a search does.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What may be varied.
    pub space: Space,
    /// What becomes small.
    pub objective: Objective,
    /// What may be lost; see [`super::Goal::tolerance`].
    pub tolerance: f64,
    /// Trials, the untuned network included; at least one.
    pub budget: usize,
    /// Pictures that the search sees; at least one.
    pub pictures: usize,
}

/// A trial whose error on the first pictures is so many times the untuned network's is given up.
const HOPELESS: f64 = 2.0;

/// Where a run is read: after every eighth of it. The steps of a short run repeat.
pub fn checkpoints(steps: usize) -> Vec<usize> {
    (1..=8).map(|eighth| (steps * eighth).div_ceil(8)).collect()
}

impl Plan {
    /// Where the run of a trial is read. Each reading is work: a search that does not ask when the
    /// boxes agree looks at the end alone.
    pub fn checkpoints(&self, point: &[f64]) -> Vec<usize> {
        let steps = self.space.steps(point);
        match self.objective {
            Objective::Latency => checkpoints(steps),
            _ => vec![steps],
        }
    }

    /// Whether a trial of an earlier search is one that this search can have made at `point`.
    fn comes_to(&self, trial: &Trial, number: usize, point: &[f64], goal: &Goal) -> bool {
        let score = match &trial.measure {
            None => !trial.stopped && trial.score == Score::refused(self.objective),
            Some(measure) => {
                let read =
                    measure.at.len() == self.checkpoints(point).len() && !measure.at.is_empty();
                read && measure.errors.len() <= self.pictures && trial.score == goal.score(measure)
            }
        };
        score && trial.number == number && trial.point == point
    }

    /// Pictures of the first look.
    fn first(&self) -> usize {
        self.pictures.div_ceil(4)
    }
}

/// Runs one search. `known` has the trials of an earlier, cut off one, in order; `prepare` makes a
/// network of a point, `None` where the chip refuses it; `emulate` runs it on some of the pictures;
/// `tell` hears of every trial that is not in `known`.
///
/// # Errors
/// Those of `prepare`, `emulate` and `tell`, and of the optimiser.
pub fn run<P, E: From<super::SearchError>>(
    plan: &Plan,
    which: Run,
    known: &[Trial],
    mut prepare: impl FnMut(&[f64]) -> Result<Option<P>, E>,
    mut emulate: impl FnMut(&P, Range<usize>) -> Result<Vec<Evidence>, E>,
    mut tell: impl FnMut(&Trial) -> Result<(), E>,
) -> Result<Vec<Trial>, E> {
    let mut trials: Vec<Trial> = vec![];
    // Of the untuned network: the first inputs' error, and the goal.
    let mut base: Option<(f64, Goal)> = None;
    while trials.len() < plan.budget {
        let number = trials.len();
        let point = match number {
            0 => plan.space.untuned(),
            _ => which.search.next(which.seed, plan.budget, &trials, &plan.space)?,
        };
        // The untuned network is looked at again: nothing keeps its error on the first pictures,
        // and if it comes out otherwise, so would all others.
        if let (Some(trial), Some((_, goal))) = (known.get(number), &base) {
            if !plan.comes_to(trial, number, &point, goal) {
                return Err(super::SearchError::Known { run: which, number }.into());
            }
            trials.push(trial.clone());
            continue;
        }
        let (measure, score, stopped) = match prepare(&point)? {
            None => (None, Score::refused(plan.objective), false),
            Some(network) => {
                let mut pictures = emulate(&network, 0..plan.first())?;
                let first = summed(&pictures).wrong();
                let stopped = base.as_ref().is_some_and(|(error, _)| first > HOPELESS * error);
                if !stopped {
                    pictures.extend(emulate(&network, plan.first()..plan.pictures)?);
                }
                let measure = summed(&pictures);
                let (_, goal) = base.get_or_insert_with(|| {
                    let (objective, tolerance) = (plan.objective, plan.tolerance);
                    (first, Goal { objective, untuned: measure.clone(), tolerance })
                });
                let score = goal.score(&measure);
                (Some(measure), score, stopped)
            }
        };
        let trial = Trial { run: which, number, point, measure, score, stopped };
        match known.get(number) {
            Some(known) if *known != trial => {
                return Err(super::SearchError::Known { run: which, number }.into());
            }
            Some(_) => {}
            None => tell(&trial)?,
        }
        trials.push(trial);
    }
    Ok(trials)
}

fn summed(pictures: &[Evidence]) -> Measure {
    // A plan has pictures, and each is read at one checkpoint at least.
    measure(&pictures.iter().collect::<Vec<_>>())
        .expect("every plan has a picture, which is read at one checkpoint at least")
}

/// The trial of one search that is best for its objective; of two objectives, the cheapest whose
/// error is no larger than the start's. The start itself is always eligible.
pub fn best<T: Tried>(trials: &[T]) -> Option<&T> {
    let eligible = trials.iter().enumerate().filter(|(number, trial)| {
        let score = trial.score();
        let as_good = score.values.len() == 1 || score.values[0] <= 0.0;
        *number == 0 || score.feasible() && !trial.stopped() && as_good
    });
    let cost = |trial: &T| trial.score().values.last().copied().unwrap_or(0.0);
    // The first of equals.
    eligible.map(|(_, trial)| trial).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// Trials after which a search was first as good as `cost` (see [`best`]); `None`: it never was.
pub fn trials_to_reach(trials: &[Trial], cost: f64) -> Option<usize> {
    let reached = |n: &usize| {
        best(&trials[..*n]).and_then(|t| t.score.values.last().copied()).is_some_and(|c| c <= cost)
    };
    (1..=trials.len()).find(reached)
}
