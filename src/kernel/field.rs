//! Pulls spikes through a dense convolution, position by position, block of outputs by block.
//!
//! Within a row of the source, the weights that an output reads are a linear function of column and
//! channel. So the receptive field of a position is one slice of the spikes of each of its rows,
//! and a spike becomes a row of weights by one addition. Blocks of outputs are the outer loop:
//! their weights stay in the cache while positions pass.

use crate::engine::spikes::SpikeList;
use crate::snn::{Conv, Shape, Weights};
use std::ops::Range;

/// A convolution with its weights in blocks of outputs, and the spikes that it reads in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    source: Shape,
    outputs: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    /// Rows and columns of the kernel that share their weights, as those of a folded average do.
    repeat: [usize; 2],
    /// Outputs of a block: 128, 64 or 32.
    block: usize,
    /// `[block][ky / repeat][kx / repeat][input][output of the block]`, each weight plus 128.
    weights: Vec<u8>,
    /// The step's spikes: `(x / repeat * channels + channel) << 8 | count`.
    entries: Vec<u32>,
    /// Entries before each position.
    offsets: Vec<u32>,
}

/// Two spikes and the rows of weights that they read; a single one has a second count of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    rows: [u32; 2],
    counts: [i8; 2],
}

/// Pairs of one position whose sums fit 16 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Segment {
    /// Of the band.
    position: u32,
    end: u32,
    /// 128 times the sum of the counts, modulo 2^16: what the offset of the weights adds.
    excess: i16,
}

/// Buffers of one worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    pairs: Vec<Pair>,
    segments: Vec<Segment>,
}

/// Largest sum of |count| of a segment: |weight| <= 128, and 128 * 255 <= 32767.
const MOST: u32 = 255;
/// Largest |count| of a pair: 255 * (64 + 64) <= 32767.
const LARGEST: u32 = 64;

impl Field {
    /// `None` where the convolution has another form: groups, gaps, two tables, weights of 16 bits,
    /// a part of the source's channels, outputs that do not fill blocks.
    pub fn new(conv: &Conv, source: Shape, outputs: usize) -> Option<Field> {
        let Weights::Bytes(steps) = &conv.weights else { return None };
        let block = [128, 64, 32].into_iter().find(|&block| outputs > 0 && outputs.is_multiple_of(block))?;
        let plain = conv.groups == 1
            && conv.upsample == [1, 1]
            && conv.window.dilation == [1, 1]
            && conv.negative.is_empty()
            && conv.inputs == (0..source.channels);
        let row = source.channels * outputs;
        let repeat = [0, 1].map(|axis| repeat(conv, steps, row, axis));
        let (kernel, stride, pad) = (conv.window.kernel, conv.window.stride, conv.window.pad);
        let linear = stride[1] == repeat[1] && pad[1] % repeat[1] == 0;
        // A row of weights and a column with its channel are numbers of 24 bits.
        let small =
            kernel[0] * kernel[1] * source.channels < 1 << 24 && source.width * source.channels < 1 << 24;
        if !(plain && linear && small) {
            return None;
        }
        let mut weights = Vec::with_capacity(steps.len() / (repeat[0] * repeat[1]));
        for first in (0..outputs).step_by(block) {
            for ky in (0..kernel[0]).step_by(repeat[0]) {
                for kx in (0..kernel[1]).step_by(repeat[1]) {
                    let tap = &steps[(ky * kernel[1] + kx) * row..][..row];
                    for input in tap.chunks_exact(outputs) {
                        weights.extend(input[first..first + block].iter().map(|&w| (w as u8) ^ 0x80));
                    }
                }
            }
        }
        let (entries, offsets) = (vec![], vec![]);
        Some(Field { source, outputs, kernel, stride, pad, repeat, block, weights, entries, offsets })
    }

    /// Takes the spikes of a step.
    pub fn take(&mut self, spikes: &SpikeList) {
        self.entries.clear();
        self.offsets.clear();
        self.offsets.extend_from_slice(spikes.offsets());
        self.entries.extend(spikes.entries().iter().map(|spike| spike.bits()));
        let (width, step) = (self.source.width, (self.source.channels as u32) << 8);
        for (position, ends) in self.offsets.windows(2).enumerate() {
            let column = (position % width / self.repeat[1]) as u32 * step;
            for entry in &mut self.entries[ends[0] as usize..ends[1] as usize] {
                *entry += column;
            }
        }
    }

    /// Adds what arrives at `positions` (of rows of `width`) to `sums`, all outputs of a position together;
    /// `touched` hears of the positions where anything arrives, counted from the first.
    pub fn gather(
        &self,
        positions: Range<usize>,
        width: usize,
        sums: &mut [i32],
        buffer: &mut Pairs,
        mut touched: impl FnMut(usize),
    ) {
        buffer.pairs.clear();
        buffer.segments.clear();
        for (n, position) in positions.enumerate() {
            if self.pair(n as u32, [position / width, position % width], buffer) {
                touched(n);
            }
        }
        if buffer.segments.is_empty() {
            return;
        }
        let size = self.weights.len() / self.outputs * self.block;
        for (n, weights) in self.weights.chunks_exact(size).enumerate() {
            let first = n * self.block;
            match self.block {
                128 => add::<128>(weights, buffer, sums, first, self.outputs),
                64 => add::<64>(weights, buffer, sums, first, self.outputs),
                _ => add::<32>(weights, buffer, sums, first, self.outputs),
            }
        }
    }

    /// Pairs the spikes in the field of one position; returns whether there are any.
    fn pair(&self, n: u32, [y, x]: [usize; 2], buffer: &mut Pairs) -> bool {
        let [height, width] = [self.source.height, self.source.width];
        let begin = x * self.stride[1];
        let [from, to] = [begin, begin + self.kernel[1]].map(|at| at.saturating_sub(self.pad[1]).min(width));
        let columns = self.kernel[1] / self.repeat[1];
        // Column x / repeat of the source reads tap x / repeat - left of the row.
        let left = x as i64 - (self.pad[1] / self.repeat[1]) as i64;
        let (mut used, mut sum, mut odd) = (0, 0i32, None);
        let before = buffer.segments.len();
        for ky in 0..self.kernel[0] {
            let Some(row) = (y * self.stride[0] + ky).checked_sub(self.pad[0]).filter(|&row| row < height)
            else {
                continue;
            };
            let ends = [from, to].map(|x| self.offsets[row * width + x] as usize);
            let base = ((ky / self.repeat[0] * columns) as i64 - left) * self.source.channels as i64;
            for &entry in &self.entries[ends[0]..ends[1]] {
                let count = entry as u8 as i8;
                let weights = (i64::from(entry >> 8) + base) as u32;
                let size = u32::from(count.unsigned_abs());
                if used + size > MOST {
                    buffer.end(n, odd.take(), sum);
                    (used, sum) = (0, 0);
                }
                used += size;
                sum += i32::from(count);
                if size > LARGEST {
                    buffer.pairs.push(Pair { rows: [weights; 2], counts: [count, 0] });
                } else if let Some((other, first)) = odd.take() {
                    buffer.pairs.push(Pair { rows: [other, weights], counts: [first, count] });
                } else {
                    odd = Some((weights, count));
                }
            }
        }
        if used > 0 {
            buffer.end(n, odd, sum);
        }
        buffer.segments.len() > before
    }
}

impl Pairs {
    fn end(&mut self, position: u32, odd: Option<(u32, i8)>, sum: i32) {
        if let Some((row, count)) = odd {
            self.pairs.push(Pair { rows: [row; 2], counts: [count, 0] });
        }
        let end = self.pairs.len() as u32;
        self.segments.push(Segment { position, end, excess: (sum * 128) as i16 });
    }
}

/// How many neighbours along `axis` of the kernel have the same weights: the stride, where that
/// divides the kernel and all of them do, else 1.
fn repeat(conv: &Conv, steps: &[i8], row: usize, axis: usize) -> usize {
    let (kernel, stride) = (conv.window.kernel, conv.window.stride[axis]);
    if stride < 2 || kernel[axis] % stride != 0 {
        return 1;
    }
    let tap = |ky: usize, kx: usize| &steps[(ky * kernel[1] + kx) * row..][..row];
    let same = |ky: usize, kx: usize| match axis {
        0 => tap(ky, kx) == tap(ky / stride * stride, kx),
        _ => tap(ky, kx) == tap(ky, kx / stride * stride),
    };
    let all = (0..kernel[0]).all(|ky| (0..kernel[1]).all(|kx| same(ky, kx)));
    if all { stride } else { 1 }
}

/// Adds the pairs of all segments to the `N` outputs of a block, `first` the first of them among `outputs`.
fn add<const N: usize>(weights: &[u8], buffer: &Pairs, sums: &mut [i32], first: usize, outputs: usize) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { add_avx2::<N>(weights, buffer, sums, first, outputs) };
    }
    add_portable::<N>(weights, buffer, sums, first, outputs);
}

fn add_portable<const N: usize>(
    weights: &[u8],
    buffer: &Pairs,
    sums: &mut [i32],
    first: usize,
    outputs: usize,
) {
    let mut begin = 0;
    for segment in &buffer.segments {
        let mut part = [segment.excess.wrapping_neg(); N];
        for pair in &buffer.pairs[begin..segment.end as usize] {
            let [a, b] = pair.rows.map(|row| &weights[row as usize * N..][..N]);
            let [j, k] = pair.counts.map(i16::from);
            for n in 0..N {
                let two = i16::from(a[n]).wrapping_mul(j).wrapping_add(i16::from(b[n]).wrapping_mul(k));
                part[n] = part[n].wrapping_add(two);
            }
        }
        begin = segment.end as usize;
        let sums = &mut sums[segment.position as usize * outputs + first..][..N];
        sums.iter_mut().zip(&part).for_each(|(sum, &part)| *sum = sum.wrapping_add(i32::from(part)));
    }
}

/// As [`add_portable`].
///
/// # Safety
/// The processor has AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn add_avx2<const N: usize>(
    weights: &[u8],
    buffer: &Pairs,
    sums: &mut [i32],
    first: usize,
    outputs: usize,
) {
    use std::arch::x86_64::*;
    let mut begin = 0;
    for segment in &buffer.segments {
        // Two registers for 32 outputs: 0..8 and 16..24, 8..16 and 24..32, as the unpacking leaves them.
        let mut parts = [[_mm256_set1_epi16(segment.excess.wrapping_neg()); 2]; 4];
        for pair in &buffer.pairs[begin..segment.end as usize] {
            let (a, b) = (pair.rows[0] as usize * N, pair.rows[1] as usize * N);
            let (a, b) = (&weights[a..a + N], &weights[b..b + N]);
            let counts = i16::from_le_bytes([pair.counts[0] as u8, pair.counts[1] as u8]);
            let counts = _mm256_set1_epi16(counts);
            for (n, [low, high]) in parts[..N / 32].iter_mut().enumerate() {
                // No closure here: it would be a call, since closures do not have this function's features.
                // SAFETY: both rows have N bytes, of which these are the 32 from 32 n on.
                let (a, b) = unsafe {
                    let (a, b) = (a.as_ptr().add(32 * n), b.as_ptr().add(32 * n));
                    (_mm256_loadu_si256(a.cast()), _mm256_loadu_si256(b.cast()))
                };
                *low = _mm256_add_epi16(*low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), counts));
                *high = _mm256_add_epi16(*high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), counts));
            }
        }
        begin = segment.end as usize;
        let sums = &mut sums[segment.position as usize * outputs + first..][..N];
        for (n, sums) in sums.chunks_exact_mut(32).enumerate() {
            let [low, high] = parts[n];
            let eights = [
                _mm256_castsi256_si128(low),
                _mm256_castsi256_si128(high),
                _mm256_extracti128_si256::<1>(low),
                _mm256_extracti128_si256::<1>(high),
            ];
            for (eight, sums) in eights.into_iter().zip(sums.chunks_exact_mut(8)) {
                let at: *mut __m256i = sums.as_mut_ptr().cast();
                // SAFETY: the chunk has 8 sums of 4 bytes.
                unsafe {
                    let sum = _mm256_add_epi32(_mm256_loadu_si256(at), _mm256_cvtepi16_epi32(eight));
                    _mm256_storeu_si256(at, sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::Window;
    use crate::engine::spikes::Spike;
    use crate::kernel::{Sums, Taps, gather};
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// A convolution whose weights repeat along both axes as a folded average's do, or not.
    fn conv(rng: &mut Xoshiro256PlusPlus, channels: usize, outputs: usize, extreme: bool) -> Conv {
        let repeat = [0, 1].map(|_| rng.random_range(1..=3usize));
        let taps = [0, 1].map(|_| rng.random_range(1..=3usize));
        let kernel = [taps[0] * repeat[0], taps[1] * repeat[1]];
        let pad = [rng.random_range(0..kernel[0]), rng.random_range(0..taps[1]) * repeat[1]];
        let size = taps[0] * taps[1] * channels * outputs;
        let base: Vec<i8> =
            (0..size).map(|_| if extreme { -128 } else { rng.random_range(-128..=127) }).collect();
        let row = channels * outputs;
        let rows = (0..kernel[0]).flat_map(|y| (0..kernel[1]).map(move |x| (y, x)));
        let weights = rows.flat_map(|(y, x)| {
            let tap = y / repeat[0] * taps[1] + x / repeat[1];
            base[tap * row..(tap + 1) * row].iter().copied()
        });
        Conv {
            inputs: 0..channels,
            window: Window { kernel, stride: repeat, pad, dilation: [1, 1] },
            groups: 1,
            upsample: [1, 1],
            weights: Weights::Bytes(weights.collect()),
            negative: Weights::default(),
        }
    }

    /// Bursts of up to `largest` of both signs.
    fn spikes(rng: &mut Xoshiro256PlusPlus, shape: Shape, largest: i8) -> SpikeList {
        let mut list = SpikeList::silent(0);
        list.clear();
        for _ in 0..shape.positions() {
            for c in 0..shape.channels {
                let count = rng.random_range(-largest - 1..=largest);
                if count != 0 && rng.random_range(0..3) == 0 {
                    list.push(Spike::new(c, count));
                }
            }
            list.end_position();
        }
        list
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn every_way_gathers_the_same(
            seed in any::<u64>(),
            blocks in 1usize..=12,
            largest in prop::sample::select(vec![1i8, 4, 63, 64, 65, 127]),
            extreme in any::<bool>(),
        ) {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let [height, width, channels] = [0, 1, 2].map(|_| rng.random_range(1..9));
            let (source, outputs) = (Shape { height, width, channels }, 32 * blocks);
            let conv = conv(&mut rng, channels, outputs, extreme);
            let spikes = spikes(&mut rng, source, largest);
            let Some(mut field) = Field::new(&conv, source, outputs) else {
                return Err(TestCaseError::fail("no field"));
            };
            field.take(&spikes);
            let (rows, columns) = (3, 4);
            let from = rng.random_range(0..6);
            let positions = from..rows * columns;
            let size = positions.len() * outputs;
            let (mut sums, mut touched) = (vec![7; size], vec![0; size]);
            let mut pairs = Pairs::default();
            field.gather(positions.clone(), columns, &mut sums, &mut pairs, |n| {
                touched[n * outputs..(n + 1) * outputs].fill(3);
            });
            let (mut plain, mut marks, mut portable) = (vec![7; size], vec![0; size], vec![7; size]);
            let each = plain.chunks_exact_mut(outputs).zip(marks.chunks_exact_mut(outputs));
            for (position, (sums, touched)) in positions.zip(each) {
                let into = &mut Sums { sums, touched, taps: &mut Taps::default() };
                gather(&conv, source, &spikes, [position / columns, position % columns], into);
            }
            let block = field.weights.len() / outputs * field.block;
            for (n, weights) in field.weights.chunks_exact(block).enumerate() {
                let first = n * field.block;
                match field.block {
                    128 => add_portable::<128>(weights, &pairs, &mut portable, first, outputs),
                    64 => add_portable::<64>(weights, &pairs, &mut portable, first, outputs),
                    _ => add_portable::<32>(weights, &pairs, &mut portable, first, outputs),
                }
            }
            prop_assert_eq!(&sums, &plain);
            prop_assert_eq!(&portable, &plain);
            prop_assert_eq!(touched, marks);
        }
    }
}
