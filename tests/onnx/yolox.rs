//! A detector of today's kind as its exporter wrote it: SiLUs in two nodes, space to depth by
//! slices, heads with a sigmoid, reshapes and a transpose.

use super::zoo::models;
use ndarray::{Array3, ArrayD};
use spikemesh::ann::{Shape, exec};
use spikemesh::import;

#[test]
fn yolox_nano_imports_unchanged_and_computes_its_reference() {
    let Some(models) = models() else { return };
    let folder = models.join("yolox-nano-coco");
    if !folder.is_dir() {
        return println!("skipped: {} is missing", folder.display());
    }
    let graph = import::load(&folder.join("yolox_nano.onnx")).unwrap();
    let count = |name: &str| graph.nodes.iter().filter(|n| n.op.name() == name).count();
    let counts = ["Silu", "Sigmoid", "Mul", "Conv", "MaxPool", "Upsample"].map(count);
    assert_eq!(counts, [104, 6, 0, 113, 3, 2]);
    let head = &graph.nodes[graph.heads[0].node];
    assert_eq!((graph.heads.len(), head.shape), (1, Shape::new(3549, 85, 1)));
    for image in ["000000000285", "000000002473"] {
        let file = |what: &str| folder.join("reference").join(format!("{image}.{what}.npy"));
        let pixels: Array3<u8> = ndarray_npy::read_npy(file("input_u8_hwc_rgb")).unwrap();
        // Blue comes first.
        let planes = pixels.permuted_axes([2, 0, 1]);
        let blue_first = [2, 1, 0].map(|c| planes.index_axis(ndarray::Axis(0), c).to_owned());
        let input: Vec<f32> =
            blue_first.iter().flat_map(|plane| plane.iter().map(|&p| f32::from(p))).collect();
        let values = exec::run(&graph, &input).unwrap();
        let expected: ArrayD<f32> = ndarray_npy::read_npy(file("output")).unwrap();
        let found = &values[graph.heads[0].node];
        assert_eq!(found.len(), expected.len());
        let differ = |(a, b): (&f32, &f32)| (a - b).abs() / b.abs().max(1.0);
        let mut misses: Vec<f32> = found.iter().zip(&expected).map(differ).collect();
        misses.sort_unstable_by(f32::total_cmp);
        let beyond = misses.iter().filter(|miss| **miss > 1e-4).count();
        let [.., worst] = misses[..] else { panic!("no values") };
        println!(
            "yolox_nano {image}: {beyond} of {} beyond 1e-4, at most {worst:.1e}",
            found.len()
        );
        assert!(worst <= 1e-4, "{image}: {beyond}, {worst}");
    }
}
