//! Labelled pictures, and what both networks see in them.

use super::calibration::Calibrated;
use super::feeding::{self, Feeding};
use super::progress::Part;
use super::{Error, Result};
use crate::ann::{self, Graph};
use crate::detect::compare::SEEN;
use crate::detect::{Dataset, Decoder, Detection, Labelled, Tally, Truth, outputs};
use crate::encode::InputItem;
use crate::eval::{self, Checkpoint, Picture};
use crate::pipeline::{self, Prepared, Sample};
use crate::report::Totals;
use rayon::prelude::*;
use std::path::Path;

/// The labelled pictures of `data`, their classes brought to those of the decoder, and the count of
/// what that left out.
pub fn labelled(data: &Path, decoder: &Decoder) -> Result<(Vec<Labelled>, Tally)> {
    let dataset = Dataset::open(data)?;
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

pub fn one(feeding: &Feeding, graph: &Graph, image: &Labelled) -> Result<InputItem> {
    // A path to one picture lists one item.
    Ok(feeding.list(graph, &image.path)?.swap_remove(0))
}

/// What every picture is judged with.
pub struct Judge<'a> {
    pub graph: &'a Graph,
    pub feeding: &'a Feeding,
    pub decoder: &'a Decoder,
    /// They may repeat.
    pub checkpoints: &'a [usize],
}

impl Judge<'_> {
    /// The pictures in which the float network sees something that counts.
    pub fn with_objects(&self, images: Vec<Labelled>) -> Result<Vec<Labelled>> {
        let sees = |image: Labelled| -> Result<Option<Labelled>> {
            let sample = feeding::sample(self.graph, &one(self.feeding, self.graph, &image)?)?;
            let boxes = self.float_boxes(&sample, (image.width, image.height))?;
            Ok(boxes.iter().any(|found| found.score >= SEEN).then_some(image))
        };
        let kept: Vec<Option<Labelled>> =
            images.into_par_iter().map(sees).collect::<Result<_>>()?;
        Ok(kept.into_iter().flatten().collect())
    }

    fn float_boxes(&self, sample: &Sample, size: (usize, usize)) -> Result<Vec<Detection>> {
        Ok(self.decoder.decode(&outputs(self.graph, sample.values()), size)?)
    }

    pub fn pictures(
        &self,
        prepared: &Prepared,
        images: &[Labelled],
        steps: &Part,
    ) -> Result<Vec<Picture>> {
        images.par_iter().map(|image| self.picture(prepared, image, steps)).collect()
    }

    fn picture(&self, prepared: &Prepared, image: &Labelled, steps: &Part) -> Result<Picture> {
        self.emulated(prepared, &self.look(image)?, steps)
    }

    /// What the float network makes of a picture.
    pub fn look(&self, image: &Labelled) -> Result<Look> {
        let item = one(self.feeding, self.graph, image)?;
        let sample = feeding::sample(self.graph, &item)?;
        let size = (image.width, image.height);
        let float = self.float_boxes(&sample, size)?;
        Ok(Look { name: item.name, truths: image.boxes.clone(), sample, size, float })
    }

    /// What the spiking one makes of it.
    pub fn emulated(&self, prepared: &Prepared, look: &Look, steps: &Part) -> Result<Picture> {
        let Look { name, truths, sample, size, float: boxes } = look;
        let mut distinct = self.checkpoints.to_vec();
        distinct.dedup();
        let outcomes = prepared.emulate_at(sample, &distinct, || steps.step())?;
        let heads: Vec<&ann::Head> = self.graph.heads.iter().collect();
        let float: Vec<&[f32]> = heads.iter().map(|head| &sample.values()[head.node][..]).collect();
        let checkpoint = |outcome: pipeline::Outcome| -> Result<Checkpoint> {
            let totals = Totals::new(&outcome.activity, prepared.profile());
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
        let read: Vec<Checkpoint> = outcomes.into_iter().map(checkpoint).collect::<Result<_>>()?;
        Ok(Picture {
            name: name.clone(),
            truths: truths.clone(),
            float: boxes.clone(),
            at: repeated(&read, &distinct, self.checkpoints),
        })
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

/// A picture as the float network sees it.
pub struct Look {
    name: String,
    truths: Vec<Truth>,
    sample: Sample,
    size: (usize, usize),
    float: Vec<Detection>,
}
