//! What to do about a refusal, where that has to be computed: what is advised was tried.

use super::{Error, Failure};
use crate::ann::Graph;
use crate::convert::Recipe;
use crate::pipeline::{self, Calibration, fitting};
use crate::profile::Profile;

/// A conversion that went wrong, as it can be tried again.
pub struct Tried<'a> {
    pub graph: &'a Graph,
    pub profile: &'a Profile,
    pub recipe: &'a Recipe,
    pub calibration: Calibration<'a>,
}

impl Tried<'_> {
    /// An error of the chain, and where numbers do not fit the membranes a recipe whose numbers do.
    pub fn explained(&self, error: pipeline::Error) -> Failure {
        match error.is_narrow() {
            true => Error::Narrow { error, fits: self.fits() }.into(),
            false => error.into(),
        }
    }

    /// A part of a sentence on recipes whose numbers fit the membranes.
    pub fn fits(&self) -> String {
        match fitting(self.graph, self.profile, self.recipe, self.calibration) {
            Some(recipe) => format!("with --recipe {recipe} the numbers fit"),
            None => {
                "norm=layer, smaller bursts and weights of fewer bits were tried, and none of them makes the \
                     numbers fit"
                    .into()
            }
        }
    }
}
