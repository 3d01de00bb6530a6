//! Designs, and the space that a search moves in.

use super::Variable;
use crate::tune::Cube;

/// The number of a choice for each variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Design(pub Vec<usize>);

/// All designs. Each choice takes an equal share of the unit interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// What may be varied.
    pub variables: Vec<Variable>,
}

impl Space {
    /// The design that a study begins with.
    pub fn begin(&self) -> Design {
        Design(self.variables.iter().map(|variable| variable.start).collect())
    }

    /// The design at a point.
    pub fn design(&self, point: &[f64]) -> Design {
        let choice = |(variable, x): (&Variable, &f64)| {
            let choices = variable.choices.len();
            ((x * choices as f64) as usize).min(choices - 1)
        };
        Design(self.variables.iter().zip(point).map(choice).collect())
    }

    /// The point in the middle of a design's share.
    pub fn point(&self, design: &Design) -> Vec<f64> {
        let middle = |(variable, &choice): (&Variable, &usize)| {
            (choice as f64 + 0.5) / variable.choices.len() as f64
        };
        self.variables.iter().zip(&design.0).map(middle).collect()
    }

    /// Numbers of the variables that differ from the start.
    pub fn changed(&self, design: &Design) -> Vec<usize> {
        let differs = |n: &usize| design.0[*n] != self.variables[*n].start;
        (0..self.variables.len()).filter(differs).collect()
    }

    /// The design with one variable as at the start.
    pub fn without(&self, design: &Design, variable: usize) -> Design {
        let mut without = design.clone();
        without.0[variable] = self.variables[variable].start;
        without
    }
}

impl Cube for Space {
    fn start(&self) -> Vec<f64> {
        self.point(&self.begin())
    }

    fn snapped(&self, point: &[f64]) -> Vec<f64> {
        self.point(&self.design(point))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Choice;
    use super::*;

    #[test]
    fn points_are_designs_and_back() {
        let variable = |choices: usize, start| Variable {
            name: format!("a{choices}"),
            choices: vec![Choice { shown: String::new(), given: None }; choices],
            start,
        };
        let space = Space { variables: vec![variable(3, 1), variable(2, 0)] };
        assert_eq!(space.start(), [0.5, 0.25]);
        assert_eq!(space.design(&[0.99, 1.0]), Design(vec![2, 1]));
        assert_eq!(space.snapped(&[0.1, 0.3]), [0.5 / 3.0, 0.25]);
        assert_eq!(space.changed(&Design(vec![1, 1])), [1]);
        assert_eq!(space.without(&Design(vec![2, 1]), 0), Design(vec![1, 1]));
    }
}
