//! Convolutions, for `Conv1d` and `Conv2d`.

use super::matrix::{bias, weights};
use super::window::{count, pair};
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::{Dims, Linear, Role};
use crate::import::nir::words::clip;
use crate::spiking::{Conv, MapKind};

/// Reads a convolution over so many axes.
///
/// # Errors
/// Weights and sizes do not fit each other.
/// What such nodes say.
pub const PARAMETERS: [&str; 6] = ["weight", "bias", "stride", "padding", "dilation", "groups"];

pub fn read(parameters: &mut Parameters, axes: usize) -> Result<Role, String> {
    let weight = weights(parameters)?;
    let (outputs, inputs, kernel) = match (axes, &weight.shape[..]) {
        (1, &[outputs, inputs, width]) => (outputs, inputs, [1, width]),
        (2, &[outputs, inputs, height, width]) => (outputs, inputs, [height, width]),
        _ => {
            let wanted = ["[out, in, length]", "[out, in, height, width]"][axes - 1];
            return Err(format!("weight has the shape {:?}, and {wanted} is wanted", weight.shape));
        }
    };
    let groups = parameters.sizes("groups")?.unwrap_or_else(|| vec![1]);
    let &[groups] = &groups[..] else { return Err("groups is not one number".into()) };
    if groups == 0 {
        return Err("groups is 0".into());
    }
    if !outputs.is_multiple_of(groups) {
        return Err(format!("{outputs} outputs do not fall into {groups} groups"));
    }
    let channels = inputs.checked_mul(groups).ok_or("its groups are too many")?;
    let stride = pair(parameters, "stride", axes, 1, 1)?;
    let dilation = pair(parameters, "dilation", axes, 1, 1)?;
    let edges = Edges::read(parameters, axes, stride)?;
    let pad = edges.before(kernel, dilation);
    let bias = bias(parameters, outputs)?;
    let size = size(parameters, axes, channels)?;
    let conv = Conv { weights: weight.values, bias, kernel, stride, dilation, pad, groups };
    Ok(Role::Map(Box::new(Convolution { conv, edges, axes, channels, outputs, size })))
}

struct Convolution {
    conv: Conv,
    edges: Edges,
    axes: usize,
    channels: usize,
    outputs: usize,
    /// What `input_shape` says.
    size: Option<Dims>,
}

/// Zeros around a map.
enum Edges {
    /// So many on each side.
    Given([usize; 2]),
    /// So many that sizes stay.
    Same,
}

impl Edges {
    fn read(parameters: &Parameters, axes: usize, stride: [usize; 2]) -> Result<Edges, String> {
        match parameters.text("padding") {
            Some("valid") => Ok(Edges::Given([0, 0])),
            Some("same") if stride == [1, 1] => Ok(Edges::Same),
            Some("same") => Err("padding `same` goes with a stride of 1 only; give numbers".into()),
            Some(other) => Err(format!("padding is '{}'; known are same and valid", clip(other))),
            None => Ok(Edges::Given(pair(parameters, "padding", axes, 0, 0)?)),
        }
    }

    /// Zeros in all along an axis.
    fn all(&self, axis: usize, kernel: [usize; 2], dilation: [usize; 2]) -> usize {
        match self {
            Edges::Given(pad) => 2 * pad[axis],
            Edges::Same => dilation[axis] * (kernel[axis] - 1),
        }
    }

    /// Zeros before the first row and column; of an odd number the smaller half, as PyTorch has it.
    fn before(&self, kernel: [usize; 2], dilation: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| self.all(axis, kernel, dilation) / 2)
    }
}

impl Linear for Convolution {
    fn takes(&self) -> Vec<Option<usize>> {
        let sizes = match &self.size {
            Some(size) => size.iter().copied().map(Some).collect(),
            None => vec![None; self.axes],
        };
        [Some(self.channels)].into_iter().chain(sizes).collect()
    }

    fn gives(&self, from: &[usize]) -> Result<Dims, String> {
        let Conv { kernel, stride, dilation, .. } = self.conv;
        let mut to = vec![self.outputs];
        for (n, &size) in from[1..].iter().enumerate() {
            // One axis is the second, columns.
            let axis = n + 2 - self.axes;
            let edge = self.edges.all(axis, kernel, dilation);
            to.push(count(size, kernel[axis], stride[axis], dilation[axis], edge)?);
        }
        Ok(to)
    }

    fn map(&self, _: &[usize], _: &[usize]) -> Result<MapKind, String> {
        Ok(MapKind::Conv(self.conv.clone()))
    }
}

/// Sizes of `input_shape`, by axis; some exporters have the channels before them.
fn size(parameters: &Parameters, axes: usize, channels: usize) -> Result<Option<Dims>, String> {
    if parameters.text("input_shape").is_some() {
        return Ok(None);
    }
    let Some(size) = parameters.sizes("input_shape")? else { return Ok(None) };
    match size.len() {
        0 => Ok(None),
        count if count == axes => Ok(Some(size)),
        count if count == axes + 1 && size[0] == channels => Ok(Some(size[1..].to_vec())),
        _ => Err(format!("input_shape is {size:?}, and {axes} numbers are wanted")),
    }
}
