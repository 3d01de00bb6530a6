//! Packets over every link. On a mesh no way is walked: each adds one and takes one off at the ends
//! of its legs, and a running sum along rows and columns gives the links. Elsewhere every pair of
//! tiles is walked once, and trees, which have links of their own, link by link.

use crate::activity::Link;
use crate::mapping::route::{DIRECTIONS, Direction, Hop};
use crate::mapping::{Grid, Tree};
use crate::profile::{Hops, Kind, Multicast, Routing};
use std::collections::BTreeMap;

/// The ways of many packets.
pub(crate) enum Links {
    Mesh(Ends),
    Walked(Grid, BTreeMap<[[usize; 2]; 2], u64>),
    Trees(Grid, Counted),
}

/// Packets by router, row by row, and there by direction and end.
type Counted = BTreeMap<(usize, usize, Direction, [usize; 2]), u64>;

/// Ends of legs, by direction of travel; a value holds from its tile on.
pub(crate) struct Ends {
    grid: Grid,
    at: Hops<Vec<i64>>,
}

impl Links {
    pub fn new(grid: Grid) -> Links {
        match (grid.multicast, grid.kind) {
            (Multicast::Tree, _) => Links::Trees(grid, BTreeMap::new()),
            (_, Kind::Mesh | Kind::Single) => {
                let empty = Hops::<()>::default().map(|_| vec![0; grid.width * grid.height]);
                Links::Mesh(Ends { grid, at: empty })
            }
            _ => Links::Walked(grid, BTreeMap::new()),
        }
    }

    /// `packets` packets from tile to tile.
    pub fn add(&mut self, from: [usize; 2], to: [usize; 2], packets: u64) {
        match self {
            Links::Mesh(ends) => ends.add(from, to, packets as i64),
            Links::Walked(_, ways) => *ways.entry([from, to]).or_default() += packets,
            Links::Trees(grid, counted) => {
                grid.walk(from, to)
                    .for_each(|hop| *counted.entry(key(&hop)).or_default() += packets);
            }
        }
    }

    /// Packets from tiles, so many from each, to each of other tiles.
    pub fn add_all(&mut self, from: &[([usize; 2], u64)], to: &[[usize; 2]]) {
        match self {
            Links::Mesh(ends) if ends.grid.routing == Routing::Xy => ends.add_all(from, to),
            _ => {
                for &(tile, packets) in from {
                    to.iter().for_each(|&to| self.add(tile, to, packets));
                }
            }
        }
    }

    /// `packets` packets along a tree.
    pub fn add_tree(&mut self, tree: &Tree, packets: u64) {
        // Whoever adds trees has a grid with trees.
        let Links::Trees(_, counted) = self else { return };
        tree.branches
            .iter()
            .for_each(|branch| *counted.entry(key(&branch.hop)).or_default() += packets);
    }

    /// The links that carried packets, by router (row by row), then in the order of directions.
    pub fn finish(self) -> Vec<Link> {
        match self {
            Links::Mesh(ends) => ends.finish(),
            Links::Walked(grid, ways) => walk(&grid, ways),
            Links::Trees(grid, counted) => listed(&grid, counted),
        }
    }
}

fn walk(grid: &Grid, ways: BTreeMap<[[usize; 2]; 2], u64>) -> Vec<Link> {
    let mut counted = Counted::new();
    for ([from, to], packets) in ways {
        for hop in grid.walk(from, to) {
            *counted.entry(key(&hop)).or_default() += packets;
        }
    }
    listed(grid, counted)
}

fn key(hop: &Hop) -> (usize, usize, Direction, [usize; 2]) {
    (hop.from[1], hop.from[0], hop.direction, hop.to)
}

fn listed(grid: &Grid, links: Counted) -> Vec<Link> {
    let mut listed: Vec<Link> = vec![];
    for ((y, x, _, to), packets) in links {
        // On a small ring two links may join two routers; they are one row. All of a router stand
        // together.
        let same = listed
            .iter_mut()
            .rev()
            .take(DIRECTIONS.len())
            .find(|link| (link.from, link.to) == ([x, y], to));
        match same {
            Some(link) => link.packets += packets,
            None => listed.push(link(grid, [x, y], to, packets)),
        }
    }
    listed
}

fn link(grid: &Grid, from: [usize; 2], to: [usize; 2], packets: u64) -> Link {
    Link {
        from,
        to,
        between_chips: grid.between_chips(from, to),
        packets,
        stall_ps: 0,
        blocked_ps: 0,
    }
}

impl Ends {
    fn add(&mut self, from: [usize; 2], to: [usize; 2], packets: i64) {
        let width = self.grid.width;
        let mut here = from;
        for leg in self.grid.legs(from, to).into_iter().filter(|leg| leg.length > 0) {
            let ends = self.at.along(leg.direction);
            // A link belongs to the tile that it leaves.
            ends[here[1] * width + here[0]] += packets;
            match leg.direction {
                Direction::East | Direction::West => here[0] = to[0],
                _ => here[1] = to[1],
            }
            ends[here[1] * width + here[0]] -= packets;
        }
    }

    /// Along rows first: one leg from every tile to a column, then one from a row to every tile.
    fn add_all(&mut self, from: &[([usize; 2], u64)], to: &[[usize; 2]]) {
        let width = self.grid.width;
        let (mut columns, mut tiles) =
            (BTreeMap::<usize, i64>::new(), BTreeMap::<[usize; 2], i64>::new());
        for &tile in to {
            *columns.entry(tile[0]).or_default() += 1;
            *tiles.entry(tile).or_default() += 1;
        }
        let mut rows = BTreeMap::<usize, i64>::new();
        for &([x, y], packets) in from {
            *rows.entry(y).or_default() += packets as i64;
            for (&column, &each) in columns.iter().filter(|(column, _)| **column != x) {
                let ends = if column > x { &mut self.at.east } else { &mut self.at.west };
                ends[y * width + x] += each * packets as i64;
                ends[y * width + column] -= each * packets as i64;
            }
        }
        for (&y, &packets) in &rows {
            for (&[x, row], &each) in tiles.iter().filter(|(tile, _)| tile[1] != y) {
                let ends = if row > y { &mut self.at.north } else { &mut self.at.south };
                ends[y * width + x] += each * packets;
                ends[row * width + x] -= each * packets;
            }
        }
    }

    fn finish(mut self) -> Vec<Link> {
        let Grid { width, height, .. } = self.grid;
        for y in 0..height {
            let row = y * width;
            (1..width).for_each(|x| self.at.east[row + x] += self.at.east[row + x - 1]);
            (1..width).rev().for_each(|x| self.at.west[row + x - 1] += self.at.west[row + x]);
        }
        for y in 1..height {
            for x in 0..width {
                self.at.north[y * width + x] += self.at.north[(y - 1) * width + x];
                let up = (height - y) * width + x;
                self.at.south[up - width] += self.at.south[up];
            }
        }
        let mut links = vec![];
        for tile in 0..width * height {
            let from = [tile % width, tile / width];
            for direction in DIRECTIONS {
                let packets = self.at.along(direction)[tile] as u64;
                if let (1.., Some(to)) = (packets, self.grid.neighbour(from, direction)) {
                    links.push(link(&self.grid, from, to, packets));
                }
            }
        }
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn equal_to_walking_every_way() {
        let grid = Grid { chip_width: 3, chip_height: 2, chips: 4, ..Grid::of_one_chip(5, 4) };
        let (mut links, mut walked) = (Links::new(grid), BTreeMap::new());
        for way in 0..400u64 {
            let tile = |n: u64| [(n % 5) as usize, (n / 5 % 4) as usize];
            let (from, to) = (tile(way), tile(way / 20));
            links.add(from, to, way + 1);
            let mut at = from;
            while at != to {
                let axis = usize::from(at[0] == to[0]);
                let mut next = at;
                next[axis] = if to[axis] > at[axis] { at[axis] + 1 } else { at[axis] - 1 };
                *walked.entry((at, next)).or_insert(0) += way + 1;
                at = next;
            }
        }
        let (from, to) =
            ([([1, 2], 3), ([4, 0], 5), ([1, 2], 7)], [[0, 0], [4, 3], [4, 3], [1, 2], [4, 0]]);
        let (mut together, mut each) = (Links::new(grid), Links::new(grid));
        together.add_all(&from, &to);
        for (from, packets) in from {
            to.iter().for_each(|&to| each.add(from, to, packets));
        }
        assert_eq!(together.finish(), each.finish());
        let found = links.finish();
        let borders = found.iter().filter(|l| l.between_chips).count();
        assert_eq!(borders, 2 * 4 + 2 * 5, "both ways over the two borders");
        let found: BTreeMap<_, _> =
            found.into_iter().map(|l| ((l.from, l.to), l.packets)).collect();
        assert_eq!(found, walked);
    }
}
