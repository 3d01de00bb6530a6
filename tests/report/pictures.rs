//! Heat maps decode, show something, and carry the brand.

use super::common::{outcome, profile, setup};
use image::RgbImage;
use spikemesh::mapping::Grid;
use spikemesh::pipeline::{Outcome, Setup};
use spikemesh::report::write_input;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn pictures(dir: &Path) -> Vec<(String, RgbImage)> {
    let mut all = vec![];
    let mut names = super::common::list(dir);
    if dir.join("layers").exists() {
        let layers = super::common::list(&dir.join("layers"));
        names.extend(layers.iter().map(|name| format!("layers/{name}")));
    }
    for name in names.into_iter().filter(|name| name.ends_with(".png")) {
        let picture = image::open(dir.join(&name)).unwrap().into_rgb8();
        all.push((name, picture));
    }
    all
}

fn write(dir: &Path, setup: &Setup, outcome: &Outcome) -> Vec<(String, RgbImage)> {
    write_input(dir, setup, &profile(), outcome, &Default::default()).unwrap();
    pictures(dir)
}

#[test]
fn pictures_have_colours_and_the_brand_is_red() {
    let [plain, idealised] = [false, true].map(|idealised| {
        let root = tempfile::tempdir().unwrap();
        let pictures = write(root.path(), &setup(idealised), &outcome("street"));
        let svg = fs::read_to_string(root.path().join("heatmap_cores.svg")).unwrap();
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("net &lt;&amp;&gt; work on loihi1-davies2018, T = 12"), "{svg:.900}");
        assert_eq!(svg.matches("IDEALISED").count(), usize::from(idealised));
        pictures
    });
    assert_eq!(plain.len(), 8);
    for ((name, plain), (_, idealised)) in plain.iter().zip(&idealised) {
        let colours: BTreeSet<[u8; 3]> = plain.pixels().map(|pixel| pixel.0).collect();
        assert!(colours.len() > 20, "{name}: {}", colours.len());
        assert_eq!(plain.dimensions(), idealised.dimensions());
        let red = |picture: &RgbImage| picture.pixels().filter(|p| p.0 == [190, 20, 20]).count();
        assert_eq!(red(plain), 0, "{name}");
        assert!(red(idealised) > 20, "{name}");
    }
}

#[test]
fn extreme_shapes_are_drawn() {
    for (width, height, chip) in [(1, 1, 1), (64, 64, 64), (900, 2, 3), (3, 700, 64)] {
        let root = tempfile::tempdir().unwrap();
        let grid = Grid {
            chip_width: chip,
            chip_height: chip,
            chips: 9,
            ..Grid::of_one_chip(width, height)
        };
        let mut one = outcome(&"a long name ".repeat(30));
        for (index, core) in one.activity.cores.iter_mut().enumerate() {
            (core.x, core.y) = (index * 29 % width, index * 31 % height);
        }
        for link in &mut one.activity.links {
            (link.from, link.to) = ([width - 1, height - 1], [0, 0]);
        }
        let layer = &mut one.activity.layers[0];
        (layer.height, layer.width) = (1, 768);
        for (name, picture) in write(root.path(), &Setup { grid, ..setup(true) }, &one) {
            let (width, height) = picture.dimensions();
            assert!(width <= 3000 && height <= 3000, "{name}: {width} x {height}");
        }
    }
}

#[test]
fn a_run_without_any_spike_or_layer_is_drawn() {
    let root = tempfile::tempdir().unwrap();
    let mut one = outcome("dark");
    one.activity.layers.clear();
    one.activity.steps.clear();
    one.activity.cores.clear();
    one.layers.clear();
    assert_eq!(write(root.path(), &setup(false), &one).len(), 4);
}

/// The sheet grows with the layers, and shows each map in the colours of its own largest value.
#[test]
fn the_sheet_has_every_layer() {
    let sheet = |layers: usize| {
        let root = tempfile::tempdir().unwrap();
        let mut one = outcome("street");
        let mut layer = one.activity.layers[0].clone();
        (layer.height, layer.width, layer.shapeless) = (1, 2, false);
        // Nothing at the left, the most at the right.
        layer.spikes_per_position = vec![0, 9];
        one.activity.layers = vec![layer; layers];
        one.activity.cores.iter_mut().for_each(|core| core.layer = None);
        spikemesh::report::write_input(
            root.path(),
            &setup(false),
            &profile(),
            &one,
            &Default::default(),
        )
        .unwrap();
        let all = super::common::list(&root.path().join("layers")).len();
        (all, image::open(root.path().join("layers.png")).unwrap().into_rgb8())
    };
    let brightest = |picture: &RgbImage| picture.pixels().filter(|p| p.0 == [250, 232, 60]).count();
    let [(few, one), (all, many)] = [sheet(1), sheet(19)];
    assert_eq!((few, all), (1, 19));
    // Maps are 128 x 64 units of two pixels; half of each is the largest value.
    let of_a_map = 128 * 128;
    assert_eq!([brightest(&one), brightest(&many)], [of_a_map, 19 * of_a_map]);
    assert!(many.width() > one.width() && many.height() > one.height());
}
