//! Max-pool units: populations with a state of their own, the running sums of their inputs.

use super::spikes::{Spike, SpikeList};
use crate::ann::Window;
use crate::kernel::{ACTIVE, FIRED, INPUT};
use crate::snn::{PoolKind, Shape};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    kind: PoolKind,
    source: Shape,
    shape: Shape,
    /// Source rows by output row, and source columns by output column.
    rows: Vec<Vec<usize>>,
    columns: Vec<Vec<usize>>,
    /// What a spike weighs in the sums: 1, but for one of two phases ([`crate::snn::FirstPhase`]).
    weight: i32,
    /// Net spikes of every source neuron so far, weighted, and in this step.
    sums: Vec<i32>,
    now: Vec<i8>,
    /// Telescoping: the maximum sent so far, by unit.
    sent: Vec<i32>,
    cells: Vec<usize>,
    touched: Vec<u32>,
    marks: Vec<bool>,
}

impl Pool {
    pub fn new(kind: PoolKind, window: &Window, source: Shape, shape: Shape, weight: i32) -> Pool {
        let reads = |axis: usize, outputs: usize, size: usize| -> Vec<Vec<usize>> {
            let taps = |o: usize| {
                (0..window.kernel[axis]).filter_map(move |k| {
                    let i = (o * window.stride[axis] + k * window.dilation[axis])
                        .checked_sub(window.pad[axis])?;
                    (i < size).then_some(i)
                })
            };
            (0..outputs).map(|o| taps(o).collect()).collect()
        };
        Pool {
            kind,
            source,
            shape,
            rows: reads(0, shape.height, source.height),
            columns: reads(1, shape.width, source.width),
            weight,
            sums: vec![0; source.neurons()],
            now: vec![0; source.neurons()],
            sent: if kind == PoolKind::Telescoping { vec![0; shape.neurons()] } else { vec![] },
            cells: vec![],
            touched: vec![],
            marks: vec![false; shape.channels],
        }
    }

    /// From here on a spike weighs so much.
    pub fn weigh(&mut self, weight: i32) {
        self.weight = weight;
    }

    /// One step: `spikes` of the source, flags and spikes of the units.
    pub fn step(&mut self, spikes: &SpikeList, flags: &mut [u8], out: &mut SpikeList) {
        let channels = self.source.channels;
        self.arrive(spikes);
        for position in 0..self.shape.positions() {
            let (rows, columns) =
                (&self.rows[position / self.shape.width], &self.columns[position % self.shape.width]);
            self.cells.clear();
            let width = self.source.width;
            self.cells.extend(rows.iter().flat_map(|y| columns.iter().map(move |x| y * width + x)));
            self.touched.clear();
            for spike in self.cells.iter().flat_map(|&cell| spikes.at(cell)) {
                let c = spike.channel();
                if !std::mem::replace(&mut self.marks[c], true) {
                    self.touched.push(c as u32);
                }
            }
            self.touched.sort_unstable();
            for &c in &self.touched {
                let c = c as usize;
                self.marks[c] = false;
                let unit = position * channels + c;
                let count = match self.kind {
                    PoolKind::Gate => self.now[leader(&self.sums, &self.cells, channels, c)],
                    // Changes beyond a spike's range cannot happen: an input moves by one burst.
                    PoolKind::Telescoping => {
                        let leader = leader(&self.sums, &self.cells, channels, c);
                        let sent = std::mem::replace(&mut self.sent[unit], self.sums[leader]);
                        ((self.sums[leader] - sent) / self.weight) as i8
                    }
                    PoolKind::Or => {
                        self.cells.iter().map(|&cell| self.now[cell * channels + c]).max().unwrap_or(0)
                    }
                };
                flags[unit] = INPUT | ACTIVE;
                if count != 0 {
                    flags[unit] |= FIRED;
                    out.push(Spike::new(c, count));
                }
            }
            out.end_position();
        }
        self.forget(spikes);
    }

    fn arrive(&mut self, spikes: &SpikeList) {
        let channels = self.source.channels;
        for position in 0..self.source.positions() {
            for spike in spikes.at(position) {
                let n = position * channels + spike.channel();
                self.sums[n] += spike.count() * self.weight;
                self.now[n] = spike.count() as i8;
            }
        }
    }

    fn forget(&mut self, spikes: &SpikeList) {
        let channels = self.source.channels;
        for position in 0..self.source.positions() {
            for spike in spikes.at(position) {
                self.now[position * channels + spike.channel()] = 0;
            }
        }
    }
}

/// The source neuron of channel `c` with the largest sum; ties go to the first.
fn leader(sums: &[i32], cells: &[usize], channels: usize, c: usize) -> usize {
    let mut leader = cells[0] * channels + c;
    for &cell in &cells[1..] {
        let next = cell * channels + c;
        if sums[next] > sums[leader] {
            leader = next;
        }
    }
    leader
}
