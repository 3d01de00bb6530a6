//! The image input: its shape, sizes that the file leaves free, and the order of its axes.

use std::collections::HashSet;
use std::rc::Rc;

use super::live::Live;
use super::proto::{GraphProto, NodeProto, ValueInfoProto};
use super::strided::Strided;
use super::{Builder, Input, Value, View};
use crate::import::Options;

/// Channels that a picture may have, for inputs whose channels come last.
const COLOURS: [usize; 3] = [1, 3, 4];

/// Operators that leave each element where it is.
const IN_PLACE: &[&str] = &["Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "Neg"];

impl Builder {
    /// Adds the image.
    pub fn image(
        &mut self,
        file: &GraphProto,
        live: &Live,
        options: &Options,
    ) -> Result<(), String> {
        // Old files list the initializers among the inputs.
        let constants: HashSet<&str> = file.initializer.iter().map(|t| &t.name[..]).collect();
        let inputs = file.input.iter().filter(|i| !constants.contains(&i.name[..]));
        let all: Vec<_> = inputs.collect();
        let read: Vec<_> = all.iter().copied().filter(|i| live.needs(&i.name)).collect();
        let inputs = if read.is_empty() { all } else { read };
        let [image] = inputs[..] else {
            return Err(format!("expected one input, found {}", inputs.len()));
        };
        let last = channels_last(file, image);
        let dims = self
            .input_dims(image, last, options)
            .map_err(|e| format!("input '{}': {e}", image.name))?;
        let value = if last {
            let [batch, height, width, channels] = dims[..] else {
                return Err(format!("input '{}': shape {dims:?} is no image", image.name));
            };
            let planes = vec![batch, channels, height, width];
            if is_ambiguous([channels, height, width]) {
                self.notes.push(format!(
                    "input '{}' has its channels last, but arrays of {height} x {width} x \
                     {channels} are read with channels first",
                    image.name
                ));
            }
            let Value::Node(source, planes) = self.push(&image.name, Input, vec![], planes)? else {
                return Err("the image is a constant".into());
            };
            let mut strided = Strided::whole(&planes);
            strided.transpose(&[0, 2, 3, 1])?;
            Value::View(Rc::new(View {
                name: format!("{}_nhwc", image.name),
                source,
                strided,
                dims,
            }))
        } else {
            self.push(&image.name, Input, vec![], dims)?
        };
        self.values.insert(image.name.clone(), value);
        Ok(())
    }

    /// Shape of the image input with the batch set to 1.
    fn input_dims(
        &mut self,
        input: &ValueInfoProto,
        last: bool,
        options: &Options,
    ) -> Result<Vec<usize>, String> {
        let tensor = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
        let tensor = tensor.ok_or("it has no tensor type")?;
        if !matches!(tensor.elem_type, 1 | 10 | 11 | 16) {
            return Err(format!("element type {} is not float", tensor.elem_type));
        }
        let shape = tensor.shape.as_ref().ok_or("it has no shape")?;
        let given: Vec<Option<i64>> =
            shape.dim.iter().map(|dim| dim.dim_value.filter(|&n| n > 0)).collect();
        let mut dims = Vec::with_capacity(given.len());
        for (axis, size) in given.iter().enumerate() {
            let size = size.map(usize::try_from).transpose().map_err(|e| e.to_string())?;
            let wanted = self::wanted(axis, given.len(), last, options.input_size);
            let place = match axis {
                0 => "batch",
                _ if axis == if last { 3 } else { 1 } => "channels",
                _ => "size",
            };
            dims.push(match (place, size, wanted) {
                ("batch", size, _) => {
                    self.batch = size.unwrap_or(1);
                    1
                }
                (_, Some(size), Some(wanted)) if size != wanted => {
                    return Err(format!(
                        "the file fixes dimension {axis} at {size}; leave out --input-size"
                    ));
                }
                (_, Some(size), _) | ("size", None, Some(size)) => size,
                ("channels", ..) => {
                    return Err("its number of channels is free; export it with a fixed one".into());
                }
                _ => return Err(free(axis, &given)),
            });
        }
        if self.batch > 1 {
            let note = format!("a batch of {} is read as one image", self.batch);
            self.notes.push(note);
        }
        Ok(dims)
    }
}

/// Whether an array of this shape looks the same with channels last.
fn is_ambiguous([channels, height, width]: [usize; 3]) -> bool {
    let long = |dims: [usize; 3]| dims.into_iter().filter(|&n| n != 1).collect::<Vec<_>>();
    let (first, last) = (long([channels, height, width]), long([height, width, channels]));
    channels > 1 && first.len() > 1 && first == last
}

/// A message about a size that the file leaves open.
fn free(axis: usize, given: &[Option<i64>]) -> String {
    let side = |size: Option<i64>| size.unwrap_or(640).to_string();
    let [.., height, width] = given else {
        return format!("dimension {axis} has no fixed size");
    };
    let (height, width) = if given.len() == 4 { (*height, *width) } else { (*width, Some(1)) };
    format!(
        "dimension {axis} has no fixed size: give it, such as --input-size {}x{}",
        side(height),
        side(width)
    )
}

/// What the caller wants of an axis: height and width, of a sequence its length.
fn wanted(axis: usize, rank: usize, last: bool, size: Option<[usize; 2]>) -> Option<usize> {
    let [height, width] = size?;
    match (rank, axis, last) {
        (4, 2, false) | (4, 1, true) => Some(height),
        (4, 3, false) | (4, 2, true) => Some(width),
        (3, 2, false) => Some(height.max(width)),
        _ => None,
    }
}

/// Whether the image's channels come last in the file: all that reads it puts them first.
fn channels_last(file: &GraphProto, image: &ValueInfoProto) -> bool {
    let tensor = image.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let Some(shape) = tensor.and_then(|t| t.shape.as_ref()) else { return false };
    let last = shape.dim.last().and_then(|d| usize::try_from(d.dim_value?).ok());
    if shape.dim.len() != 4 || !last.is_some_and(|n| COLOURS.contains(&n)) {
        return false;
    }
    let puts_first = |node: &NodeProto| {
        let order = node.attribute.iter().find(|a| a.name == "perm");
        node.op_type == "Transpose" && order.is_some_and(|a| a.ints == [0, 3, 1, 2])
    };
    let mut names = HashSet::from([&image.name[..]]);
    let mut turned = false;
    for node in &file.node {
        if !node.input.iter().any(|input| names.contains(&input[..])) {
            continue;
        }
        if puts_first(node) {
            turned = true;
        } else if IN_PLACE.contains(&&node.op_type[..]) {
            names.extend(node.output.iter().map(|output| &output[..]));
        } else {
            return false;
        }
    }
    turned && !file.output.iter().any(|output| names.contains(&output.name[..]))
}
