//! Pictures as cameras and telephones write them: turned, with a film behind them, without an end.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult};
use std::io::{Cursor, ErrorKind};
use std::path::Path;

/// Decodes a JPEG or PNG file and turns it as its orientation mark says.
///
/// # Errors
/// The file is damaged or cut off, or is none of these.
pub fn decode(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let format = format(bytes)?;
    if format != ImageFormat::Jpeg {
        check_palette(bytes)?;
        return turned(bytes, format);
    }
    match end(bytes) {
        End::Marked => turned(bytes, format),
        End::InScan if scans_are_whole(bytes)? => turned(bytes, format),
        End::InScan | End::Before => Err(cut()),
    }
}

/// Width and height of a file, as [`decode`] turns it; pixels are not decoded.
///
/// # Errors
/// The file cannot be read, or is no picture.
pub fn size(path: &Path) -> ImageResult<(usize, usize)> {
    let reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    Ok(match decoder.orientation()? {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    })
}

fn format(bytes: &[u8]) -> ImageResult<ImageFormat> {
    image::guess_format(bytes)
}

fn turned(bytes: &[u8], format: ImageFormat) -> ImageResult<DynamicImage> {
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn cut() -> ImageError {
    ImageError::IoError(std::io::Error::new(ErrorKind::UnexpectedEof, "the file is cut off"))
}

/// Where the first picture of a JPEG file ends.
enum End {
    /// At its end marker; what stands behind it, a film or another picture, is not looked at.
    Marked,
    /// With the file, within or right behind the data of a scan.
    InScan,
    /// With the file, before any scan.
    Before,
}

fn end(bytes: &[u8]) -> End {
    let mut at = 2;
    let mut scanned = false;
    loop {
        // Any number of 0xff may stand before a marker.
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let (Some(&0xff), Some(&marker)) = (bytes.get(at), bytes.get(at + 1)) else {
            return if scanned { End::InScan } else { End::Before };
        };
        if marker == 0xd9 {
            return End::Marked;
        }
        let Some(length) = bytes.get(at + 2..at + 4) else {
            return if scanned { End::InScan } else { End::Before };
        };
        at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        if marker == 0xda {
            scanned = true;
            at = after_scan(bytes, at);
        }
    }
}

/// The next marker behind the data of a scan, which holds stuffed bytes and restarts only.
fn after_scan(bytes: &[u8], from: usize) -> usize {
    let stays = |next: u8| next == 0 || (0xd0..=0xd7).contains(&next) || next == 0xff;
    let marker = |at: &usize| bytes[*at] == 0xff && bytes.get(at + 1).is_some_and(|&next| !stays(next));
    (from..bytes.len()).find(marker).unwrap_or(bytes.len())
}

/// Whether the scans of a file without an end marker hold all of the picture. The decoder fills what
/// is missing with whatever comes and says nothing: so what comes behind must not matter.
fn scans_are_whole(bytes: &[u8]) -> ImageResult<bool> {
    let behind = |byte: u8| {
        let mut longer = bytes.to_vec();
        longer.extend([byte; 4096]);
        longer.extend([0xff, 0xd9]);
        image::load_from_memory_with_format(&longer, ImageFormat::Jpeg)
    };
    Ok(behind(0x55)? == behind(0xaa)?)
}

/// Refuses a PNG whose palette is no list of colours: the decoder panics there.
fn check_palette(bytes: &[u8]) -> ImageResult<()> {
    let broken = |what: &str| Err(ImageError::IoError(std::io::Error::new(ErrorKind::InvalidData, what)));
    let mut at = 8;
    while let (Some(length), Some(kind)) = (bytes.get(at..at + 4), bytes.get(at + 4..at + 8)) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        if kind == b"PLTE" && (!length.is_multiple_of(3) || length == 0 || length > 768) {
            return broken("its palette is no list of 1 to 256 colours");
        }
        at = match at.checked_add(12).and_then(|at| at.checked_add(length)) {
            Some(next) => next,
            None => break,
        };
    }
    Ok(())
}
