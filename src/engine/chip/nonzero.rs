//! Operations that read a weight other than zero, from what neurons sent in a whole run.

use crate::kernel::source_index;
use crate::snn::{Connection, Conv, Network, PopulationId, Projection, Shape};

/// By projection, tap and input channel: outputs of the channel whose weight there is not zero. Of
/// connections without weights nothing.
pub(super) type Nonzero = Vec<Vec<u32>>;

/// Counts the weights of `network` that are not zero.
pub(super) fn weights(network: &Network) -> Nonzero {
    let of = |projection: &Projection| match &projection.connection {
        Connection::Conv(conv) => rows(conv, network.populations[projection.target].shape),
        Connection::Pool(_) | Connection::OneToOne => vec![],
    };
    network.projections.iter().map(of).collect()
}

fn rows(conv: &Conv, target: Shape) -> Vec<u32> {
    let outputs = target.channels / conv.groups.max(1);
    let rows = conv.weights.len().checked_div(outputs).unwrap_or(0);
    let nonzero = |row: usize| {
        let mut count = 0;
        conv.weights.row(row, outputs, 0..outputs, |_, weight| count += u32::from(weight != 0));
        count
    };
    (0..rows).map(nonzero).collect()
}

/// By population, operations that arrived there and read a weight other than zero; `None` where
/// `sums`, the spikes of each neuron in a run, do not say how many operations there were, and where
/// what arrives reads no weight. `weights` are those of [`weights`]; `largest` is how many spikes a
/// packet can carry.
pub(super) fn operations<'n>(
    network: &Network,
    weights: impl Fn() -> &'n Nonzero,
    sums: &[Vec<i32>],
    largest: u64,
) -> Vec<Option<u64>> {
    let populations = &network.populations;
    let mut all = vec![Some(0); populations.len()];
    let kept = sums.iter().zip(populations).all(|(sums, p)| sums.len() == p.shape.neurons());
    if !kept || network.first_phase.is_some() {
        return vec![None; populations.len()];
    }
    let told = told(network, largest);
    for (projection, nonzero) in network.projections.iter().zip(weights()) {
        let (source, target) = (projection.source, projection.target);
        let arrived = match &projection.connection {
            // Its sums are membranes.
            _ if populations[source].model.is_read() => Some(0),
            Connection::Conv(conv) if told[source] => {
                let shapes = [populations[source].shape, populations[target].shape];
                Some(of_conv(conv, shapes, nonzero, &sums[source]))
            }
            _ => None,
        };
        all[target] = all[target].zip(arrived).map(|(sum, arrived): (u64, u64)| sum + arrived);
    }
    all
}

/// By population, whether the sums of its spikes are the packets that left it.
fn told(network: &Network, largest: u64) -> Vec<bool> {
    let signed = network.signed();
    let bursts = network.bursts();
    let told = |p: PopulationId| !signed[p] && (largest == 1 || bursts[p] <= 1);
    (0..network.populations.len()).map(told).collect()
}

/// Operations over one convolution from `source` to `target`: taps in the padding do not exist.
fn of_conv(conv: &Conv, [source, target]: [Shape; 2], nonzero: &[u32], sums: &[i32]) -> u64 {
    let [height, width] = conv.window.kernel;
    let line = source.width * source.channels;
    let mut operations = 0;
    for ky in 0..height {
        // What leaves all rows that this tap reads, by column and channel.
        let mut spikes = vec![0u64; line];
        let rows = (0..target.height).filter_map(|o| source_index(conv, 0, o, ky, source.height));
        for y in rows {
            let row = &sums[y * line..(y + 1) * line];
            // Nothing is signed here.
            spikes.iter_mut().zip(row).for_each(|(all, &n)| *all += u64::from(n.unsigned_abs()));
        }
        for kx in 0..width {
            let first = (ky * width + kx) * conv.inputs.len();
            let reached = &nonzero[first..first + conv.inputs.len()];
            let columns =
                (0..target.width).filter_map(|o| source_index(conv, 1, o, kx, source.width));
            for x in columns {
                let at = x * source.channels;
                let sent = &spikes[at + conv.inputs.start..at + conv.inputs.end];
                operations += sent.iter().zip(reached).map(|(n, &w)| n * u64::from(w)).sum::<u64>();
            }
        }
    }
    operations
}
