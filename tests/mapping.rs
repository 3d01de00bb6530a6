//! Mapping against naive recounts over every single synapse.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use spikemesh::ann::Window;
use spikemesh::mapping::fanout::Fanout;
use spikemesh::mapping::{CoreId, Error, Gap, Mapping, Verdict, map};
use spikemesh::profile::*;
use spikemesh::snn::retime::retime;
use spikemesh::snn::*;

use crate::functional::{curved, random_network};

pub fn profile(limits: Limits) -> Profile {
    let cost =
        Cost { low: 0.0, nominal: 0.0, high: 0.0, basis: Basis::Assumed, source: "test".into() };
    let event = EventCost { energy_pj: cost.clone(), latency_ns: cost.clone() };
    let soma = SomaCost { access: event.clone(), update: event.clone(), spike: event.clone() };
    let hop = Hops::<()>::default().map(|()| event.clone());
    Profile {
        voltage: None,
        name: "test".into(),
        title: "test".into(),
        trust: "none".into(),
        topology: Topology {
            kind: Kind::Mesh,
            routing: Routing::Xy,
            multicast: Multicast::Unicast,
            mesh: [8, 4],
            cores_per_tile: 4,
            tile_order: TileOrder::RowMajor,
            board: [16, 16],
            port_buffer: 4,
        },
        limits,
        capabilities: Capabilities {
            signed_spikes: SignedSpikes::TwoNeurons,
            graded_bits: 0,
            neuron_models: vec![],
            max_pool: Support::Assumed,
            shared_kernels: Support::Assumed,
            encoding: Default::default(),
            zero_weights: None,
        },
        costs: Costs {
            processor: None,
            soma: BTreeMap::from([("default".into(), soma)]),
            synapse: BTreeMap::from([("default".into(), event.clone())]),
            dendrite: event.clone(),
            axon_out: event.clone(),
            axon_in: event.clone(),
            local: event.clone(),
            hop,
            chip_link: event,
            link_interval_ns: cost.clone(),
            static_mw_per_chip: cost.clone(),
            board: None,
            input_mac_pj: cost.clone(),
            input_write_pj: cost,
        },
        clock: Clock {
            sync: Sync::Tick { period_ns: 1000.0 },
            phases: Default::default(),
            source: "test".into(),
            basis: Basis::Assumed,
        },
        update_rule: UpdateRule::Input,
        hash: String::new(),
        provenance: Provenance::default(),
    }
}

pub type Neuron = (usize, usize);

/// Every synapse of a projection as (source neuron, target neuron, weight it uses).
pub fn synapses(network: &Network, projection: &Projection) -> Vec<(usize, usize, [usize; 4])> {
    let s = network.populations[projection.source].shape;
    let t = network.populations[projection.target].shape;
    let one = Window { kernel: [1, 1], stride: [1, 1], pad: [0, 0], dilation: [1, 1] };
    let (inputs, window, groups, up) = match &projection.connection {
        Connection::Conv(conv) => (conv.inputs.clone(), conv.window, conv.groups, conv.upsample),
        Connection::Pool(window) => (0..s.channels, *window, s.channels, [1, 1]),
        Connection::OneToOne => (0..s.channels, one, s.channels, [1, 1]),
    };
    let mut all = vec![];
    for n in 0..t.neurons() {
        let (y, x, c) = (n / t.channels / t.width, n / t.channels % t.width, n % t.channels);
        for ky in 0..window.kernel[0] {
            for kx in 0..window.kernel[1] {
                let vy =
                    (y * window.stride[0] + ky * window.dilation[0]) as i64 - window.pad[0] as i64;
                let vx =
                    (x * window.stride[1] + kx * window.dilation[1]) as i64 - window.pad[1] as i64;
                if vy < 0
                    || vx < 0
                    || vy as usize >= s.height * up[0]
                    || vx as usize >= s.width * up[1]
                {
                    continue;
                }
                let at = (vy as usize / up[0]) * s.width + vx as usize / up[1];
                let group = |i: usize| (i - inputs.start) * groups / inputs.len();
                for i in inputs.clone().filter(|&i| group(i) == c * groups / t.channels) {
                    all.push((at * s.channels + i, n, [ky, kx, i, c]));
                }
            }
        }
    }
    all
}

/// Every third weight becomes zero.
pub fn thinned(mut network: Network) -> Network {
    for projection in &mut network.projections {
        if let Connection::Conv(conv) = &mut projection.connection {
            let steps = (0..conv.weights.len()).map(|n| match n % 3 {
                0 => 0,
                _ => conv.weights.get(n) as i16,
            });
            conv.weights = Weights::new(steps.collect(), 8);
        }
    }
    network
}

/// Whether a synapse, told by kernel row, kernel column, input and output channel, has a weight
/// other than zero; those of pools and relays always count.
pub fn weighs(network: &Network, projection: &Projection, synapse: [usize; 4]) -> bool {
    let Connection::Conv(conv) = &projection.connection else { return true };
    let [ky, kx, i, c] = synapse;
    let outputs = network.populations[projection.target].shape.channels / conv.groups;
    let row = (ky * conv.window.kernel[1] + kx) * conv.inputs.len() + i - conv.inputs.start;
    let at = row * outputs + c % outputs;
    [&conv.weights, &conv.negative].into_iter().any(|w| !w.is_empty() && w.get(at) != 0)
}

/// Core of every neuron, straight from the tilings; asserts that each has exactly one.
pub fn cores_of_neurons(network: &Network, mapping: &Mapping) -> BTreeMap<Neuron, CoreId> {
    let mut core_of = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (id, tiling) in mapping.tilings.iter().enumerate() {
        let shape = network.populations[id].shape;
        let mut cores = tiling.cores.iter();
        for rows in tiling.rows.windows(2) {
            for columns in tiling.columns.windows(2) {
                for channels in tiling.channels.windows(2) {
                    let &core = cores.next().unwrap();
                    assert!(used.insert(core), "a core holds one block");
                    assert_eq!(mapping.cores[core as usize].population, Some(id));
                    for y in rows[0]..rows[1] {
                        for x in columns[0]..columns[1] {
                            for c in channels[0]..channels[1] {
                                let n = (y * shape.width + x) * shape.channels + c;
                                assert!(core_of.insert((id, n), core).is_none());
                            }
                        }
                    }
                }
            }
        }
        assert!(cores.next().is_none());
    }
    assert_eq!(used.len(), mapping.cores.len());
    assert_eq!(core_of.len(), network.populations.iter().map(|p| p.shape.neurons()).sum::<usize>());
    core_of
}

/// Whether negative spikes leave a population: with a threshold below zero or by taking spikes
/// back, or through a pool or relay. Written differently from the code under test: grows until it
/// is stable.
pub fn signed(network: &Network) -> Vec<bool> {
    let own = |p: &Population| match &p.model {
        Model::If(unit) => unit.fire_below.iter().any(|&below| below != NEVER),
        Model::Tracking(_) | Model::Curve(_) => true,
        _ => false,
    };
    let mut signed: Vec<bool> = network.populations.iter().map(own).collect();
    loop {
        let before = signed.clone();
        for p in &network.projections {
            let passes =
                matches!(network.populations[p.target].model, Model::Pool(_) | Model::Relay);
            signed[p.target] |= passes && signed[p.source];
        }
        if before == signed {
            return signed;
        }
    }
}

/// Holds cores, fan-out and limits of a mapping against a count over every synapse.
pub fn recount(network: &Network, profile: &Profile, mapping: &Mapping) {
    let core_of = cores_of_neurons(network, mapping);
    let signed = signed(network);
    let double = |p: usize| if signed[p] { 2u64 } else { 1 };
    let shared = profile.capabilities.shared_kernels != Support::None;
    let cores = mapping.cores.len();
    let (mut neurons, mut memory) = (vec![0u64; cores], vec![0u64; cores]);
    let mut sources: Vec<BTreeSet<Neuron>> = vec![BTreeSet::new(); cores];
    let mut weights = vec![BTreeSet::new(); cores];
    // Synapses by neuron, target and core: all, and those whose weight is not zero.
    let mut sops: BTreeMap<(Neuron, usize), BTreeMap<CoreId, [u64; 2]>> = BTreeMap::new();
    for (&(p, _), &core) in &core_of {
        neurons[core as usize] += double(p);
    }
    for (index, projection) in network.projections.iter().enumerate() {
        for (from, to, weight) in synapses(network, projection) {
            let core = core_of[&(projection.target, to)];
            sources[core as usize].insert((projection.source, from));
            let reached = sops.entry(((projection.source, from), projection.target)).or_default();
            let [all, nonzero] = reached.entry(core).or_default();
            *all += 1;
            *nonzero += u64::from(weighs(network, projection, weight));
            if shared {
                // In the padding a tap may never be used; the kernel is stored whole.
                let kernel = match &projection.connection {
                    Connection::Conv(conv) => conv.window.kernel,
                    Connection::Pool(window) => window.kernel,
                    Connection::OneToOne => [1, 1],
                };
                let [_, _, i, c] = weight;
                if weights[core as usize].insert((index, i, c)) {
                    memory[core as usize] +=
                        8 * (kernel[0] * kernel[1]) as u64 * double(projection.source);
                }
            } else {
                memory[core as usize] += 8 * double(projection.source);
            }
        }
    }
    let mut axons_out = vec![0u64; cores];
    for (((p, n), _), reached) in &sops {
        axons_out[core_of[&(*p, *n)] as usize] += double(*p) * reached.len() as u64;
    }
    let refused = |layer: &str, limit: &str| {
        let same = |g: &&Gap| g.verdict == Verdict::Refused && g.layer == layer && g.limit == limit;
        mapping.gaps.iter().any(|g| same(&g))
    };
    for (i, core) in mapping.cores.iter().enumerate() {
        let axons_in: u64 = sources[i].iter().map(|&(p, _)| double(p)).sum();
        assert_eq!(core.neurons, neurons[i]);
        assert_eq!(core.axons_in, axons_in);
        assert_eq!(core.axons_out, axons_out[i]);
        assert!(
            core.synapse_memory_bits >= memory[i]
                && (shared || core.synapse_memory_bits == memory[i])
        );
        let limits = &profile.limits;
        let layer = &network.populations[core.population.unwrap()].name;
        for (value, limit, name) in [
            (core.neurons, limits.neurons_per_core, "neurons_per_core"),
            (
                core.synapse_memory_bits,
                limits.synapse_memory_bits_per_core,
                "synapse_memory_bits_per_core",
            ),
            (core.axons_in, limits.axons_in_per_core, "axons_in_per_core"),
            (core.axons_out, limits.axons_out_per_core, "axons_out_per_core"),
        ] {
            let held = limit.is_none_or(|l| value <= l);
            assert!(held || refused(layer, name), "layer {layer}: {value} > {limit:?} {name}");
        }
    }
    let each = [ZeroWeights::Cost, ZeroWeights::Skipped].into_iter().enumerate();
    let fanouts = each.flat_map(|(which, zeros)| {
        Fanout::all(network, mapping, zeros).into_iter().map(move |fanout| (which, fanout))
    });
    for (which, fanout) in fanouts {
        let shape = network.populations[fanout.source].shape;
        for n in 0..shape.neurons() {
            let (y, x) = (n / shape.channels / shape.width, n / shape.channels % shape.width);
            let mut found = vec![];
            fanout.each_destination([y, x, n % shape.channels], |core, synapses| {
                found.push((core, synapses))
            });
            let as_map: BTreeMap<_, _> = found.iter().copied().collect();
            assert_eq!(as_map.len(), found.len(), "each core once");
            let expected = sops.get(&((fanout.source, n), fanout.target)).into_iter().flatten();
            let expected: BTreeMap<_, _> =
                expected.map(|(&core, synapses)| (core, synapses[which])).collect();
            assert_eq!(as_map, expected);
        }
    }
    let mut slots = BTreeSet::new();
    for core in &mapping.cores {
        assert!(core.x < mapping.grid.width && core.y < mapping.grid.height);
        assert!(core.slot < mapping.grid.cores_per_tile);
        assert!(slots.insert((core.x, core.y, core.slot)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn recounted_by_synapses(
        seed in any::<u64>(),
        alpha in prop::sample::select(vec![0.0, 0.1]),
        max_delay in prop::option::of(1..3usize),
        shared in any::<bool>(),
        parallel in any::<bool>(),
        neurons in 2..60u64,
        axons_in in 30..400u64,
        axons_out in 80..300u64,
    ) {
        let (network, _) = random_network(seed, alpha, 1, PoolKind::Gate);
        let mut network = thinned(retime(&network, max_delay).network);
        let first_conv = network.projections.iter().find_map(|p| match &p.connection {
            Connection::Conv(conv) => Some((p.clone(), conv.clone())),
            _ => None,
        });
        if let (true, Some((projection, conv))) = (parallel, first_conv) {
            // A second projection between the same populations, over other synapses.
            let window = Window { kernel: [1, 2], pad: [0, 0], ..conv.window };
            let connection = Connection::Conv(Conv { window, groups: 1, weights: Weights::default(), ..conv });
            network.projections.push(Projection { connection, ..projection });
        }
        let mut profile = profile(Limits {
            neurons_per_core: Some(neurons),
            synapse_memory_bits_per_core: Some(8 * 1200),
            axons_in_per_core: Some(axons_in),
            axons_out_per_core: Some(axons_out),
            ..Limits::default()
        });
        if !shared {
            profile.capabilities.shared_kernels = Support::None;
        }
        match map(&network, &profile, false) {
            Ok(mapping) => recount(&network, &profile, &mapping),
            Err(error) => {
                // One neuron alone exceeds a limit, or so few fit a core that no board has enough:
                // idealised runs drop that limit.
                let refused = matches!(error, Error::Refused { .. } | Error::Board { .. });
                prop_assert!(refused, "{}", error);
                let mapping = map(&network, &profile, true).unwrap();
                prop_assert!(mapping.gaps.iter().any(|g| g.verdict == Verdict::Refused));
                recount(&network, &profile, &mapping);
            }
        }
    }
}

/// Convolutions of 3 x 3 over `channels` by layer on an image of `size` a side.
pub fn chain(size: usize, channels: &[usize]) -> Network {
    let mut network = Network {
        name: "chain".into(),
        weight_bits: 8,
        populations: vec![],
        projections: vec![],
        heads: vec![],
        first_phase: None,
    };
    for (i, &channels) in channels.iter().enumerate() {
        let unit = Readout { bias: vec![0; channels], shift: vec![0; channels] };
        network.populations.push(Population {
            name: format!("conv{}", i + 1),
            shape: Shape { height: size, width: size, channels },
            model: Model::Readout(unit),
            analogue: i == 0,
            depth: i,
        });
        if i > 0 {
            let window = Window { kernel: [3, 3], stride: [1, 1], pad: [1, 1], dilation: [1, 1] };
            let weights = Weights::default();
            let inputs = 0..network.populations[i - 1].shape.channels;
            let conv = Conv {
                inputs,
                window,
                groups: 1,
                upsample: [1, 1],
                negative: weights.clone(),
                weights,
            };
            let connection = Connection::Conv(conv);
            network.projections.push(Projection { source: i - 1, target: i, connection, delay: 1 });
        }
    }
    network
}

#[test]
fn refusals_name_layer_limit_and_numbers() {
    let network = chain(5, &[4, 4, 512, 4, 512, 4]);
    let mut profile = profile(Limits { axons_in_per_core: Some(4096), ..Limits::default() });
    let error = map(&network, &profile, false).unwrap_err().to_string();
    assert_eq!(
        error,
        "layer conv4: 4608 sources > 4096 axons_in_per_core (and 1 more); --idealised drops them"
    );
    let mapping = map(&network, &profile, true).unwrap();
    let refused: Vec<_> = mapping.gaps.iter().filter(|g| g.verdict == Verdict::Refused).collect();
    assert_eq!(refused.iter().map(|g| g.layer.as_str()).collect::<Vec<_>>(), ["conv4", "conv6"]);
    for core in &mapping.cores {
        let dropped = matches!(core.population, Some(3 | 5));
        assert!(dropped || core.axons_in <= 4096, "other layers keep the limit");
    }
    profile.limits = Limits { fan_in: Some(35), weight_levels: Some(4), ..Limits::default() };
    let Err(Error::Refused { first, more }) = map(&network, &profile, false) else {
        panic!("refused")
    };
    assert_eq!((first.limit.as_str(), first.layer.as_str(), more), ("weight_levels", "conv2", 5));
}

#[test]
fn a_board_too_small_is_refused_or_grows_when_idealised() {
    let network = chain(8, &[4, 4]);
    let mut profile = profile(Limits { neurons_per_core: Some(4), ..Limits::default() });
    profile.topology.board = [1, 1];
    profile.topology.mesh = [2, 2];
    let expected = Error::Board { needed: 128, available: 16, chips: 1 };
    assert_eq!(map(&network, &profile, false).unwrap_err(), expected);
    let grown = map(&network, &profile, true).unwrap();
    assert!(grown.grid.chips >= 8 && grown.cores.len() == 128);
    assert_eq!(grown.gaps.last().map(|gap| gap.limit.as_str()), Some("board"));
    profile.topology.board = [8, 2];
    let grid = map(&network, &profile, false).unwrap().grid;
    assert_eq!((grid.chips, grid.width, grid.height), (8, 8, 4));
}

#[test]
fn placement_shortens_paths_against_row_major_order() {
    let network = chain(16, &[4, 4]);
    let mut profile = profile(Limits { neurons_per_core: Some(16), ..Limits::default() });
    profile.topology.mesh = [8, 8];
    profile.topology.cores_per_tile = 2;
    let mapping = map(&network, &profile, false).unwrap();
    assert_eq!(mapping.cores.len(), 128);
    let row_major = |population: usize, block: usize| {
        let tile = (population * 64 + block) / 2;
        [tile % 8, tile / 8]
    };
    let fanout = Fanout::new(&network, 0, 1, &mapping.tilings[1], ZeroWeights::Cost);
    let core_of = cores_of_neurons(&network, &mapping);
    let (mut ours, mut plain) = (0, 0);
    let distance = |a: [usize; 2], b: [usize; 2]| a[0].abs_diff(b[0]) + a[1].abs_diff(b[1]);
    let block = |p: usize, core| mapping.tilings[p].cores.iter().position(|&c| c == core).unwrap();
    let place = |core: CoreId| [mapping.cores[core as usize].x, mapping.cores[core as usize].y];
    for n in 0..network.populations[0].shape.neurons() {
        let from = core_of[&(0, n)];
        fanout.each_destination([n / 64, n / 4 % 16, n % 4], |to, _| {
            ours += distance(place(from), place(to));
            plain += distance(row_major(0, block(0, from)), row_major(1, block(1, to)));
        });
    }
    assert!(ours * 2 < plain, "{ours} hops against {plain}");
}

#[test]
fn whole_channels_and_square_tiles_are_preferred() {
    let profile = profile(Limits { neurons_per_core: Some(64), ..Limits::default() });
    let mapping = map(&chain(16, &[4, 4]), &profile, false).unwrap();
    for tiling in &mapping.tilings {
        assert_eq!((tiling.rows.len(), tiling.columns.len(), tiling.channels.len()), (5, 5, 2));
    }
}

#[test]
fn what_is_paid_or_assumed_is_named() {
    let retimed = |seed| {
        let (mut network, _) = random_network(seed, 0.1, 4, PoolKind::Gate);
        network.weight_bits = 4;
        retime(&network, Some(1)).network
    };
    let relayed = |n: &Network| n.populations.iter().any(|p| p.model == Model::Relay);
    let retimed = (0..50).map(retimed).find(relayed).unwrap();
    let limits = Limits {
        weight_bits: Some(4),
        weight_levels: Some(15),
        membrane_bits: Some(24),
        ..Limits::default()
    };
    let gaps = |profile: &Profile, network: &Network| -> Vec<(Verdict, String)> {
        let mapping = map(network, profile, true).unwrap();
        mapping.gaps.into_iter().map(|gap| (gap.verdict, gap.limit)).collect()
    };
    let mut profile = profile(limits);
    let found = gaps(&profile, &retimed);
    let has = |found: &[(Verdict, String)], verdict, limit: &str| {
        found.contains(&(verdict, limit.to_string()))
    };
    assert!(has(&found, Verdict::Paid, "graded_bits"), "{found:?}");
    assert!(has(&found, Verdict::Assumed, "membrane_bits"), "{found:?}");
    assert!(!found.iter().any(|(_, limit)| limit.starts_with("weight")), "{found:?}");
    assert!(has(&found, Verdict::Paid, "max_delay"), "{found:?}");
    // Graded packets carry the bursts; a bit less for weights is refused.
    profile.capabilities.graded_bits = 3;
    profile.limits.weight_bits = Some(3);
    profile.limits.weight_levels = Some(14);
    let found = gaps(&profile, &retimed);
    assert!(!has(&found, Verdict::Paid, "graded_bits"), "{found:?}");
    assert!(
        has(&found, Verdict::Refused, "weight_bits")
            && has(&found, Verdict::Refused, "weight_levels")
    );
}

/// Units that follow a curve stand where tracking units do, in words of their own.
#[test]
fn curves_are_told_in_words() {
    let (network, _) = random_network(1, 0.1, 4, PoolKind::Telescoping);
    let network = retime(&curved(network, 1, 2000), None).network;
    let mut profile = profile(Limits::default());
    let told = |profile: &Profile, limit: &str| -> Vec<(Verdict, String)> {
        let gaps = map(&network, profile, true).unwrap().gaps.into_iter();
        gaps.filter(|g| g.limit == limit).map(|gap| (gap.verdict, gap.message)).collect()
    };
    let words = "follow a curve of their mean input";
    let models = told(&profile, "neuron_models");
    assert!(matches!(&models[..], [(Verdict::Assumed, message)] if message.contains(words)));
    let bursts = told(&profile, "graded_bits");
    assert!(bursts[0].1.contains("as up to 2000 packets"), "{bursts:?}");
    profile.capabilities.graded_bits = 8;
    let bursts = told(&profile, "graded_bits");
    assert!(bursts[0].1.contains("as up to 8 packets"), "{bursts:?}");
    profile.capabilities.graded_bits = 11;
    assert_eq!(told(&profile, "graded_bits"), []);
    let has = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    profile.capabilities.neuron_models = has(&["tracking", "telescoping", "readout"]);
    assert_eq!(told(&profile, "neuron_models"), []);
    profile.capabilities.neuron_models = has(&["if", "telescoping", "readout"]);
    let models = told(&profile, "neuron_models");
    assert!(matches!(&models[..], [(Verdict::Refused, message)] if message.contains(words)));
    let refused = spikemesh::engine::asynchronous::check(&network).unwrap_err();
    assert!(refused.to_string().contains(words), "{refused}");
}

/// What a spike cannot hold, and counts of 32 bits cannot.
#[test]
fn networks_beyond_a_spike_are_too_large() {
    let (mut network, _) = random_network(1, 0.1, 4, PoolKind::Telescoping);
    assert_eq!(network.too_large(), None);
    network.populations[1].shape.channels = MOST_CHANNELS + 1;
    assert_eq!(network.too_large().map(|(p, _)| p), Some(1));
    network.populations[1].shape = Shape { height: 1 << 14, width: 1 << 14, channels: 4 };
    assert!(network.too_large().is_some_and(|(_, why)| why.contains("2^32")));
}
