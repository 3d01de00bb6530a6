//! Events to spikes by step.

use super::event;
use spikemesh::encode::events::{BinRule, Binned, Error, Event, Recording, Spikes, binned};

fn recording(events: &[Event]) -> Recording {
    let (events, notes) = (events.to_vec(), vec![]);
    Recording { path: "a.bs2".into(), events, width: None, height: None, format: "test", notes }
}

/// Element and count of each step.
fn pairs(binned: &Binned) -> Vec<Vec<(u32, u32)>> {
    let step = |step: &Vec<Spikes>| step.iter().map(|s| (s.element, s.count)).collect();
    binned.steps.iter().map(step).collect()
}

const EVENTS: [Event; 6] = [
    Event { t_us: 0, x: 1, y: 0, on: false },
    Event { t_us: 999, x: 1, y: 0, on: false },
    Event { t_us: 999, x: 0, y: 1, on: true },
    Event { t_us: 1000, x: 2, y: 1, on: true },
    Event { t_us: 3999, x: 2, y: 1, on: true },
    Event { t_us: 3999, x: 2, y: 1, on: false },
];

#[test]
fn elements_are_channel_row_and_column() {
    let recording = recording(&EVENTS);
    let cut = |shape, rule| pairs(&binned(&recording, shape, 1000.0, rule).unwrap());
    let rule = BinRule::default();
    // Two rows of three: polarity 1 begins at 6.
    let wanted = [vec![(1, 2), (9, 1)], vec![(11, 1)], vec![], vec![(5, 1), (11, 1)]];
    assert_eq!(cut([2, 2, 3], rule), wanted);
    let swapped = [vec![(3, 1), (7, 2)], vec![(5, 1)], vec![], vec![(5, 1), (11, 1)]];
    assert_eq!(cut([2, 2, 3], BinRule { swap_polarity: true, ..rule }), swapped);
    let both = [vec![(1, 2), (3, 1)], vec![(5, 1)], vec![], vec![(5, 2)]];
    assert_eq!(cut([1, 2, 3], rule), both);
}

#[test]
fn one_a_step_says_what_it_merged() {
    let rule = BinRule { most: Some(1), ..BinRule::default() };
    let cut = binned(&recording(&EVENTS), [1, 2, 3], 1000.0, rule).unwrap();
    assert_eq!(pairs(&cut), [vec![(1, 1), (3, 1)], vec![(5, 1)], vec![], vec![(5, 1)]]);
    assert_eq!((cut.beyond, cut.spikes()), (2, 4));
    assert_eq!(cut.notes, ["2 events merged with others of pixel, polarity and step"]);
}

/// For chips without steps the same spikes come one by one.
#[test]
fn moments_are_the_spikes_of_the_steps() {
    for most in [None, Some(1), Some(2)] {
        let rule = BinRule { most, ..BinRule::default() };
        let again = [&EVENTS[..2], &[event(999, 1, 0, false)], &EVENTS[2..]].concat();
        let cut = binned(&recording(&again), [2, 2, 3], 1000.0, rule).unwrap();
        for (step, moments) in cut.steps.iter().zip(&cut.moments) {
            assert!(moments.is_sorted_by_key(|&(_, ps)| ps), "{moments:?}");
            let mut elements: Vec<u32> = moments.iter().map(|&(element, _)| element).collect();
            elements.sort_unstable();
            let counted = step.iter().flat_map(|s| vec![s.element; s.count as usize]);
            assert_eq!(elements, counted.collect::<Vec<_>>());
        }
        assert_eq!(cut.moments[0][0], (1, 0));
        assert_eq!(cut.beyond, [0, 2, 1][most.unwrap_or(0) as usize]);
    }
    let rule = BinRule { most: Some(2), ..BinRule::default() };
    let again = recording(&[EVENTS[0]; 5]);
    let cut = binned(&again, [2, 2, 3], 1000.0, rule).unwrap();
    assert_eq!(cut.notes, ["3 events beyond 2 of one pixel in one step, left out"]);
}

#[test]
fn a_number_of_steps_is_kept() {
    let cut = |steps| {
        let rule = BinRule { steps: Some(steps), ..BinRule::default() };
        binned(&recording(&EVENTS), [2, 2, 3], 1000.0, rule).unwrap()
    };
    assert_eq!((cut(9).steps.len(), cut(9).late, cut(9).spikes()), (9, 0, 6));
    assert_eq!((cut(2).steps.len(), cut(2).late, cut(2).spikes()), (2, 2, 4));
    assert_eq!(cut(2).notes, ["2 events after the last step, left out"]);
    assert_eq!(cut(0).late, 6);
}

#[test]
fn events_outside_are_refused_or_dropped() {
    let recording = recording(&EVENTS);
    let error = binned(&recording, [2, 2, 2], 1000.0, BinRule::default()).unwrap_err();
    assert!(error.to_string().starts_with("event 3 of the recording a.bs2 (t = "), "{error}");
    let Error::Outside { index: 3, x: 2, y: 1, width: 2, height: 2, count: 3, .. } = error else {
        panic!("{error}");
    };
    let rule = BinRule { drop_outside: true, ..BinRule::default() };
    let cut = binned(&recording, [2, 2, 2], 1000.0, rule).unwrap();
    assert_eq!((cut.outside, cut.spikes(), cut.steps.len()), (3, 3, 4));
    assert_eq!(cut.notes, ["3 events outside of the frame, left out"]);
}

#[test]
fn time_zero_is_the_clock_s_own_or_the_first_event() {
    let cut = |t_us| {
        let recording = recording(&[event(t_us, 0, 0, true), event(t_us + 2500, 0, 0, true)]);
        binned(&recording, [1, 1, 1], 1000.0, BinRule::default()).unwrap()
    };
    assert_eq!((cut(999_999).zero_us, cut(999_999).steps.len()), (0, 1003));
    assert_eq!((cut(1_000_000).zero_us, cut(1_000_000).steps.len()), (1_000_000, 3));
    assert_eq!(cut(5_000_000).notes, ["time zero is the first event, at 5000000 us"]);
}

#[test]
fn frames_and_steps_that_cannot_be_are_refused() {
    let recording = recording(&EVENTS);
    let cut = |shape, step| binned(&recording, shape, step, BinRule::default());
    for shape in [[3, 2, 3], [0, 2, 3], [2, 0, 3], [2, usize::MAX, 3], [2, 1 << 16, 1 << 16]] {
        assert!(matches!(cut(shape, 1000.0), Err(Error::Frame { .. })), "{shape:?}");
    }
    for step in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
        assert!(matches!(cut([2, 2, 3], step), Err(Error::Step { .. })), "{step}");
    }
    let empty = binned(&super::binning::recording(&[]), [2, 2, 3], 1000.0, BinRule::default());
    assert_eq!(empty.unwrap().steps.len(), 0);
}
