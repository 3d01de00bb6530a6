//! Scales of activations, from the float network's values on calibration images.
//!
//! Percentiles are over values other than zero, as Rueckauer et al. 2017 take them: a channel that
//! is active in three cells of thousands is scaled by these three. A channel that no image reaches
//! takes the scale of its layer, and is reported.

use super::ranges::Ranges;
use super::settings::{Lambda, Normalisation, Settings, Statistic};
use super::{Error, ranges};
use crate::ann::{Graph, NodeId, Shape};

/// Least lambda of a channel that counts as seen, as a share of its layer's largest.
pub const LEAST: f64 = 1e-4;

/// What scales are taken from.
#[derive(Debug, Clone, Copy)]
pub enum Calibration<'a> {
    /// For each image, the float values of every node.
    Values(&'a [&'a [Vec<f32>]]),
    /// What was measured of some images once.
    Ranges(&'a Ranges),
}

/// Scales of one layer.
pub struct Scale {
    /// By channel: the activation that one spike a step stands for.
    pub lambda: Vec<f64>,
    /// Channels that stay below [`LEAST`] of the layer: their scale is the layer's.
    pub unseen: Vec<usize>,
}

/// Which of some values is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// 0 to 100; 100 is the largest.
    pub percentile: f64,
    /// Of the values' magnitudes.
    pub absolute: bool,
}

impl Calibration<'_> {
    /// Checks that this is of `graph`.
    ///
    /// # Errors
    /// There is no image, or one has other nodes or shapes; or the ranges are of another network.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let images = match self {
            Calibration::Ranges(ranges) => return ranges.check(graph),
            Calibration::Values(images) => images,
        };
        let fits = |values: &[Vec<f32>]| {
            values.len() == graph.nodes.len()
                && values.iter().zip(&graph.nodes).all(|(v, n)| v.len() == n.shape.len())
        };
        if images.is_empty() {
            return Err(Error::Calibration { image: 0 });
        }
        match images.iter().position(|values| !fits(values)) {
            Some(image) => Err(Error::Calibration { image }),
            None => Ok(()),
        }
    }

    /// Lambda by channel of `node`, of `shape`, as `settings` choose it.
    ///
    /// # Errors
    /// Ranges that do not hold it; values that are no finite numbers.
    pub fn scale(
        &self,
        graph: &Graph,
        node: NodeId,
        shape: Shape,
        settings: &Settings,
    ) -> Result<Scale, Error> {
        let percentile = match settings.lambda {
            Lambda::Max => 100.0,
            Lambda::Percentile(p) => p,
        };
        let rank = Rank { percentile, absolute: settings.statistic == Statistic::Absolute };
        let layer = self.layer(graph, node, rank)?;
        let mut own = self.by_channel(graph, node, shape, rank, settings.normalisation)?;
        let (most, one) = settings.burst;
        if most > one && percentile < 100.0 {
            // Bursts are there to hold what lies above the percentile: the peak, too.
            let peak = Rank { percentile: 100.0, ..rank };
            let peaks = self.by_channel(graph, node, shape, peak, settings.normalisation)?;
            let share = f64::from(one) / f64::from(most);
            own.iter_mut().zip(peaks).for_each(|(l, peak)| *l = l.max(peak * share));
        }
        if let Some(channel) = own.iter().position(|l| !l.is_finite()) {
            return Err(not_finite(graph, node, channel));
        }
        let least = own.iter().copied().fold(0.0, f64::max) * LEAST;
        let seen = |l: f64| l > 0.0 && l >= least;
        let unseen = (0..own.len()).filter(|&c| !seen(own[c])).collect();
        // A layer without any value takes one: no scale is better than another.
        let other = if layer > 0.0 { layer } else { 1.0 };
        let lambda = own.into_iter().map(|l| if seen(l) { l } else { other }).collect();
        Ok(Scale { lambda, unseen })
    }

    /// Largest |value| by channel of `node`.
    ///
    /// # Errors
    /// As [`Calibration::scale`].
    pub fn largest(&self, graph: &Graph, node: NodeId, shape: Shape) -> Result<Vec<f64>, Error> {
        let peaks =
            self.channels(graph, node, shape, Rank { percentile: 100.0, absolute: true })?;
        match peaks.iter().position(|peak| !peak.is_finite()) {
            Some(channel) => Err(not_finite(graph, node, channel)),
            None => Ok(peaks),
        }
    }

    /// Least and largest value by channel of `node`; `None` of ranges that do not hold them.
    pub fn ends(&self, node: NodeId, shape: Shape) -> Option<Vec<[f64; 2]>> {
        match self {
            Calibration::Values(images) => Some(ends_by_channel(images, node, shape)),
            Calibration::Ranges(ranges) => ranges.ends(node, shape),
        }
    }

    /// Whether means can be asked for.
    ///
    /// # Errors
    /// Ranges that hold none.
    pub fn check_means(&self) -> Result<(), Error> {
        match self {
            Calibration::Values(_) => Ok(()),
            Calibration::Ranges(ranges) => ranges.check_means(),
        }
    }

    /// Mean value by channel of `node`; `None` of ranges that do not hold it.
    pub fn means(&self, node: NodeId, shape: Shape) -> Option<Vec<f64>> {
        match self {
            Calibration::Values(images) => Some(mean_by_channel(images, node, shape)),
            Calibration::Ranges(ranges) => ranges.means(node, shape),
        }
    }

    fn by_channel(
        &self,
        graph: &Graph,
        node: NodeId,
        shape: Shape,
        rank: Rank,
        normalisation: Normalisation,
    ) -> Result<Vec<f64>, Error> {
        match normalisation {
            Normalisation::Channel => self.channels(graph, node, shape, rank),
            Normalisation::Layer => Ok(vec![self.layer(graph, node, rank)?; shape.channels]),
        }
    }

    fn channels(
        &self,
        graph: &Graph,
        node: NodeId,
        shape: Shape,
        rank: Rank,
    ) -> Result<Vec<f64>, Error> {
        match self {
            Calibration::Values(images) => Ok(by_channel(images, node, shape, rank)),
            Calibration::Ranges(ranges) => ranges.channels(graph, node, shape, rank),
        }
    }

    fn layer(&self, graph: &Graph, node: NodeId, rank: Rank) -> Result<f64, Error> {
        match self {
            Calibration::Values(images) => Ok(of_layer(graph, images, node, rank)),
            Calibration::Ranges(ranges) => ranges.layer(graph, node, rank),
        }
    }
}

fn not_finite(graph: &Graph, node: NodeId, channel: usize) -> Error {
    let ranges::Named { operator, node } = ranges::named(graph, node);
    Error::NotFinite { operator, node, channel }
}

/// The `rank` of each channel's values in all `images`; 0 for a channel of zeros.
pub fn by_channel(images: &[&[Vec<f32>]], node: NodeId, shape: Shape, rank: Rank) -> Vec<f64> {
    let area = shape.height * shape.width;
    let of_channel = |c: usize| {
        let values = images.iter().flat_map(|i| &i[node][c * area..(c + 1) * area]);
        of_values(values, rank)
    };
    (0..shape.channels).map(of_channel).collect()
}

/// Least and largest of each channel's values in all `images`.
pub fn ends_by_channel(images: &[&[Vec<f32>]], node: NodeId, shape: Shape) -> Vec<[f64; 2]> {
    let area = shape.height * shape.width;
    let of_channel = |c: usize| {
        let values = images.iter().flat_map(|i| &i[node][c * area..(c + 1) * area]);
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &value| {
            [low.min(value.into()), high.max(value.into())]
        })
    };
    (0..shape.channels).map(of_channel).collect()
}

/// The mean of each channel's values in all `images`.
pub fn mean_by_channel(images: &[&[Vec<f32>]], node: NodeId, shape: Shape) -> Vec<f64> {
    let area = shape.height * shape.width;
    let of_channel = |c: usize| {
        let values = images.iter().flat_map(|i| &i[node][c * area..(c + 1) * area]);
        values.map(|&value| f64::from(value)).sum::<f64>() / (area * images.len()) as f64
    };
    (0..shape.channels).map(of_channel).collect()
}

/// The `rank` of all values of `node`; of a node of zeros that of its inputs, which tell at least
/// how large numbers are there.
pub fn of_layer(graph: &Graph, images: &[&[Vec<f32>]], node: NodeId, rank: Rank) -> f64 {
    let of = |nodes: &[NodeId], rank| {
        of_values(images.iter().flat_map(|i| nodes.iter().flat_map(|&n| &i[n])), rank)
    };
    match of(&[node], rank) {
        0.0 => of(&graph.nodes[node].inputs, Rank { absolute: true, ..rank }),
        value => value,
    }
}

/// The `rank` of those `values` that are not zero; 0 if all are.
fn of_values<'a>(values: impl Iterator<Item = &'a f32>, rank: Rank) -> f64 {
    let of = |v: &f32| if rank.absolute { v.abs() } else { *v };
    let mut values: Vec<f32> = values.filter(|v| **v != 0.0).map(of).collect();
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let at = (last as f64 * rank.percentile / 100.0).round() as usize;
    f64::from(*values.select_nth_unstable_by(at.min(last), f32::total_cmp).1)
}
