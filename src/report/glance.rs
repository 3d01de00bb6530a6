//! What an inference takes at a glance, where it goes and what bounds it: the figures that the
//! table, `where.png`, `summary.csv` and `--json` share.

mod bound;
mod energy;
mod likeness;
mod time;

pub use energy::{EnergyShare, LayerShare};
pub use likeness::Likeness;
pub(crate) use time::computation_ps;
pub use time::{Limit, TimeShare};

use super::text::way;
use super::totals::{Totals, assumptions, busiest_core, busiest_link};
use crate::activity::Activity;
use crate::energy::Band;
use crate::mapping::Verdict;
use crate::pipeline::{Outcome, Setup};
use crate::profile::{self, Profile};
use crate::snn::Class;
use serde::{Serialize, Serializer};

/// Picojoules in a millijoule, and picoseconds in a millisecond.
const MILLI: f64 = 1e9;

/// One inference on one chip. Energies are in millijoules and times in milliseconds; shares are of
/// nominal figures, from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Glance {
    /// Name of the input.
    pub input: String,
    /// Name of the network.
    pub network: String,
    /// Name of the profile.
    pub profile: String,
    /// Recipe of the conversion.
    pub recipe: String,
    /// Whether limits of the chip were dropped.
    pub idealised: bool,
    /// Events, leakage, input layer and boards together.
    pub energy_mj: Band,
    /// Events on the chip.
    pub energy_dynamic_mj: Band,
    /// Leakage of the powered chips.
    pub energy_static_mj: Band,
    /// The analogue input layer, and boards beside their chips.
    pub energy_system_mj: Band,
    /// Zero, as JSON null, where the profile has no times.
    #[serde(serialize_with = "or_null")]
    pub latency_ms: Band,
    /// Half width of the 95 % interval of the latency; 0 unless timing is `sampled`.
    pub latency_error_ms: f64,
    /// How times were found.
    pub timing: &'static str,
    /// What embedded processors take beside the latency; `None` where none works.
    pub processor_ms: Option<Band>,
    /// All energy over all time; `None` where the profile has no times.
    pub mean_power_mw: Option<f64>,
    /// Microjoules times seconds, which are millijoules times milliseconds.
    pub energy_delay_uj_s: Option<f64>,
    /// One inference after the other.
    pub inferences_per_s: Option<f64>,
    /// A new inference every T steps, at most; docs/csv.md says how that is reckoned.
    pub pipelined_inferences_per_s: Option<f64>,
    /// By component, the largest first.
    pub components: Vec<EnergyShare>,
    /// Energy of events by layer, the largest first.
    pub layers: Vec<LayerShare>,
    /// Energy of the visits of neurons that do not fire.
    pub silent_visits_mj: f64,
    /// Share of silent visits in the energy of events, 0 to 1.
    pub silent_visits_share: f64,
    /// Computation, network and synchronisation.
    pub time: Vec<TimeShare>,
    /// The core that is slowest for the longest time.
    pub limit: Option<Limit>,
    /// Both ends of the link that most packets cross, and how many do.
    pub busiest_link: Option<BusiestLink>,
    /// The core that sends and receives most packets.
    pub busiest_core: Option<BusiestCore>,
    /// What bounds it, in sentences.
    pub bound: Vec<String>,
    /// Counts of the run.
    pub counts: Counted,
    /// How the spiking network agrees with the float one; empty without float values.
    pub likeness: Likeness,
    /// How far the profile can be trusted.
    pub trust: String,
    /// What the chip is assumed to do, a sentence each.
    pub assumptions: Vec<String>,
    /// Some of the assumptions were dropped limits: no such chip exists.
    pub dropped_limits: usize,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
    /// Version of the program.
    pub version: String,
}

/// A link, as `links.csv` has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BusiestLink {
    pub link: String,
    pub packets: u64,
}

/// A row of `cores.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BusiestCore {
    pub core: usize,
    pub packets: u64,
}

/// What was counted, and NeuroBench's measures of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// T, and the steps that fill the layers.
    pub steps: u64,
    pub fill_steps: u64,
    pub cores: u64,
    pub chips: u64,
    pub spikes: u64,
    pub events: u64,
    pub synaptic_operations: u64,
    pub pool_operations: u64,
    pub packets: u64,
    pub hops: u64,
    pub hops_per_packet: Option<f64>,
    pub spikes_per_synapse: Option<f64>,
    pub mean_rate: Option<f64>,
    pub membrane_saturations: u64,
    pub overruns: u64,
    pub float_macs: u64,
    /// NeuroBench: multiplications with a value that is no spike; here those of the input layer.
    pub effective_macs: u64,
    /// NeuroBench: additions that a spike causes.
    pub effective_acs: u64,
    /// NeuroBench: what a dense evaluation of all steps takes.
    pub dense_operations: u64,
    /// NeuroBench: share of units and steps without a spike.
    pub activation_sparsity: Option<f64>,
    /// NeuroBench: neurons whose membrane received something or fired, summed over the steps.
    pub membrane_updates: u64,
}

impl Glance {
    /// Of one input.
    pub fn new(setup: &Setup, profile: &Profile, outcome: &Outcome) -> Glance {
        let activity = &outcome.activity;
        let totals = Totals::new(activity, profile);
        let all = totals.all();
        // The cores stand still while embedded processors work.
        let time_ps = totals.cycle_ps() as f64;
        let processor = totals.processor;
        let timed = |value: f64| (totals.time.nominal > 0).then_some(value);
        let pipelined_ps = time::pipelined_ps(activity, profile);
        let silent_pj = energy::silent_visits_pj(activity, profile);
        let dynamic = totals.dynamic.total();
        let mut glance = Glance {
            input: outcome.input.clone(),
            network: setup.network.clone(),
            profile: profile.name.clone(),
            recipe: setup.recipe.clone(),
            idealised: setup.idealised,
            energy_mj: milli(all),
            energy_dynamic_mj: milli(dynamic),
            energy_static_mj: milli(totals.fixed),
            energy_system_mj: milli(totals.system.total()),
            latency_ms: milli(totals.time.into()),
            latency_error_ms: activity.time_error_ps as f64 / MILLI,
            timing: setup.timing.name(),
            processor_ms: (processor.high > 0).then(|| milli(processor.into())),
            // 1 pJ in 1 ps is 1 W.
            mean_power_mw: timed(all.nominal / time_ps * 1e3),
            energy_delay_uj_s: timed(all.nominal / MILLI * time_ps / MILLI),
            inferences_per_s: timed(1e12 / time_ps),
            pipelined_inferences_per_s: pipelined_ps.map(|ps| 1e12 / ps as f64),
            components: energy::by_component(&totals),
            layers: energy::by_layer(activity, profile),
            silent_visits_mj: silent_pj / MILLI,
            silent_visits_share: share(silent_pj, dynamic.nominal),
            time: time::shares(activity, profile),
            limit: time::limit(activity),
            busiest_link: busiest_link(activity)
                .map(|link| BusiestLink { link: way(link), packets: link.packets }),
            busiest_core: busiest_core(activity)
                .map(|(core, packets)| BusiestCore { core, packets }),
            bound: vec![],
            counts: Counted::new(setup, activity, &totals),
            likeness: Likeness::new(outcome),
            trust: profile::brief(profile).to_owned(),
            assumptions: assumptions(setup),
            dropped_limits: match setup.idealised {
                true => setup.gaps.iter().filter(|gap| gap.verdict == Verdict::Refused).count(),
                false => 0,
            },
            notes: setup.notes.clone(),
            version: setup.version.clone(),
        };
        glance.bound = bound::sentences(&glance);
        glance
    }
}

impl Counted {
    fn new(setup: &Setup, activity: &Activity, totals: &Totals) -> Counted {
        let counts = &totals.counts;
        Counted {
            steps: activity.inference_steps,
            fill_steps: activity.depth,
            cores: activity.cores.len() as u64,
            chips: activity.chips,
            spikes: counts.spikes,
            events: counts.events,
            synaptic_operations: counts.total_synaptic_operations(),
            pool_operations: counts.pool_operations,
            packets: counts.packets,
            hops: counts.total_hops(),
            hops_per_packet: totals.hops_per_packet(),
            spikes_per_synapse: totals.spikes_per_synapse(setup, activity),
            mean_rate: totals.mean_rate(activity),
            membrane_saturations: activity.saturations,
            overruns: totals.overruns,
            float_macs: setup.float_macs,
            effective_macs: activity.input_macs,
            effective_acs: counts.total_synaptic_operations(),
            dense_operations: dense(activity),
            activation_sparsity: totals.sparsity(activity),
            membrane_updates: counts.updates_input.iter().sum(),
        }
    }
}

/// Multiplications of the input layer once, and every connection whose operations are synaptic once
/// a step: those of pools and relays are counted by themselves.
fn dense(activity: &Activity) -> u64 {
    let apart = [Class::Gate, Class::Telescoping, Class::Or, Class::Relay].map(Class::name);
    let synaptic = activity.layers.iter().filter(|layer| !apart.contains(&layer.class.as_str()));
    let connections: u64 = synaptic.map(|layer| layer.synapses).sum();
    connections.saturating_mul(activity.inference_steps).saturating_add(activity.input_macs)
}

/// A time that is not known is no time of zero.
fn or_null<S: Serializer>(time: &Band, serializer: S) -> Result<S::Ok, S::Error> {
    (time.nominal > 0.0).then_some(time).serialize(serializer)
}

fn milli(band: Band) -> Band {
    band * (1.0 / MILLI)
}

/// A part of a whole; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
