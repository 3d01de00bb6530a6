//! Networks of single synapses: rows of targets and weights, what cores receive, and neurons that are alike.

use super::{ACTIVE, FIRED, INPUT, prefetch};

/// Neurons that a `u16` tells apart.
pub const SEGMENT: usize = 1 << 16;

/// Most arrivals at one neuron that [`Arrivals`] can hold.
pub const ARRIVALS: u32 = (1 << (32 - SUM_BITS)) - 1;

/// Of an accumulator the low bits are a sum with a sign, those above count what was added. A sum of [`ARRIVALS`] weights
/// of one byte fits.
const SUM_BITS: u32 = 20;

/// Sums of weights and numbers of arrivals, by neuron of a segment.
pub type Arrivals = [u32; SEGMENT];

/// Synapses of many neurons, one row each: target within a segment, and weight.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    pub targets: &'a [u16],
    pub weights: &'a [i8],
    /// First synapse of every row, and the end of the last.
    pub starts: &'a [u32],
}

impl<'a> Rows<'a> {
    fn of(&self, row: u32) -> (&'a [u16], &'a [i8]) {
        let range = self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize;
        (&self.targets[range.clone()], &self.weights[range])
    }

    /// Asks for a row ahead of its use.
    fn prefetch(&self, row: u32) {
        let [from, to] = [0, 1].map(|next| self.starts[row as usize + next] as usize);
        (from..to).step_by(32).for_each(|at| prefetch(self.targets, at));
        (from..to).step_by(64).for_each(|at| prefetch(self.weights, at));
    }
}

/// Adds the rows of all neurons that `fired`. No neuron may receive more than [`ARRIVALS`] before
/// [`take_arrivals`].
pub fn scatter(rows: Rows, fired: &[u32], arrivals: &mut Arrivals) {
    let mut ahead = fired.iter();
    ahead.by_ref().take(2).for_each(|&row| rows.prefetch(row));
    for &row in fired {
        if let Some(&row) = ahead.next() {
            rows.prefetch(row);
        }
        let (targets, weights) = rows.of(row);
        for (&target, &weight) in targets.iter().zip(weights) {
            let at = &mut arrivals[usize::from(target)];
            *at = at.wrapping_add((1u32 << SUM_BITS).wrapping_add_signed(i32::from(weight)));
        }
    }
}

/// Adds the sums, times `unit`, to `input`, or replaces it if that is `fresh`; marks in `received` who got any; empties
/// `arrivals`.
#[multiversion::multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub fn take_arrivals(arrivals: &mut [u32], unit: f64, fresh: bool, input: &mut [f64], received: &mut [u8]) {
    for ((packed, input), received) in arrivals.iter_mut().zip(input).zip(received) {
        let sum = (*packed << (32 - SUM_BITS)).cast_signed() >> (32 - SUM_BITS);
        *input = f64::from(sum) * unit + if fresh { 0.0 } else { *input };
        *received = u8::from(*packed != 0) | if fresh { 0 } else { *received };
        *packed = 0;
    }
}

/// Most spikes that [`receive`] can add up.
pub const SPIKES: usize = 257;

/// What the cores receive of a spike of each neuron in `fired`, added up: synapses that it reaches there, and a packet where there are
/// any. `table` has a row for every neuron with the synapses in each core. At most [`SPIKES`] fit into the sums.
#[multiversion::multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub fn receive(table: &[u8], fired: &[u32], operations: &mut [u16], packets: &mut [u16]) {
    let cores = operations.len();
    for (n, &row) in fired.iter().enumerate() {
        prefetch_row(table, cores, fired.get(n + AHEAD));
        let row = &table[row as usize * cores..][..cores];
        for ((&synapses, operations), packets) in row.iter().zip(&mut *operations).zip(&mut *packets) {
            *operations += u16::from(synapses);
            *packets += u16::from(synapses != 0);
        }
    }
}

/// Adds up the rows, `sums.len()` wide, of all neurons that `fired`.
pub fn add_rows(table: &[u32], fired: &[u32], sums: &mut [u64]) {
    let width = sums.len();
    for (n, &row) in fired.iter().enumerate() {
        prefetch_row(table, width, fired.get(n + AHEAD));
        let row = &table[row as usize * width..][..width];
        row.iter().zip(&mut *sums).for_each(|(&value, sum)| *sum += u64::from(value));
    }
}

/// Rows that are asked for before they are read: they come in no order that a processor could guess.
const AHEAD: usize = 4;

#[inline(always)]
fn prefetch_row<T>(table: &[T], width: usize, row: Option<&u32>) {
    let Some(&row) = row else { return };
    let per_line = 64 / size_of::<T>();
    let from = row as usize * width;
    (from..from + width).step_by(per_line).for_each(|at| prefetch(table, at));
}

/// What integrate-and-fire neurons that are alike have in common. They keep no current, and no spike blocks input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    pub threshold: f64,
    /// What a spike does to the potential.
    pub reset: Set,
    pub leak_decay: f64,
    /// The potential changes below it; minus infinity for never.
    pub reverse_threshold: f64,
    pub reverse: Set,
    /// Counted as active in every step.
    pub force_update: bool,
}

/// A change of a potential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Set {
    To(f64),
    Less(f64),
}

impl Set {
    #[inline(always)]
    fn of(self, potential: f64) -> f64 {
        match self {
            Set::To(value) => value,
            Set::Less(value) => potential - value,
        }
    }
}

/// One step of neurons that are alike: `potentials` leak (not in the first step), are cut to 1/64, and take up `biases`
/// and `input`. `flags` hold 1 where input was received and get [`INPUT`], [`ACTIVE`] and [`FIRED`].
#[multiversion::multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub fn step_alike(
    alike: &Alike,
    first: bool,
    potentials: &mut [f64],
    biases: &[f64],
    input: &[f64],
    flags: &mut [u8],
) {
    let n = potentials.len();
    // Equal lengths, said once, so that the loop has no checks.
    let (biases, input, flags) = (&biases[..n], &input[..n], &mut flags[..n]);
    let decay = if first { 1.0 } else { alike.leak_decay };
    for at in 0..n {
        let before = potentials[at];
        let mut v = (before * decay * 64.0).trunc() / 64.0;
        v += biases[at];
        v += input[at];
        let fired = v > alike.threshold;
        v = if fired { alike.reset.of(v) } else { v };
        v = if v < alike.reverse_threshold { alike.reverse.of(v) } else { v };
        potentials[at] = v;
        let (received, fired) = (flags[at] != 0, u8::from(fired));
        let active = received | (before != 0.0) | (biases[at] != 0.0) | alike.force_update;
        flags[at] =
            (INPUT * (u8::from(received) | fired)) | (ACTIVE * (u8::from(active) | fired)) | (FIRED * fired);
    }
}
