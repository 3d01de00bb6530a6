//! Runs networks step by step and counts what happens.

pub mod sparse;
