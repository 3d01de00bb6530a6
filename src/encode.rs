//! From files to network inputs: photographs and `.npy` tensors become `[c, h, w]` values in `f32`;
//! recordings of event cameras ([`events`]) and pictures ([`rates`]) become spikes; [`labelled`]
//! lists sets of either for classification.
//!
//! A [`Detector`] says how a network wants its picture (size, letterbox, channel order, scale).
//! [`inputs`] lists what a path holds without reading pixels; [`InputItem::load`] reads one.
//!
//! ```
//! use spikemesh::ann::Shape;
//! use spikemesh::encode::{Detector, inputs};
//!
//! // Pictures of any size, as a network of 128 x 128 grey pixels wants them.
//! let detector = Detector::for_network("digits")?;
//! let pictures = inputs("assets/scenes".as_ref(), &detector, Shape::new(1, 128, 128))?;
//! assert_eq!(pictures[0].load()?.len(), 128 * 128);
//! # Ok::<(), spikemesh::encode::Error>(())
//! ```

mod built_in;
mod detector;
mod error;
pub mod events;
mod items;
mod jpeg;
pub mod labelled;
mod names;
mod npy;
mod picture;
pub mod rates;
mod resize;
pub mod trains;

pub use detector::{ChannelOrder, Detector, Position, Resize, Sides};
pub use error::Error;
pub use items::{InputItem, inputs, of_class};
pub(crate) use items::{OTHER_FORMS, unsupported};
pub use names::{named, without_ending};
pub(crate) use picture::Header;
pub use resize::{Letterbox, Pixels};
