//! Chip profiles.

use crate::fault;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::profile::{self as library, Change, Profile};

/// A profile with other values (`KEY=VALUE` each), checked.
pub fn load(py: Python<'_>, name: &str, changes: &[String]) -> PyResult<Profile> {
    let changes = changes.iter().map(|change| {
        let wrong = |error| fault::wrong(py, format!("invalid change `{change}`: {error}"));
        change.parse::<Change>().map_err(wrong)
    });
    let changes = changes.collect::<PyResult<Vec<_>>>()?;
    library::load_changed(name, &changes).map_err(|error| fault::coded(py, error))
}

/// What a profile says of itself.
fn told<'py>(py: Python<'py>, profile: &Profile) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("name", &profile.name)?;
    told.set_item("title", &profile.title)?;
    told.set_item("trust", library::brief(profile))?;
    told.set_item("sha256", &profile.hash)?;
    told.set_item("changes", &profile.provenance.changes)?;
    Ok(told)
}

/// The profile of that name or path, changed, with its text as a file and for people.
#[pyfunction]
pub fn profile<'py>(
    py: Python<'py>,
    name: &str,
    changes: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let profile = load(py, name, &changes)?;
    let told = told(py, &profile)?;
    told.set_item("toml", library::to_toml(&profile))?;
    told.set_item("text", library::render(&profile))?;
    Ok(told)
}

/// All built-in profiles.
#[pyfunction]
pub fn profiles(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let all = library::all().map_err(|error| fault::coded(py, error))?;
    all.iter().map(|profile| told(py, profile)).collect()
}

/// The dotted keys that end with this name.
#[pyfunction]
pub fn profile_keys(name: &str) -> Vec<String> {
    library::keys_called(name)
}
