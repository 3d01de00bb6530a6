//! How many units the neurons of a drive read, counted as a chip's axons are: each unit once,
//! through however many synapses.

use std::collections::{BTreeMap, BTreeSet};

use super::drive::{Drive, Part};
use crate::snn::{Network, Population};

/// How many indices along an axis which parts read (a bit each).
type Histogram = BTreeMap<u64, u64>;

/// A population that a drive reads.
struct Source<'a> {
    shape: [usize; 3],
    units: u64,
    parts: Vec<&'a Part>,
}

/// The most source units that one neuron driven by `drive` reads; a unit of a population with
/// negative spikes counts `units_per_signed`. `network` holds what the drive reads from.
pub fn most_sources(drive: &Drive, network: &Network, units_per_signed: u64) -> u64 {
    let signed = network.signed();
    let units = |id: usize| if signed[id] { units_per_signed } else { 1 };
    drive
        .clone()
        .pieces()
        .iter()
        .map(|(_, piece)| of_piece(piece, &network.populations, units))
        .max()
        .unwrap_or(0)
}

fn of_piece(piece: &Drive, populations: &[Population], units: impl Fn(usize) -> u64) -> u64 {
    let mut parts: BTreeMap<usize, Vec<&Part>> = BTreeMap::new();
    for part in &piece.parts {
        parts.entry(part.population).or_default().push(part);
    }
    let source = |(id, parts): (usize, Vec<_>)| {
        let shape = populations[id].shape;
        Source { shape: [shape.height, shape.width, shape.channels], units: units(id), parts }
    };
    let sources: Vec<Source> = parts.into_iter().map(source).collect();
    let target = [piece.shape.height, piece.shape.width, piece.shape.channels];
    let [rows, columns, channels] = [0, 1, 2].map(|axis| patterns(&sources, axis, target[axis]));
    let mut most = 0;
    for r in &rows {
        for c in &columns {
            for k in &channels {
                let read = |s: usize| sources[s].units * covered(&r[s], &c[s], &k[s]);
                most = most.max((0..sources.len()).map(read).sum());
            }
        }
    }
    most
}

/// The different ways in which the targets' indices along `axis` read the sources.
fn patterns(sources: &[Source], axis: usize, targets: usize) -> BTreeSet<Vec<Histogram>> {
    let of = |target: usize| {
        let of_source = |source: &Source| {
            let mut masks = vec![0u64; source.shape[axis]];
            for (p, part) in source.parts.iter().enumerate() {
                // Beyond 64 parallel parts bits are shared, which counts too much.
                reads(part, axis, target, source.shape[axis])
                    .for_each(|i| masks[i] |= 1 << (p % 64));
            }
            let mut histogram = Histogram::new();
            masks
                .into_iter()
                .filter(|&m| m != 0)
                .for_each(|m| *histogram.entry(m).or_default() += 1);
            histogram
        };
        sources.iter().map(of_source).collect()
    };
    (0..targets).map(of).collect()
}

/// Indices along `axis` of a source of that `size` that target index `o` reads.
fn reads(part: &Part, axis: usize, o: usize, size: usize) -> Box<dyn Iterator<Item = usize> + '_> {
    if axis == 2 {
        let inputs = part.inputs() / part.groups;
        let first = part.first + o / (part.outputs.len() / part.groups) * inputs;
        return Box::new(first..first + inputs);
    }
    let window = &part.window;
    let at = move |k: usize| {
        let at =
            (o * window.stride[axis] + k * window.dilation[axis]).checked_sub(window.pad[axis])?;
        (at < size * part.upsample[axis]).then(|| at / part.upsample[axis])
    };
    Box::new((0..window.kernel[axis]).filter_map(at))
}

/// Index triples that some part reads on all three axes.
fn covered(rows: &Histogram, columns: &Histogram, channels: &Histogram) -> u64 {
    let mut sum = 0;
    for (r, rows) in rows {
        for (c, columns) in columns {
            for (k, channels) in channels {
                if r & c & k != 0 {
                    sum += rows * columns * channels;
                }
            }
        }
    }
    sum
}
