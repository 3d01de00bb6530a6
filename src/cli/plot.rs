//! `spikemesh plot RUN_DIR`: pictures drawn again from the files of a folder.

use super::changes::ProfileChanges;
use super::heading;
use super::output;
use super::paths;
use super::plots::Choice;
use super::{Error, Result};
use crate::memory;
use crate::pipeline::Setup;
use crate::plain::counted;
use crate::profile::{CHANGED, Profile};
use crate::report::{self, Drawn, Folder, Format, Plots};
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder that `run`, `price`, `eval`, `compare`, `tune`, `convert` or `explore` wrote
    folder: PathBuf,
    /// Draws one picture, named as its file without the ending; `layers` is all of that folder, too
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "NAME", value_parser = paths::text())]
    only: Option<String>,
    /// Width and height of every picture in pixels, such as 1600x900: the layout is scaled to fit
    /// [default: what each picture needs]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<[u32; 2]>,
    /// Form of the pictures [default: as `run` writes them]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = drawn_form())]
    format: Option<Choice>,
    /// Folder to write, which must not exist yet [default: RUN_DIR/plots-<n>]
    #[arg(help_heading = heading::OUTPUT)]
    #[arg(long, value_parser = paths::folder())]
    out: Option<PathBuf>,
    /// Name or TOML file of the profile of the run, where that is none of the built-in ones as they
    /// are today
    #[arg(help_heading = heading::CHIP)]
    #[arg(long, value_parser = paths::text())]
    profile: Option<String>,
    #[command(flatten)]
    changes: ProfileChanges,
}

/// Pixels of a side.
const SIDES: std::ops::RangeInclusive<u32> = 64..=16384;

/// `WxH` in pixels.
fn size(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X']).and_then(|(width, height)| {
        Some([width.trim().parse().ok()?, height.trim().parse().ok()?])
    });
    let fits = |sides: &[u32; 2]| sides.iter().all(|side| SIDES.contains(side));
    let advice = || {
        let (least, most) = (SIDES.start(), SIDES.end());
        format!("give width and height in pixels, {least} to {most}, such as 1600x900")
    };
    sides.filter(fits).ok_or_else(advice)
}

/// Png or svg: a plot without pictures would be none.
fn drawn_form() -> impl clap::builder::TypedValueParser<Value = Choice> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(["png", "svg"])
        .map(|form| if form == "png" { Choice::Png } else { Choice::Svg })
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let plots = Plots {
        format: arguments.format.map_or(Format::Both, Format::from),
        size: arguments.size,
        only: arguments.only.clone(),
    };
    if let Some([width, height]) = arguments.size {
        // Colours of the pixels, and their form as a file, which may be as large.
        memory::check(u64::from(width) * u64::from(height) * 6)?;
    }
    let folder = match &arguments.out {
        Some(out) => Folder::create(out)?,
        None => Folder::numbered(&arguments.folder, "plots")?,
    };
    let drawn = match report::draw_report(&arguments.folder, folder.path(), &plots)? {
        Some(drawn) => drawn,
        None => of_runs(arguments, folder.path(), &plots)?,
    };
    if drawn.is_empty() {
        let name = arguments.only.clone().unwrap_or_default();
        let known = known(arguments, folder.path())?;
        return Err(Error::NotDrawn { name, folder: arguments.folder.clone(), known }.into());
    }
    for picture in &drawn {
        output::line(&picture.name)?;
    }
    let pictures = counted(drawn.len(), "picture");
    output::line(format_args!("{pictures} written to {}", folder.finish()?.display()))
}

/// The pictures of every input of a run, each in a folder of its own where there are several.
fn of_runs(arguments: &Arguments, out: &Path, plots: &Plots) -> Result<Vec<Drawn>> {
    let mut all = vec![];
    let folders = report::input_folders(&arguments.folder)?;
    for input in &folders {
        let (setup, outcome) = report::read_activity(input)?;
        let profile = profile(arguments, &setup)?;
        let below = match input.strip_prefix(&arguments.folder) {
            Ok(below) if folders.len() > 1 || below != Path::new("") => below,
            _ => Path::new(""),
        };
        let drawn = report::draw_input(&out.join(below), &setup, &profile, &outcome, plots)?;
        let named = |picture: Drawn| {
            let name = below.join(&picture.name).display().to_string();
            Drawn { name, ..picture }
        };
        all.extend(drawn.into_iter().map(named));
    }
    Ok(all)
}

/// The profile that the run was priced by: the one that is named, or the built-in one.
fn profile(arguments: &Arguments, setup: &Setup) -> Result<Profile> {
    let other = || Error::OtherProfile {
        profile: setup.profile.clone(),
        folder: arguments.folder.clone(),
        command: setup.command.clone(),
    };
    let name = setup.profile.trim_end_matches(CHANGED);
    let found = match &arguments.profile {
        Some(profile) => arguments.changes.load(profile)?,
        // A file of one's own is not found by its name.
        None => arguments.changes.load(name).map_err(|_| other())?,
    };
    if found.hash == setup.profile_sha256 { Ok(found) } else { Err(other().into()) }
}

/// Names of what can be drawn from a folder; `out` is empty, and goes.
fn known(arguments: &Arguments, out: &Path) -> Result<String> {
    let plots = Plots { format: Format::Png, size: Some([64, 64]), only: None };
    let drawn = match report::draw_report(&arguments.folder, out, &plots)? {
        Some(drawn) => drawn,
        None => of_runs(arguments, out, &plots)?,
    };
    let paths = drawn.iter().map(|picture| Path::new(&picture.name));
    // Maps of layers go by the name of their folder, and inputs have the same pictures.
    let names = paths.filter(|path| path.parent().is_none_or(|above| !above.ends_with("layers")));
    let names: BTreeSet<_> = names.filter_map(|path| path.file_name()?.to_str()).collect();
    Ok(names.into_iter().collect::<Vec<_>>().join(", "))
}
