//! Pascal VOC: `Annotations/*.xml`, pictures in `JPEGImages/`.

use std::path::{Path, PathBuf};

use roxmltree::{Document, Node, ParsingOptions};

use super::text::{mark, xml_text};
use super::{
    Cause, Dataset, DatasetError, Draft, Ledger, Object, Remark, draft, files, image_of, text,
};

/// What a file says, with objects as it names them.
struct Annotation {
    path: PathBuf,
    /// Name of the picture, without folders.
    filename: Option<String>,
    said: [Option<f64>; 2],
    objects: Vec<Labels>,
}

struct Labels {
    /// Position in the file and name, for messages.
    which: String,
    class: String,
    corners: [f64; 4],
    difficult: bool,
}

/// The folder of the annotations of a VOC set.
pub(super) fn annotations(root: &Path) -> Option<PathBuf> {
    let named = root.join("Annotations");
    if named.is_dir() {
        return Some(named);
    }
    // In small letters it may as well be COCO's.
    let small = root.join("annotations");
    files(&small, &["xml"]).is_ok_and(|files| !files.is_empty()).then_some(small)
}

/// All annotations of the folder, sorted by name.
pub(super) fn read_folder(root: &Path) -> Result<Dataset, DatasetError> {
    let folder = annotations(root).unwrap_or_else(|| root.join("Annotations"));
    read(root, files(&folder, &["xml"])?)
}

/// The annotations of the pictures that a list names, one a line, in its order. A second word of a
/// line (VOC's lists by class have one) is passed over.
pub(super) fn read_list(root: &Path, list: &Path) -> Result<Dataset, DatasetError> {
    let folder = annotations(root).unwrap_or_else(|| root.join("Annotations"));
    let mut paths = Vec::new();
    for name in text(list)?.lines().filter_map(|line| line.split_whitespace().next()) {
        let annotation = folder.join(format!("{name}.xml"));
        if !annotation.is_file() {
            return Err(DatasetError::MissingAnnotation { entry: list.into(), annotation });
        }
        paths.push(annotation);
    }
    read(root, paths)
}

fn read(root: &Path, paths: Vec<PathBuf>) -> Result<Dataset, DatasetError> {
    let mut ledger = Ledger::default();
    let parsed =
        paths.into_iter().map(|path| parse(path, &mut ledger)).collect::<Result<Vec<_>, _>>()?;
    // No file lists the classes; sorted names do not depend on which picture comes first.
    let mut classes: Vec<String> =
        parsed.iter().flat_map(|a| a.objects.iter().map(|o| o.class.clone())).collect();
    classes.sort();
    classes.dedup();
    let images =
        parsed.into_iter().map(|annotation| image(root, annotation, &classes, &mut ledger));
    let images = images.collect::<Result<_, _>>()?;
    Ok(ledger.dataset(classes, images))
}

/// Child elements of a name.
fn children<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text of the first child of a name, without the space around it.
fn value(node: Node, name: &'static str) -> Option<String> {
    let child = children(node, name).next()?;
    let text: String =
        child.children().filter(Node::is_text).filter_map(|part| part.text()).collect();
    Some(text.trim().to_string()).filter(|text| !text.is_empty())
}

fn number(node: Node, name: &'static str) -> Option<f64> {
    value(node, name)?.parse().ok().filter(|number: &f64| number.is_finite())
}

fn parse(path: PathBuf, ledger: &mut Ledger) -> Result<Annotation, DatasetError> {
    let remedy = "write it again as Pascal VOC XML";
    let text = xml_text(&path)?;
    let options = ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|e| DatasetError::broken(&path, format!("does not parse: {e}"), remedy))?;
    let root = document.root_element();
    if root.tag_name().name() != "annotation" {
        let what = format!("holds <{}>, not <annotation>", root.tag_name().name());
        return Err(DatasetError::broken(&path, what, remedy));
    }
    let size = children(root, "size").next();
    // Zeros where the file says nothing; some tools write them.
    let side = |name| size.and_then(|size| number(size, name)).filter(|&side| side > 0.0);
    let objects = children(root, "object").enumerate();
    let objects = objects.filter_map(|(i, object)| labels(&path, i + 1, object, ledger)).collect();
    // Some tools write the whole path, in the form of their system.
    let filename = value(root, "filename").and_then(|name| {
        Some(name.rsplit(['/', '\\']).next()?.to_string()).filter(|name| !name.is_empty())
    });
    let said = [side("width"), side("height")];
    Ok(Annotation { path, filename, said, objects })
}

/// An object, if it has a name and one box of four numbers; else it is noted.
fn labels(path: &Path, number_of: usize, object: Node, ledger: &mut Ledger) -> Option<Labels> {
    let Some(class) = value(object, "name") else {
        ledger.skip(path, None, Cause::NoClass, format!("object {number_of} has no name"));
        return None;
    };
    let which = format!("object {number_of} ({class})");
    let mut skip = |cause, what: String| {
        ledger.skip(path, Some(&class), cause, format!("{which} {what}"));
        None
    };
    let mut boxes = children(object, "bndbox");
    let bounds = match (boxes.next(), boxes.count()) {
        (Some(bounds), 0) => bounds,
        (Some(_), more) => return skip(Cause::BadBox, format!("has {} bndbox", more + 1)),
        (None, _) => {
            let polygon = children(object, "polygon").next().is_some();
            return skip(
                Cause::NoBox,
                if polygon { "has a polygon, no bndbox" } else { "has no bndbox" }.into(),
            );
        }
    };
    let mut corners = [0.0; 4];
    for (corner, name) in corners.iter_mut().zip(["xmin", "ymin", "xmax", "ymax"]) {
        match number(bounds, name) {
            Some(number) => *corner = number,
            None => {
                let found =
                    value(bounds, name).map_or("no number".into(), |text| format!("`{text}`"));
                return skip(Cause::BadBox, format!("has {found} for {name} of its bndbox"));
            }
        }
    }
    let word = value(object, "difficult").unwrap_or_default();
    let difficult = mark(&word).unwrap_or_else(|| {
        ledger.note(path, Remark::OddMark, format!("difficult of {which} is `{word}`"));
        false
    });
    Some(Labels { which, class, corners, difficult })
}

/// The picture of an annotation: of its own name, or else of that in the file.
fn picture(
    root: &Path,
    annotation: &Annotation,
    ledger: &mut Ledger,
) -> Result<PathBuf, DatasetError> {
    let Annotation { path, filename, .. } = annotation;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let own = path.parent().unwrap_or(root);
    let folders = ["JPEGImages", "images", "Images"].map(|name| root.join(name));
    let folders: Vec<PathBuf> = folders.into_iter().chain([root.into(), own.into()]).collect();
    let of_stem = folders.iter().find_map(|folder| image_of(folder, &stem));
    let stated = filename.as_ref().and_then(|name| {
        let exact = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        exact.filter(|path| super::has_suffix(path, &super::PICTURES)).or_else(|| {
            let stem = Path::new(name).file_stem()?.to_string_lossy().into_owned();
            // A name without a suffix may end in anything that looks like one.
            folders.iter().find_map(|f| image_of(f, &stem).or_else(|| image_of(f, name)))
        })
    });
    let found = match (of_stem, stated) {
        (Some(own), Some(stated)) if own != stated => {
            let what = format!("it names {}; taken is {}", stated.display(), own.display());
            ledger.note(path, Remark::OtherPicture, what);
            Some(own)
        }
        (Some(own), _) => Some(own),
        (None, Some(stated)) => {
            ledger.note(path, Remark::OtherPicture, format!("taken is {}", stated.display()));
            Some(stated)
        }
        (None, None) => None,
    };
    found.ok_or_else(|| DatasetError::MissingImage {
        annotation: path.clone(),
        image: match filename {
            Some(name) if Path::new(name).file_stem() != path.file_stem() => {
                format!("{stem}, or {name}")
            }
            _ => stem,
        },
        folder: root.join("JPEGImages"),
    })
}

fn image(
    root: &Path,
    annotation: Annotation,
    classes: &[String],
    ledger: &mut Ledger,
) -> Result<super::Labelled, DatasetError> {
    let file = picture(root, &annotation, ledger)?;
    let mut image: Draft = draft(&annotation.path, file, annotation.said, ledger)?;
    for Labels { which, class: class_name, corners: [xmin, ymin, xmax, ymax], difficult } in
        annotation.objects
    {
        // Pixels are counted from 1, both corners inside of the box. Equal corners are what such
        // files hold for a box that was only clicked, not drawn.
        let drawn = xmax > xmin && ymax > ymin;
        let corners = if drawn {
            [(xmin - 1.0).max(0.0), (ymin - 1.0).max(0.0), xmax, ymax]
        } else {
            [xmin, ymin, xmax, ymax]
        };
        // The names come from these very annotations.
        let class = classes.binary_search(&class_name).unwrap_or_default();
        let (annotation, class_name) = (annotation.path.as_path(), class_name.as_str());
        let object =
            Object { annotation, which, class, class_name, corners, difficult, crowd: false };
        image.add(object, ledger);
    }
    Ok(image.finish())
}
