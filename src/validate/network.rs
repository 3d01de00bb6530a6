//! Networks whose neurons fire at given rates, whatever reaches them: what a measurement leaves
//! open is only how often they fired. All weights are zero, which costs what any weight costs.

use crate::snn::Class;
use crate::snn::sparse::{
    Lif, Model, Neuron, Place, Reset, Reverse, SparseNetwork, Synapse, TrueNorth,
};
use std::ops::Range;

/// Spikes per step, exact: `spikes` in every `steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    spikes: u32,
    steps: u32,
}

impl Rate {
    pub(super) const SILENT: Rate = Rate::new(0, 1);

    pub(super) const fn new(spikes: u32, steps: u32) -> Rate {
        Rate { spikes, steps }
    }

    /// Spikes of a neuron per step.
    pub(super) fn share(self) -> f64 {
        f64::from(self.spikes) / f64::from(self.steps)
    }

    /// Whole part of what neuron `id` has summed up after `step` steps. Neurons begin at multiples
    /// of the golden ratio, which spreads their spikes evenly over the steps.
    fn fired(self, id: usize, step: u64) -> u64 {
        let steps = u64::from(self.steps);
        (self.phase(id) + step * u64::from(self.spikes)) / steps
    }

    /// Where neuron `id` begins, 0 to `steps - 1`.
    fn phase(self, id: usize) -> u64 {
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        ((id as f64 * GOLDEN).fract() * f64::from(self.steps)) as u64
    }

    /// Half above that, since a neuron fires above its threshold, not at it; 0 for a silent one.
    fn potential(self, id: usize) -> f64 {
        if self.spikes == 0 { 0.0 } else { self.phase(id) as f64 + 0.5 }
    }
}

/// Neurons of one kind.
pub(super) type Population = Range<u32>;

/// A core of one chip: number of its tile, and of the core within it.
pub(super) type Core = [usize; 2];

/// Cores numbered from tile to tile.
pub(super) fn core(number: usize, cores_per_tile: usize) -> Core {
    [number / cores_per_tile, number % cores_per_tile]
}

/// A network under construction.
#[derive(Default)]
pub(super) struct Builder(SparseNetwork);

impl Builder {
    /// `count` neurons, spread evenly over `cores` in blocks. `class` prices the synapses into
    /// them.
    pub(super) fn lif(
        &mut self,
        count: usize,
        rate: Rate,
        class: &str,
        cores: &[Core],
    ) -> Population {
        let model = |id| {
            Model::Lif(Lif {
                threshold: f64::from(rate.steps),
                reset: Reset::Soft,
                leak_decay: 1.0,
                input_decay: 0.0,
                bias: f64::from(rate.spikes),
                potential: rate.potential(id),
                refractory_delay: 0,
                reverse_threshold: 0.0,
                reverse: Reverse::None,
                force_update: false,
            })
        };
        self.add(count, class, cores, model)
    }

    /// As [`Builder::lif`], each of which fires once in `steps` steps: in one of `window`, over
    /// which they are spread evenly.
    pub(super) fn once(
        &mut self,
        count: usize,
        steps: usize,
        window: Range<usize>,
        class: &str,
        cores: &[Core],
    ) -> Population {
        let first = self.0.neurons.len() as u32;
        let neurons = self.lif(count, Rate::new(1, steps as u32), class, cores);
        for id in neurons.clone() {
            let at = window.start + (id - first) as usize * window.len() / count;
            if let Model::Lif(lif) = &mut self.0.neurons[id as usize].model {
                // Adds one a step from the first on, and fires above `steps`.
                lif.potential = (steps - at) as f64 - 0.5;
            }
        }
        neurons
    }

    /// `count` spikes from outside through `core`, one each, in the steps of `window`.
    pub(super) fn injected_once(
        &mut self,
        count: usize,
        window: Range<usize>,
        core: Core,
    ) -> Population {
        let population = self.add(count, "default", &[core], |_| Model::Input);
        for id in population.clone() {
            let at = window.start + (id - population.start) as usize * window.len() / count;
            self.0.inputs.entry(at as u64 + 1).or_default().push(id);
        }
        population
    }

    /// As [`Builder::lif`], of TrueNorth's model.
    pub(super) fn truenorth(&mut self, count: usize, rate: Rate, cores: &[Core]) -> Population {
        let model = |id| {
            Model::TrueNorth(TrueNorth {
                threshold: f64::from(rate.steps),
                reset: Reset::Soft,
                leak: 0.0,
                bias: f64::from(rate.spikes),
                potential: rate.phase(id) as f64,
                reverse_threshold: 0.0,
                reverse: Reverse::None,
                force_update: false,
            })
        };
        self.add(count, "default", cores, model)
    }

    /// `count` neurons that are read and never fire.
    pub(super) fn readout(&mut self, count: usize, class: &str, core: Core) -> Population {
        let read = self.lif(count, Rate::SILENT, class, &[core]);
        for id in read.clone() {
            self.0.neurons[id as usize].class = Some(Class::Li);
        }
        read
    }

    /// Spikes that come from outside through `core`, in the first `steps` steps.
    pub(super) fn injected(
        &mut self,
        count: usize,
        rate: Rate,
        steps: usize,
        core: Core,
    ) -> Population {
        let population = self.add(count, "default", &[core], |_| Model::Input);
        for step in 1..=steps as u64 {
            let fires =
                |id: &u32| rate.fired(*id as usize, step) > rate.fired(*id as usize, step - 1);
            let fired: Vec<u32> = population.clone().filter(fires).collect();
            self.0.inputs.entry(step).or_default().extend(fired);
        }
        population
    }

    fn add(
        &mut self,
        count: usize,
        class: &str,
        cores: &[Core],
        model: impl Fn(usize) -> Model,
    ) -> Population {
        let first = self.0.neurons.len() as u32;
        for index in 0..count {
            let [tile, core_in_tile] = cores[index * cores.len() / count];
            let model = model(first as usize + index);
            let place = Some(Place { chip: 0, tile, core_in_tile });
            self.0.neurons.push(Neuron { model, class: None, synapse_class: class.into(), place });
        }
        first..first + count as u32
    }

    pub(super) fn connect(&mut self, pre: u32, post: u32) {
        self.0.synapses.push(Synapse { pre, post, weight: 0.0, delay: 1 });
    }

    /// Every neuron of `from` to every one of `to`.
    pub(super) fn dense(&mut self, from: &Population, to: &Population) {
        for pre in from.clone() {
            to.clone().for_each(|post| self.connect(pre, post));
        }
    }

    pub(super) fn finish(mut self) -> SparseNetwork {
        self.0.synapses.sort_by_key(|synapse| synapse.pre);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Options;
    use crate::engine::sparse::run;

    #[test]
    fn every_model_fires_at_its_rate() {
        let (steps, rate) = (200, Rate::new(9, 200));
        let mut builder = Builder::default();
        builder.lif(40, rate, "dense", &[[0, 0]]);
        builder.truenorth(40, rate, &[[0, 1]]);
        builder.injected(40, rate, steps, [0, 2]);
        builder.lif(40, Rate::SILENT, "dense", &[[0, 3]]);
        let profile = crate::profile::load("loihi1-davies2018").expect("embedded");
        let network = builder.finish();
        let run =
            run(&network, &profile, steps, Options::default(), || ()).expect("it fits the chip");
        let mut spikes = vec![0; 160];
        run.spikes.iter().for_each(|&(_, id)| spikes[id as usize] += 1);
        assert!(
            spikes[..120].iter().all(|&n| n == 9) && spikes[120..].iter().all(|&n| n == 0),
            "{spikes:?}"
        );
        let busiest = run.activity.steps.iter().map(|step| step.counts.spikes).max();
        assert!(busiest <= Some(3 * 4), "{busiest:?}: spikes of a population crowd in one step");
    }
}
