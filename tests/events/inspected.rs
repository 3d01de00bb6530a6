//! `spikemesh inspect` of a recording.

use super::event;
use super::written::{aedat, archive, bs2, each, npy, sample};
use crate::small_detector::spikemesh;
use std::fs;
use zip::CompressionMethod;

fn inspect(name: &str, bytes: &[u8]) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    spikemesh().arg("inspect").arg(&path).assert()
}

fn told(name: &str, bytes: &[u8]) -> String {
    let output = inspect(name, bytes).success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn every_format_is_shown_in_lines_of_80() {
    for (name, bytes) in each(&sample(500)) {
        let text = told(name, &bytes);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("events        500\n"), "{text}");
    }
}

#[test]
fn a_recording_is_shown_with_all_that_matters() {
    let timed = |(t_us, x)| event(t_us, x, 7, x == 9);
    let events = [(1000, 3), (2000, 3), (1500, 9), (501_000, 3)].map(timed);
    let wanted = "format        N-MNIST .bs2\n\
                  events        4\n\
                  on, off       1, 3\n\
                  size          not in the file; the events need 10 x 8\n\
                  first event   1 000 us\n\
                  last event    501 000 us\n\
                  duration      500 000 us\n\
                  rate          8.000 events/s\n\
                  busiest pixel x = 3, y = 7, 3 events\n\
                  note          1 event earlier than the one before: sorted by time\n";
    assert_eq!(told("a.bs2", &bs2(&events)), wanted);
    assert!(told("a.aedat4", &aedat(&events, 0, 9)).contains("size          34 x 34\n"));
}

#[test]
fn a_damaged_recording_is_refused_with_a_code() {
    for (name, bytes, code) in [
        ("a.bs2", &[1; 7][..], "E0424"),
        // No network is called so: the columns are told, not that it is no ONNX model.
        ("a.csv", b"t,x,y\n1,2,3\n", "E0425"),
    ] {
        let output = inspect(name, bytes).code(1);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains(code), "{text}");
    }
}

/// Events, and what unpacks to much more than the file has, stay within the limit.
#[test]
fn what_takes_too_much_memory_is_refused() {
    let long = npy("'<u8'", "(100000, 4)", false, &vec![0; 3_200_000]);
    let zip = archive(&[("events.npy", long)], CompressionMethod::Deflated);
    let lz4 = aedat(&vec![event(1, 1, 1, true); 50_000], 1, 50_000);
    let zstd = aedat(&vec![event(1, 1, 1, true); 50_000], 3, 50_000);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("file.bs2", bs2(&sample(9000))),
        ("events.bs2", bs2(&sample(1000))),
        ("bomb.npz", zip),
        ("bomb-lz4.aedat4", lz4),
        ("bomb-zstd.aedat4", zstd),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        spikemesh().arg("inspect").arg(&path).assert().success();
        let mut command = spikemesh();
        let output = command.arg("inspect").arg(&path).args(["--max-memory", "40kB"]).assert();
        let output = output.code(1);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains("E0503") && text.contains(name), "{text}");
    }
}
