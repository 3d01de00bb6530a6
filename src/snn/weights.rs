//! Weights of a projection, in as few bytes as their bits need.

use crate::kernel::Blocks;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Weight steps, in bytes up to 8 bits and in words up to 16. Networks that were made of one
/// another share them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub enum Weights {
    /// Steps of at most 8 bits.
    Bytes(Arc<[i8]>),
    /// Steps of more bits.
    Words(Arc<[i16]>),
    /// Bytes in the order in which kernels read them: [`Network::packed`](super::Network::packed).
    Blocks(Arc<Blocks>),
}

/// As files hold them.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Weights")]
enum Plain {
    Bytes(Arc<[i8]>),
    Words(Arc<[i16]>),
}

impl From<Plain> for Weights {
    fn from(plain: Plain) -> Weights {
        match plain {
            Plain::Bytes(steps) => Weights::Bytes(steps),
            Plain::Words(steps) => Weights::Words(steps),
        }
    }
}

impl From<Weights> for Plain {
    fn from(weights: Weights) -> Plain {
        match weights {
            Weights::Bytes(steps) => Plain::Bytes(steps),
            Weights::Words(steps) => Plain::Words(steps),
            Weights::Blocks(blocks) => Plain::Bytes(blocks.steps().into()),
        }
    }
}

impl Weights {
    /// `steps` of at most `bits` bits, the sign included.
    pub fn new(steps: Vec<i16>, bits: u32) -> Weights {
        match bits {
            // The caller's bits hold them.
            ..=8 => Weights::Bytes(steps.into_iter().map(|step| step as i8).collect()),
            _ => Weights::Words(steps.into()),
        }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        match self {
            Weights::Bytes(steps) => steps.len(),
            Weights::Words(steps) => steps.len(),
            Weights::Blocks(blocks) => blocks.count(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether one of them is zero.
    pub fn has_zeros(&self) -> bool {
        match self {
            Weights::Bytes(steps) => steps.contains(&0),
            Weights::Words(steps) => steps.contains(&0),
            Weights::Blocks(blocks) => blocks.steps().contains(&0),
        }
    }

    /// Weight `n` in steps.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn get(&self, n: usize) -> i32 {
        match self {
            Weights::Bytes(steps) => steps[n].into(),
            Weights::Words(steps) => steps[n].into(),
            Weights::Blocks(blocks) => {
                let (row, output) = (n / blocks.outputs(), n % blocks.outputs());
                blocks.get(row, output..output + 1).map(i32::from).sum()
            }
        }
    }

    /// Shows weights `of` a row of `outputs`, with their places in it. There is a row for each tap
    /// and input.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn row(
        &self,
        row: usize,
        outputs: usize,
        of: Range<usize>,
        mut show: impl FnMut(usize, i32),
    ) {
        let steps = row * outputs + of.start..row * outputs + of.end;
        match self {
            Weights::Bytes(all) => of.zip(&all[steps]).for_each(|(o, &step)| show(o, step.into())),
            Weights::Words(all) => of.zip(&all[steps]).for_each(|(o, &step)| show(o, step.into())),
            Weights::Blocks(all) => {
                of.clone().zip(all.get(row, of)).for_each(|(o, step)| show(o, step.into()))
            }
        }
    }
}

impl Default for Weights {
    fn default() -> Weights {
        Weights::Bytes(Arc::default())
    }
}
