//! One step of leaky units with a current: [`crate::snn::Cuba`].

use super::fire::{Fires, Sent};
use super::instructions::copies;
use super::membrane::{ACTIVE, FIRED, INPUT};
use crate::engine::spikes::Spike;
use crate::snn::{ALL, Cuba, CubaReset};

/// Advances units by one step and appends their spikes to `entries`; `flags` of all units are
/// there. `inflow` replaces the drive, one value per unit, unless it is empty; `rests` is empty for
/// units without a refractory time.
pub fn cuba(
    unit: &Cuba,
    inflow: &[i32],
    state: &mut Fires,
    rests: &mut [u8],
    entries: &mut Vec<Spike>,
    sent: &mut Sent,
) {
    let positions = state.touched.len();
    let width = state.potential.len() / positions.max(1);
    let channels = state.first_channel..state.first_channel + width;
    for position in 0..positions {
        let own = position * width..(position + 1) * width;
        let of = |values: &[i32]| values.get(own.clone()).map_or(0..0, |_| own.clone());
        let (lasting, resting) =
            (of(state.counts), rests.get(own.clone()).map_or(0..0, |_| own.clone()));
        let row = Row {
            channels: channels.clone(),
            sums: state.sums.get(own.clone()).unwrap_or(&[]),
            inflow: inflow.get(own.clone()).unwrap_or(&unit.drive[channels.clone()]),
        };
        let flags = &mut state.flags[own.clone()];
        let current = &mut state.counts[lasting];
        let (fired, clamped) =
            advance(unit, &row, &mut state.potential[own], current, &mut rests[resting], flags);
        sent.clamped += u64::from(clamped);
        let before = entries.len();
        if fired {
            let spikes = flags.iter().enumerate().filter(|(_, flag)| **flag & FIRED != 0);
            entries.extend(spikes.map(|(n, _)| Spike::new(channels.start + n, 1)));
        }
        sent.ends.push(entries.len() as u32);
        sent.sizes.push((entries.len() - before) as u32);
    }
}

/// What the units of a position get.
struct Row<'a> {
    channels: std::ops::Range<usize>,
    /// Empty where nothing can arrive.
    sums: &'a [i32],
    inflow: &'a [i32],
}

/// What `decay` of 4096 parts leave of `value`, cut toward zero.
#[inline(always)]
fn left(value: i32, decay: u16) -> i64 {
    i64::from(value) * i64::from(ALL - decay) / i64::from(ALL)
}

copies! {
    /// The units of one position; whether any fired, and how many values were clamped.
    fn advance(
        unit: &Cuba,
        row: &Row,
        potential: &mut [i32],
        current: &mut [i32],
        rests: &mut [u8],
        flags: &mut [u8],
    ) -> (bool, u32) {
        let (mut any, mut clamped) = (false, 0);
        let limit = i64::from(unit.saturation);
        let first = row.channels.start;
        for (n, v) in potential.iter_mut().enumerate() {
            let c = first + n;
            let x = i64::from(row.sums.get(n).copied().unwrap_or(0)) << unit.shift[c];
            let before = current.get(n).copied().unwrap_or(0);
            let summed = left(before, unit.current_decay[c]) + x + i64::from(row.inflow[n]);
            let u = summed.clamp(-limit, limit);
            clamped += u32::from(u != summed);
            if let Some(current) = current.get_mut(n) {
                *current = u as i32;
            }
            let active = (*v | before | row.inflow[n] | unit.bias[c]) != 0;
            flags[n] |= if active { ACTIVE } else { 0 };
            if let Some(rest) = rests.get_mut(n).filter(|rest| **rest > 0) {
                *rest -= 1;
                continue;
            }
            let summed = left(*v, unit.decay[c]) + u + i64::from(unit.bias[c]);
            let next = summed.clamp(-limit, limit) as i32;
            clamped += u32::from(i64::from(next) != summed);
            *v = next;
            if next > unit.threshold[c] {
                any = true;
                flags[n] |= FIRED | ACTIVE | INPUT;
                *v = match &unit.reset {
                    CubaReset::To(values) => values[c],
                    CubaReset::Subtract => next - unit.threshold[c],
                };
                if let Some(rest) = rests.get_mut(n) {
                    *rest = unit.refractory;
                }
            }
        }
        (any, clamped)
    }
}
