//! What each step takes and who fires in it, for the script.

use crate::activity::{Activity, StepTiming};
use crate::energy::processor_steps;
use crate::profile::{Profile, Sync};
use crate::report::totals::{fires, units};
use serde_json::{Value, json};

/// Times of the steps, the critical core of each, and spikes by layer.
pub(super) fn data(activity: &Activity, profile: &Profile) -> Value {
    let column = |of: fn(&StepTiming) -> u64| {
        activity.steps.iter().map(|step| of(&step.timing)).collect::<Vec<u64>>()
    };
    let processor = processor_steps(activity, profile).unwrap_or_default();
    let layers = activity.layers.iter().enumerate().filter(|(_, layer)| fires(layer));
    let rows: Vec<Value> = layers
        .map(|(n, layer)| {
            json!({ "layer": n, "neurons": units(layer), "spikes": layer.spikes_per_step })
        })
        .collect();
    json!({
        "without": matches!(profile.clock.sync, Sync::Async { .. }),
        "generation_ps": column(|timing| timing.generation_ps),
        "receive_ps": column(|timing| timing.receive_ps),
        "work_ps": column(StepTiming::work),
        "network_ps": column(|timing| timing.network_ps),
        "sync_ps": column(|timing| timing.sync_ps),
        "step_time_ps": column(|timing| timing.total.nominal),
        "processor_ps": processor.iter().map(|span| span.nominal).collect::<Vec<u64>>(),
        "busiest_core": column(|timing| u64::from(timing.busiest_core)),
        "spikes": activity.steps.iter().map(|step| step.counts.spikes).collect::<Vec<u64>>(),
        "rows": rows,
    })
}
