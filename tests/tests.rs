//! One integration binary; a module per subject.

mod across;
mod activity;
mod bad_input;
mod checkpoints;
mod chip;
mod cli;
mod convert;
mod converted;
mod darknet;
mod detect;
mod detectors;
mod diagnosis;
mod evaluation;
mod feeding;
mod functional;
mod mapping;
mod noc;
mod onnx;
mod placement;
mod profiles;
mod recipes;
mod report;
mod runs;
mod sana_fe;
mod saturation;
mod small_detector;
