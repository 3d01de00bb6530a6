//! One step of the residues of one position of tracking units.

use super::instructions::copies;
use super::membrane::{ACTIVE, FIRED, INPUT};

/// What the units of one position share, one value per channel.
pub struct Trackers<'a> {
    /// Membrane units per weight step, as a power of two.
    pub shift: &'a [u8],
    /// Bias, or the constant current of an analogue layer.
    pub inflow: &'a [i32],
    /// A unit whose net count is not negative fires above `highest`, one below zero above
    /// `returning`.
    pub highest: &'a [i32],
    /// A unit whose net count is below zero fires above this.
    pub returning: &'a [i32],
    /// A unit whose net count is not positive fires below `lowest`, one above zero below `leaving`.
    pub lowest: &'a [i32],
    /// A unit whose net count is above zero fires below this.
    pub leaving: &'a [i32],
    /// Largest magnitude of a residue.
    pub saturation: i32,
}

copies! {
    /// `residue += (sum << shift) + inflow`, clamped, as [`super::integrate`] does it; `counts` are
    /// the net counts so far. The caller sends and updates both. A count that is not zero is state,
    /// too.
    pub fn track(
        residue: &mut [i32],
        counts: &[i32],
        sums: &[i32],
        trackers: &Trackers,
        flags: &mut [u8],
    ) -> (bool, u32) {
        let n = residue.len();
        // Equal lengths, said once, so that the loop has no checks.
        let (counts, sums) = (&counts[..n], &sums[..n]);
        let (shift, inflow) = (&trackers.shift[..n], &trackers.inflow[..n]);
        let (highest, returning) = (&trackers.highest[..n], &trackers.returning[..n]);
        let (lowest, leaving) = (&trackers.lowest[..n], &trackers.leaving[..n]);
        let flags = &mut flags[..n];
        let limit = trackers.saturation;
        let (mut fired, mut clamped) = (0i32, 0i32);
        for c in 0..n {
            let (before, count) = (residue[c], counts[c]);
            let sum = before.wrapping_add(sums[c].wrapping_shl(u32::from(shift[c]))).wrapping_add(inflow[c]);
            let r = sum.clamp(-limit, limit);
            let high = if count >= 0 { highest[c] } else { returning[c] };
            let low = if count <= 0 { lowest[c] } else { leaving[c] };
            let fires = (r > high) | (r < low);
            let active = (before | count | inflow[c]) != 0;
            residue[c] = r;
            clamped += i32::from(r != sum);
            fired |= i32::from(fires);
            flags[c] |= (u8::from(active) * ACTIVE) | (u8::from(fires) * (FIRED | ACTIVE | INPUT));
        }
        (fired != 0, clamped as u32)
    }
}
