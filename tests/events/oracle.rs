//! EVT3 as another reader has it.

use super::sound;
use super::written::{EVT3_HEADER, evt3, sample};
use evt3::Evt3Decoder;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use spikemesh::encode::events::Event;

fn of_others(words: &[u8]) -> Vec<Event> {
    let (mut events, mut triggers) = (vec![], vec![]);
    Evt3Decoder::new().decode_bytes(words, &mut events, &mut triggers).unwrap();
    let ours = events.iter().map(|event| Event {
        t_us: event.timestamp,
        x: event.x,
        y: event.y,
        on: event.polarity == 1,
    });
    let mut events: Vec<Event> = ours.collect();
    events.sort_by_key(|event| event.t_us);
    events
}

#[test]
fn what_we_write_others_read() {
    let events = sample(2000);
    let bytes = evt3(&events);
    assert_eq!(of_others(&bytes[EVT3_HEADER.len()..]), events);
}

/// Words of every kind; within a high word the low one grows, as cameras have it.
#[test]
fn random_words_are_read_alike() {
    for seed in 0..50 {
        let mut random = SmallRng::seed_from_u64(seed);
        let (mut high, mut low) = (random.random_range(0..4096u16), 0);
        // What comes before the first time the other reader forgets as a whole.
        let mut words = vec![0x8000 | high];
        for _ in 0..2000 {
            words.push(match random.random_range(0..12) {
                0 => {
                    high = (high + random.random_range(1..6)) % 4096;
                    low = 0;
                    0x8000 | high
                }
                1 => {
                    low = (low + random.random_range(0..200)).min(4095);
                    0x6000 | low
                }
                2 | 3 => random.random_range(0..0x800),
                4..7 => 0x2000 | random.random_range(0..0x1000),
                7 | 8 => 0x3000 | random.random_range(0..0x1000),
                9 => 0x4000 | random.random_range(0..0x1000),
                10 => 0x5000 | random.random_range(0..0x100),
                _ => 0xa000 | random.random_range(0..0x1000),
            });
        }
        let words: Vec<u8> = words.into_iter().flat_map(u16::to_le_bytes).collect();
        let ours = sound("a.raw", &[EVT3_HEADER, &words].concat()).events;
        assert!(ours.len() > 1000);
        assert!(ours == of_others(&words), "seed {seed}");
    }
}
