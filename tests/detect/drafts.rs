//! Descriptions from the shapes and metadata of exporters.

use std::collections::BTreeMap;
use std::path::Path;

use spikemesh::ann::op::Input;
use spikemesh::ann::{Graph, Head, Node, Op, Shape};
use spikemesh::detect::derived::{Draft, derive};
use spikemesh::detect::{Decoder, HeadKind};
use spikemesh::encode::{ChannelOrder, Position, Resize, Sides};
use spikemesh::import::Facts;

/// A network of an input of 416 x 416 and nothing but these outputs.
fn network(outputs: &[[usize; 3]]) -> Graph {
    let shapes = std::iter::once(&[3, 416, 416]).chain(outputs);
    let node = |&[c, h, w]: &[usize; 3]| Node {
        name: "node".into(),
        op: Op::Input(Input),
        inputs: Vec::new(),
        shape: Shape::new(c, h, w),
    };
    let head = |n: usize| Head { name: format!("output{n}"), node: n + 1 };
    Graph {
        name: "net".into(),
        nodes: shapes.map(node).collect(),
        input: 0,
        heads: (0..outputs.len()).map(head).collect(),
    }
}

fn draft(outputs: &[[usize; 3]], metadata: &[(&str, &str)]) -> Draft {
    let facts = metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()));
    derive(&Facts::Onnx(facts.collect::<BTreeMap<_, _>>()), &network(outputs))
}

/// The description as it is, which fits the network.
fn decoder(outputs: &[[usize; 3]], draft: &Draft) -> Decoder {
    let decoder = Decoder::parse(&draft.text, Path::new("draft"))
        .unwrap_or_else(|error| panic!("{error}: {}", draft.text));
    decoder.check(&network(outputs)).unwrap();
    decoder
}

const ULTRALYTICS: [(&str, &str); 5] = [
    ("author", "Ultralytics"),
    ("imgsz", "[416, 416]"),
    ("names", "{0: 'cat', 1: 'dog'}"),
    ("stride", "32"),
    ("task", "detect"),
];

/// 52 x 52 + 26 x 26 + 13 x 13 cells.
const CELLS: usize = 3549;

#[test]
fn files_of_ultralytics_are_described_in_full() {
    let (position, sides) = (Position::Center, Sides::Round);
    let centred = Resize::Letterbox { pad: 114, position, sides };
    for (outputs, kind) in [
        (&[[6, CELLS, 1]][..], HeadKind::Yolov8),
        (&[[CELLS, 6, 1]], HeadKind::Yolov8),
        (&[[3 * CELLS, 7, 1]], HeadKind::Yolov5),
        (&[[66, 52, 52], [66, 26, 26], [66, 13, 13]], HeadKind::Yolov8),
    ] {
        let draft = draft(outputs, &ULTRALYTICS);
        assert!(draft.is_complete(), "{}", draft.text);
        let decoder = decoder(outputs, &draft);
        assert!(decoder.heads.iter().all(|head| head.kind() == kind), "{}", draft.text);
        assert_eq!(decoder.classes, ["cat", "dog"]);
        assert_eq!(decoder.input.resize, centred);
    }
    // Cells of other strides than the usual ones may be something else.
    let draft = draft(&[[6, 300, 1]], &ULTRALYTICS);
    assert!(!draft.is_complete());
    assert_eq!(decoder(&[[6, 300, 1]], &draft).heads[0].kind(), HeadKind::Yolov8);
}

/// `export.py` of YOLOv5 writes two keys only.
#[test]
fn files_of_yolov5_are_described_in_full() {
    let outputs = [[3 * CELLS, 7, 1]];
    let draft = draft(&outputs, &[ULTRALYTICS[2], ULTRALYTICS[3]]);
    assert!(draft.is_complete(), "{}", draft.text);
    assert_eq!(decoder(&outputs, &draft).heads[0].kind(), HeadKind::Yolov5);
}

#[test]
fn other_tasks_have_other_outputs() {
    let mut metadata = ULTRALYTICS;
    metadata[4].1 = "pose";
    let text = draft(&[[6, CELLS, 1]], &metadata).text;
    assert!(text.contains("# No boxes") && !text.contains("\n[detect]"), "{text}");
}

#[test]
fn cells_alone_tell_a_kind_with_remarks() {
    for (output, kind, classes, channels) in [
        ([CELLS, 85, 1], HeadKind::Yolox, 80, ChannelOrder::Bgr),
        ([3 * CELLS, 6, 1], HeadKind::Yolov5, 1, ChannelOrder::Rgb),
        ([84, CELLS, 1], HeadKind::Yolov8, 80, ChannelOrder::Rgb),
    ] {
        let draft = draft(&[output], &[]);
        // Pictures, names and the kind itself.
        assert_eq!(draft.text.matches("complete this:").count(), 3, "{}", draft.text);
        let decoder = decoder(&[output], &draft);
        assert_eq!(decoder.heads[0].kind(), kind);
        assert_eq!((decoder.classes.len(), decoder.input.channels), (classes, channels));
    }
    let text = draft(&[[1000, 85, 1]], &[]).text;
    assert!(text.contains("# No boxes") && text.contains("1000 x 85 x 1"), "{text}");
}

/// The draft of YOLOX differs from the description inside by names and thresholds only.
#[test]
fn a_draft_of_yolox_reads_as_the_one_inside() {
    let outputs = [[CELLS, 85, 1]];
    let (draft, known) = (draft(&outputs, &[]), Decoder::for_network("yolox_nano").unwrap());
    let found = decoder(&outputs, &draft);
    assert_eq!((found.input, found.heads), (known.input, known.heads));
}
