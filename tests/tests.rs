//! One integration binary; a module per subject.

mod accuracy;
mod activity;
mod checkpoints;
mod chip;
mod cli;
mod convert;
mod detect;
mod detectors;
mod feeding;
mod functional;
mod mapping;
mod noc;
mod onnx;
mod profiles;
mod recipes;
mod report;
mod sana_fe;
