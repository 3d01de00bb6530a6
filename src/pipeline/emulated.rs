//! A network in integers on the cores of a chip: what trained networks and those that spike
//! already have in common.

use super::{Error, Settings, probe};
use crate::activity::Activity;
use crate::energy;
use crate::engine::chip::{self, Geometry, Placed, Stop};
use crate::engine::flows;
use crate::engine::probe::Probed;
use crate::engine::{Options, Timing, asynchronous};
use crate::mapping::{self, Gap, Mapping, Objective, Placement};
use crate::profile::{Profile, Sync};
use crate::snn::Fed;
use crate::snn::retime::Retimed;
use std::sync::OnceLock;

/// A retimed network and where it lies.
pub(super) struct OnChip {
    pub retimed: Retimed,
    pub mapping: Mapping,
    /// How reports call where the cores lie.
    pub placement: String,
    /// Neurons whose state its runs note.
    probed: Vec<Probed>,
    /// Of chips with steps, once it is asked for: the same for every input.
    geometry: OnceLock<Geometry>,
}

impl OnChip {
    /// On the cores of a chip, cut as `run` wants it; `known` are gaps from before.
    pub fn new(
        retimed: Retimed,
        profile: &Profile,
        known: Vec<Gap>,
        run: &Settings,
    ) -> Result<OnChip, Error> {
        let (network, given) = (&retimed.network, run.placement.cut());
        // Before the chip refuses anything: a name that is wrong is wrong on every chip.
        let probed = probe::in_layers(network, &run.probes)?;
        let mapping = mapping::map_beside(network, profile, known, given, run.idealised)?;
        let placement = run.placement.describe();
        Ok(OnChip { retimed, mapping, placement, probed, geometry: OnceLock::new() })
    }

    /// Moves the cores to where `run` wants them; `fed` is what a placement may weigh packets and
    /// time steps by.
    ///
    /// # Errors
    /// A file that does not fit; nothing to time where the least time is asked for.
    pub fn place(
        &mut self,
        profile: &Profile,
        fed: Option<&[Option<Fed>]>,
        run: &Settings,
    ) -> Result<(), Error> {
        let network = &self.retimed.network;
        let flows = match (run.placement.weighs_packets(), fed) {
            (false, _) => vec![],
            (true, Some(fed)) if run.placement_steps > 0 => {
                flows::calibrated(&self.retimed, fed, &self.mapping, profile, run.placement_steps)
            }
            (true, _) => flows::estimated(network, &self.mapping),
        };
        let Placement::Best { objective, .. } = run.placement else {
            flows::place(&mut self.mapping, network, &run.placement, &flows)?;
            return Ok(());
        };
        let timed = fed.filter(|_| run.placement_steps > 0);
        let steps = match (&profile.clock.sync, timed) {
            (Sync::Async { .. }, _) if objective == Objective::Latency => {
                return Err(Error::NoStepsToTime);
            }
            (_, None) if objective == Objective::Latency => return Err(Error::NothingToTime),
            (Sync::Async { .. }, _) => None,
            (_, timed) => timed,
        };
        let mut best: Option<(f64, Mapping, Placement)> = None;
        for candidate in run.placement.candidates() {
            flows::place(&mut self.mapping, &self.retimed.network, &candidate, &flows)?;
            self.geometry = OnceLock::new();
            let cost = match steps {
                Some(fed) => self.cost(objective, fed, profile, run.placement_steps)?,
                // Where nothing is timed, nothing leaks.
                None => self.mapping.hops(&flows) as f64,
            };
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, self.mapping.clone(), candidate));
            }
        }
        self.geometry = OnceLock::new();
        if let Some((_, mapping, winner)) = best {
            self.placement = format!("{}: {}", run.placement.describe(), winner.describe());
            self.mapping = mapping;
        }
        Ok(())
    }

    /// What `steps` steps come to, packets moved event by event: picoseconds, or picojoules of
    /// events and leakage.
    fn cost(
        &self,
        objective: Objective,
        fed: &[Option<Fed>],
        profile: &Profile,
        steps: usize,
    ) -> Result<f64, Error> {
        let stops = [Stop { steps, readout_after: 0 }];
        let options = Options { timing: Timing::Event, heads_only: true, ..Options::default() };
        let runs = chip::checkpoints(self.on(profile), fed, options, &stops, || ())?;
        let of = |activity: &Activity| match objective {
            Objective::Latency => activity.time().nominal as f64,
            Objective::Energy => {
                let Activity { soma_classes, synapse_classes, layers, .. } = activity;
                let events = layers.iter().map(|layer| {
                    energy::price(&layer.counts, soma_classes, synapse_classes, profile).total()
                });
                let leaked = energy::static_energy(profile, activity.chips, activity.time());
                events.fold(leaked, |all, one| all + one).nominal
            }
        };
        Ok(runs.iter().map(|run| of(&run.activity)).sum())
    }

    /// Whether the packets of a run can be moved on the chip.
    pub fn check(&self, profile: &Profile, options: Options) -> Result<(), Error> {
        match profile.clock.sync {
            // No step is timed by itself.
            Sync::Async { .. } => Ok(()),
            _ => Ok(chip::check(self.on(profile), options)?),
        }
    }

    /// On a chip with steps; `profile` is always the same.
    pub fn on<'a>(&'a self, profile: &'a Profile) -> Placed<'a> {
        let (retimed, mapping) = (&self.retimed, &self.mapping);
        let geometry = || Geometry::new(&retimed.network, mapping, profile);
        Placed { retimed, mapping, profile, geometry: self.geometry.get_or_init(geometry) }
    }

    /// The run of every stop, in one pass.
    pub fn runs(
        &self,
        fed: &[Option<Fed>],
        profile: &Profile,
        options: Options,
        stops: &[Stop],
        progress: impl FnMut(),
    ) -> Result<Vec<chip::Run>, Error> {
        match profile.clock.sync {
            Sync::Async { period_ns } => {
                self.without_steps(fed, profile, options, period_ns, stops, progress)
            }
            _ => {
                let options = Options { probed: &self.probed, ..options };
                Ok(chip::checkpoints(self.on(profile), fed, options, stops, progress)?)
            }
        }
    }

    /// What happens in an inference of `steps` steps on a chip with steps, whatever the heads read.
    pub fn first_steps(
        &self,
        fed: &[Option<Fed>],
        profile: &Profile,
        steps: usize,
    ) -> Result<chip::Run, Error> {
        let stops = [Stop { steps, readout_after: 0 }];
        let options = Options { heads_only: true, ..Options::default() };
        let mut runs = chip::checkpoints(self.on(profile), fed, options, &stops, || ())?;
        // One run per checkpoint, and there is one.
        Ok(runs.swap_remove(0))
    }

    /// One run for every checkpoint: what comes after one may overtake what came before.
    fn without_steps(
        &self,
        fed: &[Option<Fed>],
        profile: &Profile,
        options: Options,
        period_ns: f64,
        stops: &[Stop],
        mut progress: impl FnMut(),
    ) -> Result<Vec<chip::Run>, Error> {
        let network = &self.retimed.network;
        let (record_spikes, probed) = (options.record_spikes, &self.probed[..]);
        let options = asynchronous::Options { period_ns, record_spikes, probed };
        let run = |&stop: &Stop| {
            let tell = || {
                if Some(&stop) == stops.last() {
                    progress()
                }
            };
            Ok(asynchronous::run(network, fed, &self.mapping, profile, options, stop, tell)?)
        };
        stops.iter().map(run).collect()
    }
}
