//! Which copy of a kernel runs.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Copies of a kernel; all give the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// Plain Rust.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

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

    /// From here on nothing beyond `most` runs (`None`: all that the processor has); for benches and tests.
    pub fn limit(most: Option<Instructions>) -> Instructions {
        let within = |copy: &Instructions| most.is_none_or(|most| *copy <= most);
        let best = Instructions::all().into_iter().filter(within).max().unwrap_or(Instructions::Portable);
        CHOSEN.store(best as u8 + 1, Relaxed);
        best
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
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vbmi")
            {
                all.push(Instructions::Avx512);
            }
        }
        all
    }
}
