//! One network on several profiles: a folder each, `profiles.csv` and one table.

use super::json;
use super::output;
use super::work::{Trouble, Work};
use super::{Error, Result};
use crate::import::Network;
use crate::pipeline::{self, Settings};
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Folder, ProfileRow};
use std::path::Path;

/// Converts, maps and emulates for every profile by itself: what a chip is too narrow for shapes the
/// conversion. A chip that refuses is a row, not the end.
pub fn run(work: &Work, profiles: Vec<Profile>, settings: &Settings, folder: Folder) -> Result<()> {
    let title = title(work, profiles.len(), settings);
    let folders = report::profile_folders(&profiles);
    let mut rows = vec![];
    for (profile, name) in profiles.into_iter().zip(&folders) {
        rows.push(one(work, profile, name, settings, folder.path())?);
    }
    report::write_profiles(folder.path(), &rows)?;
    let path = folder.finish()?;
    output::text(report::profiles_table(&title, &rows))?;
    json::print_csv(&path, report::PROFILES)?;
    if let Network::Placed(network) = &work.network.network {
        // Each report has them; they do not depend on the chip.
        for note in pipeline::notes(network, settings.steps) {
            output::line(shown(&note))?;
        }
    }
    output::line(format_args!("written to {}", path.display()))?;
    if rows.iter().all(|row| row.status() == "refused") {
        return Err(Error::AllRefuse { network: work.network.name.clone() }.into());
    }
    Ok(())
}

fn title(work: &Work, profiles: usize, settings: &Settings) -> String {
    let (network, steps, inputs) = (&work.network.name, settings.steps, work.inputs());
    format!("{network} on {profiles} profiles, T = {steps}, inputs: {inputs}")
}

fn one(
    work: &Work,
    profile: Profile,
    name: &str,
    settings: &Settings,
    dir: &Path,
) -> Result<ProfileRow> {
    let (prepared, outcomes) = match work.on(profile, settings.clone()) {
        Ok(ran) => ran,
        Err(Trouble::Chain(error)) if error.is_refusal() => {
            return Ok(ProfileRow::refused(name, error.to_string()));
        }
        Err(trouble) => return Err(trouble.into()),
    };
    let (setup, profile) = (&prepared.setup, prepared.profile());
    let dir = dir.join(name);
    std::fs::create_dir(&dir)
        .map_err(|source| report::Error::Create { path: dir.clone(), source })?;
    report::write_run(&dir, setup, profile, &outcomes)?;
    if let Some((retimed, mapping)) = prepared.placed() {
        report::write_mapping(&dir, &retimed.network, mapping)?;
    }
    Ok(ProfileRow::ran(name, setup, profile, &outcomes))
}
