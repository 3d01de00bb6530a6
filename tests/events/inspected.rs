//! `spikemesh inspect` of a recording.

use super::written::{aedat, bs2, each, sample};
use crate::small_detector::spikemesh;
use std::fs;

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
    let mut events = sample(4);
    for (event, (t_us, x)) in events.iter_mut().zip([(1000, 3), (2000, 3), (1500, 9), (501_000, 3)])
    {
        *event = super::event(t_us, x, 7, x == 9);
    }
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
    let output = inspect("a.bs2", &[1; 7]).code(1);
    let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(text.contains("E0424"), "{text}");
}
