//! What units of a population do in a step, stretch of channels by stretch of channels.

use super::Units;
use crate::engine::fire::send_changes;
use crate::engine::spikes::SpikeList;
use crate::kernel::{self, Fires, Firing, Membranes, Sent, Trackers};
use crate::snn::Model;
use std::ops::Range;

impl Units {
    /// Those that fire, of some of the channels, in a step of their own.
    pub(super) fn of_channels<'u>(
        &'u self,
        model: &'u Model,
        channels: Range<usize>,
        currents: Option<&'u [i32]>,
        step: u32,
    ) -> Option<kernel::Units<'u>> {
        let of = |values: &'u [i32]| &values[channels.clone()];
        let bounds = &self.bounds;
        let (highest, lowest) = (of(&bounds.highest), of(&bounds.lowest));
        let firing = match model {
            Model::If(unit) => Firing::If {
                highest,
                lowest,
                above: of(&unit.reset_above),
                below: of(&unit.reset_below),
                burst: unit.burst,
            },
            Model::Tracking(unit) => Firing::Tracking {
                highest,
                lowest,
                returning: of(&bounds.returning),
                leaving: of(&bounds.leaving),
                above: of(&unit.above),
                below: of(&unit.below),
                most: [unit.most_up, unit.most_down],
            },
            Model::Curve(curve) => Firing::Curve(self.follows.units(curve, channels.clone(), step)),
            Model::Cuba(_)
            | Model::Readout(_)
            | Model::Pool(_)
            | Model::Relay
            | Model::Input(_) => return None,
        };
        Some(kernel::Units {
            shift: &self.shift[channels.clone()],
            inflow: currents.unwrap_or(of(&self.bias)),
            saturation: self.saturation,
            firing,
        })
    }

    /// For what [`kernel::fire`] does not do; flags of all units are there. `all` are the channels
    /// of the population.
    #[expect(clippy::too_many_arguments, reason = "one call, of what a step is made of")]
    pub(super) fn advance(
        &self,
        model: &Model,
        channels: Range<usize>,
        all: usize,
        currents: Option<&[i32]>,
        state: &mut Fires,
        spikes: &mut SpikeList,
        sent: &mut Sent,
    ) {
        let Fires { potential, counts, sums, flags, first_channel, .. } = state;
        let width = channels.len().max(1);
        let whole = channels.len() == all;
        // Values are repeated for some positions, so that a kernel runs over many potentials at
        // once.
        let stretch = if whole { self.shift.len().max(1) } else { width };
        let ends = if whole { 0..self.shift.len() } else { channels.clone() };
        let mut any = false;
        let (mut at, total) = (0, potential.len());
        while at < total {
            let own =
                at..(at + if let Model::Tracking(_) = model { width } else { stretch }).min(total);
            at = own.end;
            let ends = ends.start..(ends.start + own.len()).min(ends.end);
            let inflow =
                currents.map_or(&self.bias[ends.clone()], |currents| &currents[own.clone()]);
            let (shift, bounds) = (&self.shift[ends.clone()], &self.bounds);
            let (highest, lowest) = (&bounds.highest[ends.clone()], &bounds.lowest[ends.clone()]);
            let (fired, clamped) = match model {
                Model::Tracking(_) => {
                    let (returning, leaving) =
                        (&bounds.returning[ends.clone()], &bounds.leaving[ends.clone()]);
                    let saturation = self.saturation;
                    let trackers =
                        Trackers { shift, inflow, highest, returning, lowest, leaving, saturation };
                    let residue = &mut potential[own.clone()];
                    kernel::track(
                        residue,
                        &counts[own.clone()],
                        &sums[own.clone()],
                        &trackers,
                        &mut flags[own],
                    )
                }
                Model::If(_)
                | Model::Curve(_)
                | Model::Cuba(_)
                | Model::Readout(_)
                | Model::Pool(_)
                | Model::Relay
                | Model::Input(_) => {
                    let membranes =
                        Membranes { shift, inflow, highest, lowest, saturation: self.saturation };
                    kernel::integrate(
                        &mut potential[own.clone()],
                        &sums[own.clone()],
                        &membranes,
                        &mut flags[own],
                    )
                }
            };
            any |= fired;
            sent.clamped += u64::from(clamped);
        }
        let entries = spikes.entries_mut();
        for n in 0..total / width {
            let own = n * width..(n + 1) * width;
            let before = entries.len();
            if let Model::Tracking(unit) = model
                && any
            {
                let residues = &mut potential[own.clone()];
                let counts = &mut counts[own.clone()];
                send_changes(unit, *first_channel, residues, counts, &flags[own], entries);
            }
            sent.ends.push(entries.len() as u32);
            sent.sizes
                .push(entries[before..].iter().map(|spike| spike.count().unsigned_abs()).sum());
        }
    }
}
