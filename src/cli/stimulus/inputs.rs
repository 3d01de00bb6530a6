//! Which files of a path are inputs of a network that spikes already.

use crate::ann::Shape;
use crate::cli::{Error, Result, output};
use crate::encode::events;
use crate::encode::labelled::{self, ClassItem, Classified, Place};
use crate::encode::named;
use crate::plain::{counted, shown};
use crate::spiking::Graph;
use std::path::{Path, PathBuf};

/// The inputs at a path, with or without labels: a file or a folder.
///
/// # Errors
/// There are none, or they are of no form that is read.
pub fn inputs(path: &Path, graph: &Graph) -> Result<Vec<ClassItem>> {
    // An input of one position is no frame: arrays are its spikes, step by step.
    let flat = is_flat(graph);
    let item = |path: PathBuf, place: Place| ClassItem { name: named(&path), place, label: 0 };
    let one = |path: &Path| -> Option<ClassItem> {
        if events::recognised(path).is_some() || flat && is_array(path) {
            return Some(item(path.into(), Place::Recording(path.into())));
        }
        let suffix = path.extension()?.to_string_lossy().to_ascii_lowercase();
        let picture = ["png", "jpg", "jpeg"].contains(&suffix.as_str());
        picture.then(|| item(path.into(), Place::Picture(path.into())))
    };
    if path.is_dir() {
        let io = |source| labelled::Error::Io { path: path.into(), source };
        let mut files = vec![];
        for entry in std::fs::read_dir(path).map_err(io)? {
            files.push(entry.map_err(io)?.path());
        }
        files.sort();
        files.retain(|file| file.is_file());
        let items: Vec<_> = files.iter().filter_map(|file| one(file)).collect();
        // Tables of labels are no recordings.
        if !items.is_empty() && !files.iter().any(|file| labelled::is_list(file)) {
            tell_left_out(path, &files, |file| one(file).is_some());
            return Ok(items);
        }
    } else if let Some(item) = one(path) {
        return Ok(vec![item]);
    } else if is_array(path) && !labelled::has_labels(path) {
        return Err(no_array(path, graph).into());
    }
    let unlabelled = path.is_file() && !is_array(path) && !labelled::is_list(path);
    if unlabelled && events::is_named(path) {
        // What is wrong with it is better told by what reads it.
        return Ok(vec![item(path.into(), Place::Recording(path.into()))]);
    }
    Ok(labelled_set(path)?.items)
}

/// The labelled set at a path; says which tables of its folder are none.
///
/// # Errors
/// As [`labelled::classified`].
pub fn labelled_set(path: &Path) -> Result<Classified> {
    let set = labelled::classified(path)?;
    let tables = labelled::passed_over(path)?;
    // What holds events is an input, or none.
    let mut tables = tables.iter().filter(|table| events::recognised(table).is_none());
    if let Some(first) = tables.next() {
        let all = match tables.count() {
            0 => String::new(),
            others => format!(" and {}", counted(others, "other table")),
        };
        output::remark(format_args!(
            "{}{all}: left out, as no first line names the columns file and label",
            first.display()
        ));
    }
    Ok(set)
}

/// That a frame of several positions takes no array of spikes.
fn no_array(path: &Path, graph: &Graph) -> Error {
    let first = graph.inputs().next().map(|p| &graph.populations[p]);
    let (network, needed) = first.map_or_else(Default::default, |population| {
        let Shape { channels, height, width } = population.shape;
        let needed =
            format!("recordings of events, or pictures, of {channels} x {height} x {width}");
        (population.name.clone(), needed)
    });
    Error::InputShape { input: named(path), found: "an array".into(), network, needed }
}

/// Says which files of a folder are no inputs.
fn tell_left_out(folder: &Path, files: &[PathBuf], is_input: impl Fn(&Path) -> bool) {
    let mut others = files.iter().filter(|file| !is_input(file));
    let Some(first) = others.next() else { return };
    let count = others.count() + 1;
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    output::remark(format_args!(
        "{}: {} no input that is read, such as {}, and left out",
        folder.display(),
        if count == 1 { "a file is".to_owned() } else { format!("{count} files are") },
        shown(&name)
    ));
}

/// Whether the input is one position, and no frame of a camera.
fn is_flat(graph: &Graph) -> bool {
    graph.inputs().all(|p| {
        let shape = graph.populations[p].shape;
        shape.height * shape.width == 1
    })
}

pub(super) fn is_array(path: &Path) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case("npy"))
}
