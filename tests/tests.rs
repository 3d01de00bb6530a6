//! One integration binary; a module per subject.

mod activity;
mod cli;
mod feeding;
mod convert;
mod functional;
mod noc;
mod onnx;
mod profiles;
mod sana_fe;
mod mapping;
