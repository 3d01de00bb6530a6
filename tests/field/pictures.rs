//! Photographs as cameras write them.

use super::{refused, shared, spikemesh, succeeds};
use crate::small_detector::Files;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbImage};
use spikemesh::encode::{Pixels, picture};
use std::path::Path;

/// A JPEG of 24 x 16 pixels, another colour in every corner.
fn jpeg() -> Vec<u8> {
    let picture = RgbImage::from_fn(24, 16, |x, y| image::Rgb([10 * x as u8, 15 * y as u8, (x * y) as u8]));
    let mut bytes = vec![];
    JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(&picture).unwrap();
    bytes
}

/// The same with an orientation mark.
fn marked(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

fn read(dir: &Path, bytes: &[u8]) -> Result<Pixels, String> {
    let path = dir.join("picture.jpg");
    std::fs::write(&path, bytes).unwrap();
    let read = Pixels::read(&path).map_err(|error| error.to_string())?;
    assert_eq!(picture::size(&path).unwrap(), (read.width(), read.height()), "readers agree");
    Ok(read)
}

#[test]
fn all_orientation_marks_turn_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let jpeg = jpeg();
    let plain = image::load_from_memory(&jpeg).unwrap();
    let turned: [fn(&DynamicImage) -> DynamicImage; 8] = [
        DynamicImage::clone,
        DynamicImage::fliph,
        DynamicImage::rotate180,
        DynamicImage::flipv,
        |picture| picture.rotate90().fliph(),
        DynamicImage::rotate90,
        |picture| picture.rotate270().fliph(),
        DynamicImage::rotate270,
    ];
    for (mark, turned) in (1..).zip(turned) {
        let expected = turned(&plain).into_rgb8();
        let read = read(dir.path(), &marked(&jpeg, mark)).unwrap();
        assert_eq!((read.width(), read.height()), (expected.width() as usize, expected.height() as usize));
        assert!(read.data() == expected.as_raw(), "mark {mark}");
    }
}

#[test]
fn what_stands_behind_a_picture_does_not_matter_but_its_end_does() {
    let dir = tempfile::tempdir().unwrap();
    let jpeg = jpeg();
    let whole = read(dir.path(), &jpeg).unwrap();
    let film = [0, 0, 0, 24, b'f', b't', b'y', b'p', 0xff, 0xda, 1, 2, 0xff, 0xda, 7];
    assert_eq!(read(dir.path(), &[&jpeg[..], &film].concat()).unwrap(), whole);
    assert_eq!(read(dir.path(), &[&jpeg[..], &jpeg[..]].concat()).unwrap(), whole);
    assert_eq!(read(dir.path(), &jpeg[..jpeg.len() - 2]).unwrap(), whole, "no end marker");
    let scan = jpeg.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    for end in [scan - 20, scan + 20, scan + (jpeg.len() - scan) / 2, jpeg.len() - 12] {
        let error = read(dir.path(), &jpeg[..end]).unwrap_err();
        assert!(error.contains("cut off") || error.contains("intact"), "{end}: {error}");
    }
}

#[test]
fn shared_photographs_are_read() {
    for name in ["exif-orientation-6.jpg", "motion-photo.jpg"] {
        let Some(path) = shared(name) else { return };
        let read = Pixels::read(&path).unwrap();
        assert_eq!(picture::size(&path).unwrap(), (read.width(), read.height()));
    }
}

#[test]
fn a_grey_picture_feeds_a_network_of_one_channel() {
    let files = ["grey-28.onnx", "grey-28.png", "grey.detector.toml"].map(shared);
    let [Some(network), Some(picture), Some(detector)] = files else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut run = spikemesh();
    run.arg("run").arg(network).arg("--input").arg(picture).arg("--detector").arg(detector);
    succeeds(run.args(["--steps", "2", "--out"]).arg(dir.path().join("out")));
}

#[test]
fn arrays_that_do_not_fit_are_told_what_is_wrong() {
    let files = Files::write();
    let array = files.path("array.npy");
    let run = || {
        let mut run = spikemesh();
        run.arg("run").arg(&files.network).arg("--input").arg(&array).arg("--detector").arg(&files.detector);
        run.args(["--steps", "1", "--out"]).arg(files.path("out"));
        run
    };
    ndarray_npy::write_npy(&array, &ndarray::Array4::<f32>::zeros((1, 32, 32, 3))).unwrap();
    refused(&mut run(), &["float32 [1, 32, 32, 3]", "channels last", "numpy.moveaxis"]);
    let mut values = ndarray::Array3::<f32>::zeros((3, 32, 32));
    values[[1, 2, 3]] = f32::NAN;
    ndarray_npy::write_npy(&array, &values).unwrap();
    refused(&mut run(), &["array.npy", "element 1091 is NaN"]);
    ndarray_npy::write_npy(&array, &ndarray::Array3::<f32>::zeros((3, 32, 32))).unwrap();
    succeeds(&mut run());
}

#[test]
fn a_broken_palette_is_refused() {
    let Some(picture) = shared("attack/palette-1.png") else { return };
    let files = Files::write();
    let mut run = spikemesh();
    run.arg("run").arg(&files.network).arg("--input").arg(picture).arg("--detector").arg(&files.detector);
    refused(run.args(["--steps", "1", "--out"]).arg(files.path("out")), &["palette-1.png", "palette"]);
}
