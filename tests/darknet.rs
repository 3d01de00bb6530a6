//! The Darknet importer.

mod broken;
mod common;
mod slices;
mod small;
mod zoo;
