//! Maps of a picture in floats of 32 bits, as trained networks take pictures.

use crate::ann::op::{Conv, Dense, Operator, Tensor};
use crate::ann::{Shape, Window};
use crate::spiking::{Map, MapKind};

/// What `maps` make of `image`, as the float network computes it; `None` where weights have more
/// than 32 bits, or a map is none of a float network's.
pub(super) fn through(maps: &[Map], image: &[f64]) -> Option<Vec<f64>> {
    let image = image.iter().map(|&value| value as f32).collect();
    let values = maps.iter().try_fold(image, |values, map| one(map, values))?;
    Some(values.into_iter().map(f64::from).collect())
}

fn one(map: &Map, values: Vec<f32>) -> Option<Vec<f32>> {
    match &map.kind {
        MapKind::Reshape => Some(values),
        MapKind::Conv(conv) => {
            let window = Window {
                kernel: conv.kernel,
                stride: conv.stride,
                pad: conv.pad,
                dilation: conv.dilation,
            };
            let (weight, bias) = (narrow(&conv.weights)?, bias(&conv.bias, map.to.channels)?);
            let op = Conv { window, groups: conv.groups, weight, bias };
            Some(run(&op, &values, map.from, map.to))
        }
        MapKind::Matrix(matrix) => {
            let weight = narrow(&matrix.weights)?;
            let op = Dense { weight, bias: bias(&matrix.bias, map.to.len())? };
            Some(run(&op, &values, map.from, map.to))
        }
        MapKind::Scale(_) | MapKind::Pool(_) => None,
    }
}

fn run(op: &impl Operator, values: &[f32], from: Shape, to: Shape) -> Vec<f32> {
    op.run(&[Tensor { values, shape: from }], to)
}

fn bias(values: &[f64], outputs: usize) -> Option<Vec<f32>> {
    if values.is_empty() { Some(vec![0.0; outputs]) } else { narrow(values) }
}

/// Numbers of 64 bits that are none of more than 32.
fn narrow(values: &[f64]) -> Option<Vec<f32>> {
    let one = |&value: &f64| Some(value as f32).filter(|&narrow| f64::from(narrow) == value);
    values.iter().map(one).collect()
}
