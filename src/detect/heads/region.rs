//! `region`: YOLO v2. Anchors are in cells, and classes share one softmax.

use super::anchored::{Anchored, Raw, Scores};
use serde::{Deserialize, Deserializer};

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Anchored, D::Error> {
    Ok(Raw::deserialize(table)?.with(Scores::Softmax, |stride| stride as f64))
}
