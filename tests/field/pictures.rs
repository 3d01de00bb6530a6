//! Pictures and arrays as cameras, telephones and tools write them: right, or refused in words.

use super::{refused, shared, spikemesh, succeeds};
use crate::onnx::small::Net;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageEncoder, Luma, Rgb, RgbImage};
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::write_npy;
use spikemesh::ann::Shape;
use spikemesh::detect::{Dataset, Rect, Remark};
use spikemesh::encode::{Detector, Error, Pixels, inputs};
use std::fs;
use std::path::{Path, PathBuf};

/// An Exif block with an orientation, big or little endian.
fn exif(orientation: u8, big: bool) -> Vec<u8> {
    let (o, mut block) =
        (u16::from(orientation), if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() });
    let two = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    let four = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    block.extend(four(8));
    block.extend(two(1));
    block.extend([two(0x0112), two(3)].concat());
    block.extend(four(1));
    block.extend([two(o), two(0)].concat());
    block.extend(four(0));
    block
}

pub(super) fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = vec![];
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder
        .write_image(picture, picture.width(), picture.height(), image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

pub(super) fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(vec![]);
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A JPEG file with an Exif block right after its start.
fn jpeg_with(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let (bytes, block) = (jpeg(picture), exif(orientation, orientation.is_multiple_of(2)));
    let length = (2 + 6 + block.len() as u16).to_be_bytes();
    [&bytes[..2], &[0xff, 0xe1], &length, b"Exif\0\0", &block, &bytes[2..]].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A PNG file with an `eXIf` chunk before or behind its pixels.
fn png_with(picture: &RgbImage, orientation: u8, behind: bool) -> Vec<u8> {
    let bytes = png(&picture.clone().into());
    // The start and IHDR are 33 bytes, IEND is 12.
    let at = if behind { bytes.len() - 12 } else { 33 };
    [&bytes[..at], &chunk(b"eXIf", &exif(orientation, !behind)), &bytes[at..]].concat()
}

/// What a camera stores of a picture under an orientation mark, after the words of the standard:
/// where row 0 and column 0 of the stored pixels are seen.
fn stored(shown: &RgbImage, orientation: u8) -> RgbImage {
    let (w, h) = shown.dimensions();
    let (sw, sh) = if orientation < 5 { (w, h) } else { (h, w) };
    RgbImage::from_fn(sw, sh, |column, row| {
        let (x, y) = match orientation {
            1 => (column, row),                 // top, left
            2 => (w - 1 - column, row),         // top, right
            3 => (w - 1 - column, h - 1 - row), // bottom, right
            4 => (column, h - 1 - row),         // bottom, left
            5 => (row, column),                 // left, top
            6 => (w - 1 - row, column),         // right, top
            7 => (w - 1 - row, h - 1 - column), // right, bottom
            _ => (row, h - 1 - column),         // left, bottom
        };
        *shown.get_pixel(x, y)
    })
}

/// Smooth, so that JPEG keeps it; no two corners alike.
pub(super) fn gradient(width: u32, height: u32) -> RgbImage {
    let part = |v: u32, of: u32| (30 + 200 * v / of) as u8;
    RgbImage::from_fn(width, height, |x, y| Rgb([part(x, width), part(y, height), 90]))
}

pub(super) fn at(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn difference(a: &Pixels, b: &RgbImage) -> u8 {
    assert_eq!((a.width(), a.height()), (b.width() as usize, b.height() as usize));
    a.data().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn all_orientations_of_jpeg_and_png() {
    let (dir, shown) = (tempfile::tempdir().unwrap(), gradient(48, 24));
    for orientation in 1..=8 {
        assert_eq!(Orientation::from_exif(orientation).unwrap().to_exif(), orientation);
        let stored = stored(&shown, orientation);
        for (name, bytes, most) in [
            ("a.jpg", jpeg_with(&stored, orientation), 12),
            ("b.png", png_with(&stored, orientation, false), 0),
            ("c.png", png_with(&stored, orientation, true), 0),
        ] {
            let path = at(&dir, name, &bytes);
            let worst = difference(&Pixels::read(&path).unwrap(), &shown);
            assert!(worst <= most, "{name} {orientation}: {worst}");
        }
        for image in Dataset::unlabelled(dir.path()).unwrap().images {
            assert_eq!((image.width, image.height), (48, 24), "{:?} {orientation}", image.path);
        }
    }
    // Marks that mean nothing turn nothing.
    for orientation in [0, 9, 255] {
        let path = at(&dir, "d.jpg", &jpeg_with(&shown, orientation));
        assert!(difference(&Pixels::read(&path).unwrap(), &shown) <= 12);
    }
}

/// Labels refer to the picture as it is shown, unless their size is that of the stored one.
#[test]
fn labels_turn_with_their_picture() {
    let shown = gradient(48, 24);
    let box_of = |rect: Rect| [rect.x1, rect.y1, rect.x2, rect.y2];
    for orientation in 1..=8u8 {
        let dir = tempfile::tempdir().unwrap();
        at(&dir, "a.png", &png_with(&stored(&shown, orientation), orientation, false));
        let read = |size: &str, bbox: [f64; 4]| {
            let json = format!(
                r#"{{"images": [{{"id": 1, "file_name": "a.png"{size}}}], "categories": [{{"id": 1, "name": "x"}}],
                "annotations": [{{"image_id": 1, "category_id": 1, "bbox": {bbox:?}}}]}}"#
            );
            Dataset::open(&at(&dir, "a.json", json.as_bytes()))
        };
        // Left 4, top 2, 10 wide, 6 high as it is shown.
        for size in ["", r#", "width": 48, "height": 24"#] {
            let set = read(size, [4.0, 2.0, 10.0, 6.0]).unwrap();
            assert_eq!(box_of(set.images[0].boxes[0].rect), [4.0, 2.0, 14.0, 8.0]);
            assert_eq!((set.images[0].width, set.images[0].height, set.notes.len()), (48, 24, 0));
        }
        let turned = r#", "width": 24, "height": 48"#;
        if orientation < 5 {
            let error = read(turned, [4.0, 2.0, 10.0, 6.0]).unwrap_err().to_string();
            assert!(error.contains("24x48") && error.contains("48x24"), "{error}");
            continue;
        }
        // The same box among the stored pixels: columns run along y, rows along x.
        let column = if orientation < 7 { 2.0 } else { 24.0 - 8.0 };
        let row = if matches!(orientation, 5 | 8) { 4.0 } else { 48.0 - 14.0 };
        let set = read(turned, [column, row, 6.0, 10.0]).unwrap();
        assert_eq!(box_of(set.images[0].boxes[0].rect), [4.0, 2.0, 14.0, 8.0], "{orientation}");
        assert_eq!(set.notes[0].remark, Remark::LabelledAsStored);
    }
}

/// A turned set scores as the same one unturned.
#[test]
fn turned_scenes_score_as_the_others() {
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes");
    let score = |orientation: u8| {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::copy(scenes.join("annotations.json"), data.join("annotations.json")).unwrap();
        for n in 0..24 {
            let name = format!("scene-{n:02}.png");
            let picture = image::open(scenes.join(&name)).unwrap().into_rgb8();
            let turned = stored(&picture, orientation);
            fs::write(
                data.join(name),
                png_with(&turned, orientation, orientation.is_multiple_of(2)),
            )
            .unwrap();
        }
        let out = dir.path().join("out");
        let mut eval = spikemesh();
        eval.args(["eval", "--recipe", "best", "--checkpoints", "1", "--data"]).arg(&data);
        succeeds(eval.arg("--calibrate").arg(&scenes).arg("--out").arg(&out));
        fs::read_to_string(out.join("accuracy.csv")).unwrap()
    };
    let plain = score(1);
    assert!(plain.contains(",0.9"), "{plain}");
    for orientation in [5, 6] {
        assert_eq!(score(orientation), plain, "{orientation}");
    }
}

/// What follows the first picture of a file is not part of it.
#[test]
fn films_and_second_pictures_behind_a_jpeg() {
    let (dir, picture) = (tempfile::tempdir().unwrap(), gradient(40, 24));
    let (whole, other) = (jpeg(&picture), jpeg(&gradient(8, 8)));
    let alone = Pixels::read(&at(&dir, "a.jpg", &whole)).unwrap();
    // Bytes of a film may look like any marker.
    let film: Vec<u8> =
        b"\0\0\0\x18ftypmp42\xff\xda\0\x0c\xff\xd8\xff\xc0\0\x11\xff\xd9\xff\xda".repeat(40);
    let open = whole.len() - 2;
    for (name, bytes) in [
        ("film", [&whole[..], &film].concat()),
        ("second picture", [&whole[..], &other].concat()),
        ("half a second picture", [&whole[..], &other[..other.len() / 2]].concat()),
        ("no end", whole[..open].to_vec()),
        ("half an end", whole[..open + 1].to_vec()),
        ("no end, second picture", [&whole[..open], &other].concat()),
        ("no end, film", [&whole[..open], &film].concat()),
        ("no end, zeros", [&whole[..open], &[0; 5000]].concat()),
        ("zeros behind the end", [&whole[..], &[0; 5000]].concat()),
        ("fill bytes", [&whole[..open], &[0xff; 9], &[0xd9]].concat()),
        ("comment behind the scan", [&whole[..open], b"\xff\xfe\0\x06note\xff\xd9"].concat()),
    ] {
        let read =
            Pixels::read(&at(&dir, "a.jpg", &bytes)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(read == alone, "{name}");
    }
}

fn first_scan(bytes: &[u8]) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap()
}

/// A scan that ends too early is refused, whatever follows it.
#[test]
fn jpeg_cut_within_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let noise = RgbImage::from_fn(40, 24, |x, y| {
        let v = (x * 31 + y * 57).wrapping_mul(2_654_435_761) >> 24;
        Rgb([v as u8, (v * 3) as u8, (v * 7) as u8])
    });
    let whole = jpeg(&noise);
    let film: Vec<u8> = b"\0\0\0\x18ftypmp42\xff\xda\0\x0c\xff\xd9".repeat(9);
    for cut in (first_scan(&whole) + 14..whole.len() - 4).step_by(7) {
        for (name, behind) in [("", &[][..]), ("end", &[0xff, 0xd9]), ("picture", &whole)] {
            let bytes = [&whole[..cut], behind].concat();
            let read = Pixels::read(&at(&dir, "a.jpg", &bytes));
            assert!(
                matches!(read, Err(Error::Image { .. })),
                "cut at {cut} of {}, {name}",
                whole.len()
            );
        }
        // A film straight behind half a scan is read as scan: no picture comes of it either.
        let ended = [&whole[..cut], &[0xff, 0xd9], &film].concat();
        assert!(Pixels::read(&at(&dir, "a.jpg", &ended)).is_err(), "cut at {cut}, film");
        for behind in [
            &film[..],
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"RIFF\0\0\0\0AVI LIST",
            &[0; 2000],
            &[0; 9999],
        ] {
            let bytes = [&whole[..cut], behind].concat();
            let read = Pixels::read(&at(&dir, "a.jpg", &bytes));
            let refused = read.is_err_and(|error| error.to_string().contains("cut off"));
            assert!(refused, "cut at {cut} of {}, {} bytes behind", whole.len(), behind.len());
        }
    }
    for cut in 0..first_scan(&whole) + 2 {
        assert!(Pixels::read(&at(&dir, "a.jpg", &whole[..cut])).is_err(), "cut at {cut}");
    }
}

/// Those that lie beside the project; says so where none do.
fn photographs() -> Vec<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/coco-permissive/val/images");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return vec![];
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Photographs are whole with and without their end marker.
#[test]
fn photographs_without_an_end_marker() {
    let dir = tempfile::tempdir().unwrap();
    for photograph in photographs() {
        let bytes = fs::read(&photograph).unwrap();
        let end = bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]).unwrap();
        let plain = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let read = Pixels::read(&at(&dir, "a.jpg", &bytes[..end])).unwrap();
        assert!(read.data() == plain.as_raw().as_slice(), "{}", photograph.display());
        let half = Pixels::read(&at(&dir, "a.jpg", &bytes[..end / 2]));
        assert!(half.is_err(), "{}", photograph.display());
    }
}

/// Half of a photograph in a file that was made as long as the whole.
#[test]
fn photographs_filled_up_with_zeros() {
    let dir = tempfile::tempdir().unwrap();
    for photograph in photographs() {
        let mut bytes = fs::read(&photograph).unwrap();
        let half = bytes.len() / 2;
        bytes[half..].fill(0);
        assert!(Pixels::read(&at(&dir, "a.jpg", &bytes)).is_err(), "{}", photograph.display());
    }
}

/// A scan may end in zeros of its own: a flat picture below a lively part.
#[test]
fn zeros_of_a_scan() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, from) = flat_end();
    let alone = Pixels::read(&at(&dir, "a.jpg", &whole)).unwrap();
    let open = whole.len() - 2;
    assert!(whole[from..open].iter().all(|&byte| byte == 0) && open - from > 40);
    assert!(Pixels::read(&at(&dir, "a.jpg", &whole[..open])).unwrap() == alone);
    // More zeros than the scan needs cannot be told from a file that was cut off.
    let longer = [&whole[..open], &[0; 40]].concat();
    assert!(Pixels::read(&at(&dir, "a.jpg", &longer)).is_err());
}

/// A grey picture whose codes for "no change" and "no more" are zeros, and where the zeros of its
/// lower part begin.
fn flat_end() -> (Vec<u8>, usize) {
    // Codes by hand: 0 is category 0, 10 is category 3; for the others, 0 is the end of a block.
    let table = |kind: u8, symbols: &[u8]| {
        let mut counts = [0; 16];
        counts[..symbols.len()].fill(1);
        let length = (19 + symbols.len() as u16).to_be_bytes();
        [&[0xff, 0xc4], &length[..], &[kind], &counts, symbols].concat()
    };
    let quantisation = [&[0xff, 0xdb, 0, 67, 0][..], &[8; 64]].concat();
    let (width, height) = (128u16.to_be_bytes(), 128u16.to_be_bytes());
    let frame = [&[0xff, 0xc0, 0, 11, 8], &height[..], &width, &[1, 1, 0x11, 0]].concat();
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
    let head = [
        &[0xff, 0xd8],
        &quantisation[..],
        &frame,
        &table(0, &[0, 3]),
        &table(0x10, &[0, 1]),
        &scan,
    ]
    .concat();
    // The first block: a step of 5 (10 101), then 4 values of 1 (10 1) and the end (0). All others
    // are 0 0, and the last one ends with its byte.
    let bits = format!("10101{}0{}", "101".repeat(4), "00".repeat(255));
    let data = bits
        .as_bytes()
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')));
    let data: Vec<u8> = data.collect();
    let from = head.len() + data.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
    ([&head[..], &data, &[0xff, 0xd9]].concat(), from)
}

/// Later scans refine the first ones: without them the picture is another one.
#[test]
fn progressive_jpeg() {
    let dir = tempfile::tempdir().unwrap();
    let whole = include_bytes!("progressive.jpg");
    let picture = Pixels::read(&at(&dir, "a.jpg", whole)).unwrap();
    assert_eq!((picture.width(), picture.height()), (24, 16));
    let open = whole.len() - 2;
    assert!(Pixels::read(&at(&dir, "a.jpg", &whole[..open])).unwrap() == picture, "no end marker");
    let film = [&whole[..], &whole[..]].concat();
    assert!(Pixels::read(&at(&dir, "a.jpg", &film)).unwrap() == picture, "a second one behind");
    for cut in 2..open - 2 {
        let read = Pixels::read(&at(&dir, "a.jpg", &whole[..cut]));
        // The last byte may be padding alone.
        assert!(read.is_err() || read.is_ok_and(|read| read == picture), "cut at {cut} of {open}");
    }
    let scans: Vec<usize> =
        (0..whole.len() - 1).filter(|&n| whole[n..n + 2] == [0xff, 0xda]).collect();
    for scan in &scans[1..] {
        assert!(
            Pixels::read(&at(&dir, "a.jpg", &whole[..*scan])).is_err(),
            "cut before the scan at {scan}"
        );
    }
}

pub(super) fn rule(channels: &str, mean: &str) -> Detector {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "width = 4\nheight = 2\nresize = \"plain\"\nchannels = \"{channels}\"\nscale = 1.0\n{mean}"
    );
    Detector::load(&at(&dir, "d.detector.toml", text.as_bytes())).unwrap()
}

fn load(path: &Path, detector: &Detector, channels: usize) -> Result<Vec<f32>, Error> {
    inputs(path, detector, Shape::new(channels, 2, 4))?[0].load()
}

#[track_caller]
fn says(result: Result<Vec<f32>, Error>, words: &[&str]) {
    let message = result.unwrap_err().to_string();
    words.iter().for_each(|word| assert!(message.contains(word), "`{word}` is not in: {message}"));
}

#[test]
fn grey_pictures_for_one_channel() {
    let dir = tempfile::tempdir().unwrap();
    let grey = GrayImage::from_fn(4, 2, |x, y| Luma([(x * 20 + y * 100) as u8]));
    let values: Vec<f32> = grey.as_raw().iter().map(|&v| f32::from(v)).collect();
    let shallow = DynamicImage::from(grey.clone());
    let colour = RgbImage::from_fn(4, 2, |x, y| Rgb([10 * x as u8, 100, 50 * y as u8]));
    // Grey in every form of a file.
    for (name, picture) in [
        ("grey", shallow.clone()),
        ("rgb", shallow.to_rgb8().into()),
        ("grey and alpha", shallow.to_luma_alpha8().into()),
        ("16 bit", shallow.to_luma16().into()),
        ("16 bit and alpha", shallow.to_luma_alpha16().into()),
        ("rgba 16", shallow.to_rgba16().into()),
    ] {
        let path = at(&dir, "a.png", &png(&picture));
        for channels in ["rgb", "bgr", "grey"] {
            assert_eq!(load(&path, &rule(channels, ""), 1).unwrap(), values, "{name}, {channels}");
        }
        let three = [values.clone(), values.clone(), values.clone()].concat();
        assert_eq!(load(&path, &rule("bgr", ""), 3).unwrap(), three, "{name}");
    }
    let mut bytes = vec![];
    image::codecs::jpeg::JpegEncoder::new(&mut bytes)
        .write_image(&[77; 8], 4, 2, image::ExtendedColorType::L8)
        .unwrap();
    assert_eq!(load(&at(&dir, "a.jpg", &bytes), &rule("rgb", ""), 1).unwrap(), [77.0; 8]);
    // Colour is not turned grey without being asked for: luma of Rec. 601.
    let path = at(&dir, "a.png", &png(&colour.clone().into()));
    says(load(&path, &rule("rgb", ""), 1), &["a.png", "in colour", "channels = \"grey\""]);
    let luma = |p: &Rgb<u8>| {
        (0.299 * f64::from(p[0]) + 0.587 * 100.0 + 0.114 * f64::from(p[2])).round() as f32
    };
    let wanted: Vec<f32> = colour.pixels().map(luma).collect();
    assert_eq!(load(&path, &rule("grey", ""), 1).unwrap(), wanted);
    // Means: one for one channel.
    let path = at(&dir, "a.png", &png(&shallow));
    let less: Vec<f32> = values.iter().map(|v| v - 5.0).collect();
    for mean in ["mean = 5", "mean = [5]", "mean = [5, 5, 5.0]"] {
        assert_eq!(load(&path, &rule("rgb", mean), 1).unwrap(), less, "{mean}");
    }
    says(
        load(&path, &rule("rgb", "mean = [5, 6, 7]"), 1),
        &["1 channel,", "one number for `mean`"],
    );
    says(load(&path, &rule("grey", ""), 3), &["3 channels", "\"rgb\""]);
    says(load(&path, &rule("rgb", ""), 4), &["4 channels", ".npy"]);
}

/// Palettes: right, or refused; never a panic.
#[test]
fn palettes() {
    let dir = tempfile::tempdir().unwrap();
    let start = &png(&GrayImage::new(1, 1).into())[..8];
    let file = |palette: &[u8], indices: &[u8]| {
        // Zlib with one stored block and its Adler-32: one row.
        let row = [&[0], indices].concat();
        let (mut a, mut b) = (1u32, 0u32);
        for byte in &row {
            a = (a + u32::from(*byte)) % 65521;
            b = (b + a) % 65521;
        }
        let length = row.len() as u16;
        let data = [
            &[0x78, 1, 1][..],
            &length.to_le_bytes(),
            &(!length).to_le_bytes(),
            &row,
            &(b << 16 | a).to_be_bytes(),
        ];
        let size =
            [&(indices.len() as u32).to_be_bytes()[..], &[0, 0, 0, 1, 8, 3, 0, 0, 0]].concat();
        let chunks = [
            chunk(b"IHDR", &size),
            chunk(b"PLTE", palette),
            chunk(b"IDAT", &data.concat()),
            chunk(b"IEND", b""),
        ];
        [start, &chunks.concat()].concat()
    };
    let right = Pixels::read(&at(&dir, "a.png", &file(&[1, 2, 3, 4, 5, 6], &[0, 1, 0]))).unwrap();
    assert_eq!(right.data(), [1, 2, 3, 4, 5, 6, 1, 2, 3]);
    let many = vec![7; 771];
    for length in [1, 2, 4, 5, 91, 767, 769, 770, 771] {
        let error =
            Pixels::read(&at(&dir, "a.png", &file(&many[..length], &[0, 1, 2]))).unwrap_err();
        assert!(error.to_string().contains("palette"), "{length}: {error}");
    }
    // No palette at all, and indices beyond it.
    assert!(Pixels::read(&at(&dir, "a.png", &file(&[], &[0, 1, 2]))).is_err());
    let _ = Pixels::read(&at(&dir, "a.png", &file(&[1, 2, 3], &[0, 1, 255])));
}

fn array<T: Copy>(shape: &[usize], value: impl Fn(usize) -> T) -> ArrayD<T> {
    let count = shape.iter().product();
    ArrayD::from_shape_vec(IxDyn(shape), (0..count).map(value).collect()).unwrap()
}

#[test]
fn arrays_in_every_layout() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let plain = rule("rgb", "");
    let numbers = |n: usize| (0..n).map(|v| v as f32).collect::<Vec<_>>();
    // Channels last: the value at (y, x, c) is 5 * (4 y + x) + c for 5 channels.
    let last = |channels: usize| -> Vec<f32> {
        (0..channels).flat_map(|c| (0..8).map(move |at| (at * channels + c) as f32)).collect()
    };
    for channels in [1, 3, 5] {
        for shape in [vec![channels, 2, 4], vec![1, channels, 2, 4]] {
            write_npy(&path, &array(&shape, |v| v as f32)).unwrap();
            assert_eq!(load(&path, &plain, channels).unwrap(), numbers(channels * 8), "{shape:?}");
            write_npy(&path, &array(&shape, |v| v as f64)).unwrap();
            assert_eq!(
                load(&path, &plain, channels).unwrap(),
                numbers(channels * 8),
                "{shape:?} float64"
            );
        }
        for shape in [vec![2, 4, channels], vec![1, 2, 4, channels]] {
            write_npy(&path, &array(&shape, |v| v as f32)).unwrap();
            assert_eq!(load(&path, &plain, channels).unwrap(), last(channels), "{shape:?}");
        }
    }
    write_npy(&path, &array(&[2, 4], |v| v as f32)).unwrap();
    assert_eq!(load(&path, &plain, 1).unwrap(), numbers(8));
    // Pixels.
    for shape in [vec![2, 4, 3], vec![1, 2, 4, 3]] {
        write_npy(&path, &array(&shape, |v| v as u8)).unwrap();
        assert_eq!(load(&path, &plain, 3).unwrap(), last(3), "{shape:?}");
        says(load(&path, &plain, 1), &["in colour", "\"grey\""]);
    }
    write_npy(&path, &array(&[3, 2, 4], |v| v as u8)).unwrap();
    assert_eq!(load(&path, &plain, 3).unwrap(), numbers(24));
    let reversed = [&numbers(24)[16..], &numbers(24)[8..16], &numbers(24)[..8]].concat();
    assert_eq!(load(&path, &rule("bgr", ""), 3).unwrap(), reversed);
    for shape in [vec![2, 4], vec![2, 4, 1], vec![1, 2, 4], vec![1, 1, 2, 4]] {
        write_npy(&path, &array(&shape, |v| v as u8)).unwrap();
        assert_eq!(load(&path, &plain, 1).unwrap(), numbers(8), "{shape:?}");
    }
    // What fits nothing says what it is, and what would fit.
    write_npy(&path, &array(&[2, 3, 2, 4], |v| v as f32)).unwrap();
    says(
        load(&path, &plain, 3),
        &["float32 [2, 3, 2, 4]", "one input", "[1, 3, 2, 4]", "[2, 4, 3]"],
    );
    write_npy(&path, &array(&[3, 4, 2], |v| v as f32)).unwrap();
    says(load(&path, &plain, 3), &["float32 [3, 4, 2]", "[3, 2, 4]"]);
    write_npy(&path, &array(&[3, 2, 4], |v| v as i64)).unwrap();
    says(load(&path, &plain, 3), &["int64", "float32 [3, 2, 4]", "uint8 [2, 4, 3] (RGB pixels)"]);
    write_npy(&path, &array(&[3, 2, 4], |v| v > 3)).unwrap();
    says(load(&path, &plain, 3), &["bool", "float32"]);
    write_npy(&path, &array(&[5, 2, 4], |v| v as u8)).unwrap();
    says(load(&path, &plain, 5), &["uint8 [5, 2, 4]", "float32 [5, 2, 4]"]);
    // A folder of arrays.
    write_npy(&path, &array(&[3, 2, 4], |v| v as f32)).unwrap();
    fs::copy(&path, dir.path().join("b.npy")).unwrap();
    assert_eq!(inputs(dir.path(), &plain, Shape::new(3, 2, 4)).unwrap().len(), 2);
}

#[test]
fn values_that_are_no_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let plain = rule("rgb", "");
    for (value, word) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let odd = |v: usize| if v == 13 || v == 20 { value } else { 0.0 };
        write_npy(&path, &array(&[3, 2, 4], odd)).unwrap();
        says(load(&path, &plain, 3), &["a.npy", word, "[1, 1, 1]", "2 such values"]);
        write_npy(&path, &array(&[1, 2, 4, 3], odd)).unwrap();
        says(load(&path, &plain, 3), &[word, "[0, 1, 0, 1]"]);
    }
    // Too large for the network's floats.
    write_npy(&path, &array(&[3, 2, 4], |v| if v == 23 { 1e300 } else { 0.0 })).unwrap();
    says(load(&path, &plain, 3), &["[2, 1, 3]"]);
}

/// The header's parser takes twice as long for every bracket in a bracket.
#[test]
fn nested_headers() {
    let dir = tempfile::tempdir().unwrap();
    for bracket in ["{", "(", "["] {
        let text =
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {}\n", bracket.repeat(40));
        let length = (text.len() as u16).to_le_bytes();
        let bytes = [b"\x93NUMPY\x01\0", &length[..], text.as_bytes(), &[0; 96]].concat();
        says(load(&at(&dir, "a.npy", &bytes), &rule("rgb", ""), 3), &["a.npy", "nested"]);
    }
}

/// A network of one channel through the binary.
#[test]
fn a_network_of_one_channel_takes_a_grey_picture() {
    let dir = tempfile::tempdir().unwrap();
    let net = Net::new(&[1, 1, 8, 8]).floats("w", &[4, 1, 3, 3]).floats("v", &[2, 4, 1, 1]);
    let net = net.node("Conv", &["x", "w"], "c", vec![]).node("Relu", &["c"], "r", vec![]);
    let network = at(&dir, "n.onnx", &net.node("Conv", &["r", "v"], "y", vec![]).bytes());
    let description =
        "width = 8\nheight = 8\nresize = \"plain\"\nchannels = \"rgb\"\nscale = 0.01\n";
    let detector = at(&dir, "n.detector.toml", description.as_bytes());
    let picture = GrayImage::from_fn(9, 7, |x, y| Luma([(x * 20 + y * 9) as u8]));
    let grey = at(&dir, "grey.png", &png(&picture.into()));
    let colour = at(&dir, "colour.png", &png(&gradient(9, 7).into()));
    let run = |input: &Path| {
        let mut run = spikemesh();
        run.arg("run").arg(&network).arg("--input").arg(input).arg("--detector").arg(&detector);
        run.args(["--steps", "2", "--timing", "analytic", "--out"]).arg(dir.path().join("out"));
        run
    };
    refused(&mut run(&colour), &["colour.png", "in colour", "channels = \"grey\""]);
    succeeds(&mut run(&grey));
}

fn run_shared(
    network: &str,
    input: &str,
    detector: &str,
    out: &Path,
) -> Option<assert_cmd::Command> {
    let [network, input, detector] = [network, input, detector].map(shared);
    let mut run = spikemesh();
    run.arg("run").arg(network?).arg("--input").arg(input?).arg("--detector").arg(detector?);
    run.args(["--profile", "ideal-45nm", "--steps", "1", "--timing", "analytic", "--out"]).arg(out);
    Some(run)
}

#[test]
fn cases_of_the_shared_folder() {
    let dir = tempfile::tempdir().unwrap();
    let out = |name: &str| dir.path().join(name);
    let probe = |input: &str, name: &str| {
        run_shared("pixel-probe.onnx", input, "pixel-probe.detector.toml", &out(name))
    };
    if let Some(mut run) = probe("motion-photo.jpg", "motion") {
        succeeds(&mut run);
    }
    if let Some(mut run) = probe("exif-orientation-6.jpg", "exif") {
        succeeds(&mut run);
    }
    if let Some(mut run) =
        run_shared("grey-28.onnx", "grey-28.png", "grey.detector.toml", &out("grey"))
    {
        succeeds(&mut run);
    }
    let attack = |input: &str, words: &[&str]| {
        let (network, detector) = ("attack/net.onnx", "attack/net.detector.toml");
        let Some(mut run) =
            run_shared(network, &format!("attack/{input}"), detector, &out("attack"))
        else {
            return;
        };
        refused(&mut run, words);
        assert!(!out("attack").exists());
    };
    attack("palette-1.png", &["palette-1.png", "palette has 91 bytes"]);
    attack("nan.npy", &["nan.npy", "NaN", "[0, 0, 0]"]);
    attack("one_nan.npy", &["one_nan.npy", "NaN", "1 such values"]);
    attack("header-20-braces.npy", &["header-20-braces.npy", "nested"]);
}

/// The orientation of the telephone: what the first and last pixels of the stored picture become.
#[test]
fn the_shared_photograph_is_turned() {
    let Some(path) = shared("exif-orientation-6.jpg") else { return };
    let turned = Pixels::read(&path).unwrap();
    let mut plain = image::open(&path).unwrap();
    plain.apply_orientation(Orientation::Rotate90);
    assert_eq!(turned.data(), plain.to_rgb8().as_raw().as_slice());
}
