//! From the numbers of the heads to boxes.

use super::decoder::{Decoder, Head, HeadKind, Scores};
use super::error::Error;
use super::geometry::Rect;
use super::{Detection, nms};
use crate::ann::{Graph, Shape};

/// One output of a network for one picture.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    /// Name in the network file.
    pub name: &'a str,
    /// Shape of the tensor.
    pub shape: Shape,
    /// The values, `[channels, height, width]`, row-major.
    pub values: &'a [f32],
}

/// The heads of a float network, from the tensors of all nodes that `ann::exec::run` returns.
pub fn outputs<'a>(graph: &'a Graph, values: &'a [Vec<f32>]) -> Vec<Output<'a>> {
    let output = |head: &'a crate::ann::Head| Output {
        name: &head.name,
        shape: graph.nodes[head.node].shape,
        values: &values[head.node],
    };
    graph.heads.iter().map(output).collect()
}

impl Decoder {
    /// The boxes of one picture of size `image` (width, height), best first: decoded, brought back
    /// to its pixels, clipped to it, and then suppressed within each class (the order that the
    /// reference detections of the shared models follow). `outputs` are all outputs of the network,
    /// in the network's order.
    pub fn decode(
        &self,
        outputs: &[Output],
        image: (usize, usize),
    ) -> Result<Vec<Detection>, Error> {
        let shapes: Vec<_> = outputs.iter().map(|o| (o.name, o.shape)).collect();
        let located = self.locate(&shapes)?;
        let mut found = Vec::new();
        for (head, index) in self.heads.iter().zip(located) {
            let output = outputs[index];
            if output.values.len() != output.shape.len() {
                let (name, found, expected) =
                    (output.name.into(), output.values.len(), output.shape.len());
                return Err(Error::Values { name, found, expected });
            }
            self.decode_head(head, output, image, &mut found);
        }
        Ok(nms::suppress(&found, self.nms_iou))
    }

    /// Appends the boxes of one head, in the order anchor, row, column, class.
    fn decode_head(
        &self,
        head: &Head,
        output: Output,
        image: (usize, usize),
        found: &mut Vec<Detection>,
    ) {
        let Shape { height, width, .. } = output.shape;
        let plane = height * width;
        let channels = head.class_channels(self.classes.len());
        for (a, &anchor) in head.anchors.iter().enumerate() {
            let numbers = &output.values[a * (5 + channels) * plane..];
            for cell in 0..plane {
                let at = |channel: usize| f64::from(numbers[channel * plane + cell]);
                let object = sigmoid(at(4));
                // No class factor exceeds 1, so nothing is lost here. NaN is no object either.
                if object.partial_cmp(&self.score) != Some(std::cmp::Ordering::Greater) {
                    continue;
                }
                let corners = head.corners(
                    [at(0), at(1), at(2), at(3)],
                    anchor,
                    (cell % width, cell / width),
                );
                let rect = Rect::new(self.input.to_image(corners, image)).clip(image);
                if !rect.has_area() {
                    continue;
                }
                let mut push = |class: usize, score: f64| {
                    if score > self.score {
                        found.push(Detection { class, score, rect });
                    }
                };
                match head.scores {
                    Scores::Object => push(0, object),
                    Scores::Sigmoid => {
                        (0..channels).for_each(|c| push(c, object * sigmoid(at(5 + c))))
                    }
                    Scores::Softmax => softmax((0..channels).map(|c| at(5 + c)))
                        .for_each(|(c, share)| push(c, object * share)),
                }
            }
        }
    }
}

impl Head {
    /// Corners in pixels of the input. `centre = (sigmoid(t) s - (s - 1) / 2 + cell) stride`,
    /// `size = anchor exp(t)`.
    fn corners(&self, t: [f64; 4], anchor: [f64; 2], cell: (usize, usize)) -> [f64; 4] {
        let stride = self.stride as f64;
        let s = self.scale_x_y;
        let centre =
            |t: f64, cell: usize| (sigmoid(t) * s - (s - 1.0) / 2.0 + cell as f64) * stride;
        let unit = match self.kind {
            HeadKind::Region => stride,
            HeadKind::Yolo => 1.0,
        };
        let half = |t: f64, side: f64| t.exp() * side * unit / 2.0;
        let (x, y) = (centre(t[0], cell.0), centre(t[1], cell.1));
        let (w, h) = (half(t[2], anchor[0]), half(t[3], anchor[1]));
        [x - w, y - h, x + w, y + h]
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Class and share, the largest subtracted first so that nothing overflows.
fn softmax(values: impl Iterator<Item = f64> + Clone) -> impl Iterator<Item = (usize, f64)> {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = values.clone().map(|v| (v - largest).exp()).sum();
    values.map(move |v| (v - largest).exp() / total).enumerate()
}
