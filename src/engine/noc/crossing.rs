//! What a packet did at one port, where ports are recorded.

use super::Noc;
use crate::mapping::route::Direction;
use rayon::prelude::*;

/// One packet at one port of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// Number of the packet in its step.
    pub packet: u32,
    /// Coordinates of the router, as [`crate::mapping::route`] names them.
    pub router: [usize; 2],
    /// Port of the router that it left by.
    pub port: PortName,
    /// Tells the ports of a mesh apart, the same in every step.
    pub number: u32,
    /// Of a source, the time at which its core sends the packet.
    pub arrives_ps: u64,
    /// Over the link, into the core, or from the source into the first FIFO.
    pub leaves_ps: u64,
    /// Arrival behind the link, or end of the service at a core; of a source, `leaves_ps`.
    pub done_ps: u64,
}

/// Which port of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortName {
    /// The list of packets that a core, by its number, has still to send.
    Source(u32),
    /// To the router in this direction.
    Link(Direction),
    /// The receiving end of a core, by its number.
    Core(u32),
}

/// The same as the simulator writes it down: ports by number, times in ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub packet: u32,
    pub port: u32,
    pub arrives: u64,
    pub leaves: u64,
    pub done: u64,
}

impl Noc {
    /// Whether the ports that packets pass are recorded from now on.
    pub fn record(&mut self, ports: bool) {
        match ports {
            true => {
                self.passed.get_or_insert_default();
            }
            false => self.passed = None,
        }
    }

    /// The ports that the packets of the last [`Noc::run`] passed: packet by packet, and there in
    /// the order of time. Empty unless they are recorded.
    pub fn crossings(&self) -> Vec<Crossing> {
        let mut passed = self.passed.clone().unwrap_or_default();
        // Stable: what was written down in the order of time stays so.
        passed.par_sort_by_key(|passed| passed.packet);
        passed.into_par_iter().map(|passed| self.crossing(passed)).collect()
    }

    fn crossing(&self, Passed { packet, port, arrives, leaves, done }: Passed) -> Crossing {
        let mut number = port;
        let (router, name) = if port < self.layout.links {
            // The FIFOs of a link are one port to others.
            number -= port % self.layout.fifos;
            let (start, direction) = self.layout.starts[port as usize];
            (start, PortName::Link(direction))
        } else {
            let at = &self.fifos.ports[port as usize];
            let name = match port < self.layout.senders {
                true => PortName::Core(port - self.layout.links),
                false => PortName::Source(port - self.layout.senders),
            };
            ([at.x, at.y], name)
        };
        Crossing {
            packet,
            router: router.map(usize::from),
            port: name,
            number,
            arrives_ps: arrives * self.times.tick.ps,
            leaves_ps: leaves * self.times.tick.ps,
            done_ps: done * self.times.tick.ps,
        }
    }
}
