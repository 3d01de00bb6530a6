//! Values of a description, judged while they are read, so that an error points at their line.

use serde::de::{Deserialize, Deserializer, Error};

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

pub(super) fn stride<'de, D: Deserializer<'de>>(source: D) -> Result<usize, D::Error> {
    match usize::deserialize(source)? {
        0 => {
            Err(D::Error::custom("stride is 0; give the pixels of the input per cell, such as 32"))
        }
        stride => Ok(stride),
    }
}

pub(super) fn anchors<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<[f64; 2]>, D::Error> {
    let anchors = Vec::<[f64; 2]>::deserialize(source)?;
    if anchors.is_empty() || !anchors.iter().flatten().all(|&side| is_positive(side)) {
        return Err(D::Error::custom(
            "anchors must be a list of [width, height], every side above 0",
        ));
    }
    Ok(anchors)
}

pub(super) fn scale_x_y<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(source)?;
    if is_positive(value) {
        return Ok(value);
    }
    Err(D::Error::custom(format!(
        "scale_x_y is {value}; give a number above 0 (1 where the .cfg has none)"
    )))
}

pub(super) fn fraction<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let value = f64::deserialize(source)?;
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(D::Error::custom(format!("this is {value}; give a number from 0 to 1")))
}

pub(super) fn classes<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(source)?;
    if names.is_empty() {
        return Err(D::Error::custom(
            "classes is empty; list the names in the order of the network",
        ));
    }
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        Some((_, twice)) => {
            Err(D::Error::custom(format!("the class `{twice}` stands twice; names must differ")))
        }
        None => Ok(names),
    }
}
