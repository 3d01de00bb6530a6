//! `--placement`, `--mapping` and what belongs to them.

use super::heading;
use super::numbers;
use super::{Error, Result};
use crate::import::{mapping_file, placement_file};
use crate::mapping::{Objective, Placement};
use crate::snn::sparse::SparseNetwork;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Steps of the calibration run that `greedy` and `anneal` weigh packets by.
pub const CALIBRATION_STEPS: usize = 8;

/// Most moves of `anneal`: hours of them.
const MOST_MOVES: u64 = 10_000_000_000;

#[derive(Debug, Args)]
pub struct PlacementArguments {
    /// Where cores sit on the mesh: linear, snake, hilbert, greedy, anneal (docs/mapping.md), or a
    /// mapping.csv that a run or `inspect --out` wrote [default: hilbert]
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_name = "NAME|FILE.csv")]
    placement: Option<Choice>,
    /// The best of hilbert, greedy and anneal: by energy or time of the first steps of a
    /// calibration input, packets moved event by event
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_enum, value_name = "AIM", conflicts_with_all = ["placement", "mapping"])]
    place_for: Option<Aim>,
    /// Moves that `anneal` tries: moves and not seconds, so that the result is the same on any
    /// machine
    #[arg(help_heading = heading::CHIP)]
    #[arg(
        long, value_name = "N", default_value_t = 5_000_000, allow_negative_numbers = true,
        value_parser = numbers::whole::<u64>(0, MOST_MOVES)
    )]
    placement_moves: u64,
    /// How layers are cut into cores, and where these sit: a mapping.csv that a run or
    /// `inspect --out` wrote, or one of your own (docs/mapping.md)
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_name = "FILE.csv", conflicts_with = "placement")]
    mapping: Option<PathBuf>,
}

/// What a placement is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Aim {
    /// Least energy of events and leakage; without steps to time, fewest packets times hops
    Energy,
    /// Least time of a few steps
    Latency,
}

impl Aim {
    fn objective(self) -> Objective {
        match self {
            Aim::Energy => Objective::Energy,
            Aim::Latency => Objective::Latency,
        }
    }
}

#[derive(Debug, Clone)]
enum Choice {
    Linear,
    Snake,
    Hilbert,
    Greedy,
    Anneal,
    File(PathBuf),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Choice, String> {
        let path = PathBuf::from(text);
        match text {
            "linear" => Ok(Choice::Linear),
            "snake" => Ok(Choice::Snake),
            "hilbert" => Ok(Choice::Hilbert),
            "greedy" => Ok(Choice::Greedy),
            "anneal" => Ok(Choice::Anneal),
            _ if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) => {
                Ok(Choice::File(path))
            }
            _ => Err("known are linear, snake, hilbert, greedy, anneal and files that end in .csv"
                .into()),
        }
    }
}

impl PlacementArguments {
    /// The option that asks for one.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            ("--placement", self.placement.is_some()),
            ("--mapping", self.mapping.is_some()),
            ("--place-for", self.place_for.is_some()),
        ];
        options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    /// Whether one was asked for.
    pub fn chosen(&self) -> bool {
        self.given().is_some()
    }

    /// Refuses a placement beside that of a network from CSV, and files for one that has none.
    pub fn suits(&self, network: &SparseNetwork, path: &Path) -> Result<()> {
        let network_path = || path.to_owned();
        if !self.chosen() {
            return Ok(());
        }
        if network.is_placed() {
            let advice = "leave out --placement and --mapping";
            return Err(Error::OwnPlacement { network: network_path(), advice }.into());
        }
        if self.mapping.is_some() || matches!(self.placement, Some(Choice::File(_))) {
            return Err(Error::PlacementFile { network: network_path() }.into());
        }
        if self.place_for == Some(Aim::Latency) {
            return Err(Error::PlaceForTime { network: network_path() }.into());
        }
        Ok(())
    }

    /// What of it was asked for, as words of a command line.
    pub fn words(&self) -> Vec<String> {
        let mapping = self.mapping.iter().map(|path| path.to_string_lossy().into_owned());
        let mapping = mapping.flat_map(|path| ["--mapping".into(), path]);
        let moves = ["--placement-moves".into(), self.placement_moves.to_string()];
        if let Some(aim) = self.place_for {
            let aim = ["--place-for".into(), aim.objective().name().into()];
            return aim.into_iter().chain(moves).collect();
        }
        let name = match &self.placement {
            None => return mapping.collect(),
            Some(Choice::Linear) => "linear".into(),
            Some(Choice::Snake) => "snake".into(),
            Some(Choice::Hilbert) => "hilbert".into(),
            Some(Choice::Greedy) => "greedy".into(),
            Some(Choice::Anneal) => "anneal".into(),
            Some(Choice::File(path)) => path.to_string_lossy().into_owned(),
        };
        let moves = moves.into_iter().filter(|_| matches!(self.placement, Some(Choice::Anneal)));
        ["--placement".into(), name].into_iter().chain(moves).collect()
    }

    /// The placement; `seed` is for `anneal`.
    pub fn placement(&self, seed: u64) -> Result<Placement> {
        if let Some(path) = &self.mapping {
            return Ok(Placement::Mapped(mapping_file::load(path)?));
        }
        let moves = self.placement_moves;
        if let Some(aim) = self.place_for {
            return Ok(Placement::Best { objective: aim.objective(), moves, seed });
        }
        Ok(match &self.placement {
            None | Some(Choice::Hilbert) => Placement::Hilbert,
            Some(Choice::Linear) => Placement::Linear,
            Some(Choice::Snake) => Placement::Snake,
            Some(Choice::Greedy) => Placement::Greedy,
            Some(Choice::Anneal) => Placement::Anneal { moves, seed },
            Some(Choice::File(path)) => Placement::Given(placement_file::load(path)?),
        })
    }
}
