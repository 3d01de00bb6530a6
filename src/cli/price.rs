//! `spikemesh price RUN_DIR --profile OTHER`: a finished run's events under another cost table.

use super::across;
use super::changes::ProfileChanges;
use super::heading;
use super::json::{self, JsonArguments};
use super::output;
use super::paths;
use super::plots::PlotsArguments;
use super::{Error, Failure, Result};
use crate::energy;
use crate::mapping::Grid;
use crate::pipeline::{Outcome, Setup};
use crate::plain::shown;
use crate::profile::{Kind, Profile};
use crate::report::{self, Folder, ProfileRow};
use crate::scratch::ScratchFolder;
use clap::Args;
use std::path::{Path, PathBuf};

/// Characters of a line.
const WIDTH: usize = 80;

// Nothing is counted again, and what stands for it alone is refused.
#[derive(Debug, Args)]
#[command(mut_arg("encoding", |option| option.hide(true)))]
pub struct Arguments {
    /// Folder that `run` wrote
    run: PathBuf,
    /// Name of a built-in profile, or a TOML file, whose costs to take; several with commas
    /// between, or `all` built-in ones, each with a row in profiles.csv
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
    if let Some(option) = arguments.changes.beyond_bills() {
        let why = "nothing is counted or timed again, so of --set only energies, powers and \
                   processors of costs, voltage, and update_rule change a bill; `run` the network \
                   with it";
        return Err(Error::Effectless { what: arguments.run.clone(), option, why }.into());
    }
    let profiles = arguments.changes.load_list(&arguments.profile)?;
    let saved = Saved::read(&arguments.run)?;
    let folder = arguments.out.as_deref().map(Folder::create).transpose()?;
    match &profiles[..] {
        [profile] => saved.on_one(arguments, profile, folder),
        _ => saved.on_several(arguments, &profiles, folder),
    }
}

/// A finished run, as its folder has it.
struct Saved {
    setup: Setup,
    outcomes: Vec<Outcome>,
}

impl Saved {
    fn read(run: &Path) -> Result<Saved> {
        let mut outcomes = vec![];
        let mut setup = None;
        for folder in report::input_folders(run)? {
            let (of_run, outcome) = report::read_activity(&folder)?;
            if setup.replace(of_run.clone()).is_some_and(|before| before != of_run) {
                return Err(Error::SeveralRuns { folder: run.into() }.into());
            }
            outcomes.push(outcome);
        }
        let setup = setup.ok_or_else(|| Error::NoRun { folder: run.into() })?;
        Ok(Saved { setup, outcomes })
    }

    /// What the figures rest on; `whose` are the costs.
    fn rests(&self, whose: &str) -> String {
        format!(
            "events, cores and step times are those of the run on {}; \
             only the costs per event and the static power are those of {whose}, \
             which is not asked whether it takes the network",
            self.setup.profile
        )
    }

    /// The setup under the costs of `profile`. Reports say what it rests on, too.
    fn under(&self, profile: &Profile) -> Result<Setup> {
        let mut setup = priced(self.setup.clone(), &self.outcomes, profile)?;
        setup.notes.push(self.rests(&profile.name));
        Ok(setup)
    }

    fn on_one(
        &self,
        arguments: &Arguments,
        profile: &Profile,
        folder: Option<Folder>,
    ) -> Result<()> {
        let setup = self.under(profile)?;
        // It stands first: the heading of the table names the chip whose costs these are.
        told(&self.rests(&profile.name))?;
        for outcome in &self.outcomes {
            output::line(report::table(&setup, profile, outcome, folder.is_some()))?;
        }
        let glance = |outcome| report::Glance::new(&setup, profile, outcome);
        let glances: Vec<_> = self.outcomes.iter().map(glance).collect();
        json::print(arguments.out.as_deref(), &glances)?;
        if let Some(folder) = folder {
            let plots = arguments.plots.plots();
            report::write_run(folder.path(), &setup, profile, &self.outcomes, &plots)?;
            output::written(&folder.finish()?)?;
        }
        Ok(())
    }

    /// A row for each; one that cannot price the run is a row, too.
    fn on_several(
        &self,
        arguments: &Arguments,
        profiles: &[Profile],
        folder: Option<Folder>,
    ) -> Result<()> {
        let mut rows = vec![];
        let mut refusal = None;
        for (profile, name) in profiles.iter().zip(report::profile_folders(profiles)) {
            match self.under(profile) {
                Ok(setup) => {
                    if let Some(folder) = &folder {
                        let dir = across::folder_of(folder.path(), &name)?;
                        let plots = arguments.plots.plots();
                        report::write_run(&dir, &setup, profile, &self.outcomes, &plots)?;
                    }
                    rows.push(self.row(&name, &setup, profile));
                }
                Err(failure) if failure.is_refusal() => {
                    let (network, reason) = (&self.setup.network, failure.to_string());
                    rows.push(ProfileRow::refused(&name, network, reason));
                    refusal = Some(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        self.table(arguments, &rows, folder)?;
        match refusal {
            Some(refusal) if rows.iter().all(|row| row.status() == "refused") => Err(refusal),
            _ => Ok(()),
        }
    }

    /// Limits that were dropped are those of the chip that ran.
    fn row(&self, name: &str, setup: &Setup, profile: &Profile) -> ProfileRow {
        let mut row = ProfileRow::ran(name, setup, profile, &self.outcomes);
        if !row.reason.is_empty() {
            row.reason = format!("the run on {}: {}", self.setup.profile, row.reason);
        }
        row
    }

    /// `profiles.csv`, where a folder was asked for, and the table.
    fn table(
        &self,
        arguments: &Arguments,
        rows: &[ProfileRow],
        folder: Option<Folder>,
    ) -> Result<()> {
        let Setup { network, profile, .. } = &self.setup;
        let (count, inputs) = (rows.len(), self.outcomes.len());
        let title = format!(
            "{network}, events and times of the run on {profile}, costs of {count} profiles, \
             inputs: {inputs}"
        );
        told(&self.rests("each profile"))?;
        output::table(report::profiles_table(&title, rows))?;
        match folder {
            Some(folder) => {
                let path = across::finish(folder, &title, rows)?;
                json::print_csv(&path, report::PROFILES)?;
                output::written(&path)?;
            }
            None if arguments.json.asked() => {
                // JSON is made of a file, which nobody asked for here.
                let parent = std::env::temp_dir();
                let scratch = ScratchFolder::create(&parent)
                    .map_err(|source| report::Error::Create { path: parent, source })?;
                report::write_profiles(scratch.path(), rows)?;
                let rows = report::json_rows(scratch.path(), report::PROFILES)?;
                json::print(None, &rows)?;
            }
            None => {}
        }
        Ok(())
    }
}

/// Prints a sentence in lines as wide as tables.
fn told(sentence: &str) -> Result<()> {
    output::line(report::wrapped(&shown(sentence), WIDTH).join("\n"))
}

/// The setup of a run whose events take what `profile` says.
///
/// # Errors
/// The chip has other links, or draws power for a time that is unknown; the bill does not add up.
pub fn priced(mut setup: Setup, outcomes: &[Outcome], profile: &Profile) -> Result<Setup> {
    let emulated = std::mem::replace(&mut setup.profile, profile.name.clone());
    setup.profile_sha256 = profile.hash.clone();
    setup.command = super::command_line();
    if let Some(kind) = foreign(&setup.grid, profile.topology.kind) {
        let profile = profile.name.clone();
        let error = Error::ForeignLinks { emulated, kind, profile };
        return Err(Failure::from(error).of_refusal());
    }
    let untimed = outcomes.iter().any(|outcome| outcome.activity.time().nominal == 0);
    if untimed && profile.costs.draw_power() {
        let error = Error::Untimed { emulated, profile: profile.name.clone() };
        return Err(Failure::from(error).of_refusal());
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
