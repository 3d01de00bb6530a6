//! Labels as tools write them: read, or left out and counted.

use super::{shared, spikemesh, succeeds};

/// `eval` of the network inside on some labels; standard output and error.
fn eval(data: &std::path::Path, dir: &std::path::Path) -> (String, String) {
    let mut eval = spikemesh();
    eval.args(["eval", "digits", "--recipe", "best", "--checkpoints", "1", "--data"]).arg(data);
    succeeds(eval.arg("--out").arg(dir.join("out")))
}

#[test]
fn boxes_of_unknown_classes_are_counted() {
    let Some(data) = shared("coco/unknown-class.json") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (table, said) = eval(&data, dir.path());
    let manifest = std::fs::read_to_string(dir.path().join("out/manifest.toml")).unwrap();
    for text in [table, said, manifest] {
        assert!(text.contains("left out: the network has no class"), "{text}");
    }
}

#[test]
fn boxes_of_no_size_are_counted() {
    let Some(data) = shared("coco/zero-box.json") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (table, said) = eval(&data, dir.path());
    assert!(table.contains("labelled objects are left out") && table.contains("encloses no area"), "{table}");
    assert!(said.contains("encloses no area"), "{said}");
}
