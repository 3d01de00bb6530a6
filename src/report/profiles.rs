//! `profiles.csv`: one network on several profiles, a row each, and the same for people.

use super::csv_file::{Maybe, Table};
use super::readable::{WIDTH, cut, significant, wrapped};
use super::totals::Totals;
use super::units::uj;
use super::{Error, PROFILES};
use crate::energy::Band;
use crate::mapping::{Gap, Verdict};
use crate::pipeline::{Outcome, Setup};
use crate::plain::shown;
use crate::profile::Profile;
use std::path::Path;

/// Columns of `profiles.csv`.
pub const HEADER: [&str; 26] = [
    "profile",
    "status",
    "reason",
    "inputs",
    "cores",
    "chips",
    "energy_dynamic_uj",
    "energy_dynamic_low_uj",
    "energy_dynamic_high_uj",
    "energy_static_uj",
    "energy_static_low_uj",
    "energy_static_high_uj",
    "energy_system_uj",
    "energy_system_low_uj",
    "energy_system_high_uj",
    "latency_us",
    "latency_low_us",
    "latency_high_us",
    "overruns",
    "spikes",
    "packets",
    "synaptic_operations",
    "timing",
    "network",
    "recipe",
    "steps",
];

/// What became of the network on one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileRow {
    /// Name of the profile and of its folder.
    pub profile: String,
    /// Why the chip refuses, or what of it was dropped; empty where it takes the network as it is.
    pub reason: String,
    /// The network that ran, or was refused.
    pub network: String,
    /// What it stands in for, and why.
    stand_in: Option<String>,
    /// `None`: refused.
    figures: Option<Figures>,
}

/// Means per input.
#[derive(Debug, Clone, PartialEq)]
struct Figures {
    inputs: usize,
    cores: usize,
    chips: u64,
    dynamic_uj: Band,
    static_uj: Band,
    system_uj: Band,
    /// `None` where the profile has no times.
    latency_us: Option<Band>,
    timing: &'static str,
    recipe: String,
    steps: u64,
    overruns: f64,
    spikes: f64,
    packets: f64,
    synaptic_operations: f64,
}

impl ProfileRow {
    /// The chip does not take the network.
    pub fn refused(profile: &str, network: &str, reason: String) -> ProfileRow {
        let (profile, network) = (profile.into(), network.into());
        ProfileRow { profile, reason, network, stand_in: None, figures: None }
    }

    /// The network stands in for another one, as `why` says.
    pub fn standing_in(self, why: Option<String>) -> ProfileRow {
        ProfileRow { stand_in: why, ..self }
    }

    /// The network ran on `outcomes`, at least one input.
    pub fn ran(name: &str, setup: &Setup, profile: &Profile, outcomes: &[Outcome]) -> ProfileRow {
        let reason = dropped(&setup.gaps);
        ProfileRow {
            profile: name.into(),
            reason,
            network: setup.network.clone(),
            stand_in: None,
            figures: Some(Figures::new(setup, profile, outcomes)),
        }
    }

    /// `ran`, `refused`, or `idealised` for what would have been refused.
    pub fn status(&self) -> &'static str {
        match (&self.figures, self.reason.is_empty()) {
            (None, _) => "refused",
            (Some(_), true) => "ran",
            (Some(_), false) => "idealised",
        }
    }
}

/// The first refusal that was dropped, and how many more.
fn dropped(gaps: &[Gap]) -> String {
    let refused = || gaps.iter().filter(|gap| gap.verdict == Verdict::Refused);
    match (refused().next(), refused().count()) {
        (None, _) => String::new(),
        (Some(only), 1) => only.message.clone(),
        (Some(first), count) => format!("{} (and {} more)", first.message, count - 1),
    }
}

impl Figures {
    fn new(setup: &Setup, profile: &Profile, outcomes: &[Outcome]) -> Figures {
        let inputs = outcomes.len();
        let totals: Vec<Totals> =
            outcomes.iter().map(|one| Totals::new(&one.activity, profile)).collect();
        let mean =
            |of: &dyn Fn(&Totals) -> u64| totals.iter().map(of).sum::<u64>() as f64 / inputs as f64;
        // A division has the digits of its quotient; a product with 1e-6 has others behind them.
        let band = |of: &dyn Fn(&Totals) -> Band| {
            let Band { low, nominal, high } = Band::mean(totals.iter().map(of));
            Band { low: uj(low), nominal: uj(nominal), high: uj(high) }
        };
        let activity = outcomes.first().map(|one| &one.activity);
        Figures {
            inputs,
            cores: activity.map_or(0, |activity| activity.cores.len()),
            chips: activity.map_or(0, |activity| activity.chips),
            dynamic_uj: band(&|totals| totals.dynamic.total()),
            static_uj: band(&|totals| totals.fixed),
            system_uj: band(&|totals| totals.system.total()),
            latency_us: Some(band(&|totals| totals.time.into())).filter(|band| band.nominal > 0.0),
            timing: setup.timing.name(),
            recipe: setup.recipe.clone(),
            steps: activity.map_or(0, |activity| activity.inference_steps),
            overruns: mean(&|totals| totals.overruns),
            spikes: mean(&|totals| totals.counts.spikes),
            packets: mean(&|totals| totals.counts.packets),
            synaptic_operations: mean(&|totals| totals.counts.total_synaptic_operations()),
        }
    }
}

/// Writes `profiles.csv`.
pub fn write_profiles(dir: &Path, rows: &[ProfileRow]) -> Result<(), Error> {
    let mut table = Table::create(dir, PROFILES, &HEADER)?;
    for row in rows {
        let figures = row.figures.as_ref();
        let count = |of: fn(&Figures) -> f64| Maybe(figures.map(of));
        let latency = |of: fn(Band) -> f64| Maybe(figures.and_then(|f| f.latency_us).map(of));
        table.row([
            &row.profile,
            &row.status(),
            &row.reason,
            &Maybe(figures.map(|f| f.inputs)),
            &Maybe(figures.map(|f| f.cores)),
            &Maybe(figures.map(|f| f.chips)),
            &count(|f| f.dynamic_uj.nominal),
            &count(|f| f.dynamic_uj.low),
            &count(|f| f.dynamic_uj.high),
            &count(|f| f.static_uj.nominal),
            &count(|f| f.static_uj.low),
            &count(|f| f.static_uj.high),
            &count(|f| f.system_uj.nominal),
            &count(|f| f.system_uj.low),
            &count(|f| f.system_uj.high),
            &latency(|band| band.nominal),
            &latency(|band| band.low),
            &latency(|band| band.high),
            &count(|f| f.overruns),
            &count(|f| f.spikes),
            &count(|f| f.packets),
            &count(|f| f.synaptic_operations),
            &Maybe(figures.map(|f| f.timing)),
            &row.network,
            &Maybe(figures.map(|f| &f.recipe)),
            &Maybe(figures.map(|f| f.steps)),
        ])?;
    }
    table.finish()
}

/// The rows for people, at most 80 characters wide: what an inference takes on each chip;
/// everything else is in `profiles.csv`. Then recipes that are not the first row's, and reasons.
pub fn profiles_table(title: &str, rows: &[ProfileRow]) -> String {
    let mut text = String::new();
    for line in wrapped(&shown(title), WIDTH) {
        text.push_str(&format!("{line}\n"));
    }
    line(&mut text, ["profile", "network", "T", "mJ", "low .. high", "ms"]);
    let recipe = |row: &ProfileRow| row.figures.as_ref().map(|figures| figures.recipe.clone());
    let first = rows.iter().find_map(recipe);
    for row in rows {
        match &row.figures {
            Some(figures) => {
                figures.line(&mut text, row);
                if first.as_ref() != Some(&figures.recipe) {
                    text.push_str(&format!("  recipe {}\n", shown(&figures.recipe)));
                }
            }
            None => line(&mut text, [&row.profile, &row.network, "-", "refused", "", ""]),
        }
    }
    text.push_str("energy: events, leakage, input layer and boards, mean per input\n");
    let of = |status: &'static str| {
        let rows = rows.iter().filter(move |row| row.status() == status);
        rows.map(|row| (row, row.reason.clone()))
    };
    reasons(&mut text, of("refused"), "refused");
    let brand = "IDEALISED: limits of the chip were dropped; no such chip exists";
    reasons(&mut text, of("idealised"), brand);
    let stand_ins = rows.iter().filter_map(|row| Some((row, row.stand_in.clone()?)));
    reasons(&mut text, stand_ins, "another network stands in");
    text
}

fn line(text: &mut String, cells: [&str; 6]) {
    let [profile, network, steps, energy, band, latency] = cells;
    let (profile, network) = (cut(&shown(profile), 23), cut(&shown(network), 11));
    let line = format!("{profile:23} {network:11} {steps:>3} {energy:>9} {band:>22} {latency:>7}");
    text.push_str(&format!("{}\n", line.trim_end()));
}

impl Figures {
    fn line(&self, text: &mut String, row: &ProfileRow) {
        let all = (self.dynamic_uj + self.static_uj + self.system_uj) * 1e-3;
        let band = format!("{} .. {}", significant(all.low), significant(all.high));
        // A profile without times is no fast chip.
        let latency = self.latency_us.map_or("-".into(), |band| significant(band.nominal / 1e3));
        let (steps, energy) = (self.steps.to_string(), significant(all.nominal));
        line(text, [&row.profile, &row.network, &steps, &energy, &band, &latency]);
    }
}

fn reasons<'a>(
    text: &mut String,
    rows: impl Iterator<Item = (&'a ProfileRow, String)>,
    title: &str,
) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        text.push_str(&format!("{title}\n"));
    }
    for (row, reason) in rows {
        let sentence = format!("{}: {reason}", row.profile);
        for (n, line) in wrapped(&shown(&sentence), WIDTH - 4).iter().enumerate() {
            text.push_str(&format!("  {}{line}\n", if n == 0 { "" } else { "  " }));
        }
    }
}
