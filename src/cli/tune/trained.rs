//! `tune` of a trained detector: boxes beside those of the float network.

use super::bench::{Asked, Bench, Subject};
use super::folds::taken;
use super::output::{Tuned, searched};
use crate::ann::Graph;
use crate::cli::advice::Tried;
use crate::cli::feeding::Feeding;
use crate::cli::inside::{self, Inside};
use crate::cli::journal::hash;
use crate::cli::judge::{Eyes, Judge, Look, calibration, hashes, labelled};
use crate::cli::placement::CALIBRATION_STEPS;
use crate::cli::progress::Part;
use crate::cli::{Error, Result};
use crate::convert::file::{ConvertedFile, SUFFIX};
use crate::convert::{self, MaxPool, Neuron, Recipe};
use crate::detect::{Dataset, Labelled};
use crate::pipeline::{self, Calibration, Chosen, Prepared, Settings};
use crate::tune::{Evidence, PhaseSpace, Space};
use std::path::{Path, PathBuf};

/// Steps of an inference, where nobody says them.
const STEPS: usize = 64;

/// Searches, judges and writes.
pub fn run(asked: Asked, graph: &Graph, network: &Path, inside: &Option<Inside>) -> Result<()> {
    let Asked { arguments, imported, .. } = asked;
    let feeding = Feeding::new(arguments.detector.as_deref(), network, imported, graph)?;
    let decoder = feeding.decoder()?;
    let Some(data) = inside::given_or(&arguments.data, inside, Inside::scenes)? else {
        return Err(Error::NamesNothing { option: "--data", what: "a set of pictures" }.into());
    };
    let calibrate = inside::given_or(&arguments.calibrate, inside, Inside::calibration)?;
    let folder = super::output::folder(asked)?;
    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data)?.images, None),
        false => {
            let (images, tally) = labelled(&data, arguments.allow_outside, decoder)
                .map_err(|source| Error::Labels { source })?;
            (images, Some(tally))
        }
    };
    let calibration =
        calibration(calibrate.as_deref(), graph, &imported.sha256, &feeding, &images)?;
    let eyes = Eyes::Trained { graph, feeding: &feeding };
    let judge = Judge { eyes, decoder, checkpoints: &[] };
    let (feed, calibration) = (&feeding, calibration.get());
    let subject = Trained { asked, graph, feeding: feed, judge, images: vec![], calibration };
    let untuned = arguments.recipe.clone().unwrap_or_else(|| pipeline::plain_recipe(graph));
    let mut bench = Bench { asked, untuned, steps: arguments.steps.unwrap_or(STEPS), subject };
    if arguments.unlabelled {
        // Whether the chip takes the network comes before the floats look at all pictures.
        bench.settled(&bench.untuned, bench.steps)?;
        images = bench.subject.judge.with_objects(images)?;
    }
    images.truncate(taken(arguments, images.len()));
    bench.subject.images = images;
    let tuned = |bench: &Bench<Trained>, recipe: &Recipe, steps, folder: &Path, first: usize| {
        let file = bench.subject.converted(recipe)?;
        file.write(&folder.join(format!("tuned.{SUFFIX}")))?;
        let mut setup = bench.settled(recipe, steps)?.setup;
        setup.detector = feeding.describe();
        setup.notes.extend(feeding.notes());
        let picture = match arguments.data {
            Some(_) => bench.subject.images[first].path.clone(),
            // The pictures inside the program have no path that stays.
            None => PathBuf::from("digits"),
        };
        let hint = move |path: &Path| {
            let network = path.join(format!("tuned.{SUFFIX}"));
            arguments.hint(asked.profile, &network, &picture, steps)
        };
        let says = "the tuned network runs with";
        Ok(Tuned { setup, tally: tally.clone(), says, hint: Box::new(hint) })
    };
    searched(&bench, &data, folder, tuned)
}

/// A trained network, and labelled pictures.
struct Trained<'a> {
    asked: Asked<'a>,
    graph: &'a Graph,
    feeding: &'a Feeding,
    /// Its checkpoints are those of a run.
    judge: Judge<'a>,
    images: Vec<Labelled>,
    calibration: Calibration<'a>,
}

impl Trained<'_> {
    fn chosen(&self, recipe: &Recipe) -> Result<Chosen> {
        let Asked { profile, .. } = self.asked;
        let (graph, calibration) = (self.graph, self.calibration);
        let tried = Tried { graph, profile, recipe, calibration };
        let chosen = pipeline::choose(graph, profile, recipe, calibration);
        chosen.map_err(|error| tried.explained(error))
    }

    /// What is varied of two phases: lower thresholds first only where units and pools take halves
    /// of spikes.
    fn phases(&self, settings: &convert::Settings) -> Result<Option<PhaseSpace>> {
        if !self.asked.arguments.two_phase {
            return Ok(None);
        }
        if settings.phases.is_some() {
            return Err(Error::PhasesGiven.into());
        }
        let low = settings.neuron == Neuron::If && settings.pool != MaxPool::Telescoping;
        Ok(Some(PhaseSpace::new(low)))
    }

    fn converted(&self, recipe: &Recipe) -> Result<ConvertedFile> {
        let Chosen { conversion, settings, .. } = self.chosen(recipe)?;
        let imported = self.asked.imported;
        Ok(ConvertedFile {
            name: imported.name.clone(),
            network_sha256: imported.sha256.clone(),
            recipe: recipe.to_string(),
            settings,
            calibration: self.calibration.names(),
            detector: Some(self.feeding.text.clone()),
            version: env!("CARGO_PKG_VERSION").into(),
            graph: self.graph.clone(),
            conversion,
        })
    }
}

impl Subject for Trained<'_> {
    type Look = Look;
    const NOUN: &'static str = "picture";

    fn inputs(&self) -> usize {
        self.images.len()
    }

    fn space(&self, untuned: &Recipe, steps: usize) -> Result<Space> {
        let arguments = self.asked.arguments;
        let Chosen { conversion, settings, .. } = self.chosen(untuned)?;
        // Tracking units have no V(0).
        let varied = !arguments.keep_v0 && settings.neuron == Neuron::If;
        Ok(Space {
            layers: convert::scaled_layers(self.graph, &conversion, &settings),
            groups: arguments.groups,
            initial: varied.then_some(settings.initial),
            steps,
            fewer: !arguments.keep_steps && arguments.objective.varies_steps(),
            phases: self.phases(&settings)?,
        })
    }

    fn calibration(&self) -> Calibration<'_> {
        self.calibration
    }

    fn trained(&self) -> Option<&Graph> {
        Some(self.graph)
    }

    fn feed(&self, settings: Settings) -> Settings {
        Settings { placement_steps: CALIBRATION_STEPS, ..settings }
    }

    fn look(&self, n: usize, _: usize) -> Result<Look> {
        self.judge.look(&self.images[n])
    }

    fn emulated(
        &self,
        prepared: &Prepared,
        look: &Look,
        checkpoints: &[usize],
        told: &Part,
    ) -> Result<Evidence> {
        Ok(Judge { checkpoints, ..self.judge }.emulated(prepared, look, told)?.into())
    }

    fn parts(&self, order: &[usize]) -> Result<Vec<(&'static str, String)>> {
        let pictures = hashes(order.iter().map(|&n| &self.images[n]))?;
        Ok(vec![
            ("detector description", hash(std::slice::from_ref(&self.feeding.text))),
            ("pictures and labels", hash(&pictures)),
            ("calibration pictures", hash(&self.calibration.hashes())),
        ])
    }

    fn told(&self, recipe: &Recipe) -> String {
        recipe.to_string()
    }
}
