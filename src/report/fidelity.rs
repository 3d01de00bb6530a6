//! `fidelity.csv`: spikes of whole numbers beside those of floats, and one sentence on them.

use super::csv_file::{Maybe, Table};
use super::{Error, FIDELITY};
use crate::pipeline::Fidelity;
use crate::plain::shown;
use std::path::Path;

/// Columns of `fidelity.csv`.
pub const HEADER: [&str; 9] = [
    "image",
    "form",
    "layer",
    "float_spikes",
    "spikes",
    "agreeing",
    "agreement",
    "own_agreement",
    "first_different_step",
];

/// Writes the layers of every input, form by form.
pub fn write_fidelity(dir: &Path, inputs: &[(String, Vec<Fidelity>)]) -> Result<(), Error> {
    Table::write(dir, FIDELITY, &HEADER, |table| rows(table, inputs))
}

pub(super) fn rows(
    table: &mut Table<{ HEADER.len() }>,
    inputs: &[(String, Vec<Fidelity>)],
) -> Result<(), Error> {
    for (input, layers) in inputs {
        for layer in layers {
            table.row([
                input,
                &layer.form,
                &layer.layer,
                &layer.float_spikes,
                &layer.spikes,
                &layer.agreeing,
                &layer.agreement(),
                &layer.own_agreement(),
                &Maybe(layer.first_step),
            ])?;
        }
    }
    Ok(())
}

/// How many spikes of an input agree, form by form, and the layer that loses most.
pub fn fidelity_text(layers: &[Fidelity]) -> String {
    let share = |form: &str| {
        let own = || layers.iter().filter(|layer| layer.form == form);
        let sum = |of: fn(&Fidelity) -> u64| own().map(of).sum::<u64>() as f64;
        let all = sum(|layer| layer.float_spikes) + sum(|layer| layer.spikes);
        if all == 0.0 { 100.0 } else { 200.0 * sum(|layer| layer.agreeing) / all }
    };
    let mut text = format!(
        "of the spikes in floats {:.2} % agree with decays in 12 bits, {:.2} % with weights as \
         on the chip, {:.2} % with its membranes",
        share("decays"),
        share("weights"),
        share("membranes")
    );
    let own = layers.iter().filter(|layer| layer.form == "membranes");
    let worst = own.min_by(|a, b| a.own_agreement().total_cmp(&b.own_agreement()));
    if let Some(worst) = worst.filter(|layer| layer.own_agreement() < 1.0) {
        let (name, own) = (shown(&worst.layer), 100.0 * worst.own_agreement());
        text.push_str(&format!("; by itself layer {name} loses most, {own:.2} % agree"));
    }
    text
}
