//! `yolo`: YOLO v3 and v4. Anchors are in pixels, and every class has a sigmoid of its own.

use super::anchored::{Anchored, Raw, Scores};
use serde::{Deserialize, Deserializer};

pub(super) fn read<'de, D: Deserializer<'de>>(table: D) -> Result<Anchored, D::Error> {
    Ok(Raw::deserialize(table)?.with(Scores::Sigmoid, |_| 1.0))
}
