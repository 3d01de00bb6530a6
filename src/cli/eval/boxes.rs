//! `eval` of a detector, trained or spiking already: mAP of the boxes that it finds.

use super::passes::{Asked, Passes, together};
use super::{Arguments, Evaluated, Place};
use crate::ann::Graph;
use crate::cli::calibration::Calibrated;
use crate::cli::feeding::Feeding;
use crate::cli::inside::{self, Inside};
use crate::cli::judge::{Eyes, Judge, calibration, hashes, labelled};
use crate::cli::stimulus::{self, Stimuli};
use crate::cli::{Error, Result};
use crate::detect::{Dataset, Labelled, Tally};
use crate::eval;
use crate::import::Imported;
use crate::pipeline::Setup;
use crate::plain::{counted, shown};
use crate::profile::Profile;
use crate::report;
use crate::spiking;

/// Of a trained detector.
pub fn trained(
    asked: Asked,
    (graph, feeding): (&Graph, &Feeding),
    inside: &Option<Inside>,
    place: Place,
) -> Result<Evaluated> {
    let (arguments, decoder) = (asked.arguments, feeding.decoder()?);
    let Some(data) = inside::given_or(&arguments.data, inside, Inside::scenes)? else {
        return Err(
            Error::NamesNothing { option: "--data", what: "a set of labelled pictures" }.into()
        );
    };
    let (mut images, tally) = match arguments.unlabelled {
        true => (Dataset::unlabelled(&data)?.images, None),
        false => labelled(&data, arguments.allow_outside, decoder)
            .map(|(images, tally)| (images, Some(tally)))?,
    };
    if images.is_empty() {
        return Err(Error::NoPictures { data }.into());
    }
    let calibrate = inside::given_or(&arguments.calibrate, inside, Inside::calibration)?;
    let sha256 = &asked.imported.sha256;
    let calibration = calibration(calibrate.as_deref(), graph, sha256, feeding, &images)?;
    let passes = Passes::new(asked, calibration)?;
    let eyes = Eyes::Trained { graph, feeding };
    let judge = Judge { eyes, decoder, checkpoints: passes.checkpoints() };
    if arguments.unlabelled {
        // Before the floats look at all of them.
        passes.check()?;
        images = judge.with_objects(images)?;
        if images.is_empty() {
            return Err(Error::SeesNothing { data }.into());
        }
    }
    images.truncate(arguments.limit());
    judged(&passes, &judge, &images, tally, place)
}

/// Of a network that spikes already, whose outputs `feeding` makes boxes of.
pub fn spiking(
    arguments: &Arguments,
    imported: &Imported,
    graph: &spiking::Graph,
    profile: &Profile,
    feeding: &Feeding,
    place: Place,
) -> Result<Evaluated> {
    let decoder = feeding.decoder()?;
    let data = super::spiking::data(arguments, imported)?;
    let (mut images, tally) = labelled(data, arguments.allow_outside, decoder)?;
    images.truncate(arguments.limit());
    let items = images.iter().map(|image| Ok(stimulus::inputs(&image.path, graph)?.swap_remove(0)));
    let items = items.collect::<Result<_>>()?;
    let stimuli = Stimuli::new(&arguments.stimulus, graph, items, arguments.seed)?;
    let fed = (&stimuli, Some(feeding));
    let asked = super::spiking::asked(arguments, imported, profile, fed)?;
    let steps = asked.checkpoints.last().copied().ok_or(Error::Checkpoints)?;
    let passes = Passes::new(asked, Calibrated::none())?;
    let eyes = Eyes::Spiking { graph, stimuli: &stimuli, steps, floats: arguments.floats };
    let judge = Judge { eyes, decoder, checkpoints: passes.checkpoints() };
    judged(&passes, &judge, &images, Some(tally), place)
}

/// Emulates `images` under every recipe, and writes all files.
fn judged(
    passes: &Passes,
    judge: &Judge,
    images: &[Labelled],
    tally: Option<Tally>,
    place: Place,
) -> Result<Evaluated> {
    let Asked { arguments, imported, profile, .. } = passes.asked();
    let (checkpoints, decoder) = (passes.checkpoints(), judge.decoder);
    let (mut all, mut rows) = (vec![], vec![]);
    let look = || images.first().map(|image| judge.look(image)).transpose();
    let first = || Ok(look()?.map(|look| look.sample().clone()));
    let kept = passes.kept(place, hashes(images.iter())?)?;
    let setups = passes.each(first, images.len(), &kept, |(pass, prepared), part| {
        let pictures = judge.pictures((pass, prepared), images, &kept, part)?;
        if rows.is_empty() {
            rows.extend(eval::float_rows("float", checkpoints, &pictures));
        }
        let name = prepared.setup.recipe.clone();
        rows.extend(eval::rows(&name, checkpoints, &pictures));
        all.push((name, pictures));
        Ok(())
    })?;

    let dir = place.dir;
    super::on_chip(&mut rows, profile);
    report::write_accuracy(dir, &rows)?;
    report::write_boxes(dir, &decoder.classes, checkpoints, &all)?;
    let setup = together(&setups);
    let mark = setup.as_ref().map_or("", Setup::mark);
    let pictures = counted(images.len(), "picture");
    let title = format!("{} on {}{mark}, {pictures}", imported.name, profile.name);
    report::write_convergence(dir, &title, &rows, &arguments.plots.plots())?;
    if let Some(setup) = setup {
        report::write_judged_manifest(dir, &setup, profile, &title, tally.as_ref())?;
    }
    report::write_folder(dir, report::FolderKind::Evaluation, &title, &crate::cli::command_line())?;
    Ok(Evaluated {
        heading: format!("{}; energy is that of events, means per picture", shown(&title)),
        table: report::accuracy_table(&rows, &super::timings(&setups)),
        rows,
        below: tally.iter().map(|tally| format!("\n{tally}")).collect(),
        mark,
        journal: kept.finish(),
    })
}
