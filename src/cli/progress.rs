//! How far long work has come, on standard error: a bar on a terminal, else a line now and then.
//!
//! Work has parts, and each part steps and packets. What a step and a packet take is estimated
//! before it begins, so that the rest is told in time and not in steps.

use super::call::{self, Listener, Stop};
use super::output;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal, and between two looks of a bar.
const LINE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(200);
/// Length of the bar.
const WHOLE: u64 = 1000;

/// Steps that are done one by one, and packets that move while they are.
#[derive(Debug, Default)]
pub struct Part {
    steps: u64,
    done: AtomicU64,
    /// Any unit, the same for all parts and for packets.
    step_cost: f64,
    packets: u64,
    /// Packets that were moved, and how many had been before the part began.
    moved: Arc<AtomicU64>,
    before: u64,
    packet_cost: f64,
    /// Of the call that makes it.
    stop: Stop,
}

impl Part {
    /// Steps alone.
    pub fn of_steps(steps: usize) -> Part {
        Part { steps: steps as u64, step_cost: 1.0, stop: call::stop(), ..Part::default() }
    }

    /// With packets to move, beside steps that take `step_cost` each.
    pub fn with_packets(
        steps: usize,
        step_cost: f64,
        packets: u64,
        packet_cost: f64,
        moved: Arc<AtomicU64>,
    ) -> Part {
        let before = moved.load(Relaxed);
        Part { step_cost, packets, packet_cost, moved, before, ..Part::of_steps(steps) }
    }

    /// That of the inputs that are left of all, which are alike.
    pub fn of_those(self, left: usize, all: usize) -> Part {
        let share = |count: u64| (u128::from(count) * left as u128 / all.max(1) as u128) as u64;
        Part { steps: share(self.steps), packets: share(self.packets), ..self }
    }

    /// One step is done.
    pub fn step(&self) {
        self.stop.look();
        self.done.fetch_add(1, Relaxed);
    }

    /// So many steps are done.
    pub fn reach(&self, steps: usize) {
        self.stop.look();
        self.done.fetch_max(steps as u64, Relaxed);
    }

    fn cost(&self) -> f64 {
        self.steps as f64 * self.step_cost + self.packets as f64 * self.packet_cost
    }

    fn paid(&self) -> f64 {
        let steps = self.done.load(Relaxed).min(self.steps);
        let packets = self.moved.load(Relaxed).saturating_sub(self.before).min(self.packets);
        steps as f64 * self.step_cost + packets as f64 * self.packet_cost
    }
}

/// Ends with its value.
pub struct Progress {
    shared: Arc<Shared>,
    ending: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    what: &'static str,
    begun: Instant,
    /// Parts that will come; those that have not are taken to be like the others.
    parts: usize,
    known: Mutex<Vec<Arc<Part>>>,
}

impl Progress {
    /// Of work in `parts` parts, told where somebody looks.
    pub fn new(what: &'static str, parts: usize) -> Progress {
        let shared = Shared { what, begun: Instant::now(), parts, known: Mutex::default() };
        let shared = Arc::new(shared);
        let listener = call::listener();
        if listener.is_none() && output::is_quiet() {
            return Progress { shared, ending: None };
        }
        let (end, ended) = channel();
        let seen = shared.clone();
        let teller = std::thread::spawn(move || {
            let mut teller = Teller::new(seen, listener);
            let end = loop {
                match ended.recv_timeout(teller.pause()) {
                    Err(RecvTimeoutError::Timeout) => teller.tell(),
                    end => break end,
                }
            };
            // Work that was ended has said so by saying nothing.
            teller.end(end.is_ok());
        });
        Progress { shared, ending: Some((end, teller)) }
    }

    /// Of so many steps.
    pub fn of_steps(what: &'static str, steps: usize) -> (Progress, Arc<Part>) {
        let progress = Progress::new(what, 1);
        let part = progress.part(Part::of_steps(steps));
        (progress, part)
    }

    /// The next part begins.
    pub fn part(&self, part: Part) -> Arc<Part> {
        let part = Arc::new(part);
        self.shared.known.lock().unwrap_or_else(PoisonError::into_inner).push(part.clone());
        part
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, teller)) = self.ending.take() {
            if !std::thread::panicking() {
                // Nobody listens only where telling failed.
                let _ = end.send(());
            }
            drop(end);
            // It only tells; if it failed, nothing is lost.
            let _ = teller.join();
        }
    }
}

impl Shared {
    /// Share of the work that is done.
    fn share(&self) -> f64 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let [cost, paid] =
            [Part::cost, Part::paid].map(|of| known.iter().map(|part| of(part)).sum::<f64>());
        let all = cost * self.parts.max(known.len()) as f64 / known.len().max(1) as f64;
        if all > 0.0 { paid / all } else { 0.0 }
    }
}

struct Teller {
    shared: Arc<Shared>,
    bar: Option<ProgressBar>,
    /// Who hears of it in place of a terminal.
    listener: Option<Arc<dyn Listener>>,
    /// Share that was done, and when it became so.
    last: (f64, Instant),
}

impl Teller {
    fn new(shared: Arc<Shared>, listener: Option<Arc<dyn Listener>>) -> Teller {
        let bar = (listener.is_none() && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(WHOLE);
            match ProgressStyle::with_template("{msg:28} {wide_bar} {percent:>3} %") {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        let last = (0.0, shared.begun);
        Teller { shared, bar, listener, last }
    }

    fn pause(&self) -> Duration {
        if self.bar.is_some() || self.listener.is_some() { LOOK } else { LINE }
    }

    fn tell(&mut self) {
        let share = self.shared.share().min(1.0);
        if let Some(listener) = &self.listener {
            listener.progress(self.shared.what, share);
            return;
        }
        if share > self.last.0 {
            self.last = (share, Instant::now());
        }
        let spent = self.last.1.duration_since(self.shared.begun);
        let left = left(self.last.0, spent, self.last.1.elapsed());
        let what = self.shared.what;
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{what}{left}"));
                bar.set_position((share * WHOLE as f64) as u64);
            }
            None => output::remark(format_args!("{what}: {:.0} %{left}", 100.0 * share)),
        }
    }

    fn end(self, done: bool) {
        if let Some(listener) = self.listener.filter(|_| done) {
            // Packets were estimated, and some that were may not have come.
            listener.progress(self.shared.what, 1.0);
        }
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What is left, where a share took `spent` and was reached `ago`.
fn left(share: f64, spent: Duration, ago: Duration) -> String {
    if share < 0.02 {
        return String::new();
    }
    let left = spent.as_secs_f64() * (1.0 - share) / share - ago.as_secs_f64();
    format!(", {} left", about(Duration::from_secs_f64(left.clamp(1.0, 1e9))))
}

/// A time for people: "about 12 min".
pub fn about(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        // Reading and drawing take their time, too.
        ..2.0 => "under 2 s".into(),
        ..100.0 => format!("about {seconds:.0} s"),
        ..6000.0 => format!("about {:.0} min", seconds / 60.0),
        _ => format!("about {:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_count_beside_steps() {
        let moved = Arc::new(AtomicU64::new(7));
        let part = Part::with_packets(10, 1.0, 100, 0.3, moved.clone());
        (0..5).for_each(|_| part.step());
        moved.fetch_add(50, Relaxed);
        assert_eq!((part.cost(), part.paid()), (40.0, 20.0));
        moved.fetch_add(1000, Relaxed);
        (0..50).for_each(|_| part.step());
        assert_eq!(part.paid(), 40.0);
    }

    #[test]
    fn parts_to_come_are_like_those_that_are_known() {
        let shared = Shared {
            what: "",
            begun: Instant::now(),
            parts: 4,
            known: Mutex::new(vec![Arc::new(Part::of_steps(10))]),
        };
        assert_eq!(shared.share(), 0.0);
        shared.known.lock().unwrap()[0].done.store(10, Relaxed);
        assert_eq!(shared.share(), 0.25);
    }

    #[test]
    fn times_for_people() {
        let times = [0.2, 41.4, 700.0, 7200.0].map(|s| about(Duration::from_secs_f64(s)));
        assert_eq!(times, ["under 2 s", "about 41 s", "about 12 min", "about 2.0 h"]);
        let left =
            |share, spent, ago| left(share, Duration::from_secs(spent), Duration::from_secs(ago));
        assert_eq!(left(0.25, 10, 4), ", about 26 s left");
        assert_eq!([left(0.01, 10, 0), left(0.9, 9, 5)], ["", ", under 2 s left"]);
    }
}
