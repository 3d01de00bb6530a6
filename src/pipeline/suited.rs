//! What a chip means for the choices that were left to the program: what `best` is there, and how
//! many steps it takes.

use crate::convert::{Chip, Recipe};
use crate::profile::{Profile, Sync};

/// Steps of an inference, where nobody chose them.
pub const STEPS: usize = 8;

/// The same for plain units, which find in some tens of steps what units that take spikes back find
/// in eight.
const PLAIN_STEPS: usize = 64;

/// `recipe` on the chip of `profile`: `best` becomes what the chip can run.
pub fn suited(recipe: &Recipe, profile: &Profile) -> Recipe {
    recipe.on(&chip(profile))
}

/// Steps of an inference with `recipe`, as it was asked for, where nobody chose them.
pub fn suited_steps(recipe: &Recipe, profile: &Profile) -> usize {
    match recipe.is_best() && !chip(profile).tracks {
        true => PLAIN_STEPS,
        false => STEPS,
    }
}

fn chip(profile: &Profile) -> Chip {
    let models = &profile.capabilities.neuron_models;
    let runs = |class: &str| models.is_empty() || models.iter().any(|model| model == class);
    let has_steps = !matches!(profile.clock.sync, Sync::Async { .. });
    let limits = &profile.limits;
    // Weights of b bits have 2^b - 1 values.
    let of_levels = limits.weight_levels.map(|levels| levels.saturating_add(1).ilog2());
    Chip {
        tracks: has_steps && runs("tracking"),
        reads_membranes: runs("readout"),
        weight_bits: limits.weight_bits.into_iter().chain(of_levels).min().map(|bits| bits.max(2)),
    }
}
