//! Sixteen units at a time, without branches: needs AVX-512.

use super::{Fires, Firing, Sent, Spike, Units};
use crate::kernel::{ACTIVE, FIRED, INPUT};
use curve::{Asked, far, overflown};
use std::arch::x86_64::*;

mod curve;

/// Digits of a spike's count, and all of them.
const BITS: u32 = Spike::COUNT_BITS;
const COUNT: i32 = (1 << BITS) - 1;

/// What units do with their sums.
const SINGLE: u8 = 0;
const BURST: u8 = 1;
const TRACKING: u8 = 2;
const CURVE: u8 = 3;

/// Sixteen values of an array that may end before.
///
/// # Safety
/// The array has the values that the mask keeps.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn load(values: *const i32, at: usize, mask: __mmask16) -> __m512i {
    // SAFETY: as above.
    unsafe { _mm512_maskz_loadu_epi32(mask, values.add(at)) }
}

/// As [`super::fire`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
pub fn fire(units: &Units, state: &mut Fires, entries: &mut Vec<Spike>, sent: &mut Sent) {
    let channels = units.shift.len();
    let positions = state.touched.len();
    assert!(state.potential.len() == channels * positions);
    assert!(state.sums.is_empty() || state.sums.len() == channels * positions);
    assert!(state.flags.is_empty() || state.flags.len() == channels * positions);
    assert!(units.inflow.len() == channels || units.inflow.len() == channels * positions);
    entries.reserve(channels * positions + 16);
    sent.ends.reserve(positions);
    sent.sizes.reserve(positions);
    sent.updates.reserve(positions);
    let (flagged, full) = (!state.flags.is_empty(), channels.is_multiple_of(16));
    match units.firing {
        Firing::If { highest, lowest, above, below, burst } => {
            assert!([highest, lowest, above, below].iter().all(|values| values.len() == channels));
            // SAFETY: all lengths were checked, and there is room for what is appended.
            unsafe {
                match (burst, flagged, full) {
                    (1, false, _) if channels == 16 => {
                        positions_of::<SINGLE, false, 1>(units, state, entries, sent)
                    }
                    (1, false, _) if channels == 32 => {
                        positions_of::<SINGLE, false, 2>(units, state, entries, sent)
                    }
                    (1, false, true) => {
                        positions_of::<SINGLE, false, 16>(units, state, entries, sent)
                    }
                    (1, false, false) => {
                        positions_of::<SINGLE, false, 0>(units, state, entries, sent)
                    }
                    (1, true, _) => positions_of::<SINGLE, true, 0>(units, state, entries, sent),
                    (_, false, _) => positions_of::<BURST, false, 0>(units, state, entries, sent),
                    (_, true, _) => positions_of::<BURST, true, 0>(units, state, entries, sent),
                }
            }
        }
        Firing::Curve(curves) => {
            assert!([curves.from, curves.scale].iter().all(|values| values.len() == channels));
            assert!(curves.restless.len() == channels && curves.segments >= 1);
            let knots = curves.segments.saturating_add(1).saturating_mul(channels);
            // The last one counts as a number of 32 bits.
            assert!(knots == curves.knots.len() && knots < 1 << 31);
            assert!(state.counts.len() == state.potential.len());
            // SAFETY: as above.
            unsafe {
                match flagged {
                    false => positions_of::<CURVE, false, 0>(units, state, entries, sent),
                    true => positions_of::<CURVE, true, 0>(units, state, entries, sent),
                }
            }
        }
        Firing::Tracking { highest, returning, lowest, leaving, above, below, .. } => {
            let values = [highest, returning, lowest, leaving, above, below];
            assert!(values.iter().all(|values| values.len() == channels));
            assert!(state.counts.len() == state.potential.len());
            // SAFETY: as above.
            unsafe {
                match flagged {
                    false => positions_of::<TRACKING, false, 0>(units, state, entries, sent),
                    true => positions_of::<TRACKING, true, 0>(units, state, entries, sent),
                }
            }
        }
    }
}

/// Of `WIDTH` 1 and 2 positions are as many registers wide, of 16 any whole number.
///
/// # Safety
/// Lengths are those that [`fire`] checks, and there is room for a register beyond an entry of
/// every unit, and for a value of every position.
#[expect(clippy::needless_range_loop, reason = "a group is an address, too")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn positions_of<const KIND: u8, const FLAGGED: bool, const WIDTH: usize>(
    units: &Units,
    state: &mut Fires,
    entries: &mut Vec<Spike>,
    sent: &mut Sent,
) {
    let channels = units.shift.len();
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let first_channel = _mm512_add_epi32(lanes, _mm512_set1_epi32(state.first_channel as i32));
    let limit = _mm512_set1_epi32(units.saturation);
    let floor = _mm512_sub_epi32(_mm512_setzero_si512(), limit);
    // One spike of each channel, a positive and a negative one: a `Spike` is a `u32`, any of which
    // is one.
    let once = _mm512_or_si512(_mm512_slli_epi32::<BITS>(first_channel), _mm512_set1_epi32(1));
    let below_zero = _mm512_set1_epi32(COUNT - 1);
    let currents = units.inflow.len() != channels;
    let (potential, counts) = (state.potential.as_mut_ptr(), state.counts.as_mut_ptr());
    let (inflows, shifts, flags) =
        (units.inflow.as_ptr(), units.shift.as_ptr(), state.flags.as_mut_ptr());
    let sums = (!state.sums.is_empty()).then_some(state.sums.as_ptr());
    let (mut clamped, begin) = (0u64, entries.len());
    let [ends_before, sizes_before, updates_before] =
        [sent.ends.len(), sent.sizes.len(), sent.updates.len()];
    let (first, mut end) = (entries.as_mut_ptr(), begin);
    let ends = sent.ends.as_mut_ptr();
    let sizes = sent.sizes.as_mut_ptr();
    let updates = sent.updates.as_mut_ptr();
    let first_mask = 0xffff_u16 >> 16usize.saturating_sub(channels);
    // SAFETY: masks leave out what lies behind the channels.
    let held = unsafe {
        let second = if WIDTH == 2 { 16 } else { 0 };
        [values_of(&units.firing, 0, first_mask), values_of(&units.firing, second, first_mask)]
    };
    let asked = Asked::new(&units.firing);
    for (position, &touched) in state.touched.iter().enumerate() {
        let (before_position, mut active_here) = (end, 0);
        let mut spikes = _mm512_setzero_si512();
        let groups = if matches!(WIDTH, 1 | 2) { WIDTH } else { channels.div_ceil(16) };
        for group in 0..groups {
            let c = 16 * group;
            let left = channels - c;
            let mask = if WIDTH > 0 || left >= 16 { 0xffff } else { 0xffff_u16 >> (16 - left) };
            let at = position * channels + c;
            // SAFETY: `at` and `c` are those of units and of channels, and masks leave out what
            // lies behind the last.
            unsafe {
                let before = load(potential, at, mask);
                let inflow = load(inflows, if currents { at } else { c }, mask);
                let mut sum = _mm512_add_epi32(before, inflow);
                if let Some(sums) = sums {
                    let shift =
                        _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, shifts.add(c).cast()));
                    sum = _mm512_add_epi32(sum, _mm512_sllv_epi32(load(sums, at, mask), shift));
                }
                let mut beyond = _mm512_mask_cmpgt_epu32_mask(mask, _mm512_abs_epi32(sum), limit);
                if KIND == CURVE {
                    // Nothing takes a sum back: it may leave 32 bits.
                    let over = overflown(before, sum) & mask;
                    sum = _mm512_mask_mov_epi32(sum, over, far(before));
                    beyond |= over;
                }
                let mut v = sum;
                if beyond != 0 {
                    clamped += u64::from(beyond.count_ones());
                    v = _mm512_max_epi32(_mm512_min_epi32(sum, limit), floor);
                }
                let channel = _mm512_slli_epi32::<BITS>(_mm512_set1_epi32(c as i32));
                // Of narrow positions the values of channels stay in registers.
                let values = || match WIDTH {
                    1 | 2 => held[group],
                    _ => values_of(&units.firing, c, mask),
                };
                let (v, fired, bits, own) = if let (CURVE, Some(asked)) = (KIND, &asked) {
                    let net = load(counts, at, mask);
                    let count = asked.count(c, mask, v, net);
                    let after = _mm512_add_epi32(net, count);
                    _mm512_mask_storeu_epi32(counts.add(at), mask, after);
                    spikes = _mm512_add_epi32(spikes, _mm512_abs_epi32(count));
                    let (fired, bits) = several(first_channel, channel, count);
                    let own = _mm512_or_si512(before, net);
                    (v, fired, bits, _mm512_or_si512(own, asked.restless(c, mask)))
                } else if KIND == TRACKING {
                    let net = load(counts, at, mask);
                    let (v, after, count) = track(&units.firing, c, mask, v, net);
                    _mm512_mask_storeu_epi32(counts.add(at), mask, after);
                    spikes = _mm512_add_epi32(spikes, _mm512_abs_epi32(count));
                    let (fired, bits) = several(first_channel, channel, count);
                    (v, fired, bits, _mm512_or_si512(before, net))
                } else if KIND == SINGLE {
                    let [highest, lowest, above, below] = values();
                    let rising = _mm512_mask_cmpgt_epi32_mask(mask, v, highest);
                    let falling = _mm512_mask_cmplt_epi32_mask(mask, v, lowest) & !rising;
                    // No branch: whether there is a spike is hard to foresee.
                    let v = _mm512_mask_sub_epi32(v, rising, v, above);
                    let v = _mm512_mask_add_epi32(v, falling, v, below);
                    let bits = if group == 0 { once } else { _mm512_add_epi32(once, channel) };
                    let bits = _mm512_mask_or_epi32(bits, falling, bits, below_zero);
                    (v, rising | falling, bits, before)
                } else {
                    let (v, count) = integrate(&units.firing, values(), mask, v);
                    spikes = _mm512_add_epi32(spikes, _mm512_abs_epi32(count));
                    let (fired, bits) = several(first_channel, channel, count);
                    (v, fired, bits, before)
                };
                _mm512_mask_storeu_epi32(potential.add(at), mask, v);
                let alive = _mm512_or_si512(own, inflow);
                let active = _mm512_test_epi32_mask(alive, alive) | fired;
                if FLAGGED {
                    let flags = flags.add(at).cast();
                    let all = _mm_maskz_loadu_epi8(mask, flags);
                    let all = _mm_or_si128(all, _mm_maskz_set1_epi8(active, ACTIVE as i8));
                    let all = _mm_or_si128(all, _mm_maskz_set1_epi8(fired, (FIRED | INPUT) as i8));
                    _mm_mask_storeu_epi8(flags, mask, all);
                } else if touched == 0 {
                    active_here += active.count_ones();
                }
                let packed = _mm512_maskz_compress_epi32(fired, bits);
                let sent = fired.count_ones() as usize;
                // Half a register, which fewer lines part; that more fire is rare.
                _mm256_storeu_si256(first.add(end).cast(), _mm512_castsi512_si256(packed));
                if sent > 8 {
                    _mm256_storeu_si256(
                        first.add(end + 8).cast(),
                        _mm512_extracti64x4_epi64::<1>(packed),
                    );
                }
                end += sent;
            }
        }
        let events = (end - before_position) as u32;
        // SAFETY: there is room for a value of every position.
        unsafe {
            ends.add(ends_before + position).write(end as u32);
            let all = if KIND == SINGLE { events } else { _mm512_reduce_add_epi32(spikes) as u32 };
            sizes.add(sizes_before + position).write(all);
            if !FLAGGED {
                let counts =
                    if touched != 0 { [channels as u32; 2] } else { [events, active_here] };
                // Whoever counts has at most 2^16 - 1 channels.
                updates.add(updates_before + position).write(counts.map(|n| n as u16));
            }
        }
    }
    let positions = state.touched.len();
    sent.clamped += clamped;
    // SAFETY: as many have been written.
    unsafe {
        entries.set_len(end);
        sent.ends.set_len(ends_before + positions);
        sent.sizes.set_len(sizes_before + positions);
        sent.updates.set_len(updates_before + if FLAGGED { 0 } else { positions });
    }
}

/// Bounds and resets of `if` units.
///
/// # Safety
/// `firing` has values of the channels from `c` on that the mask keeps.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn values_of(firing: &Firing, c: usize, mask: __mmask16) -> [__m512i; 4] {
    let Firing::If { highest, lowest, above, below, .. } = firing else {
        return [_mm512_setzero_si512(); 4];
    };
    let [a, b, c, d] = [highest, lowest, above, below].map(|values| values[c..].as_ptr());
    // SAFETY: as above.
    unsafe {
        [
            _mm512_maskz_loadu_epi32(mask, a),
            _mm512_maskz_loadu_epi32(mask, b),
            _mm512_maskz_loadu_epi32(mask, c),
            _mm512_maskz_loadu_epi32(mask, d),
        ]
    }
}

/// Units that fire, and their spikes: `first` are the channels of a position's first units, `by`
/// how much further on these are, shifted as in a spike.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
fn several(first: __m512i, by: __m512i, count: __m512i) -> (__mmask16, __m512i) {
    let digits = _mm512_and_si512(count, _mm512_set1_epi32(COUNT));
    let channel = _mm512_add_epi32(_mm512_slli_epi32::<BITS>(first), by);
    (_mm512_test_epi32_mask(count, count), _mm512_or_si512(channel, digits))
}

/// Membranes after their spikes, and the spikes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
fn integrate(
    firing: &Firing,
    [highest, lowest, above, below]: [__m512i; 4],
    mask: __mmask16,
    mut v: __m512i,
) -> (__m512i, __m512i) {
    let Firing::If { burst, .. } = firing else { return (v, v) };
    let one = _mm512_set1_epi32(1);
    let mut rising = _mm512_mask_cmpgt_epi32_mask(mask, v, highest);
    let mut falling = _mm512_mask_cmplt_epi32_mask(mask & !rising, v, lowest);
    let mut count = _mm512_maskz_mov_epi32(rising, one);
    count = _mm512_mask_sub_epi32(count, falling, count, one);
    // No branch for the first spike: whether there is one is hard to foresee.
    v = _mm512_mask_sub_epi32(v, rising, v, above);
    v = _mm512_mask_add_epi32(v, falling, v, below);
    for _ in 1..*burst {
        rising = _mm512_mask_cmpgt_epi32_mask(rising, v, highest);
        falling = _mm512_mask_cmplt_epi32_mask(falling, v, lowest);
        if rising | falling == 0 {
            break;
        }
        v = _mm512_mask_sub_epi32(v, rising, v, above);
        v = _mm512_mask_add_epi32(v, falling, v, below);
        count = _mm512_mask_add_epi32(count, rising, count, one);
        count = _mm512_mask_sub_epi32(count, falling, count, one);
    }
    (v, count)
}

/// Residues and net counts after their spikes, and the spikes.
///
/// # Safety
/// As [`values_of`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn track(
    firing: &Firing,
    c: usize,
    mask: __mmask16,
    mut r: __m512i,
    mut net: __m512i,
) -> (__m512i, __m512i, __m512i) {
    let zero = _mm512_setzero_si512();
    let Firing::Tracking { highest, returning, lowest, leaving, above, below, most } = firing
    else {
        return (r, net, zero);
    };
    // SAFETY: as above.
    let [highest, returning, lowest, leaving] = [highest, returning, lowest, leaving]
        .map(|values| unsafe { load(values.as_ptr(), c, mask) });
    let mut count = zero;
    let high = _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(net, zero), highest, returning);
    let low = _mm512_mask_blend_epi32(_mm512_cmpgt_epi32_mask(net, zero), lowest, leaving);
    let mut rising = _mm512_mask_cmpgt_epi32_mask(mask, r, high);
    let mut falling = _mm512_mask_cmplt_epi32_mask(mask & !rising, r, low);
    if rising | falling == 0 {
        return (r, net, count);
    }
    let one = _mm512_set1_epi32(1);
    // SAFETY: as above.
    let [above, below] = [above, below].map(|values| unsafe { load(values.as_ptr(), c, mask) });
    for _ in 0..most[0] {
        let step = _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(net, zero), above, below);
        r = _mm512_mask_sub_epi32(r, rising, r, step);
        net = _mm512_mask_add_epi32(net, rising, net, one);
        count = _mm512_mask_add_epi32(count, rising, count, one);
        let high = _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(net, zero), highest, returning);
        rising = _mm512_mask_cmpgt_epi32_mask(rising, r, high);
        if rising == 0 {
            break;
        }
    }
    for _ in 0..most[1] {
        if falling == 0 {
            break;
        }
        let step = _mm512_mask_blend_epi32(_mm512_cmpgt_epi32_mask(net, zero), below, above);
        r = _mm512_mask_add_epi32(r, falling, r, step);
        net = _mm512_mask_sub_epi32(net, falling, net, one);
        count = _mm512_mask_sub_epi32(count, falling, count, one);
        let low = _mm512_mask_blend_epi32(_mm512_cmpgt_epi32_mask(net, zero), lowest, leaving);
        falling = _mm512_mask_cmplt_epi32_mask(falling, r, low);
    }
    (r, net, count)
}
