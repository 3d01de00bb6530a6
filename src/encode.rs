//! From files to network inputs: photographs and `.npy` tensors become `[c, h, w]` values in `f32`;
//! recordings of event cameras ([`events`]) and pictures ([`rates`]) become spikes; [`labelled`]
//! lists sets of either for classification.
//!
//! A [`Detector`] says how a network wants its picture (size, letterbox, channel order, scale).
//! [`inputs`] lists what a path holds without reading pixels; [`InputItem::load`] reads one.

mod built_in;
mod detector;
mod error;
pub mod events;
mod items;
mod jpeg;
pub mod labelled;
mod npy;
mod picture;
pub mod rates;
mod resize;
pub mod trains;

pub use detector::{ChannelOrder, Detector, Position, Resize};
pub use error::Error;
pub use items::{InputItem, inputs, of_class};
pub(crate) use items::{OTHER_FORMS, unsupported};
pub(crate) use picture::Header;
pub use resize::{Letterbox, Pixels};
