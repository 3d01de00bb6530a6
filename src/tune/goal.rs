//! What a search asks for.

use crate::detect::compare::{self, Pair};
use crate::energy::Band;
use crate::eval::{Checkpoint, Picture};
use serde::{Deserialize, Serialize};

/// What is to become small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Error of the heads, at no more synaptic operations than the untuned network's.
    Accuracy,
    /// Time until the network first agrees as the untuned one does at its end.
    Latency,
    /// Emulated joules, those of events and of powered chips.
    Energy,
    /// Synaptic operations.
    Sops,
    /// Error and joules together; no constraint.
    Pareto,
}

impl Objective {
    /// How many constraints come with it.
    fn constraints(self) -> usize {
        match self {
            Objective::Latency | Objective::Energy | Objective::Sops => 2,
            Objective::Accuracy | Objective::Pareto => 1,
        }
    }
}

/// What a network has come to at a checkpoint; means per picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// See [`crate::eval::head_error`].
    pub error: f64,
    /// Of the boxes with the float network's ([`compare::agreement`]); 1 where that sees none.
    pub agreement: f64,
    /// F1 of the boxes against the float network's ([`compare::f1`]); 1 where neither sees any.
    pub f1: f64,
    pub synaptic_operations: f64,
    /// Millijoules of events, and of powered chips.
    pub dynamic_mj: Band,
    pub static_mj: Band,
    pub latency_ms: Band,
}

impl Figures {
    /// Emulated joules of the chips.
    pub fn energy_mj(&self) -> Band {
        self.dynamic_mj + self.static_mj
    }
}

/// What a network came to on some pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// By checkpoint; at least one.
    pub at: Vec<Figures>,
    /// Errors of the heads at the end, by picture.
    pub errors: Vec<f64>,
}

impl Measure {
    /// At the end of the run.
    pub fn end(&self) -> &Figures {
        &self.at[self.at.len() - 1]
    }

    /// The first checkpoint whose boxes agree at least so well.
    pub fn reaches(&self, agreement: f64) -> Option<usize> {
        self.at.iter().position(|at| at.agreement >= agreement)
    }
}

/// Sums up pictures that were read at the same checkpoints; `None` without pictures or checkpoints.
pub fn measure(pictures: &[&Picture]) -> Option<Measure> {
    let checkpoints = pictures.first()?.at.len();
    let errors =
        |at: usize| pictures.iter().filter_map(|p| p.at[at].head_error).collect::<Vec<f64>>();
    let figures = |at: usize| {
        let mean = |of: &dyn Fn(&Checkpoint) -> f64| {
            pictures.iter().map(|p| of(&p.at[at])).sum::<f64>() / pictures.len() as f64
        };
        let all = || pictures.iter().map(|p| &p.at[at]);
        let pair = |p: &&Picture| Pair {
            reference: p.float.at(at).cloned().unwrap_or_default(),
            found: p.at[at].detections.clone(),
        };
        let pairs: Vec<Pair> = pictures.iter().map(pair).collect();
        Figures {
            error: mean_of(&errors(at)),
            agreement: compare::agreement(&pairs).mean.unwrap_or(1.0),
            f1: compare::f1(&pairs).unwrap_or(1.0),
            synaptic_operations: mean(&|at| at.synaptic_operations as f64),
            dynamic_mj: Band::mean(all().map(|at| at.energy_pj)) * 1e-9,
            static_mj: Band::mean(all().map(|at| at.static_pj)) * 1e-9,
            latency_ms: Band::mean(all().map(|at| at.time.into())) * 1e-9,
        }
    };
    (checkpoints > 0).then(|| Measure {
        at: (0..checkpoints).map(figures).collect(),
        errors: errors(checkpoints - 1),
    })
}

/// 0 of nothing.
fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Standard error of a mean; 0 of less than two values.
fn standard_error(values: &[f64]) -> f64 {
    let (count, mean) = (values.len() as f64, mean_of(values));
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { (squares / (count - 1.0) / count).sqrt() }
}

/// Standard errors by which the error must keep below what may be lost. Of many trials that are as good by the mean of
/// some pictures, the best is one to which these pictures were kind: on others it is worse.
const MARGIN: f64 = 1.0;

/// An objective beside the untuned network.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    pub objective: Objective,
    pub untuned: Measure,
    /// What may be lost: of agreement, and as a share of the error or of the operations.
    pub tolerance: f64,
}

/// How good a point is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Natural logarithms of costs over the untuned network's, each to become small: one, or two of a
    /// [`Objective::Pareto`].
    pub values: Vec<f64>,
    /// By how much each constraint is missed, at least one: of agreement or F1 the larger difference, of error and operations
    /// the logarithm of the ratio; 0 and below: it is met.
    pub misses: Vec<f64>,
}

impl Score {
    /// Of what the chip refuses: four times the cost, and no agreement.
    pub fn refused(objective: Objective) -> Score {
        let values = if objective == Objective::Pareto { 2 } else { 1 };
        Score { values: vec![4f64.ln(); values], misses: vec![1.0; objective.constraints()] }
    }

    /// Whether the constraints are met.
    pub fn feasible(&self) -> bool {
        self.excess() <= 0.0
    }

    /// By how much the constraint that is farthest from it is missed.
    pub fn excess(&self) -> f64 {
        self.misses.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

impl Goal {
    /// That still counts.
    pub fn least_agreement(&self) -> f64 {
        self.untuned.end().agreement - self.tolerance
    }

    pub fn score(&self, measure: &Measure) -> Score {
        let (new, old) = (measure.end(), self.untuned.end());
        // What a cut off trial saw are the first pictures.
        let pairs = measure.errors.iter().zip(&self.untuned.errors);
        let changes: Vec<f64> =
            pairs.map(|(new, old)| new - (1.0 + self.tolerance) * old).collect();
        let margin = MARGIN * standard_error(&changes);
        let error = ratio(new.error, old.error);
        let operations = ratio(new.synaptic_operations, old.synaptic_operations);
        let energy = ratio(new.energy_mj().nominal, old.energy_mj().nominal);
        // Of ratios the logarithm, in which a model sees both small and large ones.
        let over = |ratio: f64| logarithm(ratio) - (1.0 + self.tolerance).ln();
        // Apart, since the one is smooth and the other moves by boxes.
        let boxes = (self.least_agreement() - new.agreement).max(old.f1 - self.tolerance - new.f1);
        let loss = vec![over(ratio(new.error + margin, old.error)), boxes];
        let (values, misses) = match self.objective {
            Objective::Accuracy => (vec![error], vec![over(operations)]),
            Objective::Latency => {
                (vec![ratio(self.time_ms(measure), self.time_ms(&self.untuned))], loss)
            }
            Objective::Energy => (vec![energy], loss),
            Objective::Sops => (vec![operations], loss),
            Objective::Pareto => (vec![error, energy], vec![0.0]),
        };
        Score { values: values.into_iter().map(logarithm).collect(), misses }
    }

    /// When a network first agrees; what never does counts twice its whole time.
    fn time_ms(&self, measure: &Measure) -> f64 {
        let reached = measure.reaches(self.least_agreement());
        let at = |checkpoint: usize| measure.at[checkpoint].latency_ms.nominal;
        reached.map_or(2.0 * measure.end().latency_ms.nominal, at)
    }
}

/// A network that sends nothing costs nothing; the logarithm of that would be no number.
fn logarithm(ratio: f64) -> f64 {
    ratio.max(1e-6).ln()
}

/// 1 where there was nothing, and is nothing.
fn ratio(new: f64, old: f64) -> f64 {
    match old > 0.0 {
        true => new / old,
        false if new > 0.0 => f64::MAX.sqrt(),
        false => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(error: f64, agreement: f64, synaptic_operations: f64) -> Measure {
        let exactly = Band::exactly;
        let (dynamic_mj, static_mj) = (exactly(synaptic_operations / 100.0), exactly(1.0));
        let end = Figures {
            error,
            agreement,
            f1: 1.0,
            synaptic_operations,
            dynamic_mj,
            static_mj,
            latency_ms: exactly(4.0),
        };
        let early =
            |agreement, latency_ms| Figures { agreement, latency_ms: exactly(latency_ms), ..end };
        Measure { at: vec![early(0.1, 1.0), early(0.5, 2.0), end], errors: vec![error; 3] }
    }

    fn score(objective: Objective, new: &Measure) -> Score {
        Goal { objective, untuned: measure(0.2, 0.8, 100.0), tolerance: 0.02 }.score(new)
    }

    #[test]
    fn costs_count_where_the_network_agrees() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let cheap = score(Objective::Sops, &measure(0.2, 0.8, 50.0));
        close(cheap.values[0], 0.5f64.ln());
        assert!(cheap.feasible());
        close(score(Objective::Energy, &measure(0.2, 0.8, 50.0)).values[0], 0.75f64.ln());
        // Less agreement, or more error, than may be lost.
        close(score(Objective::Sops, &measure(0.2, 0.7, 1.0)).excess(), 0.08);
        close(score(Objective::Sops, &measure(0.25, 0.8, 1.0)).excess(), (1.25f64 / 1.02).ln());
        let mut fewer = measure(0.2, 0.8, 50.0);
        fewer.at[2].f1 = 0.9;
        close(score(Objective::Sops, &fewer).excess(), 0.08);
        // As good by the mean, but not by that and its standard error.
        let mut kind = measure(0.2, 0.8, 50.0);
        kind.errors = vec![0.1, 0.2, 0.3];
        close(
            score(Objective::Sops, &kind).excess(),
            ((0.2 + 0.1 / 3f64.sqrt()) / 0.2 / 1.02).ln(),
        );
        let dear = score(Objective::Accuracy, &measure(0.1, 0.8, 150.0));
        close(dear.values[0], 0.5f64.ln());
        close(dear.excess(), (1.5f64 / 1.02).ln());
    }

    #[test]
    fn latency_is_the_time_to_agree() {
        let mut fast = measure(0.2, 0.8, 100.0);
        fast.at[1].agreement = 0.79;
        assert_eq!(score(Objective::Latency, &fast).values[0], 0.5f64.ln());
        let never = score(Objective::Latency, &measure(0.2, 0.6, 100.0));
        assert_eq!((never.values[0], never.feasible()), (2f64.ln(), false));
    }
}
