//! What a search asks for.

use super::measure::{Measure, mean_of};
use serde::{Deserialize, Serialize};

/// What is to become small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Error of the heads, or share of wrong answers, at no more synaptic operations than the
    /// untuned network's.
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

/// Standard error of a mean; 0 of less than two values.
fn standard_error(values: &[f64]) -> f64 {
    let (count, mean) = (values.len() as f64, mean_of(values));
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { (squares / (count - 1.0) / count).sqrt() }
}

/// Standard errors by which the error must keep below what may be lost. Of many trials that are as
/// good by the mean of some pictures, the best is one to which these pictures were kind: on others
/// it is worse.
const MARGIN: f64 = 1.0;

/// An objective beside the untuned network.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// What becomes small.
    pub objective: Objective,
    /// What the untuned network came to.
    pub untuned: Measure,
    /// What may be lost: of agreement or accuracy, and as a share of the error or of the
    /// operations.
    pub tolerance: f64,
}

/// How good a point is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Natural logarithms of costs over the untuned network's, each to become small: one, or two of
    /// a [`Objective::Pareto`].
    pub values: Vec<f64>,
    /// By how much each constraint is missed, at least one: of agreement or F1 the larger
    /// difference, of error and operations the logarithm of the ratio; 0 and below: it is met.
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
    pub fn least_quality(&self) -> f64 {
        self.untuned.end().quality() - self.tolerance
    }

    /// How good a measure is beside the untuned one.
    pub fn score(&self, measure: &Measure) -> Score {
        let (new, old) = (measure.end(), self.untuned.end());
        let error = ratio(measure.wrong(), self.untuned.wrong());
        let operations = ratio(new.synaptic_operations, old.synaptic_operations);
        let energy = ratio(new.energy_mj().nominal, old.energy_mj().nominal);
        let (values, misses) = match self.objective {
            Objective::Accuracy => (vec![error], vec![self.over(operations)]),
            Objective::Latency => {
                let time = ratio(self.time_ms(measure), self.time_ms(&self.untuned));
                (vec![time], self.loss(measure))
            }
            Objective::Energy => (vec![energy], self.loss(measure)),
            Objective::Sops => (vec![operations], self.loss(measure)),
            Objective::Pareto => (vec![error, energy], vec![0.0]),
        };
        Score { values: values.into_iter().map(logarithm).collect(), misses }
    }

    /// By how much a ratio is more than may be lost. Of ratios the logarithm, in which a model sees
    /// both small and large ones.
    fn over(&self, ratio: f64) -> f64 {
        logarithm(ratio) - (1.0 + self.tolerance).ln()
    }

    /// The constraints of a network that is to see what the untuned one does.
    fn loss(&self, measure: &Measure) -> Vec<f64> {
        let (new, old) = (measure.end(), self.untuned.end());
        let lost = self.least_quality() - new.quality();
        let Some((new_f1, old_f1)) = new.f1.zip(old.f1) else {
            // Answers are right or wrong, and few of them are wrong: a share of those would be less
            // than one. What may be lost is one of all.
            return vec![lost + self.margin(measure, 1.0), lost];
        };
        // Apart, since the one is smooth and the other moves by boxes.
        let boxes = lost.max(old_f1 - self.tolerance - new_f1);
        let margin = self.margin(measure, 1.0 + self.tolerance);
        vec![self.over(ratio(new.wrong() + margin, old.wrong())), boxes]
    }

    /// By how much the mean of what this network errs beyond `share` of what the untuned one does
    /// may be off.
    fn margin(&self, measure: &Measure, share: f64) -> f64 {
        // What a cut off trial saw are the first inputs.
        let pairs = measure.errors.iter().zip(&self.untuned.errors);
        let changes: Vec<f64> = pairs.map(|(new, old)| new - share * old).collect();
        MARGIN * standard_error(&changes)
    }

    /// When a network first agrees; what never does counts twice its whole time.
    fn time_ms(&self, measure: &Measure) -> f64 {
        let reached = measure.reaches(self.least_quality());
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
    use super::super::measure::Figures;
    use super::*;
    use crate::energy::Band;

    fn measure(error: f64, agreement: f64, synaptic_operations: f64) -> Measure {
        let exactly = Band::exactly;
        let (dynamic_mj, static_mj) = (exactly(synaptic_operations / 100.0), exactly(1.0));
        let end = Figures {
            error: Some(error),
            agreement: Some(agreement),
            f1: Some(1.0),
            accuracy: None,
            synaptic_operations,
            dynamic_mj,
            static_mj,
            latency_ms: exactly(4.0),
        };
        let early = |agreement, latency_ms| Figures {
            agreement: Some(agreement),
            latency_ms: exactly(latency_ms),
            ..end
        };
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
        fewer.at[2].f1 = Some(0.9);
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

    /// Twenty answers of which these are wrong.
    fn answers(wrong: &[usize], synaptic_operations: f64) -> Measure {
        let errors: Vec<f64> = (0..20).map(|n| f64::from(u8::from(wrong.contains(&n)))).collect();
        let end = Figures {
            error: None,
            agreement: None,
            f1: None,
            accuracy: Some(1.0 - wrong.len() as f64 / 20.0),
            synaptic_operations,
            ..measure(0.0, 1.0, 1.0).at[2]
        };
        Measure { at: vec![end], errors }
    }

    #[test]
    fn answers_may_not_be_lost() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let untuned = answers(&[3], 100.0);
        let goal = |objective, tolerance| Goal { objective, untuned: untuned.clone(), tolerance };
        let sops = goal(Objective::Sops, 0.02);
        let same = sops.score(&answers(&[3], 50.0));
        close(same.values[0], 0.5f64.ln());
        close(same.excess(), -0.02);
        // Right where the untuned network is wrong: no loss, whatever the margin.
        assert!(sops.score(&answers(&[], 50.0)).feasible());
        // One more is wrong: it is missed by that, the tolerance, and the standard error.
        close(sops.score(&answers(&[3, 4], 1.0)).excess(), 0.05 - 0.02 + 0.05);
        close(sops.score(&answers(&[3, 4], 1.0)).misses[1], 0.05 - 0.02);
        assert!(goal(Objective::Sops, 0.11).score(&answers(&[3, 4], 1.0)).feasible());
        // As many are wrong, but others.
        assert!(!sops.score(&answers(&[4], 50.0)).feasible());
        // One more counts as wrong, so that none is no zero.
        let better = goal(Objective::Accuracy, 0.02).score(&answers(&[], 100.0));
        close(better.values[0], 0.5f64.ln());
        assert!(better.feasible());
    }

    #[test]
    fn latency_is_the_time_to_agree() {
        let mut fast = measure(0.2, 0.8, 100.0);
        fast.at[1].agreement = Some(0.79);
        assert_eq!(score(Objective::Latency, &fast).values[0], 0.5f64.ln());
        let never = score(Objective::Latency, &measure(0.2, 0.6, 100.0));
        assert_eq!((never.values[0], never.feasible()), (2f64.ln(), false));
    }
}
