//! The Darknet importer.

mod broken;
pub mod common;
mod slices;
mod small;
mod zoo;
