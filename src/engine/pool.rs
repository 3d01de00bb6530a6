//! Max-pool units: populations with a state of their own, the running sums of their inputs.

use super::spikes::SpikeList;
use crate::ann::Window;
use crate::kernel::{self, Instructions, LANES, Pooling, Sent, Windows};
use crate::snn::{PoolKind, Shape};
use std::ops::Range;

/// The units of some rows of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    kind: PoolKind,
    source: Shape,
    channels: usize,
    /// Source rows that are read here.
    read: Range<usize>,
    windows: Windows,
    /// What a spike weighs in the sums, as a power of two: 0, but for one of two phases
    /// ([`crate::snn::FirstPhase`]).
    octaves: u32,
    /// Of the rows that are read: net spikes of every source neuron so far, weighted, and in this
    /// step.
    sums: Vec<[i32; LANES]>,
    now: Vec<[i16; LANES]>,
    /// Telescoping: the maximum sent so far, by unit.
    sent: Vec<[i32; LANES]>,
}

impl Pool {
    /// The units of `rows` of a population of shape `shape`; a spike weighs `weight`, a power of
    /// two.
    pub fn new(
        kind: PoolKind,
        window: &Window,
        source: Shape,
        shape: Shape,
        rows: Range<usize>,
        weight: i32,
    ) -> Pool {
        let taps = |axis: usize, o: usize, size: usize| -> Vec<usize> {
            let tap = |k: usize| {
                let i = (o * window.stride[axis] + k * window.dilation[axis])
                    .checked_sub(window.pad[axis])?;
                (i < size).then_some(i)
            };
            (0..window.kernel[axis]).filter_map(tap).collect()
        };
        let groups = source.channels.div_ceil(LANES);
        let units = rows.len() * shape.width * groups;
        let mut rows: Vec<Vec<usize>> = rows.map(|o| taps(0, o, source.height)).collect();
        let all = || rows.iter().flatten().copied();
        let read = match (all().min(), all().max()) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        };
        rows.iter_mut().flatten().for_each(|row| *row -= read.start);
        let columns = (0..shape.width).map(|o| taps(1, o, source.width)).collect();
        let inputs = read.len() * source.width * groups;
        Pool {
            kind,
            source,
            channels: shape.channels,
            read,
            windows: Windows { rows, columns },
            octaves: weight.trailing_zeros(),
            sums: vec![[0; LANES]; inputs],
            now: vec![[0; LANES]; inputs],
            sent: if kind == PoolKind::Telescoping { vec![[0; LANES]; units] } else { vec![] },
        }
    }

    /// From here on a spike weighs so much, a power of two.
    pub fn weigh(&mut self, weight: i32) {
        self.octaves = weight.trailing_zeros();
    }

    /// One step: `spikes` of the source, spikes of the units. Flags of the units are set where
    /// there are any; else `sent` has the units of every position that received input, twice, since
    /// these are the active ones, too.
    pub fn step(
        &mut self,
        instructions: Instructions,
        spikes: &SpikeList,
        flags: &mut [u8],
        out: &mut SpikeList,
        sent: &mut Sent,
    ) {
        let width = self.source.width;
        let mut pooling = Pooling {
            kind: self.kind,
            spikes,
            windows: &self.windows,
            sums: &mut self.sums,
            now: &mut self.now,
            sent: &mut self.sent,
            channels: self.channels,
            positions: self.read.start * width..self.read.end * width,
            width,
            octaves: self.octaves,
        };
        sent.clear();
        let entries = out.entries_mut();
        kernel::pool(instructions, &mut pooling, flags, entries, sent);
        out.end_positions(&sent.ends, &sent.sizes);
    }
}
