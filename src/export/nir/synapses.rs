//! Synapses as nodes between neurons.

use super::form::{Form, form, mean_of};
use super::units::two;
use super::weights::{convolution, dense};
use super::{Plan, constants, dims, spread, waits};
use crate::export::Error;
use crate::export::nir::nodes::Nodes;
use crate::snn::{Connection, Conv, Model, Projection, Shape};

/// Writes the nodes of all projections.
///
/// # Errors
/// A layer with a constant that no node can hold.
pub fn write(plan: &Plan, nodes: &mut Nodes, names: &[String]) -> Result<(), Error> {
    let network = plan.network;
    let waits = waits(network);
    for (p, population) in network.populations.iter().enumerate() {
        let mut constant = constants(network, p);
        if population.analogue {
            constant.fill(0);
        }
        let into: Vec<usize> = (0..network.projections.len())
            .filter(|&q| network.projections[q].target == p)
            .collect();
        let scales = |&q: &usize| {
            let one = &network.projections[q];
            let [from, to] = [one.source, p].map(|p| network.populations[p].shape);
            let Connection::Conv(conv) = &one.connection else { return true };
            mean_of(conv, from, to).is_some()
        };
        // Weights hold the constant of the layer: those without any come last.
        let mut order = into.clone();
        order.sort_by_key(scales);
        for q in order {
            let projection = &network.projections[q];
            let near = match into[..] {
                [_] => format!("{}_in", names[p]),
                _ => format!("{}_from_{}", names[p], names[projection.source]),
            };
            let mut writer = Writer { plan, nodes, projection, near };
            let source = writer.delayed(&names[projection.source], waits[q]);
            writer.write(&source, &names[p], &mut constant);
        }
        if constant.iter().any(|&constant| constant != 0) {
            let why = "it adds a constant in every step, and no convolution or dense layer before \
                       it holds one; give it one"
                .into();
            return Err(Error::Layer { layer: population.name.clone(), why });
        }
    }
    Ok(())
}

/// Writes one projection.
struct Writer<'a> {
    plan: &'a Plan<'a>,
    nodes: &'a mut Nodes,
    projection: &'a Projection,
    near: String,
}

impl Writer<'_> {
    fn shape(&self, p: usize) -> Shape {
        self.plan.network.populations[p].shape
    }

    /// A delay of `steps` behind a node; the last node.
    fn delayed(&mut self, source: &str, steps: usize) -> String {
        if steps == 0 {
            return source.to_owned();
        }
        let dims = dims(self.shape(self.projection.source));
        let name = self.nodes.name(&format!("{}_delay", self.near));
        let path = self.nodes.node(&name, "Delay", &[source]);
        let count = dims.iter().product::<u64>() as usize;
        let seconds = vec![steps as f64 * self.plan.dt; count];
        self.nodes.file.doubles(&format!("{path}/delay"), &dims, &seconds);
        name
    }

    /// Writes the weights between two nodes; a constant goes with them where they can hold it.
    fn write(&mut self, source: &str, target: &str, constant: &mut [i64]) {
        let Connection::Conv(conv) = &self.projection.connection else { return };
        let [from, to] = [self.projection.source, self.projection.target].map(|p| self.shape(p));
        // `held` refuses what has none.
        let Ok(form) = form(conv, from, to) else { return };
        // A factor holds no constant: weights of one cell, most of them 0, do.
        let form = match (form, dims(to).len()) {
            (Form::Scale, axes) if constant.iter().any(|&constant| constant != 0) => {
                [Form::Affine, Form::Conv1d, Form::Conv2d][axes - 1]
            }
            (form, _) => form,
        };
        let (kernel, near) = (conv.window.kernel, self.near.clone());
        match form {
            Form::Scale => self.scale(conv, source, target, 1),
            Form::Mean => {
                let name = self.nodes.name(&format!("{near}_pool"));
                let path = self.nodes.node(&name, "AvgPool2d", &[source]);
                for (key, value) in [
                    ("kernel_size", kernel),
                    ("stride", conv.window.stride),
                    ("padding", conv.window.pad),
                ] {
                    self.nodes.file.ints(&format!("{path}/{key}"), &[2], &value.map(|v| v as i64));
                }
                let last = match to.positions() {
                    1 => self.nodes.flatten(&name, &near, &[to.channels as u64, 1, 1]),
                    _ => name,
                };
                self.scale(conv, &last, target, kernel[0] * kernel[1]);
            }
            Form::Conv2d | Form::Conv1d => {
                let axes = if form == Form::Conv2d { 0 } else { 1 };
                let kind = if form == Form::Conv2d { "Conv2d" } else { "Conv1d" };
                let name = self.nodes.name(&near);
                let path = self.nodes.node(&name, kind, &[source]);
                let weights = convolution(conv, from, to);
                let shape: Vec<u64> = [to.channels, from.channels]
                    .iter()
                    .chain(&kernel[axes..])
                    .map(|&n| n as u64)
                    .collect();
                self.weights(&path, &shape, &weights);
                self.bias(&path, constant);
                let size = [from.height, from.width];
                let window = conv.window;
                put_window(self.nodes, &path, axes, size, window, 1);
                self.nodes.edge(&name, target);
            }
            Form::Affine => {
                let source = match dims(from).len() {
                    1 => source.to_owned(),
                    _ => self.nodes.flatten(source, &near, &dims(from)),
                };
                let name = self.nodes.name(&near);
                let path = self.nodes.node(&name, "Affine", &[&source]);
                let shape = [to.channels as u64, from.neurons() as u64];
                self.weights(&path, &shape, &dense(conv, from, to));
                self.bias(&path, constant);
                self.nodes.edge(&name, target);
            }
        }
    }

    /// Float of a weight step of a channel of the target.
    fn step(&self, c: usize) -> f64 {
        let p = self.projection.target;
        let shift = match &self.plan.network.populations[p].model {
            Model::If(unit) => unit.shift[c],
            Model::Readout(unit) => unit.shift[c],
            Model::Cuba(unit) => unit.shift[c],
            _ => 0,
        };
        self.plan.units[p][c] * two(shift)
    }

    /// Weights by output, in 32 bits where they tell the whole numbers.
    fn weights(&mut self, path: &str, shape: &[u64], weights: &[i32]) {
        let each = weights.len() / shape[0] as usize;
        let steps: Vec<f64> = (0..shape[0] as usize).map(|c| self.step(c)).collect();
        let floats: Vec<f64> =
            weights.iter().enumerate().map(|(n, &w)| f64::from(w) * steps[n / each]).collect();
        let near = |n: usize, x: f64| ((x - floats[n]) / steps[n / each]).abs() < 0.005;
        self.nodes.file.floats(&format!("{path}/weight"), shape, &floats, near);
    }

    /// The constant of the layer, which no other node then holds.
    fn bias(&mut self, path: &str, constant: &mut [i64]) {
        let unit = &self.plan.units[self.projection.target];
        let floats: Vec<f64> = unit.iter().zip(&*constant).map(|(u, &c)| c as f64 * u).collect();
        let near = |n: usize, x: f64| ((x - floats[n]) / unit[n]).abs() < 0.1;
        self.nodes.file.floats(&format!("{path}/bias"), &[floats.len() as u64], &floats, near);
        constant.fill(0);
    }

    /// A factor by channel, where it is none of 1.
    fn scale(&mut self, conv: &Conv, source: &str, target: &str, cells: usize) {
        let [from, to] = [self.projection.source, self.projection.target].map(|p| self.shape(p));
        let weights = mean_of(conv, from, to).unwrap_or_default();
        let factor = |(c, &w): (usize, &i32)| f64::from(w) * self.step(c) * cells as f64;
        let factors: Vec<f64> = weights.iter().enumerate().map(factor).collect();
        let network = self.plan.network;
        let same = |one: &&Projection| {
            (one.source, one.target) == (self.projection.source, self.projection.target)
        };
        let alone = network.projections.iter().filter(same).count() == 1;
        if alone && factors.iter().all(|factor| (factor - 1.0).abs() < 1e-12) {
            return self.nodes.edge(source, target);
        }
        let (name, dims) = (self.nodes.name(&self.near.clone()), dims(to));
        let path = self.nodes.node(&name, "Scale", &[source]);
        let factors = spread(&factors, &dims);
        self.nodes.file.doubles(&format!("{path}/scale"), &dims, &factors);
        self.nodes.edge(&name, target);
    }
}

/// Strides, paddings and sizes of a convolution; `axes`: the first of two axes that it has.
pub fn put_window(
    nodes: &mut Nodes,
    path: &str,
    axes: usize,
    size: [usize; 2],
    window: crate::ann::Window,
    groups: usize,
) {
    let parts = [
        ("stride", window.stride),
        ("padding", window.pad),
        ("dilation", window.dilation),
        ("input_shape", size),
    ];
    for (key, value) in parts {
        let value = value.map(|v| v as i64);
        match axes {
            0 => nodes.file.ints(&format!("{path}/{key}"), &[2], &value),
            _ => nodes.file.int(&format!("{path}/{key}"), value[1]),
        }
    }
    nodes.file.int(&format!("{path}/groups"), groups as i64);
}
