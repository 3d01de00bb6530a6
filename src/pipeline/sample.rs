//! What one inference is fed, and what a trained network makes of it in floats.

use super::{Error, HeadValues};
use crate::ann::{self, Graph, NodeId};
use crate::snn::Train;

/// One input, and what a trained network makes of it in floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Name of the input.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// What of it is not as its file has it: events left out, a picture stretched.
    pub notes: Vec<String>,
    seen: Seen,
}

#[derive(Debug, Clone, PartialEq)]
enum Seen {
    /// Float values of every node of the graph, of which `input` is the input.
    Floats { input: NodeId, values: Vec<Vec<f32>> },
    /// What a network that spikes already is fed.
    Stimulus(Stimulus),
}

/// What a network that spikes already is fed, in the order of its float graph:
/// `[channels, height, width]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Stimulus {
    /// Of its one input population; a step stands for `step_ns`, which is a period of a chip
    /// without steps.
    Spikes {
        /// The spikes.
        train: Train,
        /// Nanoseconds that a step stands for.
        step_ns: f64,
    },
    /// A constant input, step after step.
    Image(Vec<f64>),
}

impl Sample {
    /// Runs the float network on `input`, `[channels, height, width]`.
    pub fn new(
        graph: &Graph,
        name: String,
        sha256: String,
        input: &[f32],
    ) -> Result<Sample, Error> {
        let values = ann::exec::run(graph, input)?;
        let seen = Seen::Floats { input: graph.input, values };
        Ok(Sample { name, sha256, notes: vec![], seen })
    }

    /// One input of a network that spikes already.
    pub fn of(name: String, sha256: String, stimulus: Stimulus) -> Sample {
        Sample { name, sha256, notes: vec![], seen: Seen::Stimulus(stimulus) }
    }

    /// The same with notes.
    pub fn with_notes(self, notes: Vec<String>) -> Sample {
        Sample { notes, ..self }
    }

    /// Float values of every node of the graph; none of a network that spikes already.
    pub fn values(&self) -> &[Vec<f32>] {
        match &self.seen {
            Seen::Floats { values, .. } => values,
            Seen::Stimulus(_) => &[],
        }
    }

    /// What a network that spikes already is fed.
    pub fn stimulus(&self) -> Option<&Stimulus> {
        match &self.seen {
            Seen::Stimulus(stimulus) => Some(stimulus),
            Seen::Floats { .. } => None,
        }
    }

    /// The float network's outputs; `graph` is the one that ran.
    pub fn heads(&self, graph: &Graph) -> Vec<HeadValues> {
        let head = |head: &ann::Head| HeadValues {
            name: head.name.clone(),
            shape: graph.nodes[head.node].shape,
            values: self.values()[head.node].clone(),
        };
        graph.heads.iter().map(head).collect()
    }

    /// The input, `[channels, height, width]`.
    pub fn image(&self) -> &[f32] {
        match &self.seen {
            Seen::Floats { input, values } => &values[*input],
            Seen::Stimulus(_) => &[],
        }
    }
}
