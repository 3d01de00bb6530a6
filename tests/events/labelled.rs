//! Labelled sets.

use super::shared;
use super::written::{bs2, npy, sample};
use spikemesh::encode::labelled::{
    Classified, Content, Error, Grey, Place, classified, passed_over,
};
use spikemesh::error_code::Coded;
use std::fs;
use std::path::Path;

/// A folder of these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Names and labels.
fn labels(set: &Classified) -> Vec<(&str, usize)> {
    set.items.iter().map(|item| (item.name.as_str(), item.label)).collect()
}

#[track_caller]
fn refused(path: &Path, code: &str, words: &[&str]) -> Error {
    let error = classified(path).expect_err(code);
    let text = error.to_string();
    assert_eq!(error.code().to_string(), code, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is missing: {text}");
    }
    error
}

/// Pictures of 2 x 3 whose pixels count on.
fn images(count: u32) -> Vec<u8> {
    let header = [0x0803, count, 2, 3].into_iter().flat_map(u32::to_be_bytes);
    header.chain((0..count * 6).map(|pixel| pixel as u8)).collect()
}

fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let header = [0x0801, labels.len() as u32].into_iter().flat_map(u32::to_be_bytes);
    header.chain(labels.iter().copied()).collect()
}

#[test]
fn tables_of_files_are_sets() {
    let events = sample(9);
    let one = bs2(&events);
    let files: &[(&str, &[u8])] = &[
        ("b.csv", b"file,label\nx/3.bs2,0\n"),
        ("a.csv", b"label,file\n2,x/1.bs2\n1,x/2.bs2\n"),
        ("other.csv", b"name,value\n1,2\n"),
        ("x/1.bs2", &one),
        ("x/2.bs2", &one),
        ("x/3.bs2", &one),
    ];
    let folder = folder(files);
    let set = classified(folder.path()).unwrap();
    assert_eq!(labels(&set), [("x/1.bs2", 2), ("x/2.bs2", 1), ("x/3.bs2", 0)]);
    assert_eq!(set.classes, ["0", "1", "2"]);
    let Content::Recording(read) = set.items[0].load().unwrap() else { panic!() };
    assert_eq!(read.events, events);
    let set = classified(&folder.path().join("b.csv")).unwrap();
    assert_eq!((labels(&set), set.classes.len()), (vec![("x/3.bs2", 0)], 1));
}

#[test]
fn headers_of_tables_are_read_as_csv() {
    let one = bs2(&sample(9));
    let files: &[(&str, &[u8])] = &[
        ("a.csv", b"\"File\",\"label\"\n\"x/1.bs2\",\"1\"\n"),
        ("b.csv", b"file;label\nx/1.bs2;1\n"),
        ("x/1.bs2", &one),
        ("y/2.bs2", &one),
    ];
    let folder = folder(files);
    assert_eq!(labels(&classified(folder.path()).unwrap()), [("x/1.bs2", 1)]);
    assert_eq!(passed_over(folder.path()).unwrap(), [folder.path().join("b.csv")]);
    fs::remove_file(folder.path().join("a.csv")).unwrap();
    fs::write(folder.path().join("c.csv"), "t,x,y,p\n1,2,3,1\n").unwrap();
    assert_eq!(classified(folder.path()).unwrap().classes, ["x", "y"]);
}

#[test]
fn classes_may_have_names() {
    let one = bs2(&sample(2));
    let folder = folder(&[
        ("a.csv", b"file,label\n1.bs2,dog\n2.bs2,cat\n3.bs2,dog\n"),
        ("1.bs2", &one),
        ("2.bs2", &one),
        ("3.bs2", &one),
    ]);
    let set = classified(folder.path()).unwrap();
    assert_eq!(labels(&set), [("1.bs2", 1), ("2.bs2", 0), ("3.bs2", 1)]);
    assert_eq!(set.classes, ["cat", "dog"]);
}

#[test]
fn rows_that_do_not_fit_are_told_with_their_line() {
    let one = bs2(&sample(2));
    for (rows, code, words) in [
        ("../1.bs2,1", "E0434", &["line 2", "without `..`"][..]),
        ("x/../../1.bs2,1", "E0434", &["without `..`"]),
        ("/etc/passwd,1", "E0434", &["/etc/passwd"]),
        (",1", "E0434", &["the file is ``"]),
        ("1.bs2,", "E0434", &["the label is missing"]),
        ("1.bs2,1\n2.bs2,seven", "E0434", &["line 3", "`seven`", "whole numbers"]),
        ("1.bs2,seven\n2.bs2,1", "E0434", &["line 3", "`1`", "names alone"]),
        ("1.bs2,-1", "E0434", &["`-1`", "0 to 65535"]),
        ("1.bs2,1.5", "E0434", &["`1.5`"]),
        ("1.bs2,99999999", "E0434", &["0 to 65535"]),
        ("1.bs2,1\n1.bs2,1", "E0434", &["line 3", "twice"]),
        ("1.bs2,1,2", "E0434", &["line 2", "correct the line"]),
        ("notes.txt,1", "E0434", &["neither a picture"]),
        ("gone.bs2,1", "E0435", &["gone.bs2 is missing", "a.csv"]),
        ("", "E0432", &["lists no files"]),
    ] {
        let table = format!("file,label\n{rows}\n");
        let folder = folder(&[
            ("a.csv", table.as_bytes()),
            ("1.bs2", &one),
            ("2.bs2", &one),
            ("notes.txt", b"x"),
        ]);
        refused(folder.path(), code, words);
    }
}

#[test]
fn idx_pairs_are_sets() {
    let (images, labels_of) = (images(3), idx_labels(&[4, 0, 4]));
    let (many, four) = (self::images(4), idx_labels(&[1; 4]));
    let set = folder(&[
        ("train-images.idx3-ubyte", &many),
        ("train-labels.idx1-ubyte", &four),
        ("t10k-images-idx3-ubyte", &images),
        ("t10k-labels-idx1-ubyte", &labels_of),
    ]);
    // The test part, where there are several.
    let read = classified(set.path()).unwrap();
    assert_eq!(read.items.iter().map(|item| item.label).collect::<Vec<_>>(), [4, 0, 4]);
    assert_eq!(read.classes.len(), 5);
    assert_eq!(read.items[1].name, "t10k-images-idx3-ubyte-1");
    let wanted = Grey { height: 2, width: 3, pixels: vec![6, 7, 8, 9, 10, 11] };
    assert_eq!(read.items[1].load().unwrap(), Content::Grey(wanted));
    let read = classified(&set.path().join("train-images.idx3-ubyte")).unwrap();
    assert_eq!(read.items.len(), 4);

    let a = ("a-images.idx3-ubyte", &images[..]);
    let b = ("b-images.idx3-ubyte", &images[..]);
    refused(folder(&[a, b]).path(), "E0432", &["several"]);
    refused(folder(&[a]).path(), "E0435", &["a-labels.idx1-ubyte is missing"]);
    refused(folder(&[a, ("a-labels.idx1-ubyte", &four)]).path(), "E0436", &["4 labels", "3 pict"]);
    let cut = ("a-images.idx3-ubyte", &images[..30]);
    refused(folder(&[cut]).path(), "E0433", &["3 pictures of 3 x 2 are not 30 bytes"]);
    refused(folder(&[("a-images.idx3-ubyte", &[0, 0, 8, 3, 1])]).path(), "E0433", &["16 bytes"]);
    let huge = [&[0, 0, 8, 3][..], &[0xff; 12]].concat();
    refused(folder(&[("a-images.idx3-ubyte", &huge)]).path(), "E0433", &["are not 16 bytes"]);
    let short = ("a-labels.idx1-ubyte", &labels_of[..9]);
    refused(folder(&[a, short]).path(), "E0433", &["3 labels are not 9 bytes"]);
    refused(folder(&[("a-images.idx3-ubyte.gz", b"x")]).path(), "E0432", &["unpack it first"]);
}

#[test]
fn folders_of_classes_are_sets() {
    let one = bs2(&sample(2));
    let read = |classes: [&str; 3]| {
        let [a, b, c] = classes.map(|class| format!("{class}/1.bs2"));
        let other = format!("{}/notes.txt", classes[0]);
        let set = folder(&[(&a, &one), (&b, &one), (&c, &one), (&other, b"x"), (".git/x", b"")]);
        classified(set.path()).unwrap()
    };
    let set = read(["dog", "cat", "bird"]);
    assert_eq!(labels(&set), [("bird/1.bs2", 0), ("cat/1.bs2", 1), ("dog/1.bs2", 2)]);
    assert_eq!(set.classes, ["bird", "cat", "dog"]);
    assert!(matches!(&set.items[0].place, Place::Recording(path) if path.ends_with("bird/1.bs2")));
    let set = read(["10", "2", "0"]);
    assert_eq!(labels(&set), [("0/1.bs2", 0), ("2/1.bs2", 2), ("10/1.bs2", 10)]);
    assert_eq!(set.classes.len(), 11);
    assert_eq!(read(["1", "2", "none"]).classes, ["1", "2", "none"]);
    refused(folder(&[("a/notes.txt", b"x")]).path(), "E0432", &["no labelled recordings"]);
    refused(&folder(&[]).path().join("nowhere"), "E0431", &["nowhere"]);
    refused(&folder(&[("a.txt", b"x")]).path().join("a.txt"), "E0432", &["no labelled set"]);
}

#[test]
fn arrays_with_labels_are_sets() {
    let array = npy("'|u1'", "(2, 2, 3)", false, &[5; 12]);
    let set = folder(&[("images.npy", &array), ("labels.txt", b"3 1\n")]);
    let read = classified(set.path()).unwrap();
    assert_eq!(labels(&read), [("images-0", 3), ("images-1", 1)]);
    let wanted = Grey { height: 2, width: 3, pixels: vec![5; 6] };
    assert_eq!(read.items[1].load().unwrap(), Content::Grey(wanted));
    let with =
        |labels: &[u8], array: &[u8]| folder(&[("images.npy", array), ("labels.txt", labels)]);
    refused(with(b"1 2 3", &array).path(), "E0436", &["3 labels for the 2 pictures"]);
    refused(with(b"1 cat", &array).path(), "E0437", &["label 2 is `cat`"]);
    refused(with(b"1 2", &array[..array.len() - 1]).path(), "E0433", &["are not"]);
    let floats = npy("'<f4'", "(2, 2, 3)", false, &[5; 48]);
    refused(with(b"1 2", &floats).path(), "E0432", &["8-bit pixels"]);
    let alone = folder(&[("images.npy", &array)]);
    refused(&alone.path().join("images.npy"), "E0435", &["labels.txt is missing"]);
}

#[test]
fn the_small_sets_are_read() {
    if let Some(path) = shared("data/nmnist-small") {
        let set = classified(&path).unwrap();
        assert_eq!((set.items.len(), set.classes.len()), (350, 10));
        assert_eq!(labels(&set)[..2], [("test/60001.bs2", 7), ("test/60002.bs2", 2)]);
        for item in &set.items {
            let Content::Recording(read) = item.load().unwrap() else { panic!("{}", item.name) };
            assert!(read.notes.is_empty() && read.events.len() > 1000, "{}", item.name);
        }
        assert_eq!(classified(&path.join("test.csv")).unwrap().items.len(), 50);
    }
    if let Some(path) = shared("data/mnist-small") {
        let set = classified(&path).unwrap();
        assert_eq!((set.items.len(), set.classes.len()), (1000, 10));
        let Content::Grey(grey) = set.items[999].load().unwrap() else { panic!() };
        assert_eq!((grey.height, grey.width, grey.pixels.len()), (28, 28, 784));
    }
    if let Some(path) = shared("models/nxtf-mnist") {
        let set = classified(&path).unwrap();
        assert_eq!(set.items.iter().map(|i| i.label).collect::<Vec<_>>(), [7, 2, 1, 0, 4, 1, 4, 9]);
        assert!(matches!(set.items[7].load().unwrap(), Content::Grey(grey) if grey.width == 28));
    }
}
