//! The way of every packet, for whoever asks for it.

use super::noc::Crossing;
use std::fmt;
use std::sync::Mutex;

/// Hears, step after step, by which ports the packets went and when.
pub struct Tracer(Mutex<Box<Listener>>);

type Listener = dyn FnMut(&StepTrace) + Send;

/// The packets of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTrace {
    /// From 1.
    pub step: usize,
    /// When the step begins, from the beginning of the run.
    pub start_ps: u64,
    /// Packet by packet; times from the beginning of the step.
    pub crossings: Vec<Crossing>,
}

impl Tracer {
    /// One that tells `listener`.
    pub fn new(listener: impl FnMut(&StepTrace) + Send + 'static) -> Tracer {
        Tracer(Mutex::new(Box::new(listener)))
    }

    pub(super) fn tell(&self, step: &StepTrace) {
        // A listener that has panicked hears no more.
        if let Ok(mut listener) = self.0.lock() {
            listener(step);
        }
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Tracer")
    }
}
