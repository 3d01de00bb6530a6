//! `eval` of a trained detector: mAP of the boxes that it finds.

use super::passes::{Passes, Trained, together};
use crate::cli::inside::{self, Inside};
use crate::cli::judge::{Judge, calibration, labelled};
use crate::cli::{Error, Result, json, output};
use crate::detect::{Dataset, Decoder};
use crate::eval;
use crate::plain::{counted, shown};
use crate::report;

pub fn run(trained: Trained, decoder: &Decoder, inside: &Option<Inside>) -> Result<()> {
    let Trained { arguments, imported, graph, profile, feeding, .. } = trained;
    let Some(data) = inside::given_or(&arguments.data, inside, Inside::scenes)? else {
        return Err(
            Error::NamesNothing { option: "--data", what: "a set of labelled pictures" }.into()
        );
    };
    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data)?.images, None),
        false => labelled(&data, decoder).map(|(images, tally)| (images, Some(tally)))?,
    };
    if images.is_empty() {
        return Err(Error::NoPictures { data }.into());
    }
    let calibrate = inside::given_or(&arguments.calibrate, inside, Inside::calibration)?;
    let folder = super::folder(arguments, &imported.name)?;
    let calibration = calibration(calibrate.as_deref(), graph, &imported.sha256, feeding, &images)?;
    let passes = Passes::new(trained, calibration)?;
    let checkpoints = passes.checkpoints();
    let judge = Judge { graph, feeding, decoder, checkpoints };
    if arguments.unlabelled {
        images = judge.with_objects(images)?;
        if images.is_empty() {
            return Err(Error::SeesNothing { data }.into());
        }
    }
    images.truncate(arguments.limit.map_or(usize::MAX, |limit| limit as usize));
    let (mut all, mut rows) = (vec![], vec![]);
    let look = || images.first().map(|image| judge.look(image)).transpose();
    let first = || Ok(look()?.map(|look| look.sample().clone()));
    let setups = passes.each(first, images.len(), |recipe, prepared, part| {
        let pictures = judge.pictures(prepared, &images, part)?;
        if rows.is_empty() {
            rows.push(eval::float_row("float", &pictures));
        }
        rows.extend(eval::rows(&recipe.to_string(), checkpoints, &pictures));
        all.push((recipe.to_string(), pictures));
        Ok(())
    })?;

    report::write_accuracy(folder.path(), &rows)?;
    report::write_boxes(folder.path(), &decoder.classes, checkpoints, &all)?;
    let mark = if arguments.idealised { " (IDEALISED)" } else { "" };
    let pictures = counted(images.len(), "picture");
    let title = format!("{} on {}{mark}, {pictures}", imported.name, profile.name);
    report::write_convergence(folder.path(), &title, &rows)?;
    if let Some(setup) = together(&setups) {
        report::write_judged_manifest(folder.path(), &setup, profile, tally.as_ref())?;
    }
    let path = folder.finish()?;
    output::line(format_args!("{}; energy is that of events, means per picture\n", shown(&title)))?;
    output::table(report::accuracy_table(&rows, &super::timings(&setups)))?;
    json::print_csv(&path, report::ACCURACY)?;
    if let Some(tally) = &tally {
        output::line(format_args!("\n{tally}"))?;
    }
    output::line(format_args!("\nwritten to {}", path.display()))?;
    Ok(())
}
