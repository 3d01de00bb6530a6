//! One integration binary; a module per subject.

mod activity;
mod checkpoints;
mod chip;
mod cli;
mod convert;
mod darknet;
mod detect;
mod detectors;
mod feeding;
mod functional;
mod mapping;
mod noc;
mod onnx;
mod profiles;
mod report;
mod sana_fe;
