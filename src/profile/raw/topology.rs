//! `[topology]`.

use serde::Deserialize;
use serde_spanned::Spanned;

use super::costs::RawHops;
use super::numbers::{PIECES, PORT, bounded, pair, positive};
use super::{Checked, fault};
use crate::profile::{Kind, Multicast, Routing, TileOrder, Topology};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTopology {
    kind: Option<Spanned<Kind>>,
    routing: Option<Spanned<Routing>>,
    pub(super) multicast: Option<Spanned<Multicast>>,
    mesh: [Spanned<usize>; 2],
    cores_per_tile: Spanned<usize>,
    tile_order: TileOrder,
    board: [Spanned<usize>; 2],
    port_buffer: Spanned<usize>,
}

impl RawTopology {
    /// Whether chip and board are of a size that can be laid out.
    pub(super) fn fits(&self) -> Checked<()> {
        for ([x, y], key) in [(&self.mesh, "mesh"), (&self.board, "board")] {
            pair([x.clone(), y.clone()], key)?;
        }
        let [mesh, board] = [&self.mesh, &self.board].map(|[x, y]| x.get_ref() * y.get_ref());
        let cores = bounded(self.cores_per_tile.clone(), "cores_per_tile", PIECES)?;
        if mesh * cores > PIECES {
            let message = format!(
                "a chip has at most {PIECES} cores, `mesh` and `cores_per_tile` give {}",
                mesh * cores
            );
            // Of the two the one that was written over the other: files follow those that inherit
            // them.
            let spans = [self.mesh[0].span(), self.cores_per_tile.span()];
            return fault(
                spans.into_iter().min_by_key(|span| span.start).unwrap_or_default(),
                message,
            );
        }
        if board > PIECES {
            let message = format!("a board has at most {PIECES} chips, `board` gives {board}");
            return fault(self.board[0].span(), message);
        }
        Ok(())
    }

    /// Whether the keys go together.
    pub(super) fn suits(&self, hop: &RawHops) -> Checked<()> {
        let Some(kind) = &self.kind else { return Ok(()) };
        let [x, y] = [&self.mesh[0], &self.mesh[1]].map(Spanned::get_ref);
        let diagonals = hop.north_east.is_some() && hop.south_west.is_some();
        let rings = matches!(kind.get_ref(), Kind::Torus | Kind::TriangularTorus);
        if *kind.get_ref() == Kind::TriangularTorus && !diagonals {
            let message =
                "`triangular_torus` needs `costs.hop.north_east` and `costs.hop.south_west`";
            return fault(kind.span(), message);
        }
        if rings && *self.port_buffer.get_ref() < 2 {
            let message = "`port_buffer` must be at least 2 where links close to rings";
            return fault(self.port_buffer.span(), message);
        }
        if *kind.get_ref() == Kind::Single && (x * y, *self.cores_per_tile.get_ref()) != (1, 1) {
            return fault(kind.span(), "`single` takes `mesh = [1, 1]` and `cores_per_tile = 1`");
        }
        match (kind.get_ref(), &self.routing) {
            (Kind::Star | Kind::Single, Some(routing)) if *routing.get_ref() != Routing::Xy => {
                fault(routing.span(), "a star or a single core takes no `routing` but `xy`")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check(self) -> Checked<Topology> {
        Ok(Topology {
            kind: self.kind.map_or(Kind::default(), Spanned::into_inner),
            routing: self.routing.map_or(Routing::default(), Spanned::into_inner),
            multicast: self.multicast.map_or(Multicast::default(), Spanned::into_inner),
            mesh: pair(self.mesh, "mesh")?,
            cores_per_tile: positive(self.cores_per_tile, "cores_per_tile")?,
            tile_order: self.tile_order,
            board: pair(self.board, "board")?,
            port_buffer: bounded(self.port_buffer, "port_buffer", PORT)?,
        })
    }
}
