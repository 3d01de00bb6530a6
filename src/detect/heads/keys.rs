//! Values of keys that several kinds have, judged while they are read, so that an error points at
//! their line.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

pub(super) fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// Pixels of the input per cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stride(pub usize);

impl<'de> Deserialize<'de> for Stride {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Stride, D::Error> {
        match usize::deserialize(source)? {
            0 => Err(D::Error::custom(
                "stride is 0; give the pixels of the input per cell, such as 32",
            )),
            stride => Ok(Stride(stride)),
        }
    }
}

/// One stride, or several whose cells follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strides(pub Vec<usize>);

impl<'de> Deserialize<'de> for Strides {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Strides, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "stride must be a whole number, or a list of such as [8, 16, 32]"
        )]
        enum Form {
            One(usize),
            Each(Vec<usize>),
        }
        let strides = match Form::deserialize(source)? {
            Form::One(stride) => vec![stride],
            Form::Each(strides) => strides,
        };
        if strides.is_empty() || strides.contains(&0) {
            return Err(D::Error::custom(
                "a stride must be above 0; give the pixels of the input per cell, such as 32",
            ));
        }
        Ok(Strides(strides))
    }
}

/// Width and height of each anchor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Anchors(pub Vec<[f64; 2]>);

impl<'de> Deserialize<'de> for Anchors {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Anchors, D::Error> {
        let anchors = Vec::<[f64; 2]>::deserialize(source)?;
        if anchors.is_empty() || !anchors.iter().flatten().all(|&side| is_positive(side)) {
            return Err(D::Error::custom(
                "anchors must be a list of [width, height], every side above 0",
            ));
        }
        Ok(Anchors(anchors))
    }
}

/// Stretch of the centre about the middle of its cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScaleXY(pub f64);

impl<'de> Deserialize<'de> for ScaleXY {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<ScaleXY, D::Error> {
        let value = f64::deserialize(source)?;
        if is_positive(value) {
            return Ok(ScaleXY(value));
        }
        Err(D::Error::custom(format!(
            "scale_x_y is {value}; give a number above 0 (1 where the .cfg has none)"
        )))
    }
}

/// A number above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Positive(pub f64);

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Positive, D::Error> {
        let value = f64::deserialize(source)?;
        if is_positive(value) {
            return Ok(Positive(value));
        }
        Err(D::Error::custom(format!("this is {value}; give a number above 0")))
    }
}

/// Why a stride does not fit the input, as a part of a message.
pub(super) fn undivided(stride: usize, head: usize, frame: super::Frame) -> Option<String> {
    let (width, height) = (frame.width, frame.height);
    let whole = width.is_multiple_of(stride) && height.is_multiple_of(stride);
    (!whole).then(|| format!("stride {stride} of head {head} does not divide {width}x{height}"))
}
