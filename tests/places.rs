//! Where the neurons of networks from CSV sit: on chips that the files name, or where it suits.

use crate::field::{flat, refused, spikemesh, succeeds};
use crate::runs::rows;
use proptest::prelude::*;
use spikemesh::activity::Counts;
use spikemesh::engine::sparse::{Run, run_on};
use spikemesh::engine::{Options, Timing};
use spikemesh::import::csv_network;
use spikemesh::mapping::{Placement, Places, placed};
use spikemesh::profile::{self, Limits, Profile};
use spikemesh::snn::sparse::*;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const MODELS: [&str; 4] = ["input", "lif", "lif", "lif"];
/// Units answer every spike, one after the other and over one.
const SYNAPSES: &str = "0,1,4\n1,2,4\n2,3,4\n0,3,1\n1,3,1\n";

/// A folder `net` with four neurons, behind whose models `places` stand, in the columns `header`.
fn files(header: &str, places: [&str; 4]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    fs::create_dir(&folder).unwrap();
    let comma = if header.is_empty() { "" } else { "," };
    let mut text = format!("id,model{comma}{header}\n");
    for (id, (model, place)) in MODELS.iter().zip(places).enumerate() {
        writeln!(text, "{id},{model}{comma}{place}").unwrap();
    }
    fs::write(folder.join("neurons.csv"), text).unwrap();
    fs::write(folder.join("synapses.csv"), format!("pre,post,weight\n{SYNAPSES}")).unwrap();
    fs::write(folder.join("inputs.csv"), "step,neuron\n1,0\n2,0\n").unwrap();
    root
}

fn command(root: &TempDir, arguments: &[&str]) -> assert_cmd::Command {
    let mut run = spikemesh();
    run.current_dir(root.path()).args(["run", "net", "--steps", "8", "--record-spikes"]);
    run.args(arguments);
    run
}

fn loaded(root: &TempDir) -> SparseNetwork {
    csv_network::load(&root.path().join("net")).unwrap()
}

fn ran(network: &SparseNetwork, profile: &Profile, placement: &Placement, timing: Timing) -> Run {
    let (places, gap) = Places::of(network, profile, placement, false).unwrap();
    assert_eq!(gap, None);
    let options = Options { timing, ..Options::default() };
    run_on(network, &places, profile, 8, options, &[], || ()).unwrap()
}

#[test]
fn packets_cross_the_links_between_chips() {
    let profile = profile::load("loihi1-davies2018").unwrap();
    let header = "chip,tile,core_in_tile";
    let one = loaded(&files(header, ["0,0,0", "0,1,0", "0,8,0", "0,9,1"]));
    // 32 chips in a row of the board: chip 33 lies below chip 1.
    let four = files(header, ["0,0,0", "1,0,0", "32,0,0", "33,9,1"]);
    let network = loaded(&four);
    let places = Places::given(&network, &profile).unwrap();
    assert_eq!((places.grid.chips, places.grid.width, places.grid.height), (4, 16, 8));
    let sites: Vec<_> = places.sites.iter().map(|site| [site.x, site.y, site.slot]).collect();
    assert_eq!(sites, [[0, 0, 0], [8, 0, 0], [0, 4, 0], [9, 5, 1]]);
    for timing in [Timing::Analytic, Timing::Event] {
        let [near, far] =
            [&one, &network].map(|network| ran(network, &profile, &Placement::Hilbert, timing));
        assert_eq!(near.spikes, far.spikes);
        assert_eq!(near.spikes.len(), 10, "units answer every spike: {:?}", near.spikes);
        assert_eq!((near.activity.chips, far.activity.chips), (1, 4));
        let total = |run: &Run, of: fn(&Counts) -> u64| -> u64 {
            run.activity.steps.iter().map(|step| of(&step.counts)).sum()
        };
        let packets = |counts: &Counts| counts.packets;
        let links = |counts: &Counts| counts.chip_links;
        assert_eq!((total(&near, packets), total(&near, links)), (total(&far, packets), 0));
        // 0 to 1 and 3, 1 to 2 and 3, 2 to 3: one link, two, two, one, one; twice.
        assert_eq!(total(&far, links), 14);
    }
    succeeds(&mut command(&four, &["--out", "out"]));
    let links = rows(&four.path().join("out/links.csv"));
    assert!(links.iter().any(|link| link["between_chips"] == "true"), "{links:?}");
}

#[test]
fn places_that_the_board_does_not_have_are_refused() {
    let header = "chip,tile,core_in_tile";
    for (place, words) in [
        ("768,0,0", ["E0827", "neuron 1 is on chip 768, the board has 768 chips", "from 0 to 767"]),
        ("0,32,0", ["E0821", "neuron 1 is on tile 32, the chip has 32 tiles", "from 0 to 31"]),
        ("0,0,4", ["E0822", "neuron 1 is on core 4 of its tile", "from 0 to 3"]),
    ] {
        let root = files(header, ["0,0,0", place, "0,0,0", "0,0,0"]);
        refused(&mut command(&root, &["--out", "out"]), &words);
        assert!(!root.path().join("out").exists());
    }
    // Of a limit of a core on another chip, the chip is told.
    let root = files(header, ["0,0,0", "1,2,3", "1,2,3", "1,2,3"]);
    let message = "core 3 of tile 2 of chip 1: 3 neurons > 2 neurons_per_core";
    let narrow = ["--out", "out", "--set", "limits.neurons_per_core=2"];
    refused(&mut command(&root, &narrow), &["E0701", message]);
}

#[test]
fn some_neurons_with_a_place_and_some_without_are_refused() {
    let all = "chip,tile,core_in_tile,core";
    for (header, places, said) in [
        (all, [",0,0,", ",,,", ",0,0,", ",0,0,"], "line 3: neuron 1 has no place"),
        (all, [",,,", ",,,", ",0,0,", ",,,"], "line 4: neuron 2 has a place"),
        (all, [",0,,", ",,,", ",,,", ",,,"], "line 2: neuron 0 has a tile and no core_in_tile"),
        (all, [",,1,", ",,,", ",,,", ",,,"], "line 2: neuron 0 has a core_in_tile and no tile"),
        (all, ["1,,,", ",,,", ",,,", ",,,"], "line 2: neuron 0 has a chip or core and no tile"),
        (all, [",,,1", ",,,", ",,,", ",,,"], "line 2: neuron 0 has a chip or core and no tile"),
        ("tile", ["0", "0", "0", "0"], "line 2: neuron 0 has a tile and no core_in_tile"),
    ] {
        let root = files(header, places);
        let mut run = command(&root, &["--out", "out"]);
        refused(&mut run, &["E0225", said, "give every neuron tile and core_in_tile, or none"]);
    }
}

#[test]
fn networks_without_places_are_placed_as_asked() {
    let empty = files("tile,core_in_tile", [","; 4]);
    let root = files("", [""; 4]);
    assert_eq!(loaded(&root), loaded(&empty));
    let spikes = |placement: &str, more: &[&str]| {
        let narrow = ["--set", "limits.neurons_per_core=1", "--out", placement];
        succeeds(&mut command(&root, &[&narrow, more].concat()));
        let out = root.path().join(placement);
        let manifest = fs::read_to_string(out.join("manifest.toml")).unwrap();
        assert!(manifest.contains(&format!("placement = \"{placement}")), "{manifest}");
        assert_eq!(rows(&out.join("cores.csv")).len(), 4);
        fs::read(out.join("spikes.csv")).unwrap()
    };
    let usual = spikes("hilbert", &[]);
    for name in ["linear", "snake", "greedy", "anneal"] {
        assert_eq!(spikes(name, &["--placement", name, "--placement-moves", "99"]), usual);
    }
    // Without limits the board grows.
    let board = ["--set", "topology.board=[1,1]", "--set", "topology.mesh=[1,1]"];
    let narrow = [&board[..], &["--set", "limits.neurons_per_core=1"]].concat();
    let narrow = [&narrow[..], &["--set", "topology.cores_per_tile=2", "--out", "big"]].concat();
    refused(&mut command(&root, &narrow), &["E0702", "4 cores", "--idealised"]);
    let (told, _) = succeeds(&mut command(&root, &[&narrow[..], &["--idealised"]].concat()));
    assert!(flat(&told).contains("4 cores > 2 on the largest board"), "{told}");
}

#[test]
fn placements_that_do_not_suit_are_refused() {
    let root = files("", [""; 4]);
    fs::write(root.path().join("a.csv"), "core,x,y,slot\n0,0,0,0\n").unwrap();
    for option in ["--placement", "--mapping"] {
        let words = ["E2048", "files of --placement and --mapping are for networks of layers"];
        refused(&mut command(&root, &[option, "a.csv", "--out", "out"]), &words);
    }
    let given = files("tile,core_in_tile", ["0,0"; 4]);
    let mut run = command(&given, &["--placement", "greedy", "--out", "out"]);
    refused(&mut run, &["E2013", "net brings its own placement"]);
    let inspect = |root: &Path| {
        let mut inspect = spikemesh();
        let words = ["inspect", "net", "--profile", "loihi1-davies2018"];
        inspect.current_dir(root).args(words);
        succeeds(&mut inspect).0
    };
    assert!(inspect(root.path()).contains("without places of its own"));
    assert!(inspect(given.path()).contains("on 1 core of its own choice"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Neurons in order fill cores; no core is beyond a limit that its neurons keep by themselves.
    #[test]
    fn cores_keep_every_limit(
        drawn in prop::collection::vec((0..30u32, 0..30u32, -3..4i32), 0..200),
        neurons_per_core in 1..9u64,
        most in prop::array::uniform3(10..40u64),
    ) {
        let neuron = || Neuron { model: Model::Input, class: None, synapse_class: "d".into(), place: None };
        let synapse = |(pre, post, weight): (u32, u32, i32)| {
            Synapse { pre, post, weight: weight.into(), delay: 1 }
        };
        let [mut out, mut into] = [[0; 30]; 2];
        // No neuron is beyond a limit by itself.
        let mut few = |&(pre, post, _): &(u32, u32, i32)| {
            out[pre as usize] += 1;
            into[post as usize] += 1;
            out[pre as usize].max(into[post as usize]) <= 10
        };
        let drawn = drawn.into_iter().filter(&mut few);
        let mut synapses: Vec<Synapse> = drawn.map(synapse).collect();
        synapses.sort_by_key(|synapse| synapse.pre);
        let neurons = (0..30).map(|_| neuron()).collect();
        let network = SparseNetwork { neurons, synapses, ..SparseNetwork::default() };
        let mut profile = profile::load("loihi1-davies2018").unwrap();
        profile.limits = Limits {
            neurons_per_core: Some(neurons_per_core),
            axons_in_per_core: Some(most[0]),
            axons_out_per_core: Some(most[1]),
            synapse_memory_bits_per_core: Some(most[2] * 4),
            weight_bits: Some(4),
            ..Limits::default()
        };
        let (places, _) = Places::of(&network, &profile, &Placement::Linear, false).unwrap();
        prop_assert_eq!(placed::gaps(&network, &places, &profile), vec![]);
        let (core, sites) = places.cores(&profile.topology);
        prop_assert!(core.is_sorted(), "in the order of ids: {:?}", core);
        prop_assert!(sites.len() >= 30usize.div_ceil(neurons_per_core as usize));
    }
}

/// A class of synapses that the chip does not price costs what the default does, with a word.
#[test]
fn classes_of_synapses_that_meet_nothing_are_told() {
    let root = files("synapse", ["", "default", "slow", ""]);
    let (out, _) = succeeds(&mut command(&root, &["--out", "out"]));
    let out = flat(&out);
    assert!(out.contains("synapses of class `slow` cost what `default` does"), "{out}");
    let manifest = fs::read_to_string(root.path().join("out/manifest.toml")).unwrap();
    assert!(manifest.contains("prices no such class"), "{manifest}");
    for option in [&["--encoding", "conv"][..], &["--set", "capabilities.encoding=\"conv\""]] {
        let (out, _) = succeeds(&mut command(
            &root,
            &[&["--out", option[0].trim_matches('-')], option].concat(),
        ));
        let out = flat(&out);
        assert!(out.contains("capabilities.encoding changes nothing"), "{out}");
    }
}
