//! Leaky integrate-and-fire units with a synaptic current, in the integers of Loihi 1.
//!
//! Found on traces of the chip: decays are twelve bits, products are cut **toward zero**, a unit
//! fires strictly above its threshold, and a spike leaves the current as it is. Plain
//! integrate-and-fire units are the same without decays, leaky ones the same without a current
//! that lasts, and units that are only read never fire.

use super::{Class, NEVER};
use serde::{Deserialize, Serialize};

/// A decay of everything: nothing is left after a step.
pub const ALL: u16 = 4096;

/// Units with a current `u` and a potential `v`, both 0 before the first step. With `x` the sum of
/// weights that arrive in a step:
///
/// ```text
/// u = trunc(u (4096 - current_decay) / 4096) + (x << shift) + drive
/// v = trunc(v (4096 - decay) / 4096) + u + bias
/// ```
///
/// Both are clamped to `saturation`. A unit fires if `v > threshold`, once a step; then `v` becomes
/// its reset value or loses the threshold. For `refractory` steps after that `v` stays and no
/// threshold is tested, while `u` goes on. All by channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cuba {
    /// Of 4096 parts of the current, those that a step takes; [`ALL`] where none lasts.
    pub current_decay: Vec<u16>,
    /// The same of the potential; 0 without a leak.
    pub decay: Vec<u16>,
    /// [`NEVER`] for units that are read.
    pub threshold: Vec<i32>,
    /// What a spike does to the potential.
    pub reset: CubaReset,
    /// Added to the potential in every step.
    pub bias: Vec<i32>,
    /// Added to the current in every step, unless a constant current is fed.
    pub drive: Vec<i32>,
    /// Membrane units per weight step, as a power of two; 6 plus the weight exponent on Loihi.
    pub shift: Vec<u8>,
    /// Steps after a spike in which the potential rests.
    pub refractory: u8,
    /// Largest magnitude of current and potential.
    pub saturation: i32,
}

/// What a spike does to the potential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CubaReset {
    /// It becomes this, by channel.
    To(Vec<i32>),
    /// The threshold is subtracted.
    Subtract,
}

impl Cuba {
    /// Whether a current lasts longer than its step.
    pub fn keeps_current(&self) -> bool {
        self.current_decay.iter().any(|&decay| decay != ALL)
    }

    /// Whether any potential leaks.
    pub fn leaks(&self) -> bool {
        self.decay.iter().any(|&decay| decay != 0)
    }

    /// Whether its units fire at all; else they are read.
    pub fn fires(&self) -> bool {
        self.threshold.iter().any(|&threshold| threshold != NEVER)
    }

    /// The cost class.
    pub fn class(&self) -> Class {
        match (self.fires(), self.keeps_current(), self.leaks()) {
            (false, false, false) => Class::Readout,
            (false, ..) => Class::Li,
            (true, true, _) => Class::Cuba,
            (true, false, true) => Class::Lif,
            (true, false, false) => Class::If,
        }
    }
}
