//! One step of firing units, from sums to spikes, in one pass that stores no flags unless they are asked for.
//!
//! With AVX-512 sixteen at a time, without branches; else four at a time, and then one by one those that fire. Tracking
//! units have their pass with AVX-512 only: [`super::track`], with `engine::fire` behind it, serves the others.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::instructions::Instructions;
use crate::engine::spikes::Spike;
use crate::snn::Model;

/// What units share, by channel.
#[derive(Debug, Clone, Copy)]
pub struct Units<'a> {
    /// Membrane units per weight step, as a power of two.
    pub shift: &'a [u8],
    /// By channel; of an analogue layer the constant currents, one per unit.
    pub inflow: &'a [i32],
    /// Largest magnitude of a membrane.
    pub saturation: i32,
    pub firing: Firing<'a>,
}

/// When units fire, and what that takes off: the fields of [`crate::snn::IntegrateFire`] and
/// [`crate::snn::Tracking`], the bounds as in `engine::fire`.
#[derive(Debug, Clone, Copy)]
pub enum Firing<'a> {
    If {
        highest: &'a [i32],
        lowest: &'a [i32],
        above: &'a [i32],
        below: &'a [i32],
        burst: i32,
    },
    Tracking {
        highest: &'a [i32],
        returning: &'a [i32],
        lowest: &'a [i32],
        leaving: &'a [i32],
        above: &'a [i32],
        below: &'a [i32],
        most: [i32; 2],
    },
}

/// State of units, position by position.
pub struct Fires<'a> {
    pub potential: &'a mut [i32],
    /// Net counts of tracking units.
    pub counts: &'a mut [i32],
    /// What arrived; empty where nothing can.
    pub sums: &'a [i32],
    /// By position: 1 where anything arrived.
    pub touched: &'a [u8],
    /// By unit, where they are wanted: marks of what arrived, which get those of the step; else empty.
    pub flags: &'a mut [u8],
    /// Of the first of these units, among those of a position.
    pub first_channel: usize,
}

/// What a step gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Spikes of every position.
    pub sizes: Vec<u32>,
    /// By position, where no flags are wanted: units that received input, and that were active.
    pub updates: Vec<[u16; 2]>,
    /// Membranes that were clamped.
    pub clamped: u64,
    /// Entries before the end of every position.
    pub ends: Vec<u32>,
}

impl Sent {
    pub fn clear(&mut self) {
        self.sizes.clear();
        self.updates.clear();
        self.ends.clear();
        self.clamped = 0;
    }
}

/// Whether the steps of such units mark flags.
pub fn needs_flags(instructions: Instructions, model: &Model) -> bool {
    match model {
        Model::If(_) => false,
        Model::Tracking(_) => !instructions.is_avx512(),
        _ => true,
    }
}

/// Advances units by one step and appends their spikes to `entries`; the channels of a position are those of
/// `units.shift`. `false`, and nothing done, for tracking units without AVX-512. This processor has `instructions`.
pub fn fire(
    instructions: Instructions,
    units: &Units,
    state: &mut Fires,
    entries: &mut Vec<Spike>,
    sent: &mut Sent,
) -> bool {
    #[cfg(target_arch = "x86_64")]
    if instructions.is_avx512() {
        // SAFETY: the processor has these instructions.
        unsafe { x86::fire(units, state, entries, sent) };
        return true;
    }
    let _ = instructions;
    match units.firing {
        Firing::If { .. } => portable::fire(units, state, entries, sent),
        Firing::Tracking { .. } => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{ACTIVE, FIRED, INPUT};
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// What a step leaves: potentials, flags, spikes, and what it tells of positions.
    type Outcome = (Vec<i32>, Vec<u8>, Vec<Spike>, Sent);

    struct Case {
        units: [Vec<i32>; 4],
        shift: Vec<u8>,
        inflow: Vec<i32>,
        burst: i32,
        saturation: i32,
        potential: Vec<i32>,
        sums: Vec<i32>,
        touched: Vec<u8>,
        flags: Vec<u8>,
    }

    impl Case {
        fn random(seed: u64, channels: usize, flagged: bool) -> Case {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let positions = rng.random_range(1..20);
            let neurons = channels * positions;
            let saturation = if rng.random() { i32::MAX } else { 300 };
            let [silent, shifted, fed, currents]: [bool; 4] = std::array::from_fn(|_| rng.random());
            let mut values = |n: usize, of: std::ops::Range<i32>| -> Vec<i32> {
                (0..n)
                    .map(|_| if of.is_empty() { 0 } else { rng.random_range(of.clone()) })
                    .collect()
            };
            let bounds = |values: Vec<i32>| {
                values.into_iter().map(|v| v.min(saturation)).collect::<Vec<_>>()
            };
            let highest = bounds(values(channels, 5..400));
            let lowest = if silent {
                vec![-saturation; channels]
            } else {
                bounds(values(channels, 5..400)).into_iter().map(|v| -v).collect()
            };
            let resets = [0; 2].map(|_| values(channels, 50..400));
            let sums = if fed { values(neurons, -150..150) } else { vec![] };
            let touched = values(positions, if fed { 0..2 } else { 0..0 });
            // What was not touched received nothing.
            let here = |(n, sum): (usize, i32)| if touched[n / channels] != 0 { sum } else { 0 };
            let [above, below] = resets;
            Case {
                units: [highest, lowest, above, below],
                shift: values(channels, if shifted { 0..4 } else { 0..0 })
                    .into_iter()
                    .map(|n| n as u8)
                    .collect(),
                inflow: values(if currents { neurons } else { channels }, -1..3),
                burst: if seed.is_multiple_of(2) { 1 } else { 4 },
                saturation,
                potential: values(neurons, -3..200).into_iter().map(|v| v.max(0)).collect(),
                sums: sums.into_iter().enumerate().map(here).collect(),
                flags: if flagged { vec![0; neurons] } else { vec![] },
                touched: touched.into_iter().map(|n| n as u8).collect(),
            }
        }

        fn plainly(&self) -> Outcome {
            let [highest, lowest, above, below] = &self.units;
            let channels = self.shift.len();
            let (mut potential, mut flags) = (self.potential.clone(), self.flags.clone());
            let (mut entries, mut sent) = (vec![], Sent::default());
            for (position, &touched) in self.touched.iter().enumerate() {
                let (mut size, mut updates) = (0, [0u16; 2]);
                for c in 0..channels {
                    let at = position * channels + c;
                    let inflow = self.inflow[if self.inflow.len() == channels { c } else { at }];
                    let sum = potential[at]
                        + inflow
                        + self.sums.get(at).map_or(0, |sum| sum << self.shift[c]);
                    let mut v = sum.clamp(-self.saturation, self.saturation);
                    let (rises, falls) = (v > highest[c], v < lowest[c]);
                    let mut count = 0i32;
                    while count.abs() < self.burst
                        && (rises && v > highest[c] || falls && v < lowest[c])
                    {
                        v += if rises { -above[c] } else { below[c] };
                        count += if rises { 1 } else { -1 };
                    }
                    let active = potential[at] != 0 || inflow != 0 || count != 0;
                    if count != 0 {
                        entries.push(Spike::new(7 + c, count as i8));
                    }
                    let own = [touched != 0 || count != 0, touched != 0 || active];
                    updates = [0, 1].map(|n| updates[n] + u16::from(own[n]));
                    if let Some(flag) = flags.get_mut(at) {
                        *flag = if active { ACTIVE } else { 0 }
                            | if count != 0 { FIRED | INPUT } else { 0 };
                    }
                    sent.clamped += u64::from(sum.abs() > self.saturation);
                    size += count.unsigned_abs();
                    potential[at] = v;
                }
                sent.sizes.push(size);
                sent.ends.push(entries.len() as u32);
                if flags.is_empty() {
                    sent.updates.push(updates);
                }
            }
            (potential, flags, entries, sent)
        }

        fn by(&self, instructions: Instructions) -> Outcome {
            let [highest, lowest, above, below] = &self.units;
            let firing = Firing::If { highest, lowest, above, below, burst: self.burst };
            let (shift, inflow, saturation) = (&self.shift[..], &self.inflow[..], self.saturation);
            let (mut potential, mut flags) = (self.potential.clone(), self.flags.clone());
            let mut state = Fires {
                potential: &mut potential,
                counts: &mut [],
                sums: &self.sums,
                touched: &self.touched,
                flags: &mut flags,
                first_channel: 7,
            };
            let (mut entries, mut sent) = (vec![], Sent::default());
            assert!(fire(
                instructions,
                &Units { shift, inflow, saturation, firing },
                &mut state,
                &mut entries,
                &mut sent
            ));
            (potential, flags, entries, sent)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 10 } else { 300 }))]
        #[test]
        fn all_copies_fire_alike(
            seed in any::<u64>(),
            channels in prop_oneof![1usize..70, prop::sample::select(vec![2, 4, 8, 16, 32, 64, 100, 128, 130, 256])],
            flagged in any::<bool>(),
        ) {
            let case = Case::random(seed, channels, flagged);
            let expected = case.plainly();
            for instructions in Instructions::all() {
                // The portable one is compiled for each; all give the same, so that tests beside this one may hear of it.
                Instructions::limit(Some(instructions));
                prop_assert_eq!(&case.by(instructions), &expected, "{:?}", instructions);
            }
            Instructions::limit(None);
        }
    }
}
