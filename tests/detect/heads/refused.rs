//! Keys that a kind does not have or that do not fit each other, and outputs of other shapes.

use super::{BEGIN, Rows, decoder};
use spikemesh::ann::Shape;
use spikemesh::detect::{Decoder, Error, Output};
use std::path::Path;

#[test]
fn keys_that_do_not_fit() {
    for (keys, says) in [
        ("kind = \"yolox\"", &["missing key `stride`", "line 10"][..]),
        ("kind = \"yolox\"\nstride = 0", &["above 0", "line 13"]),
        ("kind = \"yolox\"\nstride = []", &["above 0", "line 13"]),
        ("kind = \"yolox\"\nstride = \"8\"", &["[8, 16, 32]", "line 13"]),
        ("kind = \"yolox\"\nstride = [16, 24]", &["stride 24 of head 0", "64x32"]),
        ("kind = \"yolox\"\nstride = 8\nanchors = [[1, 2]]", &["anchors", "line 14", "activated"]),
        ("kind = \"yolov5\"\nstride = 8", &["stride and anchors"]),
        ("kind = \"yolov5\"\nanchors = [[1, 2]]", &["stride and anchors"]),
        ("kind = \"yolov5\"\nactivated = false", &["stride and anchors"]),
        ("kind = \"yolov5\"\nstride = 8\nanchors = [[0, 1]]", &["above 0", "line 14"]),
        ("kind = \"yolov5\"\nscores = \"softmax\"", &["scores", "line 13"]),
        ("kind = \"yolov8\"\nreg_max = 16", &["stride is needed"]),
        ("kind = \"yolov8\"\nstride = 8\nreg_max = 0", &["reg_max is 0", "line 14"]),
        ("kind = \"yolov8\"\nstride = 48", &["stride 48 of head 0"]),
        ("kind = \"ssd\"\npriors = [[1, 1, 1, 1]]", &["locations and scores", "line 11"]),
        ("kind = \"region\"\nstride = 8\nanchors = [[1, 1]]\nactivated = true", &["activated"]),
    ] {
        refused(&format!("output = 0\n{keys}"), says);
    }
    for (keys, says) in [
        ("", &["stride and sizes", "priors"][..]),
        ("stride = 16", &["stride and sizes"]),
        ("priors = [[1, 1, 1, 1]]\nclip = true", &["priors alone"]),
        ("priors = [[1, 1, 0, 1]]", &["above 0", "line 13"]),
        ("priors = []", &["priors must be a list", "line 13"]),
        ("stride = 16\nsizes = [[8], [16]]", &["stride is for 1 levels, sizes for 2"]),
        ("stride = 16\nsizes = [[8, 9, 10]]", &["[side, next side]", "line 14"]),
        ("stride = 0.5\nsizes = [[8]]", &["1 or more", "line 13"]),
        ("stride = 16\nsizes = [[8]]\naspect_ratios = [[-2]]", &["above 0", "line 15"]),
        ("priors = [[1, 1, 1, 1]]\nbackground = 3", &["background = 3", "0 to 2"]),
        ("priors = [[1, 1, 1, 1]]\nsize_variance = 0", &["above 0", "line 14"]),
        ("priors = [[1, 1, 1, 1]]\nscores = \"object\"", &["object", "softmax", "line 14"]),
    ] {
        refused(&format!("output = [0, 1]\nkind = \"ssd\"\n{keys}"), says);
    }
    refused(
        "output = [1, 1]\nkind = \"ssd\"\npriors = [[1, 1, 1, 1]]",
        &["two heads read output 1"],
    );
}

#[track_caller]
fn refused(keys: &str, says: &[&str]) {
    let text = format!("{BEGIN}[[detect.head]]\n{keys}\n");
    let error = Decoder::parse(&text, Path::new("x.detector.toml")).unwrap_err().to_string();
    for part in says {
        assert!(error.contains(part), "`{part}` is missing for {keys}: {error}");
    }
}

#[test]
fn heads_stand_as_tables() {
    let parse = |heads: &str| Decoder::parse(&format!("{BEGIN}{heads}"), Path::new("x"));
    let says = |heads: &str, part: &str| {
        let error = parse(heads).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    says("", "missing key `head`");
    says("head = 3\n", "line 10");
    says("head = [3]\n", "line 10");
    says("head = [{ output = 0 }]\n", "missing key `kind`");
    assert!(parse("head = [{ output = 0, kind = \"yolov8\" }]\n").is_ok());
}

#[test]
fn outputs_of_other_shapes() {
    let ssd = "output = [0, 1]\nkind = \"ssd\"\n";
    let level = format!("{ssd}stride = 32\nsizes = [[8]]");
    let listed = format!("{ssd}priors = [[1, 1, 1, 1], [2, 2, 2, 2]]");
    for (head, shapes, says) in [
        (
            "output = 0\nkind = \"yolox\"\nstride = [16, 32]",
            &[[10, 6, 1]][..],
            &["found [10, 6, 1]", "[10, 7, 1] or [7, 10, 1]", "10 cells", "5 + 2 classes"][..],
        ),
        (
            "output = 0\nkind = \"yolox\"\nstride = 16",
            &[[7, 4, 2]],
            &["[8, 7, 1] or [7, 2, 4]", "strides [16]"],
        ),
        (
            "output = 0\nkind = \"yolov5\"\nstride = 16\nanchors = [[1, 1], [2, 2]]",
            &[[7, 2, 4]],
            &["[14, 2, 4] or [16, 7, 1]", "2 anchors x (5 + 2 classes)"],
        ),
        ("output = 0\nkind = \"yolov5\"", &[[9, 6, 1]], &["[boxes, 7, 1]", "an object"]),
        ("output = 0\nkind = \"yolov8\"", &[[9, 7, 1]], &["[6, boxes, 1]", "2 classes"]),
        (
            "output = 0\nkind = \"yolov8\"\nstride = 16",
            &[[18, 2, 4]],
            &["[66, 2, 4] or [8, 66, 1]", "4 x 16 bins + 2 classes"],
        ),
        (&level, &[[2, 4, 1], [2, 2, 1]], &["`o1`", "[2, 3, 1] or [3, 1, 2]", "background + 2"]),
        (&listed, &[[3, 4, 1], [2, 3, 1]], &["`o0`", "expected [2, 4, 1]", "4 numbers"]),
    ] {
        let outputs: Vec<(String, Shape)> = shapes
            .iter()
            .enumerate()
            .map(|(n, &[c, h, w])| (format!("o{n}"), Shape::new(c, h, w)))
            .collect();
        let values: Vec<Vec<f32>> = outputs.iter().map(|(_, s)| vec![0.0; s.len()]).collect();
        let outputs: Vec<Output> = outputs
            .iter()
            .zip(&values)
            .map(|((name, shape), values)| Output { name, shape: *shape, values })
            .collect();
        let error = decoder(&[head]).decode(&outputs, (64, 32)).unwrap_err();
        assert!(matches!(error, Error::HeadShape { .. }), "{error}");
        for part in says {
            assert!(error.to_string().contains(part), "`{part}` is missing: {error}");
        }
    }
    // Half of the outputs of a pair are not enough.
    let (shape, values) = Rows::new(2, 0.0, &[(0, &[0.0; 4])]).rows();
    let one = [Output { name: "o0", shape, values: &values }];
    let error = decoder(&[&listed]).decode(&one, (64, 32)).unwrap_err().to_string();
    assert!(error.contains("is output 1"), "{error}");
}
