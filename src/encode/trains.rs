//! Spike trains as arrays: `[T, N]` or `[T, channels, height, width]`, the spikes of each element
//! in each step.

use super::events::{Error, header_fault};
use ndarray::{ArrayD, Axis};
use ndarray_npy::{ReadNpyExt, ReadableElement};
use std::path::Path;

/// The spikes of each step: element and count, in order, without zeros.
pub type Steps = Vec<Vec<(u32, i32)>>;

/// Reads a `.npy` file whose first dimension is time and whose others hold `elements` in all.
///
/// # Errors
/// It is damaged, has another shape, or numbers that are no counts of spikes.
pub fn read(path: &Path, elements: usize) -> Result<Steps, Error> {
    let bytes =
        crate::files::bytes(path).map_err(|source| Error::Io { path: path.into(), source })?;
    let fault = |what: String| Error::Damaged { path: path.into(), at: 0, what };
    // The header is read twice: ours has bounds.
    header_fault(&bytes).map_err(fault)?;
    let array = numbers(&bytes).ok_or_else(|| fault("it is no array of numbers".into()))?;
    let [steps, rest @ ..] = array.shape() else {
        return Err(fault("it has no dimensions; its first one is time".into()));
    };
    if rest.iter().product::<usize>() != elements || *steps == 0 {
        return Err(fault(format!(
            "its shape is {:?}, and the network asks for [T, {elements}]",
            array.shape()
        )));
    }
    let count = |value: f64| -> Result<i32, Error> {
        let whole = value.fract() == 0.0 && (0.0..=255.0).contains(&value);
        whole.then_some(value as i32).ok_or_else(|| fault(format!("{value} is no count of spikes")))
    };
    let step = |row: ndarray::ArrayViewD<f64>| -> Result<Vec<(u32, i32)>, Error> {
        let mut spikes = vec![];
        for (element, &value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            spikes.push((element as u32, count(value)?));
        }
        Ok(spikes)
    };
    array.axis_iter(Axis(0)).map(step).collect()
}

/// The array as floats, whatever numbers it holds.
fn numbers(bytes: &[u8]) -> Option<ArrayD<f64>> {
    fn of<T: ReadableElement + Copy>(bytes: &[u8], to: fn(T) -> f64) -> Option<ArrayD<f64>> {
        ArrayD::<T>::read_npy(bytes).ok().map(|array| array.mapv(to))
    }
    of::<u8>(bytes, f64::from)
        .or_else(|| of::<bool>(bytes, |value| f64::from(u8::from(value))))
        .or_else(|| of::<f32>(bytes, f64::from))
        .or_else(|| of::<f64>(bytes, |value| value))
        .or_else(|| of::<i8>(bytes, f64::from))
        .or_else(|| of::<i16>(bytes, f64::from))
        .or_else(|| of::<u16>(bytes, f64::from))
        .or_else(|| of::<i32>(bytes, f64::from))
        .or_else(|| of::<u32>(bytes, f64::from))
        .or_else(|| of::<u64>(bytes, |value| value as f64))
        .or_else(|| of::<i64>(bytes, |value| value as f64))
}
