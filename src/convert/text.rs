//! Settings as text: `key=value`, joined by commas, in a fixed order.

use super::curve::{LEAST_SEGMENTS, MOST_SEGMENTS};
use super::settings::*;
use crate::snn::MOST_SPIKES;

/// One setting that text can choose.
pub struct Key {
    pub name: &'static str,
    /// The values that it takes, in words.
    pub values: fn() -> String,
    /// Sets it; false if the value is none.
    pub set: fn(&mut Settings, &str) -> bool,
    pub get: fn(&Settings) -> String,
}

const NORMALISATIONS: [(&str, Normalisation); 2] =
    [("layer", Normalisation::Layer), ("channel", Normalisation::Channel)];
const STATISTICS: [(&str, Statistic); 2] =
    [("absolute", Statistic::Absolute), ("signed", Statistic::Signed)];
const CLIPS: [(&str, ClipScale); 2] =
    [("clip", ClipScale::Clip), ("statistic", ClipScale::Statistic)];
const SWITCHES: [(&str, bool); 2] = [("on", true), ("off", false)];
const NEGATIVES: [(&str, Negative); 3] = [
    ("imbalanced", Negative::Imbalanced),
    ("symmetric", Negative::Symmetric),
    ("none", Negative::None),
];
const NEURONS: [(&str, Neuron); 2] = [("if", Neuron::If), ("tracking", Neuron::Tracking)];
const POOLS: [(&str, MaxPool); 4] = [
    ("gate", MaxPool::Gate),
    ("telescoping", MaxPool::Telescoping),
    ("or", MaxPool::Or),
    ("average", MaxPool::Average),
];
const RESIDUALS: [(&str, Residual); 3] = [
    ("auto", Residual::Auto),
    ("forward", Residual::Forward),
    ("add-population", Residual::AddPopulation),
];
const READOUTS: [(&str, Readout); 2] = [("membrane", Readout::Membrane), ("count", Readout::Count)];
const ROUNDINGS: [(&str, Rounding); 2] = [("nearest", Rounding::Nearest), ("mean", Rounding::Mean)];
const DELIVERIES: [(&str, Delivery); 2] =
    [("balanced", Delivery::Balanced), ("unbalanced", Delivery::Unbalanced)];

/// A key whose values are the words of a table.
macro_rules! words {
    ($name:literal, $table:ident, $field:ident) => {
        Key {
            name: $name,
            values: || listed(&$table),
            set: |s, text| pick(&$table, text, &mut s.$field),
            get: |s| word(&$table, &s.$field),
        }
    };
}

/// Every setting that is no property of the chip.
pub const KEYS: [Key; 20] = [
    words!("neuron", NEURONS, neuron),
    Key {
        name: "burst",
        values: || {
            "n/d: up to n spikes a step (1 to 2047) of 1/d of the scale (1 to 2047), such as 2/1"
                .into()
        },
        set: |s, text| put(burst(text), &mut s.burst),
        get: |s| format!("{}/{}", s.burst.0, s.burst.1),
    },
    words!("norm", NORMALISATIONS, normalisation),
    Key {
        name: "lambda",
        values: || "max, or p and a percentile of 0 to 100, such as p99.9".into(),
        set: |s, text| put(lambda(text), &mut s.lambda),
        get: |s| match s.lambda {
            Lambda::Max => "max".into(),
            Lambda::Percentile(p) => format!("p{p}"),
        },
    },
    words!("statistic", STATISTICS, statistic),
    words!("clip", CLIPS, clip),
    words!("negative", NEGATIVES, negative),
    Key {
        name: "v0",
        values: || "a fraction of the threshold, 0 to 1".into(),
        set: |s, text| put(number(text, 1.0), &mut s.initial),
        get: |s| s.initial.to_string(),
    },
    Key {
        name: "thresholds",
        values: || {
            "one, or a factor (1/16 to 16) for every layer in order, joined by slashes, such as \
             1/2/0.5; colons join those of groups of its channels, 1:2/1"
                .into()
        },
        set: |s, text| put(thresholds(text), &mut s.thresholds),
        get: |s| match &s.thresholds[..] {
            [] => "one".into(),
            layers => layers.iter().map(|groups| joined(groups)).collect::<Vec<_>>().join("/"),
        },
    },
    words!("rescale", SWITCHES, rescale),
    Key {
        name: "phases",
        values: || {
            "one, or the factor (1/8 to 8, a power of two) on all thresholds until a step, such as \
             2@16"
                .into()
        },
        set: |s, text| put(phases(text), &mut s.phases),
        get: |s| s.phases.map_or("one".into(), |phases| phases.to_string()),
    },
    words!("pool", POOLS, pool),
    words!("residual", RESIDUALS, residual),
    words!("readout", READOUTS, readout),
    Key {
        name: "after",
        values: || "the steps that a head leaves out, or half".into(),
        set: |s, text| put(after(text), &mut s.readout_after),
        get: |s| match s.readout_after {
            ReadoutAfter::Step(step) => step.to_string(),
            ReadoutAfter::Half => "half".into(),
        },
    },
    Key {
        name: "weights",
        values: || "bits of a weight, 2 to 16".into(),
        set: |s, text| {
            put(text.parse().ok().filter(|bits| (2..=16).contains(bits)), &mut s.weight_bits)
        },
        get: |s| s.weight_bits.to_string(),
    },
    words!("rounding", ROUNDINGS, rounding),
    Key {
        name: "segments",
        values: || "straight pieces of the table of a curve, 8 to 4096".into(),
        set: |s, text| {
            let fits = |count: &usize| (LEAST_SEGMENTS..=MOST_SEGMENTS).contains(count);
            put(text.parse().ok().filter(fits), &mut s.segments)
        },
        get: |s| s.segments.to_string(),
    },
    Key {
        name: "input",
        values: || "bits of a weight of the analogue layer, 2 to 16, or same".into(),
        set: |s, text| match text {
            "same" => put(Some(None), &mut s.input_bits),
            _ => put(
                text.parse().ok().filter(|bits| (2..=16).contains(bits)).map(Some),
                &mut s.input_bits,
            ),
        },
        get: |s| s.input_bits.map_or("same".into(), |bits| bits.to_string()),
    },
    words!("delivery", DELIVERIES, delivery),
];

fn pick<T: Copy>(words: &[(&str, T)], text: &str, place: &mut T) -> bool {
    put(words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value), place)
}

/// The words, as a sentence has them.
fn listed<T>(words: &[(&str, T)]) -> String {
    let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    words.join(" or ")
}

/// Every value has a word.
fn word<T: PartialEq>(words: &[(&str, T)], value: &T) -> String {
    words.iter().find(|(_, v)| v == value).map_or_else(String::new, |(word, _)| word.to_string())
}

fn put<T>(value: Option<T>, place: &mut T) -> bool {
    let found = value.is_some();
    if let Some(value) = value {
        *place = value;
    }
    found
}

fn number(text: &str, most: f64) -> Option<f64> {
    text.parse().ok().filter(|x| (0.0..=most).contains(x))
}

fn burst(text: &str) -> Option<(u32, u32)> {
    let (n, d) = text.split_once('/')?;
    let fits =
        |text: &str| text.parse().ok().filter(|x| (1..=MOST_SPIKES.unsigned_abs()).contains(x));
    Some((fits(n)?, fits(d)?))
}

/// The factors of a layer, group by group.
fn joined(groups: &[f64]) -> String {
    groups.iter().map(f64::to_string).collect::<Vec<_>>().join(":")
}

fn thresholds(text: &str) -> Option<Vec<Vec<f64>>> {
    if text == "one" {
        return Some(vec![]);
    }
    let factor =
        |text: &str| number(text, LARGEST_FACTOR).filter(|&factor| factor >= 1.0 / LARGEST_FACTOR);
    text.split('/').map(|layer| layer.split(':').map(factor).collect()).collect()
}

fn phases(text: &str) -> Option<Option<Phases>> {
    if text == "one" {
        return Some(None);
    }
    let (factor, switch) = text.split_once('@')?;
    let factor = number(factor, 2f64.powi(MOST_OCTAVES))?;
    let octaves = (-MOST_OCTAVES..=MOST_OCTAVES).find(|&octaves| 2f64.powi(octaves) == factor)?;
    Some(Some(Phases { octaves, switch: switch.parse().ok().filter(|&step| step > 0)? }))
}

fn lambda(text: &str) -> Option<Lambda> {
    match text {
        "max" => Some(Lambda::Max),
        _ => number(text.strip_prefix('p')?, 100.0).map(Lambda::Percentile),
    }
}

fn after(text: &str) -> Option<ReadoutAfter> {
    match text {
        "half" => Some(ReadoutAfter::Half),
        _ => text.parse().ok().map(ReadoutAfter::Step),
    }
}
