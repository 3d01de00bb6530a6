//! What tells a conversion how large activations are.

use super::Sample;
use crate::ann::Graph;
use crate::convert::ranges::Ranges;
use crate::convert::{self, Conversion, Unsure};
use crate::mapping::{Gap, Verdict};

/// What calibrates a conversion.
#[derive(Debug, Clone, Copy)]
pub enum Calibration<'a> {
    /// Inputs that were chosen for it.
    Inputs(&'a [Sample]),
    /// The first of the inputs that are emulated: what an input costs depends on its neighbours.
    Own(&'a [Sample]),
    /// What was measured once.
    Ranges(&'a Ranges),
}

impl<'a> Calibration<'a> {
    /// None: for networks that are converted already, or never.
    pub const NONE: Calibration<'static> = Calibration::Inputs(&[]);

    /// Inputs that calibrate, where inputs do.
    pub fn samples(self) -> &'a [Sample] {
        match self {
            Calibration::Inputs(samples) | Calibration::Own(samples) => samples,
            Calibration::Ranges(_) => &[],
        }
    }

    /// The first input, if inputs calibrate.
    pub fn first(self) -> Option<&'a Sample> {
        self.samples().first()
    }

    /// Names of the inputs that were measured.
    pub fn names(self) -> Vec<String> {
        match self {
            Calibration::Ranges(ranges) => ranges.describe(),
            _ => self.samples().iter().map(|sample| sample.name.clone()).collect(),
        }
    }

    /// Hashes of what was measured, hexadecimal.
    pub fn hashes(self) -> Vec<String> {
        match self {
            Calibration::Ranges(ranges) => vec![ranges.sha256()],
            _ => self.samples().iter().map(|sample| sample.sha256.clone()).collect(),
        }
    }

    /// Calls `with` with what the conversion takes.
    pub(super) fn hand<T>(self, with: impl FnOnce(convert::Calibration) -> T) -> T {
        let values: Vec<&[Vec<f32>]> = self.samples().iter().map(Sample::values).collect();
        with(match self {
            Calibration::Ranges(ranges) => convert::Calibration::Ranges(ranges),
            _ => convert::Calibration::Values(&values),
        })
    }

    /// What reports say of it.
    pub fn remark(self) -> Option<Gap> {
        let Calibration::Own(samples) = self else { return None };
        let what = match samples.len() {
            1 => "the first input itself".to_string(),
            count => format!("the first {count} inputs themselves"),
        };
        let message = format!(
            "calibrated on {what}: beside other inputs the same one may take other joules; \
             --calibrate names fixed ones"
        );
        Some(remark(String::new(), message))
    }
}

/// What calibration did not tell of the channels of `conversion`.
pub fn unsure(graph: &Graph, conversion: &Conversion) -> Vec<Gap> {
    conversion.unsure.iter().flat_map(|unsure| layer(graph, unsure)).collect()
}

fn layer(graph: &Graph, unsure: &Unsure) -> Vec<Gap> {
    let name = &graph.nodes[unsure.node].name;
    let parts = [
        (
            &unsure.unseen,
            "as good as silent on the calibration; the layer's threshold stands for theirs",
        ),
        (
            &unsure.raised,
            "too faint on the calibration for the membrane; thresholds raised until they fit",
        ),
    ];
    let stated = parts.into_iter().filter(|(channels, _)| !channels.is_empty());
    let gap = |(channels, what): (&Vec<usize>, &str)| {
        remark(name.clone(), format!("layer {name}: {}: {what}", listed(channels)))
    };
    stated.map(gap).collect()
}

/// Most channels that a message lists.
const LISTED: usize = 8;

fn listed(channels: &[usize]) -> String {
    let first: Vec<String> = channels.iter().take(LISTED).map(usize::to_string).collect();
    let first = first.join(", ");
    match (channels.len(), channels.len().saturating_sub(LISTED)) {
        (1, _) => format!("channel {first}"),
        (_, 0) => format!("channels {first}"),
        (_, more) => format!("channels {first} and {more} more"),
    }
}

fn remark(layer: String, message: String) -> Gap {
    Gap { verdict: Verdict::Assumed, layer, limit: CALIBRATION.into(), message }
}

/// The limit that gaps of the calibration name.
pub const CALIBRATION: &str = "calibration";

impl<'a> From<&'a [Sample]> for Calibration<'a> {
    fn from(samples: &'a [Sample]) -> Self {
        Calibration::Inputs(samples)
    }
}

impl<'a, const N: usize> From<&'a [Sample; N]> for Calibration<'a> {
    fn from(samples: &'a [Sample; N]) -> Self {
        Calibration::Inputs(samples)
    }
}

impl<'a> From<&'a Vec<Sample>> for Calibration<'a> {
    fn from(samples: &'a Vec<Sample>) -> Self {
        Calibration::Inputs(samples)
    }
}
