//! `eval` on several chips: a folder each as of one, and one table of all.

use super::{Arguments, Evaluated};
use crate::cli::{self, Error, Result, json, output};
use crate::eval::Row;
use crate::plain::shown;
use crate::profile::Profile;
use crate::report::{self, Folder};
use std::path::Path;

/// A chip that refuses is a row, not the end.
pub fn run(
    arguments: &Arguments,
    network: &str,
    profiles: &[Profile],
    folder: Folder,
    on: impl Fn(&Profile, &Path) -> Result<Evaluated>,
) -> Result<()> {
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
    let title = format!("{network} on {}{mark}", names.join(", "));
    let (mut rows, mut folders, mut below): (Vec<Row>, _, _) = (vec![], vec![], vec![]);
    for (profile, name) in profiles.iter().zip(report::profile_folders(profiles)) {
        let dir = folder.path().join(&name);
        std::fs::create_dir(&dir)
            .map_err(|source| report::Error::Create { path: dir.clone(), source })?;
        match on(profile, &dir) {
            Ok(evaluated) => {
                rows.extend(evaluated.rows);
                folders.push(name);
                below = evaluated.below;
            }
            Err(failure) if failure.is_refusal() => {
                // Nothing is in it.
                let _ = std::fs::remove_dir_all(&dir);
                rows.push(Row::refusal(&profile.name, failure.to_string()));
            }
            Err(failure) => return Err(failure),
        }
    }
    let dir = folder.path();
    report::write_accuracy(dir, &rows)?;
    report::write_convergence(dir, &title, &rows, &arguments.plots.plots())?;
    report::write_chips_manifest(dir, &title, &cli::command_line(), &folders)?;
    let path = folder.finish()?;
    output::line(format_args!("{}; energies and times are means per input\n", shown(&title)))?;
    output::table(report::chips_table(&rows))?;
    json::print_csv(&path, report::ACCURACY)?;
    // Inputs and labels are the same for all.
    below.iter().try_for_each(output::line)?;
    output::line(format_args!("\nwritten to {}", path.display()))?;
    match folders.is_empty() {
        true => Err(Error::AllRefuse { network: network.into() }.into()),
        false => Ok(()),
    }
}
