//! The chain as one call: network, profile, settings and input in, outcome out.
//!
//! [`Setup`] holds what all inputs of a run share, [`Outcome`] what one input did. Both are plain
//! data: `report` writes them, and what was written can be read and priced again.
//!
//! ```
//! use spikemesh::convert::Recipe;
//! use spikemesh::import;
//! use spikemesh::mapping::Placement;
//! use spikemesh::pipeline::{Feed, Sample, Settings, Timing, prepare};
//!
//! let network = import::open("assets/networks/digit-256.onnx".as_ref())?;
//! let graph = network.trained().ok_or("no trained network")?;
//! let grey = vec![0.5; graph.input_shape().len()];
//! let sample = Sample::new(graph, "grey".into(), String::new(), &grey)?;
//! let settings = Settings {
//!     steps: 4,
//!     timing: Timing::Analytic,
//!     idealised: false,
//!     record_spikes: false,
//!     seed: 0,
//!     conversion: Recipe::default(),
//!     split: vec![],
//!     placement: Placement::Hilbert,
//!     placement_steps: 0,
//!     probes: vec![],
//!     feed: Feed::Constant,
//!     command: String::new(),
//! };
//! let profile = spikemesh::profile::load("loihi2")?;
//! // The one input calibrates, too.
//! let prepared = prepare(network, profile, settings, &[sample.clone()])?;
//! let outcome = prepared.emulate(Some(&sample), || ())?;
//! assert_eq!(outcome.activity.inference_steps, 4);
//! assert!(outcome.head_error.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calibration;
mod classes;
mod classification;
mod converted;
mod csv;
mod detections;
mod diagnosis;
mod effort;
mod emulated;
mod error;
mod fidelity;
mod floats;
mod needs;
mod outcome;
mod placed;
mod probe;
mod sample;
mod settings;
mod setup;
mod spiking;
mod split;
mod suited;

use crate::activity::{self, Activity, Step};
pub use crate::activity::{SpikeRecord, Spikes};
use crate::ann::Graph;
pub use crate::convert::spiking::Feed;
use crate::energy;
use crate::engine;
pub use crate::engine::Timing;
pub use crate::engine::probe::Membrane;
pub use crate::engine::trace::Tracer;
use crate::import::{Imported, Network};
use crate::mapping::{self, Grid, Verdict};
pub use crate::memory::PROGRAM;
use crate::profile::{Multicast, Profile, Sync};
pub use calibration::{CALIBRATION, Calibration, unsure};
pub use classification::{Classification, best as best_class};
use converted::Converted;
pub use converted::{Chosen, choose, fitting};
use csv::Csv;
pub use detections::{Detections, spiking};
pub use diagnosis::{DiagnosedInput, Diagnosis, diagnose};
pub use effort::{Effort, TIMING};
use emulated::OnChip;
pub use error::Error;
pub use fidelity::Fidelity;
pub use outcome::{HeadValues, Outcome};
pub use placed::notes;
pub use probe::{Probe, ProbeError};
pub use sample::{Sample, Stimulus};
pub use settings::{MOST_STEPS, Settings};
pub use setup::Setup;
use spiking::Spiking;
pub use spiking::whole_numbers;
pub use split::split_fan_in;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
pub use suited::{STEPS, default_recipe, default_steps, plain_recipe, usual_recipes};

/// Seconds of a step where a network knows none.
const STEP: f64 = 1e-3;

/// A network on its chip, ready for any number of inputs.
pub struct Prepared {
    /// What reports say of the run.
    pub setup: Setup,
    profile: Profile,
    settings: Settings,
    plan: Plan,
    /// Packets that emulations have moved so far.
    moved: Arc<AtomicU64>,
}

enum Plan {
    Converted(Box<Converted>),
    Spiking(Box<Spiking>),
    Placed(Box<Csv>),
}

/// Converts (calibrated on `calibration`) and maps `network`; a converted one is mapped, one with a
/// placement is taken as given and held against the same limits. Both need no calibration, and
/// `settings.conversion` is not for them.
/// The first calibration input, if inputs calibrate, tells a placement which cores exchange
/// packets.
///
/// # Errors
/// The conversion or the chip refuses the network.
pub fn prepare<'a>(
    network: Imported,
    profile: Profile,
    settings: Settings,
    calibration: impl Into<Calibration<'a>>,
) -> Result<Prepared, Error> {
    let calibration = calibration.into();
    let mut setup = Setup {
        network: network.name,
        network_sha256: network.sha256,
        profile: profile.name.clone(),
        profile_sha256: profile.hash.clone(),
        recipe: "as given".into(),
        conversion: String::new(),
        placement: "as given".into(),
        timing: match profile.clock.sync {
            // Where packets decide what is computed, there is no other.
            Sync::Async { .. } => Timing::Event,
            _ => settings.timing,
        },
        // What was found below, not what was allowed.
        idealised: false,
        gaps: vec![],
        notes: vec![],
        // What every plan below replaces.
        grid: Grid::of_one_chip(1, 1),
        seed: settings.seed,
        float_macs: 0,
        calibration: calibration.names(),
        detector: String::new(),
        version: env!("CARGO_PKG_VERSION").into(),
        command: settings.command.clone(),
    };
    let misnamed = classes::notes(&network.network, &profile);
    let plan = match network.network {
        Network::Placed(network) => {
            let csv = Csv::new(network, &profile, &settings)?;
            csv.describe(&mut setup, &settings);
            Plan::Placed(Box::new(csv))
        }
        Network::Float(graph) => {
            setup.recipe = settings.conversion.to_string();
            let settings = Settings {
                split: settings.split.iter().cloned().chain(calibration.remark()).collect(),
                ..settings.clone()
            };
            let chosen = choose(&graph, &profile, &settings.conversion, calibration)?;
            plan(&mut setup, &graph, chosen, calibration, &profile, &settings)?
        }
        Network::Spiking(graph) => {
            let spiking = Spiking::new(*graph, &profile, &settings)?;
            setup.recipe = spiking.recipe();
            setup.conversion = spiking.describe();
            setup.placement = spiking.chip.placement.clone();
            setup.gaps = spiking.chip.mapping.gaps.clone();
            setup.notes = spiking.notes();
            setup.grid = spiking.chip.mapping.grid;
            Plan::Spiking(Box::new(spiking))
        }
        Network::Converted(file) => {
            let file = *file;
            setup.recipe = file.recipe;
            setup.calibration = file.calibration;
            let chosen = Chosen::again(file.conversion, file.settings, &profile);
            plan(&mut setup, &file.graph, chosen, calibration, &profile, &settings)?
        }
    };
    setup.notes.extend(misnamed);
    if setup.timing != settings.timing {
        setup.notes.push(format!(
            "timed event by event, not {}: {} has no steps, and its packets decide what is \
             computed",
            settings.timing.name(),
            profile.name
        ));
    }
    setup.idealised = setup.gaps.iter().any(|gap| gap.verdict == Verdict::Refused);
    Ok(Prepared { setup, profile, settings, plan, moved: Arc::default() })
}

/// Places what was converted, and tells `setup` of it.
fn plan(
    setup: &mut Setup,
    graph: &Graph,
    chosen: Chosen,
    calibration: Calibration,
    profile: &Profile,
    settings: &Settings,
) -> Result<Plan, Error> {
    let converted = Converted::new(graph, chosen, calibration.first(), profile, settings)?;
    setup.placement = converted.chip.placement.clone();
    setup.conversion = converted.settings.describe();
    setup.gaps = converted.chip.mapping.gaps.clone();
    setup.notes.extend(converted.conversion.host.describe(graph));
    setup.grid = converted.chip.mapping.grid;
    setup.float_macs = (0..graph.nodes.len()).map(|node| graph.macs(node)).sum();
    Ok(Plan::Converted(Box::new(converted)))
}

/// Whether packets go hop by hop from step to step, so that a [`Tracer`] hears of them.
///
/// # Errors
/// The chip has no steps, or the timing moves no packets.
pub fn traces(profile: &Profile, timing: Timing) -> Result<(), Error> {
    match (&profile.clock.sync, timing) {
        (Sync::Async { .. }, _) => Err(Error::TraceSteps),
        (_, Timing::Event) => Ok(()),
        _ => Err(Error::Trace { timing: timing.name() }),
    }
}

impl Prepared {
    /// Steps that an emulation takes, the fill included.
    pub fn steps(&self) -> usize {
        self.settings.steps + self.on_chip().map_or(0, |chip| chip.retimed.depth)
    }

    /// Steps of one inference, without the fill.
    pub fn inference_steps(&self) -> usize {
        self.settings.steps
    }

    /// The retimed network and where it lies; `None` for a network from CSV.
    pub fn placed(&self) -> Option<(&crate::snn::retime::Retimed, &mapping::Mapping)> {
        self.on_chip().map(|chip| (&chip.retimed, &chip.mapping))
    }

    fn on_chip(&self) -> Option<&OnChip> {
        match &self.plan {
            Plan::Converted(converted) => Some(&converted.chip),
            Plan::Spiking(spiking) => Some(&spiking.chip),
            Plan::Placed(_) => None,
        }
    }

    /// The float graph of a network that spikes already beside its whole numbers, layer by layer;
    /// `None` of other networks.
    ///
    /// # Errors
    /// As [`Prepared::emulate`].
    pub fn fidelity(&self, sample: &Sample) -> Result<Option<Vec<Fidelity>>, Error> {
        match &self.plan {
            Plan::Spiking(spiking) => {
                fidelity::compare(spiking, sample, self.settings.steps).map(Some)
            }
            Plan::Converted(_) | Plan::Placed(_) => Ok(None),
        }
    }

    /// What the float graph of a network that spikes already says of `sample` at each checkpoint;
    /// nothing of other networks, whose samples hold their floats.
    ///
    /// # Errors
    /// The sample is of another kind of network.
    pub fn floats_at(
        &self,
        sample: &Sample,
        checkpoints: &[usize],
    ) -> Result<Vec<Vec<HeadValues>>, Error> {
        let Plan::Spiking(spiking) = &self.plan else { return Ok(vec![]) };
        let stimulus = sample.stimulus().ok_or(Error::NoInput)?;
        let (mut floats, mut done) = (floats::Floats::new(&spiking.graph, stimulus), 0);
        let mut at = |&steps: &usize| {
            (done..steps).for_each(|_| floats.step());
            done = steps.max(done);
            floats.heads()
        };
        Ok(checkpoints.iter().map(&mut at).collect())
    }

    /// The numbers of a network that spikes already, by population of the one that is not retimed.
    pub fn spiking(&self) -> Option<&crate::convert::spiking::SpikingConversion> {
        match &self.plan {
            Plan::Spiking(spiking) => Some(&spiking.conversion),
            Plan::Converted(_) | Plan::Placed(_) => None,
        }
    }

    /// The chip.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether an emulation would begin: the chip has the places, the kind of time and the links
    /// that the network and the timing need.
    ///
    /// # Errors
    /// Those of [`Prepared::emulate`] before its first step.
    pub fn check(&self) -> Result<(), Error> {
        self.fits()?;
        match &self.plan {
            Plan::Converted(converted) => converted.chip.check(&self.profile, self.options()),
            Plan::Spiking(spiking) => spiking.chip.check(&self.profile, self.options()),
            // Its first step costs little.
            Plan::Placed(csv) => csv.run(&self.profile, 1, self.options(), || ()).map(|_| ()),
        }
    }

    /// Emulates one input event by event. Networks from CSV bring theirs and take none.
    ///
    /// # Errors
    /// An input is missing or superfluous, or the chip's mesh cannot be simulated.
    pub fn emulate(
        &self,
        sample: Option<&Sample>,
        progress: impl FnMut(),
    ) -> Result<Outcome, Error> {
        self.emulate_traced(sample, None, progress)
    }

    /// The same, and tells `tracer` by which ports packets went and when.
    ///
    /// # Errors
    /// As [`Prepared::emulate`], or packets are not moved hop by hop from step to step.
    pub fn emulate_traced(
        &self,
        sample: Option<&Sample>,
        tracer: Option<&Tracer>,
        progress: impl FnMut(),
    ) -> Result<Outcome, Error> {
        if let Some(tracer) = tracer {
            traces(&self.profile, self.settings.timing)?;
            if tracer.first() > self.steps() {
                return Err(Error::TraceRange { first: tracer.first(), steps: self.steps() });
            }
        }
        self.fits()?;
        self.has_times()?;
        let options = engine::Options { tracer, ..self.options() };
        let outcome = match (&self.plan, sample) {
            (Plan::Converted(converted), Some(sample)) => {
                let steps = [self.settings.steps];
                let mut outcomes =
                    converted.emulate(sample, &self.profile, options, &steps, progress)?;
                // One outcome per checkpoint, and there is one.
                outcomes.swap_remove(0)
            }
            (Plan::Spiking(spiking), Some(sample)) => {
                let steps = [self.settings.steps];
                let mut outcomes =
                    spiking.emulate(sample, &self.profile, options, &steps, progress)?;
                // One outcome per checkpoint, and there is one.
                outcomes.swap_remove(0)
            }
            (Plan::Converted(_) | Plan::Spiking(_), None) => return Err(Error::NoInput),
            (Plan::Placed(_), Some(_)) => return Err(Error::Input),
            (Plan::Placed(csv), None) => {
                csv.emulate(&self.profile, &self.settings, options, progress)?
            }
        };
        check(&self.setup.grid, &outcome.activity, &self.profile, self.settings.timing)?;
        Ok(outcome)
    }

    /// Before the work: power is drawn for a time, and nothing on the chip takes any.
    fn has_times(&self) -> Result<(), Error> {
        match self.profile.costs.draw_power() && !self.profile.takes_time() {
            true => Err(Error::Untimed { profile: self.profile.name.clone(), hops: false }),
            false => Ok(()),
        }
    }

    /// The outcomes of emulations that stop after each of `checkpoints` steps, in one pass and
    /// without comparisons of their layers.
    /// `checkpoints` grow and end with the settings' steps.
    ///
    /// # Errors
    /// As [`Prepared::emulate`], or the checkpoints are others.
    pub fn emulate_at(
        &self,
        sample: &Sample,
        checkpoints: &[usize],
        progress: impl FnMut(),
    ) -> Result<Vec<Outcome>, Error> {
        let grow = checkpoints.first() != Some(&0) && checkpoints.is_sorted_by(|a, b| a < b);
        if !grow || checkpoints.last() != Some(&self.settings.steps) {
            return Err(Error::Checkpoints { steps: self.settings.steps });
        }
        self.fits()?;
        self.has_times()?;
        let options = engine::Options { heads_only: true, ..self.options() };
        let outcomes = match &self.plan {
            Plan::Converted(converted) => {
                converted.emulate(sample, &self.profile, options, checkpoints, progress)?
            }
            Plan::Spiking(spiking) => {
                spiking.emulate(sample, &self.profile, options, checkpoints, progress)?
            }
            Plan::Placed(_) => return Err(Error::Input),
        };
        for outcome in &outcomes {
            check(&self.setup.grid, &outcome.activity, &self.profile, self.settings.timing)?;
        }
        Ok(outcomes)
    }

    /// Seconds that a step of the network stands for; trained ones know no time, and a step of
    /// theirs counts as a millisecond.
    pub fn dt(&self) -> f64 {
        match &self.plan {
            Plan::Spiking(spiking) => spiking.graph.dt,
            Plan::Converted(_) | Plan::Placed(_) => STEP,
        }
    }

    fn options(&self) -> engine::Options<'_> {
        let Settings { timing, record_spikes, .. } = self.settings;
        let moved = Some(&*self.moved);
        engine::Options { timing, record_spikes, moved, ..engine::Options::default() }
    }
}

/// Whether what was counted on `grid` under `timing` adds up, fits, and has a price.
///
/// # Errors
/// Sums contradict each other or do not fit, the bill is no number, or power is drawn for a time
/// that nothing tells.
pub fn check(
    grid: &Grid,
    activity: &Activity,
    profile: &Profile,
    timing: Timing,
) -> Result<(), Error> {
    activity::check(activity, grid.multicast == Multicast::Tree)?;
    energy::balance(activity, profile)?;
    let happens = |step: &Step| step.counts.accesses.iter().any(|&count| count > 0);
    let times = [activity.time(), energy::processor_time(activity, profile)];
    let untimed = times.iter().all(|time| time.nominal == 0) && activity.steps.iter().any(happens);
    match untimed && profile.costs.draw_power() {
        true => {
            let sends = activity.steps.iter().any(|step| step.counts.packets > 0);
            let hops = sends && timing == Timing::Analytic && profile.costs.ways_take_time();
            Err(Error::Untimed { profile: profile.name.clone(), hops })
        }
        false => Ok(()),
    }
}
