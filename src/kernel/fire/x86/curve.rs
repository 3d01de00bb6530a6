//! What units that follow a curve send, sixteen at a time, in floats that hold whole numbers.
//!
//! The rule is that of [`crate::snn::Curve::target`], whose names are used here, within the bounds
//! of [`crate::snn::Curve::check`]. Every float below but one is exact:
//!
//! - d = U - t from is a whole number below 2^44, and e = d / 2^width the same number scaled.
//! - r / 2^width = e - q t, and the slope times it, are whole numbers below 2^52, scaled.
//! - So are t K[q], its sum with the floor of that product, and what is left to send.
//!
//! The quotient is not: q = floor((d + 1/2) / (t << width)), with 1 / t rounded. As d and
//! t << width are whole, the half changes no floor, and (d + 1/2) / (t << width) is at least
//! 1/2 / (t << width) away from every whole number. Two roundings move it by less than 2^-51 of
//! itself, (|d| + 1/2) 2^-51 / (t << width), which is less than that distance while |d| < 2^50.

use crate::kernel::fire::{CurveUnits, Firing};
use std::arch::x86_64::*;

/// The curves of a step. Of other units there are none.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    curves: &'a CurveUnits<'a>,
    step: __m512d,
    /// About 1 / t.
    inverse: __m512d,
    last: __m512d,
    most: [__m512d; 2],
    /// Where the knots of sixteen channels begin, behind those of the first.
    rows: __m512i,
}

impl<'a> Asked<'a> {
    /// Of the units of `firing`, if they follow curves.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    pub fn new(firing: &'a Firing) -> Option<Asked<'a>> {
        let Firing::Curve(curves) = firing else { return None };
        let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let step = f64::from(curves.step);
        let [up, down] = curves.most.map(f64::from);
        Some(Asked {
            curves,
            step: _mm512_set1_pd(step),
            inverse: _mm512_set1_pd(1.0 / step),
            last: _mm512_set1_pd((curves.segments - 1) as f64),
            most: [_mm512_set1_pd(up), _mm512_set1_pd(-down)],
            rows: _mm512_mullo_epi32(lanes, _mm512_set1_epi32(curves.segments as i32 + 1)),
        })
    }

    /// Not zero for the channels from `c` on that send without any input.
    ///
    /// # Safety
    /// There are those channels that the mask keeps.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    pub unsafe fn restless(&self, c: usize, mask: __mmask16) -> __m512i {
        // SAFETY: as above.
        unsafe { super::load(self.curves.restless.as_ptr(), c, mask) }
    }

    /// Spikes of units of the channels from `c` on, with sums `u` and net counts `net` so far.
    ///
    /// # Safety
    /// As [`Asked::restless`]; the arrays have the lengths that [`super::fire`] checks.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    pub unsafe fn count(&self, c: usize, mask: __mmask16, u: __m512i, net: __m512i) -> __m512i {
        let first = _mm512_set1_epi32((c * (self.curves.segments + 1)) as i32);
        let rows = _mm512_add_epi32(self.rows, first);
        // SAFETY: as above, and these are both halves.
        let [low, high] = unsafe {
            [
                self.half(
                    c,
                    mask as u8,
                    _mm512_castsi512_si256(u),
                    _mm512_castsi512_si256(net),
                    _mm512_castsi512_si256(rows),
                ),
                self.half(
                    c + 8,
                    (mask >> 8) as u8,
                    _mm512_extracti64x4_epi64::<1>(u),
                    _mm512_extracti64x4_epi64::<1>(net),
                    _mm512_extracti64x4_epi64::<1>(rows),
                ),
            ]
        };
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    }

    /// The same for eight units; 0 for those that the mask leaves out.
    ///
    /// # Safety
    /// As [`Asked::count`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
    unsafe fn half(&self, c: usize, mask: u8, u: __m256i, net: __m256i, rows: __m256i) -> __m256i {
        let (from, scale) = (self.curves.from.as_ptr(), self.curves.scale.as_ptr());
        // SAFETY: the mask leaves out what lies behind the last channel.
        let [from, scale] = unsafe {
            let of = |values: *const f64| _mm512_maskz_loadu_pd(mask, values.wrapping_add(c));
            [of(from), of(scale)]
        };
        let half = _mm512_set1_pd(0.5);
        let distance = _mm512_fnmadd_pd(self.step, from, _mm512_cvtepi32_pd(u));
        let scaled = _mm512_mul_pd(distance, scale);
        let quotient = _mm512_mul_pd(_mm512_fmadd_pd(scale, half, scaled), self.inverse);
        // Within the table whatever came before, so that no other memory is read.
        let within = _mm512_min_pd(_mm512_max_pd(quotient, _mm512_setzero_pd()), self.last);
        let segment = _mm512_cvttpd_epi32(within);
        let rest = _mm512_fnmadd_pd(_mm512_cvtepi32_pd(segment), self.step, scaled);
        // Two knots of 32 bits, one behind the other.
        let at = _mm256_add_epi32(rows, segment);
        let knots = self.curves.knots.as_ptr().cast();
        // SAFETY: a row of a channel that the mask keeps has a knot more than segments.
        let pair =
            unsafe { _mm512_mask_i32gather_epi64::<4>(_mm512_setzero_si512(), mask, at, knots) };
        let low = _mm512_cvtepi32_pd(_mm512_cvtepi64_epi32(pair));
        let high = _mm512_cvtepi32_pd(_mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(pair)));
        const DOWN: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;
        let bent = _mm512_mul_pd(_mm512_sub_pd(high, low), rest);
        let value = _mm512_fmadd_pd(self.step, low, _mm512_roundscale_pd::<DOWN>(bent));
        // The floor of a difference with a whole number is that of the target, less this number.
        let target = _mm512_fmadd_pd(value, _mm512_set1_pd(FRACTION), half);
        let behind = _mm512_sub_pd(target, _mm512_cvtepi32_pd(net));
        let sent = _mm512_max_pd(_mm512_min_pd(behind, self.most[0]), self.most[1]);
        _mm512_maskz_cvt_roundpd_epi32::<DOWN>(mask, sent)
    }
}

/// What a knot of 1 is in spikes.
const FRACTION: f64 = 1.0 / (1u64 << crate::snn::Curve::FRACTION) as f64;

/// Which sums of `before` and something have left 32 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
pub(super) fn overflown(before: __m512i, sum: __m512i) -> __mmask16 {
    let less = _mm512_cmplt_epi32_mask(sum, before);
    less ^ _mm512_cmplt_epi32_mask(_mm512_sub_epi32(sum, before), _mm512_setzero_si512())
}

/// The largest sums, on the side of `before`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
pub(super) fn far(before: __m512i) -> __m512i {
    let most = _mm512_set1_epi32(i32::MAX);
    let least = _mm512_set1_epi32(-i32::MAX);
    let below = _mm512_cmplt_epi32_mask(before, _mm512_setzero_si512());
    _mm512_mask_mov_epi32(most, below, least)
}
