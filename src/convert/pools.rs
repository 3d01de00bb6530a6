//! Pools: units that compare, and sums that divide.

use super::Error;
use super::drive::{Drive, POINT, Term, View};
use super::neurons::Worth;
use super::settings::MaxPool;
use super::walk::{Unit, Value, Walk};
use crate::ann::{NodeId, Shape, Window};
use crate::snn::{Connection, Model, PoolKind, Projection};

impl Walk<'_> {
    pub fn max_pool(&mut self, id: NodeId, window: Window) -> Result<Value, Error> {
        let kind = match self.settings.pool {
            MaxPool::Gate => PoolKind::Gate,
            MaxPool::Telescoping => PoolKind::Telescoping,
            MaxPool::Or => PoolKind::Or,
            MaxPool::Average => return self.average(id, window, true),
        };
        let input = self.graph.nodes[id].inputs[0];
        self.view_of(input, id)?;
        // A unit compares spikes of one amplitude.
        self.settle(input)?;
        let mut view = self.view_of(input, id)?;
        let network = &self.out.network;
        let whole = |t: &Term| t.scale.len() == network.populations[t.population].shape.channels;
        let plain = |t: &Term| whole(t) && t.upsample == [1, 1] && t.scale.iter().all(|&s| s > 0.0);
        if !view.terms.iter().all(plain) {
            view = self.unit(input, input, Some(Drive::identity(&view)), Unit::Linear)?;
            self.values[input] = Value::View(view.clone());
        }
        let node = &self.graph.nodes[id];
        let mut terms = Vec::new();
        for term in view.terms {
            let amplitude =
                self.out.lambda[term.population].iter().zip(&term.scale).map(|(l, s)| l * s);
            let (amplitude, burst) = (amplitude.collect(), self.bursts[term.population]);
            let shape = Shape { channels: term.scale.len(), ..node.shape };
            let slope = self.out.negative_worth[term.population];
            let unseen = self.unseen[term.population].clone();
            let worth = Worth { amplitude, burst, slope, unseen };
            let target = self.push((id, term.offset), shape, Model::Pool(kind), false, worth);
            let connection = Connection::Pool(window);
            let projection = Projection { source: term.population, target, connection, delay: 1 };
            self.out.network.projections.push(projection);
            let scale = vec![1.0; shape.channels];
            terms.push(Term { population: target, upsample: [1, 1], scale, ..term });
        }
        Ok(Value::View(View { shape: node.shape, terms }))
    }

    pub fn average(&mut self, id: NodeId, window: Window, count_pad: bool) -> Result<Value, Error> {
        let node = &self.graph.nodes[id];
        let view = self.view_of(node.inputs[0], id)?;
        let reach = |axis: usize, size: usize| {
            (size - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1
        };
        let inside = window.pad == [0, 0]
            && reach(0, node.shape.height) <= view.shape.height
            && reach(1, node.shape.width) <= view.shape.width;
        if !inside && !count_pad {
            return self.refuse(id, "its windows at the border divide by fewer cells");
        }
        let weight = 1.0 / (window.kernel[0] * window.kernel[1]) as f64;
        let channels = node.shape.channels;
        let bias = vec![0.0; channels];
        Ok(Value::Drive(Drive::conv(&view, node.shape, window, channels, bias, |_, _, _| weight)))
    }

    /// Means of whole channels.
    pub fn mean(&mut self, id: NodeId) -> Result<Value, Error> {
        let first = self.graph.nodes[id].inputs[0];
        let shape = self.graph.nodes[first].shape;
        if let Value::Flat(flat) = self.spiking(first)? {
            let area = shape.height * shape.width;
            let share =
                |element: usize, o: usize| f64::from(u8::from(element / area == o)) / area as f64;
            return Ok(Value::Drive(flat.linear(vec![0.0; shape.channels], share)));
        }
        self.average(id, Window { kernel: [shape.height, shape.width], ..POINT }, false)
    }
}
