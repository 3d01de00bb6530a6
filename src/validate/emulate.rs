//! From a network to figures that can be compared with a measurement.

use super::Error;
use crate::activity::{Activity, Counts, Span};
use crate::convert::Recipe;
use crate::energy::{self, Band};
use crate::import::{Facts, Imported, Network};
use crate::mapping::Placement;
use crate::pipeline::{self, Settings, Timing};
use crate::profile::Profile;
use crate::snn::sparse::SparseNetwork;

/// A network after some steps on a chip.
pub(super) struct Emulated {
    pub(super) activity: Activity,
    /// Sum over all steps.
    pub(super) counts: Counts,
}

/// Emulates `steps` steps.
pub(super) fn emulate(
    network: SparseNetwork,
    profile: &Profile,
    steps: usize,
    timing: Timing,
) -> Result<Emulated, Error> {
    // A chip stores the kernels of a convolution once, these networks every synapse.
    let stored_once = network.neurons.iter().any(|neuron| neuron.synapse_class == "conv");
    let imported = Imported {
        name: String::new(),
        network: Network::Placed(network),
        sha256: String::new(),
        facts: Facts::Nothing,
    };
    let settings = Settings {
        steps,
        timing,
        idealised: stored_once,
        record_spikes: false,
        seed: 0,
        // Conversion and placement are for trained networks; these bring theirs.
        conversion: Recipe::best(),
        placement: Placement::Linear,
        placement_steps: 0,
        probes: vec![],
        feed: Default::default(),
        split: vec![],
        command: String::new(),
    };
    let outcome =
        pipeline::prepare(imported, profile.clone(), settings, &[])?.emulate(None, || ())?;
    Ok(Emulated::new(outcome.activity))
}

impl Emulated {
    fn new(activity: Activity) -> Emulated {
        let mut counts = Counts::new(activity.soma_classes.len(), activity.synapse_classes.len());
        activity.steps.iter().for_each(|step| counts.add(&step.counts));
        Emulated { activity, counts }
    }

    pub(super) fn steps(&self) -> f64 {
        self.activity.steps.len() as f64
    }

    pub(super) fn time_ps(&self) -> u64 {
        self.activity.time().nominal
    }

    /// Microseconds per step.
    pub(super) fn step_us(&self) -> f64 {
        self.time_ps() as f64 * 1e-6 / self.steps()
    }

    /// Dynamic energy of all steps, in pJ.
    pub(super) fn dynamic_pj(&self, profile: &Profile) -> Band {
        let Activity { soma_classes, synapse_classes, .. } = &self.activity;
        energy::price(&self.counts, soma_classes, synapse_classes, profile).total()
    }

    /// Dynamic energy of one step, in nJ.
    pub(super) fn step_nj(&self, profile: &Profile) -> Band {
        self.dynamic_pj(profile) * (1e-3 / self.steps())
    }

    /// Dynamic and static power together, in mW, of a chip that does `share` times what was
    /// emulated.
    pub(super) fn power_mw(&self, profile: &Profile, share: f64) -> Band {
        let fixed =
            energy::static_energy(profile, self.activity.chips, Span::exactly(self.time_ps()));
        // 1 pJ in 1 ps is 1 W.
        (self.dynamic_pj(profile) * share + fixed) * (1e3 / self.time_ps() as f64)
    }
}
