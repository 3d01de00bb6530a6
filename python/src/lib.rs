//! The module `spikemesh._spikemesh`: calls of the library, and its values as numpy arrays.
//!
//! No figure is reckoned here, and nothing is decided: words of a command line go in, values of
//! the library come out. `_spikemesh.pyi` says what each function is for.

mod call;
mod convert;
mod fault;
mod profiles;
mod run;
mod spikes;
mod sweep;

use pyo3::prelude::*;
use spikemesh::cli;
use std::ffi::OsString;

/// The command line of `words`, those behind the program's name; gives its exit code.
#[pyfunction]
fn main(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| cli::main(words))
}

/// Runs a command that writes files; `run` is the function of that name.
#[pyfunction]
fn command(
    py: Python<'_>,
    words: Vec<String>,
    listener: Py<PyAny>,
    threads: usize,
) -> PyResult<()> {
    let parsed = cli::parse(&words).map_err(|usage| fault::usage(py, &usage))?;
    let done = call::carry(py, words, threads, listener, move || parsed.run())?;
    done.map_err(|failure| fault::failure(py, &failure))
}

/// What is wrong with a network's files, or what they hold.
#[pyfunction]
fn network(
    py: Python<'_>,
    words: Vec<String>,
    listener: Py<PyAny>,
) -> PyResult<convert::NetworkFacts> {
    let parsed = cli::parse(&words).map_err(|usage| fault::usage(py, &usage))?;
    let read = call::carry(py, words, 1, listener, move || parsed.network())?;
    let read = read.ok_or_else(|| fault::internal("these words inspect nothing"))?;
    let read = read.map_err(|failure| fault::failure(py, &failure))?;
    Ok(convert::facts(&read))
}

#[pymodule]
fn _spikemesh(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(network, module)?)?;
    module.add_function(wrap_pyfunction!(convert::table, module)?)?;
    module.add_function(wrap_pyfunction!(profiles::profile, module)?)?;
    module.add_function(wrap_pyfunction!(profiles::profiles, module)?)?;
    module.add_function(wrap_pyfunction!(profiles::profile_keys, module)?)?;
    module.add_function(wrap_pyfunction!(run::run, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_begin, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_missing, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_point, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep_table, module)?)?;
    module.add_class::<sweep::Stop>()?;
    module.add_class::<run::Run>()?;
    module.add_class::<spikes::Spikes>()?;
    Ok(())
}
