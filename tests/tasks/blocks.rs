//! Fenced blocks of pages, and what prose says in backticks.

use std::fs;
use std::path::{Path, PathBuf};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A fenced block: ` ```word marks `, its lines, and three backticks.
pub struct Block {
    /// The last heading of two signs above it.
    pub section: String,
    /// What it is written in; empty for what a command prints.
    pub word: String,
    /// Whether the page says `no_run` behind the word.
    pub no_run: bool,
    pub text: String,
}

impl Block {
    fn begin(section: &str, info: &str) -> Block {
        let mut words = info.split_whitespace();
        let word = words.next().unwrap_or_default().to_string();
        let no_run = words.any(|mark| mark == "no_run");
        Block { section: section.into(), word, no_run, text: String::new() }
    }

    /// Whether it neither runs nor is printed by what runs.
    pub fn is_apart(&self) -> bool {
        self.no_run || self.word == "text"
    }

    pub fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// The text of a page.
pub fn read(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Blocks of a page and, between them, its prose.
pub fn parts(page: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose) = (vec![], String::new());
    let (mut section, mut open) = ("", None::<Block>);
    for line in page.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some(Block::begin(section, info)),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {
                section = line.strip_prefix("## ").unwrap_or(section);
                prose += &format!("{line}\n");
            }
        }
    }
    assert!(open.is_none(), "a block without an end: {page}");
    (blocks, prose)
}

pub fn blocks(page: &str) -> Vec<Block> {
    parts(&read(page)).0
}

/// README.md, python/README.md and all of docs/.
pub fn pages() -> Vec<String> {
    let entries = fs::read_dir(Path::new(ROOT).join("docs")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|suffix| suffix == "md"));
    let name = |path: PathBuf| format!("docs/{}", path.file_name().unwrap().to_str().unwrap());
    let mut pages: Vec<String> = paths.map(name).collect();
    pages.extend(["README.md", "python/README.md"].map(String::from));
    pages.sort();
    pages
}
