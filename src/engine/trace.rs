//! The way of every packet, for whoever asks for it.

use super::noc::Crossing;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Mutex;

/// Hears, step after step, by which ports the packets went and when.
pub struct Tracer {
    steps: RangeInclusive<usize>,
    listener: Mutex<Box<Listener>>,
}

type Listener = dyn FnMut(&StepTrace) + Send;

/// The packets of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTrace {
    /// From 1.
    pub step: usize,
    /// When the step begins, from the beginning of the run.
    pub start_ps: u64,
    /// When it ends, likewise.
    pub end_ps: u64,
    /// Packet by packet; times from the beginning of the step.
    pub crossings: Vec<Crossing>,
}

impl Tracer {
    /// One that tells `listener` of `steps`, which count from 1.
    pub fn new(
        steps: RangeInclusive<usize>,
        listener: impl FnMut(&StepTrace) + Send + 'static,
    ) -> Tracer {
        Tracer { steps, listener: Mutex::new(Box::new(listener)) }
    }

    /// The first step that it hears of.
    pub fn first(&self) -> usize {
        *self.steps.start()
    }

    /// Whether it hears of this step.
    pub(super) fn wants(&self, step: usize) -> bool {
        self.steps.contains(&step)
    }

    pub(super) fn tell(&self, step: &StepTrace) {
        // A listener that has panicked hears no more.
        if let Ok(mut listener) = self.listener.lock() {
            listener(step);
        }
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Tracer")
    }
}
