//! The inner loops, and the only place for `unsafe` and for choices by instruction set.
//!
//! Portable code with copies per instruction set chosen at run time. The arithmetic is in
//! integers, so every copy gives the same bits.
//!
//! ```
//! use spikemesh::kernel::{dot, total};
//!
//! // Spikes of three cells, and packets of a spike of each.
//! assert_eq!(dot(&[4, 0, 2], &[10, 7, 1]), 42);
//! assert_eq!(total(&[40, 2]), 42);
//! ```

mod blocks;
mod counts;
mod cuba;
mod field;
mod fire;
mod gather;
mod instructions;
mod lines;
mod membrane;
mod pool;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "its lists are for vectors of x86-64")
)]
mod pull;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, unused_variables, reason = "it needs AVX-512")
)]
mod push;
mod rows;
mod taken;
mod tracking;
mod words;

pub use blocks::Blocks;
pub use counts::{add_counts, add_differences, add_received, add_words, dot, sum_pairs, total};
pub use cuba::cuba;
pub use field::{Field, Place, Pulling};
pub use fire::{CurveUnits, Fires, Firing, Sent, Units, fire, needs_flags};
pub use gather::{Sums, Taps, gather, mark_reached, source_index};
pub use instructions::Instructions;
pub(crate) use instructions::copies;
pub use membrane::{
    ACTIVE, FIRED, INPUT, Membranes, add_flags, count_flags, integrate, list_fired,
};
pub use pool::{LANES, Pooling, Windows, pool};
pub use rows::{
    ARRIVALS, Alike, Arrivals, Rows, SEGMENT, SPIKES, Set, add_rows, receive, scatter, step_alike,
    take_arrivals,
};
pub use tracking::{Trackers, track};

/// Asks for the cache line of `items[at]` ahead of its use.
#[inline]
pub(crate) fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect on memory, and every x86-64 processor has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, at);
}
