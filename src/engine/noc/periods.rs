//! What packets wait in each period of a run without steps.

use super::Noc;
use crate::activity::Waits;

/// Periods that follow each other from the start on.
#[derive(Debug, Clone, Default)]
pub(super) struct Periods {
    /// Ticks of one.
    length: u64,
    /// How many are told apart.
    count: usize,
    /// What packets had waited at the end of each that has passed.
    waited: Vec<Waits>,
}

impl Noc {
    /// After [`Noc::start`]: tells apart what packets wait in the first, second and so on of
    /// `periods` periods of `period_ps`, a multiple of the grain.
    pub(in crate::engine) fn start_periods(&mut self, period_ps: u64, periods: usize) {
        let length = self.times.tick.count(period_ps);
        self.sent.periods = Periods { length, count: periods, ..Periods::default() };
    }

    /// The same where [`Noc::end_period`] tells of the ends.
    pub(in crate::engine) fn start_told_periods(&mut self, periods: usize) {
        self.sent.periods = Periods { length: u64::MAX, count: periods, ..Periods::default() };
    }

    /// A period has ended, with others to come.
    pub(in crate::engine) fn end_period(&mut self) {
        let waits = self.waits();
        self.sent.periods.waited.push(waits);
    }

    /// How long packets waited at ports that they left in each period; what comes after the last
    /// belongs to it.
    pub(in crate::engine) fn waits_by_period(&self) -> Vec<Waits> {
        let ends = self.sent.periods.waited.iter().copied().chain(std::iter::repeat(self.waits()));
        let mut before = Waits::default();
        let parts = ends.take(self.sent.periods.count).map(|end| {
            let Waits { links_ps, blocked_ps, injection_ps } = std::mem::replace(&mut before, end);
            Waits {
                links_ps: end.links_ps - links_ps,
                blocked_ps: end.blocked_ps - blocked_ps,
                injection_ps: end.injection_ps - injection_ps,
            }
        });
        parts.collect()
    }

    /// Whether a period has ended at tick `now`, with others to come.
    #[inline(always)]
    pub(super) fn period_ended(&self, now: u64) -> bool {
        let Periods { length, count, waited } = &self.sent.periods;
        let ended = waited.len() + 1;
        ended < *count && now >= length.saturating_mul(ended as u64)
    }

    /// The ends of the periods until `now`, before anything happens then.
    #[cold]
    pub(super) fn end_periods(&mut self, now: u64) {
        let waits = self.waits();
        while self.period_ended(now) {
            self.sent.periods.waited.push(waits);
        }
    }
}
