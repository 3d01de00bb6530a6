//! A network from CSV on its chip.

use super::{Error, Membrane, Outcome, Settings, Setup, SpikeRecord, notes, probe};
use crate::engine::{self, sparse};
use crate::mapping::{self, Gap, Places};
use crate::profile::Profile;
use crate::snn::sparse::SparseNetwork;

/// The network, where its neurons sit, and whose potentials are noted.
pub(super) struct Csv {
    network: SparseNetwork,
    places: Places,
    gaps: Vec<Gap>,
    probed: Vec<u32>,
}

impl Csv {
    pub(super) fn new(
        network: SparseNetwork,
        profile: &Profile,
        settings: &Settings,
    ) -> Result<Csv, Error> {
        let (placement, idealised) = (&settings.placement, settings.idealised);
        let probed = probe::resolve(&network, &settings.probes)?;
        let (places, dropped) = Places::of(&network, profile, placement, idealised)?;
        let mut gaps = mapping::placed::check(&network, &places, profile, idealised)?;
        gaps.extend(dropped);
        Ok(Csv { network, places, gaps, probed })
    }

    pub(super) fn describe(&self, setup: &mut Setup, settings: &Settings) {
        setup.gaps.clone_from(&self.gaps);
        setup.notes = notes(&self.network, settings.steps);
        setup.grid = self.places.grid;
        if !self.network.is_placed() {
            setup.placement = settings.placement.describe();
        }
    }

    pub(super) fn run(
        &self,
        profile: &Profile,
        steps: usize,
        options: engine::Options,
        progress: impl FnMut(),
    ) -> Result<sparse::Run, Error> {
        let Csv { network, places, probed, .. } = self;
        Ok(sparse::run_on(network, places, profile, steps, options, probed, progress)?)
    }

    pub(super) fn emulate(
        &self,
        profile: &Profile,
        settings: &Settings,
        options: engine::Options,
        progress: impl FnMut(),
    ) -> Result<Outcome, Error> {
        let run = self.run(profile, settings.steps, options, progress)?;
        let record = |&(step, neuron): &(u64, u32)| SpikeRecord {
            step: step as u32,
            layer: SpikeRecord::NO_LAYER,
            neuron,
            count: 1,
        };
        // All its numbers share a unit.
        let value = |one: Membrane| Membrane { value: Some(one.potential), ..one };
        Ok(Outcome {
            input: "inputs".into(),
            input_sha256: String::new(),
            spikes: settings.record_spikes.then(|| run.spikes.iter().map(record).collect()),
            activity: run.activity,
            layers: vec![],
            head_error: None,
            heads: vec![],
            float_heads: vec![],
            detections: None,
            classification: None,
            membranes: run.membranes.into_iter().map(value).collect(),
        })
    }
}
