//! Packets that go to several cores, and the trees along which they fork.
//!
//! A tree is planted once and serves all packets with its source and its destinations. Its nodes
//! are the ports that a packet enters; the children of a node stand side by side: cores first, then
//! links that turn off, then the link straight on. A packet is copied in this order (see
//! [`super`]).

use super::layout::Layout;
use super::{Network, gcd};
use crate::mapping::Tree;
use std::collections::BTreeMap;
use std::ops::Range;

/// One packet to all destinations of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cast {
    /// Time at which it enters the source port.
    pub inject_ps: u64,
    /// Number of the tree, as [`super::Noc::plant`] gave it.
    pub tree: u32,
    /// Spikes that it carries.
    pub spikes: u64,
}

/// A destination of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Core that receives.
    pub core: u32,
    /// How long the core is busy with a packet, picoseconds.
    pub packet_ps: u64,
    /// How long the core is busy with each spike, picoseconds.
    pub spike_ps: u64,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    port: u32,
    /// Its children stand from here on; of a destination, its number in the tree.
    first: u32,
    children: u32,
    packet_ps: u64,
    spike_ps: u64,
}

/// All trees of a network.
#[derive(Debug, Clone, Default)]
pub(super) struct Trees {
    nodes: Vec<Node>,
    /// By tree: the nodes at its source, and the number of its destinations.
    roots: Vec<(Range<u32>, u32)>,
    /// By tree: how long its cores are busy with a packet together, and with each spike.
    work_ps: Vec<[u64; 2]>,
    /// The longest time of which all times of destinations are multiples.
    pub grain_ps: u64,
}

impl Trees {
    /// A tree from `core` to every one of `leaves`, whose cores are distinct and exist.
    pub fn plant(&mut self, network: &Network, layout: &Layout, core: u32, leaves: &[Leaf]) -> u32 {
        let tile = |core: u32| network.cores[core as usize];
        let tree = network.grid.tree(tile(core), leaves.iter().map(|leaf| tile(leaf.core)));
        for leaf in leaves {
            self.grain_ps = gcd(gcd(leaf.packet_ps, self.grain_ps), leaf.spike_ps);
        }
        let children = children(&tree);
        let root = self.grow(layout, &tree, leaves, &children, None);
        self.roots.push((root, leaves.len() as u32));
        let sum = |of: fn(&Leaf) -> u64| leaves.iter().map(of).fold(0, u64::saturating_add);
        self.work_ps.push([sum(|leaf| leaf.packet_ps), sum(|leaf| leaf.spike_ps)]);
        self.roots.len() as u32 - 1
    }

    /// The nodes behind a branch and all that follows.
    fn grow(
        &mut self,
        layout: &Layout,
        tree: &Tree,
        leaves: &[Leaf],
        children: &BTreeMap<Option<usize>, Vec<usize>>,
        branch: Option<usize>,
    ) -> Range<u32> {
        let first = self.nodes.len() as u32;
        let ends =
            (tree.ends.iter().zip(leaves).enumerate()).filter(|(_, (end, _))| **end == branch);
        self.nodes.extend(ends.map(|(nth, (_, leaf))| Node {
            port: layout.links + leaf.core,
            first: nth as u32,
            children: 0,
            packet_ps: leaf.packet_ps,
            spike_ps: leaf.spike_ps,
        }));
        let links = self.nodes.len();
        let mut behind = children.get(&branch).cloned().unwrap_or_default();
        let direction = |branch: usize| tree.branches[branch].hop.direction;
        let onward = branch.map(direction);
        behind.sort_by_key(|&branch| (Some(direction(branch)) == onward, direction(branch)));
        self.nodes.extend(behind.iter().map(|&branch| Node {
            port: layout.port(&tree.branches[branch].hop),
            first: 0,
            children: 0,
            packet_ps: 0,
            spike_ps: 0,
        }));
        let end = self.nodes.len() as u32;
        for (node, branch) in (links..).zip(behind) {
            let range = self.grow(layout, tree, leaves, children, Some(branch));
            (self.nodes[node].first, self.nodes[node].children) =
                (range.start, range.end - range.start);
        }
        first..end
    }

    pub fn count(&self) -> usize {
        self.roots.len()
    }

    /// Destinations of a tree.
    pub fn destinations(&self, tree: u32) -> u32 {
        self.roots[tree as usize].1
    }

    /// How long all cores together are busy with a packet.
    pub fn work_ps(&self, tree: u32, spikes: u64) -> u64 {
        let [packet_ps, spike_ps] = self.work_ps[tree as usize];
        spike_ps.saturating_mul(spikes).saturating_add(packet_ps)
    }

    /// The nodes that follow a packet's source.
    #[inline]
    pub fn roots(&self, tree: u32) -> Range<u32> {
        self.roots[tree as usize].0.clone()
    }

    /// The nodes that follow a link.
    #[inline]
    pub fn behind(&self, node: u32) -> Range<u32> {
        let Node { first, children, .. } = self.nodes[node as usize];
        first..first + children
    }

    #[inline]
    pub fn port(&self, node: u32) -> u32 {
        self.nodes[node as usize].port
    }

    /// Which destination of its tree a node is.
    #[inline]
    pub fn nth(&self, node: u32) -> u32 {
        self.nodes[node as usize].first
    }

    /// How long a core is busy with a packet.
    #[inline]
    pub fn service_ps(&self, node: u32, spikes: u64) -> u64 {
        let Node { packet_ps, spike_ps, .. } = self.nodes[node as usize];
        packet_ps + spikes * spike_ps
    }
}

/// The branches that follow each branch, or the source.
fn children(tree: &Tree) -> BTreeMap<Option<usize>, Vec<usize>> {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, branch) in tree.branches.iter().enumerate() {
        children.entry(branch.parent).or_default().push(at);
    }
    children
}
