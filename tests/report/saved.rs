//! A saved activity reads back as it was, and nothing else reads at all.

use super::common::{outcome, setup, spikes};
use spikemesh::pipeline::Outcome;
use spikemesh::report::{Error, input_folders, read_activity, write_activity};
use std::fs;

#[test]
fn an_activity_reads_back() {
    let root = tempfile::tempdir().unwrap();
    let one = outcome("street");
    write_activity(
        root.path(),
        &setup(true),
        &Outcome { spikes: Some(spikes().into_iter().collect()), ..one.clone() },
    )
    .unwrap();
    let expected = (setup(true), one);
    assert_eq!(read_activity(root.path()).unwrap(), expected);
    assert_eq!(read_activity(&root.path().join("activity.json")).unwrap(), expected);
    assert_eq!(input_folders(root.path()).unwrap(), [root.path()]);
}

#[test]
fn a_folder_without_activity_is_named() {
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(input_folders(root.path()), Err(Error::NoActivity { .. })));
    assert!(matches!(read_activity(root.path()), Err(Error::Read { .. })));
    assert!(matches!(input_folders(&root.path().join("none")), Err(Error::Read { .. })));
}

#[test]
fn foreign_and_damaged_files_are_told_apart() {
    let root = tempfile::tempdir().unwrap();
    write_activity(root.path(), &setup(false), &outcome("street")).unwrap();
    let path = root.path().join("activity.json");
    let good = fs::read_to_string(&path).unwrap();
    let reason = |text: &str| {
        fs::write(&path, text).unwrap();
        read_activity(root.path()).unwrap_err()
    };
    for text in [
        "",
        "hello",
        "[1]",
        "{}",
        "{\"format\": \"other\"}",
        &good.replace("\"format_version\":1", "\"format_version\":2"),
    ] {
        let error = reason(text);
        assert!(matches!(error, Error::Foreign { .. }), "{text:.40}: {error}");
        assert!(error.to_string().contains("activity.json"));
    }
    let cut = &good[..good.len() / 2];
    let damaged = [
        cut.to_string(),
        good.replacen("\"accesses\":[", "\"accesses\":[1,", 1),
        good.replacen("\"chips\":2", "\"chips\":-2", 1),
        good.replacen("\"chip_width\":8", "\"chip_width\":0", 1),
        good.replacen("{\"width\":8,", "{\"width\":1000000000000,", 1),
        good.replacen("\"x\":3,", "\"x\":300,", 1),
        good.replacen("\"spikes_per_position\":[", "\"spikes_per_position\":[7,", 1),
        good.replacen("\"height\":24", "\"height\":2305843009213693952", 1),
        good.replacen("\"layer\":4", "\"layer\":5", 1),
    ];
    for text in damaged {
        assert_ne!(text, good);
        let error = reason(&text);
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}
