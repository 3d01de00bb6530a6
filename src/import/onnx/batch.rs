//! A batch that a file fixes: of its images one is read, so that its axis has one place here.

use std::rc::Rc;

use super::tensor::{self, Tensor};

const HINT: &str = "export the network with a batch of 1";

/// Shapes of one image, of which the first that fits is meant: `wish` is that of `batch` images, or
/// of one where the file computes it from the image's own shape.
pub fn shapes(batch: usize, wish: &[i64]) -> Result<Vec<Vec<i64>>, String> {
    let whole = wish.to_vec();
    let (Some((&first, rest)), Ok(size)) = (wish.split_first(), i64::try_from(batch)) else {
        return Ok(vec![whole]);
    };
    if size < 2 || first < size || first % size != 0 {
        return Ok(vec![whole]);
    }
    let one = [&[first / size], rest].concat();
    match rest.contains(&-1) {
        _ if first == size => Ok(vec![one, whole]),
        false => Ok(vec![whole, one]),
        // Both would fit, and differ.
        true => Err(format!("shape {wish:?} splits a batch of {batch} images; {HINT}")),
    }
}

/// The size of each axis that features of `dims` are repeated to, of one image.
pub fn repeated(batch: usize, dims: &[usize], mut wish: Vec<usize>) -> Vec<usize> {
    if is_batch(batch, dims, &wish) {
        wish[0] = 1;
    }
    wish
}

/// A constant beside features of `dims`, as it is beside one image.
///
/// # Errors
/// It differs from image to image.
pub fn constant(batch: usize, dims: &[usize], k: &Rc<Tensor>) -> Result<Rc<Tensor>, String> {
    if !is_batch(batch, dims, &k.dims) {
        return Ok(k.clone());
    }
    let own = [&[1], &k.dims[1..]].concat();
    let n = tensor::count(&own)?;
    let image = |at: usize| {
        let places: Vec<usize> = (at * n..(at + 1) * n).collect();
        k.taken(own.clone(), &places)
    };
    let first = image(0);
    match (1..batch).all(|at| image(at).data == first.data) {
        true => Ok(Rc::new(first)),
        false => Err(format!(
            "its constant of shape {:?} differs among the images of a batch; {HINT}",
            k.dims
        )),
    }
}

/// Refuses what repeats the images of a batch.
pub fn once(batch: usize, times: usize) -> Result<(), String> {
    match batch > 1 && times > 1 {
        true => Err(format!("it repeats a batch of {batch} images; {HINT}")),
        false => Ok(()),
    }
}

/// Whether `other` has an axis of all images where features of `dims` have that of one.
fn is_batch(batch: usize, dims: &[usize], other: &[usize]) -> bool {
    batch > 1
        && dims.len() == other.len()
        && dims.first() == Some(&1)
        && other.first() == Some(&batch)
}
