//! Columns of the chip for the script: cores, links and flows.

use crate::activity::{Activity, Flow, PARTNERS};
use crate::mapping::Grid;
use crate::profile::Profile;
use crate::report::totals::{bill, busy_ps};
use serde_json::{Value, json};

/// Partners of each core on a page of many cores, whose numbers would be its most bytes.
const FEW: usize = 3;
/// From so many flows on.
const MANY: usize = 40_000;

/// What the mesh shows.
pub(super) fn data(grid: &Grid, activity: &Activity, profile: &Profile) -> Value {
    json!({
        "grid": {
            "width": grid.width, "height": grid.height,
            "chip_width": grid.chip_width, "chip_height": grid.chip_height,
            "slots": grid.cores_per_tile,
        },
        "layers": activity.layers.iter().map(|layer| super::text(&layer.name)).collect::<Vec<_>>(),
        "cores": cores(activity, profile),
        "links": links(activity),
        "flows": flows(activity),
        "partners": partners(activity),
    })
}

fn cores(activity: &Activity, profile: &Profile) -> Value {
    let cores = &activity.cores;
    let mut slowest = vec![0u64; cores.len()];
    for timing in activity.steps.iter().map(|step| &step.timing).filter(|timing| timing.work() > 0)
    {
        if let Some(steps) = slowest.get_mut(timing.busiest_core as usize) {
            *steps += 1;
        }
    }
    let column =
        |of: fn(&crate::activity::CoreActivity) -> u64| cores.iter().map(of).collect::<Vec<_>>();
    let energy = cores.iter().map(|core| bill(activity, &core.counts, profile).total().nominal);
    let busy = cores.iter().map(|core| busy_ps(activity, &core.counts, profile).round() as u64);
    json!({
        "x": column(|core| core.x as u64),
        "y": column(|core| core.y as u64),
        "slot": column(|core| core.slot as u64),
        "layer": cores.iter().map(|core| core.layer.map_or(-1, |n| n as i64)).collect::<Vec<_>>(),
        "neurons": column(|core| core.neurons),
        "spikes": column(|core| core.counts.spikes),
        "synaptic_operations": column(|core| core.counts.total_synaptic_operations()),
        "packets": column(|core| core.counts.packets),
        "packets_in": column(|core| core.counts.packets_in),
        "synapse_memory_bits": column(|core| core.synapse_memory_bits),
        "energy_dynamic_pj": energy.collect::<Vec<f64>>(),
        "busy_ps": busy.collect::<Vec<u64>>(),
        "slowest_steps": slowest,
    })
}

fn links(activity: &Activity) -> Value {
    let links = &activity.links;
    let column = |of: fn(&crate::activity::Link) -> u64| links.iter().map(of).collect::<Vec<_>>();
    json!({
        "from_x": column(|link| link.from[0] as u64),
        "from_y": column(|link| link.from[1] as u64),
        "to_x": column(|link| link.to[0] as u64),
        "to_y": column(|link| link.to[1] as u64),
        "packets": column(|link| link.packets),
        "stall_ps": column(|link| link.stall_ps),
    })
}

/// Partners that are told of each core, either way; 0 where none were kept.
fn partners(activity: &Activity) -> usize {
    let kept = activity.flows.len();
    let sent = activity.cores.iter().any(|core| core.counts.packets > 0);
    match kept {
        0 if sent => 0,
        _ if kept > MANY => FEW,
        _ => PARTNERS,
    }
}

/// By sending core: receivers and packets, one after the other.
fn flows(activity: &Activity) -> Vec<Vec<u64>> {
    let mut of_core: Vec<Vec<u64>> = vec![vec![]; activity.cores.len()];
    for flow in shown(activity) {
        if let Some(own) = of_core.get_mut(flow.from as usize) {
            own.extend([u64::from(flow.to), flow.packets]);
        }
    }
    of_core
}

/// All of a small chip; of a large one the first partners of each core, either way.
fn shown(activity: &Activity) -> Vec<Flow> {
    let flows = &activity.flows;
    if flows.len() <= MANY {
        return flows.clone();
    }
    let largest = |core: fn(&Flow) -> u32| {
        let mut sorted = flows.clone();
        sorted.sort_by_key(|flow| (core(flow), std::cmp::Reverse(flow.packets), *flow));
        let of_core = sorted.chunk_by(|a, b| core(a) == core(b));
        of_core.flat_map(|own| own.iter().take(FEW).copied()).collect::<Vec<Flow>>()
    };
    let mut shown = largest(|flow| flow.from);
    shown.extend(largest(|flow| flow.to));
    shown.sort_unstable();
    shown.dedup();
    shown
}
