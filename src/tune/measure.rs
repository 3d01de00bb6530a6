//! What networks come to on inputs: what they see, and what that costs.

use crate::activity::Span;
use crate::detect::compare::{self, Pair};
use crate::energy::Band;
use crate::eval::{Answered, Picture};
use serde::{Deserialize, Serialize};

/// What one input came to, by checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Boxes, which are held against those of the float network.
    Boxes(Picture),
    /// An answer, which is held against a label.
    Label(Answered),
}

impl From<Picture> for Evidence {
    fn from(picture: Picture) -> Evidence {
        Evidence::Boxes(picture)
    }
}

impl From<Answered> for Evidence {
    fn from(answered: Answered) -> Evidence {
        Evidence::Label(answered)
    }
}

/// What an input cost at one checkpoint; energies in picojoules.
struct Spent {
    synaptic_operations: u64,
    dynamic: Band,
    fixed: Band,
    time: Span,
}

impl Evidence {
    fn checkpoints(&self) -> usize {
        match self {
            Evidence::Boxes(picture) => picture.at.len(),
            Evidence::Label(answered) => answered.at.len(),
        }
    }

    /// How wrong it is: the error of the heads, if there is one; of answers 0 or 1.
    fn error(&self, at: usize) -> Option<f64> {
        match self {
            Evidence::Boxes(picture) => picture.at[at].head_error,
            Evidence::Label(answered) => {
                let right = answered.at[at].classes.first() == Some(&answered.label);
                Some(f64::from(u8::from(!right)))
            }
        }
    }

    fn spent(&self, at: usize) -> Spent {
        match self {
            Evidence::Boxes(picture) => {
                let at = &picture.at[at];
                Spent {
                    synaptic_operations: at.synaptic_operations,
                    dynamic: at.energy_pj,
                    fixed: at.static_pj,
                    time: at.time,
                }
            }
            Evidence::Label(answered) => {
                let at = &answered.at[at];
                Spent {
                    synaptic_operations: at.synaptic_operations,
                    dynamic: at.energy_pj,
                    fixed: at.static_pj,
                    time: at.time,
                }
            }
        }
    }

    fn picture(&self) -> Option<&Picture> {
        match self {
            Evidence::Boxes(picture) => Some(picture),
            Evidence::Label(_) => None,
        }
    }
}

/// What a network has come to at a checkpoint; means per input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// See [`crate::eval::head_error`]; this and the next two are `None` of answers.
    pub error: Option<f64>,
    /// Of the boxes with the float network's ([`compare::agreement`]); 1 where that sees none.
    pub agreement: Option<f64>,
    /// F1 of the boxes against the float network's ([`compare::f1`]); 1 where neither sees any.
    pub f1: Option<f64>,
    /// Of answers: share of those that are the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Synaptic operations of an inference, mean over the pictures.
    pub synaptic_operations: f64,
    /// Millijoules of events, mean over the pictures.
    pub dynamic_mj: Band,
    /// Millijoules of powered chips, mean over the pictures.
    pub static_mj: Band,
    /// Milliseconds of an inference, mean over the pictures.
    pub latency_ms: Band,
}

impl Figures {
    /// Emulated joules of the chips.
    pub fn energy_mj(&self) -> Band {
        self.dynamic_mj + self.static_mj
    }

    /// What is to stay: the accuracy of answers, or the agreement of boxes.
    pub fn quality(&self) -> f64 {
        self.accuracy.or(self.agreement).unwrap_or(1.0)
    }

    /// What is wrong: the share of wrong answers, or the error of the heads.
    pub fn wrong(&self) -> f64 {
        self.accuracy.map(|accuracy| 1.0 - accuracy).or(self.error).unwrap_or(0.0)
    }
}

/// What a network came to on some inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// By checkpoint; at least one.
    pub at: Vec<Figures>,
    /// Errors at the end, by input: of the heads, or 1 where the answer is wrong.
    pub errors: Vec<f64>,
}

impl Measure {
    /// At the end of the run.
    pub fn end(&self) -> &Figures {
        &self.at[self.at.len() - 1]
    }

    /// The first checkpoint of at least this quality.
    pub fn reaches(&self, quality: f64) -> Option<usize> {
        self.at.iter().position(|at| at.quality() >= quality)
    }

    /// What is wrong at the end, for ratios. Of answers one more counts as wrong: where none is,
    /// the first wrong one would be infinitely worse.
    pub fn wrong(&self) -> f64 {
        let more = self.end().accuracy.map_or(0.0, |_| 1.0 / self.errors.len().max(1) as f64);
        self.end().wrong() + more
    }
}

/// Sums up inputs that were read at the same checkpoints; `None` without inputs or checkpoints.
pub fn measure(inputs: &[&Evidence]) -> Option<Measure> {
    let checkpoints = inputs.first()?.checkpoints();
    let errors = |at: usize| inputs.iter().filter_map(|p| p.error(at)).collect::<Vec<f64>>();
    let figures = |at: usize| {
        let spent: Vec<Spent> = inputs.iter().map(|input| input.spent(at)).collect();
        let operations: f64 = spent.iter().map(|spent| spent.synaptic_operations as f64).sum();
        Figures {
            synaptic_operations: operations / spent.len() as f64,
            dynamic_mj: Band::mean(spent.iter().map(|spent| spent.dynamic)) * 1e-9,
            static_mj: Band::mean(spent.iter().map(|spent| spent.fixed)) * 1e-9,
            latency_ms: Band::mean(spent.iter().map(|spent| spent.time.into())) * 1e-9,
            ..seen(inputs, &errors(at), at)
        }
    };
    (checkpoints > 0).then(|| Measure {
        at: (0..checkpoints).map(figures).collect(),
        errors: errors(checkpoints - 1),
    })
}

/// What was seen; what it cost is still empty.
fn seen(inputs: &[&Evidence], errors: &[f64], at: usize) -> Figures {
    let pair = |p: &Picture| Pair {
        reference: p.float.at(at).cloned().unwrap_or_default(),
        found: p.at[at].detections.clone(),
    };
    let pairs: Vec<Pair> = inputs.iter().filter_map(|input| input.picture()).map(pair).collect();
    let boxes = !pairs.is_empty();
    Figures {
        error: boxes.then(|| mean_of(errors)),
        agreement: boxes.then(|| compare::agreement(&pairs).mean.unwrap_or(1.0)),
        f1: boxes.then(|| compare::f1(&pairs).unwrap_or(1.0)),
        accuracy: (!boxes).then(|| 1.0 - mean_of(errors)),
        synaptic_operations: 0.0,
        dynamic_mj: Band::default(),
        static_mj: Band::default(),
        latency_ms: Band::default(),
    }
}

/// 0 of nothing.
pub(super) fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
