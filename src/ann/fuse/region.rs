//! Nodes between one tensor and another that is a function of it, element by element.

use std::collections::BTreeSet;

use crate::ann::op::{Affine, Composite, Step, composite::MOST_STEPS};
use crate::ann::{Node, NodeId, Op};

/// All nodes that lead from `from` to `to`, without `from`.
pub struct Region {
    from: NodeId,
    to: NodeId,
    members: BTreeSet<NodeId>,
}

impl Region {
    /// The nodes from `from`, which is above `to`, to it; none where they are too many.
    pub fn of(nodes: &[Node], to: NodeId, from: NodeId) -> Option<Region> {
        let mut members = BTreeSet::from([to]);
        let mut open = vec![to];
        while let Some(id) = open.pop() {
            for &input in &nodes[id].inputs {
                if input != from && members.insert(input) {
                    open.push(input);
                }
            }
            if members.len() > MOST_STEPS {
                return None;
            }
        }
        // What is above comes first: other inputs would lead past it.
        (members.first() > Some(&from)).then_some(Region { from, to, members })
    }

    pub fn has(&self, nodes: &[Node], is: fn(&Op) -> bool) -> bool {
        self.count(nodes, is) > 0
    }

    pub fn count(&self, nodes: &[Node], is: fn(&Op) -> bool) -> usize {
        self.members.iter().filter(|&&id| is(&nodes[id].op)).count()
    }

    /// All nodes but the last.
    pub fn inner(&self) -> impl Iterator<Item = NodeId> {
        self.members.iter().copied().filter(|&id| id != self.to)
    }

    /// How many of its inputs name a node.
    pub fn reads(&self, nodes: &[Node], id: NodeId) -> usize {
        let inputs = self.members.iter().flat_map(|&member| &nodes[member].inputs);
        inputs.filter(|&&input| input == id).count()
    }

    /// The only node that reads the beginning.
    pub fn first_alone(&self, nodes: &[Node]) -> Option<NodeId> {
        let mut reading = self.members.iter().filter(|&&id| nodes[id].inputs.contains(&self.from));
        let first = reading.next().copied();
        first.filter(|_| reading.next().is_none())
    }

    /// What it computes of one number.
    pub fn program(&self, nodes: &[Node]) -> Composite {
        let place = |input: &NodeId| match self.members.range(..=*input).count() {
            _ if *input == self.from => 0,
            before => before,
        };
        let step = |&id: &NodeId| Step {
            op: narrow(&nodes[id].op),
            inputs: nodes[id].inputs.iter().map(place).collect(),
        };
        Composite { steps: self.members.iter().map(step).collect() }
    }
}

/// An operator for one channel.
fn narrow(op: &Op) -> Op {
    match op {
        Op::Affine(Affine { scale, shift }) => {
            Affine { scale: scale[..1].to_vec(), shift: shift[..1].to_vec() }.into()
        }
        op => op.clone(),
    }
}
