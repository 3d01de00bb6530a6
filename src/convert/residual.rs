//! Sums of branches: shared membranes, forwarded terms, add populations.

use super::Error;
use super::drive::{Drive, View};
use super::settings::Residual;
use super::sources::most_sources;
use super::walk::{Unit, Value, Walk};
use crate::ann::{NodeId, Op};

impl Walk<'_> {
    /// What `id` is made of; where its neurons would read too many sources, or none of its sums is
    /// to be forwarded, the sums among its inputs become populations first.
    pub fn within_limit(&mut self, id: NodeId) -> Result<Value, Error> {
        let value = self.node(id)?;
        let Value::Drive(drive) = &value else { return Ok(value) };
        let graph = self.graph;
        let inputs = &graph.nodes[id].inputs;
        let sums = inputs.iter().any(|&i| matches!(&self.values[i], Value::View(v) if v.has_sums()));
        let read = |drive| most_sources(drive, &self.out.network, self.settings.units_per_signed);
        let forward = match (self.settings.residual, self.settings.max_sources) {
            (Residual::Forward, _) | (Residual::Auto, None) => true,
            (Residual::AddPopulation, _) => false,
            (Residual::Auto, Some(limit)) => !sums || read(drive) <= limit,
        };
        if !sums || forward {
            return Ok(value);
        }
        for &input in inputs {
            self.settle(input)?;
        }
        self.node(id)
    }

    /// Gives each sum in the view of `id` an add population, at the node where the sum stands, so
    /// that all later readers share it.
    pub fn settle(&mut self, id: NodeId) -> Result<(), Error> {
        let Value::View(view) = &self.values[id] else { return Ok(()) };
        if !view.has_sums() {
            return Ok(());
        }
        let view = view.clone();
        let graph = self.graph;
        let node = &graph.nodes[id];
        let value = match node.op {
            // Nodes that only rearrange or scale: the sum stands further up.
            Op::Concat
            | Op::Slice { .. }
            | Op::Upsample { .. }
            | Op::Affine { .. }
            | Op::Reshape
            | Op::Pad { .. } => {
                for &input in &node.inputs {
                    self.settle(input)?;
                }
                self.node(id)?
            }
            _ => Value::View(self.unit(id, id, Some(Drive::identity(&view)), Unit::Linear)?),
        };
        self.values[id] = value;
        Ok(())
    }

    /// Shares the membrane of the activation that alone reads the sum; else forwards both terms.
    pub fn add(&mut self, id: NodeId) -> Result<Value, Error> {
        let graph = self.graph;
        let node = &graph.nodes[id];
        let readers: Vec<_> = graph.nodes.iter().filter(|n| n.inputs.contains(&id)).collect();
        let activated =
            |n: &&crate::ann::Node| matches!(n.op, Op::Relu | Op::LeakyRelu { .. } | Op::Clip { .. });
        let shared = readers.iter().all(activated) && readers.len() <= 1;
        let mut sum: Option<Drive> = None;
        let mut terms = Vec::new();
        for &input in &node.inputs {
            let drive = match self.values[input].clone() {
                Value::Drive(drive) if shared => drive,
                _ => {
                    let view = self.view_of(input, id)?;
                    let drive = Drive::identity(&view);
                    terms.extend(view.terms);
                    drive
                }
            };
            sum = Some(match sum {
                Some(sum) => sum.plus(drive),
                None => drive,
            });
        }
        match sum {
            Some(sum) if shared => Ok(Value::Drive(sum)),
            _ => Ok(Value::View(View { shape: node.shape, terms })),
        }
    }
}
