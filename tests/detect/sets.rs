//! Labelled sets: three layouts, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use spikemesh::detect::{Cause, Dataset, DatasetError, Rect, Remark};
use tempfile::TempDir;

/// Writes files of text; a name that ends in .png becomes a picture of 40 x 20.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match name.ends_with(".png") && text.is_empty() {
            true => image::RgbImage::new(40, 20).save(&path).unwrap(),
            false => fs::write(&path, text).unwrap(),
        }
    }
    folder
}

fn message(files: &[(&str, &str)], path: &str) -> String {
    let folder = folder(files);
    Dataset::open(&folder.path().join(path)).unwrap_err().to_string()
}

fn says(message: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

const XML: &str = "<?xml version=\"1.0\"?>\n<annotation>
  <filename>whatever.jpg</filename>
  <object><name>dog</name><part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax>
    <ymax>2</ymax></bndbox></part><difficult>1</difficult>
    <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20.0</ymax></bndbox></object>
  <size><width>40</width><height>20</height><depth>3</depth></size>
  <object><name>cat</name><bndbox><ymin> 3 \
  </ymin><xmin>5</xmin><xmax>5</xmax><ymax>3</ymax></bndbox></object>
  <object><name>cat</name><bndbox><ymin>3</ymin><xmin>5</xmin><xmax>8</xmax><ymax>9</ymax></bndbox></object>
</annotation>";

fn voc(xml: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("Annotations/b.xml", xml),
        (
            "Annotations/a.xml",
            "<annotation><size><width>0</width><height>0</height></size></annotation>",
        ),
        ("JPEGImages/a.png", ""),
        ("JPEGImages/b.png", ""),
        ("ImageSets/Main/only.txt", "b  1\n\n"),
    ]
}

#[test]
fn voc_xml() {
    let files = folder(&voc(XML));
    let set = Dataset::open(files.path()).unwrap();
    assert_eq!(set.classes, ["cat", "dog"]);
    let [a, b] = set.images.as_slice() else { panic!("two pictures") };
    assert_eq!((name(&a.path), a.boxes.len(), a.width, a.height), ("a.png", 0, 40, 20));
    assert_eq!(name(&b.path), "b.png");
    let [dog, cat] = b.boxes.as_slice() else { panic!("two boxes") };
    assert_eq!((dog.class, dog.difficult, dog.crowd), (1, true, false));
    // Counted from 1, the last pixel inside: from the left edge of the first to the right of the
    // last.
    assert_eq!(dog.rect, Rect::new([0.0, 1.0, 10.0, 20.0]));
    assert_eq!((cat.class, cat.difficult, cat.rect), (0, false, Rect::new([4.0, 2.0, 8.0, 9.0])));
    // The box of one point is not there, but told.
    assert_eq!(set.skipped.len(), 1);
    says(&set.skipped[0].reason, &["object 2 (cat)", "no area"]);
    assert_eq!(name(&set.skipped[0].path), "b.xml");
    // A list takes what it names.
    let part = Dataset::open(&files.path().join("ImageSets/Main/only.txt")).unwrap();
    assert_eq!(part.images, std::slice::from_ref(b));
}

/// One odd object costs itself, not the set.
#[test]
fn voc_xml_left_out() {
    for (xmax, word) in
        [("", "no number"), ("<xmax>ten</xmax>", "`ten`"), ("<xmax>nan</xmax>", "`nan`")]
    {
        let files = folder(&voc(&XML.replace("<xmax>10</xmax>", xmax)));
        let set = Dataset::open(files.path()).unwrap();
        let cats: Vec<usize> = set.images[1].boxes.iter().map(|b| b.class).collect();
        assert_eq!((set.classes.as_slice(), cats), (["cat".to_string()].as_slice(), vec![0]));
        assert_eq!(set.skipped.len(), 2);
        assert_eq!(
            (set.skipped[0].cause, set.skipped[0].class.as_deref()),
            (Cause::BadBox, Some("dog"))
        );
        says(&set.skipped[0].reason, &["object 1 (dog)", "xmax", word]);
    }
}

#[test]
fn voc_xml_refused() {
    let broken = |xml: &str| message(&voc(xml), "");
    says(&broken(&XML[..200]), &["b.xml", "does not parse", "Pascal VOC XML"]);
    says(&broken("<annotations></annotations>"), &["b.xml", "<annotations>", "Pascal VOC XML"]);
    says(
        &broken(&XML.replace("<width>40<", "<width>400<")),
        &["b.xml", "400x20", "b.png", "40x20"],
    );
    says(&broken("<annotation></annotation>"), &["2 pictures", "not one box"]);
    let mut files = voc(XML);
    files.retain(|(name, _)| *name != "JPEGImages/b.png");
    says(&message(&files, ""), &["b.xml", "names the picture b", "JPEGImages"]);
    let mut files = voc(XML);
    files.push(("JPEGImages/b.png", "no picture"));
    says(&message(&files, ""), &["is no picture", "a text", "b.png"]);
    files.push(("val.txt", "a\nc\n"));
    says(&message(&files, "val.txt"), &["val.txt", "c.xml"]);
}

const JSON: &str = r#"{"info": {}, "images": [
  {"id": 7, "file_name": "b.png", "width": 40, "height": 20}, {"id": 3, "file_name": "a.png"}],
 "annotations": [
  {"id": 1, "image_id": 3, "category_id": 90, "bbox": [1.5, 2, 10, 5], "iscrowd": 0, "area": 50},
  {"id": 2, "image_id": 3, "category_id": 2, "bbox": [0, 0, 40, 20], "iscrowd": 1},
  {"id": 3, "image_id": 7, "category_id": 2, "bbox": [3, 3, 0, 4]}],
 "categories": [{"id": 90, "name": "toothbrush"}, {"id": 2, "name": "bicycle"}]}"#;

#[test]
fn coco_json() {
    let pictures = |at: &str| [format!("{at}/a.png"), format!("{at}/b.png")];
    // Beside the file, in images/, and in the layout of the distributed set.
    for (json, at, open) in [
        ("labels.json", ".", ""),
        ("labels.json", "images", "labels.json"),
        ("annotations/instances_val2017.json", "val2017", ""),
        (
            "annotations/instances_val2017.json",
            "images/val2017",
            "annotations/instances_val2017.json",
        ),
    ] {
        let [a, b] = pictures(at);
        let files = folder(&[(json, JSON), (&a, ""), (&b, "")]);
        let set = Dataset::open(&files.path().join(open)).unwrap();
        assert_eq!(set.classes, ["bicycle", "toothbrush"]);
        // In the order of the file.
        assert_eq!(
            set.images.iter().map(|i| name(&i.path)).collect::<Vec<_>>(),
            ["b.png", "a.png"]
        );
        let boxes = &set.images[1].boxes;
        assert_eq!((boxes[0].class, boxes[0].crowd), (1, false));
        assert_eq!(boxes[0].rect, Rect::new([1.5, 2.0, 11.5, 7.0]));
        assert_eq!((boxes[1].class, boxes[1].crowd), (0, true));
        says(&set.skipped[0].reason, &["annotation 2", "no area"]);
    }
}

#[test]
fn coco_json_left_out() {
    for (from, to, cause, words) in [
        ("[1.5, 2, 10, 5]", "[1.5, 2, 10]", Cause::BadBox, ["annotation 0", "[1.5,2,10]"]),
        (
            "\"image_id\": 3",
            "\"image_id\": 8",
            Cause::UnknownPicture,
            ["annotation 0", "image id 8"],
        ),
        (
            "\"category_id\": 90",
            "\"category_id\": 91",
            Cause::UnknownClass,
            ["annotation 0", "id 91"],
        ),
    ] {
        let files =
            folder(&[("c.json", &JSON.replacen(from, to, 1)), ("a.png", ""), ("b.png", "")]);
        let set = Dataset::open(&files.path().join("c.json")).unwrap();
        assert_eq!((set.images[1].boxes.len(), set.skipped.len()), (1, 2), "{to}");
        assert_eq!(set.skipped[0].cause, cause);
        says(&set.skipped[0].reason, &words);
    }
}

#[test]
fn coco_json_refused() {
    let broken = |from: &str, to: &str| {
        assert!(JSON.contains(from));
        message(&[("c.json", &JSON.replacen(from, to, 1)), ("a.png", ""), ("b.png", "")], "c.json")
    };
    says(&broken("\"categories\"", "\"labels\""), &["c.json", "categories", "line"]);
    says(&broken("\"file_name\": \"a.png\"", "\"file\": 1"), &["c.json", "image 1", "file_name"]);
    says(&broken("\"id\": 7", "\"id\": 3"), &["c.json", "two images of id 3"]);
    says(&broken("\"width\": 40", "\"width\": 41"), &["c.json", "41x20", "b.png"]);
    says(&broken("b.png", "z.png"), &["c.json", "z.png", "names the picture"]);
    says(&message(&[("a.json", "{}"), ("b.json", "{}")], ""), &["2 .json files"]);
}

fn yolo(label: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("classes.txt", "cat\ndog \n\n"),
        ("set/images/a.png", ""),
        ("set/images/b.png", ""),
        ("set/labels/a.txt", ""),
        ("set/labels/b.txt", label),
    ]
}

#[test]
fn yolo_text() {
    let files = folder(&yolo("1 0.5 0.5 0.25 0.5\n\n0 0.1 0.2 0 0.1\n"));
    let set = Dataset::open(&files.path().join("set")).unwrap();
    assert_eq!(set.classes, ["cat", "dog"]);
    assert_eq!((set.images[0].boxes.len(), set.images[1].boxes.len()), (0, 1));
    let dog = set.images[1].boxes[0];
    assert_eq!((dog.class, dog.rect), (1, Rect::new([15.0, 5.0, 25.0, 15.0])));
    says(&set.skipped[0].reason, &["line 3", "no area"]);
    // A dot inside of a name is no suffix.
    image::RgbImage::new(40, 20).save(files.path().join("set/images/c.1.png")).unwrap();
    fs::write(files.path().join("set/labels/c.1.txt"), "0 .5 .5 .1 .1").unwrap();
    assert_eq!(Dataset::open(&files.path().join("set")).unwrap().images[2].boxes.len(), 1);
    // A list of its own goes before that of the folder above.
    fs::write(files.path().join("set/obj.names"), "x\ny\nz\n").unwrap();
    assert_eq!(Dataset::open(&files.path().join("set")).unwrap().classes, ["x", "y", "z"]);
}

#[test]
fn yolo_text_left_out() {
    for (line, cause, words) in [
        ("1 .5 .5 .1", Cause::BadBox, ["line 2", "4 words", "class cx cy w h"]),
        ("cat .5 .5 .1 .1", Cause::NoClass, ["line 2", "`cat`", "class cx cy w h"]),
        ("0 .5 .5 x .1", Cause::BadBox, ["line 2", "`x`", "0..1"]),
        ("0 20 10 4 4", Cause::BadBox, ["line 2", "`20`", "0..1"]),
        ("0 .5 nan .1 .1", Cause::BadBox, ["line 2", "`nan`", "0..1"]),
        ("2 .5 .5 .1 .1", Cause::UnknownClass, ["class 2", "classes.txt lists 2", "(0 to 1)"]),
    ] {
        let files = folder(&yolo(&format!("0 .5 .5 .1 .1\n{line}")));
        let set = Dataset::open(&files.path().join("set")).unwrap();
        assert_eq!((set.images[1].boxes.len(), set.skipped.len()), (1, 1), "{line}");
        assert_eq!((set.skipped[0].cause, name(&set.skipped[0].path)), (cause, "b.txt"));
        says(&set.skipped[0].reason, &words);
        // Nothing but that is nothing to score, and the reason is told.
        let alone = message(&yolo(line), "set");
        says(&alone, &["2 pictures", "not one box", "1 object was left out", "b.txt"]);
    }
}

#[test]
fn yolo_text_refused() {
    says(&message(&yolo(""), "set"), &["2 pictures", "not one box"]);
    let without = |name: &str| {
        yolo("0 .5 .5 .1 .1").into_iter().filter(|(n, _)| *n != name).collect::<Vec<_>>()
    };
    says(&message(&without("set/images/b.png"), "set"), &["b.txt", "names the picture b"]);
    says(&message(&without("classes.txt"), "set"), &["classes.txt", "one name a line"]);
    // A picture without labels is one where nothing is to be seen.
    let set = Dataset::open(&folder(&without("set/labels/a.txt")).path().join("set")).unwrap();
    assert_eq!((set.images.len(), set.images[0].boxes.len(), set.notes.len()), (2, 0, 1));
    assert_eq!((set.notes[0].remark, name(&set.notes[0].path)), (Remark::Background, "a.png"));
}

#[test]
fn other_paths_are_explained() {
    says(
        &message(&[("train/x", ""), ("val/x", "")], ""),
        &["train, val", "give one of these folders"],
    );
    says(&message(&[("x", "")], ""), &["Annotations", ".json", "images/"]);
    says(&message(&[("x.csv", "")], "x.csv"), &["x.csv", "neither"]);
    says(&message(&[], "none"), &["none", "check the path"]);
}

#[test]
fn class_names_against_a_network() {
    let files = folder(&[
        ("classes.txt", "person\nMotorcycle\npotted plant\nkite\n"),
        ("images/a.png", ""),
        ("labels/a.txt", "0 .5 .5 .1 .1\n1 .5 .5 .2 .2\n2 .5 .5 .3 .3\n3 .5 .5 .4 .4\n"),
    ]);
    let set = Dataset::open(files.path()).unwrap();
    let classes = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
    let voc = classes(&["motorbike", "person", "pottedplant", "sofa"]);
    let aligned = set.for_classes(&voc).unwrap();
    assert_eq!(aligned.unknown, ["kite"]);
    assert_eq!(aligned.dataset.classes, voc);
    let found: Vec<usize> = aligned.dataset.images[0].boxes.iter().map(|b| b.class).collect();
    assert_eq!(found, [1, 0, 2]);
    let error = set.for_classes(&classes(&["RBC", "WBC"])).unwrap_err();
    assert!(matches!(error, DatasetError::NoSharedClass { .. }));
    says(&error.to_string(), &["Motorcycle", "RBC, WBC", "rename"]);
}

fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(part);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
    }
    path.exists().then_some(path)
}

#[test]
fn photographs_of_the_shared_folder() {
    let Some(folder) = shared("coco-permissive") else { return };
    for (part, pictures, boxes, classes, empty) in
        [("val", 14, 103, 31, 0), ("train", 26, 181, 36, 1)]
    {
        let set = Dataset::open(&folder.join(part)).unwrap();
        let mut used: Vec<usize> =
            set.images.iter().flat_map(|i| i.boxes.iter().map(|b| b.class)).collect();
        assert_eq!((set.images.len(), used.len(), set.classes.len()), (pictures, boxes, 80));
        used.sort();
        used.dedup();
        assert_eq!(used.len(), classes);
        assert_eq!(set.images.iter().filter(|i| i.boxes.is_empty()).count(), empty);
        assert_eq!(set.skipped, []);
    }
    says(&Dataset::open(&folder).unwrap_err().to_string(), &["train, val"]);
}

#[test]
fn blood_cells_of_the_shared_folder() {
    let Some(folder) = shared("bccd") else { return };
    let whole = Dataset::open(&folder).unwrap();
    assert_eq!(whole.classes, ["Platelets", "RBC", "WBC"]);
    assert_eq!(whole.images.len(), 292);
    // "In the whole set two boxes have zero or negative size: skip them."
    assert_eq!(whole.skipped.len(), 2);
    let parts = ["train.txt", "val.txt"].map(|list| Dataset::open(&folder.join(list)).unwrap());
    assert_eq!(parts.each_ref().map(|set| set.images.len()), [205, 87]);
    let boxes = |set: &Dataset| set.images.iter().map(|i| i.boxes.len()).sum::<usize>();
    assert_eq!(boxes(&whole), parts.iter().map(boxes).sum::<usize>());
    println!("{} boxes", boxes(&whole));
}
