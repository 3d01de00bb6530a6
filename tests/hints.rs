//! Hints of messages are commands that run: what is advised is applied, and the command ends well.
//!
//! Lines are those of a shell, in a folder of their own with these files: `small.onnx` with its
//! description and `picture.png`, `mine.onnx` (the network inside by another name), `scenes` (its
//! labelled pictures), `free.onnx` of no fixed size, the network `net` of CSV files, the chip
//! `star.toml`, and an empty folder; and networks in NIR.

mod page;
mod table;

use std::fs;

use assert_cmd::Command;

use crate::nir::exporters;
use crate::onnx::small::Net;
use crate::small_detector::Files;
use table::{HINTS, Hint, REMARKS, Remark, SHORT};

/// A folder with the files that lines name.
pub fn folder() -> Files {
    let files = Files::write();
    let path = |name: &str| files.path(name);
    let assets = format!("{}/assets", env!("CARGO_MANIFEST_DIR"));
    fs::copy(format!("{assets}/networks/digits.onnx"), path("mine.onnx")).unwrap();
    fs::create_dir(path("scenes")).unwrap();
    for entry in fs::read_dir(format!("{assets}/scenes")).unwrap() {
        let file = entry.unwrap();
        fs::copy(file.path(), path("scenes").join(file.file_name())).unwrap();
    }
    let free = Net::new(&[1, 3, 0, 0]).node("Relu", &["x"], "y", vec![]);
    fs::write(path("free.onnx"), free.bytes()).unwrap();
    fs::create_dir(path("net")).unwrap();
    for (name, text) in [
        ("neurons.csv", "id,model,tile,core_in_tile\n0,input,0,0\n1,lif,0,1\n"),
        ("synapses.csv", "pre,post,weight\n0,1,1.5\n"),
        ("inputs.csv", "step,neuron\n1,0\n"),
    ] {
        fs::write(path("net").join(name), text).unwrap();
    }
    files.profile("star", "loihi1-davies2018", "[topology]\nkind = \"star\"\n");
    fs::create_dir(path("empty")).unwrap();
    for (name, steps) in [("train.npy", 40), ("long.npy", 1100)] {
        std::fs::write(files.path(name), spike_train(steps)).unwrap();
    }
    let crowd = ndarray::Array2::from_elem((1, 258), 255u8);
    ndarray_npy::write_npy(path("crowd.npy"), &crowd).unwrap();
    for name in ["norse", "sinabs", "snntorch"] {
        fs::write(path(&format!("{name}.nir")), exporters::file(name)).unwrap();
    }
    fs::write(path("in-steps.nir"), exporters::in_steps()).unwrap();
    fs::write(path("two-steps.nir"), exporters::of_two_steps()).unwrap();
    fs::write(path("rate.nir"), exporters::of_rate()).unwrap();
    fs::write(path("crowd.nir"), exporters::of_many()).unwrap();
    fs::write(path("camera.nir"), exporters::of_camera()).unwrap();
    fs::write(path("near.csv"), "t,x,y,p\n0,1,1,1\n1500,39,0,0\n").unwrap();
    fs::write(path("far.csv"), "t,x,y,p\n0,1,1,1\n1500,40,0,0\n").unwrap();
    files
}

/// The same line without moved packets and pictures, which take most of the time and change no
/// hint. Lines that choose a timing or pictures keep theirs. Those of CSV networks have no other
/// timing, and `tune` moves no packets.
fn quick(line: &str) -> String {
    let chosen = |names: &[&str]| {
        line.split_whitespace().any(|word| names.iter().any(|n| word.starts_with(n)))
    };
    let with = |line: String, commands: &[&str], option: &str| {
        commands.iter().fold(line, |line, command| {
            let called = format!("spikemesh {command} ");
            line.replace(&called, &format!("{called}{option} "))
        })
    };
    let timed =
        chosen(&["--timing", "--trace"]) || line.split_whitespace().any(|word| word == "net");
    let mut line = line.to_owned();
    if !timed {
        line = with(line, &["run", "eval", "compare"], "--timing analytic");
    }
    if !chosen(&["--plots", "plot"]) {
        line = with(line, &["run", "eval", "compare"], "--plots none");
    }
    line
}

/// A line of a shell in that folder, with the program's name and what [`SHORT`] names in it.
pub fn shell(files: &Files, line: &str) -> Command {
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let line = SHORT.iter().fold(line.to_string(), |line, (name, text)| line.replace(name, text));
    let line = quick(&line);
    let mut shell = Command::new("sh");
    shell.env("PATH", path).current_dir(files.dir.path()).args(["-c", &line]);
    shell
}

/// Runs a line, and gives all that it says if it ends well, or else what went wrong.
fn tried(files: &Files, line: &str) -> Result<String, String> {
    let output = shell(files, line).output().unwrap();
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    match output.status.success() {
        true => Ok(told.concat()),
        false => Err(format!("{line}\n{}", told.concat())),
    }
}

/// The same of a line that must end well.
pub fn runs(files: &Files, line: &str) -> String {
    tried(files, line).unwrap()
}

/// Spaces and line breaks are one.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The word behind `lead`.
fn next_word<'a>(text: &'a str, lead: &str) -> &'a str {
    let rest = text.split_once(lead).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ';'])
}

/// Runs what fails and what runs then; says what went wrong.
fn check(hint: &Hint) -> Result<(), String> {
    let Hint { code, first, fails, says, works } = hint;
    let files = folder();
    if !first.is_empty() {
        tried(&files, first)?;
    }
    let output = shell(&files, fails).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let (status, coded) = match *code {
        "usage" => (2, told.contains("error: ")),
        code => (1, told.contains(&format!("{code}: "))),
    };
    let message = flat(&told);
    if output.status.code() != Some(status) || !coded || !message.contains(says) {
        return Err(format!("{code} with `{says}` was expected of {fails}\n{told}"));
    }
    // Either the message has the whole command, or a word of it.
    let line = match *works {
        "" => message.split_once("this command runs: ").map_or("false", |(_, line)| line).into(),
        line => line.replace("{hint}", next_word(&message, says)),
    };
    tried(&files, &line).map(|_| ()).map_err(|told| format!("{code}: {fails}\n{told}"))
}

/// Every second of them, so that two threads share the work.
fn check_every_second(first: usize) {
    let failed = HINTS.iter().skip(first).step_by(2).filter_map(|hint| check(hint).err());
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn what_errors_advise_runs() {
    check_every_second(0);
}

#[test]
fn what_other_errors_advise_runs() {
    check_every_second(1);
}

/// What follows a remark makes it go away, or does what the remark says.
#[test]
fn what_remarks_advise_runs() {
    for Remark { first, line, says, then, gone } in REMARKS {
        let files = folder();
        println!("{line}");
        if !first.is_empty() {
            runs(&files, first);
        }
        let told = flat(&runs(&files, line));
        assert!(told.contains(says), "{line}: `{says}`: {told}");
        let told = flat(&runs(&files, &then.replace("{hint}", next_word(&told, says))));
        assert!(!gone || !told.contains(says), "{then}: {told}");
    }
}

/// What long work announces, such as "event would take about 42 s", are names that --timing takes.
#[test]
fn announced_timings_run() {
    use spikemesh::pipeline::Timing;
    let files = folder();
    for timing in [Timing::Event, Timing::Sampled, Timing::Analytic] {
        runs(&files, &format!("SMALL --steps 2 --timing {} --out {0}", timing.name()));
    }
}

/// A `.npy` file of bytes, `[steps, 4]`: a spike of one of four elements in every step.
fn spike_train(steps: usize) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({steps}, 4), }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let padded = format!("{header:<117}\n");
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.bytes());
    bytes.extend((0..steps * 4).map(|n| u8::from(n % 4 == n / 4 % 4)));
    bytes
}
