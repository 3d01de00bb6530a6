//! The ONNX importer and the float executor.

mod operators;
pub mod small;
mod zoo;
