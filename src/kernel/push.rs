//! Pushes spikes through a narrow 3 x 3 convolution: needs AVX-512.
//!
//! With few outputs, listing what a position reads costs more than adding it. So the spikes of a
//! cell are added where they act: to the sums of the 3 x 3 outputs around it, which stay in
//! registers while the cell moves along its row. Sums are of 16 bits, in a ring of three rows; a
//! row is complete when the cells below it have passed.

use super::blocks::Blocks;
use super::lines::Lines;
use crate::engine::spikes::SpikeList;
use crate::snn::Shape;

/// Most spikes of a cell: nine times 28 weights of at most 128 fit 16 bits.
const MOST: u32 = 28;

/// Weights of a narrow convolution, by input and place around the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    source: Shape,
    /// Cells of the source that share their weights, by axis.
    repeat: [usize; 2],
    outputs: usize,
    /// Outputs with those that are none: 32 or 64.
    block: usize,
    /// `[input][row][column][output]`, rows and columns of outputs around the cell.
    weights: Lines,
}

/// Three rows of sums, with a column on both sides.
#[derive(Debug, Clone, Default)]
pub struct Pushing {
    sums: Vec<i16>,
    /// By row and column: 1 where a cell sent anything.
    hit: Vec<u8>,
    /// The first row of outputs, and the next one of cells.
    first: usize,
    next: usize,
}

impl Push {
    /// Of a kernel of 3 x 3 cells. `None` for many outputs, which pull faster, and on other
    /// processors.
    pub fn new(source: Shape, from: &Blocks) -> Option<Push> {
        if cfg!(not(target_arch = "x86_64")) {
            return None;
        }
        let outputs = from.outputs();
        let block = [32, 64].into_iter().find(|&block| outputs <= block)?;
        let mut weights = vec![];
        for input in 0..source.channels {
            for place in 0..9 {
                // The output above a cell sees it through the last row of the kernel.
                weights.extend(from.narrow([2 - place / 3, 2 - place % 3], input).map(|w| w as u8));
                weights.extend(std::iter::repeat_n(0, block - outputs));
            }
        }
        Some(Push { source, repeat: from.repeat(), outputs, block, weights: Lines::new(&weights) })
    }

    /// Whether the sums of all outputs of `rows` fit 16 bits.
    pub fn fits(&self, spikes: &SpikeList, rows: std::ops::Range<usize>) -> bool {
        let cells = self.repeat[0] * self.repeat[1];
        if spikes.most() as usize * cells <= MOST as usize {
            return true;
        }
        let before = spikes.spikes_before();
        let Shape { height, width, .. } = self.source;
        let read =
            rows.start.saturating_sub(1)..(rows.end + 1).min(height.div_ceil(self.repeat[0]));
        read.into_iter().all(|row| {
            (0..width.div_ceil(self.repeat[1])).all(|column| {
                let lines = row * self.repeat[0]..((row + 1) * self.repeat[0]).min(height);
                let ends = [column, column + 1].map(|column| (column * self.repeat[1]).min(width));
                let here =
                    |line: usize| before[line * width + ends[1]] - before[line * width + ends[0]];
                lines.map(here).sum::<u32>() <= MOST
            })
        })
    }

    /// Begins anew with the outputs of row `first`.
    pub fn begin(&self, first: usize, pushing: &mut Pushing) {
        let columns = self.source.width.div_ceil(self.repeat[1]) + 2;
        pushing.sums.clear();
        pushing.sums.resize(3 * columns * self.block, 0);
        pushing.hit.clear();
        pushing.hit.resize(3 * columns, 0);
        (pushing.first, pushing.next) = (first, first.saturating_sub(1));
    }

    /// Adds what arrives at the outputs of `row` to `sums`, and sets `touched` where anything does.
    /// Rows come one after the other, from the first on.
    ///
    /// # Panics
    /// On processors without AVX-512.
    pub fn row(
        &self,
        spikes: &SpikeList,
        row: usize,
        sums: &mut [i32],
        touched: &mut [u8],
        pushing: &mut Pushing,
    ) {
        #[cfg(target_arch = "x86_64")]
        assert!(is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("popcnt"));
        let height = self.source.height.div_ceil(self.repeat[0]);
        let columns = self.source.width.div_ceil(self.repeat[1]) + 2;
        while pushing.next <= row + 1 && pushing.next < height {
            // SAFETY: the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            unsafe {
                match self.block {
                    32 => x86::push::<1>(self, spikes, pushing),
                    _ => x86::push::<2>(self, spikes, pushing),
                }
            }
            if pushing.next <= pushing.first {
                // The output row above it is none of those asked for.
                pushing.sums[(pushing.next + 2) % 3 * columns * self.block..]
                    [..columns * self.block]
                    .fill(0);
            }
            pushing.next += 1;
        }
        let ring = row % 3;
        let own = &mut pushing.sums[ring * columns * self.block..][..columns * self.block];
        let each = own.chunks_exact(self.block).skip(1).zip(sums.chunks_exact_mut(self.outputs));
        for (parts, sums) in each {
            parts
                .iter()
                .zip(sums)
                .for_each(|(&part, sum)| *sum = sum.wrapping_add(i32::from(part)));
        }
        own.fill(0);
        dilate(&pushing.hit, columns, touched);
        // The row above is not read again.
        pushing.hit[(row + 2) % 3 * columns..][..columns].fill(0);
    }
}

/// Marks columns around which any of three rows has a mark.
fn dilate(hit: &[u8], columns: usize, touched: &mut [u8]) {
    let [a, b, c] = [0, 1, 2].map(|row| &hit[row * columns..][..columns]);
    for (x, touched) in touched.iter_mut().enumerate().take(columns - 2) {
        let at = |row: &[u8]| row[x] | row[x + 1] | row[x + 2];
        *touched |= at(a) | at(b) | at(c);
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(clippy::needless_range_loop, reason = "indices over registers, which go with addresses")]
mod x86 {
    use super::{Push, Pushing, Shape, SpikeList};
    use std::arch::x86_64::*;

    /// Adds the spikes of row `pushing.next` of cells to the three rows around it; `M` registers
    /// hold the outputs of a position.
    #[target_feature(enable = "avx512f,avx512bw,popcnt")]
    pub fn push<const M: usize>(field: &Push, spikes: &SpikeList, pushing: &mut Pushing) {
        let row = pushing.next;
        let Shape { height, width, channels } = field.source;
        let (entries, offsets) = (spikes.entries(), spikes.offsets());
        let cells = width.div_ceil(field.repeat[1]);
        let columns = cells + 2;
        let weights = field.weights.bytes();
        assert!(
            weights.len() == channels * 9 * 32 * M && pushing.sums.len() == 3 * columns * 32 * M
        );
        // Of the three output rows around it, those above and below come first and last.
        let rings = [0, 1, 2].map(|y| (row + 2 + y) % 3 * columns * 32 * M);
        let sums = pushing.sums.as_mut_ptr();
        let hit = &mut pushing.hit[row % 3 * columns..][..columns];
        let lines = row * field.repeat[0]..((row + 1) * field.repeat[0]).min(height);
        let mut parts = [[[_mm512_setzero_si512(); M]; 3]; 3];
        // SAFETY: every address is that of a column of one of the rows: the sums were measured
        // above.
        let at = |y: usize, column: usize, m: usize| unsafe {
            sums.add(rings[y] + (column * M + m) * 32)
        };
        for y in 0..3 {
            for x in 0..2 {
                for m in 0..M {
                    // SAFETY: as above.
                    parts[y][x + 1][m] = unsafe { _mm512_loadu_si512(at(y, x, m).cast()) };
                }
            }
        }
        for column in 0..cells {
            for y in 0..3 {
                parts[y][0] = parts[y][1];
                parts[y][1] = parts[y][2];
                for m in 0..M {
                    // SAFETY: as above.
                    parts[y][2][m] = unsafe { _mm512_loadu_si512(at(y, column + 2, m).cast()) };
                }
            }
            let from = column * field.repeat[1];
            let end = (from + field.repeat[1]).min(width);
            for line in lines.clone() {
                let [start, stop] = [from, end].map(|x| offsets[line * width + x] as usize);
                for spike in &entries[start..stop] {
                    hit[column + 1] = 1;
                    let first = spike.channel() * 9 * 32 * M;
                    let weights = &weights[first..first + 9 * 32 * M];
                    match spike.count() {
                        1 => add::<M, 1>(weights, 1, &mut parts),
                        -1 => add::<M, -1>(weights, -1, &mut parts),
                        count => add::<M, 0>(weights, count, &mut parts),
                    }
                }
            }
            for y in 0..3 {
                for m in 0..M {
                    // SAFETY: as above.
                    unsafe { _mm512_storeu_si512(at(y, column, m).cast(), parts[y][0][m]) };
                }
            }
        }
        for y in 0..3 {
            for x in 0..2 {
                for m in 0..M {
                    // SAFETY: as above.
                    unsafe { _mm512_storeu_si512(at(y, cells + x, m).cast(), parts[y][x + 1][m]) };
                }
            }
        }
    }

    /// Adds the weights of one input, `count` times: `ONCE`, or 0 for any other number.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,popcnt")]
    fn add<const M: usize, const ONCE: i32>(
        weights: &[u8],
        count: i32,
        parts: &mut [[[__m512i; M]; 3]; 3],
    ) {
        let times = _mm512_set1_epi16(count as i16);
        for y in 0..3 {
            for x in 0..3 {
                for m in 0..M {
                    let first = ((3 * y + x) * M + m) * 32;
                    // SAFETY: the input has 9 M times 32 weights, whose length was taken.
                    let words = _mm512_cvtepi8_epi16(unsafe {
                        _mm256_loadu_si256(weights.as_ptr().add(first).cast())
                    });
                    let part = &mut parts[y][x][m];
                    *part = match ONCE {
                        1 => _mm512_add_epi16(*part, words),
                        -1 => _mm512_sub_epi16(*part, words),
                        _ => _mm512_add_epi16(*part, _mm512_mullo_epi16(words, times)),
                    };
                }
            }
        }
    }
}
