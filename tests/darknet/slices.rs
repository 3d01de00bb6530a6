//! Channel groups of routes as spikes.

use spikemesh::ann::{Graph, exec};
use spikemesh::convert::{Settings, convert, currents};
use spikemesh::engine::functional::layered;

use super::common::{Random, network, parse};

/// sum|spiking - float| / sum|float| of the head after 512 steps, and how many populations there
/// are.
fn converted(graph: &Graph) -> (f64, usize) {
    let input = Random(11).floats(graph.input_shape().len());
    let values = exec::run(graph, &input).unwrap();
    let conversion = convert(graph, &[&values], &Settings::default()).unwrap();
    let steps = 512;
    let states = layered(
        &conversion.network,
        &currents(&conversion, &values[graph.input]).unwrap(),
        steps,
        |_| {},
    );
    let head = &conversion.network.heads[0];
    let shape = conversion.network.populations[head.population].shape;
    let (mut wrong, mut total) = (0.0, 0.0);
    for (n, &v) in states[head.population].potential().iter().enumerate() {
        let (position, c) = (n / shape.channels, n % shape.channels);
        let expected = f64::from(values[graph.heads[0].node][c * shape.positions() + position]);
        wrong += (head.scale[c] * f64::from(v) / steps as f64 - expected).abs();
        total += expected.abs();
    }
    (wrong / total, conversion.network.populations.len())
}

/// A head of six channels over what `route` takes of two layers of four channels each.
fn sliced(route: &str, channels: usize) -> Graph {
    let layers = format!(
        "[conv]\nfilters=4\nsize=3\npad=1\nactivation=relu\n[conv]\nfilters=4\nsize=1\nactivation=relu\n\
         [route]\nlayers=0,1\n[route]\n{route}\n[conv]\nfilters=6\nsize=1\nactivation=linear\n"
    );
    let n = 4 + 4 * 4 * 9 + 4 + 16 + 6 + 6 * channels;
    parse(&network(&layers, 6), &Random(2).floats(n)).unwrap()
}

#[test]
fn a_slice_of_whole_populations_makes_none() {
    let (error, populations) = converted(&sliced("layers=-1\ngroups=2\ngroup_id=1", 4));
    println!("whole: error {error:.4}, {populations} populations");
    assert_eq!(populations, 3);
    assert!(error < 0.03, "{error}");
}

#[test]
fn a_slice_of_parts_makes_none() {
    let (error, populations) = converted(&sliced("layers=0\ngroups=2\ngroup_id=1", 2));
    println!("part: error {error:.4}, {populations} populations");
    assert_eq!(populations, 3);
    assert!(error < 0.03, "{error}");
}
