//! The unit of time of a run.

use super::gcd;

/// A time of which all others are multiples, so that a division by it is a multiplication (Granlund
/// and Montgomery 1994, section 9: by the inverse of its odd part modulo 2^64).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tick {
    pub ps: u64,
    /// Zero bits at its end, and the inverse of the rest.
    zeros: u32,
    inverse: u64,
    /// Most of it in 64 bits.
    most: u64,
}

impl Default for Tick {
    fn default() -> Tick {
        Tick::new(1)
    }
}

impl Tick {
    /// Of 0 only 0 is a multiple.
    fn new(ps: u64) -> Tick {
        if ps == 0 {
            return Tick { ps, zeros: 0, inverse: 1, most: 0 };
        }
        let odd = ps >> ps.trailing_zeros();
        // Right in three bits; every round doubles them.
        let inverse = (0..5).fold(odd, |inverse, _| {
            inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)))
        });
        Tick { ps, zeros: ps.trailing_zeros(), inverse, most: u64::MAX / ps }
    }

    /// The largest that divides `ps` and all `times`; 1 where all are 0.
    pub fn dividing(ps: u64, times: impl Iterator<Item = u64>) -> Tick {
        let tick = times.fold(Tick::new(ps), |tick, time| match tick.divides(time) {
            true => tick,
            false => Tick::new(gcd(time, tick.ps)),
        });
        if tick.ps == 0 { Tick::new(1) } else { tick }
    }

    #[inline(always)]
    pub fn divides(self, ps: u64) -> bool {
        ps.wrapping_mul(self.inverse).rotate_right(self.zeros) <= self.most
    }

    /// How often it is in `ps`, one of its multiples.
    #[inline(always)]
    pub fn count(self, ps: u64) -> u64 {
        (ps >> self.zeros).wrapping_mul(self.inverse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_are_quotients(
            ps in prop_oneof![Just(1), Just(100), 1u64..10_000, any::<u32>().prop_map(|n| u64::from(n).max(1))],
            count in any::<u32>(),
            other in any::<u64>(),
        ) {
            let tick = Tick::dividing(ps, std::iter::empty());
            prop_assert_eq!(tick.count(ps * u64::from(count)), u64::from(count));
            prop_assert!(tick.divides(ps * u64::from(count)));
            prop_assert_eq!(tick.divides(other), other.is_multiple_of(ps));
            prop_assert_eq!(Tick::dividing(ps, [other].into_iter()).ps, gcd(other, ps));
        }
    }

    #[test]
    fn nothing_but_zeros_takes_single_picoseconds() {
        assert_eq!(Tick::dividing(0, [0, 0].into_iter()).ps, 1);
        assert_eq!(Tick::dividing(0, [0, 300].into_iter()).ps, 300);
    }
}
