//! Which activations the units of a population can send at all.

use crate::snn::{Model, NEVER, Network};

/// Share of what a unit can send in all steps from which on it counts as saturated.
const SATURATED: f64 = 0.99;
/// Share of a channel's units that makes the channel so: more than a 99.9th percentile leaves out.
const MANY: f64 = 0.01;
/// Activations that exceed a limit by less are at it.
const ROUNDING: f64 = 1e-6;

/// What the units of a population can send.
pub struct Reach<'a> {
    /// By channel: float value of one spike a step.
    pub lambda: &'a [f64],
    /// What a negative spike weighs.
    pub worth: f64,
    /// Most net spikes of a step, positive and negative.
    pub up: i32,
    pub down: i32,
}

/// The nearest that any spike train comes to given activations.
pub struct Best {
    /// Cut to what a unit can send.
    pub limited: Vec<f64>,
    /// The nearest count of spikes.
    pub whole: Vec<f64>,
}

impl Reach<'_> {
    /// Largest and smallest activation of neuron `n`.
    fn limits(&self, n: usize) -> [f64; 2] {
        let lambda = self.lambda[n % self.lambda.len()];
        [f64::from(self.up) * lambda, -f64::from(self.down) * lambda * self.worth]
    }

    /// Whether an activation is more than neuron `n` can send.
    fn exceeds(&self, n: usize, activation: f64) -> bool {
        let [up, down] = self.limits(n);
        let slack = 1.0 + ROUNDING;
        // Where nothing can be sent below zero, any activation there is beyond.
        activation > up * slack || activation < down * slack
    }

    /// How many activations are.
    pub fn beyond(&self, activations: &[f64]) -> usize {
        activations.iter().enumerate().filter(|&(n, &a)| self.exceeds(n, a)).count()
    }

    /// What the best spike trains of `steps` steps make of `activations`.
    pub fn best(&self, activations: &[f64], steps: usize) -> Best {
        let limited: Vec<f64> = (activations.iter().enumerate())
            .map(|(n, a)| {
                let [up, down] = self.limits(n);
                a.clamp(down, up)
            })
            .collect();
        let nearest = |(n, a): (usize, &f64)| {
            let worth = if *a < 0.0 { self.worth } else { 1.0 };
            let one = self.lambda[n % self.lambda.len()] * worth / steps as f64;
            (a / one).round() * one
        };
        Best { whole: limited.iter().enumerate().map(nearest).collect(), limited }
    }

    /// Channels of whose units at least [`MANY`] send all they can, but not the `float` activation.
    pub fn saturated(&self, counts: &[i32], float: &[f64], steps: usize) -> usize {
        let channels = self.lambda.len();
        let mut units = vec![0usize; channels];
        for (n, (&count, &float)) in counts.iter().zip(float).enumerate() {
            let most = if count > 0 { self.up } else { self.down };
            let full = f64::from(count.abs()) >= SATURATED * f64::from(most) * steps as f64;
            units[n % channels] += usize::from(count != 0 && full && self.exceeds(n, float));
        }
        let many = MANY * (counts.len() / channels) as f64;
        units.iter().filter(|&&units| units > 0 && units as f64 >= many).count()
    }
}

/// Most net spikes of a step, positive and negative, by population; `None` for readouts.
pub fn capacities(network: &Network) -> Vec<Option<[i32; 2]>> {
    let mut capacities: Vec<Option<[i32; 2]>> = vec![];
    for (p, population) in network.populations.iter().enumerate() {
        let source = network.projections.iter().find(|q| q.target == p).map(|q| q.source);
        capacities.push(match &population.model {
            Model::If(unit) => Some([unit.burst, if unit.is_signed() { unit.burst } else { 0 }]),
            // A ReLU takes spikes back, but its net count stays at zero or above.
            Model::Tracking(unit) => {
                let signed = unit.below.iter().any(|&below| below != NEVER);
                Some([unit.most_up, if signed { unit.most_down } else { 0 }])
            }
            Model::Curve(curve) => Some([curve.most_up, curve.most_down]),
            Model::Pool(_) | Model::Relay => source.and_then(|source| capacities[source]),
            Model::Readout(_) | Model::Cuba(_) | Model::Input(_) => None,
        });
    }
    capacities
}
