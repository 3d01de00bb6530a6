//! Packets that are sent one by one while the mesh runs, where packets answer packets.

use super::fifos::NONE;
use super::network::longest_ps;
use super::periods::Periods;
use super::tick::Tick;
use super::ways::Ways;
use super::{LARGEST_PS, Noc, NocError, Packet, Received};

/// Packets that were sent one by one.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub packets: Vec<Packet>,
    /// By packet: the next of the same core.
    pub following: Vec<u32>,
    /// By core: the last one.
    pub last: Vec<u32>,
    /// Numbers of packets that have been received: others take them.
    pub free: Vec<u32>,
    /// All that were sent.
    pub count: usize,
    pub received: usize,
    /// What all packets take at most if they go one after the other.
    pub work_ps: u64,
    /// In which periods they wait.
    pub periods: Periods,
}

impl Noc {
    /// Empties the mesh and begins at time 0. All times of the packets to come are multiples of
    /// `grain_ps`; the larger it is, the faster the mesh runs.
    ///
    /// # Errors
    /// FIFOs that do not fit into memory.
    pub fn start(&mut self, grain_ps: u64) -> Result<(), NocError> {
        self.sent = Sent { last: vec![NONE; self.network.cores.len()], ..Sent::default() };
        self.prepare(Tick::dividing(self.network.grain_ps(), [grain_ps].into_iter()), usize::MAX)
    }

    /// Appends a packet to those that `core` has to send, and says by which number it will be
    /// received: one that no packet under way has. It enters the source port at `inject_ps`, but
    /// not before those sent earlier by the same core, nor before the time of the last packet that
    /// [`Noc::next`] gave.
    ///
    /// # Errors
    /// A core that does not exist; times that may not fit 64 bits, or are no multiples of the grain
    /// given to [`Noc::start`].
    pub fn send(&mut self, core: u32, packet: Packet) -> Result<u32, NocError> {
        let Sent { packets, following, last, free, count, work_ps, .. } = &mut self.sent;
        let number = *count;
        *work_ps =
            work_ps.saturating_add(packet.service_ps).saturating_add(longest_ps(&self.network));
        if packet.inject_ps.saturating_add(*work_ps) > LARGEST_PS {
            return Err(NocError::Times { packets: number + 1 });
        }
        let tick = self.times.tick;
        for core in [core, packet.destination] {
            if core as usize >= last.len() {
                return Err(NocError::Destination { packet: number, core });
            }
        }
        if !tick.divides(packet.inject_ps) || !tick.divides(packet.service_ps) {
            return Err(NocError::Grain { packet: number, tick_ps: tick.ps });
        }
        let number = match free.pop() {
            Some(number) => {
                (packets[number as usize], following[number as usize]) = (packet, NONE);
                number
            }
            None if packets.len() >= NONE as usize => {
                return Err(NocError::Offsets { packets: number });
            }
            None => {
                packets.push(packet);
                following.push(NONE);
                packets.len() as u32 - 1
            }
        };
        *count += 1;
        let before = std::mem::replace(&mut last[core as usize], number);
        let sender = self.layout.senders + core;
        let port = &mut self.fifos.ports[sender as usize];
        port.len += 1;
        if port.len == 1 {
            port.head = number;
            self.fifos.wheel.schedule(sender, tick.count(packet.inject_ps));
        } else {
            // A core that has a packet to send has sent one before.
            following[before as usize] = number;
        }
        Ok(number)
    }

    /// Runs until a core begins to serve a packet; `None` once all packets sent have been received.
    ///
    /// # Errors
    /// No progress, though packets remain.
    #[expect(clippy::should_implement_trait, reason = "the end is none: more may be sent")]
    pub fn next(&mut self) -> Result<Option<Received>, NocError> {
        let (packets, following) =
            (std::mem::take(&mut self.sent.packets), std::mem::take(&mut self.sent.following));
        let received = self
            .advance::<false, true>(Ways::Single(&packets), &following)
            .map(|(received, _)| received);
        (self.sent.packets, self.sent.following) = (packets, following);
        match received {
            Some(received) => {
                self.sent.received += 1;
                self.sent.free.push(received.packet);
            }
            None => self.progress(self.under_way())?,
        }
        Ok(received)
    }

    /// When the packet of this number, which [`Noc::next`] gave last, was to enter the source port.
    pub(in crate::engine) fn sent_ps(&self, number: u32) -> u64 {
        self.sent.packets[number as usize].inject_ps
    }

    /// Packets that were sent with [`Noc::send`].
    pub fn sent(&self) -> usize {
        self.sent.count
    }

    /// Packets that were sent with [`Noc::send`] and not yet received.
    pub fn under_way(&self) -> usize {
        self.sent.count - self.sent.received
    }
}
