//! Pascal VOC: `Annotations/*.xml`, pictures in `JPEGImages/`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Dataset, DatasetError, Labelled, Skipped, Truth, files, image_of, labelled, text};
use crate::detect::Rect;
use crate::plain::plain;

#[derive(Deserialize)]
struct Annotation {
    #[serde(default)]
    size: Size,
    #[serde(default, rename = "object")]
    objects: Vec<Object>,
}

/// Zeros where the file says nothing; some tools write them.
#[derive(Deserialize, Default)]
struct Size {
    #[serde(default)]
    width: usize,
    #[serde(default)]
    height: usize,
}

#[derive(Deserialize)]
struct Object {
    name: String,
    #[serde(default)]
    difficult: u8,
    bndbox: Corners,
}

/// Pixels counted from 1, both corners inside of the box.
#[derive(Deserialize)]
struct Corners {
    xmin: f64,
    ymin: f64,
    xmax: f64,
    ymax: f64,
}

/// All annotations of the folder, sorted by name.
pub(super) fn read_folder(root: &Path) -> Result<Dataset, DatasetError> {
    read(root, files(&root.join("Annotations"), &["xml"])?)
}

/// The annotations of the pictures that a list names, one a line, in its order. A second word of a
/// line (VOC's lists by class have one) is passed over.
pub(super) fn read_list(root: &Path, list: &Path) -> Result<Dataset, DatasetError> {
    let mut paths = Vec::new();
    for name in text(list)?.lines().filter_map(|line| line.split_whitespace().next()) {
        let annotation = root.join("Annotations").join(format!("{name}.xml"));
        if !annotation.is_file() {
            return Err(DatasetError::MissingAnnotation { entry: list.into(), annotation });
        }
        paths.push(annotation);
    }
    read(root, paths)
}

fn read(root: &Path, paths: Vec<PathBuf>) -> Result<Dataset, DatasetError> {
    let parsed = paths.into_iter().map(|path| parse(&path).map(|annotation| (path, annotation)));
    let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
    // No file lists the classes; sorted names do not depend on which picture comes first.
    let mut classes: Vec<String> =
        parsed.iter().flat_map(|(_, a)| a.objects.iter().map(|o| o.name.clone())).collect();
    classes.sort();
    classes.dedup();
    let mut skipped = Vec::new();
    let images =
        parsed.into_iter().map(|(path, annotation)| image(root, &path, annotation, &classes, &mut skipped));
    let images = images.collect::<Result<_, _>>()?;
    Ok(Dataset { classes, images, skipped })
}

fn parse(path: &Path) -> Result<Annotation, DatasetError> {
    let annotation: Annotation = quick_xml::de::from_str(&text(path)?).map_err(|e| {
        DatasetError::broken(
            path,
            format!("does not parse: {}", plain(&e.to_string())),
            "write it again as Pascal VOC XML",
        )
    })?;
    for (i, object) in annotation.objects.iter().enumerate() {
        let Corners { xmin, ymin, xmax, ymax } = object.bndbox;
        if ![xmin, ymin, xmax, ymax].iter().all(|v| v.is_finite()) {
            let what = format!("has a corner that is no number in object {} ({})", i + 1, object.name);
            return Err(DatasetError::broken(path, what, "correct the bndbox"));
        }
    }
    Ok(annotation)
}

fn image(
    root: &Path,
    path: &Path,
    annotation: Annotation,
    classes: &[String],
    skipped: &mut Vec<Skipped>,
) -> Result<Labelled, DatasetError> {
    let folder = root.join("JPEGImages");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let file = image_of(&folder, &stem).ok_or_else(|| DatasetError::MissingImage {
        annotation: path.into(),
        image: stem.to_string(),
        folder: folder.clone(),
    })?;
    let mut image = labelled(path, file, (annotation.size.width, annotation.size.height))?;
    for (i, object) in annotation.objects.into_iter().enumerate() {
        let Corners { xmin, ymin, xmax, ymax } = object.bndbox;
        // Equal corners are what such files hold for a box that was only clicked, not drawn.
        let drawn = xmax > xmin && ymax > ymin;
        let corners = if drawn {
            [(xmin - 1.0).max(0.0), (ymin - 1.0).max(0.0), xmax, ymax]
        } else {
            [xmin, ymin, xmax, ymax]
        };
        // The names come from these very annotations.
        let class = classes.binary_search(&object.name).unwrap_or_default();
        let truth = Truth { class, rect: Rect::new(corners), difficult: object.difficult != 0, crowd: false };
        image.add(truth, path, &format!("object {} ({})", i + 1, object.name), skipped);
    }
    Ok(image)
}
