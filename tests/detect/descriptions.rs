//! `[detect]` tables: what is read, what is refused, and whether they fit a network.

use std::path::Path;

use spikemesh::ann::op::Input;
use spikemesh::ann::{Graph, Head, Node, Op, Shape};
use spikemesh::detect::{Decoder, Error, HeadKind, OutputKey, Scores};
use spikemesh::encode::Detector;

const GOOD: &str = r#"width = 64
height = 32
resize = "plain"
channels = "rgb"
scale = 1.0

[detect]
score = 0.01
nms_iou = 0.45
classes = ["cat", "dog"]

[[detect.head]]
output = "coarse"
kind = "region"
stride = 32
anchors = [[1.5, 2], [3, 4]]

[[detect.head]]
output = 1
kind = "yolo"
stride = 16
anchors = [[10, 13]]
scale_x_y = 1.05
"#;

fn parse(text: &str) -> Result<Decoder, Error> {
    Decoder::parse(text, Path::new("x.detector.toml"))
}

#[test]
fn every_key_is_read() {
    let decoder = parse(GOOD).unwrap();
    assert_eq!((decoder.score, decoder.nms_iou), (0.01, 0.45));
    assert_eq!(decoder.classes, ["cat", "dog"]);
    let [coarse, fine] = decoder.heads.as_slice() else { panic!("two heads") };
    assert_eq!((coarse.kind(), fine.kind()), (HeadKind::Region, HeadKind::Yolo));
    let [coarse, fine] = [coarse, fine].map(|head| head.anchored().unwrap());
    assert_eq!((coarse.scores, fine.scores), (Scores::Softmax, Scores::Sigmoid));
    assert_eq!(coarse.output, OutputKey::Name("coarse".into()));
    assert_eq!(fine.output, OutputKey::Index(1));
    assert_eq!((coarse.stride, coarse.scale_x_y, fine.scale_x_y), (32, 1.0, 1.05));
    assert_eq!(coarse.anchors, [[1.5, 2.0], [3.0, 4.0]]);
}

#[test]
fn built_in_descriptions_have_heads() {
    let classifiers = ["digit-256", "digit-pools"];
    let shapes: Vec<_> = Detector::known()
        .filter(|stem| !classifiers.contains(stem))
        .map(|stem| {
            let decoder = Decoder::for_network(stem).unwrap();
            assert_eq!(decoder.input, Detector::for_network(stem).unwrap());
            (decoder.classes.len(), decoder.heads.len())
        })
        .collect();
    assert_eq!(
        shapes,
        [(80, 2), (80, 1), (20, 1), (20, 1), (20, 2), (1, 1), (10, 1), (10, 1), (10, 1), (1, 1)]
    );
    let error = Decoder::for_network("other").unwrap_err().to_string();
    assert!(error.contains("other") && error.contains("yoloface-50k"), "{error}");
}

#[test]
fn faults_are_named_with_their_line() {
    for (from, to, says) in [
        ("nms_iou", "nms_iuo", &["nms_iuo", "line 9"][..]),
        ("stride = 32", "strid = 32", &["strid", "line 15"]),
        ("scale = 1.0", "scale = 1.0\nanchors = 3", &["anchors", "line 6"]),
        ("score = 0.01", "score = 1.5", &["this is 1.5", "line 8"]),
        ("nms_iou = 0.45", "nms_iou = nan", &["this is NaN", "line 9"]),
        ("nms_iou = 0.45\n", "", &["nms_iou"]),
        ("[\"cat\", \"dog\"]", "[]", &["classes is empty", "line 10"]),
        ("\"dog\"", "\"cat\"", &["`cat` stands twice"]),
        ("\"region\"", "\"fcos\"", &["fcos", "region", "line 14"]),
        ("[[10, 13]]", "[]", &["anchors", "line 22"]),
        ("[[10, 13]]", "[[10, 0]]", &["anchors", "line 22"]),
        ("[[10, 13]]", "[10, 13]", &["line 22"]),
        ("stride = 16", "stride = 0", &["stride is 0", "line 21"]),
        ("stride = 16", "stride = 24", &["stride 24 of head 1", "64x32"]),
        ("scale_x_y = 1.05", "scale_x_y = 0", &["scale_x_y", "line 23"]),
        ("output = 1", "output = \"coarse\"", &["two heads read output `coarse`"]),
        ("output = 1", "output = -1", &["index (from 0) or a name", "line 19"]),
        ("output = 1", "output = 1\nscores = \"object\"", &["head 1", "one class, not 2"]),
        ("[detect]", "[detection]", &["detection"]),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains("x.detector.toml"), "{error}");
        for part in says {
            assert!(error.contains(part), "{to}: {error}");
        }
    }
    let input_only = GOOD.split("[detect]").next().unwrap();
    let error = parse(input_only).unwrap_err().to_string();
    assert!(error.contains("no [detect] table"), "{error}");
    let missing = Decoder::load(Path::new("none.detector.toml")).unwrap_err().to_string();
    assert!(missing.contains("none.detector.toml"), "{missing}");
}

/// A network with nothing but outputs of these shapes.
fn network(heads: &[(&str, [usize; 3])]) -> Graph {
    let node = |&(name, [c, h, w]): &(&str, [usize; 3])| Node {
        name: name.into(),
        op: Op::Input(Input),
        inputs: Vec::new(),
        shape: Shape::new(c, h, w),
    };
    let head = |(node, &(name, _)): (usize, &(&str, _))| Head { name: name.into(), node };
    Graph {
        name: "net".into(),
        nodes: heads.iter().map(node).collect(),
        input: 0,
        heads: heads.iter().enumerate().map(head).collect(),
    }
}

#[test]
fn heads_must_fit_the_network() {
    let decoder = parse(GOOD).unwrap();
    let (coarse, fine) = (("coarse", [14, 1, 2]), ("fine", [7, 2, 4]));
    decoder.check(&network(&[coarse, fine])).unwrap();
    for (heads, says) in [
        // Channels: two anchors of 5 + 2.
        (
            &[("coarse", [12, 1, 2]), fine][..],
            &["head 0", "`coarse`", "[12, 1, 2]", "[14, 1, 2]", "2 anchors x (5 + 2 classes)"][..],
        ),
        // Grid: 64 x 32 at stride 16.
        (
            &[coarse, ("fine", [7, 4, 2])],
            &["head 1", "`fine`", "[7, 4, 2]", "[7, 2, 4]", "stride 16"],
        ),
        (&[("other", [14, 1, 2]), fine], &["head 0", "`coarse`", "0 = `other`, 1 = `fine`"]),
        (&[coarse], &["head 1", "output 1", "0 = `coarse`"]),
        (&[coarse, fine, ("third", [1, 1, 1])], &["`third`", "[[detect.head]]"]),
    ] {
        let error = decoder.check(&network(heads)).unwrap_err().to_string();
        for part in says {
            assert!(error.contains(part), "{error}");
        }
    }
}

/// By its name and by its number an output is the same.
#[test]
fn every_output_belongs_to_one_head() {
    let decoder = parse(&GOOD.replace("output = 1", "output = 0")).unwrap();
    let error = decoder.check(&network(&[("coarse", [14, 1, 2]), ("fine", [7, 2, 4])]));
    let shared = Error::SharedOutput { name: "coarse".into(), index: 0, heads: [0, 1] };
    assert_eq!(error.unwrap_err().to_string(), shared.to_string());
}
