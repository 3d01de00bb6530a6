//! Comparisons and choices among constants: what decides of shapes.

use super::super::tensor::{self, BOOL, Data, Tensor};
use super::super::{Builder, Value};
use super::{Ctx, Reader, before, fold, since};

const COMPARE: Reader = Reader {
    names: &[],
    attributes: &[before(7, "axis"), before(7, "broadcast")],
    inputs: &[(0, 2)],
    read: |_, _| Err("it has no operands".into()),
};

pub const EQUAL: Reader =
    Reader { names: &["Equal"], read: |b, c| compare(b, c, |a, z| a == z), ..COMPARE };
pub const LESS: Reader =
    Reader { names: &["Less"], read: |b, c| compare(b, c, |a, z| a < z), ..COMPARE };
pub const GREATER: Reader =
    Reader { names: &["Greater"], read: |b, c| compare(b, c, |a, z| a > z), ..COMPARE };
pub const LESS_OR_EQUAL: Reader =
    Reader { names: &["LessOrEqual"], read: |b, c| compare(b, c, |a, z| a <= z), ..COMPARE };
pub const GREATER_OR_EQUAL: Reader =
    Reader { names: &["GreaterOrEqual"], read: |b, c| compare(b, c, |a, z| a >= z), ..COMPARE };
pub const AND: Reader =
    Reader { names: &["And"], read: |b, c| compare(b, c, |a, z| a != 0.0 && z != 0.0), ..COMPARE };
pub const OR: Reader =
    Reader { names: &["Or"], read: |b, c| compare(b, c, |a, z| a != 0.0 || z != 0.0), ..COMPARE };

pub const NOT: Reader = Reader {
    names: &["Not"],
    attributes: &[],
    inputs: &[(0, 1)],
    read: |b, c| {
        let t = c.constant(0)?;
        let data = t.ints()?.iter().map(|&x| i64::from(x == 0)).collect();
        fold(b, Tensor::of_kind(BOOL, t.dims.clone(), Data::Int(data)))
    },
};

pub const WHERE: Reader =
    Reader { names: &["Where"], attributes: &[], inputs: &[(0, 3)], read: choose };

pub const MOD: Reader =
    Reader { names: &["Mod"], attributes: &[since(0, "fmod")], inputs: &[(0, 2)], read: modulo };

/// Whole numbers beyond 53 bits are compared as such.
fn compare(b: &mut Builder, c: &Ctx, is: fn(f64, f64) -> bool) -> Result<Value, String> {
    let (x, y) = (c.constant(0)?, c.constant(1)?);
    b.spend(tensor::count(&tensor::joined(&x.dims, &y.dims)?)?)?;
    if x.is_int() && y.is_int() {
        let difference = |a: i64, z: i64| (a as f64, if a == z { a as f64 } else { apart(a, z) });
        let both = |a: i64, z: i64| {
            let (a, z) = difference(a, z);
            Some(i64::from(is(a, z)))
        };
        return fold(b, x.zip_ints(y, both)?.wrapped(BOOL)?);
    }
    let found = x.zip(y, |a, z| f32::from(u8::from(is(a.into(), z.into()))))?;
    let data = found.floats().iter().map(|&x| x as i64).collect();
    fold(b, Tensor::of_kind(BOOL, found.dims, Data::Int(data)))
}

/// A float beside that of `a` on the side where `z` is.
fn apart(a: i64, z: i64) -> f64 {
    let (left, right) = (a as f64, z as f64);
    if left != right {
        right
    } else if z > a {
        left.next_up()
    } else {
        left.next_down()
    }
}

fn choose(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (which, x, y) = (c.constant(0)?, c.constant(1)?, c.constant(2)?);
    let dims = tensor::joined(&tensor::joined(&which.dims, &x.dims)?, &y.dims)?;
    b.spend(tensor::count(&dims)?)?;
    let rank = dims.len();
    let spread = |t: &Tensor| tensor::align(&t.dims, rank);
    let chosen = tensor::broadcast(which.ints()?, &spread(which)?, &dims)?;
    let data = match (&x.data, &y.data) {
        (Data::Int(a), Data::Int(z)) => {
            let a = tensor::broadcast(a, &spread(x)?, &dims)?;
            let z = tensor::broadcast(z, &spread(y)?, &dims)?;
            let pick = |(k, (a, z)): (&i64, (i64, i64))| if *k != 0 { a } else { z };
            Data::Int(chosen.iter().zip(a.into_iter().zip(z)).map(pick).collect())
        }
        _ => {
            let a = tensor::broadcast(&x.floats(), &spread(x)?, &dims)?;
            let z = tensor::broadcast(&y.floats(), &spread(y)?, &dims)?;
            let pick = |(k, (a, z)): (&i64, (f32, f32))| if *k != 0 { a } else { z };
            Data::Float(chosen.iter().zip(a.into_iter().zip(z)).map(pick).collect())
        }
    };
    fold(b, Tensor::of_kind(x.kind, dims, data))
}

fn modulo(b: &mut Builder, c: &Ctx) -> Result<Value, String> {
    let (x, y) = (c.constant(0)?, c.constant(1)?);
    let fmod = c.attributes.int("fmod", 0)? != 0;
    b.spend(tensor::count(&tensor::joined(&x.dims, &y.dims)?)?)?;
    if x.is_int() && y.is_int() {
        // The sign is that of the divisor, with fmod that of the dividend.
        let rest = |a: i64, z: i64| {
            let rest = a.checked_rem(z)?;
            Some(if !fmod && rest != 0 && (rest < 0) != (z < 0) { rest + z } else { rest })
        };
        return fold(b, x.zip_ints(y, rest)?);
    }
    fold(b, x.zip(y, |a, z| a % z)?)
}
