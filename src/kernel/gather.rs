//! Pulls the spikes of a receptive field into the sums of one output position.
//!
//! First the spikes in the field become a short list of weight rows, whatever the geometry; then
//! blocks of outputs run over that list with their sums in registers.

use super::instructions::copies;
use super::membrane::{ACTIVE, INPUT};
use crate::engine::spikes::{Spike, SpikeList};
use crate::snn::{Conv, Shape, Weights};
use std::ops::Range;

/// A row of weights, one per output channel, and how often it counts.
#[derive(Debug, Clone, Copy)]
struct Tap {
    start: usize,
    count: i32,
}

/// What arrives at one output position.
pub struct Sums<'a> {
    /// Sum by output channel, in weight steps.
    pub sums: &'a mut [i32],
    /// By output channel [`INPUT`] and [`ACTIVE`] where a spike arrived.
    pub touched: &'a mut [u8],
    /// A buffer, empty between calls.
    pub taps: &'a mut Taps,
}

/// A buffer of one worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taps(Vec<Tap>);

impl PartialEq for Tap {
    fn eq(&self, other: &Tap) -> bool {
        (self.start, self.count) == (other.start, other.count)
    }
}

impl Eq for Tap {}

/// Adds to `into` what `spikes` of a population of shape `source` bring to the output position
/// `(y, x)` through `conv`.
pub fn gather(
    conv: &Conv,
    source: Shape,
    spikes: &SpikeList,
    position: [usize; 2],
    into: &mut Sums,
) {
    if conv.groups > 1 {
        let negative = if conv.negative.is_empty() { &conv.weights } else { &conv.negative };
        return match (&conv.weights, negative) {
            (Weights::Bytes(w), Weights::Bytes(n)) => {
                gather_groups(conv, w, n, source, spikes, position, into)
            }
            (Weights::Words(w), Weights::Words(n)) => {
                gather_groups(conv, w, n, source, spikes, position, into)
            }
            (weights, negative) => {
                let words = |w: &Weights| (0..w.len()).map(|n| w.get(n)).collect::<Vec<_>>();
                let (w, n) = (words(weights), words(negative));
                gather_groups(conv, &w, &n, source, spikes, position, into)
            }
        };
    }
    let any = |_: &Spike| true;
    let within = |spike: &Spike| conv.inputs.contains(&spike.channel());
    let (above, below) =
        (|s: &Spike| within(s) && s.count() > 0, |s: &Spike| within(s) && s.count() < 0);
    match (conv.negative.is_empty(), conv.inputs.len() == source.channels) {
        (true, true) => gather_rows(conv, &conv.weights, source, spikes, position, any, into),
        (true, false) => gather_rows(conv, &conv.weights, source, spikes, position, within, into),
        (false, _) => {
            gather_rows(conv, &conv.weights, source, spikes, position, above, into);
            gather_rows(conv, &conv.negative, source, spikes, position, below, into);
        }
    }
}

/// The spikes of a count to `keep`, through `weights`.
fn gather_rows(
    conv: &Conv,
    weights: &Weights,
    source: Shape,
    spikes: &SpikeList,
    position: [usize; 2],
    keep: impl Fn(&Spike) -> bool,
    into: &mut Sums,
) {
    let outputs = into.sums.len();
    into.taps.0.clear();
    for_each_cell(conv, source, position, |tap, cell| {
        let row = tap * conv.inputs.len();
        let first = conv.inputs.start;
        let start = |spike: &Spike| (row + spike.channel() - first) * outputs;
        let taps = spikes.at(cell).iter().filter(|spike| keep(spike));
        into.taps.0.extend(taps.map(|spike| Tap { start: start(spike), count: spike.count() }));
    });
    if !into.taps.0.is_empty() {
        into.touched.fill(INPUT | ACTIVE);
        match weights {
            Weights::Bytes(weights) => add_rows(into.sums, weights, &into.taps.0),
            Weights::Words(weights) => add_wide_rows(into.sums, weights, &into.taps.0),
            Weights::Blocks(weights) => into
                .taps
                .0
                .iter()
                .for_each(|tap| weights.add_row(tap.start / outputs, tap.count, into.sums)),
        }
    }
}

/// Few outputs per group: spike by spike, through `weights` or, for negative ones, `negative`.
fn gather_groups<W: Copy + Into<i32>, N: Copy + Into<i32>>(
    conv: &Conv,
    weights: &[W],
    negative: &[N],
    source: Shape,
    spikes: &SpikeList,
    position: [usize; 2],
    into: &mut Sums,
) {
    let outputs = into.sums.len() / conv.groups;
    let inputs = conv.inputs.len() / conv.groups;
    for_each_cell(conv, source, position, |tap, cell| {
        for spike in spikes.at(cell) {
            if !conv.inputs.contains(&spike.channel()) {
                continue;
            }
            let channel = spike.channel() - conv.inputs.start;
            let start = (tap * conv.inputs.len() + channel) * outputs;
            let first = channel / inputs * outputs;
            let sums = &mut into.sums[first..first + outputs];
            match spike.count() {
                count @ ..0 => add_row(sums, &negative[start..start + outputs], count),
                count => add_row(sums, &weights[start..start + outputs], count),
            }
            into.touched[first..first + outputs].fill(INPUT | ACTIVE);
        }
    });
}

/// Flags those of `outputs`, channels of the target's `channels`, that `spikes` reach at the output
/// position by weights other than zero; of two tables of weights by those of either.
pub fn mark_reached(
    conv: &Conv,
    (source, spikes): (Shape, &SpikeList),
    position: [usize; 2],
    (channels, outputs): (usize, Range<usize>),
    flags: &mut [u8],
) {
    let within = channels / conv.groups;
    let inputs = (conv.inputs.len() / conv.groups).max(1);
    let mut left = flags.iter().filter(|flag| **flag == 0).count();
    for_each_cell(conv, source, position, |tap, cell| {
        for spike in spikes.at(cell) {
            // Most positions are full after a few rows.
            if left == 0 {
                return;
            }
            if !conv.inputs.contains(&spike.channel()) {
                continue;
            }
            let channel = spike.channel() - conv.inputs.start;
            let first = channel / inputs * within;
            let own = |at: usize| at.clamp(first, first + within) - first;
            let own = own(outputs.start)..own(outputs.end);
            if own.is_empty() {
                continue;
            }
            let place = first + own.start - outputs.start;
            // Of grouped channels, too, most are full after a few.
            if flags[place..place + own.len()].iter().all(|flag| *flag != 0) {
                continue;
            }
            let row = tap * conv.inputs.len() + channel;
            for weights in [&conv.weights, &conv.negative].into_iter().filter(|w| !w.is_empty()) {
                weights.row(row, within, own.clone(), |o, weight| {
                    let flag = &mut flags[first + o - outputs.start];
                    if weight != 0 && *flag == 0 {
                        *flag = INPUT | ACTIVE;
                        left -= 1;
                    }
                });
            }
        }
    });
}

#[inline(always)]
fn add_row<W: Copy + Into<i32>>(sums: &mut [i32], row: &[W], count: i32) {
    for (sum, &weight) in sums.iter_mut().zip(row) {
        // Words of a file may be any; those of a conversion have room.
        *sum = sum.wrapping_add(weight.into().wrapping_mul(count));
    }
}

/// Calls `visit(tap, source position)` for the taps that lie inside the source.
fn for_each_cell(
    conv: &Conv,
    source: Shape,
    [y, x]: [usize; 2],
    mut visit: impl FnMut(usize, usize),
) {
    let [kernel_y, kernel_x] = conv.window.kernel;
    for ky in 0..kernel_y {
        let Some(row) = source_index(conv, 0, y, ky, source.height) else { continue };
        for kx in 0..kernel_x {
            let Some(column) = source_index(conv, 1, x, kx, source.width) else { continue };
            visit(ky * kernel_x + kx, row * source.width + column);
        }
    }
}

/// Source row (`axis` 0) or column (`axis` 1) read by tap `k` of output `o`; `None` in the padding.
pub fn source_index(conv: &Conv, axis: usize, o: usize, k: usize, size: usize) -> Option<usize> {
    let window = &conv.window;
    let at = (o * window.stride[axis] + k * window.dilation[axis]).checked_sub(window.pad[axis])?;
    match conv.upsample[axis] {
        1 => (at < size).then_some(at),
        factor => (at < size * factor).then(|| at / factor),
    }
}

/// Largest sum of |count| that 16-bit partial sums hold: 128 * 255 <= 32767.
const NARROW: i32 = 255;

copies! {
    fn add_rows(sums: &mut [i32], weights: &[i8], taps: &[Tap]) {
        let mut first = 0;
        while first + 64 <= sums.len() {
            add_block::<64>(sums, weights, taps, first);
            first += 64;
        }
        if first + 32 <= sums.len() {
            add_block::<32>(sums, weights, taps, first);
            first += 32;
        }
        if first + 16 <= sums.len() {
            add_block::<16>(sums, weights, taps, first);
            first += 16;
        }
        if first + 8 <= sums.len() {
            add_block::<8>(sums, weights, taps, first);
            first += 8;
        }
        if first < sums.len() {
            for tap in taps {
                let row = &weights[tap.start + first..tap.start + sums.len()];
                for (sum, &weight) in sums[first..].iter_mut().zip(row) {
                    *sum += i32::from(weight) * tap.count;
                }
            }
        }
    }
}

copies! {
    /// Words have no room in 16 bits: row by row.
    fn add_wide_rows(sums: &mut [i32], weights: &[i16], taps: &[Tap]) {
        let outputs = sums.len();
        for tap in taps {
            add_row(sums, &weights[tap.start..tap.start + outputs], tap.count);
        }
    }
}

/// `N` outputs from `first` on, in 16 bits as long as those are proven to suffice.
#[inline(always)]
fn add_block<const N: usize>(sums: &mut [i32], weights: &[i8], taps: &[Tap], first: usize) {
    let sums = &mut sums[first..first + N];
    let mut narrow = [0i16; N];
    let mut used = 0;
    for tap in taps {
        let row = &weights[tap.start + first..tap.start + first + N];
        if tap.count.abs() > NARROW {
            add_row(sums, row, tap.count);
            continue;
        }
        used += tap.count.abs();
        if used > NARROW {
            sums.iter_mut()
                .zip(&mut narrow)
                .for_each(|(sum, part)| *sum += i32::from(std::mem::take(part)));
            used = tap.count.abs();
        }
        let count = tap.count as i16;
        for (part, &weight) in narrow.iter_mut().zip(row) {
            *part = part.wrapping_add(i16::from(weight).wrapping_mul(count));
        }
    }
    sums.iter_mut().zip(&narrow).for_each(|(sum, &part)| *sum += i32::from(part));
}
