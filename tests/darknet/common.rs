//! Files that the tests write themselves.

use std::path::Path;

use spikemesh::ann::{Graph, exec};
use spikemesh::import::{Error, darknet};

/// Seeded numbers in -1..1 (xorshift), the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn floats(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| (self.bits() >> 40) as f32 / (1u64 << 23) as f32 - 1.0).collect()
    }
}

/// Header of version 0.2, and the numbers.
pub fn weights(numbers: &[f32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [0i32, 2, 5].iter().flat_map(|n| n.to_le_bytes()).collect();
    bytes.extend(12_800u64.to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

pub fn parse(cfg: &str, numbers: &[f32]) -> Result<Graph, Error> {
    darknet::parse(Path::new("small.cfg"), cfg.as_bytes(), &weights(numbers))
}

/// A network of 4 x 6 x 5 whose only head reads what `layers` make: `channels` channels.
pub fn network(layers: &str, channels: usize) -> String {
    let classes = channels - 5;
    format!("[net]\nchannels=4\nheight=6\nwidth=5\n{layers}\n[yolo]\nclasses={classes}\n")
}

/// The head's values on an input of seeded numbers, and that input.
pub fn run(graph: &Graph) -> (Vec<f32>, Vec<f32>) {
    let input = Random(7).floats(graph.input_shape().len());
    let mut values = exec::run(graph, &input).unwrap();
    (values.swap_remove(graph.heads[0].node), input)
}
