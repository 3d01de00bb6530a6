//! How finely an observer sees what a step does to neurons, and the sums that a band makes for it.

use super::Record;
use super::band::Band;
use crate::engine::probe::Held;
use crate::kernel;
use crate::snn::{Model, Shape};
use std::ops::Range;

/// How finely an observer sees what a step does to the neurons of one population.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Where blocks of rows, columns and channels begin, and where the last ends: neurons of a
    /// block are counted together. Without any, nothing is counted.
    pub edges: [Vec<usize>; 3],
    /// Whether flags of every neuron are kept.
    pub neurons: bool,
    /// Neurons whose state is noted after every step.
    pub probed: Vec<u32>,
    /// Whether spikes that come by weights of zero reach nobody; else they are input, too.
    pub skips_zeros: bool,
}

impl Sight {
    fn counts(&self) -> bool {
        self.edges.iter().all(|edges| edges.len() > 1)
    }

    /// Whether flags must tell what a step does to these channels: they lie in several blocks, or
    /// are too many to be counted by position.
    pub fn needs_flags(&self, channels: &Range<usize>) -> bool {
        let many = channels.len() > usize::from(u16::MAX);
        self.neurons || self.counts() && (many || self.groups(2, channels).len() > 1)
    }

    /// Groups along an axis that hold something of a range.
    fn groups(&self, axis: usize, of: &Range<usize>) -> Range<usize> {
        let edges = &self.edges[axis];
        // The first edge is 0.
        edges.partition_point(|&edge| edge <= of.start) - 1
            ..edges.partition_point(|&edge| edge < of.end)
    }

    /// What a group along an axis has of a range.
    fn within(&self, axis: usize, group: usize, of: &Range<usize>) -> Range<usize> {
        self.edges[axis][group].max(of.start)..self.edges[axis][group + 1].min(of.end)
    }

    /// Counts a step of a band of rows of `width` by those blocks that it has a share of: by
    /// `positions`, whose neurons are of one block, or by the flags in `output`, which are kept if
    /// they are wanted. `line` is a buffer.
    pub(super) fn count(
        &self,
        band: &Band,
        width: usize,
        positions: &[[u16; 2]],
        line: &mut Vec<[u32; 2]>,
        output: &mut Record,
    ) {
        if self.counts() && output.flags.is_empty() {
            self.count_positions(&band.rows, width, positions, line, &mut output.updates);
        } else if self.counts() {
            self.count_flags(band, width, &output.flags, line, &mut output.updates);
        }
        if !self.neurons {
            output.flags.clear();
        }
    }

    /// Notes what those of the probed neurons hold that a band has.
    pub(super) fn note(&self, band: &Band, shape: Shape, model: &Model, output: &mut Record) {
        // Counts of other units are no currents.
        let currents = if let Model::Cuba(_) = model { &band.counts[..] } else { &[] };
        for &neuron in &self.probed {
            let Some(n) = place(band, shape, neuron as usize) else { continue };
            let Some(&potential) = band.potential.get(n) else { continue };
            output.held.push(Held { neuron, potential, current: currents.get(n).copied() });
        }
    }

    fn count_positions(
        &self,
        rows: &Range<usize>,
        width: usize,
        positions: &[[u16; 2]],
        line: &mut Vec<[u32; 2]>,
        into: &mut Vec<[u32; 2]>,
    ) {
        for group in self.groups(0, rows) {
            line.clear();
            line.resize(width, [0; 2]);
            for row in self.within(0, group, rows) {
                let counts = &positions[(row - rows.start) * width..][..width];
                kernel::add_words(line.as_flattened_mut(), counts.as_flattened());
            }
            kernel::sum_pairs(line, &self.edges[1], into);
        }
    }

    fn count_flags(
        &self,
        band: &Band,
        width: usize,
        flags: &[u8],
        line: &mut Vec<[u32; 2]>,
        into: &mut Vec<[u32; 2]>,
    ) {
        let Band { rows, channels, .. } = band;
        let parts = self
            .groups(2, channels)
            .map(|group| self.within(2, group, channels).end - channels.start);
        let ends: Vec<usize> = std::iter::once(0).chain(parts).collect();
        for group in self.groups(0, rows) {
            for columns in self.edges[1].windows(2) {
                line.clear();
                line.resize(channels.len(), [0; 2]);
                for row in self.within(0, group, rows) {
                    let first = (row - rows.start) * width;
                    let flags = &flags[(first + columns[0]) * channels.len()
                        ..(first + columns[1]) * channels.len()];
                    kernel::add_flags(line, flags);
                }
                kernel::sum_pairs(line, &ends, into);
            }
        }
    }

    /// Adds what [`Sight::count`] gave for a band to the blocks of its population.
    pub(super) fn add(&self, band: &Band, counts: &[[u32; 2]], into: &mut Vec<[u32; 2]>) {
        if !self.counts() {
            return;
        }
        let [rows, columns, channels] = self.edges.each_ref().map(|edges| edges.len() - 1);
        into.resize(rows * columns * channels, [0; 2]);
        let own = self.groups(2, &band.channels);
        let first = self.groups(0, &band.rows).start * columns;
        for (n, counts) in counts.chunks_exact(own.len()).enumerate() {
            let blocks = &mut into[(first + n) * channels..][own.clone()];
            for (block, count) in blocks.iter_mut().zip(counts) {
                *block = [block[0] + count[0], block[1] + count[1]];
            }
        }
    }
}

/// Where a band keeps a neuron of its population, if it has it.
fn place(band: &Band, shape: Shape, neuron: usize) -> Option<usize> {
    let (position, channel) = (neuron / shape.channels.max(1), neuron % shape.channels.max(1));
    let row = position / shape.width.max(1);
    let here = band.rows.contains(&row) && band.channels.contains(&channel);
    let first = band.rows.start * shape.width;
    here.then(|| (position - first) * band.channels.len() + channel - band.channels.start)
}
