//! COCO: one `.json` file with images, annotations and categories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Dataset, DatasetError, Truth, labelled, text};
use crate::detect::Rect;
use crate::plain::plain;

#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
    #[serde(default)]
    width: usize,
    #[serde(default)]
    height: usize,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    category_id: u64,
    /// Left, top, width, height in pixels, counted from 0.
    bbox: [f64; 4],
    #[serde(default)]
    iscrowd: u8,
}

#[derive(Deserialize)]
struct Category {
    id: u64,
    name: String,
}

/// Reads the file; classes come by category id, pictures in the file's order.
pub(super) fn read(path: &Path) -> Result<Dataset, DatasetError> {
    let remedy = "give a COCO instances file (images, annotations, categories)";
    let mut file: File = serde_json::from_str(&text(path)?).map_err(|e| {
        DatasetError::broken(path, format!("does not parse: {}", plain(&e.to_string())), remedy)
    })?;
    file.categories.sort_by_key(|category| category.id);
    let classes: BTreeMap<u64, usize> = file.categories.iter().enumerate().map(|(i, c)| (c.id, i)).collect();
    let folder = image_folder(path, &file.images);
    let mut images = Vec::with_capacity(file.images.len());
    let mut index = BTreeMap::new();
    for image in &file.images {
        let at = folder.join(&image.file_name);
        if !at.is_file() {
            let (annotation, image) = (path.into(), image.file_name.clone());
            return Err(DatasetError::MissingImage { annotation, image, folder });
        }
        if index.insert(image.id, images.len()).is_some() {
            let what = format!("has two images of id {}", image.id);
            return Err(DatasetError::broken(path, what, "give each image an id of its own"));
        }
        images.push(labelled(path, at, (image.width, image.height))?);
    }
    let mut skipped = Vec::new();
    for (i, annotation) in file.annotations.iter().enumerate() {
        let Annotation { image_id, category_id, bbox: [x, y, w, h], iscrowd } = *annotation;
        let Some(&image) = index.get(&image_id) else {
            let what = format!("has annotation {i} for image id {image_id}, which it does not list");
            return Err(DatasetError::broken(path, what, "add the image or remove the annotation"));
        };
        let Some(&class) = classes.get(&category_id) else {
            let known = classes.keys().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let (class, known) = (format!("id {category_id}"), format!("its categories are {known}"));
            return Err(DatasetError::UnknownClass { path: path.into(), class, known });
        };
        let rect = Rect::new([x, y, x + w, y + h]);
        let truth = Truth { class, rect, difficult: false, crowd: iscrowd != 0 };
        images[image].add(truth, path, &format!("annotation {i}"), &mut skipped);
    }
    let classes = file.categories.into_iter().map(|category| category.name).collect();
    Ok(Dataset { classes, images, skipped })
}

/// Where the pictures are: beside the file, in `images/`, or in the folder of the part's name
/// (`instances_val2017.json`: `val2017/`), there or one level up. The first place that has the first
/// picture; the folder of the file if none has it.
fn image_folder(path: &Path, images: &[Image]) -> PathBuf {
    let here = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let up = here.join("..");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let part = stem.rsplit('_').next().unwrap_or_default().to_string();
    let Some(first) = images.first() else { return here };
    let mut places = vec![here.clone()];
    for base in [&here, &up] {
        places.extend([base.join("images"), base.join(&part), base.join("images").join(&part)]);
    }
    places.push(up.clone());
    places.into_iter().find(|place| place.join(&first.file_name).is_file()).unwrap_or(here)
}
