//! `spikemesh inspect NETWORK`

use crate::ann::{Graph, Op};
use clap::Args;
use miette::IntoDiagnostic;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A network in ONNX form
    network: PathBuf,
}

pub fn run(arguments: &Arguments) -> miette::Result<()> {
    let graph = crate::import::load(&arguments.network).into_diagnostic()?;
    print!("{}", table(&graph));
    Ok(())
}

/// One line per node, then the totals.
fn table(graph: &Graph) -> String {
    let mut text =
        format!("{:24} {:18} {:>16} {:>12} {:>14}\n", "layer", "operator", "c x h x w", "weights", "MACs");
    let (mut weights, mut macs) = (0, 0);
    for (id, node) in graph.nodes.iter().enumerate() {
        let own = match &node.op {
            Op::Conv { weight, .. } | Op::Dense { weight, .. } => weight.len(),
            _ => 0,
        };
        let shape = format!("{} x {} x {}", node.shape.channels, node.shape.height, node.shape.width);
        let line =
            format!("{:24} {:18} {shape:>16} {own:>12} {:>14}\n", node.name, node.op.name(), graph.macs(id));
        text.push_str(&line);
        weights += own;
        macs += graph.macs(id);
    }
    text.push_str(&format!("{:24} {:18} {:>16} {weights:>12} {macs:>14}\n", "total", "", ""));
    text
}
