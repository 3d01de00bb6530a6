//! The ONNX importer and the float executor.

mod zoo;
