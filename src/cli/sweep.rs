//! `spikemesh sweep SPEC.toml --out DIR`: many runs, on as many processes and machines as there
//! are.

mod point;

use super::heading;
use super::json::{self, JsonArguments};
use super::numbers;
use super::output;
use super::paths;
use super::progress::Progress;
use super::{Error, Result};
use crate::plain::counted;
use crate::report;
use crate::sweep::{Outcome, Record, SWEEP, Shard, Sweep, Table, read_spec};
use clap::{Args, Subcommand};
pub use point::run_point;
pub(super) use point::{of_run, table_of};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// TOML file with the options of `run`: [all] for every point, lists in [grid] for every
    /// combination, and [[point]] for single ones (docs/clusters.md)
    #[arg(required = true)]
    spec: Option<PathBuf>,
    /// Folder of the results; one that a sweep of the same points began is gone on with
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, required = true, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Runs every Nth point, from number I on, such as 0/3; shards may run at the same time
    #[arg(help_heading = heading::WHAT)]
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    shard: Shard,
    /// Runs points again that failed before
    #[arg(help_heading = heading::WHAT)]
    #[arg(long)]
    again: bool,
    /// Points at a time; 0 takes as many as there are cores
    #[arg(help_heading = heading::MACHINE)]
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = numbers::threads)]
    jobs: usize,
    #[command(flatten)]
    json: JsonArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Says how many points are done, failed and missing
    #[command(after_help = heading::examples::SWEEP_STATUS)]
    Status(Folder),
    /// Writes the table of all points, once none is missing
    #[command(after_help = heading::examples::SWEEP_MERGE)]
    Merge(Folder),
}

#[derive(Debug, Args)]
struct Folder {
    /// Folder that `sweep` writes
    dir: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match (&arguments.action, &arguments.spec, &arguments.out) {
        (Some(Action::Status(folder)), ..) => status(&Sweep::open(&folder.dir)?),
        (Some(Action::Merge(folder)), ..) => merge(&Sweep::open(&folder.dir)?, &folder.dir),
        (None, Some(spec), Some(out)) => {
            arguments.json.settle();
            let sweep = Sweep::begin(out, read_spec(spec)?)?;
            points(&sweep, arguments)?;
            end(&sweep, out)
        }
        // The parser asks for both.
        (None, ..) => Ok(()),
    }
}

/// Runs what is missing of the shard, several points at a time.
fn points(sweep: &Sweep, arguments: &Arguments) -> Result<()> {
    let missing = sweep.missing(arguments.shard, arguments.again)?;
    let mine = sweep.distinct(arguments.shard);
    if missing.len() < mine {
        let known = counted((mine - missing.len()) as u64, "point");
        output::remark(format_args!("{known} of this shard done before"));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = if arguments.jobs == 0 { cores } else { arguments.jobs };
    let (progress, part) = Progress::of_steps("sweeping", missing.len());
    let (next, fault) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        while let Some(&n) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            match run_point(sweep, n) {
                Ok(_) => part.step(),
                Err(error) => {
                    // Where one result cannot be written, others cannot either.
                    next.store(missing.len(), Ordering::Relaxed);
                    *fault.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(missing.len()) {
            scope.spawn(work);
        }
    });
    drop(progress);
    match fault.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// The table, if all shards are through; else what is missing.
fn end(sweep: &Sweep, dir: &Path) -> Result<()> {
    let table = sweep.table()?;
    output::table(overview(sweep, &table))?;
    if table.missing > 0 {
        output::line(format_args!(
            "{} of other shards missing; then: spikemesh sweep merge {}",
            counted(table.missing as u64, "point"),
            dir.display()
        ))?;
    } else {
        let path = sweep.write(&table)?;
        page(dir)?;
        output::line(format_args!("written to {}", path.display()))?;
        json::print_csv(dir, SWEEP)?;
    }
    failures(sweep, &table)
}

/// The page beside the table.
fn page(dir: &Path) -> Result<()> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    Ok(report::write_folder(
        dir,
        report::FolderKind::Other,
        &format!("Sweep {name}"),
        &super::command_line(),
    )?)
}

fn status(sweep: &Sweep) -> Result<()> {
    let table = sweep.table()?;
    output::line(format_args!(
        "{}: {} done, {} failed, {} missing",
        counted(sweep.points().len() as u64, "point"),
        table.done,
        table.failed,
        table.missing
    ))?;
    outdated(sweep)?.map_or(Ok(()), output::line)
}

fn merge(sweep: &Sweep, dir: &Path) -> Result<()> {
    let table = sweep.table()?;
    if table.missing > 0 {
        return Err(Error::PointsMissing { missing: table.missing, dir: dir.into() }.into());
    }
    output::table(overview(sweep, &table))?;
    let path = sweep.write(&table)?;
    page(dir)?;
    output::line(format_args!("written to {}", path.display()))?;
    if let Some(line) = outdated(sweep)? {
        output::remark(line);
    }
    failures(sweep, &table)
}

/// A line on results that are not of the files that lie there now.
fn outdated(sweep: &Sweep) -> Result<Option<String>> {
    let count = sweep.outdated()?;
    let results = counted(count as u64, "result");
    let line = "of other files than those that lie there now: they run again with the sweep";
    Ok((count > 0).then(|| format!("{results} {line}")))
}

/// Points that failed are rows; where no other is, the sweep failed.
fn failures(sweep: &Sweep, table: &Table) -> Result<()> {
    if table.failed == 0 {
        return Ok(());
    }
    let first = (0..sweep.points().len()).find_map(|n| match sweep.record(n) {
        Ok(Some(Record { outcome: Outcome::Failed { code, message }, .. })) => {
            Some((code, message))
        }
        _ => None,
    });
    let (code, message) = first.unwrap_or_default();
    if table.done == 0 && table.missing == 0 {
        return Err(Error::PointsFailed { failed: table.failed, code, message }.into());
    }
    let failed = counted(table.failed as u64, "point");
    output::remark(format_args!("{failed} failed; the first: {code}: {message}"));
    Ok(())
}

/// Rows of [`overview`] at most.
const ROWS: usize = 24;

/// Name and cells of a column.
type Shown<'a> = (&'a str, Vec<&'a str>);

/// What varies between points, and what they cost.
fn overview(sweep: &Sweep, table: &Table) -> String {
    let points = counted(sweep.points().len() as u64, "point");
    let mut text = format!(
        "{points}: {} done, {} failed, {} missing\n",
        table.done, table.failed, table.missing
    );
    let varies = |name: &&String| {
        let cells = table.column(name);
        name.starts_with("asked_") && cells.windows(2).any(|pair| pair[0] != pair[1])
    };
    let asked: Vec<&str> = table.header.iter().filter(varies).map(String::as_str).collect();
    let dropped = table.column("idealised").contains(&"true");
    let shown = ["image", "status", "energy_uj", "latency_us"].into_iter();
    let shown = shown.chain(dropped.then_some("idealised"));
    let columns: Vec<Shown> =
        asked.into_iter().chain(shown).map(|name| (name, table.column(name))).collect();
    let columns: Vec<_> = columns.into_iter().filter(|(_, cells)| !cells.is_empty()).collect();
    let width = |(name, cells): &Shown| {
        let longest = cells.iter().take(ROWS).map(|cell| shorter(name, cell).len()).max();
        heading_of(name).len().max(longest.unwrap_or_default())
    };
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let line = |cell: &dyn Fn(&Shown) -> String| {
        let cells = columns.iter().zip(&widths).map(|(column, &w)| format!("{:<w$}", cell(column)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    text += &line(&|(name, _)| heading_of(name));
    for row in 0..table.rows.len().min(ROWS) {
        text += &line(&|(name, cells)| shorter(name, cells[row]));
    }
    if let Some(more) = table.rows.len().checked_sub(ROWS).filter(|&more| more > 0) {
        text += &format!("and {} in {SWEEP}\n", counted(more as u64, "row"));
    }
    text
}

/// Without what is the same in all names.
fn heading_of(name: &str) -> String {
    name.strip_prefix("asked_").unwrap_or(name).to_owned()
}

/// Four digits of a figure.
fn shorter(name: &str, cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(figure) if !name.starts_with("asked_") && name != "image" => {
            crate::report::significant(figure)
        }
        _ => cell.to_owned(),
    }
}
