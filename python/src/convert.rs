//! Values of the library as values of Python.

use crate::fault;
use numpy::{PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::import::{Imported, Network};
use spikemesh::pipeline::HeadValues;
use spikemesh::report::{self, Column, Columns};
use std::collections::HashSet;
use std::path::PathBuf;

/// A table: an array of numpy by name, or a list of texts.
pub fn columns<'py>(py: Python<'py>, columns: Columns) -> PyResult<Bound<'py, PyDict>> {
    let table = PyDict::new(py);
    for (name, column) in columns {
        match column {
            Column::Text(texts) => table.set_item(name, texts)?,
            Column::Whole(whole) => table.set_item(name, PyArray1::from_vec(py, whole))?,
            Column::Float(floats) => table.set_item(name, PyArray1::from_vec(py, floats))?,
            Column::Truth(truths) => table.set_item(name, PyArray1::from_vec(py, truths))?,
        }
    }
    Ok(table)
}

/// The columns of a CSV file that a command wrote.
#[pyfunction]
pub fn table<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyDict>> {
    let read = report::read_columns(&path).map_err(|error| fault::coded(py, error))?;
    columns(py, read)
}

/// Heads by name, `[channels, height, width]`; those that share one get a number, as in a file of
/// `--heads`.
pub fn heads<'py>(py: Python<'py>, heads: &[HeadValues]) -> PyResult<Bound<'py, PyDict>> {
    let (all, mut taken) = (PyDict::new(py), HashSet::new());
    for HeadValues { name, shape, values } in heads {
        let key = report::free(name.clone(), &mut taken);
        let shape = [shape.channels, shape.height, shape.width];
        let array = PyArray1::from_slice(py, values).reshape(shape)?;
        let array: Bound<'py, PyArray3<f32>> = array;
        all.set_item(key, array)?;
    }
    Ok(all)
}

/// Name, kind, SHA-256, and shape of the input: `[channels, height, width]`, if there is one.
pub type NetworkFacts = (String, &'static str, String, Option<[usize; 3]>);

/// What a network says of itself.
pub fn facts(read: &Imported) -> NetworkFacts {
    let kind = match &read.network {
        Network::Float(_) => "trained",
        Network::Converted(_) => "converted",
        Network::Spiking(_) => "spiking",
        Network::Placed(_) => "neurons",
    };
    let shape = match &read.network {
        Network::Spiking(graph) => {
            let mut inputs = graph.inputs().map(|input| graph.populations[input].shape);
            inputs.next().map(|shape| [shape.channels, shape.height, shape.width])
        }
        network => network.graph().map(|graph| {
            let shape = graph.input_shape();
            [shape.channels, shape.height, shape.width]
        }),
    };
    (read.name.clone(), kind, read.sha256.clone(), shape)
}
