//! The walk over the graph: one rule per operator.

use super::analogue::input_part;
use super::calibrate::Calibration;
use super::drive::{Drive, Term, View};
use super::flat::Flat;
use super::quantize::MOST_STEPS;
use super::settings::{ClipScale, Readout, Rounding, Settings};
use super::{Conversion, Error, Unsure};
use crate::ann::host::Host;
use crate::ann::op::{Conv, Curve};
use crate::ann::{Form, Graph, NodeId, Shape};
use crate::snn::{Head, Network};
use std::collections::{BTreeMap, BTreeSet};

/// What a node is made of.
#[derive(Clone)]
pub enum Value {
    /// The image by linear operations.
    Analogue,
    /// Perhaps in another shape than the node's, with the same elements in the same order.
    Drive(Drive),
    /// In the node's shape.
    View(View),
    /// Elements of views of other shapes.
    Flat(Flat),
}

impl Value {
    /// Whether some channel of it is a sum of several populations.
    pub fn has_sums(&self) -> bool {
        match self {
            Value::View(view) => view.has_sums(),
            Value::Flat(flat) => flat.has_sums(),
            Value::Drive(_) | Value::Analogue => false,
        }
    }
}

/// What a population's neurons stand for.
#[derive(Clone, Copy)]
pub enum Unit<'a> {
    Relu,
    Leaky(f32),
    Clip(f32),
    /// A clip that activations hardly meet: no scale, but a bound.
    FarClip(f64),
    Linear,
    Curve(&'a dyn Curve),
    Readout,
}

/// The walk so far: values of the nodes passed, and the network they made.
pub struct Walk<'a> {
    pub graph: &'a Graph,
    pub calibration: Calibration<'a>,
    pub settings: &'a Settings,
    pub values: Vec<Value>,
    /// Largest spike count of a step, by population.
    pub bursts: Vec<i32>,
    /// By population and channel, whether calibration never saw it active.
    pub unseen: Vec<Vec<bool>>,
    /// Nodes whose units have thresholds, by the order in which they got them.
    scaled: BTreeMap<NodeId, usize>,
    /// Where nodes stand among those that are not sure.
    unsure_at: BTreeMap<NodeId, usize>,
    pub out: Conversion,
}

pub fn walk(
    graph: &Graph,
    calibration: Calibration,
    settings: &Settings,
) -> Result<Conversion, Error> {
    if settings.rounding == Rounding::Mean {
        calibration.check_means()?;
    }
    let network = Network {
        name: graph.name.clone(),
        weight_bits: settings.weight_bits,
        populations: vec![],
        projections: vec![],
        heads: vec![],
        first_phase: settings.first_phase(),
    };
    let out = Conversion {
        network,
        input: Graph { name: String::new(), nodes: vec![], input: 0, heads: vec![] },
        analogue: vec![],
        nodes: vec![],
        lambda: vec![],
        negative_worth: vec![],
        input_macs: 0,
        most_steps: MOST_STEPS,
        host: Host::default(),
        unsure: vec![],
    };
    let mut walk = Walk {
        graph,
        calibration,
        settings,
        values: vec![],
        bursts: vec![],
        unseen: vec![],
        scaled: BTreeMap::new(),
        unsure_at: BTreeMap::new(),
        out,
    };
    // Before anything reads a node as spikes: heads want what it is made of.
    let mut made = Vec::new();
    let heads: BTreeSet<NodeId> = graph.heads.iter().map(|head| head.node).collect();
    for id in 0..graph.nodes.len() {
        let value = walk.within_limit(id)?;
        made.push(heads.contains(&id).then(|| value.clone()));
        walk.values.push(value);
    }
    for head in &graph.heads {
        let drive = match &made[head.node] {
            Some(Value::Drive(drive)) => Some(drive.clone()),
            Some(Value::View(view)) => Some(Drive::identity(view)),
            Some(Value::Flat(flat)) => Some(walk.elements(flat, head.node)?),
            Some(Value::Analogue) | None => None,
        };
        // A head is one population, whatever its channels read.
        let drive = drive.map(|d| d.piece(0..d.shape.channels));
        let shape = drive.as_ref().map_or(graph.nodes[head.node].shape, |d| d.shape);
        let counted = settings.readout == Readout::Count;
        let (unit, amplitude) = match counted {
            true => (Unit::Linear, walk.amplitude(head.node, shape, Unit::Linear)?),
            false => (Unit::Readout, vec![1.0; shape.channels]),
        };
        let (population, membrane) =
            walk.populate((head.node, 0), head.node, drive, unit, amplitude, 0.0)?;
        let scale = if counted { walk.out.lambda[population].clone() } else { membrane };
        walk.out.network.populations[population].name = head.name.clone();
        walk.out.network.heads.push(Head { name: head.name.clone(), population, scale });
    }
    let (given, layers) = (settings.thresholds.len(), walk.scaled.len());
    if given > 0 && given != layers {
        return Err(Error::Thresholds { given, layers });
    }
    walk.out.input = input_part(
        graph,
        &mut walk.out.analogue,
        settings.input_bits.unwrap_or(settings.weight_bits),
    );
    walk.out.network = walk.out.network.named_apart().packed();
    walk.out.unsure.retain(|unsure| !(unsure.unseen.is_empty() && unsure.raised.is_empty()));
    Ok(walk.out)
}

impl<'a> Walk<'a> {
    pub fn refuse<T>(&self, id: NodeId, why: &'static str) -> Result<T, Error> {
        let node = &self.graph.nodes[id];
        Err(Error::Unsupported { operator: node.op.name(), node: node.name.clone(), why })
    }

    /// The rule of one operator, from the values of its inputs.
    pub fn node(&mut self, id: NodeId) -> Result<Value, Error> {
        let graph = self.graph;
        let node = &graph.nodes[id];
        let form = node.op.form();
        let analogue =
            node.inputs.iter().filter(|&&i| matches!(self.values[i], Value::Analogue)).count();
        match form {
            Form::Image => return Ok(Value::Analogue),
            Form::None(why) => return self.refuse(id, why),
            _ => {}
        }
        if form.is_linear() && analogue == node.inputs.len() {
            self.out.input_macs += graph.macs(id);
            return Ok(Value::Analogue);
        }
        if node.inputs.len() > 1 && analogue > 0 {
            // Beside spikes the image has to be some, too.
            for &input in &node.inputs {
                self.spiking(input)?;
            }
        }
        let first = node.inputs[0];
        match form {
            Form::Image => Ok(Value::Analogue),
            Form::Units(activation) => self.activate(id, activation),
            Form::Conv(conv) => self.convolution(id, conv),
            Form::Dense(dense) => {
                let flat = self.flat(first)?;
                let inputs = graph.nodes[first].shape.len();
                let bias = dense.bias.iter().map(|&b| b.into()).collect();
                let weight =
                    |element: usize, o: usize| f64::from(dense.weight[o * inputs + element]);
                Ok(Value::Drive(flat.linear(bias, weight)))
            }
            Form::Affine { scale, shift } => self.affine(id, &doubles(scale), &doubles(shift)),
            Form::AffineMap { scale, shift } => {
                self.element_wise(id, &doubles(scale), &doubles(shift))
            }
            Form::Sum => self.add(id),
            Form::Join => self.join(id),
            Form::Slice { first } => self.slice(id, first),
            Form::Repeat { factor } => {
                let mut view = self.view_of(first, id)?;
                view.shape = node.shape;
                for term in &mut view.terms {
                    term.upsample = [term.upsample[0] * factor[0], term.upsample[1] * factor[1]];
                }
                Ok(Value::View(view))
            }
            Form::MaxPool(window) => self.max_pool(id, window),
            Form::AveragePool { window, count_pad } => self.average(id, window, count_pad),
            Form::GlobalAveragePool => self.mean(id),
            // The elements keep their order, and what they are made of its shape.
            Form::Reshape => Ok(match self.values[first].clone() {
                Value::View(view) => self.placed(id, view),
                Value::Flat(flat) => match flat.view() {
                    Some(view) if view.shape == node.shape => Value::View(view.clone()),
                    _ => Value::Flat(flat),
                },
                waiting => waiting,
            }),
            Form::Permute(permute) => self.permute(id, permute),
            Form::Same => Ok(self.values[first].clone()),
            Form::ImageOnly(why) | Form::None(why) => self.refuse(id, why),
        }
    }

    fn convolution(&mut self, id: NodeId, conv: &Conv) -> Result<Value, Error> {
        let node = &self.graph.nodes[id];
        let Conv { window, groups, weight, bias } = conv;
        let view = self.view_of(node.inputs[0], id)?;
        let (inputs, outputs) = (view.shape.channels / groups, node.shape.channels / groups);
        let taps = window.kernel[0] * window.kernel[1];
        let bias = bias.iter().map(|&b| b.into()).collect();
        let weight = |tap: usize, i: usize, o: usize| {
            weight[((i / inputs * outputs + o) * inputs + i % inputs) * taps + tap].into()
        };
        Ok(Value::Drive(Drive::conv(&view, node.shape, *window, *groups, bias, weight)))
    }

    fn affine(&mut self, id: NodeId, scale: &[f64], shift: &[f64]) -> Result<Value, Error> {
        let node = &self.graph.nodes[id];
        match self.values[node.inputs[0]].clone() {
            Value::Drive(drive) if drive.shape == node.shape => {
                Ok(Value::Drive(drive.scaled(scale, shift)))
            }
            Value::View(mut view) if shift.iter().all(|&s| s == 0.0) => {
                for term in &mut view.terms {
                    for (c, s) in term.scale.iter_mut().enumerate() {
                        *s *= scale[term.offset + c];
                    }
                }
                Ok(Value::View(view))
            }
            Value::View(view) => Ok(Value::Drive(Drive::identity(&view).scaled(scale, shift))),
            // Channels of the node are not those of what it is made of.
            Value::Drive(_) | Value::Flat(_) => {
                let area = node.shape.height * node.shape.width;
                let repeated = |values: &[f64]| -> Vec<f64> {
                    values.iter().flat_map(|&x| std::iter::repeat_n(x, area)).collect()
                };
                self.element_wise(id, &repeated(scale), &repeated(shift))
            }
            Value::Analogue => Ok(Value::Analogue),
        }
    }

    fn join(&mut self, id: NodeId) -> Result<Value, Error> {
        let node = &self.graph.nodes[id];
        let parts: Vec<Value> =
            node.inputs.iter().map(|&input| self.spiking(input)).collect::<Result<_, _>>()?;
        if parts.iter().any(|part| matches!(part, Value::Flat(_))) {
            // Channels come first, so that what they join are the elements.
            let parts =
                node.inputs.iter().map(|&input| self.flat(input)).collect::<Result<_, _>>()?;
            return Ok(Value::Flat(Flat::join(parts)));
        }
        let mut terms = Vec::new();
        let mut offset = 0;
        for &input in &node.inputs {
            let view = self.view_of(input, id)?;
            terms.extend(view.terms.into_iter().map(|t| Term { offset: t.offset + offset, ..t }));
            offset += view.shape.channels;
        }
        Ok(Value::View(View { shape: node.shape, terms }))
    }

    /// What `id` is, as populations: made linear ones where it is none yet.
    pub fn spiking(&mut self, id: NodeId) -> Result<Value, Error> {
        let drive = match self.values[id].clone() {
            Value::Drive(drive) => Some(drive),
            Value::Analogue => None,
            made => return Ok(made),
        };
        let view = self.unit(id, id, drive, Unit::Linear)?;
        self.values[id] = self.placed(id, view);
        Ok(self.values[id].clone())
    }

    /// The same for a reader `by` that needs the node's own shape.
    pub fn view_of(&mut self, id: NodeId, by: NodeId) -> Result<View, Error> {
        if let Value::View(view) = self.spiking(id)? {
            return Ok(view);
        }
        let flat = self.flat(id)?;
        let view = self.reshaped(id, &flat, by)?;
        self.values[id] = Value::View(view.clone());
        Ok(view)
    }

    /// The populations of `node`, driven by `drive` or by the image's values at `pre`: one for
    /// each range of channels that reads sources of its own.
    pub fn unit(
        &mut self,
        node: NodeId,
        pre: NodeId,
        drive: Option<Drive>,
        unit: Unit<'a>,
    ) -> Result<View, Error> {
        let shape = drive.as_ref().map_or(self.graph.nodes[node].shape, |d| d.shape);
        let pieces = match drive {
            Some(drive) => {
                drive.pieces().into_iter().map(|(first, piece)| (first, Some(piece))).collect()
            }
            None => vec![(0, None)],
        };
        let mut amplitude = self.amplitude(node, shape, unit)?;
        let factors = self.factors(node, unit, &amplitude)?;
        amplitude.iter_mut().zip(&factors).for_each(|(a, factor)| *a *= factor);
        let ceiling = amplitude.iter().copied().fold(0.0, f64::max);
        let mut terms = Vec::new();
        for (offset, piece) in pieces {
            let channels = piece.as_ref().map_or(shape.channels, |p| p.shape.channels);
            let amplitude = amplitude[offset..offset + channels].to_vec();
            let (population, _) =
                self.populate((node, offset), pre, piece, unit, amplitude, ceiling)?;
            if !self.settings.rescale {
                let lambda = self.out.lambda[population].iter_mut();
                lambda.zip(&factors[offset..]).for_each(|(a, factor)| *a /= factor);
            }
            terms.push(Term {
                population,
                first: 0,
                offset,
                upsample: [1, 1],
                scale: vec![1.0; channels],
            });
        }
        Ok(View { shape, terms })
    }

    /// What the settings make of the thresholds of the channels of `node`, whose spikes are worth
    /// `amplitude`; the first time, it becomes the next layer.
    fn factors(
        &mut self,
        node: NodeId,
        unit: Unit<'a>,
        amplitude: &[f64],
    ) -> Result<Vec<f64>, Error> {
        let next = self.scaled.len();
        let layer = *self.scaled.entry(node).or_insert(next);
        let channels = amplitude.len();
        match (self.settings.thresholds.get(layer).map(|groups| &groups[..]), unit) {
            (None, _) => Ok(vec![1.0; channels]),
            (Some(&[factor]), Unit::Clip(c)) if self.settings.clip == ClipScale::Clip => {
                let spikes = f64::from(c) / amplitude[0];
                let octaves = self.settings.phases.map_or(0, |phases| phases.octaves);
                let rescaled = self.settings.rescale;
                Ok(vec![if rescaled { whole(factor, spikes, octaves) } else { factor }; channels])
            }
            (Some(&[_, _, ..]), Unit::Clip(_)) => {
                self.refuse(node, "a clip limits all its channels alike: it takes one threshold")
            }
            (Some(groups), _) => Ok(grouped(groups, amplitude)),
        }
    }

    /// What one spike of the units of `node` is worth, by channel.
    fn amplitude(&mut self, node: NodeId, shape: Shape, unit: Unit<'a>) -> Result<Vec<f64>, Error> {
        let mut amplitude = match unit {
            Unit::Clip(c) if self.settings.clip == ClipScale::Clip => {
                vec![f64::from(c); shape.channels]
            }
            _ => {
                let scale = self.calibration.scale(self.graph, node, shape, self.settings)?;
                self.unsure(node).unseen = scale.unseen;
                scale.lambda
            }
        };
        amplitude.iter_mut().for_each(|a| *a /= f64::from(self.settings.burst.1));
        Ok(amplitude)
    }

    /// The channels of `node` that calibration never saw active.
    pub fn unseen_of(&self, node: NodeId) -> Vec<usize> {
        self.unsure_at.get(&node).map_or(vec![], |&at| self.out.unsure[at].unseen.clone())
    }

    /// What is not sure of the channels of `node`.
    pub fn unsure(&mut self, node: NodeId) -> &mut Unsure {
        let all = &mut self.out.unsure;
        let at = *self.unsure_at.entry(node).or_insert(all.len());
        if at == all.len() {
            all.push(Unsure { node, unseen: vec![], raised: vec![] });
        }
        &mut all[at]
    }
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

/// The factor next to `factor` under which `spikes` spikes, what a clip holds, become a multiple of
/// what a spike of the first of two phases weighs, 2^`octaves`. Where they become less than that,
/// there is none.
pub fn whole(factor: f64, spikes: f64, octaves: i32) -> f64 {
    let most = spikes / f64::from(1u32 << octaves.max(0));
    match (most / factor).round().max(1.0) {
        1.0 if factor > most => factor,
        fewer => most / fewer,
    }
}

/// The factor of each channel. Groups are equal shares of the channels, those whose spikes are
/// worth least first.
fn grouped(groups: &[f64], amplitude: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..amplitude.len()).collect();
    // Stable: of equals the first channel comes first.
    order.sort_by(|&a, &b| amplitude[a].total_cmp(&amplitude[b]));
    let mut factors = vec![1.0; amplitude.len()];
    for (rank, &channel) in order.iter().enumerate() {
        factors[channel] = groups[rank * groups.len() / order.len()];
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_holds_whole_spikes() {
        // A clip of four spikes becomes one of eight, five, four, three or one of them.
        let factors = [0.5, 0.78, 1.0, 1.3, 2.9].map(|factor| whole(factor, 4.0, 0));
        assert_eq!(factors, [0.5, 0.8, 1.0, 4.0 / 3.0, 4.0]);
        assert_eq!([0.6, 0.8, 1.2, 2.0].map(|factor| whole(factor, 1.0, 0)), [0.5, 1.0, 1.2, 2.0]);
        // Of spikes that weigh two: eight, six, four or two.
        assert_eq!(
            [0.5, 0.7, 1.1, 1.6].map(|factor| whole(factor, 4.0, 1)),
            [0.5, 2.0 / 3.0, 1.0, 2.0]
        );
        assert_eq!(grouped(&[2.0, 0.5], &[3.0, 1.0, 2.0, 1.0]), [0.5, 2.0, 0.5, 2.0]);
    }
}
