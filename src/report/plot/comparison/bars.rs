//! Which rows of a comparison become bars.

use crate::compare::{Accounting, Kind, Row};
use crate::energy::Band;

/// Stands in the basis of a figure from memory.
pub(in crate::report) const UNVERIFIED: &str = "unverified";

/// A row that has an energy.
#[derive(Debug, Clone)]
pub(in crate::report) struct Bar {
    pub system: String,
    pub kind: Kind,
    pub accounting: Accounting,
    pub scope: String,
    /// Millijoules of an inference.
    pub mj: Band,
    /// Rests on a figure from memory.
    pub unverified: bool,
}

impl Bar {
    /// `None` for rows without an energy. `milli` makes millijoules of picojoules.
    pub fn of(row: &Row, milli: fn(f64) -> f64) -> Option<Bar> {
        let band = row.energy_pj?;
        let mj =
            Band { low: milli(band.low), nominal: milli(band.nominal), high: milli(band.high) };
        (mj.nominal > 0.0).then_some(Bar {
            system: row.system.clone(),
            kind: row.kind,
            accounting: row.accounting?,
            scope: row.scope.clone(),
            mj,
            unverified: row.basis.contains(UNVERIFIED),
        })
    }
}

/// The bars of an accounting, each with the name of its system.
pub(super) struct Group {
    pub title: &'static str,
    pub bars: Vec<(String, Bar)>,
}

/// By accounting: all scopes of the papers', the widest of each system under the others. Arithmetic
/// at 45 nm knows no device: what is equal is drawn once.
pub(super) fn groups(bars: &[Bar]) -> Vec<Group> {
    let group = |accounting: Accounting| {
        let own: Vec<&Bar> = bars.iter().filter(|bar| bar.accounting == accounting).collect();
        let last = |n: usize, bar: &Bar| !own[n + 1..].iter().any(|o| o.system == bar.system);
        let mut drawn: Vec<(String, Bar)> = vec![];
        for (n, bar) in own.iter().enumerate() {
            if accounting != Accounting::Paper && !last(n, bar) {
                continue;
            }
            let alike = |other: &Bar| {
                (other.kind, &other.scope, other.mj) == (bar.kind, &bar.scope, bar.mj)
            };
            let mut same = drawn.iter_mut().filter(|_| accounting == Accounting::Arithmetic);
            match same.find(|(_, other)| alike(other)) {
                Some((label, other)) => *label = format!("{} and others alike", other.system),
                None => drawn.push((bar.system.clone(), (*bar).clone())),
            }
        }
        Group { title: title(accounting), bars: drawn }
    };
    Accounting::ALL.map(group).into_iter().filter(|group| !group.bars.is_empty()).collect()
}

fn title(accounting: Accounting) -> &'static str {
    match accounting {
        Accounting::Paper => "(1) paper: operations / (operations per joule)",
        Accounting::Operations => "(2) every operation of all steps × pJ",
        Accounting::Arithmetic => "(3) arithmetic alone at 45 nm",
        Accounting::Memory => "(4) arithmetic and memory at 45 nm",
        Accounting::Bill => "(5) the emulator's bill, and power × time",
    }
}
