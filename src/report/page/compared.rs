//! Chips beside devices, under each accounting.

use super::bars::{self, Raw};
use super::folder::Told;
use super::table::Table;
use super::{Part, Section, text};
use crate::compare::{Accounting, Kind};
use crate::report::comparison::heading;
use crate::report::plot::Bar;
use crate::report::readable::significant;
use crate::report::redraw::{Sheet, bar};
use crate::report::{COMPARE, Error, MEASURES};
use std::path::Path;

pub(super) fn told(dir: &Path) -> Result<Told, Error> {
    let sheet = Sheet::read(dir, COMPARE)?;
    let all: Vec<Bar> = sheet.each(bar)?.into_iter().flatten().collect();
    let own = |accounting: Accounting| -> Vec<&Bar> {
        all.iter().filter(|bar| bar.accounting == accounting).collect()
    };
    let parts = Accounting::ALL.into_iter().filter(|accounting| !own(*accounting).is_empty());
    let mut parts: Vec<Part> =
        parts.map(|accounting| Part::Bars(under(accounting, &own(accounting)))).collect();
    parts.insert(0, Part::Note(NOTE.into()));
    let tables = [
        Part::Table(Table::read(dir, COMPARE, "All rows, with their sources")?),
        Part::Table(Table::read(dir, MEASURES, "Break-even and other measures")?),
    ];
    let sections = vec![
        Section::new("energy", "Energy of an inference, by accounting", parts),
        Section::new("rows", "Rows", tables.into()),
    ];
    Ok(Told { lead: lead(&sheet)?, sections })
}

const NOTE: &str = "Each accounting counts other things, so bars compare within a chart alone. \
    compare.md says what each leaves out.";

fn under(accounting: Accounting, own: &[&Bar]) -> bars::Bars {
    let colour = |bar: &Bar| usize::from(bar.kind != Kind::Spiking);
    let raw = own.iter().map(|bar| {
        let name = match bar.scope.is_empty() {
            true => text(&bar.system),
            false => format!("{}, {}", text(&bar.system), text(&bar.scope)),
        };
        let [low, nominal, high] = [bar.mj.low, bar.mj.nominal, bar.mj.high].map(significant);
        let mark = if bar.unverified { "; a figure from memory" } else { "" };
        Raw {
            parts: vec![(bar.mj.nominal, colour(bar))],
            band: Some([bar.mj.low, bar.mj.high]),
            value: nominal.clone(),
            tip: format!("{name}: {nominal} mJ, {low} .. {high}{mark}"),
            name,
        }
    });
    let legend =
        vec![(0, "spiking, on a chip".into()), (1, "floats or few bits, on a device".into())];
    bars::decades(format!("{}, mJ", heading(accounting)), legend, raw.collect())
}

/// What each accounting says of the first chip and the first device.
fn lead(sheet: &Sheet) -> Result<Vec<String>, Error> {
    let rows = sheet.each(|line| {
        let (kind, accounting) = (line.text("kind")?, line.text("accounting")?);
        let of = [line.text("system")?, accounting, line.text("scope")?].map(text);
        Ok((kind.to_owned(), of, line.number("ratio")?))
    })?;
    let of = |wanted: Kind| rows.iter().filter(move |(kind, ..)| kind == wanted.name());
    // A chip that exists, if any ran.
    let ran = || of(Kind::Spiking).filter(|(_, _, ratio)| ratio.is_some());
    let exists = |row: &&(String, [String; 3], Option<f64>)| !row.1[0].contains("(idealised)");
    let first = ran().find(exists).or_else(|| ran().next());
    let (Some((_, [chip, ..], _)), Some((_, [device, ..], _))) = (first, of(Kind::Baseline).next())
    else {
        return Ok(vec![]);
    };
    let own = of(Kind::Spiking).filter(|(_, [system, ..], _)| system == chip);
    let mut ratios: Vec<(f64, &[String; 3])> =
        own.filter_map(|(_, of, ratio)| Some(((*ratio)?, of))).collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let said = |(ratio, [_, accounting, scope]): &(f64, &[String; 3])| {
        let (times, side) = if *ratio >= 1.0 { (*ratio, "less") } else { (1.0 / ratio, "more") };
        let times = significant(times);
        format!("{times} times {side} energy than {device} (accounting {accounting}: {scope})")
    };
    let (Some(least), Some(most)) = (ratios.first(), ratios.last()) else { return Ok(vec![]) };
    if ratios.len() == 1 {
        return Ok(vec![format!("{chip} takes {}.", said(least))]);
    }
    Ok(vec![
        format!("What is counted decides: {chip} takes {}.", said(most)),
        format!("The same chip takes {}.", said(least)),
    ])
}
