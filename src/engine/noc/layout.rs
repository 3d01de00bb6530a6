//! Which ports a network has, and through which a packet goes on.
//!
//! Ports stand in this order: links, receiving ends of cores, sending ends. Links stand router by
//! router and there in the order of directions; where ways may turn in either order, every link has
//! two FIFOs, one for packets that will turn once more and one for those that will not. On a star
//! the links into hubs, tile by tile, come before those out of hubs, and those before the links
//! between hubs.

use super::fifos::Port;
use crate::mapping::Grid;
use crate::mapping::route::{DIRECTIONS, Direction, Hop};
use crate::profile::{Kind, Routing};

/// Class of links between chips; below it a link has the number of its direction.
pub(super) const CHIP_LINK: u8 = DIRECTIONS.len() as u8;

#[derive(Debug, Clone)]
pub(super) struct Layout {
    grid: Grid,
    width: u32,
    /// Mesh, x before y: the next port is told by comparing coordinates.
    pub plain: bool,
    /// Larger than a cache.
    pub large: bool,
    /// Directions of a router, and FIFOs of a link.
    directions: u32,
    pub fifos: u32,
    pub rings: bool,
    /// By core, its tile.
    tiles: Vec<[u16; 2]>,
    /// First receiving and first sending end.
    pub links: u32,
    pub senders: u32,
    /// By link, the router that it leaves, and whither.
    pub starts: Vec<([u16; 2], Direction)>,
}

/// Ports that fit into a second-level cache with their FIFOs.
const LARGE: usize = 2048;

fn small([x, y]: [usize; 2]) -> [u16; 2] {
    // The network was checked: coordinates stay below 2^16.
    [x as u16, y as u16]
}

fn wide([x, y]: [u16; 2]) -> [usize; 2] {
    [x as usize, y as usize]
}

impl Layout {
    /// The ports of a checked network; `cores` as in [`super::Network::cores`].
    pub fn new(grid: Grid, cores: &[[usize; 2]]) -> (Layout, Vec<Port>) {
        let turns_freely = grid.routing == Routing::LongestDimensionFirst;
        let mut layout = Layout {
            grid,
            width: grid.width as u32,
            plain: matches!(grid.kind, Kind::Mesh | Kind::Single) && !turns_freely,
            large: false,
            directions: if grid.kind == Kind::TriangularTorus { 6 } else { 4 },
            fifos: if turns_freely { 2 } else { 1 },
            rings: grid.has_rings(),
            tiles: cores.iter().map(|&tile| small(tile)).collect(),
            links: 0,
            senders: 0,
            starts: vec![],
        };
        let mut ports = vec![];
        match grid.kind {
            Kind::Star => layout.star(&mut ports),
            _ => layout.routers(&mut ports),
        }
        layout.links = ports.len() as u32;
        layout.senders = layout.links + cores.len() as u32;
        layout.large = ports.len() + 2 * cores.len() > LARGE;
        for _ in 0..2 {
            ports.extend(layout.tiles.iter().map(|&tile| Port::new(tile, 0)));
        }
        (layout, ports)
    }

    /// How many links and their FIFOs a network has.
    pub fn count(grid: &Grid) -> usize {
        let tiles = grid.width.saturating_mul(grid.height);
        match (grid.kind, grid.routing) {
            // A chip has a tile at least.
            (Kind::Star, _) => tiles.saturating_mul(6),
            (_, Routing::LongestDimensionFirst) => tiles.saturating_mul(12),
            _ => tiles.saturating_mul(6),
        }
    }

    fn link(
        &mut self,
        ports: &mut Vec<Port>,
        from: [usize; 2],
        direction: Direction,
        to: [usize; 2],
    ) {
        let class = if self.grid.between_chips(from, to) { CHIP_LINK } else { direction as u8 };
        self.starts.push((small(from), direction));
        ports.push(Port::new(small(to), class));
    }

    fn routers(&mut self, ports: &mut Vec<Port>) {
        for from in tiles([self.grid.width, self.grid.height]) {
            for &direction in &DIRECTIONS[..self.directions as usize] {
                // Ports at the border of a mesh lead nowhere and are never used.
                let to = self.grid.neighbour(from, direction).unwrap_or(from);
                for _ in 0..self.fifos {
                    self.link(ports, from, direction, to);
                }
            }
        }
    }

    fn star(&mut self, ports: &mut Vec<Port>) {
        let Grid { width, height, chip_width, chip_height, .. } = self.grid;
        let hub = |[x, y]: [usize; 2]| [width + x, height + y];
        let of = |[x, y]: [usize; 2]| hub([x / chip_width, y / chip_height]);
        for tile in tiles([width, height]) {
            self.link(ports, tile, Direction::East, of(tile));
        }
        for tile in tiles([width, height]) {
            self.link(ports, of(tile), Direction::West, tile);
        }
        for [x, y] in tiles([width / chip_width, height / chip_height]) {
            // As for meshes, some lead nowhere.
            let ends = [[x + 1, y], [x.saturating_sub(1), y], [x, y + 1], [x, y.saturating_sub(1)]];
            for (end, direction) in ends.into_iter().zip(DIRECTIONS) {
                self.link(ports, hub([x, y]), direction, hub(end));
            }
        }
    }

    /// Output port of the router at `(x, y)` on the way to a core, for a packet that came through
    /// `from`.
    #[inline]
    pub fn route(&self, from: u32, x: u16, y: u16, destination: u32) -> u32 {
        let [to_x, to_y] = self.tiles[destination as usize];
        if !self.plain {
            return self.onward(from, [x, y], [to_x, to_y]).unwrap_or(self.links + destination);
        }
        // Masks, not branches: which way a packet goes cannot be guessed.
        let select =
            |chosen: bool, yes: u32, no: u32| no ^ ((yes ^ no) & u32::from(chosen).wrapping_neg());
        let (along_x, along_y) = (u32::from(to_x < x), 2 + u32::from(to_y < y));
        let direction = select(to_x == x, along_y, along_x);
        let link = 4 * (u32::from(y) * self.width + u32::from(x)) + direction;
        select((to_x == x) & (to_y == y), self.links + destination, link)
    }

    /// The same by the routing function; `None` at the tile of the core.
    #[inline(never)]
    fn onward(&self, from: u32, here: [u16; 2], to: [u16; 2]) -> Option<u32> {
        // Packets that will turn once more keep their direction until then.
        let turning = self.fifos == 2 && from < self.links && from.is_multiple_of(2);
        let held = turning.then(|| DIRECTIONS[(from / 2 % self.directions) as usize]);
        self.grid.onward(wide(here), wide(to), held).map(|hop| self.port(&hop))
    }

    /// The port of a link.
    pub fn port(&self, hop: &Hop) -> u32 {
        if self.grid.kind == Kind::Star {
            return self.through_hub(hop);
        }
        let router = hop.from[1] as u32 * self.width + hop.from[0] as u32;
        let fifo = if self.fifos == 2 { u32::from(hop.last_leg) } else { 0 };
        (router * self.directions + hop.direction as u32) * self.fifos + fifo
    }

    fn through_hub(&self, &Hop { from: [x, y], to, direction, .. }: &Hop) -> u32 {
        let Grid { width, height, chip_width, .. } = self.grid;
        let tile = |[x, y]: [usize; 2]| y * width + x;
        let port = if x < width {
            tile([x, y])
        } else if to[0] < width {
            width * height + tile(to)
        } else {
            let hub = (y - height) * (width / chip_width) + x - width;
            2 * width * height + 4 * hub + direction as usize
        };
        port as u32
    }

    /// Places that must be free in `to` before a packet from `from` may go there.
    #[inline]
    pub fn room(&self, from: u32, to: u32) -> u32 {
        let through =
            || from < self.links && (from % self.per_router()) == (to % self.per_router());
        if self.rings && to < self.links && !through() { 2 } else { 1 }
    }

    fn per_router(&self) -> u32 {
        self.directions * self.fifos
    }
}

/// All of a rectangle, row by row.
fn tiles([width, height]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..height).flat_map(move |y| (0..width).map(move |x| [x, y]))
}
