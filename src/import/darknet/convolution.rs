//! `[convolutional]`: weights, batch norm, activation.

use super::Builder;
use super::cfg::{Fault, MAX_WINDOW, Section, shown};
use crate::ann::op::{Affine, Conv, Dense};
use crate::ann::{NodeId, Op, Shape, Window};

/// Keys that are read.
const READ: &[&str] = &[
    "activation",
    "batch_normalize",
    // Batch norm over several batches: another training, the same numbers.
    "cbn",
    "dilation",
    "filters",
    "groups",
    "pad",
    "padding",
    "size",
    "stride",
    "stride_x",
    "stride_y",
];

/// Keys that would change the network.
const ZERO: &[&str] = &[
    "antialiasing",
    "binary",
    "bin_output",
    "deform",
    "dontload",
    "dontloadscales",
    "flipped",
    "rotate",
    "stretch",
    "stretch_sway",
    "sway",
    "use_bin_output",
    "xnor",
];

/// What is added to the variance, also against variances that training left a hair below 0.
const EPSILON: f64 = 1e-6;

/// Largest number of filters: the weights must hold a number for each anyway.
const MAX_FILTERS: i64 = 1 << 20;

impl Builder<'_> {
    pub fn convolutional(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(READ, ZERO)?;
        let from = self.shape(input);
        let filters = s.size("filters", None, 1, MAX_FILTERS)?;
        let groups = s.size("groups", Some(1), 1, MAX_FILTERS)?;
        if !from.channels.is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            let what = format!(
                "{groups} groups do not divide {} channels and {filters} filters",
                from.channels
            );
            return Err(s.fault_at("groups", what));
        }
        let window = window(s)?;
        let activation = activation(s, None)?;
        let normal = s.flag("batch_normalize")? || s.flag("cbn")?;
        let shape = Shape {
            channels: filters,
            height: out(s, &window, 0, from.height)?,
            width: out(s, &window, 1, from.width)?,
        };

        let bias = self.numbers(filters, if normal { "batch norm shifts" } else { "biases" })?;
        let (bias, norm) =
            if normal { (vec![0.0; filters], Some(self.batch_norm(bias)?)) } else { (bias, None) };
        let fan = from.channels / groups * window.kernel[0] * window.kernel[1];
        let weights =
            filters.checked_mul(fan).ok_or_else(|| s.fault("its weights are too many"))?;
        let weight = self.numbers(weights, "weights")?;
        let mut node = self.push(
            s,
            "conv",
            Op::Conv(Conv { window, groups, weight, bias }),
            vec![input],
            shape,
        )?;
        if let Some(norm) = norm {
            node = self.push(s, "bn", norm, vec![node], shape)?;
        }
        self.activate(s, node, activation)
    }

    /// Weights from every number of the input to every output.
    pub fn connected(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["output", "activation", "batch_normalize"], &[])?;
        let from = self.shape(input).len();
        let n = s.size("output", Some(1), 1, MAX_FILTERS)?;
        let activation = activation(s, None)?;
        let normal = s.flag("batch_normalize")?;
        let shape = Shape::new(n, 1, 1);
        let bias = self.numbers(n, if normal { "batch norm shifts" } else { "biases" })?;
        let weights = n.checked_mul(from).ok_or_else(|| s.fault("its weights are too many"))?;
        let weight = self.numbers(weights, "weights")?;
        let (own, shifts) = if normal { (vec![0.0; n], Some(bias)) } else { (bias, None) };
        let dense = Op::Dense(Dense { weight, bias: own });
        let mut node = self.push(s, "dense", dense, vec![input], shape)?;
        if let Some(shifts) = shifts {
            let norm = self.batch_norm(shifts)?;
            node = self.push(s, "bn", norm, vec![node], shape)?;
        }
        self.activate(s, node, activation)
    }

    pub fn batch_normal(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&[], &[])?;
        let shape = self.shape(input);
        let shifts = self.numbers(shape.channels, "batch norm shifts")?;
        let norm = self.batch_norm(shifts)?;
        self.push(s, "bn", norm, vec![input], shape)
    }

    fn numbers(&mut self, n: usize, what: &str) -> Result<Vec<f32>, Fault> {
        self.weights.take(n, what).map_err(Fault::Weights)
    }

    /// Reads scales, means and variances to the shifts:
    /// `scale (x - mean) / sqrt(variance + epsilon) + shift`.
    fn batch_norm(&mut self, shifts: Vec<f32>) -> Result<Op, Fault> {
        let n = shifts.len();
        let scales = self.numbers(n, "batch norm scales")?;
        let means = self.numbers(n, "batch norm means")?;
        let variances = self.numbers(n, "batch norm variances")?;
        let (mut scale, mut shift) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for c in 0..n {
            let variance = f64::from(variances[c]) + EPSILON;
            if variance <= 0.0 {
                let what = format!("the variance {} of channel {c} is negative", variances[c]);
                return Err(Fault::Weights(format!("{what}; is it of another .cfg?")));
            }
            let factor = f64::from(scales[c]) / variance.sqrt();
            scale.push(factor as f32);
            shift.push((f64::from(shifts[c]) - factor * f64::from(means[c])) as f32);
        }
        Ok(Op::Affine(Affine { scale, shift }))
    }

    /// The activation of `node`, where it has one.
    pub fn activate(
        &mut self,
        s: &Section,
        node: NodeId,
        activation: Option<Op>,
    ) -> Result<NodeId, Fault> {
        let Some(op) = activation else { return Ok(node) };
        let shape = self.shape(node);
        self.push(s, "act", op, vec![node], shape)
    }
}

/// The operation of the key `activation`; none for a linear one.
pub fn activation(s: &Section, default: Option<&str>) -> Result<Option<Op>, Fault> {
    let known = || format!("linear, {} are supported", Op::darknet_names().join(", "));
    match s.text("activation")?.or(default) {
        Some("linear") => Ok(None),
        Some(name) => match Op::from_darknet(name) {
            Some(op) => Ok(Some(op)),
            None => {
                let what = format!("activation {}: {}", shown(name), known());
                Err(s.fault_at("activation", what))
            }
        },
        None => {
            Err(s
                .fault(format!("the key activation is missing, which means logistic; {}", known())))
        }
    }
}

/// Stride in y and x.
pub fn stride(s: &Section) -> Result<[usize; 2], Fault> {
    let both = s.size("stride", Some(1), 1, MAX_WINDOW)?;
    Ok([
        s.size("stride_y", Some(both), 1, MAX_WINDOW)?,
        s.size("stride_x", Some(both), 1, MAX_WINDOW)?,
    ])
}

fn window(s: &Section) -> Result<Window, Fault> {
    let size = s.size("size", None, 1, MAX_WINDOW)?;
    let dilation = s.size("dilation", Some(1), 1, MAX_WINDOW)?;
    let dilation = if size == 1 { 1 } else { dilation };
    let given = s.size("padding", Some(0), 0, MAX_WINDOW)?;
    let pad = if s.flag("pad")? { size / 2 } else { given };
    Ok(Window {
        kernel: [size; 2],
        stride: stride(s)?,
        pad: [pad * dilation; 2],
        dilation: [dilation; 2],
    })
}

/// Size of the output along one axis.
fn out(s: &Section, w: &Window, axis: usize, size: usize) -> Result<usize, Fault> {
    let positions =
        |cells: usize, extent: usize| Some(cells.checked_sub(extent)? / w.stride[axis] + 1);
    let (kernel, dilation) = (w.kernel[axis], w.dilation[axis]);
    let (cells, extent) = (size + 2 * w.pad[axis], (kernel - 1) * dilation + 1);
    let found = positions(cells, extent).ok_or_else(|| {
        s.fault(format!(
            "a window of {extent} cells does not fit into {cells} cells (padding included)"
        ))
    })?;
    // Darknet sizes the output as if nothing were dilated.
    if positions(size + 2 * w.pad[axis] / dilation, kernel) != Some(found) {
        let what = "with this dilation, Darknet computes another output size than it fills; use \
                    pad=1 and an odd size";
        return Err(s.fault_at("dilation", what));
    }
    Ok(found)
}
