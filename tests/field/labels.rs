//! Labels as tools write them: read, or left out and counted.

use super::{refused, shared, spikemesh, succeeds};
use spikemesh::detect::{Cause, Dataset, Rect, Remark, Tally};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Writes files; an empty one that ends in .png becomes a picture of 40 x 20.
fn folder<T: AsRef<[u8]>>(files: &[(&str, T)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match name.ends_with(".png") && bytes.as_ref().is_empty() {
            true => image::RgbImage::new(40, 20).save(&path).unwrap(),
            false => fs::write(&path, bytes).unwrap(),
        }
    }
    folder
}

fn opened(folder: &TempDir, part: &str) -> Dataset {
    Dataset::open(&folder.path().join(part)).unwrap_or_else(|error| panic!("{part}: {error}"))
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is not in: {text}"));
}

#[track_caller]
fn fails(folder: &TempDir, part: &str, parts: &[&str]) {
    says(&Dataset::open(&folder.path().join(part)).unwrap_err().to_string(), parts);
}

fn rects(set: &Dataset) -> Vec<[f64; 4]> {
    let corners = |r: Rect| [r.x1, r.y1, r.x2, r.y2];
    set.images.iter().flat_map(|image| image.boxes.iter().map(|b| corners(b.rect))).collect()
}

fn causes(set: &Dataset) -> Vec<Cause> {
    set.skipped.iter().map(|skipped| skipped.cause).collect()
}

fn remarks(set: &Dataset) -> Vec<Remark> {
    set.notes.iter().map(|note| note.remark).collect()
}

fn coco(image: &str, annotations: &str) -> TempDir {
    let text = format!(
        r#"{{"images": [{{"file_name": "a.png", {image}}}], "annotations": [{annotations}],
        "categories": [{{"id": 1, "name": "cat"}}, {{"id": "dog", "name": "dog"}}, {{"id": 3.0, "name": 7}}]}}"#
    );
    folder(&[("a.json", text.as_str()), ("a.png", "")])
}

const GOOD: &str = r#"{"image_id": 1, "category_id": 1, "bbox": [4, 2, 10, 6]}"#;

#[test]
fn coco_fields_in_other_forms() {
    // Ids, sizes and marks as numbers, floats, text and null.
    for image in [
        r#""id": 1"#,
        r#""id": 1.0, "width": 40.0, "height": 20.0"#,
        r#""id": "1", "width": null, "height": null"#,
        r#""id": 1, "width": "40", "height": 0"#,
        r#""id": 1, "width": "wide", "height": [20]"#,
    ] {
        for (field, crowd) in [
            ("", false),
            (r#", "iscrowd": false"#, false),
            (r#", "iscrowd": null"#, false),
            (r#", "iscrowd": 0.0"#, false),
            (r#", "iscrowd": "0""#, false),
            (r#", "iscrowd": true"#, true),
            (r#", "iscrowd": 1"#, true),
            (r#", "iscrowd": "true""#, true),
        ] {
            for of in [r#""image_id": 1"#, r#""image_id": "1""#, r#""image_id": 1.0"#] {
                let box_text = r#""category_id": "1", "bbox": [4.0, "2", 10, 6]"#;
                let set = opened(&coco(image, &format!("{{{of}, {box_text}{field}}}")), "a.json");
                assert_eq!((rects(&set), set.skipped.len()), (vec![[4.0, 2.0, 14.0, 8.0]], 0));
                assert_eq!((set.images[0].boxes[0].crowd, set.notes.len()), (crowd, 0), "{field}");
            }
        }
    }
    // Classes by id: numbers first, then words; a name may be a number.
    let set = opened(
        &coco(r#""id": 1"#, &GOOD.replace("\": 1, \"bbox", "\": \"dog\", \"bbox")),
        "a.json",
    );
    assert_eq!(
        (set.classes.as_slice(), set.images[0].boxes[0].class),
        (["cat", "7", "dog"].map(String::from).as_slice(), 2)
    );
    // A byte order mark.
    let text = fs::read_to_string(coco(r#""id": 1"#, GOOD).path().join("a.json")).unwrap();
    let marked = folder(&[("a.json", format!("\u{feff}{text}").as_str()), ("a.png", "")]);
    assert_eq!(rects(&opened(&marked, "")), [[4.0, 2.0, 14.0, 8.0]]);
}

#[test]
fn coco_objects_left_out() {
    let odd = [
        (r#""category_id": 1"#, Cause::NoBox, "no bbox"),
        (r#""category_id": 1, "bbox": null"#, Cause::NoBox, "no bbox"),
        (r#""category_id": 1, "bbox": []"#, Cause::NoBox, "no bbox"),
        (r#""category_id": 1, "bbox": [1, 2, 3]"#, Cause::BadBox, "[1,2,3]"),
        (r#""category_id": 1, "bbox": [1, 2, 3, 4, 5]"#, Cause::BadBox, "bbox"),
        (r#""category_id": 1, "bbox": [1, null, 3, 4]"#, Cause::BadBox, "null"),
        (r#""category_id": 1, "bbox": [1, "x", 3, 4]"#, Cause::BadBox, "\"x\""),
        (r#""category_id": 1, "bbox": {"x": 1}"#, Cause::BadBox, "\"x\""),
        (r#""category_id": 1, "bbox": [1, 2, 0, 4]"#, Cause::NoArea, "no area"),
        (r#""category_id": 1, "bbox": [1, 2, -3, 4]"#, Cause::NoArea, "no area"),
        (r#""category_id": 1, "bbox": [41, 2, 3, 4]"#, Cause::Outside, "40x20"),
        (r#""category_id": 1, "bbox": [-9, 2, 3, 4]"#, Cause::Outside, "outside"),
        (r#""category_id": 9, "bbox": [1, 2, 3, 4]"#, Cause::UnknownClass, "id 9"),
        (r#""category_id": null, "bbox": [1, 2, 3, 4]"#, Cause::NoClass, "category_id"),
        (r#""bbox": [1, 2, 3, 4]"#, Cause::NoClass, "category_id"),
    ];
    for (fields, cause, word) in odd {
        let set =
            opened(&coco(r#""id": 1"#, &format!(r#"{GOOD}, {{"image_id": 1, {fields}}}"#)), "");
        assert_eq!((rects(&set).len(), causes(&set)), (1, vec![cause]), "{fields}");
        says(&set.skipped[0].reason, &["annotation 1", word]);
    }
    for entry in ["null", "7", "[]", "[1, 2, 3, 4]", "\"x\"", "true"] {
        let set = opened(&coco(r#""id": 1"#, &format!("{GOOD}, {entry}")), "");
        assert_eq!(causes(&set), [Cause::Unreadable], "{entry}");
    }
    let other = GOOD.replace("\"image_id\": 1", "\"image_id\": \"b\"");
    assert_eq!(
        causes(&opened(&coco(r#""id": 1"#, &format!("{GOOD}, {other}")), "")),
        [Cause::UnknownPicture]
    );
    let odd_mark = GOOD.replace('}', r#", "iscrowd": "maybe"}"#);
    assert_eq!(remarks(&opened(&coco(r#""id": 1"#, &odd_mark), "")), [Remark::OddMark]);
    // Nothing left is an error that names the first reason.
    fails(
        &coco(r#""id": 1"#, r#"{"image_id": 1, "category_id": 1}"#),
        "",
        &["not one box", "no bbox"],
    );
}

/// Python writes words for what is no number, which JSON does not have.
#[test]
fn coco_of_python_with_nan() {
    let nan = |text: &str| opened(&coco(r#""id": 1, "width": NaN, "note": "NaN""#, text), "");
    for (fields, cause) in [
        (r#""category_id": 1, "bbox": [NaN, 2, 3, 4]"#, Cause::BadBox),
        (r#""category_id": 1, "bbox": [1, 2, Infinity, 4]"#, Cause::BadBox),
        (r#""category_id": 1, "bbox":[1,2,3,-Infinity]"#, Cause::BadBox),
        (r#""category_id": 1, "bbox": NaN"#, Cause::NoBox),
        (r#""category_id": NaN, "bbox": [1, 2, 3, 4]"#, Cause::NoClass),
        (r#""note": "\\\"NaN\\", "category_id": 1, "bbox": [NaN]"#, Cause::BadBox),
    ] {
        let set = nan(&format!(r#"{GOOD}, {{"image_id": 1, {fields}}}"#));
        assert_eq!((rects(&set).len(), causes(&set)), (1, vec![cause]), "{fields}");
    }
    // Where nobody looks they do no harm.
    let set = nan(&GOOD.replace("{", r#"{"area": NaN, "score": -Infinity, "iscrowd": NaN, "#));
    assert_eq!((rects(&set).len(), set.skipped.len()), (1, 0));
    // Within strings they are words.
    let text = r#"{"images": [{"id": "NaN \" NaN", "file_name": "NaN.png", "width": NaN}],
        "annotations": [{"image_id": "NaN \" NaN", "category_id": 1, "bbox": [4, 2, 10, 6]}],
        "categories": [{"id": 1, "name": "-Infinity\\"}]}"#;
    let set = opened(&folder(&[("a.json", text), ("NaN.png", "")]), "");
    assert_eq!((set.classes[0].as_str(), rects(&set).len()), ("-Infinity\\", 1));
    fails(&folder(&[("a.json", "{\"images\": NaN}")]), "", &["a.json", "does not parse"]);
}

#[test]
fn coco_files_that_are_errors() {
    fails(&coco(r#""id": null"#, GOOD), "", &["image 0", "without an id"]);
    fails(&coco(r#""id": 1, "width": 41"#, GOOD), "", &["41x?", "a.png", "40x20"]);
    let twice = r#""id": 1}, {"file_name": "a.png", "id": 2"#;
    fails(&coco(twice, GOOD), "", &["a.png", "twice"]);
    fails(
        &folder(&[("a.json", "{\"images\": []"), ("a.png", "")]),
        "",
        &["a.json", "does not parse"],
    );
    let latin = folder(&[("a.json", b"{\"images\": \"\xe9\"}")]);
    fails(&latin, "", &["a.json", "UTF-8", "byte 12"]);
}

fn xml(objects: &str) -> String {
    format!("<annotation>{objects}</annotation>")
}

fn object(name: &str, rest: &str) -> String {
    let corners = "<bndbox><xmin>5</xmin><ymin>3</ymin><xmax>14</xmax><ymax>8</ymax></bndbox>";
    format!("<object><name>{name}</name>{rest}{corners}</object>")
}

const PLACE: [f64; 4] = [4.0, 2.0, 14.0, 8.0];

fn voc(xml: impl AsRef<[u8]>) -> TempDir {
    folder(&[("Annotations/a.xml", xml.as_ref()), ("JPEGImages/a.png", b"")])
}

#[test]
fn voc_marks_in_words() {
    for (mark, difficult, notes) in [
        ("", false, 0),
        ("<difficult/>", false, 0),
        ("<difficult> 0 </difficult>", false, 0),
        ("<difficult>False</difficult>", false, 0),
        ("<difficult>1</difficult>", true, 0),
        ("<difficult>true</difficult>", true, 0),
        ("<difficult>Unspecified</difficult>", false, 1),
        ("<difficult>-1</difficult>", false, 1),
    ] {
        let set = opened(&voc(xml(&object("cat", mark))), "");
        assert_eq!((rects(&set), set.skipped.len()), (vec![PLACE], 0), "{mark}");
        assert_eq!(
            (set.images[0].boxes[0].difficult, set.notes.len()),
            (difficult, notes),
            "{mark}"
        );
    }
    // Sizes that are no numbers say nothing.
    let size = "<size><width>Unknown</width><height></height></size>";
    assert_eq!(rects(&opened(&voc(xml(&format!("{size}{}", object("cat", "")))), "")), [PLACE]);
    let size = "<size><width>40.0</width><height>20</height></size>";
    assert_eq!(rects(&opened(&voc(xml(&format!("{size}{}", object("cat", "")))), "")), [PLACE]);
}

#[test]
fn voc_objects_left_out() {
    let corners = |text: &str| format!("<object><name>cat</name><bndbox>{text}</bndbox></object>");
    for (odd, cause, word) in [
        ("<object><name>cat</name><polygon><x1>1</x1></polygon></object>", Cause::NoBox, "polygon"),
        ("<object><name>cat</name></object>", Cause::NoBox, "no bndbox"),
        (&corners(""), Cause::BadBox, "xmin"),
        (
            &corners("<xmin>1</xmin><ymin>2</ymin><xmax>x</xmax><ymax>3</ymax>"),
            Cause::BadBox,
            "`x` for xmax",
        ),
        (
            &corners("<xmin>1</xmin><ymin>2</ymin><xmax>inf</xmax><ymax>3</ymax>"),
            Cause::BadBox,
            "inf",
        ),
        (
            &corners("<xmin>9</xmin><ymin>2</ymin><xmax>5</xmax><ymax>3</ymax>"),
            Cause::NoArea,
            "no area",
        ),
        (
            &corners("<xmin>41</xmin><ymin>2</ymin><xmax>45</xmax><ymax>3</ymax>"),
            Cause::Outside,
            "40x20",
        ),
        (&object("", ""), Cause::NoClass, "no name"),
        (&object("cat", "<bndbox></bndbox>"), Cause::BadBox, "2 bndbox"),
    ] {
        let set = opened(&voc(xml(&format!("{}{odd}", object("cat", "")))), "");
        assert_eq!((rects(&set), causes(&set)), (vec![PLACE], vec![cause]), "{odd}");
        says(&set.skipped[0].reason, &["object 2", word]);
    }
}

#[test]
fn voc_encodings() {
    let text = |encoding: &str| {
        format!("<?xml version='1.0' encoding='{encoding}'?>\n{}", xml(&object("Kühe", "")))
    };
    let latin = |encoding: &str| -> Vec<u8> { text(encoding).chars().map(|c| c as u8).collect() };
    let wide = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|c| if big { c.to_be_bytes() } else { c.to_le_bytes() })
            .collect()
    };
    let utf8 = text("UTF-8");
    for (name, bytes) in [
        ("Latin 1", latin("ISO-8859-1")),
        ("Windows", latin("windows-1252")),
        ("UTF-8", utf8.clone().into_bytes()),
        ("no declaration", utf8.split_once('\n').unwrap().1.into()),
        ("marked UTF-8", format!("\u{feff}{utf8}").into_bytes()),
        (
            "marked UTF-8, declared otherwise",
            format!("\u{feff}{}", text("ISO-8859-1")).into_bytes(),
        ),
        ("marked UTF-16", wide(&format!("\u{feff}{}", text("UTF-16")), false)),
        ("marked UTF-16, big", wide(&format!("\u{feff}{}", text("UTF-16")), true)),
        ("UTF-16", wide(&text("UTF-16"), false)),
        ("UTF-16, big", wide(&text("UTF-16BE"), true)),
        // What some frameworks write when they print to a text and save it as UTF-8.
        ("UTF-8 declared as UTF-16", text("utf-16").into_bytes()),
    ] {
        let set = opened(&voc(&bytes), "");
        assert_eq!(
            (set.classes.as_slice(), rects(&set)),
            (["Kühe".to_string()].as_slice(), vec![PLACE]),
            "{name}"
        );
    }
    fails(&voc(latin("UTF-8")), "", &["a.xml", "UTF-8", "byte"]);
    fails(&voc(latin("klingon")), "", &["a.xml", "`klingon`", "UTF-8"]);
    fails(
        &voc(format!("<!DOCTYPE a [<!ENTITY b \"&b;\">]>{}", xml("&b;"))),
        "",
        &["a.xml", "does not parse"],
    );
}

#[test]
fn voc_pictures_of_another_name() {
    let named = |name: &str| xml(&format!("<filename>{name}</filename>{}", object("cat", "")));
    for name in ["IMG_1.png", "C:\\pictures\\IMG_1.png", "pictures/IMG_1.png", "IMG_1", "IMG_1.jpg"]
    {
        let set = opened(
            &folder(&[("Annotations/a1.xml", named(name).as_str()), ("JPEGImages/IMG_1.png", "")]),
            "",
        );
        assert!(set.images[0].path.ends_with("JPEGImages/IMG_1.png"), "{name}");
        assert_eq!((rects(&set), remarks(&set)), (vec![PLACE], vec![Remark::OtherPicture]));
    }
    // Both are there: that of the annotation's own name is taken, and it is told.
    let both = folder(&[
        ("Annotations/a.xml", named("b.png").as_str()),
        ("JPEGImages/a.png", ""),
        ("JPEGImages/b.png", ""),
    ]);
    let set = opened(&both, "");
    assert!(set.images[0].path.ends_with("a.png"));
    assert_eq!(remarks(&set), [Remark::OtherPicture]);
    says(&set.notes[0].what, &["b.png", "a.png"]);
    // Two annotations of one picture would count it twice.
    let twice = folder(&[
        ("Annotations/a.xml", named("b.png").as_str()),
        ("Annotations/b.xml", named("b.png").as_str()),
        ("JPEGImages/b.png", ""),
    ]);
    fails(&twice, "", &["b.png", "twice"]);
    let none = folder(&[("Annotations/a1.xml", named("x.png").as_str()), ("JPEGImages/b.png", "")]);
    fails(&none, "", &["a1.xml", "names the picture a1, or x.png", "JPEGImages"]);
    // Folders as other tools name them.
    let small = folder(&[("annotations/a.xml", named("a.png").as_str()), ("images/a.png", "")]);
    assert_eq!(rects(&opened(&small, "")), [PLACE]);
}

const LINE: &str = "1 .225 .25 .25 .3";

fn places(set: &Dataset) -> (Vec<String>, Vec<[f64; 4]>) {
    let name = |image: &spikemesh::detect::Labelled| {
        image.path.file_stem().unwrap().to_string_lossy().into_owned()
    };
    (set.images.iter().map(name).collect(), rects(set))
}

#[test]
fn yolo_sets_in_other_layouts() {
    let names = "names:\n  0: cat\n  1: dog\n";
    let lists = [
        "names: [cat, dog]\n",
        "names: ['cat', \"dog\"]\nnc: 2\n",
        "names:\n- cat\n- dog\n",
        names,
        "names: {0: cat, 1: dog}\n",
    ];
    for list in lists {
        for places_text in
            ["val: images/val\n", "path: .\ntrain: images/train\nval: images/val\ntest:  # none\n"]
        {
            let yaml = format!("# a set\n{places_text}{list}");
            let files = folder(&[
                ("data.yaml", yaml.as_str()),
                ("images/val/a.png", ""),
                ("images/val/b.png", ""),
                ("images/train/c.png", ""),
                ("labels/val/a.txt", LINE),
                ("labels/train/c.txt", "0 .5 .5 .1 .1"),
            ]);
            for part in ["", "data.yaml", "images/val"] {
                let set = opened(&files, part);
                let (pictures, boxes) = places(&set);
                assert_eq!(
                    (pictures, set.classes.as_slice()),
                    (vec!["a".into(), "b".into()], ["cat", "dog"].map(String::from).as_slice())
                );
                let near = boxes[0].iter().zip(PLACE).all(|(a, b)| (a - b).abs() < 1e-9);
                assert!(near && set.images[0].boxes[0].class == 1, "{boxes:?}");
                // The picture without a label file is one without boxes.
                assert!(remarks(&set).contains(&Remark::Background));
                let several = part != "images/val" && places_text.contains("train");
                assert_eq!(remarks(&set).contains(&Remark::Part), several, "{part}");
            }
            assert_eq!(places(&opened(&files, "images/train")).0, ["c"]);
        }
    }
    // A list of pictures; a folder above too much; a root of another machine; a file of another
    // name.
    for yaml in [
        format!("val: val.txt\n{names}"),
        format!("val: ['images/val']\n{names}"),
        format!("val: ../images/val\n{names}"),
        format!("path: /nowhere/on/this/machine\nval: images/val\n{names}"),
        format!("val: images\n{names}"),
    ] {
        for name in ["data.yaml", "my-set.yml"] {
            let files = folder(&[
                (name, yaml.as_str()),
                ("val.txt", "./images/val/a.png\n\n"),
                ("images/val/a.png", ""),
                ("labels/val/a.txt", LINE),
            ]);
            assert_eq!(places(&opened(&files, "")).0, ["a"], "{yaml}");
        }
    }
    // Folders of parts first, as other tools have it; names above.
    let files = folder(&[
        (
            "set/data.yaml",
            format!("train: ../train/images\nval: ../valid/images\n{names}").as_str(),
        ),
        ("set/valid/images/a.png", ""),
        ("set/valid/labels/a.txt", LINE),
    ]);
    assert_eq!(places(&opened(&files, "set")).0, ["a"]);
    assert_eq!(opened(&files, "set/valid").classes, ["cat", "dog"]);
    assert_eq!(opened(&files, "set/valid/images").classes, ["cat", "dog"]);
    // Labels beside the pictures, classes beside the labels.
    let flat =
        folder(&[("a.png", ""), ("b.png", ""), ("a.txt", LINE), ("classes.txt", "cat\r\ndog\r\n")]);
    assert_eq!(places(&opened(&flat, "")).0, ["a", "b"]);
    let apart = folder(&[
        ("images/a.png", ""),
        ("labels/a.txt", LINE),
        ("labels/classes.txt", "\u{feff}cat\ndog\n"),
    ]);
    assert_eq!(opened(&apart, "").classes, ["cat", "dog"]);
    let only = folder(&[
        ("images/val/a.png", ""),
        ("labels/val/a.txt", LINE),
        ("classes.txt", "cat\ndog\n"),
    ]);
    assert_eq!(places(&opened(&only, "")).0, ["a"]);
    // A list of files.
    let list = folder(&[
        ("a.png", ""),
        ("b.png", ""),
        ("a.txt", LINE),
        ("some.txt", "a.png\n"),
        ("x.names", "cat\ndog"),
    ]);
    assert_eq!(places(&opened(&list, "some.txt")).0, ["a"]);
}

#[test]
fn yolo_sets_refused() {
    let names = "names: [cat, dog]\n";
    let yaml = |text: &str| {
        folder(&[("data.yaml", text), ("images/val/a.png", ""), ("labels/val/a.txt", LINE)])
    };
    fails(&yaml(names), "", &["data.yaml", "names no pictures"]);
    fails(&yaml("val: images/val\n"), "", &["data.yaml", "has no names"]);
    fails(&yaml(&format!("val: images/none\n{names}")), "", &["data.yaml", "images/none", "val"]);
    fails(&yaml("val: images/val\nnames: [cat"), "", &["data.yaml", "does not parse"]);
    fails(
        &yaml("val: images/val\nnames: {cat: 0, dog: 1}"),
        "",
        &["data.yaml", "`cat`", "no index"],
    );
    let bomb: String = (1..60)
        .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(",")))
        .collect();
    fails(&yaml(&format!("a0: &a0 x\n{bomb}val: images/val\n{names}")), "", &["data.yaml"]);
    let several = folder(&[
        ("classes.txt", "cat\ndog"),
        ("images/val/a.png", ""),
        ("images/train/a.png", ""),
        ("labels/val/a.txt", LINE),
    ]);
    fails(&several, "", &["several parts", "images/train", "images/val"]);
    // Two lists that differ: which one do the labels mean?
    let two = folder(&[
        ("images/a.png", ""),
        ("labels/a.txt", LINE),
        ("labels/classes.txt", "dog\ncat"),
        ("classes.txt", "cat\ndog"),
    ]);
    fails(&two, "", &["classes.txt", "lists other classes than", "labels/classes.txt"]);
}

#[test]
fn yolo_lines() {
    let set = |labels: &str| {
        let files =
            folder(&[("images/a.png", ""), ("labels/a.txt", labels), ("classes.txt", "cat\ndog")]);
        opened(&files, "")
    };
    assert_eq!(set("1.0 0.5 0.5 0.5 0.5").images[0].boxes[0].class, 1);
    for (line, cause, word) in [
        ("1 .1 .1 .2 .2 .3 .3 .1 .3", Cause::BadBox, "9 words instead of 5"),
        ("1 .1 .1 .2 .2 .3 .3 .1 .3", Cause::BadBox, "perhaps a polygon"),
        ("1 .1 .1 .2 .2 .3 .3", Cause::BadBox, "perhaps a polygon"),
        ("1 .5 .5 .1 .1 .9", Cause::BadBox, "the sixth may be its score"),
        ("1 .5 .5 .1 .1 .4 .4 2", Cause::BadBox, "perhaps a box with key points"),
        ("1 .5 .5 .1", Cause::BadBox, "in 0..1 of the picture"),
        ("1 .5 .5 nan .1", Cause::BadBox, "`nan`"),
        ("1", Cause::NoBox, "1 words"),
        ("1.5 .5 .5 .1 .1", Cause::NoClass, "1.5"),
        ("-1 .5 .5 .1 .1", Cause::NoClass, "-1"),
        ("9 .5 .5 .1 .1", Cause::UnknownClass, "class 9"),
        ("1,.5,.5,.1,.1", Cause::NoClass, "1,.5"),
        ("1 .5 .5 0 .1", Cause::NoArea, "no area"),
    ] {
        let set = set(&format!("{LINE}\n{line}\n"));
        assert_eq!((rects(&set).len(), causes(&set)), (1, vec![cause]), "{line}");
        says(&set.skipped[0].reason, &["line 2", word]);
    }
}

/// Every object is counted: to be found, not counted, or left out under its reason and class.
#[test]
fn objects_are_counted() {
    let boxes = |count: usize, class: &str, rest: &str| -> String {
        format!(r#", {{"image_id": 1, "category_id": {class}, "bbox": [4, 2, 10, 6]{rest}}}"#)
            .repeat(count)
    };
    let all = [
        GOOD.to_string(),
        boxes(2, "1", r#", "iscrowd": true"#),
        boxes(5, "\"dog\"", ""),
        boxes(3, "3", ""),
        r#", {"image_id": 1, "category_id": 1}"#.repeat(4),
        r#", {"image_id": 1, "category_id": "dog", "bbox": [1, 1, 0, 1]}"#.into(),
    ];
    let set = opened(&coco(r#""id": 1"#, &all.concat()), "");
    let aligned = set.for_classes(&["Cat".into(), "bird".into()]).unwrap().dataset;
    let tally = Tally::new(&aligned);
    assert_eq!((tally.pictures, tally.objects, tally.to_find), (1, 16, 1));
    let count = |counts: &[spikemesh::detect::Count]| -> Vec<(Option<String>, usize)> {
        counts.iter().map(|count| (count.class.clone(), count.count)).collect()
    };
    let some = |name: &str| Some(name.to_string());
    assert_eq!(
        count(&tally.left_out),
        [(some("7"), 3), (some("dog"), 5), (some("cat"), 4), (some("dog"), 1)]
    );
    assert_eq!(count(&tally.not_counted), [(some("Cat"), 2)]);
    says(
        &tally.to_string(),
        &[
            "16 boxes, 1 of them",
            "8 left out",
            "(dog 5, 7 3)",
            "4 left out: they have no box (cat 4)",
            "2 not counted",
        ],
    );
}

fn scene() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes/scene-00.png")).unwrap()
}

/// `eval` of the network inside on a set; its output, the table of accuracy and the manifest.
fn evaluated(data: &Path) -> (String, String, String) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut eval = spikemesh();
    eval.args(["eval", "digits", "--recipe", "best", "--checkpoints", "1", "--data"]).arg(data);
    let (text, _) = succeeds(eval.arg("--out").arg(&out));
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    (text, read("accuracy.csv"), read("manifest.toml"))
}

#[test]
fn eval_tells_what_it_left_out() {
    let json = |more: &str| {
        format!(
            r#"{{"images": [{{"id": 1, "file_name": "a.png"}}],
            "annotations": [{{"image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 60]}}{more}],
            "categories": [{{"id": 1, "name": "5"}}, {{"id": 2, "name": "person"}}]}}"#
        )
    };
    let set = |more: &str| folder(&[("a.json", json(more).into_bytes()), ("a.png", scene())]);
    let person = r#", {"image_id": 1, "category_id": 2, "bbox": [10, 10, 50, 60]}"#.repeat(20);
    let (alone, with) = (set(""), set(&person));
    let (_, plain, _) = evaluated(alone.path());
    let (text, same, manifest) = evaluated(with.path());
    assert_eq!(plain, same);
    says(
        &text,
        &[
            "21 boxes, 1 of them to be found",
            "20 left out: the network does not have their class (person 20)",
        ],
    );
    let manifest: toml::Table = manifest.parse().unwrap();
    let labels = manifest["labels"].as_table().unwrap();
    assert_eq!(
        (labels["objects"].as_integer(), labels["to_find"].as_integer()),
        (Some(21), Some(1))
    );
    let left = labels["left_out"][0].as_table().unwrap();
    assert_eq!((left["class"].as_str(), left["count"].as_integer()), (Some("person"), Some(20)));
    // Nothing left is an error with the same words.
    let none = json(&person).replace("\"category_id\": 1,", "\"category_id\": 2,");
    let none = folder(&[("a.json", none.into_bytes()), ("a.png", scene())]);
    let mut eval = spikemesh();
    eval.args(["eval", "digits", "--data"])
        .arg(none.path())
        .arg("--out")
        .arg(none.path().join("out"));
    refused(&mut eval, &["no box that counts", "person 21"]);
}

#[test]
fn eval_of_no_pictures_is_a_usage_error() {
    let dir = tempfile::tempdir().unwrap();
    for limit in ["0", "many"] {
        let out = dir.path().join("out");
        let mut eval = spikemesh();
        let output = eval.args(["eval", "--limit", limit, "--out"]).arg(&out).assert().code(2);
        says(&String::from_utf8_lossy(&output.get_output().stderr), &["--limit"]);
        assert!(!out.exists());
    }
}

#[test]
fn cases_of_the_shared_folder() {
    let Some(good) = shared("coco/good.json") else { return };
    let (_, good, _) = evaluated(&good);
    for (name, words) in [
        ("coco/unknown-class.json", &["20 left out", "person 20"][..]),
        ("coco/zero-box.json", &["20 left out", "no area"]),
        ("coco/bool-iscrowd.json", &["1 box, 1 of them"]),
        ("coco/float-size.json", &["1 box, 1 of them"]),
        ("coco/null-size.json", &["1 box, 1 of them"]),
        ("coco/no-bbox.json", &["1 left out: they have no box (5 1)"]),
        ("voc-difficult-text", &["1 box, 1 of them", "neither yes nor no"]),
        ("voc-filename", &["1 box, 1 of them", "another name"]),
        ("voc-polygon", &["1 left out: they have no box (5 1)", "polygon"]),
        ("yolo-ultralytics", &["1 box, 1 of them"]),
    ] {
        let Some(path) = shared(name) else { continue };
        let (text, table, manifest) = evaluated(&path);
        says(&text, words);
        assert_eq!(manifest.contains("[[labels.left_out]]"), text.contains("left out"), "{name}");
        // The same box in pixels; that of YOLO is rounded.
        assert!(name.starts_with("yolo") || table == good, "{name}: {table} {good}");
    }
}
