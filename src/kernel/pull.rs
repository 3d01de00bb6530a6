//! The rows of weights that one position reads, added up for a block of outputs.
//!
//! Weights are stored as bytes plus 128, so that one instruction multiplies the weights of two
//! spikes by their signed counts and adds both products in 16 bits. What the 128 adds, 128 times
//! the sum of the counts, is taken off again: modulo 2^16 the order does not matter. Sums are moved
//! to 32 bits before they can leave 16.

use super::taken::Read;
use super::words::{Piece, pull};

/// Largest sum of |count| that 16-bit sums hold: |weight| <= 128, and 128 * 255 <= 32767.
pub(super) const MOST: u32 = 255;
/// Largest |count| of two spikes that are multiplied together: 255 * (64 + 64) <= 32767.
const LARGEST: u32 = 64;
/// Room that a list keeps beyond its entries, for stores of whole registers.
pub const SLACK: usize = 32;

/// The spikes that one position reads; the channel of an entry is its row of weights.
#[derive(Debug, Clone, Default)]
pub struct List {
    entries: Vec<Read>,
    /// Bound of |count|.
    largest: u32,
    /// By entry: where its row begins, in bytes.
    #[cfg(target_arch = "x86_64")]
    rows: Vec<u32>,
    /// By pair of entries: both counts, twice.
    #[cfg(target_arch = "x86_64")]
    counts: Vec<u32>,
}

impl List {
    /// Forgets all; of the counts to come none is beyond `largest`.
    #[inline]
    pub fn clear(&mut self, largest: u32) {
        self.entries.clear();
        self.largest = largest;
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Appends `slice`, with channels `base` further on.
    #[inline(always)]
    pub fn extend(&mut self, slice: &[Read], base: i64) {
        self.entries.extend(slice.iter().map(|spike| spike.moved(base)));
    }

    /// Entries whose sums fit 16 bits; a whole number of pairs.
    #[inline]
    fn chunk(&self) -> usize {
        // A count is at most 127 in magnitude.
        (MOST / self.largest.max(1)).max(2) as usize & !1
    }

    /// Adds the rows of `weights`, `N` bytes each, to the outputs `sums`, at most `N`; `N` is 32,
    /// 64 or 128.
    #[inline(always)]
    pub fn pull_portable<const N: usize>(&self, weights: &[u8], sums: &mut [i32]) {
        let all = Piece { entries: 0..self.entries.len(), base: 0 };
        pull::<N>([&[], &self.entries], [&[], &[all]], self.largest, false, weights, sums);
    }
}

/// 128 times the sum of the counts, modulo 2^16.
#[inline(always)]
fn excess(entries: &[Read]) -> i16 {
    entries.iter().map(|spike| spike.count()).sum::<i32>().wrapping_mul(128) as i16
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LARGEST, List, Read, SLACK, excess};
    use std::arch::x86_64::*;

    impl List {
        /// As [`List::pull_portable`]; `N` is 32, 64 or 128.
        #[inline]
        #[target_feature(enable = "avx2")]
        pub fn pull_avx2<const N: usize>(&self, weights: &[u8], sums: &mut [i32]) {
            if self.largest > LARGEST || sums.len() < N {
                return self.pull_portable::<N>(weights, sums);
            }
            let none = Read::new(0, 0);
            for chunk in self.entries.chunks(self.chunk()) {
                // Two registers for 32 outputs: 0..8 and 16..24, 8..16 and 24..32, as the unpacking
                // leaves them.
                let mut parts = [[_mm256_set1_epi16(excess(chunk).wrapping_neg()); 2]; 4];
                for pair in chunk.chunks(2) {
                    let [a, b] = [pair[0], *pair.get(1).unwrap_or(&none)];
                    let counts = i16::from_le_bytes([a.count() as u8, b.count() as u8]);
                    let counts = _mm256_set1_epi16(counts);
                    let a = &weights[a.channel() * N..][..N];
                    let b = &weights[b.channel() * N..][..N];
                    for (n, [low, high]) in parts[..N / 32].iter_mut().enumerate() {
                        // SAFETY: both rows have N bytes, of which these are the 32 from 32 n on.
                        let (a, b) = unsafe {
                            let (a, b) = (a.as_ptr().add(32 * n), b.as_ptr().add(32 * n));
                            (_mm256_loadu_si256(a.cast()), _mm256_loadu_si256(b.cast()))
                        };
                        *low = _mm256_add_epi16(
                            *low,
                            _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), counts),
                        );
                        *high = _mm256_add_epi16(
                            *high,
                            _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), counts),
                        );
                    }
                }
                for (&[low, high], sums) in parts.iter().zip(sums[..N].chunks_exact_mut(32)) {
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
                            let sum = _mm256_add_epi32(
                                _mm256_loadu_si256(at),
                                _mm256_cvtepi16_epi32(eight),
                            );
                            _mm256_storeu_si256(at, sum);
                        }
                    }
                }
            }
        }

        /// Makes room for lists of up to `most` entries.
        pub fn reserve_avx512(&mut self, most: usize) {
            let room = most.next_multiple_of(16) + SLACK;
            self.entries.clear();
            self.entries.reserve(room);
            if self.rows.len() < room {
                self.rows.resize(room, 0);
                self.counts.resize(room / 2, 0);
            }
        }

        /// Appends `slice` to the first `n` entries, as [`List::extend`] does.
        ///
        /// # Safety
        /// There is room for them.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        pub unsafe fn append_avx512(&mut self, n: usize, slice: &[Read], base: i64) {
            let base = _mm512_set1_epi32((base << 8) as i32);
            let to = self.entries.as_mut_ptr();
            let mut at = 0;
            // Once in any case: whether a slice is empty is hard to foresee.
            loop {
                let mask = (0xffff_u32 >> (16 - (slice.len() - at).min(16))) as u16;
                // SAFETY: the mask leaves out what lies behind the slice, and there is room for a
                // register beyond all entries. A `Read` is a `u32`, any of which is one.
                unsafe {
                    let spikes = _mm512_maskz_loadu_epi32(mask, slice.as_ptr().add(at).cast());
                    _mm512_storeu_si512(to.add(n + at).cast(), _mm512_add_epi32(spikes, base));
                }
                at += 16;
                if at >= slice.len() {
                    break;
                }
            }
        }

        /// Ends a list of `n` entries whose rows have `N` bytes: takes rows and counts apart. Gives
        /// minus 128 times the sum of the counts, modulo 2^16, in the sum of its words.
        ///
        /// # Safety
        /// So many have been appended.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        pub unsafe fn finish_avx512<const N: usize>(&mut self, n: usize) -> __m512i {
            let entries = self.entries.as_mut_ptr();
            let (rows, counts) = (self.rows.as_mut_ptr(), self.counts.as_mut_ptr());
            let mut sum = _mm512_setzero_si512();
            // SAFETY: there is room for a register beyond all entries; rows have as much, counts
            // half of it.
            unsafe {
                self.entries.set_len(n);
                _mm512_storeu_si512(entries.add(n).cast(), sum);
                for at in (0..n).step_by(16) {
                    let spikes = _mm512_loadu_si512(entries.add(at).cast());
                    let row = _mm512_srli_epi32::<8>(spikes);
                    let row = match N {
                        32 => _mm512_slli_epi32::<5>(row),
                        64 => _mm512_slli_epi32::<6>(row),
                        _ => _mm512_slli_epi32::<7>(row),
                    };
                    _mm512_storeu_si512(rows.add(at).cast(), row);
                    let count = _mm512_and_si512(spikes, _mm512_set1_epi32(0xff));
                    sum = _mm512_sub_epi16(sum, _mm512_maddubs_epi16(_mm512_set1_epi8(64), count));
                    sum = _mm512_sub_epi16(sum, _mm512_maddubs_epi16(_mm512_set1_epi8(64), count));
                    let two = _mm512_or_si512(count, _mm512_srli_epi64::<24>(count));
                    let two = _mm512_and_si512(two, _mm512_set1_epi64(0xffff));
                    let four = _mm512_or_si512(two, _mm512_slli_epi64::<16>(two));
                    _mm256_storeu_si256(counts.add(at / 2).cast(), _mm512_cvtepi64_epi32(four));
                }
            }
            sum
        }

        /// Whether all sums of the list fit 16 bits at once.
        #[inline]
        pub fn is_short(&self) -> bool {
            self.entries.len() <= self.chunk() && self.largest <= LARGEST
        }

        /// As [`List::pull_portable`], after [`List::finish_avx512`], which gave `excess`, of a
        /// short list; `N` is 32, 64 or 128.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
        pub fn pull_short_avx512<const N: usize>(
            &self,
            weights: &[u8],
            excess: __m512i,
            sums: &mut [i32],
        ) {
            let mut parts = [_mm512_setzero_si512(); 4];
            self.add_pairs::<N>(weights, 0..self.entries.len().div_ceil(2), &mut parts);
            // Beside the sums, not before them: it takes a while.
            let excess = _mm512_reduce_add_epi32(_mm512_madd_epi16(excess, _mm512_set1_epi16(1)));
            let excess = _mm512_set1_epi16(excess as i16);
            for part in &mut parts {
                *part = _mm512_add_epi16(*part, excess);
            }
            add_parts::<N>(parts, sums);
        }

        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
        fn add_pairs<const N: usize>(
            &self,
            weights: &[u8],
            pairs: std::ops::Range<usize>,
            parts: &mut [__m512i; 4],
        ) {
            // What lies behind an odd number of entries is row 0, zero times.
            assert!(2 * pairs.end <= self.rows.len() && pairs.end <= self.counts.len());
            for pair in pairs {
                // SAFETY: there are so many pairs.
                let (rows, counts) = unsafe {
                    let rows = [0, 1].map(|n| *self.rows.get_unchecked(2 * pair + n) as usize);
                    (rows, _mm512_set1_epi32(*self.counts.get_unchecked(pair) as i32))
                };
                debug_assert!(rows.iter().all(|row| row + N <= weights.len()));
                // SAFETY: every entry is a row of the weights, as `Field` makes them.
                unsafe { add_pair::<N>(weights, rows, counts, parts) };
            }
        }

        /// As [`List::pull_portable`], after [`List::finish_avx512`]; `N` is 32, 64 or 128.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
        pub fn pull_avx512<const N: usize>(&self, weights: &[u8], sums: &mut [i32]) {
            if self.largest > LARGEST {
                return self.pull_portable::<N>(weights, sums);
            }
            let (entries, chunk) = (self.entries.len(), self.chunk());
            for begin in (0..entries).step_by(chunk) {
                let pairs = begin / 2..(begin + chunk).min(entries).div_ceil(2);
                let mut parts = [self.excess_avx512(pairs.clone()); 4];
                self.add_pairs::<N>(weights, pairs, &mut parts);
                add_parts::<N>(parts, sums);
            }
        }

        /// Minus 128 times the sum of the counts of some pairs, modulo 2^16.
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn excess_avx512(&self, pairs: std::ops::Range<usize>) -> __m512i {
            let mut sum = _mm512_setzero_si512();
            let counts = &self.counts[pairs];
            for n in (0..counts.len()).step_by(16) {
                let mask = 0xffff_u16 >> 16usize.saturating_sub(counts.len() - n);
                // SAFETY: the mask leaves out what lies behind the counts.
                let counts =
                    unsafe { _mm512_maskz_loadu_epi32(mask, counts.as_ptr().add(n).cast()) };
                // Each count stands there twice.
                sum = _mm512_add_epi16(sum, _mm512_maddubs_epi16(_mm512_set1_epi8(64), counts));
            }
            let sum = _mm512_reduce_add_epi32(_mm512_madd_epi16(sum, _mm512_set1_epi16(1)));
            _mm512_set1_epi16((sum as i16).wrapping_neg())
        }
    }

    /// Adds two rows of weights, each times its count.
    ///
    /// # Safety
    /// `weights` has `N` bytes from both of `rows` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    unsafe fn add_pair<const N: usize>(
        weights: &[u8],
        rows: [usize; 2],
        counts: __m512i,
        parts: &mut [__m512i; 4],
    ) {
        // SAFETY: as above.
        let [a, b] = unsafe { [weights.as_ptr().add(rows[0]), weights.as_ptr().add(rows[1])] };
        if N == 32 {
            // SAFETY: as above.
            let [a, b] = unsafe { [_mm256_loadu_si256(a.cast()), _mm256_loadu_si256(b.cast())] };
            let both = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(a), b);
            let pairs = _mm512_permutexvar_epi8(interleave(), both);
            parts[0] = _mm512_add_epi16(parts[0], _mm512_maddubs_epi16(pairs, counts));
            return;
        }
        for n in 0..N / 64 {
            // SAFETY: as above.
            let [a, b] = unsafe {
                [_mm512_loadu_si512(a.add(64 * n).cast()), _mm512_loadu_si512(b.add(64 * n).cast())]
            };
            let [low, high] = [_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b)];
            parts[2 * n] = _mm512_add_epi16(parts[2 * n], _mm512_maddubs_epi16(low, counts));
            parts[2 * n + 1] =
                _mm512_add_epi16(parts[2 * n + 1], _mm512_maddubs_epi16(high, counts));
        }
    }

    /// Bytes 0, 32, 1, 33 and so on.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn interleave() -> __m512i {
        const ORDER: [u8; 64] = {
            let mut order = [0; 64];
            let mut n = 0;
            while n < 32 {
                (order[2 * n], order[2 * n + 1]) = (n as u8, n as u8 + 32);
                n += 1;
            }
            order
        };
        // SAFETY: the array is 64 bytes.
        unsafe { _mm512_loadu_si512(ORDER.as_ptr().cast()) }
    }

    /// Adds what [`add_pair`] gathered to the outputs, at most `N`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn add_parts<const N: usize>(parts: [__m512i; 4], sums: &mut [i32]) {
        // Of 64 outputs the unpacking leaves eights 0, 2, 4, 6 in one register and 1, 3, 5, 7 in
        // the other.
        let first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        let second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        for (n, sums) in sums.chunks_mut(32).take(N / 32).enumerate() {
            let [low, high] = [parts[n / 2 * 2], parts[n / 2 * 2 + 1]];
            let part = match (N, n % 2) {
                (32, _) => parts[0],
                (_, 0) => _mm512_permutex2var_epi64(low, first, high),
                _ => _mm512_permutex2var_epi64(low, second, high),
            };
            let halves = [_mm512_castsi512_si256(part), _mm512_extracti64x4_epi64::<1>(part)];
            for (half, sums) in halves.into_iter().zip(sums.chunks_mut(16)) {
                let mask = 0xffff_u16 >> (16 - sums.len());
                let at = sums.as_mut_ptr();
                // SAFETY: the mask leaves out what lies behind the sums.
                unsafe {
                    let sum = _mm512_add_epi32(
                        _mm512_maskz_loadu_epi32(mask, at),
                        _mm512_cvtepi16_epi32(half),
                    );
                    _mm512_mask_storeu_epi32(at, mask, sum);
                }
            }
        }
    }
}
