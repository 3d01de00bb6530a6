//! One step of the membranes of a band of positions: integrate, compare, mark.

use super::instructions::copies;
use wide::{bytemuck, u8x16, u16x8};

/// Flag of a neuron in a step: it received input or fired.
pub const INPUT: u8 = 1;
/// Flag: it received input or fired, or its potential or bias was not zero.
pub const ACTIVE: u8 = 2;
/// Flag: it fired.
pub const FIRED: u8 = 4;

/// What the membranes of every position share, one value per channel, repeated for a whole number
/// of positions; potentials begin with a position.
pub struct Membranes<'a> {
    /// Membrane units per weight step, as a power of two.
    pub shift: &'a [u8],
    /// Bias, or the constant currents of an analogue layer, one per potential.
    pub inflow: &'a [i32],
    /// A neuron fires above `highest` and below `lowest`.
    pub highest: &'a [i32],
    /// A neuron fires below this.
    pub lowest: &'a [i32],
    /// Largest magnitude of a membrane.
    pub saturation: i32,
}

copies! {
    /// `v += (sum << shift) + inflow`, clamped. `flags` holds [`INPUT`] and [`ACTIVE`] of neurons
    /// that received input and gets [`ACTIVE`] and [`FIRED`]; the caller resets what fired. Returns
    /// whether any neuron fired, and the number of clamped membranes.
    pub fn integrate(
        potential: &mut [i32],
        sums: &[i32],
        membranes: &Membranes,
        flags: &mut [u8],
    ) -> (bool, u32) {
        let period = membranes.shift.len().max(1);
        let currents = membranes.inflow.len() == potential.len();
        let limit = membranes.saturation;
        let (mut fired, mut clamped) = (0i32, 0i32);
        let chunks = potential.chunks_mut(period).zip(sums.chunks(period)).zip(flags.chunks_mut(period));
        for (chunk, ((potential, sums), flags)) in chunks.enumerate() {
            let n = potential.len();
            let first = if currents { chunk * period } else { 0 };
            // Equal lengths, said once, so that the loop has no checks.
            let (sums, shift, inflow) = (&sums[..n], &membranes.shift[..n], &membranes.inflow[first..first + n]);
            let (highest, lowest) = (&membranes.highest[..n], &membranes.lowest[..n]);
            let flags = &mut flags[..n];
            for c in 0..n {
                let before = potential[c];
                let sum = before.wrapping_add(sums[c].wrapping_shl(u32::from(shift[c]))).wrapping_add(inflow[c]);
                let v = sum.clamp(-limit, limit);
                let fires = (v > highest[c]) | (v < lowest[c]);
                let active = (before | inflow[c]) != 0;
                potential[c] = v;
                clamped += i32::from(v != sum);
                fired |= i32::from(fires);
                flags[c] |= (u8::from(active) * ACTIVE) | (u8::from(fires) * (FIRED | ACTIVE | INPUT));
            }
        }
        (fired != 0, clamped as u32)
    }
}

/// Neurons flagged [`INPUT`], and neurons flagged [`ACTIVE`].
pub fn count_flags(flags: &[u8]) -> [u32; 2] {
    // A call by instruction set takes longer.
    if flags.len() <= 32 {
        let add = |[input, active]: [u32; 2], flag: &u8| {
            [input + u32::from(flag & INPUT), active + u32::from((flag & ACTIVE) / ACTIVE)]
        };
        return flags.iter().fold([0; 2], add);
    }
    count_many(flags)
}

copies! {
    /// Appends to `fired` those of `neurons` that are flagged [`FIRED`]; how many are flagged
    /// [`INPUT`], and how many [`ACTIVE`].
    pub fn list_fired(flags: &[u8], neurons: &[u32], fired: &mut Vec<u32>) -> [u32; 2] {
        let mut counts = [0; 2];
        let mut list = |flags: &[u8; 64], neurons: &[u32]| {
            let [input, active, mut firing] = [INPUT, ACTIVE, FIRED].map(|flag| bits(flags, flag));
            counts[0] += input.count_ones();
            counts[1] += active.count_ones();
            while firing != 0 {
                fired.push(neurons[firing.trailing_zeros() as usize]);
                firing &= firing - 1;
            }
        };
        let (whole, rest) = flags.as_chunks::<64>();
        whole.iter().zip(neurons.chunks(64)).for_each(|(flags, neurons)| list(flags, neurons));
        if !rest.is_empty() {
            let mut flags = [0; 64];
            flags[..rest.len()].copy_from_slice(rest);
            list(&flags, &neurons[64 * whole.len()..]);
        }
        counts
    }
}

/// A bit for each of some flags; above [`FIRED`] there are none.
#[inline(always)]
fn bits(flags: &[u8; 64], flag: u8) -> u64 {
    let (sixteens, _) = flags.as_chunks::<16>();
    sixteens.iter().rev().fold(0, |bits, &flags| {
        let words: u16x8 = bytemuck::cast(flags);
        // The flag becomes the uppermost bit of its byte.
        let bytes: u8x16 = bytemuck::cast(words << flag.leading_zeros());
        bits << 16 | u64::from(bytes.to_bitmask())
    })
}

copies! {
    /// Adds, by channel, neurons flagged [`INPUT`], and neurons flagged [`ACTIVE`]: `flags` are
    /// those of some positions.
    pub fn add_flags(sums: &mut [[u32; 2]], flags: &[u8]) {
        for flags in flags.chunks_exact(sums.len().max(1)) {
            for ([input, active], &flag) in sums.iter_mut().zip(flags) {
                *input += u32::from(flag & INPUT);
                *active += u32::from((flag & ACTIVE) / ACTIVE);
            }
        }
    }
}

copies! {
    fn count_many(flags: &[u8]) -> [u32; 2] {
        let mut total = [0u32; 2];
        // Sums of 128 flags fit a byte in every lane.
        for chunk in flags.chunks(32 * 128) {
            let (mut input, mut active) = ([0u8; 32], [0u8; 32]);
            let mut lines = chunk.chunks_exact(32);
            for line in &mut lines {
                for (n, &flag) in line.iter().enumerate() {
                    input[n] += flag & INPUT;
                    active[n] += (flag & ACTIVE) / ACTIVE;
                }
            }
            for (n, &flag) in lines.remainder().iter().enumerate() {
                input[n] += flag & INPUT;
                active[n] += (flag & ACTIVE) / ACTIVE;
            }
            total[0] += input.iter().map(|&n| u32::from(n)).sum::<u32>();
            total[1] += active.iter().map(|&n| u32::from(n)).sum::<u32>();
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 256 }))]
        #[test]
        fn flags_are_listed_and_counted(flags in prop::collection::vec(0u8..8, 0..300)) {
            let neurons: Vec<u32> = (0..flags.len() as u32).map(|n| 7 * n).collect();
            let of = |flag: u8| flags.iter().zip(&neurons).filter(move |(flags, _)| **flags & flag != 0);
            let mut fired = vec![5];
            let counts = list_fired(&flags, &neurons, &mut fired);
            prop_assert_eq!(counts, [INPUT, ACTIVE].map(|flag| of(flag).count() as u32));
            prop_assert_eq!(fired, std::iter::once(5).chain(of(FIRED).map(|(_, &n)| n)).collect::<Vec<_>>());
        }
    }
}
