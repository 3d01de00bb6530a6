//! Balances the delays of a network, as a compiler retimes a circuit.
//!
//! Delivery takes one step per projection, so a layer at depth `d` sees an image `d` steps late.
//! Every population therefore starts at its own depth, and a projection that skips levels
//! carries the missing steps: in the chip's own axonal delays where they reach, else through
//! relay populations, which are mapped and billed like any other. After that every population
//! goes through the same T steps as if the layers had been evaluated in order within each step.

use super::{Connection, Model, Network, Population, PopulationId, Projection, loops};

/// A network whose populations know their depth and whose projections know their delay.
#[derive(Debug, Clone, PartialEq)]
pub struct Retimed {
    /// The network with its delays and relays.
    pub network: Network,
    /// Largest depth D: an inference of T steps takes T + D.
    pub depth: usize,
    /// Where each population of the original network stands in the retimed one.
    pub place: Vec<PopulationId>,
}

impl Retimed {
    /// Values given by population of the `original` network, by population of the retimed one;
    /// relays get none.
    pub fn reorder<T>(&self, original: &Network, values: Vec<Option<T>>) -> Vec<Option<T>> {
        let mut placed: Vec<Option<T>> = self.network.populations.iter().map(|_| None).collect();
        for (population, value) in values.into_iter().enumerate().take(original.populations.len()) {
            placed[self.place[population]] = value;
        }
        placed
    }
}

/// Balances `network`. `max_delay` is the longest delay of one projection in steps, the step of
/// plain delivery included (`None`: any).
///
/// Populations without a projection into them have depth 0, those of a loop a common one: within a
/// loop a projection takes the steps that it has. The result is in the order of depths.
pub fn retime(network: &Network, max_delay: Option<usize>) -> Retimed {
    let loops = loops::components(network);
    let mut populations = network.populations.clone();
    set_depths(&mut populations, &network.projections, &loops);
    delayed(network, populations, max_delay)
}

/// `network` as it is: every population runs from the first step, every projection takes the one
/// step or more that it has, and layers lag as far as they lie deep.
pub fn unbalanced(network: &Network) -> Retimed {
    unbalanced_within(network, None)
}

/// The same where one projection delays by `max_delay` steps at most: relays carry longer delays.
pub fn unbalanced_within(network: &Network, max_delay: Option<usize>) -> Retimed {
    let mut populations = network.populations.clone();
    populations.iter_mut().for_each(|population| population.depth = 0);
    delayed(network, populations, max_delay)
}

/// By projection of a network that is not retimed, the steps of its populations' own by which it
/// delays: 0 where a spike acts in the step in which it was sent, as [`super::super::engine`]'s
/// evaluation by layers has it.
pub fn lags(network: &Network) -> Vec<usize> {
    let loops = loops::components(network);
    network.projections.iter().map(|projection| lag(projection, &loops)).collect()
}

fn lag(projection: &Projection, loops: &[PopulationId]) -> usize {
    match loops[projection.source] == loops[projection.target] {
        true => projection.delay.max(1),
        false => projection.delay.saturating_sub(1),
    }
}

/// Gives every projection the delay that the depths of `populations` ask for. Where all depths
/// are 0, the projections keep theirs.
fn delayed(
    network: &Network,
    mut populations: Vec<Population>,
    max_delay: Option<usize>,
) -> Retimed {
    let reach = max_delay.unwrap_or(usize::MAX).max(1);
    let loops = loops::components(network);
    let balanced = populations.iter().any(|population| population.depth > 0);
    let mut projections = Vec::with_capacity(network.projections.len());
    let mut relays = Relays::default();
    for projection in &network.projections {
        let due = match balanced {
            true => populations[projection.target].depth + lag(projection, &loops),
            false => projection.delay.max(1),
        };
        let source =
            relays.reach(projection.source, due, reach, &mut populations, &mut projections);
        let delay = due - populations[source].depth;
        projections.push(Projection { source, delay, ..projection.clone() });
    }
    let depth = populations.iter().map(|p| p.depth).max().unwrap_or(0);
    let network = Network {
        name: network.name.clone(),
        weight_bits: network.weight_bits,
        populations,
        projections,
        heads: network.heads.clone(),
        first_phase: network.first_phase,
    }
    // A relay may be called as a layer is.
    .named_apart();
    let (network, place) = sort_by_depth(network);
    Retimed { network, depth, place }
}

/// Longest path in populations, from loop to loop. Topological order makes one pass enough where
/// there are no loops.
fn set_depths(populations: &mut [Population], projections: &[Projection], loops: &[PopulationId]) {
    populations.iter_mut().for_each(|population| population.depth = 0);
    let ahead: Vec<_> = projections.iter().filter(|p| loops[p.source] != loops[p.target]).collect();
    // By loop, which its first population stands for.
    let mut depths = vec![0; populations.len()];
    let mut again = true;
    while again {
        again = false;
        for projection in &ahead {
            let [source, target] = [projection.source, projection.target].map(|p| loops[p]);
            if depths[target] < depths[source] + 1 {
                depths[target] = depths[source] + 1;
                again = true;
            }
        }
    }
    populations
        .iter_mut()
        .zip(loops)
        .for_each(|(population, &first)| population.depth = depths[first]);
}

/// Relay chains already built, one per source, shared by all projections that leave it.
#[derive(Default)]
struct Relays {
    chains: Vec<(PopulationId, Vec<PopulationId>)>,
}

impl Relays {
    /// The population from which a projection of at most `reach` steps arrives at depth `due`.
    fn reach(
        &mut self,
        source: PopulationId,
        due: usize,
        reach: usize,
        populations: &mut Vec<Population>,
        projections: &mut Vec<Projection>,
    ) -> PopulationId {
        let mut at = source;
        let mut link = 0;
        while due - populations[at].depth > reach {
            let index = match self.chains.iter().position(|(s, _)| *s == source) {
                Some(index) => index,
                None => {
                    self.chains.push((source, Vec::new()));
                    self.chains.len() - 1
                }
            };
            if self.chains[index].1.len() == link {
                let relay = Population {
                    name: format!("{}_relay{}", populations[source].name, link + 1),
                    shape: populations[source].shape,
                    model: Model::Relay,
                    analogue: false,
                    depth: populations[at].depth + reach,
                };
                populations.push(relay);
                let target = populations.len() - 1;
                let connection = Connection::OneToOne;
                projections.push(Projection { source: at, target, connection, delay: reach });
                self.chains[index].1.push(target);
            }
            at = self.chains[index].1[link];
            link += 1;
        }
        at
    }
}

/// Stable, so that the order of the network's own populations stays.
fn sort_by_depth(mut network: Network) -> (Network, Vec<PopulationId>) {
    let mut order: Vec<PopulationId> = (0..network.populations.len()).collect();
    order.sort_by_key(|&p| network.populations[p].depth);
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    network.populations = order.iter().map(|&p| network.populations[p].clone()).collect();
    for projection in &mut network.projections {
        projection.source = place[projection.source];
        projection.target = place[projection.target];
    }
    for head in &mut network.heads {
        head.population = place[head.population];
    }
    (network, place)
}
