//! Single digits inside the program: pictures of one size, side by side on a sheet.

use super::super::Result;
use super::{unpacking, write_file};
use crate::scratch;
use image::ImageFormat;
use std::io::{Cursor, Error};
use std::path::Path;

/// 100 digits that no network inside was trained on; `assets/digits/labels.txt` says which.
pub const TEST: &[u8] = include_bytes!("../../../assets/digits/test.png");

/// Training digits.
pub const CALIBRATION: &[u8] = include_bytes!("../../../assets/digits/calibration.png");

/// Name of the first one of a sheet.
pub const FIRST: &str = "digit-00.png";

/// Pixels along a side of a digit.
const SIDE: u32 = 28;

/// Writes every digit of a sheet, row by row, as a file of its own.
pub fn unpack(folder: &Path, sheet: &[u8]) -> Result<()> {
    let failed = |error| unpacking(folder, error);
    scratch::folder_within(folder).map_err(failed)?;
    let unreadable = |error: image::ImageError| failed(Error::other(error));
    let sheet = image::load_from_memory_with_format(sheet, ImageFormat::Png).map_err(unreadable)?;
    let across = sheet.width() / SIDE;
    for number in 0..across * (sheet.height() / SIDE) {
        let (x, y) = (number % across * SIDE, number / across * SIDE);
        let mut png = Cursor::new(vec![]);
        let digit = sheet.crop_imm(x, y, SIDE, SIDE);
        digit.write_to(&mut png, ImageFormat::Png).map_err(unreadable)?;
        write_file(&folder.join(format!("digit-{number:02}.png")), png.get_ref())?;
    }
    Ok(())
}
