//! The TOML form of a baseline, as written, and its check.

use super::{Baseline, Basis, Figure, Kind, Peak, Precision, Rate};
use serde::Deserialize;
use serde_spanned::Spanned;
use std::ops::Range;

/// A value that reads as TOML but is not allowed.
pub(super) struct Fault {
    pub span: Range<usize>,
    pub message: String,
}

type Checked<T> = Result<T, Fault>;

/// Figures of devices, whatever their unit.
const RANGE: std::ops::RangeInclusive<f64> = 1e-9..=1e18;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBaseline {
    title: Spanned<String>,
    kind: Kind,
    trust: Spanned<String>,
    power_w: RawFigure,
    on_chip_kb: Option<RawFigure>,
    utilisation: Option<Spanned<RawFigure>>,
    #[serde(default)]
    peak: Vec<RawPeak>,
    #[serde(default)]
    rate: Vec<RawRate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    low: Spanned<f64>,
    nominal: Spanned<f64>,
    high: Spanned<f64>,
    basis: Basis,
    source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPeak {
    precision: Precision,
    gops: RawFigure,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    network: Spanned<String>,
    precision: Precision,
    batch: u64,
    macs: Option<RawFigure>,
    per_second: RawFigure,
    power_w: Option<RawFigure>,
}

impl RawBaseline {
    /// Checks every value; `title` stands for the file where something is missing.
    pub(super) fn check(self, name: String) -> Checked<Baseline> {
        if self.peak.is_empty() && self.rate.is_empty() {
            let message = "a baseline needs a [[peak]] or a [[rate]]".into();
            return Err(Fault { span: self.title.span(), message });
        }
        if !self.peak.is_empty() && self.utilisation.is_none() {
            let message = "a [[peak]] needs `utilisation`, the share of it that is reached".into();
            return Err(Fault { span: self.title.span(), message });
        }
        let utilisation = self.utilisation.map(|figure| {
            let span = figure.span();
            let figure = figure.into_inner().check()?;
            match figure.high <= 1.0 {
                true => Ok(figure),
                false => Err(Fault { span, message: "`utilisation` is a share, at most 1".into() }),
            }
        });
        let rate = |rate: RawRate| -> Checked<Rate> {
            Ok(Rate {
                network: text(rate.network, "network")?,
                precision: rate.precision,
                batch: rate.batch,
                macs: rate.macs.map(RawFigure::check).transpose()?,
                per_second: rate.per_second.check()?,
                power_w: rate.power_w.map(RawFigure::check).transpose()?,
            })
        };
        let peak = |peak: RawPeak| Ok(Peak { precision: peak.precision, gops: peak.gops.check()? });
        Ok(Baseline {
            name,
            title: text(self.title, "title")?,
            kind: self.kind,
            trust: text(self.trust, "trust")?,
            power_w: self.power_w.check()?,
            on_chip_kb: self.on_chip_kb.map(RawFigure::check).transpose()?,
            utilisation: utilisation.transpose()?,
            peaks: self.peak.into_iter().map(peak).collect::<Checked<_>>()?,
            rates: self.rate.into_iter().map(rate).collect::<Checked<_>>()?,
        })
    }
}

impl RawFigure {
    /// All figures of a baseline are divided by or multiplied with: none may be zero.
    fn check(self) -> Checked<Figure> {
        for (value, key) in [(&self.low, "low"), (&self.nominal, "nominal"), (&self.high, "high")] {
            let number = *value.get_ref();
            if !number.is_finite() || number <= 0.0 {
                return Err(Fault {
                    span: value.span(),
                    message: format!("`{key}` must be above zero: {number}"),
                });
            }
            // What is multiplied and divided by figures of this range stays finite.
            if !RANGE.contains(&number) {
                let message =
                    format!("`{key}` is {number:e}, figures run from 1e-9 to 1e18; check the unit");
                return Err(Fault { span: value.span(), message });
            }
        }
        let (low, nominal, high) =
            (*self.low.get_ref(), *self.nominal.get_ref(), *self.high.get_ref());
        if low > nominal {
            let message = format!("`low` {low} is above `nominal` {nominal}");
            return Err(Fault { span: self.low.span(), message });
        }
        if nominal > high {
            let message = format!("`high` {high} is below `nominal` {nominal}");
            return Err(Fault { span: self.high.span(), message });
        }
        Ok(Figure { low, nominal, high, basis: self.basis, source: text(self.source, "source")? })
    }
}

fn text(value: Spanned<String>, key: &str) -> Checked<String> {
    match value.get_ref().trim().is_empty() {
        true => Err(Fault { span: value.span(), message: format!("`{key}` is empty") }),
        false => Ok(value.into_inner()),
    }
}
