//! One section to graph nodes: the input, and all layers without weights.

use super::Builder;
use super::cfg::{Fault, MAX_WINDOW, Section, shown};
use super::convolution::{activation, stride};
use crate::ann::op::{Add, Concat, GlobalAveragePool, Input, MaxPool, Slice, Upsample};
use crate::ann::{Head, NodeId, Op, Shape, Window};

/// Longest side of the input, and most channels.
const MAX_INPUT: i64 = 1 << 14;

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
            // Only training drops units: Darknet scales them then, so that nothing is left to do here.
            "dropout" => Ok(Some(input)),
            "yolo" => self.head(s, input, anchors_of_yolo(s)?, 4).map(|()| None),
            "region" => {
                let anchors = s.size("num", Some(1), 1, MAX_INPUT)?;
                let coordinates = s.size("coords", Some(4), 1, MAX_INPUT)?;
                self.head(s, input, anchors, coordinates).map(|()| None)
            }
            _ => Err(s.fault("this section is not supported")),
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

    /// The output of the layer that `key` names: counted from here where negative, else from the start.
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
            if self.shape(other) != shape {
                // Darknet would add the channels that both have.
                let (theirs, ours) = (size(self.shape(other)), size(shape));
                return Err(s.fault_at(
                    "from",
                    format!("layer {from} makes {theirs}, the layer before this one {ours}"),
                ));
            }
            sum = self.push(s, "add", Op::Add(Add), vec![sum, other], shape)?;
        }
        self.activate(s, sum, activation)
    }

    fn upsample(&mut self, s: &Section, input: NodeId) -> Result<NodeId, Fault> {
        s.allow(&["stride", "scale"], &[])?;
        if s.text("scale")?.is_some_and(|scale| scale.parse() != Ok(1.0)) {
            return Err(s.fault_at("scale", "a scale other than 1 is not supported"));
        }
        // A negative stride samples down.
        let stride = s.size("stride", Some(2), 1, MAX_WINDOW)?;
        let from = self.shape(input);
        let grown = |side: usize| side.saturating_mul(stride);
        let shape = Shape { height: grown(from.height), width: grown(from.width), ..from };
        self.push(s, "up", Op::Upsample(Upsample { factor: [stride; 2] }), vec![input], shape)
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
                "it reads {channels} channels, but {anchors} anchors x ({coordinates} + 1 + {classes} classes) \
                 are {needed}"
            )));
        }
        self.heads.push(Head { name: format!("head{}", self.heads.len()), node });
        Ok(())
    }
}

/// Anchors of one `[yolo]`: those of its mask, or all.
fn anchors_of_yolo(s: &Section) -> Result<usize, Fault> {
    if s.has("mask") { Ok(s.ints("mask")?.len()) } else { s.size("num", Some(1), 1, MAX_INPUT) }
}

fn size(shape: Shape) -> String {
    let Shape { channels, height, width } = shape;
    format!("{channels} x {height} x {width}")
}
