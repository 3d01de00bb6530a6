//! What is written is read, and how.

use super::written::{self, EVT3_HEADER, aedat, archive, each, npy, records, sample};
use super::{event, read, shared, sound};
use spikemesh::encode::events::{self, Event};
use std::fs;
use zip::CompressionMethod;

/// Count, sums of x, y and p, and sum of times.
fn sums(events: &[Event]) -> [u64; 5] {
    events.iter().fold([0; 5], |[count, x, y, p, t], event| {
        let [ex, ey] = [event.x, event.y].map(u64::from);
        [count + 1, x + ex, y + ey, p + u64::from(event.on), t + event.t_us]
    })
}

#[test]
fn every_format_gives_back_what_was_written() {
    let events = sample(1000);
    for (name, bytes) in each(&events) {
        let read = sound(name, &bytes);
        assert_eq!(sums(&read.events), sums(&events), "{name}");
        assert_eq!(read.events, events, "{name}");
        let knows_size = matches!(name.rsplit('.').next(), Some("aedat4" | "dat" | "raw"));
        assert_eq!((read.width, read.height), (knows_size.then_some(34), knows_size.then_some(34)));
        let expected = match name {
            name if name.ends_with(".bin") => 1,
            name if name.ends_with(".aedat4") => 1,
            _ => 0,
        };
        assert_eq!(read.notes.len(), expected, "{name}: {:?}", read.notes);
    }
}

/// Signatures beat suffixes; what has none needs its suffix.
#[test]
fn content_decides_before_the_suffix() {
    let events = sample(10);
    for (name, bytes) in each(&events) {
        let marked = !name.starts_with("plain.b");
        let format = sound(name, &bytes).format;
        match read("other.dat", &bytes) {
            Ok(read) => assert_eq!(read.format, format, "{name}"),
            Err(error) => assert!(!marked, "{name}: {error}"),
        }
    }
}

#[test]
fn recordings_are_recognised_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    for (name, bytes) in each(&sample(20)) {
        let path = path(name, &bytes);
        assert_eq!(events::recognised(&path), Some(events::read(&path).unwrap().format), "{name}");
    }
    // In any order, and others beside them.
    let list = npy("'<i8'", "(1,)", false, &[7, 0, 0, 0, 0, 0, 0, 0]);
    for names in [&["label", "t", "x", "y", "p"][..], &["arr_0"], &["label", "events"]] {
        let parts: Vec<_> = names.iter().map(|name| format!("{name}.npy")).collect();
        let parts: Vec<_> = parts.iter().map(|name| (&name[..], list.clone())).collect();
        let bytes = archive(&parts, CompressionMethod::Stored);
        let found = events::recognised(&path("parts.npz", &bytes));
        assert_eq!(found, Some("NumPy .npz"), "{names:?}");
    }
    for end in ["\n", "\r", "\r\n"] {
        let text = ["\"t\",\"x\",\"y\",\"p\"", "5,1,2,1"].join(end);
        assert_eq!(events::recognised(&path("lines.csv", text.as_bytes())), Some("CSV"), "{end:?}");
    }
    let picture = npy("'<f4'", "(3, 2, 2)", false, &[0; 48]);
    let weights = archive(&[("conv1.npy", picture.clone())], CompressionMethod::Stored);
    for (name, bytes) in [
        ("picture.npy", &picture[..]),
        ("weights.npz", &weights[..]),
        ("weights.bin", &weights[..]),
        ("table.csv", b"pre,post,weight\n0,1,2\n"),
        ("empty.bin", b""),
        ("noise.raw", b"\x01\x02\x03\x04"),
        ("text.txt", b"hello"),
    ] {
        assert_eq!(events::recognised(&path(name, bytes)), None, "{name}");
    }
    assert_eq!(events::recognised(folder.path()), None);
    assert_eq!(events::recognised(&folder.path().join("nowhere.bs2")), None);
}

#[test]
fn events_out_of_order_are_sorted_and_noted() {
    let events = [event(5, 1, 1, true), event(3, 2, 2, false), event(5, 3, 3, false)];
    let read = sound("a.bs2", &written::bs2(&events));
    assert_eq!(read.events, [events[1], events[0], events[2]]);
    assert_eq!(read.notes, ["1 event earlier than the one before: sorted by time"]);
    assert_eq!((read.first_us(), read.last_us(), read.duration_us()), (Some(3), Some(5), 2));
}

fn words(words: &[u16]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_le_bytes());
    EVT3_HEADER.iter().copied().chain(words).collect()
}

/// The low word falls twice and no high word comes: 4096 us each.
#[test]
fn wrapped_times_of_evt3_go_on() {
    let bytes = words(&[0x8001, 0x6ffe, 5, 0x2001, 0x6001, 0x2802, 0x6000, 0x2003, 0x8004, 0x2004]);
    let read = sound("a.raw", &bytes);
    let times: Vec<u64> = read.events.iter().map(|event| event.t_us).collect();
    assert_eq!(times, [4096 + 4094, 2 * 4096 + 1, 3 * 4096, 4 * 4096]);
    let note = "2 falls of the low word of time without a high one: 4096 us added";
    assert_eq!(read.notes, [note]);
    // The high word itself begins again.
    let read = sound("a.raw", &words(&[0x8fff, 5, 0x2001, 0x8000, 0x6001, 0x2001]));
    assert_eq!(read.last_us(), Some((1 << 24) + 1));
    assert!(read.notes[0].contains("2^24"), "{:?}", read.notes);
}

/// A camera may say the high word again; the low one is as it was.
#[test]
fn a_high_word_that_is_said_again_changes_nothing() {
    let bytes = words(&[0x8001, 0x6388, 0, 0x2801, 0x8001, 0x2802, 0x8002, 0x2803]);
    let read = sound("a.raw", &bytes);
    let times: Vec<u64> = read.events.iter().map(|event| event.t_us).collect();
    assert_eq!((times, read.notes), (vec![5000, 5000, 8192], vec![]));
}

#[test]
fn masks_of_evt3_are_pixels() {
    let bytes = words(&[0x2001, 0x8000, 0x6007, 9, 0x3810, 0x4801, 0x5081, 0xa000, 0x4001]);
    let read = sound("a.raw", &bytes);
    let x: Vec<u16> = read.events.iter().map(|event| event.x).collect();
    assert_eq!(x, [16, 27, 28, 35, 36]);
    assert!(read.events.iter().all(|event| event.on && event.y == 9 && event.t_us == 7));
    assert_eq!(read.notes.len(), 3, "{:?}", read.notes);
}

/// expelliarmus says the row before the first time.
#[test]
fn a_row_before_the_first_time_is_kept() {
    let read = sound("a.raw", &words(&[7, 0x8000, 0x6001, 0x2005]));
    assert_eq!((read.events, read.notes), (vec![event(1, 5, 7, false)], vec![]));
}

#[test]
fn times_that_begin_again_go_on() {
    let events = [event(u64::from(u32::MAX), 1, 1, true), event(1 << 32, 1, 1, true)];
    let read = sound("a.dat", &written::dat(&events));
    assert_eq!(read.events, events);
    assert_eq!(read.notes, ["1 time began again at 0: 2^32 us added each time"]);
}

#[test]
fn units_of_time_go_by_the_name_of_the_column() {
    for (header, time, wanted) in [
        ("t", "1500", 1500),
        ("t", "1500.0", 1500),
        ("t_us", "1500.4", 1500),
        ("t_ms", "1.5", 1500),
        ("t_ms", "2", 2000),
        ("t_s", "0.0015", 1500),
        ("t_s", "3", 3_000_000),
        ("t_ns", "1500499", 1500),
        ("timestamp", "7", 7),
    ] {
        let csv = format!("x,{header},y,extra,polarity\n1,{time},2,abc,True\n");
        assert_eq!(sound("a.csv", csv.as_bytes()).events, [event(wanted, 1, 2, true)], "{header}");
    }
    let (descr, data) = ("[('t_ms','<u1'),('x','u1'),('y','u1'),('p','i1')]", [3, 1, 2, 255]);
    let read = sound("a.npy", &npy(descr, "(1,)", false, &data));
    assert_eq!(read.events, [event(3000, 1, 2, false)]);
}

/// A file that was cut off, such as by a camera that was unplugged.
#[test]
fn ends_that_are_cut_off_are_left_out_and_noted() {
    let events = sample(500);
    for (name, bytes) in [("a.dat", written::dat(&events)), ("b.raw", written::evt2(&events))] {
        let read = sound(name, &bytes[..bytes.len() - 3]);
        assert_eq!(read.events, events[..499], "{name}");
        assert!(read.notes[0].contains("at the end"), "{:?}", read.notes);
    }
    let bytes = aedat(&events, 1, 100);
    let read = sound("a.aedat4", &bytes[..bytes.len() - 100]);
    assert_eq!(read.events, events[..400]);
    assert!(read.notes.iter().any(|note| note.contains("cut off")), "{:?}", read.notes);
}

#[test]
fn a_recording_without_events_says_so() {
    for (name, bytes) in each(&[]).into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let read = sound(name, &bytes);
        assert!(read.events.is_empty() && read.notes.iter().any(|note| note == "no events"));
        assert_eq!((read.first_us(), read.duration_us(), read.busiest()), (None, 0, None));
    }
}

#[test]
fn the_busiest_pixel_is_the_first_of_equals() {
    let events = [event(1, 9, 2, true), event(2, 3, 2, true), event(3, 9, 2, false)];
    let busiest = sound("a.bs2", &written::bs2(&events)).busiest().unwrap();
    assert_eq!((busiest.x, busiest.y, busiest.events), (9, 2, 2));
    let busiest = sound("a.npy", &records(&events[..2])).busiest().unwrap();
    assert_eq!((busiest.x, busiest.events), (3, 1));
}

/// All recordings of the small set, against the bytes read in the plainest way.
#[test]
fn the_recordings_of_nmnist_are_read() {
    let Some(folder) = shared("data/nmnist-small") else { return };
    let mut files = 0;
    for part in ["test", "train"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let read = events::read(&path).unwrap();
            assert_eq!((read.events.len() * 5, read.format), (bytes.len(), "N-MNIST .bs2"));
            let column = |at: usize| bytes[at..].iter().step_by(5).map(|&byte| u64::from(byte));
            let p: u64 = column(2).map(|byte| byte >> 7).sum();
            let t: u64 = column(2).map(|byte| (byte & 127) << 16).sum::<u64>()
                + column(3).map(|byte| byte << 8).sum::<u64>()
                + column(4).sum::<u64>();
            let wanted = [bytes.len() as u64 / 5, column(0).sum(), column(1).sum(), p, t];
            assert_eq!(sums(&read.events), wanted, "{}", path.display());
            assert!(read.events.iter().all(|event| event.x < 34 && event.y < 34));
            files += 1;
        }
    }
    assert_eq!(files, 350);
}
