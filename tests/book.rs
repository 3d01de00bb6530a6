//! The pages of the documentation site, those of docs/SUMMARY.md: its search finds every word of
//! them, and of nothing else. So what a reader may look for has to stand there.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use spikemesh::report::CSV_FILES;
use spikemesh::{error_code, profile};

use crate::manners::helps;
use crate::small_detector::spikemesh;

fn docs(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "docs", name].iter().collect()
}

/// The names of keys, columns, options and codes that its pages have.
fn words() -> BTreeSet<String> {
    let summary = fs::read_to_string(docs("SUMMARY.md")).unwrap();
    let targets = summary.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
    let text: String = targets.map(|page| fs::read_to_string(docs(page)).unwrap()).collect();
    let of_name = |c: char| c.is_alphanumeric() || "_-".contains(c);
    text.split(|c| !of_name(c)).map(String::from).collect()
}

/// Those that no page has.
fn unfound(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let words = words();
    let names: BTreeSet<String> = names.into_iter().collect();
    assert!(!names.is_empty());
    names.into_iter().filter(|name| !words.contains(name)).collect()
}

#[test]
fn the_search_finds_every_column() {
    let columns = CSV_FILES.iter().flat_map(|(_, columns)| columns.iter());
    assert_eq!(unfound(columns.map(ToString::to_string)), [""; 0]);
}

/// By each name in its path: tables are written with their names in brackets.
#[test]
fn the_search_finds_every_key_of_a_profile() {
    let keys = profile::keys();
    assert!(keys.contains(&"costs.static_mw_per_chip".to_string()), "{keys:?}");
    let names = keys.iter().flat_map(|key| key.split('.')).map(String::from);
    assert_eq!(unfound(names), [""; 0]);
}

#[test]
fn the_search_finds_every_error() {
    assert_eq!(unfound(error_code::all().iter().map(ToString::to_string)), [""; 0]);
}

#[test]
fn the_search_finds_every_command_and_option() {
    let mut names = vec![];
    for (command, help) in helps() {
        names.extend(command);
        let lists = help.split("\nExamples:\n").next().unwrap();
        let words = lists.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        names.extend(words.filter(|word| word.starts_with("--")).map(String::from));
    }
    assert!(names.len() > 100, "{names:?}");
    assert_eq!(unfound(names), [""; 0]);
}

/// With `SPIKEMESH_BLESS` in the environment, it is written again.
#[test]
fn the_page_of_commands_is_that_of_this_program() {
    let output = spikemesh().args(["man", "--markdown"]).assert().success();
    let page = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let path = docs("commands.md");
    if std::env::var_os("SPIKEMESH_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept == page, "docs/commands.md is not what `spikemesh man --markdown` writes");
    for (words, _) in helps() {
        let heading = ["##", "spikemesh"].into_iter().chain(words.iter().map(String::as_str));
        let heading = heading.collect::<Vec<_>>().join(" ");
        assert!(words.is_empty() || page.lines().any(|line| line == heading), "{heading}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 100));
}
