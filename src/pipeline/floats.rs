//! The float graph of a network that spikes already, on one input.

use super::{HeadValues, Stimulus};
use crate::ann::Shape;
use crate::spiking::exec::Run;
use crate::spiking::{Graph, PopulationId, Unit};

/// A run of the floats.
pub(super) struct Floats<'a> {
    graph: &'a Graph,
    stimulus: &'a Stimulus,
    run: Run<'a>,
    /// Steps so far.
    steps: usize,
    /// By output and element: spikes so far, or the last potential of one that is read.
    said: Vec<Vec<f64>>,
}

impl<'a> Floats<'a> {
    /// Before the first step.
    pub fn new(graph: &'a Graph, stimulus: &'a Stimulus) -> Floats<'a> {
        let zeros = |&p: &PopulationId| vec![0.0; graph.populations[p].shape.len()];
        let said = graph.outputs.iter().map(zeros).collect();
        Floats { graph, stimulus, run: Run::new(graph), steps: 0, said }
    }

    /// One step.
    pub fn step(&mut self) {
        self.steps += 1;
        let (graph, stimulus, step) = (self.graph, self.stimulus, self.steps);
        self.run.step(|p| match stimulus {
            Stimulus::Image(image) => image.clone(),
            Stimulus::Spikes { train, .. } => {
                let mut sent = vec![0.0; graph.populations[p].shape.len()];
                let due = train.at(step).iter();
                due.for_each(|&(n, count)| sent[n as usize] = f64::from(count));
                sent
            }
        });
        for (&p, said) in graph.outputs.iter().zip(&mut self.said) {
            let fires = match &graph.populations[p].unit {
                Unit::Neuron(neuron) => neuron.fires.is_some(),
                Unit::Input => true,
            };
            for (said, &sent) in said.iter_mut().zip(self.run.sent(p)) {
                *said = if fires { *said + sent } else { sent };
            }
        }
    }

    /// Neurons of population `p` that fired in the last step, in order.
    pub fn fired(&self, p: PopulationId) -> Vec<u32> {
        let sent = self.run.sent(p).iter().enumerate();
        sent.filter(|(_, sent)| **sent != 0.0).map(|(n, _)| n as u32).collect()
    }

    /// What the outputs say so far.
    pub fn heads(&self) -> Vec<HeadValues> {
        let head = |(&p, said): (&PopulationId, &Vec<f64>)| {
            let population = &self.graph.populations[p];
            let shape: Shape = population.shape;
            let values = said.iter().map(|&value| value as f32).collect();
            HeadValues { name: population.name.clone(), shape, values }
        };
        self.graph.outputs.iter().zip(&self.said).map(head).collect()
    }
}
