//! Pages of the documentation: what stands in a fenced block runs, or is what commands print.
//!
//! | block | what becomes of it |
//! |---|---|
//! | `sh` | runs, in the order of the page, in a folder that [`pages::PAGES`] prepares |
//! | `toml` | a file that the commands of the page read |
//! | no word | each line is one that the commands print; `...` stands for what is left out |
//! | `python` | `python/tests/test_pages.py` runs it |
//! | `text`, or with `no_run` | [`pages::APART`] says why; commands are at least well written |

mod blocks;
mod descriptions;
mod pages;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use spikemesh::cli;

use blocks::{Block, ROOT, parts, read};
use pages::{APART, ELSEWHERE, PAGES, Page};

/// The test that holds a block, where that is not one of this file.
fn elsewhere(page: &str, block: &Block) -> Option<usize> {
    let holds = |what: &str| [&block.section[..], &block.word, ""].contains(&what);
    ELSEWHERE.iter().position(|(name, what, ..)| *name == page && holds(what))
}

fn apart(page: &str, block: &Block) -> Option<usize> {
    APART.iter().position(|(name, begin, _)| *name == page && block.text.starts_with(begin))
}

/// Blocks of a page that its test runs.
fn own(name: &str) -> Vec<Block> {
    let is_own = |block: &Block| elsewhere(name, block).is_none() && !block.is_apart();
    blocks::blocks(name).into_iter().filter(is_own).collect()
}

/// Puts what is quick in place of what is not.
fn quick(page: &Page, text: &str) -> String {
    page.quick.iter().fold(text.into(), |text: String, (from, to)| text.replace(from, to))
}

/// What the commands of a page say, its files written first.
fn said(page: &Page, blocks: &[Block]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    symlink(Path::new(ROOT).join("assets"), root.join("assets")).unwrap();
    let grey = image::GrayImage::from_fn(28, 28, |x, y| image::Luma([(8 * x.min(y)) as u8]));
    grey.save(root.join("picture.png")).unwrap();
    let of = |word: &str| {
        let of_word = blocks.iter().filter(|block| block.word == word);
        of_word.map(|block| quick(page, &block.text)).collect::<Vec<String>>()
    };
    for (name, text) in page.files.iter().zip(of("toml")) {
        fs::write(root.join(name), text).unwrap();
    }
    let script = [page.first, &of("sh").concat(), page.then].join("\n");
    let output = shell(root, &script);
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    assert!(output.status.success(), "{}: {text}", page.name);
    text
}

/// Runs lines in a folder up to the first that fails, and tells each on standard error.
fn shell(folder: &Path, script: &str) -> std::process::Output {
    let binary = assert_cmd::cargo::cargo_bin!("spikemesh").parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{}:{path}", binary.display(), binary.join("examples").display());
    let mut shell = Command::new("sh");
    shell.env("PATH", path).current_dir(folder).args(["-exc", script]).output().unwrap()
}

/// Spaces and line breaks are one.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs a page: its commands end well, and print what it shows.
fn run(name: &str) {
    let page = PAGES.iter().find(|page| page.name == name).unwrap();
    let blocks = own(name);
    let text = read(name);
    for (from, _) in page.quick {
        assert!(text.contains(from), "{name}: {from}");
    }
    let said = flat(&said(page, &blocks));
    for block in blocks.iter().filter(|block| block.word.is_empty()) {
        for part in block.text.lines().flat_map(|line| line.split("...")) {
            assert!(said.contains(&flat(part)), "{name} shows `{part}`, which is not in\n{said}");
        }
    }
}

/// Every block of every page has its place in this file's table, and no row is left over.
#[test]
fn every_block_of_every_page_is_held() {
    let (mut rows, mut held) = (BTreeSet::new(), BTreeSet::new());
    for page in blocks::pages() {
        let row = PAGES.iter().find(|row| row.name == page);
        for block in blocks::blocks(&page) {
            let place = format!("{page}: ```{} {}", block.word, block.first_line());
            if let Some(row) = elsewhere(&page, &block) {
                held.insert(row);
            } else if block.is_apart() {
                rows.insert(apart(&page, &block).unwrap_or_else(|| panic!("{place}")));
            } else {
                let known = ["", "sh", "toml"].contains(&&block.word[..]) && row.is_some();
                assert!(known || block.word == "python", "no test holds {place}");
            }
        }
        let files = own(&page).iter().filter(|block| block.word == "toml").count();
        assert_eq!(files, row.map_or(0, |row| row.files.len()), "{page}");
    }
    println!("{} blocks are not run", APART.len());
    assert_eq!((rows.len(), held.len()), (APART.len(), ELSEWHERE.len()), "{rows:?} {held:?}");
    for (page, _, file, test) in ELSEWHERE {
        let text = read(&format!("tests/{file}"));
        assert!(text.contains(&format!("fn {test}()")), "{page}: {file}: {test}");
    }
}

/// The words of each `spikemesh` that lines of a shell call; no other program is called.
fn words(script: &str) -> Vec<Vec<String>> {
    let no_program = "cargo() { :; }; pip() { :; }; ";
    let tells = "spikemesh() { printf '%s\\n' \"$@\" ''; }; ";
    let output = shell(Path::new(ROOT), &format!("set +x; {no_program}{tells}{script}"));
    assert!(output.status.success(), "{script}");
    let text = String::from_utf8(output.stdout).unwrap();
    let calls = text.split("\n\n").filter(|call| !call.is_empty());
    calls.map(|call| call.lines().map(String::from).collect()).collect()
}

/// What is not run is at least a command line of this program.
#[test]
fn commands_that_do_not_run_are_well_written() {
    for page in blocks::pages() {
        for block in blocks::blocks(&page).iter().filter(|block| block.no_run && block.word == "sh")
        {
            for words in words(&block.text) {
                assert!(cli::parse(&words).is_ok(), "{page}: {words:?}: {:?}", cli::parse(&words));
            }
        }
    }
}

/// `N` or `FOLDER`: what stands for a value.
fn is_blank(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_uppercase())
}

/// Why text between backticks is no command of this program; one that leaves values out is.
fn fault(command: &str) -> Option<String> {
    let command = command.split(['<', '>']).next().unwrap_or_default();
    let words = command.split_whitespace().skip(1);
    let usage = cli::parse(words).err()?.to_string();
    let value = usage.split("invalid value '").nth(1).and_then(|rest| rest.split('\'').next());
    let left_out = ["arguments were not provided", "a value is required", "requires a subcommand"];
    let is_form = value.is_some_and(is_blank)
        || !usage.starts_with("error: ")
        || left_out.iter().any(|text| usage.contains(text));
    (!is_form).then_some(usage)
}

/// Commands within sentences are ones, with options that they have.
#[test]
fn commands_within_sentences_are_well_written() {
    let mut faults = vec![];
    for page in blocks::pages() {
        let (_, prose) = parts(&read(&page));
        let codes = prose.split('`').skip(1).step_by(2).map(flat);
        let commands = codes.filter(|code| code.starts_with("spikemesh "));
        let fault = |command: String| Some(format!("{page}: {command}: {}", fault(&command)?));
        faults.extend(commands.filter_map(fault));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
