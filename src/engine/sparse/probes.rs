//! Potentials of single neurons at the ends of periods, on a chip where neurons change only when
//! something reaches them.

use crate::engine::probe::Membrane;

/// What was asked for, and what is known of it so far.
pub(super) struct Probes {
    neurons: Vec<u32>,
    /// By neuron asked for, its potential at the end of each period so far.
    values: Vec<Vec<f64>>,
    steps: usize,
}

impl Probes {
    pub(super) fn new(neurons: &[u32], steps: usize) -> Probes {
        Probes { neurons: neurons.to_vec(), values: vec![vec![]; neurons.len()], steps }
    }

    /// Before a neuron changes at a time: it was as `potential_at` says until then.
    pub(super) fn until(
        &mut self,
        id: usize,
        at_ps: u64,
        period_ps: u64,
        potential_at: impl Fn(u64) -> f64,
    ) {
        let (steps, asked) = (self.steps, self.neurons.iter().zip(&mut self.values));
        for (_, values) in asked.filter(|(neuron, _)| **neuron as usize == id) {
            while let Some(end_ps) = next(values.len(), steps, period_ps).filter(|&e| e <= at_ps) {
                values.push(potential_at(end_ps));
            }
        }
    }

    /// All periods, one after the other; `left` tells what a neuron holds at a time after its last
    /// event.
    pub(super) fn finish(
        self,
        period_ps: u64,
        left: impl Fn(usize, u64) -> Membrane,
    ) -> Vec<Membrane> {
        let mut all = vec![];
        for step in 0..self.steps {
            for (&neuron, values) in self.neurons.iter().zip(&self.values) {
                let mut membrane =
                    left(neuron as usize, (step as u64 + 1).saturating_mul(period_ps));
                membrane.potential = values.get(step).copied().unwrap_or(membrane.potential);
                all.push(Membrane { step: step as u32 + 1, neuron, ..membrane });
            }
        }
        all
    }
}

/// The end of the next period, unless all are over.
fn next(periods: usize, steps: usize, period_ps: u64) -> Option<u64> {
    (periods < steps).then(|| (periods as u64 + 1).saturating_mul(period_ps))
}
