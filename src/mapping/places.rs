//! Where the neurons of a network from CSV sit: on the places that it gives, or on those that are
//! found for the cores it is packed into.

use super::placement::Site;
use super::{Grid, grid};
use crate::plain::counted;
use crate::profile::{Profile, TileOrder, Topology};
use crate::snn::sparse::{Place, SparseNetwork};

/// The mesh of the chips in use, and by neuron its core there.
#[derive(Debug, Clone, PartialEq)]
pub struct Places {
    /// Tiles of the chips in use.
    pub grid: Grid,
    /// By neuron, its core.
    pub sites: Vec<Site>,
}

/// A place that the board does not have, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A chip that the board lacks.
    #[error(
        "neuron {neuron} is on chip {chip}, the board has {}; give it a chip from 0 to {} in \
         neurons.csv", counted(chips, "chip"), chips - 1
    )]
    Chip {
        /// Number of the neuron, from 0.
        neuron: usize,
        /// Chip that it names.
        chip: usize,
        /// Chips of the board.
        chips: usize,
    },
    /// A tile that the chip lacks.
    #[error(
        "neuron {neuron} is on tile {tile}, the chip has {}; give it a tile from 0 to {} in \
         neurons.csv", counted(tiles, "tile"), tiles - 1
    )]
    Tile {
        /// Number of the neuron, from 0.
        neuron: usize,
        /// Tile that it names.
        tile: usize,
        /// Tiles of a chip.
        tiles: usize,
    },
    /// A core that the tile lacks.
    #[error(
        "neuron {neuron} is on core {core} of its tile, a tile has {}; give it a core_in_tile from \
         0 to {} in neurons.csv",
        counted(cores, "core"),
        cores - 1
    )]
    Core {
        /// Number of the neuron, from 0.
        neuron: usize,
        /// Core that it names.
        core: usize,
        /// Cores of a tile.
        cores: usize,
    },
    /// A neuron without a place among others that have one.
    #[error(
        "neuron {neuron} has no place; give every neuron tile and core_in_tile in neurons.csv, or \
         none of them a place"
    )]
    Missing {
        /// Number of the neuron, from 0.
        neuron: usize,
    },
    /// A file of a placement for a network of single neurons.
    #[error(
        "a file of a placement names layers, and a network from CSV has single neurons; give them \
         tile and core_in_tile in neurons.csv, or name a placement such as greedy"
    )]
    File,
}

impl Places {
    /// Where the network says. Chips are counted row by row over the board of the profile; those in
    /// use are the smallest rectangle from chip 0 that holds all that are named.
    ///
    /// # Errors
    /// A neuron has no place, or one that the board does not have.
    pub fn given(network: &SparseNetwork, profile: &Profile) -> Result<Places, PlaceError> {
        let topology = &profile.topology;
        let ([width, height], [columns, rows]) = (topology.mesh, topology.board);
        let (chips, tiles, cores) = (columns * rows, width * height, topology.cores_per_tile);
        let mut places = Vec::with_capacity(network.neurons.len());
        for (neuron, of) in network.neurons.iter().enumerate() {
            let Some(place) = of.place else { return Err(PlaceError::Missing { neuron }) };
            let Place { chip, tile, core_in_tile: core } = place;
            if chip >= chips {
                return Err(PlaceError::Chip { neuron, chip, chips });
            }
            if tile >= tiles {
                return Err(PlaceError::Tile { neuron, tile, tiles });
            }
            if core >= cores {
                return Err(PlaceError::Core { neuron, core, cores });
            }
            places.push(place);
        }
        let most = |of: fn(usize, usize) -> usize| {
            places.iter().map(|place| of(place.chip, columns)).max().map_or(1, |last| last + 1)
        };
        let grid = grid::of_chips(
            topology,
            [most(|chip, columns| chip % columns), most(|chip, columns| chip / columns)],
        );
        let sites = places.into_iter().map(|place| site(place, topology)).collect();
        Ok(Places { grid, sites })
    }

    /// What messages call the core of a neuron's site.
    pub(super) fn name(&self, site: Site, topology: &Topology) -> String {
        let Place { chip, tile, core_in_tile } = self.place(site, topology);
        match self.grid.chips {
            1 => format!("core {core_in_tile} of tile {tile}"),
            _ => format!("core {core_in_tile} of tile {tile} of chip {chip}"),
        }
    }

    /// By neuron a number of its core, and by core its site; cores are counted chip by chip, tile
    /// by tile and slot by slot.
    pub fn cores(&self, topology: &Topology) -> (Vec<usize>, Vec<Site>) {
        let key = |&site: &Site| self.place(site, topology);
        let mut sites = self.sites.clone();
        sites.sort_unstable_by_key(key);
        sites.dedup();
        let keys: Vec<Place> = sites.iter().map(key).collect();
        let number = |site: &Site| keys.partition_point(|other| *other < key(site));
        (self.sites.iter().map(number).collect(), sites)
    }

    /// What `neurons.csv` calls a site.
    pub fn place(&self, Site { x, y, slot }: Site, topology: &Topology) -> Place {
        let [width, height] = topology.mesh;
        let (tile_x, tile_y) = (x % width, y % height);
        let tile = match topology.tile_order {
            TileOrder::RowMajor => tile_y * width + tile_x,
            TileOrder::ColumnMajor => tile_x * height + tile_y,
        };
        // Without limits a board may be wider than the profile's.
        let columns = topology.board[0].max(self.grid.width / width);
        Place { chip: y / height * columns + x / width, tile, core_in_tile: slot }
    }
}

/// The site of a place on the board.
fn site(place: Place, topology: &Topology) -> Site {
    let [width, height] = topology.mesh;
    let Place { chip, tile, core_in_tile: slot } = place;
    let (x, y) = match topology.tile_order {
        TileOrder::RowMajor => (tile % width, tile / width),
        TileOrder::ColumnMajor => (tile / height, tile % height),
    };
    let columns = topology.board[0];
    Site { x: chip % columns * width + x, y: chip / columns * height + y, slot }
}
