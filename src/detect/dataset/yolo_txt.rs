//! YOLO text: for each picture a `.txt` with a line `class cx cy w h` a box, in 0..1 of the
//! picture.
//!
//! Labels lie beside the pictures, or in `labels/` where these are in `images/`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::{
    Cause, Dataset, DatasetError, Draft, Ledger, Object, PICTURES, Remark, data_yaml, draft, files,
    has_suffix, image_of, text,
};

/// Class names by the index in labels, and the file that lists them.
struct Names {
    path: PathBuf,
    classes: Vec<String>,
    index: BTreeMap<usize, usize>,
}

impl Names {
    fn new(path: PathBuf, names: BTreeMap<usize, String>) -> Names {
        let index = names.keys().enumerate().map(|(place, &index)| (index, place)).collect();
        Names { path, classes: names.into_values().collect(), index }
    }

    /// The classes, for a message.
    fn known(&self) -> String {
        let last =
            self.index.keys().next_back().map_or(String::new(), |last| format!(" (0 to {last})"));
        format!("{} lists {}{last}", self.path.display(), self.index.len())
    }
}

/// Reads a folder of pictures; they come sorted by file name.
pub(super) fn read(folder: &Path) -> Result<Dataset, DatasetError> {
    let pictures = super::pictures(folder)?;
    let names = class_names(folder)?;
    orphans(folder, &names)?;
    set(pictures, &names, Ledger::default())
}

/// Reads the part of a set that its `data.yaml` has for judging.
pub(super) fn read_yaml(path: &Path) -> Result<Dataset, DatasetError> {
    let file = data_yaml::read(path)?;
    let remedy = "write val, test or train with a folder of pictures";
    let Some((part, places)) = file.parts.first() else {
        return Err(DatasetError::broken(path, "names no pictures", remedy));
    };
    let Some(names) = file.names else {
        return Err(DatasetError::broken(path, "has no names", "list the names of the classes"));
    };
    let mut pictures = Vec::new();
    for place in places {
        if place.is_dir() {
            below(place, 0, &mut pictures)?;
        } else if place.is_file() && has_suffix(place, &["txt"]) {
            pictures.extend(listed(place)?);
        } else {
            let what =
                format!("says {} for {part}, which is no folder and no .txt list", place.display());
            return Err(DatasetError::broken(path, what, remedy));
        }
    }
    let mut ledger = Ledger::default();
    if file.parts.len() > 1 {
        let all: Vec<&str> = file.parts.iter().map(|(part, _)| *part).collect();
        ledger.note(path, Remark::Part, format!("{part} of {}", all.join(", ")));
    }
    let names = Names::new(path.into(), names);
    for folder in places.iter().filter(|place| place.is_dir()) {
        orphans(folder, &names)?;
    }
    set(pictures, &names, ledger)
}

/// Reads the one part in the `images/` of a folder.
pub(super) fn read_only_part(root: &Path) -> Result<Dataset, DatasetError> {
    let images = root.join("images");
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(&images).map_err(|source| DatasetError::io(&images, source))? {
        let path = entry.map_err(|source| DatasetError::io(&images, source))?.path();
        if path.is_dir() {
            parts.push(path);
        }
    }
    parts.sort();
    match parts.as_slice() {
        [] => Err(DatasetError::layout(
            &images,
            "holds no .jpg, .jpeg or .png file; put the pictures there",
        )),
        [part] => read(part),
        parts => {
            let names: Vec<String> = parts.iter().map(|part| part.display().to_string()).collect();
            let what = format!("holds several parts; give one of them ({})", names.join(", "));
            Err(DatasetError::layout(&images, what))
        }
    }
}

/// Reads the pictures that a list names.
pub(super) fn read_list(list: &Path) -> Result<Dataset, DatasetError> {
    let pictures = listed(list)?;
    let names = class_names(pictures[0].parent().unwrap_or(Path::new("")))?;
    set(pictures, &names, Ledger::default())
}

/// Whether the lines of a file are names of pictures.
pub(super) fn is_list(path: &Path) -> Result<bool, DatasetError> {
    let text = text(path)?;
    Ok(text
        .lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| has_suffix(Path::new(line.trim()), &PICTURES)))
}

/// Whether the folder holds pictures with labels.
pub(super) fn is_labelled(folder: &Path) -> Result<bool, DatasetError> {
    Ok(files(folder, &PICTURES)?.iter().any(|picture| label_of(picture).is_file()))
}

/// The pictures that a list names, from its own folder.
fn listed(list: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let here = list.parent().unwrap_or(Path::new(""));
    let text = text(list)?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let found = |name: &str| {
        let path = here.join(name.strip_prefix("./").unwrap_or(name));
        let missing = || DatasetError::MissingImage {
            annotation: list.into(),
            image: name.into(),
            folder: here.into(),
        };
        path.is_file().then_some(path).ok_or_else(missing)
    };
    let pictures = names.map(found).collect::<Result<Vec<_>, _>>()?;
    match pictures.is_empty() {
        true => Err(DatasetError::layout(list, "names no picture; write one path a line")),
        false => Ok(pictures),
    }
}

/// Folders in folders that are looked into; a link may lead in a circle.
const DEPTH: usize = 8;

/// The pictures of a folder and of those in it.
fn below(folder: &Path, depth: usize, pictures: &mut Vec<PathBuf>) -> Result<(), DatasetError> {
    pictures.extend(super::pictures(folder)?);
    let io = |source| DatasetError::io(folder, source);
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.is_dir() && depth < DEPTH {
            folders.push(path);
        }
    }
    folders.sort();
    folders.iter().try_for_each(|folder| below(folder, depth + 1, pictures))
}

/// The path with its last `images` replaced by `labels`.
fn in_labels(path: &Path) -> Option<PathBuf> {
    let parts: Vec<Component> = path.components().collect();
    let last = parts.iter().rposition(|part| part.as_os_str() == "images")?;
    let replaced = |(n, part): (usize, &Component)| match n == last {
        true => OsStr::new("labels").to_owned(),
        false => part.as_os_str().to_owned(),
    };
    Some(parts.iter().enumerate().map(replaced).collect())
}

/// Where the labels of a picture are, or should be.
fn label_of(picture: &Path) -> PathBuf {
    // A path that begins below `images` has it only on the disk.
    let whole = std::path::absolute(picture).unwrap_or_else(|_| picture.into());
    let beside = picture.with_extension("txt");
    let apart =
        in_labels(picture).or_else(|| in_labels(&whole)).map(|path| path.with_extension("txt"));
    match apart {
        Some(apart) if apart.is_file() || !beside.is_file() => apart,
        _ => beside,
    }
}

/// Text files among labels that are none.
const OTHER: [&str; 8] = ["classes", "train", "val", "valid", "test", "notes", "readme", "labels"];

/// Label files without a picture are an error: they would be lost without a word.
fn orphans(folder: &Path, names: &Names) -> Result<(), DatasetError> {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    let labels = in_labels(folder).or_else(|| in_labels(&whole)).filter(|labels| labels.is_dir());
    for annotation in files(&labels.unwrap_or_else(|| folder.into()), &["txt"])? {
        let stem = annotation.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let other = annotation == names.path || OTHER.contains(&stem.to_lowercase().as_str());
        if !other && image_of(folder, &stem).is_none() {
            return Err(DatasetError::MissingImage {
                annotation,
                image: stem,
                folder: folder.into(),
            });
        }
    }
    Ok(())
}

/// The list of class names nearest to the labels of a folder of pictures.
fn class_names(folder: &Path) -> Result<Names, DatasetError> {
    // A path that ends in `..` or has one part has its parent only on the disk.
    let whole = folder.canonicalize().map_err(|source| DatasetError::io(folder, source))?;
    let base = whole.ancestors().find(|path| path.ends_with("images")).and_then(Path::parent);
    let labels = in_labels(&whole).filter(|labels| labels.is_dir());
    let inner = |path: &Path| -> Vec<PathBuf> {
        path.ancestors().take_while(|path| Some(*path) != base).map(Into::into).collect()
    };
    // Beside the labels, beside the pictures, in the folder of both.
    let mut places = labels.as_deref().map_or(vec![], inner);
    places.extend(
        base.map_or(vec![whole.clone()], |base| [inner(&whole), vec![base.into()]].concat()),
    );
    let mut found: Option<Names> = None;
    for place in places {
        let Some(names) = names_in(&place)? else { continue };
        match &found {
            Some(other) if (&other.classes, &other.index) != (&names.classes, &names.index) => {
                let what = format!("lists other classes than {}", other.path.display());
                let remedy = "remove the list that the labels were not made with";
                return Err(DatasetError::broken(&names.path, what, remedy));
            }
            Some(_) => {}
            None => found = Some(names),
        }
    }
    if let (None, Some(above)) = (&found, base.unwrap_or(&whole).parent()) {
        found = names_in(above)?;
    }
    if let Some(names) = found {
        return Ok(names);
    }
    let what = "has no list of classes; write classes.txt there, one name a line in the order of \
                the labels";
    Err(DatasetError::layout(folder, what))
}

/// The list of class names in a folder.
fn names_in(folder: &Path) -> Result<Option<Names>, DatasetError> {
    let plain = folder.join("classes.txt");
    let list =
        if plain.is_file() { Some(plain) } else { files(folder, &["names"])?.into_iter().next() };
    if let Some(path) = list {
        let names: Vec<String> = text(&path)?.lines().map(|line| line.trim().to_string()).collect();
        let used = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        return Ok(Some(Names::new(path, names.into_iter().take(used).enumerate().collect())));
    }
    for path in files(folder, &["yaml", "yml"])? {
        // Others than those of sets lie about; `data.yaml` itself must be readable.
        let named = path.file_stem().is_some_and(|stem| stem == "data");
        match data_yaml::read(&path) {
            Ok(data_yaml::DataYaml { names: Some(names), .. }) => {
                return Ok(Some(Names::new(path, names)));
            }
            Err(error) if named => return Err(error),
            _ => {}
        }
    }
    Ok(None)
}

fn set(pictures: Vec<PathBuf>, names: &Names, mut ledger: Ledger) -> Result<Dataset, DatasetError> {
    let mut images = Vec::with_capacity(pictures.len());
    let mut unique = BTreeSet::new();
    for picture in pictures {
        let annotation = label_of(&picture);
        let mut image = draft(&annotation, picture.clone(), [None; 2], &mut ledger)?;
        match annotation.is_file() {
            true => boxes(&annotation, names, &mut image, &mut ledger)?,
            false => {
                ledger.note(&picture, Remark::Background, format!("no {}", annotation.display()))
            }
        }
        // A list may name the same picture in two ways.
        if unique.insert(picture) {
            images.push(image.finish());
        }
    }
    Ok(ledger.dataset(names.classes.clone(), images))
}

/// Why a line is left out: the cause, the class if it is known, and words.
type LeftOut = (Cause, Option<String>, String);

/// Class and corners of a line, or why there are none.
fn parsed(line: &str, names: &Names, size: (f64, f64)) -> Result<(usize, [f64; 4]), LeftOut> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let form = "not `class cx cy w h`: an index from 0 and four numbers in 0..1 of the picture";
    let word = words.first().copied().unwrap_or_default();
    // Some tools write every number as a float.
    let index =
        word.parse::<f64>().ok().filter(|index| index.fract() == 0.0 && (0.0..1e9).contains(index));
    let Some(index) = index.map(|index| index as usize) else {
        return Err((Cause::NoClass, None, format!("has the class `{word}`, {form}")));
    };
    let Some(&class) = names.index.get(&index) else {
        let known = format!("has the class {index}, but {}", names.known());
        return Err((Cause::UnknownClass, Some(format!("index {index}")), known));
    };
    let named = |cause, what| (cause, Some(names.classes[class].clone()), what);
    if words.len() != 5 {
        let cause = if words.len() == 1 { Cause::NoBox } else { Cause::BadBox };
        let guess = more_words(words.len());
        return Err(named(cause, format!("has {} words instead of 5, {form}{guess}", words.len())));
    }
    let mut values = [0.0; 4];
    for (value, word) in values.iter_mut().zip(&words[1..]) {
        // A hair above 1 is what rounding leaves of a box at the border.
        let number = word.parse::<f64>().ok().filter(|v| (0.0..=1.001).contains(v));
        *value = number.ok_or_else(|| named(Cause::BadBox, format!("has `{word}`, {form}")))?;
    }
    let ([cx, cy, w, h], (width, height)) = (values, size);
    let (x, y) = (|x: f64| x * width, |y: f64| y * height);
    Ok((class, [x(cx - w / 2.0), y(cy - h / 2.0), x(cx + w / 2.0), y(cy + h / 2.0)]))
}

/// What a line of so many words may be instead of a box.
fn more_words(words: usize) -> &'static str {
    match words {
        0..=5 => "",
        6 => "; perhaps a detection: the sixth may be its score, which no label has",
        // A class, and two numbers for each of three corners or more.
        _ if words % 2 == 1 => "; perhaps a polygon: write the box around it",
        _ => "; perhaps a box with key points: leave these out",
    }
}

fn boxes(
    path: &Path,
    names: &Names,
    image: &mut Draft,
    ledger: &mut Ledger,
) -> Result<(), DatasetError> {
    for (i, line) in text(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let which = format!("line {}", i + 1);
        match parsed(line, names, image.size()) {
            Err((cause, class, what)) => {
                ledger.skip(path, class.as_deref(), cause, format!("{which} {what}"));
            }
            Ok((class, corners)) => {
                let class_name = names.classes[class].as_str();
                let (difficult, crowd) = (false, false);
                let object = Object {
                    annotation: path,
                    which,
                    class,
                    class_name,
                    corners,
                    difficult,
                    crowd,
                };
                image.add(object, ledger);
            }
        }
    }
    Ok(())
}
