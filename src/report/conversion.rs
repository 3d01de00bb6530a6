//! Files of a conversion: `conversion.csv`, `rates.csv`, their plots and the manifest.

use super::csv_file::{Maybe, Table};
use super::{CONVERSION, Drawn, Error, Plots, RATES, manifest, plot};
use crate::convert::file::ConvertedFile;
use crate::mapping::Gap;
use crate::pipeline::Diagnosis;
use crate::plain::counted;
use crate::profile::Profile;
use std::path::Path;

/// Columns of `conversion.csv`.
pub const HEADER: [&str; 24] = [
    "layer",
    "kind",
    "channels",
    "neurons",
    "T",
    "lambda_min",
    "lambda_median",
    "lambda_max",
    "lambda_spread",
    "dead_channels",
    "silent_channels",
    "saturated_channels",
    "clipped_share",
    "correlation",
    "error_quarter",
    "error_half",
    "error",
    "inherited_error",
    "added_error",
    "clipping_error",
    "rounding_error",
    "excess_error",
    "offset",
    "spikes_per_neuron_step",
];

/// Columns of `rates.csv`.
pub const RATES_HEADER: [&str; 5] = ["layer", "from", "to", "neurons", "share"];

/// What a conversion's report rests on.
#[derive(Debug, Clone, Copy)]
pub struct ConversionReport<'a> {
    /// The converted network.
    pub file: &'a ConvertedFile,
    /// The chip whose membranes and axons the numbers are made for.
    pub profile: &'a Profile,
    /// What that chip is too narrow for.
    pub gaps: &'a [Gap],
    /// The command line.
    pub command: &'a str,
    /// What each layer loses.
    pub diagnosis: &'a Diagnosis,
}

/// Writes all files into `dir`, which exists and holds none of them yet.
///
/// # Errors
/// A file cannot be written or a picture not be drawn.
pub fn write_conversion(
    dir: &Path,
    report: &ConversionReport,
    plots: &Plots,
) -> Result<Vec<Drawn>, Error> {
    let diagnosis = report.diagnosis;
    write_layers(dir, diagnosis)?;
    write_rates(dir, diagnosis)?;
    manifest::write_conversion(dir, report)?;
    let layers: Vec<plot::Loss> = diagnosis.layers.iter().map(plot::Loss::from).collect();
    let names: Vec<&str> = diagnosis.inputs.iter().map(|input| input.name.as_str()).collect();
    plot::write_conversion(dir, plots, &title(report), &inputs(&names), &layers)
}

fn write_layers(dir: &Path, diagnosis: &Diagnosis) -> Result<(), Error> {
    let mut table = Table::create(dir, CONVERSION, &HEADER)?;
    for layer in &diagnosis.layers {
        let lambda = |index: usize| Maybe(layer.lambda.map(|lambda| lambda[index]));
        table.row([
            &layer.name,
            &layer.kind,
            &layer.channels,
            &layer.neurons,
            &diagnosis.steps,
            &lambda(0),
            &lambda(1),
            &lambda(2),
            &Maybe(layer.lambda.map(|[least, _, most]| most / least)),
            &layer.dead_channels,
            &layer.silent_channels,
            &layer.saturated_channels,
            &Maybe(layer.clipped_share),
            &Maybe(layer.correlation),
            &Maybe(layer.error[0]),
            &Maybe(layer.error[1]),
            &Maybe(layer.error[2]),
            &Maybe(layer.inherited_error),
            &Maybe(layer.added_error),
            &Maybe(layer.clipping_error),
            &Maybe(layer.rounding_error),
            &Maybe(layer.excess_error()),
            &Maybe(layer.offset),
            &layer.spikes_per_neuron_step,
        ])?;
    }
    table.finish()
}

fn write_rates(dir: &Path, diagnosis: &Diagnosis) -> Result<(), Error> {
    let mut table = Table::create(dir, RATES, &RATES_HEADER)?;
    for layer in &diagnosis.layers {
        let all: u64 = layer.rates.iter().map(|bin| bin.neurons).sum();
        for bin in &layer.rates {
            let share = bin.neurons as f64 / all.max(1) as f64;
            table.row([&layer.name, &bin.from, &bin.to, &bin.neurons, &share])?;
        }
    }
    table.finish()
}

pub(super) fn title(report: &ConversionReport) -> String {
    format!("{}, recipe {}, T = {}", report.file.name, report.file.recipe, report.diagnosis.steps)
}

/// What a conversion was tried on, by the names of the inputs.
pub(super) fn inputs(names: &[&str]) -> String {
    match names {
        [only] => format!("on {only}"),
        inputs => format!("on {}", counted(inputs.len(), "input")),
    }
}
