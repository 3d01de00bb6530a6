//! From heads to boxes, and from boxes to figures.
//!
//! A [`Decoder`] (read from a `*.detector.toml`) turns the outputs of a network, float or spiking,
//! into [`Detection`]s in pixels of the picture; [`voc`] and [`coco`] score them against labelled
//! boxes, [`compare`] against another network's; [`Dataset`] reads the labels.
//!
//! ```
//! use spikemesh::detect::{Decoder, Output};
//! use spikemesh::ann::Shape;
//!
//! let decoder = Decoder::for_network("yoloface-50k")?;
//! // Every number of the head at -9: no object anywhere.
//! let head = vec![-9.0; 18 * 7 * 7];
//! let output = Output { name: "head0", shape: Shape::new(18, 7, 7), values: &head };
//! assert!(decoder.decode(&[output], (640, 480))?.is_empty());
//! # Ok::<(), spikemesh::detect::Error>(())
//! ```

mod checked;
mod classify;
pub mod coco;
pub mod compare;
mod dataset;
mod decode;
mod decoder;
pub mod derived;
mod error;
mod geometry;
mod heads;
mod nms;
mod precision;
pub mod voc;

pub use classify::Classifier;
pub use dataset::{
    Aligned, Cause, Count, Dataset, DatasetError, Labelled, Note, Outside, Remark, Skipped, Tally,
    Truth,
};
pub use decode::{Output, outputs};
pub use decoder::Decoder;
pub use error::Error;
pub use geometry::Rect;
pub use heads::{
    Anchored, ClassRule, Head, HeadKind, OutputKey, Scores, Ssd, Yolov5, Yolov8, Yolox,
};
pub use nms::suppress;
pub use precision::{MeanPrecision, Scene};

/// One box that a network found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Detection {
    /// Index into the class names of the decoder.
    pub class: usize,
    /// Confidence, 0 to 1.
    pub score: f64,
    /// The box in pixels of the original picture, inside of it.
    pub rect: Rect,
}
