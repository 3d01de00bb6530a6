//! From the shapes of an ONNX network and the metadata of its file.

use super::exported::{self, Exported, Family};
use super::{Draft, Lines, MARK, SCALE, names, stride};
use crate::ann::{Graph, Head};
use std::collections::BTreeMap;

/// Anchors of a head that occur, for the case that the classes are not known.
const USUAL_ANCHORS: [usize; 4] = [3, 5, 2, 1];

pub(super) fn draft(metadata: &BTreeMap<String, String>, graph: &Graph) -> Draft {
    let (shape, about) = (graph.input_shape(), About::new(metadata));
    let source = match metadata.is_empty() {
        true => "the shapes of the network".into(),
        false => "the shapes of the network and the metadata of its file".to_string(),
    };
    let mut lines = Lines::new(&format!("From {source}."), shape);
    if let Some(size) = metadata.get("imgsz") {
        // On one line, whatever it holds.
        lines.line(format_args!("# imgsz of the metadata: {size:?}"));
    }
    let exported = exported::find(&about, graph);
    pictures(&mut lines, &about, exported.as_ref(), shape.channels);
    if !matches!(shape.channels, 1 | 3) {
        let channels = shape.channels;
        lines.line(format_args!("# No picture has {channels} channels; arrays (.npy) fit."));
    }
    match exported {
        Some(exported) => exported.write(&mut lines, &about, graph),
        None => boxes(&mut lines, &about, graph),
    }
    Draft { text: lines.0, source }
}

/// How pictures get the input's size: by the exporter's own rule where that is known.
fn pictures(lines: &mut Lines, about: &About, exported: Option<&Exported>, channels: usize) {
    let ultralytics = "resize = \"letterbox\"\npad = 114\nposition = \"center\"\n\
                       sides = \"round\"\nchannels = \"rgb\"";
    match exported.map(|exported| exported.family) {
        _ if about.ultralytics || about.yolov5 => {
            lines.line("# The rule of Ultralytics, whose program wrote the file.");
            lines.line(format_args!("{ultralytics}\n{SCALE}"));
        }
        Some(Family::Yolov5 | Family::Yolov8) => {
            lines.line(format_args!("# {MARK} this is the rule of Ultralytics and of YOLOv7;"));
            lines.line("# the file does not say its own.");
            lines.line(format_args!("{ultralytics}\n{SCALE}"));
        }
        Some(Family::Yolox) => {
            lines.line(format_args!("# {MARK} this is the rule of YOLOX; the file does not say"));
            lines.line("# its own. Networks before release 0.1.1 took a mean and another scale.");
            lines.line("resize = \"letterbox\"\npad = 114\nposition = \"top_left\"");
            lines.line("channels = \"bgr\"\nscale = 1.0");
        }
        None => {
            lines.line(format_args!("# {MARK} the file does not say how pictures get that size."));
            lines.line("# \"letterbox\", with pad and position, would keep their aspect.");
            lines.line("resize = \"plain\"");
            let channels = if channels == 1 { "grey" } else { "rgb" };
            lines.line(format_args!("# {MARK} or \"bgr\"; the file does not say the order."));
            lines.line(format_args!("channels = \"{channels}\""));
            lines
                .line(format_args!("# {MARK} the range of the values; `mean` is taken off first."));
            lines.line(SCALE);
        }
    }
}

/// What the metadata say.
pub(super) struct About {
    /// Every key that Ultralytics' exporter writes is there.
    pub ultralytics: bool,
    /// Those of YOLOv5's own exporter (`export.py`), and no author.
    pub yolov5: bool,
    /// `task`, if it is given.
    pub task: Option<String>,
    pub classes: Option<Vec<String>>,
}

impl About {
    fn new(metadata: &BTreeMap<String, String>) -> About {
        let all = ["author", "names", "stride", "task", "imgsz"];
        let has = |key: &&str| metadata.contains_key(*key);
        About {
            ultralytics: metadata.get("author").is_some_and(|author| author == "Ultralytics")
                && all.iter().all(has),
            yolov5: metadata.len() == 2 && ["names", "stride"].iter().all(has),
            task: metadata.get("task").cloned(),
            classes: metadata.get("names").and_then(|names| names::parse(names)),
        }
    }
}

/// A head of the form of YOLO v2 and v3: `anchors * (5 + classes)` channels on a grid.
struct Grid<'a> {
    head: &'a Head,
    stride: usize,
    /// What the channels may be: anchors and classes.
    readings: Vec<(usize, usize)>,
}

fn grid<'a>(head: &'a Head, about: &About, graph: &Graph) -> Option<Grid<'a>> {
    let shape = graph.nodes[head.node].shape;
    let stride = stride(graph.input_shape(), shape).filter(|&stride| stride > 1)?;
    let of = |anchors: usize| {
        let each = (shape.channels / anchors).checked_sub(5).filter(|&classes| classes > 0)?;
        shape.channels.is_multiple_of(anchors).then_some((anchors, each))
    };
    let readings: Vec<(usize, usize)> = match &about.classes {
        Some(names) => {
            let each = names.len() + 5;
            let whole = shape.channels.is_multiple_of(each);
            whole.then_some((shape.channels / each, names.len())).into_iter().collect()
        }
        None => USUAL_ANCHORS.into_iter().filter_map(of).collect(),
    };
    (!readings.is_empty()).then_some(Grid { head, stride, readings })
}

/// Lines to complete where every output has the form of a head; else a word on why there are none.
fn boxes(lines: &mut Lines, about: &About, graph: &Graph) {
    let grids: Option<Vec<Grid>> =
        graph.heads.iter().map(|head| grid(head, about, graph)).collect();
    let Some(grids) = grids else {
        lines.line("\n# No boxes: not every output has the form of a YOLO v2 or v3 head, that is");
        lines.line("# anchors x (5 + classes) channels on a grid. They are:");
        for (index, head) in graph.heads.iter().enumerate() {
            let shape = size(graph, head);
            lines.line(format_args!("#   {index} = {:?}, {shape}", head.name));
        }
        if let Some(names) = &about.classes {
            lines.line("# The metadata name these classes:");
            lines.classes("# ", names);
        }
        return;
    };
    lines.line(format_args!("\n# {MARK} boxes, if the outputs are heads of YOLO v2 or v3. Then"));
    lines.line("# fill in what is missing and take the first # off each of these lines.");
    lines.line("# [detect]\n# score = 0.001\n# nms_iou = 0.45");
    match &about.classes {
        Some(names) => lines.classes("# ", names),
        None => lines.line(format_args!("# classes = [] # {MARK} their names, in order")),
    }
    for (output, Grid { head, stride, readings }) in grids.iter().enumerate() {
        let shape = size(graph, head);
        let (anchors, _) = readings[0];
        let forms: Vec<String> = readings
            .iter()
            .map(|(anchors, classes)| format!("{anchors} x (5 + {classes})"))
            .collect();
        let pairs = vec!["[0, 0]"; anchors].join(", ");
        lines.line(format_args!("#\n# [[detect.head]]\n# output = {output} # {shape}"));
        lines.line(format_args!("# kind = \"yolo\" # {MARK} or \"region\", anchors in cells"));
        lines.line("# # or \"yolov5\"; without anchors \"yolox\" (docs/detectors.md)");
        lines.line(format_args!("# stride = {stride}"));
        lines.line(format_args!("# anchors = [{pairs}] # {MARK} {}", forms.join(", or ")));
    }
}

pub(super) fn size(graph: &Graph, head: &Head) -> String {
    let shape = graph.nodes[head.node].shape;
    format!("{} x {} x {}", shape.channels, shape.height, shape.width)
}
