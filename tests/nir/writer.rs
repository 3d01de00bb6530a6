//! Writes NIR files, for the tests alone.

use hdf5_writer::{DatasetBuilder, FILTER_DEFLATE, FilterDescription, Hdf5Builder, WriteOptions};

use super::Random;

/// A file as it is written.
pub struct Nir {
    file: Hdf5Builder,
    /// Where nodes go now: `node`, or a nested graph.
    graph: String,
    edges: Vec<(String, Vec<String>)>,
    random: Random,
    compressed: bool,
}

impl Nir {
    /// As `nir.write` of this version does.
    pub fn new(version: &str) -> Nir {
        let mut nir = Nir {
            file: Hdf5Builder::new(),
            graph: "node".into(),
            edges: vec![("node".into(), vec![])],
            random: Random(7),
            compressed: true,
        };
        nir.text("version", version);
        nir.text("node/type", "NIRGraph");
        nir
    }

    /// Without gzip.
    pub fn plain(self) -> Nir {
        Nir { compressed: false, ..self }
    }

    fn put(&mut self, dataset: DatasetBuilder) {
        self.file = std::mem::take(&mut self.file).dataset(dataset);
    }

    pub fn text(&mut self, path: &str, text: &str) {
        self.put(DatasetBuilder::vlen_string_data(path, vec![], &[text]).unwrap());
    }

    /// A graph in the graph; what follows is in it until [`Nir::leave`].
    pub fn enter(&mut self, name: &str, after: &[&str]) {
        let path = self.node(name, "NIRGraph", after);
        self.graph = path.clone();
        self.edges.push((path, vec![]));
    }

    pub fn leave(&mut self) {
        let end = self.graph.rfind("/nodes/").unwrap();
        self.graph.truncate(end);
    }

    /// A node behind others; where its parameters go.
    pub fn node(&mut self, name: &str, kind: &str, after: &[&str]) -> String {
        after.iter().for_each(|before| self.edge(before, name));
        let path = format!("{}/nodes/{name}", self.graph);
        self.text(&format!("{path}/type"), kind);
        path
    }

    /// A node with numbers by name, each for all.
    pub fn scalars(&mut self, name: &str, kind: &str, after: &[&str], values: &[(&str, f32)]) {
        let path = self.node(name, kind, after);
        for (name, value) in values {
            self.floats(&format!("{path}/{name}"), &[], &[*value]);
        }
    }

    /// A node with the same numbers for all elements of this shape.
    pub fn layer(
        &mut self,
        name: &str,
        kind: &str,
        after: &[&str],
        shape: &[u64],
        values: &[(&str, f32)],
    ) {
        let path = self.node(name, kind, after);
        let count = shape.iter().product::<u64>() as usize;
        for (name, value) in values {
            self.floats(&format!("{path}/{name}"), shape, &vec![*value; count]);
        }
    }

    pub fn edge(&mut self, from: &str, to: &str) {
        let graph = &self.graph;
        let edges = self.edges.iter_mut().find(|(of, _)| of == graph).unwrap();
        edges.1.extend([from.to_owned(), to.to_owned()]);
    }

    pub fn ints(&mut self, path: &str, values: &[i64]) {
        let shape = vec![values.len() as u64];
        self.put(DatasetBuilder::typed_data(path, shape, values).unwrap());
    }

    pub fn int(&mut self, path: &str, value: i64) {
        self.put(DatasetBuilder::typed_data(path, vec![], &[value]).unwrap());
    }

    pub fn floats(&mut self, path: &str, shape: &[u64], values: &[f32]) {
        let dataset = DatasetBuilder::typed_data(path, shape.to_vec(), values).unwrap();
        let gzip = FilterDescription { id: FILTER_DEFLATE, name: None, client_data: vec![4] };
        let chunked = self.compressed && values.len() > 300;
        self.put(if chunked { dataset.chunked(shape.to_vec()).filter(gzip) } else { dataset });
    }

    /// Seeded weights.
    pub fn weights(&mut self, path: &str, shape: &[u64]) {
        let count = shape.iter().product::<u64>();
        let values: Vec<f32> = (0..count).map(|_| self.random.value()).collect();
        self.floats(path, shape, &values);
    }

    pub fn input(&mut self, name: &str, shape: &[i64]) {
        let path = self.node(name, "Input", &[]);
        self.ints(&format!("{path}/shape"), shape);
    }

    pub fn output(&mut self, name: &str, after: &[&str], shape: &[i64]) {
        let path = self.node(name, "Output", after);
        self.ints(&format!("{path}/shape"), shape);
    }

    pub fn linear(&mut self, name: &str, after: &[&str], [out, input]: [u64; 2]) {
        let path = self.node(name, "Linear", after);
        self.weights(&format!("{path}/weight"), &[out, input]);
    }

    pub fn affine(&mut self, name: &str, after: &[&str], [out, input]: [u64; 2]) {
        let path = self.node(name, "Affine", after);
        self.weights(&format!("{path}/weight"), &[out, input]);
        self.weights(&format!("{path}/bias"), &[out]);
    }

    /// A convolution with a stride of 1 and a padding of 1; the rest is to be written.
    pub fn conv2d(&mut self, name: &str, after: &[&str], weight: [u64; 4]) -> String {
        let path = self.node(name, "Conv2d", after);
        self.weights(&format!("{path}/weight"), &weight);
        self.weights(&format!("{path}/bias"), &weight[..1]);
        for (name, value) in [("stride", 1), ("padding", 1), ("dilation", 1)] {
            self.ints(&format!("{path}/{name}"), &[value, value]);
        }
        path
    }

    pub fn finish(mut self) -> Vec<u8> {
        for (graph, edges) in std::mem::take(&mut self.edges) {
            let shape = vec![edges.len() as u64 / 2, 2];
            let path = format!("{graph}/edges");
            self.put(DatasetBuilder::vlen_string_data(path, shape, &edges).unwrap());
        }
        self.file.into_plan().unwrap().encode(WriteOptions::default()).unwrap()
    }
}
