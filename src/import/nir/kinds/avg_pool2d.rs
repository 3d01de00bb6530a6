//! `AvgPool2d`: the mean over windows.

use super::{Kind, pool};

pub const KIND: Kind =
    Kind::faithful("AvgPool2d", &pool::PARAMETERS, |parameters| pool::read(parameters, true));
