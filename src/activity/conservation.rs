//! What holds between the tables of an activity, whatever network, chip and timing: what left
//! somewhere has arrived somewhere, sums over steps, layers and cores are one sum, and times are
//! the sums of their parts.

use super::{Activity, Counts, Layer, Step, flows};

/// Sums that do not agree, or do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// Two sums that must be equal differ.
    #[error("{what}: {left} {of_left}, but {right} {of_right}")]
    Unequal {
        /// What is wrong, in words.
        what: String,
        /// One sum.
        left: u128,
        /// What it is a sum of.
        of_left: &'static str,
        /// The other sum.
        right: u128,
        /// What that is a sum of.
        of_right: &'static str,
    },
    /// A sum exceeds its bound.
    #[error("{what}: {left} {of_left}, which is more than {right} {of_right}")]
    More {
        /// What is wrong, in words.
        what: String,
        /// The sum.
        left: u128,
        /// What it is a sum of.
        of_left: &'static str,
        /// The bound.
        right: u128,
        /// What the bound is.
        of_right: &'static str,
    },
    /// A count that 63 bits do not hold.
    #[error("{what}: beyond 2^63, which is the most that is counted (of picoseconds 106 days)")]
    Overflow {
        /// What is wrong, in words.
        what: String,
    },
}

impl Unsound {
    /// A sum that does not fit; the others contradict each other.
    pub fn is_overflow(&self) -> bool {
        matches!(self, Unsound::Overflow { .. })
    }
}

pub(super) type Sound = Result<(), Unsound>;

/// Sums beyond this are refused; those that did not fit stand at twice as much.
const LARGEST: u128 = 1 << 63;

/// Checks every sum; `forks` where a packet may reach several cores. Linear in the tables.
///
/// # Errors
/// The first two numbers that contradict each other, or a number that does not fit.
pub fn check(activity: &Activity, forks: bool) -> Sound {
    let names = names(activity);
    let sum = |counts: &mut dyn Iterator<Item = &Counts>| sums(&names, counts);
    let steps = sum(&mut activity.steps.iter().map(|step| &step.counts))?;
    let layers = sum(&mut activity.layers.iter().map(|layer| &layer.counts))?;
    let cores = sum(&mut activity.cores.iter().map(|core| &core.counts))?;
    for (n, name) in names.iter().enumerate() {
        equal(name, [steps[n], layers[n]], ["over all steps", "over all layers"])?;
        equal(name, [steps[n], cores[n]], ["over all steps", "over all cores"])?;
    }
    by_layer(activity, &names)?;
    nonzero(activity)?;
    spikes(activity)?;
    let all = activity.steps.iter().map(|step| &step.counts);
    let layers = activity.layers.iter().map(|layer| &layer.counts);
    for counts in all.chain(layers).chain(activity.cores.iter().map(|core| &core.counts)) {
        related(counts)?;
    }
    packets(activity, forks)?;
    flows::check(activity, forks)?;
    for (n, step) in activity.steps.iter().enumerate() {
        times(n + 1, step, activity)?;
    }
    whole(activity)
}

/// Every counter of [`Counts`], in the order of [`figures`].
fn names(activity: &Activity) -> Vec<String> {
    let of = |what: &str, classes: &[String]| -> Vec<String> {
        classes.iter().map(|class| format!("{what} of class {class}")).collect()
    };
    let soma = ["accesses", "updates by input", "updates by input or state", "firings"];
    let mut names: Vec<String> =
        soma.iter().flat_map(|what| of(what, &activity.soma_classes)).collect();
    names.extend(of("synaptic operations", &activity.synapse_classes));
    let single =
        ["spikes", "events", "pool operations", "packets", "packets received", "local packets"];
    let hops = ["east", "west", "north", "south", "north-east", "south-west"];
    names.extend(single.map(String::from));
    names.extend(hops.map(|direction| format!("hops to the {direction}")));
    names.push("links between chips crossed".into());
    names
}

fn figures(counts: &Counts) -> impl Iterator<Item = u64> + '_ {
    let Counts { accesses, updates_input, updates_state, firings, synaptic_operations, .. } =
        counts;
    let classes = [accesses, updates_input, updates_state, firings, synaptic_operations];
    let single = [
        counts.spikes,
        counts.events,
        counts.pool_operations,
        counts.packets,
        counts.packets_in,
        counts.local_packets,
    ];
    let hops = counts.hops.by_direction().map(|&hops| hops);
    classes.into_iter().flatten().copied().chain(single).chain(hops).chain([counts.chip_links])
}

/// Sums by counter.
fn sums(names: &[String], all: &mut dyn Iterator<Item = &Counts>) -> Result<Vec<u128>, Unsound> {
    let mut sums = vec![0u128; names.len()];
    for counts in all {
        sums.iter_mut().zip(figures(counts)).for_each(|(sum, one)| *sum += u128::from(one));
    }
    match sums.iter().zip(names).find(|(sum, _)| **sum > LARGEST) {
        Some((_, name)) => Err(Unsound::Overflow { what: name.clone() }),
        None => Ok(sums),
    }
}

/// The cores of each layer, where no core holds two.
fn by_layer(activity: &Activity, names: &[String]) -> Sound {
    let neurons = |all: &mut dyn Iterator<Item = u64>| all.map(u128::from).sum::<u128>();
    let of_layers = neurons(&mut activity.layers.iter().map(|layer| layer.neurons));
    let of_cores = neurons(&mut activity.cores.iter().map(|core| core.neurons));
    equal("neurons", [of_layers, of_cores], ["over all layers", "over all cores"])?;
    if activity.cores.iter().any(|core| core.layer.is_none()) {
        return Ok(());
    }
    let mut cores = vec![vec![]; activity.layers.len()];
    for core in &activity.cores {
        let own = core.layer.and_then(|layer| cores.get_mut(layer));
        own.into_iter().for_each(|own| own.push(core));
    }
    for (layer, cores) in activity.layers.iter().zip(cores) {
        let named = |what: &str| format!("{what} of layer {}", layer.name);
        let columns = ["of the layer", "over its cores"];
        equal(&named("cores"), [layer.cores.into(), cores.len() as u128], columns)?;
        let neurons = neurons(&mut cores.iter().map(|core| core.neurons));
        equal(&named("neurons"), [layer.neurons.into(), neurons], columns)?;
        let sums = sums(names, &mut cores.iter().map(|core| &core.counts))?;
        for ((name, sum), own) in names.iter().zip(sums).zip(figures(&layer.counts)) {
            if u128::from(own) != sum {
                equal(&named(name), [own.into(), sum], columns)?;
            }
        }
    }
    Ok(())
}

/// Spikes of layers by step and by position.
fn spikes(activity: &Activity) -> Sound {
    let steps = activity.steps.len() as u128;
    for layer in &activity.layers {
        let Layer { name, counts, spikes_per_step, spikes_per_position, shapeless, .. } = layer;
        let what = format!("spikes of layer {name}");
        let all = u128::from(counts.spikes);
        let listed = format!("steps of the list of spikes of layer {name}");
        equal(&listed, [spikes_per_step.len() as u128, steps], ["listed", "emulated"])?;
        let by_step = spikes_per_step.iter().map(|&n| u128::from(n)).sum();
        equal(&what, [all, by_step], ["counted", "over its steps"])?;
        let by_position = spikes_per_position.iter().map(|&n| u128::from(n)).sum();
        // A layer without positions has one, which once held no more than 32 bits.
        if !shapeless || all < u128::from(u32::MAX) {
            equal(&what, [all, by_position], ["counted", "over its positions"])?;
        }
    }
    for (n, step) in activity.steps.iter().enumerate() {
        let layers = activity.layers.iter().map(|layer| u128::from(layer.spikes_per_step[n])).sum();
        let what = format!("spikes of step {}", n + 1);
        equal(&what, [step.counts.spikes.into(), layers], ["counted", "over all layers"])?;
    }
    Ok(())
}

/// What the counters of one step, layer or core say of each other.
fn related(counts: &Counts) -> Sound {
    let sum = |list: &[u64]| list.iter().map(|&n| u128::from(n)).sum::<u128>();
    let firings = sum(&counts.firings);
    less("events", [counts.events.into(), firings], ["counted", "firings paid for"])?;
    less("firings", [firings, counts.spikes.into()], ["paid for", "spikes"])?;
    let local = [counts.local_packets.into(), counts.packets.into()];
    less("packets within their tile", local, ["sent", "packets sent at all"])?;
    let classes = counts.accesses.iter().zip(&counts.updates_input).zip(&counts.updates_state);
    for ((&visits, &input), &state) in classes {
        less(
            "updates by input",
            [input.into(), state.into()],
            ["counted", "updates by input or state"],
        )?;
        less("updates", [state.into(), visits.into()], ["counted", "visits"])?;
    }
    Ok(())
}

/// Operations by weights other than zero are among all operations of a layer.
fn nonzero(activity: &Activity) -> Sound {
    for layer in &activity.layers {
        let all = u128::from(layer.counts.total_synaptic_operations());
        let Some(nonzero) = layer.nonzero_operations else { continue };
        let ends = ["by weights other than zero", "by any weight"];
        less("operations of a layer", [nonzero.into(), all], ends)?;
    }
    Ok(())
}

/// Packets at senders, at receivers and on links.
fn packets(activity: &Activity, forks: bool) -> Sound {
    let steps = || activity.steps.iter().map(|step| &step.counts);
    let sum = |of: fn(&Counts) -> u64| steps().map(|counts| u128::from(of(counts))).sum::<u128>();
    let [sent, received] = [sum(|counts| counts.packets), sum(|counts| counts.packets_in)];
    match forks {
        true => less("packets", [sent, received], ["sent", "copies received"])?,
        false => equal("packets", [sent, received], ["sent", "received"])?,
    }
    let links = |between: bool| -> u128 {
        let links = activity.links.iter().filter(|link| link.between_chips == between);
        links.map(|link| u128::from(link.packets)).sum()
    };
    let columns = ["by senders", "by the loads of links"];
    equal(
        "links within chips crossed",
        [sum(|counts| counts.hops.total()), links(false)],
        columns,
    )?;
    equal("links between chips crossed", [sum(|counts| counts.chip_links), links(true)], columns)?;
    let beyond = sent - sum(|counts| counts.local_packets).min(sent);
    less(
        "packets that leave their tile",
        [beyond, sum(Counts::total_hops)],
        ["sent", "links crossed"],
    )
}

/// The times of one step.
fn times(number: usize, step: &Step, activity: &Activity) -> Sound {
    let timing = &step.timing;
    let named = |what: &str| format!("{what} of step {number}");
    let total = timing.total;
    let waits = timing.waits.unwrap_or_default();
    let order = timing.order.unwrap_or_default();
    let latency = timing.packet_latency.unwrap_or_default();
    let fit = [
        ("time", total.high.max(total.nominal).max(total.low)),
        ("stall of packets", waits.links_ps.max(waits.blocked_ps)),
        ("time that packets waited at cores", waits.injection_ps),
        ("distortion of intervals", order.distortion_ps),
    ];
    if let Some((what, _)) = fit.into_iter().find(|&(_, ps)| u128::from(ps) >= LARGEST) {
        return Err(Unsound::Overflow { what: named(what) });
    }
    if let Some(work) = timing.work_ps {
        let both = [timing.generation_ps, timing.receive_ps].into_iter().map(u128::from).sum();
        equal(&named("work of the busiest core"), [work.into(), both], ["ps", "ps in its parts"])?;
    }
    let work = timing.work();
    let parts = [work, timing.network_ps, timing.sync_ps].into_iter().map(u128::from).sum();
    equal(&named("picoseconds"), [total.nominal.into(), parts], ["in all", "in its parts"])?;
    less(&named("low time"), [total.low.into(), total.nominal.into()], ["ps", "ps nominal"])?;
    less(&named("nominal time"), [total.nominal.into(), total.high.into()], ["ps", "ps high"])?;
    let cores = activity.cores.len() as u128;
    less(
        &named("busiest core"),
        [timing.busiest_core.into(), cores.max(1) - 1],
        ["named", "the last"],
    )?;
    less(
        &named("blocked time"),
        [waits.blocked_ps.into(), waits.links_ps.into()],
        ["ps", "ps of stall"],
    )?;
    let [p50, p99, most] = [latency.p50_ps, latency.p99_ps, latency.max_ps].map(u128::from);
    less(&named("median packet latency"), [p50, p99], ["ps", "ps of the 99th percentile"])?;
    less(&named("99th percentile of packet latencies"), [p99, most], ["ps", "ps of the longest"])?;
    if timing.order.is_some() {
        let arrived = [order.packets.into(), step.counts.packets_in.into()];
        equal(&named("packets"), arrived, ["moved and received", "counted"])?;
    }
    less(
        &named("packets out of order"),
        [order.disordered.into(), order.packets.into()],
        ["counted", "received"],
    )?;
    let [largest, sum] = [order.distortion_max_ps, order.distortion_ps].map(u128::from);
    less(&named("largest distortion"), [largest, sum], ["ps", "ps in all"])?;
    less(
        &named("distortion"),
        [sum, largest * u128::from(order.intervals)],
        ["ps", "the largest of each interval"],
    )
}

/// What belongs to the whole run.
fn whole(activity: &Activity) -> Sound {
    let steps = activity.steps.len() as u128;
    let expected = u128::from(activity.inference_steps) + u128::from(activity.depth);
    equal("steps", [steps, expected], ["emulated", "of inference and fill"])?;
    let high = activity.steps.iter().map(|step| u128::from(step.timing.total.high)).sum::<u128>();
    if high >= LARGEST || u128::from(activity.time_error_ps) >= LARGEST {
        return Err(Unsound::Overflow { what: "time of all steps".into() });
    }
    let first = u128::from(activity.first_output_ps.unwrap_or(0));
    less(
        "first output",
        [first, activity.time().nominal.into()],
        ["ps after the start", "ps of the run"],
    )?;
    let moved = || activity.steps.iter().filter(|step| step.timing.packet_latency.is_some());
    let received = moved().map(|step| u128::from(step.counts.packets_in)).sum();
    let latencies = activity.latencies.bins().map(|bin| u128::from(bin.count)).sum();
    equal("packets moved", [latencies, received], ["with a latency", "received in those steps"])?;
    longest(activity)?;
    for (what, of_links, of_steps) in stalls(activity) {
        if of_links >= LARGEST || of_steps >= LARGEST {
            return Err(Unsound::Overflow { what: what.into() });
        }
        equal(what, [of_links, of_steps], ["ps over all links", "ps over all steps"])?;
    }
    match activity.links.iter().find(|link| link.blocked_ps > link.stall_ps) {
        Some(link) => {
            let what = format!("blocked time of the link from {:?} to {:?}", link.from, link.to);
            less(&what, [link.blocked_ps.into(), link.stall_ps.into()], ["ps", "ps of stall"])
        }
        None => Ok(()),
    }
}

/// The longest latency of a step is that of the histogram.
fn longest(activity: &Activity) -> Sound {
    let steps = activity.steps.iter().filter_map(|step| step.timing.packet_latency);
    let most = steps.map(|latency| latency.max_ps).max().unwrap_or(0);
    let Some(bin) = activity.latencies.bins().last() else {
        return equal(
            "longest packet latency",
            [most.into(), 0],
            ["ps in a step", "packets in the histogram"],
        );
    };
    let columns = ["ps in a step", "ps in the last bin"];
    less("longest packet latency", [most.into(), bin.to_ps.into()], columns)?;
    let from = [bin.from_ps.into(), most.into()];
    less(
        "last bin of packet latencies",
        from,
        ["ps at its beginning", "ps of the longest in a step"],
    )
}

fn stalls(activity: &Activity) -> [(&'static str, u128, u128); 2] {
    let links =
        |of: fn(&super::Link) -> u64| activity.links.iter().map(|link| u128::from(of(link))).sum();
    let waits = || activity.steps.iter().filter_map(|step| step.timing.waits);
    [
        ("stall", links(|link| link.stall_ps), waits().map(|w| u128::from(w.links_ps)).sum()),
        (
            "blocked time",
            links(|link| link.blocked_ps),
            waits().map(|w| u128::from(w.blocked_ps)).sum(),
        ),
    ]
}

pub(super) fn equal(
    what: &str,
    [left, right]: [u128; 2],
    [of_left, of_right]: [&'static str; 2],
) -> Sound {
    if left == right {
        return Ok(());
    }
    Err(Unsound::Unequal { what: what.into(), left, of_left, right, of_right })
}

/// That the first is no more than the second.
pub(super) fn less(
    what: &str,
    [left, right]: [u128; 2],
    [of_left, of_right]: [&'static str; 2],
) -> Sound {
    if left <= right {
        return Ok(());
    }
    Err(Unsound::More { what: what.into(), left, of_left, right, of_right })
}
