//! Weights of a projection, in as few bytes as their bits need.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Weight steps, in bytes up to 8 bits and in words up to 16. Networks that were made of one another share them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    Bytes(Arc<[i8]>),
    Words(Arc<[i16]>),
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

    pub fn len(&self) -> usize {
        match self {
            Weights::Bytes(steps) => steps.len(),
            Weights::Words(steps) => steps.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Weight `n` in steps.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn get(&self, n: usize) -> i32 {
        match self {
            Weights::Bytes(steps) => steps[n].into(),
            Weights::Words(steps) => steps[n].into(),
        }
    }
}

impl Default for Weights {
    fn default() -> Weights {
        Weights::Bytes(Arc::default())
    }
}
