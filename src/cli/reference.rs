//! The page of all commands and options, docs/commands.md, from what the parser knows of them.

use crate::report::wrapped;
use clap::{Arg, Command};

const HEAD: &str = "\
# Commands

<!-- Written by `spikemesh man --markdown`; do not edit. -->

Every command and every option. [guide.md](guide.md) says when to use which.

## Options of every command
";
/// Characters of a line.
const WIDTH: usize = 100;
/// Options that the parser adds to every command.
const ADDED: [&str; 2] = ["help", "version"];

/// The page, in Markdown.
pub fn page(command: Command) -> String {
    // It repeats what stands here.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut page = HEAD.to_string();
    items(command.get_arguments(), &mut page);
    command.get_subcommands().for_each(|below| section(below, &mut page));
    page
}

/// A command, and those below it.
fn section(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    *page += &format!("\n## {name}\n\n{}.\n", wrapped(&marked(&about), WIDTH - 1).join("\n"));
    let of_all = |arg: &&Arg| arg.is_global_set() || ADDED.contains(&arg.get_id().as_str());
    items(command.get_arguments().filter(|arg| !of_all(arg)), page);
    command.get_subcommands().for_each(|below| section(below, page));
}

/// A list of options; nothing where there is none.
fn items<'a>(args: impl Iterator<Item = &'a Arg>, page: &mut String) {
    let shown = args.filter(|arg| !arg.is_hide_set());
    let list: Vec<String> =
        shown.map(|arg| format!("- {}\n", wrapped(&item(arg), WIDTH - 2).join("\n  "))).collect();
    if !list.is_empty() {
        *page += &format!("\n{}", list.concat());
    }
}

/// Name, purpose, default and possible values.
fn item(arg: &Arg) -> String {
    let code = |text: &str| format!("`{text}`");
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut item = format!("{short}`{arg}`: {}.", marked(help.trim_end_matches('.')));
    if arg.get_action().takes_values() {
        let list = |values: Vec<String>| values.join(", ");
        let defaults = arg.get_default_values().iter();
        let defaults: Vec<String> = defaults.map(|value| code(&value.to_string_lossy())).collect();
        if !defaults.is_empty() {
            item += &format!(" Default: {}.", list(defaults));
        }
        let values = arg.get_possible_values();
        let values: Vec<String> =
            values.iter().filter(|v| !v.is_hide_set()).map(|v| code(v.get_name())).collect();
        if !values.is_empty() {
            item += &format!(" One of {}.", list(values));
        }
    }
    item
}

/// A help text as Markdown that shows the same: names of options are code, and so are words with
/// signs that would mean something there.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(n, part)| match n % 2 {
        0 => part.split(' ').map(word).collect::<Vec<_>>().join(" "),
        _ => format!("`{part}`"),
    });
    parts.collect()
}

fn word(word: &str) -> String {
    let plain = word.trim_start_matches(['(', '[']);
    let (before, rest) = word.split_at(word.len() - plain.len());
    let core = rest.trim_end_matches([',', ';', ':', '.', ')', ']']);
    let option = core.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic));
    match option || core == "-" || core.contains(['<', '*', '_', '\\']) {
        true => format!("{before}`{core}`{}", &rest[core.len()..]),
        false => word.into(),
    }
}
