//! Errors of the library as exceptions of `spikemesh._errors`.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use spikemesh::cli::{Failure, Usage};
use spikemesh::error_code::Coded;

/// A failure with its code, and the message that the command line gives.
pub fn failure(py: Python<'_>, failure: &Failure) -> PyErr {
    raised(py, Some(failure.code().to_string()), failure.text())
}

/// An error of a module of the library.
pub fn coded(py: Python<'_>, error: impl Coded) -> PyErr {
    failure(py, &Failure::from(error))
}

/// Words that are no command line.
pub fn usage(py: Python<'_>, usage: &Usage) -> PyErr {
    raised(py, None, usage.message())
}

/// Something that is wrong before the library sees it.
pub fn wrong(py: Python<'_>, message: String) -> PyErr {
    raised(py, None, message)
}

/// A fault of the package itself.
pub fn internal(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("{what}; this is a fault of spikemesh, please report it"))
}

fn raised(py: Python<'_>, code: Option<String>, message: String) -> PyErr {
    let made = || py.import("spikemesh._errors")?.call_method1("of", (code, message));
    made().map_or_else(|error| error, PyErr::from_value)
}
