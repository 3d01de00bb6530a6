//! One step of firing units, from sums to spikes, sixteen at a time: needs AVX-512.
//!
//! What [`super::integrate`] and [`super::track`] do with `engine::fire` behind them, in one pass that stores
//! no flags unless they are asked for.

use super::instructions::Instructions;
use crate::engine::spikes::Spike;
use crate::snn::Model;

/// What units share, by channel.
#[derive(Debug, Clone, Copy)]
pub struct Units<'a> {
    /// Membrane units per weight step, as a power of two.
    pub shift: &'a [u8],
    /// By channel; of an analogue layer the constant currents, one per unit.
    pub inflow: &'a [i32],
    /// Largest magnitude of a membrane.
    pub saturation: i32,
    pub firing: Firing<'a>,
}

/// When units fire, and what that takes off: the fields of [`crate::snn::IntegrateFire`] and
/// [`crate::snn::Tracking`], the bounds as in `engine::fire`.
#[derive(Debug, Clone, Copy)]
pub enum Firing<'a> {
    If {
        highest: &'a [i32],
        lowest: &'a [i32],
        above: &'a [i32],
        below: &'a [i32],
        burst: i32,
    },
    Tracking {
        highest: &'a [i32],
        returning: &'a [i32],
        lowest: &'a [i32],
        leaving: &'a [i32],
        above: &'a [i32],
        below: &'a [i32],
        most: [i32; 2],
    },
}

/// State of units, position by position.
pub struct Fires<'a> {
    pub potential: &'a mut [i32],
    /// Net counts of tracking units.
    pub counts: &'a mut [i32],
    /// What arrived; empty where nothing can.
    pub sums: &'a [i32],
    /// By position: 1 where anything arrived.
    pub touched: &'a [u8],
    /// By unit, where they are wanted: marks of what arrived, which get those of the step; else empty.
    pub flags: &'a mut [u8],
    /// Of the first of these units, among those of a position.
    pub first_channel: usize,
}

/// What a step gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Spikes of every position.
    pub sizes: Vec<u32>,
    /// By position, where no flags are wanted: units that received input, and that were active.
    pub updates: Vec<[u32; 2]>,
    /// Membranes that were clamped.
    pub clamped: u64,
    /// Entries before the end of every position.
    pub ends: Vec<u32>,
}

impl Sent {
    pub fn clear(&mut self) {
        self.sizes.clear();
        self.updates.clear();
        self.ends.clear();
        self.clamped = 0;
    }
}

/// Whether the steps of such units mark flags on this processor.
pub fn needs_flags(model: &Model) -> bool {
    match model {
        #[cfg(target_arch = "x86_64")]
        Model::If(_) | Model::Tracking(_) => Instructions::best() != Instructions::Avx512,
        _ => true,
    }
}

/// Advances units by one step and appends their spikes to `entries`; the channels of a position are those of
/// `units.shift`. `false`, and nothing done, on processors without AVX-512.
pub fn fire(units: &Units, state: &mut Fires, entries: &mut Vec<Spike>, sent: &mut Sent) -> bool {
    #[cfg(target_arch = "x86_64")]
    if Instructions::best() == Instructions::Avx512 {
        // SAFETY: the processor has these instructions.
        unsafe { x86::fire(units, state, entries, sent) };
        return true;
    }
    let _ = (units, state, entries, sent);
    false
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Fires, Firing, Sent, Spike, Units};
    use crate::kernel::{ACTIVE, FIRED, INPUT};
    use std::arch::x86_64::*;

    /// Sixteen values of an array that may end before.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn load(values: &[i32], at: usize, mask: __mmask16) -> __m512i {
        debug_assert!(at + mask.count_ones() as usize <= values.len());
        // SAFETY: the mask leaves out what lies behind the values.
        unsafe { _mm512_maskz_loadu_epi32(mask, values.as_ptr().add(at)) }
    }

    /// As [`super::fire`].
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    pub fn fire(units: &Units, state: &mut Fires, entries: &mut Vec<Spike>, sent: &mut Sent) {
        match units.firing {
            Firing::If { .. } => positions::<false>(units, state, entries, sent),
            Firing::Tracking { .. } => positions::<true>(units, state, entries, sent),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn positions<const TRACKING: bool>(
        units: &Units,
        state: &mut Fires,
        entries: &mut Vec<Spike>,
        sent: &mut Sent,
    ) {
        let channels = units.shift.len();
        let flagged = !state.flags.is_empty();
        assert!(state.potential.len() == channels * state.touched.len());
        assert!(!TRACKING || state.counts.len() == state.potential.len());
        assert!(state.sums.is_empty() || state.sums.len() == state.potential.len());
        assert!(!flagged || state.flags.len() == state.potential.len());
        let currents = units.inflow.len() != channels;
        assert!(!currents || units.inflow.len() == state.potential.len());
        let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let limit = _mm512_set1_epi32(units.saturation);
        let floor = _mm512_sub_epi32(_mm512_setzero_si512(), limit);
        for position in 0..state.touched.len() {
            entries.reserve(channels + 16);
            let touched = state.touched[position] != 0;
            let (mut events, mut spikes, mut active_here) = (0, 0, 0);
            for c in (0..channels).step_by(16) {
                let mask = 0xffff_u16 >> 16usize.saturating_sub(channels - c);
                let at = position * channels + c;
                let before = load(state.potential, at, mask);
                let inflow = load(units.inflow, if currents { at } else { c }, mask);
                let mut sum = _mm512_add_epi32(before, inflow);
                if !state.sums.is_empty() {
                    // SAFETY: the mask leaves out what lies behind the shifts.
                    let shift = unsafe { _mm_maskz_loadu_epi8(mask, units.shift.as_ptr().add(c).cast()) };
                    let arrived = load(state.sums, at, mask);
                    sum = _mm512_add_epi32(sum, _mm512_sllv_epi32(arrived, _mm512_cvtepu8_epi32(shift)));
                }
                let v = _mm512_max_epi32(_mm512_min_epi32(sum, limit), floor);
                sent.clamped += u64::from((_mm512_cmpneq_epi32_mask(v, sum) & mask).count_ones());
                let (v, count, state_bits) = if TRACKING {
                    let net = load(state.counts, at, mask);
                    let (v, after, count) = track(units, c, mask, v, net);
                    // SAFETY: the mask leaves out what lies behind the counts.
                    unsafe { _mm512_mask_storeu_epi32(state.counts.as_mut_ptr().add(at), mask, after) };
                    (v, count, _mm512_or_si512(before, net))
                } else {
                    let (v, count) = integrate(units, c, mask, v);
                    (v, count, before)
                };
                // SAFETY: the mask leaves out what lies behind the potentials.
                unsafe { _mm512_mask_storeu_epi32(state.potential.as_mut_ptr().add(at), mask, v) };
                let fired = _mm512_test_epi32_mask(count, count);
                let alive = _mm512_or_si512(state_bits, inflow);
                let active = _mm512_test_epi32_mask(alive, alive) | fired;
                if flagged {
                    // SAFETY: the mask leaves out what lies behind the flags.
                    unsafe {
                        let flags = state.flags.as_mut_ptr().add(at).cast();
                        let all = _mm_maskz_loadu_epi8(mask, flags);
                        let all = _mm_or_si128(all, _mm_maskz_set1_epi8(active, ACTIVE as i8));
                        let all = _mm_or_si128(all, _mm_maskz_set1_epi8(fired, (FIRED | INPUT) as i8));
                        _mm_mask_storeu_epi8(flags, mask, all);
                    }
                }
                active_here += active.count_ones();
                let here = fired.count_ones();
                if here > 0 {
                    let channel =
                        _mm512_add_epi32(lanes, _mm512_set1_epi32((state.first_channel + c) as i32));
                    let bits = _mm512_or_si512(
                        _mm512_slli_epi32::<8>(channel),
                        _mm512_and_si512(count, _mm512_set1_epi32(0xff)),
                    );
                    let packed = _mm512_maskz_compress_epi32(fired, bits);
                    // SAFETY: room for a register beyond all units of the position was reserved; a `Spike` is a `u32`, any of
                    // which is one.
                    unsafe {
                        let end = entries.len();
                        _mm512_storeu_si512(entries.as_mut_ptr().add(end).cast(), packed);
                        entries.set_len(end + here as usize);
                    }
                    events += here;
                    spikes += _mm512_reduce_add_epi32(_mm512_abs_epi32(count)) as u32;
                }
            }
            sent.ends.push(entries.len() as u32);
            sent.sizes.push(spikes);
            if !flagged {
                let all = channels as u32;
                sent.updates.push(if touched { [all; 2] } else { [events, active_here] });
            }
        }
    }

    /// Membranes after their spikes, and the spikes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn integrate(units: &Units, c: usize, mask: __mmask16, mut v: __m512i) -> (__m512i, __m512i) {
        let Firing::If { highest, lowest, above, below, burst } = units.firing else { return (v, v) };
        let (highest, lowest) = (load(highest, c, mask), load(lowest, c, mask));
        let mut count = _mm512_setzero_si512();
        let up = _mm512_mask_cmpgt_epi32_mask(mask, v, highest);
        let down = _mm512_mask_cmplt_epi32_mask(mask & !up, v, lowest);
        if up | down == 0 {
            return (v, count);
        }
        let one = _mm512_set1_epi32(1);
        let (above, below) = (load(above, c, mask), load(below, c, mask));
        let (mut rising, mut falling) = (up, down);
        for _ in 0..burst {
            v = _mm512_mask_sub_epi32(v, rising, v, above);
            v = _mm512_mask_add_epi32(v, falling, v, below);
            count = _mm512_mask_add_epi32(count, rising, count, one);
            count = _mm512_mask_sub_epi32(count, falling, count, one);
            rising = _mm512_mask_cmpgt_epi32_mask(rising, v, highest);
            falling = _mm512_mask_cmplt_epi32_mask(falling, v, lowest);
            if rising | falling == 0 {
                break;
            }
        }
        (v, count)
    }

    /// Residues and net counts after their spikes, and the spikes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    fn track(
        units: &Units,
        c: usize,
        mask: __mmask16,
        mut r: __m512i,
        mut net: __m512i,
    ) -> (__m512i, __m512i, __m512i) {
        let zero = _mm512_setzero_si512();
        let Firing::Tracking { highest, returning, lowest, leaving, above, below, most } = units.firing
        else {
            return (r, net, zero);
        };
        let [highest, returning, lowest, leaving] =
            [load(highest, c, mask), load(returning, c, mask), load(lowest, c, mask), load(leaving, c, mask)];
        let mut count = zero;
        let high = _mm512_mask_blend_epi32(_mm512_cmplt_epi32_mask(net, zero), highest, returning);
        let low = _mm512_mask_blend_epi32(_mm512_cmpgt_epi32_mask(net, zero), lowest, leaving);
        let mut rising = _mm512_mask_cmpgt_epi32_mask(mask, r, high);
        let mut falling = _mm512_mask_cmplt_epi32_mask(mask & !rising, r, low);
        if rising | falling == 0 {
            return (r, net, count);
        }
        let one = _mm512_set1_epi32(1);
        let (above, below) = (load(above, c, mask), load(below, c, mask));
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
}
