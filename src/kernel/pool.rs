//! Max-pool units: which of the inputs of a window leads, and what its unit sends.
//!
//! Sixteen channels together. Sums and counts of a position are padded to whole groups of them, so
//! that nothing but the last entries of a list needs a mask.

use super::Instructions;
use super::fire::Sent;
use super::membrane::{ACTIVE, FIRED, INPUT};
use crate::engine::spikes::{Spike, SpikeList};
use crate::snn::PoolKind;
use std::ops::Range;

/// Channels that are looked at together.
pub const LANES: usize = 16;

/// The units of some rows, with what their inputs have summed up and send in this step, and what
/// they have sent, in groups of [`LANES`] channels.
pub struct Pooling<'a> {
    /// Form of pooling.
    pub kind: PoolKind,
    /// Of the source.
    pub spikes: &'a SpikeList,
    /// Inputs of every unit.
    pub windows: &'a Windows,
    /// By input position: net spikes so far, weighted.
    pub sums: &'a mut [[i32; LANES]],
    /// By input position: net spikes of this step.
    pub now: &'a mut [[i16; LANES]],
    /// Telescoping: by unit, the maximum sent so far.
    pub sent: &'a mut [[i32; LANES]],
    /// Channels of the pool.
    pub channels: usize,
    /// Positions of the source's spikes that are these pooling.
    pub positions: Range<usize>,
    /// Input positions of a row.
    pub width: usize,
    /// What a spike weighs in the sums, as a power of two.
    pub octaves: u32,
}

/// The windows of units: by row of units the rows of inputs, from 0, by column the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// By row of the pool, the rows of the source that it reads.
    pub rows: Vec<Vec<usize>>,
    /// By column of the pool, the columns of the source that it reads.
    pub columns: Vec<Vec<usize>>,
}

/// One step: spikes come in, and what units send is appended to `entries`, what they did to `sent`.
/// Flags of the units are set where there are any, else all units with input are counted, as such
/// and as active. This processor has `instructions`.
///
/// # Panics
/// Lengths do not fit each other.
pub fn pool(
    instructions: Instructions,
    pooling: &mut Pooling,
    flags: &mut [u8],
    entries: &mut Vec<Spike>,
    sent: &mut Sent,
) {
    match instructions {
        Instructions::Portable => portable(pooling, flags, entries, sent),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has these instructions.
        Instructions::Avx2 => unsafe { x86::avx2(pooling, flags, entries, sent) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Instructions::Avx512 => unsafe { x86::avx512(pooling, flags, entries, sent) },
    }
}

/// Over the inputs of one position, by channel.
struct Leaders {
    /// Largest sum, and what its input sends now; ties go to the first.
    sum: [i32; LANES],
    count: [i16; LANES],
    /// Largest count of this step.
    most: [i16; LANES],
    /// Not zero where any input sent something.
    hit: [u8; LANES],
}

impl Leaders {
    /// Over the inputs whose groups begin at `cells`.
    #[inline(always)]
    fn find(cells: &[usize], group: usize, pooling: &Pooling) -> Leaders {
        let (mut sum, mut count) = ([i32::MIN; LANES], [0; LANES]);
        let (mut most, mut hit) = ([i16::MIN; LANES], [0; LANES]);
        for cell in cells {
            let (sums, now) = (&pooling.sums[cell + group], &pooling.now[cell + group]);
            for lane in 0..LANES {
                let ahead = sums[lane] > sum[lane];
                sum[lane] = if ahead { sums[lane] } else { sum[lane] };
                count[lane] = if ahead { now[lane] } else { count[lane] };
                most[lane] = most[lane].max(now[lane]);
                hit[lane] |= u8::from(now[lane] != 0);
            }
        }
        Leaders { sum, count, most, hit }
    }
}

/// Sums up what comes into some input positions.
#[inline(always)]
fn arrive(pooling: &mut Pooling, cells: Range<usize>) {
    let groups = pooling.channels.div_ceil(LANES);
    pooling.now[cells.start * groups..cells.end * groups].fill([0; LANES]);
    for cell in cells {
        for spike in pooling.spikes.at(pooling.positions.start + cell) {
            let (at, lane) = (cell * groups + spike.channel() / LANES, spike.channel() % LANES);
            pooling.sums[at][lane] += spike.count() << pooling.octaves;
            // A count has 12 digits.
            pooling.now[at][lane] = spike.count() as i16;
        }
    }
}

/// The inputs of one position by where their groups begin; whether any of them sends.
#[inline(always)]
fn window(pooling: &Pooling, rows: &[usize], columns: &[usize], cells: &mut Vec<usize>) -> bool {
    let groups = pooling.channels.div_ceil(LANES);
    cells.clear();
    let mut any = false;
    for y in rows {
        for x in columns {
            let cell = y * pooling.width + x;
            any |= !pooling.spikes.at(pooling.positions.start + cell).is_empty();
            cells.push(cell * groups);
        }
    }
    any
}

/// The rows of inputs that are not summed up when `rows` are looked at.
fn coming(rows: &[usize], summed: &mut usize, width: usize) -> Range<usize> {
    let from = *summed;
    *summed = rows.last().map_or(from, |last| from.max(last + 1));
    from * width..*summed * width
}

#[inline(always)]
fn portable(pooling: &mut Pooling, flags: &mut [u8], entries: &mut Vec<Spike>, sent: &mut Sent) {
    let (channels, groups) = (pooling.channels, pooling.channels.div_ceil(LANES));
    let (mut position, mut summed, mut cells) = (0, 0, vec![]);
    for rows in &pooling.windows.rows {
        arrive(pooling, coming(rows, &mut summed, pooling.width));
        for columns in &pooling.windows.columns {
            let any = window(pooling, rows, columns, &mut cells);
            let (mut hits, mut size) = (0, 0);
            for group in 0..if any { groups } else { 0 } {
                let leaders = Leaders::find(&cells, group, pooling);
                let first = group * LANES;
                let mut hit = u128::from_le_bytes(leaders.hit);
                while hit != 0 {
                    let lane = hit.trailing_zeros() as usize / 8;
                    hit &= !(0xff << (8 * lane));
                    let count = match pooling.kind {
                        PoolKind::Gate => leaders.count[lane],
                        // Changes beyond a spike's range cannot happen: an input moves by one
                        // burst.
                        PoolKind::Telescoping => {
                            let sent = &mut pooling.sent[position * groups + group][lane];
                            let before = std::mem::replace(sent, leaders.sum[lane]);
                            ((leaders.sum[lane] - before) >> pooling.octaves) as i16
                        }
                        PoolKind::Or => leaders.most[lane],
                    };
                    hits += 1;
                    if let Some(flags) = flags.get_mut(position * channels + first + lane) {
                        *flags = INPUT | ACTIVE | if count != 0 { FIRED } else { 0 };
                    }
                    if count != 0 {
                        entries.push(Spike::new(first + lane, count.into()));
                        size += u32::from(count.unsigned_abs());
                    }
                }
            }
            position += 1;
            sent.ends.push(entries.len() as u32);
            sent.sizes.push(size);
            if flags.is_empty() {
                sent.updates.push([hits; 2]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::*;
    use std::arch::x86_64::*;

    /// As [`portable`].
    #[target_feature(enable = "avx2")]
    pub fn avx2(
        pooling: &mut Pooling,
        flags: &mut [u8],
        entries: &mut Vec<Spike>,
        sent: &mut Sent,
    ) {
        portable(pooling, flags, entries, sent);
    }

    /// As [`arrive`]: the entries of a group are spread over its lanes.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    fn arrive(pooling: &mut Pooling, cells: Range<usize>) {
        let groups = pooling.channels.div_ceil(LANES);
        let (entries, offsets) = (pooling.spikes.entries(), pooling.spikes.offsets());
        let one = _mm512_set1_epi32(1);
        let octaves = _mm_cvtsi32_si128(pooling.octaves as i32);
        for cell in cells {
            let position = pooling.positions.start + cell;
            let (mut at, end) = (offsets[position] as usize, offsets[position + 1] as usize);
            assert!(at <= end && end <= entries.len());
            let own = cell * groups..(cell + 1) * groups;
            let all = pooling.sums[own.clone()].iter_mut().zip(&mut pooling.now[own]);
            for (group, (sums, now)) in all.enumerate() {
                let left = (end - at).min(LANES) as u32;
                let there = 0xffff_u16.checked_shr(LANES as u32 - left).unwrap_or(0);
                // SAFETY: the mask keeps entries of the list, each a `u32`.
                let these = unsafe {
                    _mm512_maskz_loadu_epi32(there, entries.as_ptr().add(at).cast::<i32>())
                };
                let channel = _mm512_srli_epi32::<{ Spike::COUNT_BITS }>(these);
                // Of the channels, which ascend, those of this group.
                let limit = _mm512_set1_epi32((LANES * (group + 1)) as i32);
                let own = _mm512_mask_cmplt_epi32_mask(there, channel, limit);
                let lane = _mm512_and_si512(channel, _mm512_set1_epi32(LANES as i32 - 1));
                let lanes = _mm512_reduce_or_epi32(_mm512_maskz_sllv_epi32(own, one, lane)) as u16;
                let count = _mm512_slli_epi32::<{ 32 - Spike::COUNT_BITS }>(these);
                let count = _mm512_srai_epi32::<{ 32 - Spike::COUNT_BITS }>(count);
                let count = _mm512_maskz_expand_epi32(lanes, count);
                // SAFETY: these arrays have sixteen values.
                unsafe {
                    let sum = _mm512_loadu_si512(sums.as_ptr().cast());
                    let sum = _mm512_add_epi32(sum, _mm512_sll_epi32(count, octaves));
                    _mm512_storeu_si512(sums.as_mut_ptr().cast(), sum);
                    _mm256_storeu_si256(now.as_mut_ptr().cast(), _mm512_cvtepi32_epi16(count));
                }
                at += own.count_ones() as usize;
            }
        }
    }

    /// As [`portable`].
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    pub fn avx512(
        pooling: &mut Pooling,
        flags: &mut [u8],
        entries: &mut Vec<Spike>,
        sent: &mut Sent,
    ) {
        let positions = pooling.windows.rows.len() * pooling.windows.columns.len();
        assert!(flags.is_empty() || flags.len() == positions * pooling.channels);
        // A register is stored for every group, whatever its lanes hold.
        entries.reserve((positions * pooling.channels.div_ceil(LANES) + 1) * LANES);
        match pooling.kind {
            PoolKind::Gate => positions_of::<0>(pooling, flags, entries, sent),
            PoolKind::Telescoping => positions_of::<1>(pooling, flags, entries, sent),
            PoolKind::Or => positions_of::<2>(pooling, flags, entries, sent),
        }
    }

    /// `KIND` 0: gate, 1: telescoping, 2: or. There is room for an entry of every lane and a
    /// register.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    fn positions_of<const KIND: u8>(
        pooling: &mut Pooling,
        flags: &mut [u8],
        entries: &mut Vec<Spike>,
        sent: &mut Sent,
    ) {
        let (channels, groups) = (pooling.channels, pooling.channels.div_ceil(LANES));
        let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let octaves = _mm_cvtsi32_si128(pooling.octaves as i32);
        let (mut position, mut summed, mut cells) = (0, 0, vec![]);
        let (mut end, room) = (entries.len(), entries.capacity());
        for rows in &pooling.windows.rows {
            arrive(pooling, coming(rows, &mut summed, pooling.width));
            for columns in &pooling.windows.columns {
                let any = window(pooling, rows, columns, &mut cells);
                let mut sizes = _mm512_setzero_si512();
                let mut hits = 0;
                for group in 0..if any { groups } else { 0 } {
                    let mut sum = _mm512_set1_epi32(i32::MIN);
                    let mut most = _mm512_set1_epi32(i32::from(i16::MIN));
                    let (mut count, mut hit) = (_mm512_setzero_si512(), _mm512_setzero_si512());
                    for cell in &cells {
                        let (sums, now) = (&pooling.sums[cell + group], &pooling.now[cell + group]);
                        // SAFETY: these arrays have sixteen values.
                        let (sums, now) = unsafe {
                            (
                                _mm512_loadu_si512(sums.as_ptr().cast()),
                                _mm512_cvtepi16_epi32(_mm256_loadu_si256(now.as_ptr().cast())),
                            )
                        };
                        let ahead = _mm512_cmpgt_epi32_mask(sums, sum);
                        sum = _mm512_max_epi32(sum, sums);
                        count = _mm512_mask_mov_epi32(count, ahead, now);
                        most = _mm512_max_epi32(most, now);
                        hit = _mm512_or_si512(hit, now);
                    }
                    let hit = _mm512_test_epi32_mask(hit, hit);
                    hits += hit.count_ones();
                    let count = match KIND {
                        0 => count,
                        1 => {
                            let own = &mut pooling.sent[position * groups + group];
                            // SAFETY: as above.
                            let before = unsafe { _mm512_loadu_si512(own.as_ptr().cast()) };
                            // SAFETY: as above.
                            unsafe { _mm512_mask_storeu_epi32(own.as_mut_ptr(), hit, sum) };
                            let change = _mm512_maskz_sub_epi32(hit, sum, before);
                            _mm512_sra_epi32(change, octaves)
                        }
                        _ => _mm512_maskz_mov_epi32(hit, most),
                    };
                    let fired = _mm512_test_epi32_mask(count, count);
                    let first = group * LANES;
                    if !flags.is_empty() {
                        let own =
                            &mut flags[position * channels + first..(position + 1) * channels];
                        let live = 0xffff_u16 >> LANES.saturating_sub(own.len());
                        let marks = _mm_maskz_set1_epi8(hit, (INPUT | ACTIVE) as i8);
                        let marks = _mm_or_si128(marks, _mm_maskz_set1_epi8(fired, FIRED as i8));
                        // SAFETY: the slice has the channels that the mask keeps.
                        unsafe { _mm_mask_storeu_epi8(own.as_mut_ptr().cast(), hit & live, marks) };
                    }
                    let channel = _mm512_add_epi32(lanes, _mm512_set1_epi32(first as i32));
                    let digits = _mm512_set1_epi32((1 << Spike::COUNT_BITS) - 1);
                    let channel = _mm512_slli_epi32::<{ Spike::COUNT_BITS }>(channel);
                    let bits = _mm512_or_si512(channel, _mm512_and_si512(count, digits));
                    debug_assert!(end + LANES <= room);
                    // SAFETY: there is room; a `Spike` is a `u32`, any of which is one.
                    unsafe {
                        let bits = _mm512_maskz_compress_epi32(fired, bits);
                        _mm512_storeu_si512(entries.as_mut_ptr().add(end).cast(), bits);
                    }
                    end += fired.count_ones() as usize;
                    sizes = _mm512_add_epi32(sizes, _mm512_abs_epi32(count));
                }
                position += 1;
                sent.ends.push(end as u32);
                sent.sizes.push(_mm512_reduce_add_epi32(sizes) as u32);
                if flags.is_empty() {
                    sent.updates.push([hits as u16; 2]);
                }
            }
        }
        // SAFETY: as many have been written.
        unsafe { entries.set_len(end) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// State and results of a step.
    type Outcome = (Vec<[i32; LANES]>, Vec<[i32; LANES]>, Vec<u8>, Vec<Spike>, Sent);

    /// Some steps of pools over an input of 5 x 6 positions: by step, position and channel what
    /// arrives.
    fn outcomes(
        instructions: Instructions,
        kind: PoolKind,
        channels: usize,
        (size, stride): (usize, usize),
        flagged: bool,
        steps: &[Vec<i16>],
    ) -> Vec<Outcome> {
        let (height, width, groups) = (5, 6, channels.div_ceil(LANES));
        let taps =
            |o: usize, all: usize| (o * stride..(o * stride + size).min(all)).collect::<Vec<_>>();
        let along =
            |all: usize| (0..all.div_ceil(stride)).map(|o| taps(o, all)).collect::<Vec<_>>();
        let windows = Windows { rows: along(height), columns: along(width) };
        let units = windows.rows.len() * windows.columns.len();
        let mut sums = vec![[0; LANES]; height * width * groups];
        let mut now = vec![[0; LANES]; height * width * groups];
        let mut before = vec![[0; LANES]; units * groups];
        let mut outcomes = vec![];
        for arriving in steps {
            let mut spikes = SpikeList::silent(0);
            spikes.clear();
            for cell in arriving.chunks_exact(channels) {
                let sent = cell.iter().enumerate().filter(|(_, count)| **count != 0);
                sent.for_each(|(c, &count)| spikes.push(Spike::new(c, count.into())));
                spikes.end_position();
            }
            let mut flags = vec![0; if flagged { units * channels } else { 0 }];
            let (mut entries, mut sent) = (vec![], Sent::default());
            let positions = 0..height * width;
            let mut pooling = Pooling {
                kind,
                spikes: &spikes,
                windows: &windows,
                sums: &mut sums,
                now: &mut now,
                sent: &mut before,
                channels,
                positions,
                width,
                octaves: 1,
            };
            pool(instructions, &mut pooling, &mut flags, &mut entries, &mut sent);
            outcomes.push((sums.clone(), before.clone(), flags, entries, sent));
        }
        outcomes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 48 }))]
        #[test]
        fn all_copies_agree(
            kind in prop::sample::select(vec![PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or]),
            channels in prop::sample::select(vec![1usize, 7, 16, 19, 40]),
            window in prop::sample::select(vec![(2usize, 2usize), (2, 1), (3, 2), (1, 2)]),
            flagged: bool,
            dense in 1u64..9,
            seed: u64,
        ) {
            let mut state = seed | 1;
            let mut random = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state >> 16
            };
            let scale = if seed % 2 == 0 { 1 } else { 290 };
            let mut count = || match random() % 10 < dense {
                true => ((random() % 15) as i16 - 7) * scale,
                false => 0,
            };
            let mut step = |_| (0..30 * channels).map(|_| count()).collect();
            let steps: Vec<Vec<i16>> = (0..3).map(&mut step).collect();
            let of = |instructions| outcomes(instructions, kind, channels, window, flagged, &steps);
            let plain = of(Instructions::Portable);
            prop_assert!(plain.iter().any(|(.., entries, _)| !entries.is_empty()) || channels == 1);
            for instructions in Instructions::all() {
                prop_assert!(of(instructions) == plain, "{instructions:?}");
            }
        }
    }
}
