//! The spikes that some rows of a field read, copied cell by cell.
//!
//! A folded average pool repeats its weights over the cells of a window. Such cells count as one
//! column and row here: their spikes lie side by side and read the same weights.
//!
//! Kernels read a spike as 24 bits of its row of weights and 8 of its count; more spikes of a
//! neuron become several entries.

use super::instructions::Instructions;
#[cfg(target_arch = "x86_64")]
use super::pull::SLACK;
use crate::engine::spikes::{Spike, SpikeList};
use crate::snn::Shape;
use std::ops::Range;

/// A spike as kernels read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Read(u32);

/// Largest |count| of an entry.
const MOST: u32 = 127;

impl Read {
    /// `place` below 2^24: a channel, a column with its channel or a row of weights.
    pub fn new(place: usize, count: i8) -> Read {
        Read((place as u32) << 8 | u32::from(count as u8))
    }

    /// `spike`, whose |count| is at most [`MOST`].
    #[inline(always)]
    fn of(spike: Spike) -> Read {
        let bits = spike.bits();
        Read(bits >> (Spike::COUNT_BITS - 8) & !0xff | bits & 0xff)
    }

    #[inline(always)]
    pub fn channel(self) -> usize {
        (self.0 >> 8) as usize
    }

    /// The same at a place `by` further on, which is one.
    #[inline(always)]
    pub fn moved(self, by: i64) -> Read {
        Read(self.0.wrapping_add((by as u32) << 8))
    }

    #[inline(always)]
    pub fn count(self) -> i32 {
        i32::from(self.0 as u8 as i8)
    }

    /// `spike` in entries of at most [`MOST`] spikes.
    fn parts(spike: Spike) -> impl Iterator<Item = Read> {
        let (channel, count) = (spike.channel(), spike.count());
        let sign = if count < 0 { -1 } else { 1 };
        let sizes = (0..count.unsigned_abs()).step_by(MOST as usize);
        // At most 127: a byte.
        let size = move |before: u32| (count.unsigned_abs() - before).min(MOST) as i8;
        sizes.map(move |before| Read::new(channel, sign * size(before)))
    }
}

/// How the positions of a source make cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    pub source: Shape,
    /// Positions of a cell, by axis.
    pub repeat: [usize; 2],
}

impl Cells {
    /// Rows (axis 0) or columns of cells.
    pub fn along(&self, axis: usize) -> usize {
        [self.source.height, self.source.width][axis].div_ceil(self.repeat[axis])
    }

    /// The spikes of a cell, row by row of the source.
    #[inline(always)]
    fn spikes<'s>(
        &self,
        spikes: &'s SpikeList,
        [row, column]: [usize; 2],
    ) -> impl Iterator<Item = &'s [Spike]> + use<'s> {
        let (entries, offsets) = (spikes.entries(), spikes.offsets());
        let Shape { height, width, .. } = self.source;
        let lines = row * self.repeat[0]..((row + 1) * self.repeat[0]).min(height);
        let from = column * self.repeat[1];
        let end = (from + self.repeat[1]).min(width);
        lines.map(move |line| {
            &entries[offsets[line * width + from] as usize..offsets[line * width + end] as usize]
        })
    }
}

/// The spikes of some rows of cells in one step.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Row, in cells, of the first.
    pub first: usize,
    pub rows: usize,
    /// Those of a cell together; the channel of an entry is `column in cells * channels + channel`.
    #[cfg(target_arch = "x86_64")]
    pub entries: Vec<Read>,
    /// Entries before each cell.
    #[cfg(target_arch = "x86_64")]
    pub offsets: Vec<u32>,
    /// In place of both, for the portable way: single positive spikes, and the others. Behind the
    /// last offset there are none.
    pub kinds: [Vec<Read>; 2],
    pub kind_offsets: Vec<[u32; 2]>,
    /// Largest |count|, of the entries.
    pub largest: u32,
}

impl Taken {
    /// Takes the spikes of `rows` of cells, in the form that is gathered by `instructions`.
    pub fn take(
        &mut self,
        instructions: Instructions,
        cells: &Cells,
        spikes: &SpikeList,
        rows: Range<usize>,
    ) {
        let Shape { height, width, .. } = cells.source;
        let all = [rows.start, rows.end]
            .map(|row| spikes.offsets()[(row * cells.repeat[0]).min(height) * width] as usize);
        let size = |spike: &Spike| spike.count().unsigned_abs();
        self.largest = match spikes.is_single() {
            true => 1,
            false => spikes.entries()[all[0]..all[1]].iter().map(size).max().unwrap_or(1),
        };
        (self.first, self.rows) = (rows.start, rows.len());
        if self.largest > MOST {
            self.largest = MOST;
            return self.split(instructions, cells, spikes);
        }
        let most = all[1] - all[0];
        match instructions {
            Instructions::Portable => self.sort(cells, spikes, most),
            #[cfg(target_arch = "x86_64")]
            _ => self.copy(instructions, cells, spikes, most),
        }
    }

    /// Copies them in parts: some are larger than an entry.
    fn split(&mut self, instructions: Instructions, cells: &Cells, spikes: &SpikeList) {
        #[cfg(target_arch = "x86_64")]
        let (mut all, mut ends) =
            (std::mem::take(&mut self.entries), std::mem::take(&mut self.offsets));
        #[cfg(not(target_arch = "x86_64"))]
        let (mut all, mut ends) = (vec![], vec![]);
        all.clear();
        ends.clear();
        ends.push(0);
        let kinded = instructions == Instructions::Portable;
        self.kinds.iter_mut().for_each(Vec::clear);
        self.kind_offsets.clear();
        self.kind_offsets.push([0; 2]);
        for row in self.first..self.first + self.rows {
            for column in 0..cells.along(1) {
                let by = (column * cells.source.channels) as i64;
                for &spike in cells.spikes(spikes, [row, column]).flatten() {
                    for read in Read::parts(spike).map(|read| read.moved(by)) {
                        match kinded {
                            true => self.kinds[usize::from(read.count() != 1)].push(read),
                            false => all.push(read),
                        }
                    }
                }
                self.kind_offsets.push(self.kinds.each_ref().map(|kind| kind.len() as u32));
                ends.push(all.len() as u32);
            }
        }
        #[cfg(target_arch = "x86_64")]
        {
            (self.entries, self.offsets) = (all, ends);
        }
    }

    /// Copies them kind by kind; there are `most`.
    fn sort(&mut self, cells: &Cells, spikes: &SpikeList, most: usize) {
        for kind in &mut self.kinds {
            // One more: both kinds are written to, and one of them goes on.
            if kind.len() <= most {
                kind.resize(most + most / 2 + 1, Read::new(0, 0));
            }
        }
        let [ones, others] = &mut self.kinds;
        let (ones, others) = (&mut ones[..], &mut others[..]);
        let [mut one, mut all] = [0; 2];
        self.kind_offsets.clear();
        self.kind_offsets.push([0; 2]);
        for row in self.first..self.first + self.rows {
            for column in 0..cells.along(1) {
                let by = (column * cells.source.channels) as i64;
                for part in cells.spikes(spikes, [row, column]) {
                    for &spike in part {
                        let moved = Read::of(spike).moved(by);
                        // Without a branch: which of both it is, is hard to foresee.
                        (ones[one], others[all - one]) = (moved, moved);
                        one += usize::from(spike.count() == 1);
                        all += 1;
                    }
                }
                self.kind_offsets.push([one, all - one].map(|n| n as u32));
            }
        }
    }

    /// Copies them all together.
    #[cfg(target_arch = "x86_64")]
    fn copy(&mut self, instructions: Instructions, cells: &Cells, spikes: &SpikeList, most: usize) {
        self.entries.clear();
        self.entries.reserve(most + SLACK);
        self.offsets.clear();
        self.offsets.reserve(self.rows * cells.along(1) + 1);
        self.offsets.push(0);
        if instructions.is_avx512() {
            // SAFETY: the processor has these instructions.
            return unsafe { copy_avx512(cells, spikes, self) };
        }
        for row in self.first..self.first + self.rows {
            for column in 0..cells.along(1) {
                let base = (column * cells.source.channels) as i64;
                for part in cells.spikes(spikes, [row, column]) {
                    self.entries.extend(part.iter().map(|&spike| Read::of(spike).moved(base)));
                }
                self.offsets.push(self.entries.len() as u32);
            }
        }
    }
}

/// As [`Taken::copy`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn copy_avx512(cells: &Cells, spikes: &SpikeList, taken: &mut Taken) {
    use std::arch::x86_64::*;
    let (entries, offsets) = (spikes.entries(), spikes.offsets());
    let Shape { height, width, channels } = cells.source;
    let (first, columns) = (taken.first, cells.along(1));
    let lines = |row: usize| row * cells.repeat[0]..((row + 1) * cells.repeat[0]).min(height);
    let [start, end] = [first, first + taken.rows].map(|row| lines(row).start.min(height) * width);
    assert!(spikes.events(start, end) as usize + 16 <= taken.entries.capacity());
    assert!(taken.rows * columns < taken.offsets.capacity() && taken.offsets.len() == 1);
    if spikes.events(start, end) == 0 {
        taken.offsets.resize(taken.rows * columns + 1, 0);
        return;
    }
    let (mut n, mut done) = (0, 1);
    let to: *mut Read = taken.entries.as_mut_ptr();
    let count = _mm512_set1_epi32(0xff);
    let ends = taken.offsets.as_mut_ptr();
    for row in first..first + taken.rows {
        for column in 0..columns {
            let base = _mm512_set1_epi32(((column * channels) << 8) as i32);
            let from = column * cells.repeat[1];
            let end = (from + cells.repeat[1]).min(width);
            for line in lines(row) {
                let [start, stop] = [from, end].map(|x| offsets[line * width + x] as usize);
                let cell = &entries[start..stop];
                let mut at = 0;
                // Once in any case: whether a cell is empty is hard to foresee.
                loop {
                    let left = cell.len() - at;
                    let mask = (0xffff_u32 >> (16 - left.min(16))) as u16;
                    // SAFETY: the mask leaves out what lies behind the cell, and there is room for
                    // a register more than all entries. A `Spike` is a `u32`, and so is a `Read`,
                    // any of which is one.
                    unsafe {
                        let spikes = _mm512_maskz_loadu_epi32(mask, cell.as_ptr().add(at).cast());
                        // As `Read::of`: of the count's digits the last, of the others those above.
                        let above = _mm512_srli_epi32::<{ Spike::COUNT_BITS - 8 }>(spikes);
                        let spikes = _mm512_ternarylogic_epi32::<0xca>(count, spikes, above);
                        _mm512_storeu_si512(to.add(n + at).cast(), _mm512_add_epi32(spikes, base));
                    }
                    at += 16;
                    if at >= cell.len() {
                        break;
                    }
                }
                n += cell.len();
            }
            // SAFETY: there is room for the ends of all cells.
            unsafe { ends.add(done).write(n as u32) };
            done += 1;
        }
    }
    // SAFETY: as many have been written.
    unsafe {
        taken.entries.set_len(n);
        taken.offsets.set_len(done);
    }
}
