//! The ONNX importer and the float executor.

mod small;
mod zoo;
