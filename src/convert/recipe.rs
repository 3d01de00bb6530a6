//! Named recipes and changes to them, as text: `best`, or `paper,norm=layer,pool=telescoping`.

use serde::{Deserialize, Serialize};

use super::settings::*;
use super::text::KEYS;
use super::{Error, check};
use crate::ann::host::Host;
use crate::ann::op::Activation;
use crate::ann::{Form, Graph};
use crate::suggest::{hint, quoted};

/// Names of the recipes.
pub const RECIPES: [&str; 3] = ["paper-strict", "paper", "best"];

/// A named recipe and changes to it, as text chose them; see [`Recipe::settings`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipe {
    base: Base,
    /// Key and value, both known.
    changes: Vec<(String, String)>,
}

/// What text chooses of a network that spikes already.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpikingRecipe {
    /// Bits of a weight, its sign included; `None`: not chosen.
    pub weight_bits: Option<u32>,
    /// Weight steps per float.
    pub scale: Option<f64>,
    /// When spikes of a layer act on the next.
    pub delivery: Delivery,
    /// A factor for every layer that fires and is no output, in order; empty: all are 1.
    pub thresholds: Vec<f64>,
    /// The changes, as text.
    pub text: String,
}

/// The one key that trained networks do not have.
const SCALE: &str = "scale";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    PaperStrict,
    Paper,
    Best,
}

/// What of a chip decides what is best there; see [`Recipe::best_on`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chip {
    /// It has steps.
    pub steps: bool,
    /// It has units that take spikes back, and steps, without which these do not rest.
    pub tracks: bool,
    /// It has units that never fire and whose membrane is read.
    pub reads_membranes: bool,
    /// Most bits of a weight; `None`: any number.
    pub weight_bits: Option<u32>,
}

impl Default for Recipe {
    /// `paper`.
    fn default() -> Self {
        Recipe { base: Base::Paper, changes: vec![] }
    }
}

impl Recipe {
    /// `best`, unchanged.
    pub fn best() -> Recipe {
        Recipe { base: Base::Best, changes: vec![] }
    }

    /// What nobody need choose on `chip`: `best`, or without units that take spikes back plain
    /// ones, one spike a step, and telescoping pools. The rule stands in docs/conversion.md.
    ///
    /// ```
    /// use spikemesh::convert::{Chip, Recipe};
    ///
    /// let bits = Some(4);
    /// let chip = Chip { steps: true, tracks: false, reads_membranes: false, weight_bits: bits };
    /// let recipe = Recipe::best_on(&chip).to_string();
    /// assert_eq!(recipe, "paper,pool=telescoping,input=16,after=0,readout=count,weights=4");
    /// let chip = Chip { steps: true, tracks: true, reads_membranes: true, weight_bits: None };
    /// assert_eq!(Recipe::best_on(&chip), Recipe::best());
    /// ```
    pub fn best_on(chip: &Chip) -> Recipe {
        let with = |recipe: Recipe, (name, value): (&str, &str)| recipe.with(name, value.into());
        let mut recipe = match chip.tracks {
            true => Recipe::best(),
            false => {
                [("pool", "telescoping"), ("input", "16")].into_iter().fold(Recipe::default(), with)
            }
        };
        // With steps, layers begin one after the other, and there is no start to leave out.
        if chip.steps && !chip.tracks {
            recipe = with(recipe, ("after", "0"));
        }
        if !chip.reads_membranes {
            recipe = with(recipe, ("readout", "count"));
        }
        match chip.weight_bits {
            Some(bits) if bits < Settings::default().weight_bits => {
                recipe.with("weights", bits.to_string())
            }
            _ => recipe,
        }
    }

    /// Reads a name, or changes, or a name and changes, joined by commas; without a name the
    /// changes are to `paper`. Settings: see docs/conversion.md.
    ///
    /// ```
    /// use spikemesh::convert::Recipe;
    ///
    /// let recipe = Recipe::parse("paper,norm=layer,pool=telescoping")?;
    /// assert_eq!(recipe.to_string(), "paper,norm=layer,pool=telescoping");
    /// let unknown = Recipe::parse("paper,color=red").unwrap_err().to_string();
    /// assert!(unknown.contains("known settings are neuron, burst, norm,"));
    /// # Ok::<(), spikemesh::convert::Error>(())
    /// ```
    ///
    /// # Errors
    /// An unknown name, key or value; the message lists the known ones.
    pub fn parse(text: &str) -> Result<Recipe, Error> {
        let fail = |why| Err(Error::Recipe { recipe: text.into(), why });
        let mut recipe = Recipe::default();
        for (place, item) in text.split(',').map(str::trim).enumerate() {
            let Some((name, value)) = item.split_once('=').map(|(n, v)| (n.trim(), v.trim()))
            else {
                match item {
                    "paper-strict" if place == 0 => recipe.base = Base::PaperStrict,
                    "paper" if place == 0 => recipe.base = Base::Paper,
                    "best" if place == 0 => recipe.base = Base::Best,
                    _ => {
                        let known = RECIPES.join(", ");
                        return fail(format!(
                            "`{item}` is no recipe; a text starts with one of {known}, changes \
                             `key=value` follow{}",
                            hint(item, RECIPES)
                        ));
                    }
                }
                continue;
            };
            if name == SCALE {
                if !value.parse().is_ok_and(|scale: f64| scale.is_finite() && scale > 0.0) {
                    return fail(format!("{name} cannot be `{value}`; it is a number above 0"));
                }
                recipe = recipe.with(name, value.into());
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                let known: Vec<_> = KEYS.iter().map(|key| key.name).collect();
                let hint = hint(name, known.iter().copied());
                return fail(format!(
                    "no setting `{name}`; known settings are {}{hint}",
                    known.join(", ")
                ));
            };
            if !(key.set)(&mut Settings::default(), value) {
                let values = (key.values)();
                let hint = hint(value, quoted(&values));
                return fail(format!("{name} cannot be `{value}`; it is {values}{hint}"));
            }
            recipe = recipe.with(name, value.into());
        }
        Ok(recipe)
    }

    /// Reads several recipes, joined by commas: a name begins the next one.
    ///
    /// # Errors
    /// As [`Recipe::parse`].
    pub fn parse_list(text: &str) -> Result<Vec<Recipe>, Error> {
        let mut texts: Vec<String> = vec![];
        for item in text.split(',') {
            match texts.last_mut() {
                Some(last) if item.contains('=') => *last = format!("{last},{item}"),
                _ => texts.push(item.into()),
            }
        }
        texts.iter().map(|text| Recipe::parse(text)).collect()
    }

    /// The same with one more change, to a known setting.
    pub fn with(mut self, name: &str, value: String) -> Recipe {
        self.changes.retain(|(old, _)| old != name);
        self.changes.push((name.into(), value));
        self
    }

    /// The choices of a network that spikes already: `weights`, `scale`, `delivery` and
    /// `thresholds` alone.
    ///
    /// # Errors
    /// Any other change.
    pub fn spiking(&self) -> Result<SpikingRecipe, Error> {
        if self.base != Base::Paper {
            let why = "a network that spikes already has no recipe of this name; give changes \
                       alone, such as weights=16"
                .into();
            return Err(Error::Recipe { recipe: self.to_string(), why });
        }
        let mut recipe = SpikingRecipe::default();
        let mut words = vec![];
        for (name, value) in &self.changes {
            let mut settings = Settings::default();
            let known = KEYS.iter().filter(|key| key.name == name);
            known.for_each(|key| {
                (key.set)(&mut settings, value);
            });
            match name.as_str() {
                // Values were checked when the recipe was read.
                SCALE => recipe.scale = value.parse().ok(),
                "weights" => recipe.weight_bits = Some(settings.weight_bits),
                "delivery" => recipe.delivery = settings.delivery,
                "thresholds" => recipe.thresholds = self.by_layer(&settings.thresholds)?,
                _ => {
                    let why = format!(
                        "`{name}` is for trained networks; one that spikes already takes weights, \
                         scale, delivery and thresholds"
                    );
                    return Err(Error::Recipe { recipe: self.to_string(), why });
                }
            }
            words.push(format!("{name}={value}"));
        }
        recipe.text = words.join(",");
        Ok(recipe)
    }

    /// A factor for each layer, where groups of channels have none of their own.
    fn by_layer(&self, layers: &[Vec<f64>]) -> Result<Vec<f64>, Error> {
        let one = |groups: &Vec<f64>| match groups[..] {
            [factor] => Ok(factor),
            _ => {
                let why = "groups of channels are for trained networks; one that spikes already \
                           takes one threshold for each layer, such as thresholds=1.15/1.15"
                    .into();
                Err(Error::Recipe { recipe: self.to_string(), why })
            }
        };
        layers.iter().map(one).collect()
    }

    /// The settings for `graph`, on a chip whose packets carry one spike.
    ///
    /// # Errors
    /// Choices that exclude each other.
    pub fn settings(&self, graph: &Graph) -> Result<Settings, Error> {
        self.settings_on(graph, 1)
    }

    /// The same on a chip whose packets carry up to `payload` spikes; only `best` depends on graph
    /// and payload.
    ///
    /// # Errors
    /// Choices that exclude each other.
    pub fn settings_on(&self, graph: &Graph, payload: u64) -> Result<Settings, Error> {
        let mut settings = match self.base {
            Base::PaperStrict => paper_strict(),
            Base::Paper => Settings::default(),
            Base::Best => best(graph, payload),
        };
        for (name, value) in &self.changes {
            if name == SCALE {
                let why = "`scale` is for networks that spike already".into();
                return Err(Error::Recipe { recipe: self.to_string(), why });
            }
            // Names and values were checked when the recipe was read.
            KEYS.iter().filter(|key| key.name == name).for_each(|key| {
                (key.set)(&mut settings, value);
            });
        }
        check(&settings)?;
        Ok(settings)
    }
}

impl Settings {
    /// Every choice that is no property of the chip, as a text that [`Recipe::parse`] reads.
    pub fn describe(&self) -> String {
        let items: Vec<_> =
            KEYS.iter().map(|key| format!("{}={}", key.name, (key.get)(self))).collect();
        items.join(",")
    }
}

impl std::fmt::Display for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self.base {
            Base::PaperStrict => RECIPES[0],
            Base::Paper => RECIPES[1],
            Base::Best => RECIPES[2],
        })?;
        self.changes.iter().try_for_each(|(name, value)| write!(f, ",{name}={value}"))
    }
}

impl std::str::FromStr for Recipe {
    type Err = Error;

    fn from_str(text: &str) -> Result<Recipe, Error> {
        Recipe::parse(text)
    }
}

impl TryFrom<String> for Recipe {
    type Error = Error;

    fn try_from(text: String) -> Result<Recipe, Error> {
        Recipe::parse(&text)
    }
}

impl From<Recipe> for String {
    fn from(recipe: Recipe) -> String {
        recipe.to_string()
    }
}

/// As published (Kim et al. 2020).
fn paper_strict() -> Settings {
    Settings {
        lambda: Lambda::Max,
        initial: 0.0,
        readout_after: ReadoutAfter::Step(0),
        ..Settings::default()
    }
}

/// The analogue layer in 16 bits, as it costs the chip nothing; tracking units, telescoping pools,
/// sums in populations of their own, and as many spikes a step as [`best_burst`] says.
fn best(graph: &Graph, payload: u64) -> Settings {
    Settings {
        neuron: Neuron::Tracking,
        pool: MaxPool::Telescoping,
        burst: best_burst(graph, payload),
        residual: Residual::AddPopulation,
        input_bits: Some(16),
        readout_after: ReadoutAfter::Step(0),
        // What weights lose adds up along curves, which take any number there is; others cut most
        // of it off.
        rounding: if has_curves(graph) { Rounding::Mean } else { Rounding::Nearest },
        ..Settings::default()
    }
}

/// The largest clip that `best` counts on: that of a ReLU6, and some more.
const NARROW: f64 = 8.0;

/// Spikes of a quarter of lambda: in clipped networks up to the clip, in others so many that no
/// peak above the percentile is lost. What a curve loses by rounding stays, however many steps
/// follow: it gets finer spikes, as fine as a packet's payload allows, and as much room above
/// lambda.
fn best_burst(graph: &Graph, payload: u64) -> (u32, u32) {
    let curves = has_curves(graph);
    match payload {
        2047.. if curves => (2047, 255),
        255.. if curves => (255, 63),
        _ if curves => (31, 15),
        _ if any(graph, is_narrow) => (4, 4),
        _ => (31, 4),
    }
}

/// Whether some of the chip's part takes units that follow a curve, as a SiLU does.
pub fn has_curves(graph: &Graph) -> bool {
    any(graph, |form| matches!(form, Form::Units(Activation::Curve(_))))
}

fn any(graph: &Graph, is: impl Fn(Form) -> bool) -> bool {
    graph.nodes[..Host::of(graph).first].iter().any(|node| is(node.op.form()))
}

/// Whether it is a clip that units are likely to meet.
fn is_narrow(form: Form) -> bool {
    matches!(form, Form::Units(Activation::Clip(high)) if f64::from(high) <= NARROW)
}
