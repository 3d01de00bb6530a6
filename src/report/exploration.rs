//! Files of an exploration: `explore.csv`, the best chip as a profile, what was asked for.

use super::readable::{cut, significant};
use super::{Error, FolderKind, Plots, REPORT, page, redraw};
use crate::explore::{Exploration, Figures, Plan, Study, Trial, front};
use crate::plain::{counted, guarded, shown};
use crate::profile;
use crate::scratch::ScratchFolder;
use crate::sweep::{Outcome, Record};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Accuracies by trial and network, where they were counted: mAP50, or the share of right answers.
pub type Accuracies = BTreeMap<(usize, usize), Option<f64>>;

/// A row for each design and network.
pub const EXPLORE: &str = "explore.csv";
/// The best chip as a profile.
const CHIP: &str = "chip.toml";
/// What was asked for.
pub(super) const ASKED: &str = "explore.json";

/// Columns of `explore.csv` before those of what varies.
pub const EXPLORE_HEADER: [&str; 21] = [
    "trial",
    "role",
    "status",
    "front",
    "dominates",
    "best",
    "network",
    "id",
    "code",
    "message",
    "energy_uj",
    "latency_us",
    "memory_mbit",
    "chips",
    "cores",
    "head_error",
    "accuracy",
    "energy_ratio",
    "latency_ratio",
    "memory_ratio",
    "error_ratio",
];

/// An exploration and what it was asked for.
#[derive(Debug)]
pub struct Explored<'a> {
    /// What may be varied, and on which networks.
    pub study: &'a Study,
    /// What the searches did.
    pub plan: &'a Plan,
    /// Every design that was tried.
    pub found: &'a Exploration,
    /// Accuracies of the networks, where they were measured.
    pub accuracies: &'a Accuracies,
    /// The command line.
    pub command: String,
    /// Which pictures are drawn.
    pub plots: Plots,
}

/// Writes all files and the page, in place of those of another study: whole, or not at all. Returns
/// what was found, for people.
///
/// # Errors
/// A file cannot be written.
pub fn write_exploration(dir: &Path, all: &Explored) -> Result<String, Error> {
    let Explored { study, found, accuracies, ref command, ref plots, .. } = *all;
    let front = front(&found.trials, found.best);
    let new =
        ScratchFolder::create(dir).map_err(|source| Error::Create { path: dir.into(), source })?;
    let folder = new.path();
    let put = |name: &str, bytes: &[u8]| {
        let written = std::fs::write(folder.join(name), bytes);
        written.map_err(|source| Error::Write { path: dir.join(name), source })
    };
    put(EXPLORE, &csv(study, found, &front, accuracies))?;
    put(ASKED, &asked(all))?;
    if let Some(text) = chip(study, found) {
        put(CHIP, text.as_bytes())?;
    }
    redraw::explored(folder, folder, plots)?;
    page::write_folder(folder, FolderKind::Exploration, &title_of(study), command)?;
    // The table comes last: where it is, the others are.
    new.replace(dir, &[ASKED, CHIP, "explore.png", "explore.svg", REPORT, EXPLORE])
        .map_err(|(path, source)| Error::Write { path, source })?;
    Ok(Text { study, found, front, accuracies }.whole())
}

/// What stands above pictures and pages of a study.
fn title_of(study: &Study) -> String {
    format!("{} on {}", names(study), study.profile.name)
}

/// The accuracy in a table that `eval` wrote: its last row is the spiking network.
pub fn last_accuracy(record: &Record) -> Option<f64> {
    let Outcome::Done { columns, rows, .. } = &record.outcome else { return None };
    let cell = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        rows.last()?.get(place)?.parse().ok()
    };
    cell("mAP50").or_else(|| cell("accuracy"))
}

fn csv(study: &Study, found: &Exploration, front: &[usize], accuracies: &Accuracies) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let variables = study.space.variables.iter().map(|variable| variable.name.clone());
    let header = EXPLORE_HEADER.iter().map(|name| (*name).to_owned()).chain(variables);
    // Memory takes every row.
    let _ = writer.write_record(header);
    for (n, trial) in found.trials.iter().enumerate() {
        for (network, measured) in trial.measured.iter().enumerate() {
            let accuracy = accuracies.get(&(n, network)).copied().flatten();
            let status = if measured.figures.is_ok() { "done" } else { "refused" };
            let first = [
                n.to_string(),
                trial.role.name().into(),
                status.into(),
                front.contains(&n).to_string(),
                trial.dominates_start().to_string(),
                (found.best == Some(n)).to_string(),
                cell(&study.networks[network].name),
                measured.id.clone(),
            ];
            let refusal = match &measured.figures {
                Ok(_) => [String::new(), String::new()],
                Err(refusal) => [refusal.code.clone(), cell(&refusal.message)],
            };
            let figures = numbers(measured.figures.as_ref().ok());
            let ratios = trial.known_ratios(&found.trials[0]).unwrap_or_default().map(text);
            let choices = study.space.variables.iter().zip(&trial.design.0);
            let choices = choices.map(|(variable, &choice)| cell(&variable.choices[choice].shown));
            let row = first.into_iter().chain(refusal).chain(figures).chain([text(accuracy)]);
            let _ = writer.write_record(row.chain(ratios).chain(choices));
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// Text of files: no control characters, no formulas.
fn cell(text: &str) -> String {
    guarded(&shown(text)).into_owned()
}

fn text(number: Option<f64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn numbers(figures: Option<&Figures>) -> [String; 6] {
    let Some(f) = figures else { return Default::default() };
    let [energy, memory, chips, cores] =
        [f.energy_uj, f.memory_mbit, f.chips, f.cores].map(|x| x.to_string());
    [energy, text(f.latency_us), memory, chips, cores, text(f.head_error)]
}

/// What was asked for, and of what.
#[derive(Serialize)]
struct Asked<'a> {
    title: String,
    version: &'a str,
    command: &'a str,
    profile: &'a str,
    profile_hash: &'a str,
    networks: Vec<&'a str>,
    searches: Vec<&'a str>,
    budget: usize,
    seed: u64,
    tolerance: f64,
    varies: BTreeMap<&'a str, Vec<&'a str>>,
}

fn asked(all: &Explored) -> Vec<u8> {
    let Explored { study, plan, command, .. } = all;
    let varies = study.space.variables.iter().map(|variable| {
        let choices = variable.choices.iter().map(|choice| choice.shown.as_str()).collect();
        (variable.name.as_str(), choices)
    });
    let asked = Asked {
        title: title_of(study),
        version: env!("CARGO_PKG_VERSION"),
        command,
        profile: &study.profile.name,
        profile_hash: &study.profile.hash,
        networks: study.networks.iter().map(|network| network.name.as_str()).collect(),
        searches: plan.searches.iter().map(|search| search.name()).collect(),
        budget: plan.budget,
        seed: plan.seed,
        tolerance: plan.tolerance,
        varies: varies.collect(),
    };
    // Text and numbers alone: nothing that JSON does not take.
    serde_json::to_vec_pretty(&asked).unwrap_or_default()
}

/// The best chip, as a file that `--profile` takes.
fn chip(study: &Study, found: &Exploration) -> Option<String> {
    let design = &found.trials[found.best?].design;
    let profile = study.as_profile(design)?;
    Some(profile::to_toml(&profile))
}

/// Of all networks, for people.
fn names(study: &Study) -> String {
    let names: Vec<_> = study.networks.iter().map(|network| shown(&network.name)).collect();
    names.join(", ")
}

/// Rows of the front for people.
const MOST_ROWS: usize = 12;

struct Text<'a> {
    study: &'a Study,
    found: &'a Exploration,
    front: Vec<usize>,
    accuracies: &'a Accuracies,
}

impl Text<'_> {
    fn whole(&self) -> String {
        let tried = self.found.trials.len();
        let refused = self.found.trials.iter().filter(|trial| trial.ratios.is_none()).count();
        let mut text = format!(
            "{} on {}: {} tried, {refused} refused, {} that no other beats\n",
            names(self.study),
            self.study.profile.name,
            counted(tried as u64, "chip"),
            self.front.len()
        );
        for (n, network) in self.study.networks.iter().enumerate() {
            let name = cut(&shown(&network.name), 24);
            let _ = writeln!(text, "  {name}: at the start {}", self.figures(0, n));
            if let Some(best) = self.found.best {
                let _ = writeln!(text, "  {name}: better {}", self.figures(best, n));
            }
        }
        match self.found.best {
            None => text += "no chip is better in energy and latency at no more error\n",
            Some(best) => text += &self.causes(best),
        }
        text += &self.on_front();
        text + &self.by_search()
    }

    fn figures(&self, trial: usize, network: usize) -> String {
        let Ok(f) = &self.found.trials[trial].measured[network].figures else {
            return "refused".into();
        };
        let mut text = format!(
            "{} uJ, {}, {} Mbit on {}",
            significant(f.energy_uj),
            f.latency_us.map_or("no times".into(), |us| significant(us) + " us"),
            significant(f.memory_mbit),
            counted(f.chips as u64, "chip")
        );
        if let Some(error) = f.head_error {
            let _ = write!(text, ", head error {}", significant(error));
        }
        if let Some(accuracy) = self.accuracies.get(&(trial, network)).copied().flatten() {
            let _ = write!(text, ", accuracy {}", significant(accuracy));
        }
        text
    }

    /// By which change the best chip is better.
    fn causes(&self, best: usize) -> String {
        let own = &self.found.trials[best];
        let Some(ratios) = self.ratios(own) else { return String::new() };
        let [energy, latency, memory, _] = ratios.map(change);
        let mut text = format!(
            "energy {energy}, latency {latency}, memory {memory}; without one of its changes \
             alone:\n\n"
        );
        let _ = writeln!(
            text,
            "{:<30} {:>9} {:>9} {:>10} {:>9} {:>8}",
            "change", "from", "to", "energy", "latency", "memory"
        );
        for cause in &self.found.causes {
            let variable = &self.study.space.variables[cause.variable];
            let name = |choice: usize| cut(&shown(&variable.choices[choice].shown), 9);
            let to = own.design.0[cause.variable];
            let without = &self.found.trials[cause.trial];
            let [energy, latency, memory] = match self.ratios(without).zip(self.ratios(own)) {
                Some((new, old)) => {
                    [0, 1, 2].map(|n| change(new[n].zip(old[n]).map(|(new, old)| new / old)))
                }
                None => ["refused".into(), String::new(), String::new()],
            };
            let _ = writeln!(
                text,
                "{:<30} {:>9} {:>9} {energy:>10} {latency:>9} {memory:>8}",
                cut(variable.short(), 30),
                name(variable.start),
                name(to),
            );
        }
        text
    }

    fn ratios(&self, trial: &Trial) -> Option<[Option<f64>; 4]> {
        trial.known_ratios(&self.found.trials[0])
    }

    fn on_front(&self) -> String {
        let mut rows: Vec<(usize, &Trial)> =
            self.front.iter().map(|&n| (n, &self.found.trials[n])).collect();
        let energy = |trial: &Trial| trial.ratios.map_or(f64::INFINITY, |ratios| ratios[0]);
        rows.sort_by(|(_, a), (_, b)| energy(a).total_cmp(&energy(b)));
        let mut text = format!(
            "\n{:>5} {:>9} {:>9} {:>9} {:>9}  {}\n",
            "trial", "energy", "latency", "memory", "error", "changes"
        );
        for (n, trial) in rows.iter().take(MOST_ROWS) {
            let Some(ratios) = self.ratios(trial) else { continue };
            let [energy, latency, memory, error] = ratios.map(change);
            let changes = cut(&self.changes(trial), 60);
            let _ =
                writeln!(text, "{n:>5} {energy:>9} {latency:>9} {memory:>9} {error:>9}  {changes}");
        }
        if rows.len() > MOST_ROWS {
            let _ = writeln!(text, "and {} more in {EXPLORE}", rows.len() - MOST_ROWS);
        }
        text
    }

    fn changes(&self, trial: &Trial) -> String {
        let changed = self.study.space.changed(&trial.design);
        let one = |n: usize| {
            let variable = &self.study.space.variables[n];
            format!("{}={}", variable.short(), variable.choices[trial.design.0[n]].shown)
        };
        let all: Vec<String> = changed.into_iter().map(one).collect();
        if all.is_empty() { "none: the start".into() } else { all.join(" ") }
    }

    /// How the searches compare, where there are several.
    fn by_search(&self) -> String {
        if self.found.searches.len() < 2 {
            return String::new();
        }
        let mut text =
            String::from("\nsearch   chips  on the front  least energy x latency x memory\n");
        for (search, trials) in &self.found.searches {
            let on = trials.iter().filter(|n| self.front.contains(n)).count();
            let worth = |&n: &usize| {
                let trial = &self.found.trials[n];
                let ratios = trial.ratios.filter(|_| trial.is_as_good())?;
                Some(ratios[0] * ratios[1] * ratios[2])
            };
            let least = trials.iter().filter_map(worth).fold(f64::INFINITY, f64::min);
            let _ = writeln!(
                text,
                "{:<8} {:>5} {on:>13}  {:>31}",
                search.name(),
                trials.len(),
                change(Some(least))
            );
        }
        text
    }
}

/// A ratio as a change; `None` where one of both is not known.
fn change(ratio: Option<f64>) -> String {
    match ratio {
        None => "unknown".into(),
        Some(1.0) => "same".into(),
        Some(ratio) if (ratio - 1.0).abs() < 0.0005 => "under 0.1 %".into(),
        Some(ratio) if ratio >= 10.0 => format!("x {}", significant(ratio)),
        Some(ratio) => format!("{:+.1} %", 100.0 * (ratio - 1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_read_as_changes() {
        let changes = [1.0, 0.9999, 0.5, 1.25, 12.0].map(|ratio| change(Some(ratio)));
        assert_eq!(changes, ["same", "under 0.1 %", "-50.0 %", "+25.0 %", "x 12.00"]);
        assert_eq!(change(None), "unknown");
    }
}
