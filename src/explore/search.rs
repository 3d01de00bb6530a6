//! A study from its start to the best chip and what made it so.

use super::trial::{self, MissingOr};
use super::{Design, Error, Measured, Refusal, Role, Study, Trial};
use crate::sweep::{Point, Record};
use crate::tune::Search;
use rustc_hash::FxHashMap;
use std::path::Path;

/// How a study is searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One after the other, each from the start.
    pub searches: Vec<Search>,
    /// Designs of each search, the start included; at least one.
    pub budget: usize,
    /// Seed of the searches.
    pub seed: u64,
    /// Share of the heads' error that may be added.
    pub tolerance: f64,
}

/// What a study came to.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// Each design once, in the order of trying; the first is the start.
    pub trials: Vec<Trial>,
    /// The numbers of each search's trials, the start first.
    pub searches: Vec<(Search, Vec<usize>)>,
    /// Of those that dominate the start in energy and latency at no more error, the one of least
    /// energy times latency times memory, without changes that do not lower that product. `None`:
    /// none dominates.
    pub best: Option<usize>,
    /// What each change of it brings.
    pub causes: Vec<Cause>,
}

/// The best design with one change taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Index of the changed variable.
    pub variable: usize,
    /// Number of the trial.
    pub trial: usize,
}

/// Runs a study. `run` gives the result of a point, from `dir` or by running it; `told` hears of
/// every design.
///
/// # Errors
/// Those of `run`; the start is refused; the optimiser refuses the space.
pub fn explore(
    study: &Study,
    plan: &Plan,
    dir: &Path,
    run: impl FnMut(&Point) -> Result<Record, Error>,
    told: impl FnMut(),
) -> Result<Exploration, Error> {
    let (trials, known) = (vec![], FxHashMap::default());
    let mut bench = Bench { study, plan, dir, run, told, trials, known };
    let start = bench.tried(study.space.begin(), Role::Start)?;
    bench.refuse_a_refused_start()?;
    let mut searches = vec![];
    for &search in &plan.searches {
        let mut own = vec![start];
        while own.len() < plan.budget {
            let so_far: Vec<Trial> = own.iter().map(|&n| bench.trials[n].clone()).collect();
            let point = search.next(plan.seed, plan.budget, &so_far, &study.space)?;
            let design = study.space.design(&point);
            if so_far.iter().any(|trial| trial.design == design) {
                // The space holds nothing else.
                break;
            }
            own.push(bench.tried(design, Role::Search(search))?);
            (bench.told)();
        }
        searches.push((search, own));
    }
    let (best, causes) = match bench.best() {
        None => (None, vec![]),
        Some(best) => {
            let (best, causes) = bench.stripped(best)?;
            (Some(best), causes)
        }
    };
    Ok(Exploration { trials: bench.trials, searches, best, causes })
}

/// Tries designs, each once.
struct Bench<'a, R, T> {
    study: &'a Study,
    plan: &'a Plan,
    dir: &'a Path,
    run: R,
    told: T,
    trials: Vec<Trial>,
    known: FxHashMap<Design, usize>,
}

impl<R: FnMut(&Point) -> Result<Record, Error>, T: FnMut()> Bench<'_, R, T> {
    /// The number of the trial of a design.
    fn tried(&mut self, design: Design, role: Role) -> Result<usize, Error> {
        if let Some(&n) = self.known.get(&design) {
            return Ok(n);
        }
        let measured = self.measured(&design)?;
        let start = self.trials.first().map_or(&measured, |start| &start.measured);
        let ratios = trial::ratios(&measured, start);
        let score = trial::score(ratios, self.plan.tolerance);
        let point = self.study.space.point(&design);
        let n = self.trials.len();
        self.known.insert(design.clone(), n);
        self.trials.push(Trial { role, design, point, measured, ratios, score });
        Ok(n)
    }

    fn measured(&mut self, design: &Design) -> Result<Vec<Measured>, Error> {
        let networks = &self.study.networks;
        let chip = match self.study.chip(design)? {
            Ok(chip) => chip,
            Err(refusal) => {
                let refused = Measured { id: String::new(), figures: Err(refusal) };
                return Ok(vec![refused; networks.len()]);
            }
        };
        let mut all = vec![];
        for (n, network) in networks.iter().enumerate() {
            let record = (self.run)(&self.study.point(design, &chip, n))?;
            let figures = match trial::figures(&record, chip.memory_mbit) {
                Ok(figures) => Ok(figures),
                Err(MissingOr::Refused(refusal)) => Err(refusal),
                Err(MissingOr::Failed(Refusal { code, message })) => {
                    return Err(Error::Failed { network: network.name.clone(), code, message });
                }
                Err(MissingOr::Missing(column)) => {
                    let (network, dir) = (network.name.clone(), self.dir.to_owned());
                    return Err(Error::Column { network, column, dir });
                }
            };
            all.push(Measured { id: record.id, figures });
        }
        Ok(all)
    }

    fn refuse_a_refused_start(&self) -> Result<(), Error> {
        let measured = self.trials.iter().flat_map(|start| &start.measured);
        for (measured, network) in measured.zip(&self.study.networks) {
            if let Err(refusal) = &measured.figures {
                let (code, message) = (refusal.code.clone(), refusal.message.clone());
                return Err(Error::Start { network: network.name.clone(), code, message });
            }
        }
        Ok(())
    }

    /// See [`Exploration::best`], before it is stripped.
    fn best(&self) -> Option<usize> {
        let dominates = |n: &usize| self.trials[*n].dominates_start();
        // The first of equals.
        (0..self.trials.len())
            .filter(dominates)
            .min_by(|&a, &b| self.worth(a).total_cmp(&self.worth(b)))
    }

    /// Energy times latency times memory over the start's: the energy-delay-area product of chip
    /// designers.
    fn worth(&self, n: usize) -> f64 {
        self.trials[n]
            .ratios
            .map_or(f64::INFINITY, |[energy, latency, memory, _]| energy * latency * memory)
    }

    /// The design without changes that bring nothing, and what each of the others brings.
    fn stripped(&mut self, mut best: usize) -> Result<(usize, Vec<Cause>), Error> {
        'again: loop {
            let design = self.trials[best].design.clone();
            let mut causes = vec![];
            for variable in self.study.space.changed(&design) {
                let without = self.study.space.without(&design, variable);
                let trial = self.tried(without, Role::Without)?;
                (self.told)();
                let dominates = self.trials[trial].dominates_start();
                if dominates && self.worth(trial) <= self.worth(best) {
                    best = trial;
                    continue 'again;
                }
                causes.push(Cause { variable, trial });
            }
            return Ok((best, causes));
        }
    }
}
