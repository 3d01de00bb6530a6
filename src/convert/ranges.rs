//! What a calibration measured, as a file: the same scales without the pictures.
//!
//! A file holds, for every node that may get thresholds, the 99.9th percentile and the largest of
//! the magnitudes, by channel and over the layer. It begins with what it is and which network it
//! is of. Files of well-known detectors are inside the program.

mod embedded;

use super::calibrate::{Calibration, Rank, by_channel, ends_by_channel, mean_by_channel, of_layer};
use super::{Error, has_curves};
use crate::ann::host::Host;
use crate::ann::op::Activation;
use crate::ann::{Form, Graph, NodeId, Shape};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Suffix of the files.
pub const SUFFIX: &str = "ranges";
const FORMAT: &str = "spikemesh calibration ranges";
/// Version of the format; files of another one are refused.
const VERSION: u32 = 1;
/// Percentiles that are held.
const HELD: [f64; 2] = [99.9, 100.0];

/// Ranges of activations on some inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranges {
    format: String,
    version: u32,
    /// Name of the network.
    pub network: String,
    /// SHA-256 of the network's files, hexadecimal; several where it exists in several forms.
    pub network_sha256: Vec<String>,
    /// Names and SHA-256 of the inputs that were measured.
    pub inputs: Vec<(String, String)>,
    /// Version of spikemesh that measured.
    pub made_by: String,
    nodes: Vec<NodeRanges>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NodeRanges {
    node: NodeId,
    /// By percentile of [`HELD`], over the layer.
    layer: [f32; 2],
    /// By percentile and channel: `f32`, little-endian.
    channels: [serde_bytes::ByteBuf; 2],
    /// Mean value by channel, in the same form; older files hold none. Least and largest one,
    /// which only networks with curves need.
    #[serde(default)]
    means: serde_bytes::ByteBuf,
    #[serde(default)]
    ends: [serde_bytes::ByteBuf; 2],
}

/// Why ranges were not read.
#[derive(Debug, thiserror::Error)]
pub enum RangesError {
    /// The system does not read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of another program.
    #[error("{}: no ranges of a calibration; `spikemesh calibrate` writes them", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of another version.
    #[error("{}: ranges of version {found}, this program reads {VERSION}; calibrate \
             again", path.display())]
    Version {
        /// The file or folder.
        path: PathBuf,
        /// Version of the file.
        found: u32,
    },
    /// Ranges of another network.
    #[error(
        "{}: ranges of another network, {network} (SHA-256 {sha256}); \
         `spikemesh calibrate` measures this one",
        path.display()
    )]
    Network {
        /// The file or folder.
        path: PathBuf,
        /// Name of the network that they are of.
        network: String,
        /// SHA-256 of that network, hexadecimal.
        sha256: String,
    },
    /// The file is there already.
    #[error("{} exists already; choose another --out, or move it away", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// A name with another ending.
    #[error("{}: ranges are called NAME.{SUFFIX}", path.display())]
    Suffix {
        /// The file or folder.
        path: PathBuf,
    },
}

/// What a message calls a node.
pub(super) struct Named {
    pub operator: &'static str,
    pub node: String,
}

pub(super) fn named(graph: &Graph, node: NodeId) -> Named {
    let node = &graph.nodes[node];
    Named { operator: node.op.name(), node: node.name.clone() }
}

impl Ranges {
    /// Measures the float values of every node (`images`) of the network with these files.
    /// `inputs` are names and hashes of the images.
    ///
    /// # Errors
    /// There is no image, one is of another graph, or values are no finite numbers.
    pub fn measure(
        graph: &Graph,
        images: &[&[Vec<f32>]],
        network_sha256: &str,
        inputs: Vec<(String, String)>,
    ) -> Result<Ranges, Error> {
        Calibration::Values(images).check(graph)?;
        let curves = has_curves(graph);
        let of_node = |node: NodeId| {
            let shape = graph.nodes[node].shape;
            let rank = |percentile| Rank { percentile, absolute: true };
            let bytes = |values: Vec<f64>| {
                let bytes = values.into_iter().flat_map(|v| (v as f32).to_le_bytes());
                serde_bytes::ByteBuf::from(bytes.collect::<Vec<u8>>())
            };
            NodeRanges {
                node,
                layer: HELD
                    .map(|percentile| of_layer(graph, images, node, rank(percentile)) as f32),
                channels: HELD
                    .map(|percentile| bytes(by_channel(images, node, shape, rank(percentile)))),
                means: bytes(mean_by_channel(images, node, shape)),
                ends: [0, 1].map(|end| match curves {
                    true => {
                        let ends = ends_by_channel(images, node, shape);
                        bytes(ends.into_iter().map(|ends| ends[end]).collect())
                    }
                    false => serde_bytes::ByteBuf::default(),
                }),
            }
        };
        let nodes: Vec<NodeRanges> = scaled(graph).into_iter().map(of_node).collect();
        if let Some(ranges) = nodes.iter().find(|ranges| !ranges.layer[1].is_finite()) {
            let Named { operator, node } = named(graph, ranges.node);
            return Err(Error::NotFinite { operator, node, channel: 0 });
        }
        Ok(Ranges {
            format: FORMAT.into(),
            version: VERSION,
            network: graph.name.clone(),
            network_sha256: vec![network_sha256.into()],
            inputs,
            made_by: env!("CARGO_PKG_VERSION").into(),
            nodes,
        })
    }

    fn serve(&self, network_sha256: &str) -> bool {
        self.network_sha256.iter().any(|sha256| sha256 == network_sha256)
    }

    /// Serves another form of the network, too, whose ranges are `other`; `false` if they differ.
    pub fn also(&mut self, other: Ranges) -> bool {
        let same = self.nodes == other.nodes;
        if same {
            self.network_sha256.extend(other.network_sha256);
        }
        same
    }

    /// The ranges inside the program of the network whose files have this hash.
    pub fn built_in(network_sha256: &str) -> Option<Ranges> {
        let parsed = embedded::FILES
            .iter()
            .filter_map(|(name, bytes)| Ranges::parse(Path::new(name), bytes).ok());
        parsed.into_iter().find(|ranges| ranges.serve(network_sha256))
    }

    /// Reads `path`, which must be of the network with this hash.
    ///
    /// # Errors
    /// The file cannot be read, is something else, or is of another network.
    pub fn open(path: &Path, network_sha256: &str) -> Result<Ranges, RangesError> {
        let bytes = crate::files::bytes(path)
            .map_err(|source| RangesError::Io { path: path.into(), source })?;
        let ranges = Ranges::parse(path, &bytes)?;
        if ranges.serve(network_sha256) {
            return Ok(ranges);
        }
        let (network, sha256) = (ranges.network, ranges.network_sha256.join(", "));
        Err(RangesError::Network { path: path.into(), network, sha256 })
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Ranges, RangesError> {
        #[derive(Deserialize)]
        struct Header {
            format: String,
            version: u32,
        }
        let path = path.to_owned();
        match rmp_serde::from_slice::<Header>(bytes) {
            Ok(header) if header.format == FORMAT && header.version == VERSION => {}
            Ok(Header { format, version: found }) if format == FORMAT => {
                return Err(RangesError::Version { path, found });
            }
            _ => return Err(RangesError::Foreign { path }),
        }
        rmp_serde::from_slice(bytes).map_err(|_| RangesError::Foreign { path })
    }

    /// Writes `path`, which must not exist; it appears whole or not at all.
    ///
    /// # Errors
    /// The file exists, its suffix is another, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RangesError> {
        Ranges::writable(path)?;
        let io = |source| RangesError::Io { path: path.into(), source };
        let bytes = rmp_serde::to_vec_named(self).map_err(|e| io(std::io::Error::other(e)))?;
        super::file::write_whole(path, &bytes).map_err(|error| match path.symlink_metadata() {
            Ok(_) => RangesError::Exists { path: path.into() },
            Err(_) => io(error),
        })
    }

    /// Whether `path` could be written, before minutes of work.
    ///
    /// # Errors
    /// The file exists, or its suffix is another.
    pub fn writable(path: &Path) -> Result<(), RangesError> {
        match (is_ranges(path), path.symlink_metadata()) {
            (false, _) => Err(RangesError::Suffix { path: path.into() }),
            (true, Ok(_)) => Err(RangesError::Exists { path: path.into() }),
            (true, Err(_)) => Ok(()),
        }
    }

    /// SHA-256 of all that they hold, hexadecimal.
    pub fn sha256(&self) -> String {
        let layers = self.nodes.iter().flat_map(|node| {
            let layer = node.layer.iter().flat_map(|l| l.to_le_bytes());
            layer.chain(node.channels.iter().flat_map(|bytes| bytes.iter().copied()))
        });
        let values: Vec<u8> = layers.collect();
        crate::digest::sha256([self.network.as_bytes(), &values])
    }

    /// What reports call these ranges.
    pub fn describe(&self) -> Vec<String> {
        self.inputs.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn check(&self, graph: &Graph) -> Result<(), Error> {
        let fits = |ranges: &NodeRanges| {
            let channels =
                graph.nodes.get(ranges.node).map(|node| node.shape.channels * size_of::<f32>());
            ranges.channels.iter().all(|bytes| Some(bytes.len()) == channels)
        };
        match self.nodes.iter().all(fits) {
            true => Ok(()),
            false => Err(self.fault("they are of another network")),
        }
    }

    pub(super) fn channels(
        &self,
        graph: &Graph,
        node: NodeId,
        shape: Shape,
        rank: Rank,
    ) -> Result<Vec<f64>, Error> {
        let (ranges, held) = self.find(graph, node, rank)?;
        if shape != graph.nodes[node].shape {
            return Ok(vec![ranges.layer[held].into(); shape.channels]);
        }
        Ok(floats(&ranges.channels[held]))
    }

    /// Whether they hold means.
    ///
    /// # Errors
    /// They do not.
    pub(super) fn check_means(&self) -> Result<(), Error> {
        match self.nodes.iter().any(|ranges| !ranges.means.is_empty()) {
            true => Ok(()),
            false => Err(self.fault("they hold no means, which rounding=mean takes")),
        }
    }

    /// Mean value by channel of `node`, if it is held.
    pub(super) fn means(&self, node: NodeId, shape: Shape) -> Option<Vec<f64>> {
        Some(floats(&self.of(node)?.means)).filter(|means| means.len() == shape.channels)
    }

    /// Least and largest value by channel of `node`, if they are held.
    pub(super) fn ends(&self, node: NodeId, shape: Shape) -> Option<Vec<[f64; 2]>> {
        let [least, largest] = self.of(node)?.ends.each_ref().map(|bytes| floats(bytes));
        let ends: Vec<[f64; 2]> = least.into_iter().zip(largest).map(Into::into).collect();
        Some(ends).filter(|ends| ends.len() == shape.channels)
    }

    fn of(&self, node: NodeId) -> Option<&NodeRanges> {
        let at = self.nodes.binary_search_by_key(&node, |ranges| ranges.node).ok()?;
        Some(&self.nodes[at])
    }

    pub(super) fn layer(&self, graph: &Graph, node: NodeId, rank: Rank) -> Result<f64, Error> {
        let (ranges, held) = self.find(graph, node, rank)?;
        Ok(ranges.layer[held].into())
    }

    /// The ranges of `node`, and which of [`HELD`] is wanted.
    fn find(&self, graph: &Graph, node: NodeId, rank: Rank) -> Result<(&NodeRanges, usize), Error> {
        let held = HELD.iter().position(|held| *held == rank.percentile).filter(|_| rank.absolute);
        let Some(held) = held else {
            return Err(self.fault("they hold lambda=p99.9 and lambda=max of statistic=absolute"));
        };
        match self.nodes.binary_search_by_key(&node, |ranges| ranges.node) {
            Ok(at) => Ok((&self.nodes[at], held)),
            Err(_) => {
                let name = &graph.nodes[node].name;
                Err(self.fault(&format!("they leave out `{name}`")))
            }
        }
    }

    fn fault(&self, why: &str) -> Error {
        Error::Ranges { network: self.network.clone(), why: why.into() }
    }
}

fn floats(bytes: &[u8]) -> Vec<f64> {
    let value = |bytes: &[u8; 4]| f64::from(f32::from_le_bytes(*bytes));
    bytes.as_chunks().0.iter().map(value).collect()
}

/// Whether `path` has the suffix of ranges.
pub fn is_ranges(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(SUFFIX))
}

/// Nodes that may become units, or feed the first ones, in order. A linear node that a single
/// activation reads stays part of it; of what a curve reads, though, the range is wanted.
fn scaled(graph: &Graph) -> Vec<NodeId> {
    let host = Host::of(graph);
    let nodes = &graph.nodes[..host.first];
    let form = |node: NodeId| nodes[node].op.form();
    let activation = |node: NodeId| matches!(form(node), Form::Units(_));
    let curve = |node: NodeId| matches!(form(node), Form::Units(Activation::Curve(_)));
    let mut readers = vec![vec![]; nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        node.inputs.iter().for_each(|&input| readers[input].push(id));
    }
    host.reads.iter().for_each(|&(node, _)| readers[node].push(node));
    // Made of the image by linear operations alone: constant currents.
    let mut analogue = vec![false; nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        analogue[id] = form(id).is_linear() && node.inputs.iter().all(|&input| analogue[input]);
    }
    let alone = |id: NodeId| match readers[id][..] {
        [reader] => reader != id && activation(reader) && !curve(reader),
        _ => false,
    };
    let may = |&id: &NodeId| activation(id) || analogue[id] || !alone(id);
    (0..nodes.len()).filter(may).collect()
}
