//! `data.yaml` of a YOLO set: class names, and where the pictures of its parts lie.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{DatasetError, files, text};

/// The fields that count; others are passed over.
#[derive(Deserialize)]
struct File {
    path: Option<Scalar>,
    val: Option<Places>,
    valid: Option<Places>,
    test: Option<Places>,
    train: Option<Places>,
    names: Option<Names>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a folder of pictures, or a list of such")]
enum Places {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a list of names, or names by index")]
enum Names {
    List(Vec<Scalar>),
    Map(BTreeMap<Scalar, Scalar>),
}

/// A word; some are numbers.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(untagged, expecting = "expected a name or a number")]
enum Scalar {
    Bool(bool),
    Number(i64),
    Text(String),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(value) => value.to_string(),
            Scalar::Text(value) => value,
        }
    }
}

/// What the file says.
pub(super) struct DataYaml {
    /// Names by the index in labels.
    pub names: Option<BTreeMap<usize, String>>,
    /// Folders or lists of pictures by part, the part to judge on first.
    pub parts: Vec<(&'static str, Vec<PathBuf>)>,
}

const REMEDY: &str = "write names, and val, test or train with a folder of pictures";

pub(super) fn read(path: &Path) -> Result<DataYaml, DatasetError> {
    let broken = |what: String| DatasetError::broken(path, what, REMEDY);
    let file: File =
        serde_saphyr::from_str(&text(path)?).map_err(|e| broken(format!("does not parse: {e}")))?;
    let names = match file.names {
        None => None,
        Some(Names::List(names)) => Some(names.into_iter().map(Scalar::text).enumerate().collect()),
        Some(Names::Map(names)) => {
            let indexed = |(index, name): (Scalar, Scalar)| {
                let index = index.text();
                match index.parse() {
                    Ok(number) => Ok((number, name.text())),
                    Err(_) => Err(broken(format!("names a class by `{index}`, which is no index"))),
                }
            };
            Some(names.into_iter().map(indexed).collect::<Result<_, _>>()?)
        }
    };
    let here = path.parent().unwrap_or(Path::new(""));
    // A root that is somewhere else on another machine falls back to the folder of the file.
    let root = file.path.map(|root| here.join(root.text())).filter(|root| root.is_dir());
    let bases: Vec<PathBuf> = root.into_iter().chain([here.into()]).collect();
    let parts =
        [("val", file.val), ("val", file.valid), ("test", file.test), ("train", file.train)];
    let mut found = Vec::new();
    for (part, places) in parts {
        let places = match places {
            None => continue,
            Some(Places::One(place)) if place.trim().is_empty() => continue,
            Some(Places::One(place)) => vec![place],
            Some(Places::Many(places)) => places,
        };
        found.push((part, places.iter().map(|place| resolved(&bases, place)).collect()));
    }
    Ok(DataYaml { names, parts: found })
}

/// Where a place lies: below the root, or below the file. Some tools write one `../` too much.
fn resolved(bases: &[PathBuf], place: &str) -> PathBuf {
    let places = [Some(place), place.strip_prefix("../")].into_iter().flatten();
    let mut all = places.flat_map(|place| bases.iter().map(move |base| base.join(place)));
    all.find(|path| path.exists()).unwrap_or_else(|| bases[0].join(place))
}

/// The file in a folder that names the parts of a set: `data.yaml`, or the only one that does.
pub(super) fn of_folder(folder: &Path) -> Result<Option<PathBuf>, DatasetError> {
    let named = ["data.yaml", "data.yml", "dataset.yaml"].map(|name| folder.join(name));
    if let Some(path) = named.into_iter().find(|path| path.is_file()) {
        return Ok(Some(path));
    }
    let is_set =
        |path: &PathBuf| read(path).is_ok_and(|set| set.names.is_some() && !set.parts.is_empty());
    let mut found: Vec<PathBuf> =
        files(folder, &["yaml", "yml"])?.into_iter().filter(is_set).collect();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        n => Err(DatasetError::layout(
            folder,
            format!("holds {n} .yaml files of sets; give one of them"),
        )),
    }
}
