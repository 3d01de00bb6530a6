//! The packets of one step, link by link and without a queue of events.
//!
//! Dimension order visits the links of a row from one border to the other, then those of a column,
//! so that with buffers without end all packets of a link are known before the link is looked at:
//! it is one merge of sorted lists and `departure = max(arrival, free)`. What [`super::noc`] gives
//! with such buffers comes out, up to the order of packets that arrive at the same picosecond.
//! Finite buffers are not felt, but counted: [`Swept::overfull`].

use super::noc::{
    Delivered, Network, NocError, Packet, check, check_packets, check_swept, latency,
};
use crate::activity::Link;
use rayon::prelude::*;

/// What became of the packets of one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Swept {
    /// Times and ways of its packets.
    pub delivered: Delivered,
    /// Arrivals at a link that held as many packets as its port has places.
    pub overfull: u64,
    /// The links that carried packets, by row or column in the order of travel.
    pub links: Vec<Link>,
    /// By packet, as [`super::noc::Noc::latencies_ps`].
    pub latencies_ps: Vec<u64>,
}

/// A packet on its way: when it is where, and the tile that it goes to.
#[derive(Debug, Clone, Copy, Default)]
struct Flit {
    time_ps: u64,
    packet: u32,
    to: [u16; 2],
}

/// A row (axis 0) or a column (axis 1), in one direction.
struct Line {
    /// Tiles in the order of travel.
    tiles: Vec<[usize; 2]>,
    axis: usize,
    forward: bool,
}

/// One link of a line.
struct Step {
    axis: usize,
    /// Coordinates of its two ends along the axis.
    from: u16,
    to: u16,
    hop_ps: u64,
}

impl Step {
    /// Whether a packet at its first end goes over it.
    fn takes(&self, flit: &Flit) -> bool {
        let goal = flit.to[self.axis];
        if self.to > self.from { goal > self.from } else { goal < self.from }
    }
}

/// What a line did.
#[derive(Default)]
struct Travelled {
    /// By tile of the line: packets that have come as far as the line takes them.
    left: Vec<Vec<Flit>>,
    links: Vec<Link>,
    overfull: u64,
}

/// Sends the packets of one step: core `c` sends `packets[offsets[c]..offsets[c + 1]]`, in that
/// order.
///
/// # Errors
/// As [`super::noc::Noc::new`] and [`super::noc::Noc::run`]; there is always progress. Where ways
/// are not those of a mesh, x first: [`NocError::NotSwept`].
pub fn sweep(network: &Network, packets: &[Packet], offsets: &[usize]) -> Result<Swept, NocError> {
    check(network)?;
    check_swept(network)?;
    check_packets(network, packets, offsets)?;
    let mut out = Swept::default();
    let mut streams = sent(network, packets, offsets);
    for axis in [0, 1] {
        streams = stage(network, streams, axis, &mut out);
    }
    let received: Vec<Received> =
        streams.par_iter().map(|stream| receive(packets, stream)).collect();
    out.latencies_ps = vec![0; packets.len()];
    for tile in received {
        out.delivered.finish_ps = out.delivered.finish_ps.max(tile.finish_ps);
        out.delivered.disordered += tile.disordered;
        out.delivered.count += tile.waited.len() as u64;
        for (packet, ps) in tile.waited {
            out.latencies_ps[packet as usize] = ps;
        }
    }
    out.delivered.latency = latency(&mut out.latencies_ps.clone());
    out.delivered.waits.links_ps =
        out.links.iter().fold(0, |sum, link| link.stall_ps.saturating_add(sum));
    for link in &out.links {
        let hops = &mut out.delivered.hops;
        let count = match (link.between_chips, link.from, link.to) {
            (true, ..) => &mut out.delivered.chip_links,
            (_, [x, _], [to, _]) if to > x => &mut hops.east,
            (_, [x, _], [to, _]) if to < x => &mut hops.west,
            (_, [_, y], [_, to]) if to > y => &mut hops.north,
            _ => &mut hops.south,
        };
        *count += link.packets;
    }
    Ok(out)
}

/// The packets of every tile in the order of their times.
fn sent(network: &Network, packets: &[Packet], offsets: &[usize]) -> Vec<Vec<Flit>> {
    let mut streams = vec![vec![]; network.grid.width * network.grid.height];
    for (core, range) in offsets.windows(2).enumerate() {
        let here = network.cores[core];
        let stream: &mut Vec<Flit> = &mut streams[here[1] * network.grid.width + here[0]];
        let mut time_ps = 0;
        for (packet, p) in (range[0] as u32..).zip(&packets[range[0]..range[1]]) {
            time_ps = p.inject_ps.max(time_ps);
            let tile = network.cores[p.destination as usize];
            let local = tile == here;
            let time_ps = time_ps + if local { network.local_ps } else { 0 };
            // The network was checked: coordinates stay below 2^16.
            stream.push(Flit { time_ps, packet, to: tile.map(|at| at as u16) });
        }
    }
    streams.par_iter_mut().for_each(|stream| in_order(stream));
    streams
}

/// Lists of arrivals one after the other become one: a stable sort finds the runs and merges them.
fn in_order(stream: &mut [Flit]) {
    stream.sort_by_key(|flit| flit.time_ps);
}

/// Takes every packet along one axis to the coordinate of its destination.
fn stage(
    network: &Network,
    streams: Vec<Vec<Flit>>,
    axis: usize,
    out: &mut Swept,
) -> Vec<Vec<Flit>> {
    let lines: Vec<[Line; 2]> = match axis {
        0 => (0..network.grid.height)
            .map(|y| both((0..network.grid.width).map(|x| [x, y]), axis))
            .collect(),
        _ => (0..network.grid.width)
            .map(|x| both((0..network.grid.height).map(|y| [x, y]), axis))
            .collect(),
    };
    let lines = lines.into_iter().flatten().collect::<Vec<Line>>();
    let travelled: Vec<Travelled> =
        lines.par_iter().map(|line| line.travel(network, &streams)).collect();
    let index = |[x, y]: [usize; 2]| y * network.grid.width + x;
    let mut next = streams;
    next.par_iter_mut().enumerate().for_each(|(tile, stream)| {
        let here = [tile % network.grid.width, tile / network.grid.width];
        stream.retain(|flit| usize::from(flit.to[axis]) == here[axis]);
    });
    for (line, done) in lines.iter().zip(travelled) {
        for (&tile, left) in line.tiles.iter().zip(done.left) {
            next[index(tile)].extend(left);
        }
        out.links.extend(done.links);
        out.overfull += done.overfull;
    }
    next.par_iter_mut().for_each(|stream| in_order(stream));
    next
}

fn both(tiles: impl DoubleEndedIterator<Item = [usize; 2]> + Clone, axis: usize) -> [Line; 2] {
    let back = tiles.clone().rev().collect();
    [
        Line { tiles: tiles.collect(), axis, forward: true },
        Line { tiles: back, axis, forward: false },
    ]
}

impl Line {
    /// `streams` by tile of the mesh: packets there, in order.
    fn travel(&self, network: &Network, streams: &[Vec<Flit>]) -> Travelled {
        let mut out = Travelled { left: vec![vec![]; self.tiles.len()], ..Travelled::default() };
        let (mut queue, mut crossing) = (vec![], Crossing::default());
        for (n, pair) in self.tiles.windows(2).enumerate() {
            let (here, next) = (pair[0], pair[1]);
            let joining = &streams[here[1] * network.grid.width + here[0]];
            let (between_chips, hop_ps) = self.link(network, here, next);
            let [from, to] = [here, next].map(|tile| tile[self.axis] as u16);
            let step = Step { axis: self.axis, from, to, hop_ps };
            let packets = crossing.cross(&mut queue, joining, &step, network, &mut out.left[n + 1]);
            out.overfull += crossing.overfull;
            if packets > 0 {
                let stall_ps = crossing.stall_ps;
                out.links.push(Link {
                    from: here,
                    to: next,
                    between_chips,
                    packets,
                    stall_ps,
                    blocked_ps: 0,
                });
            }
        }
        out
    }

    /// Whether a link joins two chips, and its latency.
    fn link(&self, network: &Network, from: [usize; 2], to: [usize; 2]) -> (bool, u64) {
        let hop = &network.hop_ps;
        match (network.grid.between_chips(from, to), self.axis, self.forward) {
            (true, ..) => (true, network.chip_link_ps),
            (_, 0, true) => (false, hop.east),
            (_, 0, false) => (false, hop.west),
            (_, _, true) => (false, hop.north),
            (_, _, false) => (false, hop.south),
        }
    }
}

/// What happens at one link; its buffers serve link after link.
#[derive(Default)]
struct Crossing {
    /// Time that packets waited.
    stall_ps: u64,
    /// Packets that found the port full.
    overfull: u64,
    /// By packet: when it comes to the other end.
    arrived: Vec<u64>,
    stay: Vec<Flit>,
}

impl Crossing {
    /// Merges a sorted queue with those of `joining`, sorted, too, that take this step, and sends
    /// all over the link. Times of arrival become those at the other end, and packets that go no
    /// farther along the axis than there leave the queue for `left`. Gives how many crossed.
    fn cross(
        &mut self,
        queue: &mut Vec<Flit>,
        joining: &[Flit],
        step: &Step,
        network: &Network,
        left: &mut Vec<Flit>,
    ) -> u64 {
        let &Step { axis, to: end, hop_ps, .. } = step;
        let (interval_ps, places) = (network.link_interval_ps, network.port_buffer);
        let most = queue.len() + joining.len();
        if self.arrived.len() < most {
            self.arrived.resize(most, 0);
            self.stay.resize(most, Flit::default());
        }
        let (arrived, stay) = (&mut self.arrived[..most], &mut self.stay[..most]);
        let (mut free, mut stall_ps, mut overfull, mut crossed, mut staying) = (0, 0u64, 0, 0, 0);
        let mut pass = |flit: &Flit| {
            let departure = flit.time_ps.max(free);
            free = departure + interval_ps;
            stall_ps = stall_ps.saturating_add(departure - flit.time_ps);
            // Packets leave in order: the port is full if the one that came so many before is still
            // there.
            let full = crossed >= places
                && (places == 0 || arrived[crossed - places] > flit.time_ps + hop_ps);
            overfull += u64::from(full);
            let flit = Flit { time_ps: departure + hop_ps, ..*flit };
            arrived[crossed] = flit.time_ps;
            crossed += 1;
            if flit.to[axis] == end {
                left.push(flit);
            } else {
                stay[staying] = flit;
                staying += 1;
            }
        };
        let mut before = &queue[..];
        for joins in joining.iter().filter(|flit| step.takes(flit)) {
            // Of packets of one time, those that have come over a link go first.
            while let Some((queued, rest)) =
                before.split_first().filter(|(queued, _)| queued.time_ps <= joins.time_ps)
            {
                pass(queued);
                before = rest;
            }
            pass(joins);
        }
        before.iter().for_each(pass);
        (self.stall_ps, self.overfull) = (stall_ps, overfull);
        queue.clear();
        queue.extend_from_slice(&stay[..staying]);
        crossed as u64
    }
}

/// What the cores of a tile received.
struct Received {
    /// End of the last service.
    finish_ps: u64,
    /// By packet: from its injection to the start of its service.
    waited: Vec<(u32, u64)>,
    /// Packets received after one that was sent later.
    disordered: u64,
}

/// A core in the course of receiving.
struct Core {
    number: u32,
    /// When it is done with its packet.
    free_ps: u64,
    /// When the packet was sent that was sent last, of those received.
    latest_ps: u64,
}

/// Every core receives one packet at a time.
fn receive(packets: &[Packet], stream: &[Flit]) -> Received {
    let mut cores: Vec<Core> = vec![];
    let mut out =
        Received { finish_ps: 0, waited: Vec::with_capacity(stream.len()), disordered: 0 };
    for flit in stream {
        let packet = &packets[flit.packet as usize];
        let at =
            cores.iter().position(|core| core.number == packet.destination).unwrap_or_else(|| {
                cores.push(Core { number: packet.destination, free_ps: 0, latest_ps: 0 });
                cores.len() - 1
            });
        let core = &mut cores[at];
        let start = flit.time_ps.max(core.free_ps);
        core.free_ps = start + packet.service_ps;
        out.disordered += u64::from(packet.inject_ps < core.latest_ps);
        core.latest_ps = core.latest_ps.max(packet.inject_ps);
        out.finish_ps = out.finish_ps.max(core.free_ps);
        out.waited.push((flit.packet, start - packet.inject_ps));
    }
    out
}
