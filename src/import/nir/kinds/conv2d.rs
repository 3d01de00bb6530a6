//! `Conv2d`: a convolution over a map.

use super::{Kind, convolution};

pub const KIND: Kind = Kind::faithful("Conv2d", &convolution::PARAMETERS, |parameters| {
    convolution::read(parameters, 2)
});
