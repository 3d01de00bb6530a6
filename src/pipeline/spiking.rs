//! The chain of a network that spikes already: whole numbers, retime, map; then its input and the
//! emulation.

use super::emulated::OnChip;
use super::{Error, HeadValues, Outcome, Sample, Settings, Stimulus, probe};
use crate::convert::spiking::{
    Feed, SpikingConversion, SpikingSettings, convert_spiking, thresholds,
};
use crate::convert::{Delivery, Recipe, SpikingRecipe};
use crate::engine::chip::{self, Stop};
use crate::engine::{Options, asynchronous};
use crate::profile::{Profile, Sync};
use crate::snn::retime::{retime, unbalanced, unbalanced_within};
use crate::snn::{Class, Fed, Model};
use crate::spiking::Graph;

pub(super) struct Spiking {
    pub graph: Graph,
    pub conversion: SpikingConversion,
    pub chip: OnChip,
    delivery: Delivery,
    /// The recipe, as text.
    text: String,
}

/// Bits of Loihi's membranes: what a network is converted for where a chip does not say.
const MEMBRANE: u32 = 24;

/// Whether the profile names the class among those that its neurons have.
fn lists(profile: &Profile, class: Class) -> bool {
    profile.capabilities.neuron_models.iter().any(|model| *model == class.name())
}

fn numbers(profile: &Profile, recipe: &SpikingRecipe) -> SpikingSettings {
    let own = profile.limits.weight_bits.unwrap_or(8).clamp(2, 8);
    SpikingSettings {
        weight_bits: recipe.weight_bits.unwrap_or(own),
        membrane_bits: profile.limits.membrane_bits.unwrap_or(MEMBRANE).clamp(8, 32),
        scale: recipe.scale,
        fires_at: lists(profile, Class::TrueNorth),
        ..SpikingSettings::default()
    }
}

/// The whole numbers of a network that spikes already, for the chip of `profile`, where spikes
/// enter.
///
/// # Errors
/// The recipe is for trained networks, or its thresholds are for other layers, or the network has
/// no form on a chip.
pub fn whole_numbers(
    graph: &Graph,
    profile: &Profile,
    recipe: &Recipe,
) -> Result<SpikingConversion, Error> {
    let recipe = recipe.spiking()?;
    let graph = thresholds::scaled(graph.clone(), &recipe.thresholds)?;
    Ok(convert_spiking(&graph, &numbers(profile, &recipe))?)
}

impl Spiking {
    /// Converts `graph` and lays it on the chip.
    pub fn new(graph: Graph, profile: &Profile, run: &Settings) -> Result<Spiking, Error> {
        let recipe = run.conversion.spiking()?;
        let settings = SpikingSettings { feed: run.feed, ..numbers(profile, &recipe) };
        // Its floats are those of these thresholds, too.
        let graph = thresholds::scaled(graph, &recipe.thresholds)?;
        let conversion = convert_spiking(&graph, &settings)?;
        let retimed = match (&profile.clock.sync, recipe.delivery) {
            (Sync::Async { .. }, _) => {
                asynchronous::check(&conversion.network)?;
                unbalanced(&conversion.network)
            }
            (_, Delivery::Balanced) => retime(&conversion.network, profile.limits.max_delay),
            (_, Delivery::Unbalanced) => {
                unbalanced_within(&conversion.network, profile.limits.max_delay)
            }
        };
        let mut chip = OnChip::new(retimed, profile, vec![], run)?;
        chip.place(profile, None, run)?;
        let (delivery, text) = (recipe.delivery, recipe.text);
        Ok(Spiking { graph, conversion, chip, delivery, text })
    }

    /// What reports call its recipe.
    pub fn recipe(&self) -> String {
        if self.text.is_empty() { "spiking".into() } else { format!("spiking,{}", self.text) }
    }

    /// All choices of the conversion.
    pub fn describe(&self) -> String {
        let SpikingSettings { membrane_bits, scale, feed, .. } = self.conversion.settings;
        let scale = scale.map_or("by channel".into(), |scale| scale.to_string());
        let delivery = match self.delivery {
            Delivery::Balanced => "balanced",
            Delivery::Unbalanced => "unbalanced",
        };
        let feed = match feed {
            Feed::Spikes => "spikes",
            Feed::Constant => "constant",
        };
        format!(
            "weights={},membrane={membrane_bits},decays=12,scale={scale},delivery={delivery},\
             feed={feed},dt={}",
            self.conversion.weight_bits, self.graph.dt
        )
    }

    /// What conversion did that a reader should know, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let layers = &self.conversion.layers;
        let given = layers.iter().filter(|layer| layer.as_given && !layer.unit.is_empty()).count();
        let given = (given > 0)
            .then(|| format!("weights of {given} layers are whole numbers and taken as they are"));
        let worst = layers.iter().max_by(|a, b| a.decay_error.total_cmp(&b.decay_error));
        let cut = worst.filter(|layer| layer.decay_error > 0.0).map(|layer| {
            format!(
                "decays are cut to 12 bits; layer {} loses most, {:.2e} of 1 a step",
                layer.name, layer.decay_error
            )
        });
        let plain = |p: &&crate::snn::Population| matches!(p.model, Model::If(_));
        let plain = self.conversion.network.populations.iter().filter(plain).count();
        let at = (self.conversion.settings.fires_at && plain > 0).then(|| {
            format!(
                "units of {plain} layers fire at their threshold, too, as TrueNorth's neuron does"
            )
        });
        given.into_iter().chain(cut).chain(at).collect()
    }

    /// What comes from outside, by population of the retimed network.
    fn fed(&self, sample: &Sample) -> Result<Vec<Option<Fed>>, Error> {
        let fed = match sample.stimulus() {
            Some(Stimulus::Spikes { train, .. }) => {
                self.conversion.fed(&self.graph, |_| train.clone())?
            }
            Some(Stimulus::Image(image)) => self.conversion.currents(&self.graph, image)?,
            None => return Err(Error::NoInput),
        };
        Ok(self.chip.retimed.reorder(&self.conversion.network, fed))
    }

    /// What happens in an inference of `steps` steps, whatever is read.
    pub fn first_steps(
        &self,
        sample: &Sample,
        profile: &Profile,
        steps: usize,
    ) -> Result<chip::Run, Error> {
        self.chip.first_steps(&self.fed(sample)?, profile, steps)
    }

    /// The outcome of every checkpoint, in one pass.
    pub fn emulate(
        &self,
        sample: &Sample,
        profile: &Profile,
        options: Options,
        checkpoints: &[usize],
        progress: impl FnMut(),
    ) -> Result<Vec<Outcome>, Error> {
        let fed = self.fed(sample)?;
        let stops: Vec<Stop> =
            checkpoints.iter().map(|&steps| Stop { steps, readout_after: 0 }).collect();
        let writes = |fed: &Fed| fed.current().map_or(0, |current| current.len() as u64);
        let writes: u64 = fed.iter().flatten().map(writes).sum();
        // A constant input is multiplied once, beside the chip, as the first layer of a trained
        // network is.
        let macs = match sample.stimulus() {
            Some(Stimulus::Image(_)) => crate::spiking::count::of_input(&self.graph),
            _ => 0,
        };
        let runs = match (sample.stimulus(), &profile.clock.sync) {
            // Events come in their own time, whatever period a host would present an image by.
            (Some(&Stimulus::Spikes { step_ns, .. }), Sync::Async { .. }) => {
                let mut timed = profile.clone();
                timed.clock.sync = Sync::Async { period_ns: step_ns };
                self.chip.runs(&fed, &timed, options, &stops, progress)?
            }
            _ => self.chip.runs(&fed, profile, options, &stops, progress)?,
        };
        let layers = self.conversion.layers.iter();
        let units: Vec<Vec<f64>> = layers.map(|layer| layer.unit.clone()).collect();
        let outcome = |mut run: chip::Run| {
            probe::value(&mut run.membranes, &self.chip.retimed, &units);
            run.activity.input_writes = writes;
            run.activity.input_macs = macs;
            Outcome {
                input: sample.name.clone(),
                input_sha256: sample.sha256.clone(),
                heads: self.heads(&run.sums),
                activity: run.activity,
                layers: vec![],
                head_error: None,
                spikes: run.spikes,
                float_heads: vec![],
                detections: None,
                classification: None,
                membranes: run.membranes,
            }
        };
        Ok(runs.into_iter().map(outcome).collect())
    }

    /// Spikes of each output, or the potential of one that is read.
    fn heads(&self, sums: &[Vec<i32>]) -> Vec<HeadValues> {
        let network = &self.conversion.network;
        let head = |head: &crate::snn::Head| {
            let shape = network.populations[head.population].shape;
            let own = &sums[self.chip.retimed.place[head.population]];
            let mut values = vec![0f32; shape.neurons()];
            for (n, &sum) in own.iter().enumerate() {
                let (position, c) = (n / shape.channels, n % shape.channels);
                let value = head.scale[c] * f64::from(sum);
                values[c * shape.positions() + position] = value as f32;
            }
            let shape = crate::ann::Shape::new(shape.channels, shape.height, shape.width);
            HeadValues { name: head.name.clone(), shape, values }
        };
        network.heads.iter().map(head).collect()
    }
}
