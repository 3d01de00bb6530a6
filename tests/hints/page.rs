//! Whether docs/errors.md and the messages of the program have a row for every hint.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::table::{HINTS, REMARKS};
use super::{flat, folder, runs};

const PAGE: &str = include_str!("../../docs/errors.md");

/// Codes whose hints other tests apply: file and name of the test.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("E0412", "known.rs", "the_commands_of_the_refusal_run"),
    ("E1205", "reliability/journals.rs", "a_journal_in_use_is_left_alone"),
    ("E1702", "explore.rs", "what_is_no_study_is_refused_before_anything_runs"),
    ("E2044", "bad_input.rs", "price_of_no_run_and_of_a_damaged_one"),
];

/// Codes whose hints no command of a test can come to, each for a reason of one word.
const WITHOUT: [(&str, &str); 10] = [
    ("E0812", "endless"),
    ("E0813", "fault"),
    ("E0833", "library"),
    ("E1112", "build"),
    ("E1211", "optimiser"),
    ("E1212", "forged"),
    ("E1502", "forged"),
    ("E2001", "system"),
    ("E2051", "hardware"),
    ("E2052", "hardware"),
];

/// The same, of what stands behind a GPU.
const WITHOUT_GPU: [(&str, &str); 1] = [("E2054", "hardware")];

/// The sections of the page, by code.
fn sections() -> BTreeMap<&'static str, &'static str> {
    let parts = PAGE.split("\n### ").skip(1);
    let part = |part: &'static str| part.split_once('\n').unwrap();
    parts.map(part).map(|(code, text)| (code, text.split("\n## ").next().unwrap())).collect()
}

/// What the page has as one line of text.
fn unframed(text: &str) -> String {
    let line = |line: &str| line.trim_start_matches(['│', ' ']).to_string();
    let lines = text.lines().filter(|line| *line != "```").map(|text| line(text.trim_start()));
    flat(&lines.collect::<Vec<_>>().join(" "))
}

/// `--flag`, but not a line of a table.
fn names_an_option(text: &str) -> bool {
    let begins = |at: usize| text[at + 2..].starts_with(|c: char| c.is_ascii_lowercase());
    text.match_indices("--").any(|(at, _)| begins(at))
}

/// What stands between backticks and begins with the program's name.
fn commands(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|text| text.starts_with("spikemesh ")).collect()
}

#[test]
fn every_hint_of_the_page_is_applied() {
    let listed: Vec<&str> = WITHOUT.iter().chain(&WITHOUT_GPU).map(|(code, _)| *code).collect();
    let applied = |code: &str| {
        HINTS.iter().any(|hint| hint.code == code) || ELSEWHERE.iter().any(|row| row.0 == code)
    };
    for (code, text) in sections() {
        let text = unframed(text);
        if names_an_option(&text) || !commands(&text).is_empty() {
            let known = [applied(code), listed.contains(&code)];
            assert_eq!(known.iter().filter(|is| **is).count(), 1, "{code} has no row: {text}");
        }
    }
    let known = sections();
    for code in listed.iter().chain(ELSEWHERE.iter().map(|(code, ..)| code)) {
        assert!(known.contains_key(code), "{code}");
    }
    for hint in HINTS.iter().filter(|hint| hint.code != "usage") {
        assert!(known.contains_key(hint.code), "{}", hint.code);
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (code, file, name) in ELSEWHERE {
        let text = fs::read_to_string(tests.join(file)).unwrap();
        assert!(text.contains(&format!("#[test]\nfn {name}()")), "{code}: {name}");
    }
}

/// Commands of the page run; those that are names of commands have the options that stand there.
#[test]
fn every_command_of_the_page_runs() {
    let files = folder();
    runs(&files, "spikemesh run --profile speck,odin --out runs/all");
    let mut count = 0;
    for (code, text) in sections() {
        let text = unframed(text);
        for command in commands(&text) {
            println!("{code}: {command}");
            let words: Vec<&str> = command.split(' ').skip(1).collect();
            let is_name = words.iter().skip(1).all(|word| word.starts_with("--"));
            if is_name {
                let help = runs(&files, &format!("spikemesh {} --help", words[0]));
                assert!(words[1..].iter().all(|option| help.contains(option)), "{command}");
            } else if code != "E0412" {
                // Those two are a pair, which `tests/known.rs` runs.
                runs(&files, command);
            }
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

/// Texts with options that are no hints of ours, and why.
const NO_HINTS: [(&str, &str); 14] = [
    ("(--inputs-as-nchw)", "another program's"),
    ("; --idealised", "a search for these words"),
    ("# Written by `spikemesh compare --measure-gpu`.", "a record"),
    ("<!-- Written by `spikemesh compare --report-280x`", "a record"),
    ("spikemesh compare --report-280x", "a record"),
    ("Written by `spikemesh man --markdown`", "a record"),
    ("--input PICTURE --report-280x", "a record"),
    ("--out reports/spiking-yolo-280x", "a record"),
    ("--report-280x --random --out", "a record"),
    ("(cargo build --features measure-gpu)", "another program's"),
    ("spikemesh run --profile my.toml", "run by tests/own_chip.rs"),
    ("given with --set", "a name"),
    ("--set {}", "a name"),
    ("`--networks` and `--recordings` tell it", "run by tests/validation.rs"),
];

fn sources(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, all),
            false if path.extension().is_some_and(|suffix| suffix == "rs") => all.push(path),
            false => {}
        }
    }
}

/// The parts of a line of a source that are text with an option, without what is filled in.
fn texts(line: &str) -> Vec<String> {
    let line = line.trim().trim_end_matches('\\');
    let plain = line.replace("\\\"", "'");
    let parts = plain.split(['{', '}', '"']).map(|part| part.trim_matches([' ', ';', ',', '.']));
    // A word alone is no sentence.
    let is_text = |part: &&str| names_an_option(part) && part.contains(' ');
    parts.filter(is_text).map(flat).collect()
}

/// Every sentence of the program with an option stands on the page, or in a row.
#[test]
fn every_hint_of_the_program_is_applied() {
    let mut files = vec![];
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let page = unframed(PAGE);
    let says = HINTS.iter().map(|hint| hint.says).chain(REMARKS.iter().map(|row| row.says));
    let says: Vec<&str> = says.filter(|says| names_an_option(says)).collect();
    let known = |text: &str| {
        page.contains(text)
            || says.iter().any(|says| text.contains(says.trim()) || says.contains(text))
    };
    let mut loose = vec![];
    for file in files.iter().filter(|file| !file.ends_with("cli/heading.rs")) {
        let source = fs::read_to_string(file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let listed = NO_HINTS.iter().any(|(text, _)| line.contains(text));
            let unknown = texts(line).into_iter().filter(|text| !listed && !known(text));
            loose.extend(unknown.map(|text| format!("{}: {text}", file.display())));
        }
    }
    assert!(loose.is_empty(), "no row: {loose:#?}");
}
