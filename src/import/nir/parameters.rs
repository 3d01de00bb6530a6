//! Parameters of a node: numbers with a shape, or text.

use super::words::clip;
use std::collections::BTreeMap;

/// Largest size of anything: shapes beyond it are slips.
const LARGEST: f64 = (1u32 << 31) as f64;

/// By name.
#[derive(Debug, Default)]
pub struct Parameters(pub BTreeMap<String, Value>);

#[derive(Debug)]
pub enum Value {
    Numbers(Array),
    Texts(Vec<String>),
    /// Of a type that no parameter has; what it is.
    Other(String),
}

/// Numbers, the last dimension fastest; a scalar has no dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

impl Array {
    /// The only value.
    pub fn scalar(&self) -> Option<f64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// Its shape without leading ones.
    pub fn dims(&self) -> &[usize] {
        let ones = self.shape.iter().take_while(|&&size| size == 1).count();
        &self.shape[ones..]
    }
}

impl Parameters {
    /// The numbers of this name, taken out.
    ///
    /// # Errors
    /// It is there, but no numbers.
    pub fn take(&mut self, name: &str) -> Result<Option<Array>, String> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Value::Numbers(array)) => Ok(Some(array)),
            Some(value) => Err(not_numbers(name, &value)),
        }
    }

    /// The numbers of this name.
    ///
    /// # Errors
    /// It is there, but no numbers.
    pub fn array(&self, name: &str) -> Result<Option<&Array>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Numbers(array)) => Ok(Some(array)),
            Some(value) => Err(not_numbers(name, value)),
        }
    }

    /// The number of this name.
    ///
    /// # Errors
    /// It is there, but not one number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(array) = self.array(name)? else { return Ok(None) };
        let one = array.scalar().filter(|value| value.is_finite());
        one.map(Some).ok_or_else(|| format!("{name} is not one finite number"))
    }

    /// Whole numbers of this name, 0 or more.
    ///
    /// # Errors
    /// It is there, but no such numbers.
    pub fn sizes(&self, name: &str) -> Result<Option<Vec<usize>>, String> {
        let Some(array) = self.array(name)? else { return Ok(None) };
        let size = |&value: &f64| {
            let fits = value.fract() == 0.0 && (0.0..LARGEST).contains(&value);
            fits.then_some(value as usize)
        };
        if array.values.len() > 16 {
            return Err(format!("{name} has {} numbers", array.values.len()));
        }
        let sizes: Option<Vec<usize>> = array.values.iter().map(size).collect();
        sizes.map(Some).ok_or_else(|| format!("{name} is not of whole numbers, 0 or more"))
    }

    /// The word of this name.
    ///
    /// # Errors
    /// It is there, but no word.
    pub fn word(&self, name: &str) -> Result<Option<&str>, String> {
        match (self.0.contains_key(name), self.text(name)) {
            (true, None) => Err(format!("{name} is no word")),
            (_, word) => Ok(word),
        }
    }

    /// The text of this name, if it is one.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Texts(texts) if texts.len() == 1 => Some(&texts[0]),
            _ => None,
        }
    }
}

fn not_numbers(name: &str, value: &Value) -> String {
    match value {
        Value::Texts(texts) => {
            let first = texts.first().map_or("", String::as_str);
            format!("{name} is the text '{}', and numbers are wanted", clip(first))
        }
        Value::Other(what) => format!("{name} is {what}, and numbers are wanted"),
        Value::Numbers(_) => format!("{name} is of numbers"),
    }
}
