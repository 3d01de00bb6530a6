//! Which inputs a search sees, and which judge its result.

use super::Arguments;
use crate::cli::{Error, Result};
use std::path::Path;

/// What a search sees, and what its network is judged on, by number; neither is empty.
pub struct Fold {
    pub seen: Vec<usize>,
    pub judged: Vec<usize>,
}

/// Inputs that are of use, of so many.
pub fn taken(arguments: &Arguments, all: usize) -> usize {
    let seen = arguments.folds.map_or(arguments.pictures, |_| 0);
    arguments.judge.map_or(all, |judge| seen.saturating_add(judge).min(all))
}

/// At least one.
pub fn folds(arguments: &Arguments, data: &Path, all: usize) -> Result<Vec<Fold>> {
    let seen = arguments.pictures;
    match arguments.folds {
        Some(parts) if all < parts => {
            Err(Error::FewPictures { data: data.into(), all, parts }.into())
        }
        Some(parts) => Ok((0..parts).map(|part| fold(all, |n| n % parts == part)).collect()),
        None if all <= seen => Err(Error::NoneToJudge { data: data.into(), all, seen }.into()),
        None => Ok(vec![fold(all, |n| n >= seen)]),
    }
}

fn fold(all: usize, judged: impl Fn(usize) -> bool) -> Fold {
    let (judged, seen) = (0..all).partition(|&n| judged(n));
    Fold { seen, judged }
}
