//! Costs that are a number alone: `energy_pj = 2.0` becomes a table of number, band, basis and
//! source.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::Basis;
use super::raw::{Fault, band};
use super::schema::{Holds, Key, PROFILE, find};
use crate::plain::plain;
use crate::suggest;

/// Twice as much or half of it: what a guess at a cost is good for. A band of no width would claim
/// that it is exact.
const BAND: &str = "[0.5, 2.0]";
const BASIS: &str = "assumed";

type Value<'t> = Spanned<DeValue<'t>>;

/// What holds for the numbers of a text that say nothing else; files that inherit it keep band and
/// basis, but each source speaks of its own file.
pub(super) struct Defaults<'t> {
    band: DeValue<'t>,
    basis: DeValue<'t>,
}

/// The table `defaults` of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDefaults {
    band: Option<Spanned<toml::Value>>,
    /// Read so that no other word passes.
    #[serde(rename = "basis")]
    _basis: Option<Basis>,
    source: Option<Spanned<String>>,
}

/// Basis and source that hold at some place.
#[derive(Clone)]
struct Beside<'t> {
    band: DeValue<'t>,
    basis: Value<'t>,
    source: Value<'t>,
}

/// Which of them numbers took.
#[derive(Default, Clone, Copy)]
struct Taken {
    basis: bool,
    source: bool,
}

impl Defaults<'_> {
    /// Where no file says anything.
    pub fn of_program() -> Self {
        let band = DeValue::parse(BAND).expect("the band of the program is a list").into_inner();
        Defaults { band, basis: word(BASIS) }
    }
}

fn word<'t>(word: &'static str) -> DeValue<'t> {
    DeValue::String(Cow::Borrowed(word))
}

/// The keys of one text with every number alone made a cost; `author` is the source where none is
/// named. Takes `[defaults]` out, into `defaults`.
pub(super) fn expand<'t>(
    mut table: DeTable<'t>,
    defaults: &mut Defaults<'t>,
    author: &'static str,
) -> Result<DeTable<'t>, Fault> {
    let mut source = Spanned::new(0..0, word(author));
    if let Some(own) = table.remove("defaults") {
        check(&own)?;
        if let DeValue::Table(own) = own.into_inner() {
            for (key, value) in own {
                match key.get_ref().as_ref() {
                    "band" => defaults.band = value.into_inner(),
                    "basis" => defaults.basis = value.into_inner(),
                    _ => source = value,
                }
            }
        }
    }
    let basis = Spanned::new(0..0, defaults.basis.clone());
    let beside = Beside { band: defaults.band.clone(), basis, source };
    if let Some(Holds::Table(keys)) = find(PROFILE, "costs").map(|key| &key.holds) {
        within(&mut table, "costs", |costs| Ok(costs_of(costs, keys, &beside)?.0))?;
    }
    within(&mut table, "clock", |clock| Ok(clock_of(clock, &beside)))?;
    Ok(table)
}

/// What `f` makes of the table of that name, in its place.
fn within<'t>(
    table: &mut DeTable<'t>,
    name: &str,
    f: impl FnOnce(DeTable<'t>) -> Result<DeTable<'t>, Fault>,
) -> Result<(), Fault> {
    let Some((key, value)) = table.remove_entry(name) else { return Ok(()) };
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::Table(inner) => DeValue::Table(f(inner)?),
        other => other,
    };
    table.insert(key, Spanned::new(span, value));
    Ok(())
}

/// Whether `[defaults]` can be used.
fn check(table: &Value) -> Result<(), Fault> {
    let fault = |span: Range<usize>, message: String| Fault { span, message };
    let DeValue::Table(keys) = table.get_ref() else {
        let message = "`defaults` is a table of band, basis and source".to_owned();
        return Err(fault(table.span(), message));
    };
    let keys = Spanned::new(table.span(), keys.clone());
    let raw = RawDefaults::deserialize(toml::Deserializer::from(keys)).map_err(|e| {
        let message = format!("{}{}", plain(e.message()), suggest::hint_of(e.message()));
        fault(e.span().unwrap_or(table.span()), message)
    })?;
    if let Some(share) = &raw.band {
        band(share)?;
    }
    match raw.source {
        Some(source) if source.get_ref().trim().is_empty() => {
            Err(fault(source.span(), "`source` is empty".to_owned()))
        }
        _ => Ok(()),
    }
}

/// A table below `costs`, where `source` and `basis` may stand beside numbers; and which of those
/// that hold around it were taken.
fn costs_of<'t>(
    mut table: DeTable<'t>,
    keys: &[Key],
    around: &Beside<'t>,
) -> Result<(DeTable<'t>, Taken), Fault> {
    let (basis, source) = (table.remove("basis"), table.remove("source"));
    let mut beside = around.clone();
    basis.iter().for_each(|basis| beside.basis = basis.clone());
    source.iter().for_each(|source| beside.source = source.clone());
    let mut taken = Taken::default();
    let mut all = DeTable::new();
    for (name, value) in table {
        let value = match find(keys, name.get_ref()) {
            Some(key) => cost_or_table(&key.holds, value, &beside, &mut taken)?,
            None => value,
        };
        all.insert(name, value);
    }
    for (name, own, used) in [("basis", &basis, taken.basis), ("source", &source, taken.source)] {
        if let Some(own) = own.as_ref().filter(|_| !used) {
            let message = format!(
                "`{name}` has no effect: it holds for costs that are a number alone, and there \
                 are none here"
            );
            return Err(Fault { span: own.span(), message });
        }
    }
    let taken =
        Taken { basis: taken.basis && basis.is_none(), source: taken.source && source.is_none() };
    Ok((all, taken))
}

fn cost_or_table<'t>(
    holds: &Holds,
    value: Value<'t>,
    beside: &Beside<'t>,
    taken: &mut Taken,
) -> Result<Value<'t>, Fault> {
    let span = value.span();
    let value = match (holds, value.into_inner()) {
        (Holds::Cost, number @ (DeValue::Integer(_) | DeValue::Float(_))) => {
            *taken = Taken { basis: true, source: true };
            cost(Spanned::new(span.clone(), number), beside)
        }
        (Holds::Cost, value) if !value.is_table() => {
            let message = "a cost is a number, or a table of low, nominal, high, basis and source";
            return Err(Fault { span, message: message.to_owned() });
        }
        (Holds::Table(keys), DeValue::Table(table)) => {
            let (table, of_it) = costs_of(table, keys, beside)?;
            taken.basis |= of_it.basis;
            taken.source |= of_it.source;
            DeValue::Table(table)
        }
        (Holds::Classes(keys), DeValue::Table(table)) => {
            let class = |(name, value)| {
                Ok((name, cost_or_table(&Holds::Table(keys), value, beside, taken)?))
            };
            DeValue::Table(table.into_iter().map(class).collect::<Result<_, Fault>>()?)
        }
        (_, value) => value,
    };
    Ok(Spanned::new(span, value))
}

/// A number with what holds for it. What it does not say itself stands where it stands.
fn cost<'t>(number: Value<'t>, beside: &Beside<'t>) -> DeValue<'t> {
    let at = number.span();
    let placed = |value: &Value<'t>| match value.span() == (0..0) {
        true => Spanned::new(at.clone(), value.get_ref().clone()),
        false => value.clone(),
    };
    let band = Spanned::new(at.clone(), beside.band.clone());
    let keys = [
        ("basis", placed(&beside.basis)),
        ("source", placed(&beside.source)),
        ("band", band),
        ("nominal", number),
    ];
    let keyed = |(key, value)| (Spanned::new(at.clone(), Cow::Borrowed(key)), value);
    DeValue::Table(keys.into_iter().map(keyed).collect())
}

/// A clock that names no basis and no source has those of its text.
fn clock_of<'t>(mut clock: DeTable<'t>, beside: &Beside<'t>) -> DeTable<'t> {
    let Some(at) = clock.values().next().map(Spanned::span) else { return clock };
    for (name, value) in [("basis", &beside.basis), ("source", &beside.source)] {
        if !clock.contains_key(name) {
            let value = Spanned::new(at.clone(), value.get_ref().clone());
            clock.insert(Spanned::new(at.clone(), Cow::Borrowed(name)), value);
        }
    }
    clock
}
