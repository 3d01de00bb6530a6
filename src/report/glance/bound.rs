//! What bounds an inference, in sentences made from its figures.

use super::Glance;
use crate::plain::counted;
use crate::report::readable::{grouped, percent};

/// Share of a part from which it is told beside the largest.
const TELLING: f64 = 0.2;

/// First the energy, then the time; none where nothing is priced.
pub(super) fn sentences(glance: &Glance) -> Vec<String> {
    let cores = energy(glance).into_iter().chain(events(glance)).chain(time(glance));
    cores.chain(processor(glance)).collect()
}

fn energy(glance: &Glance) -> Option<String> {
    let largest = glance.components.first().filter(|largest| largest.share > 0.0)?;
    let chips = counted(grouped(glance.counts.chips), "chip");
    let what = match largest.component.as_str() {
        "static" => format!("Leakage of {chips}"),
        "board" => format!("The boards of {chips}"),
        component => activity(component).into(),
    };
    Some(format!("{what} takes {} of the energy.", percent(largest.share)))
}

/// Where embedded processors tell beside the cores.
fn processor(glance: &Glance) -> Option<String> {
    let beside = glance.processor_ms?.nominal;
    let share = beside / (beside + glance.latency_ms.nominal);
    let told = share >= TELLING;
    told.then(|| format!("Embedded processors add a time of their own: {} of all.", percent(share)))
}

/// What a component of the bill pays for, as the subject of a sentence.
fn activity(component: &str) -> &'static str {
    match component {
        "access" => "Visiting neurons",
        "update" => "Updating neurons",
        "spike" => "Firing",
        "dendrite" | "synapse" => "Work at synapses",
        "axon_out" => "Sending packets",
        "axon_in" => "Receiving packets",
        "hop" | "chip_link" => "Moving packets",
        "processor" => "Work of embedded processors",
        _ => "The input layer",
    }
}

/// The larger of silent neurons and what the events of most energy are.
fn events(glance: &Glance) -> Option<String> {
    let dynamic = glance.energy_dynamic_mj.nominal;
    let largest = glance.components.iter().find(|share| share.scope == "dynamic")?;
    let share = largest.energy_mj.nominal / dynamic;
    if dynamic <= 0.0 {
        return None;
    }
    let silent = glance.silent_visits_share;
    let layer = glance
        .layers
        .first()
        .map_or(String::new(), |layer| format!(", layer {} {}", layer.layer, percent(layer.share)));
    let what = match silent >= share {
        true => format!("Visiting neurons that do not fire takes {}", percent(silent)),
        false => format!("{} takes {}", activity(&largest.component), percent(share)),
    };
    Some(format!("{what} of the energy of events{layer}."))
}

/// The largest part of the time with its reason, and the next one where it tells.
fn time(glance: &Glance) -> Vec<String> {
    let mut parts: Vec<_> = glance.time.iter().filter(|part| part.share > 0.0).collect();
    parts.sort_by(|a, b| b.share.total_cmp(&a.share));
    let told = parts.iter().enumerate().filter(|(rank, part)| *rank == 0 || part.share >= TELLING);
    let sentence = |(_, part): (usize, &&super::TimeShare)| {
        let share = percent(part.share);
        match part.part {
            "network" => format!("The network takes {share} of the time{}.", link(glance)),
            "computation" => format!("Computation takes {share} of the time{}.", core(glance)),
            "idle" => format!("For {share} of the time even the busiest core serves no packet."),
            _ => format!("Waiting for the end of steps takes {share} of the time."),
        }
    };
    let mut sentences: Vec<String> = told.map(sentence).collect();
    if glance.timing == "analytic" && !glance.time.is_empty() && !parts.is_empty() {
        sentences.push("The network was left out (analytic timing): the time is too short.".into());
    }
    sentences
}

fn link(glance: &Glance) -> String {
    let Some(busiest) = &glance.busiest_link else { return String::new() };
    let packets = counted(grouped(busiest.packets), "packet");
    let cross = if busiest.packets == 1 { "crosses" } else { "cross" };
    format!("; {packets} {cross} its busiest link, {}", busiest.link)
}

fn core(glance: &Glance) -> String {
    let Some(limit) = &glance.limit else { return String::new() };
    let doing = if limit.receiving { "receiving" } else { "visiting and sending" };
    let (core, steps) = (limit.core, limit.steps);
    match &limit.layer {
        Some(layer) => format!(
            "; layer {layer} has the slowest core in {} of {steps} steps (core {core} in {}), \
             {doing}",
            limit.layer_steps, limit.core_steps
        ),
        None => format!(
            "; core {core} is the slowest in {} of {steps} steps, {doing}",
            limit.core_steps
        ),
    }
}
