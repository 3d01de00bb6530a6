//! `eval` of a trained classifier: how many pictures it tells apart.

use super::answers::{self, Answers};
use super::passes::{Asked, Passes, together};
use super::{Evaluated, Place};
use crate::ann::Graph;
use crate::cli::calibration::Calibrated;
use crate::cli::every::every;
use crate::cli::feeding::{self, Feeding};
use crate::cli::journal::Hashes;
use crate::cli::stimulus;
use crate::cli::{Error, Result};
use crate::detect::{Classifier, outputs};
use crate::encode::InputItem;
use crate::eval::{self, Answered};
use crate::pipeline::{self, Classification, Prepared};

pub fn run(
    asked: Asked,
    (graph, feeding): (&Graph, &Feeding),
    classifier: &Classifier,
    place: Place,
) -> Result<Evaluated> {
    let Asked { arguments, imported, profile, .. } = asked;
    let Some(data) = &arguments.data else {
        let what = "a set of labelled pictures";
        return Err(Error::NamesNothing { option: "--data", what }.into());
    };
    if arguments.unlabelled {
        let (what, option) = (data.clone(), "--unlabelled");
        let why = "a classifier is held against labels";
        return Err(Error::Effectless { what, option, why }.into());
    }
    let set = stimulus::labelled_set(data)?;
    let places = classifier.places(&set.classes)?;
    let items: Vec<(InputItem, usize)> = (set.items.iter())
        .take(arguments.limit.map_or(usize::MAX, |limit| limit as usize))
        .map(|item| Ok((feeding.of_class(graph, item)?, places[item.label])))
        .collect::<Result<_>>()?;
    if items.is_empty() {
        return Err(Error::NoPictures { data: data.clone() }.into());
    }
    let own: Vec<InputItem> = items.iter().map(|(item, _)| item.clone()).collect();
    let path = arguments.calibrate.as_deref();
    let calibration = Calibrated::new(path, graph, &imported.sha256, feeding, &own)?;
    let passes = Passes::new(asked, calibration)?;
    let checkpoints = passes.checkpoints();
    let one = |prepared: &Prepared, item: &InputItem, label, told: &(dyn Fn() + Sync)| {
        let sample = feeding::sample(graph, item)?;
        let float: Vec<&[f32]> =
            outputs(graph, sample.values()).iter().map(|output| output.values).collect();
        let at = prepared.emulate_at(&sample, checkpoints, told)?.into_iter().map(|outcome| {
            let both = Classification::new(classifier, graph, &sample, &outcome.heads);
            let best = |scores: &[f64]| eval::best_classes(scores.iter().copied());
            let spiking = both.as_ref().map_or(vec![], |both| best(&both.spiking));
            let said = both.as_ref().map(|both| best(&both.float));
            let error = eval::head_error(&outcome.heads, &float);
            answers::answer(&outcome, prepared, spiking, said, error)
        });
        Ok(Answered { name: item.name.clone(), label, at: at.collect() })
    };
    let (mut rows, mut all) = (vec![], vec![]);
    let first = || Ok(Some(feeding::sample(graph, &items[0].0)?));
    let mut hashes = Hashes::default();
    let hashed = |(item, label): &(InputItem, usize)| hashes.of(item, &label.to_string());
    let hashes = items.iter().map(hashed).collect::<Result<Vec<_>>>()?;
    let kept = passes.kept(place, hashes)?;
    let setups = passes.each(first, items.len(), &kept, |(pass, prepared), part| {
        let told = || part.step();
        let answered = every(&items, |n, (item, label)| {
            kept.or_made((pass, n), || one(prepared, item, *label, &told))
        })?;
        if rows.is_empty() {
            rows.extend(eval::float_answers("float", &answered));
        }
        let name = prepared.setup.recipe.clone();
        rows.extend(eval::answered_rows(&name, checkpoints, &answered));
        all.push((name, answered));
        Ok(())
    })?;
    let setup = together(&setups).ok_or(pipeline::Error::NoInput)?;
    Answers {
        plots: arguments.plots.plots(),
        title: answers::title(&setup, imported, profile, items.len()),
        classes: &classifier.classes,
        checkpoints,
        rows,
        answers: &all,
        setup,
        timing: super::timings(&setups),
    }
    .written(place, profile, kept.finish())
}
