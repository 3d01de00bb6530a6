//! Counts of the chip against an enumeration of every synapse of every spike.

use crate::functional::random_network;
use crate::mapping::{cores_of_neurons, profile, synapses};
use std::collections::BTreeSet;

use spikemesh::activity::Counts;
use spikemesh::engine::functional::stepped;
use spikemesh::engine::{Options, chip};
use spikemesh::mapping::map;
use spikemesh::profile::Limits;
use spikemesh::snn::retime::retime;
use spikemesh::snn::{Head, Model, PoolKind, ReadoutAfter};

const STEPS: usize = 6;

/// `[spikes, events, synaptic operations, pool operations, packets, hops]`
type Totals = [u64; 6];

fn totals(counts: &Counts) -> Totals {
    let sops = counts.total_synaptic_operations();
    let hops = counts.total_hops();
    [counts.spikes, counts.events, sops, counts.pool_operations, counts.packets, hops]
}

fn check(seed: u64, burst: i32, kind: PoolKind) -> Totals {
    let (network, currents) = random_network(seed, 0.1, burst, kind);
    let retimed = retime(&network, Some(2));
    let network = &retimed.network;
    let mut placed = vec![None; network.populations.len()];
    let input = network.populations.iter().position(|p| p.analogue).unwrap();
    placed[input] = currents[0].clone();
    let profile = profile(Limits { neurons_per_core: Some(24), ..Limits::default() });
    let mapping = map(network, &profile, false).unwrap();
    let options = Options { steps: STEPS, ..Default::default() };
    let activity = chip::run(&retimed, &placed, &mapping, &profile, options, || ()).unwrap().activity;

    let core_of = cores_of_neurons(network, &mapping);
    let mut out: Vec<Vec<(usize, usize, usize)>> = vec![];
    for (id, population) in network.populations.iter().enumerate() {
        out.extend((0..population.shape.neurons()).map(|_| vec![]));
        let first = out.len() - population.shape.neurons();
        for projection in network.projections.iter().filter(|p| p.source == id) {
            for (from, to, _) in synapses(network, projection) {
                out[first + from].push((projection.target, to, id));
            }
        }
    }
    let first: Vec<usize> = (0..network.populations.len())
        .map(|p| network.populations[..p].iter().map(|q| q.shape.neurons()).sum())
        .collect();
    let mut expected = vec![Totals::default(); STEPS + retimed.depth];
    stepped(&retimed, &placed, STEPS, |o| {
        let row = &mut expected[o.step - 1];
        let channels = network.populations[o.population].shape.channels;
        for position in 0..o.spikes.positions() {
            for spike in o.spikes.at(position) {
                let size = u64::from(spike.count().unsigned_abs());
                let neuron = position * channels + spike.channel();
                let from = &mapping.cores[core_of[&(o.population, neuron)] as usize];
                row[0] += size;
                row[1] += 1;
                let mut cores = BTreeSet::new();
                for &(target, to, _) in &out[first[o.population] + neuron] {
                    let weight =
                        matches!(network.populations[target].model, Model::If(_) | Model::Readout(_));
                    row[if weight { 2 } else { 3 }] += size;
                    cores.insert(core_of[&(target, to)]);
                }
                row[4] += cores.len() as u64 * size;
                for core in cores {
                    let to = &mapping.cores[core as usize];
                    row[5] += (from.x.abs_diff(to.x) + from.y.abs_diff(to.y)) as u64 * size;
                }
            }
        }
    });
    assert_eq!(activity.steps.len(), expected.len());
    for (step, expected) in activity.steps.iter().zip(&expected) {
        assert_eq!(totals(&step.counts), *expected);
        let mapped: u64 = mapping.cores.iter().map(|core| core.neurons).sum();
        assert_eq!(step.counts.total_accesses(), mapped, "every mapped neuron is visited in every step");
        assert_eq!(step.counts.packets, step.counts.packets_in);
    }
    let sum = |parts: Vec<&Counts>| {
        let mut sum = Counts::new(5, 1);
        parts.into_iter().for_each(|part| sum.add(part));
        sum
    };
    let steps = sum(activity.steps.iter().map(|s| &s.counts).collect());
    assert_eq!(steps, sum(activity.layers.iter().map(|l| &l.counts).collect()));
    assert_eq!(steps, sum(activity.cores.iter().map(|c| &c.counts).collect()));
    totals(&steps)
}

#[test]
fn counts_equal_an_enumeration_of_every_synapse() {
    let mut all = Totals::default();
    for seed in 0..40 {
        let kind = if seed % 2 == 0 { PoolKind::Gate } else { PoolKind::Telescoping };
        let totals = check(seed, 1 + (seed % 3) as i32, kind);
        all.iter_mut().zip(totals).for_each(|(sum, one)| *sum += one);
    }
    assert!(all.iter().all(|&count| count > 0), "nothing was counted: {all:?}");
}

#[test]
fn a_late_readout_is_the_difference_of_two() {
    for seed in 0..20 {
        let (mut network, currents) = random_network(seed, 0.1, 2, PoolKind::Gate);
        // One head is counted: a population that fires.
        network.heads.push(Head { name: "counted".into(), population: 1, scale: vec![1.0; 4] });
        let retimed = retime(&network, None);
        let placed = retimed.reorder(&network, currents);
        let profile = profile(Limits::default());
        let mapping = map(&retimed.network, &profile, false).unwrap();
        let sums = |steps, after| {
            let readout_after = ReadoutAfter::Step(after);
            let options = Options { steps, readout_after, ..Default::default() };
            chip::run(&retimed, &placed, &mapping, &profile, options, || ()).unwrap().sums
        };
        let (short, long, late) = (sums(4, 0), sums(12, 0), sums(12, 4));
        for head in &retimed.network.heads {
            let p = head.population;
            let difference: Vec<i32> = long[p].iter().zip(&short[p]).map(|(l, s)| l - s).collect();
            assert_eq!(late[p], difference);
            let half = Options { steps: 8, readout_after: ReadoutAfter::Half, ..Default::default() };
            let stops = [4, 8];
            let run = chip::checkpoints(&retimed, &placed, &mapping, &profile, half, &stops, || ()).unwrap();
            let (two, four, eight) = (&sums(2, 0)[p], &sums(4, 0)[p], &sums(8, 0)[p]);
            assert!((0..two.len()).all(|n| run[0].sums[p][n] == four[n] - two[n]));
            assert!((0..two.len()).all(|n| run[1].sums[p][n] == eight[n] - four[n]));
        }
    }
}
