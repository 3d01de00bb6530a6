//! `fidelity.csv`: spikes of whole numbers beside those of floats, and one sentence on them.

use super::csv_file::{Maybe, Table};
use super::{Error, FIDELITY};
use crate::pipeline::Fidelity;
use crate::plain::shown;
use std::path::Path;

/// Columns of `fidelity.csv`.
pub const HEADER: [&str; 10] = [
    "image",
    "form",
    "layer",
    "float_spikes",
    "spikes",
    "agreeing",
    "agreement",
    "own_agreement",
    "first_different_step",
    "near_agreement",
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
                &layer.near_agreement(),
            ])?;
        }
    }
    Ok(())
}

/// How many spikes of an input agree, form by form, and the layer that loses most.
pub fn fidelity_text(layers: &[Fidelity]) -> String {
    let of = |form: &'static str| layers.iter().filter(move |layer| layer.form == form);
    let sum = |form, count: fn(&Fidelity) -> u64| of(form).map(count).sum::<u64>() as f64;
    let percent = |agreeing, all| if all == 0.0 { 100.0 } else { 200.0 * agreeing / all };
    // The whole network, and each layer alone, fed by the floats.
    let whole = |form| {
        let all = sum(form, |layer| layer.float_spikes + layer.spikes);
        percent(sum(form, |layer| layer.agreeing), all)
    };
    let alone = |form| {
        let all = sum(form, |layer| layer.float_spikes + layer.own_spikes);
        percent(sum(form, |layer| layer.own_agreeing), all)
    };
    let near = |form| {
        let all = sum(form, |layer| layer.float_spikes + layer.spikes);
        percent(sum(form, |layer| layer.near), all)
    };
    let mut text = format!(
        "of the spikes in floats {:.2} % agree with decays in 12 bits (each layer alone {:.2} %), \
         {:.2} % ({:.2} %) with weights as on the chip, {:.2} % ({:.2} %) with its membranes; \
         {:.2} %, {:.2} % and {:.2} % within one step",
        whole("decays"),
        alone("decays"),
        whole("weights"),
        alone("weights"),
        whole("membranes"),
        alone("membranes"),
        near("decays"),
        near("weights"),
        near("membranes")
    );
    let worst = of("membranes").min_by(|a, b| a.own_agreement().total_cmp(&b.own_agreement()));
    if let Some(worst) = worst.filter(|layer| layer.own_agreement() < 0.99995) {
        let (name, own) = (shown(&worst.layer), 100.0 * worst.own_agreement());
        text.push_str(&format!("; by itself layer {name} loses most, {own:.2} % agree"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_together_weigh_by_their_spikes() {
        let layer = |float_spikes, agreeing, own_agreeing| Fidelity {
            form: "membranes",
            layer: "act1".into(),
            float_spikes,
            spikes: float_spikes,
            agreeing,
            own_spikes: float_spikes,
            own_agreeing,
            near: float_spikes,
            first_step: Some(float_spikes as usize),
        };
        let inputs = [vec![layer(10, 9, 10)], vec![layer(90, 61, 80)]];
        let all = Fidelity::over(inputs.iter().map(Vec::as_slice));
        assert_eq!(all, [layer(100, 70, 90)].map(|sum| Fidelity { first_step: Some(10), ..sum }));
        let text = fidelity_text(&all);
        assert!(text.contains("70.00 % (90.00 %) with its membranes"), "{text}");
        assert!(
            text.ends_with(
                "100.00 % within one step; by itself layer act1 loses most, 90.00 % agree"
            ),
            "{text}"
        );
        assert!(Fidelity::over([]).is_empty());
    }
}
