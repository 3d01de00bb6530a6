//! One section to graph nodes: the input, and all layers without weights.

use super::Builder;
use super::cfg::{Fault, MAX_WINDOW, Section, shown};
use super::convolution::{activation, stride};
use super::facts::number;
use crate::ann::op::permute::{Axis, Permute};
use crate::ann::op::{
    Add, Affine, Concat, GlobalAveragePool, Input, MaxPool, Slice, Softmax, Upsample,
};
use crate::ann::{Head, NodeId, Op, Shape, Window};

/// Longest side of the input, and most channels.
pub(super) const MAX_INPUT: i64 = 1 << 14;

/// Sections that cannot be read, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["local", "local_avgpool"],
        "each position has weights of its own, which no chip shares; [convolutional] works",
    ),
    (
        &["scale_channels", "sam", "Gaussian_yolo", "implicit_mul"],
        "it multiplies features with features; leave the section out and train again",
    ),
    (&["rnn", "lstm", "gru", "crnn", "conv_lstm", "history"], "it runs in steps of its own"),
    (&["deconvolutional", "deconv"], "[upsample] and [convolutional] work in its place"),
    (&["normalization", "lrn", "l2norm"], "it divides by a norm of its input; batch norm works"),
];

impl Builder<'_> {
    /// The image, from the first section. Its other keys are about training and augmentation.
    pub fn input(&mut self, s: &Section) -> Result<(), Fault> {
        if !matches!(&s.name[..], "net" | "network") {
            return Err(s.fault("the first section must be [net]"));
        }
        let side = |key: &str| s.size(key, None, 1, MAX_INPUT);
        let shape = Shape::new(side("channels")?, side("height")?, side("width")?);
        let node = self.push(s, "input", Op::Input(Input), vec![], shape)?;
        self.nodes[node].name = "image".into();
        Ok(())
    }

    /// What one layer makes; none where it decodes boxes.
    pub fn layer(&mut self, s: &Section) -> Result<Option<NodeId>, Fault> {
        let kind = &s.name[..];
        if kind == "route" {
            return self.route(s).map(Some);
        }
        let input = self.previous(s)?;
        match kind {
            "conv" | "convolutional" => self.convolutional(s, input).map(Some),
            "max" | "maxpool" => self.max_pool(s, input).map(Some),
            "avg" | "avgpool" => self.average_pool(s, input).map(Some),
            "shortcut" => self.shortcut(s, input).map(Some),
            "upsample" => self.upsample(s, input).map(Some),
            // Only training drops units: Darknet scales them then, so that nothing is left to do
            // here.
            "dropout" => Ok(Some(input)),
            // What training compares with; its input is the network's output.
            "cost" => Ok(Some(input)),
            "crop" => self.crop(s, input).map(Some),
            "connected" => self.connected(s, input).map(Some),
            "batchnorm" => self.batch_normal(s, input).map(Some),
            "activation" => self.activation_layer(s, input).map(Some),
            "softmax" | "soft" => self.softmax(s, input).map(Some),
            "reorg" => self.reorg(s, input, true).map(Some),
            "reorg3d" => self.reorg(s, input, false).map(Some),
            "yolo" => self.head(s, input, anchors_of_yolo(s)?, 4).map(|()| None),
            "region" => {
                let anchors = number(s)?;
                let coordinates = s.size("coords", Some(4), 1, MAX_INPUT)?;
                self.head(s, input, anchors, coordinates).map(|()| None)
            }
            _ => Err(s.fault(match REFUSED.iter().find(|(names, _)| names.contains(&kind)) {
                Some((_, why)) => format!("this section is not supported: {why}"),
                None => "this section is not supported".into(),
            })),
        }
    }

    /// The output of the layer before; of the image for the first.
    fn previous(&self, s: &Section) -> Result<NodeId, Fault> {
        match self.layers.last() {
            None => Ok(0),
            Some(&Some(node)) => Ok(node),
            Some(None) => Err(s.fault(
                "it would read the boxes of the layer before; a [route] must stand between",
            )),
        }
    }

    /// The output of the layer that `key` names: counted from here where negative, else from the
    /// start.
    fn refer(&self, s: &Section, key: &str, to: i64) -> Result<NodeId, Fault> {
        let here = self.layers.len();
        let index = if to < 0 { i64::try_from(here).ok().map_or(-1, |h| h + to) } else { to };
        let found = usize::try_from(index).ok().and_then(|i| self.layers.get(i));
        match found {
            Some(&Some(node)) => Ok(node),
            Some(None) => Err(s.fault_at(
                key,
                format!("{to} is layer {index}, which makes boxes and no features"),
            )),
            None => {
                Err(s.fault_at(key, format!("{to} is layer {index}, which is not before this one")))
            }
        }
    }

    fn max_pool(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(
            &["size", "stride", "stride_x", "stride_y", "padding"],
            &["antialiasing", "maxpool_depth"],
        )?;
        let from = self.shape(input);
        let same = s.size("stride", Some(1), 1, MAX_WINDOW)?;
        let size = s.size("size", Some(same), 1, MAX_WINDOW)?;
        let padding = s.size("padding", Some(size - 1), 0, MAX_WINDOW)?;
        // The larger half lies at the bottom and right, where a window must not see padding alone.
        if padding.div_ceil(2) >= size {
            return Err(s.fault_at(
                "padding",
                format!("padding {padding} is too large for windows of {size}"),
            ));
        }
        let stride = stride(s)?;
        let out = |side: usize, axis: usize| match (side + padding).checked_sub(size) {
            Some(room) => Ok(room / stride[axis] + 1),
            None => Err(s.fault(format!(
                "a window of {size} cells does not fit into {} cells (padding included)",
                side + padding
            ))),
        };
        let shape = Shape { height: out(from.height, 0)?, width: out(from.width, 1)?, ..from };
        let window = Window { kernel: [size; 2], stride, pad: [padding / 2; 2], dilation: [1; 2] };
        self.push(s, "pool", Op::MaxPool(MaxPool { window }), vec![input], shape)
    }

    fn average_pool(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&[], &[])?;
        let shape = Shape { height: 1, width: 1, ..self.shape(input) };
        self.push(s, "avgpool", Op::GlobalAveragePool(GlobalAveragePool), vec![input], shape)
    }

    /// Joins layers along channels; with groups, one group of each.
    fn route(&mut self, s: &Section) -> Result<NodeId, Fault> {
        s.allow(&["layers", "groups", "group_id"], &[])?;
        let groups = s.size("groups", Some(1), 1, MAX_INPUT)?;
        let group = s.size("group_id", Some(0), 0, MAX_INPUT)?;
        if group >= groups {
            return Err(s.fault_at(
                "group_id",
                format!("group_id {group}: the groups are 0 to {}", groups - 1),
            ));
        }
        let mut inputs = Vec::new();
        let mut joined: Option<Shape> = None;
        for to in s.ints("layers")? {
            let node = self.group_of(s, self.refer(s, "layers", to)?, groups, group)?;
            let shape = self.shape(node);
            let all = joined.get_or_insert(Shape { channels: 0, ..shape });
            if (shape.height, shape.width) != (all.height, all.width) {
                let (found, needed) = (size(shape), size(*all));
                return Err(s.fault_at(
                    "layers",
                    format!("layer {to} makes {found}, those named before it {needed}"),
                ));
            }
            // Each tensor was found small enough, but one may be named often.
            all.channels = all.channels.saturating_add(shape.channels);
            inputs.push(node);
        }
        match (inputs[..].first(), joined) {
            (Some(&only), _) if inputs.len() == 1 => Ok(only),
            (_, Some(shape)) => self.push(s, "cat", Op::Concat(Concat), inputs, shape),
            _ => Err(s.fault("it joins no layers")),
        }
    }

    fn group_of(
        &mut self,
        s: &Section,
        node: NodeId,
        groups: usize,
        group: usize,
    ) -> Result<NodeId, Fault> {
        let from = self.shape(node);
        if groups == 1 {
            return Ok(node);
        }
        if !from.channels.is_multiple_of(groups) {
            let what = format!("{groups} groups do not divide {} channels", from.channels);
            return Err(s.fault_at("groups", what));
        }
        let channels = from.channels / groups;
        let op = Op::Slice(Slice { first: group * channels });
        self.push(s, "slice", op, vec![node], Shape { channels, ..from })
    }

    /// Adds earlier layers to the one before.
    fn shortcut(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["from", "activation", "weights_type", "weights_normalization"], &[])?;
        if let Some(kind) = s.text("weights_type")?.filter(|&kind| kind != "none") {
            return Err(s.fault_at(
                "weights_type",
                format!("weights_type {} is not supported", shown(kind)),
            ));
        }
        let activation = activation(s, Some("linear"))?;
        let shape = self.shape(input);
        let mut sum = input;
        for from in s.ints("from")? {
            let other = self.refer(s, "from", from)?;
            sum = match self.shape(other) == shape {
                true => self.push(s, "add", Op::Add(Add), vec![sum, other], shape)?,
                false => self.unequal(s, from, sum, other)?,
            };
        }
        self.activate(s, sum, activation)
    }

    /// Adds the channels that both have; of a larger map every second, third ... cell.
    fn unequal(
        &mut self,
        s: &Section,
        from: i64,
        sum: NodeId,
        mut other: NodeId,
    ) -> Result<NodeId, Fault> {
        let (shape, theirs) = (self.shape(sum), self.shape(other));
        let stride = theirs.height / shape.height;
        let strided = |side: usize| side.div_ceil(stride.max(1));
        let fits = stride > 0
            && theirs.width / shape.width == stride
            && (strided(theirs.height), strided(theirs.width)) == (shape.height, shape.width);
        if !fits {
            let what = format!(
                "layer {from} makes {}, the layer before this one {}",
                size(theirs),
                size(shape)
            );
            return Err(s.fault_at("from", what));
        }
        if stride > 1 {
            let even = |count: usize, stride: usize| Axis::Even { count, stride: stride as i64 };
            let axes = vec![
                even(theirs.channels, theirs.height * theirs.width),
                even(shape.height, stride * theirs.width),
                even(shape.width, stride),
            ];
            let to = Shape { channels: theirs.channels, ..shape };
            other = self.push(s, "cells", Permute { first: 0, axes }.into(), vec![other], to)?;
        }
        let both = shape.channels.min(theirs.channels);
        let part = Shape { channels: both, ..shape };
        let first = |builder: &mut Self, node: NodeId| match builder.shape(node) == part {
            true => Ok(node),
            false => builder.push(s, "part", Slice { first: 0 }.into(), vec![node], part),
        };
        let (ours, theirs) = (first(self, sum)?, first(self, other)?);
        let added = self.push(s, "add", Op::Add(Add), vec![ours, theirs], part)?;
        if both == shape.channels {
            return Ok(added);
        }
        let rest = Shape { channels: shape.channels - both, ..shape };
        let rest = self.push(s, "rest", Slice { first: both }.into(), vec![sum], rest)?;
        self.push(s, "cat", Op::Concat(Concat), vec![added, rest], shape)
    }

    /// A cut that takes all. What training cuts out by chance is the middle here.
    fn crop(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        let shape = self.shape(input);
        let side = |key: &str, own: usize| s.size(key, Some(own), 1, MAX_INPUT);
        let cut = (side("crop_height", shape.height)?, side("crop_width", shape.width)?);
        match cut == (shape.height, shape.width) && s.flag("noadjust")? {
            true => Ok(input),
            false => Err(s.fault(
                "it cuts and scales pictures for training; leave it out and set width and height \
                 of [net] to its size",
            )),
        }
    }

    fn activation_layer(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["activation"], &[])?;
        let activation = activation(s, Some("linear"))?;
        self.activate(s, input, activation)
    }

    /// Over all numbers, or with `spatial` over the channels of each cell; in equal groups.
    fn softmax(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["groups", "temperature", "spatial", "noloss"], &["tree"])?;
        let shape = self.shape(input);
        let groups = s.size("groups", Some(1), 1, MAX_INPUT)?;
        let (all, stride) = match s.flag("spatial")? {
            true => (shape.channels, shape.height * shape.width),
            false => (shape.len(), 1),
        };
        if !all.is_multiple_of(groups) {
            return Err(s.fault_at("groups", format!("{groups} groups do not divide {all}")));
        }
        let temperature = s.number("temperature", 1.0)?;
        let mut node = input;
        if temperature != 1.0 {
            let factor = (1.0 / temperature) as f32;
            let (scale, shift) = (vec![factor; shape.channels], vec![0.0; shape.channels]);
            node = self.push(s, "scale", Affine { scale, shift }.into(), vec![node], shape)?;
        }
        let op = Softmax { count: all / groups, stride, log: false };
        self.push(s, "softmax", op.into(), vec![node], shape)
    }

    /// Cells become channels. `[reorg3d]` puts each cell of a block into channels of its own.
    /// `[reorg]`, which is older, takes the tensor in the shape that the inverse makes of it, and
    /// what comes of that in its new shape (`reorg_cpu` of Darknet): networks were trained so.
    fn reorg(&mut self, s: &Section, input: NodeId, old: bool) -> Result<NodeId, Fault> {
        s.allow(&["stride"], &["reverse", "flatten", "extra"])?;
        let from = self.shape(input);
        let n = s.size("stride", Some(1), 1, MAX_WINDOW)?;
        let Shape { channels, height, width } = from;
        if !height.is_multiple_of(n) || !width.is_multiple_of(n) {
            return Err(
                s.fault_at("stride", format!("blocks of stride {n} do not divide {}", size(from)))
            );
        }
        if old && !channels.is_multiple_of(n * n) {
            let what = format!("blocks of {n} x {n} do not divide {channels} channels");
            return Err(s.fault_at("stride", what));
        }
        let even = |count: usize, stride: usize| Axis::Even { count, stride: stride as i64 };
        let (depth, rows, columns) = match old {
            true => (channels / (n * n), height, width),
            false => (channels, height / n, width / n),
        };
        // Offset in y and x, channel, row and column.
        let row = columns * n;
        let axes = vec![
            even(n, row),
            even(n, 1),
            even(depth, row * rows * n),
            even(rows, row * n),
            even(columns, n),
        ];
        let grown = channels.saturating_mul(n * n);
        let to = Shape { channels: grown, height: height / n, width: width / n };
        self.push(s, "reorg", Permute { first: 0, axes }.into(), vec![input], to)
    }

    fn upsample(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["stride", "scale"], &[])?;
        let factor = s.number("scale", 1.0)? as f32;
        // A negative stride samples down.
        let stride = s.size("stride", Some(2), 1, MAX_WINDOW)?;
        let from = self.shape(input);
        let grown = |side: usize| side.saturating_mul(stride);
        let shape = Shape { height: grown(from.height), width: grown(from.width), ..from };
        let up = Op::Upsample(Upsample { factor: [stride; 2] });
        let node = self.push(s, "up", up, vec![input], shape)?;
        if factor == 1.0 {
            return Ok(node);
        }
        let (scale, shift) = (vec![factor; shape.channels], vec![0.0; shape.channels]);
        self.push(s, "scale", Affine { scale, shift }.into(), vec![node], shape)
    }

    /// What the layer would decode becomes an output of the network.
    fn head(
        &mut self,
        s: &Section,
        node: NodeId,
        anchors: usize,
        coordinates: usize,
    ) -> Result<(), Fault> {
        let classes = s.size("classes", Some(20), 0, i64::from(i32::MAX))?;
        let channels = self.shape(node).channels;
        let needed = anchors.saturating_mul(classes.saturating_add(coordinates + 1));
        if channels != needed {
            return Err(s.fault(format!(
                "it reads {channels} channels, but {anchors} anchors x ({coordinates} + 1 + \
                 {classes} classes) are {needed}"
            )));
        }
        self.heads.push(Head { name: format!("head{}", self.heads.len()), node });
        Ok(())
    }
}

/// Anchors of one `[yolo]`: those of its mask, or all.
fn anchors_of_yolo(s: &Section) -> Result<usize, Fault> {
    if s.has("mask") { Ok(s.ints("mask")?.len()) } else { number(s) }
}

fn size(shape: Shape) -> String {
    let Shape { channels, height, width } = shape;
    format!("{channels} x {height} x {width}")
}
