//! Operators one by one: small models against another runtime, loops by hand, or a refusal.

mod activations;
mod arithmetic;
mod batches;
mod fused;
mod orders;
mod quantised;
mod shapes;
mod windows;

use super::small::Net;
use spikemesh::ann::exec;
use spikemesh::import::onnx::{self, proto::AttributeProto};
use std::path::Path;
use tract_onnx::prelude::{Framework, InferenceModelExt, IntoRunnable, Tensor, TractResult, tvec};

/// One model and what is right.
pub struct Case {
    pub name: String,
    pub net: Net,
    pub input: Vec<f32>,
    pub expected: Expected,
}

pub enum Expected {
    /// What another runtime makes of it.
    Other,
    Values(Vec<f64>),
    /// Sums of many products: in single precision they are as exact as their largest ones allow.
    Sums(Vec<f64>),
    /// A message with these words.
    Refused(&'static [&'static str]),
}

/// Numbers from -3 to 3 without order, the same on every machine.
pub fn spread(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f32 / 168.0 - 3.0).collect()
}

impl Case {
    pub fn new(name: impl Into<String>, net: Net, expected: Expected) -> Case {
        let input = spread(net.shape.iter().product());
        Case { name: name.into(), net, input, expected }
    }

    /// Expected from the input by hand.
    pub fn by(name: impl Into<String>, net: Net, f: impl Fn(&[f64]) -> Vec<f64>) -> Case {
        let input = spread(net.shape.iter().product());
        let doubles: Vec<f64> = input.iter().map(|&x| x.into()).collect();
        Case { name: name.into(), net, input, expected: Expected::Values(f(&doubles)) }
    }

    /// The same of sums of many products.
    pub fn sums(name: impl Into<String>, net: Net, f: impl Fn(&[f64]) -> Vec<f64>) -> Case {
        let case = Case::by(name, net, f);
        let Expected::Values(values) = case.expected else { return case };
        Case { expected: Expected::Sums(values), ..case }
    }

    pub fn refused(name: impl Into<String>, net: Net, words: &'static [&'static str]) -> Case {
        Case::new(name, net, Expected::Refused(words))
    }

    /// A sentence about what is wrong.
    fn fault(&self) -> Option<String> {
        let graph = onnx::parse(Path::new("small.onnx"), &self.net.bytes());
        if let Expected::Refused(words) = &self.expected {
            let Err(error) = graph else { return Some("it was not refused".into()) };
            let text = error.to_string();
            let missing = words.iter().find(|word| !text.contains(**word));
            return missing.map(|word| format!("`{word}` is missing: {text}"));
        }
        let graph = match graph {
            Ok(graph) => graph,
            Err(error) => return Some(error.to_string()),
        };
        let found = match exec::run(&graph, &self.input) {
            Ok(mut values) => values.swap_remove(graph.heads[0].node),
            Err(error) => return Some(error.to_string()),
        };
        // Relative, above some magnitude.
        let (expected, slack, floor) = match &self.expected {
            Expected::Values(values) => (values.clone(), 2e-6, 1e-3),
            Expected::Sums(values) => (values.clone(), 2e-6, 0.5),
            _ => match other(&self.net, &self.input) {
                Ok(values) => (values, 1e-4, 1e-3),
                Err(error) => return Some(format!("the other runtime: {error}")),
            },
        };
        if found.len() != expected.len() {
            return Some(format!("{} numbers, expected {}", found.len(), expected.len()));
        }
        let off = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() > slack * b.abs().max(floor);
        let at = found.iter().zip(&expected).position(off)?;
        Some(format!("{} at {at}, expected {}", found[at], expected[at]))
    }
}

/// What the other runtime makes of `net`.
fn other(net: &Net, input: &[f32]) -> Result<Vec<f64>, String> {
    let run = || -> TractResult<Vec<f64>> {
        let model = tract_onnx::onnx().model_for_read(&mut &net.bytes()[..])?;
        let model = model.into_typed()?.into_runnable()?;
        let found = model.run(tvec!(Tensor::from_shape(&net.shape, input)?.into()))?;
        let found = found[0].to_plain_array_view::<f32>()?;
        Ok(found.iter().map(|&x| x.into()).collect())
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(found) => found.map_err(|error| format!("{error:#}")),
        Err(_) => Err("it panicked".into()),
    }
}

/// A node with several outputs.
pub fn many(
    net: Net,
    op: &str,
    input: &[&str],
    output: &[&str],
    attributes: Vec<AttributeProto>,
) -> Net {
    let mut net = net.node(op, input, output[0], attributes);
    let names = output.iter().map(|&name| name.to_owned());
    if let Some(node) = net.graph.node.last_mut() {
        node.output = names.collect();
    }
    net
}

/// Place of an element in a tensor.
pub fn at(dims: &[usize], index: &[usize]) -> usize {
    dims.iter().zip(index).fold(0, |place, (n, i)| place * n + i)
}

#[test]
fn operators_compute_what_they_should() {
    let cases: Vec<Case> = [
        activations::cases(),
        arithmetic::cases(),
        batches::cases(),
        fused::cases(),
        orders::cases(),
        quantised::cases(),
        shapes::cases(),
        windows::cases(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let faults: Vec<String> = cases
        .iter()
        .filter_map(|case| case.fault().map(|fault| format!("{}: {fault}", case.name)))
        .collect();
    println!("{} cases of operators", cases.len());
    assert!(cases.len() >= 150);
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}
