//! The tracks of a trace: one of steps, and by router those of its ports.

use super::proto::{CounterDescriptor, TrackDescriptor};
use super::rows::name;
use crate::engine::noc::{Crossing, PortName};
use std::collections::BTreeSet;

/// The track of steps.
pub(super) const STEPS: u64 = 1;
/// Where the numbers of routers begin, far above those of ports.
const ROUTERS: u64 = 1 << 40;

/// Track of the slices of a port; the same in every trace of a run, so that traces can be joined.
pub(super) fn slices(port: u32) -> u64 {
    2 * u64::from(port) + 2
}

/// Track of its queue.
pub(super) fn queue(port: u32) -> u64 {
    slices(port) + 1
}

/// Tracks that a trace has described.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    /// By port.
    ports: Vec<bool>,
    routers: BTreeSet<[usize; 2]>,
}

impl Tracks {
    /// Describes the tracks of steps.
    pub fn begin() -> TrackDescriptor {
        TrackDescriptor {
            uuid: STEPS,
            name: "steps (1 ns shown is 1 ps of the run)".into(),
            description: "Times are picoseconds of the run, written as if they were nanoseconds."
                .into(),
            ..TrackDescriptor::default()
        }
    }

    /// Describes those of the port of `crossing`, unless that has been done.
    pub fn describe(&mut self, crossing: &Crossing, new: &mut Vec<TrackDescriptor>) {
        let (port, router) = (crossing.number as usize, crossing.router);
        if self.ports.len() <= port {
            self.ports.resize(port + 1, false);
        }
        if std::mem::replace(&mut self.ports[port], true) {
            return;
        }
        let [x, y] = router;
        let group = ROUTERS + ((y as u64) << 20) + x as u64;
        if self.routers.insert(router) {
            let name = format!("router {x},{y}");
            new.push(TrackDescriptor { uuid: group, name, ..TrackDescriptor::default() });
        }
        let shown = match crossing.port {
            PortName::Source(core) => format!("sent by core {core}"),
            other => name(other),
        };
        new.push(TrackDescriptor {
            uuid: slices(crossing.number),
            name: shown.clone(),
            parent_uuid: Some(group),
            ..TrackDescriptor::default()
        });
        new.push(TrackDescriptor {
            uuid: queue(crossing.number),
            name: format!("{shown}: packets that wait"),
            parent_uuid: Some(group),
            counter: Some(CounterDescriptor {}),
            ..TrackDescriptor::default()
        });
    }
}
