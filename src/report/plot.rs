//! Pictures: where energy and time go, where on the chip, where in the input, and when.
//!
//! Each file draws one picture with what [`style`] has; [`target`] decides on form and size.

mod bill;
mod boxes;
mod comparison;
mod congestion;
mod convergence;
mod conversion;
mod cores;
mod exploration;
mod mesh;
mod pareto;
mod raster;
mod rates;
mod rows;
mod space;
mod style;
mod target;

pub(super) use bill::GROUPS;
pub use boxes::{Panel, draw_boxes};
pub(super) use comparison::{Bar, UNVERIFIED};
pub(super) use conversion::Loss;
pub(super) use exploration::Chip;
pub(super) use pareto::{Point, Searches};
pub(super) use space::is_spatial;
pub use style::{Drawn, TextBox};
pub(super) use style::{palette, round_step, short};
pub use target::{Format, Plots};

use super::readable::Unit;
use super::{Error, Glance};
use crate::detect::Detection;
use crate::detect::compare::SEEN;
use crate::eval::Row;
use crate::pipeline::{Detections, Outcome, Setup};
use crate::profile::Profile;
use boxes::Boxes;
use std::path::Path;
use target::Target;

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

    /// Lines that say themselves what is idealised.
    fn plain(title: &str, second: &str) -> Heading {
        Heading { title: title.into(), input: second.into(), idealised: false }
    }
}

/// Draws all pictures of one input.
pub(super) fn write(
    dir: &Path,
    plots: &Plots,
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
) -> Result<Vec<Drawn>, Error> {
    let target = Target::new(dir, plots);
    let heading = Heading::new(setup, profile, outcome);
    let glance = Glance::new(setup, profile, outcome);
    let activity = &outcome.activity;
    bill::write(&target, &heading, &glance, (activity, profile))?;
    cores::write(&target, &heading, &setup.grid, profile, activity)?;
    congestion::write(&target, &heading, &setup.grid, activity)?;
    raster::write(&target, &heading, activity)?;
    space::write(&target, &heading, activity)?;
    if let Some(detections) = &outcome.detections {
        detected(&target, &heading, &glance, detections)?;
    }
    Ok(target.drawn())
}

/// `detections`: what the float network and the spiking one see.
fn detected(
    target: &Target,
    heading: &Heading,
    glance: &Glance,
    detections: &Detections,
) -> Result<(), Error> {
    let panel = |title: String, found: &[Detection]| Panel {
        title,
        detections: found.iter().filter(|d| d.score >= SEEN).copied().collect(),
    };
    let [energy, _] = Unit::both(glance);
    let steps = format!("T = {}", glance.counts.steps);
    let mark = if heading.idealised { " (IDEALISED)" } else { "" };
    let takes = format!("{} {}", energy.of(glance.energy_mj.nominal), energy.name);
    let panels = [
        panel("float network".into(), &detections.float),
        panel(format!("spiking{mark}, {steps}, {takes}"), &detections.spiking),
    ];
    let second = format!("{}: boxes of score >= {SEEN}", heading.input);
    let boxes = Boxes {
        heading: vec![heading.title.clone(), second],
        picture: &detections.picture,
        panels: &panels,
        classes: &detections.classes,
    };
    boxes.write(target, "detections")
}

/// Draws the pictures of a conversion.
pub(super) fn write_conversion(
    dir: &Path,
    plots: &Plots,
    title: &str,
    input: &str,
    layers: &[Loss],
) -> Result<Vec<Drawn>, Error> {
    let (target, heading) = (Target::new(dir, plots), Heading::plain(title, input));
    conversion::write(&target, &heading, layers)?;
    rates::write(&target, &heading, layers)?;
    Ok(target.drawn())
}

/// Draws `convergence` of an evaluation.
pub(super) fn write_convergence(
    dir: &Path,
    plots: &Plots,
    title: &str,
    rows: &[Row],
) -> Result<Vec<Drawn>, Error> {
    let target = Target::new(dir, plots);
    let second = "accuracy over all inputs, energies are means per input";
    convergence::write(&target, &Heading::plain(title, second), rows)?;
    Ok(target.drawn())
}

/// Draws `pareto` of searches.
pub(super) fn write_pareto(
    dir: &Path,
    plots: &Plots,
    title: &str,
    searches: &Searches,
) -> Result<Vec<Drawn>, Error> {
    let target = Target::new(dir, plots);
    let second = "trials on the inputs of the search; further left and lower is better";
    pareto::write(&target, &Heading::plain(title, second), searches)?;
    Ok(target.drawn())
}

/// Draws the bars of a comparison as `name`; `csv` is the file with all rows.
pub(super) fn write_comparison(
    dir: &Path,
    plots: &Plots,
    [name, csv]: [&str; 2],
    title: &str,
    bars: &[Bar],
) -> Result<Vec<Drawn>, Error> {
    let target = Target::new(dir, plots);
    comparison::write(&target, name, title, csv, bars)?;
    Ok(target.drawn())
}

/// Draws `explore`: the chips of a study.
pub(super) fn write_exploration(
    dir: &Path,
    plots: &Plots,
    title: &str,
    chips: &[Chip],
) -> Result<Vec<Drawn>, Error> {
    let target = Target::new(dir, plots);
    let second = "chips that were tried; further left and lower is better";
    exploration::write(&target, &Heading::plain(title, second), chips)?;
    Ok(target.drawn())
}
