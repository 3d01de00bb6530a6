//! YOLO text: `images/*`, `labels/*.txt` with a line `class cx cy w h` a box, in 0..1 of the picture.

use std::path::{Path, PathBuf};

use super::{Dataset, DatasetError, Labelled, Skipped, Truth, files, image_of, labelled, text};
use crate::detect::Rect;

/// Reads the folder; pictures come sorted by file name.
pub(super) fn read(root: &Path) -> Result<Dataset, DatasetError> {
    let (pictures, labels) = (root.join("images"), root.join("labels"));
    let (names, classes) = class_names(root)?;
    let mut skipped = Vec::new();
    let mut images = Vec::new();
    for picture in files(&pictures, &["jpg", "jpeg", "png"])? {
        let stem = picture.file_stem().unwrap_or_default().to_string_lossy();
        let annotation = labels.join(format!("{stem}.txt"));
        if !annotation.is_file() {
            return Err(DatasetError::MissingAnnotation { entry: picture, annotation });
        }
        let mut image = labelled(&annotation, picture, (0, 0))?;
        boxes(&annotation, &names, classes.len(), &mut image, &mut skipped)?;
        images.push(image);
    }
    for annotation in files(&labels, &["txt"])? {
        let stem = annotation.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // A list of classes may lie among the labels.
        if stem != "classes" && image_of(&pictures, &stem).is_none() {
            return Err(DatasetError::MissingImage { annotation, image: stem, folder: pictures });
        }
    }
    Ok(Dataset { classes, images, skipped })
}

/// The file with the class names, and the names.
fn class_names(root: &Path) -> Result<(PathBuf, Vec<String>), DatasetError> {
    // A path that ends in `..` or has one part has its parent only on the disk.
    let whole = root.canonicalize().map_err(|source| DatasetError::io(root, source))?;
    let mut found = None;
    for folder in [Some(root), whole.parent()].into_iter().flatten() {
        let plain = folder.join("classes.txt");
        found = if plain.is_file() { Some(plain) } else { files(folder, &["names"])?.into_iter().next() };
        if found.is_some() {
            break;
        }
    }
    let path = found.ok_or_else(|| {
        let what =
            "has no list of classes; write classes.txt there, one name a line in the order of the labels";
        DatasetError::layout(root, what)
    })?;
    let names: Vec<String> = text(&path)?.lines().map(|line| line.trim().to_string()).collect();
    let used = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    Ok((path, names[..used].to_vec()))
}

fn boxes(
    path: &Path,
    names: &Path,
    classes: usize,
    image: &mut Labelled,
    skipped: &mut Vec<Skipped>,
) -> Result<(), DatasetError> {
    for (i, line) in text(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let which = format!("line {}", i + 1);
        let broken = |what: &str| {
            let remedy = "write `class cx cy w h`: an index from 0 and four numbers in 0..1 of the picture";
            DatasetError::broken(path, format!("has in {which} {what}"), remedy)
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[class, ..] = words.as_slice() else { continue };
        if words.len() != 5 {
            return Err(broken(&format!("{} words instead of 5", words.len())));
        }
        let class: usize = class.parse().map_err(|_| broken(&format!("the class `{class}`")))?;
        if class >= classes {
            let known = format!("{} lists {classes} (0 to {})", names.display(), classes.saturating_sub(1));
            let path = format!("{}:{}", path.display(), i + 1).into();
            return Err(DatasetError::UnknownClass { path, class: class.to_string(), known });
        }
        let mut values = [0.0; 4];
        for (value, word) in values.iter_mut().zip(&words[1..]) {
            // A hair above 1 is what rounding leaves of a box at the border.
            let number = word.parse::<f64>().ok().filter(|v| (0.0..=1.001).contains(v));
            *value = number.ok_or_else(|| broken(&format!("`{word}`")))?;
        }
        let [cx, cy, w, h] = values;
        let (width, height) = (image.width as f64, image.height as f64);
        let x = |x: f64| x * width;
        let y = |y: f64| y * height;
        let rect = Rect::new([x(cx - w / 2.0), y(cy - h / 2.0), x(cx + w / 2.0), y(cy + h / 2.0)]);
        image.add(Truth { class, rect, difficult: false, crowd: false }, path, &which, skipped);
    }
    Ok(())
}
