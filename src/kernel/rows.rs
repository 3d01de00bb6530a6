//! Networks of single synapses: rows of targets and weights, what cores receive, and neurons that
//! are alike.

use super::instructions::copies;
use super::{ACTIVE, FIRED, INPUT, prefetch};

/// Neurons that a `u16` tells apart.
pub const SEGMENT: usize = 1 << 16;

/// Most arrivals at one neuron that [`Arrivals`] can hold.
pub const ARRIVALS: u32 = (1 << (32 - SUM_BITS)) - 1;

/// Of an accumulator the low bits are a sum with a sign, those above count what was added. A sum of
/// [`ARRIVALS`] weights of one byte fits.
const SUM_BITS: u32 = 20;

/// Sums of weights and numbers of arrivals, by neuron of a segment.
pub type Arrivals = [u32; SEGMENT];

/// Synapses of many neurons, one row each: target within a segment, and weight.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Neuron within the segment, by synapse.
    pub targets: &'a [u16],
    /// Weight, by synapse.
    pub weights: &'a [i8],
    /// First synapse of every row, and the end of the last.
    pub starts: &'a [u32],
}

/// The synapses of one row.
type Row<'a> = (&'a [u16], &'a [i8]);

impl<'a> Rows<'a> {
    /// A row, which is asked for ahead of its use.
    #[inline(always)]
    fn fetched(&self, row: u32) -> Row<'a> {
        let range = self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize;
        let (targets, weights) = (&self.targets[range.clone()], &self.weights[range]);
        (0..targets.len()).step_by(32).for_each(|at| prefetch(targets, at));
        (0..weights.len()).step_by(64).for_each(|at| prefetch(weights, at));
        (targets, weights)
    }
}

copies! {
    /// Adds the rows of all neurons that `fired`. No neuron may receive more than [`ARRIVALS`]
    /// before [`take_arrivals`]. What is added is made many synapses at a time, so that each of
    /// them takes
    /// no more than two reads and an addition in memory.
    pub fn scatter(rows: Rows, fired: &[u32], arrivals: &mut Arrivals) {
        let mut added = [0; AT_ONCE];
        let mut rows = fired.iter().map(|&row| rows.fetched(row));
        let mut next = [rows.next(), rows.next()];
        for nth in 0..fired.len() {
            let Some((targets, weights)) = std::mem::replace(&mut next[nth % 2], rows.next()) else { return };
            for (targets, weights) in targets.chunks(AT_ONCE).zip(weights.chunks(AT_ONCE)) {
                arrive(weights, &mut added);
                for (&target, &added) in targets.iter().zip(&added) {
                    let at = &mut arrivals[usize::from(target)];
                    *at = at.wrapping_add(added);
                }
            }
        }
    }
}

/// Synapses whose arrivals are made at once.
const AT_ONCE: usize = 256;

/// What an arrival of each weight adds to an accumulator.
#[inline(always)]
fn arrive(weights: &[i8], added: &mut [u32; AT_ONCE]) {
    for (added, &weight) in added.iter_mut().zip(weights) {
        *added = (1u32 << SUM_BITS).wrapping_add_signed(i32::from(weight));
    }
}

copies! {
    /// Adds the sums, times `unit`, to `input`, or replaces it if that is `fresh`; marks in
    /// `received` who got any; empties `arrivals`.
    pub fn take_arrivals(arrivals: &mut [u32], unit: f64, fresh: bool, input: &mut [f64], received: &mut [u8]) {
        for ((packed, input), received) in arrivals.iter_mut().zip(input).zip(received) {
            let sum = (*packed << (32 - SUM_BITS)).cast_signed() >> (32 - SUM_BITS);
            *input = f64::from(sum) * unit + if fresh { 0.0 } else { *input };
            *received = u8::from(*packed != 0) | if fresh { 0 } else { *received };
            *packed = 0;
        }
    }
}

/// Most spikes that [`receive`] can add up.
pub const SPIKES: usize = 257;

copies! {
    /// What the cores receive of a spike of each neuron in `fired`, added up: synapses that it
    /// reaches there, and a packet where there are any. `table` has a row for every neuron with the
    /// synapses in each core. At most [`SPIKES`] fit into the sums.
    pub fn receive(table: &[u8], fired: &[u32], operations: &mut [u16], packets: &mut [u16]) {
        let cores = operations.len();
        let packets = &mut packets[..cores];
        let nothing = vec![0; cores];
        for (n, four) in fired.chunks(4).enumerate() {
            (0..4).for_each(|nth| prefetch_row(table, cores, fired.get(4 * n + AHEAD + nth)));
            let row = |nth: usize| match four.get(nth) {
                Some(&row) => &table[row as usize * cores..][..cores],
                None => &nothing[..cores],
            };
            let [a, b, c, d] = [row(0), row(1), row(2), row(3)];
            for at in 0..cores {
                let [a, b, c, d] = [a[at], b[at], c[at], d[at]];
                operations[at] += (u16::from(a) + u16::from(b)) + (u16::from(c) + u16::from(d));
                packets[at] +=
                    u16::from(u8::from(a != 0) + u8::from(b != 0) + u8::from(c != 0) + u8::from(d != 0));
            }
        }
    }
}

copies! {
    /// Adds up the rows, `sums.len()` wide, of all neurons that `fired`.
    pub fn add_rows(table: &[u32], fired: &[u32], sums: &mut [u64]) {
        let width = sums.len();
        for (n, &row) in fired.iter().enumerate() {
            prefetch_row(table, width, fired.get(n + AHEAD));
            let row = &table[row as usize * width..][..width];
            row.iter().zip(&mut *sums).for_each(|(&value, sum)| *sum += u64::from(value));
        }
    }
}

/// Rows that are asked for before they are read: they come in no order that a processor could
/// guess.
const AHEAD: usize = 8;

#[inline(always)]
fn prefetch_row<T>(table: &[T], width: usize, row: Option<&u32>) {
    let Some(&row) = row else { return };
    let per_line = 64 / size_of::<T>();
    let from = row as usize * width;
    (from..from + width).step_by(per_line).for_each(|at| prefetch(table, at));
}

/// What integrate-and-fire neurons that are alike have in common. They keep no current, and no
/// spike blocks input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// A neuron fires above this potential.
    pub threshold: f64,
    /// What a spike does to the potential.
    pub reset: Set,
    /// Factor on the potential per step, from the second step on.
    pub leak_decay: f64,
    /// The potential changes below it; minus infinity for never.
    pub reverse_threshold: f64,
    /// What happens to the potential below it.
    pub reverse: Set,
    /// Counted as active in every step.
    pub force_update: bool,
}

/// A change of a potential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Set {
    /// It becomes this.
    To(f64),
    /// This is subtracted.
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

copies! {
    /// One step of neurons that are alike: `potentials` leak (not in the first step), are cut to
    /// 1/64, and take up `biases` and `input`. `flags` hold 1 where input was received and get
    /// [`INPUT`], [`ACTIVE`] and [`FIRED`].
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 256 }))]
        #[test]
        fn cores_receive_what_rows_hold(
            (cores, fired) in (1usize..140, prop::collection::vec(0u32..5, 0..SPIKES)),
            cells in prop::collection::vec(any::<u8>(), 5 * 140),
        ) {
            let rows: Vec<&[u8]> = fired.iter().map(|&row| &cells[row as usize * cores..][..cores]).collect();
            let sums = |of: fn(u8) -> u16| (0..cores).map(|at| rows.iter().map(|row| of(row[at])).sum()).collect();
            let expected: [Vec<u16>; 2] = [sums(u16::from), sums(|cell| u16::from(cell != 0))];
            let (mut operations, mut packets) = (vec![0; cores], vec![0; cores]);
            receive(&cells, &fired, &mut operations, &mut packets);
            prop_assert_eq!([operations, packets], expected);
        }

        #[test]
        fn arrivals_are_counted_and_summed(
            lengths in prop::collection::vec(0usize..600, 1..5),
            drawn in prop::collection::vec((0u16..50, -127i8..=127), 2400),
            fired in prop::collection::vec(0usize..5, 0..6),
        ) {
            let (targets, weights): (Vec<u16>, Vec<i8>) = drawn.into_iter().unzip();
            let starts = lengths.iter().scan(0, |end, length| { *end += *length as u32; Some(*end) });
            let starts: Vec<u32> = std::iter::once(0).chain(starts).collect();
            let fired: Vec<u32> = fired.iter().map(|row| (row % lengths.len()) as u32).collect();
            let mut expected = [(0u32, 0i32); 50];
            for &row in &fired {
                for at in starts[row as usize] as usize..starts[row as usize + 1] as usize {
                    let (count, sum) = &mut expected[usize::from(targets[at])];
                    (*count, *sum) = (*count + 1, *sum + i32::from(weights[at]));
                }
            }
            let mut arrivals = vec![0; SEGMENT];
            let packed: &mut Arrivals = arrivals.as_mut_slice().try_into().expect("a segment long");
            scatter(Rows { targets: &targets, weights: &weights, starts: &starts }, &fired, packed);
            for (&(count, sum), packed) in expected.iter().zip(packed) {
                prop_assert_eq!(*packed, (count << SUM_BITS).wrapping_add_signed(sum));
            }
        }
    }
}
