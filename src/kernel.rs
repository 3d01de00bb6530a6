//! The inner loops, and the only place for `unsafe` and for choices by instruction set. Mostly: gathering the spikes of a receptive field into the sums
//! of one output position. Portable, with copies per instruction set chosen at run time; the
//! arithmetic is in integers, so every copy gives the same bits.

use crate::engine::spikes::SpikeList;
use crate::snn::{Conv, Shape};

/// Adds to `sums` (one per output channel, in weight steps) what `spikes` of a population of
/// shape `source` bring to the output position `(y, x)` through `conv`. For grouped convolutions
/// `touched` marks the channels reached. Returns whether any spike lay in the receptive field.
pub fn gather(
    conv: &Conv,
    source: Shape,
    spikes: &SpikeList,
    position: [usize; 2],
    sums: &mut [i32],
    touched: &mut [bool],
) -> bool {
    let out_per_group = sums.len() / conv.groups;
    let in_per_group = source.channels / conv.groups;
    let [kernel_y, kernel_x] = conv.window.kernel;
    let mut any = false;
    for ky in 0..kernel_y {
        let Some(row) = source_index(conv, 0, position[0], ky, source.height) else { continue };
        for kx in 0..kernel_x {
            let Some(column) = source_index(conv, 1, position[1], kx, source.width) else { continue };
            let tap = (ky * kernel_x + kx) * source.channels;
            for spike in spikes.at(row * source.width + column) {
                any = true;
                let start = (tap + spike.channel()) * out_per_group;
                let weights = &conv.weights[start..start + out_per_group];
                let first = spike.channel() / in_per_group * out_per_group;
                add_scaled(&mut sums[first..first + out_per_group], weights, spike.count());
                if conv.groups > 1 {
                    touched[first..first + out_per_group].fill(true);
                }
            }
        }
    }
    any
}

/// Source row (`axis` 0) or column (`axis` 1) read by tap `k` of output `o`; `None` in the padding.
pub fn source_index(conv: &Conv, axis: usize, o: usize, k: usize, size: usize) -> Option<usize> {
    let window = &conv.window;
    let at = (o * window.stride[axis] + k * window.dilation[axis]).checked_sub(window.pad[axis])?;
    (at < size * conv.upsample[axis]).then(|| at / conv.upsample[axis])
}

#[multiversion::multiversion(targets("x86_64+avx2", "x86_64+avx512f+avx512bw", "aarch64+neon"))]
fn add_scaled(sums: &mut [i32], weights: &[i8], count: i32) {
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        *sum += i32::from(weight) * count;
    }
}

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
