//! The ONNX importer and the float executor.

pub mod small;
mod zoo;
