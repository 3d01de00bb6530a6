//! `[clock]`.

use serde::Deserialize;
use serde_spanned::Spanned;

use super::numbers::{LATENCY_NS, PERIOD_NS, amount, positive, text};
use super::{Checked, fault};
use crate::plain::counted;
use crate::profile::{Basis, Between, Clock, Phases, Sync};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawSync {
    Barrier,
    Tick,
    Async,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoint {
    tiles: Spanned<u64>,
    cost_ns: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClock {
    pub(super) sync: Spanned<RawSync>,
    points: Option<Spanned<Vec<RawPoint>>>,
    between: Option<Spanned<Between>>,
    period_ns: Option<Spanned<f64>>,
    phases: Option<Spanned<Phases>>,
    basis: Basis,
    source: Spanned<String>,
}

impl RawClock {
    pub(super) fn check(self) -> Checked<Clock> {
        let at = self.sync.span();
        let sync = match (self.sync.into_inner(), self.points, self.between, self.period_ns) {
            (RawSync::Barrier, Some(points), Some(between), None) => {
                Sync::Barrier { points: growing(points)?, between: between.into_inner() }
            }
            (RawSync::Barrier, _, _, period) => {
                let at = period.map_or(at, |period| period.span());
                return fault(at, "a barrier takes `points` and `between`, and no `period_ns`");
            }
            (sync @ (RawSync::Tick | RawSync::Async), None, None, Some(period)) => {
                let period_ns = amount(&period, "period_ns", &PERIOD_NS)?;
                if period_ns == 0.0 {
                    let message = "`period_ns` must be above zero, and at least 0.001";
                    return fault(period.span(), message);
                }
                match sync {
                    RawSync::Tick => Sync::Tick { period_ns },
                    _ => Sync::Async { period_ns },
                }
            }
            (RawSync::Tick | RawSync::Async, ..) => {
                return fault(
                    at,
                    "a clock without barriers takes `period_ns`, and no `points` or `between`",
                );
            }
        };
        let phases = match (&sync, self.phases) {
            (Sync::Async { .. }, Some(phases)) => {
                return fault(phases.span(), "a chip without steps has no `phases`; leave it out");
            }
            (_, phases) => phases.map(Spanned::into_inner).unwrap_or_default(),
        };
        Ok(Clock { sync, phases, source: text(self.source, "source")?, basis: self.basis })
    }
}

fn growing(points: Spanned<Vec<RawPoint>>) -> Checked<Vec<(u64, f64)>> {
    if points.get_ref().is_empty() {
        return fault(points.span(), "`points` is empty");
    }
    let mut checked: Vec<(u64, f64)> = Vec::new();
    for point in points.into_inner() {
        let at = point.tiles.span();
        let tiles = positive(point.tiles, "tiles")?;
        if let Some(&(last, _)) = checked.last()
            && last >= tiles
        {
            return fault(
                at,
                format!("barrier points must grow: {} after {last}", counted(tiles, "tile")),
            );
        }
        checked.push((tiles, amount(&point.cost_ns, "cost_ns", &LATENCY_NS)?));
    }
    Ok(checked)
}
