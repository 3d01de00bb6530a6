//! A network that spikes already in floats beside its whole numbers: where spikes part, and what of
//! it is due to decays, weights and the width of membranes.
//!
//! A spike that comes a step late moves many behind it. So each layer is also run alone, fed with
//! the spikes that the floats send it: what differs then is its own loss.

use super::floats::Floats;
use super::spiking::Spiking;
use super::{Error, Sample, Stimulus};
use crate::convert::spiking::{
    MOST_INPUT, SpikingConversion, SpikingSettings, channels_last, convert_spiking,
};
use crate::engine::functional::layered;
use crate::engine::spikes::SpikeList;
use crate::snn::retime::lags;
use crate::snn::{Fed, Model, Network, Population, PopulationId, Projection, Train};
use crate::spiking::{Graph, Unit};

/// Bits of weights that are as good as floats.
const FINE_WEIGHTS: u32 = 16;
/// Bits of membranes that no sum fills.
const WIDE: u32 = 32;

/// One layer in one form of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Fidelity {
    /// What is as on the chip: the forms add up, from `decays` over `weights` to `membranes`.
    pub form: &'static str,
    /// Name of the layer.
    pub layer: String,
    /// Spikes of the float graph.
    pub float_spikes: u64,
    /// Spikes of the whole numbers.
    pub spikes: u64,
    /// Spikes of one neuron in one step in both.
    pub agreeing: u64,
    /// Spikes where the layer alone is in whole numbers.
    pub own_spikes: u64,
    /// Spikes in both where the layer alone is in whole numbers.
    pub own_agreeing: u64,
    /// Spikes of one neuron that both have no more than a step apart, one to one.
    pub near: u64,
    /// First step, from 1, in which they differ.
    pub first_step: Option<usize>,
}

/// By population of the float graph and step: neurons that fire, in order.
type Fired = Vec<Vec<Vec<u32>>>;

impl Fidelity {
    /// Share of the spikes of both that agree; 1 where there are none.
    pub fn agreement(&self) -> f64 {
        share(self.agreeing, self.float_spikes + self.spikes)
    }

    /// The same of the layer alone.
    pub fn own_agreement(&self) -> f64 {
        share(self.own_agreeing, self.float_spikes + self.own_spikes)
    }

    /// The share where a spike may come a step early or late.
    pub fn near_agreement(&self) -> f64 {
        share(self.near, self.float_spikes + self.spikes)
    }

    /// The layers of several inputs of one network as those of one; the first step that differs is
    /// that of the earliest.
    pub fn over<'a>(inputs: impl IntoIterator<Item = &'a [Fidelity]>) -> Vec<Fidelity> {
        let mut inputs = inputs.into_iter();
        let mut all = inputs.next().map(<[_]>::to_vec).unwrap_or_default();
        for layers in inputs {
            all.iter_mut().zip(layers).for_each(|(sum, layer)| sum.add(layer));
        }
        all
    }

    fn add(&mut self, other: &Fidelity) {
        self.float_spikes += other.float_spikes;
        self.spikes += other.spikes;
        self.agreeing += other.agreeing;
        self.own_spikes += other.own_spikes;
        self.own_agreeing += other.own_agreeing;
        self.near += other.near;
        self.first_step = self.first_step.into_iter().chain(other.first_step).min();
    }
}

fn share(agreeing: u64, all: u64) -> f64 {
    if all == 0 { 1.0 } else { 2.0 * agreeing as f64 / all as f64 }
}

/// All layers that fire in all forms, on one input.
pub(super) fn compare(
    spiking: &Spiking,
    sample: &Sample,
    steps: usize,
) -> Result<Vec<Fidelity>, Error> {
    let stimulus = sample.stimulus().ok_or(Error::NoInput)?;
    let float = float(&spiking.graph, stimulus, steps);
    let own = spiking.conversion.settings;
    let forms = [
        ("decays", SpikingSettings { weight_bits: FINE_WEIGHTS, membrane_bits: WIDE, ..own }),
        ("weights", SpikingSettings { membrane_bits: WIDE, ..own }),
        ("membranes", own),
    ];
    let mut all = vec![];
    for (form, settings) in forms {
        let form_of = Form::new(&spiking.graph, &settings, stimulus)?;
        let whole = form_of.whole(steps);
        for (p, population) in spiking.graph.populations.iter().enumerate() {
            let fires = matches!(&population.unit, Unit::Neuron(neuron) if neuron.fires.is_some());
            if fires {
                let alone = form_of.alone(p, &float, steps);
                all.push(layer(form, &population.name, &float[p], [&whole[p], &alone]));
            }
        }
    }
    Ok(all)
}

fn layer(
    form: &'static str,
    name: &str,
    float: &[Vec<u32>],
    [whole, alone]: [&[Vec<u32>]; 2],
) -> Fidelity {
    let count = |steps: &[Vec<u32>]| steps.iter().map(|step| step.len() as u64).sum();
    let both = |(float, whole): (&Vec<u32>, &Vec<u32>)| {
        float.iter().filter(|neuron| whole.binary_search(neuron).is_ok()).count() as u64
    };
    Fidelity {
        form,
        layer: name.into(),
        float_spikes: count(float),
        spikes: count(whole),
        agreeing: float.iter().zip(whole).map(both).sum(),
        own_spikes: count(alone),
        own_agreeing: float.iter().zip(alone).map(both).sum(),
        near: near(float, whole),
        first_step: float.iter().zip(whole).position(|(f, w)| f != w).map(|step| step + 1),
    }
}

/// Pairs of spikes, one of each, that one neuron fires no more than a step apart. The earliest of
/// both that can be paired are: with lists in order there is no better way.
fn near(float: &[Vec<u32>], whole: &[Vec<u32>]) -> u64 {
    let [float, whole] = [float, whole].map(by_neuron);
    let (mut f, mut w, mut pairs) = (0, 0, 0);
    while let (Some(a), Some(b)) = (float.get(f), whole.get(w)) {
        if a.0 == b.0 && a.1.abs_diff(b.1) <= 1 {
            (f, w, pairs) = (f + 1, w + 1, pairs + 1);
        } else if a < b {
            f += 1;
        } else {
            w += 1;
        }
    }
    pairs
}

/// Neuron and step of all spikes, in order.
fn by_neuron(steps: &[Vec<u32>]) -> Vec<(u32, usize)> {
    let spikes = steps.iter().enumerate();
    let mut spikes: Vec<_> =
        spikes.flat_map(|(t, step)| step.iter().map(move |&n| (n, t))).collect();
    spikes.sort_unstable();
    spikes
}

fn float(graph: &Graph, stimulus: &Stimulus, steps: usize) -> Fired {
    let mut floats = Floats::new(graph, stimulus);
    let mut fired = vec![vec![]; graph.populations.len()];
    for _ in 0..steps {
        floats.step();
        fired.iter_mut().enumerate().for_each(|(p, fired)| fired.push(floats.fired(p)));
    }
    fired
}

/// The network in whole numbers, one way.
struct Form<'g> {
    graph: &'g Graph,
    stimulus: &'g Stimulus,
    conversion: SpikingConversion,
    fed: Vec<Option<Fed>>,
}

impl<'g> Form<'g> {
    fn new(
        graph: &'g Graph,
        settings: &SpikingSettings,
        stimulus: &'g Stimulus,
    ) -> Result<Form<'g>, Error> {
        let conversion = convert_spiking(graph, settings)?;
        let fed = match stimulus {
            Stimulus::Image(image) => conversion.currents(graph, image)?,
            Stimulus::Spikes { train, .. } => conversion.fed(graph, |_| train.clone())?,
        };
        Ok(Form { graph, stimulus, conversion, fed })
    }

    /// All layers together.
    fn whole(&self, steps: usize) -> Fired {
        let mut fired = vec![vec![]; self.graph.populations.len()];
        layered(&self.conversion.network, &self.fed, steps, |o| {
            let place = self.conversion.place.iter().position(|&at| at == Some(o.population));
            if let Some(p) = place {
                fired[p].push(self.neurons(p, o.spikes));
            }
        });
        fired.iter_mut().for_each(|fired| fired.resize(steps, vec![]));
        fired
    }

    /// Population `p` alone, fed with what the floats sent.
    fn alone(&self, p: usize, float: &Fired, steps: usize) -> Vec<Vec<u32>> {
        let Some(target) = self.conversion.place[p] else { return vec![] };
        let network = &self.conversion.network;
        let into = network.projections.iter().zip(lags(network));
        let into: Vec<_> = into.filter(|(q, _)| q.target == target).collect();
        let (mut populations, mut projections, mut fed) = (vec![], vec![], vec![]);
        for (n, (q, lag)) in into.iter().enumerate() {
            let source = &network.populations[q.source];
            let model = Model::Input(MOST_INPUT);
            populations.push(Population { model, analogue: false, ..source.clone() });
            projections.push(Projection {
                source: n,
                target: into.len(),
                delay: 1,
                connection: q.connection.clone(),
            });
            fed.push(Some(Fed::Spikes(self.sent(q.source, *lag, float))));
        }
        populations.push(network.populations[target].clone());
        fed.push(self.fed[target].clone());
        let alone = Network { populations, projections, heads: vec![], ..network.clone() };
        let mut fired = vec![];
        layered(&alone, &fed, steps, |o| {
            if o.population == into.len() {
                fired.push(self.neurons(p, o.spikes));
            }
        });
        fired
    }

    /// What the floats of a population sent, `lag` steps late.
    fn sent(&self, source: PopulationId, lag: usize, float: &Fired) -> Train {
        let at = self.conversion.place.iter().position(|&place| place == Some(source));
        let at = at.unwrap_or_default();
        let late = |steps: Vec<Vec<(u32, i32)>>| {
            let none = std::iter::repeat_n(vec![], lag);
            Train { steps: none.chain(steps).collect(), moments: vec![] }
        };
        let steps = match (&self.graph.populations[at].unit, self.stimulus) {
            (Unit::Input, Stimulus::Spikes { train, .. }) => train.steps.clone(),
            _ => {
                let step = |step: &Vec<u32>| step.iter().map(|&n| (n, 1)).collect();
                float[at].iter().map(step).collect()
            }
        };
        channels_last(late(steps), self.graph.populations[at].shape)
    }

    /// Neurons that fired, in the order of the graph.
    fn neurons(&self, p: usize, spikes: &SpikeList) -> Vec<u32> {
        let shape = self.graph.populations[p].shape;
        let mut step = vec![];
        for position in 0..spikes.positions() {
            let at = |channel: usize| (channel * shape.height * shape.width + position) as u32;
            step.extend(spikes.at(position).iter().map(|spike| at(spike.channel())));
        }
        step.sort_unstable();
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most pairs there can be, found by trying all.
    fn most(float: &[(u32, usize)], whole: &[(u32, usize)]) -> u64 {
        let Some((first, rest)) = float.split_first() else { return 0 };
        let mut best = most(rest, whole);
        for (n, spike) in whole.iter().enumerate() {
            if spike.0 == first.0 && spike.1.abs_diff(first.1) <= 1 {
                let mut left = whole.to_vec();
                left.remove(n);
                best = best.max(1 + most(rest, &left));
            }
        }
        best
    }

    proptest::proptest! {
        #[test]
        fn near_spikes_are_the_most_that_pair(
            steps in proptest::collection::vec((0_u8..4, 0_u8..4), 0..7),
        ) {
            let fired = |mask: u8| (0..2).filter(|n| mask >> n & 1 == 1).collect::<Vec<u32>>();
            let float: Vec<_> = steps.iter().map(|step| fired(step.0)).collect();
            let whole: Vec<_> = steps.iter().map(|step| fired(step.1)).collect();
            let plain = most(&by_neuron(&float), &by_neuron(&whole));
            proptest::prop_assert_eq!(near(&float, &whole), plain);
        }
    }
}
