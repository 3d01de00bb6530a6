//! Pictures drawn again from the files of a folder, without running again.

mod sheet;

use super::exploration::ASKED;
use super::plot::{self, Bar, Chip, Drawn, Loss, Plots, Point, Searches};
use super::units::in_milli;
use super::{
    ACCURACY, COMPARE, CONVERSION, EXPLORE, Error, MANIFEST, RATES, TRIALS, comparison, conversion,
};
use crate::compare::{Accounting, Kind};
use crate::energy::Band;
use crate::eval;
use crate::pipeline::{Outcome, Setup};
use crate::profile::Profile;
use serde::Deserialize;
use sheet::Line;
pub(super) use sheet::Sheet;
use std::path::Path;

/// Draws the pictures of one input of a run into `out`, but those of a photograph.
///
/// # Errors
/// A picture cannot be drawn or written.
pub fn draw_input(
    out: &Path,
    setup: &Setup,
    profile: &Profile,
    outcome: &Outcome,
    plots: &Plots,
) -> Result<Vec<Drawn>, Error> {
    plot::write(out, plots, setup, profile, outcome)
}

/// Draws into `out` the pictures of an evaluation, a comparison, a search or a conversion that lies
/// in `folder`; `None` if none of them does.
///
/// # Errors
/// A file is missing or damaged, or a picture cannot be written.
pub fn draw_report(folder: &Path, out: &Path, plots: &Plots) -> Result<Option<Vec<Drawn>>, Error> {
    let has = |name: &str| folder.join(name).is_file();
    let drawn = if has(ACCURACY) {
        let rows = Sheet::read(folder, ACCURACY)?.each(measured)?;
        if rows.is_empty() {
            let path = folder.join(ACCURACY);
            return Err(Error::Broken { path, reason: "it has no rows".into() });
        }
        plot::write_convergence(out, plots, &About::read(folder)?.title(folder)?, &rows)?
    } else if has(COMPARE) {
        let bars = Sheet::read(folder, COMPARE)?.each(bar)?.into_iter().flatten();
        let [name, csv] = [comparison::PICTURE, COMPARE];
        let bars: Vec<Bar> = bars.collect();
        plot::write_comparison(out, plots, [name, csv], &heading(folder)?, &bars)?
    } else if has(TRIALS) {
        let trials = Sheet::read(folder, TRIALS)?.each(trial)?;
        let searches = searches(&trials);
        plot::write_pareto(out, plots, &About::read(folder)?.title(folder)?, &searches)?
    } else if has(CONVERSION) {
        let (about, layers) = (About::read(folder)?, losses(folder)?);
        let names: Vec<&str> = about.input.iter().map(|input| input.name.as_str()).collect();
        let inputs = conversion::inputs(&names);
        plot::write_conversion(out, plots, &about.title(folder)?, &inputs, &layers)?
    } else if has(EXPLORE) {
        explored(folder, out, plots)?
    } else {
        return Ok(None);
    };
    Ok(Some(drawn))
}

/// Draws the chips of `explore.csv` in `folder` into `out`.
///
/// # Errors
/// A file is missing or damaged, or the picture cannot be written.
pub(super) fn explored(folder: &Path, out: &Path, plots: &Plots) -> Result<Vec<Drawn>, Error> {
    #[derive(Deserialize)]
    struct Asked {
        title: String,
    }
    let path = folder.join(ASKED);
    let asked = serde_json::from_str::<Asked>(&read(&path)?);
    let asked = asked.map_err(|e| Error::Broken { path, reason: e.to_string() })?;
    plot::write_exploration(out, plots, &asked.title, &chips(folder)?)
}

/// The chips of `explore.csv` that ran all networks.
pub(super) fn chips(folder: &Path) -> Result<Vec<Chip>, Error> {
    // Of several networks each has a row; all rows of a chip have the same ratios.
    let rows = Sheet::read(folder, EXPLORE)?
        .each(|line| Ok((line.text("trial")?.to_owned(), chip(line)?)))?;
    let first =
        rows.iter().enumerate().filter(|(n, (trial, _))| *n == 0 || rows[n - 1].0 != *trial);
    if rows.is_empty() {
        let path = folder.join(EXPLORE);
        return Err(Error::Broken { path, reason: "it has no rows".into() });
    }
    Ok(first.filter_map(|(_, (_, chip))| chip.clone()).collect())
}

/// What a ratio of two chips can be.
const RATIOS: std::ops::RangeInclusive<f64> = 1e-7..=1e7;

/// A row of `explore.csv` whose chip ran all networks.
fn chip(line: &Line) -> Result<Option<Chip>, Error> {
    let ratios =
        [line.number("energy_ratio")?, line.number("latency_ratio")?, line.number("memory_ratio")?];
    let [Some(energy), latency, Some(memory)] = ratios else { return Ok(None) };
    let is_timed = latency.is_some();
    // Without times a chip stands where the start does.
    let latency = latency.unwrap_or(1.0);
    if [energy, latency, memory].iter().any(|ratio| !RATIOS.contains(ratio)) {
        return Err(line.fault("a ratio is out of all bounds".into()));
    }
    let name = match (line.text("role")?, line.text("best")?) {
        ("start", _) => Some("start"),
        (_, "true") => Some("better"),
        _ => None,
    };
    let front = line.text("front")? == "true";
    Ok(Some(Chip { ratios: [energy, latency, memory], is_timed, front, name }))
}

/// What a manifest says of a picture.
#[derive(Deserialize)]
struct About {
    title: Option<String>,
    #[serde(default)]
    input: Vec<Named>,
    network: Option<Named>,
    profile: Option<Named>,
    #[serde(default)]
    idealised: bool,
    #[serde(default)]
    settings: Settings,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize, Default)]
struct Settings {
    steps: Option<u64>,
}

impl About {
    fn read(folder: &Path) -> Result<About, Error> {
        let path = folder.join(MANIFEST);
        let text = read(&path)?;
        let reason = |e: toml::de::Error| crate::plain::plain(e.message());
        toml::from_str(&text).map_err(|e| Error::Broken { path, reason: reason(e) })
    }

    /// Earlier versions wrote none, and all that it is made of.
    fn title(&self, folder: &Path) -> Result<String, Error> {
        let made = || {
            let (Named { name: network }, Named { name: chip }) =
                (self.network.as_ref()?, self.profile.as_ref()?);
            let mark = if self.idealised { " (IDEALISED)" } else { "" };
            let steps = self.settings.steps.map_or(String::new(), |steps| format!(", T = {steps}"));
            Some(format!("{network} on {chip}{mark}{steps}"))
        };
        let missing = || Error::Broken {
            path: folder.join(MANIFEST),
            reason: "it has no `title`, and names no network and profile to make one of".into(),
        };
        self.title.clone().or_else(made).ok_or_else(missing)
    }
}

fn read(path: &Path) -> Result<String, Error> {
    crate::files::text(path).map_err(|source| Error::Read { path: path.into(), source })
}

/// The first line of `compare.md`.
fn heading(folder: &Path) -> Result<String, Error> {
    let path = folder.join(comparison::DOCUMENT);
    let text = read(&path)?;
    let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
    let reason = "it does not begin with a heading".to_string();
    first.map(String::from).ok_or(Error::Broken { path, reason })
}

/// Three columns as the ends and the middle of a band, in thousandths.
fn band(line: &Line, columns: [&str; 3]) -> Result<Option<Band>, Error> {
    let [low, nominal, high] = columns.map(|column| Ok(line.number(column)?.map(in_milli)));
    let (Some(low), Some(nominal), Some(high)) = (low?, nominal?, high?) else { return Ok(None) };
    Ok(Some(Band { low, nominal, high }))
}

/// A row of `accuracy.csv`.
pub(super) fn measured(line: &Line) -> Result<eval::Row, Error> {
    let steps = match line.text("T")? {
        "float" | "" => None,
        _ => line.number("T")?.map(|steps| steps as usize),
    };
    // Files of earlier versions have neither chip nor its static energy, and short names.
    let known = |column| line.text(column).is_ok();
    let fixed = match known("energy_static_uj") {
        true => band(line, ["energy_static_low_uj", "energy_static_uj", "energy_static_high_uj"])?,
        false => None,
    };
    let events = match known("energy_dynamic_uj") {
        true => ["energy_dynamic_low_uj", "energy_dynamic_uj", "energy_dynamic_high_uj"],
        false => ["energy_low_uj", "energy_uj", "energy_high_uj"],
    };
    let reason = line.text("reason").ok().filter(|reason| !reason.is_empty());
    Ok(eval::Row {
        profile: line.text("profile").unwrap_or_default().into(),
        static_mj: fixed,
        refused: reason.map(String::from),
        recipe: line.text("recipe")?.into(),
        steps,
        map50: line.number("mAP50")?,
        map: line.number("mAP")?,
        agreement: line.number("agreement")?,
        f1: line.number("f1")?,
        head_error: line.number("head_error")?,
        energy_mj: band(line, events)?,
        latency_ms: band(line, ["latency_low_us", "latency_us", "latency_high_us"])?,
        synaptic_operations: line.number("synaptic_operations")?,
        spikes_per_synapse: line.number("spikes_per_synapse")?,
        accuracy: line.newer("accuracy")?,
        top5: line.newer("top5")?,
    })
}

/// A row of `compare.csv` that has an energy.
pub(super) fn bar(line: &Line) -> Result<Option<Bar>, Error> {
    let (kind, accounting) = (line.text("kind")?, line.text("accounting")?);
    let known = [Kind::Spiking, Kind::Baseline, Kind::Quantised];
    let kind = known.into_iter().find(|known| known.name() == kind);
    let accounting = Accounting::ALL.into_iter().find(|known| known.name() == accounting);
    let mj = band(line, ["energy_low_uj", "energy_uj", "energy_high_uj"])?;
    let (Some(kind), Some(accounting), Some(mj)) = (kind, accounting, mj) else { return Ok(None) };
    let (system, scope) = (line.text("system")?.into(), line.text("scope")?.into());
    let unverified = line.text("basis")?.contains(plot::UNVERIFIED);
    let bar = Bar { system, kind, accounting, scope, mj, unverified };
    Ok((mj.nominal > 0.0).then_some(bar))
}

/// A row of `trials.csv`.
pub(super) struct Trial {
    /// Search, seed and fold.
    of: [String; 3],
    untuned: bool,
    best: bool,
    /// Millijoules and error, where it was measured to its end.
    at: Option<[f64; 2]>,
    answers: bool,
}

pub(super) fn trial(line: &Line) -> Result<Trial, Error> {
    let accuracy = line.newer("accuracy")?;
    let [dynamic, fixed] = ["energy_dynamic_uj", "energy_static_uj"].map(|name| line.number(name));
    let energies = (dynamic?.map(in_milli), fixed?.map(in_milli));
    let wrong =
        accuracy.map(|accuracy| 1.0 - accuracy).or(line.number("head_error")?).unwrap_or(0.0);
    let energy = energies.0.zip(energies.1).map(|(dynamic, fixed)| dynamic + fixed);
    let stopped = line.text("status")? == "stopped";
    let [search, seed, fold] = [line.text("search")?, line.text("seed")?, line.text("fold")?];
    Ok(Trial {
        of: [search, seed, fold].map(String::from),
        untuned: line.text("trial")? == "0",
        best: line.text("best")? == "true",
        at: energy.filter(|_| !stopped).map(|energy| [energy, wrong]),
        answers: accuracy.is_some() && !stopped,
    })
}

/// The trials of the first part of the inputs, as `pareto` has them.
pub(super) fn searches(trials: &[Trial]) -> Searches {
    let first: Vec<&Trial> = trials.iter().filter(|trial| trial.of[2] == "1").collect();
    let point = |trial: &&Trial| {
        let [energy_mj, wrong] = trial.at?;
        let search = (!trial.untuned).then(|| trial.of[0].clone());
        Some(Point { search, energy_mj, wrong })
    };
    let of_first = |is: fn(&Trial) -> bool| {
        let own = first.iter().filter(|trial| trial.of == first[0].of);
        own.clone().find(|trial| is(trial)).and_then(|trial| trial.at)
    };
    Searches {
        points: first.iter().filter_map(point).collect(),
        marked: [of_first(|trial| trial.untuned), of_first(|trial| trial.best)],
        answers: first.iter().any(|trial| trial.answers),
    }
}

/// The layers of `conversion.csv`, with their rates.
fn losses(folder: &Path) -> Result<Vec<Loss>, Error> {
    let mut layers = Sheet::read(folder, CONVERSION)?.each(|line| {
        Ok(Loss {
            name: line.text("layer")?.into(),
            correlation: line.number("correlation")?,
            error: line.number("error")?,
            added: line.number("added_error")?,
            parts: [
                line.number("clipping_error")?,
                line.number("rounding_error")?,
                line.number("excess_error")?,
            ],
            rates: vec![],
        })
    })?;
    let bins = Sheet::read(folder, RATES)?.each(|line| {
        let silent = line.number("from")? == Some(0.0) && line.number("to")? == Some(0.0);
        let neurons = line.number("neurons")?.unwrap_or(0.0) as u64;
        Ok((line.text("layer")?.to_string(), silent, neurons))
    })?;
    for layer in &mut layers {
        let own: Vec<(bool, u64)> = bins
            .iter()
            .filter(|(name, ..)| *name == layer.name)
            .map(|&(_, silent, neurons)| (silent, neurons))
            .collect();
        // Bins lie side by side, from the lowest rate to the highest.
        let zero = own.iter().position(|(silent, _)| *silent).unwrap_or(0) as i32;
        layer.rates = (-zero..).zip(own).map(|(tenth, (_, neurons))| (tenth, neurons)).collect();
    }
    Ok(layers)
}
