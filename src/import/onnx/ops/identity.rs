//! Operators that change nothing.

use super::super::{Builder, Value};
use super::{Ctx, Reader};

pub const READER: Reader =
    Reader { names: &["Identity"], attributes: &[], inputs: &[(0, 1)], read: identity };

fn identity(_b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    c.value(0).cloned()
}
