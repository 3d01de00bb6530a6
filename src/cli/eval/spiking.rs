//! `eval` of a network that spikes already: how many recordings or pictures it tells apart.

use super::Arguments;
use crate::cli::progress::Progress;
use crate::cli::stimulus::Stimuli;
use crate::cli::{self, Error, Result, json, output, timing};
use crate::convert::Recipe;
use crate::encode::labelled;
use crate::eval::{self, Answer, Answered};
use crate::import::Imported;
use crate::pipeline::{self, Prepared, Settings, Setup};
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report::{self, Folder, Totals};
use crate::spiking::Graph;
use rayon::prelude::*;
use std::path::Path;

/// Most classes whose order counts.
const TOP: usize = 5;

pub fn run(
    arguments: &Arguments,
    imported: &Imported,
    graph: &Graph,
    profile: &Profile,
) -> Result<()> {
    if arguments.unlabelled {
        return Err(Error::Unlabelled { network: imported.name.clone() }.into());
    }
    let Some(data) = &arguments.data else {
        let what = "a set of labelled recordings or pictures";
        return Err(Error::NamesNothing { option: "--data", what }.into());
    };
    let set = labelled::classified(data)?;
    let mut items = set.items;
    items.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
    let stimuli = Stimuli::new(&arguments.stimulus, graph, items, arguments.seed)?;
    let checkpoints = match &arguments.checkpoints {
        Some(checkpoints) => checkpoints.clone(),
        None => vec![stimuli.steps()?],
    };
    let most = checkpoints.last().copied().ok_or(Error::Checkpoints)?;
    let recipes = match arguments.recipe.as_deref() {
        Some(text) => Recipe::parse_list(text)?,
        None => vec![Recipe::default()],
    };
    let folder = match &arguments.out {
        Some(out) => Folder::create(out),
        None => Folder::numbered(Path::new("reports/runs"), &format!("eval-{}", imported.name)),
    }?;
    let settings = |recipe: &Recipe| -> Result<Settings> {
        Ok(Settings {
            steps: most,
            timing: arguments.timing.into(),
            idealised: arguments.idealised,
            record_spikes: false,
            seed: arguments.seed,
            conversion: recipe.clone(),
            placement: arguments.placement.placement(arguments.seed)?,
            placement_steps: 0,
            probes: vec![],
            feed: stimuli.feed(),
            split: vec![],
            command: cli::command_line(),
        })
    };
    let progress = Progress::new("evaluating", recipes.len());
    let (mut rows, mut answers, mut setups) = (vec![], vec![], vec![]);
    for recipe in &recipes {
        let mut prepared =
            pipeline::prepare(imported.clone(), profile.clone(), settings(recipe)?, &[][..])?;
        prepared.check()?;
        prepared.setup.detector = stimuli.describe();
        let part = match stimuli.items.first() {
            Some(first) => {
                let sample = stimuli.sample(first, most)?;
                let auto = arguments.timing.fits();
                timing::settle(&mut prepared, &sample, stimuli.items.len(), auto)?
            }
            None => return Err(Error::NoPictures { data: data.clone() }.into()),
        };
        let steps = progress.part(part);
        let all: Vec<Answered> = (stimuli.items.par_iter())
            .map(|item| {
                let sample = stimuli.sample(item, most)?;
                let at = emulated(&prepared, &sample, &checkpoints, || steps.step())?;
                Ok(Answered { name: item.name.clone(), label: item.label, at })
            })
            .collect::<Result<_>>()?;
        let name = prepared.setup.recipe.clone();
        rows.extend(eval::answered_rows(&name, &checkpoints, &all));
        answers.push((name, all));
        setups.push(prepared.setup);
    }
    drop(progress);
    report::write_accuracy(folder.path(), &rows)?;
    report::write_answers(folder.path(), &set.classes, &checkpoints, &answers)?;
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    let inputs = counted(stimuli.items.len(), "input");
    let title = format!("{} on {}{mark}, {inputs}", imported.name, profile.name);
    report::write_convergence(folder.path(), &title, &rows)?;
    if let Some(mut setup) = setups.first().cloned() {
        let names: Vec<&str> = setups.iter().map(|setup| setup.recipe.as_str()).collect();
        setup.recipe = names.join("; ");
        report::write_judged_manifest(folder.path(), &setup, profile, None)?;
    }
    let path = folder.finish()?;
    output::line(format_args!("{}; energy is that of events, means per input\n", shown(&title)))?;
    output::table(report::answers_table(&rows, &super::timings(&setups)))?;
    json::print_csv(&path, report::ACCURACY)?;
    if let Some(setup) = setups.first() {
        tell(setup)?;
    }
    output::line(format_args!("written to {}", path.display()))?;
    Ok(())
}

/// How inputs entered, what was assumed.
fn tell(setup: &Setup) -> Result<()> {
    output::line(format_args!("inputs: {}", shown(&setup.detector)))?;
    for note in &setup.notes {
        output::line(shown(note))?;
    }
    Ok(())
}

/// What one input came to at every checkpoint.
fn emulated(
    prepared: &Prepared,
    sample: &pipeline::Sample,
    checkpoints: &[usize],
    progress: impl FnMut(),
) -> Result<Vec<Answer>> {
    let outcomes = prepared.emulate_at(sample, checkpoints, progress)?;
    let answer = |outcome: pipeline::Outcome| {
        let totals = Totals::new(&outcome.activity, prepared.profile());
        let scores: Vec<f32> =
            outcome.heads.iter().flat_map(|head| head.values.iter().copied()).collect();
        let mut order: Vec<usize> = (0..scores.len()).collect();
        // Stable: of equals the first class comes first.
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(TOP);
        Answer {
            classes: order,
            energy_pj: totals.dynamic.total(),
            time: totals.time,
            synaptic_operations: totals.counts.total_synaptic_operations(),
        }
    };
    Ok(outcomes.into_iter().map(answer).collect())
}
