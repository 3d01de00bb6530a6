//! Files of a run: complete, consistent, documented, and there as a whole or not at all.

mod boxes;
pub mod common;
mod files;
mod folder;
mod pages;
mod pictures;
mod saved;
