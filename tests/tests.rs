//! One integration binary; a module per subject.

mod activity;
mod functional;
mod mapping;
