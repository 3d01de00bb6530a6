//! Pulls spikes through a dense convolution, position by position, block of outputs by block.
//!
//! Within a row of the source, the weights that an output reads are a linear function of column and
//! channel. So the receptive field of a position is one slice of the spikes of each of its rows,
//! and a spike becomes a row of weights by one addition. The rows of one position become a short
//! list ([`super::pull`]), over which each block of outputs runs with its sums in registers.
//!
//! Columns and rows are those of cells ([`super::taken`]): the positions that share weights count
//! as one.

use super::blocks::Blocks;
use super::instructions::Instructions;
#[cfg(target_arch = "x86_64")]
use super::pull::List;
use super::push::{Push, Pushing};
#[cfg(target_arch = "x86_64")]
use super::taken::Read;
use super::taken::{Cells, Taken};
use super::words::{Piece, pull};
use crate::engine::spikes::SpikeList;
use crate::snn::{Conv, Shape};
use std::ops::Range;
use std::sync::Arc;

/// A convolution with its weights in blocks of outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Of the source; those of a folded average share their weights.
    cells: Cells,
    /// In such cells.
    kernel: [usize; 2],
    stride: [usize; 2],
    pad: [usize; 2],
    weights: Arc<Blocks>,
    /// For narrow ones.
    push: Option<Push>,
}

/// Buffers of one worker.
#[derive(Debug, Clone, Default)]
pub struct Pulling {
    /// By which spikes were taken, and are gathered.
    instructions: Instructions,
    /// Whether spikes are pushed in this step; else they were taken.
    pushes: bool,
    pushing: Pushing,
    taken: Taken,
    #[cfg(target_arch = "x86_64")]
    list: List,
    /// What a position reads, by kind.
    pieces: [Vec<Piece>; 2],
}

/// What one position reads of the spikes taken: columns, in cells, and rows of the kernel.
#[derive(Debug, Clone, Copy)]
struct Reach {
    columns: [usize; 2],
    rows: [usize; 2],
    /// Row, among those taken, that the kernel's first row reads; it may lie outside.
    top: i64,
    /// What turns an entry of the kernel's first row to a row of weights.
    base: i64,
}

/// Where sums are asked for: positions of rows of `width`, and outputs, which begin with a block.
#[derive(Debug, Clone)]
pub struct Place {
    /// Positions of the target, row by row.
    pub positions: Range<usize>,
    /// Positions of a row.
    pub width: usize,
    /// Output channels.
    pub outputs: Range<usize>,
}

impl Field {
    /// `None` where [`Blocks::new`] gives none.
    pub fn new(conv: &Conv, source: Shape, outputs: usize) -> Option<Field> {
        let weights = Blocks::new(conv, source, outputs)?;
        let (kernel, repeat) = (weights.cells(), weights.repeat());
        let [stride, pad] = [conv.window.stride, conv.window.pad]
            .map(|values| [values[0] / repeat[0], values[1] / repeat[1]]);
        let around = (kernel, stride, pad) == ([3, 3], [1, 1], [1, 1]);
        let push = around.then(|| Push::new(source, &weights)).flatten();
        Some(Field { cells: Cells { source, repeat }, kernel, stride, pad, weights, push })
    }

    /// Outputs of a block.
    pub fn block(&self) -> usize {
        self.weights.block()
    }

    /// Whether [`Field::gather`] is asked for whole rows, one after the other.
    pub fn by_rows(&self) -> bool {
        self.push.is_some()
    }

    /// Begins a step for the outputs of `rows`: takes the spikes that they read.
    pub fn take(
        &self,
        instructions: Instructions,
        spikes: &SpikeList,
        rows: Range<usize>,
        into: &mut Pulling,
    ) {
        (into.instructions, into.pushes) = (instructions, false);
        if let Some(push) = &self.push
            && instructions.is_avx512()
            && push.fits(spikes, rows.clone())
        {
            into.pushes = true;
            return push.begin(rows.start, &mut into.pushing);
        }
        let height = self.cells.along(0);
        let first = (rows.start * self.stride[0]).saturating_sub(self.pad[0]).min(height);
        let end = (rows.end.saturating_sub(1) * self.stride[0] + self.kernel[0])
            .saturating_sub(self.pad[0]);
        let end = end.clamp(first, height);
        into.taken.take(instructions, &self.cells, spikes, first..end);
    }

    /// Adds to `sums` what arrives of `spikes`, which were taken, at `positions` (of rows of
    /// `width`), all of `outputs` of a position together; these begin with a block. `touched`
    /// becomes 1 for the positions where anything arrives.
    pub fn gather(
        &self,
        spikes: &SpikeList,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        if let (Some(push), true) = (&self.push, buffer.pushes) {
            let rows = place.positions.start / place.width..place.positions.end / place.width;
            let each = sums.chunks_exact_mut(place.width * place.outputs.len());
            for ((row, sums), touched) in rows.zip(each).zip(touched.chunks_exact_mut(place.width))
            {
                push.row(spikes, row, sums, touched, &mut buffer.pushing);
            }
            return;
        }
        self.gather_taken(place, sums, touched, buffer);
    }

    /// The same of spikes that were taken.
    fn gather_taken(
        &self,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        match self.weights.block() {
            128 => self.gather_blocks::<128>(place, sums, touched, buffer),
            64 => self.gather_blocks::<64>(place, sums, touched, buffer),
            _ => self.gather_blocks::<32>(place, sums, touched, buffer),
        }
    }

    fn gather_blocks<const N: usize>(
        &self,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        match buffer.instructions {
            // SAFETY: the processor has these instructions.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe {
                self.gather_avx512::<N>(place, sums, touched, buffer)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { self.gather_avx2::<N>(place, sums, touched, buffer) },
            Instructions::Portable => self.gather_portable::<N>(place, sums, touched, buffer),
        }
    }

    fn gather_portable<const N: usize>(
        &self,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        let (size, weights) = self.blocks::<N>(place);
        let Pulling { taken, pieces, .. } = buffer;
        let spikes = [&taken.kinds[0][..], &taken.kinds[1][..]];
        // Of single spikes the others are negative ones.
        let once = taken.largest <= 1;
        let each = sums.chunks_exact_mut(place.outputs.len()).zip(touched);
        for (position, (sums, touched)) in place.positions.clone().zip(each) {
            let reach = self.reach([position / place.width, position % place.width], taken);
            pieces.iter_mut().for_each(Vec::clear);
            for ky in reach.rows[0]..reach.rows[1] {
                let (row, base) = self.row(reach, ky);
                let ends = reach.columns.map(|column| taken.kind_offsets[row + column]);
                for (kind, pieces) in pieces.iter_mut().enumerate() {
                    let entries = ends[0][kind] as usize..ends[1][kind] as usize;
                    if !entries.is_empty() {
                        pieces.push(Piece { entries, base: base as u32 });
                    }
                }
            }
            if pieces.iter().all(Vec::is_empty) {
                continue;
            }
            *touched = 1;
            for (weights, sums) in weights.chunks_exact(size).zip(sums.chunks_mut(N)) {
                pull::<N>(spikes, [&pieces[0], &pieces[1]], taken.largest, once, weights, sums);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn gather_avx2<const N: usize>(
        &self,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        let (size, weights) = self.blocks::<N>(place);
        let Pulling { taken, list, .. } = buffer;
        let each = sums.chunks_exact_mut(place.outputs.len()).zip(touched);
        for (position, (sums, touched)) in place.positions.clone().zip(each) {
            list.clear(taken.largest);
            let reach = self.reach([position / place.width, position % place.width], taken);
            for ky in reach.rows[0]..reach.rows[1] {
                let (slice, base) = self.slice(reach, ky, taken);
                list.extend(slice, base);
            }
            if list.is_empty() {
                continue;
            }
            *touched = 1;
            for (weights, sums) in weights.chunks_exact(size).zip(sums.chunks_mut(N)) {
                list.pull_avx2::<N>(weights, sums);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn gather_avx512<const N: usize>(
        &self,
        place: &Place,
        sums: &mut [i32],
        touched: &mut [u8],
        buffer: &mut Pulling,
    ) {
        let (size, weights) = self.blocks::<N>(place);
        let Pulling { taken, list, .. } = buffer;
        list.clear(taken.largest);
        // No position reads more than what was taken.
        list.reserve_avx512(taken.entries.len());
        let each = sums.chunks_exact_mut(place.outputs.len()).zip(touched);
        for (position, (sums, touched)) in place.positions.clone().zip(each) {
            let reach = self.reach([position / place.width, position % place.width], taken);
            let mut n = 0;
            for ky in reach.rows[0]..reach.rows[1] {
                let (slice, base) = self.slice(reach, ky, taken);
                // SAFETY: there is room for all that was taken, of which no row comes twice.
                unsafe { list.append_avx512(n, slice, base) };
                n += slice.len();
            }
            if n == 0 {
                continue;
            }
            *touched = 1;
            // SAFETY: `n` entries have been appended.
            let excess = unsafe { list.finish_avx512::<N>(n) };
            for (weights, sums) in weights.chunks_exact(size).zip(sums.chunks_mut(N)) {
                if list.is_short() {
                    list.pull_short_avx512::<N>(weights, excess, sums);
                } else {
                    list.pull_avx512::<N>(weights, sums);
                }
            }
        }
    }

    /// Bytes of a block of `N` outputs, and the blocks from the first that is asked for.
    #[inline]
    fn blocks<const N: usize>(&self, place: &Place) -> (usize, &[u8]) {
        let size = self.kernel[0] * self.kernel[1] * self.cells.source.channels * N;
        (size, &self.weights.bytes()[place.outputs.start / N * size..])
    }

    #[inline]
    fn reach(&self, [y, x]: [usize; 2], taken: &Taken) -> Reach {
        let width = self.cells.along(1);
        let begin = x * self.stride[1];
        let columns =
            [begin, begin + self.kernel[1]].map(|at| at.saturating_sub(self.pad[1]).min(width));
        let top = (y * self.stride[0]) as i64 - (self.pad[0] + taken.first) as i64;
        let row = |at: i64| (at - top).clamp(0, self.kernel[0] as i64) as usize;
        // Column c of the source reads tap c - left of the row.
        let left = begin as i64 - self.pad[1] as i64;
        let rows = [row(0), row(taken.rows as i64)];
        Reach { columns, rows, top, base: -left * self.cells.source.channels as i64 }
    }

    /// The spikes that row `ky` of the kernel reads, and what turns their channels to rows of
    /// weights.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn slice<'t>(&self, reach: Reach, ky: usize, taken: &'t Taken) -> (&'t [Read], i64) {
        let (row, base) = self.row(reach, ky);
        let ends = reach.columns.map(|column| taken.offsets[row + column] as usize);
        (&taken.entries[ends[0]..ends[1]], base)
    }

    /// Cells before that row, and what turns the channels of its spikes to rows of weights.
    #[inline]
    fn row(&self, reach: Reach, ky: usize) -> (usize, i64) {
        let base = reach.base + (ky * self.kernel[1] * self.cells.source.channels) as i64;
        // The row is one of those taken: `Reach::rows`.
        ((reach.top + ky as i64) as usize * self.cells.along(1), base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::Window;
    use crate::engine::spikes::Spike;
    use crate::kernel::{Sums, Taps, gather};
    use crate::snn::Weights;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// A convolution whose weights repeat along both axes as a folded average's do, or not.
    fn conv(rng: &mut Xoshiro256PlusPlus, channels: usize, outputs: usize, extreme: bool) -> Conv {
        let repeat = [0, 1].map(|_| rng.random_range(1..=3usize));
        let taps = [0, 1].map(|_| rng.random_range(1..=3usize));
        let kernel = [taps[0] * repeat[0], taps[1] * repeat[1]];
        let mut pad = [0, 1].map(|axis| rng.random_range(0..taps[axis]) * repeat[axis]);
        let size = taps[0] * taps[1] * channels * outputs;
        let base: Vec<i8> =
            (0..size).map(|_| if extreme { -128 } else { rng.random_range(-128..=127) }).collect();
        let row = channels * outputs;
        // With a stride of its own where nothing repeats.
        let mut stride = repeat;
        let weights: Vec<i8> = if rng.random_range(0..3) == 0 {
            stride = [0, 1].map(|_| rng.random_range(1..=3usize));
            pad = [0, 1].map(|axis| rng.random_range(0..kernel[axis]));
            (0..kernel[0] * kernel[1] * row).map(|_| rng.random_range(-128..=127)).collect()
        } else {
            let rows = (0..kernel[0]).flat_map(|y| (0..kernel[1]).map(move |x| (y, x)));
            rows.flat_map(|(y, x)| {
                let tap = y / repeat[0] * taps[1] + x / repeat[1];
                base[tap * row..(tap + 1) * row].iter().copied()
            })
            .collect()
        };
        Conv {
            inputs: 0..channels,
            window: Window { kernel, stride, pad, dilation: [1, 1] },
            groups: 1,
            upsample: [1, 1],
            weights: Weights::Bytes(weights.into()),
            negative: Weights::default(),
        }
    }

    /// Bursts of up to `largest` of both signs.
    fn spikes(rng: &mut Xoshiro256PlusPlus, shape: Shape, largest: i32) -> SpikeList {
        let mut list = SpikeList::silent(0);
        let often = rng.random_range(1..5);
        for _ in 0..shape.positions() {
            for c in 0..shape.channels {
                let count = rng.random_range(-largest - 1..=largest);
                if count != 0 && rng.random_range(0..often) == 0 {
                    list.push(Spike::new(c, count));
                }
            }
            list.end_position();
        }
        list
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 200 }))]
        #[test]
        fn every_way_gathers_the_same(
            seed in any::<u64>(),
            outputs in prop::sample::select(vec![1usize, 24, 31, 32, 33, 64, 90, 96, 125, 128, 200, 256, 384]),
            largest in prop::sample::select(vec![1, 4, 15, 31, 63, 64, 65, 126, 127, 300, 2047]),
            extreme in any::<bool>(),
        ) {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let [height, width, channels] = [0, 1, 2].map(|_| rng.random_range(1..12));
            let source = Shape { height, width, channels };
            let conv = conv(&mut rng, channels, outputs, extreme);
            let spikes = spikes(&mut rng, source, largest);
            let Some(field) = Field::new(&conv, source, outputs) else {
                // A stride of which the padding is no multiple.
                return Ok(());
            };
            let packed = Conv { weights: Weights::Blocks(field.weights.clone()), ..conv.clone() };
            prop_assert_eq!(Field::new(&packed, source, outputs), Some(field.clone()));
            for row in 0..conv.weights.len() / outputs {
                let of = rng.random_range(0..outputs)..outputs;
                packed.weights.row(row, outputs, of, |o, weight| {
                    assert_eq!(weight, conv.weights.get(row * outputs + o));
                    assert_eq!(weight, packed.weights.get(row * outputs + o));
                });
            }
            prop_assert_eq!(packed.weights.len(), conv.weights.len());
            let (rows, columns) = (rng.random_range(0..2)..rng.random_range(2..4), 4);
            let mut pulling = Pulling::default();
            // Whole rows, pushed where they are narrow enough; a row is no longer than its source.
            let width = columns.min(field.cells.along(1));
            field.take(Instructions::best(), &spikes, rows.clone(), &mut pulling);
            let all = Place { positions: rows.start * width..rows.end * width, width, outputs: 0..outputs };
            let mut whole = vec![7; all.positions.len() * outputs];
            let mut reached = vec![0; all.positions.len()];
            field.gather(&spikes, &all, &mut whole, &mut reached, &mut pulling);
            let each = whole.chunks_exact(outputs).zip(&reached);
            for (position, (whole, &reached)) in all.positions.zip(each) {
                let (mut sums, mut touched) = (vec![7; outputs], vec![0; outputs]);
                let into = &mut Sums { sums: &mut sums, touched: &mut touched, taps: &mut Taps::default() };
                gather(&packed, source, &spikes, [position / width, position % width], into);
                prop_assert_eq!(whole, sums);
                prop_assert_eq!(reached, u8::from(touched[0] != 0));
            }
            let pulled = Field { push: None, ..field.clone() };
            let from = rows.start * columns + rng.random_range(0..columns);
            let positions = from..rows.end * columns;
            // All outputs, or those from some block on.
            let first = rng.random_range(0..outputs.div_ceil(field.block())) * field.block();
            let wanted = first..outputs;
            let size = positions.len() * wanted.len();
            let mut plain = vec![];
            let mut marks = vec![];
            for position in positions.clone() {
                let (mut sums, mut touched) = (vec![7; outputs], vec![0; outputs]);
                let into = &mut Sums { sums: &mut sums, touched: &mut touched, taps: &mut Taps::default() };
                gather(&conv, source, &spikes, [position / columns, position % columns], into);
                plain.extend_from_slice(&sums[wanted.clone()]);
                marks.push(u8::from(touched[0] != 0));
            }
            let place = Place { positions, width: columns, outputs: wanted };
            for instructions in Instructions::all() {
                let (mut sums, mut touched) = (vec![7; size], vec![0; place.positions.len()]);
                pulled.take(instructions, &spikes, rows.clone(), &mut pulling);
                pulled.gather_taken(&place, &mut sums, &mut touched, &mut pulling);
                prop_assert_eq!(&sums, &plain, "{:?}", instructions);
                prop_assert_eq!(&touched, &marks, "{:?}", instructions);
            }
        }
    }
}
