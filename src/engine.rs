//! Emulates a network step by step: counts events and measures times; it knows no joule and no file
//! format.
//!
//! ```
//! use spikemesh::engine::{Options, sparse};
//! use spikemesh::import::csv_network;
//!
//! // An input that fires in step 1, and a neuron that answers.
//! let folder = tempfile::tempdir()?;
//! let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
//! write("neurons.csv", "id,model,threshold,tile,core_in_tile\n0,input,,0,0\n1,lif,0.5,0,0\n")?;
//! write("synapses.csv", "pre,post,weight\n0,1,1\n")?;
//! write("inputs.csv", "step,neuron\n1,0\n")?;
//! let network = csv_network::load(folder.path())?;
//! let profile = spikemesh::profile::load("loihi1-sanafe")?;
//! let run = sparse::run(&network, &profile, 3, Options::default(), || ())?;
//! let spikes: Vec<u64> = run.activity.steps.iter().map(|step| step.counts.spikes).collect();
//! assert_eq!(spikes, [1, 1, 0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod asynchronous;
pub mod chip;
mod fire;
pub mod flows;
pub mod functional;
mod links;
mod network_timing;
pub mod noc;
mod packets;
mod pool;
pub mod probe;
pub mod sparse;
pub mod spikes;
pub mod state;
mod stopwatch;
pub mod sweep;
mod tally;
mod timing;
pub mod trace;
pub(crate) mod traffic;
mod watch;
pub mod wheel;

use probe::Probed;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicU64;
pub use stopwatch::{Laps, Stopwatch};
use trace::Tracer;

/// How packets take their time. Spikes and counts are the same under all of them.
/// Those behind know more of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// The busiest core; no network.
    #[default]
    Analytic,
    /// Every packet, link by link, with buffers without end ([`sweep`]).
    #[serde(alias = "sweep")]
    Links,
    /// `Event` in every third to ninth step, fewer as a run grows longer; in the others the busiest
    /// core's time, longer by what the network added in the steps around. The activity says how far
    /// that may be off.
    Sampled,
    /// Every packet, hop by hop, with finite buffers ([`noc`]).
    Event,
}

impl Timing {
    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Timing::Analytic => "analytic",
            Timing::Links => "links",
            Timing::Sampled => "sampled",
            Timing::Event => "event",
        }
    }
}

/// How a run is timed, and what is kept beside its counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'t> {
    /// How times are found.
    pub timing: Timing,
    /// Whether every spike is kept.
    pub record_spikes: bool,
    /// Leaves out the net spikes of single neurons but those of heads: [`chip::Run::sums`] of
    /// others are empty.
    pub heads_only: bool,
    /// Neurons of a network in layers that are noted in [`chip::Run::membranes`].
    pub probed: &'t [Probed],
    /// Hears of the ways of packets under [`Timing::Event`], and of none under the others.
    pub tracer: Option<&'t Tracer>,
    /// Grows by the packets that were moved, each once for every core that it reaches.
    pub moved: Option<&'t AtomicU64>,
    /// Sums up what the parts of the steps of converted networks took.
    pub stopwatch: Option<&'t Stopwatch>,
}
