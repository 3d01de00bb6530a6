//! Sums of branches: shared membranes, forwarded terms, add populations.

use super::Error;
use super::drive::{Drive, Term, View};
use super::flat::{Flat, TOO_WIDE};
use super::settings::Residual;
use super::sources::most_sources;
use super::walk::{Unit, Value, Walk};
use crate::ann::{Form, NodeId};

impl Walk<'_> {
    /// What `id` is made of; where its neurons would read too many sources, or none of its sums is
    /// to be forwarded, the sums among its inputs become populations first.
    pub fn within_limit(&mut self, id: NodeId) -> Result<Value, Error> {
        let value = self.node(id)?;
        let Value::Drive(drive) = &value else { return Ok(value) };
        let graph = self.graph;
        let inputs = &graph.nodes[id].inputs;
        let sums = inputs.iter().any(|&i| self.values[i].has_sums());
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
        if !self.values[id].has_sums() {
            return Ok(());
        }
        let graph = self.graph;
        let node = &graph.nodes[id];
        let value = match node.op.form() {
            // The sum stands further up.
            form if form.rearranges() => {
                for &input in &node.inputs {
                    self.settle(input)?;
                }
                self.node(id)?
            }
            _ => {
                let drive = match &self.values[id] {
                    Value::Flat(flat) => self.elements(flat, id)?,
                    Value::View(view) => Drive::identity(view),
                    // They have no sums.
                    Value::Drive(_) | Value::Analogue => return Ok(()),
                };
                let view = self.unit(id, id, Some(drive), Unit::Linear)?;
                self.placed(id, view)
            }
        };
        self.values[id] = value;
        Ok(())
    }

    /// Shares the membrane of the activation that alone reads the sum; else forwards both terms.
    pub fn add(&mut self, id: NodeId) -> Result<Value, Error> {
        let graph = self.graph;
        let node = &graph.nodes[id];
        let readers: Vec<_> = graph.nodes.iter().filter(|n| n.inputs.contains(&id)).collect();
        let activated = |n: &&crate::ann::Node| matches!(n.op.form(), Form::Units(_));
        let shared = readers.iter().all(activated) && readers.len() <= 1;
        let mut flats = false;
        for &input in &node.inputs {
            let waits =
                matches!(&self.values[input], Value::Drive(d) if shared && d.shape == node.shape);
            flats |= !waits && matches!(self.spiking(input)?, Value::Flat(_));
        }
        if flats {
            return self.add_elements(id);
        }
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
            _ => Ok(Value::View(View { shape: node.shape, terms: merged(terms) })),
        }
    }

    /// A sum of tensors some of which have another shape than what they are made of: where all have
    /// the same one, in that, else element by element.
    fn add_elements(&mut self, id: NodeId) -> Result<Value, Error> {
        let inputs = &self.graph.nodes[id].inputs;
        let flats = inputs.iter().map(|&input| self.flat(input)).collect::<Result<Vec<_>, _>>()?;
        let own: Option<Vec<Drive>> = flats.iter().map(Flat::in_own_shape).collect();
        let alike = own.filter(|own| own.iter().all(|drive| drive.shape == own[0].shape));
        let apart = || flats.iter().map(Flat::apart).collect();
        let sum = alike.or_else(apart).and_then(|drives| drives.into_iter().reduce(Drive::plus));
        sum.map_or_else(|| self.refuse(id, TOO_WIDE), |sum| Ok(Value::Drive(sum)))
    }
}

/// What reads one range of channels twice reads it once, with both factors together.
fn merged(terms: Vec<Term>) -> Vec<Term> {
    let mut all: Vec<Term> = vec![];
    for term in terms {
        let same = |t: &&mut Term| {
            (t.population, t.first, t.offset, t.upsample, t.scale.len())
                == (term.population, term.first, term.offset, term.upsample, term.scale.len())
        };
        match all.iter_mut().find(same) {
            Some(twin) => twin.scale.iter_mut().zip(&term.scale).for_each(|(a, b)| *a += b),
            None => all.push(term),
        }
    }
    all
}
