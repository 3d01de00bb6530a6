//! Max-pool units that send the change of their largest input: they need no steps.

use super::synapses::Neuron;
use crate::ann::Window;
use crate::snn::{Connection, Network, PopulationId, Shape};
use std::ops::Range;

/// The units of one core, and what has reached it from their inputs.
pub(super) struct Pools {
    window: Window,
    source: Shape,
    width: usize,
    /// Rows, columns and channels of the units.
    units: [Range<usize>; 3],
    /// Rows and columns that they read.
    inputs: [Range<usize>; 2],
    /// Net spikes that have arrived, by input.
    sums: Vec<i32>,
}

impl Pools {
    /// The units of a core that holds `block` of `p`, if it holds some.
    pub fn of_core(network: &Network, p: PopulationId, block: [[usize; 2]; 3]) -> Option<Pools> {
        let into = network.projections.iter().find(|projection| projection.target == p)?;
        let Connection::Pool(window) = into.connection else { return None };
        let source = network.populations[into.source].shape;
        Some(Pools::new(window, source, network.populations[p].shape.width, block))
    }

    /// Of the units within `block` of a population that is `width` columns wide.
    fn new(window: Window, source: Shape, width: usize, block: [[usize; 2]; 3]) -> Pools {
        let units = block.map(|[from, to]| from..to);
        let sizes = [source.height, source.width];
        let inputs = [0, 1].map(|axis| {
            let all = units[axis].clone().flat_map(|o| read(&window, axis, o, sizes[axis]));
            let (first, last) =
                all.fold((sizes[axis], 0), |(first, last), i| (first.min(i), last.max(i + 1)));
            first.min(last)..last
        });
        let sums = vec![0; inputs[0].len() * inputs[1].len() * units[2].len()];
        Pools { window, source, width, units, inputs, sums }
    }

    /// Adds `count` spikes of an input; the units that read it, in the order of neurons, and the
    /// largest sum that each of them has now.
    pub fn receive(&mut self, [y, x, c]: Neuron, count: i32, reached: &mut Vec<(usize, i32)>) {
        if let Some(at) = self.at(y, x, c) {
            self.sums[at] = self.sums[at].wrapping_add(count);
        }
        for oy in readers(&self.window, 0, y, &self.units[0]) {
            for ox in readers(&self.window, 1, x, &self.units[1]) {
                let neuron = (oy * self.width + ox) * self.source.channels + c;
                reached.push((neuron, self.largest(oy, ox, c)));
            }
        }
    }

    fn largest(&self, oy: usize, ox: usize, c: usize) -> i32 {
        let rows = read(&self.window, 0, oy, self.source.height);
        let columns = || read(&self.window, 1, ox, self.source.width);
        let cells = rows.flat_map(|y| columns().map(move |x| (y, x)));
        cells.filter_map(|(y, x)| self.at(y, x, c)).map(|at| self.sums[at]).max().unwrap_or(0)
    }

    fn at(&self, y: usize, x: usize, c: usize) -> Option<usize> {
        let [rows, columns] = &self.inputs;
        let within = rows.contains(&y) && columns.contains(&x) && self.units[2].contains(&c);
        let position = || (y - rows.start) * columns.len() + x - columns.start;
        within.then(|| position() * self.units[2].len() + c - self.units[2].start)
    }
}

/// What unit `o` reads along an axis of `size` inputs.
fn read(
    window: &Window,
    axis: usize,
    o: usize,
    size: usize,
) -> impl Iterator<Item = usize> + use<> {
    let (first, pad, dilation) = (o * window.stride[axis], window.pad[axis], window.dilation[axis]);
    let taps = 0..window.kernel[axis];
    taps.filter_map(move |k| (first + k * dilation).checked_sub(pad)).filter(move |&i| i < size)
}

/// The units within `units` that read input `i` along an axis, each once.
fn readers(window: &Window, axis: usize, i: usize, units: &Range<usize>) -> Vec<usize> {
    let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
    let ahead =
        (0..window.kernel[axis]).filter_map(|k| (i + window.pad[axis]).checked_sub(k * dilation));
    let all = ahead.filter(|ahead| ahead % stride == 0).map(|ahead| ahead / stride);
    let mut all: Vec<usize> = all.filter(|o| units.contains(o)).collect();
    all.sort_unstable();
    all.dedup();
    all
}
