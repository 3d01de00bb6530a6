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
        let travelling = flows.iter().filter(|flow| flow.from != flow.to && flow.packets > 0);
        let mut pairs: Vec<(u32, u32, u64)> = travelling
            .flat_map(|flow| [(flow.from, flow.to, flow.packets), (flow.to, flow.from, flow.packets)])
            .collect();
        pairs.sort_unstable();
        let mut partners = Partners { offsets: vec![0], list: vec![] };
        let mut rest = &pairs[..];
        for core in 0..cores as u32 {
            let own = rest.partition_point(|&(from, _, _)| from <= core);
            for same in rest[..own].chunk_by(|a, b| a.1 == b.1) {
                partners.list.push((same[0].1, same.iter().map(|&(_, _, packets)| packets).sum()));
            }
            rest = &rest[own..];
            partners.offsets.push(partners.list.len());
        }
        partners
    }

    pub fn cores(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Each partner of `core` once, by number, with the packets of both directions.
    pub fn of(&self, core: usize) -> &[(u32, u64)] {
        &self.list[self.offsets[core]..self.offsets[core + 1]]
    }
}
