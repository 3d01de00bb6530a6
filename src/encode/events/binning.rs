//! Events to spikes by step.

use super::{Error, Event, Recording};
use crate::memory;
use rustc_hash::FxHashMap;

/// A recording whose first event lies before this time is taken from its own time 0.
const OWN_ZERO_US: u64 = 1_000_000;
/// Most steps of a recording.
const MOST_STEPS: u64 = 1 << 24;

/// How events become spikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BinRule {
    /// Channel 0 takes the events of polarity 1, and channel 1 those of polarity 0.
    pub swap_polarity: bool,
    /// Events outside of the frame are left out and counted, not refused.
    pub drop_outside: bool,
    /// So many events of a channel and pixel in one step become spikes; of one they are merged, and
    /// of more the later ones are left out. All do where none are given.
    pub most: Option<u32>,
    /// So many steps, whatever the recording has: later events are left out and counted. As many as
    /// it takes where none are given.
    pub steps: Option<usize>,
}

/// Spikes of one element of the frame in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spikes {
    /// `(channel * height + y) * width + x`.
    pub element: u32,
    /// How many, 1 or more.
    pub count: u32,
}

/// A recording cut into steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binned {
    /// The spikes of each step, by element, each element once.
    pub steps: Vec<Vec<Spikes>>,
    /// The same spikes one by one: element and time within the step in picoseconds, in order of
    /// time.
    pub moments: Vec<Vec<(u32, u64)>>,
    /// Where the first step begins, in microseconds of the recording's clock.
    pub zero_us: u64,
    /// Events that were left out because they lie outside of the frame.
    pub outside: usize,
    /// Events that were left out because they come after the last step.
    pub late: usize,
    /// Events that became no spike of their own because of [`BinRule::most`].
    pub beyond: usize,
    /// The same in words.
    pub notes: Vec<String>,
}

impl Binned {
    /// All spikes.
    pub fn spikes(&self) -> u64 {
        self.steps.iter().flatten().map(|spikes| u64::from(spikes.count)).sum()
    }
}

/// Cuts a recording into steps of `bin_us` microseconds for a frame of `[channels, height, width]`.
///
/// Two channels take polarity 0 and 1 in this order; one channel takes both. Rows are y, from the
/// top, and columns x. Time zero is that of the recording's own clock if its first event lies
/// within the first second, and else its first event, with a note. An event belongs to step
/// floor((t - zero) / `bin_us`).
///
/// # Errors
/// Events outside of the frame, unless they are to be dropped; a frame of other channels; a step
/// that is not above 0, or makes more than 2^24 steps or more than memory takes.
pub fn binned(
    recording: &Recording,
    shape: [usize; 3],
    bin_us: f64,
    rule: BinRule,
) -> Result<Binned, Error> {
    let frame = Frame::new(shape, rule)?;
    let outside = frame.outside(recording);
    if let (Some(error), false) = (&outside, rule.drop_outside) {
        return Err(error.refusal(recording, frame));
    }
    let zero_us = zero_us(recording);
    let steps = steps(recording, zero_us, bin_us, rule.steps)?;
    let mut binned = Binned {
        steps: Vec::with_capacity(steps),
        moments: Vec::with_capacity(steps),
        zero_us,
        outside: outside.map_or(0, |outside| outside.count),
        late: 0,
        beyond: 0,
        notes: vec![],
    };
    let most = rule.most.unwrap_or(u32::MAX);
    let mut rest = &recording.events[..];
    let mut counts: FxHashMap<u32, u32> = FxHashMap::default();
    for step in 0..steps {
        let is_of_step = |event: &Event| step_of(event, zero_us, bin_us) <= step as u64;
        let (now, later) = rest.split_at(rest.partition_point(is_of_step));
        rest = later;
        let mut moments = Vec::with_capacity(now.len());
        for event in now {
            let Some(element) = frame.element(event) else { continue };
            let count = counts.entry(element).or_default();
            if *count == most {
                binned.beyond += 1;
                continue;
            }
            *count += 1;
            let since_us = event.t_us.saturating_sub(zero_us) as f64 - step as f64 * bin_us;
            moments.push((element, (since_us.max(0.0) * 1e6) as u64));
        }
        let mut spikes: Vec<Spikes> =
            counts.drain().map(|(element, count)| Spikes { element, count }).collect();
        spikes.sort_unstable();
        binned.steps.push(spikes);
        binned.moments.push(moments);
    }
    binned.late = rest.iter().filter(|event| frame.element(event).is_some()).count();
    binned.notes = notes(&binned, rule);
    Ok(binned)
}

/// Where the first step begins, in microseconds of the recording's clock: at its 0, or with the
/// first event.
pub fn zero_us(recording: &Recording) -> u64 {
    recording.first_us().filter(|&first| first >= OWN_ZERO_US).unwrap_or(0)
}

fn notes(binned: &Binned, rule: BinRule) -> Vec<String> {
    let beyond = match rule.most {
        Some(most @ 2..) => format!("beyond {most} of one pixel in one step, left out"),
        _ => "merged with others of pixel, polarity and step".into(),
    };
    let mut notes = vec![];
    if binned.zero_us > 0 {
        notes.push(format!("time zero is the first event, at {} us", binned.zero_us));
    }
    for (count, what) in [
        (binned.outside, "outside of the frame, left out"),
        (binned.late, "after the last step, left out"),
        (binned.beyond, &beyond),
    ] {
        if count > 0 {
            notes.push(format!("{} {what}", crate::plain::counted(count, "event")));
        }
    }
    notes
}

fn step_of(event: &Event, zero_us: u64, bin_us: f64) -> u64 {
    // What is beyond the largest number stays there.
    (event.t_us.saturating_sub(zero_us) as f64 / bin_us) as u64
}

/// Number of steps, if there are not too many.
fn steps(
    recording: &Recording,
    zero_us: u64,
    bin_us: f64,
    asked: Option<usize>,
) -> Result<usize, Error> {
    let duration_us = recording.last_us().map_or(0, |last| last.saturating_sub(zero_us));
    let fault = |what: String| Error::Step { bin_us, duration_us, what };
    if !(bin_us.is_finite() && bin_us > 0.0) {
        return Err(fault("a step is a number above 0".into()));
    }
    let own =
        recording.events.last().map_or(0, |last| step_of(last, zero_us, bin_us).saturating_add(1));
    let steps = asked.map_or(own, |asked| asked as u64);
    if steps > MOST_STEPS {
        return Err(fault(format!("these are {steps} steps, above the limit of {MOST_STEPS}")));
    }
    let lists = steps.saturating_mul(2 * size_of::<Vec<Spikes>>() as u64);
    let spikes = (recording.events.len() as u64).saturating_mul(5 * size_of::<Spikes>() as u64);
    memory::check(lists.saturating_add(spikes)).map_err(|error| fault(error.to_string()))?;
    Ok(steps as usize)
}

/// What events fill.
#[derive(Clone, Copy)]
struct Frame {
    channels: usize,
    height: usize,
    width: usize,
    swapped: bool,
}

/// Events outside of a frame.
struct Outside {
    first: usize,
    count: usize,
}

impl Outside {
    fn refusal(&self, recording: &Recording, frame: Frame) -> Error {
        let &Outside { first: index, count } = self;
        let Event { t_us, x, y, .. } = recording.events[index];
        let Frame { height, width, .. } = frame;
        let path = recording.path.clone();
        Error::Outside { path, index, t_us, x, y, width, height, count }
    }
}

impl Frame {
    fn new(shape: [usize; 3], rule: BinRule) -> Result<Frame, Error> {
        let [channels, height, width] = shape;
        let elements = channels.checked_mul(height).and_then(|rows| rows.checked_mul(width));
        let fits = elements.is_some_and(|elements| (1..=u32::MAX as usize).contains(&elements));
        if !matches!(channels, 1 | 2) || !fits {
            return Err(Error::Frame { shape });
        }
        Ok(Frame { channels, height, width, swapped: rule.swap_polarity })
    }

    /// Its number, if the frame has it.
    fn element(&self, event: &Event) -> Option<u32> {
        let (x, y) = (usize::from(event.x), usize::from(event.y));
        if x >= self.width || y >= self.height {
            return None;
        }
        let channel = if self.channels == 1 { 0 } else { usize::from(event.on != self.swapped) };
        // It is below the number of elements, which fits.
        Some(((channel * self.height + y) * self.width + x) as u32)
    }

    fn outside(&self, recording: &Recording) -> Option<Outside> {
        let is_outside = |event: &Event| self.element(event).is_none();
        let first = recording.events.iter().position(is_outside)?;
        let count = recording.events[first..].iter().filter(|event| is_outside(event)).count();
        Some(Outside { first, count })
    }
}
