//! `Conv1d`: a convolution along a line.

use super::{Kind, convolution};

pub const KIND: Kind = Kind::faithful("Conv1d", &convolution::PARAMETERS, |parameters| {
    convolution::read(parameters, 1)
});
