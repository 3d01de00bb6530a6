//! `eval` of a network that spikes already: how many recordings or pictures it tells apart.

use super::Arguments;
use super::answers::{self, Answers};
use super::passes::together;
use crate::cli::progress::Progress;
use crate::cli::stimulus::Stimuli;
use crate::cli::{self, Error, Result, timing};
use crate::convert::Recipe;
use crate::encode::labelled;
use crate::eval::{self, Answer, Answered};
use crate::import::Imported;
use crate::pipeline::{self, HeadValues, Prepared, Settings};
use crate::profile::Profile;
use crate::spiking::Graph;
use rayon::prelude::*;

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
    let folder = super::folder(arguments, &imported.name)?;
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
    let (mut rows, mut all, mut setups) = (vec![], vec![], vec![]);
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
        let inputs: Vec<Answered> = (stimuli.items.par_iter())
            .map(|item| {
                let sample = stimuli.sample(item, most)?;
                let at =
                    answered(&prepared, &sample, &checkpoints, arguments.floats, || steps.step())?;
                Ok(Answered { name: item.name.clone(), label: item.label, at })
            })
            .collect::<Result<_>>()?;
        let name = prepared.setup.recipe.clone();
        if rows.is_empty() {
            rows.extend(eval::float_steps("float", &checkpoints, &inputs));
        }
        rows.extend(eval::answered_rows(&name, &checkpoints, &inputs));
        all.push((name, inputs));
        setups.push(prepared.setup);
    }
    drop(progress);
    let setup = together(&setups).ok_or(pipeline::Error::NoInput)?;
    Answers {
        title: answers::title(arguments, imported, profile, stimuli.items.len()),
        classes: &set.classes,
        checkpoints: &checkpoints,
        rows: &rows,
        answers: &all,
        setup,
        timing: super::timings(&setups),
    }
    .written(folder, profile)
}

/// What one input came to at every checkpoint; `floats` says whether these run, too.
pub fn answered(
    prepared: &Prepared,
    sample: &pipeline::Sample,
    checkpoints: &[usize],
    floats: bool,
    progress: impl FnMut(),
) -> Result<Vec<Answer>> {
    let best = |heads: &[HeadValues]| {
        eval::best_classes(heads.iter().flat_map(|head| head.values.iter().copied()))
    };
    let floats = match floats {
        true => prepared.floats_at(sample, checkpoints)?,
        false => vec![],
    };
    let outcomes = prepared.emulate_at(sample, checkpoints, progress)?;
    let answer = |(n, outcome): (usize, pipeline::Outcome)| {
        let float: Option<Vec<&[f32]>> =
            floats.get(n).map(|heads| heads.iter().map(|head| &head.values[..]).collect());
        let error = float.and_then(|float| eval::head_error(&outcome.heads, &float));
        let said = floats.get(n).map(|heads| best(heads));
        answers::answer(&outcome, prepared, best(&outcome.heads), said, error)
    };
    Ok(outcomes.into_iter().enumerate().map(answer).collect())
}
