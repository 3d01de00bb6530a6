//! `spikemesh price RUN_DIR --profile OTHER`: a finished run's events under another cost table.

use super::changes::ProfileChanges;
use super::heading;
use super::json::{self, JsonArguments};
use super::output;
use super::paths;
use super::plots::PlotsArguments;
use super::{Error, Result};
use crate::mapping::Grid;
use crate::pipeline::{Outcome, Setup};
use crate::plain::shown;
use crate::profile::{Kind, Profile};
use crate::{energy, report};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder that `run` wrote
    run: PathBuf,
    /// Name of a built-in profile, or a TOML file, whose costs to take
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_parser = paths::text())]
    profile: String,
    #[command(flatten)]
    changes: ProfileChanges,
    /// Folder to write, which must not exist yet; without it only the table is printed
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArguments,
    #[command(flatten)]
    plots: PlotsArguments,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    arguments.json.settle();
    let profile = arguments.changes.load(&arguments.profile)?;
    let mut outcomes = vec![];
    let mut setup = None;
    for folder in report::input_folders(&arguments.run)? {
        let (of_run, outcome) = report::read_activity(&folder)?;
        if setup.replace(of_run.clone()).is_some_and(|before| before != of_run) {
            return Err(Error::SeveralRuns { folder: arguments.run.clone() }.into());
        }
        outcomes.push(outcome);
    }
    let Some(mut setup) = setup else {
        return Err(Error::NoRun { folder: arguments.run.clone() }.into());
    };
    let emulated = setup.profile.clone();
    setup = priced(setup, &outcomes, &profile)?;
    let folder = arguments.out.as_deref().map(report::Folder::create).transpose()?;
    for outcome in &outcomes {
        output::line(report::table(&setup, &profile, outcome, arguments.out.is_some()))?;
    }
    let rests = format!(
        "events, cores and step times are those of the run on {emulated}; \
         only the costs per event and the static power are those of {}",
        profile.name
    );
    output::line(shown(&rests))?;
    // Reports say it, too: what was assumed belongs to that run as well.
    setup.notes.push(rests);
    let glance = |outcome| report::Glance::new(&setup, &profile, outcome);
    let glances: Vec<_> = outcomes.iter().map(glance).collect();
    json::print(arguments.out.as_deref(), &glances)?;
    if let Some(folder) = folder {
        report::write_run(folder.path(), &setup, &profile, &outcomes, &arguments.plots.plots())?;
        output::line(format_args!("written to {}", folder.finish()?.display()))?;
    }
    Ok(())
}

/// The setup of a run whose events take what `profile` says.
///
/// # Errors
/// The chip has other links, or the bill does not add up.
pub fn priced(mut setup: Setup, outcomes: &[Outcome], profile: &Profile) -> Result<Setup> {
    let emulated = std::mem::replace(&mut setup.profile, profile.name.clone());
    setup.profile_sha256 = profile.hash.clone();
    setup.command = super::command_line();
    if let Some(kind) = foreign(&setup.grid, profile.topology.kind) {
        let profile = profile.name.clone();
        return Err(Error::ForeignLinks { emulated, kind, profile }.into());
    }
    for outcome in outcomes {
        energy::balance(&outcome.activity, profile)?;
    }
    Ok(setup)
}

/// The form of a grid whose links a profile for chips of `kind` knows nothing of.
fn foreign(grid: &Grid, kind: Kind) -> Option<&'static str> {
    match (grid.kind, kind) {
        (Kind::TriangularTorus, Kind::TriangularTorus) | (Kind::Star, Kind::Star) => None,
        (Kind::TriangularTorus, _) => Some("triangular torus"),
        (Kind::Star, _) => Some("star"),
        _ => None,
    }
}
