//! `spikemesh explore [STUDY.toml] --out DIR`: chips that no other one beats.

use super::heading::{self, examples};
use super::json::{self, JsonArguments};
use super::numbers;
use super::output;
use super::paths;
use super::plots::PlotsArguments;
use super::progress::Progress;
use super::sweep::{of_run, table_of};
use super::tune::SearchChoice;
use super::{Result, parse};
use crate::explore::{
    DEFAULT, Error, Exploration, Plan, Study, explore, front, read_spec, spec_of,
};
use crate::report::{self, ACCURACY, Accuracies, EXPLORE, Explored};
use crate::sweep::{Outcome, Point, Results};
use crate::tune::Search;
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most designs of a search.
const MOST_DESIGNS: u64 = 100_000;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// TOML file with the networks, the chip to begin with, and what of it varies
    /// (docs/explore.md) [default: what `explore new` prints]
    study: Option<PathBuf>,
    /// Folder to write; one in which a study was cut off is gone on with
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, required = true, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Designs of a search, the chip to begin with included
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 64, allow_negative_numbers = true,
        value_parser = numbers::whole::<usize>(1, MOST_DESIGNS)
    )]
    budget: usize,
    /// Searches to run, joined by commas; the front is that of all
    #[arg(help_heading = heading::SEARCH)]
    #[arg(long, value_enum, value_delimiter = ',', default_value = "bayes")]
    search: Vec<SearchChoice>,
    /// Share of the heads' error that may be added
    #[arg(help_heading = heading::SEARCH)]
    #[arg(
        long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = numbers::share
    )]
    tolerance: f64,
    /// Seed of the searches
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::seed)]
    seed: u64,
    #[command(flatten)]
    json: JsonArguments,
    #[command(flatten)]
    plots: PlotsArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes the study that is run without a file, to begin one of your own with
    #[command(after_help = examples::EXPLORE_NEW)]
    New,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match (&arguments.action, &arguments.out) {
        (Some(Action::New), _) => output::product(DEFAULT),
        (None, Some(out)) => {
            arguments.json.settle();
            searched(arguments, out)
        }
        // The parser asks for it.
        (None, None) => Ok(()),
    }
}

fn searched(arguments: &Arguments, out: &Path) -> Result<()> {
    let study = match &arguments.study {
        Some(path) => read_spec(path)?,
        None => spec_of(DEFAULT, "the study inside")?,
    };
    each_is_a_run(&study)?;
    let mut searches: Vec<Search> = vec![];
    for search in arguments.search.iter().map(|&search| search.into()) {
        // Twice the same search comes to the same.
        if !searches.contains(&search) {
            searches.push(search);
        }
    }
    let plan = Plan {
        searches,
        budget: arguments.budget,
        seed: arguments.seed,
        tolerance: arguments.tolerance,
    };
    let results = Results::begin(out)?;
    // Once through the changes of the best one: how often it takes is not known before.
    let designs = (plan.budget - 1) * plan.searches.len() + study.space.variables.len();
    let (progress, part) = Progress::of_steps("exploring", designs);
    let run = |point: &Point| Ok(results.known_or_run(point, of_run)?);
    let found = explore(&study, &plan, out, run, || part.step())?;
    drop(progress);
    // What ran is told, whatever its accuracy comes to.
    let (accuracies, failure) = match accuracies(&study, &found, out) {
        Ok(accuracies) => (accuracies, None),
        Err(failure) => (Accuracies::new(), Some(failure)),
    };
    let all = Explored {
        study: &study,
        plan: &plan,
        found: &found,
        accuracies: &accuracies,
        command: super::command_line(),
        plots: arguments.plots.plots(),
    };
    let text = report::write_exploration(out, &all)?;
    output::table(text)?;
    json::print_csv(out, EXPLORE)?;
    if let Some(best) = found.best {
        output::line("\nthe better chip as a profile, and the run again:")?;
        for network in 0..study.networks.len() {
            if let Some(words) = study.words(&found.trials[best].design, network)? {
                output::line(format_args!("  {}", super::quoted(words)))?;
            }
        }
    }
    output::written(out)?;
    failure.map_or(Ok(()), Err)
}

/// Refuses options and values that `run` does not take: as rows of a search, they would look like
/// chips that refuse.
fn each_is_a_run(study: &Study) -> Result<()> {
    let begin = study.space.begin();
    for design in std::iter::once(begin).chain(study.singles()) {
        for network in 0..study.networks.len() {
            let Ok(chip) = study.chip(&design)? else { continue };
            study.point(&design, &chip, network).check().map_err(Error::from)?;
            let Some(words) = study.words(&design, network)? else { continue };
            if let Err(usage) = parse(words.into_iter().skip(1)) {
                return Err(
                    Error::Spec { place: study.place.clone(), reason: usage.message() }.into()
                );
            }
        }
    }
    Ok(())
}

/// What networks see on the chip to begin with, and on those that no other one beats; networks with
/// the same heads see the same.
fn accuracies(study: &Study, found: &Exploration, out: &Path) -> Result<Accuracies> {
    let dir = out.join("accuracy");
    let results = Results::begin(&dir)?;
    let mut known: BTreeMap<(usize, String), Option<f64>> = BTreeMap::new();
    let mut all = Accuracies::new();
    let judged = std::iter::once(0).chain(front(&found.trials, found.best)).chain(found.best);
    for n in judged {
        let trial = &found.trials[n];
        let Ok(chip) = study.chip(&trial.design)? else { continue };
        for (network, measured) in trial.measured.iter().enumerate() {
            let Ok(figures) = &measured.figures else { continue };
            let Some(point) = study.accuracy(&trial.design, &chip, network, figures) else {
                continue;
            };
            let sees = format!("{:?} {} {}", figures.head_error, figures.recipe, figures.steps);
            // Without float values nothing says that two see the same.
            let sees = if figures.head_error.is_none() { point.id() } else { sees };
            let key = (network, sees);
            let accuracy = match known.get(&key) {
                Some(&accuracy) => accuracy,
                None => {
                    let words = point.words_of("eval");
                    let record =
                        results.known_or_run(&point, |_| table_of(words, &dir, ACCURACY))?;
                    if let Outcome::Failed { code, message } = record.outcome {
                        let network = study.networks[network].name.clone();
                        return Err(Error::Failed { network, code, message }.into());
                    }
                    let accuracy = report::last_accuracy(&record);
                    known.insert(key, accuracy);
                    accuracy
                }
            };
            all.insert((n, network), accuracy);
        }
    }
    Ok(all)
}
