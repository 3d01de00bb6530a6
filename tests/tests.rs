//! One integration binary; a module per subject.

mod activity;
mod feeding;
mod functional;
mod profiles;
mod sana_fe;
mod onnx;
mod noc;
