//! The one table of pages: how a page's blocks are prepared and kept quick, and what no test runs.

/// A page whose commands run, in their order, in a folder of its own. It holds `assets`, and
/// `picture.png`, a grey one of 28 x 28.
pub struct Page {
    pub name: &'static str,
    /// Lines of a shell before those of the page.
    pub first: &'static str,
    /// Names that the page gives to its `toml` blocks, in their order.
    pub files: &'static [&'static str],
    /// What takes the place of what: networks that are not here, packets one by one, many inputs.
    pub quick: &'static [(&'static str, &'static str)],
    /// Lines of a shell behind those of the page: what it promises, and what else it shows.
    pub then: &'static str,
}

pub const PLAIN: Page = Page { name: "", first: "", files: &[], quick: &[], then: "" };

/// Makes [`PAGES`], and a test of each.
macro_rules! pages {
    ($($test:ident: $name:literal { $($field:ident: $value:expr),* $(,)? })*) => {
        pub const PAGES: &[Page] = &[$(Page { name: $name, $($field: $value,)* ..PLAIN }),*];
        $(
            #[test]
            fn $test() {
                super::run($name);
            }
        )*
    };
}

pages! {
    the_readme_runs: "README.md" {
        quick: &[
            ("--profile all", "--profile all --timing analytic --plots none"),
            ("spikemesh compare", "spikemesh compare --timing analytic"),
        ],
    }
    sweeps_run: "docs/clusters.md" {
        files: &["chips.toml"],
        quick: &[
            // As the last of its jobs; the others are above it.
            ("$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT", "2/3"),
        ],
        then: "ls chips/sweep.csv",
    }
    the_comparison_runs: "docs/comparison.md" {
        quick: &[
            // Packets one by one for the first chip alone: time counts in its last rows.
            (
                "spikemesh compare\n",
                "spikemesh compare --profile loihi1-davies2018\n\
                 spikemesh compare --timing analytic\n",
            ),
        ],
    }
    conversions_run: "docs/conversion.md" {
        first: "mkdir scenes; ln -s ../assets/scenes scenes/images",
        quick: &[
            ("eval NETWORK --data VAL", "eval digits-silu --data assets/scenes --limit 1"),
            ("convert NETWORK", "convert digits-silu --limit 1"),
            ("VAL/images", "scenes/images"),
        ],
        then: "ls yolox.spikemesh yolox-report/conversion.csv",
    }
    a_description_is_written: "docs/detectors.md" {
        quick: &[("NETWORK", "assets/networks/digits.onnx")],
        then: "grep 'kind = \"yolo\"' my.detector.toml",
    }
    accountings_run: "docs/energy.md" {
        quick: &[("compare digits", "compare digits --timing analytic")],
    }
    recordings_are_inspected: "docs/events.md" {}
    explorations_run: "docs/explore.md" {
        files: &["written.toml"],
        quick: &[
            ("--out front", "--out front --budget 1"),
            ("> study.toml", "| sed 's/event/analytic/; s/\"digits/\"digit-256/' > study.toml"),
            ("--out chips-of-mine", "--out chips-of-mine --budget 1"),
            ("timing = \"event\"", "timing = \"analytic\""),
            ("network = \"digits\"", "network = \"digit-256\""),
        ],
        then: "spikemesh explore written.toml --budget 1 --out written",
    }
    the_guide_runs: "docs/guide.md" {
        quick: &[
            ("spikemesh eval", "spikemesh eval --timing analytic --limit 1 --checkpoints 1,2"),
            ("yolo-fastest-1.1.onnx", "assets/networks/digits.onnx --timing analytic"),
            ("photograph.jpg", "assets/scenes/scene-00.png"),
        ],
    }
    placements_run: "docs/mapping.md" {
        quick: &[
            ("run digits", "run digit-pools --steps 8 --plots none"),
            ("16 64 256 100000", "16"),
            ("0 1 2 3", "3"),
            ("linear snake hilbert greedy anneal", "greedy"),
            ("$T/tinier_yolo_relu7.onnx --input $T/reference/000000000285.input_u8_hwc_rgb.npy",
             "digit-pools"),
            ("$Y/yolo-fastest-1.1.onnx --input $Y/reference/000000000285.input_u8_hwc_rgb.npy",
             "digit-pools"),
        ],
    }
    networks_run: "docs/networks.md" {
        first: "cp assets/networks/digit-events.nir cnn.nir
                cp assets/events/scene-00.bs2 recording.bs2
                cp -r assets/events recordings",
        quick: &[
            // Boxes, where the page has classes.
            ("--data recordings",
             "--data recordings --detector assets/detectors/digit-events.detector.toml"),
            // .ci/run has a Python that reads such files.
            ("python -c \"import nir; print(nir.read_data('spikes.nir'))\"", "ls spikes.nir"),
            ("run digits", "run digits --timing analytic --plots none"),
        ],
    }
    profiles_run: "docs/profiles.md" {
        first: "mkdir net
                printf 'id,model\\n0,input\\n1,lif\\n' > net/neurons.csv
                printf 'pre,post,weight\\n0,1,1.5\\n' > net/synapses.csv
                printf 'step,neuron\\n1,0\\n' > net/inputs.csv",
        quick: &[
            ("FOLDER", "net"),
            ("../shared/data/coco-permissive/train/images/000000000030.jpg",
             "assets/scenes/scene-00.png"),
            ("NETWORK.onnx", "assets/networks/digits.onnx"),
            ("--steps T", "--steps 1 --plots none"),
        ],
    }
    every_task_is_done_by_its_commands: "docs/tasks.md" {
        first: "mkdir photographs recordings
                cp assets/scenes/scene-0[01].png photographs
                cp assets/events/scene-0[01].bs2 recordings
                cp assets/networks/digit-events.nir network.nir",
        quick: &[
            ("cargo run --example layer_energy", "layer_energy"),
            ("run digits", "run digits --timing analytic"),
            ("run --set", "run --timing analytic --set"),
            ("eval digits", "eval digits --limit 4"),
        ],
        then: "ls batch/summary.csv front/accuracy.csv front/convergence.png changes/diff.csv
               ls recorded/spikes.npz nir/summary.csv camera/summary.csv
               grep 'width=\"1200\"' known/plots-1/heatmap_cores.svg",
    }
    traces_run: "docs/traces.md" {
        quick: &[
            ("--steps 10", "--steps 1 --trace-steps 1..2 --plots none"),
            ("run digits --timing", "run digit-pools --plots none --steps 4 --timing"),
        ],
        then: "ls FILE whole.pftrace",
    }
    tuning_runs: "docs/tuning.md" {
        quick: &[
            ("--steps 64 --pictures 12",
             "--steps 4 --pictures 2 --judge 2 --budget 2 --timing analytic"),
        ],
    }
    the_tutorial_leads_to_an_own_chip: "docs/tutorial-chip.md" {
        files: &["chip.toml"],
        then: "sed -i 's/^neurons_per_core/neurons_per_cor/' chip.toml
               ! spikemesh profiles check chip.toml",
    }
    the_tutorial_leads_from_a_model_file_to_chips: "docs/tutorial-network.md" {}
    the_tutorial_leads_from_nir_to_a_chip: "docs/tutorial-nir.md" {}
}

/// Blocks that other tests hold: page; section, or word, or all; file and name of the test.
pub const ELSEWHERE: [(&str, &str, &str, &str); 7] = [
    ("docs/detectors.md", "toml", "tasks/descriptions.rs", "descriptions_are_read"),
    ("docs/errors.md", "", "errors.rs", "every_part_of_the_page_has_an_example_and_a_cure"),
    ("docs/mapping.md", "Cuts of one's own", "given.rs", "the_page_has_the_cuts_of_a_chip"),
    (
        "docs/networks.md",
        "Networks from CSV",
        "csv_networks.rs",
        "the_example_runs_and_neurons_fire_when_it_says",
    ),
    (
        "docs/profiles.md",
        "Your own chip",
        "own_chip.rs",
        "the_document_leads_from_nothing_to_a_run",
    ),
    ("docs/profiles.md", "toml", "own_chip.rs", "costs_of_the_document_are_read"),
    ("docs/semantics.md", "text", "spiking.rs", "two_neurons_by_hand"),
];

/// Blocks with `no_run`, and texts that no command of a test prints: page, how it begins, and why.
pub const APART: [(&str, &str, &str); 11] = [
    ("README.md", "cargo install --path .", "CI builds what the tests run"),
    ("README.md", "cargo test", ".ci/run takes its command from here"),
    ("docs/explore.md", "digits on loihi1-davies2018: 21 chips", "two minutes"),
    ("docs/guide.md", "pip install ./python", ".ci/run installs it with maturin"),
    ("docs/guide.md", "yolo-fastest-1.1 on loihi1-davies2018", "a network of others"),
    ("docs/python.md", "pip install ./python", ".ci/run installs it with maturin"),
    ("docs/traces.md", "trace: about 655 MB", "a file of that size"),
    ("docs/traces.md", "cargo build --release --features parquet", ".ci/run builds it for Python"),
    ("docs/tuning.md", "digits on loihi1-davies2018, T = 64", "a minute"),
    ("docs/tuning.md", "spikemesh tune cnn_sinabs.nir", "a network of others"),
    ("docs/tutorial-nir.md", "import nir, snntorch", "a framework of others"),
];
