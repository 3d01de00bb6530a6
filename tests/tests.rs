//! One integration binary; a module per subject.

mod activity;
mod convert;
mod functional;
