//! What the `.cfg` says of pictures and boxes; the network does not depend on it.

use super::cfg::{self, Fault, Section};
use super::layers::MAX_INPUT;
use crate::ann::Graph;
use crate::import::facts::{Darknet, DarknetHead, DarknetKind, Names};
use std::path::Path;

/// Most anchors of a head.
const MOST_ANCHORS: i64 = 1 << 10;

/// What the `.cfg` says. A network that can be read may say it wrongly: then it says nothing.
pub fn facts(path: &Path, cfg: &[u8], graph: &Graph) -> Option<Darknet> {
    read(path, &String::from_utf8_lossy(cfg), graph).ok()
}

fn read(path: &Path, text: &str, graph: &Graph) -> Result<Darknet, Fault> {
    let sections = cfg::sections(text)?;
    let mut facts = Darknet::default();
    for section in &sections {
        match &section.name[..] {
            "net" | "network" => facts.letter_box = section.flag("letter_box")?,
            "yolo" => facts.heads.push(yolo(section)?),
            "region" => facts.heads.push(region(section)?),
            _ => {}
        }
    }
    let output = graph.heads.first().map_or(0, |head| graph.nodes[head.node].shape.len());
    let classes = facts.heads.first().map_or(output, |head| head.classes);
    facts.names = Names::beside(path, classes);
    Ok(facts)
}

fn yolo(s: &Section) -> Result<DarknetHead, Fault> {
    let all = anchors(s)?;
    let chosen = if s.has("mask") { s.ints("mask")? } else { (0..number(s)? as i64).collect() };
    let anchor = |&index: &i64| {
        let known = usize::try_from(index).ok().and_then(|index| all.get(index));
        known.copied().ok_or_else(|| s.fault_at("mask", "it names an anchor that is not there"))
    };
    Ok(DarknetHead {
        kind: DarknetKind::Yolo,
        anchors: chosen.iter().map(anchor).collect::<Result<_, _>>()?,
        classes: s.size("classes", Some(20), 0, i64::from(i32::MAX))?,
        scale_x_y: s.number("scale_x_y", 1.0)?,
        new_coords: s.flag("new_coords")?,
        softmax: false,
        odd: odd(s, &[], &["greedynms", "default"])?,
    })
}

fn region(s: &Section) -> Result<DarknetHead, Fault> {
    let coords = s.int("coords", 4)?;
    let odd = match coords {
        4 => odd(s, &["background", "softmax_tree", "tree"], &["greedynms", "default"])?,
        _ => Some(format!("coords={coords}")),
    };
    Ok(DarknetHead {
        kind: DarknetKind::Region,
        anchors: anchors(s)?.into_iter().take(number(s)?).collect(),
        classes: s.size("classes", Some(20), 0, i64::from(i32::MAX))?,
        scale_x_y: 1.0,
        new_coords: false,
        softmax: s.flag("softmax")?,
        odd,
    })
}

/// The first of `keys` that is set, or a suppression of another kind.
fn odd(s: &Section, keys: &[&str], kinds: &[&str]) -> Result<Option<String>, Fault> {
    for key in keys {
        if let Some(value) = s.text(key)?.filter(|value| *value != "0") {
            return Ok(Some(format!("{key}={value}")));
        }
    }
    let kind = s.text("nms_kind")?.filter(|kind| !kinds.contains(kind));
    Ok(kind.map(|kind| format!("nms_kind={kind}")))
}

/// How many anchors are meant; a list may hold more.
pub(super) fn number(s: &Section) -> Result<usize, Fault> {
    s.size("num", Some(1), 1, MAX_INPUT)
}

/// Pairs of width and height.
fn anchors(s: &Section) -> Result<Vec<[f64; 2]>, Fault> {
    let sides = s.numbers("anchors")?;
    let (pairs, rest) = sides.as_chunks::<2>();
    let whole = rest.is_empty() && pairs.len() as i64 <= MOST_ANCHORS;
    let positive = sides.iter().all(|&side| side.is_finite() && side > 0.0);
    match whole && positive {
        true => Ok(pairs.to_vec()),
        false => Err(s.fault_at("anchors", "they are no pairs of sides above 0")),
    }
}
