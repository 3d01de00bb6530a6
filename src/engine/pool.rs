//! Max-pool units: populations with a state of their own, the running sums of their inputs.

use super::spikes::{Spike, SpikeList};
use crate::ann::Window;
use crate::kernel::{ACTIVE, FIRED, INPUT};
use crate::snn::{PoolKind, Shape};
use std::ops::Range;

/// The units of some rows of a population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    kind: PoolKind,
    source: Shape,
    channels: usize,
    /// Source rows that are read here.
    read: Range<usize>,
    /// Source rows by output row, and source columns by output column.
    rows: Vec<Vec<usize>>,
    columns: Vec<Vec<usize>>,
    /// What a spike weighs in the sums: 1, but for one of two phases ([`crate::snn::FirstPhase`]).
    weight: i32,
    /// Of the rows that are read: net spikes of every source neuron so far, weighted, and in this step.
    sums: Vec<i32>,
    now: Vec<i8>,
    /// Telescoping: the maximum sent so far, by unit.
    sent: Vec<i32>,
    leaders: Leaders,
}

/// By channel of one position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Leaders {
    /// Largest sum, and what its input sends now; ties go to the first.
    sum: Vec<i32>,
    count: Vec<i8>,
    /// Largest count of this step.
    most: Vec<i8>,
    /// Not zero where any input sent something.
    hit: Vec<u8>,
}

impl Pool {
    /// The units of `rows` of a population of shape `shape`.
    pub fn new(
        kind: PoolKind,
        window: &Window,
        source: Shape,
        shape: Shape,
        rows: Range<usize>,
        weight: i32,
    ) -> Pool {
        let taps = |axis: usize, o: usize, size: usize| -> Vec<usize> {
            let tap = |k: usize| {
                let i =
                    (o * window.stride[axis] + k * window.dilation[axis]).checked_sub(window.pad[axis])?;
                (i < size).then_some(i)
            };
            (0..window.kernel[axis]).filter_map(tap).collect()
        };
        let units = rows.len() * shape.width * shape.channels;
        let rows: Vec<Vec<usize>> = rows.map(|o| taps(0, o, source.height)).collect();
        let all = || rows.iter().flatten();
        let read = match (all().min(), all().max()) {
            (Some(&first), Some(&last)) => first..last + 1,
            _ => 0..0,
        };
        let inputs = read.len() * source.width * source.channels;
        let none = || vec![0; shape.channels];
        Pool {
            kind,
            source,
            channels: shape.channels,
            read,
            rows,
            columns: (0..shape.width).map(|o| taps(1, o, source.width)).collect(),
            weight,
            sums: vec![0; inputs],
            now: vec![0; inputs],
            sent: if kind == PoolKind::Telescoping { vec![0; units] } else { vec![] },
            leaders: Leaders {
                sum: vec![0; shape.channels],
                count: vec![0; shape.channels],
                most: vec![0; shape.channels],
                hit: none(),
            },
        }
    }

    /// From here on a spike weighs so much.
    pub fn weigh(&mut self, weight: i32) {
        self.weight = weight;
    }

    /// One step: `spikes` of the source, spikes of the units. Flags of the units are set where there are any; else `updates` gets
    /// the units of every position that received input, twice, since these are the active ones, too.
    pub fn step(
        &mut self,
        spikes: &SpikeList,
        flags: &mut [u8],
        updates: &mut Vec<[u16; 2]>,
        out: &mut SpikeList,
    ) {
        self.arrive(spikes);
        let (width, channels) = (self.source.width, self.channels);
        let (mut unit, mut cells) = (0, vec![]);
        for rows in &self.rows {
            for columns in &self.columns {
                cells.clear();
                let mut any = false;
                for y in rows {
                    for x in columns {
                        any |= !spikes.at(y * width + x).is_empty();
                        cells.push(((y - self.read.start) * width + x) * channels);
                    }
                }
                let (own, mut hits) = (unit..unit + channels, 0);
                unit = own.end;
                if any {
                    self.leaders.find(&cells, &self.sums, &self.now);
                    let sent = if self.sent.is_empty() { &mut [][..] } else { &mut self.sent[own.clone()] };
                    let flags = if flags.is_empty() { &mut [][..] } else { &mut flags[own] };
                    hits = self.leaders.send(self.kind, self.weight, sent, flags, out.entries_mut());
                }
                if flags.is_empty() {
                    updates.push([hits; 2]);
                }
                out.end_position();
            }
        }
        self.forget(spikes);
    }

    /// Sums up what comes into the rows that are read.
    fn arrive(&mut self, spikes: &SpikeList) {
        let (width, channels) = (self.source.width, self.source.channels);
        let cells = self.read.start * width..self.read.end * width;
        let (sums, now) = (self.sums.chunks_exact_mut(channels), self.now.chunks_exact_mut(channels));
        for ((cell, sums), now) in cells.zip(sums).zip(now) {
            for spike in spikes.at(cell) {
                sums[spike.channel()] += spike.count() * self.weight;
                now[spike.channel()] = spike.count() as i8;
            }
        }
    }

    fn forget(&mut self, spikes: &SpikeList) {
        let (width, channels) = (self.source.width, self.source.channels);
        let cells = self.read.start * width..self.read.end * width;
        for (cell, now) in cells.zip(self.now.chunks_exact_mut(channels)) {
            spikes.at(cell).iter().for_each(|spike| now[spike.channel()] = 0);
        }
    }
}

impl Leaders {
    /// Over inputs whose channels begin at `cells`.
    fn find(&mut self, cells: &[usize], sums: &[i32], now: &[i8]) {
        lead(cells, sums, now, &mut self.sum, &mut self.count, &mut self.most, &mut self.hit);
    }

    /// What the units of the position send: flags, if there are any, and spikes; gives the units that received input.
    fn send(
        &self,
        kind: PoolKind,
        weight: i32,
        sent: &mut [i32],
        flags: &mut [u8],
        out: &mut Vec<Spike>,
    ) -> u16 {
        let mut hits = 0;
        for_each_hit(&self.hit, |c| {
            let count = match kind {
                PoolKind::Gate => self.count[c],
                // Changes beyond a spike's range cannot happen: an input moves by one burst.
                PoolKind::Telescoping => {
                    let sent = std::mem::replace(&mut sent[c], self.sum[c]);
                    ((self.sum[c] - sent) / weight) as i8
                }
                PoolKind::Or => self.most[c],
            };
            hits += 1;
            if let Some(flags) = flags.get_mut(c) {
                *flags = INPUT | ACTIVE | if count != 0 { FIRED } else { 0 };
            }
            if count != 0 {
                out.push(Spike::new(c, count));
            }
        });
        hits
    }
}

#[multiversion::multiversion(targets("x86_64+avx2", "x86_64+avx512f+avx512bw+avx512vl", "aarch64+neon"))]
fn lead(
    cells: &[usize],
    sums: &[i32],
    now: &[i8],
    sum: &mut [i32],
    count: &mut [i8],
    most: &mut [i8],
    hit: &mut [u8],
) {
    let n = sum.len();
    // Equal lengths, said once, so that the loops have no checks.
    let (count, most, hit) = (&mut count[..n], &mut most[..n], &mut hit[..n]);
    let [first, others @ ..] = cells else { return };
    sum.copy_from_slice(&sums[*first..first + n]);
    count.copy_from_slice(&now[*first..first + n]);
    for c in 0..n {
        most[c] = count[c];
        hit[c] = count[c] as u8;
    }
    for &cell in others {
        let (sums, now) = (&sums[cell..cell + n], &now[cell..cell + n]);
        for c in 0..n {
            let ahead = sums[c] > sum[c];
            sum[c] = if ahead { sums[c] } else { sum[c] };
            count[c] = if ahead { now[c] } else { count[c] };
            most[c] = most[c].max(now[c]);
            hit[c] |= now[c] as u8;
        }
    }
}

/// Calls `visit` with the places that are not zero.
fn for_each_hit(hit: &[u8], mut visit: impl FnMut(usize)) {
    for (chunk, eight) in hit.chunks(8).enumerate() {
        // Most are zero: eight at a time.
        let mut word = eight.iter().rev().fold(0u64, |word, &hit| word << 8 | u64::from(hit));
        while word != 0 {
            let byte = word.trailing_zeros() / 8;
            visit(chunk * 8 + byte as usize);
            word &= !(0xff << (8 * byte));
        }
    }
}
