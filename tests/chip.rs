//! The chip against a dense simulation and an enumeration of every synapse, packet and link.

use crate::functional::random_network;
use crate::mapping::{cores_of_neurons, profile, signed, synapses};
use crate::topologies::{self, joins_chips, way};
use std::collections::{BTreeMap, BTreeSet};

use spikemesh::activity::{Activity, Counts, StepTiming};
use spikemesh::engine::chip::{self, Stop};
use spikemesh::engine::{Options, Timing};
use spikemesh::mapping::{Core, Mapping, map};
use spikemesh::profile::*;
use spikemesh::snn::retime::{Retimed, retime};
use spikemesh::snn::*;

const STEPS: usize = 6;

/// What one neuron does in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Did {
    /// Signed spikes.
    count: i32,
    /// Input arrived, or it fired.
    input: bool,
    /// The same, or potential or bias were not zero.
    state: bool,
}

/// `[step][population][neuron]`
type Dense = Vec<Vec<Vec<Did>>>;

/// Every synapse in every step, in i64.
fn simulate(retimed: &Retimed, currents: &[Option<Fed>]) -> Dense {
    let populations = &retimed.network.populations;
    let into: Vec<Vec<(&Projection, Vec<_>)>> = (0..populations.len())
        .map(|p| {
            let projections =
                retimed.network.projections.iter().filter(|projection| projection.target == p);
            projections
                .map(|projection| (projection, synapses(&retimed.network, projection)))
                .collect()
        })
        .collect();
    let mut potential: Vec<Vec<i64>> = (populations.iter())
        .map(|p| match &p.model {
            Model::If(unit) => (0..p.shape.neurons())
                .map(|n| i64::from(unit.initial[n % p.shape.channels]))
                .collect(),
            _ => vec![0; p.shape.neurons()],
        })
        .collect();
    let mut running: Vec<Vec<i64>> = vec![vec![]; populations.len()];
    let mut all: Dense = vec![];
    for step in 1..=STEPS + retimed.depth {
        let mut now: Vec<Vec<Did>> = vec![];
        for (id, p) in populations.iter().enumerate() {
            let neurons = p.shape.neurons();
            let mut did = vec![Did::default(); neurons];
            if step <= p.depth || step > p.depth + STEPS {
                now.push(did);
                continue;
            }
            let (mut sums, mut best) = (vec![0i64; neurons], vec![None; neurons]);
            for (projection, synapses) in &into[id] {
                let source = projection.source;
                let silent = vec![Did::default(); populations[source].shape.neurons()];
                let past = match step.checked_sub(projection.delay + 1) {
                    Some(past) => &all[past][source],
                    None => &silent,
                };
                if matches!(p.model, Model::Pool(_)) {
                    running[id].resize(past.len(), 0);
                    running[id]
                        .iter_mut()
                        .zip(past)
                        .for_each(|(sum, did)| *sum += i64::from(did.count));
                }
                for &(from, to, [ky, kx, i, c]) in synapses {
                    did[to].input |= past[from].count != 0;
                    match &projection.connection {
                        Connection::Conv(conv) => {
                            let outputs = p.shape.channels / conv.groups;
                            let tap = ky * conv.window.kernel[1] + kx;
                            let row = tap * conv.inputs.len() + i - conv.inputs.start;
                            let weight = conv.weights.get(row * outputs + c % outputs);
                            sums[to] += i64::from(weight) * i64::from(past[from].count);
                        }
                        Connection::Pool(_) => {
                            let sum = running[id][from];
                            // The first of the largest.
                            if best[to].is_none_or(|(largest, _)| sum > largest) {
                                best[to] = Some((sum, past[from].count));
                            }
                        }
                        Connection::OneToOne => sums[to] += i64::from(past[from].count),
                    }
                }
            }
            for (n, did) in did.iter_mut().enumerate() {
                let (c, v) = (n % p.shape.channels, &mut potential[id][n]);
                let before = *v;
                let mut inflow = 0;
                match &p.model {
                    Model::If(unit) => {
                        inflow = currents[id]
                            .as_ref()
                            .and_then(Fed::current)
                            .map_or(unit.bias[c], |v| v[n]);
                        let limit = i64::from(unit.saturation);
                        *v = (*v + (sums[n] << unit.shift[c]) + i64::from(inflow))
                            .clamp(-limit, limit);
                        for _ in 0..unit.burst {
                            if did.count >= 0 && *v >= i64::from(unit.fire_above[c]) {
                                did.count += 1;
                                *v -= i64::from(unit.reset_above[c]);
                            } else if did.count <= 0
                                && unit.fire_below[c] != NEVER
                                && *v <= -i64::from(unit.fire_below[c])
                            {
                                did.count -= 1;
                                *v += i64::from(unit.reset_below[c]);
                            }
                        }
                    }
                    Model::Readout(readout) => {
                        inflow = readout.bias[c];
                        *v += (sums[n] << readout.shift[c]) + i64::from(inflow);
                    }
                    Model::Pool(PoolKind::Gate) => did.count = best[n].unwrap().1,
                    Model::Pool(PoolKind::Telescoping) => {
                        did.count = (best[n].unwrap().0 - *v) as i32;
                        *v += i64::from(did.count);
                    }
                    Model::Relay => did.count = sums[n] as i32,
                    _ => {
                        unreachable!("not in these networks")
                    }
                }
                did.input |= did.count != 0;
                // Pools and relays have sums and no potential.
                let membrane = matches!(p.model, Model::If(_) | Model::Readout(_));
                did.state = did.input || membrane && (before != 0 || inflow != 0);
            }
            now.push(did);
        }
        all.push(now);
    }
    all
}

/// Small cores and chips, every cost of its own, none zero.
fn chip_profile(graded_bits: u32, sync: Sync, update_rule: UpdateRule) -> Profile {
    let mut profile = profile(Limits { neurons_per_core: Some(24), ..Limits::default() });
    profile.topology.mesh = [3, 2];
    profile.topology.cores_per_tile = 2;
    profile.capabilities.graded_bits = graded_bits;
    profile.clock.sync = sync;
    profile.update_rule = update_rule;
    let mut next = 1.0;
    let mut event = || {
        next += 1.25;
        let cost = |nominal: f64| Cost {
            low: nominal,
            nominal,
            high: nominal,
            basis: Basis::Assumed,
            source: "test".into(),
        };
        EventCost { energy_pj: cost(next * 3.0), latency_ns: cost(next) }
    };
    let costs = &mut profile.costs;
    for class in ["default", "if", "gate", "telescoping", "relay", "readout"] {
        costs
            .soma
            .insert(class.into(), SomaCost { access: event(), update: event(), spike: event() });
    }
    for class in ["default", "conv", "pool"] {
        costs.synapse.insert(class.into(), event());
    }
    costs.hop = Hops {
        east: event(),
        west: event(),
        north: event(),
        south: event(),
        north_east: event(),
        south_west: event(),
    };
    (costs.dendrite, costs.axon_out, costs.axon_in) = (event(), event(), event());
    (costs.local, costs.chip_link) = (event(), event());
    costs.link_interval_ns = event().latency_ns;
    profile
}

fn ps(event: &EventCost) -> u64 {
    (event.latency_ns.nominal * 1000.0).round() as u64
}

type Links = BTreeMap<([usize; 2], [usize; 2]), (bool, u64)>;

/// What an enumeration finds.
struct Found {
    /// `[step][core]`
    counts: Vec<Vec<Counts>>,
    /// `[step][core]`: generation and receive time.
    times: Vec<Vec<[u64; 2]>>,
    links: Links,
    spikes: BTreeSet<(u32, u32, u32, i16)>,
}

/// Counts the packets of a spike at their sender, and walks their ways link by link.
fn travel(
    from: &Core,
    to: &[&Core],
    mapping: &Mapping,
    copies: u64,
    counts: &mut Counts,
    links: &mut Links,
) {
    let ways = to.iter().map(|to| way(&mapping.grid, from.tile(), to.tile()));
    let near = to.iter().filter(|to| to.tile() == from.tile()).count() as u64;
    let (packets, local, crossed) = match mapping.grid.multicast {
        Multicast::Unicast => (to.len() as u64, near, ways.flatten().collect::<Vec<_>>()),
        // One packet crosses every link of any way once.
        Multicast::Tree => (
            u64::from(!to.is_empty()),
            near.min(1),
            ways.flatten().collect::<BTreeSet<_>>().into_iter().collect(),
        ),
    };
    counts.packets += copies * packets;
    counts.local_packets += copies * local;
    for (from, to, direction) in crossed {
        let crosses = joins_chips(&mapping.grid, from, to);
        *if crosses { &mut counts.chip_links } else { counts.hops.along(direction) } += copies;
        links.entry((from, to)).or_insert((crosses, 0)).1 += copies;
    }
}

fn enumerate(
    retimed: &Retimed,
    mapping: &Mapping,
    profile: &Profile,
    dense: &Dense,
    classes: &[String],
) -> Found {
    let network = &retimed.network;
    let core_of = cores_of_neurons(network, mapping);
    let mut targets: Vec<Vec<Vec<(usize, usize)>>> =
        network.populations.iter().map(|p| vec![vec![]; p.shape.neurons()]).collect();
    for projection in &network.projections {
        for (from, to, _) in synapses(network, projection) {
            targets[projection.source][from].push((projection.target, to));
        }
    }
    let costs = &profile.costs;
    let largest = (1u64 << profile.capabilities.graded_bits.max(1)) - 1;
    let signed = signed(network);
    let mut found =
        Found { counts: vec![], times: vec![], links: Links::new(), spikes: BTreeSet::new() };
    for (step, populations) in dense.iter().enumerate() {
        let mut counts = vec![Counts::new(classes.len(), 3); mapping.cores.len()];
        let mut times = vec![[0u64; 2]; mapping.cores.len()];
        for (p, neurons) in populations.iter().enumerate() {
            let model = &network.populations[p].model;
            let class = classes.iter().position(|class| class == model.class().name()).unwrap();
            let soma = costs.soma_of(model.class().name());
            // Two neurons for one signed unit.
            let units = if signed[p] { 2 } else { 1 };
            for (n, did) in neurons.iter().enumerate() {
                let core = core_of[&(p, n)] as usize;
                let mine = &mut counts[core];
                mine.accesses[class] += units;
                mine.updates_input[class] += units * u64::from(did.input);
                mine.updates_state[class] += units * u64::from(did.state);
                let updated = match profile.update_rule {
                    UpdateRule::Input => did.input,
                    UpdateRule::InputOrState => did.state,
                };
                times[core][0] +=
                    units * (ps(&soma.access) + u64::from(updated) * ps(&soma.update));
                if did.count == 0 {
                    continue;
                }
                found.spikes.insert((step as u32 + 1, p as u32, n as u32, did.count as i16));
                let size = u64::from(did.count.unsigned_abs());
                let copies = size.div_ceil(largest);
                mine.spikes += size;
                mine.events += 1;
                mine.firings[class] += copies;
                times[core][0] += copies * ps(&soma.spike);
                let mut reached: BTreeMap<usize, u64> = BTreeMap::new();
                for to in &targets[p][n] {
                    *reached.entry(core_of[to] as usize).or_default() += 1;
                }
                let to: Vec<&Core> = reached.keys().map(|&to| &mapping.cores[to]).collect();
                let before = counts[core].packets;
                travel(
                    &mapping.cores[core],
                    &to,
                    mapping,
                    copies,
                    &mut counts[core],
                    &mut found.links,
                );
                times[core][0] += (counts[core].packets - before) * ps(&costs.axon_out);
                for (to, synapses) in reached {
                    let target = &mapping.cores[to];
                    let Population { model, shape, .. } =
                        &network.populations[target.population.unwrap()];
                    // Weights of a layer of one position are shared by nobody.
                    let (class, dense) =
                        if shape.positions() > 1 { ("conv", 0) } else { ("dense", 1) };
                    let pooled = matches!(model, Model::Pool(_) | Model::Relay);
                    let theirs = &mut counts[to];
                    theirs.packets_in += copies;
                    *if pooled {
                        &mut theirs.pool_operations
                    } else {
                        &mut theirs.synaptic_operations[dense]
                    } += copies * synapses;
                    let synapse = costs.synapse_of(if pooled { "pool" } else { class });
                    times[to][1] += copies * ps(&costs.axon_in);
                    times[to][1] += copies * synapses * (ps(synapse) + ps(&costs.dendrite));
                }
            }
        }
        found.counts.push(counts);
        found.times.push(times);
    }
    found
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::new(spikemesh::snn::Class::ALL.len(), 3);
    parts.into_iter().for_each(|part| sum.add(part));
    sum
}

/// Times of the analytic model: the busiest core, then the synchronisation.
fn check_times(activity: &Activity, times: &[Vec<[u64; 2]>], mapping: &Mapping, profile: &Profile) {
    let tiles: BTreeSet<_> = mapping.cores.iter().map(|core| (core.x, core.y)).collect();
    for (step, times) in activity.steps.iter().zip(times) {
        let timing = &step.timing;
        let longest = |which: usize| times.iter().map(|core| core[which]).max().unwrap();
        assert_eq!((timing.generation_ps, timing.receive_ps), (longest(0), longest(1)));
        let work = longest(0).max(longest(1));
        let busiest = times.iter().position(|core| core.contains(&work));
        assert_eq!(busiest, Some(timing.busiest_core as usize));
        let total = match &profile.clock.sync {
            Sync::Async { .. } => panic!("no steps"),
            Sync::Tick { period_ns } => {
                let period = (period_ns * 1000.0) as u64;
                assert_eq!(timing.overrun, work > period);
                work.max(period)
            }
            Sync::Barrier { points, .. } => {
                let point = points.iter().rfind(|(key, _)| *key <= tiles.len() as u64).unwrap();
                work + (point.1 * 1000.0) as u64
            }
        };
        assert_eq!((timing.total.nominal, timing.network_ps), (total, 0));
        assert_eq!(timing.packet_latency, None);
    }
}

/// The chip whose every event takes what `end` says of its latency.
fn with_latencies(profile: &Profile, end: fn(&Cost) -> f64) -> Profile {
    let mut profile = profile.clone();
    let costs = &mut profile.costs;
    let somas = costs
        .soma
        .values_mut()
        .flat_map(|soma| [&mut soma.access, &mut soma.update, &mut soma.spike]);
    let others = [&mut costs.dendrite, &mut costs.axon_out, &mut costs.axon_in];
    for event in somas.chain(costs.synapse.values_mut()).chain(others) {
        event.latency_ns.nominal = end(&event.latency_ns);
    }
    profile
}

/// What was counted, and in how many steps the network made itself felt.
fn check(seed: u64, burst: i32, kind: PoolKind, profile: &Profile) -> (Counts, usize) {
    let (network, currents) = random_network(seed, 0.1, burst, kind);
    let retimed = retime(&network, Some(2));
    let network = &retimed.network;
    let mut placed = vec![None; network.populations.len()];
    let input = network.populations.iter().position(|p| p.analogue).unwrap();
    placed[input] = currents[0].clone();
    let mapping = map(network, profile, false).unwrap();
    let run = |timing: Timing| {
        let options = Options { timing, record_spikes: true, ..Options::default() };
        let stop = Stop { steps: STEPS, readout_after: 0 };
        let run = chip::run(&retimed, &placed, &mapping, profile, options, stop, || ()).unwrap();
        (run.activity, run.spikes.unwrap().to_vec().unwrap())
    };
    let (activity, spikes) = run(Timing::Analytic);

    let dense = simulate(&retimed, &placed);
    let found = enumerate(&retimed, &mapping, profile, &dense, &activity.soma_classes);
    let recorded: BTreeSet<_> =
        spikes.iter().map(|s| (s.step, s.layer as u32, s.neuron, s.count)).collect();
    assert_eq!(recorded.len(), spikes.len());
    assert_eq!(recorded, found.spikes);
    assert_eq!(activity.steps.len(), found.counts.len());
    for (step, expected) in activity.steps.iter().zip(&found.counts) {
        assert_eq!(step.counts, sum(expected));
        let mapped: u64 = mapping.cores.iter().map(|core| core.neurons).sum();
        assert_eq!(
            step.counts.total_accesses(),
            mapped,
            "every mapped neuron is visited in every step"
        );
        match mapping.grid.multicast {
            Multicast::Unicast => assert_eq!(step.counts.packets, step.counts.packets_in),
            Multicast::Tree => assert!(step.counts.packets <= step.counts.packets_in),
        }
    }
    for (at, core) in activity.cores.iter().enumerate() {
        assert_eq!(core.counts, sum(found.counts.iter().map(|cores| &cores[at])), "core {at}");
    }
    for (at, layer) in activity.layers.iter().enumerate() {
        let of_layer = |cores: &Vec<Counts>| {
            sum(cores
                .iter()
                .zip(&mapping.cores)
                .filter(|(_, c)| c.population == Some(at))
                .map(|(c, _)| c))
        };
        assert_eq!(layer.counts, sum(&found.counts.iter().map(of_layer).collect::<Vec<_>>()));
        let per_step: Vec<u64> = found.counts.iter().map(|cores| of_layer(cores).spikes).collect();
        assert_eq!(layer.spikes_per_step, per_step);
    }
    let links: Links =
        activity.links.iter().map(|l| ((l.from, l.to), (l.between_chips, l.packets))).collect();
    assert_eq!(links.len(), activity.links.len());
    assert_eq!(links, found.links);
    let all = sum(activity.steps.iter().map(|step| &step.counts));
    assert_eq!(links.values().map(|link| link.1).sum::<u64>(), all.total_hops());
    check_times(&activity, &found.times, &mapping, profile);

    // The ends of a time are the nominal times of a chip with the ends of the latencies.
    let at = |end: fn(&Cost) -> f64| {
        let (profile, stop) =
            (with_latencies(profile, end), Stop { steps: STEPS, readout_after: 0 });
        let options = Options::default();
        let run = chip::run(&retimed, &placed, &mapping, &profile, options, stop, || ()).unwrap();
        run.activity.steps.iter().map(|step| step.timing.total.nominal).collect::<Vec<_>>()
    };
    let ends = at(|cost| cost.low).into_iter().zip(at(|cost| cost.high));
    for (step, (low, high)) in activity.steps.iter().zip(ends) {
        assert_eq!((step.timing.total.low, step.timing.total.high), (low, high));
    }

    // Moving the packets changes times alone.
    let (event, same) = run(Timing::Event);
    assert_eq!(same, spikes);
    assert_eq!((&event.layers, &event.cores), (&activity.layers, &activity.cores));
    let mut unstalled = event.links.clone();
    unstalled.iter_mut().for_each(|link| (link.stall_ps, link.blocked_ps) = (0, 0));
    assert_eq!(unstalled, activity.links);
    let received: u64 =
        event.steps.iter().filter_map(|step| step.timing.order).map(|o| o.packets).sum();
    assert_eq!(
        (received, event.latencies.total()),
        (all.packets_in, all.packets_in),
        "sent is delivered"
    );
    let grid = &mapping.grid;
    let on_mesh =
        (grid.kind, grid.routing, grid.multicast) == (Kind::Mesh, Routing::Xy, Multicast::Unicast);
    for timing in if on_mesh { &[Timing::Links, Timing::Sampled][..] } else { &[Timing::Sampled] } {
        let timing = *timing;
        let (other, same) = run(timing);
        assert_eq!(same, spikes);
        assert_eq!((&other.layers, &other.cores), (&activity.layers, &activity.cores));
        for (n, (other, (event, analytic))) in
            other.steps.iter().zip(event.steps.iter().zip(&activity.steps)).enumerate()
        {
            assert_eq!(other.counts, analytic.counts);
            assert!(other.timing.total.nominal >= analytic.timing.total.nominal);
            // Every second of the first 128.
            assert!(n < 128);
            let sampled = timing == Timing::Sampled && n % 3 == 0;
            assert_eq!(other.timing.estimated, timing == Timing::Sampled && !sampled);
            if sampled {
                // Spikes before may lie in steps between.
                let order = event.timing.order;
                assert_eq!(other.timing.order.map(|o| o.disordered), order.map(|o| o.disordered));
                let other = StepTiming { order, ..other.timing.clone() };
                assert_eq!(other, event.timing, "what is sampled is what event timing gives");
            }
        }
    }
    let mut longer = 0;
    for (event, analytic) in event.steps.iter().zip(&activity.steps) {
        assert_eq!(event.counts, analytic.counts);
        let (long, short) = (&event.timing, &analytic.timing);
        assert_eq!((long.generation_ps, long.receive_ps), (short.generation_ps, short.receive_ps));
        assert!(long.total.nominal >= short.total.nominal);
        assert!(long.total.low >= short.total.low && long.total.high >= short.total.high);
        assert!(long.total.low <= long.total.nominal && long.total.nominal <= long.total.high);
        longer += usize::from(long.total.nominal > short.total.nominal);
        let latency = long.packet_latency.unwrap();
        assert_eq!(latency.max_ps > 0, event.counts.packets > 0, "packets take their time");
        assert!(latency.p50_ps <= latency.p99_ps && latency.p99_ps <= latency.max_ps);
    }
    (all, longer)
}

/// Both pools, bursts in packets of their own or graded, ticks (met and missed) and barriers,
/// both rules of what counts as updated; the signed units are pairs throughout.
#[test]
fn counts_times_and_links_equal_an_enumeration() {
    let mut all = Counts::new(spikemesh::snn::Class::ALL.len(), 1);
    let mut longer = 0;
    for seed in 0..40 {
        let kind = if seed % 2 == 0 { PoolKind::Gate } else { PoolKind::Telescoping };
        let sync = match seed % 3 {
            0 => Sync::Barrier {
                points: vec![(1, 25.5), (3, 40.0), (9, 77.5)],
                between: Between::Step,
            },
            1 => Sync::Tick { period_ns: 1500.0 },
            _ => Sync::Tick { period_ns: 1e6 },
        };
        let rule = if seed % 4 < 2 { UpdateRule::Input } else { UpdateRule::InputOrState };
        let profile = chip_profile([0, 2, 1, 3, 0][seed as usize % 5], sync, rule);
        let (counts, steps) = check(seed, 1 + (seed % 6) as i32, kind, &profile);
        all.add(&counts);
        longer += steps;
    }
    let some = [
        all.spikes - all.events,
        all.total_synaptic_operations(),
        all.pool_operations,
        all.packets,
        all.local_packets,
        all.hops.east,
        all.hops.west,
        all.hops.north,
        all.hops.south,
        all.chip_links,
        longer as u64,
    ];
    assert!(some.iter().all(|&count| count > 0), "nothing was counted: {some:?}");
    assert!(
        all.firings.iter().take(4).all(|&n| n > 0),
        "every model that fires has fired: {:?}",
        all.firings
    );
    let (input, state): (u64, u64) =
        (all.updates_input.iter().sum(), all.updates_state.iter().sum());
    assert!(0 < input && input < state && state < all.total_accesses());
}

/// The same on every other kind of grid; under event timing packets go the ways that were counted.
#[test]
fn other_topologies_are_counted_as_packets_go() {
    for (at, (kind, routing)) in topologies::all().enumerate() {
        let sync = Sync::Tick { period_ns: 1500.0 };
        let mut profile = chip_profile(1, sync, UpdateRule::Input);
        (profile.topology.kind, profile.topology.routing) = (kind, routing);
        let mut all = Counts::new(spikemesh::snn::Class::ALL.len(), 1);
        for seed in 0..6 {
            let seed = 7 * at as u64 + seed;
            all.add(&check(seed, 1, PoolKind::Gate, &profile).0);
        }
        assert!(all.chip_links > 0 && all.hops.total() > 0, "{kind:?}");
        assert_eq!(all.hops.north_east > 0, kind == Kind::TriangularTorus);
    }
}

/// The same where packets fork: links are paid once per spike.
#[test]
fn trees_are_counted_as_packets_fork() {
    for (at, (kind, routing)) in topologies::all().enumerate() {
        let sync = Sync::Barrier { points: vec![(1, 25.5)], between: Between::Step };
        let mut profile = chip_profile([0, 2][at % 2], sync, UpdateRule::Input);
        (profile.topology.kind, profile.topology.routing) = (kind, routing);
        profile.topology.multicast = Multicast::Tree;
        profile.topology.port_buffer = 2;
        let mut all = Counts::new(spikemesh::snn::Class::ALL.len(), 1);
        for seed in 0..6 {
            let seed = 5 * at as u64 + seed;
            all.add(&check(seed, 1 + (seed % 3) as i32, PoolKind::Gate, &profile).0);
        }
        assert!(
            all.packets < all.packets_in && all.local_packets > 0 && all.hops.total() > 0,
            "{kind:?}"
        );
    }
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
        let sums = |steps, readout_after| {
            let (options, stop) = (Options::default(), Stop { steps, readout_after });
            chip::run(&retimed, &placed, &mapping, &profile, options, stop, || ()).unwrap().sums
        };
        let (short, long, late) = (sums(4, 0), sums(12, 0), sums(12, 4));
        for head in &retimed.network.heads {
            let p = head.population;
            let difference: Vec<i32> = long[p].iter().zip(&short[p]).map(|(l, s)| l - s).collect();
            assert_eq!(late[p], difference);
        }
    }
}
