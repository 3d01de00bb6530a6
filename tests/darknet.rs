//! The Darknet importer.

mod broken;
pub mod common;
mod layers;
mod slices;
mod small;
mod zoo;
