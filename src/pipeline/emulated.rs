//! A network in integers on the cores of a chip: what trained networks and those that spike
//! already have in common.

use super::{Error, Settings, probe};
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
        Ok(OnChip { retimed, mapping, probed, geometry: OnceLock::new() })
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
        let mut best: Option<(u64, Mapping)> = None;
        for candidate in run.placement.candidates() {
            flows::place(&mut self.mapping, &self.retimed.network, &candidate, &flows)?;
            let cost = match (objective, fed) {
                (Objective::Energy, _) => self.mapping.hops(&flows),
                (Objective::Latency, _) if matches!(profile.clock.sync, Sync::Async { .. }) => {
                    return Err(Error::NoStepsToTime);
                }
                (Objective::Latency, Some(fed)) if run.placement_steps > 0 => {
                    self.geometry = OnceLock::new();
                    self.time_ps(fed, profile, run.placement_steps)?
                }
                (Objective::Latency, _) => return Err(Error::NothingToTime),
            };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, self.mapping.clone()));
            }
        }
        self.geometry = OnceLock::new();
        if let Some((_, mapping)) = best {
            self.mapping = mapping;
        }
        Ok(())
    }

    /// What `steps` steps take, packets moved event by event.
    fn time_ps(&self, fed: &[Option<Fed>], profile: &Profile, steps: usize) -> Result<u64, Error> {
        let stops = [Stop { steps, readout_after: 0 }];
        let options = Options { timing: Timing::Event, heads_only: true, ..Options::default() };
        let runs = chip::checkpoints(self.on(profile), fed, options, &stops, || ())?;
        Ok(runs.iter().map(|run| run.activity.time().nominal).sum())
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
