//! Runs a float spiking graph, step by step, as plainly as possible: the oracle of conversions.

use super::{Graph, Neuron, PopulationId, Reset, Unit};

/// State of a run.
#[derive(Debug, Clone)]
pub struct Run<'g> {
    graph: &'g Graph,
    /// By population and element.
    current: Vec<Vec<f64>>,
    potential: Vec<Vec<f64>>,
    /// Steps that a neuron still rests.
    rests: Vec<Vec<u32>>,
    /// By population: what it sent in the last steps, newest first; at most the longest lag.
    sent: Vec<Vec<Vec<f64>>>,
    /// Populations in an order in which everything without a lag comes before what reads it.
    order: Vec<PopulationId>,
}

impl<'g> Run<'g> {
    /// Before the first step: all at rest.
    pub fn new(graph: &'g Graph) -> Run<'g> {
        let zeros = |p: &super::Population| vec![0.0; p.shape.len()];
        Run {
            graph,
            current: graph.populations.iter().map(zeros).collect(),
            potential: graph.populations.iter().map(zeros).collect(),
            rests: graph.populations.iter().map(|p| vec![0; p.shape.len()]).collect(),
            sent: vec![vec![]; graph.populations.len()],
            order: order(graph),
        }
    }

    /// One step. `fed` is what input population `p` sends, by element.
    pub fn step(&mut self, fed: impl Fn(PopulationId) -> Vec<f64>) {
        let longest = self.graph.projections.iter().map(|p| p.lag).max().unwrap_or(0);
        for p in self.order.clone() {
            let now = match &self.graph.populations[p].unit {
                Unit::Input => fed(p),
                Unit::Neuron(neuron) => {
                    let input = self.input(p);
                    self.advance(p, neuron, &input)
                }
            };
            self.sent[p].insert(0, now);
        }
        self.sent.iter_mut().for_each(|sent| sent.truncate(longest.max(1)));
    }

    /// What population `p` sent in the last step.
    pub fn sent(&self, p: PopulationId) -> &[f64] {
        &self.sent[p][0]
    }

    /// Potentials of population `p` after the last step.
    pub fn potential(&self, p: PopulationId) -> &[f64] {
        &self.potential[p]
    }

    /// The sum of what arrives at population `p`.
    fn input(&self, p: PopulationId) -> Vec<f64> {
        let mut sum = vec![0.0; self.graph.populations[p].shape.len()];
        for projection in self.graph.projections.iter().filter(|one| one.target == p) {
            let source = &self.graph.populations[projection.source];
            // Sources without a lag have taken this step already, others have not.
            let sent = &self.sent[projection.source];
            let back = projection.lag.checked_sub(self.behind(projection.source, p));
            let x = back.and_then(|back| sent.get(back)).cloned();
            let x = x.unwrap_or_else(|| vec![0.0; source.shape.len()]);
            let y = projection.maps.iter().fold(x, |x, map| map.apply(&x));
            sum.iter_mut().zip(y).for_each(|(sum, y)| *sum += y);
        }
        sum
    }

    /// 1 where `source` has not taken the step that `target` takes now.
    fn behind(&self, source: PopulationId, target: PopulationId) -> usize {
        let place = |of| self.order.iter().position(|&p| p == of);
        usize::from(place(source) >= place(target))
    }

    fn advance(&mut self, p: PopulationId, neuron: &Neuron, input: &[f64]) -> Vec<f64> {
        let (current, potential) = (&mut self.current[p], &mut self.potential[p]);
        let rests = &mut self.rests[p];
        let unit = |(n, &x): (usize, &f64)| {
            let u = match &neuron.current {
                Some(of) => of.keep.at(n) * current[n] + of.gain.at(n) * x,
                None => x,
            };
            current[n] = u;
            if rests[n] > 0 {
                rests[n] -= 1;
                return 0.0;
            }
            let v = neuron.keep.at(n) * potential[n] + neuron.gain.at(n) * u + neuron.leak.at(n);
            potential[n] = v;
            let Some(fires) = &neuron.fires else { return v };
            let threshold = fires.threshold.at(n);
            if v < threshold || (v == threshold && !fires.at) {
                return 0.0;
            }
            rests[n] = neuron.refractory;
            potential[n] = match &fires.reset {
                Reset::Subtract => v - threshold,
                Reset::To(value) => value.at(n),
            };
            1.0
        };
        input.iter().enumerate().map(unit).collect()
    }
}

/// Populations so that those of projections without a lag come before what they reach.
///
/// # Panics
/// Where projections without a lag form a loop, which no importer makes.
fn order(graph: &Graph) -> Vec<PopulationId> {
    let count = graph.populations.len();
    let mut order = Vec::with_capacity(count);
    let mut placed = vec![false; count];
    while order.len() < count {
        let ready = |&p: &PopulationId| {
            let waits = |one: &&super::Projection| one.target == p && one.lag == 0;
            !placed[p] && graph.projections.iter().filter(waits).all(|one| placed[one.source])
        };
        let next = (0..count).find(ready);
        let next = next.expect("projections without a lag form no loop");
        placed[next] = true;
        order.push(next);
    }
    order
}
