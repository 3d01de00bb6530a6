//! One network on several profiles: a folder each, `profiles.csv` and one table.

use super::advice;
use super::demonstration::Ran;
use super::json;
use super::output;
use super::run::Task;
use super::work::Trouble;
use super::{Error, Result};
use crate::import::Network;
use crate::pipeline;
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Folder, Forms, ProfileRow};
use std::path::{Path, PathBuf};

/// Converts, maps and emulates for every profile by itself: what a chip is too narrow for shapes
/// the conversion. A chip that refuses is a row, not the end.
pub fn run(task: &Task, profiles: Vec<Profile>, folder: Folder, forms: &Forms) -> Result<()> {
    let work = task.candidates.first();
    let title = title(task, &profiles);
    let folders = report::profile_folders(&profiles);
    let mut rows = vec![];
    let mut notes = vec![];
    for (profile, name) in profiles.into_iter().zip(&folders) {
        if let Network::Placed(network) = &work.network.network {
            // Each report has them; they do not depend on the chip.
            notes = pipeline::notes(network, task.settings(&profile).steps);
        }
        rows.push(one(task, profile, name, folder.path(), forms)?);
    }
    let path = finish(folder, &title, &rows)?;
    output::table(report::profiles_table(&title, &rows))?;
    json::print_csv(&path, report::PROFILES)?;
    for note in notes.iter().chain(&work.odd()) {
        output::line(shown(note))?;
    }
    output::written(&path)?;
    if rows.iter().all(|row| row.status() == "refused") {
        let commands = advice::commands_of(rows.iter().map(|row| row.reason.as_str()));
        return Err(Error::AllRefuse { network: work.network.name.clone(), commands }.into());
    }
    Ok(())
}

/// Ends a folder whose profiles have folders of their own: the table of them all, and its page.
pub fn finish(folder: Folder, title: &str, rows: &[ProfileRow]) -> Result<PathBuf> {
    let (dir, kind) = (folder.path(), report::FolderKind::Other);
    report::write_profiles(dir, rows)?;
    report::write_folder(dir, kind, title, &super::command_line())?;
    Ok(folder.finish()?)
}

/// The folder of one profile in that of all.
pub fn folder_of(dir: &Path, name: &str) -> Result<PathBuf> {
    let path = dir.join(name);
    std::fs::create_dir(&path)
        .map_err(|source| report::Error::Create { path: path.clone(), source })?;
    Ok(path)
}

fn title(task: &Task, profiles: &[Profile]) -> String {
    let work = task.candidates.first();
    let (network, count, inputs) = (&work.network.name, profiles.len(), work.inputs());
    format!("{network} on {count} profiles, inputs: {inputs}")
}

fn one(task: &Task, profile: Profile, name: &str, dir: &Path, forms: &Forms) -> Result<ProfileRow> {
    let settings = task.settings(&profile);
    let Ran { prepared, outcomes, stand_in } = match task.candidates.on(&profile, &settings, None) {
        Ok(ran) => ran,
        Err(Trouble::Chain(error)) if error.is_refusal() => {
            let network = &task.candidates.first().network.name;
            let reason = task.explained(Trouble::Chain(error), &profile, &settings).to_string();
            return Ok(ProfileRow::refused(name, network, reason));
        }
        Err(trouble) => return Err(trouble.into()),
    };
    let (setup, profile) = (&prepared.setup, prepared.profile());
    let dir = folder_of(dir, name)?;
    report::write_run_in(&dir, setup, profile, &outcomes, forms)?;
    if let Some((retimed, mapping)) = prepared.placed() {
        report::write_mapping(&dir, &retimed.network, mapping)?;
    }
    Ok(ProfileRow::ran(name, setup, profile, &outcomes).standing_in(stand_in))
}
