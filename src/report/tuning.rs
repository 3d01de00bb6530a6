//! Files of a search for thresholds: `trials.csv`, `searches.csv`, `tuning.csv` and the plot.

use super::csv_file::{Maybe, Table};
use super::text::significant;
use super::{Error, SEARCHES, TRIALS, TUNING, plot};
use crate::energy::Band;
use crate::eval::Picture;
use crate::tune::{self, Interval, Measure, Plan, Search, Trial, bootstrap, measure};
use std::path::Path;

/// Columns of `trials.csv`.
pub const TRIALS_HEADER: [&str; 26] = [
    "search",
    "seed",
    "trial",
    "status",
    "value",
    "second_value",
    "excess",
    "head_error",
    "agreement",
    "f1",
    "synaptic_operations",
    "energy_dynamic_mj",
    "energy_dynamic_low_mj",
    "energy_dynamic_high_mj",
    "energy_static_mj",
    "energy_static_low_mj",
    "energy_static_high_mj",
    "latency_ms",
    "latency_low_ms",
    "latency_high_ms",
    "steps_to_agree",
    "best",
    "thresholds",
    "v0",
    "phases",
    "steps",
];

/// Columns of `searches.csv`.
pub const SEARCHES_HEADER: [&str; 7] = [
    "search",
    "seed",
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

/// A search and what it found.
#[derive(Debug, Clone)]
pub struct Tuning {
    /// Network, chip and steps, for people.
    pub title: String,
    pub plan: Plan,
    /// The recipes, as text.
    pub untuned: String,
    pub tuned: String,
    /// Of the tuned network.
    pub steps: usize,
    /// The trials of every search with every seed; the first one's best is the tuned network.
    pub searches: Vec<Vec<Trial>>,
    pub judged: Judged,
    pub seed: u64,
}

/// Both networks on the same pictures, which no search saw, read at the [`tune::checkpoints`] of their steps.
#[derive(Debug, Clone)]
pub struct Judged {
    pub untuned: Vec<Picture>,
    pub tuned: Vec<Picture>,
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

/// A figure of a network from its measure, the least agreement that counts, and the steps at which it was read.
type Quantity<'a> = dyn Fn(&Measure, f64, &[usize]) -> Option<Band> + 'a;

/// Writes all files; returns what was found, for people.
pub fn write_tuning(dir: &Path, tuning: &Tuning) -> Result<String, Error> {
    let rows = rows(tuning);
    write_trials(dir, tuning)?;
    write_searches(dir, tuning)?;
    let mut table = Table::create(dir, TUNING, &TUNING_HEADER)?;
    for row in &rows {
        table.row([
            &row.quantity,
            &row.unit,
            &Maybe(row.untuned.map(|band| band.nominal)),
            &Maybe(row.untuned.map(|band| band.low)),
            &Maybe(row.untuned.map(|band| band.high)),
            &Maybe(row.tuned.map(|band| band.nominal)),
            &Maybe(row.tuned.map(|band| band.low)),
            &Maybe(row.tuned.map(|band| band.high)),
            &Maybe(row.ratio.map(|r| r.value)),
            &Maybe(row.ratio.map(|r| r.low)),
            &Maybe(row.ratio.map(|r| r.high)),
        ])?;
    }
    table.finish()?;
    plot::write_pareto(dir, &tuning.title, &tuning.searches)?;
    Ok(text(tuning, &rows))
}

fn write_trials(dir: &Path, tuning: &Tuning) -> Result<(), Error> {
    let mut table = Table::create(dir, TRIALS, &TRIALS_HEADER)?;
    for trials in &tuning.searches {
        let best = tune::best(trials).map(|trial| trial.number);
        let least = trials
            .first()
            .and_then(|t| t.measure.as_ref())
            .map(|m| m.end().agreement - tuning.plan.tolerance);
        for trial in trials {
            let end = trial.measure.as_ref().map(Measure::end);
            let agrees = trial.measure.as_ref().zip(least).and_then(|(m, least)| m.reaches(least));
            table.row([
                &trial.search.name(),
                &trial.seed,
                &trial.number,
                &status(trial),
                &trial.score.values[0],
                &Maybe(trial.score.values.get(1)),
                &trial.score.excess(),
                &Maybe(end.map(|f| f.error)),
                &Maybe(end.map(|f| f.agreement)),
                &Maybe(end.map(|f| f.f1)),
                &Maybe(end.map(|f| f.synaptic_operations)),
                &Maybe(end.map(|f| f.dynamic_mj.nominal)),
                &Maybe(end.map(|f| f.dynamic_mj.low)),
                &Maybe(end.map(|f| f.dynamic_mj.high)),
                &Maybe(end.map(|f| f.static_mj.nominal)),
                &Maybe(end.map(|f| f.static_mj.low)),
                &Maybe(end.map(|f| f.static_mj.high)),
                &Maybe(end.map(|f| f.latency_ms.nominal)),
                &Maybe(end.map(|f| f.latency_ms.low)),
                &Maybe(end.map(|f| f.latency_ms.high)),
                &Maybe(agrees.map(|checkpoint| tuning.plan.checkpoints(&trial.point)[checkpoint])),
                &(best == Some(trial.number)),
                &tuning.plan.space.thresholds(&trial.point),
                &Maybe(tuning.plan.space.initial(&trial.point)),
                &Maybe(tuning.plan.space.phases(&trial.point)),
                &tuning.plan.space.steps(&trial.point),
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

/// A run of a search.
struct Run<'a> {
    first: &'a Trial,
    trials: &'a [Trial],
    /// Trials after which it was as good as random search at the median of its runs, and with the same seed; `None`:
    /// it never was, or there is none.
    to_random: Option<usize>,
    to_random_of_seed: Option<usize>,
}

fn runs<'a>(tuning: &'a Tuning) -> Vec<Run<'a>> {
    let begun = || tuning.searches.iter().filter_map(|trials| Some((trials.first()?, &trials[..])));
    let random = begun().filter(|(first, _)| first.search == Search::Random);
    let random: Vec<(u64, f64)> = random.filter_map(|(t, trials)| Some((t.seed, cost(trials)?))).collect();
    let middle = median(random.iter().map(|&(_, cost)| cost));
    let run = |(first, trials): (&'a Trial, &'a [Trial])| {
        let of_seed = random.iter().find(|&&(seed, _)| seed == first.seed).map(|&(_, cost)| cost);
        let reached = |goal: Option<f64>| goal.and_then(|goal| tune::trials_to_reach(trials, goal));
        Run { first, trials, to_random: reached(middle), to_random_of_seed: reached(of_seed) }
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
            &run.first.search.name(),
            &run.first.seed,
            &run.trials.len(),
            &Maybe(tune::best(run.trials).map(|trial| trial.number)),
            &Maybe(cost(run.trials).map(f64::exp)),
            &Maybe(run.to_random),
            &Maybe(run.to_random_of_seed),
        ])?;
    }
    table.finish()
}

/// Both networks on the pictures that no search saw: at their last step, and when their boxes first agree as those of the
/// untuned one do at T, less the tolerance.
fn rows(tuning: &Tuning) -> Vec<Row> {
    let Judged { untuned, tuned } = &tuning.judged;
    let both = |drawn: &[usize]| -> Option<(Measure, Measure)> {
        let of = |pictures: &[Picture]| measure(&drawn.iter().map(|&n| &pictures[n]).collect::<Vec<_>>());
        of(untuned).zip(of(tuned))
    };
    let all: Vec<usize> = (0..untuned.len()).collect();
    let read_at = [tuning.plan.space.steps, tuning.steps].map(tune::checkpoints);
    let row = |quantity, unit, of: &Quantity| {
        let values = |drawn: &[usize]| {
            let (old, new) = both(drawn)?;
            let least = old.end().agreement - tuning.plan.tolerance;
            Some((of(&old, least, &read_at[0]), of(&new, least, &read_at[1])))
        };
        let ratio = |drawn: &[usize]| match values(drawn)? {
            (Some(old), Some(new)) if old.nominal > 0.0 => Some(new.nominal / old.nominal),
            _ => None,
        };
        let (untuned, tuned) = values(&all).unwrap_or_default();
        Row { quantity, unit, untuned, tuned, ratio: bootstrap(all.len(), tuning.seed, ratio) }
    };
    let exactly = Band::exactly;
    let when = |m: &Measure, least: f64| m.reaches(least);
    vec![
        row("steps", "steps", &|_, _, at| at.last().map(|&steps| exactly(steps as f64))),
        row("agreement", "", &|m, _, _| Some(exactly(m.end().agreement))),
        row("f1", "", &|m, _, _| Some(exactly(m.end().f1))),
        row("head_error", "", &|m, _, _| Some(exactly(m.end().error))),
        row("synaptic_operations", "operations", &|m, _, _| Some(exactly(m.end().synaptic_operations))),
        row("energy_dynamic", "mJ", &|m, _, _| Some(m.end().dynamic_mj)),
        row("energy_static", "mJ", &|m, _, _| Some(m.end().static_mj)),
        row("latency", "ms", &|m, _, _| Some(m.end().latency_ms)),
        row("steps_to_agree", "steps", &|m, least, read_at| {
            when(m, least).map(|at| exactly(read_at[at] as f64))
        }),
        row("synaptic_operations_to_agree", "operations", &|m, least, _| {
            when(m, least).map(|at| exactly(m.at[at].synaptic_operations))
        }),
        row("energy_to_agree", "mJ", &|m, least, _| when(m, least).map(|at| m.at[at].energy_mj())),
        row("latency_to_agree", "ms", &|m, least, _| when(m, least).map(|at| m.at[at].latency_ms)),
    ]
}

fn text(tuning: &Tuning, rows: &[Row]) -> String {
    let (seen, judged) = (tuning.plan.pictures, tuning.judged.tuned.len());
    let mut text = format!("{}: searched on {seen} pictures, judged on {judged} others\n\n", tuning.title);
    text.push_str(&searches_table(&runs(tuning)));
    text.push_str(&format!("\nuntuned {}\ntuned   {}\n\n", tuning.untuned, tuning.tuned));
    text.push_str(&format!(
        "{:30} {:>11} {:>14} {:>14} {:>8}   95 % interval\n",
        "on pictures not searched on", "", "untuned", "tuned", "ratio"
    ));
    for row in rows {
        let some = |value: Option<f64>| value.map_or("-".into(), significant);
        let interval =
            row.ratio.map_or("-".into(), |r| format!("{} .. {}", significant(r.low), significant(r.high)));
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
fn searches_table(runs: &[Run]) -> String {
    let line = |name: &str, seed: &str, [ratio, random, of_seed]: [String; 3]| {
        format!("{name:12} {seed:>6} {ratio:>12} {random:>28} {of_seed:>28}\n")
    };
    let heads = ["best ratio", "trials to random's median", "to random's of the same seed"];
    let mut text = line("search", "seed", heads.map(String::from));
    let mut names: Vec<&str> = runs.iter().map(|run| run.first.search.name()).collect();
    names.dedup();
    for name in names {
        let of_name: Vec<&Run> = runs.iter().filter(|run| run.first.search.name() == name).collect();
        let count = |n: Option<usize>| n.map_or("-".into(), |n| n.to_string());
        for run in &of_name {
            let ratio = cost(run.trials).map_or("-".into(), |cost| significant(cost.exp()));
            let cells = [ratio, count(run.to_random), count(run.to_random_of_seed)];
            text.push_str(&line(name, &run.first.seed.to_string(), cells));
        }
        if of_name.len() > 1 {
            // What was never reached comes last.
            let middle = |n: &dyn Fn(&Run) -> Option<usize>| {
                let all = of_name.iter().map(|run| n(run).map_or(f64::INFINITY, |n| n as f64));
                count(median(all).filter(|n| n.is_finite()).map(|n| n as usize))
            };
            let ratio = median(of_name.iter().filter_map(|run| cost(run.trials)));
            let ratio = ratio.map_or("-".into(), |cost| significant(cost.exp()));
            let cells = [ratio, middle(&|run| run.to_random), middle(&|run| run.to_random_of_seed)];
            text.push_str(&line(name, "median", cells));
        }
    }
    text
}
