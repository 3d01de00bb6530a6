//! Classes of one input, as the float network and its spiking form see it.

use super::{HeadValues, Sample};
use crate::ann::Graph;
use crate::detect::{Classifier, outputs};

/// What both networks take one input for.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// Class names, by index.
    pub classes: Vec<String>,
    /// Scores by class, 0 to 1.
    pub float: Vec<f64>,
    /// Scores of the spiking network by class, 0 to 1.
    pub spiking: Vec<f64>,
}

impl Classification {
    /// From the float output of `sample` and the spiking `heads`; `None` where there is no output,
    /// which [`Classifier::check`] refuses.
    pub fn new(
        classifier: &Classifier,
        graph: &Graph,
        sample: &Sample,
        heads: &[HeadValues],
    ) -> Option<Classification> {
        let float = classifier.scores(graph, outputs(graph, sample.values()).first()?.values);
        let spiking = classifier.scores(graph, &heads.first()?.values);
        Some(Classification { classes: classifier.classes.clone(), float, spiking })
    }
}

/// The class of the largest score, the first of equals, and that score.
pub fn best(scores: &[f64]) -> Option<(usize, f64)> {
    let better = |best: Option<(usize, f64)>, (class, &score): (usize, &f64)| match best {
        Some((_, most)) if most >= score => best,
        _ => Some((class, score)),
    };
    scores.iter().enumerate().fold(None, better)
}
