//! What happens on the tracks of a step: slices and lengths of queues, in the order of time.

use crate::engine::noc::{Crossing, PortName};

/// Something at a time. A step has millions: they are small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// From the beginning of the step.
    pub at_ps: u64,
    /// Twice the number of the port; one more for its queue.
    track: u32,
    /// Packets that wait, or the packet whose slice begins, or [`END`].
    value: u32,
}

/// No packet: a slice ends.
const END: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The slice of this packet begins.
    Begin(u32),
    End,
    /// So many packets wait from now on.
    Queue(u32),
}

impl Event {
    /// [`Crossing::number`].
    pub fn port(self) -> u32 {
        self.track / 2
    }

    pub fn what(self) -> What {
        match (self.track % 2, self.value) {
            (0, END) => What::End,
            (0, packet) => What::Begin(packet),
            (_, waiting) => What::Queue(waiting),
        }
    }
}

/// Makes events of one step after another; its room serves again.
#[derive(Debug, Default)]
pub(super) struct Events {
    passed: Vec<Passed>,
    arrivals: Vec<u64>,
    events: Vec<Event>,
    spare: Vec<Event>,
}

impl Events {
    /// All events of a step by time; at one time those of a port stay together, in their order, and
    /// sources come before links.
    pub fn of(&mut self, crossings: &[Crossing]) -> &[Event] {
        let Events { passed, arrivals, events, spare } = self;
        by_port(crossings, passed);
        events.clear();
        // Sources have the largest numbers.
        for passed in passed.chunk_by_mut(|a, b| a.port == b.port).rev() {
            passed.sort_unstable_by_key(|passed| (passed.leaves_ps, passed.packet));
            slices(passed, events);
            queue(passed, arrivals, events);
        }
        by_time(events, spare);
        events
    }
}

/// Bits of a digit, by which times are sorted.
const DIGIT: u32 = 11;

/// Sorts by time and keeps the order of what is at one time: digit by digit from the lowest, which
/// takes a third of what comparisons take.
fn by_time(events: &mut Vec<Event>, spare: &mut Vec<Event>) {
    let longest = events.iter().map(|event| event.at_ps).max().unwrap_or(0);
    spare.resize(events.len(), Event::default());
    for shift in (0..u64::BITS - longest.leading_zeros()).step_by(DIGIT as usize) {
        let digit = |event: &Event| (event.at_ps >> shift) as usize % (1 << DIGIT);
        let mut next = begins(events.iter().map(digit), 1 << DIGIT);
        for event in events.iter() {
            let at = &mut next[digit(event)];
            spare[*at] = *event;
            *at += 1;
        }
        std::mem::swap(events, spare);
    }
}

/// Where each of `groups` begins, of what is sorted by the number of its group.
fn begins(numbers: impl Iterator<Item = usize>, groups: usize) -> Vec<usize> {
    let mut counts = vec![0; groups];
    numbers.for_each(|number| counts[number] += 1);
    let mut before = 0;
    for count in &mut counts {
        before += std::mem::replace(count, before);
    }
    counts
}

/// What is taken of a crossing.
#[derive(Debug, Clone, Copy, Default)]
struct Passed {
    port: u32,
    packet: u32,
    source: bool,
    arrives_ps: u64,
    leaves_ps: u64,
    done_ps: u64,
}

/// Port by port.
fn by_port(crossings: &[Crossing], sorted: &mut Vec<Passed>) {
    let number = |crossing: &Crossing| crossing.number as usize;
    let ports = crossings.iter().map(|crossing| number(crossing) + 1).max();
    let mut next = begins(crossings.iter().map(number), ports.unwrap_or(0));
    sorted.resize(crossings.len(), Passed::default());
    for crossing in crossings {
        let at = &mut next[crossing.number as usize];
        sorted[*at] = Passed {
            port: crossing.number,
            packet: crossing.packet,
            source: matches!(crossing.port, PortName::Source(_)),
            arrives_ps: crossing.arrives_ps,
            leaves_ps: crossing.leaves_ps,
            done_ps: crossing.done_ps,
        };
        *at += 1;
    }
}

/// One packet after the other: slices of a track may not overlap. A packet has a link until it
/// arrives behind it or the next one departs, a core as long as that serves it, and the exit of its
/// own core from when it is the first there until it enters the network.
fn slices(passed: &[Passed], events: &mut Vec<Event>) {
    let mut before = 0;
    for (n, at) in passed.iter().enumerate() {
        let next = passed.get(n + 1).map_or(u64::MAX, |next| next.leaves_ps);
        let [begin, end] = match at.source {
            true => [at.arrives_ps.max(before), at.leaves_ps],
            false => [at.leaves_ps, at.done_ps.min(next)],
        };
        before = at.leaves_ps;
        events.push(Event { at_ps: begin, track: 2 * at.port, value: at.packet });
        events.push(Event { at_ps: end, track: 2 * at.port, value: END });
    }
}

/// How many packets wait, whenever that changes.
fn queue(passed: &[Passed], arrivals: &mut Vec<u64>, events: &mut Vec<Event>) {
    arrivals.clear();
    arrivals.extend(passed.iter().map(|passed| passed.arrives_ps));
    arrivals.sort_unstable();
    let (mut arrived, mut left, mut told) = (0, 0, 0);
    while left < passed.len() {
        let next_ps = passed[left].leaves_ps;
        let at_ps = arrivals.get(arrived).map_or(next_ps, |&arrival| arrival.min(next_ps));
        arrived += arrivals[arrived..].iter().take_while(|&&arrival| arrival == at_ps).count();
        left += passed[left..].iter().take_while(|passed| passed.leaves_ps == at_ps).count();
        // Nobody leaves before arriving.
        let waiting = (arrived - left) as u32;
        if waiting != told {
            told = waiting;
            events.push(Event { at_ps, track: 2 * passed[0].port + 1, value: waiting });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::route::Direction;

    #[test]
    fn slices_of_a_link_end_where_the_next_begins_and_queues_count_who_waits() {
        let at = |packet, times: [u64; 3]| Crossing {
            packet,
            router: [0, 0],
            port: PortName::Link(Direction::East),
            number: 3,
            arrives_ps: times[0],
            leaves_ps: times[1],
            done_ps: times[2],
        };
        let crossings = [at(0, [5, 5, 15]), at(1, [5, 10, 20]), at(2, [6, 30, 40])];
        let mut events = Events::default();
        let told: Vec<(u64, What)> =
            events.of(&crossings).iter().map(|event| (event.at_ps, event.what())).collect();
        use What::{Begin, End, Queue};
        let expected = [
            (5, Begin(0)),
            (5, Queue(1)),
            (6, Queue(2)),
            (10, End),
            (10, Begin(1)),
            (10, Queue(1)),
            (20, End),
            (30, Begin(2)),
            (30, Queue(0)),
            (40, End),
        ];
        assert_eq!(told, expected);
    }
}
