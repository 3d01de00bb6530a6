//! `convert --nir FILE.nir`: what was converted, as others read it.

use super::super::advice::Tried;
use super::super::output;
use super::super::stimulus::{CALIBRATE, DETECTOR};
use super::super::{Error, Result};
use super::Arguments;
use crate::convert::{Conversion, Delivery, Recipe};
use crate::export::nir;
use crate::import::{Imported, Network};
use crate::pipeline;
use crate::profile::Profile;
use crate::report::NewFile;
use std::path::Path;

/// Recipes whose networks NIR can hold, those that change least first.
const RECIPES: [&str; 4] = [
    "paper,v0=0",
    "paper,v0=0,pool=average",
    "paper,v0=0,negative=none",
    "paper,v0=0,pool=average,negative=none",
];

/// A NIR file to be, which must not exist yet.
pub struct NirFile(NewFile);

impl NirFile {
    /// Starts a file that will be `target`.
    pub fn create(target: &Path) -> Result<NirFile> {
        Ok(NirFile(NewFile::create(target, "--nir")?))
    }

    /// Writes it.
    pub fn finish(mut self, bytes: &[u8]) -> Result<()> {
        self.0.add(bytes)?;
        Ok(self.0.finish()?)
    }
}

/// The bytes of a converted network, or an error with a recipe that NIR can hold.
pub fn of_trained(tried: &Tried, conversion: &Conversion) -> Result<Vec<u8>> {
    nir::trained(conversion).map_err(|error| {
        let held = |text: &&&str| {
            let Ok(recipe) = Recipe::parse(text) else { return false };
            let chosen = pipeline::choose(tried.graph, tried.profile, &recipe, tried.calibration);
            chosen.is_ok_and(|chosen| nir::trained(&chosen.conversion).is_ok())
        };
        let advice = match RECIPES.iter().find(held) {
            Some(recipe) => format!("NIR holds what --recipe {recipe} makes of the network"),
            None => "no recipe makes a network of it that NIR holds".into(),
        };
        Error::NotNir { error, advice }.into()
    })
}

/// Says what the file cannot.
pub fn told(delivery: Delivery) {
    if delivery == Delivery::Unbalanced {
        output::remark(
            "NIR cannot say delivery=unbalanced: without --recipe delivery=unbalanced branches of \
             the file wait for each other",
        );
    }
}

/// Writes a network that needs no conversion, or whose whole numbers need none of calibration.
pub fn of_other(
    arguments: &Arguments,
    imported: &Imported,
    profile: &Profile,
    file: Option<NirFile>,
) -> Result<()> {
    let network = &arguments.network;
    let not_trained = |why| Error::NotTrained { network: network.clone(), why };
    let (graph, bytes) = match (&imported.network, file) {
        (Network::Spiking(graph), Some(file)) => (Some(graph), file),
        (Network::Converted(_), Some(file)) => (None, file),
        (Network::Spiking(_) | Network::Converted(_), None) => {
            let why = "; there is nothing to convert, and --nir FILE.nir writes its whole numbers";
            return Err(not_trained(why).into());
        }
        (Network::Float(_) | Network::Placed(_), _) => {
            return Err(not_trained("; there is nothing to convert").into());
        }
    };
    let idle = [
        (arguments.out.is_some(), "--out"),
        (arguments.calibrate.is_some(), CALIBRATE),
        (arguments.detector.is_some(), DETECTOR),
        (arguments.report.is_some(), "--report"),
        (arguments.input.is_some(), "--input"),
        (arguments.recipe.is_some() && graph.is_none(), "--recipe"),
    ];
    if let Some((_, option)) = idle.into_iter().find(|(given, _)| *given) {
        let why = "the network is converted already, and only its NIR file is written";
        return Err(Error::Effectless { what: network.clone(), option, why }.into());
    }
    let (made, delivery) = match (&imported.network, graph) {
        (Network::Converted(converted), _) => {
            (nir::trained(&converted.conversion)?, converted.settings.delivery)
        }
        (_, Some(graph)) => {
            let recipe = arguments.recipe.clone().unwrap_or_default();
            let whole = pipeline::whole_numbers(graph, profile, &recipe)?;
            let delivery = recipe.spiking().map_or(Delivery::Balanced, |recipe| recipe.delivery);
            (nir::spiking(&whole, graph.dt)?, delivery)
        }
        _ => return Err(not_trained("; there is nothing to convert").into()),
    };
    bytes.finish(&made)?;
    told(delivery);
    output::line(format_args!("written to {}", super::written(arguments)))
}
