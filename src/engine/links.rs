//! Packets over every link of the mesh, x first, without walking their ways: each way adds one
//! and takes one off at its ends, and a running sum along rows and columns gives the links.

use crate::activity::Link;
use crate::mapping::Grid;

/// Ends of ways, by direction of travel; a value holds from its tile on.
pub(crate) struct Links {
    grid: Grid,
    east: Vec<i64>,
    west: Vec<i64>,
    north: Vec<i64>,
    south: Vec<i64>,
}

impl Links {
    pub fn new(grid: Grid) -> Links {
        let empty = vec![0; grid.width * grid.height];
        Links { grid, east: empty.clone(), west: empty.clone(), north: empty.clone(), south: empty }
    }

    /// `packets` packets from tile to tile.
    pub fn add(&mut self, from: [usize; 2], to: [usize; 2], packets: u64) {
        let width = self.grid.width;
        let at = |x: usize, y: usize| y * width + x;
        let packets = packets as i64;
        // A link belongs to the tile that it leaves.
        if to[0] > from[0] {
            self.east[at(from[0], from[1])] += packets;
            self.east[at(to[0], from[1])] -= packets;
        } else if to[0] < from[0] {
            self.west[at(from[0], from[1])] += packets;
            self.west[at(to[0], from[1])] -= packets;
        }
        if to[1] > from[1] {
            self.north[at(to[0], from[1])] += packets;
            self.north[at(to[0], to[1])] -= packets;
        } else if to[1] < from[1] {
            self.south[at(to[0], from[1])] += packets;
            self.south[at(to[0], to[1])] -= packets;
        }
    }

    /// The links that carried packets, by tile (row by row), then east, west, north, south.
    pub fn finish(mut self) -> Vec<Link> {
        let Grid { width, height, chip_width, chip_height, .. } = self.grid;
        for y in 0..height {
            let row = y * width;
            (1..width).for_each(|x| self.east[row + x] += self.east[row + x - 1]);
            (1..width).rev().for_each(|x| self.west[row + x - 1] += self.west[row + x]);
        }
        for y in 1..height {
            for x in 0..width {
                self.north[y * width + x] += self.north[(y - 1) * width + x];
                let up = (height - y) * width + x;
                self.south[up - width] += self.south[up];
            }
        }
        let mut links = vec![];
        for tile in 0..width * height {
            let [x, y] = [tile % width, tile / width];
            let ends = [
                (self.east[tile], [x + 1, y]),
                (self.west[tile], [x.wrapping_sub(1), y]),
                (self.north[tile], [x, y + 1]),
                (self.south[tile], [x, y.wrapping_sub(1)]),
            ];
            for (packets, to) in ends.into_iter().filter(|&(packets, _)| packets > 0) {
                let between_chips =
                    to[0] / chip_width != x / chip_width || to[1] / chip_height != y / chip_height;
                links.push(Link { from: [x, y], to, between_chips, packets: packets as u64, stall_ps: 0 });
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
        let grid = Grid { width: 5, height: 4, chip_width: 3, chip_height: 2, chips: 4, cores_per_tile: 1 };
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
        let found = links.finish();
        let borders = found.iter().filter(|l| l.between_chips).count();
        assert_eq!(borders, 2 * 4 + 2 * 5, "both ways over the two borders");
        let found: BTreeMap<_, _> = found.into_iter().map(|l| ((l.from, l.to), l.packets)).collect();
        assert_eq!(found, walked);
    }
}
