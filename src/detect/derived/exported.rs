//! Outputs as exporters join them: the cells of all strides in one tensor.
//!
//! | shape | kind |
//! |---|---|
//! | `[4 + classes, cells]` | `yolov8`; its boxes are drawn |
//! | `[cells, 5 + classes]`, three boxes a cell | `yolov5`; its boxes are drawn |
//! | `[cells, 5 + classes]`, one box a cell | `yolox` |
//! | `[64 + classes, height, width]` for each stride | `yolov8`, sides as 16 bins each |

use super::onnx::{About, size};
use super::{Lines, MARK, stride};
use crate::ann::{Graph, Shape};

/// Whose form it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Yolov5,
    Yolov8,
    Yolox,
}

/// Heads that an exporter wrote.
pub(super) struct Exported {
    pub family: Family,
    /// Stride of each output, where boxes are not drawn.
    strides: Vec<Option<usize>>,
    classes: usize,
    /// Whether names, cells and exporter leave no other reading.
    sure: bool,
}

/// Strides that occur together: those of most networks first, then with finer or coarser cells.
const STRIDES: [&[usize]; 4] = [&[8, 16, 32], &[8, 16, 32, 64], &[4, 8, 16, 32], &[16, 32]];

/// Bins of a side, as Ultralytics' networks have them.
const BINS: usize = 16;

/// Boxes that YOLOv5 and v7 have in a cell.
const ANCHORS: usize = 3;

/// The form of the network's outputs, if it is one of those above.
pub(super) fn find(about: &About, graph: &Graph) -> Option<Exported> {
    if about.task.as_ref().is_some_and(|task| task != "detect") {
        return None;
    }
    let input = graph.input_shape();
    match &graph.heads[..] {
        [head] => {
            let shape = graph.nodes[head.node].shape;
            joined(about, input, shape).or_else(|| by_stride(about, graph))
        }
        _ => by_stride(about, graph),
    }
}

/// One output for all cells.
fn joined(about: &About, input: Shape, shape: Shape) -> Option<Exported> {
    let sides = [shape.channels, shape.height, shape.width].into_iter().filter(|&side| side != 1);
    let [first, last] = sides.collect::<Vec<_>>()[..] else { return None };
    match &about.classes {
        Some(names) => named(about, input, [first, last], names.len()),
        None => unnamed(input, [first, last]),
    }
}

/// The number of classes is known: it tells the two forms apart.
fn named(about: &About, input: Shape, sides: [usize; 2], classes: usize) -> Option<Exported> {
    let cells_of = |numbers: usize| match sides {
        [first, cells] if first == numbers => Some(cells),
        [cells, last] if last == numbers => Some(cells),
        _ => None,
    };
    let by_exporter = about.ultralytics || about.yolov5;
    let (family, sure) = match (cells_of(4 + classes), cells_of(5 + classes)) {
        (Some(cells), other) => {
            (Family::Yolov8, other.is_none() && about.ultralytics && fits(input, cells, 1))
        }
        (None, Some(cells)) if !by_exporter && fits(input, cells, 1) => (Family::Yolox, false),
        (None, Some(cells)) => (Family::Yolov5, by_exporter && fits(input, cells, ANCHORS)),
        (None, None) => return None,
    };
    Some(Exported { family, strides: vec![None], classes, sure })
}

/// The number of classes follows from the number of cells.
fn unnamed(input: Shape, sides: [usize; 2]) -> Option<Exported> {
    let [first, last] = sides;
    let (family, classes) = if fits(input, first, 1) {
        (Family::Yolox, last.checked_sub(5)?)
    } else if fits(input, first, ANCHORS) {
        (Family::Yolov5, last.checked_sub(5)?)
    } else if fits(input, last, 1) {
        (Family::Yolov8, first.checked_sub(4)?)
    } else {
        return None;
    };
    (classes > 0).then_some(Exported { family, strides: vec![None], classes, sure: false })
}

/// Whether usual strides have so many cells, with so many boxes each.
fn fits(input: Shape, cells: usize, boxes: usize) -> bool {
    cells.is_multiple_of(boxes) && usual(input, cells / boxes).is_some()
}

/// The usual strides with so many cells.
fn usual(input: Shape, cells: usize) -> Option<&'static [usize]> {
    let of = |&stride: &usize| {
        let whole = input.width.is_multiple_of(stride) && input.height.is_multiple_of(stride);
        whole.then(|| (input.width / stride) * (input.height / stride))
    };
    let fit = |strides: &&[usize]| strides.iter().map(of).sum::<Option<usize>>() == Some(cells);
    STRIDES.into_iter().find(fit)
}

/// An output for each stride, before boxes are drawn: only Ultralytics' exporter tells these.
fn by_stride(about: &About, graph: &Graph) -> Option<Exported> {
    let names = about.classes.as_ref().filter(|_| about.ultralytics)?;
    let of = |head: &crate::ann::Head| {
        let shape = graph.nodes[head.node].shape;
        let stride = stride(graph.input_shape(), shape).filter(|&stride| stride > 1)?;
        (shape.channels == 4 * BINS + names.len()).then_some(Some(stride))
    };
    let strides: Option<Vec<Option<usize>>> = graph.heads.iter().map(of).collect();
    let (family, classes) = (Family::Yolov8, names.len());
    strides.map(|strides| Exported { family, strides, classes, sure: true })
}

impl Exported {
    /// The `[detect]` table.
    pub fn write(&self, lines: &mut Lines, about: &About, graph: &Graph) {
        let (kind, score, nms_iou) = match self.family {
            Family::Yolov5 => ("yolov5", 0.001, 0.6),
            Family::Yolov8 => ("yolov8", 0.001, 0.7),
            Family::Yolox => ("yolox", 0.01, 0.65),
        };
        let program = match self.family {
            Family::Yolox => "YOLOX",
            _ => "Ultralytics",
        };
        lines.line(format_args!("\n# Score and suppression as validation by {program} has them."));
        lines.line(format_args!("[detect]\nscore = {score}\nnms_iou = {nms_iou}"));
        match &about.classes {
            Some(names) => lines.classes("", names),
            None => {
                lines.line(format_args!("# {MARK} their names, in the order of the network."));
                let numbered: Vec<_> = (0..self.classes).map(|n| format!("class {n}")).collect();
                lines.classes("", &numbered);
            }
        }
        for (output, (head, stride)) in graph.heads.iter().zip(&self.strides).enumerate() {
            let shape = size(graph, head);
            lines.line(format_args!("\n[[detect.head]]\noutput = {output} # {shape}"));
            if !self.sure {
                lines.line(format_args!("# {MARK} by its shape; {}.", self.doubt()));
            }
            lines.line(format_args!("kind = \"{kind}\""));
            match (stride, self.family) {
                (Some(stride), _) => lines.line(format_args!("stride = {stride}")),
                (None, Family::Yolox) => lines.line(format_args!(
                    "stride = {:?}\nactivated = true # false: scores before their sigmoid",
                    self.yolox_strides(graph)
                )),
                (None, _) => {}
            }
        }
    }

    /// What else such a shape may be.
    fn doubt(&self) -> &'static str {
        match self.family {
            Family::Yolov5 => "boxes in pixels, with an object score",
            Family::Yolov8 => "boxes in pixels, without an object score",
            Family::Yolox => "boxes before the grid; if they are in pixels, \"yolov5\"",
        }
    }

    /// The strides whose cells the output has.
    fn yolox_strides(&self, graph: &Graph) -> &'static [usize] {
        let output = graph.nodes[graph.heads[0].node].shape;
        usual(graph.input_shape(), output.len() / (5 + self.classes)).unwrap_or(STRIDES[0])
    }
}
