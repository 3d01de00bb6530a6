//! Heat maps: where on the chip, where in the picture, and when.

mod bill;
mod boxes;
mod canvas;
mod colour;
mod comparison;
mod congestion;
mod convergence;
mod conversion;
mod cores;
mod mesh;
mod pareto;
mod raster;
mod rates;
mod rows;
mod scale;
mod space;

pub use boxes::{Panel, draw_boxes};
pub(super) use comparison::write as write_comparison;
pub(super) use convergence::write as write_convergence;
pub(super) use pareto::write as write_pareto;

use super::{Error, Glance};
use crate::convert::LayerLoss;
use crate::pipeline::{Outcome, Setup};
use crate::profile::Profile;
use std::path::Path;

/// The lines over every plot.
struct Heading {
    title: String,
    input: String,
    idealised: bool,
}

impl Heading {
    fn new(setup: &Setup, profile: &Profile, outcome: &Outcome) -> Heading {
        let steps = outcome.activity.inference_steps;
        Heading {
            title: format!("{} on {}, T = {steps}", setup.network, profile.name),
            input: outcome.input.clone(),
            idealised: setup.idealised,
        }
    }
}

/// Writes all pictures of one input.
pub(super) fn write(
    dir: &Path,
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
) -> Result<(), Error> {
    let heading = Heading::new(setup, profile, outcome);
    let glance = Glance::new(setup, profile, outcome);
    bill::write(dir, &heading, &glance, (&outcome.activity, profile))?;
    cores::write(dir, &heading, &setup.grid, profile, &outcome.activity)?;
    congestion::write(dir, &heading, &setup.grid, &outcome.activity)?;
    raster::write(dir, &heading, &outcome.activity)?;
    space::write(dir, &heading, &outcome.activity)
}

/// Writes the pictures of a conversion.
pub(super) fn write_conversion(
    dir: &Path,
    title: &str,
    input: &str,
    layers: &[LayerLoss],
) -> Result<(), Error> {
    let heading = Heading { title: title.into(), input: input.into(), idealised: false };
    conversion::write(dir, &heading, layers)?;
    rates::write(dir, &heading, layers)
}
