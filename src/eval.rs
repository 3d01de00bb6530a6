//! Accuracy against steps and joules: what recipes reach on labelled pictures.
//!
//! Plain sums over what was emulated; [`rows`] turns the pictures of one recipe into a row per
//! checkpoint. Accuracy is over all pictures, energy and latency are means per picture.
//!
//! ```
//! use spikemesh::ann::Shape;
//! use spikemesh::eval::{best_classes, head_error};
//! use spikemesh::pipeline::HeadValues;
//!
//! let shape = Shape::new(3, 1, 1);
//! let head = HeadValues { name: "scores".into(), shape, values: vec![0.0, 3.0, 1.0] };
//! assert_eq!(best_classes(head.values.iter().copied()), [1, 2, 0]);
//! assert_eq!(head_error(&[head], &[&[0.0, 4.0, 1.0]]), Some(0.2));
//! ```

use crate::activity::Span;
use crate::detect::compare::{Pair, agreement, f1};
use crate::detect::voc::{Interpolation, mean_precision};
use crate::detect::{Detection, Scene, Truth, coco};
use crate::energy::Band;
use crate::pipeline::HeadValues;
use serde::{Deserialize, Serialize};

/// One picture, emulated under one recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Name of the file.
    pub name: String,
    /// The labels.
    pub truths: Vec<Truth>,
    /// What the float network sees.
    pub float: FloatBoxes,
    /// By checkpoint.
    pub at: Vec<Checkpoint>,
}

/// What floats see in one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FloatBoxes {
    /// Those of a trained network, which take one pass.
    Once(Vec<Detection>),
    /// Those of a network that spikes already, by checkpoint.
    At(Vec<Vec<Detection>>),
    /// They did not run.
    Never,
}

impl FloatBoxes {
    /// What they see at a checkpoint.
    pub fn at(&self, index: usize) -> Option<&Vec<Detection>> {
        match self {
            FloatBoxes::Once(found) => Some(found),
            FloatBoxes::At(found) => found.get(index),
            FloatBoxes::Never => None,
        }
    }
}

/// What a picture has come to at one checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Boxes of the spiking network.
    pub detections: Vec<Detection>,
    /// See [`head_error`].
    pub head_error: Option<f64>,
    /// Scope `dynamic`, picojoules.
    pub energy_pj: Band,
    /// Of all powered chips, picojoules.
    pub static_pj: Band,
    /// Time of the inference, picoseconds.
    pub time: Span,
    /// Synaptic operations of the inference.
    pub synaptic_operations: u64,
    /// Spikes by synapse, where that is known.
    pub spikes_per_synapse: Option<f64>,
}

/// What a network made of one labelled input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Name of the input.
    pub name: String,
    /// Class of its label.
    pub label: usize,
    /// By checkpoint.
    pub at: Vec<Answer>,
}

impl Answered {
    /// What the floats of a trained network said, at every checkpoint the same.
    fn float(&self) -> Option<&Vec<usize>> {
        self.at.first()?.float.as_ref()
    }
}

/// What it said at one checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The classes that scored most, best first; see [`best_classes`].
    pub classes: Vec<usize>,
    /// Those of the floats, where these ran.
    pub float: Option<Vec<usize>>,
    /// See [`head_error`].
    pub head_error: Option<f64>,
    /// Scope `dynamic`, picojoules.
    pub energy_pj: Band,
    /// Of all powered chips, picojoules.
    pub static_pj: Band,
    /// Time of the inference, picoseconds.
    pub time: Span,
    /// Synaptic operations of the inference.
    pub synaptic_operations: u64,
}

/// A row of `accuracy.csv`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Name of the chip; who evaluates on several sets it.
    pub profile: String,
    /// Recipe of the conversion, as reports name it.
    pub recipe: String,
    /// Steps; `None` for the float network.
    pub steps: Option<usize>,
    /// Mean average precision at IoU 0.5, area under the envelope.
    pub map50: Option<f64>,
    /// COCO's mean over IoU 0.5 to 0.95.
    pub map: Option<f64>,
    /// mAP at IoU 0.5 against what the float network sees; of classifiers, the share of inputs for
    /// which both name the same class.
    pub agreement: Option<f64>,
    /// F1 against what the float network sees.
    pub f1: Option<f64>,
    /// Mean per picture; see [`head_error`].
    pub head_error: Option<f64>,
    /// Mean per picture, millijoules, scope `dynamic`.
    pub energy_mj: Option<Band>,
    /// The same of the powered chips.
    pub static_mj: Option<Band>,
    /// Mean per picture, milliseconds; none where the profile has no times.
    pub latency_ms: Option<Band>,
    /// Mean per picture.
    pub synaptic_operations: Option<f64>,
    /// Mean per picture.
    pub spikes_per_synapse: Option<f64>,
    /// Of classifiers: share of the inputs whose class scored most.
    pub accuracy: Option<f64>,
    /// Share of the inputs whose class was among the five of most score.
    pub top5: Option<f64>,
    /// Why there is nothing else: the chip refuses the network.
    pub refused: Option<String>,
}

impl Row {
    /// A chip that refuses the network.
    pub fn refusal(profile: &str, reason: String) -> Row {
        Row { profile: profile.into(), refused: Some(reason), ..Row::default() }
    }

    /// Events and powered chips; those of events alone where the others are not known.
    pub fn total_mj(&self) -> Option<Band> {
        let fixed = self.static_mj.unwrap_or(Band::exactly(0.0));
        self.energy_mj.map(|events| events + fixed)
    }
}

/// `sum |spiking - float| / sum |float|` over all heads; `None` where the float heads are all zero.
pub fn head_error(spiking: &[HeadValues], float: &[&[f32]]) -> Option<f64> {
    let (mut wrong, mut total) = (0.0, 0.0);
    for (head, float) in spiking.iter().zip(float) {
        for (&s, &f) in head.values.iter().zip(*float) {
            wrong += f64::from((s - f).abs());
            total += f64::from(f.abs());
        }
    }
    (total > 0.0).then(|| wrong / total)
}

/// The rows of the floats: one of a trained network, one per checkpoint of a network that spikes
/// already, none where they did not run.
pub fn float_rows(recipe: &str, checkpoints: &[usize], pictures: &[Picture]) -> Vec<Row> {
    let row = |index: usize| {
        let found = |picture: &Picture| picture.float.at(index).cloned().unwrap_or_default();
        accuracy(recipe, index, pictures, found)
    };
    match pictures.first().map(|picture| &picture.float) {
        Some(FloatBoxes::At(_)) => {
            let rows = checkpoints.iter().enumerate();
            rows.map(|(index, &steps)| Row { steps: Some(steps), ..row(index) }).collect()
        }
        Some(FloatBoxes::Never) => vec![],
        Some(FloatBoxes::Once(_)) | None => vec![row(0)],
    }
}

/// A row per checkpoint.
pub fn rows(recipe: &str, checkpoints: &[usize], pictures: &[Picture]) -> Vec<Row> {
    let row = |(index, &steps): (usize, &usize)| {
        let all: Vec<&Checkpoint> = pictures.iter().map(|picture| &picture.at[index]).collect();
        let mean = |value: &dyn Fn(&Checkpoint) -> f64| {
            all.iter().map(|at| value(at)).sum::<f64>() / all.len().max(1) as f64
        };
        let mean_of_some = |value: &dyn Fn(&Checkpoint) -> Option<f64>| {
            let some: Vec<f64> = all.iter().filter_map(|at| value(at)).collect();
            (!some.is_empty()).then(|| some.iter().sum::<f64>() / some.len() as f64)
        };
        Row {
            steps: Some(steps),
            head_error: mean_of_some(&|at| at.head_error),
            energy_mj: Some(Band::mean(all.iter().map(|at| at.energy_pj)) * 1e-9),
            static_mj: Some(Band::mean(all.iter().map(|at| at.static_pj)) * 1e-9),
            latency_ms: latency_ms(all.iter().map(|at| at.time.into())),
            synaptic_operations: Some(mean(&|at| at.synaptic_operations as f64)),
            spikes_per_synapse: mean_of_some(&|at| at.spikes_per_synapse),
            ..accuracy(recipe, index, pictures, |picture| picture.at[index].detections.clone())
        }
    };
    checkpoints.iter().enumerate().map(row).collect()
}

/// The columns that come from the boxes at a checkpoint; the others are still empty.
fn accuracy(
    recipe: &str,
    index: usize,
    pictures: &[Picture],
    found: impl Fn(&Picture) -> Vec<Detection>,
) -> Row {
    let scene = |p: &Picture| Scene { detections: found(p), truths: p.truths.clone() };
    let scenes: Vec<Scene> = pictures.iter().map(scene).collect();
    let pair = |p: &Picture| Some(Pair { reference: p.float.at(index)?.clone(), found: found(p) });
    let pairs: Option<Vec<Pair>> = pictures.iter().map(pair).collect();
    Row {
        recipe: recipe.into(),
        map50: mean_precision(&scenes, 0.5, Interpolation::Area).mean,
        map: coco::evaluate(&scenes).mean(),
        agreement: pairs.as_ref().and_then(|pairs| agreement(pairs).mean),
        f1: pairs.as_deref().and_then(f1),
        ..Row::default()
    }
}

/// Most classes whose order counts.
pub const TOP: usize = 5;

/// The classes that score most, at most [`TOP`], best first; of equals the first comes first.
pub fn best_classes(scores: impl IntoIterator<Item = impl Into<f64>>) -> Vec<usize> {
    let scores: Vec<f64> = scores.into_iter().map(Into::into).collect();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Stable.
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order.truncate(TOP);
    order
}

/// A row per checkpoint of a classifier.
pub fn answered_rows(recipe: &str, checkpoints: &[usize], inputs: &[Answered]) -> Vec<Row> {
    let row = |(index, &steps): (usize, &usize)| {
        let all = || inputs.iter().map(|input| &input.at[index]);
        let mean = |value: &dyn Fn(&Answer) -> f64| {
            Some(all().map(value).sum::<f64>() / inputs.len().max(1) as f64)
        };
        let errors: Vec<f64> = all().filter_map(|at| at.head_error).collect();
        let beside = all().all(|at| at.float.is_some());
        let agrees =
            |at: &Answer| at.float.as_ref().map(|float| float.first()) == Some(at.classes.first());
        Row {
            steps: Some(steps),
            agreement: mean(&|at| f64::from(u8::from(agrees(at)))).filter(|_| beside),
            head_error: (!errors.is_empty())
                .then(|| errors.iter().sum::<f64>() / errors.len() as f64),
            energy_mj: Some(Band::mean(all().map(|at| at.energy_pj)) * 1e-9),
            static_mj: Some(Band::mean(all().map(|at| at.static_pj)) * 1e-9),
            latency_ms: latency_ms(all().map(|at| at.time.into())),
            synaptic_operations: mean(&|at| at.synaptic_operations as f64),
            ..right(recipe, inputs, |input| Some(&input.at[index].classes))
        }
    };
    checkpoints.iter().enumerate().map(row).collect()
}

/// The row of the float network that a classifier was trained as; `None` where it did not run.
pub fn float_answers(recipe: &str, inputs: &[Answered]) -> Option<Row> {
    let ran = inputs.iter().all(|input| input.float().is_some());
    ran.then(|| right(recipe, inputs, Answered::float))
}

/// A row per checkpoint of the floats of a network that spikes already, where they ran.
pub fn float_steps(recipe: &str, checkpoints: &[usize], inputs: &[Answered]) -> Vec<Row> {
    let ran = |index: usize| inputs.iter().all(|input| input.at[index].float.is_some());
    let row = |(index, &steps): (usize, &usize)| Row {
        steps: Some(steps),
        ..right(recipe, inputs, |input| input.at[index].float.as_ref())
    };
    checkpoints.iter().enumerate().filter(|(index, _)| ran(*index)).map(row).collect()
}

/// The columns that come from answers; the others are still empty.
fn right<'a>(
    recipe: &str,
    inputs: &'a [Answered],
    said: impl Fn(&'a Answered) -> Option<&'a Vec<usize>>,
) -> Row {
    let share = |right: &dyn Fn(usize, &[usize]) -> bool| {
        let is_right =
            |input: &&'a Answered| right(input.label, said(input).map_or(&[][..], Vec::as_slice));
        Some(inputs.iter().filter(is_right).count() as f64 / inputs.len().max(1) as f64)
    };
    Row {
        recipe: recipe.into(),
        accuracy: share(&|label, classes| classes.first() == Some(&label)),
        top5: share(&|label, classes| classes.contains(&label)),
        ..Row::default()
    }
}

/// Mean in milliseconds; a profile without times is no fast chip.
fn latency_ms(times: impl Iterator<Item = Band>) -> Option<Band> {
    let mean = Band::mean(times) * 1e-9;
    (mean.nominal > 0.0).then_some(mean)
}
