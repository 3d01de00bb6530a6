//! The picture, with the boxes that the float network and the spiking one see.

use super::text;
use crate::detect::Detection;
use crate::detect::compare::SEEN;
use crate::encode::Pixels;
use crate::pipeline::Detections;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, ImageEncoder, RgbImage};

/// Longest side of the picture on a page.
const SIDE: usize = 640;
/// Of JPEG, from 1 to 100.
const QUALITY: u8 = 85;

pub(super) struct Found {
    /// As a `data:` address.
    pub picture: String,
    pub width: usize,
    pub height: usize,
    pub spiking: Vec<Boxed>,
    pub float: Vec<Boxed>,
    pub seen: f64,
}

pub(super) struct Boxed {
    /// Left, top, width and height, per cent of the picture.
    pub place: [String; 4],
    pub label: String,
}

impl Found {
    /// What each network sees.
    pub fn sides(&self) -> [(&'static str, &[Boxed]); 2] {
        [("Spiking network", &self.spiking), ("Float network", &self.float)]
    }

    /// `None` where the picture cannot be packed.
    pub fn new(found: &Detections) -> Option<Found> {
        let picture = &found.picture;
        let boxes = |detections: &[Detection]| {
            let seen = detections.iter().filter(|found| found.score >= SEEN);
            seen.map(|one| boxed(one, picture, &found.classes)).collect()
        };
        Some(Found {
            picture: address(picture)?,
            width: picture.width(),
            height: picture.height(),
            spiking: boxes(&found.spiking),
            float: boxes(&found.float),
            seen: SEEN,
        })
    }
}

/// The picture as the address of an image, made smaller where it is large.
fn address(picture: &Pixels) -> Option<String> {
    let (width, height) = (picture.width(), picture.height());
    let [w, h] = [u32::try_from(width).ok()?, u32::try_from(height).ok()?];
    let mut image = RgbImage::from_raw(w, h, picture.data().to_vec())?;
    let longest = width.max(height);
    if longest > SIDE {
        let scaled = |side: usize| (side * SIDE / longest).max(1) as u32;
        image = resize(&image, scaled(width), scaled(height), FilterType::Triangle);
    }
    let mut bytes = vec![];
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .write_image(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .ok()?;
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)))
}

fn boxed(found: &Detection, picture: &Pixels, classes: &[String]) -> Boxed {
    let [width, height] = [picture.width(), picture.height()].map(|side| side.max(1) as f64);
    let share = |value: f64, side: f64| format!("{:.2}", 100.0 * value / side);
    let rect = &found.rect;
    let class = classes.get(found.class).map_or("?", String::as_str);
    Boxed {
        place: [
            share(rect.x1, width),
            share(rect.y1, height),
            share(rect.x2 - rect.x1, width),
            share(rect.y2 - rect.y1, height),
        ],
        label: format!("{} {:.2}", text(class), found.score),
    }
}
