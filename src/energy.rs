//! Activity x profile -> joules. Pure: one run can be priced again under another cost table.
//!
//! ```
//! use spikemesh::activity::Counts;
//! use spikemesh::energy::{Component, price};
//!
//! let profile = spikemesh::profile::load("loihi1-davies2018")?;
//! let counts = Counts { synaptic_operations: vec![1000], ..Counts::new(1, 1) };
//! let class = ["default".to_string()];
//! let bill = price(&counts, &class, &class, &profile);
//! let one = profile.costs.synapse_of("default").energy_pj.nominal;
//! assert_eq!(bill.get(Component::Synapse).nominal, 1000.0 * one);
//! # Ok::<(), spikemesh::profile::Error>(())
//! ```

mod balance;
mod price;
mod processor;

pub use balance::{Unbalanced, balance};
pub use price::{Beside, Bill, beside_energy, board_energy, price, static_energy};
pub use processor::{processor_energy, processor_steps, processor_time};

/// Picojoules with their band.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Band {
    /// At the low costs.
    pub low: f64,
    /// At the nominal costs.
    pub nominal: f64,
    /// At the high costs.
    pub high: f64,
}

/// What a cost is paid for; the rows of `energy.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// One visit of a mapped neuron in a step.
    Access,
    /// What an updated neuron costs beside its visit.
    Update,
    /// What a neuron that fires costs beside its visit.
    Spike,
    /// What a synaptic operation costs beside its synapse.
    Dendrite,
    /// Synaptic operations.
    Synapse,
    /// Packets at the core that sends.
    AxonOut,
    /// Packets at the core that receives.
    AxonIn,
    /// Hops from router to router.
    Hop,
    /// Crossings from chip to chip.
    ChipLink,
    /// Leakage of powered chips.
    Static,
    /// Multiply-accumulates of the analogue input layer.
    InputMac,
    /// Writes of the input layer's results.
    InputWrite,
    /// Operations of the host behind the last layer.
    Host,
    /// Boards without their chips.
    Board,
    /// Embedded processors.
    Processor,
}

/// As `energy.csv` calls it.
impl std::fmt::Display for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Component::Access => "access",
            Component::Update => "update",
            Component::Spike => "spike",
            Component::Dendrite => "dendrite",
            Component::Synapse => "synapse",
            Component::AxonOut => "axon_out",
            Component::AxonIn => "axon_in",
            Component::Hop => "hop",
            Component::ChipLink => "chip_link",
            Component::Static => "static",
            Component::InputMac => "input_mac",
            Component::InputWrite => "input_write",
            Component::Host => "host",
            Component::Board => "board",
            Component::Processor => "processor",
        })
    }
}
