//! The rows of weights that one position reads, added up without instructions beyond those of any
//! target ([`super::pull`]).
//!
//! Two outputs that lie side by side are one word of 16 bits: the sum of the words and that of
//! their upper bytes tell both apart, modulo 2^16. So no byte is widened by itself: 16 weights take
//! four instructions of 128 bits.

use super::pull::MOST;
use super::taken::Read;
use std::ops::Range;
use wide::{bytemuck, u16x8};

/// Some spikes, and what turns their channels to rows of weights.
#[derive(Debug, Clone)]
pub struct Piece {
    pub entries: Range<usize>,
    /// Modulo 2^32.
    pub base: u32,
}

/// Adds the rows of single positive spikes and of others (single negative ones, if `once`) to the
/// outputs `sums`, at most `N`; `weights` has rows of `N` bytes, 32, 64 or 128. `pieces` say which
/// of both kinds of `spikes`; of the others |count| is at most `largest`.
#[inline(always)]
pub fn pull<const N: usize>(
    spikes: [&[Read]; 2],
    pieces: [&[Piece]; 2],
    largest: u32,
    once: bool,
    weights: &[u8],
    sums: &mut [i32],
) {
    let (rows, _) = weights.as_chunks::<N>();
    let largest = largest.max(1) as usize;
    let [ones, others] =
        pieces.map(|pieces| pieces.iter().map(|piece| piece.entries.len()).sum::<usize>());
    if ones + others * largest <= MOST as usize {
        return add_rows::<N>(spikes, pieces, once, rows, sums);
    }
    let most = [MOST as usize, (MOST as usize / largest).max(1)];
    for kind in 0..2 {
        for piece in pieces[kind] {
            for begin in piece.entries.clone().step_by(most[kind]) {
                let entries = begin..(begin + most[kind]).min(piece.entries.end);
                let part = [Piece { entries, base: piece.base }];
                let pieces: [&[Piece]; 2] = if kind == 0 { [&part, &[]] } else { [&[], &part] };
                add_rows::<N>(spikes, pieces, once, rows, sums);
            }
        }
    }
}

/// As [`pull`], where sums fit 16 bits.
#[inline(always)]
fn add_rows<const N: usize>(
    spikes: [&[Read]; 2],
    pieces: [&[Piece]; 2],
    once: bool,
    rows: &[[u8; N]],
    sums: &mut [i32],
) {
    if N == 32 {
        return add_words::<N, 0, 2>(spikes, pieces, once, rows, sums);
    }
    let (first, second) = sums.split_at_mut(sums.len().min(64));
    add_words::<N, 0, 4>(spikes, pieces, once, rows, first);
    if !second.is_empty() {
        add_words::<N, 64, 4>(spikes, pieces, once, rows, second);
    }
}

/// The same for 16 times `W` outputs, from `FIRST` on.
#[inline(always)]
fn add_words<const N: usize, const FIRST: usize, const W: usize>(
    spikes: [&[Read]; 2],
    pieces: [&[Piece]; 2],
    once: bool,
    rows: &[[u8; N]],
    sums: &mut [i32],
) {
    let (mut words, mut upper, mut excess) = ([u16x8::ZERO; W], [u16x8::ZERO; W], 0);
    let of = |kind: usize, piece: &Piece| (&spikes[kind][piece.entries.clone()], piece.base);
    let word = |spike: &Read, base: u32, n: usize| -> u16x8 {
        let row = &rows[(spike.channel() as u32).wrapping_add(base) as usize];
        let bytes: [u8; 16] = std::array::from_fn(|byte| row[(FIRST + 16 * n + byte) % N]);
        let words: u16x8 = bytemuck::cast(bytes);
        if cfg!(target_endian = "big") { words << 8 | words >> 8 } else { words }
    };
    for piece in pieces[0] {
        let (entries, base) = of(0, piece);
        for spike in entries {
            for n in 0..W {
                let word = word(spike, base, n);
                words[n] += word;
                upper[n] += word >> 8;
            }
        }
        excess += entries.len() as i32;
    }
    for piece in pieces[1] {
        let (entries, base) = of(1, piece);
        if once {
            for spike in entries {
                for n in 0..W {
                    let word = word(spike, base, n);
                    words[n] -= word;
                    upper[n] -= word >> 8;
                }
            }
            excess -= entries.len() as i32;
            continue;
        }
        for spike in entries {
            let count = u16x8::splat(spike.count() as u16);
            for n in 0..W {
                let word = word(spike, base, n);
                words[n] += word * count;
                upper[n] += (word >> 8) * count;
            }
            excess += spike.count();
        }
    }
    let excess = u16x8::splat(excess.wrapping_mul(128) as u16);
    for (n, sums) in sums.chunks_mut(16).take(W).enumerate() {
        let [even, odd] =
            [words[n] - (upper[n] << 8) - excess, upper[n] - excess].map(u16x8::to_array);
        let parts: [i32; 16] = std::array::from_fn(|n| {
            let word = if n % 2 == 0 { even[n / 2] } else { odd[n / 2] };
            i32::from(word.cast_signed())
        });
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum = sum.wrapping_add(part));
    }
}
