//! Spiking networks as they are looked at: the nodes of their files, and their layers of neurons.

use super::readable::{WIDTH, cut, significant, wrapped};
use crate::ann::Shape;
use crate::import::nir::{NodeReport, Verdict};
use crate::plain::{counted, shown};
use crate::spiking::{Graph, Neuron, Reset, Unit, Values};

/// Columns before that of verdicts.
const BEFORE: usize = 46;

/// A line per node of a NIR file, or some where words are many; at most 80 characters wide.
pub fn nodes_table(nodes: &[NodeReport]) -> String {
    let mut text = node_line("node", "type", "c x h x w", "on a chip");
    let mut counts = [0; 3];
    for node in nodes {
        let (count, word) = match &node.verdict {
            Verdict::Faithful => (0, "faithful".to_owned()),
            Verdict::Approximate(loss) => (1, format!("approximate: {loss}")),
            Verdict::Unsupported(why) => (2, format!("UNSUPPORTED: {why}")),
        };
        counts[count] += 1;
        let words = shown(&word);
        let mut lines = wrapped(&words, WIDTH - BEFORE).into_iter();
        let shape = node.shape.map_or("-".into(), size);
        let first = lines.next().unwrap_or_default();
        text.push_str(&node_line(&node.name, &node.kind, &shape, &first));
        lines.for_each(|line| text.push_str(&node_line("", "", "", &line)));
    }
    let [faithful, approximate, unsupported] = counts;
    let nodes = counted(nodes.len(), "node");
    let summary = format!(
        "{nodes}: {faithful} faithful up to the bits of weights, {approximate} approximate, \
         {unsupported} unsupported"
    );
    text + &paragraph(&summary)
}

fn paragraph(text: &str) -> String {
    wrapped(text, WIDTH).into_iter().map(|line| line + "\n").collect()
}

fn node_line(name: &str, kind: &str, shape: &str, verdict: &str) -> String {
    let (name, kind) = (cut(&shown(name), 18), cut(&shown(kind), 9));
    let line = format!("{name:18} {kind:9} {shape:>15}  {verdict}");
    format!("{}\n", cut(line.trim_end(), WIDTH))
}

fn size(shape: Shape) -> String {
    format!("{} x {} x {}", shape.channels, shape.height, shape.width)
}

/// A line per layer of neurons with what a step does to it; at most 80 characters wide.
pub fn neurons_table(graph: &Graph) -> String {
    let (all, inputs) = (graph.populations.len(), graph.inputs().count());
    let late = graph.projections.iter().filter(|projection| projection.lag > 0).count();
    let summary = format!(
        "a step of {} s; {}, {} of neurons; {}, {late} of them late",
        significant(graph.dt),
        counted(inputs, "input"),
        counted(all - inputs, "layer"),
        counted(graph.projections.len(), "projection"),
    );
    let mut text = paragraph(&summary);
    text.push_str(&line([
        "layer",
        "type",
        "alpha_u",
        "alpha",
        "gain",
        "threshold",
        "reset",
        "rest",
    ]));
    for population in &graph.populations {
        if let Unit::Neuron(neuron) = &population.unit {
            text.push_str(&neuron_line(&population.name, neuron));
        }
    }
    text.push_str("alpha: of the potential, what a step leaves; alpha_u: of the current\n");
    text
}

fn neuron_line(name: &str, neuron: &Neuron) -> String {
    let none = || "-".to_owned();
    let current = neuron.current.as_ref().map_or_else(none, |current| range(&current.keep));
    let threshold = neuron.fires.as_ref().map_or_else(none, |fires| range(&fires.threshold));
    let reset = neuron.fires.as_ref().map_or_else(none, |fires| match &fires.reset {
        Reset::Subtract => "subtract".into(),
        Reset::To(values) => format!("to {}", range(values)),
    });
    let (keep, gain) = (range(&neuron.keep), range(&neuron.gain));
    let rest = neuron.refractory.to_string();
    line([name, &neuron.kind, &current, &keep, &gain, &threshold, &reset, &rest])
}

fn line(cells: [&str; 8]) -> String {
    let [name, kind, current, keep, gain, threshold, reset, rest] = cells;
    let (name, kind) = (cut(&shown(name), 13), cut(&shown(kind), 8));
    let line = format!(
        "{name:13} {kind:8} {current:>10} {keep:>10} {gain:>10} {threshold:>10} {reset:>8} \
         {rest:>4}"
    );
    format!("{}\n", cut(line.trim_end(), WIDTH))
}

/// One value, or the least and the most.
fn range(values: &Values) -> String {
    if let Some(one) = values.single() {
        return significant(one);
    }
    let least = values.0.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{least:.2}..{most:.2}")
}
