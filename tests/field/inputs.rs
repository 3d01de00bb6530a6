//! Files of other kinds under the names of pictures and arrays, and folders of both.

use super::pictures::{at, gradient, jpeg, png, rule};
use super::{refused, spikemesh};
use ndarray::{Array3, ArrayD};
use ndarray_npy::write_npy;
use spikemesh::ann::Shape;
use spikemesh::detect::Dataset;
use spikemesh::encode::inputs;
use std::fs;
use std::path::Path;

/// First bytes, and what the message says.
const FOREIGN: &[(&[u8], &[&str])] = &[
    (b"", &["empty", "copied whole"]),
    (&[0; 600], &["nothing but zeros", "copied whole"]),
    (b"<!DOCTYPE html>\n<html><body>404", &["web page", "load the file itself"]),
    (b"\r\n<html>", &["web page"]),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", &["Git LFS", "git lfs pull"]),
    (b"Not Found\n", &["a text", ".jpg"]),
    (b"{\"message\": \"gr\xc3\xb6\xc3\x9fer\"}", &["a text"]),
    (b"PK\x03\x04photographs/a.jpg", &["zip", "unpack"]),
    (b"PK\x03\x04x.npy", &[".npz", "as .npy"]),
    (b"\x1f\x8b\x08", &["packed", "unpack"]),
    (b"GIF89a", &["GIF", "save it as .jpg or .png"]),
    (b"BM\x36\0\0\0\0\0\0\0", &["BMP", "save it as"]),
    (b"II*\0\x08\0\0\0", &["TIFF", "save it as"]),
    (b"RIFF\x10\0\0\0WEBPVP8 ", &["WebP", "save it as"]),
    (b"\0\0\0\x18ftypheic\0\0\0\0", &["HEIC", "save it as"]),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", &["a film", "save pictures of it"]),
    (b"<?xml version=\"1.0\"?><svg/>", &["SVG", "save it as"]),
    (b"\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\x05\x06", &["IDX", "save its pictures"]),
    (b"#!AER-DAT2.0\r\n", &["event camera", "sum its events up"]),
    (b"PK\x03\x04archive/data.pkl", &["PyTorch", "no input", "give a picture"]),
    (b"\x89HDF\r\n\x1a\n\0\0", &["HDF5", "give a picture"]),
];

#[test]
fn other_kinds_of_files_are_named() {
    let (dir, shape) = (tempfile::tempdir().unwrap(), Shape::new(3, 2, 4));
    for (bytes, words) in FOREIGN {
        for name in ["a.jpg", "a.png", "a.npy"] {
            let path = at(&dir, name, bytes);
            let error =
                inputs(&path, &rule("rgb", ""), shape).unwrap()[0].load().unwrap_err().to_string();
            for word in words.iter().chain(&[name]) {
                assert!(error.contains(word), "{name}: `{word}` is missing: {error}");
            }
            assert!(!error.contains("--input") && !error.contains("not a network"), "{error}");
        }
    }
    // Under the name of the other kind, and of none.
    let array = dir.path().join("b.npy");
    write_npy(&array, &Array3::<f32>::zeros((3, 2, 4))).unwrap();
    let (array, picture) = (fs::read(array).unwrap(), png(&gradient(4, 2).into()));
    for (name, bytes, word) in [
        ("a.png", &array, "call it NAME.npy"),
        ("a.npy", &picture, "call it NAME.png"),
        ("a.bmp", &b"BM\x36\0\0\0\0\0\0\0".to_vec(), "BMP"),
        ("a", &jpeg(&gradient(4, 2)), "call it"),
    ] {
        let path = at(&dir, name, bytes);
        let error =
            inputs(&path, &rule("rgb", ""), shape).and_then(|items| items[0].load()).unwrap_err();
        assert!(error.to_string().contains(word), "{name}: {error}");
    }
    // A picture is one whatever its name says of its kind.
    let path = at(&dir, "a.jpg", &picture);
    assert!(inputs(&path, &rule("rgb", ""), shape).unwrap()[0].load().is_ok());
}

/// Sets and the command line say the same.
#[test]
fn labelled_pictures_of_other_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let page = at(&dir, "a.jpg", b"<html>");
    let error = Dataset::unlabelled(dir.path()).unwrap_err().to_string();
    assert!(error.contains("web page") && error.contains("a.jpg"), "{error}");
    let mut run = spikemesh();
    run.args(["run", "digits", "--input"]).arg(page).arg("--out").arg(dir.path().join("out"));
    refused(&mut run, &["a.jpg", "web page", "load the file itself"]);
}

/// Neither kind is left out in silence.
#[test]
fn folders_of_pictures_and_arrays() {
    let (dir, shape) = (tempfile::tempdir().unwrap(), Shape::new(3, 2, 4));
    let list = |folder: &Path| inputs(folder, &rule("rgb", ""), shape);
    for name in ["b.npy", "c.npy"] {
        write_npy(dir.path().join(name), &Array3::<f32>::zeros((3, 2, 4))).unwrap();
    }
    assert_eq!(list(dir.path()).unwrap().len(), 2);
    let picture = at(&dir, "z.png", &png(&gradient(4, 2).into()));
    let error = list(dir.path()).unwrap_err().to_string();
    for word in ["1 picture", "2 arrays", "b.npy", "folder of its own"] {
        assert!(error.contains(word), "`{word}` is missing: {error}");
    }
    let mut run = spikemesh();
    run.args(["run", "digits", "--out"]).arg(dir.path().join("out")).arg("--input").arg(dir.path());
    refused(&mut run, &["1 picture", "2 arrays"]);
    assert!(list(&picture).is_ok());
    fs::remove_file(dir.path().join("b.npy")).unwrap();
    fs::rename(dir.path().join("c.npy"), dir.path().join("c.npy.old")).unwrap();
    assert_eq!(list(dir.path()).unwrap().len(), 1);
}

/// What a folder holds is run or refused, not passed over.
#[test]
fn folders_with_pictures_of_other_forms_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    at(&dir, "a.png", &png(&gradient(4, 2).into()));
    at(&dir, "notes.txt", b"of no matter");
    let list = || inputs(dir.path(), &rule("rgb", ""), Shape::new(3, 2, 4));
    assert_eq!(list().unwrap().len(), 1);
    at(&dir, "c.WEBP", b"RIFF\x10\0\0\0WEBPVP8 ");
    at(&dir, "b.bmp", b"BM\x36\0\0\0\0\0\0\0");
    let said =
        [list().unwrap_err().to_string()]
            .into_iter()
            .chain([Dataset::unlabelled(dir.path()).unwrap_err().to_string()]);
    said.for_each(|error| assert!(error.contains("b.bmp") && error.contains("BMP"), "{error}"));
    // Folders and links to nowhere are none.
    for name in ["b.bmp", "c.WEBP"] {
        fs::remove_file(dir.path().join(name)).unwrap();
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    assert_eq!(list().unwrap().len(), 1);
}

/// A dimension of one element stands anywhere, or nowhere; all that fit are the same input.
#[test]
fn dimensions_of_one_may_be_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let shapes: [&[usize]; 4] = [&[2, 5], &[1, 2, 5], &[1, 2, 1, 5], &[2, 5, 1]];
    let read = |file: &Path| inputs(file, None, Shape::new(2, 5, 1)).unwrap()[0].load().unwrap();
    let values: Vec<f32> = (0..10).map(|n| n as f32).collect();
    for (n, shape) in shapes.iter().enumerate() {
        let file = dir.path().join(format!("{n}.npy"));
        write_npy(&file, &ArrayD::from_shape_vec(*shape, values.clone()).unwrap()).unwrap();
        assert_eq!(read(&file), values, "{shape:?}");
    }
    let turned = dir.path().join("turned.npy");
    write_npy(&turned, &ArrayD::from_shape_vec(&[5, 2][..], values).unwrap()).unwrap();
    assert_eq!(read(&turned), [0.0, 2.0, 4.0, 6.0, 8.0, 1.0, 3.0, 5.0, 7.0, 9.0]);
}
