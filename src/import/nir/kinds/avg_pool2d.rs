//! `AvgPool2d`: the mean over windows.

use super::{Kind, pool};

pub const KIND: Kind = Kind::faithful("AvgPool2d", |parameters| pool::read(parameters, true));
