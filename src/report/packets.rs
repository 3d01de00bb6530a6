//! `packets.csv`: how many packets took how long.

use super::csv_file::Table;
use super::units::us;
use super::{Error, PACKETS};
use crate::activity::Activity;
use std::path::Path;

/// Columns of `packets.csv`.
pub const HEADER: [&str; 3] = ["from_us", "to_us", "packets"];

pub(super) fn write(dir: &Path, activity: &Activity) -> Result<(), Error> {
    Table::write(dir, PACKETS, &HEADER, |table| bin_rows(table, activity))
}

pub(super) fn bin_rows(
    table: &mut Table<{ HEADER.len() }>,
    activity: &Activity,
) -> Result<(), Error> {
    for bin in activity.latencies.bins() {
        table.row([&us(bin.from_ps), &us(bin.to_ps), &bin.count])?;
    }
    Ok(())
}
