//! Points of a sweep: what a worker needs, whoever sends it its number.

use crate::{call, convert, fault};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::cli::{self, Call};
use spikemesh::sweep::{Outcome, Point, Shard, Sweep};
use std::path::PathBuf;

/// Lays the folder of these points, each an object of JSON, and gives their ids.
#[pyfunction]
pub fn sweep_begin(py: Python<'_>, folder: PathBuf, points: &str) -> PyResult<Vec<String>> {
    let points: Vec<Point> =
        serde_json::from_str(points).map_err(|error| fault::wrong(py, error.to_string()))?;
    let sweep = Sweep::begin(&folder, points).map_err(|error| fault::coded(py, error))?;
    Ok(sweep.ids().to_vec())
}

/// Numbers of the points that have no result yet, or with `again` a failed one.
#[pyfunction]
pub fn sweep_missing(py: Python<'_>, folder: PathBuf, again: bool) -> PyResult<Vec<usize>> {
    let missing = Sweep::open(&folder).and_then(|sweep| sweep.missing(Shard::ALL, again));
    missing.map_err(|error| fault::coded(py, error))
}

/// Ends points that run, from any thread.
#[pyclass(frozen)]
#[derive(Default)]
pub struct Stop(cli::Stop);

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Stop {
        Stop::default()
    }

    /// Asks for the end.
    fn ask(&self) {
        self.0.ask();
    }
}

/// Runs a point with so many threads (0: one for each core), keeps its result, and says whether it
/// is `done`, `failed` or, without a result, `stopped`.
#[pyfunction]
#[pyo3(signature = (folder, number, threads, stop=None))]
pub fn sweep_point(
    py: Python<'_>,
    folder: PathBuf,
    number: usize,
    threads: usize,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<&'static str> {
    let sweep = Sweep::open(&folder).map_err(|error| fault::coded(py, error))?;
    if number >= sweep.points().len() {
        return Err(fault::wrong(py, format!("the sweep has no point {number}")));
    }
    let pool = call::pool(threads)?;
    let stop = stop.map(|stop| stop.get().0.clone()).unwrap_or_default();
    let call = Call { stop, ..Call::of_words(vec![]) };
    let made = || call.make(|| cli::run_point(&sweep, number));
    let Ok(ran) = py.detach(|| pool.install(made)) else { return Ok("stopped") };
    let record = ran.map_err(|error| fault::coded(py, error))?;
    Ok(match record.outcome {
        Outcome::Done { .. } => "done",
        Outcome::Failed { .. } => "failed",
    })
}

/// Writes the table of all points and gives its path; of a folder with missing points, too.
#[pyfunction]
pub fn sweep_table<'py>(
    py: Python<'py>,
    folder: PathBuf,
) -> PyResult<(PathBuf, Bound<'py, PyDict>)> {
    let sweep = Sweep::open(&folder).map_err(|error| fault::coded(py, error))?;
    let path = sweep.table().and_then(|table| sweep.write(&table));
    let path = path.map_err(|error| fault::coded(py, error))?;
    let table = convert::table(py, path.clone())?;
    Ok((path, table))
}
