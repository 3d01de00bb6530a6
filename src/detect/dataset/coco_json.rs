//! COCO: one `.json` file with images, annotations and categories.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::{Component, Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Cause, Dataset, DatasetError, Draft, Ledger, Object, Outside, Remark, draft, text};
use crate::plain::plain;

#[derive(Deserialize)]
struct File {
    images: Vec<Entry<Image>>,
    annotations: Vec<Entry<Annotation>>,
    categories: Vec<Entry<Category>>,
}

/// An entry, or something else in its place. Fields are any values: tools write numbers as text,
/// truth as numbers, and null where they know nothing.
#[derive(Deserialize)]
#[serde(untagged, bound(deserialize = "T: Deserialize<'de>"))]
enum Entry<T> {
    Known(Fields<T>),
    Odd(IgnoredAny),
}

/// Named fields; a list would otherwise pass for them.
struct Fields<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Fields<T>, D::Error> {
        struct Named<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
            type Value = T;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        source.deserialize_map(Named(PhantomData)).map(Fields)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Image {
    id: Value,
    file_name: Value,
    width: Value,
    height: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotation {
    image_id: Value,
    category_id: Value,
    /// Left, top, width, height in pixels, counted from 0.
    bbox: Value,
    iscrowd: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Category {
    id: Value,
    name: Value,
}

/// An id, the same as a number and as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    Number(i64),
    Text(String),
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Id::Number(number) => write!(f, "{number}"),
            Id::Text(text) => f.write_str(text),
        }
    }
}

fn id(value: &Value) -> Option<Id> {
    match value {
        Value::Number(number) => {
            let whole = |number: f64| {
                (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
            };
            number.as_i64().or_else(|| number.as_f64().and_then(whole)).map(Id::Number)
        }
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => {
            let text = text.trim();
            // Leading zeros belong to a name.
            let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
            Some(number.map_or_else(|| Id::Text(text.into()), Id::Number))
        }
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        value => value.as_f64(),
    }
}

/// A name; some are numbers.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A mark; `None` where it is neither yes nor no.
fn mark(value: &Value) -> Option<bool> {
    match value {
        Value::Null => Some(false),
        Value::Bool(mark) => Some(*mark),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::String(text) => super::text::mark(text),
        _ => None,
    }
}

/// Left, top, right, bottom, or why there are none.
fn corners(bbox: &Value) -> Result<[f64; 4], Cause> {
    let sides = match bbox {
        Value::Null => return Err(Cause::NoBox),
        Value::Array(sides) if sides.is_empty() => return Err(Cause::NoBox),
        Value::Array(sides) => sides.iter().map(number).collect::<Option<Vec<f64>>>(),
        _ => None,
    };
    match sides.as_deref() {
        Some(&[x, y, w, h]) => Ok([x, y, x + w, y + h]),
        _ => Err(Cause::BadBox),
    }
}

/// The text with null for the words that Python writes for what is no number, and that JSON does
/// not know. What stands within strings stays.
fn without_nan(text: &str) -> Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut within = false;
    // Strings and what stands between them take turns.
    for part in text.split_inclusive('"') {
        match !within && part.contains(['N', 'I']) {
            true => {
                let words = ["-Infinity", "Infinity", "NaN"];
                let part =
                    words.iter().fold(part.to_owned(), |part, word| part.replace(word, "null"));
                clean.push_str(&part);
            }
            false => clean.push_str(part),
        }
        // A quote behind an odd number of backslashes belongs to its string.
        let slashes = part.bytes().rev().skip(1).take_while(|&byte| byte == b'\\').count();
        within = !within || slashes % 2 == 1;
    }
    Cow::Owned(clean)
}

/// Reads the file; classes come by category id, pictures in the file's order.
pub(super) fn read(path: &Path, outside: Outside) -> Result<Dataset, DatasetError> {
    let remedy = "give a COCO instances file (images, annotations, categories)";
    let file: File = serde_json::from_str(&without_nan(&text(path)?)).map_err(|e| {
        DatasetError::broken(path, format!("does not parse: {}", plain(&e.to_string())), remedy)
    })?;
    let categories = categories(path, &file.categories)?;
    let classes: BTreeMap<&Id, usize> =
        categories.keys().enumerate().map(|(i, id)| (id, i)).collect();
    let names: Vec<String> = categories.values().cloned().collect();
    let mut ledger = Ledger::default();
    let (mut drafts, index) = pictures(path, &file.images, outside, &mut ledger)?;
    for (i, entry) in file.annotations.iter().enumerate() {
        let which = format!("annotation {i}");
        let mut skip = |class: Option<&str>, cause, what: &str| {
            ledger.skip(path, class, cause, format!("{which} {what}"));
        };
        let Entry::Known(Fields(annotation)) = entry else {
            skip(None, Cause::Unreadable, "is no object");
            continue;
        };
        let Some(category) = id(&annotation.category_id) else {
            skip(None, Cause::NoClass, "has no category_id");
            continue;
        };
        let Some(&class) = classes.get(&category) else {
            let class = format!("id {category}");
            skip(
                Some(&class),
                Cause::UnknownClass,
                &format!("has the category id {category}, which is not listed"),
            );
            continue;
        };
        let class_name = names[class].as_str();
        let image = id(&annotation.image_id);
        let Some(&image) = image.as_ref().and_then(|image| index.get(image)) else {
            let of = image.map_or("no image_id".into(), |id| {
                format!("the image id {id}, which is not listed")
            });
            skip(Some(class_name), Cause::UnknownPicture, &format!("has {of}"));
            continue;
        };
        let corners = match corners(&annotation.bbox) {
            Ok(corners) => corners,
            Err(cause) => {
                let what = match cause {
                    Cause::NoBox => "has no bbox".into(),
                    _ => format!("has the bbox {}, not [x, y, width, height]", annotation.bbox),
                };
                skip(Some(class_name), cause, &what);
                continue;
            }
        };
        let crowd = mark(&annotation.iscrowd).unwrap_or_else(|| {
            ledger.note(
                path,
                Remark::OddMark,
                format!("iscrowd of {which} is {}", annotation.iscrowd),
            );
            false
        });
        let object =
            Object { annotation: path, which, class, class_name, corners, difficult: false, crowd };
        drafts[image].add(object, &mut ledger);
    }
    Ok(ledger.dataset(names, drafts.into_iter().map(Draft::finish).collect()))
}

/// Names by id. One without an id or a name counts as not listed.
fn categories(
    path: &Path,
    entries: &[Entry<Category>],
) -> Result<BTreeMap<Id, String>, DatasetError> {
    let mut categories = BTreeMap::new();
    for entry in entries {
        let Entry::Known(Fields(category)) = entry else { continue };
        let Some((id, name)) = id(&category.id).zip(name(&category.name)) else { continue };
        let what = format!("has two categories of id {id}");
        if categories.insert(id, name.clone()).is_some_and(|other| other != name) {
            return Err(DatasetError::broken(path, what, "give each category an id of its own"));
        }
    }
    Ok(categories)
}

/// The pictures, and their places by id.
fn pictures(
    path: &Path,
    entries: &[Entry<Image>],
    outside: Outside,
    ledger: &mut Ledger,
) -> Result<(Vec<Draft>, BTreeMap<Id, usize>), DatasetError> {
    let mut images = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let known = match entry {
            Entry::Known(Fields(image)) => {
                id(&image.id).zip(image.file_name.as_str()).map(|known| (known, image))
            }
            Entry::Odd(_) => None,
        };
        images.push(known.ok_or_else(|| {
            let what = format!("has image {i} without an id or a file_name");
            DatasetError::broken(
                path,
                what,
                "complete the entry, or remove it with its annotations",
            )
        })?);
    }
    let strays = |name: &&str| {
        let below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        !Path::new(*name).components().all(below)
    };
    if outside == Outside::Refused
        && let Some(image) = images.iter().map(|((_, name), _)| *name).find(strays)
    {
        return Err(DatasetError::Outside { annotation: path.into(), image: image.into() });
    }
    let folder = image_folder(path, images.first().map(|((_, name), _)| *name));
    let (mut drafts, mut index) = (Vec::with_capacity(images.len()), BTreeMap::new());
    for ((id, name), image) in images {
        let at = folder.join(name);
        if !at.is_file() {
            return Err(DatasetError::MissingImage {
                annotation: path.into(),
                image: name.into(),
                folder,
            });
        }
        let what = format!("has two images of id {id}");
        if index.insert(id, drafts.len()).is_some() {
            return Err(DatasetError::broken(path, what, "give each image an id of its own"));
        }
        // Some tools write 0 for what they do not know.
        let said =
            [&image.width, &image.height].map(|side| number(side).filter(|&side| side > 0.0));
        drafts.push(draft(path, at, said, ledger)?);
    }
    Ok((drafts, index))
}

/// Where the pictures are: beside the file, in `images/`, or in the folder of the part's name
/// (`instances_val2017.json`: `val2017/`), there or one level up. The first place that has the
/// first picture; the folder of the file if none has it.
fn image_folder(path: &Path, first: Option<&str>) -> PathBuf {
    let here = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let up = here.join("..");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let part = stem.rsplit('_').next().unwrap_or_default().to_string();
    let Some(first) = first else { return here };
    let mut places = vec![here.clone()];
    for base in [&here, &up] {
        places.extend([base.join("images"), base.join(&part), base.join("images").join(&part)]);
    }
    places.push(up.clone());
    places.into_iter().find(|place| place.join(first).is_file()).unwrap_or(here)
}
