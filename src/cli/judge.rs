//! Labelled pictures and recordings, and what a network and its floats see in them.

use super::calibration::Calibrated;
use super::every::every;
use super::feeding::{self, Feeding};
use super::journal::Hashes;
use super::kept::Kept;
use super::progress::Part;
use super::stimulus::{self, Stimuli};
use super::{Error, Result};
use crate::ann::Graph;
use crate::detect::compare::SEEN;
use crate::detect::{Dataset, Decoder, Detection, Labelled, Outside, Tally, Truth, outputs};
use crate::encode::InputItem;
use crate::eval::{self, Checkpoint, FloatBoxes, Picture};
use crate::pipeline::{self, HeadValues, Prepared, Sample};
use crate::report::Totals;
use crate::spiking;
use std::path::Path;

/// The labelled pictures of `data`, their classes brought to those of the decoder, and the count of
/// what that left out.
pub fn labelled(data: &Path, outside: bool, decoder: &Decoder) -> Result<(Vec<Labelled>, Tally)> {
    let outside = if outside { Outside::Allowed } else { Outside::Refused };
    let dataset = Dataset::open_with(data, outside)?;
    let dataset = dataset.for_classes(&decoder.classes)?.dataset;
    let tally = Tally::new(&dataset);
    if tally.to_find == 0 {
        return Err(Error::NothingToScore { data: data.into(), tally }.into());
    }
    Ok((dataset.images, tally))
}

/// What calibrates: as asked for, as known, or the first of `images`.
pub fn calibration(
    path: Option<&Path>,
    graph: &Graph,
    network_sha256: &str,
    feeding: &Feeding,
    images: &[Labelled],
) -> Result<Calibrated> {
    let own = images.iter().map(|image| one(feeding, graph, image)).collect::<Result<Vec<_>>>()?;
    Calibrated::new(path, graph, network_sha256, feeding, &own)
}

/// Hashes of pictures, each with its name and labels.
pub fn hashes<'a>(images: impl Iterator<Item = &'a Labelled>) -> Result<Vec<String>> {
    let mut hashes = Hashes::default();
    let one = |image: &Labelled| {
        let name = image.path.file_name().unwrap_or_default().to_string_lossy();
        let labels = format!("{:?} {} {}", image.boxes, image.width, image.height);
        hashes.of_file(&image.path, None, &[&name, &labels])
    };
    images.map(one).collect()
}

pub fn one(feeding: &Feeding, graph: &Graph, image: &Labelled) -> Result<InputItem> {
    // A path to one picture lists one item.
    Ok(feeding.list(graph, &image.path)?.swap_remove(0))
}

/// What every picture is judged with.
pub struct Judge<'a> {
    pub eyes: Eyes<'a>,
    pub decoder: &'a Decoder,
    /// They may repeat.
    pub checkpoints: &'a [usize],
}

/// How what is judged enters the network.
#[derive(Clone, Copy)]
pub enum Eyes<'a> {
    /// A trained one, whose floats run first.
    Trained { graph: &'a Graph, feeding: &'a Feeding },
    /// One that spikes already; whether its floats run beside it.
    Spiking { graph: &'a spiking::Graph, stimuli: &'a Stimuli, steps: usize, floats: bool },
}

impl Judge<'_> {
    /// The pictures in which the float network sees something that counts.
    pub fn with_objects(&self, images: Vec<Labelled>) -> Result<Vec<Labelled>> {
        let sees = every(&images, |_, image| {
            let look = self.look(image)?;
            Ok(look.float.iter().flatten().any(|found| found.score >= SEEN))
        })?;
        let kept = images.into_iter().zip(sees).filter(|(_, sees)| *sees);
        Ok(kept.map(|(image, _)| image).collect())
    }

    /// What pass `pass` makes of all pictures; those that are kept are not looked at again.
    pub fn pictures(
        &self,
        (pass, prepared): (usize, &Prepared),
        images: &[Labelled],
        kept: &Kept<Picture>,
        steps: &Part,
    ) -> Result<Vec<Picture>> {
        every(images, |n, image| kept.or_made((pass, n), || self.picture(prepared, image, steps)))
    }

    fn picture(&self, prepared: &Prepared, image: &Labelled, steps: &Part) -> Result<Picture> {
        self.emulated(prepared, &self.look(image)?, steps)
    }

    /// A picture as an input, and what the float network of one pass makes of it.
    pub fn look(&self, image: &Labelled) -> Result<Look> {
        let size = (image.width, image.height);
        let (sample, float) = match self.eyes {
            Eyes::Trained { graph, feeding } => {
                let sample = feeding::sample(graph, &one(feeding, graph, image)?)?;
                let float = self.decoder.decode(&outputs(graph, sample.values()), size)?;
                (sample, Some(float))
            }
            Eyes::Spiking { graph, stimuli, steps, .. } => {
                let item = stimulus::inputs(&image.path, graph)?.swap_remove(0);
                stimuli.check_size(&item, size)?;
                (stimuli.sample(&item, steps)?, None)
            }
        };
        Ok(Look { name: sample.name.clone(), truths: image.boxes.clone(), sample, size, float })
    }

    /// What the spiking one makes of it.
    pub fn emulated(&self, prepared: &Prepared, look: &Look, steps: &Part) -> Result<Picture> {
        let Look { name, truths, sample, size, .. } = look;
        let mut distinct = self.checkpoints.to_vec();
        distinct.dedup();
        let outcomes = prepared.emulate_at(sample, &distinct, || steps.step())?;
        let floats = self.floats(prepared, sample, &distinct)?;
        let checkpoint = |(n, outcome): (usize, pipeline::Outcome)| -> Result<Checkpoint> {
            let totals = Totals::new(&outcome.activity, prepared.profile());
            let float = floats.get(n).or(floats.last()).map_or(&[][..], |heads| heads);
            let float: Vec<&[f32]> = float.iter().map(|head| &head.values[..]).collect();
            Ok(Checkpoint {
                detections: pipeline::spiking(self.decoder, &outcome.heads, *size)?,
                head_error: eval::head_error(&outcome.heads, &float),
                energy_pj: totals.dynamic.total(),
                static_pj: totals.fixed,
                time: totals.time,
                synaptic_operations: totals.counts.total_synaptic_operations(),
                spikes_per_synapse: totals.spikes_per_synapse(&prepared.setup, &outcome.activity),
            })
        };
        let read: Vec<Checkpoint> =
            outcomes.into_iter().enumerate().map(checkpoint).collect::<Result<_>>()?;
        Ok(Picture {
            name: name.clone(),
            truths: truths.clone(),
            float: self.float_boxes(look, &floats)?,
            at: repeated(&read, &distinct, self.checkpoints),
        })
    }

    /// Heads of the floats: those of a trained network once, others by checkpoint where they run.
    fn floats(
        &self,
        prepared: &Prepared,
        sample: &Sample,
        checkpoints: &[usize],
    ) -> Result<Vec<Vec<HeadValues>>> {
        match self.eyes {
            Eyes::Trained { graph, .. } => Ok(vec![sample.heads(graph)]),
            Eyes::Spiking { floats: true, .. } => Ok(prepared.floats_at(sample, checkpoints)?),
            Eyes::Spiking { floats: false, .. } => Ok(vec![]),
        }
    }

    /// What they see; `floats` is of a network that spikes already.
    fn float_boxes(&self, look: &Look, floats: &[Vec<HeadValues>]) -> Result<FloatBoxes> {
        if let Some(once) = &look.float {
            return Ok(FloatBoxes::Once(once.clone()));
        }
        let seen = |heads: &Vec<HeadValues>| pipeline::spiking(self.decoder, heads, look.size);
        match floats.is_empty() {
            true => Ok(FloatBoxes::Never),
            false => Ok(FloatBoxes::At(floats.iter().map(seen).collect::<Result<_, _>>()?)),
        }
    }
}

impl Look {
    pub fn sample(&self) -> &Sample {
        &self.sample
    }
}

/// What was read at `distinct` checkpoints, for each of `checkpoints`, which may repeat.
pub fn repeated<T: Clone>(read: &[T], distinct: &[usize], checkpoints: &[usize]) -> Vec<T> {
    let at = checkpoints.iter().filter_map(|step| distinct.binary_search(step).ok());
    at.map(|n| read[n].clone()).collect()
}

/// A picture as an input, and what the float network of one pass sees in it.
pub struct Look {
    name: String,
    truths: Vec<Truth>,
    sample: Sample,
    size: (usize, usize),
    /// `None` of a network that spikes already.
    float: Option<Vec<Detection>>,
}
