//! The output folder appears whole or not at all.

use super::common::list;
use spikemesh::report::{Error, Folder};
use std::fs;
use std::path::Path;

#[test]
fn a_folder_appears_when_it_is_finished() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("a/b/out");
    let folder = Folder::create(&target).unwrap();
    fs::write(folder.path().join("file"), "text").unwrap();
    assert!(!target.exists());
    assert_eq!(folder.finish().unwrap(), target);
    assert_eq!(list(&target), ["file"]);
    assert_eq!(list(target.parent().unwrap()), ["out"]);
}

#[test]
fn a_folder_that_is_dropped_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("kept")).unwrap();
    let folder = Folder::create(&root.path().join("kept/a/b/out")).unwrap();
    fs::write(folder.path().join("file"), "text").unwrap();
    drop(folder);
    assert_eq!(list(root.path()), ["kept"]);
    assert!(list(&root.path().join("kept")).is_empty());
}

#[test]
fn an_existing_target_is_refused_and_untouched() {
    let root = tempfile::tempdir().unwrap();
    let target = root.path().join("out");
    fs::create_dir(&target).unwrap();
    let error = Folder::create(&target).unwrap_err();
    assert!(matches!(&error, Error::Exists { path, .. } if *path == target), "{error}");
    // Also if it appears in the meantime, even empty.
    fs::remove_dir(&target).unwrap();
    let folder = Folder::create(&target).unwrap();
    fs::create_dir(&target).unwrap();
    assert!(matches!(folder.finish(), Err(Error::Exists { .. })));
    assert_eq!(list(root.path()), ["out"]);
    assert!(list(&target).is_empty());
}

#[test]
fn a_parent_that_cannot_be_written_is_an_error_at_once() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "text").unwrap();
    for target in [file.join("out"), file.join("a/b/out")] {
        let error = Folder::create(&target).unwrap_err();
        assert!(matches!(error, Error::Create { .. }), "{error}");
        assert!(error.to_string().contains("file"), "{error}");
    }
    assert!(matches!(Folder::numbered(&file, "net"), Err(Error::Create { .. })));
    assert!(matches!(
        Folder::create(Path::new("/..")),
        Err(Error::Exists { .. } | Error::NoName { .. })
    ));
    assert_eq!(list(root.path()), ["file"]);
}

#[test]
fn numbers_are_the_first_free_at_the_end() {
    let root = tempfile::tempdir().unwrap();
    let parent = root.path().join("runs");
    let (first, second) =
        (Folder::numbered(&parent, "n/p").unwrap(), Folder::numbered(&parent, "n/p").unwrap());
    fs::write(second.path().join("who"), "second").unwrap();
    assert_eq!(second.finish().unwrap(), parent.join("n_p-1"));
    assert_eq!(first.finish().unwrap(), parent.join("n_p-2"));
    assert_eq!(fs::read_to_string(parent.join("n_p-1/who")).unwrap(), "second");
    assert_eq!(list(&parent), ["n_p-1", "n_p-2"]);
}

#[test]
fn runs_that_race_get_a_number_each() {
    let root = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for run in 0..16 {
            let parent = root.path().join("runs");
            scope.spawn(move || {
                let folder = Folder::numbered(&parent, "net").unwrap();
                fs::write(folder.path().join("who"), run.to_string()).unwrap();
                let path = folder.finish().unwrap();
                assert_eq!(fs::read_to_string(path.join("who")).unwrap(), run.to_string());
            });
        }
    });
    assert_eq!(list(&root.path().join("runs")).len(), 16);
}
