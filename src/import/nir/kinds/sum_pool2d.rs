//! `SumPool2d`: the sum over windows.

use super::{Kind, pool};

pub const KIND: Kind =
    Kind::faithful("SumPool2d", &pool::PARAMETERS, |parameters| pool::read(parameters, false));
