//! The page of one input of a run.

use super::bars::{self, Raw};
use super::cards::cards;
use super::table::{Cell, Table};
use super::{Found, Page, Part, Section, chip, maps, steps, text};
use crate::pipeline::{Outcome, Setup, best_class};
use crate::profile::{self, Profile};
use crate::report::plot::{GROUPS, palette};
use crate::report::readable::{Unit, grouped, percent, significant};
use crate::report::totals::{bill, rate, units};
use crate::report::{Error, Glance};
use serde_json::{Value, json};
use std::path::Path;

/// Layers whose bars are drawn; all stand in the table.
const LAYERS: usize = 20;

/// Writes the page of one input.
pub fn write(dir: &Path, setup: &Setup, profile: &Profile, outcome: &Outcome) -> Result<(), Error> {
    let glance = Glance::new(setup, profile, outcome);
    page(setup, profile, outcome, &glance).write(dir)
}

fn page(setup: &Setup, profile: &Profile, outcome: &Outcome, glance: &Glance) -> Page {
    let title =
        format!("{} on {}, T = {}", text(&setup.network), text(&profile.name), glance.counts.steps);
    let sections = [
        Some(glanced(outcome, glance)),
        Some(energy(glance)),
        (!outcome.activity.cores.is_empty())
            .then(|| Section::new("chip", "The chip", vec![Part::Chip])),
        mapped(outcome),
        Some(timed(glance)),
        Some(layers(outcome, profile)),
        Some(assumed(setup, glance)),
        Some(provenance(setup, profile, outcome)),
    ];
    Page {
        title,
        idealised: setup.idealised,
        lead: lead(outcome, glance),
        sections: sections.into_iter().flatten().collect(),
        data: Some(data(setup, profile, outcome)),
        version: setup.version.clone(),
    }
}

/// What bounds it, or that nothing is known to.
fn lead(outcome: &Outcome, glance: &Glance) -> Vec<String> {
    let bound = glance.bound.iter().map(|sentence| text(sentence));
    let input = format!("Input: {}.", text(&outcome.input));
    let unpriced =
        glance.bound.is_empty().then(|| "The profile prices none of what happens.".into());
    bound.chain(unpriced).chain([input]).collect()
}

fn data(setup: &Setup, profile: &Profile, outcome: &Outcome) -> Value {
    let activity = &outcome.activity;
    let picture = outcome.detections.as_ref().map(|found| &found.picture);
    json!({
        "chip": chip::data(&setup.grid, activity, profile),
        "maps": maps::data(activity),
        "steps": steps::data(activity, profile),
        "picture": picture.map(|picture| [picture.width(), picture.height()]),
        "colours": palette(),
    })
}

fn glanced(outcome: &Outcome, glance: &Glance) -> Section {
    let found = outcome.detections.as_ref().and_then(Found::new).map(Part::Found);
    let parts = [Part::Cards(cards(glance))].into_iter().chain(found).chain(classes(outcome));
    Section::new("glance", "At a glance", parts.collect())
}

/// What a classifier says.
fn classes(outcome: &Outcome) -> Option<Part> {
    let found = outcome.classification.as_ref()?;
    let named = |scores: &[f64]| {
        let (index, _) = best_class(scores)?;
        Some(found.classes.get(index).map_or(index.to_string(), |name| text(name)))
    };
    let spiking = named(&found.spiking)?;
    let float =
        named(&found.float).map_or(String::new(), |name| format!(", the float network {name}"));
    Some(Part::Note(format!("The spiking network says {spiking}{float}.")))
}

fn energy(glance: &Glance) -> Section {
    let [unit, _] = Unit::both(glance);
    let scopes =
        [("dynamic", 0, "events"), ("static", 5, "leakage"), ("system", 4, "beside the chip")];
    let colour = |scope: &str| scopes.iter().find(|(name, ..)| *name == scope).map_or(0, |s| s.1);
    let components = glance.components.iter().map(|part| Raw {
        name: part.component.replace('_', " "),
        parts: vec![(part.energy_mj.nominal, colour(part.scope))],
        band: Some([part.energy_mj.low, part.energy_mj.high]),
        value: format!("{} ({})", unit.of(part.energy_mj.nominal), percent(part.share)),
        tip: format!(
            "{} ({}): {} {}, {} .. {}; {} of all",
            part.component,
            part.scope,
            significant(part.energy_mj.nominal * unit.factor()),
            unit.name,
            unit.of(part.energy_mj.low),
            unit.of(part.energy_mj.high),
            percent(part.share)
        ),
    });
    let legend = scopes.map(|(_, colour, name)| (colour, name.to_owned())).to_vec();
    let title = unit.named("By component, with the band of the profile");
    let by_component = bars::linear(title, legend, components.collect());
    let parts = vec![Part::Bars(by_component), Part::Bars(by_layer(glance, &unit))];
    Section::new("energy", "Where the energy goes", parts)
}

/// Energy of events by layer, in the groups of the picture.
fn by_layer(glance: &Glance, unit: &Unit) -> bars::Bars {
    let layers = glance.layers.iter().take(LAYERS).map(|layer| {
        let group = |components: &[&str]| -> f64 {
            let own = |(name, _): &&(String, f64)| components.contains(&name.as_str());
            layer.components.iter().filter(own).map(|(_, mj)| mj).sum()
        };
        let parts = layer.components.iter().map(|(name, mj)| format!("{name} {}", unit.of(*mj)));
        let name = text(&layer.layer);
        Raw {
            parts: GROUPS.iter().map(|&(_, own, ink)| (group(own), ink)).collect(),
            band: None,
            value: format!("{} ({})", unit.of(layer.energy_mj.nominal), percent(layer.share)),
            tip: format!("{name}: {} ({})", parts.collect::<Vec<_>>().join(", "), unit.name),
            name,
        }
    });
    let legend = GROUPS.map(|(name, _, ink)| (ink, name.to_owned()));
    let more = glance.layers.len().saturating_sub(LAYERS);
    let rest = if more > 0 { format!("; {more} more in the table") } else { String::new() };
    let title = unit.named(&format!("Events by layer{rest}"));
    bars::linear(title, legend.to_vec(), layers.collect())
}

fn mapped(outcome: &Outcome) -> Option<Section> {
    let any = outcome.activity.layers.iter().any(crate::report::plot::is_spatial);
    any.then(|| Section::new("maps", "Where in the picture neurons fire", vec![Part::Maps]))
}

fn timed(glance: &Glance) -> Section {
    let [_, unit] = Unit::both(glance);
    let part = |(n, part): (usize, &crate::report::glance::TimeShare)| Raw {
        name: part.part.into(),
        parts: vec![(part.time_ms, [0, 1, 4][n.min(2)])],
        band: None,
        value: format!("{} ({})", unit.of(part.time_ms), percent(part.share)),
        tip: format!("{}: {} {}", part.part, unit.of(part.time_ms), unit.name),
    };
    let bars = bars::linear(
        unit.named("Parts of the latency"),
        vec![],
        glance.time.iter().enumerate().map(part).collect(),
    );
    let known = (!glance.time.is_empty()).then_some(Part::Bars(bars));
    Section::new("steps", "Where the time goes", known.into_iter().chain([Part::Steps]).collect())
}

fn layers(outcome: &Outcome, profile: &Profile) -> Section {
    let activity = &outcome.activity;
    let correlation = |n: usize| outcome.layers.iter().find(|own| own.layer == n)?.correlation;
    let row = |(n, layer): (usize, &crate::activity::Layer)| {
        let shape = match layer.shapeless {
            true => String::new(),
            false => format!("{} x {} x {}", layer.channels, layer.height, layer.width),
        };
        let counts = &layer.counts;
        vec![
            Cell::text(&layer.name),
            Cell::text(&layer.class),
            Cell::number(shape),
            Cell::number(grouped(layer.cores)),
            Cell::number(grouped(counts.spikes)),
            Cell::maybe(rate(counts.spikes, units(layer), activity.inference_steps)),
            Cell::number(grouped(counts.total_synaptic_operations())),
            Cell::number(grouped(counts.packets)),
            Cell::maybe(Some(bill(activity, counts, profile).total().nominal * 1e-6)),
            Cell::maybe(correlation(n)),
        ]
    };
    let header = [
        "layer",
        "class",
        "shape",
        "cores",
        "spikes",
        "spikes per unit and step",
        "synaptic operations",
        "packets",
        "energy of events, uJ",
        "correlation with floats",
    ];
    let rows = activity.layers.iter().enumerate().map(row).collect();
    let table = Table::new("All layers", &header, rows).of_file("layers.csv");
    Section::new("layers", "Layers", vec![Part::Table(table)])
}

fn assumed(setup: &Setup, glance: &Glance) -> Section {
    let notes = setup.notes.iter().map(|note| text(note));
    let list: Vec<String> = glance.assumptions.iter().map(|one| text(one)).chain(notes).collect();
    let none = list.is_empty();
    let told = match none {
        true => "The chip has everything that the network needs; nothing was assumed.".into(),
        false => "The figures rest on these, beside the profile:".into(),
    };
    let list = (!none).then_some(Part::List(list));
    let parts = [Part::Note(told)].into_iter().chain(list).collect();
    Section::new("assumptions", "Assumptions and gaps", parts)
}

fn provenance(setup: &Setup, profile: &Profile, outcome: &Outcome) -> Section {
    let rows = [
        ("command", setup.command.clone()),
        ("version", setup.version.clone()),
        ("network", format!("{}, SHA-256 {}", setup.network, setup.network_sha256)),
        ("input", format!("{}, SHA-256 {}", outcome.input, outcome.input_sha256)),
        ("profile", format!("{}, SHA-256 {}", profile.name, profile.hash)),
        ("changed in the profile", profile.provenance.changes.join("; ")),
        ("recipe", setup.recipe.clone()),
        ("conversion", setup.conversion.replace(',', ", ")),
        ("placement", setup.placement.clone()),
        ("timing", setup.timing.name().into()),
        ("seed", setup.seed.to_string()),
        ("calibrated on", setup.calibration.join(", ")),
    ];
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    let rows = rows.map(|(key, value)| vec![Cell::text(key), Cell::text(value)]).collect();
    let told = Table::new("", &["what", "which"], rows);
    let costs = profile::sources(profile)
        .into_iter()
        .map(|[key, value, source]| vec![Cell::text(key), Cell::text(value), Cell::text(source)]);
    let title = "Constants that are not zero, and their sources";
    let constants = Table::new(title, &["constant", "value", "source"], costs.collect());
    let parts = vec![Part::Table(told), Part::Table(constants)];
    Section::new("provenance", "Where it comes from", parts)
}
