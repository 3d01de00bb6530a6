//! Chips without steps end, and say what they computed.

use super::{refused, spikemesh, succeeds};
use crate::runs::rows;
use std::path::Path;
use std::time::{Duration, Instant};

/// `run digits` without the limits of a chip, whose memory digits does not fit.
fn digits(profile: &str, recipe: &str, steps: &str, out: &Path) -> assert_cmd::Command {
    let mut run = spikemesh();
    run.args(["run", "digits", "--profile", profile, "--idealised", "--recipe", recipe]);
    run.args(["--steps", steps, "--out"]).arg(out);
    run
}

/// What a refusal advises detects what the float network does; on the other chips it takes longer,
/// and `few_steps_end` begins it.
#[test]
fn digits_are_found_by_what_is_advised() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let (table, _) = succeeds(&mut digits("speck", "paper,pool=telescoping", "30", &out));
    assert!(table.contains("float network 5, spiking network 5"), "{table}");
    let all = rows(&out.join("detections.csv"));
    assert!(all.len() >= 10, "{all:?}");
}

/// The same ends on every chip, at any number of steps.
#[test]
fn few_steps_end() {
    let dir = tempfile::tempdir().unwrap();
    for (profile, steps) in [("speck", "1"), ("odin", "8"), ("dynap-se", "1")] {
        let begin = Instant::now();
        let out = dir.path().join(profile);
        succeeds(&mut digits(profile, "paper,pool=telescoping", steps, &out));
        assert!(begin.elapsed() < Duration::from_secs(60), "{profile}");
    }
}

/// What once took memory without end.
#[test]
fn the_avalanche_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let recipes = ["best", "best,pool=average", "best,burst=1/1,pool=average"];
    for (n, profile) in ["speck", "odin", "dynap-se"].into_iter().enumerate() {
        // Every recipe, and every chip.
        for recipe in &recipes[n.min(2)..] {
            let out = dir.path().join("out");
            let words = ["layer act1", "take spikes back", "--recipe paper,pool=telescoping"];
            refused(&mut digits(profile, recipe, "1", &out), &words);
            assert!(!out.exists());
        }
    }
}

/// Two neurons that excite each other never rest; the run ends with its last step.
#[test]
fn a_loop_that_feeds_itself_ends() {
    let dir = tempfile::tempdir().unwrap();
    let net = dir.path().join("net");
    std::fs::create_dir(&net).unwrap();
    let neurons = "id,model,tile,core_in_tile,threshold\n0,input,0,0,\n1,lif,0,0,1\n2,lif,0,0,1\n";
    std::fs::write(net.join("neurons.csv"), neurons).unwrap();
    std::fs::write(net.join("synapses.csv"), "pre,post,weight\n0,1,2\n1,2,2\n2,1,2\n").unwrap();
    std::fs::write(net.join("inputs.csv"), "step,neuron\n1,0\n").unwrap();
    let out = dir.path().join("out");
    let mut run = spikemesh();
    run.arg("run")
        .arg(&net)
        .args(["--profile", "speck", "--idealised", "--steps", "2", "--out"])
        .arg(&out);
    succeeds(&mut run);
    let spikes: u64 = rows(&out.join("summary.csv"))[0]["spikes"].parse().unwrap();
    // A spike takes 373 ns, a step 10 us.
    assert!((40..80).contains(&spikes), "{spikes}");
}

/// A search that is refused leaves no journal, which would stand in the way of the advice.
#[test]
fn refused_searches_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for profile in ["speck", "truenorth"] {
        let mut tune = spikemesh();
        tune.args(["tune", "digits", "--profile", profile, "--pictures", "1", "--judge", "1"]);
        tune.args(["--steps", "2", "--budget", "2", "--out"]).arg(dir.path().join("out"));
        refused(&mut tune, &["--idealised"]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
