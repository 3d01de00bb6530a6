//! HDF5 files in memory: datasets, attributes of groups, and the first fault met.

use super::Error;
use hdf5_writer::{
    AttributeBuilder, DatasetBuilder, FILTER_DEFLATE, FilterDescription, Hdf5Builder, WriteOptions,
};

/// Elements from which arrays are compressed.
const MANY: usize = 256;
/// How hard they are.
const LEVEL: u32 = 4;

/// A file being made. Groups come with the paths of what is in them.
#[derive(Default)]
pub struct File {
    builder: Hdf5Builder,
    fault: Option<String>,
}

impl File {
    fn put(&mut self, dataset: Result<DatasetBuilder, hdf5_writer::Error>) {
        match dataset {
            Ok(dataset) => self.builder = std::mem::take(&mut self.builder).dataset(dataset),
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &hdf5_writer::Error) {
        self.fault.get_or_insert_with(|| error.to_string());
    }

    /// A text.
    pub fn text(&mut self, path: &str, text: &str) {
        self.put(DatasetBuilder::vlen_string_data(path, vec![], &[text]));
    }

    /// Texts in rows of two.
    pub fn pairs(&mut self, path: &str, texts: &[String]) {
        self.put(DatasetBuilder::vlen_string_data(path, vec![texts.len() as u64 / 2, 2], texts));
    }

    /// A whole number.
    pub fn int(&mut self, path: &str, value: i64) {
        self.put(DatasetBuilder::typed_data(path, vec![], &[value]));
    }

    /// Whole numbers.
    pub fn ints(&mut self, path: &str, shape: &[u64], values: &[i64]) {
        self.put(packed(DatasetBuilder::typed_data(path, shape, values), shape, values.len()));
    }

    /// A number.
    pub fn double(&mut self, path: &str, value: f64) {
        self.put(DatasetBuilder::typed_data(path, vec![], &[value]));
    }

    /// Numbers of 64 bits.
    pub fn doubles(&mut self, path: &str, shape: &[u64], values: &[f64]) {
        self.put(packed(DatasetBuilder::typed_data(path, shape, values), shape, values.len()));
    }

    /// Numbers of 32 bits where these are as `good`, else of 64.
    pub fn floats(
        &mut self,
        path: &str,
        shape: &[u64],
        values: &[f64],
        good: impl Fn(usize, f64) -> bool,
    ) {
        let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        match narrow.iter().enumerate().all(|(n, &value)| good(n, f64::from(value))) {
            true => {
                let dataset = DatasetBuilder::typed_data(path, shape, &narrow);
                self.put(packed(dataset, shape, narrow.len()));
            }
            false => self.doubles(path, shape, values),
        }
    }

    /// A text of a group, or of the file where `group` is empty. It is an array of one: what others
    /// read as text, too.
    pub fn text_attribute(&mut self, group: &str, name: &str, text: &str) {
        self.attribute(group, AttributeBuilder::vlen_strings(name, &[text]));
    }

    /// A number of a group.
    pub fn double_attribute(&mut self, group: &str, name: &str, value: f64) {
        self.attribute(group, AttributeBuilder::scalar(name, value));
    }

    /// A whole number of a group.
    pub fn int_attribute(&mut self, group: &str, name: &str, value: i64) {
        self.attribute(group, AttributeBuilder::scalar(name, value));
    }

    fn attribute(&mut self, group: &str, made: Result<AttributeBuilder, hdf5_writer::Error>) {
        match made {
            Ok(attribute) => {
                let builder = std::mem::take(&mut self.builder);
                self.builder = match group {
                    "" => builder.attribute(attribute),
                    _ => builder.group_attribute(group, attribute),
                };
            }
            Err(error) => self.fail(&error),
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// The first fault.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        let fault = |what: String| Error::Encode { what };
        if let Some(what) = self.fault {
            return Err(fault(what));
        }
        let plan = self.builder.into_plan().map_err(|error| fault(error.to_string()))?;
        plan.encode(WriteOptions::default()).map_err(|error| fault(error.to_string()))
    }
}

/// The same compressed, where it is large.
fn packed(
    dataset: Result<DatasetBuilder, hdf5_writer::Error>,
    shape: &[u64],
    count: usize,
) -> Result<DatasetBuilder, hdf5_writer::Error> {
    let gzip = || FilterDescription { id: FILTER_DEFLATE, name: None, client_data: vec![LEVEL] };
    match count > MANY {
        true => Ok(dataset?.chunked(shape).filter(gzip())),
        false => dataset,
    }
}
