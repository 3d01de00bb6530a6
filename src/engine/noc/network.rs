//! What is simulated: the mesh and its times, the packets, and what can be wrong with them.

use super::LARGEST_PS;
use super::layout::Layout;
use super::trees::{Cast, Trees};
use crate::activity::{PacketLatency, Waits};
use crate::mapping::Grid;
use crate::plain::counted;
use crate::profile::{Hops, Kind, Multicast, Routing};

/// The mesh and its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The routers and the ways between them; links from chip to chip take
    /// [`Network::chip_link_ps`].
    pub grid: Grid,
    /// Tile `[x, y]` of every core.
    pub cores: Vec<[usize; 2]>,
    /// Latency of a link within a chip, by direction of travel.
    pub hop_ps: Hops<u64>,
    /// Latency from a core to a core of the same tile.
    pub local_ps: u64,
    /// Latency of a link between two chips.
    pub chip_link_ps: u64,
    /// Shortest time between two packets on one link.
    pub link_interval_ps: u64,
    /// Packets that one output port can hold.
    pub port_buffer: usize,
}

impl Network {
    /// The longest time of which all times of the mesh are multiples; 0 where all are 0.
    pub(super) fn grain_ps(&self) -> u64 {
        let others = [self.local_ps, self.chip_link_ps, self.link_interval_ps];
        self.hop_ps.by_direction().into_iter().copied().chain(others).fold(0, super::gcd)
    }
}

/// One packet on its way to a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Time at which it enters the source port.
    pub inject_ps: u64,
    /// Core that receives it.
    pub destination: u32,
    /// How long the receiver is busy with it.
    pub service_ps: u64,
}

/// What became of the packets of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Packets received; all that were sent.
    pub count: u64,
    /// End of the last service.
    pub finish_ps: u64,
    /// From the time of injection to the start of the service at the receiving core.
    pub latency: PacketLatency,
    /// Links crossed within chips.
    pub hops: Hops<u64>,
    /// Links crossed between chips.
    pub chip_links: u64,
    /// How long packets waited on their way.
    pub waits: Waits,
    /// Packets that a core received after one that was sent later.
    pub disordered: u64,
}

/// Why packets cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NocError {
    /// A core beside the mesh.
    #[error("core {core} is placed at tile ({x}, {y}), outside the mesh")]
    OutsideMesh {
        /// Number of the core.
        core: usize,
        /// Its tile column.
        x: usize,
        /// Its tile row.
        y: usize,
    },
    /// More tiles or ports than can be numbered.
    #[error("the mesh is too large: at most 65535 tiles in x and y, and 2^31 ports")]
    TooLarge,
    /// A chip without tiles.
    #[error("chips must have at least one tile in x and y")]
    EmptyChip,
    /// See [`crate::engine::sweep`].
    #[error(
        "links timing follows single packets along the rows of a mesh and then along its columns, \
         which is not how this chip routes; take --timing event or --timing analytic"
    )]
    NotSwept,
    /// Packets of a ring could wait for each other without end.
    #[error(
        "ports of {} may block where links close to rings; they must hold 2 at least",
        counted(capacity, "packet")
    )]
    Ring {
        /// Packets that a port holds.
        capacity: usize,
    },
    /// Lists for another number of cores.
    #[error("packets are listed for {found} cores, but the network has {expected}")]
    CoreCount {
        /// Cores of the network.
        expected: usize,
        /// Cores of the lists.
        found: usize,
    },
    /// Offsets that are no division of the packets.
    #[error("the packet offsets do not grow from 0 to the number of packets, {packets}")]
    Offsets {
        /// Number of packets.
        packets: usize,
    },
    /// A packet to a core that is not there.
    #[error("packet {packet} goes to core {core}, which does not exist")]
    Destination {
        /// Number of the packet.
        packet: usize,
        /// Core that it names.
        core: u32,
    },
    /// A packet along a tree that is not there.
    #[error("packet {packet} goes along tree {tree}, which was not planted or leads nowhere")]
    Tree {
        /// Number of the packet.
        packet: usize,
        /// Tree that it names.
        tree: u32,
    },
    /// A time between two ticks.
    #[error("packet {packet} has a time that is no multiple of {tick_ps} ps")]
    Grain {
        /// Number of the packet.
        packet: usize,
        /// Picoseconds of a tick.
        tick_ps: u64,
    },
    /// More buffers than memory holds.
    #[error("port buffers of {capacity} packets do not fit into memory on this mesh")]
    Buffers {
        /// Packets that a port holds.
        capacity: u32,
    },
    /// Times beyond what is counted.
    #[error(
        "{packets} packets may take more than 2^62 ps (53 days), beyond which times are not \
         counted; take a profile of shorter latencies, fewer steps or --timing analytic"
    )]
    Times {
        /// Number of packets.
        packets: usize,
    },
    /// The watchdog: nothing is pending, and packets remain.
    #[error("no packet can move after {time_ps} ps, though {remaining} have not arrived")]
    NoProgress {
        /// Picoseconds after which nothing moves.
        time_ps: u64,
        /// Packets that have not arrived.
        remaining: u64,
    },
}

/// Whether the mesh can be laid out.
pub(in crate::engine) fn check(network: &Network) -> Result<(), NocError> {
    let Grid { width, height, chip_width, chip_height, .. } = network.grid;
    if chip_width == 0 || chip_height == 0 {
        return Err(NocError::EmptyChip);
    }
    let most = u16::MAX as usize;
    let units = Layout::count(&network.grid);
    let sides =
        [width, height].map(|side| if network.grid.kind == Kind::Star { 2 * side } else { side });
    if sides.into_iter().any(|side| side > most) || units + 2 * network.cores.len() > 1 << 31 {
        return Err(NocError::TooLarge);
    }
    if network.grid.has_rings() && network.port_buffer < 2 {
        return Err(NocError::Ring { capacity: network.port_buffer });
    }
    match network.cores.iter().position(|&[x, y]| x >= width || y >= height) {
        Some(core) => {
            let [x, y] = network.cores[core];
            Err(NocError::OutsideMesh { core, x, y })
        }
        None => Ok(()),
    }
}

/// Whether a sweep over rows and columns meets every packet.
pub(in crate::engine) fn check_swept(network: &Network) -> Result<(), NocError> {
    let grid = &network.grid;
    match (grid.kind, grid.routing, grid.multicast) {
        (Kind::Mesh | Kind::Single, Routing::Xy, Multicast::Unicast) => Ok(()),
        _ => Err(NocError::NotSwept),
    }
}

/// Whether the packets are those of the network's cores.
pub(in crate::engine) fn check_packets(
    network: &Network,
    packets: &[Packet],
    offsets: &[usize],
) -> Result<(), NocError> {
    check_offsets(network, packets.len(), offsets)?;
    let expected = network.cores.len();
    if let Some(packet) = packets.iter().position(|p| p.destination as usize >= expected) {
        return Err(NocError::Destination { packet, core: packets[packet].destination });
    }
    let (inject_ps, work_ps) =
        (packets.iter().map(|p| p.inject_ps), packets.iter().map(|p| p.service_ps));
    check_times(network, inject_ps, work_ps, packets.len())
}

/// Whether all packets would arrive in time if they went one after the other once the last is sent:
/// they never take longer, since there is always one that moves, holds a link or is served.
pub(super) fn check_times(
    network: &Network,
    inject_ps: impl Iterator<Item = u64>,
    work_ps: impl Iterator<Item = u64>,
    packets: usize,
) -> Result<(), NocError> {
    let ways_ps = longest_ps(network).saturating_mul(packets as u64);
    let finish_ps =
        work_ps.fold(inject_ps.max().unwrap_or(0).saturating_add(ways_ps), u64::saturating_add);
    if finish_ps > LARGEST_PS { Err(NocError::Times { packets }) } else { Ok(()) }
}

/// What the longest way takes at most without others on it.
pub(super) fn longest_ps(network: &Network) -> u64 {
    let Network { hop_ps, local_ps, chip_link_ps, link_interval_ps, grid, .. } = network;
    let link_ps = hop_ps.by_direction().into_iter().copied().fold(*chip_link_ps, u64::max);
    // Two links lead through the hubs of a star, the others along both sides at most.
    let links = grid.width.saturating_add(grid.height).saturating_add(2) as u64;
    link_ps.saturating_add(*link_interval_ps).saturating_mul(links).saturating_add(*local_ps)
}

/// The same for packets that fork.
pub(super) fn check_casts(
    network: &Network,
    trees: &Trees,
    casts: &[Cast],
    offsets: &[usize],
) -> Result<(), NocError> {
    check_offsets(network, casts.len(), offsets)?;
    let leads = |tree: u32| (tree as usize) < trees.count() && trees.destinations(tree) > 0;
    match casts.iter().position(|cast| !leads(cast.tree)) {
        Some(packet) => Err(NocError::Tree { packet, tree: casts[packet].tree }),
        None => Ok(()),
    }
}

fn check_offsets(network: &Network, packets: usize, offsets: &[usize]) -> Result<(), NocError> {
    let expected = network.cores.len();
    if offsets.len() != expected + 1 {
        return Err(NocError::CoreCount { expected, found: offsets.len().saturating_sub(1) });
    }
    let ends = offsets[0] == 0 && offsets[expected] == packets;
    if !ends || !offsets.is_sorted() || packets >= u32::MAX as usize {
        return Err(NocError::Offsets { packets });
    }
    Ok(())
}
