//! What the simulator asks of packets: single ones, and those that fork.

use super::network::Packet;
use super::trees::{Cast, Trees};

/// The packets of a run. What a FIFO knows of a packet's way is its destination: of a single one
/// its core, of one that forks the node of its tree that the FIFO belongs to.
#[derive(Clone, Copy)]
pub(super) enum Ways<'a> {
    Single(&'a [Packet]),
    Forked(Forked<'a>),
}

#[derive(Clone, Copy)]
pub(super) struct Forked<'a> {
    pub casts: &'a [Cast],
    pub trees: &'a Trees,
    /// By packet: deliveries before it.
    pub before: &'a [u32],
}

impl Ways<'_> {
    /// Time at which the core sends a packet.
    #[inline(always)]
    pub fn inject_ps(self, packet: u32) -> u64 {
        match self {
            Ways::Single(packets) => packets[packet as usize].inject_ps,
            Ways::Forked(Forked { casts, .. }) => casts[packet as usize].inject_ps,
        }
    }

    /// How long its core is busy with it.
    #[inline(always)]
    pub fn service_ps(self, packet: u32, destination: u32) -> u64 {
        match self {
            Ways::Single(packets) => packets[packet as usize].service_ps,
            Ways::Forked(Forked { casts, trees, .. }) => {
                trees.service_ps(destination, casts[packet as usize].spikes)
            }
        }
    }

    /// Number of a delivery, counted over all packets.
    #[inline(always)]
    pub fn delivery(self, packet: u32, destination: u32) -> u32 {
        match self {
            Ways::Single(_) => packet,
            Ways::Forked(Forked { trees, before, .. }) => {
                before[packet as usize] + trees.nth(destination)
            }
        }
    }
}
