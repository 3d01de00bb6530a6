//! `eval` on several chips: a folder each as of one, and one table of all.

use super::{Arguments, Evaluated, Place};
use crate::cli::{self, Error, Result, advice, json, output};
use crate::eval::Row;
use crate::journal::Done;
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Folder};

/// A chip that refuses is a row, not the end.
pub fn run(
    arguments: &Arguments,
    network: &str,
    profiles: &[Profile],
    folder: Folder,
    on: impl Fn(&Profile, Place) -> Result<Evaluated>,
) -> Result<()> {
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
    // As titles call them.
    let mut marked: Vec<String> = vec![];
    let name = |profile: &Profile| match names.iter().filter(|name| **name == profile.name).count()
    {
        1 => profile.name.clone(),
        // Files of one name in several folders.
        _ => format!("{} ({})", profile.name, profile.provenance.asked),
    };
    let (mut rows, mut folders, mut below): (Vec<Row>, _, _) = (vec![], vec![], vec![]);
    let mut journals = vec![];
    for (profile, own) in profiles.iter().zip(report::profile_folders(profiles)) {
        let dir = folder.path().join(&own);
        std::fs::create_dir(&dir)
            .map_err(|source| report::Error::Create { path: dir.clone(), source })?;
        let place = Place { dir: &dir, folder: &folder, part: &format!(".{own}") };
        match on(profile, place) {
            Ok(evaluated) => {
                let called = name(profile);
                let named = |row: Row| Row { profile: called.clone(), ..row };
                rows.extend(evaluated.rows.into_iter().map(named));
                folders.push(own);
                marked.push(format!("{}{}", profile.name, evaluated.mark));
                below = evaluated.below;
                journals.push(evaluated.journal);
            }
            Err(failure) if failure.is_refusal() => {
                // Nothing is in it.
                let _ = std::fs::remove_dir_all(&dir);
                marked.push(profile.name.clone());
                rows.push(Row::refusal(&name(profile), failure.to_string()));
            }
            Err(failure) => return Err(failure),
        }
    }
    let dir = folder.path();
    let title = format!("{network} on {}", marked.join(", "));
    report::write_accuracy(dir, &rows)?;
    report::write_convergence(dir, &title, &rows, &arguments.plots.plots())?;
    report::write_chips_manifest(dir, &title, &cli::command_line(), &folders)?;
    report::write_folder(dir, report::FolderKind::Evaluation, &title, &cli::command_line())?;
    let path = folder.finish()?;
    journals.into_iter().try_for_each(Done::remove)?;
    output::line(format_args!("{}; energies and times are means per input\n", shown(&title)))?;
    output::table(report::chips_table(&rows))?;
    json::print_csv(&path, report::ACCURACY)?;
    // Inputs and labels are the same for all.
    below.iter().try_for_each(output::line)?;
    output::line("")?;
    output::written(&path)?;
    match folders.is_empty() {
        true => {
            let reasons = rows.iter().filter_map(|row| row.refused.as_deref());
            let commands = advice::commands_of(reasons);
            Err(Error::AllRefuse { network: network.into(), commands }.into())
        }
        false => Ok(()),
    }
}
