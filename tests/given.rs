//! Mappings from a file: cuts and places of one's own.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use spikemesh::convert::Recipe;
use spikemesh::import::mapping_file::{self, BlockRow, MappingFile};
use spikemesh::import::{self, Options};
use spikemesh::mapping::{Mapping, Placement, Tiling, Verdict, map, map_beside};
use spikemesh::pipeline::{self, Prepared, Sample, Settings, Stimulus, Timing};
use spikemesh::profile::Limits;
use spikemesh::snn::retime::retime;
use spikemesh::snn::{Network, PoolKind};

use crate::functional::random_network;
use crate::mapping::{chain, profile, recount};
use crate::small_detector::{Files, spikemesh};

const HEADER: &str = "layer,row_first,row_last,column_first,column_last,channel_first,channel_last";

/// A chain of two layers of 6 x 4 x 2 and 6 x 4 x 3.
fn network() -> Network {
    let mut network = chain(6, &[2, 3]);
    network.populations.iter_mut().for_each(|p| p.shape.width = 4);
    network
}

/// What a file of this text makes of that network on a mesh of 8 x 4 tiles of 4 cores.
fn mapped(text: &str, limits: Limits, idealised: bool) -> Result<Mapping, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.csv");
    fs::write(&path, text).unwrap();
    let file = mapping_file::load(&path).map_err(|error| error.to_string())?;
    let (network, profile) = (network(), profile(limits));
    let told = |error: spikemesh::mapping::Error| error.to_string();
    let mapping = map_beside(&network, &profile, vec![], Some(&file), idealised);
    let mut mapping = mapping.map_err(told)?;
    mapping.place(&network, &Placement::Mapped(file), &[]).map_err(told)?;
    Ok(mapping)
}

/// A file of blocks, each as its layer and the first and last indices.
fn blocks(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn edges(tiling: &Tiling) -> [&[usize]; 3] {
    [&tiling.rows, &tiling.columns, &tiling.channels]
}

#[test]
fn blocks_are_taken_as_they_stand() {
    // In any order, of lengths that differ; conv1 is left out.
    let text = blocks(&[
        "conv2,4,5,0,3,0,1",
        "conv2,0,3,0,3,2,2",
        "conv2,0,3,0,3,0,1",
        "conv2,4,5,0,3,2,2",
    ]);
    let mapping = mapped(&text, Limits::default(), false).unwrap();
    let expected: [&[usize]; 3] = [&[0, 4, 6], &[0, 4], &[0, 2, 3]];
    assert_eq!(edges(&mapping.tilings[1]), expected);
    let whole: [&[usize]; 3] = [&[0, 6], &[0, 4], &[0, 2]];
    assert_eq!(edges(&mapping.tilings[0]), whole, "the mapper cuts what the file leaves out");
    let neurons: Vec<u64> = mapping.cores.iter().map(|core| core.neurons).collect();
    assert_eq!(neurons, [48, 32, 16, 16, 8]);
    // Cores of blocks sit along the curve in the order of the file, the others behind them.
    let site = |core: &spikemesh::mapping::Core| (core.x, core.y, core.slot);
    let found: Vec<_> = mapping.cores.iter().map(site).collect();
    let tile = |n: usize| (mapping.cores[3].x, mapping.cores[3].y, n);
    assert_eq!(found[1..], [tile(2), tile(1), tile(0), tile(3)]);
    assert_ne!((found[0].0, found[0].1), (found[3].0, found[3].1), "a tile has four cores");
}

#[test]
fn places_of_a_file_are_kept_and_others_go_beside_them() {
    let text = format!("{HEADER},x,y,slot\nconv2,0,5,0,1,0,2,7,3,2\nconv2,0,5,2,3,0,2,0,0,0\n");
    let mapping = mapped(&text, Limits::default(), false).unwrap();
    let sites: Vec<_> = mapping.cores.iter().map(|core| (core.x, core.y, core.slot)).collect();
    assert_eq!(sites, [(0, 0, 1), (7, 3, 2), (0, 0, 0)]);
}

#[test]
fn what_is_no_cut_is_refused_with_its_line() {
    let whole = "conv2,0,5,0,3,0,2";
    let placed = |rows: &[&str]| format!("{HEADER},core,x,y,slot\n{}\n", rows.join("\n"));
    let cases = [
        (blocks(&[]), "line 1: no block follows; give each block a row"),
        (blocks(&["conv3,0,5,0,3,0,2"]), "line 2: no layer `conv3` in this network (did you mean"),
        (blocks(&[",0,5,0,3,0,2"]), "line 2: no layer; give each block a core of its own"),
        (blocks(&["conv2,5,0,0,3,0,2"]), "line 2: rows 5 to 0: the last comes before the first"),
        (blocks(&["conv2,0,5,0,4,0,2"]), "line 2: no column 4; layer conv2 has 4, from 0"),
        (
            blocks(&["conv2,0,5,0,3,0,1"]),
            "line 2: row 0, column 0, channel 2 of layer conv2 lies in no",
        ),
        (
            blocks(&["conv2,1,5,0,3,0,2"]),
            "line 2: row 0, column 0, channel 0 of layer conv2 lies in no",
        ),
        (
            blocks(&["conv2,0,3,0,3,0,2", "conv1,0,5,0,3,0,1", "conv2,3,5,0,3,0,2"]),
            "line 4: row 3, column 0, channel 0 of layer conv2 lies in the block of line 2 already",
        ),
        (blocks(&[whole, whole]), "line 3: row 0, column 0, channel 0 of layer conv2 lies in the"),
        (
            blocks(&["conv2,0,2,0,1,0,2", "conv2,3,5,0,1,0,2", "conv2,0,5,2,3,0,2"]),
            "line 4: rows 0 to 5 reach over row 3, at which line 3 begins: blocks form a grid; cut \
             all of layer conv2 there, or nothing",
        ),
        (
            placed(&["conv2,0,2,0,3,0,2,0,,,", "conv2,3,5,0,3,0,2,0,,,"]),
            "line 3: core 0 stands in line 2 already; give each block a core of its own",
        ),
        (
            placed(&["conv2,0,2,0,3,0,2,0,1,1,1", "conv2,3,5,0,3,0,2,1,1,1,1"]),
            "line 3: slot 1 of tile (1, 1) is taken by line 2",
        ),
        (
            placed(&["conv2,0,2,0,3,0,2,0,1,1,1", "conv2,3,5,0,3,0,2,1,,,"]),
            "line 3: no place, and one in line 2; give x, y and slot of every block, or of none",
        ),
        (
            placed(&["conv2,0,2,0,3,0,2,0,,,", "conv2,3,5,0,3,0,2,1,0,0,0"]),
            "line 3: a place, and none in line 2; give x, y and slot",
        ),
        (placed(&["conv2,0,5,0,3,0,2,0,8,0,0"]), "line 2: tile (8, 0) is off the mesh of 8 x 4"),
        (placed(&["conv2,0,5,0,3,0,2,0,0,0,4"]), "line 2: no slot 4; a tile has 4, from 0"),
        (placed(&["conv2,0,5,0,3,0,2,0,0,,0"]), "line 2: column `y`: `` is not a whole number"),
        (blocks(&["conv2,0,5,0,3,0,-1"]), "line 2: column `channel_last`: `-1` is not a whole"),
        ("layer,row_first\n".into(), "line 1: column `row_last` is missing"),
    ];
    for (text, wanted) in cases {
        let told = mapped(&text, Limits::default(), false).unwrap_err();
        assert!(told.contains(&format!("own.csv, {wanted}")), "{wanted}: {told}");
    }
}

#[test]
fn blocks_beyond_a_limit_are_refused_or_idealised() {
    let text = blocks(&["conv2,0,2,0,3,0,2", "conv2,3,5,0,3,0,2"]);
    let all = Limits::default;
    for (limits, wanted) in [
        (
            Limits { neurons_per_core: Some(35), ..all() },
            "layer conv2: 36 neurons on one core > 35 neurons_per_core; --idealised",
        ),
        (
            Limits { synapse_memory_bits_per_core: Some(431), ..all() },
            "layer conv2: 432 bits of weights on one core > 431 synapse_memory_bits_per_core",
        ),
        (
            Limits { axons_in_per_core: Some(31), ..all() },
            "layer conv2: 32 sources of one core > 31 axons_in_per_core",
        ),
    ] {
        let told = mapped(&text, limits.clone(), false).unwrap_err();
        assert!(told.starts_with(wanted), "{wanted}: {told}");
        let mapping = mapped(&text, limits, true).unwrap();
        assert_eq!(mapping.tilings[1].rows, [0, 3, 6]);
        let refused = mapping.gaps.iter().filter(|gap| gap.verdict == Verdict::Refused);
        assert_eq!(refused.map(|gap| gap.layer.as_str()).collect::<Vec<_>>(), ["conv2"]);
    }
    // What leaves a block of conv1 reaches both blocks of conv2 from two of its rows.
    let text = format!("{text}conv1,0,5,0,3,0,1\n");
    let limits = Limits { axons_out_per_core: Some(63), ..all() };
    let told = mapped(&text, limits, false).unwrap_err();
    assert!(told.starts_with("layer conv1: 64 outgoing axons of one core > 63"), "{told}");
}

/// A random grid over every layer but some, its blocks in random order.
fn random_cut(network: &Network, seed: u64) -> (MappingFile, Vec<Option<[Vec<usize>; 3]>>) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut file = MappingFile { path: PathBuf::from("own.csv"), rows: vec![] };
    let mut cuts = vec![];
    for population in &network.populations {
        if random.random_range(0..4) == 0 && !file.rows.is_empty() {
            cuts.push(None);
            continue;
        }
        let shape = population.shape;
        let axes = [shape.height, shape.width, shape.channels].map(|size| {
            let mut edges = vec![0];
            edges.extend((1..size).filter(|_| random.random_range(0..3) == 0));
            edges.push(size);
            edges
        });
        let pairs = |axis: usize| axes[axis].windows(2).map(|e| [e[0], e[1] - 1]);
        for y in pairs(0) {
            for x in pairs(1) {
                for c in pairs(2) {
                    file.rows.push(BlockRow {
                        line: file.rows.len() as u64 + 2,
                        layer: population.name.clone(),
                        first: [y[0], x[0], c[0]],
                        last: [y[1], x[1], c[1]],
                        core: None,
                        place: None,
                    });
                }
            }
        }
        cuts.push(Some(axes));
    }
    file.rows.shuffle(&mut random);
    (file, cuts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Whatever the grid, cores hold what a count over all synapses says, and limits are held
    /// against it.
    #[test]
    fn given_cuts_are_recounted_by_synapses(
        seed in any::<u64>(),
        max_delay in prop::option::of(1..3usize),
        neurons in 8..200u64,
        axons_in in 30..400u64,
        axons_out in 80..300u64,
    ) {
        let (network, _) = random_network(seed, 0.1, 1, PoolKind::Gate);
        let network = retime(&network, max_delay).network.named_apart();
        let (file, cuts) = random_cut(&network, seed);
        let profile = profile(Limits {
            neurons_per_core: Some(neurons),
            synapse_memory_bits_per_core: Some(8 * 1200),
            axons_in_per_core: Some(axons_in),
            axons_out_per_core: Some(axons_out),
            ..Limits::default()
        });
        let mut mapping = map_beside(&network, &profile, vec![], Some(&file), true).unwrap();
        mapping.place(&network, &Placement::Mapped(file), &[]).unwrap();
        for (tiling, cut) in mapping.tilings.iter().zip(&cuts) {
            if let Some(cut) = cut {
                prop_assert_eq!(edges(tiling), [&cut[0][..], &cut[1], &cut[2]]);
            }
        }
        recount(&network, &profile, &mapping);
    }
}

/// The blocks that a mapping has, as a file of its own.
fn written(network: &Network, mapping: &Mapping) -> String {
    let mut text = format!("{HEADER}\n");
    for (population, tiling) in network.populations.iter().zip(&mapping.tilings) {
        for y in tiling.rows.windows(2) {
            for x in tiling.columns.windows(2) {
                for c in tiling.channels.windows(2) {
                    text += &population.name;
                    for edge in [y, x, c] {
                        text += &format!(",{},{}", edge[0], edge[1] - 1);
                    }
                    text += "\n";
                }
            }
        }
    }
    text
}

#[test]
fn the_mappers_own_cut_read_back_is_the_same() {
    let limits = Limits { neurons_per_core: Some(20), ..Limits::default() };
    let network = network();
    let own = map(&network, &profile(limits.clone()), false).unwrap();
    let again = mapped(&written(&network, &own), limits, false).unwrap();
    assert_eq!((&again.tilings, &again.gaps), (&own.tilings, &own.gaps));
    let held = |mapping: &Mapping| -> Vec<_> {
        let held = mapping.cores.iter();
        held.map(|c| (c.neurons, c.synapse_memory_bits, c.axons_in, c.axons_out)).collect()
    };
    assert_eq!(held(&again), held(&own));
}

/// What a run of the small detector with further words wrote.
fn run(files: &Files, out: &str, words: &[&str]) -> PathBuf {
    let out = files.path(out);
    let mut run = files.run();
    run.args(["--profile", "loihi1-davies2018", "--steps", "4", "--out"]).arg(&out);
    run.args(words).assert().success();
    out
}

#[test]
fn a_mapping_of_a_run_read_back_gives_the_same_run() {
    let files = Files::write();
    let first = run(&files, "first", &["--placement", "snake"]);
    let mapping = first.join("mapping.csv");
    let back = run(&files, "back", &["--mapping", mapping.to_str().unwrap()]);
    for file in ["mapping.csv", "summary.csv", "layers.csv", "cores.csv", "links.csv", "steps.csv"]
    {
        let text = |folder: &PathBuf| fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(text(&first), text(&back), "{file}");
    }
    let manifest = fs::read_to_string(back.join("manifest.toml")).unwrap();
    assert!(manifest.contains("first/mapping.csv"), "{manifest}");
    // `inspect` writes such a file, and takes one.
    let inspected = files.path("inspected");
    let mut inspect = spikemesh();
    inspect.arg("inspect").arg(&files.network).args(["--profile", "loihi1-davies2018", "--out"]);
    inspect.arg(&inspected).arg("--mapping").arg(&mapping).assert().success();
    let text = |folder: &PathBuf| fs::read_to_string(folder.join("mapping.csv")).unwrap();
    assert_eq!(text(&first), text(&inspected));
    let both = ["--placement", "snake", "--mapping", mapping.to_str().unwrap()];
    let told = files.run().args(both).assert().code(2);
    let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(told.contains("cannot be used with"), "{told}");
}

/// The network whose step times were measured, cut as it was on the chip.
fn nxtf_blocks() -> String {
    let mut text = format!("{HEADER}\npixels,0,27,0,27,0,0\n");
    for x in (0..12).step_by(3) {
        text += &format!("if1,0,11,{x},{},0,15\n", x + 2);
    }
    for c in (0..32).step_by(5) {
        text += &format!("if2,0,9,0,9,{c},{}\n", (c + 4).min(31));
    }
    for c in (0..64).step_by(22) {
        text += &format!("if3,0,3,0,3,{c},{}\n", (c + 21).min(63));
    }
    text + "classes,0,0,0,0,0,9\n"
}

fn nxtf(folder: &std::path::Path, placement: Placement) -> Prepared {
    let path = folder.join("nxtf_mnist.nir");
    let imported = import::open_with(&path, &Options::default()).unwrap().0;
    let settings = Settings {
        steps: 16,
        timing: Timing::Analytic,
        idealised: false,
        record_spikes: false,
        seed: 0,
        conversion: Recipe::parse("delivery=unbalanced").unwrap(),
        split: vec![],
        placement,
        placement_steps: 0,
        probes: vec![],
        feed: pipeline::Feed::Constant,
        command: "test".into(),
    };
    let profile = spikemesh::profile::load("loihi1-sanafe").unwrap();
    pipeline::prepare(imported, profile, settings, &[][..]).unwrap()
}

#[test]
fn the_page_has_the_cuts_of_a_chip() {
    let page = include_str!("../docs/mapping.md");
    let section = page.split("\n## Cuts of one's own\n").nth(1).unwrap();
    let file = section.split("```\n").nth(1).unwrap();
    assert_eq!(file, nxtf_blocks());
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("nxtf.csv"), file).unwrap();
    mapping_file::load(&dir.path().join("nxtf.csv")).unwrap();
}

#[test]
fn a_network_is_cut_as_the_chip_held_it() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/nxtf-mnist");
    if !folder.exists() {
        println!("skipped: {} is not there", folder.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nxtf.csv");
    fs::write(&path, nxtf_blocks()).unwrap();
    let file = mapping_file::load(&path).unwrap();
    let given = nxtf(&folder, Placement::Mapped(file));
    assert!(given.setup.placement.ends_with("nxtf.csv"), "{}", given.setup.placement);
    let (_, mapping) = given.placed().unwrap();
    let neurons: Vec<u64> = mapping.cores.iter().map(|core| core.neurons).collect();
    let strips = [576; 4].into_iter();
    let groups = [500, 500, 500, 500, 500, 500, 200, 352, 352, 320, 10];
    let expected: Vec<u64> = [784].into_iter().chain(strips).chain(groups).collect();
    assert_eq!((neurons.len(), neurons), (16, expected));
    // Where neurons sit changes no spike and no operation.
    let image = (0..784).map(|n| f64::from(n as u32 * 7 % 256)).collect();
    let sample = Sample::of("image".into(), String::new(), Stimulus::Image(image));
    let counts = |prepared: &Prepared| {
        let layers = prepared.emulate(Some(&sample), || ()).unwrap().activity.layers;
        let of = |l: &spikemesh::activity::Layer| {
            (l.counts.spikes, l.counts.total_synaptic_operations())
        };
        layers.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(counts(&given), counts(&nxtf(&folder, Placement::Hilbert)));
}
