//! What a spike does to a potential: NIR does not say whether the threshold is subtracted.

use super::inline::{Node, Scope};
use super::words::{clip, names};
use crate::spiking::{Reset, Values};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What a caller says of all neurons of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetChoice {
    /// The threshold is subtracted.
    Subtract,
    /// The potential becomes 0.
    Zero,
}

impl FromStr for ResetChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<ResetChoice, String> {
        match text {
            "subtract" => Ok(ResetChoice::Subtract),
            "zero" => Ok(ResetChoice::Zero),
            _ => Err(format!("known are subtract and zero, and this is '{}'", clip(text))),
        }
    }
}

/// Why a layer has the reset that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Asked,
    Node,
    Graph,
    /// An `IF` whose spikes count whole.
    Plain,
    File,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Asked => "as the command line says",
            Why::Node => "as metadata of the nodes say",
            Why::Graph => "as metadata of the graph say",
            Why::Plain => "as is usual for IF with r = 1 and v_reset = 0; --reset zero changes it",
            Why::File => "to v_reset, 0 where it is missing; --reset subtract changes it",
        })
    }
}

/// The reset of a layer, and why. `plain` for an `IF` with r = 1.
///
/// # Errors
/// Metadata have another word.
pub fn choose(
    asked: Option<ResetChoice>,
    node: &Node,
    scope: &Scope,
    v_reset: Values,
    plain: bool,
) -> Result<(Reset, Why), String> {
    let word = |text: Option<&str>| text.map(ResetChoice::from_str).transpose();
    let of = |what| format!("metadata: reset: {what}");
    let (choice, why) = if let Some(choice) = asked {
        (choice, Why::Asked)
    } else if let Some(choice) = word(node.metadata.word("reset")?).map_err(of)? {
        (choice, Why::Node)
    } else if let Some(choice) = word(scope.reset.as_deref()).map_err(of)? {
        (choice, Why::Graph)
    } else if plain && v_reset.single() == Some(0.0) {
        (ResetChoice::Subtract, Why::Plain)
    } else {
        return Ok((Reset::To(v_reset), Why::File));
    };
    Ok(match choice {
        ResetChoice::Subtract => (Reset::Subtract, why),
        ResetChoice::Zero => (Reset::To(Values::all(0.0)), why),
    })
}

/// Which layers have which reset, a sentence for each kind, and what else is said of layers.
#[derive(Debug, Default)]
pub struct Told {
    resets: BTreeMap<(bool, Why), Vec<String>>,
    said: BTreeMap<String, Vec<String>>,
}

impl Told {
    pub fn add(&mut self, name: &str, reset: &Reset, why: Why) {
        self.resets.entry((*reset == Reset::Subtract, why)).or_default().push(name.to_owned());
    }

    /// Takes a sentence on a layer, if there is one.
    pub fn said(&mut self, name: &str, sentence: Option<String>) {
        sentence.into_iter().for_each(|s| self.said.entry(s).or_default().push(name.to_owned()));
    }

    pub fn sentences(self) -> impl Iterator<Item = String> {
        let resets = self.resets.into_iter().map(|((subtract, why), layers)| {
            let how = if subtract { "subtracts the threshold" } else { "sets the potential" };
            format!("a spike {how} in {}, {why}", names(&layers))
        });
        resets.chain(self.said.into_iter().map(|(what, of)| format!("{}: {what}", names(&of))))
    }
}
