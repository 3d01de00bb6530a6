//! A chain of float maps as one layer of synapses: a convolution, or one over the whole source.

use super::SpikingError;
use crate::ann::Shape;
use crate::spiking::{Graph, Map, MapKind, Projection};

/// Most weights of a chain that is turned into one matrix.
const MOST_WEIGHTS: usize = 1 << 24;

/// Synapses: `[out][in / groups][ky][kx]`, and what the chain adds without any input.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    pub weights: Vec<f64>,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub pad: [usize; 2],
    pub dilation: [usize; 2],
    pub groups: usize,
    pub outputs: usize,
    /// By element of the target, `[channels, height, width]`.
    pub constant: Vec<f64>,
}

impl Linear {
    /// The maps of a projection as one.
    ///
    /// # Errors
    /// No one layer does what they do together.
    pub fn of(graph: &Graph, projection: &Projection) -> Result<Linear, SpikingError> {
        let [source, target] =
            [projection.source, projection.target].map(|p| &graph.populations[p]);
        let (from, to) = (source.shape, target.shape);
        let maps = &projection.maps;
        let constant = through(maps, vec![0.0; from.len()]);
        let fault = |why: String| SpikingError::Map {
            source_layer: source.name.clone(),
            layer: target.name.clone(),
            why,
        };
        let folded = maps.iter().try_fold(Linear::identity(from), |linear, map| linear.then(map));
        let local = folded
            .map(|linear| Linear { constant: constant.clone(), ..linear })
            .filter(|linear| linear.does(maps, from, to));
        match local {
            Some(linear) => Ok(linear),
            None => Linear::dense(maps, from, to, constant).map_err(fault),
        }
    }

    /// Every element as it is: a convolution of one tap by channel.
    fn identity(shape: Shape) -> Linear {
        Linear {
            weights: vec![1.0; shape.channels],
            kernel: [1, 1],
            stride: [1, 1],
            pad: [0, 0],
            dilation: [1, 1],
            groups: shape.channels,
            outputs: shape.channels,
            constant: vec![],
        }
    }

    /// The same with another map behind it, where that is a convolution again.
    fn then(self, map: &Map) -> Option<Linear> {
        match &map.kind {
            MapKind::Reshape if map.from == map.to => Some(self),
            MapKind::Reshape | MapKind::Matrix(_) => None,
            MapKind::Scale(factors) => self.scaled(factors, map.from),
            MapKind::Pool(pool) => {
                let each = if pool.mean { (pool.kernel[0] * pool.kernel[1]) as f64 } else { 1.0 };
                let channels = map.from.channels;
                let next = Linear {
                    weights: vec![1.0 / each; channels * pool.kernel[0] * pool.kernel[1]],
                    kernel: pool.kernel,
                    stride: pool.stride,
                    pad: pool.pad,
                    dilation: [1, 1],
                    groups: channels,
                    outputs: channels,
                    constant: vec![],
                };
                self.before(&next)
            }
            MapKind::Conv(conv) => {
                let next = Linear {
                    weights: conv.weights.clone(),
                    kernel: conv.kernel,
                    stride: conv.stride,
                    pad: conv.pad,
                    dilation: conv.dilation,
                    groups: conv.groups,
                    outputs: map.to.channels,
                    constant: vec![],
                };
                self.before(&next)
            }
        }
    }

    fn scaled(mut self, factors: &[f64], shape: Shape) -> Option<Linear> {
        let positions = shape.height * shape.width;
        let of = |c: usize| -> Option<f64> {
            if let [one] = factors {
                return Some(*one);
            }
            let own = factors.get(c * positions..(c + 1) * positions)?;
            own.iter().all(|f| *f == own[0]).then(|| own[0])
        };
        let each = self.weights.len() / self.outputs.max(1);
        for (c, weights) in self.weights.chunks_mut(each.max(1)).enumerate() {
            let factor = of(c)?;
            weights.iter_mut().for_each(|w| *w *= factor);
        }
        Some(self)
    }

    /// This one by channel, and `next` behind it.
    fn before(self, next: &Linear) -> Option<Linear> {
        let each = self.outputs * self.kernel[0] * self.kernel[1];
        let by_channel = self.groups == self.outputs && self.weights.len() == each;
        if !by_channel || self.dilation != [1, 1] {
            return None;
        }
        if self.kernel == [1, 1] && self.stride == [1, 1] && self.pad == [0, 0] {
            let mut folded = next.clone();
            folded.each_weight(self.outputs, |channel, w| w * self.weights[channel]);
            return Some(folded);
        }
        let span = |axis: usize| {
            (next.kernel[axis] - 1) * next.dilation[axis] * self.stride[axis] + self.kernel[axis]
        };
        let kernel = [span(0), span(1)];
        let inputs = self.outputs / next.groups;
        let size = kernel[0] * kernel[1];
        let total = next.outputs.checked_mul(inputs)?.checked_mul(size)?;
        if total > MOST_WEIGHTS {
            return None;
        }
        let mut weights = vec![0.0; total];
        let own = self.kernel[0] * self.kernel[1];
        for out in 0..next.outputs {
            let group = out / (next.outputs / next.groups);
            for i in 0..inputs {
                for (tap, &w) in next.taps(out, i, inputs).iter().enumerate() {
                    let (ky, kx) = (tap / next.kernel[1], tap % next.kernel[1]);
                    for pooled in 0..own {
                        let y = ky * next.dilation[0] * self.stride[0] + pooled / self.kernel[1];
                        let x = kx * next.dilation[1] * self.stride[1] + pooled % self.kernel[1];
                        let at = (out * inputs + i) * size + y * kernel[1] + x;
                        weights[at] += w * self.weights[(group * inputs + i) * own + pooled];
                    }
                }
            }
        }
        let both = |axis: usize| self.stride[axis] * next.stride[axis];
        let pad = |axis: usize| next.pad[axis] * self.stride[axis] + self.pad[axis];
        Some(Linear {
            weights,
            kernel,
            stride: [both(0), both(1)],
            pad: [pad(0), pad(1)],
            dilation: [1, 1],
            groups: next.groups,
            outputs: next.outputs,
            constant: vec![],
        })
    }

    fn taps(&self, out: usize, input: usize, inputs: usize) -> &[f64] {
        let size = self.kernel[0] * self.kernel[1];
        let first = (out * inputs + input) * size;
        &self.weights[first..first + size]
    }

    /// Changes every weight, by the channel of the source that it reads.
    fn each_weight(&mut self, channels: usize, change: impl Fn(usize, f64) -> f64) {
        let inputs = channels / self.groups;
        let size = self.kernel[0] * self.kernel[1];
        let within = self.outputs / self.groups;
        for (n, weights) in self.weights.chunks_mut(size).enumerate() {
            let (out, i) = (n / inputs, n % inputs);
            let channel = out / within * inputs + i;
            weights.iter_mut().for_each(|w| *w = change(channel, *w));
        }
    }

    /// Whether it gives what the maps give, on some numbers: a pool that cuts off a rest before a
    /// convolution with a border does not.
    fn does(&self, maps: &[Map], from: Shape, to: Shape) -> bool {
        let x: Vec<f64> = (0..from.len()).map(|n| (n * 7919 % 257) as f64 / 64.0 - 2.0).collect();
        let expected = through(maps, x.clone());
        let whole = Map {
            name: String::new(),
            from,
            to,
            kind: MapKind::Conv(crate::spiking::Conv {
                weights: self.weights.clone(),
                bias: vec![],
                kernel: self.kernel,
                stride: self.stride,
                dilation: self.dilation,
                pad: self.pad,
                groups: self.groups,
            }),
        };
        let found = whole.apply(&x);
        // Beside the largest of them, so that tiny weights are looked at, too.
        let moved = expected.iter().zip(&self.constant).map(|(e, c)| (e - c).abs());
        let bound = 1e-9 * moved.fold(0.0, f64::max);
        let near = |(found, (expected, constant)): (&f64, (&f64, &f64))| {
            (found + constant - expected).abs() <= bound + 1e-12 * constant.abs()
        };
        found.len() == expected.len()
            && found.iter().zip(expected.iter().zip(&self.constant)).all(near)
    }

    /// Every element of the target from every one of the source.
    fn dense(maps: &[Map], from: Shape, to: Shape, constant: Vec<f64>) -> Result<Linear, String> {
        if to.height * to.width > 1 {
            return Err(format!(
                "together these maps are no convolution, and the layer has {} x {} positions; a \
                 layer that reads every element of another is one position of many channels",
                to.height, to.width
            ));
        }
        let count = from.len().saturating_mul(to.len());
        if count > MOST_WEIGHTS {
            return Err(format!(
                "together these maps are a matrix of {count} weights; at most {MOST_WEIGHTS} are \
                 made of several maps"
            ));
        }
        let matrix = matrix(maps, from, to, &constant);
        // `[out][channel][y][x]` is the order of the elements.
        Ok(Linear {
            weights: matrix,
            kernel: [from.height, from.width],
            stride: [1, 1],
            pad: [0, 0],
            dilation: [1, 1],
            groups: 1,
            outputs: to.len(),
            constant,
        })
    }
}

/// `[out][in]` of the maps together.
fn matrix(maps: &[Map], from: Shape, to: Shape, constant: &[f64]) -> Vec<f64> {
    // Mostly a matrix alone, or behind a new shape.
    let others: Vec<&Map> = maps.iter().filter(|map| map.kind != MapKind::Reshape).collect();
    if let [Map { kind: MapKind::Matrix(matrix), .. }] = &others[..] {
        return matrix.weights.clone();
    }
    let mut weights = vec![0.0; from.len() * to.len()];
    let mut one = vec![0.0; from.len()];
    for input in 0..from.len() {
        one[input] = 1.0;
        let column = through(maps, one.clone());
        one[input] = 0.0;
        for (out, (value, constant)) in column.iter().zip(constant).enumerate() {
            weights[out * from.len() + input] = value - constant;
        }
    }
    weights
}

fn through(maps: &[Map], x: Vec<f64>) -> Vec<f64> {
    maps.iter().fold(x, |x, map| map.apply(&x))
}
