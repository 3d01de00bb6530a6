//! The chain of a trained network: convert, retime, map; then currents, emulation, comparison.

use super::calibration::{Calibration, unsure};
use super::emulated::OnChip;
use super::{Error, HeadValues, Outcome, Sample, Settings, probe};
use crate::ann::Graph;
use crate::convert::{self, Conversion, Delivery};
use crate::engine::chip::{self, Stop};
use crate::engine::{Options, asynchronous};
use crate::eval;
use crate::mapping::{Gap, Verdict};
use crate::profile::{Profile, SignedSpikes, Sync};
use crate::snn::Fed;
use crate::snn::retime::{Retimed, retime, unbalanced, unbalanced_within};

pub(super) struct Converted {
    pub conversion: Conversion,
    pub settings: convert::Settings,
    pub chip: OnChip,
}

/// A conversion, and what the chip made of the recipe.
pub struct Chosen {
    /// The network and how its numbers came about.
    pub conversion: Conversion,
    /// The recipe's settings with the chip's limits; the limits that were kept.
    pub settings: convert::Settings,
    /// What the chip is too narrow for.
    pub gap: Option<Gap>,
}

/// Converts `graph` by `recipe` for the limits of `profile`: the width of its membranes, and how
/// many sources one neuron can have.
///
/// # Errors
/// The conversion refuses the network.
pub fn choose<'a>(
    graph: &Graph,
    profile: &Profile,
    recipe: &convert::Recipe,
    calibration: impl Into<Calibration<'a>>,
) -> Result<Chosen, Error> {
    let settings = settings(recipe.settings_on(graph, payload(profile))?, profile);
    let calibration = calibration.into();
    let convert = |settings: &convert::Settings| {
        calibration.hand(|calibration| convert::convert_by(graph, calibration, settings))
    };
    if settings.membrane_bits < NARROWEST {
        let gap = Some(too_narrow(profile, settings.membrane_bits));
        let settings = convert::Settings { membrane_bits: WIDEST, ..settings };
        return Ok(Chosen { conversion: convert(&settings)?, settings, gap });
    }
    match convert(&settings) {
        Err(convert::Error::Membrane { node, channel, .. }) if settings.membrane_bits < WIDEST => {
            // Converted for membranes that are wide enough, so that all refusals are known.
            let gap = Some(membrane_gap(node, channel, settings.membrane_bits));
            let settings = convert::Settings { membrane_bits: WIDEST, ..settings };
            Ok(Chosen { conversion: convert(&settings)?, settings, gap })
        }
        conversion => Ok(Chosen { conversion: conversion?, settings, gap: None }),
    }
}

/// Most spikes that one packet of the chip stands for.
fn payload(profile: &Profile) -> u64 {
    (1 << profile.capabilities.graded_bits.clamp(1, 32)) - 1
}

/// Bursts that are tried where numbers do not fit: most spikes of a step, and spikes of a lambda.
const BURSTS: [(u32, u32); 7] = [(255, 63), (31, 15), (15, 4), (7, 4), (4, 4), (2, 2), (1, 1)];

/// Bits of weights that are tried there.
const BITS: [u32; 5] = [7, 6, 5, 4, 3];

/// A recipe near `recipe` whose numbers fit the membranes of `profile`: with one lambda for a
/// layer, smaller bursts or fewer bits of weights, and as little of these as was found. `None`:
/// none that is tried does.
pub fn fitting(
    graph: &Graph,
    profile: &Profile,
    recipe: &convert::Recipe,
    calibration: Calibration,
) -> Option<convert::Recipe> {
    let settings = recipe.settings_on(graph, payload(profile)).ok()?;
    let burst = |recipe: &convert::Recipe, (n, d): (u32, u32)| {
        recipe.clone().with("burst", format!("{n}/{d}"))
    };
    let bits =
        |recipe: &convert::Recipe, bits: u32| recipe.clone().with("weights", bits.to_string());
    let bursts: Vec<_> = BURSTS.into_iter().filter(|(n, _)| *n < settings.burst.0).collect();
    let fewer: Vec<_> = BITS.into_iter().filter(|bits| *bits < settings.weight_bits).collect();
    let smallest = bursts.last().map_or(recipe.clone(), |&last| burst(recipe, last));
    let layer = recipe.clone().with("norm", "layer".into());
    let one = std::iter::once(layer).chain(bursts.iter().map(|&b| burst(recipe, b)));
    // Weights of few bits lose more than small bursts do.
    let (some, few): (Vec<u32>, Vec<u32>) = fewer.iter().partition(|bits| **bits >= 5);
    let weights = [&some, &few].map(|these| {
        let alone = these.iter().map(|&b| bits(recipe, b));
        let both = these.iter().filter(|_| !bursts.is_empty()).map(|&b| bits(&smallest, b));
        alone.chain(both)
    });
    let fits = |recipe: &convert::Recipe| {
        choose(graph, profile, recipe, calibration).is_ok_and(|chosen| chosen.gap.is_none())
    };
    one.chain(weights.into_iter().flatten()).find(fits)
}

impl Chosen {
    /// A conversion from a file, for the chip of `profile`, which may be another than it was made
    /// for.
    pub(super) fn again(
        mut conversion: Conversion,
        settings: convert::Settings,
        profile: &Profile,
    ) -> Chosen {
        // Files of strangers, and of earlier versions, may hold several layers of one name.
        conversion.network = conversion.network.named_apart();
        let (bits, ours) = (profile.limits.membrane_bits.unwrap_or(WIDEST), settings.membrane_bits);
        let message = format!(
            "converted for membranes of {ours} bits, the chip has membrane_bits = {bits}; convert \
             again with {}, which says so if the numbers do not fit",
            profile.provenance.words().join(" ")
        );
        let limit = MEMBRANE.into();
        let refused = Gap { verdict: Verdict::Refused, layer: String::new(), limit, message };
        Chosen { conversion, settings, gap: (bits < ours).then_some(refused) }
    }
}

impl Converted {
    /// `sample` is what a placement may weigh packets by.
    pub fn new(
        graph: &Graph,
        chosen: Chosen,
        sample: Option<&Sample>,
        profile: &Profile,
        run: &Settings,
    ) -> Result<Converted, Error> {
        let Chosen { conversion, settings, gap } = chosen;
        check_steps(&settings, &conversion, run.steps)?;
        let retimed = match profile.clock.sync {
            // No steps, no delays to balance.
            Sync::Async { .. } => {
                // What no flag drops comes before what --idealised does.
                asynchronous::check(&conversion.network)?;
                unbalanced(&conversion.network)
            }
            _ => timed(&conversion, &settings, profile.limits.max_delay),
        };
        let known =
            run.split.iter().cloned().chain(gap).chain(unsure(graph, &conversion)).collect();
        let chip = OnChip::new(retimed, profile, known, run)?;
        let mut converted = Converted { conversion, settings, chip };
        let fed = sample.map(|sample| converted.currents(sample)).transpose()?;
        converted.chip.place(profile, fed.as_deref(), run)?;
        Ok(converted)
    }

    /// Constant currents of the analogue layers.
    fn currents(&self, sample: &Sample) -> Result<Vec<Option<Fed>>, Error> {
        let currents = convert::currents(&self.conversion, sample.image())?;
        Ok(self.chip.retimed.reorder(&self.conversion.network, currents))
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
        let currents = self.currents(sample)?;
        let fed = |fed: &Fed| fed.current().map_or(0, |current| current.len() as u64);
        let writes = currents.iter().flatten().map(fed).sum();
        let stop =
            |&steps: &usize| Stop { steps, readout_after: self.settings.readout_after.of(steps) };
        let stops: Vec<Stop> = checkpoints.iter().map(stop).collect();
        let runs = self.chip.runs(&currents, profile, options, &stops, progress)?;
        let outcomes = runs.into_iter().zip(stops).map(|(mut run, stop)| {
            run.activity.input_macs = self.conversion.input_macs;
            run.activity.input_writes = writes;
            run.activity.host_operations = self.conversion.host.operations();
            let mut outcome = self.outcome(sample, run, stop, options.heads_only)?;
            for (layer, share) in self.cut_off(&currents) {
                let like = outcome.layers.iter_mut().filter(|like| like.layer == layer);
                like.for_each(|like| like.beyond = like.beyond.max(share));
            }
            Ok(outcome)
        });
        outcomes.collect()
    }

    /// By analogue layer, the share of its currents that are as large as they may be: what an image
    /// that is far beyond the calibration's would feed more.
    fn cut_off(&self, currents: &[Option<Fed>]) -> Vec<(usize, f64)> {
        let share = |analogue: &convert::Analogue| {
            let layer = self.chip.retimed.place[analogue.population];
            let fed = currents[layer].as_ref().and_then(Fed::current)?;
            let channels = analogue.limit.len();
            let most = |n: usize| analogue.limit[n % channels];
            let cut = |&(n, &current): &(usize, &i32)| current != 0 && current.abs() >= most(n);
            let cut = fed.iter().enumerate().filter(cut);
            Some((layer, cut.count() as f64 / fed.len().max(1) as f64))
        };
        self.conversion.analogue.iter().filter_map(share).collect()
    }

    /// What happens in an inference of `steps` steps on a chip with steps, whatever the heads read.
    pub fn first_steps(
        &self,
        sample: &Sample,
        profile: &Profile,
        steps: usize,
    ) -> Result<chip::Run, Error> {
        self.chip.first_steps(&self.currents(sample)?, profile, steps)
    }

    fn outcome(
        &self,
        sample: &Sample,
        mut run: chip::Run,
        stop: Stop,
        heads_only: bool,
    ) -> Result<Outcome, Error> {
        let place = &self.chip.retimed.place;
        let sums: Vec<Vec<i32>> = place.iter().map(|&p| std::mem::take(&mut run.sums[p])).collect();
        let layers = &run.activity.layers;
        let spikes: Vec<u64> = place.iter().map(|&p| layers[p].counts.spikes).collect();
        let read = stop.steps - stop.readout_after;
        let mut matches = match heads_only {
            true => vec![],
            false => convert::compare(
                &self.conversion,
                sample.values(),
                &sums,
                &spikes,
                stop.steps,
                read,
            ),
        };
        matches.iter_mut().for_each(|layer| layer.layer = place[layer.layer]);
        matches.sort_by_key(|layer| layer.layer);
        let heads = self.heads(&sums, read)?;
        let units = convert::membrane_units(&self.conversion);
        probe::value(&mut run.membranes, &self.chip.retimed, &units);
        let float = self.conversion.host.heads.iter().map(|head| &sample.values()[head.node][..]);
        Ok(Outcome {
            input: sample.name.clone(),
            input_sha256: sample.sha256.clone(),
            activity: run.activity,
            layers: matches,
            head_error: eval::head_error(&heads, &float.collect::<Vec<_>>()),
            spikes: run.spikes,
            heads,
            float_heads: vec![],
            detections: None,
            classification: None,
            membranes: run.membranes,
        })
    }

    /// The float network's outputs, as the chip and its host have them.
    fn heads(&self, sums: &[Vec<i32>], read: usize) -> Result<Vec<HeadValues>, Error> {
        let host = &self.conversion.host;
        let values = host.outputs(convert::outputs(&self.conversion, sums, read))?;
        let head = |((name, shape), values): ((&str, crate::ann::Shape), Vec<f32>)| HeadValues {
            name: name.into(),
            shape,
            values,
        };
        Ok(host.outputs_of().zip(values).map(head).collect())
    }
}

/// Whether a run of `steps` steps is long enough for its heads, and their sums hold as many.
pub(super) fn check_steps(
    settings: &convert::Settings,
    conversion: &Conversion,
    steps: usize,
) -> Result<(), Error> {
    let fault = |setting, why| Err(convert::Error::Setting { setting, why }.into());
    if settings.readout_after.of(steps) >= steps {
        return fault(
            "after",
            "the heads leave out all steps of the run; take more --steps, or a smaller `after`",
        );
    }
    if steps > conversion.most_steps {
        let most = conversion.most_steps;
        return Err(convert::Error::Steps { steps, most }.into());
    }
    Ok(())
}

/// When each population runs; `max_delay` is the longest delay of the chip's axons.
pub(super) fn timed(
    conversion: &Conversion,
    settings: &convert::Settings,
    max_delay: Option<usize>,
) -> Retimed {
    match settings.delivery {
        Delivery::Balanced => retime(&conversion.network, max_delay),
        Delivery::Unbalanced => unbalanced_within(&conversion.network, max_delay),
    }
}

/// The limit's name in profiles.
pub(super) const MEMBRANE: &str = "membrane_bits";

/// Least bits of membranes that a conversion can be made for.
const NARROWEST: u32 = 8;

/// Bits of the emulator's own membranes.
const WIDEST: u32 = 32;

/// A chip that no conversion can be made for.
fn too_narrow(profile: &Profile, bits: u32) -> Gap {
    let message = format!(
        "{} has limits.membrane_bits = {bits}, and conversions are made for {NARROWEST} bits at \
         least",
        profile.name
    );
    Gap { verdict: Verdict::Refused, layer: String::new(), limit: MEMBRANE.into(), message }
}

fn membrane_gap(layer: String, channel: usize, bits: u32) -> Gap {
    let message =
        format!("layer {layer}: the numbers of channel {channel} do not fit {bits} membrane_bits");
    Gap { verdict: Verdict::Refused, layer, limit: MEMBRANE.into(), message }
}

/// What the chip means for the conversion: the width of its membranes, and how many sources one
/// neuron can have.
fn settings(recipe: convert::Settings, profile: &Profile) -> convert::Settings {
    convert::Settings {
        membrane_bits: profile.limits.membrane_bits.unwrap_or(WIDEST).min(WIDEST),
        max_sources: profile.limits.axons_in_per_core,
        units_per_signed: match profile.capabilities.signed_spikes {
            SignedSpikes::TwoNeurons => 2,
            SignedSpikes::Native | SignedSpikes::None => 1,
        },
        ..recipe
    }
}
