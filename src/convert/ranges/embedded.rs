//! Ranges of the detectors in assets/detectors. assets/ranges/make.sh makes them again.

macro_rules! files {
    ($($name:literal)*) => {
        /// File names and contents.
        pub(super) const FILES: &[(&str, &[u8])] = &[$((
            $name,
            include_bytes!(concat!("../../../assets/ranges/", $name, ".ranges")),
        )),*];
    };
}

files! {
    "mobilenetv2-yolo-fastest-voc"
    "tinier_yolo_relu7"
    "tiny_face_detector_416"
    "yolo-fastest-1.1"
    "yoloface-50k"
    "yolox_nano"
}
