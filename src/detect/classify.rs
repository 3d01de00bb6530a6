//! What the output of a classifier means, read from the `[classify]` table of `*.detector.toml`.

use std::path::Path;

use serde::Deserialize;

use super::checked;
use super::dataset::names;
use super::error::Error;
use crate::ann::op::Softmax;
use crate::ann::{Graph, Op};
use crate::plain::plain;

/// A classifier's one output: a number for each class, of which the largest wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classifier {
    /// Class names, in the order of the network.
    pub classes: Vec<String>,
}

/// Classes that a message names.
const NAMED: usize = 10;

/// The `[classify]` table as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(deserialize_with = "checked::classes")]
    classes: Vec<String>,
}

/// The part of the file that `encode` leaves to this module.
#[derive(Deserialize)]
struct File {
    classify: Option<Table>,
    detect: Option<serde::de::IgnoredAny>,
}

impl Classifier {
    /// The rule in the description `text`, if it has one; `path` is for messages.
    ///
    /// # Errors
    /// A table with a fault, or one beside `[detect]`.
    pub fn parse(text: &str, path: &Path) -> Result<Option<Classifier>, Error> {
        let invalid = |reason: String| Error::Description { path: path.into(), reason };
        let file: File =
            toml::from_str(text).map_err(|e| invalid(plain(e.to_string().trim_end())))?;
        match (file.classify, file.detect) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => {
                Err(invalid("it has [detect] and [classify]; leave one of them".into()))
            }
            (Some(table), None) => Ok(Some(Classifier { classes: table.classes })),
        }
    }

    /// Checks that the network has one output with a number for each class.
    ///
    /// # Errors
    /// It has other outputs.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let found: Vec<usize> =
            graph.heads.iter().map(|head| graph.nodes[head.node].shape.len()).collect();
        match found[..] == [self.classes.len()] {
            true => Ok(()),
            false => Err(Error::ClassOutputs { classes: self.classes.len(), found }),
        }
    }

    /// Of each class of a labelled set, which one of the network it is: by name, as
    /// [`Dataset::for_classes`] has names; where no name is known and all are numbers, by number.
    ///
    /// # Errors
    /// A class that the network does not have.
    ///
    /// [`Dataset::for_classes`]: super::Dataset::for_classes
    pub fn places(&self, set: &[String]) -> Result<Vec<usize>, Error> {
        let mut places = names::places(set, &self.classes);
        if places.iter().all(Option::is_none) {
            let number = |name: &String| name.parse().ok().filter(|&n| n < self.classes.len());
            places = set.iter().map(number).collect();
        }
        let known = || {
            let first: Vec<&str> = self.classes.iter().take(NAMED).map(String::as_str).collect();
            let more = self.classes.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{}{more}", first.join(", "))
        };
        let place = |(place, class): (Option<usize>, &String)| {
            let advice = "correct the names, or `classes` of the description";
            let unknown = || Error::ClassNames { class: class.clone(), known: known(), advice };
            place.ok_or_else(unknown)
        };
        places.into_iter().zip(set).map(place).collect()
    }

    /// Scores of the classes, 0 to 1, which sum to 1: the softmax of the `output` of `graph`, or
    /// the output itself where the network ends in one.
    pub fn scores(&self, graph: &Graph, output: &[f32]) -> Vec<f64> {
        let last = graph.heads.first().map(|head| &graph.nodes[head.node].op);
        if let Some(Op::Softmax(Softmax { log: false, .. })) = last {
            return output.iter().copied().map(f64::from).collect();
        }
        let most = output.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = output.iter().map(|&x| f64::from(x - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::op::Input;
    use crate::ann::{Head, Node, Shape};

    #[test]
    fn scores_are_shares() {
        let classifier = Classifier { classes: vec!["a".into(), "b".into(), "c".into()] };
        let network = |op: Op| {
            let node = Node { name: "y".into(), op, inputs: vec![], shape: Shape::new(3, 1, 1) };
            let heads = vec![Head { name: "y".into(), node: 0 }];
            Graph { name: "x".into(), nodes: vec![node], input: 0, heads }
        };
        let softmax = |log| Softmax { count: 3, stride: 1, log }.into();
        for last in [Op::Input(Input), softmax(true)] {
            let scores = |output: &[f32]| classifier.scores(&network(last.clone()), output);
            let found = scores(&[1.0, 1.0 + 2f32.ln(), 200.0 - 199.0]);
            assert!((found[1] - 0.5).abs() < 1e-6 && (found[0] - 0.25).abs() < 1e-6, "{found:?}");
            assert!(scores(&[900.0, -900.0, 0.0]).iter().all(|score| score.is_finite()));
        }
        let shares = classifier.scores(&network(softmax(false)), &[0.5, 0.25, 0.25]);
        assert_eq!(shares, [0.5, 0.25, 0.25]);
    }

    #[test]
    fn classes_of_a_set_are_found_by_name_and_else_by_number() {
        let classifier = Classifier { classes: ["cat", "sofa", "2"].map(String::from).into() };
        let places = |set: &[&str]| {
            let set: Vec<String> = set.iter().copied().map(String::from).collect();
            classifier.places(&set)
        };
        assert_eq!(places(&["Couch", "cat"]).unwrap(), [1, 0]);
        assert_eq!(places(&["0", "1"]).unwrap(), [0, 1]);
        // One name is known, so that numbers are names.
        let error = places(&["2", "1"]).unwrap_err().to_string();
        assert!(error.contains("class `1`") && error.contains("cat, sofa, 2"), "{error}");
        assert!(places(&["0", "3"]).is_err());
    }

    #[test]
    fn one_rule_a_description() {
        let parse = |text: &str| Classifier::parse(text, Path::new("x"));
        assert_eq!(parse("width = 3").unwrap(), None);
        let classes = parse("[classify]\nclasses = [\"cat\", \"dog\"]").unwrap().unwrap().classes;
        assert_eq!(classes, ["cat", "dog"]);
        let both = parse("[detect]\n[classify]\nclasses = [\"cat\"]").unwrap_err().to_string();
        assert!(both.contains("leave one"), "{both}");
        let unknown = parse("[classify]\nclasses = [\"cat\"]\nscore = 1").unwrap_err().to_string();
        assert!(unknown.contains("score"), "{unknown}");
    }
}
