//! Hashes of the files that points name, so that a result of other files is not taken for theirs.

use super::{Point, Value};
use crate::detect::{Dataset, Outside};
use crate::digest::sha256;
use crate::encode::labelled::{Place, classified};
use crate::files;
use crate::profile;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Each file is read once: none may change while a sweep runs.
#[derive(Debug, Default)]
pub(super) struct Digests(Mutex<BTreeMap<PathBuf, Option<String>>>);

/// Of what lies at a path; `None` where nothing is there.
type Digest = fn(&Path) -> Option<String>;

impl Digests {
    /// By path as the options give it.
    pub fn of(&self, point: &Point) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for (option, value) in point.options() {
            let of = match &**option {
                "profile" => of_profile,
                "data" => of_data,
                _ => of_path,
            };
            match value {
                Value::Text(text) => self.add(text, of, &mut files),
                Value::Many(values) => {
                    values.iter().for_each(|value| self.add(&value.to_string(), of, &mut files));
                }
                Value::Truth(_) | Value::Whole(_) | Value::Number(_) => {}
            }
        }
        files
    }

    fn add(&self, text: &str, of: Digest, files: &mut BTreeMap<String, String>) {
        let path = PathBuf::from(text);
        // What another thread left half done is no digest.
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let digest = known.entry(path.clone()).or_insert_with(|| of(&path));
        if let Some(digest) = digest {
            files.insert(text.to_owned(), digest.clone());
        }
    }
}

/// Of all that a profile comes to, those that it inherits included; of one that cannot be read, of
/// the reason.
fn of_profile(path: &Path) -> Option<String> {
    if !path.is_file() {
        return None;
    }
    let profile = profile::load(path.to_str()?);
    Some(profile.map_or_else(|error| sha256([error.to_string().as_bytes()]), |known| known.hash))
}

/// Of a labelled set: what lies there, and the files elsewhere that it names.
fn of_data(path: &Path) -> Option<String> {
    let mut digests = of_path(path)?;
    let (told, named) = set_at(path).unwrap_or_default();
    digests += &told;
    for file in named.iter().filter(|file| !file.starts_with(path)) {
        let held = files::bytes(file).map(|bytes| sha256([&bytes[..]]));
        digests += &held.unwrap_or_else(|_| outside(file));
    }
    Some(sha256([digests.as_bytes()]))
}

/// What a set says, labels included, and its files; `None` where no set can be read.
fn set_at(path: &Path) -> Option<(String, Vec<PathBuf>)> {
    if let Ok(set) = Dataset::open_with(path, Outside::Allowed) {
        return Some((format!("{set:?}"), set.images.into_iter().map(|one| one.path).collect()));
    }
    let set = classified(path).ok()?;
    let told = format!("{set:?}");
    let files = set.items.into_iter().filter_map(|item| match item.place {
        Place::Recording(path) | Place::Picture(path) => Some(path),
        // Of the file itself, or the only one of many.
        Place::Element { .. } => None,
    });
    Some((told, files.collect()))
}

/// Of a file and those of the same stem beside it (weights, descriptions), or of all in a folder;
/// `None` where nothing is there.
fn of_path(path: &Path) -> Option<String> {
    let mut all = vec![];
    match fs::metadata(path).ok()? {
        meta if meta.is_dir() => within(path, &mut BTreeSet::new(), &mut all),
        meta if meta.is_file() => {
            let stem = path.file_stem()?;
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            let beside = fs::read_dir(parent.unwrap_or(Path::new("."))).ok()?;
            let paths = beside.filter_map(Result::ok).map(|entry| entry.path());
            all.extend(paths.filter(|path| path.is_file() && starts(path, stem)));
        }
        _ => return None,
    }
    all.sort();
    let mut digests = String::new();
    for path in all {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let held = files::bytes(&path).map(|bytes| sha256([&bytes[..]]));
        digests += &format!("{name} {}\n", held.unwrap_or_else(|_| outside(&path)));
    }
    Some(sha256([digests.as_bytes()]))
}

/// Whether the name is the stem with any suffixes.
fn starts(path: &Path, stem: &std::ffi::OsStr) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rest = name.strip_prefix(&*stem.to_string_lossy());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The files in a folder and its folders; those that links lead to, too. Links may lead in circles:
/// each folder is looked at once, by its own path.
fn within(folder: &Path, seen: &mut BTreeSet<PathBuf>, all: &mut Vec<PathBuf>) {
    let is_new = fs::canonicalize(folder).is_ok_and(|own| seen.insert(own));
    let Some(entries) = is_new.then(|| fs::read_dir(folder).ok()).flatten() else { return };
    // In one order, as that decides by which way a folder is seen.
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => within(&path, seen, all),
            Ok(meta) if meta.is_file() => all.push(path),
            _ => {}
        }
    }
}

/// What is known of a file that cannot be read, or is too long for that.
fn outside(path: &Path) -> String {
    let meta = fs::metadata(path).ok();
    let since = meta.as_ref().and_then(|meta| meta.modified().ok());
    format!("unread {:?} {since:?}", meta.map(|meta| meta.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_changes_with_the_files_that_it_names() {
        let root = tempfile::tempdir().unwrap();
        let list = root.path().join("list.csv");
        fs::write(&list, "file,label\nsub/a.png,cat\n").unwrap();
        fs::create_dir(root.path().join("sub")).unwrap();
        let picture = |bytes: &str| fs::write(root.path().join("sub/a.png"), bytes).unwrap();
        picture("one");
        let before = of_data(&list).unwrap();
        assert_eq!(of_data(&list).as_ref(), Some(&before));
        picture("two");
        assert_ne!(of_data(&list).unwrap(), before);
        // What a link within a folder leads to is in the folder.
        #[cfg(unix)]
        {
            let linked = root.path().join("linked");
            fs::create_dir(&linked).unwrap();
            std::os::unix::fs::symlink(root.path().join("sub/a.png"), linked.join("a.png"))
                .unwrap();
            let before = of_path(&linked).unwrap();
            picture("three");
            assert_ne!(of_path(&linked).unwrap(), before);
            // Circles end, and a file that cannot be read hides no other.
            for name in ["one", "two", "three"] {
                std::os::unix::fs::symlink(&linked, linked.join(name)).unwrap();
            }
            std::os::unix::fs::symlink("/proc/self/mem", linked.join("mem")).unwrap();
            let before = of_path(&linked).unwrap();
            picture("four");
            assert_ne!(of_path(&linked).unwrap(), before);
        }
        assert_eq!(of_data(&root.path().join("none.csv")), None);
    }

    #[test]
    fn a_profile_changes_with_what_it_inherits() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let own = write("own.toml", "inherits = \"base.toml\"\n");
        let base = |power: &str| {
            let text = format!("inherits = \"loihi2\"\ncosts.static_mw_per_chip = {power}\n");
            write("base.toml", &text);
            of_profile(&own).unwrap()
        };
        let before = base("10");
        assert_eq!(base("10"), before);
        let (other, broken) = (base("1000"), base("many"));
        assert!(other != before && broken != before && broken != other);
    }
}
