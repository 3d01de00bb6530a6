//! When cores served packets, period by period.

use crate::activity::{Histogram, Span, StepTiming, Waits};
use crate::engine::noc::{Received, latency};

pub(in crate::engine) struct Periods {
    period_ps: u64,
    /// By period and core: time that it served packets.
    busy: Vec<Vec<u64>>,
    /// By period: how long each packet took from its injection to the start of its service.
    waited: Vec<Vec<u64>>,
    /// End of the last service, or of the sending of a spike that nobody serves.
    finish_ps: u64,
}

impl Periods {
    pub(in crate::engine) fn new(period_ps: u64, periods: usize, cores: usize) -> Periods {
        Periods {
            period_ps,
            busy: vec![vec![0; cores]; periods],
            waited: vec![vec![]; periods],
            finish_ps: 0,
        }
    }

    /// The period of a time; what comes after the last belongs to it.
    pub(in crate::engine) fn at(&self, time_ps: u64) -> usize {
        ((time_ps / self.period_ps) as usize).min(self.busy.len() - 1)
    }

    /// A core serves a packet; `sent_ps` of those that other cores sent.
    pub(in crate::engine) fn served(&mut self, received: &Received, sent_ps: Option<u64>) {
        let period = self.at(received.start_ps);
        self.waited[period].extend(sent_ps.map(|sent_ps| received.start_ps - sent_ps));
        self.ended(received.end_ps);
        // A service may last into later periods.
        let mut from_ps = received.start_ps;
        for period in period..self.busy.len() {
            let last = period + 1 == self.busy.len();
            let end_ps = if last { received.end_ps } else { (period as u64 + 1) * self.period_ps };
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
        let mut latencies = Histogram::default();
        self.waited.iter().flatten().for_each(|&ps| latencies.add(ps));
        latencies
    }

    /// Times of the periods, of which the last one takes until nothing moves; `waits` are those of packets.
    pub(in crate::engine) fn timings(mut self, waits: Vec<Waits>) -> Vec<StepTiming> {
        let periods = self.busy.len();
        let before_last_ps = periods.saturating_sub(1) as u64 * self.period_ps;
        let rest_ps = self.finish_ps.saturating_sub(before_last_ps).max(self.period_ps);
        let timing = |n: usize| {
            let busiest = self.busy[n].iter().copied().max().unwrap_or(0);
            let total_ps = if n + 1 == periods { rest_ps } else { self.period_ps };
            StepTiming {
                receive_ps: busiest,
                sync_ps: total_ps - busiest,
                total: Span::exactly(total_ps),
                waits: waits.get(n).copied(),
                busiest_core: self.busy[n].iter().position(|&b| b == busiest).unwrap_or(0) as u32,
                packet_latency: Some(latency(&mut self.waited[n])),
                ..StepTiming::default()
            }
        };
        (0..periods).map(timing).collect()
    }
}
