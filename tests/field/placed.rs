//! Networks from CSV meet the limits of the chip.

use super::{flat, refused, spikemesh, succeeds};
use spikemesh::engine::{Options, sparse};
use spikemesh::import::csv_network;
use spikemesh::mapping::{Gap, Places, Verdict, placed};
use spikemesh::pipeline;
use spikemesh::profile::{self, Limits, Profile, Sync};
use spikemesh::snn::sparse::SparseNetwork;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const HEADER: &str = "id,model,tile,core_in_tile";

/// A folder with a network and place for reports.
struct Files(TempDir);

impl Files {
    fn new(neurons: &str, synapses: &str, inputs: &str) -> Files {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("net")).unwrap();
        for (name, text) in [
            ("neurons", neurons.to_owned()),
            ("synapses", format!("pre,post,weight\n{synapses}")),
            ("inputs", format!("step,neuron\n{inputs}")),
        ] {
            fs::write(dir.path().join(format!("net/{name}.csv")), text).unwrap();
        }
        Files(dir)
    }

    fn network(&self) -> PathBuf {
        self.0.path().join("net")
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn load(&self) -> SparseNetwork {
        csv_network::load(&self.network()).unwrap()
    }

    /// On Loihi, as SANA-FE prices it, and after some steps.
    fn run(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut run = spikemesh();
        run.arg("run").arg(self.network()).args([
            "--profile",
            "loihi1-sanafe",
            "--timing",
            "analytic",
        ]);
        run.arg("--out").arg(self.out()).args(arguments);
        run
    }

    /// Refused with these words, and nothing is left; idealised it runs, and the reports say what
    /// was dropped.
    #[track_caller]
    fn is_refused(&self, words: &[&str]) {
        refused(&mut self.run(&["--steps", "2"]), &[words, &["--idealised drops"]].concat());
        assert!(!self.out().exists());
        let (told, _) = succeeds(&mut self.run(&["--steps", "2", "--idealised"]));
        let told = flat(&told);
        let manifest = fs::read_to_string(self.out().join("manifest.toml")).unwrap();
        for word in words {
            assert!(told.contains("IDEALISED") && told.contains(word), "{word}: {told}");
            assert!(
                manifest.contains("idealised = true") && manifest.contains(word),
                "{word}: {manifest}"
            );
        }
    }
}

/// `inputs` inputs on core 0 of tile 0, then `neurons` neurons on core 1, from number `inputs`.
fn rows(inputs: usize, neurons: usize) -> String {
    let mut text = format!("{HEADER},threshold\n");
    (0..inputs).for_each(|id| writeln!(text, "{id},input,0,0,").unwrap());
    (inputs..inputs + neurons).for_each(|id| writeln!(text, "{id},lif,0,1,5").unwrap());
    text
}

/// Gaps on a chip with no limits but those that `set` sets.
fn gaps(network: &SparseNetwork, set: impl Fn(&mut Profile)) -> Vec<Gap> {
    let mut profile = profile::load("loihi1-sanafe").unwrap();
    profile.limits = Limits::default();
    set(&mut profile);
    placed::gaps(network, &Places::given(network, &profile).unwrap(), &profile)
}

#[track_caller]
fn only(gaps: Vec<Gap>, verdict: Verdict, limit: &str, message: &str) {
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!((gap.verdict, &gap.limit[..], &gap.message[..]), (verdict, limit, message));
}

#[test]
fn a_core_with_too_many_neurons() {
    let files = Files::new(&rows(1, 4999), "0,1,100000.123\n", "1,0\n");
    files.is_refused(&["core 1 of tile 0: 4999 neurons > 1024 neurons_per_core"]);
    // As many as it holds, and one more.
    let run = |neurons| {
        let files = Files::new(&rows(1, neurons), "0,1,100\n", "1,0\n");
        files.run(&["--steps", "2"]).assert().get_output().status.code()
    };
    assert_eq!([run(1024), run(1025)], [Some(0), Some(1)]);
}

#[test]
fn a_weight_beyond_the_bits() {
    let files = Files::new(&rows(1, 2), "0,1,9\n0,2,100000.123\n", "1,0\n");
    files.is_refused(&["neuron 2: 18 bits per weight > 9 weight_bits, for a weight of 100000.123"]);
}

#[test]
fn more_axons_than_a_core_has() {
    // Each of 1200 neurons reaches 4 cores: 4800 axons.
    let mut neurons = format!("{HEADER}\n");
    (0..1200).for_each(|id| writeln!(neurons, "{id},lif,{},{}", id / 600, id % 2).unwrap());
    let mut synapses = String::new();
    (0..1200)
        .for_each(|pre| (0..4).for_each(|to| writeln!(synapses, "{pre},{},1", 300 * to).unwrap()));
    let files = Files::new(&neurons, &synapses, "");
    // 300 neurons of a core reach two cores each: one stands on every fourth hundred.
    let network = files.load();
    let cores = |limit| gaps(&network, |profile| profile.limits.axons_out_per_core = Some(limit));
    assert_eq!(cores(600), []);
    let message = "core 0 of tile 0 and 3 more cores: 600 outgoing axons > 599 axons_out_per_core";
    only(cores(599), Verdict::Refused, "axons_out_per_core", message);
    let mut chain = format!("{HEADER}\n");
    (0..1000).for_each(|id| writeln!(chain, "{id},lif,0,0").unwrap());
    (0..120).for_each(|id| writeln!(chain, "{},lif,{},{}", 1000 + id, 1 + id / 4, id % 4).unwrap());
    let mut synapses = String::new();
    (0..1000).for_each(|pre| {
        (0..120).for_each(|to| writeln!(synapses, "{pre},{},1", 1000 + to).unwrap())
    });
    let files = Files::new(&chain, &synapses, "");
    files.is_refused(&["core 0 of tile 0: 120000 outgoing axons > 4096 axons_out_per_core"]);
}

/// Each limit of a core and of a neuron, at the last need that it holds and the first that it does
/// not.
#[test]
fn every_limit_of_the_profile() {
    // Three sources, one of them twice, into neuron 3; two of them into neuron 4 of another core.
    let neurons =
        format!("{HEADER}\n0,input,0,0\n1,input,0,0\n2,input,0,0\n3,lif,0,1\n4,lif,1,0\n");
    let files = Files::new(&neurons, "0,3,1\n1,3,-3\n2,3,2\n2,3,2\n0,4,1\n2,4,1\n", "1,0\n");
    let network = files.load();
    type Set = fn(&mut Limits, u64);
    let cases: [(Set, u64, &str, &str); 8] = [
        (
            |l, n| l.neurons_per_core = Some(n),
            3,
            "neurons_per_core",
            "core 0 of tile 0: 3 neurons > 2 neurons_per_core",
        ),
        (
            // Three bits each: from -3 to 2.
            |l, n| l.synapse_memory_bits_per_core = Some(n),
            12,
            "synapse_memory_bits_per_core",
            "core 1 of tile 0: 12 bits of weights > 11 synapse_memory_bits_per_core",
        ),
        (
            |l, n| l.axons_in_per_core = Some(n),
            3,
            "axons_in_per_core",
            "core 1 of tile 0: 3 sources > 2 axons_in_per_core",
        ),
        (
            |l, n| l.axons_out_per_core = Some(n),
            5,
            "axons_out_per_core",
            "core 0 of tile 0: 5 outgoing axons > 4 axons_out_per_core",
        ),
        (|l, n| l.fan_in = Some(n), 4, "fan_in", "neuron 3: 4 synapses into one neuron > 3 fan_in"),
        (
            |l, n| l.destinations = Some(n),
            2,
            "destinations",
            "neuron 0 and 1 more neuron: 2 destination cores of one neuron > 1 destinations",
        ),
        (
            |l, n| l.weight_bits = Some(n as u32),
            3,
            "weight_bits",
            "neuron 3: 3 bits per weight > 2 weight_bits, for a weight of -3",
        ),
        (
            |l, n| l.weight_levels = Some(n as u32),
            3,
            "weight_levels",
            "neuron 3: 3 distinct weights into one neuron > 2 weight_levels",
        ),
    ];
    for (set, need, limit, message) in cases {
        assert_eq!(gaps(&network, |profile| set(&mut profile.limits, need)), [], "{limit}");
        let beyond = gaps(&network, |profile| set(&mut profile.limits, need - 1));
        only(beyond, Verdict::Refused, limit, message);
    }
}

#[test]
fn weights_in_units_of_the_chip() {
    let of = |weights: &[&str]| {
        let synapses: String = weights.iter().map(|weight| format!("0,1,{weight}\n")).collect();
        let network = Files::new(&rows(1, 1), &synapses, "1,0\n").load();
        gaps(&network, |profile| profile.limits.weight_bits = Some(9))
    };
    for whole in [&["255"][..], &["-256", "1"], &["0"], &["0", "-3.0"], &[]] {
        assert_eq!(of(whole), [], "{whole:?}");
    }
    let (refused, assumed) = (Verdict::Refused, Verdict::Assumed);
    for (weights, verdict, words) in [
        (&["257"][..], refused, "10 bits per weight > 9 weight_bits, for a weight of 257"),
        (&["-256", "256"], assumed, "multiples of a power of two"),
        (&["16320", "-64"], assumed, "weights of up to 16320 are multiples of a power of two"),
        (&["16320", "-64", "1"], refused, "15 bits per weight"),
        (&["-257"], refused, "10 bits"),
        (&["0.5", "3"], assumed, "no whole numbers"),
        (&["1e100"], refused, "weight_bits"),
    ] {
        let gaps = of(weights);
        let [gap] = &gaps[..] else { panic!("{weights:?}: {gaps:?}") };
        assert_eq!(gap.verdict, verdict, "{weights:?}: {gap:?}");
        assert!(gap.message.contains(words), "{weights:?}: {gap:?}");
    }
    // 2^100 is one, a hundred times doubled.
    let [gap] = &of(&["1267650600228229401496703205376"])[..] else { panic!() };
    assert_eq!(gap.verdict, assumed);
}

#[test]
fn neuron_models_and_numbers_of_the_chip() {
    let header =
        format!("{HEADER},threshold,leak_decay,input_decay,refractory_delay,reverse_reset_mode");
    let of = |row: &str| Files::new(&format!("{header}\n0,{row}\n"), "", "").load();
    let models = |row: &str, known: &[&str]| {
        let known: Vec<String> = known.iter().map(|class| (*class).to_owned()).collect();
        gaps(&of(row), |profile| profile.capabilities.neuron_models.clone_from(&known))
    };
    let some = ["if", "relay", "input"];
    let plain = "lif,0,0,4,,,,";
    assert_eq!(models(plain, &[]), []);
    assert_eq!(models(plain, &["lif"]), []);
    assert_eq!(models("input,0,0,,,,,", &some), []);
    let taken = "neuron 0: lif without leak is taken for the chip's neuron model if; assumed";
    only(models(plain, &some), Verdict::Assumed, "neuron_models", taken);
    let lacks = |class| {
        format!("neuron 0: neuron model {class} is not in neuron_models (if, relay, input)")
    };
    for leaky in ["lif,0,0,4,.5,,,", "lif,0,0,4,,.5,,", "lif,0,0,4,,,3,", "lif,0,0,4,,,,saturate"] {
        only(models(leaky, &some), Verdict::Refused, "neuron_models", &lacks("lif"));
    }
    only(
        models("truenorth,0,0,4,,,,", &some),
        Verdict::Refused,
        "neuron_models",
        &lacks("truenorth"),
    );
    for words in ["lif,0,0,4,,.5,,", "lif,0,0,4,,,3,"] {
        let message =
            "neuron 0: units with two words of state are not documented for this chip; assumed";
        only(models(words, &[]), Verdict::Assumed, "neuron_models", message);
    }
    let wide = |row: &str| {
        let mut gaps = gaps(&of(row), |profile| profile.limits.membrane_bits = Some(8));
        let floats = gaps.pop().unwrap();
        assert_eq!((floats.verdict, &floats.limit[..]), (Verdict::Assumed, "membrane_bits"));
        gaps
    };
    assert_eq!(wide("lif,0,0,127.5,,,,"), []);
    let message = "neuron 0: its threshold, 128, does not fit 8 membrane_bits";
    only(wide("lif,0,0,128,,,,"), Verdict::Refused, "membrane_bits", message);
}

/// One input spike of 45 into a neuron with threshold 10, a soft reset and a delay of 5: the rest
/// of 35 waits.
#[test]
fn blocked_neurons_do_not_fire() {
    let header = format!("{HEADER},threshold,reset_mode,refractory_delay");
    let neurons = format!("{header}\n0,input,0,0,,,\n1,lif,0,0,10,soft,5\n");
    let zeros: String = (2..30).map(|step| format!("{step},0\n")).collect();
    let network = Files::new(&neurons, "0,1,45\n", "1,0\n").load();
    let spikes = |network: &SparseNetwork, profile: &Profile| {
        let run = sparse::run(network, profile, 30, Options::default(), || ()).unwrap();
        run.spikes.into_iter().filter(|spike| spike.1 == 1).map(|spike| spike.0).collect::<Vec<_>>()
    };
    let mut profile = profile::load("loihi1-sanafe").unwrap();
    assert_eq!(spikes(&network, &profile), [2, 7, 12, 17]);
    // Without steps a rest waits for an event: here one of weight zero in each period.
    let neurons = format!("{header}\n0,input,0,0,,,\n1,lif,0,0,10,soft,5\n2,input,0,0,,,\n");
    let events = zeros.replace(",0", ",2");
    let network = Files::new(&neurons, "0,1,45\n2,1,0\n", &format!("1,0\n{events}")).load();
    profile.clock.sync = Sync::Async { period_ns: 1e6 };
    let without_steps = spikes(&network, &profile);
    assert_eq!(without_steps.len(), 4, "{without_steps:?}");
    assert!(without_steps.windows(2).all(|pair| pair[1] - pair[0] >= 4), "{without_steps:?}");
}

/// Each packet of a spike adds what its own core reads, whatever else is under way.
#[test]
fn packets_of_a_chip_without_steps_keep_apart() {
    let mut neurons = format!("{HEADER},threshold\n0,input,0,0,\n1,input,1,1,\n");
    let mut synapses = String::new();
    for id in 2..10 {
        writeln!(neurons, "{id},lif,{},{},1.5", id / 4, id % 4).unwrap();
        writeln!(synapses, "{},{id},2\n{},{id},-1", id % 2, 1 - id % 2).unwrap();
    }
    let network = Files::new(&neurons, &synapses, "1,0\n3,1\n5,0\n7,1\n").load();
    let mut profile = profile::load("loihi1-sanafe").unwrap();
    profile.clock.sync = Sync::Async { period_ns: 1e6 };
    let run = sparse::run(&network, &profile, 10, Options::default(), || ()).unwrap();
    // Even neurons see 2 (and fire), -1, 2, -1; odd ones -1, 2, -1, 2, and only the last passes
    // 1.5.
    let fired = |id| {
        run.spikes.iter().filter(|spike| spike.1 == id).map(|spike| spike.0).collect::<Vec<_>>()
    };
    for id in 2..10 {
        let expected = if id % 2 == 0 { vec![1] } else { vec![7] };
        assert_eq!(fired(id), expected, "neuron {id}");
    }
}

#[test]
fn inputs_after_the_last_step_are_told() {
    let files = Files::new(&rows(2, 1), "0,2,9\n1,2,9\n", "1,0\n2,1\n5,0\n5,1\n9,0\n");
    let told =
        "3 of 5 input spikes, of steps 5 to 9, come after the last step, 4, and are left out";
    let table = flat(&succeeds(&mut files.run(&["--steps", "4"])).0);
    assert!(table.contains(told), "{table}");
    let manifest = fs::read_to_string(files.out().join("manifest.toml")).unwrap();
    assert!(manifest.contains(told), "{manifest}");
    fs::remove_dir_all(files.out()).unwrap();
    let table = flat(&succeeds(&mut files.run(&["--steps", "9"])).0);
    assert!(!table.contains("input spikes"), "{table}");
    // All that is advised can be done.
    fs::write(files.network().join("inputs.csv"), "step,neuron\n1,0\n18446744073709551615,0\n")
        .unwrap();
    fs::remove_dir_all(files.out()).unwrap();
    let table = flat(&succeeds(&mut files.run(&["--steps", "4"])).0);
    let beyond = "1 of 2 input spikes, of step 18446744073709551615, come after the last \
         step, 4, and are left out";
    assert!(table.contains(&format!("{beyond}; a run has 1024 steps at most")), "{table}");
    fs::write(files.network().join("inputs.csv"), "step,neuron\n1,0\n2,1\n5,0\n5,1\n9,0\n")
        .unwrap();
    fs::remove_dir_all(files.out()).unwrap();
    let two = ["--steps", "4", "--profile"];
    let mut several = spikemesh();
    several
        .arg("run")
        .arg(files.network())
        .args(two)
        .arg("loihi1-sanafe,loihi2")
        .arg("--out")
        .arg(files.out());
    let table = flat(&succeeds(several.args(["--timing", "analytic"])).0);
    assert!(table.contains(told), "{table}");
}

#[test]
fn neurons_that_nothing_reaches_are_told() {
    let files = Files::new(&rows(1, 4), "0,2,9\n", "1,0\n");
    let table = flat(&succeeds(&mut files.run(&["--steps", "4"])).0);
    let told = "3 neurons, the first of them 1, have no synapse, bias or potential and cannot fire";
    assert!(table.contains(told), "{table}");
    // Some are lifted by their reverse threshold.
    let header = format!("{HEADER},threshold,reverse_threshold,reverse_reset_mode,reverse_reset");
    for (row, silent) in [
        ("lif,0,0,1,,,", true),
        ("lif,0,0,-1,,,", false),
        ("truenorth,0,0,0,,,", false),
        ("truenorth,0,0,1,,none,", true),
        ("truenorth,0,0,1,0,saturate,", true),
        ("truenorth,0,0,1,2,saturate,", false),
        ("truenorth,0,0,1,,hard,3", false),
        ("lif,0,0,1,2,saturate,", false),
        ("lif,0,0,1,-2,saturate,", true),
        ("lif,0,0,1,2,hard,3", false),
    ] {
        let network = Files::new(&format!("{header}\n0,{row}\n"), "", "").load();
        let profile = profile::load("loihi1-sanafe").unwrap();
        let run = sparse::run(&network, &profile, 9, Options::default(), || ()).unwrap();
        let told = pipeline::notes(&network, 9).concat().contains("cannot fire");
        assert_eq!((told, run.spikes.is_empty()), (silent, silent), "{row}");
    }
}

#[test]
fn inspect_tells_what_the_chip_lacks() {
    let files = Files::new(&rows(1, 1025), "0,1,9\n", "1,0\n");
    let mut inspect = spikemesh();
    inspect.arg("inspect").arg(files.network()).args(["--profile", "loihi1-sanafe"]);
    let table = flat(&succeeds(&mut inspect).0);
    assert!(
        table.contains("REFUSED core 1 of tile 0: 1025 neurons > 1024 neurons_per_core"),
        "{table}"
    );
    // A place that the chip does not have is no gap: `run` and `inspect` refuse it, idealised or
    // not.
    for (place, words) in [
        ("32,0", "neuron 1 is on tile 32, the chip has 32 tiles; give it a tile from 0 to 31"),
        (
            "0,4",
            "neuron 1 is on core 4 of its tile, a tile has 4 cores; \
             give it a core_in_tile from 0 to 3",
        ),
        ("18446744073709551615,18446744073709551615", "neuron 1 is on tile 18446744073709551615"),
    ] {
        let files =
            Files::new(&format!("{HEADER}\n0,input,0,0\n1,lif,{place}\n"), "0,1,1\n", "1,0\n");
        let mut inspect = spikemesh();
        inspect.arg("inspect").arg(files.network()).args(["--profile", "loihi1-sanafe"]);
        refused(&mut inspect, &[words]);
        refused(&mut files.run(&["--steps", "2", "--idealised"]), &[words]);
        assert!(!files.out().exists());
    }
}

#[test]
fn numbers_that_do_not_stay_finite() {
    let header = format!("{HEADER},threshold,leak_decay,bias,core");
    let neurons = |row: &str| format!("{header}\n0,input,0,0,,,,\n1,lif,{row}\n");
    let right = neurons("0,1,5,.5,1,1");
    for (neurons, synapses, inputs, words) in [
        (&right, "0,1,NaN", "1,0", ["synapses.csv, line 2", "`NaN` is not a finite number"]),
        (&right, "0,1,1\n0,1,-inf", "1,0", ["synapses.csv, line 3", "not a finite number"]),
        (&right, "0,1,1e400", "1,0", ["synapses.csv, line 2", "not a finite number"]),
        (
            &right,
            "0,1,1e300\n",
            "1,0",
            ["synapses.csv, line 2", "not a number from -1e100 to 1e100"],
        ),
        (&neurons("0,1,nan,,,"), "", "1,0", ["neurons.csv, line 3", "column `threshold`"]),
        (&neurons("0,1,,inf,,"), "", "1,0", ["neurons.csv, line 3", "column `leak_decay`"]),
        (
            &neurons("0,1,,1.5,,"),
            "",
            "1,0",
            ["neurons.csv, line 3", "`1.5` is not a factor from 0 to 1"],
        ),
        (&neurons("0,1,,-.5,,"), "", "1,0", ["neurons.csv, line 3", "not a factor from 0 to 1"]),
        (&neurons("0,1,,,-1e301,"), "", "1,0", ["neurons.csv, line 3", "column `bias`"]),
        (&right, "", "1,0\n2,0\n1,0", ["inputs.csv, line 4", "input 0 fires in step 1 already"]),
        (&neurons("0,1,,,,2"), "", "1,0", ["neurons.csv, line 3", "core 2 is not tile 0"]),
        (&right.replace("\n1,lif", "\n0,lif"), "", "1,0", ["neurons.csv, line 3", "id 0 where 1"]),
    ] {
        let files = Files::new(neurons, synapses, inputs);
        refused(&mut files.run(&["--steps", "2"]), &words);
        assert!(!files.out().exists(), "{words:?}");
    }
}

/// Sums of the largest weights that are read stay numbers.
#[test]
fn the_largest_weights_add_up() {
    let synapses = "0,1,1e100\n".repeat(50);
    let every: String = (1..=40).map(|step| format!("{step},0\n")).collect();
    let files = Files::new(&rows(1, 1), &synapses, &every);
    let profile = profile::load("ideal-45nm").unwrap();
    let run = sparse::run(&files.load(), &profile, 40, Options::default(), || ()).unwrap();
    assert_eq!(run.spikes.iter().filter(|spike| spike.1 == 1).count(), 39);
}

#[test]
fn columns_for_cores_tell_the_same_everywhere() {
    let load = |cores: [&str; 4]| {
        let neurons: String = [(0, 1), (1, 2), (3, 0), (2, 1)]
            .into_iter()
            .zip(cores)
            .enumerate()
            .map(|(id, ((tile, slot), core))| format!("{id},lif,{tile},{slot},{core}\n"))
            .collect();
        let files = Files::new(&format!("{HEADER},core\n{neurons}"), "", "");
        csv_network::load(&files.network()).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(load(["1", "6", "12", ""]), Ok(()));
    for (cores, words) in [
        (
            ["1", "6", "13", ""],
            "line 4: core 13 is not tile 3 x cores per tile + core_in_tile 0, with 4 cores",
        ),
        (["1", "1", "12", ""], "line 3: core 1 is not tile 1"),
    ] {
        let error = load(cores).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

/// The networks of another simulator fit the chip that it models.
#[test]
fn shared_networks_fit_loihi() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/sana-fe");
    for name in ["a_chain", "c_conv"] {
        let dir = reference.join(name);
        if !dir.is_dir() {
            eprintln!("skipped: no {}", dir.display());
            continue;
        }
        let profile = profile::load("loihi1-sanafe").unwrap();
        let network = csv_network::load(&dir).unwrap();
        let places = Places::given(&network, &profile).unwrap();
        placed::check(&network, &places, &profile, false).unwrap();
    }
}

/// What a model ignores is not taken without a word.
#[test]
fn values_without_effect_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let header =
        "id,model,tile,core_in_tile,threshold,reset_mode,reset,leak_decay,leak,refractory_delay";
    for (neuron, words) in [
        ("lif,0,0,4,,,,.5,", "column `leak`: `.5` has no effect on a lif neuron"),
        (
            "truenorth,0,0,4,,,,,3",
            "column `refractory_delay`: `3` has no effect on a truenorth neuron",
        ),
        ("truenorth,0,0,4,,,.5,,", "column `leak_decay`: `.5` has no effect"),
        ("lif,0,0,4,soft,5,,,", "column `reset`: `5` has no effect on a soft reset"),
        ("input,0,0,4,,,,,", "column `threshold`: `4` has no effect on an input"),
    ] {
        std::fs::write(dir.path().join("neurons.csv"), format!("{header}\n0,{neuron}\n")).unwrap();
        std::fs::write(dir.path().join("synapses.csv"), "pre,post,weight\n").unwrap();
        std::fs::write(dir.path().join("inputs.csv"), "step,neuron\n").unwrap();
        let mut run = spikemesh();
        run.arg("run").arg(dir.path()).args(["--profile", "loihi1-sanafe", "--out"]);
        refused(run.arg(dir.path().join("out")), &["line 2", words]);
    }
    let header = "id,model,tile,core_in_tile,threshold,reverse_threshold,force_update";
    for (neuron, words) in [
        ("lif,0,0,4,-5,", "column `reverse_threshold`: `-5` has no effect on neurons whose"),
        ("input,0,0,,,True", "column `force_update`: `True` has no effect on an input"),
        ("izh,0,0,4,-5,", "unknown model `izh`"),
    ] {
        std::fs::write(dir.path().join("neurons.csv"), format!("{header}\n0,{neuron}\n")).unwrap();
        let mut run = spikemesh();
        run.arg("run").arg(dir.path()).args(["--profile", "loihi1-sanafe", "--out"]);
        refused(run.arg(dir.path().join("out")), &["line 2", words]);
    }
    // What changes nothing may stand there.
    let header =
        "id,model,tile,core_in_tile,threshold,reset_mode,reset,leak_decay,leak,refractory_delay";
    let neutral = "lif,0,0,4,soft,0,1,0,0";
    std::fs::write(dir.path().join("neurons.csv"), format!("{header}\n0,{neutral}\n")).unwrap();
    let mut run = spikemesh();
    run.arg("run").arg(dir.path()).args(["--profile", "loihi1-sanafe", "--steps", "1", "--out"]);
    succeeds(run.arg(dir.path().join("out")));
}
