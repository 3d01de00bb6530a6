//! What leaves the units of one position, and what that takes off their state.

use super::spikes::Spike;
use crate::kernel::FIRED;
use crate::snn::{IntegrateFire, Model, NEVER, Tracking};

/// Membranes within these bounds do not fire, by channel; those that no membrane passes stand for
/// never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    pub highest: Vec<i32>,
    pub lowest: Vec<i32>,
    /// Of tracking units with a negative net count, in place of `highest`.
    pub returning: Vec<i32>,
    /// Of tracking units with a positive net count, in place of `lowest`.
    pub leaving: Vec<i32>,
}

impl Bounds {
    /// The same, repeated for `positions` positions.
    pub fn repeated(self, positions: usize) -> Bounds {
        Bounds {
            highest: self.highest.repeat(positions),
            lowest: self.lowest.repeat(positions),
            returning: self.returning.repeat(positions),
            leaving: self.leaving.repeat(positions),
        }
    }

    /// The same for membranes of at most `limit` in magnitude, so that what passes it passes a
    /// bound, too.
    pub fn within(mut self, limit: i32) -> Bounds {
        [&mut self.highest, &mut self.returning]
            .into_iter()
            .flatten()
            .for_each(|v| *v = (*v).min(limit));
        [&mut self.lowest, &mut self.leaving]
            .into_iter()
            .flatten()
            .for_each(|v| *v = (*v).max(-limit));
        self
    }

    pub fn new(model: &Model, channels: usize) -> Bounds {
        // v >= t is v > t - 1, and v <= -t is v < 1 - t.
        let over = |t: i32| if t == NEVER { i32::MAX } else { t.saturating_sub(1) };
        let under = |t: i32| if t == NEVER { i32::MIN } else { 1 - t };
        let all =
            |values: &[i32], bound: &dyn Fn(i32) -> i32| values.iter().map(|&t| bound(t)).collect();
        match model {
            Model::If(unit) => Bounds {
                highest: all(&unit.fire_above, &over),
                lowest: all(&unit.fire_below, &under),
                returning: vec![],
                leaving: vec![],
            },
            Model::Tracking(unit) => Bounds {
                highest: all(&unit.above, &|t| over(half(t))),
                lowest: all(&unit.below, &|t| under(half(t))),
                returning: all(&unit.below, &|t| over(half(t))),
                leaving: all(&unit.above, &|t| under(half(t))),
            },
            // What a curve asks for depends on the step; units with a current know their threshold.
            Model::Pool(_)
            | Model::Relay
            | Model::Readout(_)
            | Model::Curve(_)
            | Model::Cuba(_)
            | Model::Input(_) => Bounds {
                highest: vec![i32::MAX; channels],
                lowest: vec![i32::MIN; channels],
                returning: vec![],
                leaving: vec![],
            },
        }
    }
}

/// The least whole r with 2 r >= `step`.
fn half(step: i32) -> i32 {
    if step == NEVER { NEVER } else { step / 2 + step % 2 }
}

/// Spikes of one position's tracking units that fire, those of the channels from `first` on; keeps
/// residues and net counts.
pub fn send_changes(
    unit: &Tracking,
    first: usize,
    residue: &mut [i32],
    counts: &mut [i32],
    flags: &[u8],
    spikes: &mut Vec<Spike>,
) {
    for_each_fired(flags, |n| {
        let sent = change(unit, first + n, &mut residue[n], &mut counts[n]);
        spikes.push(Spike::new(first + n, sent));
    });
}

#[inline(always)]
fn for_each_fired(flags: &[u8], mut visit: impl FnMut(usize)) {
    let mut eights = flags.chunks_exact(8);
    for (chunk, eight) in (&mut eights).enumerate() {
        // Most neurons are silent: eight flags at a time.
        let mut fired =
            eight.iter().rev().fold(0u64, |word, &flag| word << 8 | u64::from(flag & FIRED));
        while fired != 0 {
            visit(chunk * 8 + fired.trailing_zeros() as usize / 8);
            fired &= fired - 1;
        }
    }
    let rest = flags.len() - eights.remainder().len();
    for (n, &flag) in eights.remainder().iter().enumerate() {
        if flag & FIRED != 0 {
            visit(rest + n);
        }
    }
}

/// Net spikes of an `if` unit with membrane `v`.
pub(super) fn fire(unit: &IntegrateFire, c: usize, v: i32) -> i32 {
    if v >= unit.fire_above[c] {
        ((v - unit.fire_above[c]) / unit.reset_above[c] + 1).min(unit.burst)
    } else if unit.fire_below[c] != NEVER && v <= -unit.fire_below[c] {
        -((-v - unit.fire_below[c]) / unit.reset_below[c] + 1).min(unit.burst)
    } else {
        0
    }
}

/// Net spikes of a tracking unit; moves its residue and net count.
pub(super) fn change(unit: &Tracking, c: usize, residue: &mut i32, count: &mut i32) -> i32 {
    let mut sent = 0;
    while sent < unit.most_up {
        let step = if *count >= 0 { unit.above[c] } else { unit.below[c] };
        if *residue < half(step) {
            break;
        }
        *residue -= step;
        *count += 1;
        sent += 1;
    }
    if sent > 0 {
        return sent;
    }
    while sent > -unit.most_down {
        let step = if *count <= 0 { unit.below[c] } else { unit.above[c] };
        if step == NEVER || *residue > -half(step) {
            break;
        }
        *residue += step;
        *count -= 1;
        sent -= 1;
    }
    sent
}
