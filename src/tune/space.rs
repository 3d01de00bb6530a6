//! What a search varies.

use super::search::Cube;
use crate::convert::{Phases, Recipe, ScaledLayer};

/// Range of a threshold in multiples of lambda, as powers of two: 1/2 to 2.
const OCTAVES: f64 = 1.0;

/// Fewest steps that are tried, as a power of two of those of the untuned network: a quarter.
const FEWER: f64 = -2.0;

/// Variables of a search: a threshold for every layer (or for each group of its channels), then
/// perhaps V(0), the steps, two phases. Points are in the unit cube.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Layers whose thresholds are searched.
    pub layers: Vec<ScaledLayer>,
    /// Groups of a layer's channels with a threshold each; at least one.
    pub groups: usize,
    /// V(0) / th of the untuned network, where it is varied.
    pub initial: Option<f64>,
    /// Steps of an inference of the untuned network.
    pub steps: usize,
    /// Whether fewer are tried.
    pub fewer: bool,
    /// The first of two phases, where it is searched.
    pub phases: Option<PhaseSpace>,
}

/// Two-phase thresholds: a factor for all layers, and the step at which it ends.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseSpace {
    /// Powers of two of the factors in equal shares of the unit interval; one of them is 0, no
    /// first phase.
    pub octaves: Vec<i32>,
}

impl PhaseSpace {
    /// Higher thresholds first, and lower ones where the conversion can (`low`).
    pub fn new(low: bool) -> PhaseSpace {
        PhaseSpace { octaves: if low { vec![-1, 0, 1, 2] } else { vec![0, 1, 2, 3] } }
    }

    fn untuned(&self) -> [f64; 2] {
        let zero = self.octaves.iter().position(|&octaves| octaves == 0).unwrap_or(0);
        [(zero as f64 + 0.5) / self.octaves.len() as f64, 0.5]
    }

    fn at(&self, factor: f64, switch: f64, steps: usize) -> Option<Phases> {
        let octaves =
            self.octaves.get(self.share(factor)).copied().filter(|&octaves| octaves != 0)?;
        let switch = (switch * steps as f64).round() as usize;
        Some(Phases { octaves, switch: switch.clamp(1, steps.saturating_sub(1).max(1)) })
    }

    fn share(&self, factor: f64) -> usize {
        ((factor * self.octaves.len() as f64) as usize).min(self.octaves.len().saturating_sub(1))
    }

    /// The middle of all that means the same.
    fn snapped(&self, factor: f64, switch: f64, steps: usize) -> [f64; 2] {
        match self.at(factor, switch, steps) {
            None => self.untuned(),
            Some(phases) => [
                (self.share(factor) as f64 + 0.5) / self.octaves.len() as f64,
                phases.switch as f64 / steps as f64,
            ],
        }
    }
}

impl Space {
    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        let initial = self.initial.map(|_| "v0".to_string());
        let steps = self.fewer.then(|| "steps".to_string());
        let phases =
            self.phases.iter().flat_map(|_| ["first phase".to_string(), "switch".to_string()]);
        let thresholds = |layer: &ScaledLayer| -> Vec<String> {
            match self.groups {
                1 => vec![format!("threshold {}", layer.name)],
                groups => {
                    (1..=groups).map(|group| format!("threshold {} {group}", layer.name)).collect()
                }
            }
        };
        self.layers.iter().flat_map(thresholds).chain(initial).chain(steps).chain(phases).collect()
    }

    /// The untuned network.
    pub fn untuned(&self) -> Vec<f64> {
        let phases = self.phases.iter().flat_map(PhaseSpace::untuned);
        let steps = self.fewer.then_some(1.0);
        vec![0.5; self.factors()]
            .into_iter()
            .chain(self.initial)
            .chain(steps)
            .chain(phases)
            .collect()
    }

    fn factors(&self) -> usize {
        self.layers.len() * self.groups
    }

    /// Thresholds in multiples of lambda, to four digits, as a recipe takes them.
    pub fn thresholds(&self, point: &[f64]) -> String {
        let factor = |x: &f64| rounded((OCTAVES * (2.0 * x - 1.0)).exp2()).to_string();
        let layer = |groups: &[f64]| groups.iter().map(factor).collect::<Vec<_>>().join(":");
        let factors = &point[..self.factors().min(point.len())];
        factors.chunks(self.groups.max(1)).map(layer).collect::<Vec<_>>().join("/")
    }

    /// V(0) / th, if it is varied.
    pub fn initial(&self, point: &[f64]) -> Option<f64> {
        self.initial?;
        point.get(self.factors()).copied().map(rounded)
    }

    /// Steps of an inference.
    pub fn steps(&self, point: &[f64]) -> usize {
        match point.get(self.steps_at()) {
            Some(x) if self.fewer => {
                let steps = self.steps as f64 * (FEWER * (1.0 - x)).exp2();
                (steps.round() as usize).clamp(1, self.steps)
            }
            _ => self.steps,
        }
    }

    fn steps_at(&self) -> usize {
        self.factors() + usize::from(self.initial.is_some())
    }

    /// The first of two phases, if there is one.
    pub fn phases(&self, point: &[f64]) -> Option<Phases> {
        match (&self.phases, point) {
            (Some(phases), [.., factor, switch]) => phases.at(*factor, *switch, self.steps(point)),
            _ => None,
        }
    }

    /// `base` with the thresholds of a point.
    pub fn recipe(&self, base: &Recipe, point: &[f64]) -> Recipe {
        let mut recipe = base.clone().with("thresholds", self.thresholds(point));
        if let Some(initial) = self.initial(point) {
            recipe = recipe.with("v0", initial.to_string());
        }
        match self.phases(point) {
            Some(phases) => recipe.with("phases", phases.to_string()),
            None => recipe,
        }
    }
}

impl Cube for Space {
    fn start(&self) -> Vec<f64> {
        self.untuned()
    }

    /// That of whole steps, and of whole spikes in a clip.
    fn snapped(&self, point: &[f64]) -> Vec<f64> {
        let octaves = self.phases(point).map_or(0, |phases| phases.octaves);
        let mut snapped = point.to_vec();
        for (n, x) in snapped.iter_mut().take(self.factors()).enumerate() {
            let layer = &self.layers[n / self.groups];
            if layer.spikes.is_some() {
                let factor = layer.nearest((OCTAVES * (2.0 * *x - 1.0)).exp2(), octaves);
                *x = (0.5 + 0.5 / OCTAVES * factor.log2()).clamp(0.0, 1.0);
            }
        }
        if let Some(x) = snapped.get_mut(self.steps_at()).filter(|_| self.fewer) {
            *x = 1.0 - (self.steps(point) as f64 / self.steps as f64).log2() / FEWER;
        }
        if let (Some(phases), [.., factor, switch]) = (&self.phases, &mut snapped[..]) {
            [*factor, *switch] = phases.snapped(*factor, *switch, self.steps(point));
        }
        snapped
    }
}

fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_recipes() {
        let space = Space {
            layers: ["a", "b"].map(|name| ScaledLayer { name: name.into(), spikes: None }).to_vec(),
            groups: 1,
            initial: Some(0.5),
            steps: 16,
            fewer: false,
            phases: None,
        };
        let base = Recipe::parse("paper,burst=2/1").unwrap();
        let text = |point: &[f64]| space.recipe(&base, point).to_string();
        assert_eq!(text(&space.untuned()), "paper,burst=2/1,thresholds=1/1,v0=0.5");
        assert_eq!(text(&[0.0, 1.0, 0.25]), "paper,burst=2/1,thresholds=0.5/2,v0=0.25");
        assert_eq!(space.variables(), ["threshold a", "threshold b", "v0"]);
        let fewer = Space { fewer: true, ..space.clone() };
        assert_eq!(fewer.variables(), ["threshold a", "threshold b", "v0", "steps"]);
        assert_eq!(text(&fewer.untuned()), text(&space.untuned()));
        assert_eq!([0.0, 0.5, 1.0].map(|x| fewer.steps(&[0.5, 0.5, 0.5, x])), [4, 8, 16]);
        let groups = Space { groups: 2, ..space.clone() };
        assert_eq!(text(&[0.5, 0.5, 0.5]), "paper,burst=2/1,thresholds=1/1,v0=0.5");
        let text = |point: &[f64]| groups.recipe(&base, point).to_string();
        assert_eq!(
            text(&[0.0, 1.0, 0.5, 1.0, 0.25]),
            "paper,burst=2/1,thresholds=0.5:2/1:2,v0=0.25"
        );
        assert_eq!(groups.variables()[1..3], ["threshold a 2", "threshold b 1"]);
        let space = Space { phases: Some(PhaseSpace::new(true)), ..space };
        let text = |point: &[f64]| space.recipe(&base, point).to_string();
        assert_eq!(text(&space.untuned()), "paper,burst=2/1,thresholds=1/1,v0=0.5");
        let phases =
            |factor, switch| space.phases(&[0.5, 0.5, 0.5, factor, switch]).map(|p| p.to_string());
        let some = |text: &str| Some(text.to_string());
        assert_eq!(
            [phases(0.0, 0.0), phases(0.3, 0.9), phases(0.7, 0.5), phases(1.0, 1.0)],
            [some("0.5@1"), None, some("2@8"), some("4@15")]
        );
        assert!(text(&[0.5, 0.5, 0.5, 0.7, 0.5]).ends_with(",v0=0.5,phases=2@8"));
        let space = Space { fewer: true, ..space };
        assert_eq!(
            space.phases(&[0.5, 0.5, 0.5, 0.5, 0.7, 0.5]).map(|p| p.to_string()),
            some("2@4")
        );
        let high = PhaseSpace::new(false);
        // Two spikes of a clip become four, three, two or one; where those of the first phase weigh
        // double, pairs of them.
        let clipped = |phases| Space {
            layers: vec![ScaledLayer { name: "a".into(), spikes: Some(2.0) }],
            initial: None,
            fewer: true,
            phases,
            ..groups.clone()
        };
        let one = Space { groups: 1, ..clipped(None) };
        assert_eq!(one.snapped(&one.untuned()), one.untuned());
        for [x, steps] in [[0.2, 0.3], [0.7, 0.9], [0.95, 0.0]] {
            let snapped = one.snapped(&[x, steps]);
            assert_eq!(one.snapped(&snapped), snapped);
            assert_eq!(one.steps(&snapped), one.steps(&[x, steps]));
        }
        let threshold = |x| one.thresholds(&one.snapped(&[x, 1.0]));
        assert_eq!([0.05, 0.3, 0.5, 0.6, 0.9].map(threshold), ["0.5", "0.6667", "1", "1", "2"]);
        let two = Space { groups: 1, ..clipped(Some(PhaseSpace::new(false))) };
        assert_eq!(two.snapped(&two.untuned()), two.untuned());
        let snapped = two.snapped(&[0.3, 1.0, 0.3, 0.51]);
        assert_eq!(snapped, [0.5, 1.0, 0.375, 0.5]);
        assert_eq!(two.snapped(&snapped), snapped);
        assert_eq!(high.at(high.untuned()[0], 0.5, 16), None);
    }
}
