//! `tune` of a network that spikes already: answers beside labels.

use super::bench::{Asked, Bench, Subject};
use super::folds::taken;
use super::output::{Tuned, searched};
use crate::ann;
use crate::cli::eval::{answered, one_output};
use crate::cli::journal::hash;
use crate::cli::judge::repeated;
use crate::cli::progress::Part;
use crate::cli::stimulus::{self, Stimuli};
use crate::cli::{Error, Result};
use crate::convert::spiking::thresholds;
use crate::convert::{Recipe, ScaledLayer};
use crate::encode::labelled::ClassItem;
use crate::eval::Answered;
use crate::pipeline::{Calibration, Prepared, Sample, Settings};
use crate::spiking::Graph;
use crate::tune::{Evidence, Space};
use std::collections::BTreeMap;
use std::path::Path;

/// Searches, judges and writes.
pub fn run(asked: Asked, graph: &Graph) -> Result<()> {
    let Asked { arguments, .. } = asked;
    let Some(data) = &arguments.data else {
        let what = "a set of labelled recordings or pictures";
        return Err(Error::NamesNothing { option: "--data", what }.into());
    };
    if thresholds::scalable(graph).is_empty() {
        return Err(Error::NoThresholds { network: arguments.network.clone() }.into());
    }
    let set = stimulus::labelled_set(data)?;
    one_output(graph, set.classes.len())?;
    let mut items = in_turn(set.items);
    items.truncate(taken(arguments, items.len()));
    let stimuli = Stimuli::new(&arguments.stimulus, graph, items, arguments.seed)?;
    let steps = match arguments.steps {
        Some(steps) => steps,
        None => stimuli.steps()?,
    };
    let folder = super::output::folder(asked)?;
    let untuned = arguments.recipe.clone().unwrap_or_default();
    // What is no recipe of such a network is told before anything runs.
    thresholds::scaled(graph.clone(), &untuned.spiking()?.thresholds)?;
    let subject = Spiking { graph, stimuli, classes: set.classes };
    let bench = Bench { asked, untuned, steps, subject };
    let tuned = |bench: &Bench<Spiking>, recipe: &Recipe, steps, _: &Path, _| {
        let mut setup = bench.settled(recipe, steps)?.setup;
        setup.detector = bench.subject.stimuli.describe();
        let text = bench.subject.changes(recipe);
        let hint = move |_: &Path| arguments.again(asked.profile, data, &text, steps);
        let says = "the tuned network is judged on all inputs with";
        Ok(Tuned { setup, tally: None, says, hint: Box::new(hint) })
    };
    searched(&bench, data, folder, tuned)
}

/// The first of each class, then the second of each, and so on. Sets by folders have one class
/// after the other, and the first inputs would be of one.
fn in_turn(items: Vec<ClassItem>) -> Vec<ClassItem> {
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    let turn = |item: ClassItem| {
        let turn = seen.entry(item.label).or_default();
        *turn += 1;
        (*turn, item)
    };
    let mut items: Vec<(usize, ClassItem)> = items.into_iter().map(turn).collect();
    items.sort_by_key(|(turn, item)| (*turn, item.label));
    items.into_iter().map(|(_, item)| item).collect()
}

/// A network that spikes already, and labelled inputs.
struct Spiking<'a> {
    graph: &'a Graph,
    stimuli: Stimuli,
    classes: Vec<String>,
}

impl Spiking<'_> {
    /// What a recipe changes, as text; empty where it changes nothing.
    fn changes(&self, recipe: &Recipe) -> String {
        // It was checked at the start.
        recipe.spiking().map(|recipe| recipe.text).unwrap_or_default()
    }
}

impl Subject for Spiking<'_> {
    type Look = (usize, Sample);
    const NOUN: &'static str = "input";

    fn inputs(&self) -> usize {
        self.stimuli.items.len()
    }

    fn space(&self, _: &Recipe, steps: usize) -> Result<Space> {
        let name = |p: usize| self.graph.populations[p].name.clone();
        let layer = |p| ScaledLayer { name: name(p), spikes: None };
        Ok(Space {
            layers: thresholds::scalable(self.graph).into_iter().map(layer).collect(),
            groups: 1,
            // It begins as it was trained to, and its inputs last as long as they do.
            initial: None,
            steps,
            fewer: false,
            phases: None,
        })
    }

    fn calibration(&self) -> Calibration<'_> {
        (&[][..]).into()
    }

    fn trained(&self) -> Option<&ann::Graph> {
        None
    }

    fn feed(&self, settings: Settings) -> Settings {
        Settings { feed: self.stimuli.feed(), ..settings }
    }

    fn look(&self, n: usize, steps: usize) -> Result<(usize, Sample)> {
        Ok((n, self.stimuli.sample(&self.stimuli.items[n], steps)?))
    }

    fn emulated(
        &self,
        prepared: &Prepared,
        (n, sample): &(usize, Sample),
        checkpoints: &[usize],
        told: &Part,
    ) -> Result<Evidence> {
        let mut distinct = checkpoints.to_vec();
        distinct.dedup();
        let read = answered(prepared, sample, &distinct, false, || told.step())?;
        let ClassItem { name, label, .. } = &self.stimuli.items[*n];
        let at = repeated(&read, &distinct, checkpoints);
        Ok(Answered { name: name.clone(), label: *label, at }.into())
    }

    fn parts(&self, order: &[usize]) -> Result<Vec<(&'static str, String)>> {
        let (mut inputs, mut labels) = (vec![], vec![]);
        for item in order.iter().map(|&n| &self.stimuli.items[n]) {
            inputs.push(format!("{:?} {}", item.name, stimulus::hash(item)?));
            labels.push(self.classes[item.label].clone());
        }
        let neurons: Vec<String> =
            self.graph.populations.iter().map(|p| format!("{:?}", p.unit)).collect();
        Ok(vec![
            ("inputs", hash(&inputs)),
            ("labels", hash(&labels)),
            ("form of the inputs", self.stimuli.describe()),
            // Its file does not say all of it: --dt and --reset do.
            ("neurons", hash(&neurons)),
        ])
    }

    fn told(&self, recipe: &Recipe) -> String {
        let changes = self.changes(recipe);
        if changes.is_empty() { "as given".into() } else { changes }
    }
}
