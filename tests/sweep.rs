//! `sweep`: many runs into one folder, by shards and again after a stop, to the same bytes.

use crate::runs::rows;
use crate::small_detector::spikemesh;
use std::fs;
use std::path::Path;

const SPEC: &str = "all = { network = 'digits', timing = 'analytic', steps = 1 }\n\
    [grid]\nprofile = ['loihi1-davies2018', 'spinnaker1']\nrecipe = ['best', 'best,burst=15/4']\n\
    [[point]]\nprofile = 'loihi2'\nset = ['costs.static_mw_per_chip=1']\n\
    [[point]]\nprofile = 'loihi9'\n";

fn sweep(place: &Path, arguments: &[&str]) -> String {
    let mut sweep = spikemesh();
    sweep.current_dir(place).arg("sweep").args(arguments);
    String::from_utf8(sweep.assert().success().get_output().stdout.clone()).unwrap()
}

fn table(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("sweep.csv")).unwrap()
}

#[test]
fn shards_and_stops_give_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    fs::write(place.join("spec.toml"), SPEC).unwrap();
    let text = sweep(place, &["spec.toml", "--out", "one"]);
    assert!(text.contains("6 points: 5 done, 1 failed, 0 missing"), "{text}");
    // The same figures as of single runs.
    let mut run = spikemesh();
    run.current_dir(place).args(["run", "digits", "--timing", "analytic", "--steps", "1"]);
    run.args(["--profile", "spinnaker1", "--recipe", "best", "--out", "run"]).assert().success();
    let single = rows(&place.join("run/summary.csv")).swap_remove(0);
    let all = rows(&place.join("one/sweep.csv"));
    let same = all
        .iter()
        .find(|row| row["asked_profile"] == "spinnaker1" && row["asked_recipe"] == "best");
    for (column, value) in &single {
        assert_eq!(&same.unwrap()[column], value, "{column}");
    }
    let failed = all.iter().find(|row| row["status"] == "failed").unwrap();
    assert!(failed["code"] == "E0101" && failed["message"].contains("loihi9"), "{failed:?}");
    let changed = all.iter().find(|row| row["asked_profile"] == "loihi2").unwrap();
    assert_eq!(changed["profile_changes"], "costs.static_mw_per_chip=1");
    // By shards, with one job and with several.
    sweep(place, &["spec.toml", "--out", "two", "--shard", "1/2", "--jobs", "1"]);
    let mut merge = spikemesh();
    merge.current_dir(place).args(["sweep", "merge", "two"]).assert().code(1);
    let text = sweep(place, &["status", "two"]);
    assert!(text.contains("2 done, 1 failed, 3 missing"), "{text}");
    sweep(place, &["spec.toml", "--out", "two", "--shard", "0/2", "--jobs", "3"]);
    sweep(place, &["merge", "two"]);
    assert_eq!(table(&place.join("one")), table(&place.join("two")));
    // What is lost runs again, and nothing else.
    let lost = fs::read_dir(place.join("one/points")).unwrap().next().unwrap().unwrap().path();
    let before = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    fs::remove_file(place.join("one/sweep.csv")).unwrap();
    sweep(place, &["spec.toml", "--out", "one"]);
    assert_eq!(fs::read(&lost).unwrap(), before);
    assert_eq!(table(&place.join("one")), table(&place.join("two")));
    // Nothing of the writing is left.
    let names = fs::read_dir(place.join("one/points")).unwrap();
    assert!(
        names.map(|entry| entry.unwrap().path()).all(|path| path.extension().unwrap() == "json")
    );
}

/// A network of one neuron.
fn network(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("neurons.csv", "id,model,threshold\n0,input,\n1,lif,2\n");
    write("synapses.csv", "pre,post,weight\n0,1,1\n");
    write("inputs.csv", "step,neuron\n1,0\n2,0\n");
}

#[test]
fn points_run_again_when_a_profile_changes_that_theirs_inherits() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    network(&place.join("net"));
    let base = |power: &str| {
        let text = format!("inherits = \"loihi2\"\n[costs]\nstatic_mw_per_chip = {power}\n");
        fs::write(place.join("base.toml"), text).unwrap();
    };
    fs::write(place.join("mine.toml"), "inherits = \"base.toml\"\n").unwrap();
    let spec = "[all]\nnetwork = 'net'\nprofile = 'mine.toml'\nsteps = 4\n[[point]]\nseed = 1\n";
    fs::write(place.join("spec.toml"), spec).unwrap();
    base("10");
    sweep(place, &["spec.toml", "--out", "out"]);
    let first = table(&place.join("out"));
    base("1000");
    let text = sweep(place, &["status", "out"]);
    assert!(text.contains("1 result of other files"), "{text}");
    sweep(place, &["spec.toml", "--out", "out"]);
    let second = table(&place.join("out"));
    assert_ne!(second, first);
    // A fault there is mended there.
    base("many");
    let mut broken = spikemesh();
    broken.current_dir(place).args(["sweep", "spec.toml", "--out", "out"]).assert().code(1);
    base("1000");
    sweep(place, &["spec.toml", "--out", "out"]);
    assert_eq!(table(&place.join("out")), second);
}

/// Names are text in a table, and points are what was asked for, to the last digit.
#[test]
fn cells_are_guarded_and_options_are_whole() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    network(&place.join("net"));
    fs::write(place.join("@mine.toml"), "inherits = \"loihi2\"\n").unwrap();
    let spec = |rest: &str| {
        let text = format!("[all]\nnetwork = 'net'\nprofile = '@mine.toml'\nsteps = 4\n{rest}");
        fs::write(place.join("spec.toml"), text).unwrap();
    };
    spec("[grid]\nseed = [9223372036854775806, 9223372036854775807]\n");
    sweep(place, &["spec.toml", "--out", "out"]);
    let text = String::from_utf8(table(&place.join("out"))).unwrap();
    assert!(text.contains(",'@mine.toml,") && !text.contains(",@mine"), "{text}");
    let seeds: Vec<_> =
        rows(&place.join("out/sweep.csv")).iter().map(|r| r["seed"].clone()).collect();
    assert_eq!(seeds, ["9223372036854775806", "9223372036854775807"]);
    let refused = |said: &str| {
        let mut broken = spikemesh();
        broken.current_dir(place).args(["sweep", "spec.toml", "--out", "no"]);
        let output = broken.assert().code(1);
        let told = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(told.contains(said), "{told}");
    };
    spec("[grid]\nseed = [9223372036854775808]\n");
    refused("`seed` takes a number");
    spec("[[point]]\nplace-for = 'energy'\nplace_for = 'latency'\n");
    refused("`place-for` and `place_for` are one option");
}

#[test]
fn a_folder_is_of_one_sweep_and_files_that_change_run_again() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path();
    let profile = place.join("mine.toml");
    fs::write(&profile, "inherits = \"loihi2\"\n").unwrap();
    let spec = "all = { network = 'digits', timing = 'analytic', steps = 1 }\n\
        [grid]\nprofile = ['mine.toml']\n";
    fs::write(place.join("spec.toml"), spec).unwrap();
    sweep(place, &["spec.toml", "--out", "one"]);
    let first = table(&place.join("one"));
    sweep(place, &["spec.toml", "--out", "one"]);
    assert_eq!(table(&place.join("one")), first);
    let text = "inherits = \"loihi2\"\n[costs.static_mw_per_chip]\nlow = 1.0\nnominal = 1.0\n\
        high = 1.0\nbasis = \"assumed\"\nsource = \"none\"\n";
    fs::write(&profile, text).unwrap();
    // While points of the new files are missing, no table of the old ones stands beside others.
    let spec = format!("{spec}recipe = ['best', 'best,burst=15/4']\n");
    fs::write(place.join("two.toml"), spec).unwrap();
    sweep(place, &["two.toml", "--out", "two"]);
    fs::write(&profile, text.replace("1.0", "2.0")).unwrap();
    let mut shard = spikemesh();
    shard.current_dir(place).args(["sweep", "two.toml", "--out", "two", "--shard", "0/2"]);
    shard.assert().code(1);
    for name in ["sweep.csv", "report.html"] {
        assert!(!place.join("two").join(name).exists(), "{name}");
    }
    sweep(place, &["two.toml", "--out", "two"]);
    assert!(place.join("two/report.html").exists());
    fs::write(&profile, text).unwrap();
    sweep(place, &["spec.toml", "--out", "one"]);
    assert_ne!(table(&place.join("one")), first);
    let refused = |spec: &str, code: &str| {
        fs::write(place.join("other.toml"), spec).unwrap();
        let mut other = spikemesh();
        other.current_dir(place).args(["sweep", "other.toml", "--out", "one"]);
        let error = other.assert().code(1).get_output().stderr.clone();
        let error = String::from_utf8(error).unwrap();
        assert!(error.contains(code), "{error}");
    };
    refused("[[point]]\nnetwork = 'digits'\n", "E1607");
    refused("all.network = 'digits'\n", "E1604");
    refused("[grid]\nsteps = 4\n", "E1603");
    refused("[grid]\nout = ['a']\n", "E1605");
    fs::write(place.join("bad.toml"), "[grid]\nnetwork = ['digits']\nstepss = [4]\n").unwrap();
    let mut bad = spikemesh();
    bad.current_dir(place).args(["sweep", "bad.toml", "--out", "bad"]);
    let error = bad.assert().code(1).get_output().stderr.clone();
    let error = String::from_utf8(error).unwrap();
    assert!(error.contains("E2058") && error.contains("--stepss"), "{error}");
    let mut none = spikemesh();
    none.current_dir(place).args(["sweep", "status", "nowhere"]).assert().code(1);
}
