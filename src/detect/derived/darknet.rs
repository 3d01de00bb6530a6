//! From the sections of a Darknet `.cfg`.
//!
//! What the file leaves to the program is as in AlexeyAB's Darknet: pictures are stretched to the
//! input's size unless `letter_box` is set, values are divided by 255, and `detector valid` keeps
//! boxes above a score of 0.001 and suppresses at an IoU of 0.45.
//!
//! With `new_coords` (`yolo_layer.c` of the same program) the layer applies no sigmoid: the
//! convolution before it has one. Sizes are then `4 wh^2 anchor`, the rule of kind `yolov5`.

use super::{Draft, Lines, MARK, SCALE, stride};
use crate::ann::Graph;
use crate::import::facts::{Darknet, DarknetHead, DarknetKind};

pub(super) fn draft(facts: &Darknet, graph: &Graph) -> Draft {
    let shape = graph.input_shape();
    let source = source(facts);
    let mut lines = Lines::new(&format!("From {source}."), shape);
    match facts.letter_box {
        _ if facts.heads.is_empty() => {
            lines.line(format_args!("# {MARK} the file does not say how pictures get that size;"));
            lines.line("# Darknet's own programs cut out the middle, or pad to a square.");
            lines.line("resize = \"plain\"");
        }
        false => lines.line("resize = \"plain\" # letter_box of [net] is not set"),
        true => {
            lines.line("resize = \"letterbox\" # letter_box of [net]\npad = 128");
            lines.line("position = \"center\"");
        }
    }
    let channels = if shape.channels == 1 { "grey" } else { "rgb" };
    lines.line(format_args!("channels = \"{channels}\"\n{SCALE}"));
    match whole(facts, graph) {
        Ok(heads) if heads.is_empty() => classes(&mut lines, facts, graph),
        Ok(heads) => boxes(&mut lines, facts, &heads),
        Err(why) => lines.line(format_args!("# No boxes: {why}.")),
    }
    Draft { text: lines.0, source }
}

fn source(facts: &Darknet) -> String {
    let has = |kind| facts.heads.iter().any(|head| head.kind == kind);
    let sections = match (has(DarknetKind::Yolo), has(DarknetKind::Region)) {
        (true, true) => "[yolo] and [region]",
        (false, true) => "[region]",
        (true, false) => "[yolo]",
        (false, false) => return "the file's last section, a classifier's".into(),
    };
    format!("the file's own {sections} sections")
}

/// The heads with their strides, or why no description can say how they are read.
fn whole<'a>(facts: &'a Darknet, graph: &Graph) -> Result<Vec<(&'a DarknetHead, usize)>, String> {
    let input = graph.input_shape();
    let classes = facts.heads.first().map_or(0, |head| head.classes);
    let mut heads = vec![];
    for (head, output) in facts.heads.iter().zip(&graph.heads) {
        if let Some(odd) = &head.odd {
            return Err(format!("`{odd}` changes how they are read, and is not known here"));
        }
        if head.classes != classes {
            return Err(format!("one head has {classes} classes, another {}", head.classes));
        }
        if head.new_coords && classes == 0 {
            return Err(format!("`{}` has new_coords and no class", output.name));
        }
        if head.anchors.is_empty() {
            return Err(format!("`{}` has no anchors", output.name));
        }
        let found = stride(input, graph.nodes[output.node].shape);
        let found = found.ok_or_else(|| format!("the cells of `{}` have no side", output.name))?;
        heads.push((head, found));
    }
    Ok(heads)
}

/// A number for each class, perhaps over all cells of the last map.
fn classes(lines: &mut Lines, facts: &Darknet, graph: &Graph) {
    let output = graph.heads.first().map_or(0, |head| graph.nodes[head.node].shape.len());
    lines.line("\n[classify]");
    names(lines, facts, output);
}

fn boxes(lines: &mut Lines, facts: &Darknet, heads: &[(&DarknetHead, usize)]) {
    let classes = heads.first().map_or(0, |(head, _)| head.classes);
    lines.line("\n# Score and suppression as `darknet detector valid` has them.");
    lines.line("[detect]\nscore = 0.001\nnms_iou = 0.45");
    match classes {
        0 => lines.classes("", &["object".into()]),
        classes => names(lines, facts, classes),
    }
    for (output, (head, stride)) in heads.iter().enumerate() {
        write_head(lines, output, head, *stride);
    }
}

/// The list beside the file, or numbers.
fn names(lines: &mut Lines, facts: &Darknet, classes: usize) {
    match &facts.names {
        Some(names) => {
            lines.line(format_args!("# Of {} beside the .cfg.", names.file));
            lines.classes("", &names.classes);
        }
        None => {
            lines.line("# A list of names, NAME.names beside the .cfg, would replace these.");
            let numbered = (0..classes).map(|n| format!("class {n}")).collect::<Vec<_>>();
            lines.classes("", &numbered);
        }
    }
}

fn write_head(lines: &mut Lines, output: usize, head: &DarknetHead, stride: usize) {
    let (kind, scores) = match (head.kind, head.softmax) {
        (DarknetKind::Yolo, _) if head.new_coords => ("yolov5", None),
        (DarknetKind::Yolo, _) => ("yolo", None),
        (DarknetKind::Region, true) => ("region", None),
        (DarknetKind::Region, false) => ("region", Some("sigmoid")),
    };
    let anchors: Vec<String> =
        head.anchors.iter().map(|[width, height]| format!("[{width}, {height}]")).collect();
    lines.line(format_args!("\n[[detect.head]]\noutput = {output}\nkind = \"{kind}\""));
    lines.line(format_args!("stride = {stride}\nanchors = [{}]", anchors.join(", ")));
    if let Some(scores) = if head.classes == 0 { Some("object") } else { scores } {
        lines.line(format_args!("scores = \"{scores}\""));
    }
    let usual = if head.new_coords { 2.0 } else { 1.0 };
    if head.scale_x_y != usual {
        lines.line(format_args!("scale_x_y = {}", head.scale_x_y));
    }
    if head.new_coords {
        lines.line("activated = true # new_coords");
    }
}
