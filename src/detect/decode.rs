//! From the numbers of the heads to boxes.

use super::decoder::Decoder;
use super::error::Error;
use super::heads::Found;
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
        let mut found = Found { input: &self.input, image, score: self.score, detections: vec![] };
        for (head, read) in self.heads.iter().zip(located) {
            let read: Vec<Output> = read.into_iter().map(|index| outputs[index]).collect();
            read.iter().try_for_each(Output::whole)?;
            head.rule().boxes(&read, self.frame(), &mut found);
        }
        Ok(nms::suppress(&found.detections, self.nms_iou))
    }
}

impl Output<'_> {
    /// Checks that there are as many values as the shape says.
    fn whole(&self) -> Result<(), Error> {
        let (found, expected) = (self.values.len(), self.shape.len());
        match found == expected {
            true => Ok(()),
            false => Err(Error::Values { name: self.name.into(), found, expected }),
        }
    }
}
