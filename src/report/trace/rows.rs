//! The way of every packet as a table.

use super::Sink;
use crate::engine::noc::{Crossing, PortName};
use crate::engine::trace::StepTrace;
use crate::mapping::route::Direction;
use crate::report::Error;
use crate::report::csv_file::{Maybe, Table};
use std::path::Path;

/// Columns of a trace.
pub const HEADER: [&str; 11] = [
    "step",
    "packet",
    "source_x",
    "source_y",
    "destination_x",
    "destination_y",
    "router_x",
    "router_y",
    "port",
    "arrives_ps",
    "leaves_ps",
];

/// The table being written.
pub(super) struct Rows(Table<{ HEADER.len() }>);

impl Rows {
    /// Starts `folder/name` as CSV.
    pub fn csv(folder: &Path, name: &str) -> Result<Rows, Error> {
        Table::create(folder, name, &HEADER).map(Rows)
    }

    /// The same as Parquet.
    pub fn parquet(folder: &Path, name: &str) -> Result<Rows, Error> {
        Table::parquet(folder, name, &HEADER).map(Rows)
    }
}

impl Sink for Rows {
    fn add(&mut self, step: &StepTrace) -> Result<(), Error> {
        rows(&mut self.0, step)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.0.finish()
    }
}

/// The tiles that send and receive a packet, of which these are the ports that it passed. One with
/// several destinations names none.
pub(super) fn ends(packet: &[Crossing]) -> [Option<[usize; 2]>; 2] {
    let of =
        |wanted: fn(PortName) -> bool| packet.iter().filter(move |crossing| wanted(crossing.port));
    let mut sources = of(|port| matches!(port, PortName::Source(_)));
    let mut cores = of(|port| matches!(port, PortName::Core(_)));
    let source = sources.next().map(|crossing| crossing.router);
    let destination =
        cores.next().filter(|_| cores.next().is_none()).map(|crossing| crossing.router);
    [source, destination]
}

/// The packets of a step, one after the other, a row for every port.
fn rows(table: &mut Table<{ HEADER.len() }>, step: &StepTrace) -> Result<(), Error> {
    for packet in step.crossings.chunk_by(|a, b| a.packet == b.packet) {
        let [source, destination] = ends(packet);
        for Crossing { packet, router: [x, y], port, arrives_ps, leaves_ps, .. } in packet {
            table.row([
                &step.step,
                packet,
                &Maybe(source.map(|[x, _]| x)),
                &Maybe(source.map(|[_, y]| y)),
                &Maybe(destination.map(|[x, _]| x)),
                &Maybe(destination.map(|[_, y]| y)),
                x,
                y,
                &name(*port),
                &step.start_ps.saturating_add(*arrives_ps),
                &step.start_ps.saturating_add(*leaves_ps),
            ])?;
        }
    }
    Ok(())
}

/// As it stands in the table.
pub(super) fn name(port: PortName) -> String {
    match port {
        PortName::Source(_) => "source".into(),
        PortName::Core(core) => format!("core {core}"),
        PortName::Link(direction) => match direction {
            Direction::East => "east".into(),
            Direction::West => "west".into(),
            Direction::North => "north".into(),
            Direction::South => "south".into(),
            Direction::NorthEast => "north_east".into(),
            Direction::SouthWest => "south_west".into(),
        },
    }
}
