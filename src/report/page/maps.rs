//! Where in the picture the neurons of a layer fire, for the script.

use super::text;
use crate::activity::{Activity, Layer};
use crate::report::plot::is_spatial;
use serde_json::{Value, json};

/// Positions of all layers together that a page holds.
const POSITIONS: usize = 150_000;
/// Longest side of a map.
const SIDE: usize = 104;

/// The layers that have a place in the picture; positions are joined in blocks where they are many.
pub(super) fn data(activity: &Activity) -> Vec<Value> {
    let layers: Vec<(usize, &Layer)> =
        activity.layers.iter().enumerate().filter(|(_, layer)| is_spatial(layer)).collect();
    let side = side(&layers);
    layers.into_iter().map(|(n, layer)| map(n, layer, side)).collect()
}

/// The longest side with which all maps stay few.
fn side(layers: &[(usize, &Layer)]) -> usize {
    let cells = |side: usize| -> usize {
        layers.iter().map(|(_, layer)| blocks(layer, side)[..2].iter().product::<usize>()).sum()
    };
    let mut side = SIDE;
    while side > 8 && cells(side) > POSITIONS {
        side = side * 3 / 4;
    }
    side
}

/// Columns, rows, and positions along the side of a block.
fn blocks(layer: &Layer, side: usize) -> [usize; 3] {
    let block = layer.width.max(layer.height).div_ceil(side).max(1);
    [layer.width.div_ceil(block), layer.height.div_ceil(block), block]
}

fn map(n: usize, layer: &Layer, side: usize) -> Value {
    let [width, height, block] = blocks(layer, side);
    let mut spikes = vec![0u64; width * height];
    for (position, count) in layer.spikes_per_position.iter().enumerate() {
        let (y, x) = (position / layer.width, position % layer.width);
        spikes[y / block * width + x / block] += count;
    }
    json!({
        "layer": n, "name": text(&layer.name), "channels": layer.channels,
        "layer_width": layer.width, "layer_height": layer.height,
        "width": width, "height": height, "block": block, "spikes": spikes,
    })
}
