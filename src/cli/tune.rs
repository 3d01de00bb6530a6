//! `spikemesh tune NETWORK --data DIR`: thresholds that cost less at the same agreement or
//! accuracy.

mod arguments;
mod bench;
mod folds;
mod output;
mod spiking;
mod trained;

use super::inside;
use super::stimulus;
use super::{Error, Result};
use crate::import::Network;
use crate::tune::Search;
use bench::Asked;
use std::path::Path;

pub use arguments::{Arguments, SearchChoice};

pub fn run(arguments: &Arguments) -> Result<()> {
    super::use_threads(arguments.threads)?;
    arguments.json.settle();
    let profile = arguments.changes.load_cores(&arguments.profile)?;
    let inside = inside::network(&arguments.network)?;
    let network = inside.as_ref().map_or(&arguments.network, |inside| &inside.network);
    let imported = arguments.reading.open(network)?;
    effects(arguments, network, matches!(imported.network, Network::Spiking(_)))?;
    let asked = Asked { arguments, imported: &imported, profile: &profile };
    match &imported.network {
        Network::Float(graph) => trained::run(asked, graph, network, &inside),
        Network::Spiking(graph) => spiking::run(asked, graph),
        Network::Converted(_) | Network::Placed(_) => {
            let why = "; tune takes one (ONNX, .cfg), or one that spikes already (.nir)";
            Err(Error::NotTrained { network: network.clone(), why }.into())
        }
    }
}

/// Whether all that was asked for has an effect.
fn effects(arguments: &Arguments, network: &Path, spiking: bool) -> Result<()> {
    if spiking && arguments.detector.is_some() {
        let (what, option) = (network.into(), stimulus::DETECTOR);
        let why = "tune scores the classes of a network that spikes already, not boxes; eval \
                   scores those";
        return Err(Error::Effectless { what, option, why }.into());
    }
    let idle = [
        (arguments.calibrate.is_some(), stimulus::CALIBRATE),
        (arguments.detector.is_some(), stimulus::DETECTOR),
        (arguments.unlabelled, "--unlabelled"),
    ];
    stimulus::effects(network, spiking, &arguments.stimulus, &idle)?;
    let of_search = [
        (arguments.keep_v0, "--keep-v0"),
        (arguments.keep_steps, "--keep-steps"),
        (arguments.two_phase, "--two-phase"),
        (arguments.groups > 1, "--groups"),
    ];
    match of_search.into_iter().find(|(given, _)| *given && spiking) {
        Some((_, option)) => {
            let why = "of a network that spikes already, a threshold of each layer is varied and \
                       nothing else";
            Err(Error::Effectless { what: network.into(), option, why }.into())
        }
        None => Ok(()),
    }
}

/// What single arguments do not tell.
pub fn check(arguments: &Arguments) -> Result<(), String> {
    let last = super::numbers::MOST_SEED - arguments.seed + 1;
    if arguments.seeds > last {
        return Err(format!(
            "--seeds goes beyond the largest seed: with this --seed give 1 to {last}"
        ));
    }
    for (n, search) in arguments.search.iter().enumerate() {
        if arguments.search[..n].contains(search) {
            let name = Search::from(*search).name();
            return Err(format!(
                "--search names {name} twice; for several runs of it give --seeds"
            ));
        }
    }
    Ok(())
}
