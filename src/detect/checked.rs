//! Values of a description, judged while they are read, so that an error points at their line.

use serde::de::{Deserialize, Deserializer, Error};

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
