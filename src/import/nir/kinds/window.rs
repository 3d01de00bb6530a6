//! Windows that move over maps: their sizes, steps and edges, one number or one by axis.

use crate::import::nir::parameters::Parameters;

/// Longest side, step or edge.
const LONGEST: usize = 1 << 14;

/// Two numbers, rows first: of one axis the second, with `along` for the rows; of one number both.
///
/// # Errors
/// They are not one or `axes` numbers, too large, or smaller than `least`.
pub fn pair(
    parameters: &Parameters,
    name: &str,
    axes: usize,
    default: usize,
    least: usize,
) -> Result<[usize; 2], String> {
    let given = parameters.sizes(name)?.unwrap_or_else(|| vec![default]);
    let along = least.min(1);
    let pair = match (axes, &given[..]) {
        (1, &[one]) => [along, one],
        (2, &[one]) => [one, one],
        (2, &[rows, columns]) => [rows, columns],
        _ => return Err(format!("{name} has {} numbers for {axes} dimensions", given.len())),
    };
    match pair.iter().all(|size| (least..=LONGEST).contains(size)) {
        true => Ok(pair),
        false => Err(format!("{name} is {given:?}, and {least} to {LONGEST} is wanted")),
    }
}

/// How many windows of `kernel` fit, so far apart, with `edge` zeros added in all.
///
/// # Errors
/// Not one.
pub fn count(
    size: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    edge: usize,
) -> Result<usize, String> {
    let reach = dilation * (kernel - 1) + 1;
    let room = (size + edge).checked_sub(reach);
    let room = room.ok_or_else(|| {
        format!(
            "a kernel that reaches over {reach} does not fit into {size} with {edge} of padding"
        )
    })?;
    Ok(room / stride + 1)
}
