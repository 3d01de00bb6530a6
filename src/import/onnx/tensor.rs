//! Constant tensors: decoding and folding. Errors are plain texts; the caller adds the place.

use std::cell::OnceCell;

use super::kind;
use super::proto::TensorProto;
use crate::ann::memory;

/// A constant; numbers are kept as integers where the file has integers (shapes, axes, pads).
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub dims: Vec<usize>,
    pub data: Data,
    /// Type, as `onnx.proto` numbers them.
    pub kind: i32,
    /// The first element that is no finite number; looked for once, however many nodes read it.
    odd: OnceCell<Option<usize>>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

/// Types of what is made here, as `onnx.proto` numbers them.
const FLOAT: i32 = 1;
const INT64: i32 = 7;
/// True or false.
pub const BOOL: i32 = 9;

/// Number of elements of a shape, refused beyond the memory that is allowed.
pub fn count(dims: &[usize]) -> Result<usize, String> {
    let n = dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    let n = n.ok_or_else(|| format!("shape {dims:?} is too large"))?;
    memory::check_floats(n as u64).map_err(|e| format!("shape {dims:?} is too large: {e}"))?;
    Ok(n)
}

/// The shape of what ONNX's two-way broadcasting makes of two constants.
pub fn joined(left: &[usize], right: &[usize]) -> Result<Vec<usize>, String> {
    let rank = left.len().max(right.len());
    let (a, b) = (align(left, rank)?, align(right, rank)?);
    let dim = |(&x, &y): (&usize, &usize)| match (x, y) {
        (1, d) | (d, 1) => Ok(d),
        (x, y) if x == y => Ok(x),
        _ => Err(format!("shapes {left:?} and {right:?} do not match")),
    };
    a.iter().zip(&b).map(dim).collect()
}

impl Tensor {
    /// Of 32 bits where its numbers are floats, else of 64.
    pub fn new(dims: Vec<usize>, data: Data) -> Tensor {
        let kind = if matches!(data, Data::Int(_)) { INT64 } else { FLOAT };
        Tensor::of_kind(kind, dims, data)
    }

    /// Of this type, which its numbers fit.
    pub fn of_kind(kind: i32, dims: Vec<usize>, data: Data) -> Tensor {
        Tensor { dims, data, kind, odd: OnceCell::new() }
    }

    /// Of this type, with what it keeps of its integers.
    pub fn wrapped(mut self, kind: i32) -> Result<Tensor, String> {
        if let Data::Int(v) = &mut self.data {
            for x in v {
                *x = kind::wrapped(kind, *x)?;
            }
        }
        Ok(Tensor { kind, ..self })
    }

    /// Refuses a constant with an element that is no number, or infinite.
    pub fn finite(&self) -> Result<(), String> {
        let Data::Float(v) = &self.data else { return Ok(()) };
        match self.odd.get_or_init(|| v.iter().position(|x| !x.is_finite())) {
            None => Ok(()),
            Some(at) => Err(format!("{} at element {at} of its shape {:?}", v[*at], self.dims)),
        }
    }

    pub fn floats(&self) -> Vec<f32> {
        match &self.data {
            Data::Float(v) => v.clone(),
            Data::Int(v) => v.iter().map(|&x| x as f32).collect(),
        }
    }

    pub fn ints(&self) -> Result<&[i64], String> {
        match &self.data {
            Data::Int(v) => Ok(v),
            Data::Float(_) => Err("expected a constant of integers".into()),
        }
    }

    pub fn len(&self) -> usize {
        match &self.data {
            Data::Float(v) => v.len(),
            Data::Int(v) => v.len(),
        }
    }

    /// The only element of a scalar or one-element tensor.
    pub fn scalar(&self) -> Result<f32, String> {
        match self.floats()[..] {
            [x] => Ok(x),
            _ => Err(format!("expected one number, found shape {:?}", self.dims)),
        }
    }

    pub fn decode(proto: &TensorProto) -> Result<Tensor, String> {
        let dims = proto
            .dims
            .iter()
            .map(|&d| usize::try_from(d).map_err(|_| format!("negative dimension {d}")))
            .collect::<Result<Vec<_>, _>>()?;
        let n = count(&dims)?;
        if proto.data_location != 0 {
            return Err("its data is in another file, which is not supported".into());
        }
        let raw = &proto.raw_data;
        let ints = || proto.int32_data.iter().map(|&x| i64::from(x)).collect::<Vec<_>>();
        let data = match (proto.data_type, raw.is_empty()) {
            (1, true) => Data::Float(proto.float_data.clone()),
            (1, false) => Data::Float(words(raw, f32::from_le_bytes)?),
            (2 | 3 | 4 | 5 | 6 | 9, true) => Data::Int(ints()),
            (2 | 9, false) => Data::Int(raw.iter().map(|&b| i64::from(b)).collect()),
            (3, false) => Data::Int(raw.iter().map(|&b| i64::from(b as i8)).collect()),
            (4, false) => Data::Int(words(raw, |b| i64::from(u16::from_le_bytes(b)))?),
            (5, false) => Data::Int(words(raw, |b| i64::from(i16::from_le_bytes(b)))?),
            (6, false) => Data::Int(words(raw, |b| i64::from(i32::from_le_bytes(b)))?),
            (7, true) => Data::Int(proto.int64_data.clone()),
            (7, false) => Data::Int(words(raw, i64::from_le_bytes)?),
            (10, true) => Data::Float(proto.int32_data.iter().map(|&b| half(b as u16)).collect()),
            (10, false) => Data::Float(words(raw, |b| half(u16::from_le_bytes(b)))?),
            (12, true) | (13, true) => Data::Int(wide(&proto.uint64_data)?),
            (12, false) => Data::Int(words(raw, |b| i64::from(u32::from_le_bytes(b)))?),
            (13, false) => Data::Int(wide(&words(raw, u64::from_le_bytes)?)?),
            (16, true) => Data::Float(proto.int32_data.iter().map(|&b| brain(b as u16)).collect()),
            (16, false) => Data::Float(words(raw, |b| brain(u16::from_le_bytes(b)))?),
            (21 | 22, true) => {
                let bytes: Vec<u8> = proto.int32_data.iter().map(|&b| b as u8).collect();
                Data::Int(nibbles(&bytes, n, proto.data_type == 22))
            }
            (21 | 22, false) => Data::Int(nibbles(raw, n, proto.data_type == 22)),
            (11, true) => Data::Float(proto.double_data.iter().map(|&x| x as f32).collect()),
            (11, false) => Data::Float(words(raw, |b| f64::from_le_bytes(b) as f32)?),
            (8, _) => return Err("its elements are texts, which no network computes with".into()),
            (other, _) => {
                return Err(format!(
                    "element type {other} is not supported; export the network in float32"
                ));
            }
        };
        let tensor = Tensor::of_kind(proto.data_type, dims, data);
        if tensor.len() != n {
            return Err(format!(
                "shape {:?} needs {n} elements, found {}",
                tensor.dims,
                tensor.len()
            ));
        }
        Ok(tensor)
    }

    /// Its elements at `places`, in another shape.
    pub fn taken(&self, dims: Vec<usize>, places: &[usize]) -> Tensor {
        let data = match &self.data {
            Data::Float(v) => Data::Float(places.iter().map(|&i| v[i]).collect()),
            Data::Int(v) => Data::Int(places.iter().map(|&i| v[i]).collect()),
        };
        Tensor::of_kind(self.kind, dims, data)
    }

    pub fn is_int(&self) -> bool {
        matches!(self.data, Data::Int(_))
    }

    /// Applies `f` to every element, as floats.
    pub fn map(&self, f: impl Fn(f32) -> f32) -> Tensor {
        let data = Data::Float(self.floats().into_iter().map(f).collect());
        Tensor::new(self.dims.clone(), data)
    }

    /// The same of integers, of the type of its own; where `f` has no value, there is none.
    pub fn zip_ints(
        &self,
        other: &Tensor,
        f: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<Tensor, String> {
        let dims = joined(&self.dims, &other.dims)?;
        let (a, b) = (align(&self.dims, dims.len())?, align(&other.dims, dims.len())?);
        let left = broadcast(self.ints()?, &a, &dims)?;
        let right = broadcast(other.ints()?, &b, &dims)?;
        let value = |(&x, &y): (&i64, &i64)| {
            f(x, y).ok_or_else(|| format!("of {x} and {y} it makes no whole number of 64 bits"))
        };
        let data = left.iter().zip(&right).map(value).collect::<Result<_, _>>()?;
        Tensor::new(dims, Data::Int(data)).wrapped(self.kind)
    }

    /// Element-wise with ONNX's two-way broadcasting.
    pub fn zip(&self, other: &Tensor, f: impl Fn(f32, f32) -> f32) -> Result<Tensor, String> {
        let dims = joined(&self.dims, &other.dims)?;
        let (a, b) = (align(&self.dims, dims.len())?, align(&other.dims, dims.len())?);
        let left = broadcast(&self.floats(), &a, &dims)?;
        let right = broadcast(&other.floats(), &b, &dims)?;
        let data = Data::Float(left.into_iter().zip(right).map(|(x, y)| f(x, y)).collect());
        Ok(Tensor::new(dims, data))
    }

    /// `permutation` gives, for each axis of the result, the axis it comes from.
    pub fn transpose(&self, permutation: &[usize]) -> Result<Tensor, String> {
        let rank = self.dims.len();
        let mut seen = vec![false; rank];
        for &axis in permutation {
            match seen.get_mut(axis) {
                Some(s) if !*s => *s = true,
                _ => return Err(format!("{permutation:?} is not a permutation")),
            }
        }
        if permutation.len() != rank {
            return Err(format!("{permutation:?} does not fit shape {:?}", self.dims));
        }
        let own = strides(&self.dims);
        let dims: Vec<usize> = permutation.iter().map(|&p| self.dims[p]).collect();
        let steps: Vec<usize> = permutation.iter().map(|&p| own[p]).collect();
        let order = offsets(&dims, &steps);
        let data = match &self.data {
            Data::Float(v) => Data::Float(order.into_iter().map(|i| v[i]).collect()),
            Data::Int(v) => Data::Int(order.into_iter().map(|i| v[i]).collect()),
        };
        Ok(Tensor::of_kind(self.kind, dims, data))
    }
}

/// A number of 16 bits, as IEEE 754 has it.
fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) =
        (if bits >> 15 == 1 { -1.0 } else { 1.0 }, bits >> 10 & 31, f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(i32::from(exponent) - 15),
    }
}

/// The upper half of a number of 32 bits (bfloat16).
fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Numbers of 4 bits, two a byte, the lower one first.
fn nibbles(bytes: &[u8], n: usize, signed: bool) -> Vec<i64> {
    let number = |bits: u8| match signed && bits > 7 {
        true => i64::from(bits) - 16,
        false => i64::from(bits),
    };
    // An odd number of them leaves the last half empty.
    let odd = bytes.len().checked_mul(2) == n.checked_add(1);
    let kept = if odd { n } else { usize::MAX };
    bytes.iter().flat_map(|b| [number(b & 15), number(b >> 4)]).take(kept).collect()
}

fn wide(numbers: &[u64]) -> Result<Vec<i64>, String> {
    let narrow = |&n: &u64| i64::try_from(n).map_err(|_| format!("{n} is beyond 63 bits"));
    numbers.iter().map(narrow).collect()
}

/// Little-endian numbers of `N` bytes each.
fn words<const N: usize, T>(raw: &[u8], f: impl Fn([u8; N]) -> T) -> Result<Vec<T>, String> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        Ok(chunks.iter().map(|&c| f(c)).collect())
    } else {
        Err(format!("{} bytes of data are no whole number of elements", raw.len()))
    }
}

/// `dims` with leading ones up to `rank`; surplus leading ones are dropped.
pub fn align(dims: &[usize], rank: usize) -> Result<Vec<usize>, String> {
    if dims.len() > rank {
        let (lead, rest) = dims.split_at(dims.len() - rank);
        if lead.iter().any(|&d| d != 1) {
            return Err(format!("constant of shape {dims:?} has too many dimensions"));
        }
        return Ok(rest.to_vec());
    }
    let mut out = vec![1; rank - dims.len()];
    out.extend_from_slice(dims);
    Ok(out)
}

/// Row-major strides; only used on shapes that passed [`count`].
fn strides(dims: &[usize]) -> Vec<usize> {
    let mut out = vec![1usize; dims.len()];
    for i in (1..dims.len()).rev() {
        // Saturates only beside a dimension of 0, where no element is ever addressed.
        out[i - 1] = out[i].saturating_mul(dims[i]);
    }
    out
}

/// Offsets of all elements of `dims`, row-major, for the given stride per axis.
fn offsets(dims: &[usize], steps: &[usize]) -> Vec<usize> {
    if dims.contains(&0) {
        return Vec::new();
    }
    let mut out = vec![0];
    for (&d, &step) in dims.iter().zip(steps) {
        out = out.iter().flat_map(|&o| (0..d).map(move |i| o + i * step)).collect();
    }
    out
}

/// For each element of `dims` its place in the shape `slots`, which has one for some axes.
pub fn slots(dims: &[usize], slots: &[usize]) -> Vec<usize> {
    let own = strides(slots).into_iter().zip(slots);
    offsets(dims, &own.map(|(s, &d)| if d == 1 { 0 } else { s }).collect::<Vec<_>>())
}

/// Repeats `data` of shape `from` to shape `to`; both have one rank and every `from` is 1 or equal.
pub fn broadcast<T: Copy>(data: &[T], from: &[usize], to: &[usize]) -> Result<Vec<T>, String> {
    count(to)?;
    let steps: Vec<usize> =
        strides(from).into_iter().zip(from).map(|(s, &d)| if d == 1 { 0 } else { s }).collect();
    Ok(offsets(to, &steps).into_iter().map(|i| data[i]).collect())
}
