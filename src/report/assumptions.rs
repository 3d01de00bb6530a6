//! `assumptions.csv`: what the figures of a run rest on beside the profile.

use super::csv_file::Table;
use super::totals::rests_on;
use super::{ASSUMPTIONS, Error};
use crate::mapping::Verdict;
use crate::pipeline::Setup;
use std::path::Path;

/// Columns of `assumptions.csv`.
pub const HEADER: [&str; 4] = ["verdict", "layer", "limit", "assumption"];

pub(super) fn write(dir: &Path, setup: &Setup) -> Result<(), Error> {
    Table::write(dir, ASSUMPTIONS, &HEADER, |table| rows(table, setup))
}

pub(super) fn rows(table: &mut Table<{ HEADER.len() }>, setup: &Setup) -> Result<(), Error> {
    for gap in rests_on(setup) {
        let verdict = match gap.verdict {
            Verdict::Paid => "paid",
            Verdict::Assumed => "assumed",
            Verdict::Refused => "dropped",
        };
        table.row([&verdict, &gap.layer, &gap.limit, &gap.message])?;
    }
    Ok(())
}
