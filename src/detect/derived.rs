//! A detector's description as far as the network's own files give it.
//!
//! A Darknet `.cfg` gives all of it, an ONNX file a part. What a file does not say stands in lines
//! that ask to be completed ([`MARK`]); nothing is guessed in silence.

mod darknet;
mod exported;
mod names;
mod onnx;

use crate::ann::{Graph, Shape};
use crate::import::Facts;
use std::fmt::Write;

/// What begins a remark on something that the files do not say.
pub const MARK: &str = "complete this:";

/// A description, as TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What was found, and lines with [`MARK`] for what was not.
    pub text: String,
    /// What it rests on, for reports: `the file's own [yolo] sections`.
    pub source: String,
}

impl Draft {
    /// Whether nothing is left to complete, so that the network runs with it as it is.
    pub fn is_complete(&self) -> bool {
        to_complete(&self.text).is_empty()
    }
}

/// Lines of a description that ask to be completed, from 1.
pub fn to_complete(text: &str) -> Vec<usize> {
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| line.contains(MARK)).map(|(n, _)| n + 1).collect()
}

/// The description of a network whose files say `facts`.
pub fn derive(facts: &Facts, graph: &Graph) -> Draft {
    match facts {
        Facts::Darknet(facts) => darknet::draft(facts, graph),
        Facts::Onnx(metadata) => onnx::draft(metadata, graph),
        Facts::Nothing => onnx::draft(&Default::default(), graph),
    }
}

/// A description under construction. Writing to a string cannot fail.
struct Lines(String);

impl Lines {
    fn new(title: &str, shape: Shape) -> Lines {
        Lines(format!("# {title}\nwidth = {}\nheight = {}\n", shape.width, shape.height))
    }

    fn line(&mut self, line: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{line}");
    }

    /// `classes = [...]`, each line after `begin`.
    fn classes(&mut self, begin: &str, names: &[String]) {
        let mut line = format!("{begin}classes = [");
        for (n, name) in names.iter().enumerate() {
            let comma = if n + 1 < names.len() { "," } else { "]" };
            let word = format!("{}{comma}", toml::Value::String(name.clone()));
            if line.chars().count() + word.chars().count() > 97 {
                self.line(line.trim_end());
                line = format!("{begin}    ");
            }
            line += &word;
            line.push(' ');
        }
        self.line(line.trim_end());
    }
}

/// Factor of 8-bit values that brings them to 0..1.
const SCALE: &str = "scale = 0.00392156862745098 # 1 / 255";

/// Pixels of the input per cell of an output, if they are the same both ways.
fn stride(input: Shape, output: Shape) -> Option<usize> {
    let whole = |side: usize, cells: usize| side.is_multiple_of(cells).then(|| side / cells);
    let down = whole(input.height, output.height)?;
    (whole(input.width, output.width)? == down).then_some(down)
}
