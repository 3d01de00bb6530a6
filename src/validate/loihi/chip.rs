//! The chip at rest.

use super::super::emulate::emulate;
use super::super::network::{Builder, Rate};
use super::super::{Case, Error, Kind, Row, Test};
use super::{bracket, cores};
use crate::activity::Span;
use crate::energy::{Band, static_energy};
use crate::pipeline::Timing;
use crate::profile;

/// A step in which nothing happens.
pub(in super::super) fn silent() -> Result<Case, Error> {
    let profile = profile::load("loihi1-davies2018")?;
    let mut builder = Builder::default();
    builder.lif(128 * 1024, Rate::SILENT, "dense", &cores(0..128));
    let run = emulate(builder.finish(), &profile, 1, Timing::Event)?;
    let row = Row {
        kind: Kind::Consistency,
        profile: profile.name.clone(),
        quantity: "dynamic energy of a step".into(),
        unit: "uJ",
        measured: 6.8,
        predicted: Band::exactly(run.step_nj(&profile).nominal * 1e-3),
        test: Test::Tolerance(1.0),
        source: "Davies et al. 2018: 52 pJ per inactive neuron, as quoted for the whole chip",
        measured_within: 0.0,
        drivers: vec![],
    };
    Ok(Case {
        name: "loihi-silent",
        title: "Loihi 1, a step of the whole chip without a spike",
        network: "131072 neurons on 128 cores, none of which fires; 1 step".into(),
        assumptions: "None.",
        remark: "Tests that silent neurons are billed. The figure is the designers' simulation, \
                 not silicon.",
        rows: vec![row],
        implied: vec![],
        notes: vec![],
    })
}

/// Power of a chip that does nothing.
pub(in super::super) fn idle() -> Result<Case, Error> {
    let profile = profile::load("loihi1-davies2018")?;
    const PS_PER_S: u64 = 1_000_000_000_000;
    // 1 pJ per second is 1e-9 mW.
    let power = static_energy(&profile, 1, Span::exactly(PS_PER_S)) * 1e-9;
    let quantity = |what: &str| format!("static power, {what}");
    let boards = "Frady et al. 2020: 3.34 W over 32 chips";
    let logs =
        "Blouw et al. 2019, power logs: 96.3 mW after the first run, embedded processors included";
    let mut fitted = bracket(&profile, (&quantity("32-chip board"), "mW"), 104.0, power, boards);
    (fitted.kind, fitted.test) = (Kind::Fitted, Test::Tolerance(5.0));
    Ok(Case {
        name: "loihi-idle",
        title: "Loihi 1, static power of a chip",
        network: "none: one powered chip for a second".into(),
        assumptions: "None.",
        remark: "Boards differ by more than the band of the profile, which begins at 100 mW.",
        rows: vec![
            fitted,
            bracket(&profile, (&quantity("one chip of a board"), "mW"), 96.3, power, logs),
        ],
        implied: vec![],
        notes: vec![],
    })
}
