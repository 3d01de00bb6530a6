//! Four units at a time, and then one by one those that fire; units that follow a curve one by one.

use super::{CurveUnits, Fires, Firing, Sent, Spike, Units};
use crate::kernel::{ACTIVE, FIRED, INPUT, copies};
use crate::snn::Curve;
use std::ops::Range;
use wide::i32x4;

/// Units that are looked at together, a bit for each.
const LANES: usize = 64;

/// Bits of units.
#[derive(Clone, Copy, Default)]
struct Bits {
    /// They are not between their bounds.
    beyond: u64,
    /// They hold nothing, and nothing flows in.
    rest: u64,
}

copies! {
    /// As [`super::fire`], for `if` units.
    pub fn fire(units: &Units, state: &mut Fires, entries: &mut Vec<Spike>, sent: &mut Sent) {
        let Firing::If { highest, lowest, .. } = units.firing else { return };
        let channels = units.shift.len();
        if channels > 0 && LANES.is_multiple_of(channels) {
            return narrow(units, state, entries, sent);
        }
        let currents = units.inflow.len() != channels;
        let shift = if units.shift.iter().any(|&shift| shift > 0) { units.shift } else { &[] };
        for position in 0..state.touched.len() {
            let first = position * channels;
            let touched = state.touched[position] != 0;
            let (before, mut active, mut spikes) = (entries.len(), 0, 0);
            for begin in (0..channels).step_by(LANES) {
                let own = begin..(begin + LANES).min(channels);
                let at = first + own.start..first + own.end;
                let lanes = Lanes {
                    inflow: &units.inflow[if currents { at.clone() } else { own.clone() }],
                    highest: &highest[own.clone()],
                    lowest: &lowest[own.clone()],
                    shift: shift.get(own.clone()).unwrap_or(&[]),
                };
                let bits = lanes.advance(state, at.clone(), !touched);
                let mut fired = 0;
                let mut beyond = bits.beyond;
                while beyond != 0 {
                    let n = beyond.trailing_zeros() as usize;
                    let count = settle(units, begin + n, &mut state.potential[at.start + n], sent);
                    if count != 0 {
                        entries.push(Spike::new(state.first_channel + begin + n, count));
                        spikes += count.unsigned_abs();
                        fired |= 1 << n;
                    }
                    beyond &= beyond - 1;
                }
                let alive = !bits.rest & mask(own.len()) | fired;
                active += alive.count_ones();
                flag(state.flags, at.start, fired, alive);
            }
            sent.ends.push(entries.len() as u32);
            sent.sizes.push(spikes);
            if state.flags.is_empty() {
                let events = (entries.len() - before) as u32;
                let counts = if touched { [channels as u32; 2] } else { [events, active] };
                // Whoever counts has at most 2^16 - 1 channels.
                sent.updates.push(counts.map(|n| n as u16));
            }
        }
    }
}

copies! {
    /// As [`super::fire`], for units that follow a curve.
    pub fn follow(
        units: &Units,
        curves: &CurveUnits,
        state: &mut Fires,
        entries: &mut Vec<Spike>,
        sent: &mut Sent,
    ) {
        let channels = units.shift.len();
        let currents = units.inflow.len() != channels;
        let limit = i64::from(units.saturation);
        for position in 0..state.touched.len() {
            let first = position * channels;
            let touched = state.touched[position] != 0;
            let (before, mut active, mut spikes) = (entries.len(), 0, 0);
            for c in 0..channels {
                let at = first + c;
                let inflow = units.inflow[if currents { at } else { c }];
                let arrived = state.sums.get(at).copied().unwrap_or(0);
                let arrived = arrived.wrapping_shl(units.shift[c].into());
                let [held, net] = [state.potential[at], state.counts[at]];
                // Nothing takes a sum back: it may leave 32 bits.
                let sum = i64::from(held) + i64::from(inflow.wrapping_add(arrived));
                let u = sum.clamp(-limit, limit) as i32;
                sent.clamped += u64::from(i64::from(u) != sum);
                let count = asked(curves, c, u, net);
                state.potential[at] = u;
                state.counts[at] = net + count;
                if count != 0 {
                    entries.push(Spike::new(state.first_channel + c, count));
                    spikes += count.unsigned_abs();
                }
                let alive = (held | net | inflow | count | curves.restless[c]) != 0;
                active += u32::from(alive);
                flag(state.flags, at, u64::from(count != 0), u64::from(alive));
            }
            sent.ends.push(entries.len() as u32);
            sent.sizes.push(spikes);
            if state.flags.is_empty() {
                let events = (entries.len() - before) as u32;
                let counts = if touched { [channels as u32; 2] } else { [events, active] };
                // Whoever counts has at most 2^16 - 1 channels.
                sent.updates.push(counts.map(|n| n as u16));
            }
        }
    }
}

/// Spikes of a unit with the sum `u` and the net count `net` so far. Why floats are exact says
/// `x86::curve`, which does the same.
#[inline(always)]
fn asked(curves: &CurveUnits, c: usize, u: i32, net: i32) -> i32 {
    let (step, scale) = (f64::from(curves.step), curves.scale[c]);
    let scaled = (f64::from(u) - step * curves.from[c]) * scale;
    let quotient = (scaled + 0.5 * scale) * (1.0 / step);
    let segment = quotient.clamp(0.0, (curves.segments - 1) as f64) as usize;
    let rest = scaled - segment as f64 * step;
    let knots = &curves.knots[c * (curves.segments + 1) + segment..][..2];
    let [low, high] = [0, 1].map(|n| f64::from(knots[n]));
    let value = step * low + floor((high - low) * rest);
    let target = value / f64::from(1 << Curve::FRACTION) + 0.5;
    let [up, down] = curves.most.map(f64::from);
    floor((target - f64::from(net)).min(up).max(-down)) as i32
}

/// The library's is a call where the target has no instruction for it.
#[inline(always)]
fn floor(x: f64) -> f64 {
    let whole = x as i64 as f64;
    if whole > x { whole - 1.0 } else { whole }
}

/// As [`fire`], for some whole positions in [`LANES`] units.
#[inline(always)]
fn narrow(units: &Units, state: &mut Fires, entries: &mut Vec<Spike>, sent: &mut Sent) {
    let Firing::If { highest, lowest, .. } = units.firing else { return };
    let channels = units.shift.len();
    let octaves = channels.trailing_zeros();
    let currents = units.inflow.len() != channels;
    let repeated = |values: &[i32]| {
        let mut held = [0; LANES];
        held.chunks_exact_mut(channels).for_each(|held| held.copy_from_slice(values));
        held
    };
    let [highest, lowest] = [highest, lowest].map(repeated);
    let bias = if currents { [0; LANES] } else { repeated(units.inflow) };
    let mut shift = [0; LANES];
    shift.chunks_exact_mut(channels).for_each(|held| held.copy_from_slice(units.shift));
    let shifted = units.shift.iter().any(|&shift| shift > 0);
    let total = state.potential.len();
    for (begin, touched) in (0..total).step_by(LANES).zip(state.touched.chunks(LANES >> octaves)) {
        let at = begin..(begin + LANES).min(total);
        let lanes = Lanes {
            inflow: if currents { &units.inflow[at.clone()] } else { &bias[..at.len()] },
            highest: &highest[..at.len()],
            lowest: &lowest[..at.len()],
            shift: if shifted { &shift[..at.len()] } else { &[] },
        };
        let bits = lanes.advance(state, at.clone(), touched.contains(&0));
        let before = entries.len() as u32;
        let mut fired = 0;
        let (mut beyond, sizes) = (bits.beyond, sent.sizes.len());
        sent.sizes.extend(touched.iter().map(|_| 0));
        while beyond != 0 {
            let n = beyond.trailing_zeros() as usize;
            let c = n & (channels - 1);
            let count = settle(units, c, &mut state.potential[begin + n], sent);
            if count != 0 {
                entries.push(Spike::new(state.first_channel + c, count));
                sent.sizes[sizes + (n >> octaves)] += count.unsigned_abs();
                fired |= 1 << n;
            }
            beyond &= beyond - 1;
        }
        let alive = !bits.rest & mask(at.len()) | fired;
        let mut end = before;
        let [fired_bytes, alive_bytes] = [fired, alive].map(of_bytes);
        for (n, &touched) in touched.iter().enumerate() {
            let [events, active] = match channels {
                // A position is whole bytes: their sum.
                8.. => [fired_bytes, alive_bytes].map(|bytes| {
                    let own = bytes >> (n << octaves) & mask(channels);
                    (own.wrapping_mul(u64::MAX / 255) >> 56) as u32
                }),
                _ => [fired, alive]
                    .map(|bits| (bits >> (n << octaves) & mask(channels)).count_ones()),
            };
            end += events;
            sent.ends.push(end);
            if state.flags.is_empty() {
                let counts = if touched != 0 { [channels as u32; 2] } else { [events, active] };
                sent.updates.push(counts.map(|n| n as u16));
            }
        }
        flag(state.flags, begin, fired, alive);
    }
}

/// In every byte how many bits of it are set.
#[inline(always)]
fn of_bytes(bits: u64) -> u64 {
    const ONES: u64 = 0x5555_5555_5555_5555;
    const TWOS: u64 = 0x3333_3333_3333_3333;
    const FOURS: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let twos = bits - ((bits >> 1) & ONES);
    let fours = (twos & TWOS) + ((twos >> 2) & TWOS);
    (fours + (fours >> 4)) & FOURS
}

/// As many bits.
#[inline(always)]
fn mask(bits: usize) -> u64 {
    u64::MAX >> (LANES - bits)
}

/// Marks units from `first` on, if there are marks.
#[inline(always)]
fn flag(flags: &mut [u8], first: usize, fired: u64, mut alive: u64) {
    while !flags.is_empty() && alive != 0 {
        let n = alive.trailing_zeros();
        let sends = if fired >> n & 1 != 0 { FIRED | INPUT } else { 0 };
        flags[first + n as usize] |= ACTIVE | sends;
        alive &= alive - 1;
    }
}

/// Clamps a membrane that is not between the bounds of channel `c`, and gives its spikes.
#[inline(always)]
fn settle(units: &Units, c: usize, membrane: &mut i32, sent: &mut Sent) -> i32 {
    let Firing::If { highest, lowest, above, below, burst } = units.firing else { return 0 };
    let mut v = (*membrane).clamp(-units.saturation, units.saturation);
    sent.clamped += u64::from(v != *membrane);
    let mut count = 0;
    if v > highest[c] {
        // A burst fits a spike by construction of the unit.
        while v > highest[c] && count < burst {
            v = v.wrapping_sub(above[c]);
            count += 1;
        }
    } else {
        while v < lowest[c] && -count < burst {
            v = v.wrapping_add(below[c]);
            count -= 1;
        }
    }
    *membrane = v;
    count
}

/// What consecutive units have in common with those of other positions.
struct Lanes<'a> {
    inflow: &'a [i32],
    highest: &'a [i32],
    lowest: &'a [i32],
    /// Empty where nothing is shifted.
    shift: &'a [u8],
}

impl Lanes<'_> {
    /// Adds to the membranes `at` what arrives; whether they rest is said if it is asked for or
    /// flags are kept.
    #[inline(always)]
    fn advance(&self, state: &mut Fires, at: Range<usize>, rest: bool) -> Bits {
        let sums = state.sums.get(at.clone()).unwrap_or(&[]);
        let potential = &mut state.potential[at];
        match rest || !state.flags.is_empty() {
            true => self.integrate::<true>(potential, sums),
            false => self.integrate::<false>(potential, sums),
        }
    }

    #[inline(always)]
    fn integrate<const REST: bool>(&self, potential: &mut [i32], sums: &[i32]) -> Bits {
        match (sums.is_empty(), self.shift.is_empty()) {
            (true, _) => self.add::<REST>(potential, |_| i32x4::ZERO, |_| 0),
            (false, true) => self.add::<REST>(potential, |n| four(sums, n), |n| sums[n]),
            (false, false) => {
                let one = |n: usize| sums[n].wrapping_shl(self.shift[n].into());
                self.add::<REST>(potential, |n| i32x4::new([n, n + 1, n + 2, n + 3].map(one)), one)
            }
        }
    }

    /// `arrived` gives what arrives at four units from one on, `at_one` at a single one.
    #[inline(always)]
    fn add<const REST: bool>(
        &self,
        potential: &mut [i32],
        arrived: impl Fn(usize) -> i32x4,
        at_one: impl Fn(usize) -> i32,
    ) -> Bits {
        let mut bits = Bits::default();
        let (fours, _) = potential.as_chunks_mut::<4>();
        for (n, membranes) in fours.iter_mut().enumerate() {
            let (before, inflow) = (i32x4::new(*membranes), four(self.inflow, 4 * n));
            let sum = before + inflow + arrived(4 * n);
            *membranes = sum.to_array();
            let beyond =
                sum.simd_gt(four(self.highest, 4 * n)) | sum.simd_lt(four(self.lowest, 4 * n));
            bits.beyond |= u64::from(beyond.to_bitmask()) << (4 * n);
            if REST {
                let rest = (before | inflow).simd_eq(i32x4::ZERO);
                bits.rest |= u64::from(rest.to_bitmask()) << (4 * n);
            }
        }
        for n in potential.len() & !3..potential.len() {
            let (before, inflow) = (potential[n], self.inflow[n]);
            potential[n] = before.wrapping_add(inflow).wrapping_add(at_one(n));
            let beyond = potential[n] > self.highest[n] || potential[n] < self.lowest[n];
            bits.beyond |= u64::from(beyond) << n;
            bits.rest |= u64::from(before | inflow == 0) << n;
        }
        bits
    }
}

/// Values `at..at + 4`.
#[inline(always)]
fn four(values: &[i32], at: usize) -> i32x4 {
    let values = &values[at..at + 4];
    i32x4::new([values[0], values[1], values[2], values[3]])
}
