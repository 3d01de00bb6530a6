//! What a search varies.

use crate::convert::Recipe;

/// Range of a threshold in multiples of lambda, as powers of two: 1/4 to 4.
const OCTAVES: f64 = 2.0;

/// Variables of a search: a threshold for every layer, then perhaps V(0). Points are in the unit cube.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Names of the layers.
    pub layers: Vec<String>,
    /// V(0) / th of the untuned network, where it is varied.
    pub initial: Option<f64>,
}

impl Space {
    /// Names of the variables.
    pub fn variables(&self) -> Vec<String> {
        let initial = self.initial.map(|_| "v0".to_string());
        self.layers.iter().map(|layer| format!("threshold {layer}")).chain(initial).collect()
    }

    /// The untuned network.
    pub fn untuned(&self) -> Vec<f64> {
        vec![0.5; self.layers.len()].into_iter().chain(self.initial).collect()
    }

    /// Thresholds in multiples of lambda, to four digits, so that a text holds all of a network.
    pub fn thresholds(&self, point: &[f64]) -> Vec<f64> {
        let factor = |x: &f64| (OCTAVES * (2.0 * x - 1.0)).exp2();
        point.iter().take(self.layers.len()).map(factor).map(rounded).collect()
    }

    /// V(0) / th, if it is varied.
    pub fn initial(&self, point: &[f64]) -> Option<f64> {
        self.initial?;
        point.last().copied().map(rounded)
    }

    /// `base` with the thresholds of a point.
    pub fn recipe(&self, base: &Recipe, point: &[f64]) -> Recipe {
        let factors: Vec<String> = self.thresholds(point).iter().map(f64::to_string).collect();
        let recipe = base.clone().with("thresholds", factors.join("/"));
        match self.initial(point) {
            Some(initial) => recipe.with("v0", initial.to_string()),
            None => recipe,
        }
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
        let space = Space { layers: vec!["a".into(), "b".into()], initial: Some(0.5) };
        let base = Recipe::parse("paper,burst=2/1").unwrap();
        let text = |point: &[f64]| space.recipe(&base, point).to_string();
        assert_eq!(text(&space.untuned()), "paper,burst=2/1,thresholds=1/1,v0=0.5");
        assert_eq!(text(&[0.0, 1.0, 0.25]), "paper,burst=2/1,thresholds=0.25/4,v0=0.25");
        assert_eq!(space.variables(), ["threshold a", "threshold b", "v0"]);
    }
}
