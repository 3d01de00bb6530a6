//! Thresholds by search.

pub mod answers;

use spikemesh::activity::Span;
use spikemesh::ann::Graph;
use spikemesh::convert::{self, Recipe, ScaledLayer};
use spikemesh::energy::Band;
use spikemesh::engine::functional::layered;
use spikemesh::eval::{Checkpoint, FloatBoxes, Picture};
use spikemesh::import::Network;
use spikemesh::journal::Parts;
use spikemesh::pipeline::{Chosen, Sample, choose};
use spikemesh::snn::Model;
use spikemesh::tune::{
    Evidence, Journal, Objective, Plan, Run, Search, SearchError, Space, Trial, best, run,
    trials_to_reach,
};
use std::fs;
use std::ops::Range;
use std::path::Path;

use crate::runs::rows;
use crate::small_detector::{Files, spikemesh};

fn graph() -> Graph {
    let files = Files::write();
    match spikemesh::import::open(&files.network).unwrap().network {
        Network::Float(graph) => graph,
        _ => panic!("a float network"),
    }
}

fn chosen(recipe: &str) -> Result<Chosen, String> {
    let graph = graph();
    let input: Vec<f32> =
        (0..graph.nodes[graph.input].shape.len()).map(|n| (n * 37 % 101) as f32 / 100.0).collect();
    let sample = Sample::new(&graph, "sample".into(), String::new(), &input).unwrap();
    let profile = spikemesh::profile::load("ideal-45nm").unwrap();
    choose(&graph, &profile, &Recipe::parse(recipe).unwrap(), &[sample])
        .map_err(|error| error.to_string())
}

/// Factors scale what a spike is worth, layer by layer, and its threshold with it.
#[test]
fn thresholds_scale_lambda() {
    let graph = graph();
    let plain = chosen("paper").unwrap();
    let layers = convert::scaled_layers(&graph, &plain.conversion, &plain.settings);
    assert!(layers.iter().all(|layer| layer.spikes.is_none()), "nothing clips: {layers:?}");
    assert!(layers.len() > 1, "{layers:?}");
    let factors: Vec<f64> = (0..layers.len()).map(|n| [2.0, 0.5, 1.0][n % 3]).collect();
    let text = factors.iter().map(f64::to_string).collect::<Vec<_>>().join("/");
    let scaled = chosen(&format!("paper,thresholds={text}")).unwrap();
    let free = chosen(&format!("paper,thresholds={text},rescale=off")).unwrap();
    let conversion = &plain.conversion;
    let mut compared = 0;
    for (p, population) in conversion.network.populations.iter().enumerate() {
        let name = &graph.nodes[conversion.nodes[p].0].name[..];
        let (Model::If(_), Some(n)) =
            (&population.model, layers.iter().position(|layer| layer.name == name))
        else {
            continue;
        };
        for ((old, new), free) in conversion.lambda[p]
            .iter()
            .zip(&scaled.conversion.lambda[p])
            .zip(&free.conversion.lambda[p])
        {
            assert!((new / old - factors[n]).abs() < 1e-12, "{name}: {old} {new}");
            assert!(
                (free / old - 1.0).abs() < 1e-12,
                "{name}: without rescaling a spike is worth the same"
            );
        }
        compared += 1;
    }
    assert!(compared > 1);
    let error = chosen("paper,thresholds=1/2").err().unwrap();
    assert!(error.contains(&format!("2 factors for {} layers", layers.len())), "{error}");
    for bad in
        ["paper,thresholds=", "paper,thresholds=0", "paper,thresholds=1/17", "paper,thresholds=1,5"]
    {
        assert!(Recipe::parse(bad).is_err(), "{bad}");
    }
}

/// Groups of a layer's channels have thresholds of their own: the half whose spikes are worth less
/// comes first.
#[test]
fn channel_groups_scale_lambda() {
    let graph = graph();
    let Chosen { conversion: plain, settings, .. } = chosen("paper").unwrap();
    let layers = convert::scaled_layers(&graph, &plain, &settings).len();
    let grouped = chosen(&format!("paper,thresholds={}", vec!["2:0.5"; layers].join("/"))).unwrap();
    let mut compared = 0;
    for (p, population) in plain.network.populations.iter().enumerate() {
        let whole = population.shape.channels == graph.nodes[plain.nodes[p].0].shape.channels;
        let (Model::If(_), true, true) = (&population.model, whole, population.shape.channels > 1)
        else {
            continue;
        };
        let (old, new) = (&plain.lambda[p], &grouped.conversion.lambda[p]);
        let factors: Vec<f64> = old.iter().zip(new).map(|(old, new)| new / old).collect();
        let half = |c: usize| {
            let before = |&other: &usize| (old[other], other) < (old[c], c);
            (0..old.len()).filter(before).count() * 2 < old.len()
        };
        for (c, factor) in factors.iter().enumerate() {
            let expected = if half(c) { 2.0 } else { 0.5 };
            assert!((factor - expected).abs() < 1e-12, "channel {c}: {factor}");
        }
        compared += 1;
    }
    assert!(compared > 1);
    for bad in ["paper,thresholds=1:", "paper,thresholds=:1", "paper,thresholds=1:0"] {
        assert!(Recipe::parse(bad).is_err(), "{bad}");
    }
}

/// A first phase that lasts all steps is the network with those thresholds, up to rounding; without
/// rescaling it leaves a factor in every layer. What cannot be is refused.
#[test]
fn a_first_phase_without_end_is_a_threshold() {
    let Chosen { conversion, settings, .. } = chosen("paper").unwrap();
    let layers = convert::scaled_layers(&graph(), &conversion, &settings).len();
    let doubled = vec!["2"; layers].join("/");
    let heads = |recipe: &str| -> Vec<f64> {
        let Chosen { conversion, settings, .. } = chosen(recipe).unwrap();
        let graph = graph();
        let shape = graph.nodes[graph.input].shape;
        let input: Vec<f32> = (0..shape.len()).map(|n| (n * 37 % 101) as f32 / 100.0).collect();
        let sample = Sample::new(&graph, "sample".into(), String::new(), &input).unwrap();
        let currents = convert::currents(&conversion, sample.image()).unwrap();
        let states = layered(&conversion.network, &currents, 64, |_| ());
        assert!(settings.rescale || recipe.contains("rescale=off"));
        let sums: Vec<Vec<i32>> = states.iter().map(|state| state.potential()).collect();
        let heads = convert::outputs(&conversion, &sums, 64);
        heads.iter().flatten().map(|&y| f64::from(y)).collect()
    };
    let apart = |a: &[f64], b: &[f64]| -> f64 {
        let sum = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(f).sum::<f64>();
        sum(&|n| (a[n] - b[n]).abs()) / sum(&|n| b[n].abs())
    };
    let [constant, phase, free] = [
        format!("paper,thresholds={doubled}"),
        "paper,phases=2@64".into(),
        "paper,phases=2@64,rescale=off".into(),
    ]
    .map(|recipe: String| heads(&recipe));
    assert!(apart(&phase, &constant) < 0.02, "{}", apart(&phase, &constant));
    assert!(apart(&free, &constant) > 0.2, "{}", apart(&free, &constant));
    for bad in ["phases=3@4", "phases=2", "phases=2@0", "phases=16@4"] {
        assert!(Recipe::parse(bad).is_err(), "{bad}");
    }
    for bad in [
        "phases=0.5@4,neuron=tracking",
        "phases=2@4,readout=count",
        "phases=2@4,delivery=unbalanced",
    ] {
        let error = chosen(bad).err().unwrap();
        assert!(error.contains("setting `phases`"), "{error}");
    }
}

/// A smooth valley: the cost falls towards a point, the error grows with the distance from another.
fn valley(point: &[f64]) -> (f64, f64) {
    let away = |target: f64| point.iter().map(|x| (x - target) * (x - target)).sum::<f64>();
    (0.2 + away(0.8), 0.1 + 0.02 * away(0.7))
}

/// Runs a search until its journal has four lines, then kills it.
fn killed(program: &assert_cmd::Command, journal: &Path) {
    let lines = || fs::read_to_string(journal).map_or(0, |text| text.lines().count());
    let mut child = std::process::Command::new(program.get_program())
        .args(program.get_args())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines() >= 4, "it ended before it was killed");
}

fn picture((cost, error): (f64, f64)) -> Evidence {
    let at = Checkpoint {
        detections: vec![],
        head_error: Some(error),
        energy_pj: Band { low: 0.0, nominal: cost * 1e9, high: 0.0 },
        static_pj: Band::default(),
        time: Span::exactly(1),
        synaptic_operations: (cost * 1e6) as u64,
        spikes_per_synapse: None,
    };
    Picture { name: "p".into(), truths: vec![], float: FloatBoxes::Once(vec![]), at: vec![at] }
        .into()
}

pub fn plan(budget: usize) -> Plan {
    let space = Space {
        layers: ["a", "b", "c", "d"]
            .map(|name| ScaledLayer { name: name.into(), spikes: None })
            .to_vec(),
        groups: 1,
        initial: Some(0.5),
        steps: 8,
        fewer: false,
        phases: None,
    };
    Plan { space, objective: Objective::Sops, tolerance: 0.02, budget, pictures: 2 }
}

pub fn search(
    plan: &Plan,
    (search, seed): (Search, u64),
    known: &[Trial],
    told: &mut Vec<Trial>,
) -> Vec<Trial> {
    let prepare = |point: &[f64]| Ok(Some(valley(point)));
    let emulate = |at: &(f64, f64), range: Range<usize>| Ok(vec![picture(*at); range.len()]);
    let tell = |trial: &Trial| {
        told.push(trial.clone());
        Ok(())
    };
    run::<_, SearchError>(plan, Run { search, seed, fold: 0 }, known, prepare, emulate, tell)
        .unwrap()
}

fn cost(trials: &[Trial]) -> f64 {
    best(trials).unwrap().score.values[0]
}

/// Median over five seeds of the trials that a search takes to what random search reaches at the
/// median.
#[test]
fn expected_improvement_needs_half_the_trials_of_random_points() {
    let plan = plan(32);
    let all = |which| {
        (0..5).map(|seed| search(&plan, (which, seed), &[], &mut vec![])).collect::<Vec<_>>()
    };
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let goal = median(all(Search::Random).iter().map(|trials| cost(trials)).collect());
    assert!(goal < -0.1, "random search finds something: {goal}");
    let reached =
        |trials: &Vec<Trial>| trials_to_reach(trials, goal).unwrap_or(2 * plan.budget) as f64;
    let trials = median(all(Search::Bayes).iter().map(reached).collect());
    assert!(trials <= plan.budget as f64 / 2.0, "{trials} of {}", plan.budget);
}

#[test]
fn searches_repeat_and_go_on_where_they_were_cut_off() {
    let plan = plan(14);
    for which in [Search::Bayes, Search::Sobol, Search::Random] {
        let whole = search(&plan, (which, 3), &[], &mut vec![]);
        assert_eq!(whole.len(), 14);
        assert_eq!(whole, search(&plan, (which, 3), &[], &mut vec![]));
        assert_ne!(whole[1].point, search(&plan, (which, 4), &[], &mut vec![])[1].point);
        let mut told = vec![];
        assert_eq!(whole, search(&plan, (which, 3), &whole[..9], &mut told));
        assert_eq!(told, whole[9..], "{which:?}: what is known is not tried again");
        let eligible = whole
            .iter()
            .filter(|trial| trial.number == 0 || trial.score.feasible() && !trial.stopped);
        assert_eq!(
            cost(&whole),
            eligible.map(|trial| trial.score.values[0]).fold(f64::INFINITY, f64::min)
        );
    }
}

#[test]
fn journals_keep_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let trials = search(&plan(5), (Search::Random, 1), &[], &mut vec![]);
    let parts = |steps: &str| Parts::from([("--steps".to_string(), steps.to_string())]);
    let mut journal = Journal::open(&path, &parts("8")).unwrap();
    trials.iter().for_each(|trial| journal.add(trial).unwrap());
    drop(journal);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 20]).unwrap();
    let journal = Journal::open(&path, &parts("8")).unwrap();
    assert!(
        journal.remark().unwrap().contains("line 6 was cut off; the trials before it (4) are kept")
    );
    let known = |search, seed, fold| journal.known(Run { search, seed, fold });
    assert_eq!(known(Search::Random, 1, 0), trials[..4]);
    for (search, seed, fold) in
        [(Search::Random, 2, 0), (Search::Sobol, 1, 0), (Search::Random, 1, 1)]
    {
        assert!(known(search, seed, fold).is_empty());
    }
    drop(journal);
    let error = Journal::open(&path, &parts("9")).unwrap_err().to_string();
    assert!(error.contains("another search: it was made with --steps 8, this is 9;"), "{error}");
    Journal::open(&path, &parts("8")).unwrap().remove().unwrap();
    assert!(!path.exists());
}

fn tune(out: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = spikemesh();
    command.args([
        "tune",
        "digits",
        "--steps",
        "8",
        "--pictures",
        "2",
        "--judge",
        "2",
        "--tolerance",
        "1",
    ]);
    command
        .args(["--budget", "7", "--search", "bayes,random", "--seed", "5", "--out"])
        .arg(out)
        .args(more);
    command
}

#[test]
fn a_killed_search_ends_as_a_whole_one() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, cut) = (dir.path().join("whole"), dir.path().join("cut"));
    let table = tune(&whole, &[]).assert().success().get_output().stdout.clone();
    let table = String::from_utf8(table).unwrap();
    for word in [
        "searched on 2 pictures, judged on 2 others",
        "synaptic_operations_to_agree",
        "95 % interval",
    ] {
        assert!(table.contains(word), "{table}");
    }
    let journal = dir.path().join("cut.journal");
    killed(&tune(&cut, &[]), &journal);
    assert!(!cut.exists(), "it was killed on its way");
    tune(&cut, &[]).assert().success();
    assert!(!journal.exists());
    for file in ["trials.csv", "searches.csv", "tuning.csv", "tuned.spikemesh"] {
        assert_eq!(
            fs::read(whole.join(file)).unwrap(),
            fs::read(cut.join(file)).unwrap(),
            "{file}"
        );
    }
    let trials = rows(&whole.join("trials.csv"));
    assert_eq!(trials.len(), 14);
    assert_eq!(trials.iter().filter(|trial| trial["status"] == "untuned").count(), 2);
    assert_eq!(trials.iter().filter(|trial| trial["best"] == "true").count(), 2);
    assert!(fs::metadata(whole.join("pareto.png")).unwrap().len() > 1000);

    // What was written runs, with what the search counted.
    let scenes = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenes/scene-02.png");
    let out = dir.path().join("run");
    let mut run = spikemesh();
    run.arg("run").arg(whole.join("tuned.spikemesh")).arg("--input").arg(scenes);
    run.args(["--steps", "8", "--timing", "analytic", "--out"]).arg(&out).assert().success();
    assert_eq!(rows(&out.join("summary.csv")).len(), 1);
}

/// Every picture is judged once, by a network whose search did not see it.
/// Folders get numbers as those of other commands, and a search that was cut off is found without.
#[test]
fn searches_are_numbered_and_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("reports/runs");
    let names = || {
        let entries = fs::read_dir(&runs).map(|all| all.collect::<Vec<_>>()).unwrap_or_default();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> =
            entries.into_iter().map(|entry| name(entry).into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    };
    let words = ["tune", "digits", "--steps", "4", "--pictures", "1", "--judge", "1"];
    let tune = |budget: &str| {
        let mut command = spikemesh();
        command.args(words).args(["--search", "random", "--tolerance", "1", "--budget", budget]);
        command.current_dir(dir.path());
        command
    };
    tune("1").assert().success();
    tune("1").assert().success();
    assert_eq!(names(), ["tune-digits-1", "tune-digits-2"]);

    let program = tune("9");
    let mut child = std::process::Command::new(program.get_program())
        .args(program.get_args())
        .current_dir(dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let journal = || names().into_iter().find(|name| name.ends_with(".journal"));
    let lines = || {
        let text = journal().map(|name| fs::read_to_string(runs.join(name)).unwrap_or_default());
        text.map_or(0, |text| text.lines().count())
    };
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let trials = lines() - 1;
    assert!(trials >= 3 && names().len() == 3, "{:?}", names());
    // Another search does not touch it; the same one goes on.
    tune("2").assert().success();
    assert!(journal().is_some());
    let ran = tune("9").assert().success();
    let told = String::from_utf8_lossy(&ran.get_output().stderr).into_owned();
    assert!(told.contains("goes on after "), "{told}");
    assert_eq!(names(), ["tune-digits-1", "tune-digits-2", "tune-digits-3", "tune-digits-4"]);
}

#[test]
fn folds_judge_all_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = spikemesh();
    command
        .args(["tune", "digits", "--steps", "6", "--folds", "2", "--judge", "5", "--budget", "5"]);
    let output = command
        .args(["--tolerance", "1", "--out"])
        .arg(&out)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let table = String::from_utf8(output).unwrap();
    assert!(
        table.contains("5 pictures, each judged with the network of that of 2 searches"),
        "{table}"
    );
    assert!(table.contains("\nfold 2  paper"), "{table}");
    let trials = rows(&out.join("trials.csv"));
    let of = |fold: &str| -> Vec<&str> {
        let own = trials.iter().filter(|trial| trial["fold"] == fold);
        own.map(|trial| &trial["synaptic_operations"][..]).collect()
    };
    assert_eq!([of("1").len(), of("2").len()], [5, 5]);
    assert_ne!(of("1")[0], of("2")[0], "the untuned network on two pictures, and on three others");
    let steps: Vec<f64> = ["1", "2"]
        .map(|fold| {
            let best = trials.iter().find(|trial| trial["fold"] == fold && trial["best"] == "true");
            best.unwrap()["steps"].parse().unwrap()
        })
        .to_vec();
    let judged = rows(&out.join("tuning.csv"));
    let row = judged.iter().find(|row| row["quantity"] == "steps").unwrap();
    let mean = (3.0 * steps[0] + 2.0 * steps[1]) / 5.0;
    assert!((row["tuned"].parse::<f64>().unwrap() - mean).abs() < 1e-9, "{row:?} {steps:?}");
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/calibration");
    for (more, message) in [
        (&["--pictures", "24"][..], "none is left to judge"),
        (&["--folds", "25"], "24 pictures for use: too few for 25 parts"),
        (&["--data", empty], "empty"),
        (&["--data", pictures], "unless --unlabelled"),
        (&["--recipe", "paper,thresholds=1/2"], "2 factors for"),
    ] {
        let mut command = spikemesh();
        let output =
            command.args(["tune", "digits", "--out"]).arg(&out).args(more).assert().code(1);
        let text = String::from_utf8_lossy(&output.get_output().stderr).replace("\n  │ ", " ");
        assert!(text.contains(message), "{more:?}: {text}");
        assert!(!out.exists());
    }
}
