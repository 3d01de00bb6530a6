//! Files of a search for thresholds: `trials.csv`, `searches.csv`, `tuning.csv` and the plot.

use super::csv_file::{Maybe, Table};
use super::plot::{Point, Searches};
use super::readable::significant;
use super::units::of_milli;
use super::{Error, Plots, SEARCHES, TRIALS, TUNING, plot};
use crate::energy::Band;
use crate::pipeline::Timing;
use crate::plain::{counted, shown};
use crate::tune::{
    self, Evidence, Interval, Measure, Plan, Run, Search, Trial, bootstrap, measure,
};
use std::path::Path;

/// Columns of `trials.csv`.
pub const TRIALS_HEADER: [&str; 28] = [
    "search",
    "seed",
    "fold",
    "trial",
    "status",
    "value",
    "second_value",
    "excess",
    "head_error",
    "agreement",
    "f1",
    "synaptic_operations",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
    "energy_static_uj",
    "energy_static_low_uj",
    "energy_static_high_uj",
    "latency_us",
    "latency_low_us",
    "latency_high_us",
    "steps_to_agree",
    "best",
    "thresholds",
    "v0",
    "phases",
    "steps",
    "accuracy",
];

/// Columns of `searches.csv`.
pub const SEARCHES_HEADER: [&str; 8] = [
    "search",
    "seed",
    "fold",
    "trials",
    "best_trial",
    "best_ratio",
    "trials_to_random_best",
    "trials_to_random_best_of_seed",
];

/// Columns of `tuning.csv`.
pub const TUNING_HEADER: [&str; 11] = [
    "quantity",
    "unit",
    "untuned",
    "untuned_low",
    "untuned_high",
    "tuned",
    "tuned_low",
    "tuned_high",
    "ratio",
    "ratio_low",
    "ratio_high",
];

/// What searches found.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// Network, chip and steps, for people.
    pub title: String,
    /// What an input is: a picture, or any other.
    pub noun: &'static str,
    /// How packets took their time.
    pub timing: Timing,
    /// Of the first fold.
    pub plan: Plan,
    /// The recipes, as text.
    pub untuned: String,
    /// By fold.
    pub tuned: Vec<String>,
    /// The trials of every search with every seed and fold; the best of a fold's first one is its
    /// tuned network.
    pub searches: Vec<Vec<Trial>>,
    /// Inputs that the search did not see, fold by fold.
    pub judged: Vec<Judged>,
    /// Seed of the command.
    pub seed: u64,
}

/// An input as both networks see it, read at the [`tune::checkpoints`] of their steps. The search
/// of the tuned one did not see it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Of the network before the search.
    pub untuned: Evidence,
    /// Of the network that the search chose.
    pub tuned: Evidence,
    /// Of the tuned network.
    pub steps: usize,
}

/// A row of `tuning.csv`.
struct Row {
    quantity: &'static str,
    unit: &'static str,
    /// The ends are those of the profile's costs.
    untuned: Option<Band>,
    tuned: Option<Band>,
    /// Of nominal figures.
    ratio: Option<Interval>,
}

/// Writes all files; returns what was found, for people.
pub fn write_tuning(dir: &Path, tuning: &Tuning, plots: &Plots) -> Result<String, Error> {
    let rows = rows(tuning);
    write_trials(dir, tuning)?;
    write_searches(dir, tuning)?;
    let mut table = Table::create(dir, TUNING, &TUNING_HEADER)?;
    for row in &rows {
        let (unit, in_files) = in_files(row.unit);
        let [untuned, tuned] = [row.untuned, row.tuned]
            .map(|band| move |of: fn(&Band) -> f64| Maybe(band.as_ref().map(of).map(in_files)));
        table.row([
            &row.quantity,
            &unit,
            &untuned(|band| band.nominal),
            &untuned(|band| band.low),
            &untuned(|band| band.high),
            &tuned(|band| band.nominal),
            &tuned(|band| band.low),
            &tuned(|band| band.high),
            &Maybe(row.ratio.map(|r| r.value)),
            &Maybe(row.ratio.map(|r| r.low)),
            &Maybe(row.ratio.map(|r| r.high)),
        ])?;
    }
    table.finish()?;
    plot::write_pareto(dir, plots, &tuning.heading(), &found(&tuning.searches))?;
    Ok(text(tuning, &rows))
}

/// The unit of a row in the file, and what a figure that people read is there.
fn in_files(unit: &'static str) -> (&'static str, fn(f64) -> f64) {
    match unit {
        "mJ" => ("uJ", of_milli),
        "ms" => ("us", of_milli),
        unit => (unit, |figure| figure),
    }
}

impl Tuning {
    /// What stands above the picture.
    pub fn heading(&self) -> String {
        match self.tuned.len() {
            1 => self.title.clone(),
            folds => format!("{}, fold 1 of {folds}", self.title),
        }
    }
}

/// Trials of different parts saw different pictures: the plot holds those of the first part, whose
/// network is written.
fn found(searches: &[Vec<Trial>]) -> Searches {
    let figures =
        |trial: &Trial| trial.measure.as_ref().filter(|_| !trial.stopped).map(|m| *m.end());
    let place = |trial: &Trial| figures(trial).map(|f| [f.energy_mj().nominal, f.wrong()]);
    let first = || searches.iter().filter(|trials| fold_of(trials) == 0);
    let point = |trial: &Trial| {
        let [energy_mj, wrong] = place(trial)?;
        let search = (trial.number > 0).then(|| trial.run.search.name().to_string());
        Some(Point { search, energy_mj, wrong })
    };
    let trials = first().next();
    let untuned = trials.and_then(|trials| trials.first()).and_then(place);
    let tuned = trials.and_then(|trials| tune::best(trials)).and_then(place);
    let all = || first().flatten();
    Searches {
        points: all().filter_map(point).collect(),
        marked: [untuned, tuned],
        answers: all().filter_map(figures).any(|figures| figures.accuracy.is_some()),
    }
}

fn write_trials(dir: &Path, tuning: &Tuning) -> Result<(), Error> {
    let mut table = Table::create(dir, TRIALS, &TRIALS_HEADER)?;
    for trials in &tuning.searches {
        let best = tune::best(trials).map(|trial| trial.number);
        let least = trials
            .first()
            .and_then(|t| t.measure.as_ref())
            .map(|m| m.end().quality() - tuning.plan.tolerance);
        for trial in trials {
            let end = trial.measure.as_ref().map(Measure::end);
            let agrees = trial.measure.as_ref().zip(least).and_then(|(m, least)| m.reaches(least));
            table.row([
                &trial.run.search.name(),
                &trial.run.seed,
                &(trial.run.fold + 1),
                &trial.number,
                &status(trial),
                &trial.score.values[0],
                &Maybe(trial.score.values.get(1)),
                &trial.score.excess(),
                &Maybe(end.and_then(|f| f.error)),
                &Maybe(end.and_then(|f| f.agreement)),
                &Maybe(end.and_then(|f| f.f1)),
                &Maybe(end.map(|f| f.synaptic_operations)),
                &Maybe(end.map(|f| of_milli(f.dynamic_mj.nominal))),
                &Maybe(end.map(|f| of_milli(f.dynamic_mj.low))),
                &Maybe(end.map(|f| of_milli(f.dynamic_mj.high))),
                &Maybe(end.map(|f| of_milli(f.static_mj.nominal))),
                &Maybe(end.map(|f| of_milli(f.static_mj.low))),
                &Maybe(end.map(|f| of_milli(f.static_mj.high))),
                &Maybe(end.map(|f| of_milli(f.latency_ms.nominal))),
                &Maybe(end.map(|f| of_milli(f.latency_ms.low))),
                &Maybe(end.map(|f| of_milli(f.latency_ms.high))),
                &Maybe(agrees.map(|checkpoint| tuning.plan.checkpoints(&trial.point)[checkpoint])),
                &(best == Some(trial.number)),
                &tuning.plan.space.thresholds(&trial.point),
                &Maybe(tuning.plan.space.initial(&trial.point)),
                &Maybe(tuning.plan.space.phases(&trial.point).map(|phases| phases.to_string())),
                &tuning.plan.space.steps(&trial.point),
                &Maybe(end.and_then(|f| f.accuracy)),
            ])?;
        }
    }
    table.finish()
}

fn status(trial: &Trial) -> &'static str {
    match (&trial.measure, trial.number) {
        (None, _) => "refused",
        (_, 0) => "untuned",
        _ if trial.stopped => "stopped",
        _ if trial.score.feasible() => "feasible",
        _ => "infeasible",
    }
}

fn fold_of(trials: &[Trial]) -> usize {
    trials.first().map_or(0, |trial| trial.run.fold)
}

/// A search that is over, beside random search.
struct Searched<'a> {
    first: &'a Trial,
    trials: &'a [Trial],
    /// Trials after which it was as good as random search at the median of its runs, and with the
    /// same seed; `None`: it never was, or there is none.
    to_random: Option<usize>,
    to_random_of_seed: Option<usize>,
}

fn runs<'a>(tuning: &'a Tuning) -> Vec<Searched<'a>> {
    let begun = || tuning.searches.iter().filter_map(|trials| Some((trials.first()?, &trials[..])));
    let random = begun().filter(|(first, _)| first.run.search == Search::Random);
    let random: Vec<(Run, f64)> =
        random.filter_map(|(t, trials)| Some((t.run, cost(trials)?))).collect();
    let middle = median(random.iter().map(|&(_, cost)| cost));
    let run = |(first, trials): (&'a Trial, &'a [Trial])| {
        let same = |run: Run| (run.seed, run.fold) == (first.run.seed, first.run.fold);
        let of_seed = random.iter().find(|&&(run, _)| same(run)).map(|&(_, cost)| cost);
        let reached = |goal: Option<f64>| goal.and_then(|goal| tune::trials_to_reach(trials, goal));
        Searched { first, trials, to_random: reached(middle), to_random_of_seed: reached(of_seed) }
    };
    begun().map(run).collect()
}

/// The lower one of an even number.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

fn cost(trials: &[Trial]) -> Option<f64> {
    tune::best(trials)?.score.values.last().copied()
}

fn write_searches(dir: &Path, tuning: &Tuning) -> Result<(), Error> {
    let mut table = Table::create(dir, SEARCHES, &SEARCHES_HEADER)?;
    for run in runs(tuning) {
        table.row([
            &run.first.run.search.name(),
            &run.first.run.seed,
            &(run.first.run.fold + 1),
            &run.trials.len(),
            &Maybe(tune::best(run.trials).map(|trial| trial.number)),
            &Maybe(cost(run.trials).map(f64::exp)),
            &Maybe(run.to_random),
            &Maybe(run.to_random_of_seed),
        ])?;
    }
    table.finish()
}

/// Both networks on the inputs that no search saw: at their last step, and when their boxes first
/// agree, or their answers are first right, as those of the untuned one at T, less the tolerance.
fn rows(tuning: &Tuning) -> Vec<Row> {
    let both = |drawn: &[usize]| -> Option<[(Measure, Vec<f64>); 2]> {
        let drawn: Vec<&Judged> = drawn.iter().map(|&n| &tuning.judged[n]).collect();
        let untuned = measure(&drawn.iter().map(|judged| &judged.untuned).collect::<Vec<_>>())?;
        let tuned = measure(&drawn.iter().map(|judged| &judged.tuned).collect::<Vec<_>>())?;
        let steps = drawn.iter().map(|judged| judged.steps);
        Some([
            (untuned, read_at(std::iter::once(tuning.plan.space.steps))),
            (tuned, read_at(steps)),
        ])
    };
    // Of every quantity what both networks come to.
    let values = |drawn: &[usize]| -> Vec<[Option<Band>; 2]> {
        let Some([(old, old_steps), (new, new_steps)]) = both(drawn) else {
            return vec![[None; 2]; QUANTITIES.len()];
        };
        let least = old.end().quality() - tuning.plan.tolerance;
        let of = |(_, _, of): &(&str, &str, Quantity)| {
            [of(&old, least, &old_steps), of(&new, least, &new_steps)]
        };
        QUANTITIES.iter().map(of).collect()
    };
    let ratio = |[old, new]: [Option<Band>; 2]| match (old, new) {
        (Some(old), Some(new)) if old.nominal > 0.0 => Some(new.nominal / old.nominal),
        _ => None,
    };
    let ratios = |drawn: &[usize]| values(drawn).into_iter().map(ratio).collect();
    let all: Vec<usize> = (0..tuning.judged.len()).collect();
    let intervals = bootstrap(all.len(), tuning.seed, ratios);
    let found = QUANTITIES.iter().zip(values(&all)).zip(intervals);
    let rows = found.map(|((&(quantity, unit, _), [untuned, tuned]), ratio)| Row {
        quantity,
        unit,
        untuned,
        tuned,
        ratio,
    });
    // A network has boxes or answers, and the rows of what it has.
    rows.filter(|row| !row.unit.is_empty() || row.untuned.is_some()).collect()
}

/// A figure of a network from its measure, the least agreement that counts, and the steps at which
/// it was read.
type Quantity = fn(&Measure, f64, &[f64]) -> Option<Band>;

/// Quantities of `tuning.csv` in their order, and their units; those without a unit are of what the
/// networks see.
const QUANTITIES: [(&str, &str, Quantity); 13] = [
    ("steps", "steps", |_, _, at| at.last().map(|&steps| Band::exactly(steps))),
    ("accuracy", "", |m, _, _| m.end().accuracy.map(Band::exactly)),
    ("agreement", "", |m, _, _| m.end().agreement.map(Band::exactly)),
    ("f1", "", |m, _, _| m.end().f1.map(Band::exactly)),
    ("head_error", "", |m, _, _| m.end().error.map(Band::exactly)),
    ("synaptic_operations", "operations", |m, _, _| {
        Some(Band::exactly(m.end().synaptic_operations))
    }),
    ("energy_dynamic", "mJ", |m, _, _| Some(m.end().dynamic_mj)),
    ("energy_static", "mJ", |m, _, _| Some(m.end().static_mj)),
    ("latency", "ms", |m, _, _| Some(m.end().latency_ms)),
    ("steps_to_agree", "steps", |m, least, at| m.reaches(least).map(|n| Band::exactly(at[n]))),
    ("synaptic_operations_to_agree", "operations", |m, least, _| {
        m.reaches(least).map(|n| Band::exactly(m.at[n].synaptic_operations))
    }),
    ("energy_to_agree", "mJ", |m, least, _| m.reaches(least).map(|n| m.at[n].energy_mj())),
    ("latency_to_agree", "ms", |m, least, _| m.reaches(least).map(|n| m.at[n].latency_ms)),
];

/// The mean steps at which runs of so many steps are read.
fn read_at(runs: impl ExactSizeIterator<Item = usize>) -> Vec<f64> {
    let (count, mut sums) = (runs.len() as f64, vec![]);
    for steps in runs {
        let read = tune::checkpoints(steps);
        sums.resize(read.len(), 0.0);
        sums.iter_mut().zip(read).for_each(|(sum, step)| *sum += step as f64 / count);
    }
    sums
}

fn text(tuning: &Tuning, rows: &[Row]) -> String {
    let (seen, judged, folds) = (tuning.plan.pictures, tuning.judged.len(), tuning.tuned.len());
    let how = match folds {
        1 => {
            let others = if judged == 1 { "1 other".into() } else { format!("{judged} others") };
            format!("searched on {}, judged on {others}", counted(seen, tuning.noun))
        }
        _ => format!(
            "{}, each judged with the network of that of {folds} searches which did not see it",
            counted(judged, tuning.noun)
        ),
    };
    let (title, timing) = (shown(&tuning.title), tuning.timing.name());
    let mut text =
        format!("{title}, {timing} timing: {how}\n\n{}\n", searches_table(&runs(tuning)));
    text.push_str(&format!("untuned {}\n", tuning.untuned));
    for (fold, tuned) in tuning.tuned.iter().enumerate() {
        let name = if folds == 1 { "tuned".into() } else { format!("fold {}", fold + 1) };
        text.push_str(&format!("{name:7} {tuned}\n"));
    }
    text.push_str(&format!(
        "\n{:30} {:>11} {:>14} {:>14} {:>8}   95 % interval\n",
        format!("on {}s not searched on", tuning.noun),
        "",
        "untuned",
        "tuned",
        "ratio"
    ));
    for row in rows {
        let some = |value: Option<f64>| value.map_or("-".into(), significant);
        let interval = row
            .ratio
            .map_or("-".into(), |r| format!("{} .. {}", significant(r.low), significant(r.high)));
        text.push_str(&format!(
            "{:30} {:>11} {:>14} {:>14} {:>8}   {interval}\n",
            row.quantity,
            row.unit,
            some(row.untuned.map(|band| band.nominal)),
            some(row.tuned.map(|band| band.nominal)),
            some(row.ratio.map(|r| r.value))
        ));
    }
    text
}

/// A line for each run, and the medians of each search with several.
fn searches_table(runs: &[Searched]) -> String {
    let line = |name: &str, [seed, fold]: [&str; 2], [ratio, random, of_seed]: [String; 3]| {
        format!("{name:12} {seed:>6} {fold:>4} {ratio:>12} {random:>28} {of_seed:>28}\n")
    };
    let heads = ["best ratio", "trials to random's median", "to random's of the same seed"];
    let mut text = line("search", ["seed", "fold"], heads.map(String::from));
    let mut names: Vec<&str> = runs.iter().map(|run| run.first.run.search.name()).collect();
    names.dedup();
    for name in names {
        let of_name: Vec<&Searched> =
            runs.iter().filter(|run| run.first.run.search.name() == name).collect();
        let count = |n: Option<usize>| n.map_or("-".into(), |n| n.to_string());
        for run in &of_name {
            let ratio = cost(run.trials).map_or("-".into(), |cost| significant(cost.exp()));
            let cells = [ratio, count(run.to_random), count(run.to_random_of_seed)];
            let Run { seed, fold, .. } = run.first.run;
            text.push_str(&line(name, [&seed.to_string(), &(fold + 1).to_string()], cells));
        }
        if of_name.len() > 1 {
            // What was never reached comes last.
            let middle = |n: &dyn Fn(&Searched) -> Option<usize>| {
                let all = of_name.iter().map(|run| n(run).map_or(f64::INFINITY, |n| n as f64));
                count(median(all).filter(|n| n.is_finite()).map(|n| n as usize))
            };
            let ratio = median(of_name.iter().filter_map(|run| cost(run.trials)));
            let ratio = ratio.map_or("-".into(), |cost| significant(cost.exp()));
            let cells = [ratio, middle(&|run| run.to_random), middle(&|run| run.to_random_of_seed)];
            text.push_str(&line(name, ["median", ""], cells));
        }
    }
    text
}
