//! A run that is done.

use crate::spikes::Spikes;
use crate::{call, convert, fault, profiles};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::cli::{self, Call};
use spikemesh::pipeline::{Fidelity, Outcome, Prepared, Setup, SpikeRecord};
use spikemesh::profile::Profile;
use spikemesh::report::{self, Folder, Glance, Tables};
use spikemesh::suggest;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What one network did with its inputs on one chip.
#[pyclass(frozen)]
pub struct Run {
    setup: Setup,
    profile: Profile,
    outcomes: Arc<Vec<Outcome>>,
    /// Spikes by input, once they were asked for: numpy shares them.
    records: Vec<OnceLock<Arc<Vec<SpikeRecord>>>>,
    fidelity: Arc<Vec<(String, Vec<Fidelity>)>>,
    /// None of a run that was priced again: where its cores lie is no matter of the other chip.
    prepared: Option<Arc<Prepared>>,
}

/// Runs what the words of `spikemesh run ...` ask for, and writes nothing.
#[pyfunction]
pub fn run(
    py: Python<'_>,
    words: Vec<String>,
    listener: Py<PyAny>,
    threads: usize,
) -> PyResult<Run> {
    let parsed = cli::parse(&words).map_err(|usage| fault::usage(py, &usage))?;
    let ran = call::carry(py, words, threads, listener, move || parsed.finished())?;
    let ran = ran.ok_or_else(|| fault::internal("these words are no run"))?;
    let ran = ran.map_err(|failure| fault::failure(py, &failure))?;
    Ok(Run {
        setup: ran.setup().clone(),
        profile: ran.profile().clone(),
        records: ran.outcomes.iter().map(|_| OnceLock::new()).collect(),
        outcomes: Arc::new(ran.outcomes),
        fidelity: Arc::new(ran.fidelity),
        prepared: Some(Arc::new(ran.prepared)),
    })
}

impl Run {
    fn tables(&self) -> Tables<'_> {
        let placed = self.prepared.as_ref().and_then(|prepared| prepared.placed());
        Tables {
            setup: &self.setup,
            profile: &self.profile,
            outcomes: &self.outcomes,
            placed: placed.map(|(retimed, mapping)| (&retimed.network, mapping)),
            fidelity: &self.fidelity,
        }
    }

    fn outcome(&self, input: usize) -> PyResult<&Outcome> {
        self.outcomes.get(input).ok_or_else(|| fault::internal("there is no such input"))
    }
}

#[pymethods]
impl Run {
    /// Names of the inputs.
    #[getter]
    fn inputs(&self) -> Vec<String> {
        self.outcomes.iter().map(|outcome| outcome.input.clone()).collect()
    }

    #[getter]
    fn network(&self) -> &str {
        &self.setup.network
    }

    #[getter]
    fn profile(&self) -> &str {
        &self.profile.name
    }

    #[getter]
    fn timing(&self) -> &'static str {
        self.setup.timing.name()
    }

    #[getter]
    fn recipe(&self) -> &str {
        &self.setup.recipe
    }

    /// The columns of a CSV file of the run; None where it writes no such file.
    fn table<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        input: usize,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let columns = py.detach(|| self.tables().columns(name, input));
        let columns = columns.map_err(|error| fault::coded(py, error))?;
        columns.map(|columns| convert::columns(py, columns)).transpose()
    }

    /// Recorded spikes; None where none were.
    fn spikes(&self, input: usize) -> PyResult<Option<Spikes>> {
        let Some(spikes) = &self.outcome(input)?.spikes else { return Ok(None) };
        let records = match self.records[input].get() {
            Some(records) => records.clone(),
            None => {
                let read = Arc::new(spikes.to_vec()?);
                self.records[input].get_or_init(|| read).clone()
            }
        };
        Ok(Some(Spikes::of(records)))
    }

    /// What the heads say, of the spiking network or of the float one.
    fn heads<'py>(
        &self,
        py: Python<'py>,
        input: usize,
        float: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let outcome = self.outcome(input)?;
        convert::heads(py, if float { &outcome.float_heads } else { &outcome.heads })
    }

    /// Names of the layers.
    fn layers(&self, input: usize) -> PyResult<Vec<String>> {
        let layers = &self.outcome(input)?.activity.layers;
        Ok(layers.iter().map(|layer| layer.name.clone()).collect())
    }

    /// Spikes of a layer by position, summed over channels and steps.
    fn heat<'py>(
        &self,
        py: Python<'py>,
        input: usize,
        layer: &str,
    ) -> PyResult<Bound<'py, PyArray2<u64>>> {
        let layers = &self.outcome(input)?.activity.layers;
        let found = layers.iter().find(|found| found.name == layer && !found.shapeless);
        let found = found.ok_or_else(|| {
            let named = layers.iter().filter(|layer| !layer.shapeless);
            let hint = suggest::hint(layer, named.map(|layer| layer.name.as_str()));
            fault::wrong(py, format!("no layer `{layer}` with positions{hint}"))
        })?;
        let spikes = PyArray1::from_slice(py, &found.spikes_per_position);
        spikes.reshape([found.height, found.width])
    }

    /// The table of an input for people.
    fn text(&self, input: usize) -> PyResult<String> {
        Ok(report::table(&self.setup, &self.profile, self.outcome(input)?, false))
    }

    /// What `--json` prints of an input, as JSON.
    fn glance(&self, input: usize) -> PyResult<String> {
        let glance = Glance::new(&self.setup, &self.profile, self.outcome(input)?);
        serde_json::to_string(&glance).map_err(|error| fault::internal(&error.to_string()))
    }

    /// The cards of an input's page, as HTML for notebooks.
    fn html(&self, input: usize) -> PyResult<String> {
        let glance = Glance::new(&self.setup, &self.profile, self.outcome(input)?);
        Ok(report::notebook_html(&glance))
    }

    /// The same events under the costs of another profile.
    fn price(&self, py: Python<'_>, profile: &str, changes: Vec<String>) -> PyResult<Run> {
        let loaded = profiles::load(py, profile, &changes)?;
        let sets = changes.iter().flat_map(|change| ["--set".into(), change.clone()]);
        let words = ["price", "RUN", "--profile", profile].map(String::from);
        let call = Call::of_words(words.into_iter().chain(sets).collect());
        let priced = call.make(|| cli::priced(self.setup.clone(), &self.outcomes, &loaded));
        let priced = priced.map_err(|_| fault::internal("nobody asked for the end"))?;
        let setup = priced.map_err(|failure| fault::failure(py, &failure))?;
        let (outcomes, fidelity) = (self.outcomes.clone(), self.fidelity.clone());
        let records = outcomes.iter().map(|_| OnceLock::new()).collect();
        Ok(Run { setup, profile: loaded, outcomes, records, fidelity, prepared: None })
    }

    /// Writes what `spikemesh run --out` writes.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<PathBuf> {
        let write = || {
            let folder = Folder::create(&folder)?;
            self.tables().write(folder.path())?;
            folder.finish()
        };
        py.detach(write).map_err(|error| fault::coded(py, error))
    }
}
