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
    /// Of the rows that are read, sixteen channels together: net spikes of every source neuron so far, weighted, and in this
    /// step.
    sums: Vec<[i32; LANES]>,
    now: Vec<[i8; LANES]>,
    /// Telescoping: the maximum sent so far, by unit.
    sent: Vec<i32>,
}

/// Channels that are looked at together.
const LANES: usize = 16;

/// Over the inputs of one position, by channel.
struct Leaders {
    /// Largest sum, and what its input sends now; ties go to the first.
    sum: [i32; LANES],
    count: [i8; LANES],
    /// Largest count of this step.
    most: [i8; LANES],
    /// Not zero where any input sent something.
    hit: [u8; LANES],
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
        let inputs = read.len() * source.width * source.channels.div_ceil(LANES);
        Pool {
            kind,
            source,
            channels: shape.channels,
            read,
            rows,
            columns: (0..shape.width).map(|o| taps(1, o, source.width)).collect(),
            weight,
            sums: vec![[0; LANES]; inputs],
            now: vec![[0; LANES]; inputs],
            sent: if kind == PoolKind::Telescoping { vec![0; units] } else { vec![] },
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
        units(self, spikes, flags, updates, out);
        self.forget(spikes);
    }

    /// Sums up what comes into the rows that are read.
    fn arrive(&mut self, spikes: &SpikeList) {
        let groups = self.channels.div_ceil(LANES);
        let first = self.read.start * self.source.width;
        for cell in 0..self.read.len() * self.source.width {
            for spike in spikes.at(first + cell) {
                let (at, lane) = (cell * groups + spike.channel() / LANES, spike.channel() % LANES);
                self.sums[at][lane] += spike.count() * self.weight;
                self.now[at][lane] = spike.count() as i8;
            }
        }
    }

    fn forget(&mut self, spikes: &SpikeList) {
        let groups = self.channels.div_ceil(LANES);
        let first = self.read.start * self.source.width;
        for cell in 0..self.read.len() * self.source.width {
            for spike in spikes.at(first + cell) {
                self.now[cell * groups + spike.channel() / LANES][spike.channel() % LANES] = 0;
            }
        }
    }
}

/// What the units send, position by position.
#[multiversion::multiversion(targets(
    "x86_64+avx2",
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq",
    "aarch64+neon"
))]
fn units(
    pool: &mut Pool,
    spikes: &SpikeList,
    flags: &mut [u8],
    updates: &mut Vec<[u16; 2]>,
    out: &mut SpikeList,
) {
    let (width, channels, groups) = (pool.source.width, pool.channels, pool.channels.div_ceil(LANES));
    let (mut unit, mut cells) = (0, vec![]);
    for rows in &pool.rows {
        for columns in &pool.columns {
            cells.clear();
            let mut any = false;
            for y in rows {
                for x in columns {
                    any |= !spikes.at(y * width + x).is_empty();
                    cells.push(((y - pool.read.start) * width + x) * groups);
                }
            }
            let mut hits = 0;
            for group in 0..if any { groups } else { 0 } {
                let leaders = Leaders::find(&cells, group, &pool.sums, &pool.now);
                let first = group * LANES;
                let ahead = unit + first;
                let mut hit = u128::from_le_bytes(leaders.hit);
                while hit != 0 {
                    let lane = hit.trailing_zeros() as usize / 8;
                    hit &= !(0xff << (8 * lane));
                    let count = match pool.kind {
                        PoolKind::Gate => leaders.count[lane],
                        // Changes beyond a spike's range cannot happen: an input moves by one burst.
                        PoolKind::Telescoping => {
                            let sent = std::mem::replace(&mut pool.sent[ahead + lane], leaders.sum[lane]);
                            ((leaders.sum[lane] - sent) / pool.weight) as i8
                        }
                        PoolKind::Or => leaders.most[lane],
                    };
                    hits += 1;
                    if let Some(flags) = flags.get_mut(ahead + lane) {
                        *flags = INPUT | ACTIVE | if count != 0 { FIRED } else { 0 };
                    }
                    if count != 0 {
                        out.push(Spike::new(first + lane, count));
                    }
                }
            }
            unit += channels;
            if flags.is_empty() {
                updates.push([hits; 2]);
            }
            out.end_position();
        }
    }
}

impl Leaders {
    /// Over the inputs that begin at `cells`; a cell has its groups of channels together.
    #[inline(always)]
    fn find(cells: &[usize], group: usize, sums: &[[i32; LANES]], now: &[[i8; LANES]]) -> Leaders {
        let (mut sum, mut count) = ([i32::MIN; LANES], [0; LANES]);
        let (mut most, mut hit) = ([i8::MIN; LANES], [0; LANES]);
        for cell in cells {
            let (sums, now) = (&sums[cell + group], &now[cell + group]);
            for lane in 0..LANES {
                let ahead = sums[lane] > sum[lane];
                sum[lane] = if ahead { sums[lane] } else { sum[lane] };
                count[lane] = if ahead { now[lane] } else { count[lane] };
                most[lane] = most[lane].max(now[lane]);
                hit[lane] |= now[lane] as u8;
            }
        }
        Leaders { sum, count, most, hit }
    }
}
