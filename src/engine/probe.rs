//! What single neurons hold after a step, where a run is asked for it.

/// State of one neuron after one step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Membrane {
    /// Of the chip, from 1.
    pub step: u32,
    /// Layer of the activity: population of a converted network, model class of one from CSV.
    pub layer: u32,
    /// Index in the order of `spikes.csv`.
    pub neuron: u32,
    /// In the network's own unit; of whole numbers, exact.
    pub potential: f64,
    /// Of neurons whose current lasts from step to step.
    pub current: Option<f64>,
}
