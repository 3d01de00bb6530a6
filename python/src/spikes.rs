//! Recorded spikes as numpy sees them: in the memory of the run.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikemesh::pipeline::SpikeRecord;
use std::mem::{offset_of, size_of};
use std::sync::Arc;

/// Spikes of one input, for `numpy.asarray`, which keeps this object.
#[pyclass(frozen)]
pub struct Spikes {
    records: Arc<Vec<SpikeRecord>>,
}

impl Spikes {
    /// These; numpy shares them.
    pub fn of(records: Arc<Vec<SpikeRecord>>) -> Spikes {
        Spikes { records }
    }
}

#[pymethods]
impl Spikes {
    /// Where they lie and what they are; the memory does not move while the run lives.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let records = &self.records;
        let mut end = 0;
        let mut fields = vec![];
        for (name, kind, size, at) in [
            ("step", "<u4", 4, offset_of!(SpikeRecord, step)),
            ("layer", "<i4", 4, offset_of!(SpikeRecord, layer)),
            ("neuron", "<u4", 4, offset_of!(SpikeRecord, neuron)),
            ("count", "<i2", 2, offset_of!(SpikeRecord, count)),
        ] {
            if at > end {
                fields.push((String::new(), format!("|V{}", at - end)));
            }
            fields.push((name.to_string(), kind.to_string()));
            end = at + size;
        }
        let size = size_of::<SpikeRecord>();
        if size > end {
            fields.push((String::new(), format!("|V{}", size - end)));
        }
        let face = PyDict::new(py);
        face.set_item("version", 3)?;
        face.set_item("shape", (records.len(),))?;
        face.set_item("typestr", format!("|V{size}"))?;
        face.set_item("descr", fields)?;
        // Read only.
        face.set_item("data", (records.as_ptr() as usize, true))?;
        Ok(face)
    }
}
