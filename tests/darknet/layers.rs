//! Sections beyond the plain ones, against loops written by hand.

use super::common::{Random, network, parse, run};
use spikemesh::ann::Shape;

/// A network of 8 x 6 x 4 whose head reads what `layers` make.
fn wide(layers: &str, channels: usize) -> String {
    let classes = channels - 5;
    format!("[net]\nchannels=8\nheight=6\nwidth=4\n{layers}\n[yolo]\nclasses={classes}\n")
}

const CONV: &str = "[conv]\nsize=1\nactivation=linear\n";

/// `filters` channels of the image by the numbers of a seed.
fn conv(filters: usize, stride: usize) -> String {
    format!("{CONV}filters={filters}\nstride={stride}\n")
}

/// Shortcuts add the channels that both have, and every second cell of a larger map.
#[test]
fn unequal_shortcuts_add_what_both_have() {
    for (filters, stride, from) in [(6, 1, -2i64), (12, 1, -2), (8, 2, -2), (6, 2, -2)] {
        // Layer 0 keeps the image, so that a shortcut may name it.
        let layers = format!(
            "[dropout]\n{}[shortcut]\nfrom={from}\nactivation=linear\n",
            conv(filters, stride)
        );
        let numbers = Random(5).floats(filters * 9);
        let graph = parse(&wide(&layers, filters), &numbers).unwrap();
        let (found, input) = run(&graph);
        let (h, w) = (6usize.div_ceil(stride), 4usize.div_ceil(stride));
        assert_eq!(graph.nodes[graph.heads[0].node].shape, Shape::new(filters, h, w));
        for c in 0..filters {
            for (y, x) in (0..h).flat_map(|y| (0..w).map(move |x| (y, x))) {
                let cell = |k: usize| input[(k * 6 + y * stride) * 4 + x * stride];
                let sum: f32 = (0..8).map(|k| numbers[filters + c * 8 + k] * cell(k)).sum();
                let expected = numbers[c] + sum + if c < 8 { cell(c) } else { 0.0 };
                let value = found[(c * h + y) * w + x];
                assert!((value - expected).abs() < 1e-5, "{filters} {stride}: {value}, {expected}");
            }
        }
    }
}

/// Darknet's own loops: `[reorg]` reads the tensor in the shape that the inverse would make.
#[test]
fn reorg_rearranges_as_the_original_does() {
    let (c, h, w, s) = (8usize, 6usize, 4usize, 2usize);
    let graph = parse(&wide("[reorg]\nstride=2\n", 32), &[]).unwrap();
    let (found, input) = run(&graph);
    let out_c = c / (s * s);
    for (k, j, i) in (0..c).flat_map(|k| (0..h).flat_map(move |j| (0..w).map(move |i| (k, j, i)))) {
        let (c2, offset) = (k % out_c, k / out_c);
        let (w2, h2) = (i * s + offset % s, j * s + offset / s);
        assert_eq!(found[i + w * (j + h * k)], input[w2 + w * s * (h2 + h * s * c2)]);
    }
    assert_eq!(graph.nodes[graph.heads[0].node].shape, Shape::new(32, 3, 2));

    let graph = parse(&wide("[reorg3d]\nstride=2\n", 32), &[]).unwrap();
    let (found, input) = run(&graph);
    for (k, j, i) in (0..32).flat_map(|k| (0..3).flat_map(move |j| (0..2).map(move |i| (k, j, i))))
    {
        let (c2, offset) = (k % c, k / c);
        let (y, x) = (j * s + offset / s, i * s + offset % s);
        assert_eq!(found[i + 2 * (j + 3 * k)], input[(c2 * h + y) * w + x]);
    }
}

#[test]
fn layers_without_windows_are_read() {
    let numbers = Random(9).floats(7 + 7 * 192);
    let graph = parse(&wide("[connected]\noutput=7\nactivation=logistic\n", 7), &numbers).unwrap();
    let (found, input) = run(&graph);
    for (o, value) in found.iter().enumerate() {
        let row = &numbers[7 + o * 192..][..192];
        let sum = row.iter().zip(&input).map(|(w, x)| w * x).sum::<f32>() + numbers[o];
        assert!((value - 1.0 / (1.0 + (-sum).exp())).abs() < 1e-5);
    }

    let numbers: Vec<f32> = Random(3).floats(32).iter().map(|x| x.abs() + 0.5).collect();
    let graph = parse(&wide("[batchnorm]\n[activation]\nactivation=swish\n", 8), &numbers).unwrap();
    let (found, input) = run(&graph);
    for (place, value) in found.iter().enumerate() {
        let part = |k: usize| f64::from(numbers[k * 8 + place / 24]);
        let x = part(1) * (f64::from(input[place]) - part(2)) / (part(3) + 1e-6).sqrt() + part(0);
        let expected = x / (1.0 + (-x).exp());
        assert!((f64::from(*value) - expected).abs() < 1e-5, "{value}, {expected}");
    }

    let graph = parse(&wide("[upsample]\nstride=2\nscale=0.5\n", 8), &[]).unwrap();
    let (found, input) = run(&graph);
    assert_eq!(found[1], 0.5 * input[0]);
    assert_eq!(found.len(), 4 * input.len());

    let softmax = "[softmax]\ngroups=2\ntemperature=2\n[cost]\ntype=sse\n";
    let cfg = format!("[net]\nchannels=8\nheight=1\nwidth=1\n{softmax}");
    let graph = parse(&cfg, &[]).unwrap();
    let (found, input) = run(&graph);
    for group in 0..2 {
        let row = &input[4 * group..][..4];
        let sum: f32 = row.iter().map(|x| (x / 2.0).exp()).sum();
        for k in 0..4 {
            assert!((found[4 * group + k] - (row[k] / 2.0).exp() / sum).abs() < 1e-6);
        }
    }
    let whole = "[crop]\ncrop_height=6\ncrop_width=5\nnoadjust=1\n[route]\nlayers=-1,-1\n";
    assert_eq!(run(&parse(&network(whole, 8), &[]).unwrap()).0.len(), 240);
}

#[test]
fn what_stays_unknown_says_what_works() {
    for (layers, words) in [
        ("[local]\nfilters=8\n", &["[local]", "weights of its own", "[convolutional] works"][..]),
        ("[scale_channels]\nfrom=0\n", &["features with features"]),
        ("[sam]\nfrom=0\n", &["features with features"]),
        ("[deconvolutional]\nfilters=8\n", &["[upsample] and [convolutional]"]),
        ("[reorg]\nstride=4\n", &["stride", "8 x 6 x 4"]),
        ("[reorg]\nstride=2\nreverse=1\n", &["reverse='1' is not supported"]),
        ("[crop]\ncrop_height=3\ncrop_width=3\n", &["cuts and scales"]),
        ("[softmax]\ngroups=7\n", &["7 groups do not divide"]),
        (
            "[activation]\nactivation=stair\n",
            &["'stair'", "hard_mish", "logistic", "mish", "swish"],
        ),
        ("[unheard]\n", &["[unheard]", "not supported"]),
    ] {
        let error = parse(&wide(layers, 8), &[]).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is missing: {error}");
        }
    }
}
