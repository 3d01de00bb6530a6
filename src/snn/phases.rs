//! Two-phase thresholds: for a first stretch of its steps every unit has higher or lower ones.

use super::{IntegrateFire, Model, NEVER, Population, Readout, Tracking};
use serde::{Deserialize, Serialize};

/// The first of two phases. In it every unit's thresholds are 2^`octaves` times as large, and so
/// is, where `rescaled`, what a spike adds to the membranes behind it. Both end with the unit's own
/// step `steps`; since populations are aligned ([`Population::depth`]), what was sent in it is
/// received in it.
///
/// Chips would write thresholds and weight exponents at the switch; what that costs is not priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPhase {
    /// Steps of a unit's own that it lasts.
    pub steps: usize,
    /// Power of two of the factor, -4 to 4.
    pub octaves: i32,
    /// Whether a spike carries what its threshold took off.
    pub rescaled: bool,
}

impl FirstPhase {
    /// A population's units as they are in this phase. V(0) / th stays. Units that follow a curve
    /// have no thresholds: networks with both are refused where they enter.
    pub fn of(&self, population: &Population) -> Model {
        debug_assert!(!matches!(population.model, Model::Curve(_)), "curves have no two phases");
        // Currents of an analogue layer are no spikes.
        let spiking = |shift: &[u8]| match self.rescaled && !population.analogue {
            true => shift.iter().map(|&k| (i32::from(k) + self.octaves) as u8).collect(),
            false => shift.to_vec(),
        };
        let all = |values: &[i32]| values.iter().map(|&v| self.scaled(v)).collect();
        match &population.model {
            Model::If(unit) => Model::If(IntegrateFire {
                fire_above: all(&unit.fire_above),
                reset_above: all(&unit.reset_above),
                fire_below: all(&unit.fire_below),
                reset_below: all(&unit.reset_below),
                initial: all(&unit.initial),
                shift: spiking(&unit.shift),
                burst: self.most(unit.burst),
                ..unit.clone()
            }),
            Model::Tracking(unit) => Model::Tracking(Tracking {
                above: all(&unit.above),
                below: all(&unit.below),
                shift: spiking(&unit.shift),
                most_up: self.most(unit.most_up),
                most_down: self.most(unit.most_down),
                ..unit.clone()
            }),
            Model::Readout(unit) => {
                Model::Readout(Readout { shift: spiking(&unit.shift), bias: unit.bias.clone() })
            }
            Model::Pool(_) | Model::Relay | Model::Curve(_) | Model::Cuba(_) | Model::Input(_) => {
                population.model.clone()
            }
        }
    }

    /// Spikes of a step in this phase, of `most` in the other: together they weigh no more, since
    /// such a limit may be the clip of an activation. A unit that sends any sends one at least.
    fn most(&self, most: i32) -> i32 {
        match self.rescaled && self.octaves > 0 {
            true => (most >> self.octaves).max(most.min(1)),
            false => most,
        }
    }

    /// A threshold of this phase, at least 1.
    fn scaled(&self, threshold: i32) -> i32 {
        match threshold {
            NEVER | 0 => threshold,
            _ if self.octaves < 0 => (threshold >> -self.octaves).max(1),
            _ => threshold.saturating_mul(1 << self.octaves),
        }
    }

    /// What a spike of a unit's own step (1-based) weighs.
    pub fn weight(&self, step: usize) -> i32 {
        self.weights()[usize::from(step > self.steps)]
    }

    /// What a spike of this phase weighs against one of the next where counts of both are summed:
    /// `[this, next]`.
    pub fn weights(&self) -> [i32; 2] {
        match self.rescaled {
            true => [1 << self.octaves.max(0), 1 << (-self.octaves).max(0)],
            false => [1, 1],
        }
    }
}
