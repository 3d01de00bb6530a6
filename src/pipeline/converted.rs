//! The chain of a trained network: convert, retime, map; then currents, emulation, comparison.

use super::{Error, Outcome, Sample};
use crate::ann::Graph;
use crate::convert::{self, Conversion};
use crate::engine::{self, Options};
use crate::mapping::{self, Gap, Mapping, Verdict};
use crate::profile::{Profile, SignedSpikes};
use crate::snn::retime::{Retimed, retime};
use crate::snn::{Network, PoolKind};

pub(super) struct Converted {
    pub conversion: Conversion,
    pub retimed: Retimed,
    pub mapping: Mapping,
    settings: convert::Settings,
}

impl Converted {
    pub fn new(
        graph: &Graph,
        profile: &Profile,
        idealised: bool,
        calibration: &[Sample],
    ) -> Result<Converted, Error> {
        let settings = settings(profile);
        let values: Vec<&[Vec<f32>]> = calibration.iter().map(Sample::values).collect();
        let (conversion, too_narrow) = match convert::convert(graph, &values, &settings) {
            Err(convert::Error::Membrane { node, channel, .. }) if settings.membrane_bits < WIDEST => {
                // Converted for membranes that are wide enough, so that all refusals are known.
                let wide = convert::Settings { membrane_bits: WIDEST, ..settings.clone() };
                let gap = membrane_gap(node, channel, settings.membrane_bits);
                (convert::convert(graph, &values, &wide)?, Some(gap))
            }
            conversion => (conversion?, None),
        };
        let retimed = retime(&conversion.network, profile.limits.max_delay);
        let mapping = mapping::map(&retimed.network, profile, idealised);
        let mapping = match too_narrow {
            Some(gap) => with_gap(mapping, gap, idealised, &retimed.network)?,
            None => mapping?,
        };
        Ok(Converted { conversion, retimed, mapping, settings })
    }

    /// The conversion in words.
    pub fn recipe(&self) -> String {
        let pool = match self.settings.pool {
            PoolKind::Gate => "gate",
            PoolKind::Telescoping => "telescoping",
        };
        let (n, d) = self.settings.burst;
        let burst = if (n, d) == (1, 1) { String::new() } else { format!(" burst-{n}/{d}") };
        format!("if{burst} {pool} channel-p{} w8", self.settings.percentile)
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
        let mut matches = convert::compare(&self.conversion, sample.values(), &sums, &spikes, options.steps);
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

/// Bits of the emulator's own membranes.
const WIDEST: u32 = 32;

fn membrane_gap(layer: String, channel: usize, bits: u32) -> Gap {
    let message = format!("layer {layer}: the numbers of channel {channel} do not fit {bits} membrane_bits");
    Gap { verdict: Verdict::Refused, layer, limit: "membrane_bits".into(), message }
}

/// Adds a refusal to those of the mapping, in layer order.
fn with_gap(
    mapping: Result<Mapping, mapping::Error>,
    gap: Gap,
    idealised: bool,
    network: &Network,
) -> Result<Mapping, mapping::Error> {
    // A layer may have become several populations, `layer[first..end]`.
    let is_of = |name: &str, layer: &str| {
        name.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    let place = |gap: &Gap| network.populations.iter().position(|p| is_of(&p.name, &gap.layer));
    let place = |gap: &Gap| place(gap).unwrap_or(usize::MAX);
    match mapping {
        Ok(mut mapping) if idealised => {
            let at = mapping.gaps.partition_point(|other| place(other) <= place(&gap));
            mapping.gaps.insert(at, gap);
            Ok(mapping)
        }
        Err(mapping::Error::Refused { first, more }) => {
            let first = if place(&first) <= place(&gap) { first } else { Box::new(gap) };
            Err(mapping::Error::Refused { first, more: more + 1 })
        }
        Err(error) if idealised => Err(error),
        Ok(_) | Err(_) => Err(mapping::Error::Refused { first: Box::new(gap), more: 0 }),
    }
}

/// What the chip means for the conversion: the width of its membranes, and how many sources one
/// neuron can have.
fn settings(profile: &Profile) -> convert::Settings {
    convert::Settings {
        membrane_bits: profile.limits.membrane_bits.unwrap_or(WIDEST).min(WIDEST),
        max_sources: profile.limits.axons_in_per_core,
        units_per_signed: match profile.capabilities.signed_spikes {
            SignedSpikes::TwoNeurons => 2,
            SignedSpikes::Native | SignedSpikes::None => 1,
        },
        ..convert::Settings::default()
    }
}
