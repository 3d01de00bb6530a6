//! Operators that change nothing.

use super::super::{Builder, Value};
use super::{Ctx, Reader, before, since};

pub const READER: Reader =
    Reader { names: &["Identity"], attributes: &[], inputs: &[(0, 1)], read: identity };

/// Only training drops units.
pub const DROPOUT: Reader = Reader {
    names: &["Dropout"],
    attributes: &[before(12, "ratio"), before(7, "is_test"), since(12, "seed")],
    inputs: &[(0, 1), (12, 3)],
    read: dropout,
};

fn identity(_b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    c.value(0).cloned()
}

fn dropout(_b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let training = c.optional_constant(2)?.map(|t| t.scalar()).transpose()?;
    if training.is_some_and(|t| t != 0.0) {
        return Err("it is in training mode; export the network for inference".into());
    }
    c.value(0).cloned()
}
