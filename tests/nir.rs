//! The importer of NIR, on files as exporters write them, and on broken ones.

mod broken;
mod command;
mod edges;
mod exported;
pub mod exporters;
mod oracle;
mod refused;
mod said;
mod shapes;
mod units;
pub mod writer;

use std::path::Path;

use spikemesh::import::nir::{self, File};
use spikemesh::import::{Error, Options};
use spikemesh::spiking::{Graph, Neuron, Unit};

/// Reads a file with this step, if it needs one.
pub fn read(bytes: &[u8], dt: Option<f64>) -> Result<File, Error> {
    nir::read(Path::new("model.nir"), bytes, &Options { dt, ..Options::default() })
}

/// The neurons of the population of this name.
pub fn neuron<'a>(graph: &'a Graph, name: &str) -> &'a Neuron {
    let population = graph.populations.iter().find(|population| population.name == name);
    match &population.unwrap_or_else(|| panic!("no population {name}")).unit {
        Unit::Neuron(neuron) => neuron,
        Unit::Input => panic!("{name} is an input"),
    }
}

/// Names of populations in their order.
pub fn names(graph: &Graph) -> Vec<&str> {
    graph.populations.iter().map(|population| population.name.as_str()).collect()
}

/// Each projection: from where to where, through which nodes, and how late.
pub fn projections(graph: &Graph) -> Vec<(&str, &str, Vec<&str>, usize)> {
    let name = |p: usize| graph.populations[p].name.as_str();
    let of = |one: &'_ spikemesh::spiking::Projection| (one.source, one.target, one.lag);
    let maps = graph.projections.iter().map(|one| one.maps.iter().map(|m| m.name.as_str()));
    let all = graph.projections.iter().map(of).zip(maps);
    all.map(|((source, target, lag), maps)| (name(source), name(target), maps.collect(), lag))
        .collect()
}

/// Seeded numbers (xorshift), the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() >> 11) as usize % end
    }

    /// Uniform in -1..1.
    pub fn value(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}
