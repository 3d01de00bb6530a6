//! When cores served packets, period by period.

use crate::activity::{Histogram, PacketLatency, Span, StepTiming, Waits};
use crate::engine::noc::{Received, latency};

pub(in crate::engine) struct Periods {
    period_ps: u64,
    /// By period that has begun: when.
    starts: Vec<u64>,
    /// By period and core: time that it served packets.
    busy: Vec<Vec<u64>>,
    /// By period: how long each packet took from its injection to the start of its service. Empty
    /// again where `passed` has them.
    waited: Vec<Vec<u64>>,
    /// The same of the periods that have passed, and of all their packets.
    passed: Vec<PacketLatency>,
    histogram: Histogram,
    /// End of the last service, or of the sending of a spike that nobody serves.
    finish_ps: u64,
}

impl Periods {
    pub(in crate::engine) fn new(period_ps: u64, periods: usize, cores: usize) -> Periods {
        let starts = (0..periods as u64).map(|period| period.saturating_mul(period_ps)).collect();
        Periods {
            period_ps,
            starts,
            busy: vec![vec![0; cores]; periods],
            waited: vec![vec![]; periods],
            passed: vec![],
            histogram: Histogram::default(),
            finish_ps: 0,
        }
    }

    /// The same before any period has begun; see [`Periods::begin`].
    pub(in crate::engine) fn waiting(period_ps: u64, periods: usize, cores: usize) -> Periods {
        Periods { starts: vec![], ..Periods::new(period_ps, periods, cores) }
    }

    /// The next period begins, if there is one: a period after the last, or when all that was
    /// served has ended, at a multiple of `grain_ps`. Gives its number and time.
    pub(in crate::engine) fn begin(&mut self, grain_ps: u64) -> Option<(usize, u64)> {
        let period = self.starts.len();
        if period == self.busy.len() {
            return None;
        }
        let due_ps =
            self.starts.last().map_or(0, |start_ps| start_ps.saturating_add(self.period_ps));
        let rest_ps = self.finish_ps.checked_next_multiple_of(grain_ps).unwrap_or(u64::MAX);
        let start_ps = due_ps.max(rest_ps);
        if period > 0 {
            self.pass();
        }
        self.starts.push(start_ps);
        Some((period, start_ps))
    }

    /// Periods that have begun.
    pub(in crate::engine) fn begun(&self) -> usize {
        self.starts.len()
    }

    /// A period has passed: nothing more waits in it.
    fn pass(&mut self) {
        let mut waited = std::mem::take(&mut self.waited[self.passed.len()]);
        waited.iter().for_each(|&ps| self.histogram.add(ps));
        self.passed.push(latency(&mut waited));
    }

    /// The period of a time; what comes after the last belongs to it.
    #[inline]
    pub(in crate::engine) fn at(&self, time_ps: u64) -> usize {
        // Most are of the period that began last.
        if self.starts.last().is_some_and(|&start_ps| start_ps <= time_ps) {
            return self.starts.len() - 1;
        }
        self.starts.partition_point(|&start_ps| start_ps <= time_ps).max(1) - 1
    }

    /// A core serves a packet; `sent_ps` of those that other cores sent.
    pub(in crate::engine) fn served(&mut self, received: &Received, sent_ps: Option<u64>) {
        let period = self.at(received.start_ps);
        self.waited[period].extend(sent_ps.map(|sent_ps| received.start_ps - sent_ps));
        self.ended(received.end_ps);
        // A service may last into later periods.
        let mut from_ps = received.start_ps;
        for period in period..self.busy.len() {
            let end_ps = self.starts.get(period + 1).copied().unwrap_or(received.end_ps);
            let to_ps = end_ps.min(received.end_ps);
            self.busy[period][received.core as usize] += to_ps - from_ps;
            from_ps = to_ps;
            if from_ps == received.end_ps {
                break;
            }
        }
    }

    /// Something lasts until `end_ps`.
    pub(in crate::engine) fn ended(&mut self, end_ps: u64) {
        self.finish_ps = self.finish_ps.max(end_ps);
    }

    /// How long packets of other cores took, in all periods.
    pub(in crate::engine) fn latencies(&self) -> Histogram {
        let mut latencies = self.histogram.clone();
        self.waited.iter().flatten().for_each(|&ps| latencies.add(ps));
        latencies
    }

    /// Times of the periods, of which the last one takes until nothing moves; `waits` are those of
    /// packets.
    pub(in crate::engine) fn timings(mut self, waits: Vec<Waits>) -> Vec<StepTiming> {
        let last_ps = self.starts.last().copied().unwrap_or(0);
        let end_ps = self.finish_ps.max(last_ps.saturating_add(self.period_ps));
        let ends: Vec<u64> = self.starts.iter().skip(1).copied().chain([end_ps]).collect();
        let timing = |n: usize| {
            let busiest = self.busy[n].iter().copied().max().unwrap_or(0);
            let total_ps = ends[n] - self.starts[n];
            StepTiming {
                receive_ps: busiest,
                sync_ps: total_ps - busiest,
                total: Span::exactly(total_ps),
                waits: waits.get(n).copied(),
                busiest_core: self.busy[n].iter().position(|&b| b == busiest).unwrap_or(0) as u32,
                packet_latency: Some(
                    self.passed.get(n).copied().unwrap_or_else(|| latency(&mut self.waited[n])),
                ),
                ..StepTiming::default()
            }
        };
        (0..self.starts.len()).map(timing).collect()
    }
}
