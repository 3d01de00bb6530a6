//! The routing function: the one place that knows by which links a packet goes from tile to tile.
//! Counts, loads of links, placements and times all ask it.
//!
//! On a mesh or torus a way is at most two straight legs, each along an axis or, on a triangular
//! torus, a diagonal; [`Routing`] says which comes first. On a torus each axis goes the shorter way
//! round; of two equally short ways a packet takes the one to the east or north. On a star a packet
//! goes to the hub of its chip, from hub to hub over the mesh of chips, x first, and out to its
//! tile.
//!
//! A router is named by its coordinates: a tile by its own, the hub of chip `[x, y]` by
//! `[width + x, height + y]` of the grid.

use super::Grid;
use crate::profile::{Hops, Kind, Routing};

/// Direction of travel over a link. On a star, east leads into a hub and west out to a tile; links
/// between hubs run as those between chips do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To growing x.
    East,
    /// To falling x.
    West,
    /// To growing y.
    North,
    /// To falling y.
    South,
    /// To growing x and y at once.
    NorthEast,
    /// To falling x and y at once.
    SouthWest,
}

use Direction::{East, North, NorthEast, South, SouthWest, West};

/// All directions, in the order of their numbers.
pub const DIRECTIONS: [Direction; 6] = [East, West, North, South, NorthEast, SouthWest];

/// Links in a row in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Where it goes.
    pub direction: Direction,
    /// Links that it takes.
    pub length: usize,
}

/// One link on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Tile that it leaves, `[x, y]`.
    pub from: [usize; 2],
    /// Tile that it enters, `[x, y]`.
    pub to: [usize; 2],
    /// Where it goes.
    pub direction: Direction,
    /// No turn follows.
    pub last_leg: bool,
}

/// Links on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crossed {
    /// Within chips.
    pub hops: Hops<u64>,
    /// Links from chip to chip.
    pub chip_links: u64,
}

impl Crossed {
    /// One more link.
    pub fn count(&mut self, grid: &Grid, hop: &Hop) {
        if grid.between_chips(hop.from, hop.to) {
            self.chip_links += 1;
        } else {
            *self.hops.along(hop.direction) += 1;
        }
    }
}

impl std::ops::AddAssign for Crossed {
    fn add_assign(&mut self, other: Crossed) {
        self.hops += other.hops;
        self.chip_links += other.chip_links;
    }
}

impl<T> Hops<T> {
    /// The value of a direction.
    pub fn along(&mut self, direction: Direction) -> &mut T {
        match direction {
            East => &mut self.east,
            West => &mut self.west,
            North => &mut self.north,
            South => &mut self.south,
            NorthEast => &mut self.north_east,
            SouthWest => &mut self.south_west,
        }
    }
}

impl Grid {
    /// The legs of the way between two tiles that are not those of a star, in order; those of
    /// length 0 come last.
    pub fn legs(&self, from: [usize; 2], to: [usize; 2]) -> [Leg; 2] {
        let [x, y, diagonal] = match self.kind {
            Kind::Mesh | Kind::Single | Kind::Star => {
                [to[0] as i64 - from[0] as i64, to[1] as i64 - from[1] as i64, 0]
            }
            Kind::Torus => {
                [around(from[0], to[0], self.width), around(from[1], to[1], self.height), 0]
            }
            Kind::TriangularTorus => self.triangular(from, to),
        };
        let leg = |along: i64, ahead: Direction, back: Direction| Leg {
            direction: if along < 0 { back } else { ahead },
            length: along.unsigned_abs() as usize,
        };
        let (x, y, diagonal) =
            (leg(x, East, West), leg(y, North, South), leg(diagonal, NorthEast, SouthWest));
        // Of three ways of travel two at most are needed.
        let [first, second] = match (diagonal.length, x.length) {
            (0, _) => [x, y],
            (_, 0) => [diagonal, y],
            _ => [diagonal, x],
        };
        let turned = match self.routing {
            Routing::Xy => first.length == 0,
            Routing::LongestDimensionFirst => first.length < second.length,
        };
        if turned { [second, first] } else { [first, second] }
    }

    /// The shortest of the four ways around a triangular torus, as links east, north and
    /// north-east.
    fn triangular(&self, from: [usize; 2], to: [usize; 2]) -> [i64; 3] {
        let ahead = |axis: usize, size: usize| ((to[axis] + size - from[axis]) % size) as i64;
        let (x, y) = (ahead(0, self.width), ahead(1, self.height));
        let ways = [(x, y), (x - self.width as i64, y)];
        let ways = ways.into_iter().flat_map(|(x, y)| [(x, y), (x, y - self.height as i64)]);
        let split = ways.map(|(x, y)| {
            let diagonal = if (x < 0) != (y < 0) {
                0
            } else if x < 0 {
                x.max(y)
            } else {
                x.min(y)
            };
            [x - diagonal, y - diagonal, diagonal]
        });
        let length = |way: &[i64; 3]| way.iter().map(|along| along.abs()).sum::<i64>();
        // There are four; of equals, the first.
        split.min_by_key(length).unwrap_or_default()
    }

    /// The next link of a packet at router `here` on its way to tile `to`. A packet that is not on
    /// its last leg says in which direction it goes.
    pub fn onward(&self, here: [usize; 2], to: [usize; 2], held: Option<Direction>) -> Option<Hop> {
        if here == to {
            return None;
        }
        if self.kind == Kind::Star {
            return Some(self.through_hubs(here, to));
        }
        let legs = self.legs(here, to);
        let straight = legs.into_iter().find(|leg| leg.length > 0 && Some(leg.direction) == held);
        let direction = straight.unwrap_or(legs[0]).direction;
        let next = self.neighbour(here, direction)?;
        Some(Hop { from: here, to: next, direction, last_leg: legs[1].length == 0 })
    }

    fn through_hubs(&self, here: [usize; 2], to: [usize; 2]) -> Hop {
        let hub = |[x, y]: [usize; 2]| [self.width + x, self.height + y];
        let [of_here, of_to] = [here, to].map(|router| self.chip_of(router));
        let (next, direction) = if here[0] < self.width {
            (hub(of_here), East)
        } else if of_here == of_to {
            (to, West)
        } else {
            let chips = Grid { kind: Kind::Mesh, routing: Routing::Xy, ..*self };
            let direction = chips.legs(of_here, of_to)[0].direction;
            let [x, y] = of_here;
            let next = match direction {
                East => [x + 1, y],
                West => [x - 1, y],
                North => [x, y + 1],
                _ => [x, y - 1],
            };
            (hub(next), direction)
        };
        Hop { from: here, to: next, direction, last_leg: true }
    }

    /// The tile at the far end of a link; `None` beyond the border of a mesh.
    pub fn neighbour(&self, [x, y]: [usize; 2], direction: Direction) -> Option<[usize; 2]> {
        let (width, height) = (self.width, self.height);
        let [beyond_x, beyond_y] = match direction {
            East => [x + 1 + width, y + height],
            West => [x + width - 1, y + height],
            North => [x + width, y + 1 + height],
            South => [x + width, y + height - 1],
            NorthEast => [x + 1 + width, y + 1 + height],
            SouthWest => [x + width - 1, y + height - 1],
        };
        match self.kind {
            Kind::Torus | Kind::TriangularTorus => Some([beyond_x % width, beyond_y % height]),
            _ => {
                let within = beyond_x / width == 1 && beyond_y / height == 1;
                within.then_some([beyond_x % width, beyond_y % height])
            }
        }
    }

    /// Whether links close to rings.
    pub fn has_rings(&self) -> bool {
        matches!(self.kind, Kind::Torus | Kind::TriangularTorus)
    }

    /// Links that a packet crosses from tile to tile, those between chips included.
    #[inline]
    pub fn distance(&self, from: [usize; 2], to: [usize; 2]) -> u64 {
        match self.kind {
            Kind::Mesh | Kind::Single => (from[0].abs_diff(to[0]) + from[1].abs_diff(to[1])) as u64,
            Kind::Star if from == to => 0,
            Kind::Star => {
                let [from, to] = [from, to].map(|tile| self.chip_of(tile));
                2 + (from[0].abs_diff(to[0]) + from[1].abs_diff(to[1])) as u64
            }
            Kind::Torus | Kind::TriangularTorus => {
                self.legs(from, to).iter().map(|leg| leg.length as u64).sum()
            }
        }
    }

    /// The links of a way, one by one.
    pub fn walk(&self, from: [usize; 2], to: [usize; 2]) -> impl Iterator<Item = Hop> + '_ {
        let first = self.onward(from, to, None);
        std::iter::successors(first, move |hop| {
            self.onward(hop.to, to, (!hop.last_leg).then_some(hop.direction))
        })
    }

    /// The links of a way, counted.
    pub fn crossed(&self, from: [usize; 2], to: [usize; 2]) -> Crossed {
        let mut crossed = Crossed::default();
        if self.kind == Kind::Star || self.kind == Kind::TriangularTorus {
            self.walk(from, to).for_each(|hop| crossed.count(self, &hop));
            return crossed;
        }
        for leg in self.legs(from, to) {
            let (axis, size, chip) = match leg.direction {
                East | West => (0, self.width, self.chip_width),
                _ => (1, self.height, self.chip_height),
            };
            // Borders lie before multiples of the chip's size; around a single chip there is none.
            let start = match leg.direction {
                East | North => from[axis],
                _ => to[axis],
            };
            let borders = if size == chip { 0 } else { (start + leg.length) / chip - start / chip };
            crossed.chip_links += borders as u64;
            *crossed.hops.along(leg.direction) += (leg.length - borders) as u64;
        }
        crossed
    }

    /// Whether the link between two routers joins two chips.
    pub fn between_chips(&self, from: [usize; 2], to: [usize; 2]) -> bool {
        self.chip_of(from) != self.chip_of(to)
    }

    /// Chip of a router, `[x, y]`.
    fn chip_of(&self, [x, y]: [usize; 2]) -> [usize; 2] {
        match x.checked_sub(self.width) {
            Some(x) => [x, y - self.height],
            None => [x / self.chip_width, y / self.chip_height],
        }
    }
}

/// Steps from one place of a ring to another, the shorter way; ahead where both are equally short.
fn around(from: usize, to: usize, size: usize) -> i64 {
    let ahead = (to + size - from) % size;
    if 2 * ahead <= size { ahead as i64 } else { ahead as i64 - size as i64 }
}
