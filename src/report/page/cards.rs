//! The figures that a glance takes in, each on a card.

use super::text;
use crate::report::Glance;
use crate::report::readable::{Unit, grouped, percent, significant};
use askama::Template;

/// One figure.
pub(super) struct Card {
    pub name: String,
    pub value: String,
    pub unit: String,
    /// What it rests on, and how far it may lie off.
    pub note: String,
}

impl Card {
    pub fn new(name: &str, value: String, unit: &str, note: String) -> Card {
        Card { name: name.into(), value, unit: unit.into(), note }
    }
}

#[derive(Template)]
#[template(path = "notebook.html")]
struct Notebook<'a> {
    title: String,
    input: String,
    recipe: String,
    glance: &'a Glance,
    bound: Vec<String>,
    cards: &'a [Card],
}

/// The cards of a page and what bounds the inference, as HTML for notebooks.
pub fn notebook_html(glance: &Glance) -> String {
    let (network, profile) = (text(&glance.network), text(&glance.profile));
    let page = Notebook {
        title: format!("{network} on {profile}, T = {}", glance.counts.steps),
        input: text(&glance.input),
        recipe: text(&glance.recipe),
        glance,
        bound: glance.bound.iter().map(|sentence| text(sentence)).collect(),
        cards: &cards(glance),
    };
    // Memory takes every line.
    page.render().unwrap_or_default()
}

/// Of an inference.
pub(super) fn cards(glance: &Glance) -> Vec<Card> {
    let steps = Card::new("Steps", glance.counts.steps.to_string(), "T", fill(glance));
    [energy(glance), time(glance), power(glance), steps, spikes(glance), chip(glance)]
        .into_iter()
        .chain(likeness(glance))
        .chain([Card::new("Trust", String::new(), "", text(&glance.trust))])
        .collect()
}

fn energy(glance: &Glance) -> Card {
    let [unit, _] = Unit::both(glance);
    let all = glance.energy_mj.nominal;
    let part = |name: &str, of: f64| {
        (of > 0.0 && all > 0.0).then(|| format!("{name} {}", percent(of / all)))
    };
    let parts = [
        part("events", glance.energy_dynamic_mj.nominal),
        part("leakage", glance.energy_static_mj.nominal),
        part("beside the chip", glance.energy_system_mj.nominal),
    ];
    let band = unit.ends(&glance.energy_mj);
    let told: Vec<String> =
        (!band.is_empty()).then_some(band).into_iter().chain(parts.into_iter().flatten()).collect();
    Card::new("Energy", unit.of(all), unit.name, told.join("; "))
}

fn time(glance: &Glance) -> Card {
    let [_, unit] = Unit::both(glance);
    if glance.latency_ms.nominal <= 0.0 {
        return Card::new("Latency", "?".into(), "", "no times are known".into());
    }
    let error = (glance.latency_error_ms > 0.0)
        .then(|| format!("plus or minus {} {}", unit.of(glance.latency_error_ms), unit.name));
    let processor = glance
        .processor_ms
        .map(|band| format!("embedded processors add {} {}", unit.of(band.nominal), unit.name));
    let band = unit.ends(&glance.latency_ms);
    let told: Vec<String> = (!band.is_empty())
        .then_some(band)
        .into_iter()
        .chain([format!("{} timing", glance.timing)])
        .chain(error)
        .chain(processor)
        .collect();
    Card::new("Latency", unit.of(glance.latency_ms.nominal), unit.name, told.join("; "))
}

fn power(glance: &Glance) -> Card {
    match glance.mean_power_mw {
        Some(mw) => {
            let note = glance.inferences_per_s.map_or(String::new(), |rate| {
                format!("{} inferences a second, one after the other", significant(rate))
            });
            let (power, unit) = if mw < 1e4 { (mw, "mW") } else { (mw * 1e-3, "W") };
            Card::new("Mean power", significant(power), unit, note)
        }
        None => Card::new("Mean power", "?".into(), "", "no times are known".into()),
    }
}

fn fill(glance: &Glance) -> String {
    match glance.counts.fill_steps {
        0 => "no steps to fill the layers".into(),
        fill => format!("and {fill} that fill the layers"),
    }
}

fn spikes(glance: &Glance) -> Card {
    let counts = &glance.counts;
    let rate = counts.mean_rate.map(|rate| format!("{} per unit and step", significant(rate)));
    let (value, unit) = match counts.spikes_per_synapse {
        Some(per_synapse) => (significant(per_synapse), "per synapse"),
        None => (grouped(counts.spikes), "in all"),
    };
    let all = counts.spikes_per_synapse.map(|_| format!("{} in all", grouped(counts.spikes)));
    let note: Vec<String> = all.into_iter().chain(rate).collect();
    Card::new("Spikes", value, unit, note.join("; "))
}

fn chip(glance: &Glance) -> Card {
    let counts = &glance.counts;
    let chips = if counts.chips == 1 { "chip" } else { "chips" };
    let packets = format!("{} packets, {} hops", grouped(counts.packets), grouped(counts.hops));
    let cores = format!("{} cores; {packets}", grouped(counts.cores));
    Card::new("Hardware", grouped(counts.chips), chips, cores)
}

/// How the spiking network agrees with the float one.
fn likeness(glance: &Glance) -> Option<Card> {
    let likeness = &glance.likeness;
    let error = likeness.head_error?;
    let least = likeness.least.as_ref().map(|least| {
        let correlation = significant(least.correlation);
        format!("; layer {} follows least (correlation {correlation})", text(&least.layer))
    });
    let note = format!("against the float network{}", least.unwrap_or_default());
    Some(Card::new("Head error", percent(error), "", note))
}
