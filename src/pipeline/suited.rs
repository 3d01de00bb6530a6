//! What a chip means for the choices that were left to the program: the recipe, and how many steps
//! it takes.

use crate::ann::Graph;
use crate::convert::{self, Chip, Recipe};
use crate::profile::{Profile, Sync};

/// Steps of an inference, where nobody chose them.
pub const STEPS: usize = 8;

/// The same for plain units, which find in some tens of steps what units that take spikes back find
/// in eight.
const PLAIN_STEPS: usize = 32;

/// The recipe on the chip of `profile`, where nobody chose one: the best that it can run, or could
/// without its limits if they are dropped (`idealised`).
pub fn default_recipe(profile: &Profile, idealised: bool) -> Recipe {
    Recipe::best_on(&chip(profile, idealised))
}

/// Steps of an inference with that recipe.
pub fn default_steps(profile: &Profile, idealised: bool) -> usize {
    if chip(profile, idealised).tracks { STEPS } else { PLAIN_STEPS }
}

/// Recipes that are compared where nobody chose any.
pub fn usual_recipes(graph: &Graph) -> Vec<Recipe> {
    match convert::has_curves(graph) {
        // Units of `paper` follow none.
        true => vec![Recipe::best()],
        false => vec![Recipe::default(), Recipe::best()],
    }
}

/// The plainest recipe that `graph` takes: where a search begins if nobody says where.
pub fn plain_recipe(graph: &Graph) -> Recipe {
    if convert::has_curves(graph) { Recipe::best() } else { Recipe::default() }
}

fn chip(profile: &Profile, idealised: bool) -> Chip {
    // No flag gives a chip steps.
    let has_steps = !matches!(profile.clock.sync, Sync::Async { .. });
    if idealised {
        return Chip {
            steps: has_steps,
            tracks: has_steps,
            reads_membranes: true,
            weight_bits: None,
        };
    }
    let models = &profile.capabilities.neuron_models;
    let runs = |class: &str| models.is_empty() || models.iter().any(|model| model == class);
    let limits = &profile.limits;
    // Weights of b bits have 2^b - 1 values.
    let of_levels = limits.weight_levels.map(|levels| levels.saturating_add(1).ilog2());
    Chip {
        steps: has_steps,
        tracks: has_steps && runs("tracking"),
        reads_membranes: runs("readout"),
        weight_bits: limits.weight_bits.into_iter().chain(of_levels).min().map(|bits| bits.max(2)),
    }
}
