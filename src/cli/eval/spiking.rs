//! `eval` of a network that spikes already: how many recordings or pictures it tells apart.

use super::answers::{self, Answers};
use super::passes::{Asked, Passes, Source, together};
use super::{Arguments, Evaluated, Place};
use crate::cli::calibration::Calibrated;
use crate::cli::every::every;
use crate::cli::feeding::Feeding;
use crate::cli::journal::Hashes;
use crate::cli::output;
use crate::cli::stimulus::{self, Odd, Stimuli};
use crate::cli::{Error, Result};
use crate::convert::Recipe;
use crate::encode::labelled::ClassItem;
use crate::eval::{self, Answer, Answered};
use crate::import::Imported;
use crate::pipeline::{self, HeadValues, Prepared};
use crate::profile::Profile;
use crate::spiking::Graph;
use std::path::Path;

pub fn run(
    arguments: &Arguments,
    imported: &Imported,
    graph: &Graph,
    profile: &Profile,
    place: Place,
) -> Result<Evaluated> {
    let data = data(arguments, imported)?;
    let set = stimulus::labelled_set(data)?;
    one_output(graph, set.classes.len())?;
    let mut items = set.items;
    items.truncate(arguments.limit());
    let stimuli = Stimuli::new(&arguments.stimulus, graph, items, arguments.seed)?;
    let asked = asked(arguments, imported, profile, (&stimuli, None))?;
    let most = asked.checkpoints.last().copied().ok_or(Error::Checkpoints)?;
    let Some(first) = stimuli.items.first() else {
        return Err(Error::NoPictures { data: data.into() }.into());
    };
    let passes = Passes::new(asked, Calibrated::none())?;
    let checkpoints = passes.checkpoints();
    let (mut rows, mut all) = (vec![], vec![]);
    let first = || Ok(Some(stimuli.sample(first, most)?));
    let mut hashes = Hashes::default();
    let hashed = |item: &ClassItem| hashes.of_class(item);
    let hashes = stimuli.items.iter().map(hashed).collect::<Result<Vec<_>>>()?;
    let kept = passes.kept(place, hashes)?;
    let odd = Odd::default();
    let setups = passes.each(first, stimuli.items.len(), &kept, |(pass, prepared), steps| {
        let told = || steps.step();
        let one = |item: &ClassItem| {
            let sample = stimuli.sample(item, most)?;
            odd.add(&sample);
            let at = answered(prepared, &sample, checkpoints, arguments.floats, told)?;
            Ok(Answered { name: item.name.clone(), label: item.label, at })
        };
        let inputs = every(&stimuli.items, |n, item| kept.or_made((pass, n), || one(item)))?;
        if rows.is_empty() {
            rows.extend(eval::float_steps("float", checkpoints, &inputs));
        }
        let name = prepared.setup.recipe.clone();
        rows.extend(eval::answered_rows(&name, checkpoints, &inputs));
        all.push((name, inputs));
        Ok(())
    })?;
    let mut setup = together(&setups).ok_or(pipeline::Error::NoInput)?;
    for note in odd.sentences() {
        output::remark(format_args!("{note}"));
        setup.notes.push(note);
    }
    Answers {
        plots: arguments.plots.plots(),
        title: answers::title(&setup, imported, profile, stimuli.items.len()),
        classes: &set.classes,
        checkpoints,
        rows,
        answers: &all,
        setup,
        timing: super::timings(&setups),
    }
    .written(place, profile, kept.finish())
}

/// Refuses networks whose answers to so many classes cannot be read off one output.
///
/// # Errors
/// It has several outputs, or one of fewer elements.
pub fn one_output(graph: &Graph, classes: usize) -> Result<()> {
    let found: Vec<usize> =
        graph.outputs.iter().map(|&p| graph.populations[p].shape.len()).collect();
    match found[..] {
        [elements] if elements >= classes => Ok(()),
        _ => Err(Error::AnswerOutputs { network: graph.name.clone(), found, classes }.into()),
    }
}

/// The labelled set of a network that spikes already.
pub fn data<'a>(arguments: &'a Arguments, imported: &Imported) -> Result<&'a Path> {
    if arguments.unlabelled {
        return Err(Error::Unlabelled { network: imported.name.clone() }.into());
    }
    let what = "a set of labelled recordings or pictures";
    Ok(arguments.data.as_deref().ok_or(Error::NamesNothing { option: "--data", what })?)
}

/// What was asked of such a network; where no steps are given, those that hold its inputs.
///
/// # Errors
/// A recipe that is none, or a recording that cannot be read.
pub fn asked<'a>(
    arguments: &'a Arguments,
    imported: &'a Imported,
    profile: &'a Profile,
    (stimuli, boxes): (&'a Stimuli, Option<&'a Feeding>),
) -> Result<Asked<'a>> {
    let checkpoints = match &arguments.checkpoints {
        Some(checkpoints) => checkpoints.clone(),
        None => vec![stimuli.steps()?],
    };
    let source = Source::Spiking(stimuli, boxes);
    let recipes = arguments.recipe.as_deref().map(Recipe::parse_list).transpose()?;
    Ok(Asked { arguments, imported, profile, source, recipes, checkpoints })
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
