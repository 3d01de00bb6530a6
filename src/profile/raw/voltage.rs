//! `[voltage]`: what another supply makes of the energies.

use serde::Deserialize;
use serde_spanned::Spanned;

use super::numbers::text;
use super::{Checked, fault};
use crate::profile::{Basis, Cost, Costs, Voltage};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVoltage {
    volts: Spanned<f64>,
    reference_volts: Spanned<f64>,
    static_exponent: Spanned<f64>,
    event_exponent: Spanned<f64>,
    basis: Basis,
    source: Spanned<String>,
}

/// Most powers of the voltage, and largest ratio of two voltages: no chip's law holds farther.
const MOST_EXPONENT: f64 = 10.0;
const MOST_RATIO: f64 = 2.0;

impl RawVoltage {
    /// Scales `costs` to the voltage.
    pub(super) fn check(self, costs: &mut Costs) -> Checked<Voltage> {
        for (volts, key) in [(&self.reference_volts, "reference_volts"), (&self.volts, "volts")] {
            if !(0.01..=100.0).contains(volts.get_ref()) {
                return fault(volts.span(), format!("`{key}` is from 0.01 to 100 volts"));
            }
        }
        let exponents =
            [(&self.static_exponent, "static_exponent"), (&self.event_exponent, "event_exponent")];
        for (exponent, key) in exponents {
            if !(0.0..=MOST_EXPONENT).contains(exponent.get_ref()) {
                return fault(exponent.span(), format!("`{key}` is from 0 to {MOST_EXPONENT}"));
            }
        }
        let reference = *self.reference_volts.get_ref();
        let ratio = self.volts.get_ref() / reference;
        if !(1.0 / MOST_RATIO..=MOST_RATIO).contains(&ratio) {
            let message =
                format!("`volts` lies beyond half or twice the {reference} volts of the costs");
            return fault(self.volts.span(), message);
        }
        let [leakage, event] = exponents.map(|(exponent, _)| ratio.powf(*exponent.get_ref()));
        scale(&mut costs.static_mw_per_chip, leakage);
        costs.energies_on_chip_mut().into_iter().for_each(|cost| scale(cost, event));
        Ok(Voltage {
            volts: self.volts.into_inner(),
            reference_volts: reference,
            static_exponent: self.static_exponent.into_inner(),
            event_exponent: self.event_exponent.into_inner(),
            basis: self.basis,
            source: text(self.source, "source")?,
        })
    }
}

fn scale(cost: &mut Cost, factor: f64) {
    cost.low *= factor;
    cost.nominal *= factor;
    cost.high *= factor;
}
