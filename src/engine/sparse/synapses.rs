//! Delivers spikes through synapses of one delay.
//!
//! Sums of weights run in `f64`, in order of `(pre, synapse)`. Where all weights are small
//! multiples of one power of two, no such sum is ever rounded, so that sums of integers in any
//! order are the same.

use crate::kernel::{self, ARRIVALS, Arrivals, Rows, SEGMENT};
use crate::snn::sparse::{SparseNetwork, Synapse};
use std::borrow::Cow;
use std::ops::Range;

/// What neurons received, by place in [`super::visits::Visits`].
pub(super) struct Received {
    /// Sum of weights.
    pub(super) input: Vec<f64>,
    /// 1 where any synapse was reached; flags of the neurons once they have been visited.
    pub(super) flags: Vec<u8>,
}

impl Received {
    pub(super) fn nothing(neurons: usize) -> Received {
        Received { input: vec![0.0; neurons], flags: vec![0; neurons] }
    }
}

/// Synapses, by the neuron before them.
pub(super) enum Synapses<'a> {
    Small(Small),
    Any { synapses: Cow<'a, [Synapse]>, starts: Vec<usize>, places: Vec<u32> },
}

impl<'a> Synapses<'a> {
    /// `synapses` sorted by `pre`; `unit` of all synapses of the network, as [`unit`] has it;
    /// `places` of neurons as in [`Received`].
    pub(super) fn new(
        synapses: Cow<'a, [Synapse]>,
        unit: Option<f64>,
        places: &[u32],
    ) -> Synapses<'a> {
        let starts = starts_of(&synapses, places.len());
        match unit.and_then(|unit| Small::new(&synapses, unit, &starts, places)) {
            Some(small) => Synapses::Small(small),
            None => Synapses::Any { synapses, starts, places: places.to_vec() },
        }
    }

    /// Delivers a spike of each neuron in `fired`, which is sorted; `fresh`: in place of what was
    /// received before, else on top of it.
    pub(super) fn deliver(&mut self, fired: &[u32], fresh: bool, received: &mut Received) {
        match self {
            Synapses::Small(small) => small.deliver(fired, fresh, received),
            Synapses::Any { synapses, starts, places } => {
                if fresh {
                    received.input.fill(0.0);
                    received.flags.fill(0);
                }
                for &id in fired {
                    let range = starts[id as usize]..starts[id as usize + 1];
                    for synapse in &synapses[range] {
                        let place = places[synapse.post as usize] as usize;
                        received.input[place] += synapse.weight;
                        received.flags[place] = 1;
                    }
                }
            }
        }
    }
}

/// Synapses whose weights are a byte times one unit, in rows of 3 bytes a synapse.
pub(super) struct Small {
    unit: f64,
    /// Spikes after which an accumulator could be full.
    at_once: usize,
    /// Targets of a segment.
    length: usize,
    segments: Vec<Segment>,
    arrivals: Vec<Arrivals>,
}

#[derive(Default)]
struct Segment {
    targets: Vec<u16>,
    weights: Vec<i8>,
    starts: Vec<u32>,
}

impl Small {
    fn new(synapses: &[Synapse], unit: f64, starts: &[usize], places: &[u32]) -> Option<Small> {
        Small::cut(synapses, unit, starts, places, segment(places.len(), synapses.len()))
    }

    /// In segments of `length` targets.
    fn cut(
        synapses: &[Synapse],
        unit: f64,
        starts: &[usize],
        places: &[u32],
        length: usize,
    ) -> Option<Small> {
        u32::try_from(synapses.len()).ok()?;
        let count = places.len().div_ceil(length);
        let mut segments: Vec<Segment> = (0..count).map(|_| Segment::default()).collect();
        for segment in &mut segments {
            segment.starts.reserve_exact(places.len() + 1);
            segment.starts.push(0);
            if count == 1 {
                segment.targets.reserve_exact(synapses.len());
                segment.weights.reserve_exact(synapses.len());
            }
        }
        let mut into = vec![0u32; places.len()];
        // A target that is met again comes last: its sum would otherwise be read before it is
        // written.
        let (mut row, mut again, mut repeated) = (vec![], vec![], 1);
        for range in starts.windows(2) {
            row.clear();
            row.extend(synapses[range[0]..range[1]].iter().map(|synapse| {
                let place = places[synapse.post as usize];
                into[place as usize] += 1;
                // A whole number of units between -128 and 127, as `unit` has made sure.
                (place, (synapse.weight / unit) as i8)
            }));
            row.sort_unstable();
            again.clear();
            for same in row.chunk_by(|a, b| a.0 == b.0) {
                repeated = repeated.max(same.len() as u32);
                again.extend_from_slice(&same[1..]);
            }
            row.dedup_by_key(|synapse| synapse.0);
            for &(place, weight) in row.iter().chain(&again) {
                let segment = &mut segments[place as usize / length];
                segment.targets.push((place as usize % length) as u16);
                segment.weights.push(weight);
            }
            for segment in &mut segments {
                segment.starts.push(segment.targets.len() as u32);
            }
        }
        if repeated > ARRIVALS {
            return None;
        }
        let fits = into.iter().all(|&synapses| synapses <= ARRIVALS);
        let at_once = if fits { usize::MAX } else { (ARRIVALS / repeated) as usize };
        Some(Small { unit, at_once, length, arrivals: vec![[0; SEGMENT]; count], segments })
    }

    fn deliver(&mut self, fired: &[u32], fresh: bool, received: &mut Received) {
        let nothing: &[u32] = &[];
        let chunks = fired.chunks(self.at_once).chain(fired.is_empty().then_some(nothing));
        for (nth, fired) in chunks.enumerate() {
            let length = self.length;
            let inputs = received.input.chunks_mut(length).zip(received.flags.chunks_mut(length));
            for ((segment, arrivals), (input, flags)) in
                self.segments.iter().zip(&mut self.arrivals).zip(inputs)
            {
                let Segment { targets, weights, starts } = segment;
                kernel::scatter(Rows { targets, weights, starts }, fired, arrivals);
                let length = input.len();
                let arrivals = &mut arrivals[..length];
                kernel::take_arrivals(arrivals, self.unit, fresh && nth == 0, input, flags);
            }
        }
    }
}

/// Targets of a segment. Their sums stay in the fastest cache while all rows are added, if those
/// are not too short for it.
fn segment(neurons: usize, synapses: usize) -> usize {
    const IN_CACHE: usize = 1 << 14;
    const WORTHWHILE: usize = 128;
    (neurons.saturating_mul(neurons).saturating_mul(WORTHWHILE) / synapses.max(1))
        .clamp(IN_CACHE, SEGMENT)
}

/// The power of two of which all weights are multiples from -127 to 127, if there is one.
pub(super) fn unit(synapses: &[Synapse]) -> Option<f64> {
    let weights = || synapses.iter().map(|synapse| synapse.weight).filter(|&weight| weight != 0.0);
    let mut lowest = i64::MAX;
    for weight in weights() {
        lowest = lowest.min(lowest_bit(weight)?);
    }
    if lowest == i64::MAX {
        return Some(1.0);
    }
    // Far from the ends of the exponents, so that sums of units are numbers without rounding.
    let unit =
        (-900..900).contains(&lowest).then(|| f64::from_bits(((lowest + 1023) as u64) << 52))?;
    weights().all(|weight| (weight / unit).abs() <= 127.0).then_some(unit)
}

/// Exponent of the lowest bit of a number that is not zero.
fn lowest_bit(value: f64) -> Option<i64> {
    let (exponent, fraction) = (value.to_bits() >> 52 & 0x7ff, value.to_bits() & ((1 << 52) - 1));
    let normal = exponent != 0 && exponent != 0x7ff;
    normal.then(|| exponent as i64 - 1075 + i64::from((fraction | 1 << 52).trailing_zeros()))
}

/// By neuron the index of its first synapse, and at the end the number of synapses.
pub(super) fn starts(network: &SparseNetwork) -> Vec<usize> {
    starts_of(&network.synapses, network.neurons.len())
}

fn starts_of(synapses: &[Synapse], neurons: usize) -> Vec<usize> {
    let mut starts = vec![0; neurons + 1];
    for synapse in synapses {
        starts[synapse.pre as usize + 1] += 1;
    }
    for id in 0..neurons {
        starts[id + 1] += starts[id];
    }
    starts
}

/// The synapses of a neuron.
pub(super) fn range(starts: &[usize], id: usize) -> Range<usize> {
    starts[id]..starts[id + 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(synapses: &[(u32, u32, f64)]) -> Vec<Synapse> {
        let synapse = |&(pre, post, weight)| Synapse { pre, post, weight, delay: 1 };
        let mut synapses: Vec<Synapse> = synapses.iter().map(synapse).collect();
        synapses.sort_by_key(|synapse| synapse.pre);
        synapses
    }

    /// What both forms of the synapses deliver, bit by bit.
    fn delivered(synapses: &mut Synapses, fired: &[u32], neurons: usize) -> (Vec<u64>, Vec<u8>) {
        let mut received = Received { input: vec![f64::NAN; neurons], flags: vec![7; neurons] };
        synapses.deliver(fired, true, &mut received);
        (received.input.iter().map(|input| input.to_bits()).collect(), received.flags)
    }

    fn plain<'a>(synapses: &'a [Synapse], places: &[u32]) -> Synapses<'a> {
        let starts = starts_of(synapses, places.len());
        Synapses::Any { synapses: Cow::Borrowed(synapses), starts, places: places.to_vec() }
    }

    fn best<'a>(synapses: &'a [Synapse], places: &[u32]) -> Synapses<'a> {
        Synapses::new(Cow::Borrowed(synapses), unit(synapses), places)
    }

    proptest! {
        #[test]
        fn small_weights_give_the_bits_of_f64(
            neurons in 1u32..90,
            exponent in -40i32..40,
            drawn in prop::collection::vec((0u32..1000, 0u32..1000, -127i32..=127), 0..600),
            firing in prop::collection::vec(any::<bool>(), 90),
            at_once in 1usize..5,
            length in 1usize..100,
        ) {
            let unit = 2.0f64.powi(exponent);
            let drawn: Vec<_> = drawn
                .into_iter()
                .map(|(pre, post, weight)| (pre % neurons, post % neurons, f64::from(weight) * unit))
                .collect();
            let synapses = sorted(&drawn);
            let places: Vec<u32> = (0..neurons).rev().collect();
            let fired: Vec<u32> = (0..neurons).filter(|&id| firing[id as usize]).collect();
            let expected = delivered(&mut plain(&synapses, &places), &fired, neurons as usize);
            let starts = starts_of(&synapses, places.len());
            let unit = super::unit(&synapses).expect("small weights");
            let mut small =
                Small::cut(&synapses, unit, &starts, &places, length).expect("few synapses");
            for _ in 0..2 {
                let mut synapses = Synapses::Small(small);
                prop_assert_eq!(&delivered(&mut synapses, &fired, neurons as usize), &expected);
                let Synapses::Small(back) = synapses else { unreachable!() };
                // Again with accumulators that have to be emptied on the way.
                small = Small { at_once, ..back };
            }
        }
    }

    #[test]
    fn full_accumulators_are_emptied() {
        let most = ARRIVALS;
        for weight in [-127.0, 127.0] {
            let drawn: Vec<_> = (0..2 * most + 2).map(|synapse| (synapse % 3, 0, weight)).collect();
            let synapses = sorted(&drawn);
            let mut small = best(&synapses, &[0, 1, 2]);
            assert!(matches!(&small, Synapses::Small(small) if small.at_once == 1));
            let expected = delivered(&mut plain(&synapses, &[0, 1, 2]), &[0, 1, 2], 3);
            assert_eq!(delivered(&mut small, &[0, 1, 2], 3), expected);
        }
    }

    #[test]
    fn other_weights_are_summed_as_they_are() {
        for weights in
            [[0.1, 1.0], [1.0, 256.0], [1e-300, 1e-300], [f64::INFINITY, 0.0], [5e-324, 5e-324]]
        {
            let synapses = sorted(&weights.map(|weight| (0, 1, weight)));
            assert!(matches!(best(&synapses, &[0, 1]), Synapses::Any { .. }), "{weights:?}");
        }
        assert_eq!(unit(&sorted(&[(0, 1, -0.75), (1, 0, 2.0), (1, 1, -0.0)])), Some(0.25));
    }
}
