//! Multicast trees: the ways of one packet to several tiles, joined where they run together.
//!
//! Each way is that of [`super::route`], so that a tree is the union of the ways of single packets.
//! They part at a router and do not meet again: a link has one link before it, whichever of the
//! destinations it leads to.

use super::Grid;
use super::route::{Crossed, Hop};
use std::collections::BTreeMap;

/// One link of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// On its last leg only if that holds for all destinations behind it.
    pub hop: Hop,
    /// The branch that it goes on from, which comes before it in the list; `None` at the source.
    pub parent: Option<usize>,
}

/// The links from one tile to several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// Branches, each behind the one that it leaves.
    pub branches: Vec<Branch>,
    /// By destination: the branch that ends there; `None` for the source itself.
    pub ends: Vec<Option<usize>>,
}

impl Grid {
    /// The tree from a tile to others, each in `to` as often as it likes.
    pub fn tree(&self, from: [usize; 2], to: impl IntoIterator<Item = [usize; 2]>) -> Tree {
        let mut tree = Tree::default();
        let mut known: BTreeMap<[[usize; 2]; 2], usize> = BTreeMap::new();
        let mut reached: BTreeMap<[usize; 2], Option<usize>> = BTreeMap::new();
        for to in to {
            let end = *reached.entry(to).or_insert_with(|| {
                let mut parent = None;
                for hop in self.walk(from, to) {
                    let branch = *known.entry([hop.from, hop.to]).or_insert_with(|| {
                        tree.branches.push(Branch { hop, parent });
                        tree.branches.len() - 1
                    });
                    debug_assert_eq!(
                        tree.branches[branch].parent, parent,
                        "ways that have parted meet again"
                    );
                    tree.branches[branch].hop.last_leg &= hop.last_leg;
                    parent = Some(branch);
                }
                parent
            });
            tree.ends.push(end);
        }
        tree
    }
}

impl Tree {
    /// Its links, counted.
    pub fn crossed(&self, grid: &Grid) -> Crossed {
        let mut crossed = Crossed::default();
        for Branch { hop, .. } in &self.branches {
            crossed.count(grid, hop);
        }
        crossed
    }
}
