//! Who exchanges packets with whom: flows of both directions together, by core.

use crate::mapping::Flow;

/// By core, the cores that it exchanges packets with and how many.
pub struct Partners {
    offsets: Vec<usize>,
    list: Vec<(u32, u64)>,
}

impl Partners {
    /// Of `cores` cores. A core's packets to itself travel nowhere and are left out.
    pub fn new(cores: usize, flows: &[Flow]) -> Partners {
        let travelling = || flows.iter().filter(|flow| flow.from != flow.to && flow.packets > 0);
        let mut offsets = vec![0; cores + 1];
        for end in travelling().flat_map(|flow| [flow.from, flow.to]) {
            offsets[end as usize + 1] += 1;
        }
        (0..cores).for_each(|core| offsets[core + 1] += offsets[core]);
        let mut next = offsets.clone();
        let mut list = vec![(0, 0); offsets[cores]];
        for flow in travelling() {
            for (core, other) in [(flow.from, flow.to), (flow.to, flow.from)] {
                list[next[core as usize]] = (other, flow.packets);
                next[core as usize] += 1;
            }
        }
        let mut partners = Partners { offsets, list };
        partners.merge();
        partners
    }

    /// Joins what stands twice in the list of a core.
    fn merge(&mut self) {
        let (mut kept, mut from) = (0, 0);
        for core in 0..self.cores() {
            let (start, to) = (kept, self.offsets[core + 1]);
            self.list[from..to].sort_unstable();
            for at in from..to {
                let (other, packets) = self.list[at];
                if kept > start && self.list[kept - 1].0 == other {
                    self.list[kept - 1].1 += packets;
                } else {
                    self.list[kept] = (other, packets);
                    kept += 1;
                }
            }
            self.offsets[core + 1] = kept;
            from = to;
        }
        self.list.truncate(kept);
    }

    pub fn cores(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Each partner of `core` once, by number, with the packets of both directions.
    pub fn of(&self, core: usize) -> &[(u32, u64)] {
        &self.list[self.offsets[core]..self.offsets[core + 1]]
    }
}
