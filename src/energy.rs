//! Activity x profile -> joules. Pure: one run can be priced again under another cost table.

mod balance;
mod price;

pub use balance::{Unbalanced, balance};
pub use price::{Bill, board_energy, input_energy, price, static_energy};

/// Picojoules with their band.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Band {
    pub low: f64,
    pub nominal: f64,
    pub high: f64,
}

/// What a cost is paid for; the rows of `energy.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    Access,
    Update,
    Spike,
    Dendrite,
    Synapse,
    AxonOut,
    AxonIn,
    Hop,
    ChipLink,
    Static,
    InputMac,
    InputWrite,
    Board,
}
