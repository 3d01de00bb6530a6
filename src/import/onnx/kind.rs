//! Types of integers, as `onnx.proto` numbers them.

/// What an integer is made of: bits, and whether it may be negative.
fn made_of(kind: i32) -> Option<(u32, bool)> {
    Some(match kind {
        2 => (8, false),
        3 => (8, true),
        4 => (16, false),
        5 => (16, true),
        6 => (32, true),
        7 => (64, true),
        9 => (1, false),
        12 => (32, false),
        13 => (64, false),
        21 => (4, false),
        22 => (4, true),
        _ => return None,
    })
}

/// Least and largest integer that `QuantizeLinear` makes of this type; of others there are none.
pub fn range(kind: i32) -> Option<(f32, f32)> {
    let (bits, signed) = made_of(kind).filter(|&(bits, _)| (4..=16).contains(&bits))?;
    let all = (1u32 << bits) as f32;
    Some(if signed { (-all / 2.0, all / 2.0 - 1.0) } else { (0.0, all - 1.0) })
}

/// What a type keeps of an integer: its lowest bits. Those of 64 are kept as they are, if they fit.
pub fn wrapped(kind: i32, x: i64) -> Result<i64, String> {
    match made_of(kind) {
        Some((64, false)) if x < 0 => Err(format!("{x} as an integer without sign of 64 bits")),
        Some((bits, signed)) if bits < 64 => {
            let all = 1i64 << bits;
            let rest = x.rem_euclid(all);
            Ok(if signed && rest >= all / 2 { rest - all } else { rest })
        }
        _ => Ok(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_keep_the_bits_of_their_type() {
        assert_eq!(wrapped(3, 300), Ok(44));
        assert_eq!(wrapped(3, 200), Ok(-56));
        assert_eq!(wrapped(2, -3), Ok(253));
        assert_eq!(wrapped(22, 9), Ok(-7));
        assert_eq!(wrapped(6, 1 << 31), Ok(-(1 << 31)));
        assert_eq!(wrapped(7, -3), Ok(-3));
        assert!(wrapped(13, -3).is_err());
    }

    #[test]
    fn ranges_are_those_of_the_type() {
        assert_eq!(range(2), Some((0.0, 255.0)));
        assert_eq!(range(22), Some((-8.0, 7.0)));
        assert_eq!(range(5), Some((-32768.0, 32767.0)));
        assert_eq!([1, 6, 7, 9, 17].map(range), [None; 5]);
    }
}
