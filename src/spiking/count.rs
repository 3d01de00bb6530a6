//! Operations of a device that runs a spiking graph step by step, as dense as a float network.

use super::{Conv, Graph, Map, MapKind, Unit};
use crate::ann::count::{LayerWork, Work};

/// Counts the maps with weights; an inference runs them in each of `steps` steps, whatever fires.
/// Neurons are left out, as activations of a float network are.
pub fn count(graph: &Graph, steps: u64) -> Work {
    let maps = graph.projections.iter().flat_map(|projection| &projection.maps);
    Work { layers: maps.filter_map(layer).collect(), passes: steps }
}

/// Multiply-accumulates that turn one input into the currents of the layers that it reaches.
pub fn of_input(graph: &Graph) -> u64 {
    let fed = |source: usize| matches!(graph.populations[source].unit, Unit::Input);
    let own = graph.projections.iter().filter(|projection| fed(projection.source));
    own.flat_map(|projection| &projection.maps).filter_map(layer).map(|layer| layer.macs).sum()
}

fn layer(map: &Map) -> Option<LayerWork> {
    let (macs, weights) = match &map.kind {
        MapKind::Matrix(matrix) => (matrix.weights.len(), matrix.weights.len()),
        MapKind::Conv(conv) => (each_position(conv, map), conv.weights.len()),
        MapKind::Scale(factors) => (map.to.len(), factors.len()),
        MapKind::Pool(_) | MapKind::Reshape => return None,
    };
    Some(LayerWork {
        name: map.name.clone(),
        macs: macs as u64,
        weights: weights as u64,
        reads: map.from.len() as u64,
        writes: map.to.len() as u64,
    })
}

/// Every weight at each position, borders counted densely.
fn each_position(conv: &Conv, map: &Map) -> usize {
    conv.weights.len() * map.to.height * map.to.width
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::Shape;
    use crate::spiking::{Matrix, Projection};

    #[test]
    fn every_step_costs_a_pass() {
        let conv = Conv {
            weights: vec![1.0; 2 * 3 * 9],
            bias: vec![],
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            pad: [1, 1],
            groups: 1,
        };
        let map = |kind, from, to| Map { name: "m".into(), from, to, kind };
        let (image, features) = (Shape::new(3, 4, 5), Shape::new(2, 4, 5));
        let flat = Shape::new(7, 1, 1);
        let matrix = Matrix { weights: vec![1.0; 40 * 7], bias: vec![] };
        let maps = vec![
            map(MapKind::Conv(conv), image, features),
            map(MapKind::Reshape, features, Shape::new(40, 1, 1)),
            map(MapKind::Matrix(matrix), Shape::new(40, 1, 1), flat),
        ];
        let graph = Graph {
            name: "g".into(),
            dt: 1.0,
            populations: vec![],
            projections: vec![Projection { source: 0, target: 1, maps, lag: 0 }],
            outputs: vec![],
            delayed: false,
        };
        let work = count(&graph, 5);
        assert_eq!(work.macs(), 5 * (2 * 3 * 9 * 20 + 280));
        assert_eq!(work.weights(), 54 + 280);
        assert_eq!(work.activations(), 5 * (60 + 40 + 40 + 7));
        assert_eq!(work.largest_layer(), 100);
    }
}
