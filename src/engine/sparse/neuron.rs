//! One visit of one neuron.

use crate::snn::sparse::{Lif, Model, Reset, Reverse, TrueNorth};

/// What a neuron keeps from step to step.
pub(super) struct State {
    potential: f64,
    current: f64,
    /// Steps, this one included, in which it only leaks.
    blocked: u64,
}

impl State {
    pub(super) fn new(model: &Model) -> Self {
        State { potential: model.potential(), current: 0.0, blocked: 0 }
    }
}

impl State {
    pub(super) fn potential(&self) -> f64 {
        self.potential
    }

    /// What is left of the input, where any is.
    pub(super) fn current(&self, model: &Model) -> Option<f64> {
        keeps_current(model).then_some(self.current)
    }
}

fn keeps_current(model: &Model) -> bool {
    matches!(model, Model::Lif(lif) if lif.input_decay != 0.0)
}

/// What a visit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    pub(super) fired: bool,
    /// Synaptic events had arrived.
    pub(super) received: bool,
    /// They had, or potential or bias were not zero, or the update is forced.
    pub(super) active: bool,
}

/// Visits a neuron. `x`: sum of the weights that arrived, if any did; `external`: an input that
/// is due.
pub(super) fn update(
    model: &Model,
    state: &mut State,
    x: Option<f64>,
    external: bool,
    first: bool,
) -> Outcome {
    let before = state.potential;
    let outcome = |fired, bias: f64, forced| {
        let active = before != 0.0 || x.is_some() || bias != 0.0 || forced;
        Outcome { fired, received: x.is_some(), active }
    };
    match model {
        // What arrives at an input is read and has no effect.
        Model::Input => Outcome { fired: external, received: false, active: false },
        Model::Lif(lif) => outcome(lif_step(lif, state, x, first), lif.bias, lif.force_update),
        Model::TrueNorth(neuron) => {
            outcome(truenorth_step(neuron, state, x), neuron.bias, neuron.force_update)
        }
    }
}

fn lif_step(lif: &Lif, state: &mut State, x: Option<f64>, first: bool) -> bool {
    let mut v = state.potential;
    if !first {
        state.current *= lif.input_decay;
        v *= lif.leak_decay;
    }
    v = (v * 64.0).trunc() / 64.0;
    // A blocked neuron leaks and does nothing else: no input, no threshold.
    let blocked = state.blocked > 0;
    if !blocked {
        state.current += x.unwrap_or(0.0);
        v += lif.bias;
        v += state.current;
    }
    let fired = !blocked && v > lif.threshold;
    if fired {
        v = reset(v, lif.threshold, lif.reset);
        state.blocked = lif.refractory_delay;
    }
    if !blocked && v < lif.reverse_threshold {
        v = reverse(v, lif.reverse_threshold, lif.reverse);
    }
    state.blocked = state.blocked.saturating_sub(1);
    state.potential = v;
    fired
}

fn truenorth_step(neuron: &TrueNorth, state: &mut State, x: Option<f64>) -> bool {
    let mut v = state.potential;
    // No clamp at zero: the leak overshoots.
    if v > 0.0 {
        v -= neuron.leak;
    } else if v < 0.0 {
        v += neuron.leak;
    }
    v += neuron.bias;
    v += x.unwrap_or(0.0);
    let fired = v >= neuron.threshold;
    if fired {
        v = reset(v, neuron.threshold, neuron.reset);
    } else if v <= neuron.reverse_threshold {
        v = reverse(v, neuron.reverse_threshold, neuron.reverse);
    }
    state.potential = v;
    fired
}

/// A neuron of a chip without steps. A step of the network's file lasts `period_ps`.
///
/// The potential decays by `leak_decay` to the power of the time that has passed, or moves towards
/// zero by `leak` for each step of it, and stops there. It is not cut to 1/64, which is what a
/// visit in every step does. For n - 1 steps after a spike with a refractory delay of n steps, what
/// arrives is dropped and neither threshold is tested.
pub(super) struct Elapsed {
    potential: f64,
    period_ps: u64,
    /// Of the last event.
    seen_ps: u64,
    /// Until then it only leaks.
    blocked_ps: Option<u64>,
}

impl Elapsed {
    pub(super) fn new(model: &Model, period_ps: u64) -> Elapsed {
        Elapsed { potential: model.potential(), period_ps, seen_ps: 0, blocked_ps: None }
    }

    /// The potential at a time after the last event, if none comes before it.
    pub(super) fn potential_at(&self, model: &Model, now_ps: u64) -> f64 {
        let passed = now_ps.saturating_sub(self.seen_ps) as f64 / self.period_ps as f64;
        match model {
            Model::Input => self.potential,
            Model::Lif(lif) => self.potential * lif.leak_decay.powf(passed),
            Model::TrueNorth(neuron) => {
                let left = (self.potential.abs() - neuron.leak * passed).max(0.0);
                left.copysign(self.potential)
            }
        }
    }

    /// Adds `x` at a time; says whether the neuron fires, once at most, if it `may`.
    pub(super) fn receive(&mut self, model: &Model, x: f64, now_ps: u64, may: bool) -> bool {
        let left = self.potential_at(model, now_ps);
        self.seen_ps = now_ps;
        match model {
            Model::Input => false,
            Model::Lif(lif) => {
                self.potential = left;
                if self.blocked_ps.is_some_and(|blocked_ps| now_ps <= blocked_ps) {
                    return false;
                }
                self.potential += x;
                let fired = may && self.potential > lif.threshold;
                if fired {
                    self.potential = reset(self.potential, lif.threshold, lif.reset);
                    let dropped = lif.refractory_delay.saturating_sub(1);
                    self.blocked_ps = (dropped > 0)
                        .then(|| now_ps.saturating_add(dropped.saturating_mul(self.period_ps)));
                }
                if self.potential < lif.reverse_threshold {
                    self.potential = reverse(self.potential, lif.reverse_threshold, lif.reverse);
                }
                fired
            }
            Model::TrueNorth(neuron) => {
                self.potential = left + x;
                let fired = may && self.potential >= neuron.threshold;
                if fired {
                    self.potential = reset(self.potential, neuron.threshold, neuron.reset);
                } else if self.potential <= neuron.reverse_threshold {
                    self.potential =
                        reverse(self.potential, neuron.reverse_threshold, neuron.reverse);
                }
                fired
            }
        }
    }
}

fn reset(v: f64, threshold: f64, reset: Reset) -> f64 {
    match reset {
        Reset::Hard(value) => value,
        Reset::Soft => v - threshold,
    }
}

fn reverse(v: f64, threshold: f64, reverse: Reverse) -> f64 {
    match reverse {
        Reverse::None => v,
        Reverse::Saturate => threshold,
        Reverse::Hard(value) => value,
        Reverse::Soft => v - threshold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truenorth(leak: f64, reverse: Reverse) -> Model {
        Model::TrueNorth(TrueNorth {
            threshold: 3.0,
            reset: Reset::Soft,
            leak,
            bias: 0.0,
            potential: 1.0,
            reverse_threshold: -0.5,
            reverse,
            force_update: false,
        })
    }

    #[test]
    fn truenorth_leak_overshoots_zero() {
        let model = truenorth(2.5, Reverse::None);
        let mut state = State::new(&model);
        let mut seen = Vec::new();
        for step in 1..=3 {
            assert!(!update(&model, &mut state, None, false, step == 1).fired);
            seen.push(state.potential);
        }
        assert_eq!(seen, [-1.5, 1.0, -1.5]);
    }

    #[test]
    fn truenorth_fires_at_the_threshold_and_saturates_below() {
        let model = truenorth(0.0, Reverse::Saturate);
        let mut state = State::new(&model);
        assert!(update(&model, &mut state, Some(2.0), false, true).fired);
        assert_eq!(state.potential, 0.0);
        assert!(!update(&model, &mut state, None, false, false).active);
        assert!(!update(&model, &mut state, Some(-4.0), false, false).fired);
        assert_eq!(state.potential, -0.5);
    }
}
