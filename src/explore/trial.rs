//! One design and what it came to.

use super::Design;
use crate::sweep::{Outcome, Record};
use crate::tune::{Score, Search, Tried};

/// What a network costs on a design; means over its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Energy of an inference, microjoules.
    pub energy_uj: f64,
    /// `None` where the profile has no times.
    pub latency_us: Option<f64>,
    /// Of all chips that it takes.
    pub memory_mbit: f64,
    /// Chips that the network takes.
    pub chips: f64,
    /// Cores that the network takes.
    pub cores: f64,
    /// Of the heads; `None` where there are no float values.
    pub head_error: Option<f64>,
    /// As the run had them.
    pub recipe: String,
    /// Steps of the run.
    pub steps: String,
}

/// Why there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the error, such as `E0702`.
    pub code: String,
    /// What the chip says.
    pub message: String,
}

/// What one network gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Of its point; empty where the design is no profile.
    pub id: String,
    /// What it came to, or why the chip refuses.
    pub figures: Result<Figures, Refusal>,
}

/// Why a design was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What all others are held against.
    Start,
    /// By this search.
    Search(Search),
    /// One change of the best design taken back, to see what it brings.
    Without,
}

impl Role {
    /// For reports.
    pub fn name(self) -> &'static str {
        match self {
            Role::Start => "start",
            Role::Search(search) => search.name(),
            Role::Without => "without",
        }
    }
}

/// A design that was tried on all networks.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Why it was tried.
    pub role: Role,
    /// The values of its variables.
    pub design: Design,
    /// In the unit cube.
    pub point: Vec<f64>,
    /// By network.
    pub measured: Vec<Measured>,
    /// Over those of the start, geometric means over the networks: energy, latency, memory, error.
    /// `None`: a network is refused.
    pub ratios: Option<[f64; 4]>,
    /// How good it is.
    pub score: Score,
}

impl Trial {
    /// What is compared.
    pub fn costs(&self) -> Option<[f64; 4]> {
        self.ratios
    }

    /// Whether every network that it runs has a time.
    pub fn is_timed(&self) -> bool {
        let mut figures =
            self.measured.iter().filter_map(|measured| measured.figures.as_ref().ok());
        figures.all(|figures| figures.latency_us.is_some())
    }

    /// Its ratios over `start`, for people: without one of latencies where one has no times.
    pub fn known_ratios(&self, start: &Trial) -> Option<[Option<f64>; 4]> {
        let mut known = self.ratios?.map(Some);
        known[1] = known[1].filter(|_| self.is_timed() && start.is_timed());
        Some(known)
    }

    /// Whether the error is no more than what may be lost.
    pub fn is_as_good(&self) -> bool {
        self.ratios.is_some() && self.score.feasible()
    }

    /// Whether it is at least as good as the start in energy and latency, and better in one.
    pub fn dominates_start(&self) -> bool {
        self.is_as_good()
            && self.ratios.is_some_and(|[energy, latency, ..]| {
                energy <= 1.0 && latency <= 1.0 && energy * latency < 1.0
            })
    }
}

impl Tried for Trial {
    fn point(&self) -> &[f64] {
        &self.point
    }

    fn score(&self) -> &Score {
        &self.score
    }
}

/// Objectives of a search: energy, latency, memory.
const OBJECTIVES: usize = 3;
/// What a refused design counts as: four times every cost, and an error that is missed by as much.
const REFUSED: f64 = 4.0;

/// How good a design is whose figures are these multiples of the start's.
pub(super) fn score(ratios: Option<[f64; 4]>, tolerance: f64) -> Score {
    match ratios {
        None => Score { values: vec![REFUSED.ln(); OBJECTIVES], misses: vec![REFUSED.ln()] },
        Some([energy, latency, memory, error]) => Score {
            values: [energy, latency, memory].map(logarithm).to_vec(),
            misses: vec![logarithm(error) - (1.0 + tolerance).ln()],
        },
    }
}

/// What costs nothing is a millionth: the logarithm of nothing is no number.
fn logarithm(ratio: f64) -> f64 {
    ratio.max(1e-6).ln()
}

/// Geometric means over the networks.
pub(super) fn ratios(measured: &[Measured], start: &[Measured]) -> Option<[f64; 4]> {
    let mut sums = [0.0; 4];
    for (new, old) in measured.iter().zip(start) {
        let (new, old) = (new.figures.as_ref().ok()?, old.figures.as_ref().ok()?);
        let error = (new.head_error.unwrap_or(0.0), old.head_error.unwrap_or(0.0));
        let pairs = [
            (new.energy_uj, old.energy_uj),
            latencies(new.latency_us, old.latency_us),
            (new.memory_mbit, old.memory_mbit),
            error,
        ];
        for (sum, (new, old)) in sums.iter_mut().zip(pairs) {
            // What is nothing at the start and stays so has not changed.
            let ratio = if old > 0.0 || new > 0.0 { new / old.max(f64::MIN_POSITIVE) } else { 1.0 };
            *sum += logarithm(ratio.min(1e6));
        }
    }
    Some(sums.map(|sum| (sum / measured.len().max(1) as f64).exp()))
}

/// The latencies of a design and of the start, to be held against each other. A design whose time
/// is unknown is taken for a slow one; a start without times has nothing to be held against.
fn latencies(new: Option<f64>, old: Option<f64>) -> (f64, f64) {
    match (new, old) {
        (_, None) => (0.0, 0.0),
        (None, Some(_)) => (1.0, 0.0),
        (Some(new), Some(old)) => (new, old),
    }
}

/// The figures of a record, over chips of that memory each. `None`: it has no such column.
pub(super) fn figures(record: &Record, chip_mbit: f64) -> Result<Figures, MissingOr> {
    let (columns, rows) = match &record.outcome {
        Outcome::Done { columns, rows, .. } => (columns, rows),
        Outcome::Failed { code, message } => {
            let refusal = Refusal { code: code.clone(), message: message.clone() };
            return Err(match record.outcome.is_refusal() {
                true => MissingOr::Refused(refusal),
                false => MissingOr::Failed(refusal),
            });
        }
    };
    let mean = |name: &'static str| -> Result<Option<f64>, MissingOr> {
        let place = columns.iter().position(|column| column == name);
        let place = place.ok_or(MissingOr::Missing(name))?;
        let number = |row: &Vec<String>| row[place].parse().ok();
        let sound = |number: &f64| number.is_finite() && *number >= 0.0;
        let numbers: Vec<f64> = rows.iter().filter_map(number).filter(sound).collect();
        let whole = numbers.len() == rows.len() && !rows.is_empty();
        Ok(whole.then(|| numbers.iter().sum::<f64>() / numbers.len() as f64))
    };
    let number = |name| mean(name)?.ok_or(MissingOr::Missing(name));
    let text = |name: &'static str| {
        let place = columns.iter().position(|column| column == name);
        let cell = place.and_then(|place| rows.first()?.get(place));
        cell.cloned().ok_or(MissingOr::Missing(name))
    };
    let chips = number("chips")?;
    Ok(Figures {
        energy_uj: number("energy_uj")?,
        latency_us: mean("latency_us")?,
        memory_mbit: chips * chip_mbit,
        chips,
        cores: number("cores")?,
        head_error: mean("head_error")?,
        recipe: text("recipe")?,
        steps: text("T")?,
    })
}

/// Why a record has no figures.
pub(super) enum MissingOr {
    Missing(&'static str),
    Refused(Refusal),
    /// For another reason than the chip.
    Failed(Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(energy_uj: f64, latency_us: Option<f64>, head_error: Option<f64>) -> Measured {
        let (recipe, steps) = (String::new(), String::new());
        let figures = Figures {
            energy_uj,
            latency_us,
            memory_mbit: 8.0,
            chips: 1.0,
            cores: 3.0,
            head_error,
            recipe,
            steps,
        };
        Measured { id: String::new(), figures: Ok(figures) }
    }

    #[test]
    fn ratios_are_geometric_means_over_networks() {
        let start = [measured(2.0, None, Some(0.1)), measured(8.0, Some(4.0), None)];
        let new = [measured(4.0, None, Some(0.1)), measured(16.0, Some(1.0), None)];
        let [energy, latency, memory, error] = ratios(&new, &start).unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(energy, 2.0);
        close(latency, 0.5);
        close(memory, 1.0);
        close(error, 1.0);
        // What is not known is never better, nor is anything better than it.
        let untimed = [measured(2.0, None, None)];
        let timed = [measured(2.0, Some(4.0), None)];
        assert!(ratios(&untimed, &timed).unwrap()[1] > 1e5);
        assert_eq!(ratios(&timed, &untimed).unwrap()[1], 1.0);
        let refused = Refusal { code: "E0702".into(), message: String::new() };
        let new = [new[0].clone(), Measured { id: String::new(), figures: Err(refused) }];
        assert_eq!(ratios(&new, &start), None);
        assert!(!score(None, 0.01).feasible());
        assert!(score(Some([0.5, 1.0, 1.0, 1.005]), 0.01).feasible());
        assert!(!score(Some([0.5, 1.0, 1.0, 1.02]), 0.01).feasible());
    }
}
