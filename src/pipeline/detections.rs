//! Boxes of the float network and of its spiking form in one picture.

use super::{HeadValues, Sample};
use crate::ann::Graph;
use crate::detect::{Decoder, Detection, Error, Output, outputs};
use crate::encode::Pixels;

/// What both networks see in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detections {
    /// Class names, by index.
    pub classes: Vec<String>,
    /// Boxes in pixels of the picture, best first.
    pub float: Vec<Detection>,
    /// Boxes of the spiking network, as those of the float one.
    pub spiking: Vec<Detection>,
    /// The picture itself, for drawing.
    pub picture: Pixels,
}

impl Detections {
    /// Decodes the float heads of `sample` and the spiking `heads` for `picture`.
    ///
    /// # Errors
    /// The description does not fit the heads.
    pub fn new(
        decoder: &Decoder,
        graph: &Graph,
        sample: &Sample,
        heads: &[HeadValues],
        picture: Pixels,
    ) -> Result<Detections, Error> {
        let size = (picture.width(), picture.height());
        let float = decoder.decode(&outputs(graph, sample.values()), size)?;
        let spiking = spiking(decoder, heads, size)?;
        Ok(Detections { classes: decoder.classes.clone(), float, spiking, picture })
    }
}

/// The boxes of spiking heads in a picture of `size` (width, height).
///
/// # Errors
/// The description does not fit the heads.
pub fn spiking(
    decoder: &Decoder,
    heads: &[HeadValues],
    size: (usize, usize),
) -> Result<Vec<Detection>, Error> {
    let output = |head| {
        let HeadValues { name, shape, values }: &HeadValues = head;
        Output { name, shape: *shape, values }
    };
    decoder.decode(&heads.iter().map(output).collect::<Vec<_>>(), size)
}
