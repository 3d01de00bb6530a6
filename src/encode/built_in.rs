//! Descriptions inside the program, found by what a network's files hold or by their name.

use super::detector::Detector;
use super::error::Error;
use std::path::Path;

/// A description and the file stems of the networks that it is for.
struct BuiltIn {
    stems: &'static [&'static str],
    text: &'static str,
}

macro_rules! built_in {
    ($($name:literal: $($stem:literal)*),* $(,)?) => {
        [$(BuiltIn {
            stems: &[$($stem),*],
            text: include_str!(concat!("../../assets/detectors/", $name, ".detector.toml")),
        }),*]
    };
}

const BUILT_IN: [BuiltIn; 10] = built_in! {
    "yolo-fastest-1.1": "yolo-fastest-1.1",
    "yolox-nano": "yolox_nano",
    "tinier_yolo": "tinier_yolo_relu7" "tinier_yolo_w1a3",
    "mobilenetv2-yolo-fastest-voc": "mobilenetv2-yolo-fastest-voc",
    "tiny_face_detector_416": "tiny_face_detector_416",
    "digits": "digits",
    "digits-l4": "digits-l4",
    "digits-silu": "digits-silu",
    "digit": "digit-256" "digit-pools",
    "yoloface-50k": "yoloface-50k",
};

impl Detector {
    /// File stems of the networks with a built-in description.
    pub fn known() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().flat_map(|built_in| built_in.stems).copied()
    }

    /// The built-in description of the network with this file stem.
    pub fn for_network(stem: &str) -> Result<Detector, Error> {
        Detector::parse(Detector::built_in_text(stem)?, Path::new(stem))
    }

    /// The text of the built-in description of the network with this file stem.
    pub(crate) fn built_in_text(stem: &str) -> Result<&'static str, Error> {
        let known = BUILT_IN.iter().find(|built_in| built_in.stems.contains(&stem));
        known.map(|built_in| built_in.text).ok_or_else(|| Error::unknown(stem))
    }

    /// The built-in description of the network whose files have this hash, and the file stem by
    /// which it is known.
    pub fn built_in_by_hash(sha256: &str) -> Option<(&'static str, &'static str)> {
        // Written in full between quotes, so that no part of a hash is found.
        let quoted = format!("\"{sha256}\"");
        let known = BUILT_IN.iter().find(|built_in| built_in.text.contains(&quoted))?;
        Some((known.stems[0], known.text))
    }
}
