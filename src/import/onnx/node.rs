//! One ONNX node with its attributes and inputs looked up. Errors are plain texts; the caller adds
//! the place.

use std::rc::Rc;

use super::Value;
use super::proto::AttributeProto;
use super::tensor::Tensor;
use crate::ann::NodeId;
use crate::ann::op::Numbers;

/// Types of attributes, as `onnx.proto` numbers them.
const FLOAT: i32 = 1;
const INT: i32 = 2;
const STRING: i32 = 3;
const FLOATS: i32 = 6;
const INTS: i32 = 7;

/// A node's attributes by name.
pub struct Attributes<'a>(pub &'a [AttributeProto]);

impl Attributes<'_> {
    pub fn get(&self, name: &str) -> Option<&AttributeProto> {
        self.0.iter().find(|a| a.name == name)
    }

    /// The attribute, which must have this type where the file says one.
    fn typed(&self, name: &str, kind: i32) -> Result<Option<&AttributeProto>, String> {
        match self.get(name) {
            Some(a) if a.r#type != 0 && a.r#type != kind => {
                Err(format!("attribute {name} has a wrong type"))
            }
            found => Ok(found),
        }
    }

    pub fn int(&self, name: &str, default: i64) -> Result<i64, String> {
        Ok(self.typed(name, INT)?.map_or(default, |a| a.i))
    }

    /// A finite number.
    pub fn float(&self, name: &str, default: f32) -> Result<f32, String> {
        let x = self.bound(name, default)?;
        if x.is_finite() { Ok(x) } else { Err(format!("attribute {name} is {x}")) }
    }

    /// A number that may be infinite.
    pub fn bound(&self, name: &str, default: f32) -> Result<f32, String> {
        Ok(self.typed(name, FLOAT)?.map_or(default, |a| a.f))
    }

    pub fn text<'b>(&'b self, name: &str, default: &'b str) -> Result<&'b str, String> {
        let Some(a) = self.typed(name, STRING)? else { return Ok(default) };
        std::str::from_utf8(&a.s).map_err(|_| format!("{name} is not text"))
    }

    pub fn ints(&self, name: &str) -> Result<Option<&[i64]>, String> {
        Ok(self.typed(name, INTS)?.map(|a| &a.ints[..]))
    }

    pub fn floats(&self, name: &str) -> Result<Option<&[f32]>, String> {
        Ok(self.typed(name, FLOATS)?.map(|a| &a.floats[..]))
    }

    /// A list of sizes, none of them negative.
    pub fn sizes(&self, name: &str) -> Result<Option<Vec<usize>>, String> {
        self.ints(name)?.map(|list| sizes(list).map_err(|e| format!("{name}: {e}"))).transpose()
    }
}

impl Numbers for Attributes<'_> {
    fn float(&self, name: &str, default: f32) -> Result<f32, String> {
        Attributes::float(self, name, default)
    }

    fn text(&self, name: &str, default: &str) -> Result<String, String> {
        Attributes::text(self, name, default).map(str::to_owned)
    }
}

/// An axis of `rank`, counted from the end where it is negative.
pub fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let rank = i64::try_from(rank).map_err(|e| e.to_string())?;
    let from_start = if axis < 0 { axis.saturating_add(rank) } else { axis };
    let fits = (0..rank).contains(&from_start).then(|| usize::try_from(from_start).ok()).flatten();
    fits.ok_or_else(|| format!("axis {axis} is out of range for {rank} dimensions"))
}

pub fn sizes(list: &[i64]) -> Result<Vec<usize>, String> {
    list.iter().map(|&n| usize::try_from(n).map_err(|_| format!("negative number {n}"))).collect()
}

/// A node of these dimensions as an image, or as a sequence, whose steps are rows of one cell.
pub fn map_of(id: NodeId, dims: &[usize]) -> Result<Map, String> {
    match *dims {
        [1, c, h, w] => Ok(Map { id, channels: c, size: [h, w], sequence: false }),
        [1, c, n] => Ok(Map { id, channels: c, size: [n, 1], sequence: true }),
        _ => Err(format!("expected an image, found shape {dims:?}")),
    }
}

/// An image or a sequence.
pub struct Map {
    pub id: NodeId,
    pub channels: usize,
    pub size: [usize; 2],
    pub sequence: bool,
}

impl Map {
    /// The shape in the file of an output of this kind.
    pub fn dims(&self, channels: usize, [height, width]: [usize; 2]) -> Vec<usize> {
        match self.sequence {
            true => vec![1, channels, height],
            false => vec![1, channels, height, width],
        }
    }
}

/// A node of the file with its inputs looked up.
pub struct Ctx<'a> {
    pub name: &'a str,
    /// How many outputs the file names.
    pub outputs: usize,
    /// Their names in the file.
    pub inputs: &'a [String],
    pub args: Vec<Option<Value>>,
    pub attributes: Attributes<'a>,
}

impl Ctx<'_> {
    pub fn value(&self, i: usize) -> Result<&Value, String> {
        self.optional(i).ok_or_else(|| format!("input {i} is missing"))
    }

    pub fn optional(&self, i: usize) -> Option<&Value> {
        self.args.get(i).and_then(Option::as_ref)
    }

    pub fn tensor(&self, i: usize) -> Result<(NodeId, &[usize]), String> {
        match self.value(i)? {
            Value::Node(id, dims) => Ok((*id, dims)),
            Value::Const(_) => Err(format!("input {i} is a constant, which is not supported here")),
            // Those who do not know views never see one.
            Value::View(_) => Err(format!("the elements of input {i} are not in order")),
        }
    }

    /// Input `i` as an image, or as a sequence, whose steps are rows of one cell.
    pub fn map(&self, i: usize) -> Result<Map, String> {
        let (id, dims) = self.tensor(i)?;
        map_of(id, dims)
    }

    pub fn constant(&self, i: usize) -> Result<&Rc<Tensor>, String> {
        self.optional_constant(i)?.ok_or_else(|| format!("input {i} is missing"))
    }

    pub fn optional_constant(&self, i: usize) -> Result<Option<&Rc<Tensor>>, String> {
        match self.optional(i) {
            None => Ok(None),
            Some(Value::Const(t)) => Ok(Some(t)),
            Some(_) => Err(format!("input {i} must be a constant")),
        }
    }

    /// A constant vector of `n` floats.
    pub fn vector(&self, i: usize, n: usize) -> Result<Vec<f32>, String> {
        let v = self.constant(i)?.floats();
        if v.len() == n {
            Ok(v)
        } else {
            Err(format!("input {i} has {} numbers, expected {n}", v.len()))
        }
    }
}
