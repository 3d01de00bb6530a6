//! Why a chain breaks.

use super::converted;
use crate::activity::Unsound;
use crate::ann;
use crate::convert;
use crate::energy::Unbalanced;
use crate::engine::{self, noc::NocError};
use crate::mapping;

/// Why a chain breaks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The float network does not run.
    #[error(transparent)]
    Float(#[from] ann::exec::Error),
    /// An emulation would take more memory than it may.
    #[error("an emulation with {timing} timing: {source}")]
    Memory {
        /// Name of the timing.
        timing: &'static str,
        /// The cause.
        source: crate::memory::TooMuch,
    },
    /// The network cannot be converted.
    #[error(transparent)]
    Convert(#[from] convert::Error),
    /// The spiking network cannot be converted.
    #[error(transparent)]
    Spiking(#[from] convert::spiking::SpikingError),
    /// The network does not go onto the chip.
    #[error(transparent)]
    Mapping(#[from] mapping::Error),
    /// The network from CSV does not run on the chip.
    #[error(transparent)]
    Placed(#[from] engine::sparse::Error),
    /// A probe names no neuron that holds a potential.
    #[error(transparent)]
    Probe(#[from] super::ProbeError),
    /// The packets cannot be moved.
    #[error(transparent)]
    Packets(#[from] NocError),
    /// The chip has no steps, and the network needs them.
    #[error(transparent)]
    Asynchronous(#[from] engine::asynchronous::Error),
    /// Checkpoints that are no growing steps of the run.
    #[error("checkpoints must be at least 1, grow, and end with the steps of the run, {steps}")]
    Checkpoints {
        /// Steps of the run.
        steps: usize,
    },
    /// A trace under a timing that moves no packets.
    #[error(
        "a trace follows packets from port to port, which --timing {timing} does not; take \
         --timing event"
    )]
    Trace {
        /// Name of the timing.
        timing: &'static str,
    },
    /// Traced steps on a chip without steps.
    #[error(
        "packets are traced step by step, and the chip has no steps; take a profile whose clock \
         has `barrier` or `tick`, such as loihi1-davies2018"
    )]
    TraceSteps,
    /// Traced steps behind the end.
    #[error(
        "--trace-steps begins with step {first}, and the run ends with step {steps}; give steps \
         from 1 to {steps}"
    )]
    TraceRange {
        /// First traced step.
        first: usize,
        /// Steps of the run.
        steps: usize,
    },
    /// Counts that contradict each other.
    #[error(
        "the counts of the run contradict each other ({0}); this is a fault of spikemesh, please \
         report it"
    )]
    Counts(Unsound),
    /// A count that 63 bits do not hold.
    #[error("{0}; take a profile of smaller costs, or fewer steps")]
    Overflow(Unsound),
    /// A bill that does not add up.
    #[error(
        "the bill of the run does not add up ({0}); check the costs of the profile, or report it"
    )]
    Bill(#[from] Unbalanced),
    /// Power that is drawn for a time that nothing tells.
    #[error(
        "nothing that this run counts takes time on {profile}, so the energy of what draws power \
         all the time is unknown; {}say what takes time, or set the powers to 0",
        if *hops { "take --timing event, " } else { "" }
    )]
    Untimed {
        /// Name of the profile.
        profile: String,
        /// Packets take time on their ways, which the timing of the run does not count.
        hops: bool,
    },
    /// A placement for latency without an input to time.
    #[error(
        "--place-for latency times the first steps of a calibration input, and there is none; give \
         a trained network --calibrate PICTURES, any other --place-for energy"
    )]
    NothingToTime,
    /// A placement for latency on a chip without steps.
    #[error("--place-for latency times steps, and the chip has none; take --place-for energy")]
    NoStepsToTime,
    /// A trained network without an input.
    #[error("a trained network needs an input")]
    NoInput,
    /// An input beside those that the network brings.
    #[error("the network brings its own inputs: an input given beside them would have no effect")]
    Input,
}

impl Error {
    /// Whether numbers that do not fit the membranes are the first reason; see [`super::fitting`].
    pub fn is_narrow(&self) -> bool {
        match self {
            Error::Convert(convert::Error::Membrane { .. }) => true,
            Error::Mapping(mapping::Error::Refused { first, .. }) => {
                first.limit == converted::MEMBRANE
            }
            _ => false,
        }
    }

    /// The error without the advice to drop limits, for those who did so.
    pub fn reason(&self) -> String {
        let text = self.to_string();
        text.split("; --idealised").next().unwrap_or_default().to_owned()
    }

    /// Whether packets are the reason, so that another timing may help.
    pub fn is_of_packets(&self) -> bool {
        use engine::sparse::Error as Placed;
        matches!(self, Error::Packets(_) | Error::Placed(Placed::Network(_)))
    }

    /// Whether only an emulation meets the reason, and not the checks before it.
    pub fn is_late(&self) -> bool {
        use engine::asynchronous::Error as Asynchronous;
        use engine::sparse::Error as Placed;
        match self {
            Error::Packets(error) | Error::Placed(Placed::Network(error)) => {
                !matches!(error, NocError::NotSwept)
            }
            Error::Asynchronous(error) => {
                matches!(error, Asynchronous::Avalanche { .. } | Asynchronous::Network(_))
            }
            Error::Overflow(_) => true,
            _ => false,
        }
    }

    /// Most steps whose sums fit, where that is what stops a run.
    pub fn most_steps(&self) -> Option<usize> {
        match self {
            Error::Convert(convert::Error::Steps { most, .. }) => Some(*most),
            _ => None,
        }
    }

    /// Whether a network that spikes already has no form on a chip.
    pub fn is_of_spiking(&self) -> bool {
        matches!(self, Error::Spiking(_))
    }

    /// Whether the chip is the reason, so that another one may take the same network and input.
    pub fn is_refusal(&self) -> bool {
        use engine::sparse::Error as Placed;
        match self {
            Error::Mapping(_)
            | Error::Packets(_)
            | Error::Asynchronous(_)
            | Error::Overflow(_)
            | Error::Convert(convert::Error::Membrane { .. } | convert::Error::Curve { .. }) => {
                true
            }
            Error::Placed(error) => {
                use Placed::{Current, Delay, Network, Place};
                matches!(error, Place(_) | Current { .. } | Delay { .. } | Network(_))
            }
            _ => false,
        }
    }
}

impl From<Unsound> for Error {
    fn from(unsound: Unsound) -> Error {
        if unsound.is_overflow() { Error::Overflow(unsound) } else { Error::Counts(unsound) }
    }
}
