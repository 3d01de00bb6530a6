//! Which copy of a kernel runs.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Copies of a kernel; all give the same bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// Plain Rust.
    #[default]
    Portable,
    /// 256 bits at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Gives a function one copy for each set of instructions; [`Instructions::best`] says which of
/// them a call takes. The compiler makes of each what its set allows, without a change of order in
/// sums of floats: the same bits.
macro_rules! copies {
    ($(#[$attribute:meta])* $visible:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        // The choice by instruction set, which is what `kernel` is for, wherever the loop stands.
        #[allow(unsafe_code)]
        $visible fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                plain($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                plain($($argument),*)
            }

            match $crate::kernel::Instructions::best() {
                $crate::kernel::Instructions::Portable => plain($($argument),*),
                // SAFETY: the processor has these instructions.
                #[cfg(target_arch = "x86_64")]
                $crate::kernel::Instructions::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernel::Instructions::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    };
}
pub(crate) use copies;

/// The copy that runs, plus one; 0: not yet chosen.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Instructions {
    /// The fastest copy that this processor has, or the last one of [`Instructions::limit`].
    #[inline]
    pub fn best() -> Instructions {
        match CHOSEN.load(Relaxed) {
            1 => Instructions::Portable,
            #[cfg(target_arch = "x86_64")]
            2 => Instructions::Avx2,
            #[cfg(target_arch = "x86_64")]
            3 => Instructions::Avx512,
            _ => Instructions::limit(None),
        }
    }

    /// From here on nothing beyond `most` runs (`None`: all that the processor has); for benches
    /// and tests.
    pub fn limit(most: Option<Instructions>) -> Instructions {
        let within = |copy: &Instructions| most.is_none_or(|most| *copy <= most);
        let best =
            Instructions::all().into_iter().filter(within).max().unwrap_or(Instructions::Portable);
        CHOSEN.store(best as u8 + 1, Relaxed);
        best
    }

    /// AVX-512 and all that comes with it.
    #[inline]
    pub fn is_avx512(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return self == Instructions::Avx512;
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Those that this processor has.
    pub fn all() -> Vec<Instructions> {
        #[allow(unused_mut, reason = "only x86-64 has more")]
        let mut all = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Instructions::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("popcnt")
            {
                all.push(Instructions::Avx512);
            }
        }
        all
    }
}
