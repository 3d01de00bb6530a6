//! The chain of a trained network: convert, retime, map; then currents, emulation, comparison.

use super::{Error, Outcome, Sample, Settings};
use crate::ann::Graph;
use crate::convert::{self, Conversion, Delivery};
use crate::engine::{self, Options};
use crate::mapping::{self, Mapping};
use crate::profile::{Profile, SignedSpikes};
use crate::snn::retime::{Retimed, retime, unbalanced};

pub(super) struct Converted {
    pub conversion: Conversion,
    pub retimed: Retimed,
    pub mapping: Mapping,
    pub settings: convert::Settings,
}

impl Converted {
    pub fn new(
        graph: &Graph,
        profile: &Profile,
        run: &Settings,
        calibration: &[Sample],
    ) -> Result<Converted, Error> {
        let settings = settings(run.conversion.settings(graph)?, profile);
        if settings.readout_after.of(run.steps) >= run.steps {
            let why = "the heads leave out all steps of the run";
            return Err(convert::Error::Setting { setting: "after", why }.into());
        }
        let values: Vec<&[Vec<f32>]> = calibration.iter().map(Sample::values).collect();
        let conversion = convert::convert(graph, &values, &settings)?;
        let retimed = match settings.delivery {
            Delivery::Balanced => retime(&conversion.network, profile.limits.max_delay),
            Delivery::Unbalanced => unbalanced(&conversion.network),
        };
        let mapping = mapping::map(&retimed.network, profile, run.idealised)?;
        Ok(Converted { conversion, retimed, mapping, settings })
    }

    pub fn emulate(
        &self,
        sample: &Sample,
        profile: &Profile,
        options: Options,
        progress: impl FnMut(),
    ) -> Result<Outcome, Error> {
        let currents = convert::currents(&self.conversion, sample.values());
        let currents = self.retimed.reorder(&self.conversion.network, currents);
        let mut run = engine::chip::run(&self.retimed, &currents, &self.mapping, profile, options, progress)?;
        run.activity.input_macs = self.conversion.input_macs;
        run.activity.input_writes = currents.iter().flatten().map(|c| c.len() as u64).sum();

        let place = &self.retimed.place;
        let sums: Vec<Vec<i32>> = place.iter().map(|&p| std::mem::take(&mut run.sums[p])).collect();
        let layers = &run.activity.layers;
        let spikes: Vec<u64> = place.iter().map(|&p| layers[p].counts.spikes).collect();
        let (steps, read) = (options.steps, options.steps - options.readout_after.of(options.steps));
        let mut matches = convert::compare(&self.conversion, sample.values(), &sums, &spikes, steps, read);
        matches.iter_mut().for_each(|layer| layer.layer = place[layer.layer]);
        matches.sort_by_key(|layer| layer.layer);
        Ok(Outcome {
            input: sample.name.clone(),
            input_sha256: sample.sha256.clone(),
            activity: run.activity,
            layers: matches,
            spikes: run.spikes,
        })
    }
}

/// What the chip means for the conversion: the width of its membranes, and how many sources one
/// neuron can have.
fn settings(recipe: convert::Settings, profile: &Profile) -> convert::Settings {
    convert::Settings {
        membrane_bits: profile.limits.membrane_bits.unwrap_or(32).min(32),
        max_sources: profile.limits.axons_in_per_core,
        units_per_signed: match profile.capabilities.signed_spikes {
            SignedSpikes::TwoNeurons => 2,
            SignedSpikes::Native | SignedSpikes::None => 1,
        },
        ..recipe
    }
}
