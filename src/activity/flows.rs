//! Which cores send to which: of each core, the partners with whom it shares most packets.
//!
//! All pairs of a large network are millions, and the many small ones say little. What is kept
//! grows with the cores alone.

use super::conservation::{Sound, equal, less};
use super::{Activity, CoreActivity};
use serde::{Deserialize, Serialize};

/// Partners of a core that are kept, of those it sends to and of those it receives from.
pub const PARTNERS: usize = 8;

/// Packets from one core to another over the whole run; a packet that forks counts at each core
/// that it reaches. In files, a list of the three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u64)", into = "(u32, u32, u64)")]
pub struct Flow {
    /// Index into [`Activity::cores`](super::Activity::cores), as `to`.
    pub from: u32,
    /// Core that receives.
    pub to: u32,
    /// Packets over the run.
    pub packets: u64,
}

impl From<(u32, u32, u64)> for Flow {
    fn from((from, to, packets): (u32, u32, u64)) -> Flow {
        Flow { from, to, packets }
    }
}

impl From<Flow> for (u32, u32, u64) {
    fn from(flow: Flow) -> (u32, u32, u64) {
        (flow.from, flow.to, flow.packets)
    }
}

/// The largest flows of each core, out of all that are added.
#[derive(Debug, Clone)]
pub struct Busiest {
    /// By sender, the most packets first; of equals, the receiver of the smaller index.
    out: Vec<Vec<Flow>>,
    /// The same by receiver.
    into: Vec<Vec<Flow>>,
}

impl Busiest {
    /// Of so many cores.
    pub fn new(cores: usize) -> Busiest {
        Busiest { out: vec![vec![]; cores], into: vec![vec![]; cores] }
    }

    /// Each pair comes once at most: what cores share in several ways is added before.
    pub fn add(&mut self, flow: Flow) {
        keep(&mut self.out[flow.from as usize], flow, |kept| kept.to);
        keep(&mut self.into[flow.to as usize], flow, |kept| kept.from);
    }

    /// By sender, then receiver, each pair once.
    pub fn finish(self) -> Vec<Flow> {
        let mut flows: Vec<Flow> = self.out.into_iter().chain(self.into).flatten().collect();
        flows.sort_unstable();
        flows.dedup();
        flows
    }
}

fn keep(kept: &mut Vec<Flow>, flow: Flow, partner: fn(&Flow) -> u32) {
    let before = |other: &Flow| {
        other.packets > flow.packets
            || (other.packets == flow.packets && partner(other) < partner(&flow))
    };
    let place = kept.iter().rposition(before).map_or(0, |last| last + 1);
    if place < PARTNERS {
        kept.truncate(PARTNERS - 1);
        kept.insert(place, flow);
    }
}

/// What the flows of one core come to, of those that it sends or of those that it receives.
#[derive(Clone, Copy, Default)]
struct Sum {
    partners: usize,
    packets: u128,
}

impl Sum {
    fn add(&mut self, flow: &Flow) {
        self.partners += 1;
        self.packets += u128::from(flow.packets);
    }

    /// With fewer partners than are kept it has no others.
    fn is_whole(self) -> bool {
        self.partners < PARTNERS
    }
}

/// Flows beside the packets of their cores; `forks` where a packet may reach several. Activities of
/// older files have none.
pub(super) fn check(activity: &Activity, forks: bool) -> Sound {
    let (cores, flows) = (&activity.cores, &activity.flows);
    let named = flows.iter().map(|flow| u128::from(flow.from.max(flow.to)) + 1).max();
    let named = [named.unwrap_or_default(), cores.len() as u128];
    less("cores of flows", named, ["that are named", "in all"])?;
    if flows.is_empty() {
        return Ok(());
    }
    let (mut sent, mut received) =
        (vec![Sum::default(); cores.len()], vec![Sum::default(); cores.len()]);
    for flow in flows {
        sent[flow.from as usize].add(flow);
        received[flow.to as usize].add(flow);
        let most = cores[flow.from as usize].counts.packets.into();
        let what = format!("packets from core {} to core {}", flow.from, flow.to);
        less(&what, [flow.packets.into(), most], ["of the flow", "of its sender"])?;
    }
    for (n, core) in cores.iter().enumerate() {
        of_core((n, core), [sent[n], received[n]], forks)?;
    }
    Ok(())
}

fn of_core((n, core): (usize, &CoreActivity), [sent, received]: [Sum; 2], forks: bool) -> Sound {
    let columns = ["by its flows", "in all"];
    let into = [received.packets, core.counts.packets_in.into()];
    let what = format!("packets received by core {n}");
    if received.is_whole() {
        equal(&what, into, columns)?
    } else {
        less(&what, into, columns)?
    }
    let out = [sent.packets, core.counts.packets.into()];
    let what = format!("packets sent by core {n}");
    match (sent.is_whole(), forks) {
        (true, false) => equal(&what, out, columns),
        (false, false) => less(&what, out, columns),
        // Every packet reaches one core at least.
        (true, true) => less(&what, [out[1], out[0]], ["in all", "by its flows"]),
        (false, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Whatever the order in which pairs come.
        #[test]
        fn the_largest_partners_of_each_core_stay(
            packets in prop::collection::btree_map((0u32..12, 0u32..12), 1u64..6, 0..100)
        ) {
            let all: Vec<Flow> =
                packets.iter().map(|(&(from, to), &n)| (from, to, n).into()).collect();
            let kept = |flows: &mut dyn Iterator<Item = &Flow>| {
                let mut busiest = Busiest::new(12);
                flows.for_each(|flow| busiest.add(*flow));
                busiest.finish()
            };
            let found = kept(&mut all.iter());
            prop_assert_eq!(&found, &kept(&mut all.iter().rev()));
            let mut wanted = vec![];
            for side in [|flow: &Flow| flow.from, |flow: &Flow| flow.to] {
                let mut of_core: BTreeMap<u32, Vec<Flow>> = BTreeMap::new();
                all.iter().for_each(|flow| of_core.entry(side(flow)).or_default().push(*flow));
                for mut flows in of_core.into_values() {
                    flows.sort_by_key(|flow| (std::cmp::Reverse(flow.packets), *flow));
                    wanted.extend(flows.into_iter().take(PARTNERS));
                }
            }
            wanted.sort_unstable();
            wanted.dedup();
            prop_assert_eq!(found, wanted);
        }
    }
}
