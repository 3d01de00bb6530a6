//! What a convolution of ours is in NIR.

use super::dims;
use crate::snn::{Conv, Shape};

/// The nodes that a projection becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A factor by channel.
    Scale,
    /// The same on means over windows.
    Mean,
    Conv2d,
    Conv1d,
    /// `Affine`, over all of the source.
    Affine,
}

/// What a convolution is in NIR.
///
/// # Errors
/// Why it is nothing there, and what to do.
pub fn form(conv: &Conv, from: Shape, to: Shape) -> Result<Form, &'static str> {
    if conv.upsample != [1, 1] {
        return Err("it reads a map that is made larger, and NIR has no upsampling");
    }
    if !conv.negative.is_empty() {
        return Err("negative spikes have weights of their own; take negative=none");
    }
    let window = conv.window;
    if mean_of(conv, from, to).is_some() {
        let plain = window.kernel == [1, 1] && window.stride == [1, 1] && window.pad == [0, 0];
        return match plain {
            true => Ok(Form::Scale),
            false if to.positions() == 1 && dims(from).len() < 3 => Ok(Form::Affine),
            false if dims(from).len() < 3 || dims(to).len() == 2 => {
                Err("it takes means along one axis, and pools of NIR have two")
            }
            false => fits(conv, from, to).map(|()| Form::Mean),
        };
    }
    if to.positions() == 1 {
        return Ok(Form::Affine);
    }
    weighted(conv, from, to)
}

/// The same of a convolution that stays one.
///
/// # Errors
/// As of [`form`].
pub fn weighted(conv: &Conv, from: Shape, to: Shape) -> Result<Form, &'static str> {
    let window = conv.window;
    if conv.groups > 1 {
        return Err("its convolution has groups, which readers of NIR refuse; train it without");
    }
    fits(conv, from, to)?;
    match (dims(from).len(), dims(to).len(), window.kernel) {
        (3, 1 | 3, [height, width]) if height == width => Ok(Form::Conv2d),
        (2, 1 | 2, [1, _]) => Ok(Form::Conv1d),
        (3, 3, _) => Err(
            "its kernel is not square, for which readers of NIR have wrong sizes; train it with a \
             square one",
        ),
        _ => Err("it changes between maps, lines and single positions, which NIR tells apart"),
    }
}

/// Edges are padded alike on both sides, as NIR pads them.
fn fits(conv: &Conv, from: Shape, to: Shape) -> Result<(), &'static str> {
    let window = conv.window;
    let along = |axis: usize, size: usize| {
        let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
        (size + 2 * window.pad[axis]).checked_sub(reach).map(|room| room / window.stride[axis] + 1)
    };
    let sizes = [along(0, from.height), along(1, from.width)];
    match sizes == [Some(to.height), Some(to.width)] {
        true => Ok(()),
        false => {
            Err("its edges are padded by different numbers of zeros; train it with equal ones")
        }
    }
}

/// The weight of each channel, where all taps of a channel read that channel alone and are alike.
pub fn mean_of(conv: &Conv, from: Shape, to: Shape) -> Option<Vec<i32>> {
    let channels = to.channels;
    let apart = conv.groups == channels
        && conv.inputs == (0..channels)
        && from.channels == channels
        && conv.window.dilation == [1, 1]
        && conv.upsample == [1, 1]
        && (channels > 1 || conv.window.kernel == [1, 1]);
    if !apart {
        return None;
    }
    let weight = |c: usize| {
        let taps = conv.weights.len() / channels;
        let first = conv.weights.get(c);
        (1..taps).all(|tap| conv.weights.get(tap * channels + c) == first).then_some(first)
    };
    (0..channels).map(weight).collect()
}
