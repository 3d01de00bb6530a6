//! What the heads say, as the float network would.

use super::Conversion;

/// Float values of every head of the chip, `[channels, height, width]`, in the network's order.
///
/// `sums` by population of `conversion.network` (not retimed), `[height, width, channels]`: of
/// membrane readouts the membrane, of counted ones the net spikes, gained in `steps` steps.
pub fn outputs(conversion: &Conversion, sums: &[Vec<i32>], steps: usize) -> Vec<Vec<f32>> {
    let network = &conversion.network;
    let of_head = |head: &crate::snn::Head| {
        let shape = network.populations[head.population].shape;
        let mut values = vec![0f32; shape.neurons()];
        for (n, &sum) in sums[head.population].iter().enumerate() {
            let (position, c) = (n / shape.channels, n % shape.channels);
            let value = head.scale[c] * f64::from(sum) / steps.max(1) as f64;
            values[c * shape.positions() + position] = value as f32;
        }
        values
    };
    network.heads.iter().map(of_head).collect()
}
