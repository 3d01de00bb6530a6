//! Operations that read a weight other than zero, against a count over every synapse and spike.

use proptest::prelude::*;
use spikemesh::activity::{Layer, SpikeRecord};
use spikemesh::engine::chip::{self, Stop};
use spikemesh::engine::{Options, Timing};
use spikemesh::mapping::map;
use spikemesh::profile::{Limits, Profile, ZeroWeights};
use spikemesh::snn::retime::retime;
use spikemesh::snn::*;

use crate::functional::random_network;
use crate::mapping::{profile, signed, synapses, thinned, weighs};

/// Operations into `target` with a weight other than zero, spike by spike.
fn counted(network: &Network, spikes: &[SpikeRecord], target: usize) -> u64 {
    let mut sum = 0;
    for projection in network.projections.iter().filter(|p| p.target == target) {
        let mut reached = vec![0; network.populations[projection.source].shape.neurons()];
        for (from, _, synapse) in synapses(network, projection) {
            reached[from] += u64::from(weighs(network, projection, synapse));
        }
        let sent = spikes.iter().filter(|s| s.of_layer() == Some(projection.source));
        sum += sent.map(|s| s.count as u64 * reached[s.neuron as usize]).sum::<u64>();
    }
    sum
}

fn ran(
    network: &Network,
    currents: &[Option<Fed>],
    profile: &Profile,
    heads_only: bool,
) -> (Network, Vec<Layer>, Vec<SpikeRecord>) {
    let retimed = retime(network, None);
    let fed = retimed.reorder(network, currents.to_vec());
    let mapping = map(&retimed.network, profile, true).unwrap();
    let options =
        Options { timing: Timing::Analytic, record_spikes: true, heads_only, ..Options::default() };
    let stop = Stop { steps: 8, readout_after: 3 };
    let run = chip::run(&retimed, &fed, &mapping, profile, options, stop, || ()).unwrap();
    (retimed.network, run.activity.layers, run.spikes.unwrap().to_vec().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn weights_that_are_not_zero_are_counted_or_nothing_is_said(
        seed in any::<u64>(),
        alpha in prop::sample::select(vec![0.0, 0.0, 0.1]),
        burst in 1..4i32,
        graded in any::<bool>(),
        packed in any::<bool>(),
        which in 0..3usize,
    ) {
        let kind = [PoolKind::Gate, PoolKind::Telescoping, PoolKind::Or][which];
        let (network, currents) = random_network(seed, alpha, burst, kind);
        let network = thinned(network);
        let network = if packed { network.packed() } else { network };
        let mut profile = profile(Limits::default());
        profile.capabilities.graded_bits = if graded { 8 } else { 0 };
        let given = network;
        let (network, layers, spikes) = ran(&given, &currents, &profile, false);
        let (signed, bursts) = (signed(&network), network.bursts());
        for (target, layer) in layers.iter().enumerate() {
            let mut into = network.projections.iter().filter(|p| p.target == target);
            let known = into.all(|p| {
                let conv = matches!(p.connection, Connection::Conv(_));
                conv && !signed[p.source] && (!graded || bursts[p.source] <= 1)
            });
            let expected = known.then(|| counted(&network, &spikes, target));
            prop_assert_eq!(layer.nonzero_operations, expected, "{}", &layer.name);
            let all = layer.counts.total_synaptic_operations();
            prop_assert!(expected.is_none_or(|n| n <= all));
        }
        // A chip that skips zeros does just these, and the same packets go.
        profile.capabilities.zero_weights = Some(ZeroWeights::Skipped);
        let (_, skipped, same) = ran(&given, &currents, &profile, false);
        prop_assert!(spikes == same);
        for (layer, skipped) in layers.iter().zip(skipped) {
            let operations = skipped.counts.total_synaptic_operations();
            if let Some(expected) = layer.nonzero_operations {
                prop_assert_eq!(operations, expected, "{}", &layer.name);
            }
            prop_assert!(operations <= layer.counts.total_synaptic_operations());
            prop_assert_eq!(skipped.counts.packets, layer.counts.packets);
            prop_assert_eq!(skipped.counts.pool_operations, layer.counts.pool_operations);
        }
    }
}

/// Without the spikes of single neurons nothing is said, and two phases weigh them.
#[test]
fn what_is_not_kept_is_not_counted() {
    let (network, currents) = random_network(1, 0.0, 1, PoolKind::Gate);
    let none = |network: &Network, heads_only: bool| {
        let (_, layers, _) = ran(network, &currents, &profile(Limits::default()), heads_only);
        layers.iter().all(|layer| layer.nonzero_operations.is_none())
    };
    assert!(none(&network, true) && !none(&network, false));
    let first_phase = Some(FirstPhase { steps: 2, octaves: 1, rescaled: false });
    assert!(none(&Network { first_phase, ..network }, false));
}
