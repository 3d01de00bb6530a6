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
    let unfit = |found: String, expected: String| {
        let path = path.into();
        Error::Columns { path, found, expected }
    };
    let array = numbers(&bytes).ok_or_else(|| {
        let found = "holds values of a type that is not read";
        unfit(found.into(), "save it as uint8 or float32".into())
    })?;
    let shape = array.shape();
    let fits = match shape {
        [] | [0, ..] => false,
        [_, rest @ ..] => rest.iter().product::<usize>() == elements,
    };
    if !fits {
        let expected = format!("the network takes [T, {elements}], spikes by step and neuron");
        return Err(unfit(format!("has the shape {shape:?}"), expected));
    }
    let step = |(step, row): (usize, ndarray::ArrayViewD<f64>)| -> Result<_, Error> {
        let mut spikes = vec![];
        for (element, &value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            if value.fract() != 0.0 || !(0.0..=255.0).contains(&value) {
                let what = format!("{value} is no count of spikes from 0 to 255");
                let (path, place) = (path.into(), format!("step {step}"));
                return Err(Error::Value { path, place, what });
            }
            spikes.push((element as u32, value as i32));
        }
        Ok(spikes)
    };
    array.axis_iter(Axis(0)).enumerate().map(step).collect()
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
