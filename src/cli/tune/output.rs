//! A search from its folds to its report.

use super::bench::{Asked, Bench, Subject};
use super::folds::folds;
use crate::cli::journal;
use crate::cli::progress::Progress;
use crate::cli::{Error, Result, json, output};
use crate::convert::Recipe;
use crate::detect::Tally;
use crate::pipeline::Setup;
use crate::report::{self, Folder, Judged, Tuning};
use crate::tune::{self, Plan};
use std::path::Path;

/// What a tuned network leaves beside the tables.
pub struct Tuned<'a> {
    pub setup: Setup,
    /// What of the labels was left out, if anything can be.
    pub tally: Option<Tally>,
    /// What its command does, in words.
    pub says: &'static str,
    /// The command, by the folder that was written.
    pub hint: Box<dyn Fn(&Path) -> String + 'a>,
}

/// The folder to write.
pub fn folder(asked: Asked) -> Result<Folder> {
    let name = format!("tune-{}", asked.imported.name);
    Ok(match &asked.arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &name),
    }?)
}

/// Searches on the inputs of `data`, judges what was found on others, and writes both. `tuned`
/// writes the network of a recipe and its steps into a folder; one input that judged has a number.
pub fn searched<'a, S: Subject>(
    bench: &Bench<S>,
    data: &Path,
    folder: Folder,
    tuned: impl FnOnce(&Bench<S>, &Recipe, usize, &Path, usize) -> Result<Tuned<'a>>,
) -> Result<()> {
    let Asked { arguments, imported, profile } = bench.asked;
    let folds = folds(arguments, data, bench.subject.inputs())?;
    let plan = Plan {
        space: bench.subject.space(&bench.untuned, bench.steps)?,
        objective: arguments.objective.into(),
        tolerance: arguments.tolerance,
        budget: arguments.budget,
        pictures: folds[0].seen.len(),
    };
    let mut journal = journal::open(&folder, "", &bench.parts(&plan, &folds)?)?;
    let trials = folds.len() * arguments.runs().len() * arguments.budget;
    let (progress, told) = Progress::of_steps("searching", trials);
    let (mut searches, mut found) = (vec![], vec![]);
    for (n, fold) in folds.iter().enumerate() {
        let trials = bench.search(&plan, (n, fold), &mut journal, &told)?;
        let first = trials.first().and_then(|trials| tune::best(trials));
        // Every search has at least the untuned network, which is eligible.
        let best = first.ok_or(Error::NoTrial)?;
        found.push((bench.recipe(&plan, &best.point), plan.space.steps(&best.point)));
        searches.extend(trials);
    }
    drop(progress);
    let mut judged = vec![];
    for (fold, (recipe, steps)) in folds.iter().zip(&found) {
        let untuned = bench.judged(&bench.untuned, bench.steps, &fold.judged)?;
        let tuned = bench.judged(recipe, *steps, &fold.judged)?;
        let both = |(untuned, tuned)| Judged { untuned, tuned, steps: *steps };
        judged.extend(untuned.into_iter().zip(tuned).map(both));
    }
    let (recipe, steps) = found[0].clone();
    let Tuned { setup, tally, says, hint } =
        tuned(bench, &recipe, steps, folder.path(), folds[0].judged[0])?;
    let mark = setup.mark();
    let tuning = Tuning {
        noun: S::NOUN,
        timing: arguments.timing.into(),
        title: format!("{} on {}{mark}, T = {}", imported.name, profile.name, bench.steps),
        plan,
        untuned: bench.subject.told(&bench.untuned),
        tuned: found.iter().map(|(recipe, _)| bench.subject.told(recipe)).collect(),
        searches,
        judged,
        seed: arguments.seed,
    };
    let table = report::write_tuning(folder.path(), &tuning, &arguments.plots.plots())?;
    report::write_judged_manifest(
        folder.path(),
        &setup,
        profile,
        &tuning.heading(),
        tally.as_ref(),
    )?;
    report::write_folder(
        folder.path(),
        report::FolderKind::Search,
        &tuning.heading(),
        &setup.command,
    )?;
    let path = folder.finish()?;
    journal.remove()?;
    output::table(&table)?;
    json::print_csv(&path, report::TUNING)?;
    if let Some(tally) = &tally {
        output::line(format_args!("\n{tally}"))?;
    }
    output::line(format_args!("\nwritten to {}; {says}", path.display()))?;
    output::line(format_args!("  {}", hint(&path)))
}
