//! Commands as calls of other programs.

use assert_cmd::Command;
use spikemesh::cli::{self, Call, Listener, Stop, Stopped};
use spikemesh::report::Column;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Writes down what it hears, and asks for the end when `until` begins.
#[derive(Default)]
struct Heard {
    told: Mutex<Vec<(String, f64)>>,
    until: Option<&'static str>,
    stop: Stop,
}

impl Listener for Heard {
    fn remark(&self, _: &str) {}

    fn progress(&self, what: &str, share: f64) {
        if self.until == Some(what) {
            self.stop.ask();
        }
        self.told.lock().unwrap().push((what.into(), share));
    }
}

fn call<T>(heard: &Arc<Heard>, line: &str, work: impl FnOnce() -> T) -> Result<T, Stopped> {
    let words = line.split_whitespace().map(String::from).collect();
    Call { words, listener: Some(heard.clone()), stop: heard.stop.clone() }.make(work)
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_is_a_value_with_the_tables_that_the_command_writes() {
    let root = tempfile::tempdir().unwrap();
    let (out, own) = (root.path().join("out"), root.path().join("own"));
    let line = "run digits --steps 2 --timing analytic";
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("spikemesh"));
    command.args(line.split(' ')).arg("--out").arg(&out).assert().success();

    let parsed = cli::parse(line.split(' ')).unwrap();
    let heard = Arc::new(Heard::default());
    let ran = call(&heard, line, || parsed.finished().unwrap());
    let ran = ran.unwrap().unwrap();
    assert_eq!(ran.setup().command, format!("spikemesh {line}"));
    std::fs::create_dir(&own).unwrap();
    ran.write(&own).unwrap();
    assert_eq!(files(&out), files(&own));
    for name in files(&out).iter().filter(|name| name.ends_with(".csv")) {
        let [theirs, ours] = [&out, &own].map(|dir| std::fs::read(dir.join(name)).unwrap());
        assert!(theirs == ours, "{name}");
    }

    let layers = ran.tables().columns("layers.csv", 0).unwrap().unwrap();
    let spikes = layers.iter().find(|(name, _)| name == "spikes").unwrap();
    let counted = ran.outcomes[0].activity.layers.iter();
    let counted = counted.map(|layer| layer.counts.spikes as i64).collect();
    assert_eq!(spikes.1, Column::Whole(counted));
    assert!(ran.tables().columns("spikes.csv", 0).unwrap().is_none());
}

#[test]
fn a_call_is_heard_and_ends_where_it_is_asked_to() {
    let line = "run digits --steps 256 --recipe paper --timing event";
    let parsed = cli::parse(line.split(' ')).unwrap();
    let heard = Arc::new(Heard { until: Some("emulating"), ..Heard::default() });
    let ended = call(&heard, line, || parsed.finished().unwrap().map(|_| ()));
    assert!(matches!(ended, Err(Stopped)), "it came to its end");
    let told = heard.told.lock().unwrap();
    assert!(told.iter().any(|(what, _)| what == "emulating"), "{told:?}");
    assert!(told.iter().all(|(what, share)| what != "emulating" || *share < 1.0), "{told:?}");
}

#[test]
fn words_that_are_no_command_say_why_and_end_nothing() {
    let message = |line: &str| cli::parse(line.split(' ')).unwrap_err().message();
    let says = "invalid value '0' for '--steps <STEPS>': give a whole number from 1 to 1024";
    assert_eq!(message("run --steps 0"), says);
    let says = message("tune digits --search random,random");
    assert!(says.starts_with("--search names random twice"), "{says}");
    assert!(message("inspect digits --set a=1").contains("give --profile, too"));
}
