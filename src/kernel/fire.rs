//! One step of firing units, from sums to spikes, in one pass that stores no flags unless they are
//! asked for.
//!
//! With AVX-512 sixteen at a time, without branches; else four at a time, and then one by one those
//! that fire; units that follow a curve one by one. Tracking units have their pass with AVX-512
//! only: [`super::track`], with `engine::fire` behind it, serves the others.

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
    /// When they fire.
    pub firing: Firing<'a>,
}

/// When units fire, and what that takes off: the fields of [`crate::snn::IntegrateFire`],
/// [`crate::snn::Tracking`] and [`crate::snn::Curve`], the bounds as in `engine::fire`.
#[derive(Debug, Clone, Copy)]
pub enum Firing<'a> {
    /// Integrate and fire.
    If {
        /// A unit fires above this.
        highest: &'a [i32],
        /// A unit fires below this.
        lowest: &'a [i32],
        /// What a spike +1 takes off.
        above: &'a [i32],
        /// What a spike -1 adds.
        below: &'a [i32],
        /// Most spikes of a step.
        burst: i32,
    },
    /// Units that track the sum of their input.
    Tracking {
        /// A unit whose net count is not negative fires above this.
        highest: &'a [i32],
        /// A unit whose net count is below zero fires above this.
        returning: &'a [i32],
        /// A unit whose net count is not positive fires below this.
        lowest: &'a [i32],
        /// A unit whose net count is above zero fires below this.
        leaving: &'a [i32],
        /// What a spike +1 from a net count that is not negative takes off.
        above: &'a [i32],
        /// What a spike -1 from a net count that is not positive adds.
        below: &'a [i32],
        /// Most spikes of a step, up and down.
        most: [i32; 2],
    },
    /// Units that follow a curve.
    Curve(CurveUnits<'a>),
}

/// Units that follow a curve, as [`crate::snn::Curve`], in one step.
#[derive(Debug, Clone, Copy)]
pub struct CurveUnits<'a> {
    /// Mean input at the first knot.
    pub from: &'a [f64],
    /// What a membrane unit is in segments: 2^-width.
    pub scale: &'a [f64],
    /// `[channel][segments + 1]`.
    pub knots: &'a [i32],
    /// Straight pieces of the table of a channel.
    pub segments: usize,
    /// Not zero for a channel that sends without any input.
    pub restless: &'a [i32],
    /// Most spikes of a step, up and down.
    pub most: [i32; 2],
    /// The units' own, from 1 on.
    pub step: u32,
}

/// State of units, position by position.
pub struct Fires<'a> {
    /// Membranes or residues, membrane units.
    pub potential: &'a mut [i32],
    /// Net counts of tracking units and of those that follow a curve.
    pub counts: &'a mut [i32],
    /// What arrived; empty where nothing can.
    pub sums: &'a [i32],
    /// By position: 1 where anything arrived.
    pub touched: &'a [u8],
    /// By unit, where they are wanted: marks of what arrived, which get those of the step; else
    /// empty.
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
    /// Forgets all, and keeps the memory.
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
        Model::If(_) | Model::Curve(_) => false,
        Model::Tracking(_) => !instructions.is_avx512(),
        _ => true,
    }
}

/// Advances units by one step and appends their spikes to `entries`; the channels of a position are
/// those of `units.shift`. `false`, and nothing done, for tracking units without AVX-512. This
/// processor has `instructions`.
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
        Firing::Curve(curves) => portable::follow(units, &curves, state, entries, sent),
        Firing::Tracking { .. } => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{ACTIVE, FIRED, INPUT};
    use crate::snn::Curve;
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
                        entries.push(Spike::new(7 + c, count));
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

    /// Units that follow random curves, in one step.
    struct Curves {
        curve: Curve,
        from: Vec<f64>,
        scale: Vec<f64>,
        restless: Vec<i32>,
        step: u32,
        net: Vec<i32>,
        case: Case,
    }

    impl Curves {
        fn random(seed: u64, channels: usize, flagged: bool) -> Curves {
            let mut case = Case::random(seed, channels, flagged);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(!seed);
            let step = match rng.random_range(0..3) {
                0 => rng.random_range(1..=64),
                1 => rng.random_range(1..=Curve::MOST_STEPS),
                _ => 1 << rng.random_range(0..=12),
            };
            let segments = *[1, 2, 64, 65, 300].get(rng.random_range(0..5)).unwrap_or(&1);
            let width: Vec<u8> = (0..channels).map(|_| rng.random_range(0..=20)).collect();
            // Some tables hold zero, some do not.
            let shares: Vec<i64> = (0..channels).map(|_| rng.random_range(-2..=8)).collect();
            let reach = |width: u8| (segments as i64) << width;
            let from: Vec<i32> = width
                .iter()
                .zip(shares)
                .map(|(&w, share)| (-reach(w) * share / 8) as i32 + rng.random_range(-3..3))
                .collect();
            let most = 1 << rng.random_range(1..=18);
            let rows = channels * (segments + 1);
            case.saturation = [i32::MAX, 1 << 23, 3000][rng.random_range(0..3)];
            // Sums on a knot, beside one, and anywhere.
            case.potential = (0..case.potential.len())
                .map(|n| {
                    let c = n % channels;
                    let knot = i64::from(from[c])
                        + (rng.random_range(-1..=segments as i64 + 1) << width[c]);
                    let sum = match rng.random_range(0..3) {
                        0 => i64::from(rng.random::<i32>()),
                        1 => i64::from(rng.random_range(-5000..5000)),
                        _ => i64::from(step) * knot + rng.random_range(-2..=2),
                    };
                    sum.clamp(-i64::from(case.saturation), i64::from(case.saturation)) as i32
                })
                .collect();
            let curve = Curve {
                width,
                from,
                segments,
                knots: (0..rows).map(|_| rng.random_range(-most..=most)).collect(),
                bias: vec![0; channels],
                shift: case.shift.clone(),
                most_up: rng.random_range(1..=2047),
                most_down: rng.random_range(1..=2047),
                saturation: case.saturation,
            };
            // Near what is asked for, so that not all send as many as they may.
            let near = |n: usize| {
                let target = curve.target(n % channels, case.potential[n], step);
                target.clamp(-1 << 24, 1 << 24) as i32
            };
            let net = (0..case.potential.len())
                .map(|n| if rng.random() { near(n) + rng.random_range(-3000..3000) } else { 0 })
                .collect();
            Curves {
                from: curve.from.iter().map(|&from| from.into()).collect(),
                scale: curve.width.iter().map(|&w| 0.5f64.powi(w.into())).collect(),
                restless: (0..channels).map(|c| curve.is_restless(c).into()).collect(),
                curve,
                step,
                net,
                case,
            }
        }

        fn plainly(&self) -> (Vec<i32>, Outcome) {
            let Case { shift, inflow, sums, touched, .. } = &self.case;
            let channels = shift.len();
            let (mut potential, mut net) = (self.case.potential.clone(), self.net.clone());
            let (mut entries, mut sent) = (vec![], Sent::default());
            let mut flags = self.case.flags.clone();
            for (position, &touched) in touched.iter().enumerate() {
                let (mut size, mut updates) = (0, [0u16; 2]);
                for c in 0..channels {
                    let at = position * channels + c;
                    let inflow = inflow[if inflow.len() == channels { c } else { at }];
                    let input = inflow + sums.get(at).map_or(0, |sum| sum << shift[c]);
                    let sum = i64::from(potential[at]) + i64::from(input);
                    let limit = i64::from(self.case.saturation);
                    let u = sum.clamp(-limit, limit);
                    let target = self.curve.target(c, u as i32, self.step) - i64::from(net[at]);
                    let [up, down] = [self.curve.most_up, self.curve.most_down].map(i64::from);
                    let count = target.clamp(-down, up) as i32;
                    let active = potential[at] != 0
                        || inflow != 0
                        || net[at] != 0
                        || count != 0
                        || self.restless[c] != 0;
                    if count != 0 {
                        entries.push(Spike::new(7 + c, count));
                    }
                    let own = [touched != 0 || count != 0, touched != 0 || active];
                    updates = [0, 1].map(|n| updates[n] + u16::from(own[n]));
                    if let Some(flag) = flags.get_mut(at) {
                        *flag = if active { ACTIVE } else { 0 }
                            | if count != 0 { FIRED | INPUT } else { 0 };
                    }
                    sent.clamped += u64::from(u != sum);
                    size += count.unsigned_abs();
                    potential[at] = u as i32;
                    net[at] += count;
                }
                sent.sizes.push(size);
                sent.ends.push(entries.len() as u32);
                if flags.is_empty() {
                    sent.updates.push(updates);
                }
            }
            (net, (potential, flags, entries, sent))
        }

        fn by(&self, instructions: Instructions) -> (Vec<i32>, Outcome) {
            let Case { shift, inflow, sums, touched, saturation, .. } = &self.case;
            let firing = Firing::Curve(CurveUnits {
                from: &self.from,
                scale: &self.scale,
                knots: &self.curve.knots,
                segments: self.curve.segments,
                restless: &self.restless,
                most: [self.curve.most_up, self.curve.most_down],
                step: self.step,
            });
            let (mut potential, mut net) = (self.case.potential.clone(), self.net.clone());
            let mut flags = self.case.flags.clone();
            let mut state = Fires {
                potential: &mut potential,
                counts: &mut net,
                sums,
                touched,
                flags: &mut flags,
                first_channel: 7,
            };
            let (mut entries, mut sent) = (vec![], Sent::default());
            let units = Units { shift, inflow, saturation: *saturation, firing };
            assert!(fire(instructions, &units, &mut state, &mut entries, &mut sent));
            (net, (potential, flags, entries, sent))
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
                // The portable one is compiled for each; all give the same, so that tests beside
                // this one may hear of it.
                Instructions::limit(Some(instructions));
                prop_assert_eq!(&case.by(instructions), &expected, "{:?}", instructions);
            }
            Instructions::limit(None);
        }

        #[test]
        fn all_copies_follow_curves_alike(
            seed in any::<u64>(),
            channels in prop_oneof![1usize..70, prop::sample::select(vec![8, 16, 24, 32, 64, 100])],
            flagged in any::<bool>(),
        ) {
            let curves = Curves::random(seed, channels, flagged);
            // Too steep a curve is never run.
            prop_assume!(curves.curve.check(channels).is_ok());
            let expected = curves.plainly();
            for instructions in Instructions::all() {
                Instructions::limit(Some(instructions));
                prop_assert_eq!(&curves.by(instructions), &expected, "{:?}", instructions);
            }
            Instructions::limit(None);
        }
    }
}
